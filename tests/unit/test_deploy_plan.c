/* From settings to the plan of a deploy; how traffic is shared out; what older bodies become; and what is there
 * already. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/split.h"

#define ROLLOUTS                                                                                                       \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                              \
    "metrics: { prometheus: \"http://prometheus:9090\" }\n"                                                            \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                       \
    "    health: { path: /health, field: status, successes: 3 }\n"                                                     \
    "    environments:\n"                                                                                              \
    "      - name: production\n"                                                                                       \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api, invoker_token: true } }\n"       \
    "        strategy: { canary: { steps: [5%, { traffic: 50%, bake: 10m }, 100%], bake: 2m, watch: 30m } }\n"         \
    "        analysis: { error_rate: 0.5%, latency_p95: 200ms, queries: [{ name: q, query: \"x\", max: 2 }] }\n"       \
    "      - name: green\n"                                                                                            \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: green } }\n"                          \
    "        strategy: { blue_green: { watch: 2h, keep: 3h } }\n"                                                      \
    "        analysis: { on_fail: hold }\n"                                                                            \
    "      - name: plain\n"                                                                                            \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: plain } }\n"                          \
    "        strategy: all-at-once\n"                                                                                  \
    "policy: { rules: [{ allow: \"*\", to: everyone }] }\n"

static const struct plan_row {
    const char *name, *line;
    const char *steps; /* "5/120 50/600 100/120 watch 1800 keep 0": percent and seconds */
    bool is_judged;
} plan_rows[] = {
    { "a canary's steps, each with its bake", "deploy production v1", "5/120 50/600 100/120 watch 1800 keep 0", true },
    { "blue-green is one step with a watch", "deploy green v1", "100/0 watch 7200 keep 10800", false },
    { "all at once is one step", "deploy plain v1", "100/0 watch 0 keep 0", false },
    { "another strategy for once has usual steps", "deploy plain v1 --strategy canary",
      "5/300 25/300 50/300 100/300 watch 3600 keep 0", false },
    { "likewise blue-green", "deploy plain v1 --strategy blue-green", "100/0 watch 3600 keep 86400", false },
    { "the environment's own steps win", "deploy production v1 --strategy canary",
      "5/120 50/600 100/120 watch 1800 keep 0", true },
    { "all at once for once", "deploy production v1 --strategy all-at-once", "100/0 watch 0 keep 0", true },
};

static const struct deploy_body *begin(struct decision_fixture *fixture, const char *line, struct outcome *out)
{
    decision_answer(fixture, &verb_deploy, line, out);
    assert_true(out->begins);
    return out->body;
}

static void check_plan(void **state)
{
    const struct plan_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ROLLOUTS);
    AUTO_BUF struct buf text = BUF(200);
    const struct deploy_body *body;
    struct outcome out;

    body = begin(fixture, row->line, &out);
    for (size_t i = 0; i < body->steps_count; i++)
        buf_addf(&text, "%d/%d ", (int)body->steps[i].percent, (int)(body->steps[i].bake_ms / 1000));
    buf_addf(&text, "watch %d keep %d", (int)(body->watch_ms / 1000), (int)(body->keep_ms / 1000));
    assert_string_equal(buf_text(&text), row->steps);
    assert_int_equal(body->limits.is_judged, row->is_judged);
}

#define MINUTES(analysis)                                                                                              \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                              \
    "metrics: { google_cloud_monitoring: true }\n"                                                                     \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                       \
    "    environments:\n"                                                                                              \
    "      - name: production\n"                                                                                       \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api } }\n"                            \
    "        strategy: { canary: { steps: [5%, 100%] } }\n"                                                            \
    "        analysis: { error_rate: 0.5%" analysis " }\n"                                                             \
    "policy: { rules: [{ allow: \"*\", to: everyone }] }\n"

static int64_t block_of(const char *configuration)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration);
    struct outcome out;

    return begin(fixture, "deploy production v1", &out)->limits.block_ms;
}

static void blocks_of_cloud_monitoring_are_minutes(void **state)
{
    (void)state;
    assert_int_equal(block_of(MINUTES("")), MINUTE_MS);
    assert_int_equal(block_of(MINUTES(", block: 61s")), 2 * MINUTE_MS);
    assert_int_equal(block_of(MINUTES(", block: 5m")), 5 * MINUTE_MS);
    assert_int_equal(block_of(ROLLOUTS), 15 * SECOND_MS);
}

static void check_limits(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ROLLOUTS);
    const struct deploy_body *body;
    AUTO_JSON cJSON *record = NULL;
    struct deploy_body again;
    struct outcome out;
    struct error err;

    (void)state;
    body = begin(fixture, "deploy production v1", &out);
    record = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE);
    assert_true(shape_from_json(&deploy_body_shape, record, fixture->arena, &again, &err));
    assert_true(again.limits.error_rate > 0.00499 && again.limits.error_rate < 0.00501);
    assert_int_equal(again.limits.latency_p95_ms, 200);
    assert_int_equal(again.limits.unanswered_ms, 15 * MINUTE_MS);
    assert_int_equal(again.limits.on_inconclusive, ON_INCONCLUSIVE_HOLD);
    assert_string_equal(again.limits.queries[0].query, "x");
    assert_true(again.limits.maxima[0].is_known && again.limits.maxima[0].value == 2);
    assert_string_equal(again.limits.names.requests, "http_requests_total");
    assert_string_equal(again.health_field, "status");
    assert_string_equal(again.health_value, "healthy");
    assert_int_equal(again.health_successes, 3);
    assert_true(again.health_is_private);
    assert_int_equal(again.strategy, STRATEGY_CANARY);
}

/* ---- health ---- */

static const struct health_row {
    const char *name;
    int64_t healthy, asked; /* in a row so far; so many are needed */
    const char *answer, *outcome;
    int64_t healthy_then;
} health_rows[] = {
    { "one healthy answer of three is asked again", 0, 3, "{'is_healthy':true}", "- @poll+1s", 1 },
    { "the third lets it go on", 2, 3, "{'is_healthy':true}", "shifting !run.traffic", 3 },
    { "an unhealthy one between them begins anew", 2, 3, "{'is_healthy':false}", "- @poll+1s", 0 },
    { "a body that asked for none needs one", 0, 0, "{'is_healthy':true}", "shifting !run.traffic", 1 },
};

static void check_health(void **state)
{
    const struct health_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
    struct operation operation = deploy_operation_in("checking");
    struct event event = { .kind = EVENT_READING, .name = "health", .body = decision_json(fixture, row->answer) };
    struct outcome out;

    body->healthy_in_a_row = row->healthy;
    body->health_successes = row->asked;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    assert_int_equal(((const struct deploy_body *)out.body)->healthy_in_a_row, row->healthy_then);
}

static void check_probe(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
    struct operation operation = deploy_operation_in("checking");
    struct event event = { .kind = EVENT_TIMER, .name = "poll" };
    struct outcome out;

    (void)state;
    body->health_is_private = true;
    body->service_uri = "https://api.run.app";
    body->health_field = "status";
    body->health_value = "healthy";
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(json_find_string(out.readings[0].args, "audience"), "https://api.run.app");
    assert_string_equal(json_find_string(out.readings[0].args, "json_field"), "status");
    assert_string_equal(json_find_string(out.readings[0].args, "json_value"), "healthy");
}

/* ---- shares ---- */

static const struct split_row {
    const char *name;
    struct run_share before[4];
    size_t count;
    int64_t percent;
    const char *split;
} split_rows[] = {
    { "the rest stays with the old one", { { "a", 100, NULL, NULL } }, 1, 5, "`n` 5 %, `a` 95 %" },
    { "several old ones keep their proportion",
      { { "a", 80, NULL, NULL }, { "b", 20, NULL, NULL } },
      2,
      50,
      "`n` 50 %, `a` 40 %, `b` 10 %" },
    { "what rounding loses goes to who lost most",
      { { "a", 34, NULL, NULL }, { "b", 33, NULL, NULL }, { "c", 33, NULL, NULL } },
      3,
      25,
      "`n` 25 %, `a` 25 %, `b` 25 %, `c` 25 %" },
    { "and to the earlier one among equals",
      { { "a", 50, NULL, NULL }, { "b", 50, NULL, NULL } },
      2,
      5,
      "`n` 5 %, `a` 48 %, `b` 47 %" },
    { "whoever has too little drops out",
      { { "a", 99, NULL, NULL }, { "b", 1, NULL, NULL } },
      2,
      75,
      "`n` 75 %, `a` 25 %" },
    { "at 100 ours alone", { { "a", 60, NULL, NULL }, { "b", 40, NULL, NULL } }, 2, 100, "`n` 100 %" },
    { "a tag of somebody's does not move", { { "a", 100, "blue", NULL } }, 1, 25, "`n` 25 %, `a` 75 %" },
};

static void check_split(void **state)
{
    const struct split_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct deploy_body body = {
        .revision = "n", .tag = "d7", .before = (struct run_share *)row->before, .before_count = row->count
    };
    struct split split = split_with(&body, row->percent, arena);
    int64_t sum = 0;

    assert_string_equal(split_text(split, arena), row->split);
    for (size_t i = 0; i < split.count; i++) {
        sum += split.shares[i].percent;
        assert_true(i == 0 ? strcmp(split.shares[i].tag, "d7") == 0 : split.shares[i].tag == NULL);
    }
    assert_int_equal(sum, 100);
    assert_true(split_is_between(split, &body));
}

static void check_between(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct run_share before[] = { { "a", 100, NULL, NULL } },
                     theirs[] = { { "x", 1, NULL, NULL }, { "a", 99, NULL, NULL } };
    struct deploy_body body = { .revision = "n", .before = before, .before_count = 1 };

    (void)state;
    assert_false(split_is_between((struct split){ theirs, 2 }, &body));
    assert_false(split_is_between((struct split){ NULL, 0 }, &body));
    theirs[0].percent = 0;
    assert_true(split_is_between((struct split){ theirs, 2 }, &body));
}

static void check_ratio(void **state)
{
    static const struct {
        int64_t a, b, n; /* of two that had 60 and 40, and of ours */
        bool is_between;
    } rows[] = { { 60, 40, 0, true }, { 30, 20, 50, true },  { 31, 19, 50, true }, { 32, 18, 50, false },
                 { 0, 0, 100, true }, { 57, 38, 5, true },   { 40, 60, 0, false }, { 100, 0, 0, false },
                 { 58, 37, 5, true }, { 50, 0, 50, false } };
    struct run_share before[] = { { "a", 60, NULL, NULL }, { "b", 40, NULL, NULL } };
    struct deploy_body body = { .revision = "n", .before = before, .before_count = 2 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct run_share found[] = { { "a", rows[i].a, NULL, NULL }, { "b", rows[i].b, NULL, NULL },
                                     { "n", rows[i].n, NULL, NULL } };

        if (split_is_between((struct split){ found, 3 }, &body) != rows[i].is_between)
            fail_msg("row %zu", i);
    }
}

/* ---- an older body ---- */

static void check_upgrade(void **state)
{
    static const char old[] = "{'service':'api','environment':'staging','version':'v1','repository':'r','image':'" IMAGE
                              "','place':{'project':'acme','region':'us-central1','service':'api-service'},"
                              "'health_status':200,'health_timeout_ms':3000,'health_deadline_ms':30000,"
                              "'revision':'" OURS "','tag':'d1042','previous':'api-old','before':[" ALL_OLD "],"
                              "'uri':'https://x','state_deadline_at_ms':1,'checks':1,'switched_at_ms':0}";
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    AUTO_JSON cJSON *record = json_copy(decision_json(fixture, old));
    struct operation operation = deploy_operation_in("checking");
    struct event event = { .kind = EVENT_READING,
                           .name = "health",
                           .body = decision_json(fixture, "{'is_healthy':true}") };
    struct deploy_body body;
    struct outcome out;
    struct error err;

    (void)state;
    assert_int_equal(machine_deploy.upgrades_count, 2);
    assert_int_equal(machine_deploy.upgrades[0].from_schema, 1);
    record = machine_deploy.upgrades[0].upgrade(TAKE(record));
    assert_true(shape_from_json(&deploy_body_shape, record, fixture->arena, &body, &err));
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, &body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), "shifting !run.traffic");
    assert_true(
        cJSON_Compare(json_find(out.effects[0].args, "expected"), decision_json(fixture, "[" ALL_OLD "]"), true));
    assert_int_equal(json_find_int(out.effects[0].args, "wanted.0.percent", 0), 100);
}

/* ---- what is kept, what is there already ---- */

static void check_kept_tag(void **state)
{
    static struct target_version good[] = { { "v1", "i", "api-service-d7-0000b7", "D7", 1, NULL, NULL, false },
                                            { "v2", "i", "api-service-d8-0000b8", "D8", DECISION_NOW_MS - HOUR_MS, NULL, NULL, false } };
    static const struct target target = { .name = "api/staging", .good = good, .good_count = 2 };
    static const char service[] = "{'is_settled':true,'is_ready':true,'serving':'api-service-d8-0000b8','wanted':["
                                  "{'revision':'api-service-d8-0000b8','percent':100,'tag':'d8'},"
                                  "{'revision':'api-service-d7-0000b7','percent':0,'tag':'d7'},"
                                  "{'revision':'api-service-d6-0000b6','percent':0,'tag':'d6'}]}";
    static const struct {
        int64_t keep_ms;
        size_t removed;
    } rows[] = { { 0, 2 }, { 2 * HOUR_MS, 1 }, { HOUR_MS, 2 } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("looking");
    struct event event = { .kind = EVENT_READING, .name = "service", .body = decision_json(fixture, service) };

    (void)state;
    fixture->targets = &target;
    fixture->targets_count = 1;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
        struct outcome out;

        body->keep_ms = rows[i].keep_ms;
        outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
        machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
        assert_int_equal(((const struct deploy_body *)out.body)->remove_tags_count, rows[i].removed);
    }
}

static const struct same_row {
    const char *name, *line, *other, *state; /* the other one's body */
    const char *answer;                      /* its beginning */
} same_rows[] = {
    { "the same version that is being pinned", "deploy api staging v1", "{'version':'v1'}", "pinning",
      "REFUSED D5 does that already: `v1` to api/staging. Nothing was done." },
    { "another version goes behind it", "deploy api staging v2", "{'version':'v1'}", "pinning", "*D7*: deploying" },
    { "a tag may have moved since the other one was pinned", "deploy api staging v1",
      "{'version':'v1','image':'r@sha256:1'}", "baking", "*D7*: deploying" },
    { "a digest never moves",
      "deploy api staging sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      "{'version':'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08','image':'r@sha256:9f'}",
      "baking", "REFUSED D5 does that already" },
    { "a program that runs is on its way", "deploy api staging v1", "{'version':'v1','program':{'argv':['x']}}",
      "executing", "REFUSED D5 does that already" },
    { "one whose program is being stopped brings nothing any more", "deploy api staging v1",
      "{'version':'v1','program':{'argv':['x'],'stopping':'aborted by ann'}}", "executing", "*D7*: deploying" },
    { "nor one whose run is being cancelled", "deploy api staging v1", "{'version':'v1'}", "cancelling",
      "*D7*: deploying" },
};

static void check_same(void **state)
{
    const struct same_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation other = deploy_operation_in(row->state);
    struct outcome out;
    const char *answer;

    other.id = "D5";
    other.body = decision_json(fixture, row->other);
    fixture->operations = &other;
    fixture->operations_count = 1;
    answer = decision_answer(fixture, &verb_deploy, row->line, &out);
    assert_true(strncmp(answer, row->answer, strlen(row->answer)) == 0);
}

static void check_same_image(void **state)
{
    static const struct {
        const char *other, *result;
        bool is_older, is_ended;
    } rows[] = {
        { "{'version':'main','image':'" IMAGE "'}", "refused", true, false },
        { "{'version':'v1','image':'r@sha256:1'}", NULL, true, false },
        { "{'version':'main','image':'" IMAGE "','returning':'it failed'}", NULL, true, false },
        { "{'version':'main','image':'" IMAGE "'}", NULL, true, true },
        { "{'version':'main','image':'" IMAGE "'}", NULL, false, false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct operation both[2] = { deploy_operation_in("pinning"), deploy_operation_in("pinning") };
        struct operation *ours = &both[rows[i].is_older], *other = &both[!rows[i].is_older];
        struct event event = { .kind = EVENT_READING,
                               .name = "digest",
                               .body = decision_json(fixture, "{'image':'" IMAGE "'}") };
        struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
        struct outcome out;

        body->image = NULL;
        other->id = "D5";
        other->body = decision_json(fixture, rows[i].other);
        other->result = rows[i].is_ended ? "done" : NULL;
        other->ended_at_ms = rows[i].is_ended;
        fixture->operations = both;
        fixture->operations_count = 2;
        outcome_init(&out, fixture->arena, ours->id, ours->outside_id);
        machine_deploy.on_event(&fixture->view, ours, body, &event, &out);
        if (rows[i].result)
            assert_string_equal(out.summary,
                                "D5 does that already: the same image to api/staging. Nothing was changed; the card of "
                                "D5 tells the rest.");
        else
            assert_string_equal(out.state, "queued");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "Cloud Monitoring counts by the minute, and so are its blocks", blocks_of_cloud_monitoring_are_minutes, NULL, NULL,
          NULL },
        { "limits and health are in the plan, and in its record", check_limits, NULL, NULL, NULL },
        { "a private service's health is asked with its own address", check_probe, NULL, NULL, NULL },
        { "a split that somebody shared out anew is not between them either", check_ratio, NULL, NULL, NULL },
        { "a split with anybody else in it is not between ours and the old ones", check_between, NULL, NULL, NULL },
        { "a deploy of the first schema goes on, all at once", check_upgrade, NULL, NULL, NULL },
        { "a tag that was left a short time ago is kept", check_kept_tag, NULL, NULL, NULL },
        { "the younger of two deploys of one image gives way", check_same_image, NULL, NULL, NULL },
    };
    int failed = ROWS(plan_rows, check_plan) + ROWS(health_rows, check_health) + ROWS(split_rows, check_split) +
                 ROWS(same_rows, check_same);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
