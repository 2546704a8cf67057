/* Five fields of crontab(5): as people write them, and when they come next by the clocks on the wall there. */
#include "handlers/schedule/cron.h"

#include "bot/base/time.h"
#include "bot/configuration/zones.h"
#include "rows.h"

#include <inttypes.h>
#include <string.h>

static struct arena *arena;
static struct zones zones;

static int64_t unix_ms_of(const char *text)
{
    struct error err;
    int64_t unix_ms;

    if (!time_parse(str_of(text), &unix_ms, &err))
        fail_msg("%s", err.message);
    return unix_ms;
}

static const struct zone *zone_of(const char *name)
{
    struct error err;
    const struct zone *zone = zones_find(zones, str_of(name), &err);

    if (!zone)
        fail_msg("%s", err.message);
    return zone;
}

static struct cron cron_of(const char *text)
{
    struct error err;
    struct cron cron;

    if (!cron_parse(str_of(text), &cron, &err))
        fail_msg("%s: %s", text, err.message);
    return cron;
}

/* ---- as they are written ---- */

static const struct text_row {
    const char *name;  /* the text */
    const char *wrong; /* part of what is told; NULL: it is good */
} text_rows[] = {
    { "0 2 * * *", NULL },
    { "  */15   9-17\t* * mon-FRI ", NULL },
    { "0,30 0-23/2 1,15,31 jan,Jul 0", NULL },
    { "5-10/2 * * * 7", NULL },
    { "0 0 31 2 *", NULL }, /* is none, and never comes */
    { "", "the minute is missing" },
    { "0 2 * *", "the day of the week is missing" },
    { "0 2 * * * *", "there are more" },
    { "60 2 * * *", "'60' is no minute" },
    { "-1 2 * * *", "is no minute" },
    { "0 24 * * *", "'24' is no hour" },
    { "0 2 0 * *", "'0' is no day of the month" },
    { "0 2 32 * *", "'32' is no day of the month" },
    { "0 2 * 13 *", "'13' is no month: expected 1 to 12 or its name" },
    { "0 2 * foo *", "'foo' is no month" },
    { "0 2 * * 8", "'8' is no day of the week" },
    { "0 2 * * monday", "'monday' is no day of the week" },
    { "mon 2 * * *", "'mon' is no minute" },
    { "5/2 * * * *", "'5/2' is no minute" }, /* crontab(5) takes steps of ranges alone */
    { "*/0 * * * *", "is no minute" },
    { "*/ * * * *", "is no minute" },
    { "/5 * * * *", "is no minute" },
    { "10-5 * * * *", "is no minute" },
    { "5- * * * *", "is no minute" },
    { "1,,2 * * * *", "is no minute" },
    { "1, * * * *", "is no minute" },
    { ", * * * *", "is no minute" },
    { "1-2-3 * * * *", "is no minute" },
    { "+5 * * * *", "is no minute" },
    { "*5 * * * *", "is no minute" },
    { "@daily", "is no minute" },
    { "99999999999999999999 * * * *", "is no minute" },
};

static void check_text(void **state)
{
    const struct text_row *row = *state;
    struct cron cron;
    struct error err;
    bool is_good = cron_parse(str_of(row->name), &cron, &err);

    assert_int_equal(is_good, row->wrong == NULL);
    if (row->wrong && !strstr(err.message, row->wrong))
        fail_msg("%s", err.message);
}

/* ---- when they come ---- */

#define TIMES_MAX 5

static const struct time_row {
    const char *name, *cron, *zone, *after;
    const char *next[TIMES_MAX]; /* UTC; NULL behind the last that is looked at */
} time_rows[] = {
    { "each night", "0 2 * * *", "UTC", "2026-11-23T01:59:59Z", { "2026-11-23T02:00:00Z", "2026-11-24T02:00:00Z" } },
    { "never the moment itself", "0 2 * * *", "UTC", "2026-11-23T02:00:00Z", { "2026-11-24T02:00:00Z" } },
    { "before 1970", "0 0 1 1 *", "UTC", "1970-01-01T00:00:00Z", { "1971-01-01T00:00:00Z" } },
    { "lists, ranges, steps",
      "0,30 9-17/4 * * *",
      "UTC",
      "2026-11-23T09:00:00Z",
      { "2026-11-23T09:30:00Z", "2026-11-23T13:00:00Z", "2026-11-23T13:30:00Z", "2026-11-23T17:00:00Z" } },
    { "the 31st, where there is one",
      "0 0 31 * *",
      "UTC",
      "2026-01-31T00:00:00Z",
      { "2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z", "2026-07-31T00:00:00Z", "2026-08-31T00:00:00Z" } },
    { "a leap day", "0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", { "2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z" } },
    { "no leap day in 2100", "0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", { "2104-02-29T00:00:00Z" } },
    { "a day of the week", "0 6 * * mon", "UTC", "2026-11-23T06:00:00Z", { "2026-11-30T06:00:00Z" } },
    { "Sunday is 7, too", "0 6 * * 7", "UTC", "2026-11-23T06:00:00Z", { "2026-11-29T06:00:00Z" } },
    { "to Sunday as 7",
      "0 6 * * 6-7",
      "UTC",
      "2026-11-23T06:00:00Z",
      { "2026-11-28T06:00:00Z", "2026-11-29T06:00:00Z", "2026-12-05T06:00:00Z" } },
    { "both days: either",
      "0 0 13 * fri",
      "UTC",
      "2026-11-01T00:00:00Z",
      { "2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z",
        "2026-12-04T00:00:00Z" } },
    { "a star with a step is a star",
      "0 0 */2 * fri",
      "UTC",
      "2026-11-01T00:00:00Z",
      { "2026-11-13T00:00:00Z", "2026-11-27T00:00:00Z", "2026-12-11T00:00:00Z" } },
    { "quarterly",
      "0 9 1 jan,apr,jul,oct *",
      "Europe/Berlin",
      "2026-11-23T00:00:00Z",
      { "2027-01-01T08:00:00Z", "2027-04-01T07:00:00Z", "2027-07-01T07:00:00Z" } },
    { "Berlin, winter and summer",
      "0 2 * * *",
      "Europe/Berlin",
      "2026-03-27T12:00:00Z",
      { "2026-03-28T01:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z" } },
    { "Berlin, an hour that is left out",
      "30 2 * * *",
      "Europe/Berlin",
      "2026-03-28T12:00:00Z",
      { "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z" } },
    { "several times in it are one",
      "*/10 2 * * *",
      "Europe/Berlin",
      "2026-03-29T00:00:00Z",
      { "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z" } },
    { "and none beside one that is there",
      "0,30 2,3 * * *",
      "Europe/Berlin",
      "2026-03-29T00:00:00Z",
      { "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:00:00Z" } },
    { "every hour goes on evenly in spring",
      "30 * * * *",
      "Europe/Berlin",
      "2026-03-29T00:00:00Z",
      { "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z" } },
    { "Berlin, an hour that comes twice",
      "30 2 * * *",
      "Europe/Berlin",
      "2026-10-24T12:00:00Z",
      { "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z" } },
    { "what is behind it comes once",
      "0 3 * * *",
      "Europe/Berlin",
      "2026-10-24T12:00:00Z",
      { "2026-10-25T02:00:00Z", "2026-10-26T02:00:00Z" } },
    { "every hour goes on evenly in autumn",
      "30 * * * *",
      "Europe/Berlin",
      "2026-10-25T00:00:00Z",
      { "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z" } },
    { "New York, left out", "15 2 8 3 *", "America/New_York", "2026-03-01T00:00:00Z", { "2026-03-08T07:00:00Z" } },
    { "New York, twice",
      "30 1 * * *",
      "America/New_York",
      "2026-11-01T00:00:00Z",
      { "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z" } },
    { "Lord Howe, half an hour left out",
      "15 2 * * *",
      "Australia/Lord_Howe",
      "2026-10-03T00:00:00Z",
      { "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z" } },
    { "Lord Howe, what is behind it",
      "45 2 * * *",
      "Australia/Lord_Howe",
      "2026-10-03T00:00:00Z",
      { "2026-10-03T15:45:00Z", "2026-10-04T15:45:00Z" } },
    { "Lord Howe, half an hour twice",
      "45 1 * * *",
      "Australia/Lord_Howe",
      "2026-04-04T00:00:00Z",
      { "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z" } },
    { "by the rule behind the file's last change",
      "30 2 * * *",
      "Europe/Berlin",
      "2060-03-27T12:00:00Z",
      { "2060-03-28T01:00:00Z", "2060-03-29T00:30:00Z" } },
    { "never", "0 0 31 2 *", "UTC", "2026-01-01T00:00:00Z", { NULL } },
    { "nor the 31st of short months", "0 0 31 apr,jun,sep,nov *", "UTC", "2026-01-01T00:00:00Z", { NULL } },
};

static void check_times(void **state)
{
    const struct time_row *row = *state;
    const struct cron cron = cron_of(row->cron);
    const struct zone *zone = zone_of(row->zone);
    int64_t at_ms = unix_ms_of(row->after);

    if (!row->next[0])
        assert_int_equal(cron_next(&cron, zone, at_ms), CRON_NEVER);
    for (size_t i = 0; i < TIMES_MAX && row->next[i]; i++) {
        at_ms = cron_next(&cron, zone, at_ms);
        if (at_ms != unix_ms_of(row->next[i]))
            fail_msg("wanted %s, found %s", row->next[i], at_ms == CRON_NEVER ? "never" : time_format(at_ms).text);
    }
}

/* ---- what was due meanwhile ---- */

static const struct passed_row {
    const char *name, *cron, *from, *until;
    const char *last; /* NULL: none */
    int64_t count;
} passed_rows[] = {
    { "none", "0 2 * * *", "2026-11-23T02:00:01Z", "2026-11-24T01:59:59Z", NULL, 0 },
    { "both ends count", "0 2 * * *", "2026-11-23T02:00:00Z", "2026-11-24T02:00:00Z", "2026-11-24T02:00:00Z", 2 },
    { "a week of nights", "0 2 * * *", "2026-11-16T02:00:00Z", "2026-11-23T01:00:00Z", "2026-11-22T02:00:00Z", 7 },
    { "a year of months", "0 0 1 * *", "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", "2026-12-01T00:00:00Z", 12 },
    { "years of leap days", "0 0 29 2 *", "2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2024-02-29T00:00:00Z", 2 },
    { "no more than asked for", "* * * * *", "2026-01-01T00:00:00Z", "2026-12-31T00:00:30Z", "2026-12-31T00:00:00Z",
      100 },
};

static void check_passed(void **state)
{
    const struct passed_row *row = *state;
    const struct cron cron = cron_of(row->cron);
    int64_t from_ms = unix_ms_of(row->from), until_ms = unix_ms_of(row->until);

    assert_int_equal(cron_last(&cron, &zone_utc, from_ms, until_ms), row->last ? unix_ms_of(row->last) : CRON_NEVER);
    assert_int_equal(cron_count(&cron, &zone_utc, from_ms, until_ms, 100), row->count);
}

/* ---- in words ---- */

static void a_time_is_told_by_the_clock_there(void **state)
{
    (void)state;
    assert_string_equal(cron_wall(unix_ms_of("2026-03-29T01:00:00Z"), zone_of("Europe/Berlin"), arena),
                        "Sun 29 Mar 2026 03:00 Europe/Berlin");
}

int main(void)
{
    static const struct CMUnitTest others[] = { cmocka_unit_test(a_time_is_told_by_the_clock_there) };
    int failed;

    arena = arena_create();
    zones = zones_create(arena);
    failed = ROWS(text_rows, check_text) + ROWS(time_rows, check_times) + ROWS(passed_rows, check_passed) +
             cmocka_run_group_tests_name("cron", others, NULL, NULL);
    arena_destroy(arena);
    return failed;
}
