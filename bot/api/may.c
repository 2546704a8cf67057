/* may.c - who may read what: by the policy that says who may do what. */
#include "bot/api/internal.h"

#include "handlers/history/scope.h"
#include "handlers/incident/incident.h"
#include "handlers/operation_words.h"
#include "handlers/place.h"
#include "handlers/status/status.h"
#include "policy/decide.h"

#include <string.h>

struct request api_request(const struct api_call *call)
{
    return (struct request){ .id = call->request->id,
                             .source = call->caller.source,
                             .principal = call->caller.who,
                             .received_at_ms = view_unix_ms(&call->view) };
}

/* What is not configured any more keeps its name, and has no labels. */
static void ask_of_stranger(struct str target, struct arena *arena, struct question *question)
{
    struct str service = str_take_until(&target, '/');

    question->service = arena_copy(arena, service);
    question->environment = target.len > 0 ? arena_copy(arena, str_take_until(&target, '/')) : NULL;
}

static void ask_of(const struct api_call *call, const char *target, struct question *question)
{
    const struct settings *settings = call->view.settings;
    const struct database_settings *database = settings_find_database(settings, target);
    struct str rest = str_of(target), name = str_take_until(&rest, '/'), where = str_take_until(&rest, '/');
    struct request request = api_request(call);
    struct place place = { .service = settings_find_service(settings, arena_copy(call->arena, name)) };
    const char *verb = question->verb;

    if (database) {
        question->database = database->name;
        question->environment = database->environment;
        question->labels = database->labels;
        question->labels_count = database->labels_count;
        return;
    }
    place.environment = place.service ? settings_find_environment(place.service, arena_copy(call->arena, where)) : NULL;
    if (!place.environment) {
        ask_of_stranger(str_of(target), call->arena, question);
        return;
    }
    place.target = target;
    request.verb = verb;
    place_ask(&request, &place, call->arena, question);
    question->verb = verb;
}

bool api_may(const struct api_call *call, const char *verb, const char *target)
{
    struct question question = { .principal = call->caller.who, .verb = verb, .source = call->caller.source };

    if (target)
        ask_of(call, target, &question);
    return policy_decide(call->view.policy, &question, &call->facts, POLICY_WHOLE).verdict == VERDICT_ALLOW;
}

bool api_may_see(const struct api_call *call, const struct operation *operation)
{
    struct request request = api_request(call);

    if (!incident_is_seen(&call->view, operation, &request))
        return false;
    if (strcmp(operation->kind, machine_incident.kind) == 0)
        return api_may(call, verb_status.name, NULL);
    return api_may(call, SCOPE_VERB, operation->target);
}

const struct operation *api_find_operation(const struct api_call *call, const char *id)
{
    const struct operation *found = operation_find(&call->view, id);

    return found && api_may_see(call, found) ? found : NULL;
}
