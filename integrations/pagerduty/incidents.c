#include "integrations/pagerduty/incidents.h"

#include "bot/base/time.h"
#include "bot/model/pagerduty.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/pagerduty/api.h"
#include "integrations/pagerduty/incident.h"
#include "integrations/url.h"

#include <string.h>

#define PAGE 100
#define STEP                                                                                                           \
    90 /* pages overlap: when an open one is resolved in between, those behind it move up, and none is missed */
#define PAGES_MAX 10
#define SERVICES_MAX 100            /* as many fit into an address */
#define SINCE_MAX_MS (180 * DAY_MS) /* PagerDuty takes six months at most */

/* ---- all that are open ---- */

static const char *path_of_page(const struct exchange *exchange, const struct pagerduty_incidents_ask *ask, int page)
{
    AUTO_BUF struct buf path = BUF(URL_MAX_BYTES);

    buf_puts(&path, "/incidents?statuses%5B%5D=triggered&statuses%5B%5D=acknowledged");
    if (ask->since_ms > 0 && ask->since_ms > exchange->unix_ms - SINCE_MAX_MS) {
        buf_puts(&path, "&since=");
        url_add_encoded(&path, str_of(time_format(ask->since_ms).text));
        buf_puts(&path, "&until="); /* left out, it may be a month after `since`; and its clock may be ahead of ours */
        url_add_encoded(&path, str_of(time_format(exchange->unix_ms + DAY_MS).text));
    } else { /* with neither, those of the last month alone are told */
        buf_puts(&path, "&date_range=all");
    }
    for (size_t i = 0; i < ask->services_count; i++)
        buf_addf(&path, "&service_ids%%5B%%5D=%s", ask->services[i]);
    buf_addf(&path, "&sort_by=created_at%%3Aasc&limit=%d&offset=%d", PAGE, page * STEP);
    return arena_copy(exchange->arena, buf_str(&path));
}

static bool has(const struct pagerduty_incidents *found, const char *id)
{
    for (size_t i = 0; i < found->incidents_count; i++)
        if (strcmp(found->incidents[i].id, id) == 0)
            return true;
    return false;
}

static void take_page(const struct exchange *exchange, const cJSON *json, struct pagerduty_incidents *found)
{
    const cJSON *list = json_find(json, "incidents");
    struct bounds bounds = BOUNDS(exchange->arena);
    struct pagerduty_incident incident;
    struct error ignored;

    while (bounds.step < 2) /* a thousand of them have to fit into one answer */
        bounds_narrow(&bounds);
    JSON_EACH(item, cJSON_IsArray(list) ? list : NULL)
        if (pagerduty_incident_read(&bounds, item, &incident, &ignored) && !has(found, incident.id))
            *ARENA_PUSH(exchange->arena, found->incidents, found->incidents_count) = incident;
}

static bool read_ask(const struct exchange *exchange, struct pagerduty_incidents_ask *ask,
                     struct exchange_step *ret_step)
{
    struct error err;

    if (!shape_from_json(&pagerduty_incidents_ask_shape, exchange->args, exchange->arena, ask, &err)) {
        *ret_step = exchange_never(exchange, "PagerDuty's incidents: %s", err.message);
        return false;
    }
    for (size_t i = 0; i < ask->services_count; i++) {
        if (pagerduty_id_is_valid(ask->services[i]) && i < SERVICES_MAX)
            continue;
        *ret_step = exchange_never(exchange, "PagerDuty's incidents: %s",
                                   i < SERVICES_MAX ? "a service that is no id of PagerDuty's" : "too many services");
        return false;
    }
    return pagerduty_is_configured(exchange, ret_step);
}

struct exchange_step pagerduty_incidents_read(const struct exchange *exchange)
{
    static const char what[] = "the list of open incidents";
    struct dialog dialog = DIALOG(exchange);
    struct pagerduty_incidents_ask ask;
    struct pagerduty_incidents found = { .is_cut = true };

    if (!read_ask(exchange, &ask, &dialog.step))
        return dialog.step;
    for (int page = 0; found.is_cut && page < PAGES_MAX; page++) {
        const char *path = path_of_page(exchange, &ask, page);
        const struct http_answer *answer =
            dialog_ask(&dialog, pagerduty_call(exchange, "GET", path, (struct str){ 0 }));
        const cJSON *json;

        if (!answer)
            return dialog.step;
        if (answer->status != 200)
            return pagerduty_refused(exchange, what, answer);
        json = pagerduty_json(exchange, what, answer, &dialog.step);
        if (!json)
            return dialog.step;
        if (!cJSON_IsArray(json_find(json, "incidents"))) /* "none is open" must have been said, not left out */
            return exchange_again(exchange, "PagerDuty's answer about %s made no sense: no list", what);
        take_page(exchange, json, &found);
        found.is_cut = json_find_bool(json, "more", false);
    }
    return exchange_done(exchange, shape_to_json(&pagerduty_incidents_shape, &found, SHAPE_WHOLE));
}

/* ---- one ---- */

struct exchange_step pagerduty_incident_ask(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct bounds bounds = BOUNDS(exchange->arena);
    struct pagerduty_incident_ask ask;
    struct pagerduty_incident incident;
    const struct http_answer *answer;
    const char *what;
    const cJSON *json;
    struct error err;

    if (!shape_from_json(&pagerduty_incident_ask_shape, exchange->args, exchange->arena, &ask, &err) ||
        !pagerduty_id_is_valid(ask.incident))
        return exchange_never(exchange, "PagerDuty's incident: an id such as PINC001 is needed");
    if (!pagerduty_is_configured(exchange, &dialog.step))
        return dialog.step;
    what = arena_printf(exchange->arena, "incident %s", ask.incident);
    answer = dialog_ask(&dialog,
                        pagerduty_call(exchange, "GET", arena_printf(exchange->arena, "/incidents/%s", ask.incident),
                                       (struct str){ 0 }));
    if (!answer)
        return dialog.step;
    if (answer->status != 200)
        return pagerduty_refused(exchange, what, answer);
    json = pagerduty_json(exchange, what, answer, &dialog.step);
    if (!json)
        return dialog.step;
    if (!pagerduty_incident_read(&bounds, json_find(json, "incident"), &incident, &err))
        return exchange_again(exchange, "PagerDuty's answer about %s made no sense: %s", what, err.message);
    return exchange_done(exchange, shape_to_json(&pagerduty_incident_shape, &incident, SHAPE_WHOLE));
}
