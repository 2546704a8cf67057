/* Whole rollouts, decision after decision, against a small service that keeps a split: from the words to the end. */
#include "tests/unit/deploy_fixture.h"

#define CANARY                                                                                                         \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                              \
    "metrics: { prometheus: \"http://prometheus:9090\" }\n"                                                            \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                       \
    "    environments:\n"                                                                                              \
    "      - name: production\n"                                                                                       \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-service } }\n"                    \
    "        strategy: { canary: { steps: [5%, 25%, 100%], bake: 1m, watch: 5m } }\n"                                  \
    "        analysis: { error_rate: 0.5%, max_bake: 10m }\n"                                                          \
    "      - name: unjudged\n"                                                                                         \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-unjudged } }\n"                   \
    "        strategy: { canary: { steps: [5%, 25%, 100%], bake: 1m, watch: 5m } }\n"                                  \
    "      - name: green\n"                                                                                            \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-green } }\n"                      \
    "        strategy: { blue_green: { watch: 5m } }\n"                                                                \
    "      - name: judged\n"                                                                                           \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-judged } }\n"                     \
    "        strategy: { blue_green: { watch: 5m } }\n"                                                                \
    "        analysis: { error_rate: 0.5% }\n"                                                                         \
    "policy: { rules: [{ allow: \"*\", to: everyone }] }\n"

#define TIMERS_MAX 8
#define DECISIONS_MAX 2000
#define INBOX_MAX 16

struct walk {
    struct decision_fixture *fixture;
    struct operation operation;
    cJSON *body; /* as the record keeps it */
    struct wanted_timer timers[TIMERS_MAX];
    struct event inbox[INBOX_MAX];
    size_t inbox_count;
    /* the service */
    struct run_share split[4];
    size_t split_count;
    const char *ours;
    int64_t highest; /* percent that ours ever had */
    size_t changes;
    const char *kept_tag; /* on what has no traffic */
    const char *asked;    /* for a request of its own: for whom */
    /* what goes wrong */
    int64_t ill_at;     /* percent from which on it fails */
    int64_t lost_at;    /* the answer to the change to this percent is lost */
    int64_t foreign_at; /* somebody changes the traffic once it is at this percent */
    bool is_promoted;   /* a person promotes whatever is held */
    int64_t aborted_at; /* a person aborts once it is at this percent */
    bool had_bad, had_good;
};

static void put(struct walk *walk, struct event event)
{
    assert_true(walk->inbox_count < INBOX_MAX);
    walk->inbox[walk->inbox_count++] = event;
}

static struct event take(struct walk *walk)
{
    struct event event = walk->inbox[0];

    walk->inbox_count--;
    memmove(walk->inbox, walk->inbox + 1, walk->inbox_count * sizeof(event));
    return event;
}

static int64_t percent_of(const struct walk *walk)
{
    int64_t percent = 0;

    for (size_t i = 0; i < walk->split_count; i++)
        if (walk->ours && strcmp(walk->split[i].revision, walk->ours) == 0)
            percent += walk->split[i].percent;
    return percent;
}

/* ---- the world ---- */

static const cJSON *service_json(const struct walk *walk)
{
    struct run_share shares[5];
    size_t count = walk->split_count;
    struct run_service service = { .etag = "e",
                                   .uri = "https://api.run.app",
                                   .is_settled = true,
                                   .is_ready = true,
                                   .latest_created = "x",
                                   .latest_ready = walk->ours ? walk->ours : "api-old",
                                   .serving = walk->split[0].revision,
                                   .wanted = shares,
                                   .observed = shares };
    cJSON *json;

    memcpy(shares, walk->split, sizeof(walk->split));
    if (walk->ours)
        shares[count++] = (struct run_share){ walk->ours, 0, "d7", "https://d7---api.run.app" };
    service.wanted_count = service.observed_count = count;
    json = shape_to_json(&run_service_shape, &service, SHAPE_WHOLE);
    arena_defer(walk->fixture->arena, (void (*)(void *))cJSON_Delete, json);
    return json;
}

static void answer_reading(struct walk *walk, const struct wanted_reading *reading)
{
    struct event event = { .kind = EVENT_READING, .name = reading->name, .end = END_DONE };
    bool is_ill = walk->ill_at && percent_of(walk) >= walk->ill_at;

    if (strcmp(reading->kind, READING_DIGEST) == 0)
        event.body = decision_json(walk->fixture, "{'image':'" IMAGE "'}");
    else if (strcmp(reading->kind, READING_HEALTH) == 0)
        event.body = decision_json(walk->fixture, "{'status':200,'is_healthy':true}");
    else if (strcmp(reading->kind, READING_MEASURE) == 0)
        event.body = deploy_later(decision_json(walk->fixture, is_ill ? ILL : WELL),
                                  walk->fixture->view.now_ms - DECISION_NOW_MS);
    else if (strcmp(reading->kind, READING_REVISIONS) == 0)
        event.body = decision_json(walk->fixture, "{'revisions':[{'revision':'api-old','min_instances':2}]}");
    else
        event.body = service_json(walk);
    put(walk, event);
}

static void change_split(struct walk *walk, const cJSON *args)
{
    struct run_traffic traffic;
    struct error err;

    assert_true(shape_from_json(&run_traffic_shape, args, walk->fixture->arena, &traffic, &err));
    assert_true(run_split_equal(walk->split, walk->split_count, traffic.expected, traffic.expected_count));
    walk->split_count = 0;
    walk->kept_tag = NULL;
    for (size_t i = 0; i < traffic.wanted_count; i++) {
        if (traffic.wanted[i].percent > 0)
            walk->split[walk->split_count++] = traffic.wanted[i];
        else
            walk->kept_tag = traffic.wanted[i].tag;
    }
    walk->changes++;
    if (percent_of(walk) > walk->highest)
        walk->highest = percent_of(walk);
}

static void carry_out(struct walk *walk, const struct wanted_effect *effect)
{
    struct event event = { .kind = EVENT_EFFECT, .name = effect->tag, .end = END_DONE };

    if (strcmp(effect->kind, EFFECT_NEW_REVISION) == 0)
        walk->ours = json_find_string(effect->args, "revision");
    else
        change_split(walk, effect->args);
    if (walk->lost_at && percent_of(walk) == walk->lost_at)
        event.end = END_UNKNOWN;
    put(walk, event);
}

/* ---- one decision, and what it wants ---- */

static void set_timer(struct walk *walk, const struct wanted_timer *timer)
{
    size_t at = TIMERS_MAX;

    for (size_t i = TIMERS_MAX; i > 0; i--)
        if (!walk->timers[i - 1].name || strcmp(walk->timers[i - 1].name, timer->name) == 0)
            at = i - 1;
    for (size_t i = 0; i < TIMERS_MAX; i++)
        if (walk->timers[i].name && strcmp(walk->timers[i].name, timer->name) == 0)
            at = i;
    assert_true(at < TIMERS_MAX);
    walk->timers[at] = timer->at_ms ? *timer : (struct wanted_timer){ .name = NULL };
}

static void apply(struct walk *walk, const struct outcome *out)
{
    if (out->body) {
        walk->body = shape_to_json(&deploy_body_shape, out->body, SHAPE_WHOLE);
        arena_defer(walk->fixture->arena, (void (*)(void *))cJSON_Delete, walk->body);
    }
    if (out->state)
        walk->operation.state = out->state;
    walk->operation.result = out->result;
    walk->operation.summary = out->summary;
    walk->had_bad = walk->had_bad || out->bad;
    walk->had_good = walk->had_good || out->good;
    for (size_t i = 0; i < out->timers_count; i++)
        set_timer(walk, &out->timers[i]);
    for (size_t i = 0; i < out->effects_count; i++)
        if (!json_find_bool(out->effects[i].args, "is_in_thread", false)) /* of its end: test_deploy_end_told */
            carry_out(walk, &out->effects[i]);
    for (size_t i = 0; i < out->readings_count; i++)
        answer_reading(walk, &out->readings[i]);
    for (size_t i = 0; i < out->requests_count; i++) {
        walk->asked = out->requests[i].verb;
        put(walk, (struct event){ .kind = EVENT_MESSAGE,
                                  .name = MESSAGE_CHILD_BEGUN,
                                  .from = "engine",
                                  .body = decision_json(walk->fixture, "{'name':'keep','operation':'D8'}") });
    }
    if (out->claims)
        put(walk, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED, .from = "engine" });
}

static void decide(struct walk *walk, const struct event *event)
{
    struct deploy_body body;
    struct outcome out;
    struct card card = { .title = NULL };
    struct error err;

    assert_true(shape_from_json(&deploy_body_shape, walk->body, walk->fixture->arena, &body, &err));
    outcome_init(&out, walk->fixture->arena, walk->operation.id, walk->operation.outside_id);
    machine_deploy.on_event(&walk->fixture->view, &walk->operation, &body, event, &out);
    apply(walk, &out);
    machine_deploy.card(&walk->fixture->view, &walk->operation, out.body ? out.body : &body, &card);
}

/* ---- people, strangers, time ---- */

static void ask(struct walk *walk, const char *verb)
{
    static const struct control_arguments any = { .operation = "D7", .look = CONTROL_ANY_LOOK };
    static const struct request request = { .id = "r2",
                                            .source = "slack",
                                            .principal = { "slack", "U2", "T1", "ben" } };

    put(walk, (struct event){ .kind = EVENT_REQUEST, .name = verb, .request = &request, .arguments = &any });
}

static void meddle(struct walk *walk)
{
    if (walk->foreign_at && percent_of(walk) == walk->foreign_at && strcmp(walk->operation.state, "baking") == 0) {
        walk->split[0] = (struct run_share){ .revision = "api-theirs", .percent = 100 };
        walk->split_count = 1;
    }
    if (walk->aborted_at && percent_of(walk) == walk->aborted_at && strcmp(walk->operation.state, "baking") == 0) {
        walk->aborted_at = 0;
        ask(walk, "abort");
    } else if (walk->is_promoted && json_find_string(walk->body, "held")) {
        ask(walk, "promote");
    }
}

/* False: nothing is left to happen. */
static bool fire_next_timer(struct walk *walk)
{
    struct wanted_timer *next = NULL;

    for (size_t i = 0; i < TIMERS_MAX; i++)
        if (walk->timers[i].name && (!next || walk->timers[i].at_ms < next->at_ms))
            next = &walk->timers[i];
    if (!next)
        return false;
    if (next->at_ms > walk->fixture->view.now_ms)
        walk->fixture->view.now_ms = next->at_ms;
    put(walk, (struct event){ .kind = EVENT_TIMER, .name = next->name });
    next->name = NULL;
    return true;
}

static void walk_to_the_end(struct walk *walk, const char *line)
{
    struct outcome out;
    size_t decisions = 0;

    decision_answer(walk->fixture, &verb_deploy, line, &out);
    assert_true(out.begins);
    walk->operation = (struct operation){ .id = "D7",
                                          .outside_id = "birth-00000000000000d7",
                                          .kind = "deploy",
                                          .target = out.target,
                                          .source = "slack",
                                          .state = "pinning",
                                          .requester = { "slack", "U1", "T1", "ann" },
                                          .created_at_ms = DECISION_NOW_MS };
    apply(walk, &out);
    while (!walk->operation.result) {
        assert_true(decisions++ < DECISIONS_MAX);
        if (walk->inbox_count == 0) {
            meddle(walk);
            if (walk->inbox_count == 0)
                assert_true(fire_next_timer(walk));
        } else {
            struct event event = take(walk);

            decide(walk, &event);
        }
    }
}

/* ---- stories ---- */

static const struct story {
    const char *name, *line;
    int64_t ill_at, lost_at, foreign_at, aborted_at;
    bool is_promoted;
    const char *result, *serves; /* `serves`: a revision that has it all in the end; "ours" is ours */
    const char *kept;            /* the tag that the old one gets, and keeps; or NULL */
    int64_t highest, minutes;    /* at least so long */
    size_t changes;
} stories[] = {
    { .name = "a well canary goes all the way",
      .line = "deploy production v2",
      .result = "done",
      .serves = "ours",
      .highest = 100,
      .minutes = 7,
      .changes = 3 },
    { .name = "one that is ill at 25 % goes back",
      .line = "deploy production v2",
      .ill_at = 25,
      .result = "failed",
      .serves = "api-old",
      .highest = 25,
      .minutes = 1,
      .changes = 3 },
    { .name = "one that is ill at once goes back at once",
      .line = "deploy production v2",
      .ill_at = 5,
      .result = "failed",
      .serves = "api-old",
      .highest = 5,
      .changes = 2 },
    { .name = "one that is ill under all traffic goes back",
      .line = "deploy production v2",
      .ill_at = 100,
      .result = "failed",
      .serves = "api-old",
      .highest = 100,
      .minutes = 2,
      .changes = 4 },
    { .name = "an answer that was lost is found again",
      .line = "deploy production v2",
      .lost_at = 25,
      .result = "done",
      .serves = "ours",
      .highest = 100,
      .minutes = 7,
      .changes = 3 },
    { .name = "a stranger's traffic is left alone",
      .line = "deploy production v2",
      .foreign_at = 25,
      .result = "failed",
      .serves = "api-theirs",
      .highest = 25,
      .minutes = 1,
      .changes = 2 },
    { .name = "a person aborts at 25 %",
      .line = "deploy production v2",
      .aborted_at = 25,
      .result = "aborted",
      .serves = "api-old",
      .highest = 25,
      .minutes = 1,
      .changes = 3 },
    { .name = "without a judge people promote",
      .line = "deploy unjudged v2",
      .is_promoted = true,
      .result = "done",
      .serves = "ours",
      .highest = 100,
      .minutes = 7,
      .changes = 3 },
    { .name = "blue-green is watched",
      .line = "deploy green v2",
      .result = "done",
      .serves = "ours",
      .kept = "d7-old",
      .highest = 100,
      .minutes = 5,
      .changes = 1 },
    { .name = "blue-green that is ill gives the traffic back, and the tag with it",
      .line = "deploy judged v2",
      .ill_at = 100,
      .result = "failed",
      .serves = "api-old",
      .highest = 100,
      .changes = 2 },
    { .name = "all at once is done at once",
      .line = "deploy green v2 --strategy all-at-once",
      .result = "done",
      .serves = "ours",
      .highest = 100,
      .changes = 1 },
};

static void check_story(void **state)
{
    const struct story *story = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CANARY);
    struct walk walk = {
        .fixture = fixture,
        .split = { { "api-old", 100, NULL, NULL } },
        .split_count = 1,
        .ill_at = story->ill_at,
        .lost_at = story->lost_at,
        .foreign_at = story->foreign_at,
        .aborted_at = story->aborted_at,
        .is_promoted = story->is_promoted,
    };

    walk_to_the_end(&walk, story->line);
    assert_string_equal(walk.operation.result, story->result);
    assert_int_equal(walk.split_count, 1);
    assert_string_equal(walk.split[0].revision, strcmp(story->serves, "ours") == 0 ? walk.ours : story->serves);
    assert_int_equal(walk.highest, story->highest);
    assert_int_equal(walk.changes, story->changes);
    assert_int_equal(walk.asked != NULL, story->kept != NULL);
    if (!story->kept)
        assert_null(walk.kept_tag);
    else
        assert_string_equal(walk.kept_tag, story->kept);
    assert_true(fixture->view.now_ms - DECISION_NOW_MS >= story->minutes * MINUTE_MS);
    assert_int_equal(walk.had_good, strcmp(story->result, "done") == 0);
    assert_int_equal(walk.had_bad, strcmp(story->serves, "api-old") == 0);
}

int main(void)
{
    return ROWS(stories, check_story);
}
