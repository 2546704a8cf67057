/* A step judged by what opsgate asks the new revision itself: what it adds to the judge, and what it decides. */
#include "tests/unit/deploy_fixture.h"
#include "tests/unit/page.h"

#include "handlers/control.h"
#include "handlers/deploy/card.h"
#include "handlers/deploy/forecast.h"
#include "handlers/deploy/plan.h"
#include "handlers/deploy/probing.h"

#include <math.h>

#define EVERY_MS (5 * SECOND_MS)
#define BLOCK_MS (15 * SECOND_MS)
#define ASKING "......" /* six rounds: 30 s */
#define MISSED "could have missed up to 18 % failing"

/* A round for each letter: '.' good, 'x' failed, '?' not made, 's' slow and good. Small ones: how the revision before
 * did is in a text of its own, or NULL. */
static struct probes_made made_of(struct arena *arena, const char *canary, const char *baseline)
{
    struct probes_made made = { .rounds = NULL };

    for (size_t i = 0; canary[i]; i++) {
        char other = baseline ? baseline[i] : '?';

        *ARENA_PUSH(arena, made.rounds, made.rounds_count) = (struct probe_round){
            .to_ms = (int64_t)(i + 1) * EVERY_MS,
            .canary = { canary[i] != '?', canary[i] == '.' || canary[i] == 's', canary[i] == 's' ? 900 : 20 },
            .baseline = { other != '?', other == '.' || other == 's', other == 's' ? 900 : 20 },
        };
        if (canary[i] == 'x' || canary[i] == '?')
            made.problem = canary[i] == 'x' ? "answered 500, expected 200" : "it is away";
    }
    return made;
}

static void set_probes(struct deploy_body *body, struct arena *arena)
{
    struct deploy_probes *probes = ARENA_NEW(arena, struct deploy_probes);

    *probes =
        (struct deploy_probes){ .path = "/health", .every_ms = EVERY_MS, .timeout_ms = 2000, .expect_status = 200 };
    body->limits.probes = probes;
    body->limits.block_ms = BLOCK_MS;
    body->limits.lag_ms = 0;
    body->limits.is_judged = true;
}

/* ---- judged ---- */

enum { BASELINE = 1, LAST = 2, P95 = 4, VS = 8, LIMIT = 16 };

static const struct row {
    const char *name;
    const char *canary, *baseline; /* of each asking */
    int askings;
    const char *then, *then_baseline; /* the last asking, another one; or NULL */
    unsigned flags;
    int64_t bake_ms, max_bake_ms;
    enum judge_verdict verdict;
    const char *why; /* a part */
} rows[] = {
    { "all good passes when it was baked, and says what it may have missed", ASKING, NULL, 10, .bake_ms = 5 * MINUTE_MS,
      .verdict = JUDGE_PASS, .why = "0 % of 60 probes failed; " MISSED },
    { "so it does beside the one before", ASKING, ASKING, 10, .flags = BASELINE, .bake_ms = 5 * MINUTE_MS,
      .verdict = JUDGE_PASS, .why = "0 % of 60 probes failed; " MISSED },
    { "not before", ASKING, NULL, 9, .bake_ms = 5 * MINUTE_MS, .verdict = JUDGE_WAIT,
      .why = "4m30s of 5m observed: 0 % of 54 probes failed" },
    { "of fewer than twenty nothing passes", ASKING, NULL, 3, .bake_ms = MINUTE_MS, .verdict = JUDGE_WAIT,
      .why = "the new version got 18 probes of at least 20" },
    { "one in three failing fails, long before the bake is over", ".x..x.", ASKING, 4, .flags = BASELINE,
      .bake_ms = 5 * MINUTE_MS, .verdict = JUDGE_FAIL, .why = " of 24 probes failed, over the limit of 1 %" },
    { "and without anything to compare with, a little later", ".x..x.", NULL, 8, .bake_ms = 10 * MINUTE_MS,
      .verdict = JUDGE_FAIL, .why = " probes failed, over the limit of 1 %" },
    { "all failing fails at the first answer", "xxxxxx", ASKING, 1, .flags = BASELINE, .bake_ms = 5 * MINUTE_MS,
      .verdict = JUDGE_FAIL, .why = "100 % of 6 probes failed, over the limit of 1 %" },
    { "where nothing serves beside it, at the third", "xxxxxx", NULL, 3, .flags = LAST, .bake_ms = 5 * MINUTE_MS,
      .verdict = JUDGE_FAIL, .why = "100 % of 18 probes failed" },
    { "one bad moment stops nothing", ASKING, NULL, 10, .then = "xxx...", .bake_ms = 10 * MINUTE_MS,
      .verdict = JUDGE_WAIT, .why = "5m30s of 10m observed" },
    { "but nothing passes right after it", ASKING, NULL, 9, .then = "...xxx", .bake_ms = 5 * MINUTE_MS,
      .verdict = JUDGE_WAIT, .why = "it looks worse than it may be, but not surely: 5 % of 60 probes failed" },
    { "what hits both stops neither", "xxxxxx", "xxxxxx", 3, .flags = BASELINE, .bake_ms = 5 * MINUTE_MS,
      .verdict = JUDGE_WAIT, .why = "0s of 5m observed" },
    { "twice as often as the one before is over that limit", "xx.xx.", ASKING, 8, .flags = BASELINE | VS | LIMIT,
      .bake_ms = 10 * MINUTE_MS, .verdict = JUDGE_FAIL, .why = "probes failed, over 2 times the old version's 0 %" },
    { "slow ones fail", "ssssss", ASKING, 2, .flags = BASELINE | P95, .bake_ms = 5 * MINUTE_MS, .verdict = JUDGE_FAIL,
      .why = "100 % of 12 probes were slower than 200 ms, where 5 % may be" },
    { "and where no limit says what is slow they do not", "ssssss", NULL, 10, .bake_ms = 5 * MINUTE_MS,
      .verdict = JUDGE_PASS, .why = "0 % of 60 probes failed" },

    { "none that was made is no pass", "??????", NULL, 10, .bake_ms = 5 * MINUTE_MS, .verdict = JUDGE_WAIT,
      .why = "it cannot be judged yet: the last probes could not be made: it is away" },
    { "and inconclusive in the end", "??????", NULL, 60, .bake_ms = 5 * MINUTE_MS, .verdict = JUDGE_INCONCLUSIVE,
      .why = "it cannot be judged after 30 min: the last probes could not be made: it is away" },
    { "those that were not made are no known time", "?.?.?.", NULL, 10, .bake_ms = 5 * MINUTE_MS, .verdict = JUDGE_WAIT,
      .why = "2m30s of 5m observed: 0 % of 30 probes failed" },
    { "and do not hide those that failed", "?x?x?x", ASKING, 2, .flags = BASELINE, .bake_ms = 5 * MINUTE_MS,
      .verdict = JUDGE_FAIL, .why = "100 % of 6 probes failed" },
    { "nothing passes while none can be made", ASKING, NULL, 10, .then = "??????", .bake_ms = 5 * MINUTE_MS,
      .verdict = JUDGE_WAIT, .why = "the last probes could not be made: it is away" },
    { "one before that cannot be asked is nothing to compare with", ASKING, "??????", 10, .flags = BASELINE | VS,
      .bake_ms = 5 * MINUTE_MS, .verdict = JUDGE_WAIT,
      .why = "how many probes of the new version and of the old version failed is not known" },
};

static struct deploy_body *body_of(struct decision_fixture *fixture, const struct row *row)
{
    struct deploy_body *body = deploy_body_made(fixture, row->flags & LAST ? 2 : 0, row->flags & LAST ? 100 : 5, 0);
    struct deploy_step *steps = arena_alloc(fixture->arena, 2 * sizeof(*steps));

    set_probes(body, fixture->arena);
    steps[0] = (struct deploy_step){ 5, row->bake_ms };
    steps[1] = (struct deploy_step){ 100, 0 };
    body->steps = steps;
    body->steps_count = 2;
    body->step = row->flags & LAST ? 1 : 0;
    body->watch_ms = row->bake_ms;
    body->limits.error_rate = row->flags & LIMIT ? 0.9 : 0.01;
    body->limits.errors_vs_baseline = row->flags & VS ? 2 : 0;
    body->limits.latency_p95_ms = row->flags & P95 ? 200 : 0;
    body->limits.max_bake_ms = 30 * MINUTE_MS;
    body->previous_uri = row->flags & BASELINE ? "https://d1039---api.run.app" : NULL;
    return body;
}

static int64_t hear(struct deploy_body *body, struct arena *arena, const char *canary, const char *baseline,
                    int64_t now_ms)
{
    struct probes_made made = made_of(arena, canary, baseline);
    int64_t took_ms = (int64_t)made.rounds_count * EVERY_MS;

    probing_hear(body, &made, NULL, now_ms + took_ms, arena);
    body->observed_ms += took_ms;
    return now_ms + took_ms;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = body_of(fixture, row);
    int64_t now_ms = DECISION_NOW_MS;
    struct judgement judgement;

    probing_begin_step(body, now_ms, fixture->arena);
    for (int i = 0; i < row->askings; i++)
        now_ms = hear(body, fixture->arena, row->canary, row->baseline, now_ms);
    if (row->then)
        now_ms = hear(body, fixture->arena, row->then, row->then_baseline, now_ms);
    judgement = judge_probes(body, now_ms, fixture->arena);
    deploy_assert_says(judgement.why, row->why);
    assert_int_equal(judgement.verdict, row->verdict);
}

/* An answer that was long on its way, or comes twice, adds nothing twice; the way from one asking to the next is no
 * gap. */
static void what_is_heard_counts_once(void **state)
{
    static const struct row row = { .bake_ms = 5 * MINUTE_MS };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = body_of(fixture, &row);
    struct probes_made made = made_of(fixture->arena, ASKING, NULL);
    int64_t now_ms = DECISION_NOW_MS;

    (void)state;
    probing_begin_step(body, now_ms, fixture->arena);
    now_ms = hear(body, fixture->arena, ASKING, NULL, now_ms);
    assert_int_equal(body->probing->state.blocks, 2);
    assert_int_equal(body->probing->state.observed_ms, 30 * SECOND_MS);
    probing_hear(body, &made, NULL, now_ms, fixture->arena); /* in no time: nothing new */
    assert_int_equal(body->probing->state.observed_ms, 30 * SECOND_MS);
    now_ms = hear(body, fixture->arena, ASKING, NULL, now_ms + EVERY_MS - 1);
    assert_int_equal(body->probing->state.observed_ms, 65 * SECOND_MS - 1);
    now_ms = hear(body, fixture->arena, ASKING, NULL, now_ms + MINUTE_MS); /* somebody else's asking, after a crash */
    assert_int_equal(body->probing->state.observed_ms, 95 * SECOND_MS - 1);
    assert_int_equal(body->probing->state.until_ms, now_ms);
}

static void steps_share_what_was_won(void **state)
{
    static const struct row row = { .bake_ms = 5 * MINUTE_MS };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = body_of(fixture, &row);
    double won;

    (void)state;
    probing_begin_step(body, DECISION_NOW_MS, fixture->arena);
    hear(body, fixture->arena, "xxx...", NULL, DECISION_NOW_MS);
    won = body->probing->state.bets[JUDGE_ERRORS].stakes[5];
    probing_begin_step(body, DECISION_NOW_MS + HOUR_MS, fixture->arena);
    assert_int_equal(body->probing->state.blocks, 0);
    assert_int_equal(body->probing->probed.canary.made, 0);
    assert_true(body->probing->state.bets[JUDGE_ERRORS].stakes[5] > won / 4);
    body->verdict = JUDGE_FAIL; /* and people went on */
    probing_begin_step(body, DECISION_NOW_MS + HOUR_MS, fixture->arena);
    assert_true(body->probing->state.bets[JUDGE_ERRORS].stakes[5] < 0.1);
}

/* ---- asked ---- */

static void what_is_asked(void **state)
{
    static const struct {
        int64_t bake_ms, every_ms, block_ms, known_ms;
        int64_t rounds, then_every_ms;
    } asked[] = {
        { 5 * MINUTE_MS, 5000, 15000, 0, 6, 5000 },
        { HOUR_MS, 5000, 15000, 0, 6, 5000 },
        { 5 * MINUTE_MS, 60000, 15000, 0, 1, 60000 },
        { 5 * MINUTE_MS, 5000, 15000, 5 * MINUTE_MS - 16000, 4, 5000 }, /* as much as is lacking */
        { 5 * MINUTE_MS, 5000, 15000, 5 * MINUTE_MS - 1000, 3, 5000 },  /* but a block */
        { 3000, 1000, 1000, 0, 1, 1000 },
        { HOUR_MS, 1000, 15000, 0, 24, 1000 },   /* as many as an exchange makes */
        { HOUR_MS, 1000, 300000, 0, 24, 12500 }, /* a block is one asking at the most */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        const struct row row = { .bake_ms = asked[i].bake_ms, .flags = BASELINE };
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct deploy_body *body = body_of(fixture, &row);
        struct deploy_probes probes = *body->limits.probes;
        struct deploy_probing probing = { .state = { .observed_ms = asked[i].known_ms } };
        struct probes_ask ask;

        probes.every_ms = asked[i].every_ms;
        body->limits.probes = &probes;
        body->limits.block_ms = asked[i].block_ms;
        body->probing = &probing;
        ask = probing_ask(body, fixture->arena);
        assert_int_equal(ask.rounds, asked[i].rounds);
        assert_int_equal(ask.every_ms, asked[i].then_every_ms);
        assert_true(probing_deadline_ms(&ask) > ask.rounds * ask.every_ms + 3 * ask.timeout_ms);
        assert_string_equal(ask.url, "https://d1042---api.run.app/health");
        assert_string_equal(ask.baseline_url, "https://d1039---api.run.app/health");
        assert_null(ask.audience);
    }
}

static void a_private_service_is_asked_with_a_token_and_all_of_it_alone(void **state)
{
    static const struct row row = { .bake_ms = 5 * MINUTE_MS, .flags = BASELINE | LAST };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = body_of(fixture, &row);
    struct probes_ask ask;

    (void)state;
    body->health_is_private = true;
    body->service_uri = "https://api.run.app";
    ask = probing_ask(body, fixture->arena);
    assert_string_equal(ask.audience, "https://api.run.app");
    assert_null(ask.baseline_url);
}

/* ---- in the machine ---- */

#define MADE(end, canary) EVENT_READING, "probes", end, canary
#define SEEN EVENT_READING, "service", END_DONE, SERVES(AT_5)

static const struct machine_row {
    const char *name;
    int good_askings; /* before */
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body; /* of probes: as made_of has them */
    const char *outcome;
    const char *why; /* of the verdict; NULL: none */
    unsigned is;
} machine_rows[] = {
    { "good ones are followed by the next", 1, MADE(END_DONE, ASKING), "- ?probes", .why = "1m of 1m40s observed" },
    { "a baked step goes on", 3, MADE(END_DONE, ASKING), "shifting !run.traffic", .why = "0 % of 24 probes failed" },
    { "so it does when the service is seen, and all was known before", 4, SEEN, "shifting !run.traffic",
      .why = "0 % of 24 probes failed" },
    { "paused it waits", 3, MADE(END_DONE, ASKING), "- ?probes", .why = "0 % of 24 probes failed", .is = PAUSED },
    { "failing ones take it back at once", 0, MADE(END_DONE, "xxxxxx"), "returning !run.return ~traffic bad",
      .why = "100 % of 6 probes failed, over the limit of 0.5 %" },
    { "paused, too", 0, MADE(END_DONE, "xxxxxx"), "returning !run.return ~traffic bad",
      .why = "100 % of 6 probes failed, over the limit of 0.5 %", .is = PAUSED },
    { "or hold it", 0, MADE(END_DONE, "xxxxxx"), "- ?probes @unanswered+1m", "100 % of 6 probes failed",
      .is = ON_FAIL_HOLDS },
    { "those that could not be made leave it where it is", 3, MADE(END_DONE, "??????"), "- ?probes",
      .why = "the last probes could not be made: it is away" },
    { "an asking without an answer is not asked at once again", 3, MADE(END_GAVE_UP, NULL), "-",
      .why = "the last probes could not be made" },
    { "nor one that cannot be", 3, MADE(END_FAILED, NULL), "-", .why = "the last probes could not be made" },
    { "an answer that is none says nothing", 3, MADE(END_DONE, "?"), "- ?probes",
      .why = "the last probes could not be made" },
};

static struct deploy_body *body_in_machine(struct decision_fixture *fixture, const struct machine_row *row)
{
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, JUDGED | row->is);
    int64_t now_ms = DECISION_NOW_MS - 30 * SECOND_MS * (row->good_askings + (strcmp(row->event, "probes") == 0));

    set_probes(body, fixture->arena);
    body->previous_uri = "https://d1039---api.run.app";
    body->observed_ms = body->observed_at_ms = 0;
    probing_begin_step(body, now_ms, fixture->arena);
    for (int i = 0; i < row->good_askings; i++)
        now_ms = hear(body, fixture->arena, ASKING, ASKING, now_ms);
    body->observed_ms = row->good_askings < 3 ? MINUTE_MS : 100000; /* as long as it is baked */
    body->observed_at_ms = DECISION_NOW_MS - SECOND_MS;
    return body;
}

static void check_machine(void **state)
{
    const struct machine_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = body_in_machine(fixture, row);
    struct operation operation = deploy_operation_in("baking");
    struct event event = { .kind = row->kind, .name = row->event, .end = row->end, .error = "it is away" };
    AUTO_JSON cJSON *answer = NULL;
    const struct deploy_body *then;
    struct outcome out;

    if (row->body && strcmp(row->event, "probes") == 0) {
        struct probes_made made = made_of(fixture->arena, row->body, ASKING);

        event.body = answer = shape_to_json(&probes_made_shape, &made, SHAPE_WHOLE);
    } else if (row->body) {
        event.body = decision_json(fixture, row->body);
    }
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    then = out.body;
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    deploy_assert_says(then->verdict_why, row->why);
}

#define DOOR                                                                                                           \
    "403: it refuses opsgate's probes. If Google does, grant opsgate's account roles/run.invoker on the service; if "  \
    "the service itself does, probe another path (probes.path), or judge by metrics"

/* Google's door refuses opsgate from the first probe on: nobody knows how the revision does, and what to do is said. */
static void one_that_refuses_all_of_them_is_held_and_may_be_promoted(void **state)
{
    static const struct machine_row refused = { .event = "probes" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = body_in_machine(fixture, &refused);
    struct probes_made made = made_of(fixture->arena, "??????", "??????");
    AUTO_JSON cJSON *answer = NULL;
    const struct control_arguments any = { .operation = "D1042", .look = CONTROL_ANY_LOOK };
    const struct request ann = { .id = "r9", .source = "slack", .principal = { "slack", "U1", "T1", "ann" } };
    struct operation operation = deploy_operation_in("baking");
    struct event event = { .kind = EVENT_READING, .name = "probes", .end = END_DONE };
    struct outcome out;
    const struct deploy_body *held;

    (void)state;
    made.problem = DOOR;
    event.body = answer = shape_to_json(&probes_made_shape, &made, SHAPE_WHOLE);
    body->observed_ms = body->limits.max_bake_ms;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), "- ?probes @unanswered+1m");
    held = out.body;
    assert_string_equal(held->held, "it cannot be judged after 5 min: the last probes could not be made: " DOOR);
    deploy_assert_says(probing_text(held, &held->probing->probed, fixture->arena), "; last: " DOOR);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    event = (struct event){ .kind = EVENT_REQUEST, .name = "promote", .request = &ann, .arguments = &any };
    machine_deploy.on_event(&fixture->view, &operation, held, &event, &out);
    deploy_assert_says(deploy_outcome_text(&out, fixture->arena), "shifting !run.traffic");
}

/* A record keeps all of it: whoever goes on after a crash goes on with the same. */
static void the_record_keeps_it(void **state)
{
    static const struct row row = { .bake_ms = 5 * MINUTE_MS, .flags = BASELINE | P95 };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = body_of(fixture, &row), again;
    AUTO_JSON cJSON *record = NULL;
    struct error err;

    (void)state;
    probing_begin_step(body, DECISION_NOW_MS, fixture->arena);
    hear(body, fixture->arena, ".x?.s.", ASKING, DECISION_NOW_MS);
    record = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE);
    if (!shape_from_json(&deploy_body_shape, record, fixture->arena, &again, &err))
        fail_msg("%s", err.message);
    assert_memory_equal(&again.probing->state, &body->probing->state, sizeof(again.probing->state));
    assert_memory_equal(&again.probing->probed.canary, &body->probing->probed.canary,
                        sizeof(again.probing->probed.canary));
    assert_string_equal(again.probing->probed.problem, body->probing->probed.problem);
    assert_int_equal(again.limits.probes->every_ms, EVERY_MS);
    assert_string_equal(again.previous_uri, body->previous_uri);
}

/* ---- in the place of users' requests ---- */

/* A metrics source is there, and limits of users' requests are: the probes judge all the same, and wait for nothing. */
static void the_plan_knows_probes_alone(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(
        "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\" } }\n"
        "metrics: { google_cloud_monitoring: true }\n"
        "services:\n"
        "  - { name: web, artifact: { image: \"eu.gcr.io/acme/web:{version}\" }, environments: [ { name: production,\n"
        "      driver: { cloud_run: { project: p, region: r, service: s } }, strategy: { canary: { steps: [100%] } },\n"
        "      analysis: { probes: true, latency_vs_baseline: 2, min_requests: 100, block: 20s, errors_vs_baseline: 3 } } ] }\n");
    const struct service_settings *service = &fixture->view.settings->services[0];
    const struct place place = { .target = "web/production",
                                 .service = service,
                                 .environment = &service->environments[0] };
    struct deploy_limits limits = deploy_plan(&fixture->view, &place, STRATEGY_CANARY).limits;

    (void)state;
    assert_true(limits.is_judged && limits.probes);
    assert_true(fabs(limits.error_rate - 0.01) < 1e-9);
    assert_true(fabs(limits.errors_vs_baseline - 3) < 1e-9);
    assert_true(limits.latency_vs_baseline <= 0 && !limits.is_traffic_judged);
    assert_int_equal(limits.min_requests, 0);
    assert_int_equal(limits.lag_ms, 0);
    assert_int_equal(limits.block_ms, 20 * SECOND_MS);
}

/* ---- on the card ---- */

#define ASKS "opsgate asks /health every 5s; users' requests are not counted"

static void what_the_card_tells(void **state)
{
    static const struct {
        const char *canary, *baseline;
        const char *text, *canary_line, *baseline_line;
    } told[] = {
        { "", NULL, ASKS, "new version         0         –         –         0",
          "old version         0         –         –         0" },
        { ASKING, NULL, ASKS, "new version         6       0 %     20 ms         0",
          "old version         0         –         –         0" },
        { ".x.?.s", NULL, ASKS "; last: it is away", "new version         5      20 %    900 ms         1",
          "old version         0         –         –         0" },
        { "xxx", "...", ASKS "; last: answered 500, expected 200", "new version         3     100 %         –         0",
          "old version         3       0 %     20 ms         0" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        const struct row row = { .bake_ms = 5 * MINUTE_MS, .flags = told[i].baseline ? BASELINE : 0 };
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct deploy_body *body = body_of(fixture, &row);
        const char **lines;

        assert_null(probing_text(body, NULL, fixture->arena));
        probing_begin_step(body, DECISION_NOW_MS, fixture->arena);
        if (*told[i].canary)
            hear(body, fixture->arena, told[i].canary, told[i].baseline, DECISION_NOW_MS);
        assert_string_equal(probing_text(body, &body->probing->probed, fixture->arena), told[i].text);
        assert_int_equal(judge_probes_table(&body->probing->probed, fixture->arena, &lines), 3);
        assert_string_equal(lines[0], "this step      probes    failed   slowest  not made");
        assert_string_equal(lines[1], told[i].canary_line);
        assert_string_equal(lines[2], told[i].baseline_line);
    }
}

static void what_the_forecast_tells(void **state)
{
    static const struct {
        int64_t bake_ms, every_ms;
        double detect;
        const char *text;
    } told[] = {
        { HOUR_MS, 1000, 0.2, "3,600 probes in 60 min: enough to find 20 % failing" },
        { 5 * MINUTE_MS, 5000, 0.05, "60 probes in 5 min, which could hide up to " },
        { 5 * MINUTE_MS, 5000, 0.05, " failing. To find 5 % failing it takes " },
        { 5 * MINUTE_MS, 5000, 0.05, "a bake of " },
        { HOUR_MS, 60000, 0.05, "one every " },
        { HOUR_MS, 60000, 0.05, ", or only what fails more often is found" },
        { MINUTE_MS, 5000, 0.05,
          "12 probes in 60 s: too few to be judged by, so it takes longer. To find 5 % failing it takes " },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        const struct row row = { .bake_ms = told[i].bake_ms };
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct deploy_body *body = body_of(fixture, &row);
        struct deploy_probes probes = *body->limits.probes;
        struct operation operation = deploy_operation_in("creating");

        probes.every_ms = told[i].every_ms;
        body->limits.probes = &probes;
        body->limits.detect = told[i].detect;
        deploy_assert_says(forecast_text(&operation, body, fixture->arena), told[i].text);
        body->step = 1;
        assert_null(forecast_text(&operation, body, fixture->arena));
    }
}

static void the_page_says_what_they_may_have_missed(void **state)
{
    (void)state;
    page_assert_says("docs/rollouts.md", "60 good ones in 5 min \"" MISSED "\" at a limit of 1 %");
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(what_is_heard_counts_once),
        cmocka_unit_test(steps_share_what_was_won),
        cmocka_unit_test(what_is_asked),
        cmocka_unit_test(a_private_service_is_asked_with_a_token_and_all_of_it_alone),
        cmocka_unit_test(the_record_keeps_it),
        cmocka_unit_test(the_plan_knows_probes_alone),
        cmocka_unit_test(one_that_refuses_all_of_them_is_held_and_may_be_promoted),
        cmocka_unit_test(what_the_card_tells),
        cmocka_unit_test(what_the_forecast_tells),
        cmocka_unit_test(the_page_says_what_they_may_have_missed),
    };

    return ROWS(rows, check_row) + ROWS(machine_rows, check_machine) +
           cmocka_run_group_tests_name("others", others, NULL, NULL);
}
