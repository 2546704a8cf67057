#include "integrations/pagerduty/api.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/url.h"

#include <string.h>

#define DEFAULT_URL "https://api.pagerduty.com"
#define MESSAGE_SHOWN_BYTES 160
#define LIMIT_WAIT_MS MINUTE_MS /* a 429 may come without a word of when */
#define LIMIT_WAIT_MAX_S 3600

const char *pagerduty_authorization(const char *api_token, struct arena *arena)
{
    size_t len = strlen(api_token);
    bool is_app = len > 5 && str_starts_with(str_of(api_token), "pd") && api_token[4] == '+'; /* pdus+... */

    return arena_printf(arena, is_app ? "Bearer %s" : "Token token=%s", api_token);
}

bool pagerduty_is_configured(const struct exchange *exchange, struct exchange_step *ret_step)
{
    if (exchange->settings && exchange->settings->pagerduty)
        return true;
    *ret_step = exchange_never(exchange, "PagerDuty: the configuration has no section `pagerduty`");
    return false;
}

struct http_call pagerduty_call(const struct exchange *exchange, const char *method, const char *path, struct str body)
{
    static const struct http_header headers[] = {
        { "Accept", "application/vnd.pagerduty+json;version=2" },
        { "Content-Type", "application/json" },
    };
    const char *base = exchange->settings->pagerduty->api_url;
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, base ? base : DEFAULT_URL);
    buf_puts(&url, path);
    return (struct http_call){
        .method = method,
        .url = arena_copy(exchange->arena, buf_str(&url)),
        .headers = headers,
        .header_count = body.len > 0 ? ARRAY_LEN(headers) : ARRAY_LEN(headers) - 1,
        .body = body,
        .timeout_ms = PAGERDUTY_TIMEOUT_MS,
        .credential = HTTP_PAGERDUTY,
    };
}

struct http_call pagerduty_write(const struct exchange *exchange, const char *method, const char *path,
                                 const char *from, const cJSON *body)
{
    struct http_call call = pagerduty_call(exchange, method, path, str_of(json_print_in(exchange->arena, body)));
    struct http_header *headers = arena_alloc(exchange->arena, (call.header_count + 1) * sizeof(*headers));

    memcpy(headers, call.headers, call.header_count * sizeof(*headers));
    headers[call.header_count] = (struct http_header){ "From", arena_strdup(exchange->arena, from) };
    call.headers = headers;
    call.header_count++;
    return call;
}

bool pagerduty_is_taken(const struct http_answer *answer)
{
    return answer->status >= 200 && answer->status <= 299;
}

int64_t pagerduty_error_code(const struct exchange *exchange, const struct http_answer *answer)
{
    struct error ignored;

    return json_find_int(json_parse_in(exchange->arena, answer->body, &ignored), "error.code", 0);
}

/* {"error": {"message": ..., "code": 2001, "errors": ["...", ...]}}; `errors` may be missing. */
static const char *message_of(const struct exchange *exchange, const struct http_answer *answer)
{
    struct error ignored;
    const cJSON *json = json_parse_in(exchange->arena, answer->body, &ignored);
    const char *message = json_find_string(json, "error.message"), *detail = json_find_string(json, "error.errors.0");

    if (!message)
        return "no reason given";
    if (!detail)
        return arena_printf(exchange->arena, "%.*s", MESSAGE_SHOWN_BYTES, message);
    return arena_printf(exchange->arena, "%.*s (%.*s)", MESSAGE_SHOWN_BYTES, message, MESSAGE_SHOWN_BYTES, detail);
}

static struct exchange_step limited(const struct exchange *exchange, const struct http_answer *answer)
{
    int64_t wait_s = 0, wait_ms = http_answer_retry_after_ms(answer);
    struct exchange_step step;
    struct error ignored;

    if (parse_int(str_of(http_answer_header(answer, "ratelimit-reset")), 0, INT64_MAX, &wait_s, &ignored))
        wait_ms =
            ((wait_s < LIMIT_WAIT_MAX_S ? wait_s : LIMIT_WAIT_MAX_S) + 1) * SECOND_MS; /* whole seconds: one more */
    if (wait_ms == 0)
        wait_ms = LIMIT_WAIT_MS;
    step = exchange_again(exchange, "PagerDuty limits how much opsgate may ask: again in %s",
                          duration_about(wait_ms).text);
    step.after_ms = wait_ms;
    step.is_outage = true;
    return step;
}

struct exchange_step pagerduty_refused(const struct exchange *exchange, const char *what,
                                       const struct http_answer *answer)
{
    struct exchange_step step;

    switch (answer->status) {
    case 400:
        return exchange_never(exchange, "PagerDuty refuses %s: %s", what, message_of(exchange, answer));
    case 401:
        step =
            exchange_again(exchange,
                           "PagerDuty refuses the key: %s; is pagerduty.api_token a REST API key of the right account "
                           "and region?",
                           message_of(exchange, answer));
        step.needs_fresh_credential = true;
        step.refusal = REFUSAL_CREDENTIAL;
        return step;
    case 402:
        return exchange_never(exchange, "PagerDuty's plan does not include %s: %s", what, message_of(exchange, answer));
    case 403:
        step = exchange_never(exchange, "PagerDuty does not let opsgate see or change %s: %s; give the key more access",
                              what, message_of(exchange, answer));
        step.refusal = REFUSAL_PERMISSION;
        return step;
    case 404:
        return exchange_never(exchange, "PagerDuty knows no %s", what);
    case 408:
        step = exchange_again(exchange, "PagerDuty took too long over %s", what);
        step.is_outage = true;
        return step;
    case 429:
        return limited(exchange, answer);
    default:
        return exchange_refused(exchange, "PagerDuty", answer);
    }
}

const cJSON *pagerduty_json(const struct exchange *exchange, const char *what, const struct http_answer *answer,
                            struct exchange_step *ret_step)
{
    struct error err;
    const cJSON *json = json_parse_in(exchange->arena, answer->body, &err);

    if (!json)
        *ret_step = exchange_again(exchange, "PagerDuty's answer about %s made no sense: %s", what, err.message);
    return json;
}

const cJSON *pagerduty_ask(struct dialog *dialog, struct http_call call, const char *what,
                           const struct http_answer **ret_answer)
{
    const struct http_answer *answer = dialog_ask(dialog, call);

    if (!answer)
        return NULL;
    if (ret_answer)
        *ret_answer = answer;
    if (pagerduty_is_taken(answer))
        return pagerduty_json(dialog->exchange, what, answer, &dialog->step);
    dialog->step = pagerduty_refused(dialog->exchange, what, answer);
    return NULL;
}
