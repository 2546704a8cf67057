#include "handlers/hold/hold.h"
#include "handlers/hold/lock.h"

static bool locks_asks(const struct view *view, const struct request *request, struct question *ret_question,
                       const void **ret_arguments, struct error *err)
{
    struct typed typed;

    *ret_arguments = NULL;
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    return request_read(request, NULL, 0, view->arena, &typed, err) &&
           (typed.words_count == 0 || error_set(err, ERR_INVALID, "`locks` lists all of them, and takes no words."));
}

static void locks_begin(const struct view *view, const struct request *request, const struct question *question,
                        const void *value, struct outcome *out)
{
    size_t count = hold_list(view, NULL, 0);

    (void)request, (void)question, (void)value;
    if (count == 0)
        outcome_reply(out, "Nothing is locked, and nothing is halted.");
    else
        outcome_reply(out, "%zu %s:", count, count == 1 ? "thing is held" : "things are held");
    hold_say(view, NULL, NULL, out);
}

const struct verb verb_locks = {
    .name = "locks",
    .usage = "locks",
    .summary = "what is locked or halted, by whom, why, and until when",
    .is_look = true,
    .asks = locks_asks,
    .begin = locks_begin,
};
