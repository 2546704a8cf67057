#include "integrations/slack/message.h"

#include "integrations/slack/blocks.h"
#include "integrations/slack/buttons.h"
#include "integrations/slack/mrkdwn.h"

#include <string.h>

#define TEXT_MAX_BYTES 4000
#define NOTIFICATION_MAX_BYTES 600 /* of a card: no phone shows more */
#define FIELD_MAX_BYTES 2000
#define FIELDS_MAX 10
#define BLOCKS_MAX 50
#define FIELD_SECTIONS_MAX 5        /* of a card: the rest is left out */
#define AFTER_STEPS_MAX 3           /* blocks of a card: table, buttons, footer */
#define RAW_MAX_BYTES (1024 * 1024) /* more text than this is not looked at */

/* ---- replies and messages ---- */

static void add_lines(struct buf *out, const struct reply *reply)
{
    buf_add_str(out, str_of(reply->text));
    for (size_t i = 0; i < reply->lines_count; i++) {
        buf_putc(out, '\n');
        buf_add_str(out, str_of(reply->lines[i]));
    }
}

static size_t written_length(struct str line)
{
    AUTO_BUF struct buf out = BUF(SLACK_SECTION_MAX_BYTES);

    slack_mrkdwn_add(&out, line, SLACK_SECTION_MAX_BYTES);
    return out.len;
}

/* As many whole lines as one section holds as they are written; at least one, and that is cut when it is too long. */
static struct str take_section(struct str *rest)
{
    struct str section = { rest->at, 0 };
    size_t written = 0;

    while (rest->len > 0) {
        struct str after = *rest, line = str_take_until(&after, '\n');

        written += written_length(line) + 1;
        if (written > SLACK_SECTION_MAX_BYTES && line.at != section.at)
            break;
        section.len = (size_t)(line.at + line.len - section.at);
        *rest = after;
    }
    return section;
}

static void add_sections(cJSON *blocks, struct str text, int blocks_max)
{
    while (text.len > 0 && cJSON_GetArraySize(blocks) < blocks_max - 1)
        slack_block_section(blocks, take_section(&text));
    if (text.len > 0)
        slack_block_section(blocks, text); /* no room for a further one: what is left is cut here */
}

static void add_reply_blocks(cJSON *blocks, struct str text, const struct reply *reply)
{
    add_sections(blocks, text, reply->actions_count > 0 ? BLOCKS_MAX - 1 : BLOCKS_MAX);
    slack_buttons_add(blocks, reply->actions, reply->actions_count);
}

static cJSON *reply_message(const struct reply *reply)
{
    AUTO_BUF struct buf raw = BUF(RAW_MAX_BYTES), out = BUF(RAW_MAX_BYTES);
    cJSON *message = json_object();

    add_lines(&raw, reply);
    slack_mrkdwn_add(&out, buf_str(&raw), RAW_MAX_BYTES);
    if (out.len > TEXT_MAX_BYTES || reply->actions_count > 0)
        add_reply_blocks(json_set(message, "blocks", json_array()), buf_str(&raw), reply);
    buf_clear(&out);
    slack_mrkdwn_add(&out, buf_str(&raw), TEXT_MAX_BYTES);
    json_set_string(message, "text", out.len > 0 ? buf_text(&out) : " ");
    return message;
}

cJSON *slack_message_reply(const struct reply *reply)
{
    cJSON *message = reply_message(reply);

    json_set_string(message, "response_type", "ephemeral");
    json_set_bool(message, "replace_original", false);
    return message;
}

static cJSON *set_metadata(cJSON *message, const char *event, const char *operation_id, const char *effect_id)
{
    cJSON *metadata = json_set(message, "metadata", json_object()), *payload;

    json_set_string(metadata, "event_type", event);
    payload = json_set(metadata, "event_payload", json_object());
    json_set_string(payload, "operation", operation_id);
    json_set_string(payload, "effect", effect_id);
    return payload;
}

cJSON *slack_message_post(const struct reply *reply, const char *operation_id, const char *effect_id)
{
    cJSON *message = reply_message(reply);

    set_metadata(message, SLACK_MESSAGE_EVENT, operation_id, effect_id);
    return message;
}

static void add_parts(struct buf *out, const struct message_part *parts, size_t count, int64_t more)
{
    if (count == 1 && more == 0) {
        buf_addf(out, "*Said late*, as Slack did not take it in time. It was so @{date:%lld}:\n%s",
                 (long long)parts[0].at_ms, parts[0].text);
        return;
    }
    buf_puts(out, "*Said late*, as Slack did not take these in time. When each was so:");
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "\n@{date:%lld} %s", (long long)parts[i].at_ms, parts[i].text);
    if (more > 0)
        buf_addf(out, "\n%lld more follow%s.", (long long)more, more == 1 ? "s" : "");
}

cJSON *slack_message_parts(const struct message_part *parts, size_t count, int64_t more, const char *operation_id)
{
    AUTO_BUF struct buf text = BUF(RAW_MAX_BYTES);
    cJSON *message, *payload;

    add_parts(&text, parts, count, more);
    message = reply_message(&(struct reply){ .text = buf_text(&text) });
    payload = set_metadata(message, SLACK_MESSAGE_EVENT, operation_id, parts[0].effect);
    if (count > 1)
        json_set(payload, "also", json_array());
    for (size_t i = 1; i < count; i++)
        json_add_string(cJSON_GetObjectItem(payload, "also"), parts[i].effect);
    return message;
}

cJSON *slack_message_greeting(const char *text, const char *operation_id, const char *effect_id)
{
    cJSON *message = reply_message(&(struct reply){ .text = text });

    set_metadata(message, SLACK_CHANNEL_EVENT, operation_id, effect_id);
    return message;
}

cJSON *slack_message_whisper(const struct reply *reply, const char *user)
{
    cJSON *message = reply_message(reply);

    json_set_string(message, "user", user);
    return message;
}

/* ---- cards ---- */

static const char *const tone_emoji[] = {
    [CARD_RUNNING] = "🔵", [CARD_WAITING] = "🟡", [CARD_GOOD] = "🟢", [CARD_BAD] = "🔴",
    [CARD_WITHOUT_EFFECT] = "⚪"
};
static const char *const step_emoji[] = {
    [STEP_NEXT] = "◻️", [STEP_NOW] = "▶️", [STEP_OK] = "✅", [STEP_BAD] = "❌"
};

static void add_status(cJSON *blocks, const struct card *card)
{
    AUTO_BUF struct buf line = BUF(RAW_MAX_BYTES);

    buf_addf(&line, "%s  %s", tone_emoji[card->tone], card->status ? card->status : "");
    slack_block_section(blocks, buf_str(&line));
}

static bool is_blank(const char *text)
{
    return !text || !text[0];
}

static void add_fields(cJSON *blocks, const struct card *card)
{
    cJSON *fields = NULL;

    for (size_t i = 0; i < card->fields_count && i < FIELD_SECTIONS_MAX * FIELDS_MAX; i++) {
        const struct card_field *field = &card->fields[i];
        AUTO_BUF struct buf text = BUF(RAW_MAX_BYTES);

        if (i % FIELDS_MAX == 0)
            fields = json_set(slack_block(blocks, "section"), "fields", json_array());
        if (!is_blank(field->name))
            buf_addf(&text, "*%s*\n", field->name);
        buf_puts(&text, is_blank(field->value) ? "–" : field->value);
        json_add(fields, slack_mrkdwn_text(buf_str(&text), FIELD_MAX_BYTES));
    }
}

static void add_steps(cJSON *blocks, const struct card *card, int blocks_max)
{
    AUTO_BUF struct buf text = BUF(RAW_MAX_BYTES);

    for (size_t i = 0; i < card->steps_count; i++)
        buf_addf(&text, "%s%s  %s", i > 0 ? "\n" : "", step_emoji[card->steps[i].mark],
                 card->steps[i].text ? card->steps[i].text : "");
    add_sections(blocks, buf_str(&text), blocks_max);
}

static void add_table(cJSON *blocks, const struct card *card)
{
    AUTO_BUF struct buf lines = BUF(RAW_MAX_BYTES), out = BUF(SLACK_SECTION_MAX_BYTES);

    if (card->table_count == 0)
        return;
    for (size_t i = 0; i < card->table_count; i++)
        buf_addf(&lines, "%s%s", i > 0 ? "\n" : "", card->table[i]);
    slack_block_add(&out, buf_str(&lines), SLACK_SECTION_MAX_BYTES);
    json_set(slack_block(blocks, "section"), "text", slack_verbatim(&out));
}

static void add_footer(cJSON *blocks, const struct card *card)
{
    AUTO_BUF struct buf text = BUF(RAW_MAX_BYTES);
    bool has_footer = !is_blank(card->footer);

    if (card->operation)
        buf_addf(&text, "`%s`%s", card->operation, has_footer ? "  ·  " : "");
    if (has_footer)
        buf_puts(&text, card->footer);
    if (text.len > 0)
        slack_block_context(blocks, buf_str(&text));
}

static cJSON *card_blocks(const struct card *card)
{
    cJSON *blocks = json_array();

    slack_block_header(blocks, card->title);
    add_status(blocks, card);
    add_fields(blocks, card);
    add_steps(blocks, card, BLOCKS_MAX - AFTER_STEPS_MAX);
    add_table(blocks, card);
    slack_buttons_add(blocks, card->actions, card->actions_count);
    add_footer(blocks, card);
    return blocks;
}

/* What a notification shows, on a phone, too: one line, the thing first. */
static void add_notification(struct buf *text, const struct card *card)
{
    AUTO_BUF struct buf raw = BUF(RAW_MAX_BYTES);
    struct str status = str_of(card->status ? card->status : "");
    struct str line = str_take_until(&status, '\n');

    buf_addf(&raw, "%s %s: " STR_FMT, tone_emoji[card->tone], card->title ? card->title : "", STR_ARG(line));
    slack_mrkdwn_add(text, buf_str(&raw), NOTIFICATION_MAX_BYTES);
}

cJSON *slack_message_card(const struct card *card, const char *effect_id)
{
    AUTO_BUF struct buf text = BUF(NOTIFICATION_MAX_BYTES);
    cJSON *message = json_object();

    add_notification(&text, card);
    json_set_string(message, "text", buf_text(&text));
    json_set(message, "blocks", card_blocks(card));
    set_metadata(message, SLACK_CARD_EVENT, card->outside_id, effect_id);
    return message;
}
