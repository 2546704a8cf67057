#include "handlers/control.h"

#include "handlers/backup/backup.h"
#include "handlers/broken.h"
#include "handlers/control_again.h"
#include "handlers/control_meant.h"
#include "handlers/deploy/deploy.h"
#include "handlers/failover/failover.h"
#include "handlers/group/group.h"
#include "handlers/hold/glass.h"
#include "handlers/maintenance/maintenance.h"
#include "handlers/operation_words.h"
#include "handlers/runbook/runbook.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 40
#define REASON_MAX_BYTES 300

static const struct verb_option options[] = {
    { .name = "look", .takes_value = true, .is_internal = true },
    { .name = "reason", .takes_value = true },
    { .name = "region", .takes_value = true },
};
static const struct verb_option glass_options[] = {
    { .name = "look", .takes_value = true, .is_internal = true },
    { .name = "reason", .takes_value = true },
    { .name = "region", .takes_value = true },
    { .name = "break-glass", .takes_value = true },
};

struct asked {
    struct control_arguments one; /* what the operation that is meant gets to see: the first member */
    const char *where;            /* "api/production", where several are meant; or NULL */
    const char **several;         /* their ids */
    size_t several_count;
};

/* ---- which operation ---- */

static bool by_id(const struct view *view, const struct request *request, const struct typed *typed, const char *id,
                  struct control_meant *ret_meant, struct error *err)
{
    const struct operation *operation = operation_find_seen(view, request, id);

    if (typed->words_count > 1)
        return error_set(err, ERR_INVALID, "I do not know what `%s` means after `%s`. Nothing was done.",
                         card_quote(str_of(typed->words[1]), QUOTED_BYTES, view->arena), id);
    if (typed_option(typed, "region"))
        return error_set(err, ERR_INVALID,
                         "`--region` belongs to a place, and `%s` is one operation. Nothing was done.", id);
    if (!operation)
        return error_set(err, ERR_NOT_FOUND, "There is no operation `%s`, or it ended long ago. Nothing was done.",
                         card_quote(str_of(id), QUOTED_BYTES, view->arena));
    *ARENA_PUSH(view->arena, ret_meant->operations, ret_meant->count) = operation;
    return true;
}

static bool by_place(const struct view *view, const struct typed *typed, enum control_reach reach, struct place *place,
                     struct control_meant *ret_meant, struct error *err)
{
    const char *region = typed_option(typed, "region");

    if (!place_read(view->settings, typed, view->arena, place, err) ||
        (region && !place_take_region(place, region, view->arena, &region, err)))
        return false;
    if (place->rest)
        return error_set(err, ERR_INVALID, "I do not know what `%s` means after `%s`. Nothing was done.",
                         card_quote(str_of(place->rest), QUOTED_BYTES, view->arena), place->environment->name);
    return control_find_meant(view, typed->verb, place, region, reach, ret_meant, err);
}

/* ---- what policy is asked ---- */

/* An operation on a database: by its name, and the environment that it belongs to. */
static bool ask_about_database(const struct view *view, const struct operation *operation, struct question *question)
{
    const char *name = operation->target ? operation->target : json_find_string(operation->body, "database");
    const struct database_settings *database = name ? settings_find_database(view->settings, name) : NULL;

    if (!database)
        return false;
    question->database = database->name;
    question->environment = database->environment;
    question->labels = database->labels;
    question->labels_count = database->labels_count;
    return true;
}

bool control_ask_about(const struct view *view, const struct request *request, const struct operation *operation,
                       bool is_safe, struct question *ret_question, struct error *err)
{
    const struct service_settings *service = NULL;
    const struct environment_settings *environment = NULL;
    const char *target = operation->target ? operation->target : maintenance_first_target(operation);
    struct label_list labels = { NULL, 0 };

    *ret_question = (struct question){ .principal = request->principal,
                                       .verb = request->verb,
                                       .runbook = json_find_string(operation->body, "runbook"),
                                       .source = request->source,
                                       .operation = operation->id,
                                       .is_safe_direction = is_safe };
    if (ask_about_database(view, operation, ret_question))
        return true;
    if (target && settings_find_target(view->settings, target, &service, &environment))
        labels = settings_labels(service, environment, view->arena);
    else if (control_find_place_of_group(view, operation, &service, &environment))
        labels = settings_labels(service, environment, view->arena);
    else if (target && !is_safe)
        return error_set(err, ERR_NOT_FOUND,
                         "%s concerns `%s`, which is in no configuration any more: it can only be paused, aborted or "
                         "rolled back. Nothing was done.",
                         operation->id, target);
    ret_question->service = json_find_string(operation->body, "service");
    ret_question->environment = json_find_string(operation->body, "environment");
    ret_question->labels = labels.labels;
    ret_question->labels_count = labels.labels_count;
    if (!ret_question->service && service)
        ret_question->service = service->name;
    if (!ret_question->environment && environment)
        ret_question->environment = environment->name;
    return true;
}

static bool read_look(const struct typed *typed, int64_t *ret_look, struct error *err)
{
    const char *look = typed_option(typed, "look");

    *ret_look = CONTROL_ANY_LOOK;
    return !look || parse_int(str_of(look), 0, INT64_MAX, ret_look, err) ||
           error_set(err, ERR_INVALID, "`--look` takes the number that a button carries. Nothing was done.");
}

/* The place is what policy is asked about, here and once more for each of them. */
static void take_several(const struct view *view, const struct request *request, const struct place *place,
                         const struct control_meant *meant, struct asked *asked, struct question *ret_question)
{
    for (size_t i = 0; i < meant->count; i++)
        *ARENA_PUSH(view->arena, asked->several, asked->several_count) = meant->operations[i]->id;
    asked->where = place->target;
    place_ask(request, place, view->arena, ret_question);
    ret_question->is_safe_direction = true;
}

/* The glass of a rule is broken for more traffic, which a program and a workflow never ask for again, for the next step
 * of a run or a restore, and for a call that is sent again; whoever takes the request announces what it passed. */
static bool can_break_later(const char *verb, const struct operation *operation)
{
    if (strcmp(operation->kind, machine_runbook.kind) == 0 || strcmp(operation->kind, machine_failover.kind) == 0)
        return strcmp(verb, verb_retry.name) == 0;
    if (strcmp(operation->kind, machine_backup.kind) == 0)
        return true;
    return strcmp(operation->kind, machine_deploy.kind) == 0 && !json_find(operation->body, "program") &&
           !json_find(operation->body, "workflow");
}

static bool take_glass(const struct view *view, const struct typed *typed, const struct operation *operation,
                       struct asked *asked, struct question *question, struct error *err)
{
    if (!typed_option(typed, "break-glass"))
        return true;
    if (!can_break_later(question->verb, operation))
        return error_set(err, ERR_INVALID,
                         "`--break-glass` is for what a rule can hold half-way, such as a rollout or a run: `%s` of %s "
                         "is nothing of that kind. Nothing was done.",
                         question->verb,
                         operation->id);
    if (!broken_read(typed, view->arena, &asked->one.break_glass, err))
        return false;
    question->break_glass = asked->one.break_glass;
    return true;
}

static bool read_typed(const struct view *view, const struct request *request, struct typed *typed, struct error *err)
{
    if (strcmp(request->verb, verb_promote.name) == 0 || strcmp(request->verb, verb_retry.name) == 0)
        return request_read(request, glass_options, ARRAY_LEN(glass_options), view->arena, typed, err);
    return request_read(request, options, ARRAY_LEN(options), view->arena, typed, err);
}

static bool asks(const struct view *view, const struct request *request, enum control_reach reach,
                 struct question *ret_question, const void **ret_arguments, struct error *err)
{
    struct asked *asked = ARENA_NEW(view->arena, struct asked);
    struct control_meant meant = { 0 };
    const char *reason, *id;
    struct place place;
    struct typed typed;

    if (!read_typed(view, request, &typed, err) || !read_look(&typed, &asked->one.look, err))
        return false;
    if (typed.words_count == 0)
        return error_set(err, ERR_INVALID, "What? Name an operation, such as `%s D1042`, or where it runs.",
                         request->verb);
    id = operation_typed(view->settings, typed.words[0], view->arena);
    if (!(id ? by_id(view, request, &typed, id, &meant, err) : by_place(view, &typed, reach, &place, &meant, err)))
        return false;
    reason = typed_option(&typed, "reason");
    asked->one.reason = reason ? card_quote(str_of(reason), REASON_MAX_BYTES, view->arena) : NULL;
    *ret_arguments = asked;
    if (meant.count > 1) {
        take_several(view, request, &place, &meant, asked, ret_question);
        return true;
    }
    asked->one.operation = meant.operations[0]->id;
    return control_ask_about(view, request, meant.operations[0], reach != CONTROL_ONE, ret_question, err) &&
           take_glass(view, &typed, meant.operations[0], asked, ret_question, err);
}

static bool asks_pause(const struct view *view, const struct request *request, struct question *ret_question,
                       const void **ret_arguments, struct error *err)
{
    return asks(view, request, CONTROL_ALL_HOLDERS, ret_question, ret_arguments, err);
}

static bool asks_abort(const struct view *view, const struct request *request, struct question *ret_question,
                       const void **ret_arguments, struct error *err)
{
    return asks(view, request, CONTROL_ALL_AND_PARENTS, ret_question, ret_arguments, err);
}

static bool asks_more(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    return asks(view, request, CONTROL_ONE, ret_question, ret_arguments, err);
}

/* Of a run that has ended it is the run once more, from where it failed: asked for as that is. */
static bool asks_retry(const struct view *view, const struct request *request, struct question *ret_question,
                       const void **ret_arguments, struct error *err)
{
    const struct control_arguments *given;
    const struct operation *operation;

    if (!asks_more(view, request, ret_question, ret_arguments, err))
        return false;
    given = *ret_arguments;
    operation = operation_find_seen(view, request, given->operation);
    return !runbook_can_go_on(operation) ||
           runbook_ask_again(view, request, operation, given->break_glass, ret_question, ret_arguments, err);
}

/* ---- several at once ---- */

/* One decision changes one operation: so each is asked by a request of its own, in the name of whoever asks. */
static void begin_several(const struct view *view, const char *verb, const struct asked *asked, struct outcome *out)
{
    const char *reason = asked->one.reason ? arena_printf(view->arena, "--reason=%s", asked->one.reason) : NULL;
    struct group_body body = {
        .title = arena_printf(view->arena, "%s what runs at %s", verb, asked->where),
        .max_parallel = (int64_t)asked->several_count,
        .on_failure = GROUP_CONTINUE,
        .reason = asked->one.reason,
    };

    for (size_t i = 0; i < asked->several_count; i++) {
        struct group_member member = { .name = asked->several[i], .verb = verb };

        *ARENA_PUSH(view->arena, member.words, member.words_count) = asked->several[i];
        if (reason)
            *ARENA_PUSH(view->arena, member.words, member.words_count) = reason;
        *ARENA_PUSH(view->arena, body.members, body.members_count) = member;
    }
    group_begin(view, &body, out);
}

/* ---- what the operations keep of it ---- */

void control_journal_abort(const char *kind, const struct operation *operation, const struct event *event,
                           struct outcome *out)
{
    cJSON *body = json_object();

    json_set_string(body, "state", operation->state);
    outcome_journal(out, kind, body, principal_personal(&event->request->principal));
}

/* ---- it is not live any more ---- */

static void tell_end(const struct operation *operation, struct outcome *out)
{
    if (operation->is_stuck)
        outcome_refuse(out, "%s is stuck and goes on no more: look at `opsgate ops show %s`. Nothing was done.",
                       operation->id, operation->id);
    else if (operation_has_ended(operation))
        outcome_refuse(out, "%s has ended: %s", operation->id,
                       operation->summary ? operation->summary : operation->state);
    else
        outcome_refuse(out, "%s takes no requests in this version. Nothing was done.", operation->id);
}

static void control_begin(const struct view *view, const struct request *request, const struct question *question,
                          const void *arguments, struct outcome *out)
{
    const struct asked *asked = arguments;

    (void)question;
    if (asked->several_count > 0)
        begin_several(view, request->verb, asked, out);
    else
        tell_end(operation_find_seen(view, request, asked->one.operation), out);
}

/* The way again is a request of its own, decided like any other: here is the line for it. */
static void retry_begin(const struct view *view, const struct request *request, const struct question *question,
                        const void *arguments, struct outcome *out)
{
    const struct control_arguments *given = arguments;
    const struct operation *operation;
    const char *command;
    bool is_whole;

    if (runbook_is_asked(question)) {
        verb_run.begin(view, request, question, arguments, out);
        return;
    }
    operation = operation_find_seen(view, request, given->operation);
    tell_end(operation, out);
    if ((command = control_line_again(view, operation, &is_whole)) == NULL)
        return;
    outcome_reply_line(out, "To do it again: `%s`", command);
    if (is_whole)
        outcome_reply_action(out, (struct card_action){ .label = "Deploy it again", .command = command });
}

#define WORDS "D1042 | [SERVICE] ENVIRONMENT [--region R] [--reason TEXT]"
#define GLASS                                                                                                          \
    "`--break-glass TEXT`: past a rule that denies it more traffic, for those whom the rule lets; announced, and "     \
    "reviewed by somebody else"

/* What its words mean: the same for each of these verbs, but for how many operations a place may mean. */
#define REGION_AND_REASON                                                                                              \
    "`--region R`: of several regions, what is under way in that one", "`--reason TEXT`: on the card and in the journal"
#define MEANS_ONE "`D1042`: that operation; SERVICE ENVIRONMENT: the one that is under way there", REGION_AND_REASON
#define MEANS_ALL                                                                                                      \
    "`D1042`: that operation; SERVICE ENVIRONMENT: whatever is under way there, in every region", REGION_AND_REASON

static const char *const pause_details[] = {
    "Traffic stays as it is, but for a step that is on its way already. A broken limit still returns it; silence does "
    "not.",
    "Refused while traffic goes back, and for what has no steps: a program, a workflow, a rollback, a group.",
    MEANS_ALL,
    NULL,
};

static const char *const resume_details[] = {
    "It goes on with the time that it was baked before the pause; a step that policy did not allow is asked for again.",
    "Refused for what has no steps: a program, a workflow, a rollback, a group.",
    MEANS_ONE,
    NULL,
};

static const char *const promote_details[] = {
    "The step is over at once, whatever its time and its numbers: whoever promotes answers for them. Policy is asked "
    "about more traffic all the same.",
    "Refused while it is paused, while a step is being made, before it is healthy, and while its traffic goes back.",
    MEANS_ONE,
    GLASS,
    NULL,
};

static const char *const abort_details[] = {
    "Before any traffic nothing was touched; after that all of it goes back to what served before. A program is "
    "stopped, a workflow's run cancelled, of a group every member that you may abort.",
    "Refused for a rollback on its way, unless Cloud Run does not answer: then nothing more is tried.",
    MEANS_ALL,
    NULL,
};

static const char *const retry_details[] = {
    "A step that is held is baked and judged anew; one that policy did not allow is asked for again. Of a deploy, "
    "or a rollback, that has ended it tells the line that does it again.",
    "Refused while it is paused, and when nothing is held.",
    MEANS_ONE,
    GLASS,
    NULL,
};

const struct verb verb_pause = {
    .name = "pause",
    .usage = "pause " WORDS,
    .summary = "stop a rollout where it is: no further step until `resume`",
    .details = pause_details,
    .is_safe_direction = true,
    .asks = asks_pause,
    .begin = control_begin,
};

const struct verb verb_resume = {
    .name = "resume",
    .usage = "resume " WORDS,
    .summary = "let a paused rollout go on",
    .details = resume_details,
    .asks = asks_more,
    .begin = control_begin,
};

const struct verb verb_promote = {
    .name = "promote",
    .usage = "promote " WORDS " [--break-glass TEXT]",
    .summary = "take a rollout's next step now, past whatever holds it; at the end call it good",
    .details = promote_details,
    .takes_glass = true,
    .asks = asks_more,
    .refused = hold_refused,
    .begin = control_begin,
};

const struct verb verb_abort = {
    .name = "abort",
    .usage = "abort " WORDS,
    .summary = "end a rollout: what traffic it was given goes back",
    .details = abort_details,
    .is_safe_direction = true,
    .asks = asks_abort,
    .begin = control_begin,
};

const struct verb verb_retry = {
    .name = "retry",
    .usage = "retry " WORDS " [--break-glass TEXT]",
    .summary = "judge a held step anew, or try again what was not allowed",
    .details = retry_details,
    .takes_glass = true,
    .asks = asks_retry,
    .refused = hold_refused,
    .begin = retry_begin,
};
