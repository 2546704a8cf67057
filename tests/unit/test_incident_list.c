/* `incident list` and `incident stats`: none, one, many; those that nobody acknowledged, that were reopened, that are
 * not kept. */
#include "tests/unit/incident_texts.h"
#include "tests/unit/page.h"

#include "handlers/status/status.h"

#define MANY 1000

static struct incident_body a_body(const char *severity, const char *title, int64_t opened_ago_ms)
{
    return (struct incident_body){ .title = title, .severity = severity, .opened_at_ms = AGO(opened_ago_ms) };
}

/* ---- the list ---- */

static const char *list(struct decision_fixture *fixture)
{
    struct request request = decision_request(fixture, "incident list");
    struct outcome out;

    outcome_init(&out, fixture->arena, "D99", "birth-1");
    incident_list(&fixture->view, &request, &out);
    return reply_text(fixture, &out);
}

static void check_no_incident(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct operation deploy = { .id = "D3", .kind = "deploy", .state = "baking" };

    (void)state;
    fixture->operations = &deploy;
    fixture->operations_count = 1;
    assert_string_equal(list(fixture), "No incident is open. `incident declare` opens one.");
}

static void check_last_closed(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct incident_body newer = a_body("P2", "web slow", HOUR_MS), older = a_body("P1", "API down", DAY_MS);
    struct operation ended[] = { an_incident(fixture, "D9", INCIDENT_CLOSED, &newer),
                                 an_incident(fixture, "D4", INCIDENT_CLOSED, &older) };

    (void)state;
    fixture->ended = ended;
    fixture->ended_count = 2;
    assert_string_equal(list(fixture), "No incident is open. `incident declare` opens one.\n"
                                       "The last one was *D9*, P2: web slow, closed @{date:1795212000000}.");
}

/* The worst first, of those the oldest; the clock was set by an hour since. */
static void check_open_ones(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct incident_body a = a_body("P2", "web slow", 3 * HOUR_MS), b = a_body("P1", "API down", 2 * HOUR_MS);
    struct incident_body c = a_body("P1", "database full", HOUR_MS), d = a_body("gone", "of an older file", DAY_MS);
    struct operation operations[] = {
        an_incident(fixture, "D1", INCIDENT_OPEN, &d), { .id = NULL }, { .id = NULL }, { .id = NULL }
    };

    (void)state;
    b.lead = "@{slack:U1}";
    b.channel = "C1";
    b.channel_name = "inc-20261120-api-down";
    c.resolved_at_ms = AGO(MINUTE_MS);
    operations[1] = an_incident(fixture, "D2", INCIDENT_OPEN, &a);
    operations[2] = an_incident(fixture, "D5", INCIDENT_ACKNOWLEDGED, &b);
    operations[3] = an_incident(fixture, "D6", INCIDENT_RESOLVED, &c);
    operations[0].is_stuck = true;
    fixture->operations = operations;
    fixture->operations_count = 4;
    fixture->view.shift_ms = HOUR_MS;
    assert_string_equal(
        list(fixture),
        "3 incidents are open, 1 is resolved and not closed.\n"
        "*D5* P1 · API down · acknowledged, opened @{date:1795208400000} · @{slack:U1} leads · #inc-20261120-api-down\n"
        "*D6* P1 · database full · resolved @{date:1795215540000}, and not closed · nobody leads\n"
        "*D2* P2 · web slow · open since @{date:1795204800000} · nobody leads\n"
        "*D1* gone · of an older file · stuck · nobody leads");
}

static void check_resolved_alone(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct incident_body body = a_body("P1", "API down", HOUR_MS);
    struct operation operation;

    (void)state;
    body.resolved_at_ms = AGO(MINUTE_MS);
    operation = an_incident(fixture, "D6", INCIDENT_RESOLVED, &body);
    fixture->operations = &operation;
    fixture->operations_count = 1;
    assert_string_equal(list(fixture), "No incident is open. `incident declare` opens one.\n"
                                       "*D6* P1 · API down · resolved @{date:1795211940000}, and not closed · nobody "
                                       "leads");
}

/* ---- in `status` ---- */

#define BY_PROGRAM                                                                                                     \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                              \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    environments:\n"                                                                                              \
    "      - { name: staging, driver: { program: { deploy: [\"/bin/deploy\", \"{version}\"] } } }\n"                   \
    "      - { name: production, driver: { program: { deploy: [\"/bin/deploy\", \"{version}\"] } } }\n"                \
    "  - name: web\n"                                                                                                  \
    "    environments:\n"                                                                                              \
    "      - { name: production, driver: { program: { deploy: [\"/bin/deploy\", \"{version}\"] } } }\n"                \
    "policy: { rules: [{ allow: status, to: everyone }] }\n"                                                           \
    "incidents: { severities: [{ name: P1 }, { name: P2 }] }\n"
#define TWELVE 12

static const char *status(struct decision_fixture *fixture, const char *line)
{
    struct outcome out;

    decision_answer(fixture, &verb_status, line, &out);
    return reply_text(fixture, &out);
}

/* Everything names all that are not resolved, the worst first; a part of it those that are about what it shows. */
static void check_status(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BY_PROGRAM);
    const char *services[] = { "web" };
    struct incident_alerts alerts = { .key = "k", .is_firing = true, .services = services, .services_count = 1 };
    struct incident_body a = a_body("P2", "web slow", 3 * HOUR_MS), b = a_body("P1", "API down", 2 * HOUR_MS);
    struct incident_body c = a_body("P1", "database full", HOUR_MS);
    struct operation operations[3];

    (void)state;
    a.alerts = &alerts;
    a.alerts_count = 1;
    b.lead = "@{slack:U1}";
    c.resolved_at_ms = AGO(MINUTE_MS);
    operations[0] = an_incident(fixture, "D2", INCIDENT_OPEN, &a);
    operations[1] = an_incident(fixture, "D5", INCIDENT_ACKNOWLEDGED, &b);
    operations[2] = an_incident(fixture, "D6", INCIDENT_RESOLVED, &c);
    fixture->operations = operations;
    fixture->operations_count = 3;
    assert_in(status(fixture, "status"),
              "\nincident *D5* P1 · API down · acknowledged, opened @{date:1795204800000} · @{slack:U1} leads\n"
              "incident *D2* P2 · web slow · open since @{date:1795201200000} · nobody leads\n*api/staging*: ");
    assert_not_in(status(fixture, "status"), "D6");
    assert_in(status(fixture, "status production"), "\nincident *D2* P2");
    assert_not_in(status(fixture, "status production"), "D5");
    assert_in(status(fixture, "status web production"), "\nincident *D2* P2");
    assert_not_in(status(fixture, "status api"), "incident");
    assert_not_in(status(fixture, "status api staging"), "incident");
}

/* In a storm of them the rest of the answer is read all the same. */
static void check_status_of_many(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BY_PROGRAM);
    struct operation operations[TWELVE];

    (void)state;
    for (int64_t i = 0; i < TWELVE; i++) {
        struct incident_body body = a_body("P2", "web slow", (TWELVE - i) * MINUTE_MS);

        operations[i] = an_incident(fixture, arena_printf(fixture->arena, "D%d", (int)i + 1), INCIDENT_OPEN, &body);
    }
    fixture->operations = operations;
    fixture->operations_count = TWELVE;
    assert_in(status(fixture, "status"), "\nincident *D10* P2");
    assert_in(status(fixture, "status"), "\nand 2 more incidents: `incident list` has them all\n");
    assert_not_in(status(fixture, "status"), "*D11*");
}

/* ---- numbers ---- */

struct told { /* one incident */
    const char *severity;
    int64_t opened_ago_ms, acknowledged_after_ms, resolved_after_ms; /* 0: not */
    bool was_reopened, is_live;
};
#define DAYS_AGO(n) ((n)*DAY_MS)

static const struct stats_row {
    const char *name;
    struct told incidents[5];
    const char *expected;
} stats_rows[] = {
    { "none", { { NULL, 0, 0, 0, false, false } }, "No incident was opened in the last 30 days." },
    { "older ones alone",
      { { "P1", DAYS_AGO(31), MINUTE_MS, HOUR_MS, false, false } },
      "No incident was opened in the last 30 days." },
    { "one",
      { { "P1", DAYS_AGO(2), 5 * MINUTE_MS, 50 * MINUTE_MS, false, false } },
      "1 incident was opened in the last 30 days.\n"
      "By severity: P1: 1\n"
      "Time to acknowledge: 5 min, of 1\n"
      "Time to resolve: 50 min, of 1" },
    { "one that is open, and nobody acknowledged",
      { { "P1", MINUTE_MS, 0, 0, false, true } },
      "1 incident was opened in the last 30 days.\n"
      "By severity: P1: 1\n"
      "Time to acknowledge: not known; not acknowledged: D1\n"
      "Time to resolve: not known; not resolved: D1" },
    { "resolved without an acknowledgement",
      { { "P2", DAYS_AGO(1), 0, 10 * MINUTE_MS, false, false },
        { "P2", DAYS_AGO(1), 4 * MINUTE_MS, 20 * MINUTE_MS, false, false } },
      "2 incidents were opened in the last 30 days.\n"
      "By severity: P2: 2\n"
      "Time to acknowledge: 4 min, of 1; not acknowledged: D1\n"
      "Time to resolve: mean 15 min, median 15 min, of 2" },
    { "many: the mean is not the median",
      { { "P2", DAYS_AGO(9), 2 * MINUTE_MS, 10 * MINUTE_MS, false, false },
        { "P1", DAYS_AGO(8), 3 * MINUTE_MS, 20 * MINUTE_MS, false, false },
        { "P2", DAYS_AGO(7), 10 * MINUTE_MS, 90 * MINUTE_MS, false, true },
        { "of an older file", DAYS_AGO(6), 0, 0, false, true } },
      "4 incidents were opened in the last 30 days.\n"
      "By severity: P1: 1, P2: 2, of an older file: 1\n"
      "Time to acknowledge: mean 5 min, median 3 min, of 3; not acknowledged: D4\n"
      "Time to resolve: mean 40 min, median 20 min, of 3; not resolved: D4" },
    { "reopened",
      { { "P1", DAYS_AGO(2), 5 * MINUTE_MS, 50 * MINUTE_MS, true, false },
        { "P1", HOUR_MS, 5 * MINUTE_MS, 0, true, true } },
      "2 incidents were opened in the last 30 days.\n"
      "By severity: P1: 2\n"
      "Time to acknowledge: mean 5 min, median 5 min, of 2\n"
      "Time to resolve: 50 min, of 1; not resolved: D2\n"
      "Reopened: D1, D2; the time until they were resolved for the last time counts." },
    { "clocks that disagree",
      { { "P1", DAYS_AGO(2), -5 * MINUTE_MS, 50 * MINUTE_MS, false, false } },
      "1 incident was opened in the last 30 days.\n"
      "By severity: P1: 1\n"
      "Time to acknowledge: 0 ms, of 1\n"
      "Time to resolve: 50 min, of 1" },
};

static const char *stats(struct decision_fixture *fixture, int64_t days)
{
    struct request request = decision_request(fixture, "incident stats");
    struct outcome out;

    outcome_init(&out, fixture->arena, "D99", "birth-1");
    incident_stats(&fixture->view, &request, days, &out);
    return reply_text(fixture, &out);
}

static struct operation told_incident(const struct decision_fixture *fixture, const struct told *told, size_t number)
{
    struct incident_body body = a_body(told->severity, "API down", told->opened_ago_ms);

    body.acknowledged_at_ms = told->acknowledged_after_ms ? body.opened_at_ms + told->acknowledged_after_ms : 0;
    body.resolved_at_ms = told->resolved_after_ms ? body.opened_at_ms + told->resolved_after_ms : 0;
    if (told->was_reopened) { /* and acknowledged anew an hour later */
        ARENA_PUSH(fixture->arena, body.timeline, body.timeline_count);
        body.timeline[0] = (struct incident_entry){ .at_ms = body.acknowledged_at_ms,
                                                    .kind = INCIDENT_ACKNOWLEDGED,
                                                    .who = "@{slack:U1}" };
        *ARENA_PUSH(fixture->arena, body.timeline, body.timeline_count) =
            (struct incident_entry){ .at_ms = body.acknowledged_at_ms + 1, .kind = "reopened", .who = "@{slack:U1}" };
        body.reopened_at_ms = body.acknowledged_at_ms + 1;
        body.acknowledged_at_ms = told->is_live ? 0 : body.acknowledged_at_ms + HOUR_MS;
    }
    return an_incident(fixture, arena_printf(fixture->arena, "D%zu", number),
                       told->is_live ? INCIDENT_OPEN : INCIDENT_CLOSED, &body);
}

static void check_stats(void **state)
{
    const struct stats_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct operation live[5], ended[5];

    for (size_t i = 0; i < ARRAY_LEN(row->incidents) && row->incidents[i].severity; i++) {
        struct operation operation = told_incident(fixture, &row->incidents[i], i + 1);

        if (row->incidents[i].is_live)
            live[fixture->operations_count++] = operation;
        else
            ended[fixture->ended_count++] = operation;
    }
    fixture->operations = live;
    fixture->ended = ended;
    assert_string_equal(stats(fixture, 30), row->expected);
}

/* Of a thousand deploys since yesterday nobody knows what was before. */
static void check_forgotten(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct incident_body body = a_body("P1", "API down", HOUR_MS);
    static struct operation ended[MANY];

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        ended[i] = (struct operation){ .id = "D1", .kind = "deploy", .ended_at_ms = AGO((int64_t)i * MINUTE_MS) };
    ended[0] = an_incident(fixture, "D1000", INCIDENT_CLOSED, &body);
    fixture->ended = ended;
    fixture->ended_count = MANY;
    assert_in(stats(fixture, 30),
              "1 incident was opened since @{date:1795152060000}: of what had ended before, nothing "
              "is kept, for opsgate keeps the last 1000 operations that have ended.\n");
    fixture->ended_count = MANY - 1;
    assert_in(stats(fixture, 30), "1 incident was opened in the last 30 days.\n");
    fixture->ended_count = MANY;
    ended[MANY - 1].ended_at_ms = AGO(DAYS_AGO(31));
    assert_in(stats(fixture, 30), "1 incident was opened in the last 30 days.\n");
    assert_in(stats(fixture, 1), "1 incident was opened in the last day.\n");
}

/* More names than anybody reads. */
static void check_many_named(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    const struct told told = { "P1", HOUR_MS, 0, 0, false, true };
    struct operation live[12];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(live); i++)
        live[i] = told_incident(fixture, &told, i + 1);
    fixture->operations = live;
    fixture->operations_count = ARRAY_LEN(live);
    assert_in(stats(fixture, 30), "not acknowledged: D1, D2, D3, D4, D5, D6, D7, D8, D9, D10 and 2 more\n");
}

/* As the row of many has it. */
static void check_page(void **state)
{
    (void)state;
    page_assert_says("docs/incidents.md", "Time to acknowledge: mean 5 min, median 3 min, of 3; not acknowledged: D4 "
                                          "Time to resolve: mean 40 min, median 20 min, of 3; not resolved: D4 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_no_incident),    cmocka_unit_test(check_last_closed),
        cmocka_unit_test(check_open_ones),      cmocka_unit_test(check_resolved_alone),
        cmocka_unit_test(check_forgotten),      cmocka_unit_test(check_many_named),
        cmocka_unit_test(check_page),           cmocka_unit_test(check_status),
        cmocka_unit_test(check_status_of_many),
    };

    return ROWS(stats_rows, check_stats) + cmocka_run_group_tests(tests, NULL, NULL);
}
