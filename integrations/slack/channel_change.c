#include "integrations/slack/channel_change.h"

#include "bot/model/channel_name.h"
#include "bot/model/slack_channel.h"
#include "integrations/slack/api.h"
#include "integrations/slack/channel.h"
#include "integrations/slack/mrkdwn.h"
#include "integrations/slack/typed_text.h"

#include <string.h>

#define NO_CHANNEL "Slack's channel: an id such as C012AB3CD is needed"

static bool is_id(const char *id)
{
    return id && slack_id_is_valid(str_of(id));
}

static struct exchange_step done_as(const struct exchange *exchange, const struct shape *shape, const void *value)
{
    return exchange_done(exchange, shape_to_json(shape, value, SHAPE_WHOLE));
}

/* One call that changes something, `already` being as good as done. False: dialog->step is what to return. */
static bool change(struct dialog *dialog, const char *method, cJSON *body, const char *already)
{
    struct slack_answer answer;

    if (!slack_api_ask(dialog, method, slack_api_post(dialog->exchange, method, body), &answer))
        return false;
    dialog->step = answer.step;
    return answer.meaning == SLACK_OK || (already && slack_answer_is(&answer, already));
}

/* ---- topic and purpose ---- */

static struct exchange_step describe(const struct exchange *exchange, const char *method, const char *member)
{
    AUTO_BUF struct buf text = BUF(SLACK_TOPIC_MAX);
    struct dialog dialog = DIALOG(exchange);
    struct slack_channel_text args;
    struct error err;
    cJSON *body;

    if (!exchange->settings ||
        !shape_from_json(&slack_channel_text_shape, exchange->args, exchange->arena, &args, &err) ||
        !is_id(args.channel))
        return exchange_never(exchange, NO_CHANNEL);
    slack_plain_add(&text, str_of(args.text), SLACK_TOPIC_MAX);
    body = json_object();
    json_set_string(body, "channel", args.channel);
    json_set_string(body, member, buf_text(&text));
    if (!change(&dialog, method, body, NULL))
        return dialog.step;
    return done_as(exchange, &slack_channel_ask_shape, &(struct slack_channel_ask){ .channel = args.channel });
}

struct exchange_step slack_channel_topic(const struct exchange *exchange)
{
    return describe(exchange, "conversations.setTopic", "topic");
}

struct exchange_step slack_channel_purpose(const struct exchange *exchange)
{
    return describe(exchange, "conversations.setPurpose", "purpose");
}

/* ---- archived, and back ---- */

static struct exchange_step put_away(const struct exchange *exchange, const char *method, const char *already,
                                     const char *advice)
{
    struct dialog dialog = DIALOG(exchange);
    struct slack_channel_ask args;
    struct slack_answer answer;
    struct error err;
    cJSON *body;

    if (!exchange->settings ||
        !shape_from_json(&slack_channel_ask_shape, exchange->args, exchange->arena, &args, &err) ||
        !is_id(args.channel))
        return exchange_never(exchange, NO_CHANNEL);
    body = json_object();
    json_set_string(body, "channel", args.channel);
    if (!slack_api_ask(&dialog, method, slack_api_post(exchange, method, body), &answer))
        return dialog.step;
    if (advice && slack_answer_is(&answer, "not_in_channel"))
        return exchange_never(exchange, "Slack refused %s: not_in_channel - %s", method, advice);
    if (answer.meaning != SLACK_OK && !slack_answer_is(&answer, already))
        return answer.step;
    return done_as(exchange, &slack_channel_ask_shape, &(struct slack_channel_ask){ .channel = args.channel });
}

struct exchange_step slack_channel_archive(const struct exchange *exchange)
{
    return put_away(exchange, "conversations.archive", "already_archived", NULL);
}

struct exchange_step slack_channel_unarchive(const struct exchange *exchange)
{
    return put_away(exchange, "conversations.unarchive", "not_archived",
                    "Slack lets no bot unarchive a channel: do it in Slack, then /invite the bot");
}

/* ---- a name ---- */

/* The name that it has now, if that is the wanted one or one of its numbers; *ret_name is NULL if not. */
static bool read_name(struct dialog *dialog, const struct slack_channel_rename *args, const char **ret_name)
{
    const struct exchange *exchange = dialog->exchange;
    struct slack_query query = { "channel", args->channel };
    struct slack_answer answer;
    const char *name;

    *ret_name = NULL;
    if (!slack_api_ask(dialog, "conversations.info", slack_api_get(exchange, "conversations.info", &query, 1), &answer))
        return false;
    dialog->step = answer.step;
    if (answer.meaning != SLACK_OK)
        return false;
    name = json_find_string(answer.json, "channel.name");
    for (int i = 1; name && i <= SLACK_CHANNEL_NAMES_MAX; i++)
        if (strcmp(name, channel_name_numbered(exchange->arena, args->name, i)) == 0)
            *ret_name = name;
    return true;
}

static struct exchange_step renamed(const struct exchange *exchange, const char *channel, const char *name)
{
    return done_as(exchange, &slack_channel_rename_shape, &(struct slack_channel_rename){ channel, name });
}

static struct exchange_step rename_to(struct dialog *dialog, const struct slack_channel_rename *args)
{
    const struct exchange *exchange = dialog->exchange;

    for (int i = 1; i <= SLACK_CHANNEL_NAMES_MAX; i++) {
        const char *name = channel_name_numbered(exchange->arena, args->name, i), *now = NULL;
        cJSON *body = json_object();
        struct slack_answer answer;

        json_set_string(body, "channel", args->channel);
        json_set_string(body, "name", name);
        if (!slack_api_ask(dialog, "conversations.rename", slack_api_post(exchange, "conversations.rename", body),
                           &answer))
            return dialog->step;
        if (answer.meaning == SLACK_OK)
            now = json_find_string(answer.json, "channel.name");
        else if (!slack_answer_is(&answer, "name_taken"))
            return answer.step;
        else if (i == 1 && !read_name(dialog, args, &now)) /* by itself? */
            return dialog->step;
        if (now || answer.meaning == SLACK_OK)
            return renamed(exchange, args->channel, now ? now : name);
    }
    return exchange_never(exchange, "Slack has channels of all names from #%s on already: take another one",
                          args->name);
}

struct exchange_step slack_channel_rename(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct slack_channel_rename args;
    struct error err;

    if (!exchange->settings ||
        !shape_from_json(&slack_channel_rename_shape, exchange->args, exchange->arena, &args, &err) ||
        !is_id(args.channel))
        return exchange_never(exchange, NO_CHANNEL);
    if (!channel_name_is_good(args.name))
        return exchange_never(exchange, "Slack's channel: `%.100s` is no name that Slack takes", args.name);
    return rename_to(&dialog, &args);
}

/* ---- pins ---- */

struct exchange_step slack_channel_pin(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct slack_pin args;
    struct error err;
    cJSON *body;

    if (!exchange->settings || !shape_from_json(&slack_pin_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, NO_CHANNEL);
    if (!args.channel && !args.ts)
        args = (struct slack_pin){ exchange->card_channel, exchange->card_ts };
    if (!is_id(args.channel) || !args.ts || !args.ts[0])
        return exchange_never(exchange, "pin: there is no card yet that could be pinned, and no message is named");
    body = json_object();
    json_set_string(body, "channel", args.channel);
    json_set_string(body, "timestamp", args.ts);
    if (!change(&dialog, "pins.add", body, "already_pinned"))
        return dialog.step;
    return done_as(exchange, &slack_pin_shape, &args);
}

/* ---- bookmarks ---- */

static struct exchange_step bookmarked(const struct exchange *exchange, const char *id, bool existed)
{
    if (!id)
        return exchange_again(exchange, "Slack took the bookmark and did not say which it is: it will be looked for");
    return done_as(exchange, &slack_bookmarked_shape, &(struct slack_bookmarked){ .bookmark = id, .existed = existed });
}

static const char *find_bookmark(const cJSON *list, const char *title)
{
    JSON_EACH(bookmark, list) {
        const char *called = json_find_string(bookmark, "title");

        if (called && strcmp(called, title) == 0)
            return json_find_string(bookmark, "id");
    }
    return NULL;
}

struct exchange_step slack_channel_bookmark(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct slack_bookmark args;
    struct slack_answer answer;
    struct slack_query query;
    const char *id;
    struct error err;
    cJSON *body;

    if (!exchange->settings || !shape_from_json(&slack_bookmark_shape, exchange->args, exchange->arena, &args, &err) ||
        !is_id(args.channel))
        return exchange_never(exchange, NO_CHANNEL);
    query = (struct slack_query){ "channel_id", args.channel };
    if (!exchange->is_first_try) {
        if (!slack_api_ask(&dialog, "bookmarks.list", slack_api_get(exchange, "bookmarks.list", &query, 1), &answer))
            return dialog.step;
        if (answer.meaning != SLACK_OK)
            return answer.step;
        if (!cJSON_IsArray(json_find(answer.json, "bookmarks"))) /* "there is none" must have been said, not left out */
            return exchange_again(exchange, "Slack answered bookmarks.list without a list");
        id = find_bookmark(json_find(answer.json, "bookmarks"), args.title);
        if (id)
            return bookmarked(exchange, id, true);
    }
    body = shape_to_json(&slack_bookmark_shape, &args, SHAPE_WHOLE);
    cJSON_DeleteItemFromObjectCaseSensitive(body, "channel");
    json_set_string(body, "channel_id", args.channel);
    json_set_string(body, "type", "link");
    if (!slack_api_ask(&dialog, "bookmarks.add", slack_api_post(exchange, "bookmarks.add", body), &answer))
        return dialog.step;
    return answer.meaning == SLACK_OK ? bookmarked(exchange, json_find_string(answer.json, "bookmark.id"), false)
                                      : answer.step;
}
