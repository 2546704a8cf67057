/* status_look_fixture.h - looks of `status`, played answer by answer: a world of three places, and rows of what comes back.
 *
 * A row's trace has a part for each decision: what it asked with which limit, "-" when it only kept something, "nothing", "end".
 */
#ifndef OPSGATE_TESTS_UNIT_STATUS_LOOK_FIXTURE_H
#define OPSGATE_TESTS_UNIT_STATUS_LOOK_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "handlers/status/body.h"
#include "handlers/status/status.h"

#define RUN(name, rest) "driver: { cloud_run: { project: acme, region: us-central1, service: " name rest " } }\n"
#define ENVIRONMENT(name, driver) "      - name: " name "\n        " driver "        strategy: all-at-once\n"
#define SERVICE(name)                                                                                                  \
    "  - name: " name "\n"                                                                                             \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                       \
    "    health: { path: /health, timeout: 10s }\n"                                                                    \
    "    environments:\n"
#define HEAD                                                                                                           \
    "slack:\n"                                                                                                         \
    "  bot_token: xoxb-1\n"                                                                                            \
    "  signing_secrets: [secret]\n"                                                                                    \
    "  team: T1\n"                                                                                                     \
    "metrics: { prometheus: \"http://prometheus:9090\" }\n"                                                            \
    "services:\n"
#define POLICY                                                                                                         \
    "policy:\n"                                                                                                        \
    "  rules:\n"                                                                                                       \
    "    - { allow: status, to: everyone }\n"
#define CONFIGURATION                                                                                                          \
    HEAD SERVICE(                                                                                                              \
        "api") "      - name: staging\n"                                                                                       \
               "        " RUN(                                                                                                 \
                   "api-service",                                                                                              \
                   "") "        strategy: { canary: { steps: [5%, 100%] } }\n"                                                 \
                       "        analysis: { error_rate: 0.5%, metrics: { requests: hits_total } }\n" ENVIRONMENT(              \
                           "production", RUN("api-prod", ", invoker_token: true")) SERVICE("wide")                             \
                           ENVIRONMENT(                                                                                        \
                               "world",                                                                                        \
                               "driver: { cloud_run: { project: acme, regions: [us-central1, europe-west1], service: w } }\n") \
                               POLICY
#define EIGHT "a, b, c, d, e, f, g, h"
#define NINE_REGIONS                                                                                                   \
    HEAD SERVICE("wide")                                                                                               \
        ENVIRONMENT("world", "driver: { cloud_run: { project: acme, regions: [" EIGHT ", i], service: w } }\n") POLICY

/* ---- the world ---- */

static struct target_version good[] = {
    { "v1.2.0", "img/api@sha256:ccc", "api-d3", "D3", DECISION_NOW_MS - 60 * MINUTE_MS, NULL, NULL, false },
    { "v1.3.0", "img/api@sha256:ddd", "api-d4", "D4", DECISION_NOW_MS - 3 * HOUR_MS, NULL, NULL, false },
};
static struct target_version good_there[] = {
    { "v1.3.0", "img/api@sha256:ddd", "w-1", "D4", DECISION_NOW_MS - 3 * HOUR_MS, NULL, NULL, false },
};
static const struct target targets[] = {
    { .name = "api/staging", .good = good, .good_count = 2 },
    { .name = "api/production" },
    { .name = "wide/world/us-central1", .good = good_there, .good_count = 1 },
};
#define BAKING(called, place)                                                                                          \
    {                                                                                                                  \
        .id = called, .kind = "deploy", .state = "baking", .target = place, .requester = { "slack", "U2" },            \
        .created_at_ms = DECISION_NOW_MS - 90 * SECOND_MS, .changed_at_ms = DECISION_NOW_MS                            \
    }
static const struct operation holders[] = {
    BAKING("D5", "api/staging"),
    BAKING("D6", "wide/world/europe-west1"),
    BAKING("D7", "wide/worldwide"),
};

enum { HELD = 1, DOUBTED = 2, UNRECORDED = 4, MANY_REGIONS = 8, HELD_UNRECORDED = 16,
       ROLLING = 32, RESTARTING = 64 }; /* held by a deploy that brings api-d3; of the version that serves already */

#define SHARE(revision, percent) "{'revision':'" revision "','percent':" #percent "}"
#define TAG(revision, tag) "{'revision':'" revision "','tag':'" tag "'}"
#define SERVES(serving, asked, seen)                                                                                   \
    "{'is_settled':true,'is_ready':true,'uri':'https://api.run.app','serving':'" serving                               \
    "','image':'r.io/api@sha256:0123456789abcdef','wanted':[" asked "],'observed':[" seen "]}"
#define WELL SERVES("api-d4", SHARE("api-d4", 100), SHARE("api-d4", 100))
#define HEALTHY "{'status':200,'is_healthy':true}"
#define TAGGED(revision, percent, tag) "{'revision':'" revision "','percent':" #percent ",'tag':'" tag "'}"
#define KNOWN(value) "{'is_known':true,'value':" #value "}"
#define NUMBERS                                                                                                        \
    "{'canary':{'requests':" KNOWN(1204) ",'errors':" KNOWN(3) ",'p50_s':" KNOWN(0.051) ",'p95_s':" KNOWN(             \
        0.11) "},"                                                                                                     \
              "'baseline':{},'at_ms':1795211996000}"

#define NUMBERS_OF_TWO                                                                                                 \
    "{'canary':{'requests':" KNOWN(1204) ",'errors':" KNOWN(3) ",'p50_s':" KNOWN(0.051) ",'p95_s':" KNOWN(             \
        0.11) "},"                                                                                                     \
              "'baseline':{'requests':" KNOWN(31) ",'errors':" KNOWN(12) ",'p50_s':{},'p95_s':" KNOWN(                 \
                  0.412) "},'at_ms':1795211996000}"

struct step {
    int64_t after_ms;
    const char *name; /* of the reading; "!NAME": of a timer */
    const char *body; /* NULL: `end` says what became of it */
    enum event_end end;
    const char *error;
};
#define STEPS_MAX 8
#define BRINGS(after, name, body)                                                                                      \
    {                                                                                                                  \
        after, name, body, END_DONE, NULL                                                                              \
    }
#define FAILS(after, name, end, error)                                                                                 \
    {                                                                                                                  \
        after, name, NULL, end, error                                                                                  \
    }
#define DUE(after, name)                                                                                               \
    {                                                                                                                  \
        after, "!" name, NULL, END_DONE, NULL                                                                          \
    }

struct row {
    const char *name, *line;
    unsigned is;
    struct step steps[STEPS_MAX];
    const char *trace;  /* what each decision asked, or did; NULL: not looked at */
    const char *answer; /* NULL: none; "~TEXT": it has this part */
};

/* ---- how it goes ---- */

struct run {
    struct decision_fixture *fixture;
    struct status_body body;
    const char *trace, *answer;
    bool has_ended;
};

static inline const char *audience_of(const struct run *run, const struct wanted_reading *reading)
{
    const char *audience = json_find_string(reading->args, "audience");

    return audience ? arena_printf(run->fixture->arena, "@%s", audience) : "";
}

static inline void trace_readings(struct run *run, const struct outcome *out, const char *what)
{
    struct arena *arena = run->fixture->arena;
    const char *text = what;

    for (size_t i = 0; i < out->readings_count; i++)
        text = arena_printf(arena, "%s%s?%s=%s%s", text, *text ? " " : "", out->readings[i].name,
                            duration_format(out->readings[i].deadline_ms).text, audience_of(run, &out->readings[i]));
    run->trace = arena_printf(arena, "%s%s%s", run->trace, *run->trace ? " | " : "", *text ? text : "-");
}

/* The next decision sees what the store gives back. */
static inline void keep_body(struct run *run, const struct outcome *out)
{
    cJSON *json = shape_to_json(&status_body_shape, out->body, SHAPE_WHOLE);
    struct error err;

    arena_defer(run->fixture->arena, (void (*)(void *))cJSON_Delete, json);
    if (!shape_from_json(&status_body_shape, json, run->fixture->arena, &run->body, &err))
        fail_msg("%s", err.message);
}

static inline void take_outcome(struct run *run, const struct outcome *out)
{
    assert_int_equal(out->effects_count, 0);
    assert_null(out->claims);
    if (out->reply)
        run->answer = out->reply->text;
    for (size_t i = 0; out->reply && i < out->reply->lines_count; i++)
        run->answer = arena_printf(run->fixture->arena, "%s\n%s", run->answer, out->reply->lines[i]);
    if (out->body)
        keep_body(run, out);
    run->has_ended = out->result != NULL;
    if (out->result) {
        assert_true(out->is_forgotten);
        assert_non_null(out->reply);
        assert_false(out->reply->is_refusal);
    }
}

static inline void begin(struct run *run, const char *line)
{
    struct request request = decision_request(run->fixture, line);
    struct question question;
    const void *arguments;
    struct outcome out;
    struct error err;

    outcome_init(&out, run->fixture->arena, "D7", "birth-00000000000000d7");
    if (!verb_status.asks(&run->fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    verb_status.begin(&run->fixture->view, &request, &question, arguments, &out);
    take_outcome(run, &out);
    if (!out.begins) {
        run->trace = "told";
        return;
    }
    trace_readings(run, &out, "begin");
    assert_null(out.reply); /* so the engine keeps who asked */
    assert_null(out.target);
    assert_int_equal(out.timers_count, 1);
}

static inline struct event event_of(const struct run *run, const struct step *step)
{
    if (step->name[0] == '!')
        return (struct event){ .kind = EVENT_TIMER, .name = step->name + 1 };
    return (struct event){ .kind = EVENT_READING,
                           .name = step->name,
                           .end = step->body ? END_DONE : step->end,
                           .error = step->error,
                           .body = step->body ? decision_json(run->fixture, step->body) : NULL };
}

static inline void take_step(struct run *run, const struct step *step)
{
    static const struct operation operation = { .id = "D7", .kind = "status", .schema = 1, .state = "looking" };
    struct event event = event_of(run, step);
    struct outcome out;

    run->fixture->view.now_ms += step->after_ms;
    outcome_init(&out, run->fixture->arena, "D7", "birth-00000000000000d7");
    machine_status.on_event(&run->fixture->view, &operation, &run->body, &event, &out);
    take_outcome(run, &out);
    trace_readings(run, &out, out.result ? "end" : out.body ? "" : "nothing");
}

static inline void arrange(struct decision_fixture *fixture, unsigned is)
{
    static struct target list[ARRAY_LEN(targets)];

    memcpy(list, targets, sizeof(list));
    list[0].holder = is & HELD ? "D5" : NULL;
    list[1].holder = is & HELD_UNRECORDED ? "D5" : NULL;
    list[0].doubt = is & DOUBTED ? "D4" : NULL;
    fixture->targets = list;
    fixture->targets_count = is & (UNRECORDED | MANY_REGIONS) ? 0 : ARRAY_LEN(list);
    fixture->operations = holders;
    fixture->operations_count = is & (HELD | HELD_UNRECORDED) ? ARRAY_LEN(holders) : 0;
    if (is & (ROLLING | RESTARTING)) {
        struct operation *rolling = ARENA_NEW(fixture->arena, struct operation);

        *rolling = holders[0];
        rolling->body = decision_json(fixture, is & ROLLING ? "{'revision':'api-d3','version':'v1.2.0'}"
                                                            : "{'revision':'api-d3','version':'v1.3.0'}");
        list[0].holder = rolling->id;
        fixture->operations = rolling;
        fixture->operations_count = 1;
    }
}

static inline void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture =
        decision_create(row->is & MANY_REGIONS ? NINE_REGIONS : CONFIGURATION);
    struct run run = { .fixture = fixture, .trace = "" };

    arrange(fixture, row->is);
    begin(&run, row->line);
    for (size_t i = 0; i < STEPS_MAX && row->steps[i].name; i++) {
        assert_false(run.has_ended);
        take_step(&run, &row->steps[i]);
    }
    if (row->trace)
        assert_string_equal(run.trace, row->trace);
    if (!row->answer)
        assert_null(run.answer);
    else if (row->answer[0] != '~')
        assert_string_equal(run.answer, row->answer);
    else if (!run.answer || !strstr(run.answer, row->answer + 1))
        assert_string_equal(run.answer ? run.answer : "(none)", row->answer + 1);
}

#endif
