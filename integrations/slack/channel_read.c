#include "integrations/slack/channel.h"

#include "bot/model/slack_channel.h"
#include "integrations/slack/api.h"
#include "integrations/slack/typed_text.h"

#include <string.h>

#define MEMBERS_PAGES_MAX 4 /* of 500: some may be short */

static void add_members(const struct exchange *exchange, const cJSON *page, struct slack_channel_read *read)
{
    JSON_EACH(item, page) {
        const char *user = cJSON_GetStringValue(item);

        if (!user || !slack_id_is_valid(str_of(user)))
            continue;
        read->has_more_members = read->members_count == SLACK_MEMBERS_TOLD_MAX;
        if (read->has_more_members)
            return;
        *ARENA_PUSH(exchange->arena, read->members, read->members_count) = user;
    }
}

/* False: dialog->step is what to return. */
static bool read_members(struct dialog *dialog, const char *channel, struct slack_channel_read *read)
{
    const struct exchange *exchange = dialog->exchange;
    const char *cursor = NULL;

    for (int page = 0; page < MEMBERS_PAGES_MAX; page++) {
        const struct slack_query query[] = { { "channel", channel }, { "limit", "500" }, { "cursor", cursor } };
        struct slack_answer answer;

        if (!slack_api_ask(dialog, "conversations.members",
                           slack_api_get(exchange, "conversations.members", query, ARRAY_LEN(query)), &answer))
            return false;
        if (answer.meaning == SLACK_NEVER && read->is_archived)
            return true; /* the bot is in none that is archived */
        dialog->step = answer.step;
        if (answer.meaning != SLACK_OK)
            return false;
        add_members(exchange, json_find(answer.json, "members"), read);
        cursor = slack_next_cursor(answer.json);
        if (!cursor || read->has_more_members)
            return true;
    }
    read->has_more_members = true;
    return true;
}

static struct slack_channel_read read_info(const cJSON *channel)
{
    return (struct slack_channel_read){
        .exists = true,
        .is_archived = json_find_bool(channel, "is_archived", false),
        .is_private = json_find_bool(channel, "is_private", false),
        .is_member = json_find_bool(channel, "is_member", false),
        .name = json_find_string(channel, "name"),
        .topic = json_find_string(channel, "topic.value"),
        .purpose = json_find_string(channel, "purpose.value"),
        .creator = json_find_string(channel, "creator"),
    };
}

struct exchange_step slack_channel_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct slack_channel_read read = { 0 };
    struct slack_channel_ask ask;
    struct slack_answer answer;
    struct slack_query query;
    const char *id;
    struct error err;

    if (!exchange->settings ||
        !shape_from_json(&slack_channel_ask_shape, exchange->args, exchange->arena, &ask, &err) ||
        !slack_id_is_valid(str_of(ask.channel)))
        return exchange_never(exchange, "Slack's channel: an id such as C012AB3CD is needed");
    query = (struct slack_query){ "channel", ask.channel };
    if (!slack_api_ask(&dialog, "conversations.info", slack_api_get(exchange, "conversations.info", &query, 1),
                       &answer))
        return dialog.step;
    if (answer.meaning == SLACK_OK) {
        id = json_find_string(answer.json, "channel.id");
        if (!id || strcmp(id, ask.channel) != 0)
            return exchange_again(exchange, "Slack answered conversations.info without that channel");
        read = read_info(json_find(answer.json, "channel"));
    } else if (!slack_answer_is(&answer, "channel_not_found")) {
        return answer.step;
    }
    if (read.exists && ask.with_members && !read_members(&dialog, ask.channel, &read))
        return dialog.step;
    return exchange_done(exchange, shape_to_json(&slack_channel_read_shape, &read, SHAPE_WHOLE));
}
