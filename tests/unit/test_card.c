/* Words from outside are made harmless before they stand in a card; and the mark of an instant. */
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

static const struct instant_row {
    const char *name, *mark, *text; /* NULL: it is none */
} instants[] = {
    { "a time", "time:1795212000999", "22:00:00" },
    { "a time of a date", "date:1795212000999", "2026-11-20 22:00" },
    { "the first of them", "date:0", "1970-01-01 00:00" },
    { "the last of them", "date:253402300799999", "9999-12-31 23:59" },
    { "none behind it", "date:253402300800000", NULL },
    { "none before the first", "time:-1", NULL },
    { "a person", "slack:U1", NULL },
    { "no number", "time:", NULL },
    { "more than a number", "time:1 2", NULL },
    { "nothing", "", NULL },
};

static void check_instant(void **state)
{
    const struct instant_row *row = *state;
    struct card_instant instant;

    assert_int_equal(card_instant_read(str_of(row->mark), &instant), row->text != NULL);
    if (row->text)
        assert_string_equal(instant.text, row->text);
}

static void a_mark_says_when(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    assert_string_equal(card_time(1795212000999, arena), "@{time:1795212000999}");
    assert_string_equal(card_date(1795212000999, arena), "@{date:1795212000999}");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_mark_says_when) };

    return ROWS(rows, check_row) + ROWS(instants, check_instant) + cmocka_run_group_tests(tests, NULL, NULL);
}
