#include "handlers/hold/lock_place.h"
#include "handlers/operation_words.h"

#include <string.h>

#define QUOTED_BYTES 40

static bool unlock_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    struct hold_place *place = ARENA_NEW(view->arena, struct hold_place);
    const struct operation *lock;
    struct typed typed;
    const char *id;
    size_t taken = 1;

    *ret_arguments = place;
    if (!request_read(request, NULL, 0, view->arena, &typed, err))
        return false;
    id = typed.words_count > 0 ? operation_typed(view->settings, typed.words[0], view->arena) : NULL;
    if (!(id ? lock_place_by_id(view, request, id, place, ret_question, err)
             : lock_place_read(view, request, &typed, place, &taken, ret_question, err)))
        return false;
    if (typed.words_count > taken)
        return error_set(err, ERR_INVALID, "I do not know what `%s` means there. Nothing was done.",
                         card_quote(str_of(typed.words[taken]), QUOTED_BYTES, view->arena));
    lock = id ? NULL : lock_find(view, place);
    if (lock)
        ret_question->operation = lock->id;
    return true;
}

static void unlock_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *value, struct outcome *out)
{
    const struct operation *other =
        hold_find(view, question->service, question->environment, "deploy", &request->principal);

    outcome_refuse(out, "There is no lock on %s. Nothing was done.", hold_place_text(value, view->arena));
    if (other)
        outcome_reply_line(out, "What holds it: %s (%s).", hold_words(view, other), other->id);
}

const struct verb verb_unlock = {
    .name = "unlock",
    .usage = "unlock [SERVICE] ENVIRONMENT|DATABASE|all, or unlock D1042",
    .summary = "end a lock; if it is somebody else's, they are told",
    .asks = unlock_asks,
    .begin = unlock_begin,
};
