/* How long a deploy needs until its last increase, by its plan: told to policy when it is asked for, and before it
 * begins. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/plan.h"

/* It is Friday, 2026-11-20 at 22:00 UTC. */
#define CLOSES_IN_A_QUARTER "    - { require: { window: \"Fri 21:00-22:15 UTC\" }, for: deploy }\n"
#define IS_CLOSED "    - { require: { window: \"Mon UTC\" }, for: deploy }\n"

static const struct needs_row {
    const char *name;
    struct deploy_step steps[8];
    size_t count;
    int64_t needs_ms;
    const char *needing; /* NULL: nothing does */
} needs_rows[] = {
    { "one increase", { { 100, 0 } }, 1, 0, NULL },
    { "no plan of steps", { { 0, 0 } }, 0, 0, NULL },
    { "what is watched at the end is no bake", { { 100, HOUR_MS } }, 1, 0, NULL },
    { "one bake", { { 5, 5 * MINUTE_MS }, { 100, HOUR_MS } }, 2, 5 * MINUTE_MS, "1 step that bakes 5 min needs" },
    { "some that are alike",
      { { 5, 5 * MINUTE_MS }, { 25, 5 * MINUTE_MS }, { 50, 5 * MINUTE_MS }, { 100, 0 } },
      4,
      15 * MINUTE_MS,
      "3 steps that bake 5 min each need" },
    { "some that are not",
      { { 5, 90 * SECOND_MS }, { 25, 5 * MINUTE_MS }, { 50, 150 * MINUTE_MS }, { 100, 0 } },
      4,
      90 * SECOND_MS + 155 * MINUTE_MS,
      "bakes of 90 s, 5 min and 2h30m need" },
    { "many",
      { { 1, 1000 }, { 2, 2000 }, { 3, 1000 }, { 4, 1000 }, { 5, 1000 }, { 6, 1000 }, { 7, 1000 }, { 100, 0 } },
      8,
      8000,
      "7 steps that bake need" },
};

static void check_needs(void **state)
{
    const struct needs_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct deploy_step steps[8];
    struct deploy_body body = { .steps = steps, .steps_count = row->count };
    struct question question = { .needs_ms = 77 };

    memcpy(steps, row->steps, sizeof(steps));
    deploy_tell_needs(&body, &question, arena);
    assert_int_equal(question.needs_ms, row->needs_ms);
    assert_int_equal(question.needing != NULL, row->needing != NULL);
    if (row->needing)
        assert_string_equal(question.needing, row->needing);
}

/* ---- when it is asked for ---- */

static const struct asked_row {
    const char *name, *line;
    int64_t needs_ms;
} asked_rows[] = {
    { "a canary by its settings", "deploy web production v1", 5 * MINUTE_MS },
    { "another strategy for once", "deploy web production v1 --strategy all-at-once", 0 },
    { "a canary for once has usual steps", "deploy web preview v1 --strategy canary", 15 * MINUTE_MS },
    { "all at once", "deploy web preview v1", 0 },
    { "blue-green", "deploy web preview v1 --strategy blue-green", 0 },
    { "several are asked for one by one", "deploy web,api production v1", 0 },
};

static void check_asked(void **state)
{
    const struct asked_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    struct question question = { 0 };
    const void *arguments;
    struct error err = { 0 };

    if (!verb_deploy.asks(&fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    assert_int_equal(question.needs_ms, row->needs_ms);
}

/* ---- before it begins, and afterwards ---- */

static const struct begins_row {
    const char *name, *rules, *state;
    unsigned is;
    bool goes_on;
    const char *says; /* NULL: nothing */
} begins_rows[] = {
    { "with its target in hand there is time enough", "", "queued", 0, true, NULL },
    { "there is not: it is refused with the arithmetic", CLOSES_IN_A_QUARTER, "queued", 0, false,
      "requires a window that is open long enough (the window closes Fri 22:15 UTC, in 15 min, and bakes of " },
    { "all at once there is", CLOSES_IN_A_QUARTER, "queued", AT_ONCE, true, NULL },
    { "a rollout that has begun goes on as long as it is open", CLOSES_IN_A_QUARTER, "baking", 0, true, NULL },
    { "and is held once it is closed", IS_CLOSED, "baking", 0, false, "requires a time within Mon UTC" },
};

static void check_begins(void **state)
{
    const struct begins_row *row = *state;
    AUTO_FREE char *text = deploy_with_rule(row->rules);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct operation operation = deploy_operation_in(row->state);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, row->is);
    struct event event = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED };
    struct deploy_step slow[] = { { 5, 600000 }, { 25, 300001 }, { 100, 0 } };
    struct outcome out;
    struct error err = { 0 };

    if (!(row->is & AT_ONCE))
        body->steps = slow;
    if (strcmp(row->state, "baking") == 0) {
        assert_int_equal(machine_deploy.may_increase(&fixture->view, &operation, body, NULL, &err), row->goes_on);
        if (row->says)
            deploy_assert_says(err.message, row->says);
        return;
    }
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(out.state, row->goes_on ? "looking" : "refused");
    if (row->says)
        assert_non_null(strstr(out.summary, row->says));
}

int main(void)
{
    return ROWS(needs_rows, check_needs) + ROWS(asked_rows, check_asked) + ROWS(begins_rows, check_begins);
}
