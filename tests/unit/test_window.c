/* Windows of time: as people write them, and when they hold by the clocks on the wall there. */
#include "policy/window.h"

#include "bot/base/time.h"
#include "bot/configuration/zones.h"
#include "rows.h"
#include "tests/seed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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

static struct window window_of(const char *text)
{
    struct window window;
    struct error err;

    if (!window_parse(str_of(text), zones, arena, &window, &err))
        fail_msg("'%s': %s", text, err.message);
    return window;
}

/* ---- as they are written ---- */

static const struct text_row {
    const char *name;  /* the text */
    const char *wrong; /* part of what is told; NULL: it is good */
} text_rows[] = {
    { "Wed 22:00-24:00 UTC", NULL },
    { "Mon-Thu 09:00-16:00 Europe/Berlin", NULL },
    { "Sat,Sun UTC", NULL },
    { "Fri-Mon,Wed UTC", NULL },
    { "Mon UTC", NULL },
    { "2026-12-20 - 2027-01-02 Europe/Berlin", NULL },
    { "2026-12-24 12:00-24:00 UTC", NULL },
    { "2028-02-29 UTC", NULL },
    { "  Fri   22:00-02:00\tUTC ", NULL },
    { "Mon 00:00-00:00 UTC", NULL },
    { "", "expected days or dates" },
    { "Wed", "expected a zone" },
    { "UTC", "expected days or dates" },
    { "wed 22:00-24:00 UTC", "expected days or dates" },
    { "Wed-Foo UTC", "expected days or dates" },
    { "Wed- UTC", "expected days or dates" },
    { "-Wed UTC", "expected days or dates" },
    { "Wed, UTC", "expected days or dates" },
    { "Wed,,Thu UTC", "expected days or dates" },
    { "Mon-Tue-Wed UTC", "expected days or dates" },
    { "Wed 22:00-25:00 UTC", "expected hours" },
    { "Wed 22:00-24:01 UTC", "expected hours" },
    { "Wed 24:00-02:00 UTC", "expected hours" },
    { "Wed 22:00 UTC", "expected hours" },
    { "Wed 9:00-16:00 UTC", "expected hours" },
    { "Wed 22-23 UTC", "expected a zone" },
    { "Wed 22:00-24:00 utc", "expected a zone" },
    { "Wed 22:00-24:00 UTC now", "expected a zone" },
    { "2026-13-01 UTC", "expected days or dates" },
    { "2026-02-30 UTC", "expected days or dates" },
    { "2027-02-29 UTC", "expected days or dates" },
    { "2026-12-20 - UTC", "expected days or dates" },
    { "1999-12-31 UTC", "expected days or dates" },
    { "2026-12-20T - 2027-01-02 UTC", "expected days or dates" },
    { "2027-01-02 - 2026-12-20 UTC", "ends before it begins" },
    { "Wed Europe/Berln", "no such zone 'Europe/Berln'; did you mean 'Europe/Berlin'?" },
    { "Wed Berlin", "did you mean 'Europe/Berlin'?" },
    { "Wed CET", "no such zone 'CET'" },
    { "Wed EST", "no such zone 'EST'" },
    { "Wed Nowhere/Atall", "UTC, or a name of the tz database such as Europe/Berlin" },
    { "Wed ../../etc/passwd", "expected a zone" },
    { "Wed Europe/../../passwd", "expected a zone" },
};

static void check_text(void **state)
{
    const struct text_row *row = *state;
    struct window window = { .text = "as it was" };
    struct error err;

    assert_int_equal(window_parse(str_of(row->name), zones, arena, &window, &err), row->wrong == NULL);
    assert_string_equal(window.text, row->wrong ? "as it was" : row->name);
    if (row->wrong && !strstr(err.message, row->wrong))
        fail_msg("%s", err.message);
}

static void without_a_database_that_is_told(void **state)
{
    const struct zones none = { .problem = "this machine has none" };
    struct window window;
    struct error err;

    (void)state;
    assert_true(window_parse(STR_LIT("Wed UTC"), none, arena, &window, &err));
    assert_true(window_holds(&window, unix_ms_of("2026-11-18T00:00:00Z")));
    assert_false(window_parse(STR_LIT("Wed Europe/Berlin"), none, arena, &window, &err));
    assert_string_equal(err.message, "the zone 'Europe/Berlin' cannot be found: this machine has none");
}

/* ---- when they hold ---- */

static const struct hold_row {
    const char *name, *window, *at;
    bool holds;
} hold_rows[] = {
    { "on its day, in its hours", "Wed 22:00-24:00 UTC", "2026-11-18T22:00:00Z", true },
    { "to their last millisecond", "Wed 22:00-24:00 UTC", "2026-11-18T23:59:59.999Z", true },
    { "not a millisecond before", "Wed 22:00-24:00 UTC", "2026-11-18T21:59:59.999Z", false },
    { "not at their end", "Wed 22:00-24:00 UTC", "2026-11-19T00:00:00Z", false },
    { "not on another day", "Wed 22:00-24:00 UTC", "2026-11-17T22:30:00Z", false },
    { "whole days", "Sat,Sun UTC", "2026-11-21T00:00:00Z", true },
    { "to their end", "Sat,Sun UTC", "2026-11-22T23:59:59Z", true },
    { "and not after", "Sat,Sun UTC", "2026-11-23T00:00:00Z", false },
    { "days around the week's end", "Fri-Mon UTC", "2026-11-23T12:00:00Z", true },
    { "and none in its middle", "Fri-Mon UTC", "2026-11-24T12:00:00Z", false },
    { "over midnight, before it", "Fri 22:00-02:00 UTC", "2026-11-20T23:00:00Z", true },
    { "over midnight, after it", "Fri 22:00-02:00 UTC", "2026-11-21T01:59:59Z", true },
    { "not beyond", "Fri 22:00-02:00 UTC", "2026-11-21T02:00:00Z", false },
    { "not in the small hours of the day itself", "Fri 22:00-02:00 UTC", "2026-11-20T01:00:00Z", false },
    { "from Sunday into Monday", "Sun 22:00-02:00 UTC", "2026-11-23T01:00:00Z", true },
    { "from noon to noon", "Mon 12:00-12:00 UTC", "2026-11-24T11:59:59Z", true },
    { "the first date", "2026-12-20 - 2027-01-02 Europe/Berlin", "2026-12-19T23:00:00Z", true },
    { "a second before it there", "2026-12-20 - 2027-01-02 Europe/Berlin", "2026-12-19T22:59:59Z", false },
    { "the last date is included", "2026-12-20 - 2027-01-02 Europe/Berlin", "2027-01-02T22:59:59Z", true },
    { "the day after is not", "2026-12-20 - 2027-01-02 Europe/Berlin", "2027-01-02T23:00:00Z", false },
    { "hours of each date", "2026-12-20 - 2026-12-22 09:00-17:00 UTC", "2026-12-21T09:00:00Z", true },
    { "and not between", "2026-12-20 - 2026-12-22 09:00-17:00 UTC", "2026-12-21T17:00:00Z", false },
    { "a date's night ends on the next", "2026-12-31 22:00-02:00 UTC", "2027-01-01T01:00:00Z", true },
    { "Berlin's hours in winter", "Mon-Thu 09:00-16:00 Europe/Berlin", "2026-11-19T08:00:00Z", true },
    { "an hour earlier in summer", "Mon-Thu 09:00-16:00 Europe/Berlin", "2026-07-16T07:00:00Z", true },
    { "so that its end is earlier too", "Mon-Thu 09:00-16:00 Europe/Berlin", "2026-07-16T14:00:00Z", false },
    { "the skipped hour is not there, before", "Sun 02:00-03:00 Europe/Berlin", "2026-03-29T00:59:59Z", false },
    { "the skipped hour is not there, after", "Sun 02:00-03:00 Europe/Berlin", "2026-03-29T01:00:00Z", false },
    { "hours around it have one less", "Sun 01:00-04:00 Europe/Berlin", "2026-03-29T01:59:59Z", true },
    { "and end by the wall's clock", "Sun 01:00-04:00 Europe/Berlin", "2026-03-29T02:00:00Z", false },
    { "the doubled hour, the first time", "Sun 02:00-03:00 Europe/Berlin", "2026-10-25T00:00:00Z", true },
    { "the doubled hour, the second time", "Sun 02:00-03:00 Europe/Berlin", "2026-10-25T01:59:59Z", true },
    { "and not a third", "Sun 02:00-03:00 Europe/Berlin", "2026-10-25T02:00:00Z", false },
    { "half of it: the first time", "Sun 02:00-02:30 Europe/Berlin", "2026-10-25T00:29:59Z", true },
    { "half of it: between", "Sun 02:00-02:30 Europe/Berlin", "2026-10-25T00:30:00Z", false },
    { "half of it: the second time", "Sun 02:00-02:30 Europe/Berlin", "2026-10-25T01:00:00Z", true },
    { "New York's Monday begins in the night of UTC", "Mon America/New_York", "2026-11-16T05:00:00Z", true },
    { "and lasts into UTC's Tuesday", "Mon America/New_York", "2026-11-17T04:59:59Z", true },
    { "New York's skipped hour", "Sun 02:00-03:00 America/New_York", "2026-03-08T07:00:00Z", false },
    { "New York in 2040, by the rule", "Sun 01:00-02:00 America/New_York", "2040-11-04T06:30:00Z", true },
    { "Lord Howe's half hour, the first time", "Sun 01:30-02:00 Australia/Lord_Howe", "2026-04-04T14:30:00Z", true },
    { "Lord Howe's half hour, once more", "Sun 01:30-02:00 Australia/Lord_Howe", "2026-04-04T15:29:59Z", true },
    { "Lord Howe's half hour, over", "Sun 01:30-02:00 Australia/Lord_Howe", "2026-04-04T15:30:00Z", false },
    { "Lord Howe skips half an hour", "Sun 02:00-02:30 Australia/Lord_Howe", "2026-10-03T15:30:00Z", false },
    { "Kathmandu's Monday begins at a quarter past", "Mon Asia/Kathmandu", "2026-11-15T18:15:00Z", true },
    { "and not a second earlier", "Mon Asia/Kathmandu", "2026-11-15T18:14:59Z", false },
    { "Casablanca in Ramadan has UTC", "Mon 09:00-17:00 Africa/Casablanca", "2026-02-23T09:00:00Z", true },
    { "and else an hour more", "Mon 09:00-17:00 Africa/Casablanca", "2026-04-06T08:00:00Z", true },
    { "Casablanca's doubled hour, once more", "Sun 02:00-03:00 Africa/Casablanca", "2026-02-15T02:30:00Z", true },
    { "the day that Apia skipped is not there, before", "Fri Pacific/Apia", "2011-12-30T09:59:59Z", false },
    { "the day that Apia skipped is not there, after", "Fri Pacific/Apia", "2011-12-30T10:00:00Z", false },
    { "its eve is", "Thu Pacific/Apia", "2011-12-30T09:59:59Z", true },
    { "and the day after it", "Sat Pacific/Apia", "2011-12-30T10:00:00Z", true },
    { "nor as a date", "2011-12-30 Pacific/Apia", "2011-12-30T10:00:00Z", false },
    { "Berlin's summer of 2040", "Mon 09:00-10:00 Europe/Berlin", "2040-07-02T07:00:00Z", true },
    { "Berlin's winter of 2040", "Mon 09:00-10:00 Europe/Berlin", "2040-11-05T08:00:00Z", true },
};

static void check_hold(void **state)
{
    const struct hold_row *row = *state;
    struct window window = window_of(row->window);

    assert_int_equal(window_holds(&window, unix_ms_of(row->at)), row->holds);
}

/* ---- when that changes ---- */

static const struct change_row {
    const char *name, *window, *at, *changes; /* NULL: never */
} change_rows[] = {
    { "it begins", "Wed 22:00-24:00 UTC", "2026-11-18T21:00:00.500Z", "2026-11-18T22:00:00Z" },
    { "it ends", "Wed 22:00-24:00 UTC", "2026-11-18T22:00:00Z", "2026-11-19T00:00:00Z" },
    { "it begins next week", "Wed 22:00-24:00 UTC", "2026-11-19T00:00:00Z", "2026-11-25T22:00:00Z" },
    { "over midnight without a break", "Fri 22:00-02:00 UTC", "2026-11-20T22:30:00Z", "2026-11-21T02:00:00Z" },
    { "days that follow each other are one", "Sat,Sun UTC", "2026-11-21T10:00:00Z", "2026-11-23T00:00:00Z" },
    { "from noon to noon every day is for ever", "Mon-Sun 12:00-12:00 UTC", "2026-11-21T10:00:00Z", NULL },
    { "every day is for ever", "Mon-Sun Europe/Berlin", "2026-03-28T10:00:00Z", NULL },
    { "a freeze begins", "2026-12-20 - 2027-01-02 Europe/Berlin", "2026-01-01T00:00:00Z", "2026-12-19T23:00:00Z" },
    { "a freeze ends", "2026-12-20 - 2027-01-02 Europe/Berlin", "2026-12-24T00:00:00Z", "2027-01-02T23:00:00Z" },
    { "a freeze that is over never begins again", "2026-12-20 - 2027-01-02 UTC", "2027-01-03T00:00:00Z", NULL },
    { "one of nine years ends, too", "2026-02-01 - 2035-01-31 Europe/Berlin", "2026-02-02T00:00:00Z",
      "2035-01-31T23:00:00Z" },
    { "from noon to noon as well", "2026-02-01 - 2035-01-31 12:00-12:00 UTC", "2026-02-01T13:00:00Z",
      "2035-02-01T12:00:00Z" },
    { "with hours each day of it changes", "2026-02-01 - 2035-01-31 12:00-13:00 UTC", "2030-02-01T13:00:00Z",
      "2030-02-02T12:00:00Z" },
    { "hours behind its last day are its own", "2026-02-01 22:00-02:00 UTC", "2026-02-02T00:00:00Z",
      "2026-02-02T02:00:00Z" },
    { "long over it is never", "2020-02-01 - 2021-01-31 12:00-13:00 Europe/Berlin", "2026-02-01T13:00:00Z", NULL },
    { "beyond ten years is never", "2040-01-01 UTC", "2026-01-01T00:00:00Z", NULL },
    { "within them it is not", "2036-01-01 UTC", "2026-06-01T00:00:00Z", "2036-01-01T00:00:00Z" },
    { "the skipped hour is waited for a week", "Sun 02:00-03:00 Europe/Berlin", "2026-03-28T12:00:00Z",
      "2026-04-05T00:00:00Z" },
    { "what ends in it ends at the jump", "Sun 01:00-02:30 Europe/Berlin", "2026-03-29T00:30:00Z",
      "2026-03-29T01:00:00Z" },
    { "what begins in it begins at the jump", "Sun 02:30-04:00 Europe/Berlin", "2026-03-29T00:30:00Z",
      "2026-03-29T01:00:00Z" },
    { "the doubled hour is one of two hours", "Sun 02:00-03:00 Europe/Berlin", "2026-10-25T00:00:00Z",
      "2026-10-25T02:00:00Z" },
    { "half of it comes again", "Sun 02:00-02:30 Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z" },
    { "Apia's Friday is waited for a week", "Fri Pacific/Apia", "2011-12-29T12:00:00Z", "2012-01-05T10:00:00Z" },
    { "Apia's skipped date never comes", "2011-12-30 Pacific/Apia", "2011-12-01T00:00:00Z", NULL },
    { "in 2040 by the rule", "Sun 03:00-04:00 Europe/Berlin", "2040-03-24T12:00:00Z", "2040-03-25T01:00:00Z" },
};

static void check_change(void **state)
{
    const struct change_row *row = *state;
    struct window window = window_of(row->window);
    int64_t changes_ms = window_changes_at(&window, unix_ms_of(row->at));

    if (changes_ms != (row->changes ? unix_ms_of(row->changes) : INT64_MAX))
        fail_msg("%s", changes_ms == INT64_MAX ? "never" : time_format(changes_ms).text);
}

/* ---- against every minute ---- */

#define CASES 10000
#define DAYS_LOOKED 16

static uint64_t random_state;

static int64_t pick(int64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (int64_t)(random_state >> 1) % below;
}

static const char *random_window(int64_t near_ms)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char *const names[] = { "UTC",
                                         "Europe/Berlin",
                                         "America/New_York",
                                         "Australia/Lord_Howe",
                                         "Asia/Kathmandu",
                                         "Africa/Casablanca",
                                         "Pacific/Apia",
                                         "Europe/Dublin" };
    const char *when, *hours = "";

    if (pick(3) == 0) {
        int64_t near_first_ms = near_ms + (pick(24) - 12) * DAY_MS, oldest_ms = unix_ms_of("2000-01-01T00:00:00Z");
        int64_t first_ms = near_first_ms < oldest_ms ? oldest_ms : near_first_ms; /* as far back as a date goes */
        struct time_text first = time_format(first_ms), last = time_format(first_ms + pick(20) * DAY_MS);

        when = arena_printf(arena, "%.10s - %.10s", first.text, last.text);
    } else {
        when = arena_printf(arena, pick(2) ? "%s-%s" : "%s,%s", days[pick(7)], days[pick(7)]);
    }
    if (pick(4) > 0)
        hours =
            arena_printf(arena, "%02d:%02d-%02d:%02d", (int)pick(24), (int)pick(4) * 15, (int)pick(24), (int)pick(60));
    return arena_printf(arena, "%s %s %s", when, hours, names[pick(ARRAY_LEN(names))]);
}

/* Half of the time on the days on which clocks are changed somewhere. */
static int64_t random_instant(void)
{
    static const char *const dates[] = { "03-08", "03-25", "04-01", "10-01", "10-25", "11-01", "12-29" };
    int64_t year = 2000 + pick(50);

    if (pick(2) == 0)
        return unix_ms_of("2000-01-01T00:00:00Z") + pick(50 * 365 * 1440) * MINUTE_MS;
    return unix_ms_of(
               arena_printf(arena, "%d-%sT00:00:00Z", pick(9) == 0 ? 2011 : (int)year, dates[pick(ARRAY_LEN(dates))])) +
           pick(1440) * MINUTE_MS;
}

static void changes_are_where_every_minute_shows_them(void **state)
{
    uint64_t seed = seed_of_run();

    (void)state;
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    print_message("SEED=%" PRIu64 "\n", seed);
    for (size_t i = 0; i < CASES; i++) {
        int64_t from_ms = random_instant(), at_ms = from_ms;
        struct window window = window_of(random_window(from_ms));
        int64_t changes_ms = window_changes_at(&window, from_ms);
        bool holds = window_holds(&window, from_ms);

        while (at_ms < from_ms + DAYS_LOOKED * DAY_MS && window_holds(&window, at_ms) == holds)
            at_ms += MINUTE_MS;
        if (at_ms >= from_ms + DAYS_LOOKED * DAY_MS ? changes_ms < at_ms : changes_ms != at_ms)
            fail_msg("'%s' from %s: %s, but %s", window.text, time_format(from_ms).text,
                     changes_ms == INT64_MAX ? "never" : time_format(changes_ms).text, time_format(at_ms).text);
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(without_a_database_that_is_told),
        cmocka_unit_test(changes_are_where_every_minute_shows_them),
    };
    int failed;

    arena = arena_create();
    zones = zones_create(arena);
    failed = ROWS(text_rows, check_text) + ROWS(hold_rows, check_hold) + ROWS(change_rows, check_change) +
             cmocka_run_group_tests_name("windows", others, NULL, NULL);
    arena_destroy(arena);
    return failed;
}
