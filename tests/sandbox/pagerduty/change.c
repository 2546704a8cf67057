/* How a test, a --world file or the page changes PagerDuty: an object whose members are rows here, applied in this
 * order. */
#include "pagerduty/pagerduty.h"

#include "bot/base/time.h"

struct change {
    struct pagerduty *pagerduty;
    const cJSON *value;
    int64_t now_ms;
};

static bool read_number(const struct change *change, int64_t max, int64_t *ret_value, struct error *err)
{
    int64_t value = json_find_int(change->value, "", -1);

    if (value < 0 || value > max)
        return error_set(err, ERR_INVALID, "a whole number up to %lld", (long long)max);
    *ret_value = value;
    return true;
}

/* How far its clock is put forward, from where it is. */
static bool change_advance(const struct change *change, struct error *err)
{
    int64_t ms = 0;

    if (!read_number(change, 365 * DAY_MS, &ms, err))
        return false;
    change->pagerduty->ahead_ms += ms;
    return true;
}

static bool change_retry(const struct change *change, struct error *err)
{
    return read_number(change, HOUR_MS, &change->pagerduty->retry_ms, err);
}

static bool change_timeout(const struct change *change, struct error *err)
{
    return read_number(change, MINUTE_MS, &change->pagerduty->timeout_ms, err);
}

/* Calls until 429; null: no limit again. */
static bool change_rate(const struct change *change, struct error *err)
{
    change->pagerduty->rate_left = -1;
    return cJSON_IsNull(change->value) || read_number(change, 1000000, &change->pagerduty->rate_left, err);
}

/* {id?, url?, secret?, events?, active?, filter?, custom_headers?, unsigned?}: a new one, or another state of an old
 * one. */
static bool change_subscription(const struct change *change, struct error *err)
{
    static const char *const members[] = { "events", "active", "filter", "unsigned" };
    const char *id = tree_text(change->value, "id"), *url = tree_text(change->value, "url");
    cJSON *subscription = tree_find(change->pagerduty->subscriptions, "id", id), *delivery = NULL;

    if (!subscription && !url)
        return error_set(err, ERR_INVALID, "a new subscription needs 'url'");
    if (!subscription)
        subscription = pagerduty_subscription_add(change->pagerduty, NULL, id, tree_text(change->value, "secret"));
    delivery = tree_get(subscription, "delivery_method");
    if (!delivery)
        delivery = json_set(subscription, "delivery_method", json_object());
    tree_copy(delivery, change->value, "url");
    tree_copy(delivery, change->value, "custom_headers");
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        tree_copy(subscription, change->value, members[i]);
    return true;
}

/* {id, secret}: from now on webhooks have two signatures. {id, only}: of all its secrets this one stays. */
static bool change_rotate(const struct change *change, struct error *err)
{
    const char *secret = tree_text(change->value, "secret"), *only = tree_text(change->value, "only");
    cJSON *subscription = tree_find(change->pagerduty->subscriptions, "id", tree_text(change->value, "id"));

    if (!subscription || !(secret || only))
        return error_set(err, ERR_INVALID, "an 'id' that is there, and 'secret' or 'only'");
    if (only)
        json_add_string(json_set(subscription, "secrets", json_array()), only);
    else
        cJSON_InsertItemInArray(tree_get(subscription, "secrets"), 0, json_string(secret));
    return true;
}

/* {id, name?, email?}: somebody new, or another address. */
static bool change_user(const struct change *change, struct error *err)
{
    const char *id = tree_text(change->value, "id");
    cJSON *user = tree_find(change->pagerduty->users, "id", id);

    if (!id)
        return error_set(err, ERR_INVALID, "'id' is missing");
    if (!user)
        user = json_add(change->pagerduty->users,
                        pagerduty_reference(id, "user_reference", tree_text_or(change->value, "name", "Somebody")));
    tree_copy(user, change->value, "email");
    return true;
}

/* {id, name?}: one more service that can be paged. */
static bool change_service(const struct change *change, struct error *err)
{
    const char *id = tree_text(change->value, "id");

    if (!id || tree_find(change->pagerduty->services, "id", id))
        return error_set(err, ERR_INVALID, "'id' is missing, or there is one of it");
    json_add(change->pagerduty->services,
             pagerduty_reference(id, "service_reference", tree_text_or(change->value, "name", id)));
    return true;
}

/* {id, users?, summary?, shift_based?}: who is on call by it from now on; a new schedule, too. {id, gone: true}: none.
 */
static bool change_schedule(const struct change *change, struct error *err)
{
    static const char *const members[] = { "users", "summary", "shift_based" };
    cJSON *schedules = change->pagerduty->schedules;
    const char *id = tree_text(change->value, "id");
    cJSON *schedule = tree_find(schedules, "id", id);

    if (!id)
        return error_set(err, ERR_INVALID, "'id' is missing");
    JSON_EACH(user, tree_get(change->value, "users")) {
        if (!tree_find(change->pagerduty->users, "id", cJSON_GetStringValue(user)))
            return error_set(err, ERR_NOT_FOUND, "no such user");
    }
    if (schedule && tree_true(change->value, "gone")) {
        cJSON_Delete(cJSON_DetachItemViaPointer(schedules, schedule));
        return true;
    }
    if (!schedule) {
        schedule = json_add(schedules, json_object());
        json_set_string(schedule, "id", id);
        json_set_string(schedule, "summary", id);
        json_set(schedule, "users", json_array());
    }
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        tree_copy(schedule, change->value, members[i]);
    return true;
}

/* {policy, levels: [[user id], ...]}: who is called above the first level. */
static bool change_levels(const struct change *change, struct error *err)
{
    const char *policy = tree_text(change->value, "policy");
    const cJSON *levels = tree_get(change->value, "levels");

    if (!tree_find(change->pagerduty->policies, "id", policy) || !cJSON_IsArray(levels))
        return error_set(err, ERR_INVALID, "'policy' is an escalation policy's id, 'levels' a list");
    JSON_EACH(users, levels) {
        JSON_EACH(user, users) {
            if (!tree_find(change->pagerduty->users, "id", cJSON_GetStringValue(user)))
                return error_set(err, ERR_NOT_FOUND, "no such user");
        }
    }
    json_set(change->pagerduty->levels, policy, json_copy(levels));
    return true;
}

/* {title?, service?, urgency?, priority?, incident_key?}: something is wrong somewhere. */
static bool change_incident(const struct change *change, struct error *err)
{
    (void)err;
    pagerduty_incident_add(change->pagerduty, change->value, NULL, change->now_ms);
    return true;
}

/* {incident, by?, note?, update?, status?, assignments?, priority?, ...}: somebody does something there. */
static bool change_act(const struct change *change, struct error *err)
{
    struct pagerduty_act act = {
        .pagerduty = change->pagerduty,
        .incident = pagerduty_incident_find(change->pagerduty, tree_text(change->value, "incident")),
        .by = tree_find(change->pagerduty->users, "id", tree_text(change->value, "by")),
        .now_ms = change->now_ms,
    };
    const char *message = NULL;
    int code = 0;

    if (!act.incident)
        return error_set(err, ERR_NOT_FOUND, "no such incident");
    if (!pagerduty_incident_put(&act, change->value, &code, &message))
        return error_set(err, ERR_CONFLICT, "%s", message);
    if (tree_text(change->value, "note"))
        pagerduty_note_add(&act, tree_text(change->value, "note"));
    if (tree_text(change->value, "update"))
        pagerduty_update_add(&act, tree_text(change->value, "update"));
    return true;
}

/* {type, data, resource?, by?}: an event of any kind, whatever it says. */
static bool change_event(const struct change *change, struct error *err)
{
    const char *type = tree_text(change->value, "type");

    if (!type || !tree_get(change->value, "data"))
        return error_set(err, ERR_INVALID, "an event needs 'type' and 'data'");
    pagerduty_tell(
        change->pagerduty,
        &(struct pagerduty_telling){ .type = type,
                                     .resource = tree_text_or(change->value, "resource", "any"),
                                     .agent = tree_find(change->pagerduty->users, "id", tree_text(change->value, "by")),
                                     .data = json_copy(tree_get(change->value, "data")) },
        change->now_ms);
    return true;
}

static const struct {
    const char *name;
    bool (*apply)(const struct change *change, struct error *err);
} rows[] = {
    { "advance_ms", change_advance },
    { "retry_ms", change_retry },
    { "timeout_ms", change_timeout },
    { "rate_left", change_rate },
    { "subscription", change_subscription },
    { "rotate", change_rotate },
    { "user", change_user },
    { "service", change_service },
    { "schedule", change_schedule },
    { "levels", change_levels },
    { "incident", change_incident },
    { "act", change_act },
    { "event", change_event },
};

static bool apply(size_t row, const struct change *change, struct error *err)
{
    struct change one = *change;

    if (!cJSON_IsArray(change->value))
        return rows[row].apply(change, err) || error_wrap(err, "%s", rows[row].name);
    JSON_EACH(item, change->value) {
        one.value = item;
        if (!rows[row].apply(&one, err))
            return error_wrap(err, "%s", rows[row].name);
    }
    return true;
}

static bool is_known(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (text_is(name, rows[i].name))
            return true;
    }
    return false;
}

bool pagerduty_change(struct pagerduty *pagerduty, const cJSON *changes, int64_t now_ms, struct error *err)
{
    if (!cJSON_IsObject(changes))
        return error_set(err, ERR_INVALID, "changes of PagerDuty are a JSON object");
    JSON_EACH(change, changes) {
        if (!is_known(change->string))
            return error_set(err, ERR_INVALID, "no such change '%.60s'", change->string);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct change change = { pagerduty, tree_get(changes, rows[i].name), now_ms };

        if (change.value && !apply(i, &change, err))
            return false;
    }
    return true;
}
