/* Whatever a text holds, what Slack is sent has no markup of its own, is whole, and is short enough. */
#include "tests/fuzz/fuzz.h"

#include "integrations/slack/mrkdwn.h"
#include "integrations/slack/typed_text.h"

static void check_entity(struct str rest)
{
    MUST(str_starts_with(rest, "&amp;") || str_starts_with(rest, "&lt;") || str_starts_with(rest, "&gt;"));
}

static void check_mention(struct str id) /* "U012AB3CD", a group's "S0ENG", a channel's "C012AB3CD" */
{
    MUST(slack_id_is_valid(id));
}

/* "1795242914^{time_secs}|06:35:14 UTC", "1795242914^{date_short_pretty} {time}|2026-11-21 06:35 UTC" */
static void check_date(struct str date)
{
    struct str seconds = str_take_until(&date, '^'), form = str_take_until(&date, '|');
    int64_t unix_s;
    struct error err;

    MUST(parse_int(seconds, 0, INT64_MAX, &unix_s, &err));
    MUST(str_is(form, "{time_secs}") || str_is(form, "{date_short_pretty} {time}"));
    MUST(date.len == (str_is(form, "{time_secs}") ? 12 : 20) && str_ends_with(date, " UTC"));
}

static void check_marked(struct str rest) /* whatever is not escaped: of ours, and whole */
{
    bool is_mention =
        str_take_prefix(&rest, "<@") || str_take_prefix(&rest, "<!subteam^") || str_take_prefix(&rest, "<#");

    MUST(is_mention || str_take_prefix(&rest, "<!date^"));
    MUST(str_contains(rest, ">"));
    (is_mention ? check_mention : check_date)(str_take_until(&rest, '>'));
}

static void check_written(struct str text, bool is_valid, size_t max_bytes)
{
    MUST(text.len <= max_bytes);
    MUST(!is_valid || utf8_is_valid(text));
    for (size_t i = 0; i < text.len; i++) {
        struct str rest = { text.at + i, text.len - i };

        if (text.at[i] == '&')
            check_entity(rest);
        if (text.at[i] == '<')
            check_marked(rest);
    }
}

/* Fences at both ends, and nothing between them that could end the block. */
static void check_block(struct str text, bool is_valid, size_t max_bytes)
{
    check_written(text, is_valid, max_bytes);
    MUST(text.len >= 8 && str_take_prefix(&text, "```\n") && str_ends_with(text, "\n```"));
    text.len -= 4;
    MUST(!str_contains(text, "`") && !str_contains(text, "<"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t limits[] = { SLACK_MRKDWN_MIN_BYTES, 60, 150, 3000 };
    struct str text = fuzz_input(data, size);
    bool is_valid = utf8_is_valid(text);

    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        AUTO_BUF struct buf marked = BUF(4096), plain = BUF(4096), block = BUF(4096);

        slack_mrkdwn_add(&marked, text, limits[i]);
        check_written(buf_str(&marked), is_valid, limits[i]);
        slack_plain_add(&plain, text, limits[i]);
        check_written(buf_str(&plain), is_valid, limits[i]);
        MUST(!str_contains(buf_str(&plain), "<"));
        slack_block_add(&block, text, limits[i] + 8);
        check_block(buf_str(&block), is_valid, limits[i] + 8);
    }
    return 0;
}
