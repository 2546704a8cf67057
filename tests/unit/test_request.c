/* A typed line becomes words, and options are found among them. */
#include "tests/unit/rows.h"

#include "bot/model/request.h"

#include <stdio.h>
#include <string.h>

static const struct split_row {
    const char *name, *line;
    const char *words; /* each ended by '|'; NULL: refused */
} split_rows[] = {
    { "words by white space", "api  staging\tv1.4.2\n", "api|staging|v1.4.2|" },
    { "nothing", "", "" },
    { "white space alone", " \t ", "" },
    { "double quotes keep white space", "note \"api is  down\"", "note|api is  down|" },
    { "single quotes too", "note 'api is down'", "note|api is down|" },
    { "a quote of the other kind inside", "\"it's\" 'a \"b\"'", "it's|a \"b\"|" },
    { "quotes in the middle of a word", "--reason=\"two words\"x", "--reason=two wordsx|" },
    { "an empty word", "a \"\" ''", "a|||" },
    { "a backslash inside double quotes", "\"a \\\"b\\\" \\\\\"", "a \"b\" \\|" },
    { "a backslash outside is a letter", "a\\ b", "a\\|b|" },
    { "a backslash inside single quotes is a letter", "'a\\'", "a\\|" },
    { "a double quote without end", "api \"stag", NULL },
    { "a single quote without end", "it's down", NULL },
    { "an escaped quote ends nothing", "\"a\\\"", NULL },
    { "a backslash at the very end", "\"a\\", NULL },
    { "words of other scripts", "m\xc3\xbcnchen \xe6\x9d\xb1\xe4\xba\xac", "m\xc3\xbcnchen|\xe6\x9d\xb1\xe4\xba\xac|" },
};

static void check_split(void **state)
{
    const struct split_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf joined = BUF(1000);
    struct error err = { ERR_NONE, "" };
    const char **words = NULL;
    size_t count = 0;

    assert_int_equal(request_split(str_of(row->line), arena, &words, &count, &err), row->words != NULL);
    if (!row->words) {
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, "quote does not end"));
        return;
    }
    for (size_t i = 0; i < count; i++)
        buf_addf(&joined, "%s|", words[i]);
    assert_string_equal(buf_text(&joined), row->words);
}

static void check_many(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf line = BUF(1000);
    struct error err;
    const char **words;
    size_t count;

    (void)state;
    for (int i = 0; i < REQUEST_WORDS_MAX; i++)
        buf_puts(&line, "w ");
    assert_true(request_split(buf_str(&line), arena, &words, &count, &err));
    assert_int_equal(count, REQUEST_WORDS_MAX);
    buf_puts(&line, "w");
    assert_false(request_split(buf_str(&line), arena, &words, &count, &err));
    assert_string_equal(err.message, "more than 64 words");
}

/* ---- options ---- */

static const struct option_row {
    const char *name, *words[5], *value; /* of --to */
} option_rows[] = {
    { "a value behind it", { "api", "--to", "v1" }, "v1" },
    { "a value after an equals sign", { "--to=v1", "api" }, "v1" },
    { "an empty value after an equals sign", { "--to=" }, "" },
    { "no value at the end", { "api", "--to" }, "" },
    { "no value before another option", { "--to", "--now" }, "" },
    { "it is not there", { "api", "to" }, NULL },
    { "another option that begins alike", { "--token", "x" }, NULL },
    { "another that is shorter", { "--t", "x" }, NULL },
    { "one dash is no option", { "-to", "x" }, NULL },
    { "the first of two", { "--to=a", "--to=b" }, "a" },
    { "a dash inside a value", { "--to", "-1" }, "-1" },
    { "no words at all", { NULL }, NULL },
};

static void check_option(void **state)
{
    const struct option_row *row = *state;
    const char *words[5];
    struct request request = { .words = words };
    const char *value;

    while (request.words_count < 5 && row->words[request.words_count]) {
        words[request.words_count] = row->words[request.words_count];
        request.words_count++;
    }
    value = request_option(&request, "to");
    if (row->value)
        assert_string_equal(value, row->value);
    else
        assert_null(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = { { "64 words are taken, 65 refused", check_many, NULL, NULL, NULL } };
    int failed = ROWS(split_rows, check_split) + ROWS(option_rows, check_option);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
