/* failover_fixture.h - databases to fail over, as they are read, and one failover played event by event. */
#ifndef OPSGATE_TESTS_UNIT_FAILOVER_FIXTURE_H
#define OPSGATE_TESTS_UNIT_FAILOVER_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#include "handlers/control.h"
#include "handlers/failover/body.h"
#include "handlers/failover/failover.h"

/* clang-format off */
#define FAILOVER_CONFIGURATION \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\" } }\n" \
    "services:\n" \
    "  - name: api\n" \
    "    artifact: { image: \"registry.example.com/api:{version}\" }\n" \
    "    needs: [main]\n" \
    "    environments:\n" \
    "      - { name: production, driver: { cloud_run: { project: acme, region: r, service: api } } }\n" \
    "      - { name: staging, driver: { cloud_run: { project: acme, region: r, service: api-s } } }\n" \
    "  - name: batch\n" \
    "    needs: [main]\n" \
    "    environments: [{ name: production, driver: { program: { deploy: [d] } } }]\n" \
    "databases:\n" \
    "  - { name: main, environment: production, cloud_sql: { project: acme, instance: main }, recovery_time: 15m }\n" \
    "  - name: far\n" \
    "    cloud_sql: { project: acme, instance: far, replica: far-r }\n" \
    "    max_lag: 30s\n" \
    "    recovery_point: 5m\n" \
    "  - { name: loose, cloud_sql: { project: acme, instance: loose, replica: loose-r } }\n" \
    "  - { name: cache, memorystore: { project: acme, region: r, instance: cache } }\n" \
    "  - { name: hand, environment: production, runbook: move, recovery_time: 15m }\n" \
    "runbooks:\n" \
    "  - { name: move, target: hand, steps: [{ manual: \"move it\" }] }\n" \
    "policy:\n" \
    "  roles:\n" \
    "    - { name: dba, members: [\"slack:U1\", \"slack:U2\"] }\n" \
    "    - { name: lead, members: [\"slack:U1\", \"slack:U2\", \"slack:U3\"] }\n" \
    "  rules:\n" \
    "    - { allow: [failover, approve, abort, retry, lock, unlock], to: dba }\n"
/* clang-format on */

#define CONSENT "    - { require: { approvals: { from: dba } }, for: failover }\n"

/* As READING_DATABASE tells them, at DECISION_NOW_MS. */
#define SEEN_WITH(more) "{'at_ms':1795212000000,'is_backup_known':true,'lag':{'is_known':false}," more "}"
#define STANDBY_IN(state, zone)                                                                                        \
    SEEN_WITH("'state':'" state "','zone':'" zone "','standby_zone':'z-c','has_standby':true,'kind':'REGIONAL',"       \
              "'settings_version':'12'")
#define STANDBY STANDBY_IN("RUNNABLE", "z-a")
#define REPLICA_OF(type, lag)                                                                                          \
    "{'at_ms':1795212000000,'is_backup_known':true,'state':'RUNNABLE','zone':'z-a','kind':'ZONAL',"                    \
    "'replica':{'name':'far-r','state':'RUNNABLE','zone':'y-b','type':'" type "'},'lag':" lag "}"
#define LAG(ms) "{'is_known':true,'lag_ms':" ms ",'at_ms':1795211980000}"
#define REPLICA(lag) REPLICA_OF("READ_REPLICA_INSTANCE", lag)

struct failover_play {
    struct decision_fixture *fixture;
    struct operation operation;
    const struct failover_body *body;
    struct outcome out;
};

static inline void failover_take(struct failover_play *play)
{
    const void *body = decision_take(play->fixture, &play->operation, &play->out, &failover_body_shape);

    play->body = body ? body : play->body;
}

static inline struct failover_play failover_play(const char *line, const char *rules)
{
    AUTO_FREE char *configuration = NULL;
    struct failover_play play = { 0 };
    struct question question;
    const void *arguments;
    struct request request;
    struct error err;

    configuration = xcalloc(1, strlen(FAILOVER_CONFIGURATION) + strlen(rules) + 1);
    strcat(strcpy(configuration, FAILOVER_CONFIGURATION), rules);
    play.fixture = decision_create(configuration);
    request = decision_request(play.fixture, line);
    outcome_init(&play.out, play.fixture->arena, "D7", "birth-00000000000000d7");
    if (!verb_failover.asks(&play.fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    verb_failover.begin(&play.fixture->view, &request, &question, arguments, &play.out);
    play.operation = (struct operation){ .id = "D7",
                                         .outside_id = "birth-00000000000000d7",
                                         .kind = "failover",
                                         .schema = 1,
                                         .target = play.out.target,
                                         .source = "slack",
                                         .requester = { "slack", "U1", "T1", "ann" },
                                         .created_at_ms = DECISION_NOW_MS };
    failover_take(&play);
    return play;
}

static inline void failover_send(struct failover_play *play, struct event event, const char *body)
{
    event.body = body ? decision_json(play->fixture, body) : NULL;
    outcome_init(&play->out, play->fixture->arena, "D7", "birth-00000000000000d7");
    machine_failover.on_event(&play->fixture->view, &play->operation, play->body, &event, &play->out);
    failover_take(play);
}

static inline void failover_request(struct failover_play *play, const char *verb, const char *user, int64_t look)
{
    struct request request = decision_request(play->fixture, arena_printf(play->fixture->arena, "%s D7", verb));
    struct control_arguments arguments = { .operation = "D7", .look = look };

    request.principal.id = user;
    failover_send(play,
                  (struct event){ .kind = EVENT_REQUEST, .name = verb, .request = &request, .arguments = &arguments },
                  NULL);
}

#endif
