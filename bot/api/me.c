/* me.c - who asks, by what name, and what they may ask for, where. */
#include "bot/api/internal.h"

#include "bot/cli/text.h"
#include "policy/decide.h"
#include "policy/policy.h"

static const char *ruled_as(const struct verb *verb)
{
    return verb->ruled_as ? verb->ruled_as : verb->name;
}

/* Where they may: by the places of the configuration. */
static void add_places(const struct api_call *call, const char *verb, cJSON *places)
{
    const struct settings *settings = call->view.settings;

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const char *target =
                settings_target_name(&settings->services[i], &settings->services[i].environments[k], call->arena);

            if (api_may(call, verb, target))
                json_add_string(places, target);
        }
}

/* Each verb that some rule lets them use from here; where that depends on a place, with those that are plainly theirs.
 */
static cJSON *may(const struct api_call *call)
{
    cJSON *list = json_array();

    for (const struct verb *const *verb = call->view.verbs; *verb; verb++) {
        const char *name = ruled_as(*verb);
        cJSON *one;

        if ((*verb)->is_internal ||
            !policy_help_for(call->view.policy, &call->facts, &call->caller.who, call->caller.source, name))
            continue;
        one = json_add(list, json_object());
        json_set_string(one, "verb", (*verb)->name);
        json_set_string(one, "usage", (*verb)->usage);
        json_set_string(one, "summary", (*verb)->summary);
        json_set_bool(one, "anywhere", api_may(call, name, NULL));
        add_places(call, name, json_set(one, "places", json_array()));
    }
    return list;
}

void api_me(struct api_call *call)
{
    cJSON *json = json_object(), *roles = json_array();
    const char *text = policy_roles_of(call->view.policy, &call->facts, &call->caller.who, call->arena);
    struct str rest = str_of(text);

    json_set_string(json, "principal", principal_text(&call->caller.who, call->arena));
    json_set_string(json, "name", cli_person(call->view.settings, &call->caller.who, call->arena));
    json_set_bool(json, "session", call->caller.is_session);
    while (rest.len > 0)
        json_add_string(roles, arena_copy(call->arena, str_trim(str_take_until(&rest, ','))));
    json_set(json, "roles", roles);
    json_set(json, "may", may(call));
    json_set_string(json, "version", OPSGATE_VERSION);
    api_answer(call, json);
}
