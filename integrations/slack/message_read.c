#include "integrations/slack/message_read.h"

#include "bot/model/slack_message.h"
#include "integrations/slack/api.h"
#include "integrations/slack/payload.h"
#include "integrations/slack/typed_text.h"

#include <string.h>

#define TEXT_MAX_BYTES 4096

struct looking {
    struct dialog dialog;
    struct slack_message_ask ask;
    struct slack_message_read read;
};

/* The answer; NULL: dialog.step is what to return, or there is no such message (read.is_gone). */
static const cJSON *answered(struct looking *l, const char *method, const struct slack_query *query, size_t count)
{
    struct slack_answer answer;

    if (!slack_api_ask(&l->dialog, method, slack_api_get(l->dialog.exchange, method, query, count), &answer))
        return NULL;
    l->dialog.step = answer.step;
    l->read.is_gone = answer.meaning == SLACK_GONE;
    return answer.meaning == SLACK_OK ? answer.json : NULL;
}

static bool read_link(struct looking *l)
{
    const struct slack_query query[] = { { "channel", l->ask.channel }, { "message_ts", l->ask.ts } };
    const cJSON *json = answered(l, "chat.getPermalink", query, ARRAY_LEN(query));

    l->read.link = json_find_string(json, "permalink");
    return json || l->read.is_gone;
}

static struct str cut(struct str text)
{
    if (text.len > TEXT_MAX_BYTES)
        for (text.len = TEXT_MAX_BYTES; text.len > 0 && ((unsigned char)text.at[text.len] & 0xc0) == 0x80; text.len--)
            ;
    return text;
}

/* A program's is told by its name: the user that it posts as is nobody. */
static void take(struct looking *l, const cJSON *message)
{
    const char *user = json_find_string(message, "user"), *text = json_find_string(message, "text");

    l->read.name = json_find_string(message, "username");
    if (!l->read.name)
        l->read.name = json_find_string(message, "bot_profile.name");
    if (user && slack_id_is_valid(str_of(user)) && !(l->read.name && json_find_string(message, "bot_id")))
        l->read.user = user;
    if (text && text[0])
        l->read.text =
            arena_copy(l->dialog.exchange->arena, cut(slack_typed_text(str_of(text), l->dialog.exchange->arena)));
}

/* False: dialog.step is what to return. *ret_is_found: it stood there. */
static bool look(struct looking *l, const char *method, const char *thread, bool *ret_is_found)
{
    const struct slack_query query[] = { { "channel", l->ask.channel }, { "ts", thread },
                                         { "latest", l->ask.ts },       { "oldest", l->ask.ts },
                                         { "inclusive", "true" },       { "limit", "2" } };
    const cJSON *json = answered(l, method, query, ARRAY_LEN(query));

    *ret_is_found = false;
    JSON_EACH(message, json_find(json, "messages")) { /* a thread's begins with what it is under */
        const char *ts = json_find_string(message, "ts");

        if (!ts || strcmp(ts, l->ask.ts) != 0)
            continue;
        take(l, message);
        *ret_is_found = true;
        break;
    }
    return json || l->read.is_gone;
}

struct exchange_step slack_message_read(const struct exchange *exchange)
{
    struct looking l = { .dialog = DIALOG(exchange) };
    bool is_found = false;
    struct error err;

    if (!exchange->settings ||
        !shape_from_json(&slack_message_ask_shape, exchange->args, exchange->arena, &l.ask, &err) ||
        !slack_id_is_valid(str_of(l.ask.channel)) || !slack_ts_is_valid(l.ask.ts))
        return exchange_never(exchange, "Slack's message: a channel's id and a time such as 1700000000.000100 are "
                                        "needed");
    if (!read_link(&l) || (l.ask.with_text && !l.read.is_gone && !look(&l, "conversations.history", NULL, &is_found)) ||
        (l.ask.with_text && !l.read.is_gone && !is_found && !look(&l, "conversations.replies", l.ask.ts, &is_found)))
        return l.dialog.step;
    if (l.read.is_gone || (l.ask.with_text && !is_found))
        l.read = (struct slack_message_read){ .is_gone = true };
    return exchange_done(exchange, shape_to_json(&slack_message_read_shape, &l.read, SHAPE_WHOLE));
}
