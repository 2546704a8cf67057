/* A start that cannot end inside its window is refused, with the arithmetic; windows that adjoin are one. */
#include "policy_fixture.h"

#define CANARY "3 steps that bake 5 min each need"

/* Asked on Saturday, 2026-11-21 at 10:00 UTC. */
static const struct row {
    const char *name, *windows;
    int64_t needs_ms;
    enum need_state state;     /* before it begins, and when it is asked */
    const char *reason, *turn; /* NULL: whatever */
    bool is_closed;            /* to an increase, too */
} rows[] = {
    { "long enough", "\"Sat 09:00-10:20 UTC\"", 15 * MINUTE_MS, NEED_MET, NULL, NULL, false },
    { "it closes just then, and is closed when the last increase is asked", "\"Sat 09:00-10:15 UTC\"", 15 * MINUTE_MS,
      NEED_UNMET, NULL, "It can begin Sat 09:00 UTC, in 6 days.", false },
    { "it closes a moment later", "\"Sat 09:00-10:15 UTC\"", 15 * MINUTE_MS - 1, NEED_MET, NULL, NULL, false },
    { "one exactly as long as it takes is too short whenever it opens", "\"Sat 10:00-10:15 UTC\"", 15 * MINUTE_MS,
      NEED_UNMET, NULL, "No window is longer than 15 min: change `steps` or `bake`, or the window in test.yaml:28.",
      false },
    { "one of a minute more is not", "[\"Sat 09:00-10:15 UTC\", \"Sun 10:00-10:16 UTC\"]", 15 * MINUTE_MS, NEED_UNMET,
      NULL, "It can begin Sun 10:00 UTC, in 24 h.", false },
    { "nine minutes are left", "\"Mon-Sat 09:00-11:09 Europe/Berlin\"", 15 * MINUTE_MS, NEED_UNMET,
      "deploy of api in production requires a window that is open long enough (the window closes Sat 11:09 "
      "Europe/Berlin, in 9 min, and " CANARY " at least 15 min)",
      "It can begin Mon 09:00 Europe/Berlin, in 46 h.", false },
    { "an odd span is told exactly", "\"Sat 09:00-10:15 UTC\"", 150 * MINUTE_MS, NEED_UNMET,
      "deploy of api in production requires a window that is open long enough (the window closes Sat 10:15 UTC, in "
      "15 min, and " CANARY " at least 2h30m)",
      "No window is longer than 2h30m: change `steps` or `bake`, or the window in test.yaml:28.", false },
    { "what needs nothing begins in the last minute", "\"Sat 09:00-10:01 UTC\"", 0, NEED_MET, NULL, NULL, false },
    { "before midnight and after it are one", "[\"Sat 08:00-24:00 UTC\", \"Sun 00:00-04:00 UTC\"]", 17 * HOUR_MS,
      NEED_MET, NULL, NULL, false },
    { "and so are those that overlap, whichever comes first", "[\"Sat 10:30-12:00 UTC\", \"Sat 09:00-10:45 UTC\"]",
      90 * MINUTE_MS, NEED_MET, NULL, NULL, false },
    { "of two that adjoin the later one closes", "[\"Sat 10:30-12:00 UTC\", \"Sat 09:00-10:30 UTC\"]", 3 * HOUR_MS,
      NEED_UNMET,
      "deploy of api in production requires a window that is open long enough (the window closes Sat 12:00 UTC, in 2 "
      "h, and " CANARY " at least 3 h)",
      NULL, false },
    { "a minute between two is a gap", "[\"Sat 09:00-10:30 UTC\", \"Sat 10:31-14:00 UTC\"]", HOUR_MS, NEED_UNMET, NULL,
      "It can begin Sat 10:31 UTC, in 31 min.", false },
    { "a closed one that opens long enough is told as ever", "\"Wed 22:00-24:00 UTC\"", 90 * MINUTE_MS, NEED_UNMET,
      "deploy of api in production requires a time within Wed 22:00-24:00 UTC",
      "The window opens Wed 22:00 UTC, in 4 days.", true },
    { "one that is too short is passed over", "[\"Mon 09:00-09:10 UTC\", \"Tue 09:00-10:00 UTC\"]", 15 * MINUTE_MS,
      NEED_UNMET, NULL, "The window opens Tue 09:00 UTC, in 2 days.", true },
    { "no window is ever long enough", "\"Mon-Fri 09:00-09:10 Europe/Berlin\"", 15 * MINUTE_MS, NEED_UNMET, NULL,
      "No window is longer than 15 min: change `steps` or `bake`, or the window in test.yaml:28.", true },
    { "a date that comes behind hundreds of windows that are too short",
      "[\"Mon-Sun 09:00-09:10 UTC\", \"Mon-Sun 12:00-12:10 UTC\", \"2027-12-10 UTC\"]", 15 * MINUTE_MS, NEED_UNMET,
      NULL, "The window opens 2027-12-10 00:00 UTC, in 383 days.", true },
    { "and behind so many that it is not looked so far",
      "[\"Mon-Sun 09:00-09:10 UTC\", \"Mon-Sun 12:00-12:10 UTC\", \"2029-12-10 UTC\"]", 15 * MINUTE_MS, NEED_UNMET,
      NULL,
      "No window of the next 499 days is longer than 15 min: change `steps` or `bake`, or the window in test.yaml:28.",
      true },
    { "an hour longer on the night when clocks are set back", "\"Sun 02:00-03:00 Europe/Berlin\"", 90 * MINUTE_MS,
      NEED_UNMET, NULL, "The window opens 2027-10-31 02:00 Europe/Berlin, in 343 days.", true },
    { "one that is over for ever", "\"2020-02-01 UTC\"", HOUR_MS, NEED_UNMET, NULL,
      "No such time comes again: the rule test.yaml:28 has to be changed.", true },
    { "it is always open, by two halves", "[\"Mon-Wed UTC\", \"Thu-Sun UTC\"]", 90 * DAY_MS, NEED_MET, NULL, NULL,
      false },
    { "and for as long as anybody may want", "[\"Mon-Wed UTC\", \"Thu-Sun UTC\"]", INT64_MAX, NEED_MET, NULL, NULL,
      false },
    { "nothing is so long", "\"Sat 09:00-12:00 UTC\"", INT64_MAX, NEED_UNMET, NULL, NULL, false },
};

static struct decision decide(const struct policy_house *house, int64_t needs_ms, enum policy_stage stage)
{
    struct question question = policy_question("U0ANN", "deploy");
    const struct facts facts = { .unix_ms = POLICY_NOW_MS };

    question.needs_ms = needs_ms;
    question.needing = CANARY;
    return policy_decide(house->policy, &question, &facts, stage);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    POLICY_HOUSE_AUTO house = policy_house_make(
        POLICY_ALLOWS, arena_printf(arena, "    - { require: { window: %s }, for: deploy }\n", row->windows));
    struct decision asked = decide(&house, row->needs_ms, POLICY_STATIC);
    struct decision whole = decide(&house, row->needs_ms, POLICY_WHOLE);
    struct decision increase = decide(&house, row->needs_ms, POLICY_INCREASE);

    assert_int_equal(asked.needs[0].state, row->state);
    assert_int_equal(whole.needs[0].state, row->state);
    assert_int_equal(decision_refuses(&asked), row->state == NEED_UNMET);
    assert_int_equal(increase.needs[0].state, row->is_closed ? NEED_UNMET : NEED_MET);
    if (row->reason)
        assert_string_equal(whole.reason, row->reason);
    if (row->turn)
        assert_string_equal(whole.turn, row->turn);
}

static void the_way_back_is_not_asked_for_time(void **state)
{
    POLICY_HOUSE_AUTO house = policy_house_make(
        POLICY_ALLOWS, "    - { require: { window: \"Sat 09:00-10:01 UTC\" }, for: [deploy, rollback] }\n");
    struct question question = policy_question("U0ANN", "rollback");
    const struct facts facts = { .unix_ms = POLICY_NOW_MS };

    (void)state;
    question.needs_ms = HOUR_MS;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_NEEDS);
    question.is_safe_direction = true;
    assert_int_equal(policy_decide(house.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_ALLOW);
}

int main(void)
{
    static const struct CMUnitTest others[] = { cmocka_unit_test(the_way_back_is_not_asked_for_time) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(others, NULL, NULL);
}
