#include "integrations/pagerduty/trigger.h"

#include "bot/base/time.h"
#include "integrations/pagerduty/act.h"
#include "integrations/pagerduty/api.h"
#include "integrations/pagerduty/from.h"
#include "integrations/pagerduty/incident.h"
#include "integrations/url.h"

#include <string.h>

#define APPEARS_AFTER_MS (3 * SECOND_MS) /* what was just made may not be listed at once */

static const char what[] = "the new incident";

static const char *key_of(const struct exchange *exchange)
{
    return arena_printf(exchange->arena, "opsgate-%s", exchange->effect_id);
}

static struct exchange_step told(const struct exchange *exchange, const cJSON *json, enum pagerduty_end end,
                                 const struct pagerduty_from *from)
{
    struct bounds bounds = BOUNDS(exchange->arena);
    struct pagerduty_incident incident;
    struct pagerduty_acted acted;
    struct error err;

    bounds_narrow(&bounds);
    if (!pagerduty_incident_read(&bounds, json, &incident, &err))
        return exchange_again(exchange, "PagerDuty's answer about %s made no sense: %s", what, err.message);
    acted = (struct pagerduty_acted){
        .end = end,
        .seen = from ? NULL : incident.status,
        .said = arena_printf(exchange->arena, "%s %s", incident.id, from ? "pages now" : "was made already"),
        .as = from ? from->email : NULL,
        .is_stand_in = from && from->is_stand_in,
        .incident = &incident,
    };
    return exchange_done(exchange, shape_to_json(&pagerduty_acted_shape, &acted, SHAPE_WHOLE));
}

/* True: dialog->step is the end of it; else there is none of our key. */
static bool was_made(struct dialog *dialog, const struct pagerduty_trigger_wish *wish, int64_t wait_ms)
{
    const struct exchange *exchange = dialog->exchange;
    AUTO_BUF struct buf path = BUF(URL_MAX_BYTES);
    const cJSON *json, *list;
    struct http_call call;

    buf_puts(&path, "/incidents?incident_key=");
    url_add_encoded(&path, str_of(key_of(exchange)));
    buf_addf(&path, "&service_ids%%5B%%5D=%s", wish->service);
    call = pagerduty_call(exchange, "GET", arena_copy(exchange->arena, buf_str(&path)), (struct str){ 0 });
    call.wait_ms = wait_ms;
    json = pagerduty_ask(dialog, call, what, NULL);
    list = json_find(json, "incidents");
    if (json && !cJSON_IsArray(list))
        dialog->step = exchange_again(exchange, "PagerDuty's answer about %s made no sense: no list", what);
    if (!json || !cJSON_IsArray(list))
        return true;
    JSON_EACH(item, list)
        if (str_is(str_of(json_find_string(item, "incident_key")), key_of(exchange))) {
            dialog->step = told(exchange, item, PAGERDUTY_ALREADY, NULL);
            return true;
        }
    return false;
}

/* ---- made ---- */

static void add_reference(cJSON *object, const char *name, const char *id, const char *type)
{
    cJSON *reference;

    if (!id)
        return;
    reference = json_set(object, name, json_object());
    json_set_string(reference, "id", id);
    json_set_string(reference, "type", type);
}

static const cJSON *body_of(const struct exchange *exchange, const struct pagerduty_trigger_wish *wish)
{
    cJSON *incident, *details;
    const cJSON *body = pagerduty_incident_body(exchange, &incident);

    json_set_string(incident, "type", "incident");
    json_set_string(incident, "title", wish->title);
    json_set_string(incident, "incident_key", key_of(exchange));
    json_set_string(incident, "urgency", wish->urgency);
    add_reference(incident, "service", wish->service, "service_reference");
    add_reference(incident, "escalation_policy", wish->policy, "escalation_policy_reference");
    if (wish->user)
        add_reference(json_add(json_set(incident, "assignments", json_array()), json_object()), "assignee", wish->user,
                      "user_reference");
    if (wish->details) {
        details = json_set(incident, "body", json_object());
        json_set_string(details, "type", "incident_body");
        json_set_string(details, "details", wish->details);
    }
    return body;
}

/* It may have been made: another try looks for it, and not at once. */
static struct exchange_step later(struct exchange_step step)
{
    if (step.next == NEXT_AGAIN && step.after_ms < APPEARS_AFTER_MS)
        step.after_ms = APPEARS_AFTER_MS;
    return step;
}

static struct exchange_step make(struct dialog *dialog, const struct pagerduty_trigger_wish *wish)
{
    const struct exchange *exchange = dialog->exchange;
    const struct http_answer *answer;
    struct pagerduty_from from;
    struct exchange_step step;
    const cJSON *json;

    if (!pagerduty_from_find(dialog, &wish->of, &from))
        return dialog->step;
    answer = pagerduty_write_as(dialog, &from, "POST", "/incidents", body_of(exchange, wish));
    if (!answer)
        return dialog->step;
    if (pagerduty_is_taken(answer)) {
        json = pagerduty_json(exchange, what, answer, &step);
        return later(json ? told(exchange, json_find(json, "incident"), PAGERDUTY_WRITTEN, &from) : step);
    }
    step = pagerduty_write_refused(exchange, what, answer);
    /* it has our key already: an earlier try made it after all, and it may not be listed yet */
    if (answer->status == 400 && was_made(dialog, wish, exchange->is_first_try ? 0 : APPEARS_AFTER_MS))
        return dialog->step;
    return later(step);
}

/* NULL: all is well. */
static const char *what_is_wrong(const struct pagerduty_trigger_wish *wish)
{
    if (!pagerduty_id_is_valid(wish->service))
        return "the id of a service such as PSVC001 is needed";
    if (!wish->title[0] || strlen(wish->title) > PAGERDUTY_TITLE_MAX_BYTES)
        return "its title has to have 1 to 1024 bytes";
    if (wish->details && strlen(wish->details) > PAGERDUTY_TEXT_MAX_BYTES)
        return "its details are too long";
    if (wish->urgency && !str_is(str_of(wish->urgency), "high") && !str_is(str_of(wish->urgency), "low"))
        return "its urgency is high or low";
    if (wish->policy && wish->user)
        return "it goes to a policy or to a user, not to both";
    if ((wish->policy && !pagerduty_id_is_valid(wish->policy)) || (wish->user && !pagerduty_id_is_valid(wish->user)))
        return "whom it goes to is no id of PagerDuty's";
    return NULL;
}

struct exchange_step pagerduty_trigger_make(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct pagerduty_trigger_wish wish;
    const char *wrong;
    struct error err;

    if (!shape_from_json(&pagerduty_trigger_wish_shape, exchange->args, exchange->arena, &wish, &err))
        return exchange_never(exchange, "PagerDuty's incident: %s", err.message);
    wrong = exchange->effect_id ? what_is_wrong(&wish) : "it has no key";
    if (wrong)
        return exchange_never(exchange, "PagerDuty's incident: %s", wrong);
    if (!pagerduty_is_configured(exchange, &dialog.step))
        return dialog.step;
    if (!exchange->is_first_try && was_made(&dialog, &wish, 0))
        return pagerduty_act_in_time(exchange, &wish.of, what, "made", dialog.step);
    if (pagerduty_act_is_too_late(exchange, &wish.of))
        return exchange_never(exchange, "PagerDuty could not be reached in time: nobody was paged. Ask again, if it is "
                                        "still wanted");
    return make(&dialog, &wish);
}
