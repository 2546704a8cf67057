#include "integrations/statuspage/api.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/url.h"

#include <string.h>

#define DEFAULT_URL "https://api.statuspage.io"
#define TIMEOUT_MS 8000
#define ID_MAX_BYTES 64
#define MESSAGE_SHOWN_BYTES 160
#define LIMIT_WAIT_MS (10 * SECOND_MS)
#define PACE_MS SECOND_MS /* between two calls: one a second is allowed */

bool statuspage_id_is_valid(const char *id)
{
    size_t len = id ? strlen(id) : 0;

    return len > 0 && len <= ID_MAX_BYTES &&
           strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == len;
}

bool statuspage_is_configured(const struct exchange *exchange, struct exchange_step *ret_step)
{
    const struct statuspage_settings *page = exchange->settings ? exchange->settings->statuspage : NULL;

    if (page && statuspage_id_is_valid(page->page))
        return true;
    *ret_step = page ? exchange_never(exchange, "Statuspage: statuspage.page is no id of a page")
                     : exchange_never(exchange, "Statuspage: the configuration has no section `statuspage`");
    return false;
}

struct http_call statuspage_call(const struct exchange *exchange, const char *method, const char *path,
                                 const cJSON *body)
{
    static const struct http_header headers[] = {
        { "Accept", "application/json" },
        { "Content-Type", "application/json" },
    };
    const struct statuspage_settings *page = exchange->settings->statuspage;
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, page->api_url ? page->api_url : DEFAULT_URL);
    buf_addf(&url, "/v1/pages/%s%s", page->page, path);
    return (struct http_call){
        .method = method,
        .url = arena_copy(exchange->arena, buf_str(&url)),
        .headers = headers,
        .header_count = body ? ARRAY_LEN(headers) : ARRAY_LEN(headers) - 1,
        .body = str_of(body ? json_print_in(exchange->arena, body) : NULL),
        .timeout_ms = TIMEOUT_MS,
        .credential = HTTP_STATUSPAGE,
    };
}

/* {"error": "..."} or {"error": ["...", ...]} */
static const char *message_of(const struct exchange *exchange, const struct http_answer *answer)
{
    struct error ignored;
    const cJSON *json = json_parse_in(exchange->arena, answer->body, &ignored);
    const char *message = json_find_string(json, "error");

    if (!message)
        message = json_find_string(json, "error.0");
    return message ? arena_printf(exchange->arena, "%.*s", MESSAGE_SHOWN_BYTES, message) : "no reason given";
}

static struct exchange_step limited(const struct exchange *exchange, const struct http_answer *answer)
{
    int64_t wait_ms = http_answer_retry_after_ms(answer);
    struct exchange_step step;

    if (wait_ms < LIMIT_WAIT_MS)
        wait_ms = LIMIT_WAIT_MS;
    step = exchange_again(exchange, "Statuspage limits how much opsgate may ask: again in %s",
                          duration_about(wait_ms).text);
    step.after_ms = wait_ms;
    step.is_outage = true;
    step.limit = "statuspage"; /* as bot/model/effect.c calls it */
    return step;
}

static struct exchange_step refused(const struct exchange *exchange, const char *what, const struct http_answer *answer)
{
    struct exchange_step step;

    switch (answer->status) {
    case 400:
    case 422:
        return exchange_never(exchange, "Statuspage refuses %s: %s", what, message_of(exchange, answer));
    case 401:
        step = exchange_again(exchange,
                              "Statuspage refuses the key: %s; is statuspage.api_token an API key of a user of "
                              "this page?",
                              message_of(exchange, answer));
        step.needs_fresh_credential = true;
        step.refusal = REFUSAL_CREDENTIAL;
        return step;
    case 403:
        step = exchange_never(exchange,
                              "Statuspage does not let opsgate see or change %s: %s; let the key's user manage "
                              "incidents",
                              what, message_of(exchange, answer));
        step.refusal = REFUSAL_PERMISSION;
        return step;
    case 404:
        return exchange_never(exchange, "Statuspage knows no %s, or no page of statuspage.page", what);
    case 420:
    case 429:
        return limited(exchange, answer);
    default:
        return exchange_refused(exchange, "Statuspage", answer);
    }
}

const cJSON *statuspage_ask(struct dialog *dialog, struct http_call call, const char *what)
{
    const struct http_answer *answer;
    const cJSON *json;
    struct error err;

    if (dialog->used > 0)
        call.wait_ms = PACE_MS;
    answer = dialog_ask(dialog, call);
    if (!answer)
        return NULL;
    if (answer->status < 200 || answer->status > 299) {
        dialog->step = refused(dialog->exchange, what, answer);
        return NULL;
    }
    json = json_parse_in(dialog->exchange->arena, answer->body, &err);
    if (!json)
        dialog->step =
            exchange_again(dialog->exchange, "Statuspage's answer about %s made no sense: %s", what, err.message);
    return json;
}
