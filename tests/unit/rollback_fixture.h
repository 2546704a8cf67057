/* rollback_fixture.h - a target with good versions, whoever holds it, and what a rollback of it remembers at each point of its
 * way: for the tests of handlers/rollback/. */
#ifndef OPSGATE_TESTS_UNIT_ROLLBACK_FIXTURE_H
#define OPSGATE_TESTS_UNIT_ROLLBACK_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "handlers/rollback/body.h"
#include "handlers/rollback/rollback.h"

#define MINUTES_AGO(n) (DECISION_NOW_MS - (n)*MINUTE_MS)

static struct target_version good[] = {
    { "v1.4.1", "api@sha256:41", "api-41", "D1030", MINUTES_AGO(300), NULL, NULL, false },
    { "v1.4.2", "api@sha256:42", "api-42", "D1041", MINUTES_AGO(200), NULL, NULL, false },
    { "v1.5.0", "api@sha256:50", "api-50", "D1042", MINUTES_AGO(10), NULL, NULL, false },
};
static struct target_version bad[] = { { "v1.5.0", "api@sha256:50", "api-50", "D1050", MINUTES_AGO(5), NULL, NULL, false } };
static const char *waiting[] = { "D1043" };

enum record {
    NOTHING,
    THREE,
    TWO_AND_BAD,
    ONE,
    DOUBT,
    HELD_EARLY,
    HELD_MOVING,
    HELD_ALONE,
    HELD_ROLLBACK,
    WAITING_ROLLBACK,
    EARLY_ALONE,
    SAME_NAME
};
static struct target_version same_name[] = {
    { "main", "api@sha256:41", "api-41", "D1030", MINUTES_AGO(300), NULL, NULL, false },
    { "main", "api@sha256:42", "api-42", "D1041", MINUTES_AGO(200), NULL, NULL, false },
};
static const struct target records[] = {
    [THREE] = { .name = "api/production", .good = good, .good_count = 3 },
    [TWO_AND_BAD] = { .name = "api/production", .good = good, .good_count = 2, .bad = bad, .bad_count = 1 },
    [ONE] = { .name = "api/production", .good = good, .good_count = 1 },
    [DOUBT] = { .name = "api/production", .good = good, .good_count = 2, .doubt = "D1042" },
    [HELD_EARLY] = { .name = "api/production", .good = good, .good_count = 2, .holder = "D1043" },
    [HELD_MOVING] = { .name = "api/production",
                      .good = good,
                      .good_count = 2,
                      .holder = "D1044",
                      .waiting = waiting,
                      .waiting_count = 1 },
    [HELD_ALONE] = { .name = "api/production", .holder = "D1044" },
    [HELD_ROLLBACK] = { .name = "api/production", .good = good, .good_count = 2, .holder = "D1045" },
    [EARLY_ALONE] = { .name = "api/production", .holder = "D1043" },
    [SAME_NAME] = { .name = "api/production", .good = same_name, .good_count = 2 },
    [WAITING_ROLLBACK] = { .name = "api/production",
                           .good = good,
                           .good_count = 2,
                           .holder = "D1044",
                           .waiting = (const char *[]){ "D9", "D1045" },
                           .waiting_count = 2 },
};

#define DEPLOY_BODY                                                                                                    \
    "{'service':'api','environment':'production','version':'v1.6.0','repository':'r','image':'api@sha256:60',"         \
    "'place':{'project':'acme','region':'us-central1','service':'api-prod'},'revision':'api-60','previous':'api-old'}"
#define ROLLBACK_BODY                                                                                                  \
    "{'service':'api','environment':'production','place':{'project':'acme','region':'us-central1',"                    \
    "'service':'api-prod'},'to':{'version':'v1.4.1','revision':'api-41'}}"

static inline void put_world(struct decision_fixture *fixture, enum record record)
{
    struct operation *operations = arena_alloc(fixture->arena, 3 * sizeof(*operations));

    operations[0] = (struct operation){
        .id = "D1043", .kind = "deploy", .state = "checking", .body = decision_json(fixture, DEPLOY_BODY)
    };
    operations[1] = (struct operation){
        .id = "D1044", .kind = "deploy", .state = "verifying", .body = decision_json(fixture, DEPLOY_BODY)
    };
    operations[2] = (struct operation){
        .id = "D1045", .kind = "rollback", .state = "returning", .body = decision_json(fixture, ROLLBACK_BODY)
    };
    fixture->operations = operations;
    fixture->operations_count = 3;
    fixture->targets = &records[record];
    fixture->targets_count = record != NOTHING;
}

/* ---- what Cloud Run says ---- */

#define SHARE(revision, percent) "{'revision':'" revision "','percent':" #percent "}"
#define SERVICE(wanted, observed)                                                                                      \
    "{'is_settled':true,'is_ready':true,'wanted':[" wanted "],'observed':[" observed "],"                              \
    "'annotations':{'opsgate.dev/version':'v1.5.0','opsgate.dev/previous':'api-prev'}}"
#define ALL(revision) SERVICE(SHARE(revision, 100), SHARE(revision, 100))
#define REVISIONS                                                                                                      \
    "{'revisions':[{'revision':'api-50','image':'x','settings':{'A':'1'}},"                                            \
    "{'revision':'api-42','image':'y','is_ready':true,'min_instances':1}]}"
#define BY_HAND                                                                                                        \
    "By hand: `gcloud run services update-traffic api-prod --project acme --region us-central1 --to-revisions api-42=100`"

/* ---- what it remembers ---- */

enum memory {
    FRESH,
    ASKED,
    COMPARED,
    SEEN,
    TRIED,
    TRIED_OFTEN,
    SILENT_LONG,
    ROLLOUT,
    ROLLOUT_SILENT,
    FENCED,
    EXPECTING,
    TRIED_AND_SILENT
};

static inline struct rollback_body remembered(enum memory memory)
{
    static struct run_share before[] = { { "api-50", 100, NULL, NULL } };
    bool is_silent = memory == SILENT_LONG || memory == TRIED_AND_SILENT || memory == ROLLOUT_SILENT;
    bool is_rollout = memory == ROLLOUT || memory == ROLLOUT_SILENT || memory == FENCED;
    struct rollback_body body = {
        .service = "api",
        .environment = "production",
        .place = { "acme", "us-central1", "api-prod" },
        .aborts = is_rollout ? "D1044" : NULL,
        .aborts_traffic = is_rollout,
        .from = good[2],
        .to = good[1],
        .is_recorded = true,
        .previous = "api-41",
        .heard_at_ms = MINUTES_AGO(is_silent ? 10 : 1),
        .silence = is_silent ? "no route" : NULL,
        .returned_at_ms = memory == FENCED ? MINUTES_AGO(1) : 0,
        .state_deadline_at_ms = DECISION_NOW_MS + HOUR_MS,
    };

    if (memory != FRESH) {
        body.compared_from = "api-50";
        body.compared_to = "api-42";
    }
    body.is_certain =
        memory != FRESH && memory != ASKED && memory != COMPARED && memory != EXPECTING && memory != SILENT_LONG;
    body.is_compared = memory != FRESH && memory != ASKED && memory != SEEN && memory != EXPECTING;
    body.is_seen = memory == SEEN;
    body.was_tried = memory == TRIED || memory == TRIED_OFTEN || memory == FENCED || memory == TRIED_AND_SILENT;
    body.tries = memory == TRIED_OFTEN ? 4 : 0;
    body.expected = memory == EXPECTING ? "v1.5.0" : NULL;
    if (memory == SEEN || body.was_tried) {
        body.before = before;
        body.before_count = 1;
    }
    return body;
}

static inline struct operation an_operation(const char *state)
{
    return (struct operation){
        .id = "D1050",
        .outside_id = "birth-0000000000000050",
        .kind = "rollback",
        .state = state,
        .target = "api/production",
        .requester = { .system = "slack", .id = "U1", .team = "T1" },
        .created_at_ms = DECISION_NOW_MS - 3 * SECOND_MS,
    };
}

#endif
