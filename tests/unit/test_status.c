/* `status` says what opsgate last deployed where, and what is on its way. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "handlers/status.h"

static struct target_version good[] = {
    { "v1.0.0", "img/api@sha256:aaa", "api-d1", "D1", DECISION_NOW_MS - 5 * DAY_MS },
    { "v1.1.0", "img/api@sha256:bbb", "api-d2", "D2", DECISION_NOW_MS - 3 * HOUR_MS },
    { "v1.2.0", "img/api@sha256:ccc", "api-d3", "D3", DECISION_NOW_MS - 60 * MINUTE_MS },
    { "v1.3.0", "us-docker.pkg.dev/acme/api@sha256:ddd0123456789", "api-d4", "D4", DECISION_NOW_MS - 30 * SECOND_MS },
};
static const char *waiting[] = { "D6", "D7" };
static const struct target targets[] = {
    { .name = "api/staging", .holder = "D5", .waiting = waiting, .waiting_count = 2, .good = good, .good_count = 4 },
    { .name = "api/production", .good = good, .good_count = 1 },
    { .name = "web/production", .holder = "D99" }, /* that operation is gone */
};
static const struct operation operations[] = {
    { .id = "D5",
      .kind = "deploy",
      .state = "checking",
      .target = "api/staging",
      .requester = { "slack", "U2" },
      .created_at_ms = DECISION_NOW_MS - 90 * SECOND_MS },
    { .id = "D6",
      .kind = "deploy",
      .state = "queued",
      .target = "api/staging",
      .requester = { "slack", "U1" },
      .created_at_ms = DECISION_NOW_MS - 20 * SECOND_MS },
    { .id = "D8", .kind = "deploy", .state = "done", .target = "api/staging", .result = "done", .ended_at_ms = 5 },
    { .id = "D9",
      .kind = "deploy",
      .state = "pinning",
      .target = "web/preview",
      .requester = { "slack", "U1" },
      .created_at_ms = DECISION_NOW_MS - 1 * SECOND_MS },
};

static const struct row {
    const char *name, *line, *answer;
} rows[] = {
    { "everything, a line for each place", "status",
      "*What opsgate last deployed where*, at 2026-11-20T22:00:00.000Z\n"
      "*api/staging*: `v1.3.0`, 30 s ago (D4); D5 deploy is checking, 2 waiting\n"
      "*api/production*: `v1.0.0`, 5 days ago (D1)\n"
      "*web/production*: nothing deployed by opsgate yet\n"
      "*web/preview*: nothing deployed by opsgate yet" },
    { "one place, its last versions and who is at it", "status api staging",
      "*api/staging*: opsgate last deployed `v1.3.0`, 30 s ago (D4)\n"
      "its image: `api@sha256:ddd012345678`\n"
      "before: `v1.2.0`, 60 min ago (D3), `api@sha256:ccc`\n"
      "before: `v1.1.0`, 3 h ago (D2), `api@sha256:bbb`\n"
      "D5 deploy by @{slack:U2}, 90 s ago: checking\n"
      "D6 deploy by @{slack:U1}, 20 s ago: queued" },
    { "a place that was never touched", "status preview",
      "*web/preview*: nothing deployed by opsgate yet\n"
      "D9 deploy by @{slack:U1}, 1 s ago: pinning" },
    { "a place that is not there", "status api stagin",
      "MISUSED There is no environment of `api` called `stagin`. Did you mean `staging`? Nothing was done." },
    { "a word too many is not passed over", "status api staging v1",
      "MISUSED I do not know what `v1` means behind `staging`: `status` shows a place, whatever its version." },
    { "nor an option", "status --all",
      "MISUSED I do not know the option `--all`: `status` takes none. Nothing was done." },
    { "the two the wrong way round", "status staging api",
      "MISUSED The service comes first. Did you mean `status api staging`? Nothing was done." },
};

/* Many operations elsewhere, older than those that are asked about; the last of these is stuck. */
#define ELSEWHERE 15
#define HERE 12

static struct decision_fixture *crowded(struct operation *list)
{
    struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);

    for (size_t i = 0; i < ELSEWHERE + HERE; i++)
        list[i] = (struct operation){ .id = arena_printf(fixture->arena, "D%zu", i + 100),
                                      .kind = "deploy",
                                      .state = "checking",
                                      .target = i < ELSEWHERE ? "web/production" : "web/preview",
                                      .requester = { "slack", "U1" },
                                      .created_at_ms = DECISION_NOW_MS - MINUTE_MS };
    fixture->operations = list;
    fixture->operations_count = ELSEWHERE + HERE;
    return fixture;
}

static void check_limit(void **state)
{
    struct operation list[ELSEWHERE + HERE];
    AUTO_DECISION struct decision_fixture *fixture = crowded(list);
    struct outcome out;

    (void)state;
    decision_answer(fixture, &verb_status, "status preview", &out);
    assert_int_equal(out.reply->lines_count, 11);
    assert_string_equal(out.reply->lines[0], "D115 deploy by @{slack:U1}, 60 s ago: checking");
    assert_string_equal(out.reply->lines[9], "D124 deploy by @{slack:U1}, 60 s ago: checking");
    assert_string_equal(out.reply->lines[10], "and 2 more: `opsgate ops list` has them all");
}

static void check_stuck(void **state)
{
    static const struct target here = { .name = "web/preview", .holder = "D100" };
    struct operation list[ELSEWHERE + HERE];
    AUTO_DECISION struct decision_fixture *fixture = crowded(list);
    struct outcome out;

    (void)state;
    fixture->targets = &here;
    fixture->targets_count = 1;
    fixture->operations_count = ELSEWHERE + 1;
    list[ELSEWHERE].is_stuck = true;
    assert_string_equal(decision_answer(fixture, &verb_status, "status preview", &out),
                        "*web/preview*: nothing deployed by opsgate yet\n"
                        "D115 deploy by @{slack:U1}, 60 s ago: stuck\n"
                        "D115 crashed opsgate and goes on no more: look at `opsgate ops show D115`");
    decision_answer(fixture, &verb_status, "status", &out);
    assert_string_equal(
        out.reply->lines[3],
        "*web/preview*: nothing deployed by opsgate yet; D100 deploy is checking; D115 deploy is stuck");
    list[0].is_stuck = true; /* the holder itself: told once, by the place it was for */
    decision_answer(fixture, &verb_status, "status", &out);
    assert_string_equal(out.reply->lines[3], "*web/preview*: nothing deployed by opsgate yet; D115 deploy is stuck");
    assert_string_equal(out.reply->lines[2], "*web/production*: nothing deployed by opsgate yet; D100 deploy is stuck");
}

/* Nobody claims to know what runs there now. */
static void check_doubt(void **state)
{
    static const struct target doubted[] = {
        { .name = "api/staging", .good = good, .good_count = 1, .doubt = "D3" },
        { .name = "web/preview", .doubt = "D4" },
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    (void)state;
    fixture->targets = doubted;
    fixture->targets_count = ARRAY_LEN(doubted);
    assert_string_equal(
        decision_answer(fixture, &verb_status, "status staging", &out),
        "*api/staging*: last good `v1.0.0`, 5 days ago (D1); D3 failed after traffic was switched: look "
        "at Cloud Run\n"
        "its image: `api@sha256:aaa`");
    decision_answer(fixture, &verb_status, "status", &out);
    assert_string_equal(out.reply->lines[0], "*api/staging*: last good `v1.0.0`, 5 days ago (D1); D3 failed after "
                                             "traffic was switched: look at Cloud Run");
    assert_string_equal(out.reply->lines[3],
                        "*web/preview*: no good version yet; D4 failed after traffic was switched: look at Cloud Run");
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    fixture->targets = targets;
    fixture->targets_count = ARRAY_LEN(targets);
    fixture->operations = operations;
    fixture->operations_count = ARRAY_LEN(operations);
    assert_string_equal(decision_answer(fixture, &verb_status, row->line, &out), row->answer);
    assert_false(out.begins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "ten operations of the place are shown, however many older ones there are elsewhere", check_limit, NULL, NULL,
          NULL },
        { "after a deploy that failed late, the last good version is not said to run", check_doubt, NULL, NULL, NULL },
        { "an operation that is stuck is told, in one place and in all", check_stuck, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
