#include "integrations/slack/blocks.h"

#include "integrations/slack/mrkdwn.h"

static cJSON *text_object(const char *type, const struct buf *text)
{
    cJSON *object = json_object();

    json_set_string(object, "type", type);
    json_set_string(object, "text", text->len > 0 ? buf_text(text) : " ");
    return object;
}

cJSON *slack_plain_text(const char *text, size_t max_bytes)
{
    AUTO_BUF struct buf out = BUF(max_bytes);
    cJSON *object;

    slack_plain_add(&out, str_of(text), max_bytes);
    object = text_object("plain_text", &out);
    json_set_bool(object, "emoji", false);
    return object;
}

cJSON *slack_verbatim(const struct buf *written)
{
    cJSON *object = text_object("mrkdwn", written);

    json_set_bool(object, "verbatim", true); /* "#ops" and "@here" stay words */
    return object;
}

cJSON *slack_mrkdwn_text(struct str text, size_t max_bytes)
{
    AUTO_BUF struct buf out = BUF(max_bytes);

    slack_mrkdwn_add(&out, text, max_bytes);
    return slack_verbatim(&out);
}

cJSON *slack_block(cJSON *blocks, const char *type)
{
    cJSON *block = json_add(blocks, json_object());

    json_set_string(block, "type", type);
    return block;
}

void slack_block_header(cJSON *blocks, const char *title)
{
    json_set(slack_block(blocks, "header"), "text", slack_plain_text(title, SLACK_HEADER_MAX_BYTES));
}

void slack_block_section(cJSON *blocks, struct str text)
{
    json_set(slack_block(blocks, "section"), "text", slack_mrkdwn_text(text, SLACK_SECTION_MAX_BYTES));
}

void slack_block_context(cJSON *blocks, struct str text)
{
    json_add(json_set(slack_block(blocks, "context"), "elements", json_array()),
             slack_mrkdwn_text(text, SLACK_SECTION_MAX_BYTES));
}
