#include "integrations/pagerduty/subscription.h"

#include "bot/model/pagerduty.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/pagerduty/api.h"
#include "integrations/pagerduty/incident.h"
#include "integrations/url.h"

#include <string.h>

#define PAGE 100
#define PAGES_MAX 5 /* ten for each service and team, so a large account may have some hundred */

static bool read_ask(const struct exchange *exchange, struct pagerduty_subscription_ask *ask,
                     struct exchange_step *ret_step)
{
    struct error err;

    if (!shape_from_json(&pagerduty_subscription_ask_shape, exchange->args, exchange->arena, ask, &err)) {
        *ret_step = exchange_never(exchange, "PagerDuty's subscription: %s", err.message);
        return false;
    }
    if (ask->subscription && !pagerduty_id_is_valid(ask->subscription)) {
        *ret_step = exchange_never(exchange, "PagerDuty's subscription: that is no id of PagerDuty's");
        return false;
    }
    return pagerduty_is_configured(exchange, ret_step);
}

/* ---- as PagerDuty tells of it ---- */

/* A password may stand in it, for basic authentication: what is told has none. */
static const char *shown_url(const char *url, struct arena *arena)
{
    const char *host = url ? strstr(url, "://") : NULL, *user_end, *host_end;

    if (!host)
        return NULL;
    host += 3;
    host_end = host + strcspn(host, "/?#");
    user_end = memrchr(host, '@', (size_t)(host_end - host));
    return user_end ? arena_printf(arena, "%.*s%s", (int)(host - url), url, user_end + 1) : url;
}

static bool read_subscription(struct bounds *bounds, const cJSON *json, struct pagerduty_subscription *subscription)
{
    const cJSON *events = json_find(json, "events");

    *subscription = (struct pagerduty_subscription){
        .id = json_find_string(json, "id"),
        .description = bounds_text(bounds, json, "description"),
        .url = shown_url(bounds_page(bounds, json, "delivery_method.url"), bounds->arena),
        .is_active = json_find_bool(json, "active", true),
        .is_silent = json_find_bool(json, "delivery_method.temporarily_disabled", false),
        .filter_type = bounds_whole(bounds, json, "filter.type"),
        .filter_id = bounds_whole(bounds, json, "filter.id"),
    };
    JSON_EACH(event, cJSON_IsArray(events) ? events : NULL)
        if (cJSON_IsString(event) && bounds_has_room(bounds, subscription->events_count))
            *ARENA_PUSH(bounds->arena, subscription->events, subscription->events_count) = event->valuestring;
    return pagerduty_id_is_valid(subscription->id);
}

static struct exchange_step done(const struct exchange *exchange, const struct pagerduty_subscriptions *found)
{
    return exchange_done(exchange, shape_to_json(&pagerduty_subscriptions_shape, found, SHAPE_WHOLE));
}

static const char *name_of(const struct exchange *exchange, const char *subscription)
{
    return arena_printf(exchange->arena, "webhook subscription %s", subscription);
}

static const char *path_of(const struct exchange *exchange, const char *subscription, const char *more)
{
    return arena_printf(exchange->arena, "/webhook_subscriptions/%s%s", subscription, more);
}

/* False: dialog->step is what to return. */
static bool ask_one(struct dialog *dialog, const char *id, struct pagerduty_subscription *ret_subscription)
{
    const struct exchange *exchange = dialog->exchange;
    struct bounds bounds = BOUNDS(exchange->arena);
    const char *what = name_of(exchange, id);
    const struct http_answer *answer =
        dialog_ask(dialog, pagerduty_call(exchange, "GET", path_of(exchange, id, ""), (struct str){ 0 }));
    const cJSON *json;

    if (!answer)
        return false;
    if (answer->status != 200) {
        dialog->step = pagerduty_refused(exchange, what, answer);
        return false;
    }
    json = pagerduty_json(exchange, what, answer, &dialog->step);
    if (!json)
        return false;
    if (read_subscription(&bounds, json_find(json, "webhook_subscription"), ret_subscription))
        return true;
    dialog->step = exchange_again(exchange, "PagerDuty's answer about %s made no sense: no id", what);
    return false;
}

/* ---- read ---- */

static void take_page(const struct exchange *exchange, const cJSON *json, struct pagerduty_subscriptions *found)
{
    const cJSON *list = json_find(json, "webhook_subscriptions");
    struct bounds bounds = BOUNDS(exchange->arena);
    struct pagerduty_subscription subscription;

    JSON_EACH(item, cJSON_IsArray(list) ? list : NULL)
        if (read_subscription(&bounds, item, &subscription))
            *ARENA_PUSH(exchange->arena, found->subscriptions, found->subscriptions_count) = subscription;
}

static struct exchange_step read_all(struct dialog *dialog)
{
    static const char what[] = "the list of webhook subscriptions";
    const struct exchange *exchange = dialog->exchange;
    struct pagerduty_subscriptions found = { 0 };

    for (int page = 0; page < PAGES_MAX; page++) {
        const char *path =
            arena_printf(exchange->arena, "/webhook_subscriptions?limit=%d&offset=%d", PAGE, page * PAGE);
        const struct http_answer *answer = dialog_ask(dialog, pagerduty_call(exchange, "GET", path, (struct str){ 0 }));
        const cJSON *json;

        if (!answer)
            return dialog->step;
        if (answer->status != 200)
            return pagerduty_refused(exchange, what, answer);
        json = pagerduty_json(exchange, what, answer, &dialog->step);
        if (!json)
            return dialog->step;
        take_page(exchange, json, &found);
        if (!json_find_bool(json, "more", false))
            break;
    }
    return done(exchange, &found);
}

struct exchange_step pagerduty_subscriptions_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct pagerduty_subscription_ask ask;
    struct pagerduty_subscription one;

    if (!read_ask(exchange, &ask, &dialog.step))
        return dialog.step;
    if (!ask.subscription)
        return read_all(&dialog);
    if (!ask_one(&dialog, ask.subscription, &one))
        return dialog.step;
    return done(exchange, &(struct pagerduty_subscriptions){ &one, 1 });
}

/* ---- enabled again, tested ---- */

static bool read_one_ask(const struct exchange *exchange, struct pagerduty_subscription_ask *ask,
                         struct exchange_step *ret_step)
{
    if (!read_ask(exchange, ask, ret_step))
        return false;
    if (!ask->subscription)
        *ret_step = exchange_never(exchange, "PagerDuty's subscription: which one?");
    return ask->subscription != NULL;
}

static bool post(struct dialog *dialog, const char *id, const char *action)
{
    const struct exchange *exchange = dialog->exchange;
    const struct http_answer *answer =
        dialog_ask(dialog, pagerduty_call(exchange, "POST", path_of(exchange, id, action), (struct str){ 0 }));

    if (answer && (answer->status < 200 || answer->status > 299))
        dialog->step = pagerduty_refused(exchange, name_of(exchange, id), answer);
    return answer && answer->status >= 200 && answer->status <= 299;
}

static struct exchange_step enabled(const struct exchange *exchange, bool was_disabled)
{
    cJSON *result = json_object();

    json_set_bool(result, "enabled", true);
    json_set_bool(result, "was_disabled", was_disabled);
    return exchange_done(exchange, result);
}

struct exchange_step pagerduty_subscription_enable(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct pagerduty_subscription_ask ask;
    struct pagerduty_subscription one;

    if (!read_one_ask(exchange, &ask, &dialog.step) || !ask_one(&dialog, ask.subscription, &one))
        return dialog.step;
    if (!one.is_active)
        return exchange_never(
            exchange,
            "PagerDuty: somebody switched the webhook subscription %s off: switch it on in PagerDuty, "
            "under Integrations, Generic Webhooks",
            ask.subscription);
    if (!one.is_silent)
        return enabled(exchange, false);
    return post(&dialog, ask.subscription, "/enable") ? enabled(exchange, true) : dialog.step;
}

struct exchange_step pagerduty_subscription_ping(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct pagerduty_subscription_ask ask;
    cJSON *result;

    if (!read_one_ask(exchange, &ask, &dialog.step) || !post(&dialog, ask.subscription, "/ping"))
        return dialog.step;
    result = json_object();
    json_set_bool(result, "pinged", true);
    return exchange_done(exchange, result);
}
