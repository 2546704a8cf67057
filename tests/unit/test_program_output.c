/* What a program wrote is shown without secrets, without control characters, in whole lines - however it arrives. */
#include "tests/unit/rows.h"

#include "bot/carrier/program_output.h"

#include <string.h>

#define TEXT_MAX_BYTES 3000

static struct secrets *secrets_of(struct arena *arena)
{
    struct secrets *secrets = ARENA_NEW(arena, struct secrets);

    secrets->arena = arena;
    secrets_add(secrets, "hunter2hunter2");
    secrets_add(secrets, "xoxb-123-abc");
    secrets_add(secrets, "xoxb-123-abc-longer");
    secrets_add(secrets, "short"); /* under the minimum: told as it is */
    secrets_add(secrets, "-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n");
    return secrets;
}

static const struct row {
    const char *name, *raw;
    size_t len; /* 0: strlen */
    const char *told;
} rows[] = {
    { "plain lines stay", "one\ntwo\n", 0, "one\ntwo\n" },
    { "the last line may have no end", "one\ntwo", 0, "one\ntwo" },
    { "a secret is masked", "token=hunter2hunter2;\n", 0, "token=***;\n" },
    { "as often as it comes", "hunter2hunter2hunter2hunter2\n", 0, "******\n" },
    { "the longer of two wins", "xoxb-123-abc-longer xoxb-123-abc\n", 0, "*** ***\n" },
    { "a beginning that does not go on is no secret", "hunter2hunter\nxoxb-12\n", 0, "hunter2hunter\nxoxb-12\n" },
    { "a short word is none", "short\n", 0, "short\n" },
    { "a key is masked line by line", "kqhkiG9w0BAQEF\n", 0, "***\n" },
    { "its frame is no secret", "-----BEGIN PRIVATE KEY-----\n", 0, "-----BEGIN PRIVATE KEY-----\n" },
    { "colours go, and hide no secret", "\x1b[1;31mhunter2\x1b[0mhunter2\x1b[m\n", 0, "***\n" },
    { "NULs go, and hide no secret", "hunter2\0hunter2\n", 16, "***\n" },
    { "invisible characters go, and hide no secret", "hunter2\u200bhunter2\ufeff\n", 0, "***\n" },
    { "what turns the direction goes", "a\u202eb\u2066c\n", 0, "abc\n" },
    { "a title of the window goes", "\x1b]0;evil\x07name\x1b]2;x\x1b\\.\n", 0, "name.\n" },
    { "a title that never ends swallows no line", "\x1b]0;abc\nnext\n", 0, "]0;abc\nnext\n" },
    { "a charset switch goes", "\x1b(Bx\x1b=y\n", 0, "xy\n" },
    { "eight-bit controls go",
      "a\xc2\x9b"
      "b\n",
      0, "ab\n" },
    { "bells and backspaces go", "a\a\b\x7f\v\fb\n", 0, "ab\n" },
    { "tabs stay", "a\tb\n", 0, "a\tb\n" },
    { "line ends of other systems are ours", "one\r\ntwo\r\n", 0, "one\ntwo\n" },
    { "progress becomes lines", "10%\r20%\rdone\n", 0, "10%\n20%\ndone\n" },
    { "valid characters stay", "größe 👍\n", 0, "größe 👍\n" },
    { "invalid bytes are replaced", "a\xff\xc0\x80z\xe2\x82\n", 0, "a???z??\n" },
    { "a surrogate is invalid", "\xed\xa0\x80\n", 0, "???\n" },
    { "a character that is cut off at the end", "a\xe2\x82", 0, "a??" },
    { "an escape that is cut off at the end", "a\x1b[3", 0, "a[3" },
    { "nothing", "", 0, "" },
};

/* All of it, as it comes: so many raw bytes more are there at each look. */
static const char *tell(struct str raw, size_t step, size_t text_max_bytes, bool is_cut, struct arena *arena)
{
    struct secrets *secrets = secrets_of(arena);
    const char *told = "";
    size_t at = 0, seen = 0;

    for (;;) {
        struct program_output output = { .raw = { raw.at + at, seen - at },
                                         .is_end = seen == raw.len,
                                         .is_cut = is_cut && seen == raw.len,
                                         .text_max_bytes = text_max_bytes,
                                         .secrets = secrets };
        size_t taken;
        const char *piece = program_output_take(&output, arena, &taken);

        assert_true(taken <= output.raw.len);
        assert_true(strlen(piece) <= text_max_bytes);
        assert_true(utf8_is_valid(str_of(piece)));
        told = arena_printf(arena, "%s%s", told, piece);
        at += taken;
        if (output.is_end && at == raw.len)
            return told;
        if (output.is_end)
            assert_true(taken > 0); /* it goes on */
        seen = seen + step < raw.len ? seen + step : raw.len;
    }
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct str raw = { row->raw, row->len ? row->len : strlen(row->raw) };
    AUTO(arena) struct arena *arena = arena_create();

    for (size_t step = 1; step <= raw.len + 1; step++) {
        assert_string_equal(tell(raw, step, TEXT_MAX_BYTES, false, arena), row->told);
        assert_string_equal(tell(raw, step, 24, false, arena), row->told); /* pieces smaller than some lines */
    }
}

static void secret_is_masked_wherever_chunks_end(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    for (size_t before = 0; before < 64; before++) {
        const char *line = arena_printf(arena, "%.*shunter2hunter2%0100d", (int)before,
                                        "0123456789012345678901234567890123456789012345678901234567890123", 7);

        for (size_t step = 1; step < 40; step += 3)
            assert_null(strstr(tell(str_of(line), step, 32, false, arena), "unter2"));
    }
}

static void line_without_end_waits(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct program_output output = { .raw = str_of("one\ntwo hunt"),
                                     .text_max_bytes = TEXT_MAX_BYTES,
                                     .secrets = secrets_of(arena) };
    size_t taken;

    (void)state;
    assert_string_equal(program_output_take(&output, arena, &taken), "one\n");
    assert_int_equal(taken, 4);
    output.raw = str_of("two hunt");
    assert_string_equal(program_output_take(&output, arena, &taken), "");
    assert_int_equal(taken, 0);
}

static void cut_off_output_may_end_in_a_secret(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    assert_string_equal(tell(str_of("password: hunter2hun"), 7, TEXT_MAX_BYTES, true, arena), "password: ***");
    assert_string_equal(tell(str_of("password: hunter2hun"), 7, TEXT_MAX_BYTES, false, arena), "password: hunter2hun");
}

static void endless_nothing_is_passed_over(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    char *bytes = arena_alloc(arena, PROGRAM_WINDOW_BYTES); /* NULs */
    struct program_output output = { .raw = { bytes, PROGRAM_WINDOW_BYTES },
                                     .text_max_bytes = TEXT_MAX_BYTES,
                                     .secrets = secrets_of(arena) };
    size_t taken;

    (void)state;
    assert_string_equal(program_output_take(&output, arena, &taken), "");
    assert_int_equal(taken, PROGRAM_WINDOW_BYTES);
    bytes[100] = 'a';
    assert_string_equal(program_output_take(&output, arena, &taken), "a");
    assert_int_equal(taken, PROGRAM_WINDOW_BYTES);
}

static void tail_begins_with_a_whole_line_and_masks(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct program_output output = { .raw = str_of("ter2hunter2 rest\nfirst\nhunter2hunter2\nlast\n"),
                                     .begins_anywhere = true,
                                     .is_end = true,
                                     .text_max_bytes = TEXT_MAX_BYTES,
                                     .secrets = secrets_of(arena) };

    (void)state;
    assert_string_equal(program_output_tail(&output, arena), "first\n***\nlast\n");
    output.text_max_bytes = 10;
    assert_string_equal(program_output_tail(&output, arena), "***\nlast\n");
    output.raw = str_of("ter2hunter2hunter2hunter2 and all the rest");
    output.text_max_bytes = 12;
    assert_string_equal(program_output_tail(&output, arena), "all the rest");
    output.raw = str_of("ter2hunter2 short");
    assert_string_equal(program_output_tail(&output, arena), ""); /* all of it could be a secret's end */
    output.begins_anywhere = false;
    output.raw = str_of("one\ntwo\n");
    assert_string_equal(program_output_tail(&output, arena), "one\ntwo\n");
}

static void settings_tell_their_secrets(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *signing[] = { "signing-one", "signing-two" };
    struct settings settings = {
        .data_dir = "/var/lib/opsgate",
        .store = { .url = "redis://user:in-the-url@redis.example.com:6379/0", .password = "redis-password" },
        .slack = { .bot_token = "xoxb-1-abcdef", .signing_secrets = signing, .signing_secrets_count = 2 },
    };
    struct secrets secrets = { .arena = arena };
    const char *expected[] = { "redis-password", "xoxb-1-abcdef", "signing-one", "signing-two", "in-the-url" };

    (void)state;
    secrets_add_settings(&secrets, &settings);
    assert_int_equal(secrets.count, ARRAY_LEN(expected));
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        bool is_there = false;

        for (size_t k = 0; k < secrets.count; k++)
            is_there = is_there || str_is(secrets.texts[k], expected[i]);
        assert_true(is_there);
        assert_true(i == 0 || secrets.texts[i - 1].len >= secrets.texts[i].len);
    }
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(secret_is_masked_wherever_chunks_end),    cmocka_unit_test(line_without_end_waits),
        cmocka_unit_test(cut_off_output_may_end_in_a_secret),      cmocka_unit_test(endless_nothing_is_passed_over),
        cmocka_unit_test(tail_begins_with_a_whole_line_and_masks), cmocka_unit_test(settings_tell_their_secrets),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(others, NULL, NULL);
}
