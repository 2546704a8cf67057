/* Borrowed text, cursors over it, numbers, UTF-8, and what a person could have meant. */
#include "tests/unit/rows.h"

#include "bot/base/str.h"

#include <string.h>

/* ---- numbers ---- */

static const struct number_row {
    const char *name, *text;
    int64_t min, max;
    bool is_good;
    int64_t value;
} number_rows[] = {
    { "zero", "0", 0, 0, true, 0 },
    { "leading zeros change nothing", "0042", 0, 100, true, 42 },
    { "minus zero is zero", "-0", INT64_MIN, INT64_MAX, true, 0 },
    { "the greatest there is", "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX },
    { "one more than the greatest", "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
    { "the least there is", "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN },
    { "one less than the least", "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
    { "a number of forty digits", "1234567890123456789012345678901234567890", INT64_MIN, INT64_MAX, false, 0 },
    { "the range's own ends belong to it", "10", 10, 10, true, 10 },
    { "below the range", "9", 10, 20, false, 0 },
    { "above the range", "21", 10, 20, false, 0 },
    { "nothing", "", 0, 9, false, 0 },
    { "a lone minus", "-", -9, 9, false, 0 },
    { "two minuses", "--1", -9, 9, false, 0 },
    { "a plus", "+1", -9, 9, false, 0 },
    { "white space in front", " 1", -9, 9, false, 0 },
    { "white space behind", "1 ", -9, 9, false, 0 },
    { "hexadecimal", "0x10", 0, 99, false, 0 },
    { "a fraction", "1.0", 0, 99, false, 0 },
    { "an exponent", "1e3", 0, 9999, false, 0 },
    { "digits that are not ASCII", "\xd9\xa1", 0, 9, false, 0 },
};

static void check_number(void **state)
{
    const struct number_row *row = *state;
    struct error err = { ERR_NONE, "" };
    int64_t value = 77;

    assert_int_equal(parse_int(str_of(row->text), row->min, row->max, &value, &err), row->is_good);
    if (row->is_good) {
        assert_true(value == row->value);
        return;
    }
    assert_true(value == 77);
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "is not a whole number from "));
}

/* ---- UTF-8 ---- */

static const struct utf8_row {
    const char *name, *text;
    size_t len;
    bool is_valid;
} utf8_rows[] = {
    { "nothing is valid", "", 0, true },
    { "ASCII", "deploy", 6, true },
    { "NUL has no use in our texts", "a\0b", 3, false },
    { "two bytes", "\xc3\xa9", 2, true },
    { "three bytes", "\xe2\x82\xac", 3, true },
    { "four bytes", "\xf0\x9f\x9a\x80", 4, true },
    { "the last code point", "\xf4\x8f\xbf\xbf", 4, true },
    { "past the last code point", "\xf4\x90\x80\x80", 4, false },
    { "a lead byte that cannot be", "\xf5\x80\x80\x80", 4, false },
    { "a continuation without a lead", "\x80", 1, false },
    { "two bytes cut short", "\xc3", 1, false },
    { "three bytes cut short", "\xe2\x82", 2, false },
    { "four bytes cut short", "\xf0\x9f\x9a", 3, false },
    { "a letter where a continuation belongs", "\xe2\x82z", 3, false },
    { "a letter in the fourth place", "\xf0\x9f\x9az", 4, false },
    { "overlong in two bytes", "\xc1\xbf", 2, false },
    { "overlong in three bytes", "\xe0\x9f\xbf", 3, false },
    { "overlong in four bytes", "\xf0\x8f\xbf\xbf", 4, false },
    { "the last before the surrogates", "\xed\x9f\xbf", 3, true },
    { "a surrogate", "\xed\xa0\x80", 3, false },
    { "the first after the surrogates", "\xee\x80\x80", 3, true },
    { "Latin-1", "caf\xe9", 4, false },
    { "many letters", "deploy api production", 21, true },
    { "the ends of ASCII", "\x01\x7f\x01\x7f\x7f\x01\x01\x7f", 8, true },
    { "NUL as the last of eight", "deploy!\0", 8, false },
    { "NUL before a byte of 1", "deploy\0\x01", 8, false },
    { "NUL among many letters", "deploy a\0pi produ", 16, false },
    { "one high byte among many letters", "deploy api caf\xe9 now", 20, false },
    { "two bytes across eight", "deploy \xc3\xa9 production", 20, true },
};

static void check_utf8(void **state)
{
    const struct utf8_row *row = *state;

    assert_int_equal(utf8_is_valid((struct str){ row->text, row->len }), row->is_valid);
}

/* ---- distances, and what was meant ---- */

#define LONG_64 "0123456789012345678901234567890123456789012345678901234567890123"

static const struct distance_row {
    const char *name, *a, *b;
    size_t distance;
} distance_rows[] = {
    { "the same word", "deploy", "deploy", 0 },
    { "two empty words", "", "", 0 },
    { "nothing and a word", "", "deploy", 6 },
    { "a letter missing", "deply", "deploy", 1 },
    { "a letter too many", "deployy", "deploy", 1 },
    { "a wrong letter", "deploi", "deploy", 1 },
    { "two neighbours swapped", "delpoy", "deploy", 1 },
    { "two swaps", "edlpoy", "deploy", 2 },
    { "a swap with a letter between costs what it costs", "ca", "abc", 3 },
    { "nothing in common", "abc", "xyz", 3 },
    { "64 bytes are compared", LONG_64, LONG_64, 0 },
    { "65 bytes are too many", LONG_64 "4", "deploy", SIZE_MAX },
    { "65 bytes on the other side too", "deploy", LONG_64 "4", SIZE_MAX },
};

static void check_distance(void **state)
{
    const struct distance_row *row = *state;

    assert_true(edit_distance(str_of(row->a), str_of(row->b)) == row->distance);
    assert_true(edit_distance(str_of(row->b), str_of(row->a)) == row->distance);
}

static const char *const verbs[] = { "deploy", "status", "help", "rollback", "ops" };

static const struct nearest_row {
    const char *name, *typed, *meant;
} nearest_rows[] = {
    { "the word itself", "deploy", "deploy" },
    { "a slip", "delpoy", "deploy" },
    { "two slips in a long word", "rolbakc", "rollback" },
    { "two slips in a short word are another word", "hxxp", "help" },
    { "three letters allow one slip", "opt", "ops" },
    { "three letters allow no two", "oxx", NULL },
    { "nothing like it", "frobnicate", NULL },
    { "nothing typed", "", NULL },
    { "a word too long to be a slip", LONG_64 "4", NULL },
};

static void check_nearest(void **state)
{
    const struct nearest_row *row = *state;
    const char *nearest = str_nearest(str_of(row->typed), verbs, ARRAY_LEN(verbs));

    if (row->meant)
        assert_string_equal(nearest, row->meant);
    else
        assert_null(nearest);
}

static void check_nearest_prefers(void **state)
{
    static const char *const names[] = { "staging-2", "staging", "stagins" };
    static const char *const tiny[] = { "a" };

    (void)state;
    assert_string_equal(str_nearest(str_of("stagin"), names, 3),
                        "staging"); /* as near as the third: the first of them */
    assert_string_equal(str_nearest(str_of("stagins"), names, 3), "stagins");
    assert_null(str_nearest(str_of("b"), tiny, 1)); /* every letter changed is no likeness */
    assert_null(str_nearest(str_of("a"), NULL, 0));
}

/* ---- cursors and comparisons ---- */

static void check_words(void **state)
{
    struct str rest = str_of(" \t api\nstaging\r ");

    (void)state;
    assert_true(str_is(str_take_word(&rest), "api"));
    assert_true(str_is(str_take_word(&rest), "staging"));
    assert_true(str_is_empty(str_take_word(&rest)));
    assert_true(str_is_empty(rest));
}

static void check_until(void **state)
{
    struct str rest = str_of("a..b"), nothing = { NULL, 0 };

    (void)state;
    assert_true(str_is(str_take_until(&rest, '.'), "a"));
    assert_true(str_is(str_take_until(&rest, '.'), ""));
    assert_true(str_is(str_take_until(&rest, '.'), "b"));
    assert_int_equal(rest.len, 0);
    assert_int_equal(str_take_until(&nothing, '.').len, 0);
}

static void check_prefix(void **state)
{
    struct str rest = str_of("tag:main");

    (void)state;
    assert_false(str_take_prefix(&rest, "branch:"));
    assert_true(str_is(rest, "tag:main"));
    assert_true(str_take_prefix(&rest, "tag:"));
    assert_true(str_is(rest, "main"));
    assert_false(str_take_prefix(&rest, "main-and-more"));
}

static void check_compare(void **state)
{
    const struct str with_nul = { "a\0b", 3 }, nothing = { NULL, 0 };

    (void)state;
    assert_true(str_equal(nothing, str_of("")));
    assert_true(str_equal(nothing, str_of(NULL)));
    assert_false(str_equal(with_nul, str_of("a")));
    assert_true(str_equal_nocase(str_of("X-Slack-Signature"), str_of("x-slack-signature")));
    assert_false(str_equal_nocase(str_of("ab"), str_of("abc")));
    assert_true(str_starts_with(str_of("xoxb-1"), "xoxb-"));
    assert_false(str_starts_with(str_of("xox"), "xoxb-"));
    assert_true(str_ends_with(str_of("a.yaml"), ".yaml"));
    assert_false(str_ends_with(str_of("yaml"), ".yaml"));
    assert_true(str_contains(with_nul, "b"));
    assert_false(str_contains(nothing, "b"));
}

static void check_lower(void **state)
{
    char text[] = "DePLoy-Z\xc3\x84[";

    (void)state;
    str_lower(text);
    assert_string_equal(text, "deploy-z\xc3\x84[");
}

static void check_trim_and_copy(void **state)
{
    AUTO_FREE char *copy = str_copy((struct str){ "abc", 2 }), *empty = str_copy((struct str){ NULL, 0 });

    (void)state;
    assert_true(str_is(str_trim(str_of(" \t\v a b \r\n")), "a b"));
    assert_int_equal(str_trim(str_of(" \n ")).len, 0);
    assert_string_equal(copy, "ab");
    assert_string_equal(empty, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "the nearest candidate wins, the earlier of two as near", check_nearest_prefers, NULL, NULL, NULL },
        { "words are taken off the front, whatever stands between them", check_words, NULL, NULL, NULL },
        { "a separator is eaten, and what stands between two may be empty", check_until, NULL, NULL, NULL },
        { "a prefix is taken, or nothing is", check_prefix, NULL, NULL, NULL },
        { "texts are compared whole, NUL bytes included", check_compare, NULL, NULL, NULL },
        { "lower case is ASCII's alone", check_lower, NULL, NULL, NULL },
        { "trimming leaves the inside alone, and a copy is terminated", check_trim_and_copy, NULL, NULL, NULL },
    };
    int failed = ROWS(number_rows, check_number) + ROWS(utf8_rows, check_utf8) + ROWS(distance_rows, check_distance) +
                 ROWS(nearest_rows, check_nearest);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
