/* A modal opened: one call, for which Slack gives three seconds and one try. */
#include "integrations/slack/view.h"

#include "integrations/slack/api.h"

#define CALL_TIMEOUT_MS 1500

static const char *method_of(const struct modal_delivery *form)
{
    return form->open ? "views.update" : "views.open";
}

static struct http_call open_call(const struct exchange *exchange, const struct modal_delivery *form, cJSON *view)
{
    cJSON *body = json_object();
    struct http_call call;

    json_set_string(body, "trigger_id", form->trigger);
    json_set_string(body, "view_id", form->open); /* without a hash: of two choices in a row the second is to count */
    json_set(body, "view", view);
    call = slack_api_post(exchange, method_of(form), body);
    call.timeout_ms = CALL_TIMEOUT_MS;
    return call;
}

enum slack_view_opening slack_view_open(struct dialog *dialog, const struct modal_delivery *form)
{
    const struct exchange *exchange = dialog->exchange;
    struct slack_answer answer;
    struct error ignored; /* what is not shown is asked in words */
    cJSON *view = form->open || exchange->unix_ms <= form->until_ms ? slack_view(&form->modal, &ignored) : NULL;

    if (!view)
        return SLACK_VIEW_NOT;
    if (!slack_api_ask(dialog, method_of(form), open_call(exchange, form, view), &answer))
        return SLACK_VIEW_CALLING;
    if (form->open)
        return SLACK_VIEW_OPENED;
    return answer.meaning == SLACK_OK || (answer.meaning == SLACK_GONE && !exchange->is_first_try) ? SLACK_VIEW_OPENED
                                                                                                   : SLACK_VIEW_NOT;
}
