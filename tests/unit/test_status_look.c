/* `status` asks around: every source as soon as it can be asked, each with a limit, and one answer, whatever comes
 * back, in whatever order, or never. */
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
    { "v1.2.0", "img/api@sha256:ccc", "api-d3", "D3", DECISION_NOW_MS - 60 * MINUTE_MS },
    { "v1.3.0", "img/api@sha256:ddd", "api-d4", "D4", DECISION_NOW_MS - 3 * HOUR_MS },
};
static struct target_version good_there[] = {
    { "v1.3.0", "img/api@sha256:ddd", "w-1", "D4", DECISION_NOW_MS - 3 * HOUR_MS },
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

enum { HELD = 1, DOUBTED = 2, UNRECORDED = 4, MANY_REGIONS = 8 };

#define SHARE(revision, percent) "{'revision':'" revision "','percent':" #percent "}"
#define TAG(revision, tag) "{'revision':'" revision "','tag':'" tag "'}"
#define SERVES(serving, asked, seen)                                                                                   \
    "{'is_settled':true,'is_ready':true,'uri':'https://api.run.app','serving':'" serving                               \
    "','image':'r.io/api@sha256:0123456789abcdef','wanted':[" asked "],'observed':[" seen "]}"
#define WELL SERVES("api-d4", SHARE("api-d4", 100), SHARE("api-d4", 100))
#define HEALTHY "{'status':200,'is_healthy':true}"
#define KNOWN(value) "{'is_known':true,'value':" #value "}"
#define NUMBERS                                                                                                        \
    "{'canary':{'requests':" KNOWN(1204) ",'errors':" KNOWN(3) ",'p50_s':" KNOWN(0.051) ",'p95_s':" KNOWN(             \
        0.11) "},"                                                                                                     \
              "'baseline':{},'at_ms':1795211996000}"

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

static const struct row {
    const char *name, *line;
    unsigned is;
    struct step steps[STEPS_MAX];
    const char *trace;  /* what each decision asked, or did; NULL: not looked at */
    const char *answer; /* NULL: none; "~TEXT": it has this part */
} rows[] = {
    { "all is well",
      "status api staging",
      0,
      { BRINGS(10, "service.0", WELL), BRINGS(5, "metrics.0", NUMBERS), BRINGS(5, "health.0", HEALTHY) },
      "begin ?service.0=3s ?metrics.0=3s | ?health.0=3s | - | end",
      "*api/staging*: `v1.3.0` serves, revision `api-d4`, image `api@sha256:0123456789ab`\n"
      "traffic: `api-d4` 100 %\n"
      "Cloud Run calls it ready\n"
      "health: healthy (200)\n"
      "last 5 min of `api-d4`: 1,204 requests, 0.25 % errors, p50 51 ms, p95 110 ms\n"
      "record: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n"
      "its image: `api@sha256:ddd`\n"
      "before: `v1.2.0`, 60 min ago (D3), `api@sha256:ccc`\n"
      "sources: Cloud Run: now; health: now; Prometheus: 4 s; opsgate's record: 3 h" },
    { "in another order, the same",
      "status api staging",
      0,
      { BRINGS(10, "metrics.0", NUMBERS), BRINGS(5, "service.0", WELL), BRINGS(5, "health.0", HEALTHY) },
      "begin ?service.0=3s ?metrics.0=3s | - | ?health.0=3s | end",
      "~p95 110 ms" },
    { "another revision serves than the record says: the numbers are asked of that one",
      "status api staging",
      0,
      { BRINGS(10, "metrics.0", NUMBERS),
        BRINGS(5, "service.0", SERVES("api-x", SHARE("api-d4", 10) "," SHARE("api-x", 90), SHARE("api-x", 100))),
        BRINGS(5, "health.0", HEALTHY), BRINGS(5, "metrics.0", NUMBERS) },
      "begin ?service.0=3s ?metrics.0=3s | - | ?health.0=3s ?metrics.0=3s | - | end",
      "*api/staging*: revision `api-x` serves, a version that opsgate does not know, image `api@sha256:0123456789ab`\n"
      "traffic: `api-d4` 10 %, `api-x` 90 %; Cloud Run still shows `api-x` 100 %\n"
      "Cloud Run calls it ready\n"
      "*drift*: 90 % on `api-x`, not opsgate's doing; the record has all of it on `api-d4`\n"
      "health: healthy (200)\n"
      "last 5 min of `api-x`: 1,204 requests, 0.25 % errors, p50 51 ms, p95 110 ms\n"
      "record: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n"
      "its image: `api@sha256:ddd`\n"
      "before: `v1.2.0`, 60 min ago (D3), `api@sha256:ccc`\n"
      "sources: Cloud Run: now; health: now; Prometheus: 4 s; opsgate's record: 3 h" },
    { "drift to an earlier version of ours is told by its name",
      "status api staging",
      0,
      { BRINGS(1, "service.0", SERVES("api-d3", SHARE("api-d3", 100), SHARE("api-d3", 100))), DUE(4998, "answer") },
      NULL,
      "~*drift*: 100 % on `api-d3` (`v1.2.0`), not opsgate's doing" },
    { "no drift while somebody is at it",
      "status api staging",
      HELD,
      { BRINGS(1, "service.0", SERVES("api-d5", SHARE("api-d4", 50) "," SHARE("api-d5", 50), "")),
        DUE(4998, "answer") },
      NULL,
      "*api/staging*: revision `api-d5` serves, a version that opsgate does not know, image `api@sha256:0123456789ab`\n"
      "traffic: `api-d4` 50 %, `api-d5` 50 %; Cloud Run still shows nothing\n"
      "Cloud Run calls it ready\n"
      "record: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n"
      "its image: `api@sha256:ddd`\n"
      "before: `v1.2.0`, 60 min ago (D3), `api@sha256:ccc`\n"
      "D5 deploy by @{slack:U2}, 94 s ago: baking\n"
      "sources: Cloud Run: 4 s; health: no answer in 4 s; Prometheus: no answer in 4 s; opsgate's record: 4 s" },
    { "nor while the record is in doubt",
      "status api staging",
      DOUBTED,
      { BRINGS(1, "service.0", SERVES("api-x", SHARE("api-x", 100), SHARE("api-x", 100))),
        BRINGS(1, "health.0", HEALTHY), BRINGS(1, "metrics.0", NUMBERS) },
      "begin ?service.0=3s | ?health.0=3s ?metrics.0=3s | - | end",
      "~record: last good `v1.3.0`, 3 h ago (D4); D4 failed after traffic was switched: look at Cloud Run" },
    { "Cloud Run gives no answer in time",
      "status api staging",
      0,
      { BRINGS(100, "metrics.0", NUMBERS), FAILS(2900, "service.0", END_GAVE_UP, "no answer in time") },
      "begin ?service.0=3s ?metrics.0=3s | - | end",
      "*api/staging*: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n"
      "last 5 min of `api-d4`: 1,204 requests, 0.25 % errors, p50 51 ms, p95 110 ms\n"
      "its image: `api@sha256:ddd`\n"
      "before: `v1.2.0`, 60 min ago (D3), `api@sha256:ccc`\n"
      "sources: Cloud Run: no answer in 3 s; health: not asked, no address in time; Prometheus: 7 s; opsgate's "
      "record: 3 h" },
    { "Cloud Run refuses, and its words are harmless",
      "status api staging",
      0,
      { FAILS(1, "service.0", END_FAILED, "Cloud Run, api: 403: *go* away, @{slack:U1}"),
        FAILS(1, "metrics.0", END_FAILED, NULL) },
      NULL,
      "~sources: Cloud Run, api: 403:  go  away,  {slack:U1}; health: not asked, no address in time; Prometheus: it "
      "was refused without a reason; opsgate's record: 3 h" },
    { "Prometheus is down, and says so until the end",
      "status api staging",
      0,
      { BRINGS(1, "service.0", WELL), BRINGS(1, "health.0", HEALTHY),
        FAILS(2998, "metrics.0", END_GAVE_UP, "Prometheus: connection refused") },
      NULL,
      "~sources: Cloud Run: 2 s; health: 2 s; Prometheus: no answer in 3 s (Prometheus: connection refused)" },
    { "a share that is no number a service could have",
      "status api staging",
      0,
      { BRINGS(1, "service.0", SERVES("x", "{'revision':'x','percent':900000000000000000}", "")), DUE(4999, "answer") },
      "begin ?service.0=3s ?metrics.0=3s | - | end",
      "~Cloud Run: its answer cannot be read: wanted: 0: percent: " },
    { "what answers nonsense is silent",
      "status api staging",
      0,
      { BRINGS(1, "service.0", "{'wanted':7}"), BRINGS(1, "metrics.0", "[]") },
      NULL,
      "~Cloud Run: its answer cannot be read: " },
    { "an answer of nothing at all",
      "status api staging",
      0,
      { BRINGS(1, "service.0", "{}"), BRINGS(1, "metrics.0", "{}") },
      "begin ?service.0=3s ?metrics.0=3s | - | end",
      "~*api/staging*: nothing serves\n"
      "traffic: nowhere\n"
      "Cloud Run calls it changing just now\n"
      "*drift*: no traffic anywhere, not opsgate's doing; the record has all of it on `api-d4`\n"
      "last 5 min of `api-d4`: Prometheus has no data of it\n" },
    { "numbers that cannot be",
      "status api staging",
      0,
      { BRINGS(1, "service.0", WELL), BRINGS(1, "health.0", "{'status':-1,'is_healthy':false}"),
        BRINGS(1, "metrics.0",
               "{'canary':{'requests':" KNOWN(10) ",'errors':" KNOWN(-5) ",'p50_s':" KNOWN(
                   1e300) ",'p95_s':{}},"
                          "'baseline':{},'at_ms':99999999999999}") },
      NULL,
      "~health: not healthy: it does not say why\n"
      "last 5 min of `api-d4`: 10 requests, – errors, p50 999999.0 s, p95 –\n" },
    { "names with marks in them, and shares that cannot be",
      "status api staging",
      0,
      { BRINGS(1, "service.0",
               SERVES("a`*b*",
                      "{'revision':'a`*b*','percent':250,'tag':'@{slack:U1}'},"
                      "{'percent':-5,'tag':'t'}",
                      "")),
        DUE(4999, "answer") },
      NULL,
      "~*api/staging*: revision `a' b ` serves, a version that opsgate does not know, image `api@sha256:0123456789ab`\n"
      "traffic: `a' b ` 100 % (tag ` {slack:U1}`), tag `t` on ``; Cloud Run still shows nothing\n" },
    { "an address that is none is left to the health check",
      "status api production",
      0,
      { BRINGS(1, "service.0", "{'uri':'file:///etc/passwd','is_settled':true,'is_ready':true}"),
        FAILS(1, "health.0", END_FAILED, "health check: no http address") },
      "begin ?service.0=3s | ?health.0=3s@file:///etc/passwd | end",
      "~; health check: no http address; " },
    { "a private service is asked with a token, and one without analysis not at all for numbers",
      "status api production",
      0,
      { BRINGS(1, "service.0", WELL),
        BRINGS(1, "health.0", "{'status':403,'is_healthy':false,'problem':'403: roles/run.invoker'}") },
      "begin ?service.0=3s | ?health.0=3s@https://api.run.app | end",
      "*api/production*: revision `api-d4` serves, a version that opsgate does not know, image `api@sha256:0123456789ab`\n"
      "traffic: `api-d4` 100 %\n"
      "Cloud Run calls it ready\n"
      "health: not healthy: 403: roles/run.invoker\n"
      "record: nothing deployed by opsgate yet\n"
      "sources: Cloud Run: now; health: now; opsgate's record: nothing of it" },
    { "without a record, the annotation is the next best thing",
      "status api production",
      0,
      { BRINGS(1, "service.0",
               "{'serving':'r1','is_settled':true,'problem':'no *quota*','annotations':"
               "{'opsgate.dev/version':'v9'},'wanted':[" SHARE("r1", 100) "," TAG("r0", "d1") "]}") },
      "begin ?service.0=3s | end",
      "~*api/production*: revision `r1` serves, annotated as `v9`, image `not known`\n"
      "traffic: `r1` 100 %, tag `d1` on `r0`; Cloud Run still shows nothing\n"
      "Cloud Run calls it not ready: no  quota \n"
      "record: nothing" },
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
      "*us-central1*: `v1.3.0` serves, revision `w-1`, image `api@sha256:0123456789ab`; traffic: `w-1` 95 %, `w-2` 5 %; "
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
      "*What opsgate last deployed where*, at 2026-11-20T22:00:01.200Z\n"
      "*api/staging*: `v1.3.0`, 3 h ago (D4); drift: 100 % on `api-x`, not opsgate's doing\n"
      "*api/production*: nothing deployed by opsgate yet; not ready: no quota\n"
      "*wide/world/us-central1*: `v1.3.0`, 3 h ago (D4); drift: 100 % on `api-d4`, not opsgate's doing\n"
      "*wide/world/europe-west1*: nothing deployed by opsgate yet; Cloud Run: no answer in 1 s\n"
      "sources: opsgate's record; Cloud Run: now, but it told of 3 places of 4" },
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
      "*What opsgate last deployed where*, at 2026-11-20T22:00:00.000Z\n"
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

/* ---- how it goes ---- */

struct run {
    struct decision_fixture *fixture;
    struct status_body body;
    const char *trace, *answer;
    bool has_ended;
};

static const char *audience_of(const struct run *run, const struct wanted_reading *reading)
{
    const char *audience = json_find_string(reading->args, "audience");

    return audience ? arena_printf(run->fixture->arena, "@%s", audience) : "";
}

static void trace_readings(struct run *run, const struct outcome *out, const char *what)
{
    struct arena *arena = run->fixture->arena;
    const char *text = what;

    for (size_t i = 0; i < out->readings_count; i++)
        text = arena_printf(arena, "%s%s?%s=%s%s", text, *text ? " " : "", out->readings[i].name,
                            duration_format(out->readings[i].deadline_ms).text, audience_of(run, &out->readings[i]));
    run->trace = arena_printf(arena, "%s%s%s", run->trace, *run->trace ? " | " : "", *text ? text : "-");
}

/* The next decision sees what the store gives back. */
static void keep_body(struct run *run, const struct outcome *out)
{
    cJSON *json = shape_to_json(&status_body_shape, out->body, SHAPE_WHOLE);
    struct error err;

    arena_defer(run->fixture->arena, (void (*)(void *))cJSON_Delete, json);
    if (!shape_from_json(&status_body_shape, json, run->fixture->arena, &run->body, &err))
        fail_msg("%s", err.message);
}

static void take_outcome(struct run *run, const struct outcome *out)
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

static void begin(struct run *run, const char *line)
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

static struct event event_of(const struct run *run, const struct step *step)
{
    if (step->name[0] == '!')
        return (struct event){ .kind = EVENT_TIMER, .name = step->name + 1 };
    return (struct event){ .kind = EVENT_READING,
                           .name = step->name,
                           .end = step->body ? END_DONE : step->end,
                           .error = step->error,
                           .body = step->body ? decision_json(run->fixture, step->body) : NULL };
}

static void take_step(struct run *run, const struct step *step)
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

static void arrange(struct decision_fixture *fixture, unsigned is)
{
    static struct target list[ARRAY_LEN(targets)];

    memcpy(list, targets, sizeof(list));
    list[0].holder = is & HELD ? "D5" : NULL;
    list[0].doubt = is & DOUBTED ? "D4" : NULL;
    fixture->targets = list;
    fixture->targets_count = is & (UNRECORDED | MANY_REGIONS) ? 0 : ARRAY_LEN(list);
    fixture->operations = holders;
    fixture->operations_count = is & HELD ? ARRAY_LEN(holders) : 0;
}

static void check_row(void **state)
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

/* A service with as many tags as Cloud Run lets it have. */
static void check_many_tags(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct run run = { .fixture = fixture, .trace = "" };
    const char *shares = SHARE("api-d4", 100);

    (void)state;
    for (int i = 0; i < 300; i++)
        shares = arena_printf(fixture->arena, "%s,{'revision':'r%d','tag':'t%d'}", shares, i, i);
    arrange(fixture, 0);
    begin(&run, "status api staging");
    take_step(&run, &(struct step)BRINGS(1, "service.0",
                                         arena_printf(fixture->arena,
                                                      "{'is_settled':true,'is_ready':true,'serving':'api-d4',"
                                                      "'wanted':[%s]}",
                                                      shares)));
    assert_int_equal(run.body.sights[0].asked_count, 1 + SIGHT_TAGS_MAX);
    take_step(&run, &(struct step)DUE(4000, "answer"));
    assert_non_null(
        strstr(run.answer,
               "`api-d4` 100 %, tag `t0` on `r0`, tag `t1` on `r1`, tag `t2` on `r2`, tag `t3` on `r3` and 296 more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "each is asked what it can answer", check_questions, NULL, NULL, NULL },
        { "it cannot be aborted, and needs not be; messages change nothing", check_wishes, NULL, NULL, NULL },
        { "a place that is no longer configured is told as far as it was seen", check_place_gone, NULL, NULL, NULL },
        { "hundreds of tags neither fill the record nor the answer", check_many_tags, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
