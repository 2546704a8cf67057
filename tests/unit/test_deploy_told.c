/* What GitHub tells, and the deploy that it is worth a look to: no other one. */
#include "tests/unit/decision_fixture.h"

#include "handlers/deploy/deploying.h"
#include "handlers/deploy/told.h"

#define FOLLOWS "{'workflow':{'repository':'acme/site','run':70001,'effect':'birth-00000000000000d7'}}"
#define DISPATCHED "{'workflow':{'repository':'acme/site','run':0,'effect':'birth-00000000000000d7'}}"
#define AWAITS "{'source':'acme/platform'}"
#define CHECKED "{'source':'acme/platform','commit':{'sha':'70e4'}}"

static const struct row {
    const char *name;
    bool (*hears)(const struct view *view, const struct operation *operation, const struct outside_event *event);
    const char *kind, *state, *body, *event, *told;
    bool is_its;
} rows[] = {
    { "the run that it follows", deploy_hears_run, "deploy", "running", FOLLOWS, "workflow_run.completed",
      "{'about':{'repository':'acme/site'},'id':'70001','title':'deploy'}", true },
    { "while it is cancelled, too", deploy_hears_run, "deploy", "cancelling", FOLLOWS, "workflow_run.in_progress",
      "{'about':{'repository':'acme/site'},'id':'70001'}", true },
    { "whatever the case of its repository", deploy_hears_run, "deploy", "running", FOLLOWS, "workflow_run.completed",
      "{'about':{'repository':'Acme/Site'},'id':'70001'}", true },
    { "another run is not", deploy_hears_run, "deploy", "running", FOLLOWS, "workflow_run.completed",
      "{'about':{'repository':'acme/site'},'id':'70002','title':'x birth-00000000000000d7'}", false },
    { "nor one of another repository", deploy_hears_run, "deploy", "running", FOLLOWS, "workflow_run.completed",
      "{'about':{'repository':'acme/other'},'id':'70001'}", false },
    { "nor one that is told of without a repository", deploy_hears_run, "deploy", "running", FOLLOWS,
      "workflow_run.completed", "{'id':'70001'}", false },
    { "a run whose number is not known yet, by its title", deploy_hears_run, "deploy", "running", DISPATCHED,
      "workflow_run.requested",
      "{'about':{'repository':'acme/site'},'id':'70001','title':'deploy v1 birth-00000000000000d7'}", true },
    { "a title without the dispatch's id is anybody's", deploy_hears_run, "deploy", "running", DISPATCHED,
      "workflow_run.requested", "{'about':{'repository':'acme/site'},'id':'70001','title':'deploy v1'}", false },
    { "a deployment's status, by the run it was made in", deploy_hears_run, "deploy", "running", FOLLOWS,
      "deployment_status.created", "{'about':{'repository':'acme/site'},'id':'5','workflow_run_id':'70001'}", true },
    { "the status's own id is no run's", deploy_hears_run, "deploy", "running", FOLLOWS, "deployment_status.created",
      "{'about':{'repository':'acme/site'},'id':'70001'}", false },
    { "a deploy that waits for its target hears nothing", deploy_hears_run, "deploy", "queued", FOLLOWS,
      "workflow_run.completed", "{'about':{'repository':'acme/site'},'id':'70001'}", false },
    { "nor does anything that is no deploy", deploy_hears_run, "rollback", "running", FOLLOWS, "workflow_run.completed",
      "{'about':{'repository':'acme/site'},'id':'70001'}", false },
    { "a deploy on Cloud Run follows no run", deploy_hears_run, "deploy", "running", AWAITS, "workflow_run.completed",
      "{'about':{'repository':'acme/platform'},'id':'70001'}", false },
    { "what was built of the repository whose image it waits for", deploy_hears_build, "deploy", "awaiting-artifact",
      AWAITS, "workflow_run.completed", "{'about':{'repository':'acme/platform'}}", true },
    { "of another repository it is nothing", deploy_hears_build, "deploy", "awaiting-artifact", AWAITS,
      "release.published", "{'about':{'repository':'acme/site'}}", false },
    { "a check of the commit that it waits for", deploy_hears_checks, "deploy", "awaiting-checks", CHECKED,
      "check_suite.completed", "{'about':{'repository':'acme/platform'},'sha':'70e4'}", true },
    { "of another commit it is nothing", deploy_hears_checks, "deploy", "awaiting-checks", CHECKED,
      "check_suite.completed", "{'about':{'repository':'acme/platform'},'sha':'1111'}", false },
    { "nor of another repository", deploy_hears_checks, "deploy", "awaiting-checks", CHECKED, "workflow_run.completed",
      "{'about':{'repository':'acme/site'},'sha':'70e4'}", false },
    { "nor to one that waits for people", deploy_hears_checks, "deploy", "awaiting-approval", CHECKED,
      "check_suite.completed", "{'about':{'repository':'acme/platform'},'sha':'70e4'}", false },
    { "who has the image waits for nothing", deploy_hears_build, "deploy", "queued", AWAITS, "release.published",
      "{'about':{'repository':'acme/platform'}}", false },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = {
        .id = "D7", .kind = row->kind, .state = row->state, .body = decision_json(fixture, row->body)
    };
    struct outside_event event = { .source = "github", .name = row->event, .body = decision_json(fixture, row->told) };

    assert_int_equal(row->hears(&fixture->view, &operation, &event), row->is_its);
    decision_destroy(fixture);
}

/* ---- what it does ---- */

static struct outcome hear(struct decision_fixture *fixture, const char *state, void (*on_told)(struct deploying *d),
                           const char *awaits)
{
    struct deploy_workflow workflow = { .repository = "acme/site", .workflow = "deploy.yml", .run = 70001 };
    struct deploy_checks checks = { .until_ms = DECISION_NOW_MS + 1 };
    struct deploy_body body = { .service = "api",
                                .version = "v1",
                                .repository = "eu.gcr.io/acme/site",
                                .workflow = &workflow,
                                .github_checks = &checks };
    struct awaited awaited = { .name = awaits };
    struct operation operation = {
        .id = "D7", .kind = "deploy", .state = state, .awaited = &awaited, .awaited_count = awaits ? 1 : 0
    };
    struct event event = { .kind = EVENT_OUTSIDE, .name = "workflow_run.completed" };
    struct outcome out;
    struct deploying d = {
        .view = &fixture->view, .operation = &operation, .state = state, .body = &body, .event = &event, .out = &out
    };

    outcome_init(&out, fixture->arena, "D7", "outside");
    on_told(&d);
    return out;
}

/* A question asked once more takes the place of the one that is out: told of often enough, none would be answered. */
static void check_storm(void **state)
{
    static const struct {
        const char *state, *reading, *other;
        void (*on_told)(struct deploying *d);
    } rows_told[] = {
        { "running", "run", "commit", deploy_on_told_of_run },
        { "cancelling", "run", "commit", deploy_on_told_of_run },
        { "awaiting-artifact", "digest", "commit", deploy_on_told_of_build },
        { "awaiting-checks", "checks", "commit", deploy_on_told_of_checks },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows_told); i++) {
        struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct outcome out = hear(fixture, rows_told[i].state, rows_told[i].on_told, NULL);

        assert_int_equal(out.readings_count, 1);
        assert_string_equal(out.readings[0].name, rows_told[i].reading);
        assert_int_equal(out.timers_count, 1); /* the look that was to come is made now */
        out = hear(fixture, rows_told[i].state, rows_told[i].on_told, rows_told[i].other);
        assert_int_equal(out.readings_count, 1);
        out = hear(fixture, rows_told[i].state, rows_told[i].on_told, rows_told[i].reading);
        assert_int_equal(out.readings_count, 0);
        assert_int_equal(out.timers_count, 0);
        assert_null(out.body);
        decision_destroy(fixture);
    }
}

/* Rows of the registry are walked to their end, and each says something. */
static void check_listeners(void **state)
{
    size_t count = 0;

    (void)state;
    for (; listeners[count].source; count++)
        assert_true(listeners[count].concerns || listeners[count].asks);
    assert_true(count > 0);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows) + 2];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] =
            (struct CMUnitTest){ .name = rows[i].name, .test_func = check_row, .initial_state = (void *)&rows[i] };
    tests[ARRAY_LEN(rows)] =
        (struct CMUnitTest){ .name = "every listener has something to say", .test_func = check_listeners };
    tests[ARRAY_LEN(rows) + 1] =
        (struct CMUnitTest){ .name = "a storm of events asks no question anew", .test_func = check_storm };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
