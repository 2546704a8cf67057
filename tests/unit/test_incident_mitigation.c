/* What mitigated an incident: the last way back that ended well while it was open, in its post-mortem and in the stats. */
#include "tests/unit/incident_texts.h"
#include "tests/unit/rows.h"

#define OPENED_MS AGO(2 * HOUR_MS)
#define RESOLVED_MS (OPENED_MS + HOUR_MS)

static struct incident_alerts of_api = { .key = "k", .title = "5xx", .services_count = 1 };

struct change {
    const char *kind, *target, *result, *body;
    int64_t ended_after_ms; /* it was opened */
};

/* clang-format off */
static const struct row {
    const char *name;
    struct change changes[3]; /* D1, D2, D3: the first that is there ended last */
    bool is_open, is_of_api;
    const char *expected; /* NULL: none */
} rows[] = {
    { "nothing was", { { NULL } }, false, false, NULL },
    { "a rollback", { { "rollback", "api/production", "done", "{}", 60000 } }, false, false, "D1" },
    { "one that failed", { { "rollback", "api/production", "failed", "{}", 60000 } }, false, false, NULL },
    { "one before it was opened", { { "rollback", "api/production", "done", "{}", -1 } }, false, false, NULL },
    { "one after it was resolved", { { "rollback", "api/production", "done", "{}", 3600001 } }, false, false, NULL },
    { "one after that, of what is open", { { "rollback", "api/production", "done", "{}", 3600001 } }, true, false, "D1" },
    { "a deploy that went well", { { "deploy", "api/production", "done", "{}", 60000 } }, false, false, NULL },
    { "a canary that went back", { { "deploy", "api/production", "failed", "{'returning':'errors'}", 60000 } }, false, false, "D1" },
    { "one that a person took back", { { "deploy", "api/production", "aborted", "{'returning':'aborted'}", 60000 } }, false, false, "D1" },
    { "one that failed before it had traffic", { { "deploy", "api/production", "failed", "{}", 60000 } }, false, false, NULL },
    { "one whose way back is stuck", { { "deploy", "api/production", "stuck", "{'returning':'errors'}", 60000 } }, false, false, NULL },
    { "a way back by workflow", { { "deploy", "api/production", "done", "{'is_way_back':true}", 60000 } }, false, false, "D1" },
    { "of two the last",
      { { "deploy", "api/production", "failed", "{'returning':'errors'}", 90000 },
        { "rollback", "api/production", "done", "{}", 60000 } },
      false, false, "D1" },
    { "whatever order they are kept in",
      { { "rollback", "api/production", "done", "{}", 60000 },
        { "deploy", "api/production", "failed", "{'returning':'errors'}", 90000 } },
      false, false, "D2" },
    { "of another service",
      { { "rollback", "web/production", "done", "{}", 90000 }, { "rollback", "api/production", "done", "{}", 60000 } },
      false, true, "D2" },
    { "of another service alone", { { "rollback", "web/production", "done", "{}", 90000 } }, false, true, NULL },
};
/* clang-format on */

/* `ret_body` lasts as long as the fixture. */
static void lay_out(struct decision_fixture *fixture, const struct row *row, struct operation *ended,
                    struct incident_body *ret_body)
{
    of_api.services = arena_alloc(fixture->arena, sizeof(*of_api.services));
    of_api.services[0] = "api";
    *ret_body = (struct incident_body){ .title = "API down",
                                        .severity = "P1",
                                        .opened_at_ms = OPENED_MS,
                                        .resolved_at_ms = row->is_open ? 0 : RESOLVED_MS,
                                        .alerts = row->is_of_api ? &of_api : NULL,
                                        .alerts_count = row->is_of_api };
    for (size_t i = 0; i < ARRAY_LEN(row->changes) && row->changes[i].kind; i++)
        ended[fixture->ended_count++] =
            (struct operation){ .id = arena_printf(fixture->arena, "D%zu", i + 1),
                                .kind = row->changes[i].kind,
                                .target = row->changes[i].target,
                                .result = row->changes[i].result,
                                .ended_at_ms = OPENED_MS + row->changes[i].ended_after_ms,
                                .body = decision_json(fixture, row->changes[i].body) };
    fixture->ended = ended;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct operation ended[ARRAY_LEN(row->changes)];
    const struct operation *found;
    struct incident_body body;

    lay_out(fixture, row, ended, &body);
    found = incident_mitigation(&fixture->view, &body);
    if (row->expected)
        assert_string_equal(found ? found->id : "none", row->expected);
    else
        assert_null(found);
}

static void check_told(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    const struct row row = { .name = "nothing was" };
    struct request request = decision_request(fixture, "incident stats");
    struct operation ended[4];
    struct incident_body body;
    struct outcome out;
    const char *text;

    (void)state;
    lay_out(fixture, &row, ended, &body);
    ended[0] = an_incident(fixture, "D7", INCIDENT_CLOSED, &body);
    fixture->ended_count = 1;
    assert_in(incident_post_mortem(&fixture->view, &ended[0], &body, fixture->arena),
              "\n| Mitigated (UTC) | opsgate took nothing back while it was open |\n");
    outcome_init(&out, fixture->arena, "D99", "birth-1");
    incident_stats(&fixture->view, &request, 30, &out);
    assert_null(strstr(reply_text(fixture, &out), "mitigate"));
    ended[1] = (struct operation){ .id = "D9",
                                   .kind = "rollback",
                                   .target = "api/production",
                                   .result = "done",
                                   .ended_at_ms = OPENED_MS + 754 * SECOND_MS,
                                   .body = decision_json(fixture, "{'version':'v1.4.1'}") };
    fixture->ended_count = 2;
    text = incident_post_mortem(&fixture->view, &ended[0], &body, fixture->arena);
    assert_in(text, ", by D9: rollback to v1.4.1, api/production |\n");
    assert_in(text, "\n| Time to mitigate | 12 min 34 s |\n");
    outcome_init(&out, fixture->arena, "D99", "birth-1");
    incident_stats(&fixture->view, &request, 30, &out);
    assert_in(reply_text(fixture, &out), "\nTime to mitigate, by taking a version back: 12 min, of 1\n");
}

int main(void)
{
    const struct CMUnitTest told[] = { cmocka_unit_test(check_told) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(told, NULL, NULL);
}
