/* When something is planned for: an instant as people type it, by the zones that the file names, and windows for it. */
#include "tests/unit/decision_fixture.h"

#include "policy/planned.h"

#define FILE_OF(maintenance)                                                                                           \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\nmaintenance: {" maintenance " }\n"
#define BERLIN " zones: [Europe/Berlin], windows: [\"Sat 22:00-24:00 America/New_York\"]"

static int64_t unix_ms_of(const char *text)
{
    struct error err;
    int64_t unix_ms;

    if (!time_parse(str_of(text), &unix_ms, &err))
        fail_msg("%s: %s", text, err.message);
    return unix_ms;
}

#define FRIDAY "2026-11-20T22:00:30Z" /* a Friday, within a minute */

static const struct instant_row {
    const char *name; /* as it is typed */
    const char *maintenance, *now;
    const char *at; /* or part of what is wrong */
} instant_rows[] = {
    { "Wed 22:00 UTC", "", FRIDAY, "2026-11-25T22:00:00Z" },
    { "Wed 22:00", "", FRIDAY, "2026-11-25T22:00:00Z" },
    { "  Wed   9:05\tUTC ", "", FRIDAY, "2026-11-25T09:05:00Z" },
    { "Fri 22:01 UTC", "", FRIDAY, "2026-11-20T22:01:00Z" },
    { "Fri 22:00 UTC", "", FRIDAY, "2026-11-27T22:00:00Z" },
    { "Fri 21:59 UTC", "", FRIDAY, "2026-11-27T21:59:00Z" },
    { "Sat 23:59 UTC", "", FRIDAY, "2026-11-21T23:59:00Z" },
    { "2026-11-25 22:00 UTC", "", FRIDAY, "2026-11-25T22:00:00Z" },
    { "2026-11-25 22:00 Europe/Berlin", BERLIN, FRIDAY, "2026-11-25T21:00:00Z" },
    { "2026-11-25 22:00", BERLIN, FRIDAY, "2026-11-25T21:00:00Z" },
    { "2026-11-25 22:00 America/New_York", BERLIN, FRIDAY, "2026-11-26T03:00:00Z" },
    { "today 23:30 UTC", "", FRIDAY, "2026-11-20T23:30:00Z" },
    { "Tomorrow 22:00 UTC", "", FRIDAY, "2026-11-21T22:00:00Z" },
    { "tomorrow 00:30", BERLIN, "2026-11-20T23:30:00Z", "2026-11-21T23:30:00Z" }, /* it is Saturday there already */
    { "in 2h30m", "", FRIDAY, "2026-11-21T00:30:30Z" },
    { "now", "", FRIDAY, FRIDAY },
    { "2027-03-28 03:30 Europe/Berlin", BERLIN, FRIDAY, "2027-03-28T01:30:00Z" },
    { "2027-03-28 02:30 Europe/Berlin", BERLIN, FRIDAY, "is never: the clocks skip it that day" },
    { "2026-11-19 22:00 UTC", "", FRIDAY, "is past" },
    { "today 21:00 UTC", "", FRIDAY, "is past" },
    { "2026-11-20 22:00 UTC", "", FRIDAY, "is past" },
    { "2029-11-20 22:00 UTC", "", FRIDAY, "more than 400 days away" },
    { "in 401d", "", FRIDAY, "more than 400 days away" },
    { "Wed 22:00 Europe/Berlin", "", FRIDAY, "not among those of `maintenance.zones`: UTC" },
    { "Wed 22:00 Europe/Berln", BERLIN, FRIDAY, "not among those of `maintenance.zones`: UTC, Europe/Berlin" },
    { "tomorrow 22:00 Mars", "", FRIDAY, "not among those" },
    { "", "", FRIDAY, "is no time" },
    { "Wed", "", FRIDAY, "is no time" },
    { "22:00", "", FRIDAY, "is no time" },
    { "Wed 24:00 UTC", "", FRIDAY, "is no time" },
    { "Wed 22:60 UTC", "", FRIDAY, "is no time" },
    { "Wed 22 UTC", "", FRIDAY, "is no time" },
    { "Wed 22:00 UTC please", "", FRIDAY, "is no time" },
    { "wed 22:00 UTC", "", FRIDAY, "is no time" },
    { "Mon-Wed 22:00 UTC", "", FRIDAY, "is no time" },
    { "Mon,Wed 22:00 UTC", "", FRIDAY, "is no time" },
    { "2026-02-30 22:00 UTC", "", FRIDAY, "is no time" },
    { "2026-11-25T22:00:00Z", "", FRIDAY, "is no time" },
    { "in 2 hours", "", FRIDAY, "is no time" },
    { "in", "", FRIDAY, "is no time" },
    { "now or never", "", FRIDAY, "is no time" },
};

static struct decision_fixture *create(const char *maintenance)
{
    AUTO_FREE char *text = NULL;

    assert_true(asprintf(&text, FILE_OF("%s"), maintenance) > 0);
    return decision_create(text);
}

static void check_instant(void **state)
{
    const struct instant_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = create(row->maintenance);
    struct error err = { 0 };
    int64_t at_ms = 0;

    if (planned_read(fixture->view.policy, str_of(row->name), unix_ms_of(row->now), fixture->arena, &at_ms, &err)) {
        if (row->at[0] != '2')
            fail_msg("it is taken for %s", time_format(at_ms).text);
        assert_string_equal(time_format(at_ms).text, time_format(unix_ms_of(row->at)).text);
    } else if (!strstr(err.message, row->at)) {
        fail_msg("'%s' in '%s'?", row->at, err.message);
    }
}

static const struct window_row {
    const char *name, *maintenance, *at;
    int64_t for_ms;
    bool fits;
    const char *next; /* when it does not */
} window_rows[] = {
    { "without windows always", "", "2026-11-20T22:00:00Z", 5 * HOUR_MS, true, NULL },
    { "within one", " windows: \"Wed 22:00-24:00 UTC\"", "2026-11-25T22:00:00Z", HOUR_MS, true, NULL },
    { "it may end as that does", " windows: \"Wed 22:00-24:00 UTC\"", "2026-11-25T22:00:00Z", 2 * HOUR_MS, true, NULL },
    { "and no later", " windows: \"Wed 22:00-24:00 UTC\"", "2026-11-25T22:01:00Z", 2 * HOUR_MS, false,
      "2026-12-02T22:00:00Z" },
    { "nor begin sooner", " windows: \"Wed 22:00-24:00 UTC\"", "2026-11-25T21:59:00Z", HOUR_MS, false,
      "2026-11-25T22:00:00Z" },
    { "two that touch are one", " windows: [\"Wed 22:00-24:00 UTC\", \"Thu 00:00-02:00 UTC\"]", "2026-11-25T23:00:00Z",
      2 * HOUR_MS, true, NULL },
    { "longer than any", " windows: \"Wed 22:00-24:00 UTC\"", "2026-11-25T22:00:00Z", 3 * HOUR_MS, false, NULL },
};

static void check_window(void **state)
{
    const struct window_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = create(row->maintenance);
    int64_t next_ms;

    assert_int_equal(planned_fits(fixture->view.policy, unix_ms_of(row->at), row->for_ms, &next_ms), row->fits);
    assert_string_equal(time_format(next_ms).text, time_format(row->next ? unix_ms_of(row->next) : 0).text);
}

int main(void)
{
    return ROWS(instant_rows, check_instant) + ROWS(window_rows, check_window);
}
