/* deploy_fixture.h - a deploy in the middle of its way, made by hand, and what one event makes of it, in one line.
 *
 * The canary goes 5, 25, 100 % from `api-old` (all traffic); each step bakes 100 s, so it is looked at every 10 s; the watch
 * is 1000 s, looked at every 30 s. Only for tests.
 */
#ifndef OPSGATE_TESTS_UNIT_DEPLOY_FIXTURE_H
#define OPSGATE_TESTS_UNIT_DEPLOY_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "handlers/control.h"
#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/judge.h"

#define IMAGE "us-docker.pkg.dev/acme/images/api@sha256:9f86d081884c7d659a2feaa0c55ad015"
#define OURS "api-service-d1042-0000d7"
#define SHARE(revision, percent) "{'revision':'" revision "','percent':" #percent "}"
#define ALL_OLD SHARE("api-old", 100)
#define AT_5 SHARE("api-old", 95) "," SHARE(OURS, 5)
#define AT_25 SHARE("api-old", 75) "," SHARE(OURS, 25)
#define ALL_OURS SHARE(OURS, 100)
#define FOREIGN SHARE("api-old", 50) "," SHARE("api-theirs", 50)
#define ASKED_AND_SEEN(flags, asked, seen)                                                                             \
    "{" flags ",'serving':'api-old','wanted':[" asked "],'observed':[" seen "],'latest_ready':'" OURS "'}"
#define SERVES(split) ASKED_AND_SEEN("'is_settled':true,'is_ready':true", split, split)
#define MARKED(split, effect)                                                                                          \
    ASKED_AND_SEEN("'is_settled':true,'is_ready':true,'annotations':{'opsgate.dev/effect':'" effect "'}", split, split)
#define TURNS_TO(asked, seen) ASKED_AND_SEEN("'is_settled':false", asked, seen)

#define KNOWN(value) "{'is_known':true,'value':" #value "}"
#define NUMBERS(requests, errors)                                                                                      \
    "{'requests':" KNOWN(requests) ",'errors':" KNOWN(errors) ",'p50_s':" KNOWN(0.05) ",'p95_s':" KNOWN(               \
        0.1) ",'recent':" KNOWN(7) "}"
#define COUNTS(requests, errors) "{'requests':" KNOWN(requests) ",'errors':" KNOWN(errors) "}"
#define BLOCK(from, to, errors)                                                                                        \
    "{'from_ms':" #from ",'to_ms':" #to ",'canary':" COUNTS(1000, errors) ",'baseline':" COUNTS(1000, 3) "}"
#define BLOCKS(errors) /* the last 80 s, in blocks of 10 s */                                                          \
    "[" BLOCK(1795211920000, 1795211930000, errors) "," BLOCK(1795211930000, 1795211940000, errors) "," BLOCK(         \
        1795211940000, 1795211950000, errors) "," BLOCK(1795211950000, 1795211960000, errors) "," BLOCK(               \
        1795211960000, 1795211970000, errors) "," BLOCK(1795211970000, 1795211980000, errors) "," BLOCK(               \
        1795211980000, 1795211990000, errors) "," BLOCK(1795211990000, 1795212000000, errors) "]"
#define MEASURED(errors)                                                                                               \
    "{'canary':" NUMBERS(1000, errors) ",'baseline':" NUMBERS(                                                         \
        9000, 3) ",'at_ms':1795212000000,'blocks':" BLOCKS(errors) "}"
#define MEASURED_AT_MS INT64_C(1795212000000)
#define WELL MEASURED(1)
#define ILL MEASURED(50)
#define OLD_NUMBERS                                                                                                    \
    "{'canary':{'requests':" KNOWN(1000) ",'errors':" KNOWN(1) ",'p50_s':" KNOWN(0.05) ",'p95_s':" KNOWN(              \
        0.1) "},'baseline':" NUMBERS(9000, 3) ",'at_ms':1795212000000}"
#define EMPTY_NUMBERS "{'canary':{},'baseline':{},'at_ms':1795212000000}"

#define FREEZE "    - { deny: deploy, on: { environment: staging }, reason: a freeze }\n"

enum {
    JUDGED = 1,
    PAUSED = 2,
    HELD = 4,
    DENIED = 8, /* held, because the next increase is not allowed */
    ANSWER_ASKED = 16, /* held, and taken back if nobody answers within a minute */
    ON_FAIL_HOLDS = 32,
    INCONCLUSIVE_PROMOTES = 64,
    INCONCLUSIVE_ROLLS_BACK = 128,
    LATE = 256,
    IN_DOUBT = 512, /* how the last change of traffic ended */
    BLUE_GREEN = 1024,
    AT_ONCE = 2048,
    ABORTED = 4096,
    UNANSWERED_LONG = 8192, /* the minute is over */
    UNLIMITED = 16384, /* nothing to judge by */
    IRREVERSIBLE = 32768,
};

static inline void deploy_body_split(struct decision_fixture *fixture, struct deploy_body *body, int64_t percent)
{
    if (percent < 100)
        *ARENA_PUSH(fixture->arena, body->split, body->split_count) =
            (struct run_share){ .revision = "api-old", .percent = 100 - percent };
    if (percent > 0)
        *ARENA_PUSH(fixture->arena, body->split, body->split_count) =
            (struct run_share){ .revision = OURS, .percent = percent, .tag = "d1042" };
}

/* `percent`: ours, as last verified. */
static inline struct deploy_body *deploy_body_made(struct decision_fixture *fixture, int64_t step, int64_t percent,
                                                   unsigned is)
{
    static struct run_share before[] = { { "api-old", 100, NULL, NULL } };
    static struct deploy_step canary[] = { { 5, 100000 }, { 25, 100000 }, { 100, 100000 } }, whole[] = { { 100, 0 } };
    static const char *old_tags[] = { "d1039" };
    struct deploy_body *body = ARENA_NEW(fixture->arena, struct deploy_body);

    *body = (struct deploy_body){
        .service = "api",
        .environment = "staging",
        .version = "v1.4.2",
        .repository = "us-docker.pkg.dev/acme/images/api",
        .image = IMAGE,
        .place = { "acme", "us-central1", "api-service" },
        .strategy = is & AT_ONCE ? STRATEGY_ALL_AT_ONCE : is & BLUE_GREEN ? STRATEGY_BLUE_GREEN : STRATEGY_CANARY,
        .steps = is & (AT_ONCE | BLUE_GREEN) ? whole : canary,
        .steps_count = is & (AT_ONCE | BLUE_GREEN) ? 1 : 3,
        .watch_ms = is & AT_ONCE ? 0 : 1000000,
        .limits = { .is_judged = is & JUDGED,
                    .error_rate = is & UNLIMITED ? 0 : 0.005,
                    .block_ms = 10000,
                    .max_bake_ms = 300000,
                    .unanswered_ms = MINUTE_MS,
                    .on_fail = is & ON_FAIL_HOLDS ? ON_FAIL_HOLD : ON_FAIL_ROLLBACK,
                    .on_inconclusive = is & INCONCLUSIVE_PROMOTES     ? ON_INCONCLUSIVE_PROMOTE
                                       : is & INCONCLUSIVE_ROLLS_BACK ? ON_INCONCLUSIVE_ROLLBACK
                                                                      : ON_INCONCLUSIVE_HOLD },
        .revision = OURS,
        .tag = "d1042",
        .previous = "api-old",
        .before = before,
        .before_count = 1,
        .remove_tags = old_tags,
        .remove_tags_count = 1,
        .health_status = 200,
        .health_timeout_ms = 3000,
        .uri = "https://d1042---api.run.app",
        .state_deadline_at_ms = DECISION_NOW_MS + (is & LATE ? 0 : HOUR_MS),
        .step = step,
        .looks = 7,
        .is_paused = is & PAUSED,
        .held = is & (HELD | DENIED | ANSWER_ASKED) ? "of a reason" : NULL,
        .held_until_ms = is & ANSWER_ASKED ? DECISION_NOW_MS + (is & UNANSWERED_LONG ? 0 : MINUTE_MS) : 0,
        .is_denied = is & DENIED,
        .is_aborted = is & ABORTED,
        .is_irreversible = is & IRREVERSIBLE,
        .switched_at_ms = is & IN_DOUBT ? 0 : DECISION_NOW_MS - SECOND_MS,
        .switched_by = is & IN_DOUBT ? NULL : "birth-000000000000000e",
    };
    deploy_body_split(fixture, body, percent);
    return body;
}

/* Judged for as long as it was observed, and well, but for the last 80 s: those the next answer brings. */
static inline void deploy_body_judged(struct decision_fixture *fixture, struct deploy_body *body)
{
    struct deploy_judging *judging = ARENA_NEW(fixture->arena, struct deploy_judging);
    int64_t observed_ms = body->observed_ms > 80000 ? body->observed_ms : 80000;
    const struct judge_plan plan = { .error_rate = body->limits.error_rate };
    double share = (double)body->steps[body->step].percent / 100;

    judge_begin_step(&plan, &judging->state, MEASURED_AT_MS - observed_ms, share);
    for (int64_t at_ms = MEASURED_AT_MS - observed_ms; at_ms < MEASURED_AT_MS - 80000; at_ms += 10000)
        judge_add_block(&plan, &judging->state,
                        &(struct judge_block){ at_ms, at_ms + 10000, { 1000, 1, 0, 0 }, { 9000, 3, 0, 0 } });
    body->judging = judging;
}

/* An answer as it would be so much later. */
static inline void deploy_put_off(cJSON *json, const char *member, int64_t by_ms)
{
    cJSON *number = cJSON_GetObjectItem(json, member);

    if (number)
        cJSON_SetNumberValue(number, number->valuedouble + (double)by_ms);
}

static inline cJSON *deploy_later(cJSON *measured, int64_t by_ms)
{
    cJSON *block;

    deploy_put_off(measured, "at_ms", by_ms);
    cJSON_ArrayForEach(block, cJSON_GetObjectItem(measured, "blocks"))
    {
        deploy_put_off(block, "from_ms", by_ms);
        deploy_put_off(block, "to_ms", by_ms);
    }
    return measured;
}

static inline struct operation deploy_operation_in(const char *state)
{
    return (struct operation){
        .id = "D1042",
        .outside_id = "birth-00000000000000d7",
        .kind = "deploy",
        .schema = DEPLOY_SCHEMA,
        .state = state,
        .target = "api/staging",
        .source = "slack",
        .requester = { "slack", "U1", "T1", "ann" },
        .created_at_ms = DECISION_NOW_MS - MINUTE_MS,
    };
}

static inline char *deploy_with_rule(const char *rule) /* the rules stand at the end */
{
    AUTO_BUF struct buf text = BUF(8000);

    buf_puts(&text, DECISION_CONFIGURATION);
    buf_puts(&text, rule ? rule : "");
    return xstrdup(buf_text(&text));
}

/* All that one decision wants, but for what nothing waits for (test_deploy_drift, test_deploy_end_told), in one line: "baking ?service ?measure @look+10s", "returning !run.return ~traffic bad".
 * "-": the state stays; "nothing": it is not even written. */
static inline const char *deploy_outcome_text(const struct outcome *out, struct arena *arena)
{
    const char *text = out->body ? (out->state ? out->state : "-") : "nothing";

    for (size_t i = 0; i < out->effects_count; i++)
        if (!out->result || !json_find_bool(out->effects[i].args, "is_in_thread", false))
            text = arena_printf(arena, "%s !%s", text, out->effects[i].kind);
    for (size_t i = 0; i < out->readings_count; i++)
        if (strcmp(out->readings[i].name, "template") != 0)
            text = arena_printf(arena, "%s ?%s", text, out->readings[i].name);
    for (size_t i = 0; i < out->timers_count; i++)
        if (out->timers[i].at_ms)
            text = arena_printf(arena, "%s @%s+%s", text, out->timers[i].name,
                                duration_format(out->timers[i].at_ms - DECISION_NOW_MS).text);
    for (size_t i = 0; i < out->cancels_count; i++)
        text = arena_printf(arena, "%s ~%s", text, out->cancels[i]);
    return arena_printf(arena, "%s%s%s%s%s%s", text, out->result ? " =" : "", out->result ? out->result : "",
                        out->good ? " good" : "", out->bad ? " bad" : "", out->leaves_doubt ? " doubt" : "");
}

static inline void deploy_assert_says(const char *found, const char *expected)
{
    if (!expected)
        assert_null(found);
    else if (!found || !strstr(found, expected))
        assert_string_equal(found ? found : "(none)", expected);
}

#endif
