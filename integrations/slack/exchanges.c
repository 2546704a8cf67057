#include "integrations/slack/exchanges.h"

#include "bot/base/time.h"
#include "bot/model/delivery.h"
#include "bot/model/effect.h"
#include "bot/model/settings.h"
#include "integrations/slack/api.h"
#include "integrations/slack/message.h"
#include "integrations/slack/response_url.h"
#include "integrations/slack/view.h"

#include <stdio.h>
#include <string.h>

#define LIST_PAGES_MAX 20    /* of 500 channels */
#define HISTORY_PAGES_MAX 10 /* of 200 messages, the newest first: a post of this attempt is on the first ones */
#define REPLY_TIMEOUT_MS (4 * SECOND_MS)

/* One message on its way. The functions below return true to go on, and false when dialog.step is what to return. */
struct delivery {
    struct dialog dialog;
    const cJSON *message;     /* without channel and ts; in the arena */
    const char *kind;         /* EFFECT_... */
    const char *thread_ts;    /* of the card under which it goes; NULL: into the channel itself */
    bool is_gone;             /* what was asked about is not there any more */
    bool is_named;            /* the channel is known by its name: it may have led elsewhere before, */
    bool is_remembered;       /* and that is where it goes */
    const char *event;        /* metadata's event_type, */
    const char *id_path, *id; /* and where in a message which id must stand for it to be ours */
    struct message_part *parts; /* of a message that says several: those not found there yet */
    size_t parts_count;
};

static bool stop(struct delivery *delivery, struct exchange_step step)
{
    delivery->dialog.step = step;
    return false;
}

/* The answer's JSON, or NULL with dialog.step set: the call to make, again, or never. */
static const cJSON *read_page(struct delivery *delivery, const char *method, const struct slack_query *query,
                              size_t count)
{
    const struct exchange *exchange = delivery->dialog.exchange;
    const struct http_answer *raw = dialog_ask(&delivery->dialog, slack_api_get(exchange, method, query, count));
    struct slack_answer answer;

    if (!raw)
        return NULL;
    answer = slack_api_read(exchange, method, raw);
    delivery->dialog.step = answer.step;
    delivery->is_gone = answer.meaning == SLACK_GONE;
    return answer.meaning == SLACK_OK ? answer.json : NULL;
}

/* ---- which channel ---- */

static bool is_channel_id(const char *channel) /* names are in lower case */
{
    return strchr("CGDUW", channel[0]) && channel[1] &&
           strspn(channel, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(channel);
}

static const char *find_channel(const cJSON *page, const char *name)
{
    JSON_EACH(channel, json_find(page, "channels")) {
        const char *called = json_find_string(channel, "name");

        if (called && strcmp(called, name) == 0)
            return json_find_string(channel, "id");
    }
    return NULL;
}

static bool list_channels(struct delivery *delivery, const char *channel, const char **ret_id)
{
    const char *name = channel[0] == '#' ? channel + 1 : channel, *cursor = NULL;

    for (int page = 0; page < LIST_PAGES_MAX; page++) {
        const struct slack_query query[] = { { "types", "public_channel,private_channel" },
                                             { "exclude_archived", "true" },
                                             { "limit", "500" },
                                             { "cursor", cursor } };
        const cJSON *json = read_page(delivery, "conversations.list", query, ARRAY_LEN(query));

        if (!json)
            return false;
        *ret_id = find_channel(json, name);
        if (*ret_id)
            return true;
        cursor = slack_next_cursor(json);
        if (!cursor)
            return stop(delivery,
                        exchange_never(delivery->dialog.exchange,
                                       "Slack has no channel #%s that the bot sees: create it, or invite the bot",
                                       name));
    }
    return stop(delivery,
                exchange_never(delivery->dialog.exchange,
                               "Slack has too many channels to find #%s: write its id in the configuration", name));
}

/* What is remembered serves the first try, which looks for nothing: it may have been renamed, archived or made anew. */
static bool resolve_channel(struct delivery *delivery, const char *channel, const char **ret_id)
{
    const struct exchange *exchange = delivery->dialog.exchange;

    *ret_id = channel;
    if (channel[0] && is_channel_id(channel))
        return true;
    delivery->is_named = true;
    delivery->is_remembered = exchange->channel_id && exchange->is_first_try;
    *ret_id = exchange->channel_id;
    return delivery->is_remembered || list_channels(delivery, channel, ret_id);
}

/* ---- is it there already ---- */

/* Is it what `id` left there, alone or with others? */
static bool has_id(const struct delivery *delivery, const cJSON *message, const char *id)
{
    const char *event = json_find_string(message, "metadata.event_type");
    const char *first = json_find_string(message, delivery->id_path);

    if (!event || strcmp(event, delivery->event) != 0)
        return false;
    JSON_EACH(other, json_find(message, "metadata.event_payload.also"))
        if (cJSON_IsString(other) && strcmp(other->valuestring, id) == 0)
            return true;
    return first && strcmp(first, id) == 0;
}

/* What it says already goes from the parts. True: nothing is left to be said. */
static bool take_said(struct delivery *delivery, const cJSON *message)
{
    size_t left = 0;

    for (size_t i = 0; i < delivery->parts_count; i++)
        if (!has_id(delivery, message, delivery->parts[i].effect))
            delivery->parts[left++] = delivery->parts[i];
    delivery->parts_count = left;
    return left == 0;
}

static bool is_ours(struct delivery *delivery, const cJSON *message)
{
    return delivery->parts ? take_said(delivery, message) : has_id(delivery, message, delivery->id);
}

static const char *find_message(struct delivery *delivery, const cJSON *page, const char *except_ts)
{
    JSON_EACH(message, json_find(page, "messages")) {
        const char *ts = json_find_string(message, "ts");

        if (ts && is_ours(delivery, message) && !(except_ts && strcmp(ts, except_ts) == 0))
            return ts;
    }
    return NULL;
}

/* Unix seconds before which our message cannot have been posted. */
static const char *oldest_ts(const struct delivery *delivery)
{
    const struct exchange *exchange = delivery->dialog.exchange;
    const struct effect_kind *kind = effect_kind_find(effect_kinds, effect_kinds_count, delivery->kind);
    int64_t unix_s = (exchange->unix_ms - exchange->ahead_ms - kind->give_up_ms) / SECOND_MS;

    return arena_printf(exchange->arena, "%lld.000000", (long long)(unix_s > 0 ? unix_s : 0));
}

/* In the channel itself, or in one thread of it: what stands there is not in the channel's history. *ret_ts is NULL
 * when our message is not there; `except_ts` is one that is known to be of no use. */
static bool look_up(struct delivery *delivery, const char *channel, const char *thread_ts, const char *except_ts,
                    const char **ret_ts)
{
    const char *cursor = NULL;

    *ret_ts = NULL;
    for (int page = 0; page < HISTORY_PAGES_MAX; page++) {
        const struct slack_query query[] = {
            { "channel", channel },
            { "oldest", oldest_ts(delivery) },
            { "include_all_metadata", "true" },
            { "limit", "200" },
            { "cursor", cursor },
            { "ts", thread_ts },
        };
        const cJSON *json =
            read_page(delivery, thread_ts ? "conversations.replies" : "conversations.history", query, ARRAY_LEN(query));

        if (!json)
            return false;
        *ret_ts = find_message(delivery, json, except_ts);
        cursor = slack_next_cursor(json);
        if (*ret_ts || !cursor)
            return true;
    }
    return true;
}

/* A new one: in the channel, and in the one where its name led before, where the first try may have gone. */
static bool look_up_new(struct delivery *delivery, const char *except_ts, const char **channel, const char **ret_ts)
{
    const char *before = delivery->dialog.exchange->channel_id;

    if (!look_up(delivery, *channel, NULL, except_ts, ret_ts))
        return false;
    if (*ret_ts || !delivery->is_named || !before || strcmp(before, *channel) == 0)
        return true;
    if (!look_up(delivery, before, NULL, except_ts, ret_ts))
        return delivery->dialog.step.next == NEXT_NEVER; /* that channel is gone */
    if (*ret_ts)
        *channel = before;
    return true;
}

/* What is posted to a person's id goes to their direct messages, whose own id we learn only by posting; history knows
 * them by that alone. There nothing is looked for: what may have come is said again, for silence is worse. */
static bool can_look(const struct exchange *exchange, const char *channel)
{
    return !exchange->is_first_try && !strchr("UW", channel[0]);
}

/* An earlier try may have gone into the channel itself, when no card was known; and a thread may be gone with its card.
 */
static bool look_up_message(struct delivery *delivery, const char **channel, const char **ret_ts)
{
    if (delivery->thread_ts) {
        if (look_up(delivery, *channel, delivery->thread_ts, NULL, ret_ts)) {
            if (*ret_ts)
                return true;
        } else if (delivery->is_gone) {
            delivery->thread_ts = NULL;
        } else {
            return false;
        }
    }
    return look_up_new(delivery, NULL, channel, ret_ts);
}

/* ---- writing ---- */

static struct exchange_step done(const struct exchange *exchange, const char *channel, const char *ts)
{
    cJSON *result = json_object();

    json_set_string(result, "channel", channel);
    json_set_string(result, "ts", ts);
    return exchange_done(exchange, result);
}

static struct http_call write_call(const struct delivery *delivery, const char *method, const char *channel,
                                   const char *ts)
{
    cJSON *body = json_copy(delivery->message);

    json_set_string(body, "channel", channel);
    json_set_string(body, "ts", ts);
    json_set_string(body, "thread_ts", delivery->thread_ts);
    return slack_api_post(delivery->dialog.exchange, method, body);
}

/* True when that message cannot be changed any more: go on without it. */
static bool update(struct delivery *delivery, const char *channel, const char *ts)
{
    const struct exchange *exchange = delivery->dialog.exchange;
    const struct http_answer *raw = dialog_ask(&delivery->dialog, write_call(delivery, "chat.update", channel, ts));
    struct slack_answer answer;

    if (!raw)
        return false;
    answer = slack_api_read(exchange, "chat.update", raw);
    if (answer.meaning == SLACK_GONE)
        return true;
    return stop(delivery, answer.meaning == SLACK_OK ? done(exchange, channel, ts) : answer.step);
}

static struct exchange_step post(struct delivery *delivery, const char *channel)
{
    const struct exchange *exchange = delivery->dialog.exchange;
    const struct http_answer *raw =
        dialog_ask(&delivery->dialog, write_call(delivery, "chat.postMessage", channel, NULL));
    struct slack_answer answer;
    const char *ts;

    if (!raw)
        return delivery->dialog.step;
    answer = slack_api_read(exchange, "chat.postMessage", raw);
    if (answer.meaning == SLACK_GONE && delivery->thread_ts) {
        delivery->thread_ts = NULL;
        return post(delivery, channel);
    }
    if (answer.meaning != SLACK_OK)
        return answer.step;
    ts = json_find_string(answer.json, "ts");
    if (!ts)
        return exchange_again(exchange, "Slack took the message and did not say where: it will be looked for");
    if (json_find_string(answer.json, "channel"))
        channel = json_find_string(answer.json, "channel");
    return done(exchange, channel, ts);
}

/* As post; refused where the name led before, it is posted where it leads now. */
static struct exchange_step post_in(struct delivery *delivery, const char *name, const char *channel)
{
    struct exchange_step step = post(delivery, channel);
    const char *now;

    if (step.next != NEXT_NEVER || !delivery->is_remembered)
        return step;
    if (!list_channels(delivery, name, &now))
        return delivery->dialog.step;
    return strcmp(now, channel) == 0 ? step : post(delivery, now);
}

/* ---- the exchanges ---- */

static void release_json(void *json)
{
    cJSON_Delete(json);
}

static const cJSON *keep(const struct exchange *exchange, cJSON *json)
{
    arena_defer(exchange->arena, release_json, json);
    return json;
}

struct exchange_step slack_exchange_card(const struct exchange *exchange)
{
    struct delivery delivery = { .dialog = DIALOG(exchange),
                                 .kind = EFFECT_CARD,
                                 .event = SLACK_CARD_EVENT,
                                 .id_path = "metadata.event_payload.operation" };
    const char *channel, *ts = NULL;
    struct card_delivery args;
    struct error err;

    if (!shape_from_json(&card_delivery_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "card: %s", err.message);
    if (!args.card.outside_id)
        return exchange_never(exchange, "card: without an outside id it could not be found again");
    delivery.id = args.card.outside_id;
    delivery.message = keep(exchange, slack_message_card(&args.card, exchange->effect_id));
    if (exchange->card_channel && exchange->card_ts && !update(&delivery, exchange->card_channel, exchange->card_ts))
        return delivery.dialog.step;
    if (!resolve_channel(&delivery, args.channel, &channel))
        return delivery.dialog.step;
    if (can_look(exchange, channel) && !look_up_new(&delivery, exchange->card_ts, &channel, &ts))
        return delivery.dialog.step;
    if (ts && !update(&delivery, channel, ts))
        return delivery.dialog.step;
    return post_in(&delivery, args.channel, channel);
}

struct exchange_step slack_exchange_message(const struct exchange *exchange)
{
    struct delivery delivery = { .dialog = DIALOG(exchange),
                                 .kind = EFFECT_MESSAGE,
                                 .event = SLACK_MESSAGE_EVENT,
                                 .id_path = "metadata.event_payload.effect",
                                 .id = exchange->effect_id };
    const char *channel, *ts = NULL;
    struct message_delivery args;
    struct error err;

    if (!shape_from_json(&message_delivery_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "message: %s", err.message);
    if (!delivery.id)
        return exchange_never(exchange, "message: without an effect id it could not be found again");
    if (args.parts_count > 0) {
        delivery.parts = args.parts;
        delivery.parts_count = args.parts_count;
    }
    if (args.is_in_thread && exchange->card_channel && exchange->card_ts) {
        channel = exchange->card_channel;
        delivery.thread_ts = exchange->card_ts;
    } else if (!resolve_channel(&delivery, args.channel, &channel)) {
        return delivery.dialog.step;
    }
    if (can_look(exchange, channel) && !look_up_message(&delivery, &channel, &ts))
        return delivery.dialog.step;
    if (ts)
        return done(exchange, channel, ts);
    delivery.message =
        keep(exchange, delivery.parts ? slack_message_parts(delivery.parts, delivery.parts_count, args.more,
                                                            exchange->operation_id)
                                      : slack_message_post(&args.reply, exchange->operation_id, exchange->effect_id));
    return post_in(&delivery, args.channel, channel);
}

static bool is_blank(const char *text)
{
    return !text || !text[0];
}

static struct exchange_step replied(const struct exchange *exchange, const char *how)
{
    cJSON *result = json_object();

    json_set_string(result, "how", how);
    return exchange_done(exchange, result);
}

static struct http_call reply_call(const struct exchange *exchange, const struct reply_delivery *args)
{
    static const struct http_header headers[] = { { "Content-Type", "application/json; charset=utf-8" } };
    const cJSON *message = keep(exchange, slack_message_reply(&args->reply));

    return (struct http_call){
        .method = "POST",
        .url = args->address.url,
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .body = str_of(json_print_in(exchange->arena, message)),
        .timeout_ms = REPLY_TIMEOUT_MS,
        .credential = HTTP_NO_CREDENTIAL, /* the address is the credential */
    };
}

/* A post to a person's id is a direct message. */
static struct exchange_step reply_directly(struct delivery *delivery, const struct reply_delivery *args)
{
    const struct exchange *exchange = delivery->dialog.exchange;
    struct exchange_step step;

    delivery->thread_ts = NULL;
    delivery->message = keep(exchange, slack_message_post(&args->reply, exchange->operation_id, exchange->effect_id));
    step = post(delivery, args->address.user);
    return step.next == NEXT_DONE ? replied(exchange, "direct") : step;
}

/* What was lost on its way is looked for where that is possible; where it is not, it is said again: a repeated reply is
 * accepted, silence is not. */
static struct exchange_step reply_in_channel(const struct exchange *exchange, const struct reply_delivery *args,
                                             const char *channel)
{
    struct delivery delivery = { .dialog = DIALOG(exchange),
                                 .kind = EFFECT_REPLY,
                                 .thread_ts = args->address.thread,
                                 .event = SLACK_MESSAGE_EVENT,
                                 .id_path = "metadata.event_payload.effect",
                                 .id = exchange->effect_id };
    struct exchange_step step;
    const char *ts = NULL;

    delivery.message = keep(exchange, slack_message_post(&args->reply, exchange->operation_id, exchange->effect_id));
    if (!exchange->is_first_try && delivery.id && !look_up_message(&delivery, &channel, &ts) &&
        delivery.dialog.step.next != NEXT_NEVER)
        return delivery.dialog.step;
    if (ts)
        return replied(exchange, "channel");
    step = post(&delivery, channel);
    if (step.next == NEXT_NEVER && !is_blank(args->address.user) && strcmp(channel, args->address.user) != 0)
        return reply_directly(&delivery, args); /* archived meanwhile, or without the bot */
    return step.next == NEXT_DONE ? replied(exchange, "channel") : step;
}

/* In the channel, for their eyes alone. Slack shows that to members who are there, and to nobody else; so what it does
 * not take is sent to them directly. */
static struct exchange_step reply_to_one(const struct exchange *exchange, const struct reply_delivery *args)
{
    struct delivery delivery = { .dialog = DIALOG(exchange), .thread_ts = args->address.thread };
    struct slack_answer answer;

    delivery.message = keep(exchange, slack_message_whisper(&args->reply, args->address.user));
    do {
        const struct http_answer *raw =
            dialog_ask(&delivery.dialog, write_call(&delivery, "chat.postEphemeral", args->address.channel, NULL));

        if (!raw)
            return delivery.dialog.step;
        answer = slack_api_read(exchange, "chat.postEphemeral", raw);
    } while (answer.meaning == SLACK_GONE && TAKE(delivery.thread_ts));
    if (answer.meaning == SLACK_OK)
        return replied(exchange, "ephemeral");
    return answer.meaning == SLACK_AGAIN ? answer.step : reply_directly(&delivery, args);
}

static struct exchange_step reply_by_url(const struct exchange *exchange, const struct reply_delivery *args)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;

    if (!slack_response_url_is_allowed(args->address.url, exchange->settings->slack.api_url))
        return exchange_never(exchange, "reply: its response_url is not Slack's");
    answer = dialog_ask(&dialog, reply_call(exchange, args));
    if (!answer)
        return dialog.step;
    if (answer->status >= 200 && answer->status < 300)
        return replied(exchange, "response_url");
    if (answer->status >= 400 && answer->status < 500 && answer->status != 429 && answer->status != 408)
        return exchange_never(exchange,
                              "Slack takes no more answers to this command (status %d): it lets 5 in 30 minutes",
                              answer->status);
    return exchange_refused(exchange, "Slack", answer);
}

static struct exchange_step reply_in_words(const struct exchange *exchange, const struct reply_delivery *args)
{
    const struct reply_address *address = &args->address;

    if (!is_blank(address->url))
        return reply_by_url(exchange, args);
    if (is_blank(address->channel))
        return is_blank(address->user) ? replied(exchange, "nowhere") : reply_in_channel(exchange, args, address->user);
    if (address->channel[0] != 'D' && !is_blank(address->user) && (args->reply.is_refusal || address->is_for_one))
        return reply_to_one(exchange, args);
    return reply_in_channel(exchange, args, address->channel);
}

struct exchange_step slack_exchange_reply(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct exchange rest = *exchange; /* what comes behind a form that was not opened */
    enum slack_view_opening opening;
    struct reply_delivery args;
    struct error err;

    if (!shape_from_json(&reply_delivery_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "reply: %s", err.message);
    opening = args.form ? slack_view_open(&dialog, args.form) : SLACK_VIEW_NOT;
    if (opening == SLACK_VIEW_CALLING)
        return dialog.step;
    if (opening == SLACK_VIEW_OPENED)
        return replied(exchange, "form");
    rest.answers += dialog.used;
    rest.answer_count -= dialog.used;
    return reply_in_words(&rest, &args);
}
