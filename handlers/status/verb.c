/* verb.c - what is to be looked at: everything, a place, or an operation. */
#include "handlers/status/status.h"

#include "handlers/history/scope.h"
#include "handlers/incident/incident.h"
#include "handlers/operation_words.h"
#include "handlers/place.h"
#include "handlers/status/answer.h"
#include "handlers/status/look.h"
#include "handlers/status/told.h"

#include <string.h>

#define WORD_BYTES 60

struct status_arguments { /* all NULL: everything */
    const struct place *place;
    const struct scope *scope; /* of several places, those of one service or environment */
    const struct operation *operation;
};

/* ---- asks ---- */

/* Judged by where the operation is. It is not named in the question: it has nothing to decide about being looked at. */
static void ask_about(const struct view *view, const struct operation *operation, struct question *question)
{
    struct label_list labels = { NULL, 0 };
    const struct service_settings *service;
    const struct environment_settings *environment;

    question->service = json_find_string(operation->body, "service");
    question->environment = json_find_string(operation->body, "environment");
    if (!operation->target || !settings_find_target(view->settings, operation->target, &service, &environment))
        return;
    labels = settings_labels(service, environment, view->arena);
    question->service = service->name;
    question->environment = environment->name;
    question->labels = labels.labels;
    question->labels_count = labels.labels_count;
}

static bool read_operation(const struct view *view, const struct request *request, const struct typed *typed,
                           const char *id, struct question *question, struct status_arguments *arguments,
                           struct error *err)
{
    if (typed->words_count > 1)
        return error_set(err, ERR_INVALID, "I do not know what `%s` means behind `%s`.",
                         card_quote(str_of(typed->words[1]), WORD_BYTES, view->arena), id);
    arguments->operation = told_find(view, request, id, err);
    if (arguments->operation)
        ask_about(view, arguments->operation, question);
    return arguments->operation;
}

static bool read_place(const struct view *view, const struct request *request, const struct typed *typed,
                       struct question *question, struct status_arguments *arguments, struct error *err)
{
    struct place *place = ARENA_NEW(view->arena, struct place);

    if (!place_read(view->settings, typed, view->arena, place, err))
        return false;
    if (place->rest)
        return error_set(err, ERR_INVALID,
                         "I do not know what `%s` means behind `%s`: `status` shows a place, whatever "
                         "its version.",
                         card_quote(str_of(place->rest), WORD_BYTES, view->arena), place->environment->name);
    place_ask(request, place, view->arena, question);
    arguments->place = place;
    return true;
}

/* A service, or an environment, of more places than one. */
static bool names_several(const struct settings *settings, const struct typed *typed)
{
    const struct service_settings *service = settings_find_service(settings, typed->words[0]);
    size_t count = service ? service->environments_count : 0;

    for (size_t i = 0; !service && i < settings->services_count; i++)
        count += settings_find_environment(&settings->services[i], typed->words[0]) != NULL;
    return typed->words_count == 1 && (service || count > 1);
}

static bool read_scope(const struct view *view, const struct request *request, const struct typed *typed,
                       struct question *question, struct status_arguments *arguments, struct error *err)
{
    struct scope *scope = ARENA_NEW(view->arena, struct scope);

    arguments->scope = scope;
    return scope_read(view, request, request->verb, typed, question, scope, err);
}

static bool status_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    struct status_arguments *arguments = ARENA_NEW(view->arena, struct status_arguments);
    struct typed typed;
    const char *id;

    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_arguments = arguments;
    if (!request_read(request, NULL, 0, view->arena, &typed, err))
        return false;
    if (typed.words_count == 0)
        return true;
    id = operation_typed(view->settings, typed.words[0], view->arena);
    if (id)
        return read_operation(view, request, &typed, id, ret_question, arguments, err);
    if (names_several(view->settings, &typed))
        return read_scope(view, request, &typed, ret_question, arguments, err);
    return read_place(view, request, &typed, ret_question, arguments, err);
}

/* ---- begin ---- */

static void look_at_place(const struct view *view, const struct request *request, const struct place *place,
                          struct outcome *out)
{
    struct status_body *body = ARENA_NEW(view->arena, struct status_body);

    body->target = place->target;
    incident_list_open(view, request, &place->target, 1, &body->incidents, &body->incidents_count);
    body->left_out = (int64_t)look_add(view, place, STATUS_PLACES_MAX, body);
    body->left_out -= (int64_t)body->sights_count;
    if (place->environment->driver.program && place->environment->driver.program->status_count > 0)
        look_add_program(view, place, body);
    if (body->sights_count > 0)
        look_begin(view, body, out);
    else
        answer_place(view, place->target, body, out);
}

static size_t add_places(const struct view *view, const struct service_settings *service, struct status_body *body)
{
    size_t found = 0;

    for (size_t i = 0; i < service->environments_count; i++) {
        struct place place = { .service = service, .environment = &service->environments[i] };

        place.target = settings_target_name(service, place.environment, view->arena);
        if (!answer_shows_any(body, place.target))
            continue;
        found += look_add(view, &place, STATUS_PLACES_MAX, body);
    }
    return found;
}

/* `scope` NULL: all there are. */
static void look_at_all(const struct view *view, const struct request *request, const struct scope *scope,
                        struct outcome *out)
{
    struct status_body *body = ARENA_NEW(view->arena, struct status_body);
    size_t found = 0;

    body->is_overview = true;
    body->about = scope ? scope->about : NULL;
    body->hidden = scope ? (int64_t)scope->hidden : 0;
    for (size_t i = 0; scope && i < scope->count; i++)
        *ARENA_PUSH(view->arena, body->only, body->only_count) = scope->places[i].name;
    incident_list_open(view, request, body->only, body->only_count, &body->incidents, &body->incidents_count);
    for (size_t i = 0; i < view->settings->services_count; i++)
        found += add_places(view, &view->settings->services[i], body);
    if (found > 0 && found <= STATUS_PLACES_MAX) {
        look_begin(view, body, out);
    } else {
        body->sights_count = 0;
        answer_overview(view, body, out);
    }
}

static void status_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *arguments, struct outcome *out)
{
    const struct status_arguments *given = arguments;

    (void)question;
    if (given->operation)
        told_operation(view, given->operation, out);
    else if (given->place)
        look_at_place(view, request, given->place, out);
    else
        look_at_all(view, request, given->scope, out);
}

const struct verb verb_status = {
    .name = "status",
    .usage = "status [SERVICE] [ENVIRONMENT] | D1042",
    .summary = "what runs where, how it is, and what is on its way",
    .is_look = true,
    .asks = status_asks,
    .begin = status_begin,
};
