/* How long something takes when only hours of work count: over nights, week-ends, holidays and changes of clocks. */
#include "policy/hours.h"

#include "bot/base/time.h"
#include "bot/configuration/zones.h"
#include "rows.h"

#include <string.h>

#define WORK "Mon-Fri 09:00-17:00 UTC"
#define BERLIN "Mon-Fri 09:00-17:00 Europe/Berlin"

static const struct row {
    const char *name, *open[3], *closed[3];
    const char *from, *takes, *until;
} rows[] = {
    { "without hours all time counts", { NULL }, { NULL }, "2026-11-20T22:00:00Z", "4h", "2026-11-21T02:00:00Z" },
    { "within a day", { WORK }, { NULL }, "2026-11-20T10:00:00Z", "4h", "2026-11-20T14:00:00Z" },
    { "from before it begins", { WORK }, { NULL }, "2026-11-20T03:00:00Z", "4h", "2026-11-20T13:00:00Z" },
    { "until just when it ends", { WORK }, { NULL }, "2026-11-20T10:00:00Z", "7h", "2026-11-20T17:00:00Z" },
    { "over a week-end", { WORK }, { NULL }, "2026-11-20T16:00:00Z", "8h", "2026-11-23T16:00:00Z" },
    { "told on Friday night", { WORK }, { NULL }, "2026-11-20T22:00:00Z", "15m", "2026-11-23T09:15:00Z" },
    { "over several days", { WORK }, { NULL }, "2026-11-23T09:00:00Z", "20h", "2026-11-25T13:00:00Z" },
    { "two windows are one day",
      { "Mon-Fri 09:00-12:00 UTC", "Mon-Fri 13:00-17:00 UTC" },
      { NULL },
      "2026-11-23T11:00:00Z",
      "2h",
      "2026-11-23T14:00:00Z" },
    { "a holiday is none", { WORK }, { "2026-11-24 UTC" }, "2026-11-23T16:00:00Z", "2h", "2026-11-25T10:00:00Z" },
    { "nor are several",
      { WORK },
      { "2026-12-24 - 2026-12-26 UTC", "2026-12-31 - 2027-01-01 UTC" },
      "2026-12-23T16:00:00Z",
      "26h",
      "2027-01-04T10:00:00Z" },
    { "where the clocks are changed between",
      { BERLIN },
      { NULL },
      "2026-03-27T15:00:00Z",
      "2h",
      "2026-03-30T08:00:00Z" },
    { "hours that never come again are none",
      { "2020-01-01 UTC" },
      { NULL },
      "2026-11-20T22:00:00Z",
      "4h",
      "2026-11-21T02:00:00Z" },
    { "nor those that a holiday covers for ever",
      { WORK },
      { "2026-01-01 - 2099-12-31 UTC" },
      "2026-11-20T10:00:00Z",
      "4h",
      "2026-11-20T14:00:00Z" },
};

static struct window *windows_of(const char *const texts[3], struct arena *arena, size_t *ret_count)
{
    struct zones zones = zones_create(arena);
    struct window *list = NULL, window;
    struct error err;

    *ret_count = 0;
    for (size_t i = 0; i < 3 && texts[i]; i++) {
        if (!window_parse(str_of(texts[i]), zones, arena, &window, &err))
            fail_msg("%s", err.message);
        *ARENA_PUSH(arena, list, *ret_count) = window;
    }
    return list;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct arena *arena = arena_create();
    int64_t from_ms, takes_ms, until_ms;
    struct hours hours = { 0 };
    struct error err;

    hours.open = windows_of(row->open, arena, &hours.open_count);
    hours.closed = windows_of(row->closed, arena, &hours.closed_count);
    assert_true(time_parse(str_of(row->from), &from_ms, &err) && duration_parse(str_of(row->takes), &takes_ms, &err));
    assert_true(time_parse(str_of(row->until), &until_ms, &err));
    assert_string_equal(time_format(hours_after(&hours, from_ms, takes_ms)).text, time_format(until_ms).text);
    arena_destroy(arena);
}

int main(void)
{
    return ROWS(rows, check_row);
}
