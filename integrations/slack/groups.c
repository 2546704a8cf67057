#include "integrations/slack/groups.h"

#include "bot/model/membership.h"
#include "integrations/slack/api.h"

#include <string.h>

#define METHOD "usergroups.users.list"
#define ID_MAX_BYTES 30

static bool is_id(const char *text, const char *first)
{
    size_t len = text ? strlen(text) : 0;

    return len > 1 && len <= ID_MAX_BYTES && strchr(first, text[0]) &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len;
}

static struct exchange_step read_list(const struct exchange *exchange, const char *group, const cJSON *list)
{
    struct membership_read found = { 0 };

    if (!cJSON_IsArray(list)) /* "nobody is in it" must have been said, not left out */
        return exchange_again(exchange, "Slack answered " METHOD " without a list of users");
    JSON_EACH(item, list) {
        if (!is_id(cJSON_GetStringValue(item), "UW"))
            continue;
        if (found.members_count == MEMBERSHIP_MAX)
            return exchange_never(exchange, "the user group %s has more than %d members: name a smaller one", group,
                                  MEMBERSHIP_MAX);
        *ARENA_PUSH(exchange->arena, found.members, found.members_count) =
            arena_printf(exchange->arena, "slack:%s", item->valuestring);
    }
    membership_sort(found.members, &found.members_count);
    return exchange_done(exchange, shape_to_json(&membership_read_shape, &found, SHAPE_WHOLE));
}

struct exchange_step slack_group_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *raw;
    struct slack_answer answer;
    struct membership_ask ask;
    const char *group;
    struct error err;

    if (!exchange->settings || !shape_from_json(&membership_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "Slack's user group: an id such as slack-group:S0ENG is needed");
    group = membership_id(ask.source);
    if (!is_id(group, "S"))
        return exchange_never(exchange, "Slack: `%.100s` is no user group such as slack-group:S0ENG", ask.source);
    raw = dialog_ask(&dialog, slack_api_get(exchange, METHOD, &(struct slack_query){ "usergroup", group }, 1));
    if (!raw)
        return dialog.step;
    answer = slack_api_read(exchange, METHOD, raw);
    if (answer.meaning != SLACK_OK)
        return answer.step;
    return read_list(exchange, group, json_find(answer.json, "users"));
}
