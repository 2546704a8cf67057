#include "integrations/pagerduty/change_event.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/change_event.h"
#include "bot/model/finding.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/pagerduty/api.h"
#include "integrations/url.h"

#include <string.h>

#define DEFAULT_URL "https://events.pagerduty.com"
#define MESSAGE_SHOWN_BYTES 160
#define LIMIT_WAIT_MS (30 * SECOND_MS) /* a 429 may come without a word of when */
#define SOURCE "opsgate"

/* ---- the call ---- */

/* NULL: *ret_step says that nobody can be told of this place. */
static const char *key_of(const struct exchange *exchange, const char *target, struct exchange_step *ret_step)
{
    const char *key = exchange->settings ? settings_change_event_key(exchange->settings, target) : NULL;

    if (!key)
        *ret_step = exchange_never(exchange,
                                   "PagerDuty: the configuration has no pagerduty_integration_key for %s, or no "
                                   "section `pagerduty`",
                                   target);
    return key;
}

static struct http_call call_of(const struct exchange *exchange, const cJSON *body)
{
    static const struct http_header headers[] = { { "Content-Type", "application/json" } };
    const char *base = exchange->settings->pagerduty->events_url;
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, base ? base : DEFAULT_URL);
    buf_puts(&url, "/v2/change/enqueue");
    return (struct http_call){
        .method = "POST",
        .url = arena_copy(exchange->arena, buf_str(&url)),
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .body = str_of(json_print_in(exchange->arena, body)),
        .timeout_ms = PAGERDUTY_TIMEOUT_MS,
        .is_untaken_on_5xx = true,
    };
}

static cJSON *body_of(const struct exchange *exchange, const char *key, cJSON **ret_payload)
{
    cJSON *body = json_object();

    arena_defer(exchange->arena, (void (*)(void *))cJSON_Delete, body);
    json_set_string(body, "routing_key", key);
    *ret_payload = json_set(body, "payload", json_object());
    json_set_string(*ret_payload, "source", SOURCE);
    return body;
}

static void add_details(cJSON *payload, const struct change_event *event)
{
    cJSON *details = json_set(payload, "custom_details", json_object());

    json_set_string(details, "service", event->service);
    json_set_string(details, "environment", event->environment);
    json_set_string(details, "version", event->version);
    json_set_string(details, "before", event->before);
    json_set_string(details, "operation", event->operation);
    json_set_string(details, "state", event->state);
    json_set_string(details, "by", event->by);
    json_set_string(details, "reason", event->reason);
}

static const cJSON *event_body(const struct exchange *exchange, const char *key, const struct change_event *event)
{
    cJSON *payload, *link, *body = body_of(exchange, key, &payload);

    json_set_string(payload, "summary",
                    card_quote(str_of(event->summary), CHANGE_EVENT_SUMMARY_MAX_BYTES, exchange->arena));
    json_set_string(payload, "timestamp", time_format(event->at_ms).text);
    add_details(payload, event);
    if (event->url) {
        link = json_add(json_set(body, "links", json_array()), json_object());
        json_set_string(link, "href", event->url);
        json_set_string(link, "text", event->operation);
    }
    return body;
}

/* ---- the answer ---- */

/* {"status": ..., "message": ..., "errors": ["..."]} */
static const char *message_of(const struct exchange *exchange, const struct http_answer *answer)
{
    struct error ignored;
    const cJSON *json = json_parse_in(exchange->arena, answer->body, &ignored);
    const char *message = json_find_string(json, "message"), *detail = json_find_string(json, "errors.0");

    if (!message && !detail)
        return "no reason given";
    return arena_printf(
        exchange->arena, "%s%s%s", card_quote(str_of(message ? message : ""), MESSAGE_SHOWN_BYTES, exchange->arena),
        message && detail ? ": " : "", card_quote(str_of(detail ? detail : ""), MESSAGE_SHOWN_BYTES, exchange->arena));
}

static struct exchange_step limited(const struct exchange *exchange, const struct http_answer *answer)
{
    int64_t told_ms = http_answer_retry_after_ms(answer);
    struct exchange_step step = exchange_again(exchange, "PagerDuty limits how many events it takes of one key");

    step.after_ms = told_ms > 0 ? told_ms : LIMIT_WAIT_MS;
    step.is_outage = true;
    return step;
}

static struct exchange_step refused(const struct exchange *exchange, const char *target,
                                    const struct http_answer *answer)
{
    if (answer->status == 429)
        return limited(exchange, answer);
    if (answer->status == 400)
        return exchange_never(
            exchange,
            "PagerDuty refuses the change event: %s; is the pagerduty_integration_key of %s that of an "
            "Events API v2 integration?",
            message_of(exchange, answer), target);
    return exchange_refused(exchange, "PagerDuty", answer);
}

struct exchange_step pagerduty_change_event_send(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct change_event event;
    const char *key;
    struct error err;

    if (!shape_from_json(&change_event_shape, exchange->args, exchange->arena, &event, &err))
        return exchange_never(exchange, "PagerDuty's change event: %s", err.message);
    key = key_of(exchange, event.target, &dialog.step);
    if (!key)
        return dialog.step;
    answer = dialog_ask(&dialog, call_of(exchange, event_body(exchange, key, &event)));
    if (!answer)
        return dialog.step;
    return pagerduty_is_taken(answer) ? exchange_done(exchange, NULL) : refused(exchange, event.target, answer);
}

/* ---- opsgate doctor ---- */

static bool names_key(const char *message)
{
    static const char *const names[] = { "routing key", "routing_key", "integration key" };
    char *lower = xstrdup(message);
    bool is_named = false;

    str_lower(lower);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        is_named = is_named || strstr(lower, names[i]);
    free(lower);
    return is_named;
}

static struct exchange_step judge(const struct exchange *exchange, const char *target, const struct http_answer *answer)
{
    struct finding finding = { FINDING_OPEN, "PagerDuty changes", NULL, NULL };
    const char *message = message_of(exchange, answer);
    struct findings found = { 0 };

    if (names_key(message)) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(exchange->arena, "the key of %s is none of theirs: %s", target, message);
        finding.mend =
            "pagerduty_integration_key: the service's Integrations, Events API v2, Integration Key; of the same "
            "region as pagerduty.events_url";
    } else {
        finding.text = arena_printf(exchange->arena,
                                    "the Events API answers for %s; whose its key is, nothing tells but a "
                                    "change",
                                    target);
    }
    findings_add(&found, exchange->arena, finding);
    return findings_done(exchange, &found);
}

/* Without a summary it is never taken, whatever the key. */
struct exchange_step pagerduty_doctor_changes(const struct exchange *exchange)
{
    const char *target = json_find_string(exchange->args, "target"), *key;
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    cJSON *payload, *body;

    key = key_of(exchange, target ? target : "", &dialog.step);
    if (!key)
        return dialog.step;
    body = body_of(exchange, key, &payload);
    answer = dialog_ask(&dialog, call_of(exchange, body));
    if (!answer)
        return dialog.step;
    return answer->status == 400 ? judge(exchange, target, answer) : refused(exchange, target, answer);
}
