#include "integrations/slack/user.h"

#include "bot/model/slack_user.h"
#include "integrations/slack/api.h"
#include "integrations/slack/typed_text.h"

#include <string.h>

#define METHOD "users.info"

static struct exchange_step read_user(const struct exchange *exchange, const char *asked, const cJSON *user)
{
    const cJSON *deleted = json_find(user, "deleted");
    const char *id = json_find_string(user, "id");
    struct slack_user_read read;

    if (!id || strcmp(id, asked) != 0 || !cJSON_IsBool(deleted)) /* "still there" must have been said, not left out */
        return exchange_again(exchange, "Slack answered " METHOD " without saying whether that user is active");
    read = (struct slack_user_read){ .is_deactivated = cJSON_IsTrue(deleted) };
    return exchange_done(exchange, shape_to_json(&slack_user_read_shape, &read, SHAPE_WHOLE));
}

struct exchange_step slack_user_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *raw;
    struct slack_answer answer;
    struct slack_user_ask ask;
    struct error err;

    if (!exchange->settings || !shape_from_json(&slack_user_ask_shape, exchange->args, exchange->arena, &ask, &err) ||
        !slack_id_is_valid(str_of(ask.user)))
        return exchange_never(exchange, "Slack's user: an id such as U012AB3CD is needed");
    raw = dialog_ask(&dialog, slack_api_get(exchange, METHOD, &(struct slack_query){ "user", ask.user }, 1));
    if (!raw)
        return dialog.step;
    answer = slack_api_read(exchange, METHOD, raw);
    if (answer.meaning != SLACK_OK)
        return answer.step;
    return read_user(exchange, ask.user, json_find(answer.json, "user"));
}
