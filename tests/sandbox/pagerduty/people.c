/* Who is on call, by schedules and by levels of escalation policies; users, services, priorities. */
#include "pagerduty/call.h"

#include "bot/base/time.h"

#include <string.h>

static cJSON *user_shown(const struct pagerduty *pagerduty, const char *id)
{
    cJSON *user = json_copy(tree_find(pagerduty->users, "id", id));

    json_set_string(user, "type", "user");
    json_set_string(user, "name", tree_text(user, "summary"));
    return user;
}

/* ---- schedules ---- */

static bool is_time_span(const struct pagerduty_call *call)
{
    const char *since = request_query(call->request, "since"), *until = request_query(call->request, "until");
    int64_t since_ms = 0, until_ms = INT64_MAX;
    struct error err;

    return (!since || time_parse(str_of(since), &since_ms, &err)) &&
           (!until || time_parse(str_of(until), &until_ms, &err)) && since_ms < until_ms;
}

/* Of layer-based schedules alone: the newer ones are found elsewhere. */
void pagerduty_schedule_users(struct pagerduty_call *call)
{
    const cJSON *schedule = tree_find(call->pagerduty->schedules, "id", call->id);
    cJSON *users = NULL;

    if (!schedule || tree_true(schedule, "shift_based"))
        return pagerduty_refuse(call, 404, 2100, "Not Found");
    if (!is_time_span(call))
        return pagerduty_refuse(call, 400, 2001, "Invalid Input Provided");
    users = json_array();
    JSON_EACH(id, tree_get(schedule, "users"))
        json_add(users, user_shown(call->pagerduty, cJSON_GetStringValue(id)));
    pagerduty_answer(call, 200, "users", users);
}

/* ---- levels: first whoever is on call by any schedule, then the users of the policy's own levels ---- */

struct oncalls {
    const struct pagerduty_call *call;
    cJSON *found;
    bool is_whole;
};

static void add_oncall(const struct oncalls *oncalls, const cJSON *policy, int64_t level, const cJSON *schedule,
                       const char *user)
{
    const struct pagerduty_call *call = oncalls->call;
    cJSON *one = NULL;

    if (!pagerduty_is_asked_for(call, "user_ids[]", user) ||
        !pagerduty_is_asked_for(call, "schedule_ids[]", tree_text(schedule, "id")) ||
        !pagerduty_is_asked_for(call, "escalation_policy_ids[]", tree_text(policy, "id")))
        return;
    one = json_add(oncalls->found, json_object());
    json_set(one, "escalation_policy", json_copy(policy));
    json_set(one, "schedule",
             schedule
                 ? pagerduty_reference(tree_text(schedule, "id"), "schedule_reference", tree_text(schedule, "summary"))
                 : cJSON_CreateNull());
    json_set_int(one, "escalation_level", level);
    json_set(one, "user",
             oncalls->is_whole ? user_shown(call->pagerduty, user)
                               : pagerduty_reference(user, "user_reference", "Somebody"));
    json_set(one, "start", cJSON_CreateNull());
    json_set(one, "end", cJSON_CreateNull());
}

void pagerduty_oncall_list(struct pagerduty_call *call)
{
    const char *include = request_query(call->request, "include[]");
    struct oncalls oncalls = { call, json_array(), include && strstr(include, "users") };

    JSON_EACH(policy, call->pagerduty->policies) {
        int64_t level = 1;

        JSON_EACH(schedule, call->pagerduty->schedules) {
            JSON_EACH(user, tree_get(schedule, "users"))
                add_oncall(&oncalls, policy, level, schedule, cJSON_GetStringValue(user));
        }
        JSON_EACH(users, tree_get(call->pagerduty->levels, tree_text(policy, "id"))) {
            level++;
            JSON_EACH(user, users)
                add_oncall(&oncalls, policy, level, NULL, cJSON_GetStringValue(user));
        }
    }
    pagerduty_answer_page(call, "oncalls", oncalls.found);
}

const cJSON *pagerduty_first_at(const struct pagerduty *pagerduty, const char *policy, int64_t level)
{
    const cJSON *users = cJSON_GetArrayItem(tree_get(pagerduty->levels, policy), (int)level - 2);

    if (level == 1) {
        JSON_EACH(schedule, pagerduty->schedules) {
            users = tree_get(schedule, "users");
            if (users && users->child)
                break;
        }
    }
    return users && users->child && level >= 1 ? tree_find(pagerduty->users, "id", cJSON_GetStringValue(users->child))
                                               : NULL;
}

/* ---- users ---- */

void pagerduty_user_list(struct pagerduty_call *call)
{
    const char *query = request_query(call->request, "query");
    cJSON *found = json_array();

    JSON_EACH(user, call->pagerduty->users) {
        if (!query || strcasestr(tree_text_or(user, "summary", ""), query) ||
            strcasestr(tree_text_or(user, "email", ""), query))
            json_add(found, user_shown(call->pagerduty, tree_text(user, "id")));
    }
    pagerduty_answer_page(call, "users", found);
}

void pagerduty_user_get(struct pagerduty_call *call)
{
    if (!tree_find(call->pagerduty->users, "id", call->id))
        return pagerduty_refuse(call, 404, 2100, "Not Found");
    pagerduty_answer(call, 200, "user", user_shown(call->pagerduty, call->id));
}

/* ---- services, priorities ---- */

static cJSON *service_shown(const struct pagerduty *pagerduty, const cJSON *service)
{
    cJSON *shown = json_copy(service);

    json_set_string(shown, "type", "service");
    json_set_string(shown, "name", tree_text(service, "summary"));
    json_set_string(shown, "status", "active");
    json_set(shown, "escalation_policy", json_copy(pagerduty->policies->child));
    return shown;
}

void pagerduty_service_list(struct pagerduty_call *call)
{
    cJSON *found = json_array();

    JSON_EACH(service, call->pagerduty->services) {
        if (pagerduty_is_asked_for(call, "name", tree_text(service, "summary")))
            json_add(found, service_shown(call->pagerduty, service));
    }
    pagerduty_answer_page(call, "services", found);
}

void pagerduty_service_get(struct pagerduty_call *call)
{
    const cJSON *service = tree_find(call->pagerduty->services, "id", call->id);

    if (!service)
        return pagerduty_refuse(call, 404, 2100, "Not Found");
    pagerduty_answer(call, 200, "service", service_shown(call->pagerduty, service));
}

void pagerduty_priority_list(struct pagerduty_call *call)
{
    cJSON *found = json_array();

    JSON_EACH(priority, call->pagerduty->priorities) {
        cJSON *shown = json_add(found, json_copy(priority));

        json_set_string(shown, "type", "priority");
        json_set_string(shown, "name", tree_text(priority, "summary"));
    }
    pagerduty_answer_page(call, "priorities", found);
}
