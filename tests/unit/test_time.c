/* Instants and durations, as numbers and as text. */
#include "tests/unit/rows.h"

#include "bot/base/time.h"

#include <string.h>

/* ---- durations ---- */

static const struct duration_row {
    const char *name, *text;
    int64_t ms; /* -1: refused */
    const char *printed;
} duration_rows[] = {
    { "seconds", "30s", 30 * SECOND_MS, "30s" },
    { "minutes", "5m", 5 * MINUTE_MS, "5m" },
    { "hours beyond a day", "48h", 48 * HOUR_MS, "2d" },
    { "days", "2d", 2 * DAY_MS, "2d" },
    { "milliseconds", "250ms", 250, "250ms" },
    { "two units", "1h30m", 90 * MINUTE_MS, "1h30m" },
    { "all units", "1d2h3m4s5ms", DAY_MS + 2 * HOUR_MS + 3 * MINUTE_MS + 4 * SECOND_MS + 5, "1d2h3m4s5ms" },
    { "more seconds than a minute has", "90s", 90 * SECOND_MS, "1m30s" },
    { "zero", "0s", 0, "0s" },
    { "the longest there is", "9223372036854775807ms", INT64_MAX, "106751991167d7h12m55s807ms" },
    { "a millisecond longer", "9223372036854775808ms", -1, NULL },
    { "days past all counting", "9223372036854775807d", -1, NULL },
    { "a sum past all counting", "106751991167d8h", -1, NULL },
    { "a number without a unit", "30", -1, NULL },
    { "a unit without a number", "s", -1, NULL },
    { "nothing", "", -1, NULL },
    { "small units first", "30m1h", -1, NULL },
    { "a unit twice", "1m1m", -1, NULL },
    { "a space between", "1h 30m", -1, NULL },
    { "a space behind", "1h ", -1, NULL },
    { "a negative one", "-5s", -1, NULL },
    { "a fraction", "1.5h", -1, NULL },
    { "a unit nobody has", "3w", -1, NULL },
    { "upper case", "5M", -1, NULL },
};

static void check_duration(void **state)
{
    const struct duration_row *row = *state;
    struct error err = { ERR_NONE, "" };
    int64_t ms = 4711;

    assert_int_equal(duration_parse(str_of(row->text), &ms, &err), row->ms >= 0);
    assert_true(ms == (row->ms >= 0 ? row->ms : 4711));
    if (row->ms < 0) {
        assert_int_equal(err.code, ERR_INVALID);
        return;
    }
    assert_string_equal(duration_format(ms).text, row->printed);
    assert_true(duration_parse(str_of(duration_format(ms).text), &ms, &err) && ms == row->ms);
}

static const struct about_row {
    const char *name;
    int64_t ms;
    const char *text;
} about_rows[] = {
    { "no time", 0, "0 ms" },
    { "less than a second", 999, "999 ms" },
    { "a second", SECOND_MS, "1 s" },
    { "up to two minutes in seconds", 2 * MINUTE_MS - 1, "119 s" },
    { "two minutes", 2 * MINUTE_MS, "2 min" },
    { "up to two hours in minutes", 2 * HOUR_MS - 1, "119 min" },
    { "hours", 4 * HOUR_MS + 59 * MINUTE_MS, "4 h" },
    { "days", 2 * DAY_MS, "2 days" },
    { "for ever", INT64_MAX, "106751991167 days" },
};

static const struct exact_row {
    const char *name;
    int64_t ms;
    const char *text;
} exact_rows[] = {
    { "no time, exactly", 0, "0 ms" },        { "seconds", 90 * SECOND_MS, "90 s" },
    { "minutes", 15 * MINUTE_MS, "15 min" },  { "minutes and a bit", 150 * SECOND_MS, "2m30s" },
    { "hours", 3 * HOUR_MS, "3 h" },          { "hours and a half", 150 * MINUTE_MS, "2h30m" },
    { "days", 3 * DAY_MS, "3 days" },         { "days and an hour", 3 * DAY_MS + HOUR_MS, "3d1h" },
    { "less than a second more", 1001, "1s1ms" },
};

static void check_exact(void **state)
{
    const struct exact_row *row = *state;

    assert_string_equal(duration_exact(row->ms).text, row->text);
}

static void check_about(void **state)
{
    const struct about_row *row = *state;

    assert_string_equal(duration_about(row->ms).text, row->text);
}

/* ---- RFC 3339 ---- */

#define BAD INT64_MIN

static const struct time_row {
    const char *name, *text;
    int64_t unix_ms;
} time_rows[] = {
    { "the beginning", "1970-01-01T00:00:00Z", 0 },
    { "the example of RFC 3339", "1985-04-12T23:20:50.52Z", INT64_C(482196050520) },
    { "an offset to the west", "1996-12-19T16:39:57-08:00", INT64_C(851042397000) },
    { "the same in UTC", "1996-12-20T00:39:57Z", INT64_C(851042397000) },
    { "an offset of half an hour", "1937-01-01T12:00:27.87+00:20", BAD }, /* before 1970: nothing of ours is */
    { "an offset to the east over midnight", "2026-03-01T00:30:00+01:00", INT64_C(1772321400000) },
    { "small letters", "2026-11-20t22:00:00z", INT64_C(1795212000000) },
    { "nanoseconds are cut to milliseconds", "2026-11-20T22:00:00.123999999Z", INT64_C(1795212000123) },
    { "ten fraction digits", "2026-11-20T22:00:00.1234567890Z", BAD },
    { "a point and no fraction", "2026-11-20T22:00:00.Z", BAD },
    { "a leap day", "2024-02-29T12:00:00Z", INT64_C(1709208000000) },
    { "a leap day of a year without one", "2023-02-29T12:00:00Z", BAD },
    { "a leap day of 2100, which has none", "2100-02-29T00:00:00Z", BAD },
    { "a leap day of 2000, which has one", "2000-02-29T00:00:00Z", INT64_C(951782400000) },
    { "the thirty-first of April", "2026-04-31T00:00:00Z", BAD },
    { "the last of December", "2026-12-31T23:59:59.999Z", INT64_C(1798761599999) },
    { "a leap second", "2016-12-31T23:59:60Z", INT64_C(1483228800000) },
    { "second 61", "2016-12-31T23:59:61Z", BAD },
    { "hour 24", "2026-11-20T24:00:00Z", BAD },
    { "month 13", "2026-13-01T00:00:00Z", BAD },
    { "month 0", "2026-00-01T00:00:00Z", BAD },
    { "no offset", "2026-11-20T22:00:00", BAD },
    { "an offset without minutes", "2026-11-20T22:00:00+01", BAD },
    { "an offset of a whole day", "2026-11-20T22:00:00+24:00", BAD },
    { "a space for the T", "2026-11-20 22:00:00Z", BAD },
    { "something behind", "2026-11-20T22:00:00Zx", BAD },
    { "a date alone", "2026-11-20", BAD },
    { "a short year", "26-11-20T22:00:00Z", BAD },
    { "nothing", "", BAD },
};

static void check_time(void **state)
{
    const struct time_row *row = *state;
    struct error err = { ERR_NONE, "" };
    int64_t unix_ms = 4711, again;

    assert_int_equal(time_parse(str_of(row->text), &unix_ms, &err), row->unix_ms != BAD);
    assert_true(unix_ms == (row->unix_ms == BAD ? 4711 : row->unix_ms));
    if (row->unix_ms == BAD) {
        assert_int_equal(err.code, ERR_INVALID);
        return;
    }
    assert_true(time_parse(str_of(time_format(unix_ms).text), &again, &err) && again == unix_ms);
}

static void check_format(void **state)
{
    (void)state;
    assert_string_equal(time_format(INT64_C(1795212000000)).text, "2026-11-20T22:00:00.000Z");
    assert_string_equal(time_format(1).text, "1970-01-01T00:00:00.001Z");
    assert_string_equal(time_format(-1).text, "1969-12-31T23:59:59.999Z");
    assert_string_equal(time_format(INT64_C(951782399999)).text, "2000-02-28T23:59:59.999Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = { { "an instant is printed in UTC with milliseconds", check_format, NULL, NULL,
                                          NULL } };
    int failed = ROWS(duration_rows, check_duration) + ROWS(about_rows, check_about) + ROWS(exact_rows, check_exact) + ROWS(time_rows, check_time);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
