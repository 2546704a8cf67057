/* Log lines as JSON, and a stderr that takes nothing. */
#include "bot/base/json.h"
#include "bot/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct outlet {
    int read_fd, write_fd;
    char text[1 << 20];
    size_t len;
};

static int64_t fixed_ms(void *ctx)
{
    (void)ctx;
    return INT64_C(1795212000000);
}

static struct outlet *open_outlet(struct log_options options)
{
    struct outlet *outlet = xcalloc(1, sizeof(*outlet));
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    outlet->read_fd = ends[0];
    outlet->write_fd = ends[1];
    options.fd = ends[1];
    log_init(&options);
    return outlet;
}

static void read_all(struct outlet *outlet)
{
    ssize_t got;

    while ((got = read(outlet->read_fd, outlet->text + outlet->len, sizeof(outlet->text) - outlet->len - 1)) > 0)
        outlet->len += (size_t)got;
    outlet->text[outlet->len] = '\0';
}

static void close_outlet(struct outlet *outlet)
{
    log_finish(0);
    close(outlet->read_fd);
    close(outlet->write_fd);
    free(outlet);
}

static void line_is_one_json_object(void **state)
{
    struct outlet *outlet = open_outlet((struct log_options){ .unix_ms = fixed_ms, .form = LOG_JSON });

    (void)state;
    log_info("rollout.step", LOG_STR("operation", "D1042"), LOG_INT("traffic_percent", 25), LOG_BOOL("is_last", false));
    read_all(outlet);
    assert_string_equal(outlet->text,
                        "{\"time\":\"2026-11-20T22:00:00.000Z\",\"level\":\"info\",\"event\":\"rollout.step\","
                        "\"operation\":\"D1042\",\"traffic_percent\":25,\"is_last\":false}\n");
    close_outlet(outlet);
}

static const struct row {
    const char *name;
    struct str value;
    const char *json; /* of the value */
} rows[] = {
    { "plain text is itself", { "abc", 3 }, "\"abc\"" },
    { "quotes and backslashes are escaped", { "a\"b\\c", 5 }, "\"a\\\"b\\\\c\"" },
    { "line ends cannot forge a line", { "a\r\nb", 4 }, "\"a\\u000d\\nb\"" },
    { "terminal escapes are defused", { "\033[31m", 5 }, "\"\\u001b[31m\"" },
    { "UTF-8 stays", { "gr\xc3\xbc\xc3\x9f", 6 }, "\"gr\xc3\xbc\xc3\x9f\"" },
    { "broken UTF-8 is replaced", { "a\xff\xc3", 3 }, "\"a\\ufffd\\ufffd\"" },
    { "NUL bytes are visible", { "a\0b", 3 }, "\"a\\u0000b\"" },
    { "no text is null", { NULL, 0 }, "null" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct outlet *outlet = open_outlet((struct log_options){ .form = LOG_JSON });
    char expected[256];

    log_warn("x", LOG_BYTES("v", row->value.at, row->value.len));
    read_all(outlet);
    snprintf(expected, sizeof(expected), "{\"level\":\"warn\",\"event\":\"x\",\"v\":%s}\n", row->json);
    assert_string_equal(outlet->text, expected);
    close_outlet(outlet);
}

static void level_hides_what_is_below(void **state)
{
    struct outlet *outlet = open_outlet((struct log_options){ .level = LOG_LEVEL_WARN, .form = LOG_JSON });
    enum log_level level;

    (void)state;
    log_info("hidden");
    log_error("shown");
    assert_true(log_level_parse("debug", &level));
    log_set_level(level);
    log_debug("now");
    read_all(outlet);
    assert_null(strstr(outlet->text, "hidden"));
    assert_non_null(strstr(outlet->text, "shown"));
    assert_non_null(strstr(outlet->text, "now"));
    assert_false(log_level_parse("loud", &level));
    assert_false(log_level_parse(NULL, &level));
    close_outlet(outlet);
}

static void line_for_people_has_no_braces(void **state)
{
    struct outlet *outlet = open_outlet((struct log_options){ .form = LOG_HUMAN, .unix_ms = fixed_ms });

    (void)state;
    log_info("rollout.step", LOG_STR("operation", "D1042"), LOG_INT("n", 3));
    read_all(outlet);
    assert_non_null(strstr(outlet->text, "22:00:00.000 "));
    assert_non_null(strstr(outlet->text, "rollout.step operation=\"D1042\" n=3\n"));
    close_outlet(outlet);
}

static void blocked_stderr_drops_and_tells_how_many(void **state)
{
    struct outlet *outlet = open_outlet((struct log_options){ .form = LOG_JSON, .buffer_max_bytes = 4096 });
    uint64_t before = log_dropped(), dropped;
    size_t lines = 0;
    char told[64];

    (void)state;
    for (int i = 0; i < 5000; i++) /* far more than a pipe and the buffer hold; the call returns all the same */
        log_info("flood", LOG_INT("i", i));
    dropped = log_dropped() - before;
    assert_true(dropped > 0);
    assert_true(log_pending_bytes() > 0 && log_pending_bytes() <= 4096 + 256);
    for (int i = 0; i < 100 && (log_pending_bytes() > 0 || i == 0); i++) {
        read_all(outlet);
        log_flush();
    }
    log_info("after");
    read_all(outlet);
    for (char *c = outlet->text; (c = strstr(c, "\"flood\"")); c++)
        lines++;
    assert_int_equal(lines + dropped, 5000);
    snprintf(told, sizeof(told), "\"log.dropped\",\"lines\":%d}", (int)dropped);
    assert_non_null(strstr(outlet->text, told));
    assert_non_null(strstr(outlet->text, "\"after\""));
    close_outlet(outlet);
}

static void line_too_long_keeps_its_name(void **state)
{
    struct outlet *outlet = open_outlet((struct log_options){ .form = LOG_JSON });
    char *long_text = xcalloc(1, 100001);

    (void)state;
    memset(long_text, 'a', 100000);
    log_info("big", LOG_STR("v", long_text));
    read_all(outlet);
    assert_string_equal(outlet->text,
                        "{\"level\":\"info\",\"event\":\"big\",\"log_error\":\"the line was too long\"}\n");
    free(long_text);
    close_outlet(outlet);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(line_is_one_json_object),       cmocka_unit_test(level_hides_what_is_below),
        cmocka_unit_test(line_for_people_has_no_braces), cmocka_unit_test(blocked_stderr_drops_and_tells_how_many),
        cmocka_unit_test(line_too_long_keeps_its_name),
    };
    struct CMUnitTest tests[ARRAY_LEN(rows)];
    int failures = cmocka_run_group_tests(others, NULL, NULL);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    return failures + cmocka_run_group_tests(tests, NULL, NULL);
}
