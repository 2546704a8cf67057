/* Words from outside are made harmless before they stand in a card. */
#include "tests/unit/rows.h"

#include "bot/model/card.h"

#include <string.h>

static const struct row {
    const char *name, *text;
    size_t max_bytes;
    const char *quoted;
} rows[] = {
    { "plain words stay", "api is down, since 3:00", 100, "api is down, since 3:00" },
    { "nothing", "", 10, "" },
    { "no bold", "*ALL CLEAR*", 100, " ALL CLEAR " },
    { "no code, and no way out of code", "`rm -rf`", 100, "'rm -rf'" },
    { "no person is called", "@{slack:U1} look", 100, " {slack:U1} look" },
    { "an address is no call", "ann@example.com", 100, "ann@example.com" },
    { "a lone brace is no call", "{x}", 100, "{x}" },
    { "no lines, no tabs, no escapes", "a\nb\tc\033[1m", 100, "a b c [1m" },
    { "cut to length", "abcdef", 3, "abc" },
    { "as long as allowed", "abc", 3, "abc" },
    { "cut before a character, not inside it", "ab\xc3\xa9", 3, "ab" },
    { "cut after a whole one", "a\xc3\xa9z", 3, "a\xc3\xa9" },
    { "cut before four bytes", "\xf0\x9f\x9a\x80", 3, "" },
    { "a call that the cut divides is none", "ab@{slack:U1}", 3, "ab@" },
    { "nothing is allowed", "abc", 0, "" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    const char *quoted = card_quote(str_of(row->text), row->max_bytes, arena);

    assert_string_equal(quoted, row->quoted);
    assert_true(utf8_is_valid(str_of(quoted)));
}

int main(void)
{
    return ROWS(rows, check_row);
}
