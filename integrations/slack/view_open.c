/* A modal opened: one call, for which Slack gives three seconds and one try. */
#include "integrations/slack/view.h"

#include "integrations/slack/api.h"

#define CALL_TIMEOUT_MS 1500

static struct http_call open_call(const struct exchange *exchange, const struct modal_delivery *form, cJSON *view)
{
    cJSON *body = json_object();
    struct http_call call;

    json_set_string(body, "trigger_id", form->trigger);
    json_set(body, "view", view);
    call = slack_api_post(exchange, "views.open", body);
    call.timeout_ms = CALL_TIMEOUT_MS;
    return call;
}

enum slack_view_opening slack_view_open(struct dialog *dialog, const struct modal_delivery *form)
{
    const struct exchange *exchange = dialog->exchange;
    struct slack_answer answer;
    struct error ignored; /* what is not shown is asked in words */
    cJSON *view = exchange->unix_ms <= form->until_ms ? slack_view(&form->modal, &ignored) : NULL;

    if (!view)
        return SLACK_VIEW_NOT;
    if (!slack_api_ask(dialog, "views.open", open_call(exchange, form, view), &answer))
        return SLACK_VIEW_CALLING;
    return answer.meaning == SLACK_OK || (answer.meaning == SLACK_GONE && !exchange->is_first_try) ? SLACK_VIEW_OPENED
                                                                                                   : SLACK_VIEW_NOT;
}
