#include "integrations/statuspage/incident.h"

#include "bot/base/time.h"
#include "bot/model/statuspage.h"
#include "integrations/bounds.h"
#include "integrations/dialog.h"
#include "integrations/statuspage/api.h"

#include <string.h>

#define SLACK_MS (2 * MINUTE_MS)         /* its clock may be behind ours by so much */
#define APPEARS_AFTER_MS (3 * SECOND_MS) /* what was just made may not be listed at once */
#define COMPONENTS_MAX 200

static const char *const statuses[] = { "investigating", "identified", "monitoring",  "resolved",
                                        "scheduled",     "in_progress", "verifying", "completed" };
static const char *const impacts[] = { "none", "minor", "major", "critical" };
static const char *const component_statuses[] = { "operational", "degraded_performance", "partial_outage",
                                                  "major_outage", "under_maintenance" };

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; text && i < count; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

static bool is_over(const char *status)
{
    return str_is(str_of(status), "resolved") || str_is(str_of(status), "completed");
}

/* NULL: all is well. */
static const char *what_is_wrong(const struct statuspage_update_wish *wish)
{
    if (wish->status && !is_one_of(wish->status, statuses, ARRAY_LEN(statuses)))
        return "its status is investigating, identified, monitoring or resolved; of maintenance scheduled, in_progress, "
               "verifying or completed";
    if (wish->impact && !is_one_of(wish->impact, impacts, ARRAY_LEN(impacts)))
        return "its impact is none, minor, major or critical";
    if (wish->body && (!wish->body[0] || strlen(wish->body) > STATUSPAGE_BODY_MAX_BYTES))
        return "its text has to have 1 to 25000 bytes";
    if (wish->components_count > COMPONENTS_MAX)
        return "it has too many components";
    for (size_t i = 0; i < wish->components_count; i++)
        if (!statuspage_id_is_valid(wish->components[i].key) ||
            (wish->components[i].value[0] &&
             !is_one_of(wish->components[i].value, component_statuses, ARRAY_LEN(component_statuses))))
            return "a component is an id and one of the five states";
    return NULL;
}

/* ---- as Statuspage tells of it ---- */

/* False: it has no id. */
static bool read_incident(const struct exchange *exchange, const cJSON *json, struct statuspage_told *told)
{
    struct bounds bounds = BOUNDS(exchange->arena);

    bounds_narrow(&bounds);
    *told = (struct statuspage_told){
        .id = json_find_string(json, "id"),
        .name = bounds_text(&bounds, json, "name"),
        .status = bounds_whole(&bounds, json, "status"),
        .impact = bounds_whole(&bounds, json, "impact"),
        .url = bounds_page(&bounds, json, "shortlink"),
    };
    return statuspage_id_is_valid(told->id);
}

static struct exchange_step done(const struct exchange *exchange, const struct statuspage_told *told)
{
    return exchange_done(exchange, shape_to_json(&statuspage_told_shape, told, SHAPE_WHOLE));
}

static struct exchange_step done_with(const struct exchange *exchange, const cJSON *json, const char *what)
{
    struct statuspage_told told;

    if (!read_incident(exchange, json, &told))
        return exchange_again(exchange, "Statuspage's answer about %s made no sense: no id", what);
    return done(exchange, &told);
}

static const char *path_of(const struct exchange *exchange, const char *incident)
{
    return arena_printf(exchange->arena, "/incidents/%s", incident);
}

static const char *name_of(const struct exchange *exchange, const char *incident)
{
    return arena_printf(exchange->arena, "incident %s", incident);
}

struct exchange_step statuspage_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct statuspage_ask ask;
    const char *what;
    const cJSON *json;
    struct error err;

    if (!shape_from_json(&statuspage_ask_shape, exchange->args, exchange->arena, &ask, &err) ||
        !statuspage_id_is_valid(ask.incident))
        return exchange_never(exchange, "Statuspage's incident: an id is needed");
    if (!statuspage_is_configured(exchange, &dialog.step))
        return dialog.step;
    what = name_of(exchange, ask.incident);
    json = statuspage_ask(&dialog, statuspage_call(exchange, "GET", path_of(exchange, ask.incident), NULL), what);
    return json ? done_with(exchange, json, what) : dialog.step;
}

/* ---- what is written ---- */

static bool has_id(const cJSON *ids, const char *id)
{
    JSON_EACH(item, ids)
        if (str_is(str_of(cJSON_GetStringValue(item)), id))
            return true;
    return false;
}

static bool sets_any(const struct statuspage_update_wish *wish)
{
    for (size_t i = 0; i < wish->components_count; i++)
        if (wish->components[i].value[0])
            return true;
    return false;
}

/* Which ones it is about: those it has, for the list takes the place of theirs, and the wish's. */
static void add_components(cJSON *incident, const struct statuspage_update_wish *wish, const cJSON *seen)
{
    cJSON *components = sets_any(wish) ? json_set(incident, "components", json_object()) : NULL;
    cJSON *ids = json_set(incident, "component_ids", json_array());
    const cJSON *list = json_find(seen, "components");

    for (size_t i = 0; i < wish->components_count; i++) {
        if (wish->components[i].value[0])
            json_set_string(components, wish->components[i].key, wish->components[i].value);
        json_add_string(ids, wish->components[i].key);
    }
    JSON_EACH(item, cJSON_IsArray(list) ? list : NULL) {
        const char *id = json_find_string(item, "id");

        if (statuspage_id_is_valid(id) && !has_id(ids, id))
            json_add_string(ids, id);
    }
}

/* {"incident": {...}}, in the arena; `ret_incident` is the inner object. `seen`: as it is there; NULL for a new one. */
static const cJSON *body_of(const struct exchange *exchange, const struct statuspage_update_wish *wish,
                            const cJSON *seen, cJSON **ret_incident)
{
    cJSON *body = json_object(), *incident;

    arena_defer(exchange->arena, (void (*)(void *))cJSON_Delete, body);
    incident = json_set(body, "incident", json_object());
    json_set_string(incident, "status", wish->status);
    json_set_string(incident, "body", wish->body);
    json_set_string(incident, "impact_override", wish->impact);
    if (wish->scheduled_until_ms > 0)
        json_set_string(incident, "scheduled_until", time_format(wish->scheduled_until_ms).text);
    json_set_bool(incident, "deliver_notifications", !wish->is_quiet);
    if (wish->components_count > 0)
        add_components(incident, wish, seen);
    *ret_incident = incident;
    return body;
}

/* Refused before it could be seen what a try before has done: nobody knows. */
static struct exchange_step refused_unseen(struct exchange_step step, bool may_have_been_told)
{
    step.is_unclear = step.next == NEXT_NEVER && may_have_been_told;
    return step;
}

/* ---- opened ---- */

static bool is_ours(const struct exchange *exchange, const cJSON *incident)
{
    return str_is(str_of(json_find_string(incident, "metadata.opsgate.operation")), exchange->operation_id);
}

/* True: dialog->step is the end of it; else there is none with our mark. */
static bool is_listed(struct dialog *dialog, const char *path, const char *what)
{
    const struct exchange *exchange = dialog->exchange;
    struct statuspage_told told;
    const cJSON *list;

    list = statuspage_ask(dialog, statuspage_call(exchange, "GET", path, NULL), what);
    if (list && !cJSON_IsArray(list))
        dialog->step = exchange_again(exchange, "Statuspage's answer about %s made no sense: no list", what);
    if (!list || !cJSON_IsArray(list))
        return true;
    JSON_EACH(item, list) {
        if (!is_ours(exchange, item) || !read_incident(exchange, item, &told))
            continue;
        told.existed = true;
        dialog->step = done(exchange, &told);
        return true;
    }
    return false;
}

/* What is scheduled somebody may have started there by now. */
static bool was_opened(struct dialog *dialog, bool is_maintenance, bool may_have_been)
{
    if (!may_have_been)
        return false;
    if (!is_maintenance)
        return is_listed(dialog, "/incidents/unresolved", "the list of unresolved incidents");
    return is_listed(dialog, "/incidents/scheduled", "the list of scheduled maintenance") ||
           is_listed(dialog, "/incidents/active_maintenance", "the list of maintenance in progress");
}

/* Opsgate tells each next status itself: nothing moves there by the time alone. */
static void add_schedule(cJSON *incident, const struct statuspage_open_wish *wish)
{
    json_set_string(incident, "scheduled_for", time_format(wish->scheduled_for_ms).text);
    json_set_string(incident, "scheduled_until", time_format(wish->scheduled_until_ms).text);
    json_set_bool(incident, "scheduled_auto_in_progress", false);
    json_set_bool(incident, "scheduled_auto_completed", false);
}

static const char *what_is_wrong_opening(const struct exchange *exchange, const struct statuspage_open_wish *wish)
{
    bool is_scheduled = str_is(str_of(wish->status), "scheduled");

    if (!wish->name[0] || strlen(wish->name) > STATUSPAGE_NAME_MAX_BYTES)
        return "its name has to have 1 to 255 bytes";
    if (is_over(wish->status))
        return "a new one is not resolved"; /* nor would another try find it */
    if (is_scheduled != (wish->scheduled_for_ms > 0) ||
        (is_scheduled && wish->scheduled_until_ms <= wish->scheduled_for_ms))
        return "what is scheduled has a beginning and a later end";
    return exchange->operation_id ? NULL : "it belongs to no operation";
}

struct exchange_step statuspage_open(const struct exchange *exchange)
{
    static const char what[] = "the new incident";
    struct dialog dialog = DIALOG(exchange);
    struct statuspage_update_wish written;
    struct statuspage_open_wish wish;
    const cJSON *body, *json;
    const char *wrong;
    bool may_have_been;
    struct error err;
    cJSON *incident;

    if (!shape_from_json(&statuspage_open_wish_shape, exchange->args, exchange->arena, &wish, &err))
        return exchange_never(exchange, "Statuspage: %s", err.message);
    written = (struct statuspage_update_wish){ .status = wish.status ? wish.status : statuses[0],
                                               .body = wish.body,
                                               .impact = wish.impact,
                                               .components = wish.components,
                                               .components_count = wish.components_count,
                                               .is_quiet = wish.is_quiet };
    wrong = what_is_wrong(&written);
    if (!wrong)
        wrong = what_is_wrong_opening(exchange, &wish);
    if (wrong)
        return exchange_never(exchange, "Statuspage's incident: %s", wrong);
    may_have_been = !exchange->is_first_try || wish.is_again;
    if (!statuspage_is_configured(exchange, &dialog.step) || was_opened(&dialog, wish.scheduled_for_ms > 0, may_have_been))
        return refused_unseen(dialog.step, may_have_been);
    body = body_of(exchange, &written, NULL, &incident);
    json_set_string(incident, "name", wish.name);
    if (wish.scheduled_for_ms > 0)
        add_schedule(incident, &wish);
    json_set_string(json_set(json_set(incident, "metadata", json_object()), "opsgate", json_object()), "operation",
                    exchange->operation_id);
    json = statuspage_ask(&dialog, statuspage_call(exchange, "POST", "/incidents", body), what);
    if (json)
        dialog.step = done_with(exchange, json, what);
    if (dialog.step.next == NEXT_AGAIN && dialog.step.after_ms < APPEARS_AFTER_MS)
        dialog.step.after_ms = APPEARS_AFTER_MS;
    return dialog.step;
}

/* ---- updated ---- */

static bool is_closed(const struct statuspage_told *seen)
{
    return is_over(seen->status) || str_is(str_of(seen->status), "postmortem");
}

/* The same words and status, where those are wished for, and not older than the wish: an earlier try of ours told them.
 */
static bool is_same(const struct exchange *exchange, const cJSON *update, const struct statuspage_update_wish *wish)
{
    struct str body = str_trim(str_of(json_find_string(update, "body")));

    return (!wish->status || str_is(str_of(json_find_string(update, "status")), wish->status)) &&
           (!wish->body || str_equal(body, str_trim(str_of(wish->body)))) &&
           bounds_time(update, "created_at") >= wish->asked_at_ms - SLACK_MS - exchange->ahead_ms;
}

static bool may_have_been_told(const struct exchange *exchange, const struct statuspage_update_wish *wish)
{
    return !exchange->is_first_try && (wish->status || wish->body); /* nothing else makes an update, or mails anybody */
}

/* Resolved, or open again: the words are mostly the same each time, so they may be of the time before. Then it stands
 * otherwise by now. */
static bool is_of_before(const struct statuspage_told *seen, const struct statuspage_update_wish *wish)
{
    return (wish->reopens || is_over(wish->status)) && !str_is(str_of(seen->status), wish->status);
}

static bool was_told(const struct exchange *exchange, const cJSON *incident, const struct statuspage_told *seen,
                     const struct statuspage_update_wish *wish)
{
    const cJSON *updates = json_find(incident, "incident_updates");

    if (!may_have_been_told(exchange, wish) || is_of_before(seen, wish))
        return false;
    JSON_EACH(update, cJSON_IsArray(updates) ? updates : NULL)
        if (is_same(exchange, update, wish))
            return true;
    return false;
}

/* The incident as it is there. NULL: dialog->step is the end of it; nothing is to be told (any more), for one. */
static const cJSON *see(struct dialog *dialog, const struct statuspage_update_wish *wish, const char *what)
{
    const struct exchange *exchange = dialog->exchange;
    const cJSON *json =
        statuspage_ask(dialog, statuspage_call(exchange, "GET", path_of(exchange, wish->incident), NULL), what);
    struct statuspage_told seen;

    if (!json)
        return NULL;
    if (!read_incident(exchange, json, &seen)) {
        dialog->step = exchange_again(exchange, "Statuspage's answer about %s made no sense: no id", what);
        return NULL;
    }
    seen.existed = was_told(exchange, json, &seen, wish);
    seen.is_closed =
        !seen.existed && !wish->reopens && is_closed(&seen) && (wish->status || wish->body || wish->impact);
    if (!seen.existed && !seen.is_closed)
        return json;
    dialog->step = done(exchange, &seen);
    return NULL;
}

struct exchange_step statuspage_update(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct statuspage_update_wish wish;
    const cJSON *body, *json, *seen;
    const char *what, *wrong;
    struct error err;
    cJSON *incident;

    if (!shape_from_json(&statuspage_update_wish_shape, exchange->args, exchange->arena, &wish, &err))
        return exchange_never(exchange, "Statuspage: %s", err.message);
    wrong = what_is_wrong(&wish);
    if (!wrong && !statuspage_id_is_valid(wish.incident))
        wrong = "an id is needed";
    if (!wrong && !wish.status && !wish.body && !wish.impact && wish.components_count == 0)
        wrong = "nothing to tell";
    if (!wrong && wish.asked_at_ms <= 0)
        wrong = "when was it asked for?";
    if (!wrong && wish.reopens && (!wish.status || is_over(wish.status)))
        wrong = "what is reopened has a status, and is not resolved";
    if (wrong)
        return exchange_never(exchange, "Statuspage's incident: %s", wrong);
    what = name_of(exchange, wish.incident);
    if (!statuspage_is_configured(exchange, &dialog.step))
        return refused_unseen(dialog.step, may_have_been_told(exchange, &wish));
    seen = see(&dialog, &wish, what);
    if (!seen)
        return refused_unseen(dialog.step, may_have_been_told(exchange, &wish));
    body = body_of(exchange, &wish, seen, &incident);
    json = statuspage_ask(&dialog, statuspage_call(exchange, "PATCH", path_of(exchange, wish.incident), body), what);
    return json ? done_with(exchange, json, what) : dialog.step;
}
