/* Whatever the lines of a card's table hold, Slack is sent one monospaced block that shows them, and nothing else. */
#include "tests/fuzz/fuzz.h"

#include "bot/base/json.h"
#include "integrations/slack/message.h"

#include <string.h>

#define BLOCK_MAX_BYTES 3000 /* of a section's text */
#define FENCES_BYTES 8
#define LINES_MAX 100
#define ELLIPSIS "…"

static size_t read_lines(struct str text, struct arena *arena, const char **lines)
{
    size_t count = 0;

    while (text.len > 0 && count < LINES_MAX)
        lines[count++] = arena_copy(arena, str_take_until(&text, '\n')); /* a NUL ends a line early */
    return count;
}

/* What the block has to show, written apart from the encoder. */
static void write_expected(struct buf *out, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_putc(out, '\n');
        for (const char *at = lines[i]; *at; at++) {
            switch (*at) {
            case '&':
                buf_puts(out, "&amp;");
                break;
            case '<':
                buf_puts(out, "&lt;");
                break;
            case '>':
                buf_puts(out, "&gt;");
                break;
            case '`':
                buf_putc(out, '\'');
                break;
            default:
                buf_putc(out, *at);
            }
        }
    }
}

static size_t count_of(struct str text, char c)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.at[i] == c;
    return count;
}

/* All of it, or as much from its beginning as there is room for, and then a sign that there was more. */
static void check_shown(struct str shown, struct str expected)
{
    size_t room = BLOCK_MAX_BYTES - FENCES_BYTES;

    if (expected.len <= room) {
        MUST(str_equal(shown, expected));
        return;
    }
    MUST(shown.len <= room && shown.len >= room - 16 && str_ends_with(shown, ELLIPSIS));
    shown.len -= strlen(ELLIPSIS);
    MUST(memcmp(shown.at, expected.at, shown.len) == 0);
}

/* Fences at both ends, and nothing between them that ends the block, links, mentions or is no text. */
static void check_block(const cJSON *section, struct str expected, bool is_valid)
{
    struct str text = str_of(json_find_string(section, "text.text"));

    MUST(str_is(str_of(json_find_string(section, "text.type")), "mrkdwn"));
    MUST(json_find_bool(section, "text.verbatim", false));
    MUST(text.len >= FENCES_BYTES && text.len <= BLOCK_MAX_BYTES);
    MUST(str_take_prefix(&text, "```\n") && str_ends_with(text, "\n```"));
    text.len -= 4;
    MUST(count_of(text, '`') == 0 && count_of(text, '<') == 0 && count_of(text, '>') == 0);
    if (is_valid) /* else some of it became '?' */
        check_shown(text, expected);
}

static const cJSON *block_at(const cJSON *message, int index, const char *type)
{
    const cJSON *block = cJSON_GetArrayItem(json_find(message, "blocks"), index);

    MUST(str_is(str_of(json_find_string(block, "type")), type));
    return block;
}

/* As the bytes that are sent: what is a control character in a line is escaped there. */
static cJSON *sent(const struct card *card, struct arena *arena)
{
    AUTO_JSON cJSON *message = slack_message_card(card, "effect-1");
    struct str text = str_of(json_print_in(arena, message));
    struct error err;
    cJSON *again = json_parse_in(arena, text, &err);

    MUST(again);
    for (size_t i = 0; i < text.len; i++)
        MUST((unsigned char)text.at[i] >= ' ');
    return again;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf expected = BUF(1 << 20);
    const char *lines[LINES_MAX];
    struct str input = fuzz_input(data, size);
    struct card card = { .title = "t", .status = "s", .outside_id = "o", .footer = "f", .table = lines };
    const cJSON *message;

    card.table_count = read_lines(input, arena, lines);
    write_expected(&expected, lines, card.table_count);
    message = sent(&card, arena);
    block_at(message, 0, "header");
    block_at(message, 1, "section"); /* the status */
    if (card.table_count > 0)
        check_block(block_at(message, 2, "section"), buf_str(&expected), utf8_is_valid(input));
    block_at(message, card.table_count > 0 ? 3 : 2, "context"); /* the footer, right behind it */
    MUST(cJSON_GetArraySize(json_find(message, "blocks")) == (card.table_count > 0 ? 4 : 3));
    return 0;
}
