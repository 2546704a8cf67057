#include "integrations/slack/channel.h"

#include "bot/base/time.h"
#include "bot/model/channel_name.h"
#include "bot/model/plant.h"
#include "bot/model/slack_channel.h"
#include "integrations/slack/api.h"
#include "integrations/slack/message.h"

#include <string.h>

#define LIST_PAGES_MAX 3    /* of 999 channels */
#define HISTORY_PAGES_MAX 2 /* of 200 messages: a channel that nobody was told of has few */
#define CANDIDATES_MAX 8
#define LOOKS_MAX 5           /* before anything, and where one of the first names is taken */
#define MADE_WITHIN_MS DAY_MS /* longer than any effect is tried */
#define LIST_LAG_MS (3 * SECOND_MS)

/* One channel on its way. The functions below return true to go on, and false when dialog.step is what to return. */
struct making {
    struct dialog dialog;
    struct slack_channel_make args;
    const char *names[SLACK_CHANNEL_NAMES_MAX];
    const char *bot;                              /* its user id; NULL: not asked yet */
    const char *seen[CANDIDATES_MAX + LOOKS_MAX]; /* channels that are others' */
    size_t seen_count;
    const cJSON *ours, *nobodys; /* found, or NULL */
    const char *ours_ts;         /* its greeting */
    bool is_in_doubt;            /* an earlier try may have made it */
};

static bool stop(struct making *making, struct exchange_step step)
{
    making->dialog.step = step;
    return false;
}

/* The answer's JSON, or NULL with dialog.step set. */
static const cJSON *ask(struct making *making, const char *method, struct http_call call)
{
    struct slack_answer answer;

    if (!slack_api_ask(&making->dialog, method, call, &answer))
        return NULL;
    making->dialog.step = answer.step;
    return answer.meaning == SLACK_OK ? answer.json : NULL;
}

/* The same for a list: that there is nothing in it must have been said, not left out. NULL with dialog.step set. */
static const cJSON *ask_list(struct making *making, const char *method, struct http_call call, const char *list)
{
    const cJSON *json = ask(making, method, call);

    if (!json || cJSON_IsArray(json_find(json, list)))
        return json;
    making->dialog.step = exchange_again(making->dialog.exchange, "Slack answered %s without a list", method);
    return NULL;
}

/* ---- whose is it ---- */

static const char *owner_of(const struct exchange *exchange, const cJSON *message)
{
    const char *event = json_find_string(message, "metadata.event_type"), *owner;

    if (!event || strcmp(event, SLACK_CHANNEL_EVENT) != 0)
        return NULL;
    owner = json_find_string(message, exchange->operation_id ? "metadata.event_payload.operation"
                                                             : "metadata.event_payload.effect");
    return owner ? owner : ""; /* a greeting without it is somebody else's, not nobody's */
}

static const char *our_id(const struct exchange *exchange)
{
    return exchange->operation_id ? exchange->operation_id : exchange->effect_id;
}

/* Times of one channel: as texts of one length. */
static bool is_before(const char *ts, const char *other)
{
    return strlen(ts) != strlen(other) ? strlen(ts) < strlen(other) : strcmp(ts, other) < 0;
}

struct greeting { /* the oldest of a channel; all NULL: nobody has greeted there */
    const char *owner, *ts;
};

static bool find_greeting(struct making *making, const char *channel, struct greeting *ret_oldest)
{
    const struct exchange *exchange = making->dialog.exchange;
    const char *cursor = NULL;

    *ret_oldest = (struct greeting){ NULL, NULL };
    for (int page = 0; page == 0 || (cursor && page < HISTORY_PAGES_MAX); page++) {
        const struct slack_query query[] = {
            { "channel", channel }, { "include_all_metadata", "true" }, { "limit", "200" }, { "cursor", cursor }
        };
        const cJSON *json =
            ask_list(making, "conversations.history",
                     slack_api_get(exchange, "conversations.history", query, ARRAY_LEN(query)), "messages");

        if (!json)
            return false;
        JSON_EACH(message, json_find(json, "messages")) {
            const char *owner = owner_of(exchange, message), *ts = json_find_string(message, "ts");

            if (owner && ts && (!ret_oldest->ts || is_before(ts, ret_oldest->ts)))
                *ret_oldest = (struct greeting){ owner, ts };
        }
        cursor = slack_next_cursor(json);
    }
    if (cursor && !ret_oldest->owner)
        ret_oldest->owner = ""; /* so much was said there: somebody has it */
    return true;
}

static bool is_ours(const struct making *making, const struct greeting *greeting)
{
    return greeting->owner &&
           (PLANTED(CHANNEL_OF_OTHERS) || strcmp(greeting->owner, our_id(making->dialog.exchange)) == 0);
}

/* ---- is it there already ---- */

static bool is_name_of_ours(const struct making *making, const char *name)
{
    for (size_t i = 0; name && i < SLACK_CHANNEL_NAMES_MAX; i++)
        if (strcmp(making->names[i], name) == 0)
            return true;
    return false;
}

static bool was_made_by_us(const struct making *making, const cJSON *channel)
{
    const struct exchange *exchange = making->dialog.exchange;
    int64_t since_ms = exchange->unix_ms - exchange->ahead_ms - MADE_WITHIN_MS;
    const char *creator = json_find_string(channel, "creator"), *id = json_find_string(channel, "id");

    if (!id || !creator || strcmp(creator, making->bot) != 0 ||
        json_find_int(channel, "created", 0) < since_ms / SECOND_MS || json_find_bool(channel, "is_archived", false))
        return false;
    if (is_name_of_ours(making, json_find_string(channel, "name")))
        return true;
    JSON_EACH(name, json_find(channel, "previous_names"))
        if (is_name_of_ours(making, cJSON_GetStringValue(name)))
            return true;
    return false;
}

/* Somebody has it: what a lost try has left has neither, for nobody knows of it. */
static bool is_described(const cJSON *channel)
{
    const char *topic = json_find_string(channel, "topic.value"), *purpose = json_find_string(channel, "purpose.value");

    return (topic && topic[0]) || (purpose && purpose[0]);
}

static bool is_seen(const struct making *making, const char *channel)
{
    for (size_t i = 0; i < making->seen_count; i++)
        if (strcmp(making->seen[i], channel) == 0)
            return true;
    return false;
}

static bool look_into(struct making *making, const cJSON *channel)
{
    const char *id = json_find_string(channel, "id");
    struct greeting greeting;

    if (making->ours || !was_made_by_us(making, channel) || is_seen(making, id))
        return true;
    if (making->seen_count >= CANDIDATES_MAX)
        return stop(making, exchange_never(making->dialog.exchange,
                                           "the bot made too many channels like #%s today to find this one among them",
                                           making->args.name));
    if (!find_greeting(making, id, &greeting))
        return false;
    if (is_ours(making, &greeting)) {
        making->ours = channel;
        making->ours_ts = greeting.ts;
    } else if (!greeting.owner && !making->nobodys && !is_described(channel) &&
               json_find_bool(channel, "is_private", false) == making->args.is_private) {
        making->nobodys = channel;
    } else {
        making->seen[making->seen_count++] = id;
    }
    return true;
}

static bool learn_bot(struct making *making)
{
    const cJSON *json;

    if (making->bot)
        return true;
    json = ask(making, "auth.test", slack_api_get(making->dialog.exchange, "auth.test", NULL, 0));
    if (!json)
        return false;
    making->bot = json_find_string(json, "user_id");
    return making->bot || stop(making, exchange_again(making->dialog.exchange,
                                                      "Slack answered auth.test without saying who the bot is"));
}

static bool look_through(struct making *making, int64_t wait_ms)
{
    const struct exchange *exchange = making->dialog.exchange;
    const char *cursor = NULL;

    for (int page = 0; page < LIST_PAGES_MAX; page++) {
        const struct slack_query query[] = { { "types", "public_channel,private_channel" },
                                             { "exclude_archived", "true" },
                                             { "limit", "999" },
                                             { "cursor", cursor } };
        struct http_call call = slack_api_get(exchange, "users.conversations", query, ARRAY_LEN(query));
        const cJSON *json;

        call.wait_ms = page == 0 ? wait_ms : 0;
        json = ask_list(making, "users.conversations", call, "channels");
        if (!json)
            return false;
        JSON_EACH(channel, json_find(json, "channels"))
            if (!look_into(making, channel))
                return false;
        cursor = slack_next_cursor(json);
        if (!cursor)
            return true;
    }
    return stop(making, exchange_never(exchange, "Slack has the bot in too many channels to find #%s among them",
                                       making->args.name));
}

/* ---- greeting, and the end ---- */

static struct exchange_step end(const struct making *making, const cJSON *channel, struct slack_channel_made made)
{
    made.channel = json_find_string(channel, "id");
    made.name = json_find_string(channel, "name");
    made.is_private = json_find_bool(channel, "is_private", making->args.is_private);
    return exchange_done(making->dialog.exchange, shape_to_json(&slack_channel_made_shape, &made, SHAPE_WHOLE));
}

/* It is ours from now on. Where the bot may not post, it is known by its name alone. */
static bool greet(struct making *making, const char *channel, struct slack_channel_made *made)
{
    const struct exchange *exchange = making->dialog.exchange;
    cJSON *body = slack_message_greeting(making->args.greeting, exchange->operation_id, exchange->effect_id);
    struct slack_answer answer;

    json_set_string(body, "channel", channel);
    if (!slack_api_ask(&making->dialog, "chat.postMessage", slack_api_post(exchange, "chat.postMessage", body),
                       &answer))
        return false;
    if (answer.meaning == SLACK_AGAIN)
        return stop(making, answer.step);
    made->greeting_ts = json_find_string(answer.meaning == SLACK_OK ? answer.json : NULL, "ts");
    made->greeting_error = answer.meaning == SLACK_OK ? NULL : answer.step.error;
    return true;
}

/* Nobody has greeted there: it is taken, unless somebody was quicker after all. */
static bool adopt(struct making *making)
{
    struct slack_channel_made made = { .was_found = true };
    const cJSON *channel = TAKE(making->nobodys);
    const char *id = json_find_string(channel, "id");
    struct greeting greeting;

    if (!greet(making, id, &made) || !find_greeting(making, id, &greeting))
        return false;
    if (!greeting.owner || is_ours(making, &greeting))
        return stop(making, end(making, channel, made));
    making->seen[making->seen_count++] = id;
    return true;
}

/* True: it is not there. */
static bool look_up(struct making *making, int64_t wait_ms)
{
    if (!learn_bot(making) || !look_through(making, wait_ms))
        return false;
    if (making->ours)
        return stop(making, end(making, making->ours,
                                (struct slack_channel_made){ .greeting_ts = making->ours_ts, .was_found = true }));
    return !making->nobodys || adopt(making);
}

/* ---- making it ---- */

static struct exchange_step made_it(struct making *making, const cJSON *channel)
{
    struct slack_channel_made made = { 0 };
    const char *id = json_find_string(channel, "id");

    if (!id || !json_find_string(channel, "name"))
        return exchange_again(making->dialog.exchange,
                              "Slack made the channel and did not say which it is: it will be looked for");
    return greet(making, id, &made) ? end(making, channel, made) : making->dialog.step;
}

static struct http_call create_call(const struct making *making, const char *name)
{
    cJSON *body = json_object();

    json_set_string(body, "name", name);
    json_set_bool(body, "is_private", making->args.is_private);
    return slack_api_post(making->dialog.exchange, "conversations.create", body);
}

static struct exchange_step make(struct making *making)
{
    const struct exchange *exchange = making->dialog.exchange;

    if (making->is_in_doubt && !look_up(making, 0))
        return making->dialog.step;
    for (int i = 0; i < SLACK_CHANNEL_NAMES_MAX; i++) {
        struct slack_answer answer;

        if (!slack_api_ask(&making->dialog, "conversations.create", create_call(making, making->names[i]), &answer))
            return making->dialog.step;
        if (answer.meaning == SLACK_OK)
            return made_it(making, json_find(answer.json, "channel"));
        if (!slack_answer_is(&answer, "name_taken"))
            return answer.step;
        if (i < LOOKS_MAX - 1 && !look_up(making, making->is_in_doubt ? LIST_LAG_MS : 0)) /* taken by ourselves? */
            return making->dialog.step;
    }
    return exchange_never(exchange, "Slack has channels of all names from #%s to #%s already: archive and rename some",
                          making->names[0], making->names[SLACK_CHANNEL_NAMES_MAX - 1]);
}

struct exchange_step slack_channel_make(const struct exchange *exchange)
{
    struct making making = { .dialog = DIALOG(exchange) };
    struct error err;

    if (!exchange->settings ||
        !shape_from_json(&slack_channel_make_shape, exchange->args, exchange->arena, &making.args, &err))
        return exchange_never(exchange, "Slack's channel: a name and a greeting are needed");
    if (!channel_name_is_good(making.args.name))
        return exchange_never(exchange, "Slack's channel: `%.100s` is no name that Slack takes", making.args.name);
    if (!our_id(exchange) || !making.args.greeting || !making.args.greeting[0])
        return exchange_never(exchange, "Slack's channel: without an id and a greeting it could not be found again");
    for (int i = 0; i < SLACK_CHANNEL_NAMES_MAX; i++)
        making.names[i] = channel_name_numbered(exchange->arena, making.args.name, i + 1);
    making.is_in_doubt = !exchange->is_first_try || making.args.is_again;
    return make(&making);
}
