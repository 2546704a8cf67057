#include "pagerduty/pagerduty.h"

#include "bot/base/time.h"

#define FIRST_NUMBER 41

static const char *path_of(const char *type)
{
    static const char *const paths[][2] = { { "user_reference", "users" },
                                            { "service_reference", "services" },
                                            { "priority_reference", "priorities" },
                                            { "incident_reference", "incidents" },
                                            { "escalation_policy_reference", "escalation_policies" } };

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        if (text_is(paths[i][0], type))
            return paths[i][1];
    }
    return "things";
}

cJSON *pagerduty_reference(const char *id, const char *type, const char *summary)
{
    cJSON *reference = json_object();

    json_set_string(reference, "id", id);
    json_set_string(reference, "type", type);
    json_set_string(reference, "summary", summary);
    tree_set_textf(reference, "self", "https://api.pagerduty.com/%s/%s", path_of(type), id);
    tree_set_textf(reference, "html_url", "https://acme.pagerduty.com/%s/%s", path_of(type), id);
    return reference;
}

static void add(cJSON *list, const char *id, const char *type, const char *summary)
{
    json_add(list, pagerduty_reference(id, type, summary));
}

static void add_everything(struct pagerduty *pagerduty, const char *opsgate_url)
{
    AUTO_JSON cJSON *wanted = json_object();
    cJSON *delivery = json_set(wanted, "delivery_method", json_object()), *schedule = NULL;

    add(pagerduty->users, "PUSER01", "user_reference", "Ann Example");
    add(pagerduty->users, "PUSER02", "user_reference", "Bob Example");
    tree_set_text(tree_find(pagerduty->users, "id", "PUSER01"), "email", "ann@example.com");
    tree_set_text(tree_find(pagerduty->users, "id", "PUSER02"), "email", "bob@example.com");
    add(pagerduty->services, "PSVC001", "service_reference", "api production");
    add(pagerduty->services, "PSVC002", "service_reference", "web production");
    json_set_string(pagerduty->routing_keys, PAGERDUTY_ROUTING_KEY, "PSVC001");
    json_set_string(pagerduty->routing_keys, PAGERDUTY_WEB_ROUTING_KEY, "PSVC002");
    add(pagerduty->policies, "PPOL001", "escalation_policy_reference", "Platform");
    add(pagerduty->policies, "PPOL002", "escalation_policy_reference", "Management");
    add(pagerduty->priorities, "PPRI001", "priority_reference", "P1");
    add(pagerduty->priorities, "PPRI002", "priority_reference", "P2");
    json_add_string(json_add(json_set(pagerduty->levels, "PPOL001", json_array()), json_array()), "PUSER02");
    schedule = json_add(pagerduty->schedules, json_object());
    json_set_string(schedule, "id", "PSCHED1");
    json_set_string(schedule, "summary", "Platform");
    json_add_string(json_set(schedule, "users", json_array()), "PUSER01");
    tree_set_textf(delivery, "url", "%s/pagerduty/webhook", opsgate_url);
    json_set_string(wanted, "description", "everything, to opsgate");
    pagerduty_subscription_add(pagerduty, wanted, "PSUB001", PAGERDUTY_SECRET);
}

struct pagerduty *pagerduty_create(struct courier *courier, const char *opsgate_url, int64_t now_ms)
{
    struct pagerduty *pagerduty = xcalloc(1, sizeof *pagerduty);

    (void)now_ms;
    pagerduty->courier = courier;
    pagerduty->users = json_array();
    pagerduty->services = json_array();
    pagerduty->policies = json_array();
    pagerduty->priorities = json_array();
    pagerduty->schedules = json_array();
    pagerduty->incidents = json_array();
    pagerduty->notes = json_object();
    pagerduty->updates = json_object();
    pagerduty->levels = json_object();
    pagerduty->routing_keys = json_object();
    pagerduty->changes = json_array();
    pagerduty->subscriptions = json_array();
    pagerduty->delivered = json_array();
    pagerduty->retry_ms = SECOND_MS;
    pagerduty->timeout_ms = 5 * SECOND_MS;
    pagerduty->rate_left = -1;
    pagerduty->last_n = FIRST_NUMBER;
    add_everything(pagerduty, opsgate_url);
    return pagerduty;
}

void pagerduty_destroy(struct pagerduty *pagerduty)
{
    if (!pagerduty)
        return;
    cJSON_Delete(pagerduty->users);
    cJSON_Delete(pagerduty->services);
    cJSON_Delete(pagerduty->policies);
    cJSON_Delete(pagerduty->priorities);
    cJSON_Delete(pagerduty->schedules);
    cJSON_Delete(pagerduty->incidents);
    cJSON_Delete(pagerduty->notes);
    cJSON_Delete(pagerduty->updates);
    cJSON_Delete(pagerduty->levels);
    cJSON_Delete(pagerduty->routing_keys);
    cJSON_Delete(pagerduty->changes);
    cJSON_Delete(pagerduty->subscriptions);
    cJSON_Delete(pagerduty->delivered);
    free(pagerduty);
}

int64_t pagerduty_clock(const struct pagerduty *pagerduty, int64_t now_ms)
{
    return now_ms + pagerduty->ahead_ms;
}

char *pagerduty_new_id(struct pagerduty *pagerduty, const char *prefix)
{
    return text_format("%s%06lld", prefix, (long long)++pagerduty->last_n);
}

void pagerduty_set_time(cJSON *object, const char *key, int64_t unix_ms)
{
    json_set_string(object, key, time_format(unix_ms).text);
}

cJSON *pagerduty_state(const struct pagerduty *pagerduty, int64_t now_ms)
{
    cJSON *state = json_object(), *subscriptions = NULL;

    json_set_int(state, "now_ms", pagerduty_clock(pagerduty, now_ms));
    json_set(state, "incidents", json_copy(pagerduty->incidents));
    json_set(state, "schedules", json_copy(pagerduty->schedules));
    json_set(state, "users", json_copy(pagerduty->users));
    json_set(state, "services", json_copy(pagerduty->services));
    json_set(state, "priorities", json_copy(pagerduty->priorities));
    json_set(state, "notes", json_copy(pagerduty->notes));
    json_set(state, "updates", json_copy(pagerduty->updates));
    json_set(state, "changes", json_copy(pagerduty->changes));
    subscriptions = json_set(state, "subscriptions", json_array());
    JSON_EACH(subscription, pagerduty->subscriptions)
        json_add(subscriptions, pagerduty_subscription_shown(pagerduty, subscription, false, now_ms));
    json_set(state, "waiting", courier_state(pagerduty->courier, "pagerduty"));
    json_set(state, "delivered", json_copy(pagerduty->delivered));
    return state;
}
