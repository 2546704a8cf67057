/* Before the first step: what is asked, and what the card tells of it. */
#include "tests/unit/deploy_fixture.h"
#include "tests/unit/rows.h"

#include "handlers/deploy/forecast.h"

#define TOLD(requests) "{'canary':{'requests':" KNOWN(requests) "},'baseline':{},'at_ms':1795212000000}" /* in 10 min  \
                                                                                                          */

#define COUNTED(from, to, requests)                                                                                    \
    "{'from_ms':" #from ",'to_ms':" #to ",'canary':{'requests':" KNOWN(requests) "},'baseline':{}}"
#define UNCOUNTED(from, to) "{'from_ms':" #from ",'to_ms':" #to ",'canary':{},'baseline':{}}"
#define IN_BLOCKS(requests, blocks)                                                                                    \
    "{'canary':{'requests':" KNOWN(requests) "},'baseline':{},'at_ms':1795212000000,'blocks':[" blocks "]}"

static const struct row {
    const char *name, *answer; /* NULL: none */
    unsigned is;
    int64_t step;
    const char *result, *says; /* NULL: nothing */
} rows[] = {
    { "enough", TOLD(2000000), JUDGED, 0, NULL, "5 % gets about 16,667 requests in 100 s: enough to find 5 % failing" },
    { "too few to find that", TOLD(24000), JUDGED, 0, NULL,
      "which could hide up to 6.3 % failing. To find 5 % failing it takes" },
    { "a later step gets enough", TOLD(24000), JUDGED, 0, NULL, "the step to 25 % gets them" },
    { "a longer bake would", TOLD(24000), JUDGED, 0, NULL, "would bring them, or time alone decides" },
    { "too few to be judged at all", TOLD(100), JUDGED, 0, NULL,
      "5 % gets about 1 requests in 100 s: too few to be judged." },
    { "none at all", TOLD(0), JUDGED, 0, NULL, "too few to be judged. To find 5 % failing it takes" },
    { "a source that knows of none", EMPTY_NUMBERS, JUDGED, 0, NULL,
      "the metrics source knows of no requests to `api-old`: no step can be judged so" },
    { "a source that talks nonsense says nothing", "{'canary':7}", JUDGED, 0, NULL, NULL },
    { "nor does one that does not answer", NULL, JUDGED, 0, NULL, NULL },
    { "without a judge there is none", TOLD(24000), 0, 0, NULL, NULL },
    { "nor at the second step", TOLD(24000), JUDGED, 1, NULL, NULL },
    { "nor once it is over", TOLD(24000), JUDGED, 0, "aborted", NULL },
    { "one that is known for a minute alone is divided by that", /* 50 a second */
      IN_BLOCKS(3000, UNCOUNTED(1795211910000, 1795211940000) "," COUNTED(
                          1795211940000, 1795211970000, 1500) "," COUNTED(1795211970000, 1795212000000, 1500)),
      JUDGED, 0, NULL, "5 % gets about 250 requests in 100 s" },
    { "hostile: blocks without a length", IN_BLOCKS(24000, COUNTED(1795211970000, 1795211970000, 7)), JUDGED, 0, NULL,
      "5 % gets about 200 requests in 100 s" },
    { "hostile: fewer than none", TOLD(-5), JUDGED, 0, NULL, "knows of no requests" },
    { "hostile: more than there are", TOLD(1e300), JUDGED, 0, NULL, "enough to find" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, row->step, 0, row->is);
    struct operation operation = deploy_operation_in("creating");
    struct event event = { .kind = EVENT_READING, .name = "forecast", .end = row->answer ? END_DONE : END_GAVE_UP };
    struct outcome out;

    if (row->answer)
        event.body = decision_json(fixture, row->answer);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_int_equal(out.effects_count, 0);
    assert_int_equal(out.timers_count, 0);
    operation.result = row->result;
    deploy_assert_says(forecast_text(&operation, out.body ? out.body : body, fixture->arena), row->says);
}

/* A source that knows services by their place is told it, and that it is late. */
static void check_asked(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, JUDGED);
    struct operation operation = deploy_operation_in("creating");
    struct outcome out;
    struct deploying deploying = { .view = &fixture->view, .operation = &operation, .body = body, .out = &out };
    struct measure_ask ask;
    struct error err;

    (void)state;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    body->limits.lag_ms = 240000;
    forecast_read(&deploying);
    assert_int_equal(out.readings_count, 1);
    assert_true(shape_from_json(&measure_ask_shape, out.readings[0].args, fixture->arena, &ask, &err));
    assert_string_equal(ask.canary, "api-old");
    assert_non_null(ask.place);
    assert_string_equal(ask.place->project, "acme");
    assert_string_equal(ask.place->service, "api-service");
    assert_int_equal(ask.lag_ms, 240000);
}

/* Where nobody said what should be found, it is above the limit. */
static void check_detect(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, JUDGED);
    struct operation operation = deploy_operation_in("creating");
    struct deploy_forecast told = { .requests_a_minute = 1e6 };

    (void)state;
    body->forecast = &told;
    body->limits.detect = 0;
    body->limits.error_rate = 0.005;
    deploy_assert_says(forecast_text(&operation, body, fixture->arena), "enough to find 5 % failing");
    body->limits.error_rate = 0.1;
    deploy_assert_says(forecast_text(&operation, body, fixture->arena), "enough to find 20 % failing");
    body->limits.error_rate = 0.7;
    deploy_assert_says(forecast_text(&operation, body, fixture->arena), "enough to find 100 % failing");
    body->limits.detect = 0.8;
    deploy_assert_says(forecast_text(&operation, body, fixture->arena), "enough to find 80 % failing");
}

int main(void)
{
    const struct CMUnitTest asked[] = { cmocka_unit_test(check_asked), cmocka_unit_test(check_detect) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(asked, NULL, NULL);
}
