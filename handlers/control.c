#include "handlers/control.h"

#include "handlers/place.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 40
#define REASON_MAX_BYTES 300

static const struct verb_option options[] = {
    { .name = "look", .takes_value = true },
    { .name = "reason", .takes_value = true },
};

/* ---- which operation ---- */

static bool looks_like_id(const char *word)
{
    return word[0] == 'D' && word[1] && strspn(word + 1, "0123456789") == strlen(word + 1);
}

static const struct operation *find(const struct view *view, const char *id)
{
    const struct operation *live = view->find_operation(view->ctx, id);

    return live ? live : view->find_ended(view->ctx, id);
}

static const struct operation *by_id(const struct view *view, const struct typed *typed, struct error *err)
{
    const struct operation *operation = find(view, typed->words[0]);

    if (typed->words_count > 1)
        error_set(err, ERR_INVALID, "I do not know what `%s` means after `%s`. Nothing was done.",
                  card_quote(str_of(typed->words[1]), QUOTED_BYTES, view->arena), typed->words[0]);
    else if (!operation)
        error_set(err, ERR_NOT_FOUND, "There is no operation `%s`, or it ended long ago. Nothing was done.",
                  card_quote(str_of(typed->words[0]), QUOTED_BYTES, view->arena));
    else
        return operation;
    return NULL;
}

static const struct operation *by_place(const struct view *view, const struct typed *typed, struct error *err)
{
    const struct target *target;
    struct place place;

    if (!place_read(view->settings, typed, view->arena, &place, err))
        return NULL;
    if (place.rest) {
        error_set(err, ERR_INVALID, "I do not know what `%s` means after `%s`. Nothing was done.",
                  card_quote(str_of(place.rest), QUOTED_BYTES, view->arena), place.environment->name);
        return NULL;
    }
    target = view->find_target(view->ctx, place.target);
    if (!target || !target->holder || !view->find_operation(view->ctx, target->holder)) {
        error_set(err, ERR_NOT_FOUND, "Nothing is under way at `%s`. Nothing was done.", place.target);
        return NULL;
    }
    return view->find_operation(view->ctx, target->holder);
}

/* ---- what policy is asked ---- */

/* False: policy would be asked without the labels of the place, and a rule that denies by them would not see it. To
 * stop something is allowed all the same. */
static bool ask_about(const struct view *view, const struct request *request, const struct operation *operation,
                      bool is_safe, struct question *question, struct error *err)
{
    const struct service_settings *service = NULL;
    const struct environment_settings *environment = NULL;
    struct label_list labels = { NULL, 0 };

    if (operation->target && settings_find_target(view->settings, operation->target, &service, &environment))
        labels = settings_labels(service, environment, view->arena);
    else if (operation->target && !is_safe)
        return error_set(err, ERR_NOT_FOUND,
                         "%s concerns `%s`, which is in no configuration any more: it can only be paused, aborted or "
                         "rolled back. Nothing was done.",
                         operation->id, operation->target);
    *question = (struct question){
        .principal = request->principal,
        .verb = request->verb,
        .service = json_find_string(operation->body, "service"),
        .environment = json_find_string(operation->body, "environment"),
        .source = request->source,
        .labels = labels.labels,
        .labels_count = labels.labels_count,
        .operation = operation->id,
        .is_safe_direction = is_safe,
    };
    if (!question->service && service)
        question->service = service->name;
    if (!question->environment && environment)
        question->environment = environment->name;
    return true;
}

static bool read_look(const struct typed *typed, int64_t *ret_look, struct error *err)
{
    const char *look = typed_option(typed, "look");

    *ret_look = CONTROL_ANY_LOOK;
    return !look || parse_int(str_of(look), 0, INT64_MAX, ret_look, err) ||
           error_set(err, ERR_INVALID, "`--look` takes the number that a button carries. Nothing was done.");
}

static bool asks(const struct view *view, const struct request *request, bool is_safe, struct question *ret_question,
                 const void **ret_arguments, struct error *err)
{
    struct control_arguments *arguments = ARENA_NEW(view->arena, struct control_arguments);
    const struct operation *operation;
    const char *reason;
    struct typed typed;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !read_look(&typed, &arguments->look, err))
        return false;
    if (typed.words_count == 0)
        return error_set(err, ERR_INVALID, "What? Name an operation, such as `%s D1042`, or where it runs.",
                         request->verb);
    operation = looks_like_id(typed.words[0]) ? by_id(view, &typed, err) : by_place(view, &typed, err);
    if (!operation)
        return false;
    reason = typed_option(&typed, "reason");
    arguments->operation = operation->id;
    arguments->reason = reason ? card_quote(str_of(reason), REASON_MAX_BYTES, view->arena) : NULL;
    *ret_arguments = arguments;
    return ask_about(view, request, operation, is_safe, ret_question, err);
}

static bool asks_safe(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    return asks(view, request, true, ret_question, ret_arguments, err);
}

static bool asks_more(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    return asks(view, request, false, ret_question, ret_arguments, err);
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
    const struct control_arguments *given = arguments;

    (void)request;
    (void)question;
    tell_end(find(view, given->operation), out);
}

/* The way again is a request of its own, decided like any other: here is the line for it. */
static void retry_begin(const struct view *view, const struct request *request, const struct question *question,
                        const void *arguments, struct outcome *out)
{
    const struct control_arguments *given = arguments;
    const struct operation *operation = find(view, given->operation);
    const char *service = json_find_string(operation->body, "service");
    const char *environment = json_find_string(operation->body, "environment");
    const char *version = json_find_string(operation->body, "wanted"), *command;

    (void)request;
    (void)question;
    tell_end(operation, out);
    if (!version)
        version = json_find_string(operation->body, "version");
    if (strcmp(operation->kind, "deploy") != 0 || !service || !environment || !version)
        return;
    command = arena_printf(view->arena, "deploy %s %s %s", service, environment, version);
    outcome_reply_line(out, "To do it again: `%s`", command);
    outcome_reply_action(out, (struct card_action){ .label = "Deploy it again", .command = command });
}

#define WORDS "D1042 | [SERVICE] ENVIRONMENT [--reason TEXT]"

const struct verb verb_pause = {
    .name = "pause",
    .usage = "pause " WORDS,
    .summary = "stop a rollout where it is: no further step until `resume`",
    .is_safe_direction = true,
    .asks = asks_safe,
    .begin = control_begin,
};

const struct verb verb_resume = {
    .name = "resume",
    .usage = "resume " WORDS,
    .summary = "let a paused rollout go on",
    .asks = asks_more,
    .begin = control_begin,
};

const struct verb verb_promote = {
    .name = "promote",
    .usage = "promote " WORDS,
    .summary = "take a rollout's next step now, past whatever holds it; at the end call it good",
    .asks = asks_more,
    .begin = control_begin,
};

const struct verb verb_abort = {
    .name = "abort",
    .usage = "abort " WORDS,
    .summary = "end a rollout: what traffic it was given goes back",
    .is_safe_direction = true,
    .asks = asks_safe,
    .begin = control_begin,
};

const struct verb verb_retry = {
    .name = "retry",
    .usage = "retry " WORDS,
    .summary = "judge a held step anew, or try again what was not allowed",
    .asks = asks_more,
    .begin = retry_begin,
};
