#include "handlers/reload.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/reload.h"

#define READ_MS (20 * SECOND_MS)
#define LINE_BYTES 400

static bool reload_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    struct typed typed;

    if (!request_read(request, NULL, 0, view->arena, &typed, err))
        return false;
    if (typed.words_count > 0)
        return error_set(err, ERR_INVALID,
                         "`reload` takes nothing more: it reads the file that opsgate was started with.");
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_arguments = NULL;
    return true;
}

struct reload_body {
    int64_t rights, people; /* how many lines were told; both 0: nobody's rights changed */
};
static const struct shape_field rows[] = {
    ROW_INT(reload_body, rights, .flags = SHAPE_NONZERO),
    ROW_INT(reload_body, people, .flags = SHAPE_NONZERO),
};
static const struct shape reload_shape = SHAPE("a reload of the configuration", reload_body, rows);

static void reload_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *arguments, struct outcome *out)
{
    struct reload_body *body = ARENA_NEW(view->arena, struct reload_body);

    (void)request, (void)question, (void)arguments;
    outcome_begin(out, "reload", NULL, "reading", body);
    outcome_read(out, "configuration", READING_CONFIGURATION, NULL, READ_MS);
}

/* ---- what came of it ---- */

/* Ours, marks and all, as the channel for alerts has them. */
static void add_lines(const char **lines, size_t count, struct outcome *out)
{
    for (size_t i = 0; i < count; i++)
        outcome_reply_line(out, "%s", lines[i]);
}

static void tell_bad(const struct view *view, const struct reloaded *reloaded, struct outcome *out)
{
    outcome_reply(out, "*%s*: not reloaded, so nothing has changed:", out->operation_id);
    for (size_t i = 0; i < reloaded->errors_count; i++) /* they quote the file */
        outcome_reply_line(out, "%s", card_quote(str_of(reloaded->errors[i]), LINE_BYTES, view->arena));
    outcome_end(out, "failed", "failed", "Not reloaded, so nothing has changed.");
}

static const char *summary_of(const struct reloaded *reloaded)
{
    if (reloaded->is_same)
        return "the file says what it said before, so nothing has changed";
    if (reloaded->are_rights_unknown)
        return "reloaded. The policy is too large for its rights to be compared";
    return reloaded->rights_count + reloaded->people_count > 0 ? "reloaded. Who may do what has changed"
                                                               : "reloaded. Nobody's rights have changed";
}

static void tell_good(const struct view *view, const struct reloaded *reloaded, struct reload_body *body,
                      struct outcome *out)
{
    const char *summary = summary_of(reloaded);

    body->rights = (int64_t)reloaded->rights_count;
    body->people = (int64_t)reloaded->people_count;
    outcome_reply(out, "*%s*: %s.", out->operation_id, summary);
    add_lines(reloaded->rights, reloaded->rights_count, out);
    add_lines(reloaded->people, reloaded->people_count, out);
    for (size_t i = 0; i < reloaded->at_next_start_count; i++)
        outcome_reply_line(out,
                           "`%s` differs, and takes effect when opsgate is started again: until then it is as it was.",
                           card_quote(str_of(reloaded->at_next_start[i]), LINE_BYTES, view->arena));
    if (reloaded->key_problem)
        outcome_reply_line(out, "`google.credentials` could not be read again, so the key of before is used on: %s",
                           card_quote(str_of(reloaded->key_problem), LINE_BYTES, view->arena));
    outcome_move(out, "done", body);
    outcome_end(out, "done", "done", "%s.", summary);
}

static void reload_on_event(const struct view *view, const struct operation *operation, const void *value,
                            const struct event *event, struct outcome *out)
{
    struct reload_body *body = ARENA_NEW(view->arena, struct reload_body);
    struct reloaded reloaded;
    struct error err;

    (void)operation;
    *body = *(const struct reload_body *)value;
    if (event->kind != EVENT_READING)
        return;
    if (event->end != END_DONE)
        outcome_end(out, "failed", "failed", "The file was not read: %s.", event->error ? event->error : "no answer");
    else if (!shape_from_json(&reloaded_shape, event->body, view->arena, &reloaded, &err))
        outcome_end(out, "failed", "failed", "What came of it cannot be told: %s.", err.message);
    else if (reloaded.errors_count > 0)
        tell_bad(view, &reloaded, out);
    else
        tell_good(view, &reloaded, body, out);
}

const struct machine machine_reload = {
    .kind = "reload", .schema = 1, .body = &reload_shape, .on_event = reload_on_event
};

const struct verb verb_reload = {
    .name = "reload",
    .usage = "reload",
    .summary = "read the configuration again; a bad one changes nothing",
    .asks = reload_asks,
    .begin = reload_begin,
};
