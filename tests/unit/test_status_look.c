/* `status` asks around: every source as soon as it can be asked, each with a limit, and one answer, in whatever order
 * they come back, or never. */
#include "tests/unit/status_look_fixture.h"

static const struct row rows[] = {
    { "in another order, the same",
      "status api staging",
      0,
      { BRINGS(10, "metrics.0", NUMBERS), BRINGS(5, "service.0", WELL), BRINGS(5, "health.0", HEALTHY) },
      "begin ?service.0=3s ?metrics.0=3s | - | ?health.0=3s | end",
      "~p95 110 ms" },
    { "nobody answers, and not even the engine says so",
      "status api staging",
      0,
      { DUE(5000, "answer") },
      "begin ?service.0=3s ?metrics.0=3s | end",
      "~sources: Cloud Run: no answer in 5 s; health: not asked, no address in time; Prometheus: no answer in 5 s;" },
    { "a source that is late leaves the next one what is left of the time",
      "status api staging",
      0,
      { BRINGS(2900, "service.0", WELL), DUE(2100, "answer") },
      "begin ?service.0=3s ?metrics.0=3s | ?health.0=2s100ms | end",
      "~health: no answer in 2 s; Prometheus: no answer in 5 s" },
    { "one that is far too late leaves it none",
      "status api staging",
      UNRECORDED,
      { BRINGS(6000, "service.0", WELL) },
      "begin ?service.0=3s | end",
      "~sources: Cloud Run: now; health: not asked, no address in time; Prometheus: not asked, no revision in time" },
    { "answers that nobody waits for change nothing",
      "status api staging",
      0,
      { BRINGS(1, "health.0", HEALTHY), BRINGS(1, "service.1", WELL), BRINGS(1, "service.-1", WELL),
        BRINGS(1, "service", WELL), BRINGS(1, "digest.0", WELL), DUE(1, "other") },
      "begin ?service.0=3s ?metrics.0=3s | nothing | nothing | nothing | nothing | nothing | nothing",
      NULL },
    { "nor does a second answer",
      "status api staging",
      0,
      { BRINGS(1, "service.0", WELL), BRINGS(1, "service.0", "{}"), BRINGS(1, "health.0", HEALTHY),
        BRINGS(1, "health.0", "{}") },
      "begin ?service.0=3s ?metrics.0=3s | ?health.0=3s | nothing | - | nothing",
      NULL },
    { "a place in several regions: a line for each",
      "status wide world",
      HELD,
      { FAILS(1, "service.1", END_FAILED, "no such service"),
        BRINGS(1, "service.0",
               SERVES("w-1", SHARE("w-1", 95) "," SHARE("w-2", 5), SHARE("w-1", 95) "," SHARE("w-2", 5))),
        BRINGS(1, "health.0", HEALTHY) },
      "begin ?service.0=3s ?service.1=3s | - | ?health.0=3s | end",
      "*wide/world*, in 2 regions:\n"
      "*us-central1*: `v1.3.0` 95 %, `w-2` 5 %; traffic: `w-1` 95 %, `w-2` 5 %; "
      "ready; healthy (200)\n"
      "*drift* in us-central1: 5 % on `w-2`, not opsgate's doing; the record has all of it on `w-1`\n"
      "record: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n"
      "sources: Cloud Run: now; health: now; opsgate's record: 3 h\n"
      "*europe-west1*: not known\n"
      "record: nothing deployed by opsgate yet\n"
      "sources: Cloud Run: no such service; health: not asked, no address in time; opsgate's record: now\n"
      "D6 deploy in europe-west1 by @{slack:U2}, 90 s ago: baking" },
    { "of very many regions only so many are asked",
      "status wide world",
      MANY_REGIONS,
      { DUE(5000, "answer") },
      "begin ?service.0=3s ?service.1=3s ?service.2=3s ?service.3=3s ?service.4=3s ?service.5=3s ?service.6=3s "
      "?service.7=3s | end",
      "~and 1 more, which were not asked" },
    { "all places: only what the record does not say",
      "status",
      0,
      { BRINGS(1, "service.0", SERVES("api-x", SHARE("api-x", 100), SHARE("api-x", 100))),
        BRINGS(1, "service.1", "{'is_settled':true,'problem':'no quota'}"), BRINGS(1, "service.2", WELL),
        FAILS(1197, "service.3", END_GAVE_UP, "no answer in time") },
      "begin ?service.0=1s200ms ?service.1=1s200ms ?service.2=1s200ms ?service.3=1s200ms | - | - | - | end",
      "*What opsgate last deployed where*, at @{time:1795212001200}\n"
      "*api/staging*: `v1.3.0`, 3 h ago (D4); drift: 100 % on `api-x`, not opsgate's doing\n"
      "*api/production*: nothing deployed by opsgate yet; not ready: no quota\n"
      "*wide/world/us-central1*: `v1.3.0`, 3 h ago (D4); drift: 100 % on `api-d4`, not opsgate's doing\n"
      "*wide/world/europe-west1*: nothing deployed by opsgate yet; Cloud Run: no answer in 1 s\n"
      "sources: opsgate's record; Cloud Run: now, but it told of 3 places of 4" },
    { "where opsgate never deployed it tells what serves",
      "status",
      0,
      { BRINGS(1, "service.0", WELL), BRINGS(1, "service.1", SERVES("api-x", SHARE("api-x", 100), SHARE("api-x", 100))),
        BRINGS(1, "service.2", WELL), BRINGS(1, "service.3", WELL) },
      NULL,
      "~*api/production*: nothing deployed by opsgate yet; revision `api-x` serves, a version that opsgate does not know" },
    { "of a service only its own places are asked about",
      "status wide",
      0,
      { BRINGS(1, "service.0", WELL), FAILS(1199, "service.1", END_GAVE_UP, "no answer in time") },
      "begin ?service.0=1s200ms ?service.1=1s200ms | - | end",
      "*What opsgate last deployed*: *wide*, at @{time:1795212001200}\n"
      "*wide/world/us-central1*: `v1.3.0`, 3 h ago (D4); drift: 100 % on `api-d4`, not opsgate's doing\n"
      "*wide/world/europe-west1*: nothing deployed by opsgate yet; Cloud Run: no answer in 1 s\n"
      "more of one: `status SERVICE ENVIRONMENT`\n"
      "sources: opsgate's record; Cloud Run: now, but it told of 1 places of 2" },
    { "all places, and Cloud Run is down",
      "status",
      0,
      { DUE(1200, "answer") },
      NULL,
      "~sources: opsgate's record alone; Cloud Run told nothing" },
    { "more places than one look may ask about are told at once",
      "status",
      MANY_REGIONS,
      { { 0, NULL, NULL, END_DONE, NULL } },
      "told",
      "*What opsgate last deployed where*, at @{time:1795212000000}\n"
      "*wide/world/a*: nothing deployed by opsgate yet\n"
      "*wide/world/b*: nothing deployed by opsgate yet\n"
      "*wide/world/c*: nothing deployed by opsgate yet\n"
      "*wide/world/d*: nothing deployed by opsgate yet\n"
      "*wide/world/e*: nothing deployed by opsgate yet\n"
      "*wide/world/f*: nothing deployed by opsgate yet\n"
      "*wide/world/g*: nothing deployed by opsgate yet\n"
      "*wide/world/h*: nothing deployed by opsgate yet\n"
      "*wide/world/i*: nothing deployed by opsgate yet\n"
      "sources: opsgate's record alone; `status SERVICE ENVIRONMENT` asks around" },
};

/* ---- what is asked ---- */

static const cJSON *args_of(const struct outcome *out, const char *name)
{
    for (size_t i = 0; i < out->readings_count; i++)
        if (strcmp(out->readings[i].name, name) == 0)
            return out->readings[i].args;
    fail_msg("%s is not asked", name);
    return NULL;
}

static void check_questions(void **state)
{
    static const struct operation operation = { .id = "D7", .kind = "status", .schema = 1, .state = "looking" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct request request = decision_request(fixture, "status api staging");
    struct event event = { .kind = EVENT_READING, .name = "service.0", .body = decision_json(fixture, WELL) };
    struct outcome begun, next;
    struct question question;
    struct measure_ask measure;
    struct health_probe probe;
    struct run_place place;
    const void *arguments;
    struct error err;

    (void)state;
    arrange(fixture, 0);
    outcome_init(&begun, fixture->arena, "D7", "birth-00000000000000d7");
    assert_true(verb_status.asks(&fixture->view, &request, &question, &arguments, &err));
    verb_status.begin(&fixture->view, &request, &question, arguments, &begun);
    assert_true(shape_from_json(&run_place_shape, args_of(&begun, "service.0"), fixture->arena, &place, &err));
    assert_string_equal(place.service, "api-service");
    assert_string_equal(place.region, "us-central1");
    assert_true(shape_from_json(&measure_ask_shape, args_of(&begun, "metrics.0"), fixture->arena, &measure, &err));
    assert_string_equal(measure.canary, "api-d4");
    assert_null(measure.baseline);
    assert_int_equal(measure.window_ms, 5 * MINUTE_MS);
    assert_string_equal(measure.names.requests, "hits_total");
    outcome_init(&next, fixture->arena, "D7", "birth-00000000000000d7");
    machine_status.on_event(&fixture->view, &operation, begun.body, &event, &next);
    assert_true(shape_from_json(&health_probe_shape, args_of(&next, "health.0"), fixture->arena, &probe, &err));
    assert_string_equal(probe.url, "https://api.run.app/health");
    assert_int_equal(probe.timeout_ms, 3000); /* no longer than anybody waits for it */
    assert_null(probe.audience);
}

/* ---- what else may come ---- */

static void check_wishes(void **state)
{
    static const struct operation operation = { .id = "D7", .kind = "status", .schema = 1, .state = "looking" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct status_body body = { .target = "api/staging" };
    struct event event = { .kind = EVENT_REQUEST, .name = "abort" };
    struct outcome out;

    (void)state;
    outcome_init(&out, fixture->arena, "D7", "birth-00000000000000d7");
    machine_status.on_event(&fixture->view, &operation, &body, &event, &out);
    assert_true(out.reply->is_refusal);
    assert_null(out.result);
    event = (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED };
    outcome_init(&out, fixture->arena, "D7", "birth-00000000000000d7");
    machine_status.on_event(&fixture->view, &operation, &body, &event, &out);
    assert_null(out.reply);
    assert_null(out.body);
}

/* A reload took the place away while it was looked at. */
static void check_place_gone(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    AUTO_DECISION struct decision_fixture *reloaded = decision_create(NINE_REGIONS);
    struct run run = { .fixture = fixture, .trace = "" };

    (void)state;
    arrange(fixture, UNRECORDED);
    begin(&run, "status api staging");
    fixture->view.settings = &reloaded->configuration->settings;
    take_step(&run, &(struct step)BRINGS(1, "service.0", WELL));
    assert_true(run.has_ended);
    assert_non_null(strstr(run.answer, "revision `api-d4` serves"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "each is asked what it can answer", check_questions, NULL, NULL, NULL },
        { "it cannot be aborted, and needs not be; messages change nothing", check_wishes, NULL, NULL, NULL },
        { "a place that is no longer configured is told as far as it was seen", check_place_gone, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
