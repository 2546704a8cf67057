/* A modal opened: one call, for which Slack gives three seconds and one try. */
#include "integrations/slack/view.h"

#include "integrations/slack/api.h"

#define CALL_TIMEOUT_MS 1500

static struct exchange_step opened(const struct exchange *exchange, const char *view)
{
    cJSON *result = json_object();

    json_set_string(result, "view", view);
    return exchange_done(exchange, result);
}

static struct http_call open_call(const struct exchange *exchange, const struct modal_delivery *args, cJSON *view)
{
    cJSON *body = json_object();
    struct http_call call;

    json_set_string(body, "trigger_id", args->trigger);
    json_set(body, "view", view);
    call = slack_api_post(exchange, "views.open", body);
    call.timeout_ms = CALL_TIMEOUT_MS;
    return call;
}

struct exchange_step slack_exchange_modal(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *raw;
    struct modal_delivery args;
    struct slack_answer answer;
    struct error err;
    cJSON *view;

    if (!shape_from_json(&modal_delivery_shape, exchange->args, exchange->arena, &args, &err) ||
        !(view = slack_view(&args.modal, &err)))
        return exchange_never(exchange, "modal: %s", err.message);
    if (exchange->unix_ms > args.until_ms) {
        cJSON_Delete(view);
        return exchange_never(exchange, "the form could not be opened within the three seconds that Slack gives");
    }
    raw = dialog_ask(&dialog, open_call(exchange, &args, view));
    if (!raw)
        return dialog.step;
    answer = slack_api_read(exchange, "views.open", raw);
    if (answer.meaning == SLACK_OK)
        return opened(exchange, json_find_string(answer.json, "view.id"));
    if (answer.meaning == SLACK_GONE && !exchange->is_first_try) /* used, and only an earlier try of ours can have */
        return opened(exchange, NULL);
    return answer.step;
}
