/* A typed line becomes words, and words are sorted into those of the verb and its options. */
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
    { "a single quote without end", "it 'is down", NULL },
    { "an apostrophe is none", "it's down, isn't it? The users' carts", "it's|down,|isn't|it?|The|users'|carts|" },
    { "whatever letter it follows", "4's \xC3\xA9's", "4's|\xC3\xA9's|" },
    { "behind a sign it is a quote", "--reason='two words'", "--reason=two words|" },
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
    struct request request = { .words_count = 0 };

    assert_int_equal(request_split(str_of(row->line), arena, &request, &err), row->words != NULL);
    if (!row->words) {
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, "quote does not end: close it, or leave it out"));
        return;
    }
    for (size_t i = 0; i < request.words_count; i++)
        buf_addf(&joined, "%s|", request.words[i]);
    assert_string_equal(buf_text(&joined), row->words);
}

static void check_many(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf line = BUF(1000);
    struct request request;
    struct error err;

    (void)state;
    for (int i = 0; i < REQUEST_WORDS_MAX; i++)
        buf_puts(&line, "w ");
    assert_true(request_split(buf_str(&line), arena, &request, &err));
    assert_int_equal(request.words_count, REQUEST_WORDS_MAX);
    buf_puts(&line, "w");
    assert_false(request_split(buf_str(&line), arena, &request, &err));
    assert_string_equal(err.message, "more than 64 words: put a long text in \"quotes\"");
}

/* ---- words and options ---- */

static const struct verb_option options[] = { { .name = "look", .takes_value = true, .is_internal = true },
                                              { .name = "reason", .takes_value = true },
                                              { .name = "to", .takes_value = true },
                                              { .name = "now" } };

static const struct read_row {
    const char *name, *line;
    const char *words;             /* each ended by '|'; NULL: refused */
    const char *reason, *to, *now; /* NULL: not given */
    const char *error;
} read_rows[] = {
    { "words alone", "api staging", "api|staging|", .error = NULL },
    { "nothing at all", "", "", .error = NULL },
    { "a value behind it", "api --to v1", "api|", .to = "v1" },
    { "a value after an equals sign", "api --to=v1", "api|", .to = "v1" },
    { "two options", "api --to v1 --reason \"hot fix\"", "api|", .to = "v1", .reason = "hot fix" },
    { "an equals sign inside a value", "--to=a=b", "", .to = "a=b" },
    { "a dash inside a value", "--to -1", "", .to = "-1" },
    { "one that takes no value leaves the next word alone", "--now api", "api|", .now = "" },
    { "one dash is no option", "-to x", "-to|x|", .error = NULL },
    { "a value in quotes may begin like an option", "x --reason \"--now is wrong\"", "x|", .reason = "--now is wrong" },
    { "and one after an equals sign", "x --reason=--now", "x|", .reason = "--now" },
    { "a word in quotes is no option", "\"--now\" x", "--now|x|", .error = NULL },
    { "words behind a value are not guessed at", "staging --reason hot fix", NULL,
      .error = "I do not know what `fix` means behind the value of `--reason`: options stand last, and a value of "
               "several words in quotes. Nothing was done." },
    { "nor behind one after an equals sign", "--reason=hot fix", NULL,
      .error = "I do not know what `fix` means behind the value of `--reason`: options stand last, and a value of "
               "several words in quotes. Nothing was done." },
    { "nor behind one in quotes", "--reason \"hot\" staging", NULL,
      .error = "I do not know what `staging` means behind the value of `--reason`: options" },
    { "no value at the end", "x --reason", NULL,
      .error = "`--reason` needs a value: write `--reason \"...\"`. Nothing was done." },
    { "no value before another option", "--to --now", NULL, .error = "`--to` needs a value: write" },
    { "an empty value", "--reason \"\"", NULL, .error = "`--reason` needs a value: write" },
    { "an empty value after an equals sign", "--reason=", NULL, .error = "`--reason` needs a value: write" },
    { "a value where none is taken", "--now=yes", NULL, .error = "`--now` takes no value. Nothing was done." },
    { "the same option twice", "--to=a --to=b", NULL, .error = "`--to` stands there twice. Nothing was done." },
    { "an option that nobody knows", "--token x", NULL,
      .error = "I do not know the option `--token` here, only `--reason`, `--to`, `--now`. Nothing was done." },
    { "a slip in an option gets the nearest", "--raeson=x", NULL,
      .error = "I do not know the option `--raeson`. Did you mean `--reason`? Nothing was done." },
    { "a slip in an internal one is not told what it is", "--lok=3", NULL,
      .error = "I do not know the option `--lok` here, only `--reason`, `--to`, `--now`. Nothing was done." },
    { "which is taken all the same", "x --look=3", "x|", .error = NULL },
    { "markup in it is quoted", "--*`x`", NULL, .error = "I do not know the option `-- 'x'` here" },
    { "two dashes alone", "--", NULL, .error = "I do not know the option `--` here" },
};

static void check_same(const char *found, const char *expected)
{
    if (expected)
        assert_string_equal(found ? found : "(not given)", expected);
    else
        assert_null(found);
}

static void check_read(void **state)
{
    const struct read_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf joined = BUF(1000);
    struct request request = { .verb = "deploy" };
    struct error err = { ERR_NONE, "" };
    struct typed typed;

    assert_true(request_split(str_of(row->line), arena, &request, &err));
    if (!request_read(&request, options, ARRAY_LEN(options), arena, &typed, &err)) {
        assert_int_equal(err.code, ERR_INVALID);
        if (!row->error || strncmp(err.message, row->error, strlen(row->error)) != 0)
            assert_string_equal(err.message, row->error ? row->error : "(no error)");
        return;
    }
    for (size_t i = 0; i < typed.words_count; i++)
        buf_addf(&joined, "%s|", typed.words[i]);
    assert_string_equal(buf_text(&joined), row->words ? row->words : "(refused)");
    check_same(typed_option(&typed, "reason"), row->reason);
    check_same(typed_option(&typed, "to"), row->to);
    check_same(typed_option(&typed, "now"), row->now);
}

static void check_no_options(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct request request = { .verb = "status" };
    struct typed typed;
    struct error err;

    (void)state;
    assert_true(request_split(STR_LIT("api --now"), arena, &request, &err));
    assert_false(request_read(&request, NULL, 0, arena, &typed, &err));
    assert_string_equal(err.message, "I do not know the option `--now`: `status` takes none. Nothing was done.");
}

static void check_only_internal(void **state)
{
    static const struct verb_option internal[] = { { .name = "look", .takes_value = true, .is_internal = true } };
    AUTO(arena) struct arena *arena = arena_create();
    struct request request = { .verb = "status" };
    struct typed typed;
    struct error err;

    (void)state;
    assert_true(request_split(STR_LIT("--lok"), arena, &request, &err));
    assert_false(request_read(&request, internal, 1, arena, &typed, &err));
    assert_string_equal(err.message, "I do not know the option `--lok`: `status` takes none. Nothing was done.");
}

/* ---- how is it used? ---- */

static const struct help_row {
    const char *name, *verb, *line;
    const char *becomes; /* verb and words, each ended by '|' */
    const char *text;
} help_rows[] = {
    { "--help alone", "deploy", "--help", "help|deploy|", "help deploy" },
    { "-h", "deploy", "-h", "help|deploy|", "help deploy" },
    { "the word alone", "deploy", "help", "help|deploy|", "help deploy" },
    { "behind other words nothing of them is done", "rollback", "api production --help", "help|rollback|",
      "help rollback" },
    { "before other words", "deploy", "--help api production", "help|deploy|", "help deploy" },
    { "secrets go with the other words", "deploy", "api staging --set-env A=secret -h", "help|deploy|", "help deploy" },
    { "in place of a value", "abort", "D7 --reason --help", "help|abort|", "help abort" },
    { "in place of a verb", "--help", "", "help|", "help" },
    { "in place of a verb, and short", "-h", "deploy", "help|", "help" },
    { "of a verb that is none", "deply", "--help", "help|deply|", "help deply" },
    { "of help itself", "help", "--help", "help|help|", "help help" },
    { "help of a verb stays what it is", "help", "deploy", "help|deploy|", "as typed" },
    { "a service called help is a service", "deploy", "help staging", "deploy|help|staging|", "as typed" },
    { "a version called help is a version", "deploy", "staging help", "deploy|staging|help|", "as typed" },
    { "a quoted one is a word", "deploy", "staging \"--help\"", "deploy|staging|--help|", "as typed" },
    { "a quoted word alone too", "deploy", "\"help\"", "deploy|help|", "as typed" },
    { "as a value behind an equals sign", "abort", "D7 --reason=--help", "abort|D7|--reason=--help|", "as typed" },
    { "anything longer is no help", "deploy", "staging --helpful", "deploy|staging|--helpful|", "as typed" },
    { "nothing at all", "status", "", "status|", "as typed" },
};

static void check_help(void **state)
{
    const struct help_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf joined = BUF(1000);
    struct request request = { .verb = row->verb, .text = "as typed" };
    struct error err;

    assert_true(request_split(str_of(row->line), arena, &request, &err));
    request_turn_to_help(&request, arena);
    buf_addf(&joined, "%s|", request.verb);
    for (size_t i = 0; i < request.words_count; i++)
        buf_addf(&joined, "%s|", request.words[i]);
    assert_string_equal(buf_text(&joined), row->becomes);
    assert_string_equal(request.text, row->text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "64 words are taken, 65 refused", check_many, NULL, NULL, NULL },
        { "a verb without options says so", check_no_options, NULL, NULL, NULL },
        { "so does one that has only internal ones", check_only_internal, NULL, NULL, NULL },
    };
    int failed = ROWS(split_rows, check_split) + ROWS(read_rows, check_read) + ROWS(help_rows, check_help);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
