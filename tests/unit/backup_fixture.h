/* backup_fixture.h - databases with backups, as they are read, and one operation played event by event. */
#ifndef OPSGATE_TESTS_UNIT_BACKUP_FIXTURE_H
#define OPSGATE_TESTS_UNIT_BACKUP_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#include "handlers/backup/backup.h"
#include "handlers/backup/body.h"
#include "handlers/control.h"

/* clang-format off */
#define BACKUP_CONFIGURATION \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\" } }\n" \
    "services:\n" \
    "  - name: api\n" \
    "    artifact: { image: \"registry.example.com/api:{version}\" }\n" \
    "    needs: [main, bare]\n" \
    "    environments:\n" \
    "      - { name: production, driver: { cloud_run: { project: acme, region: r, service: api } } }\n" \
    "databases:\n" \
    "  - name: main\n" \
    "    environment: production\n" \
    "    cloud_sql: { project: acme, instance: main-1 }\n" \
    "    backups: { bucket: \"gs://acme-backups/main\", databases: [app, audit], restore_into: main-scratch, verify: look }\n" \
    "  - { name: bare, environment: production, cloud_sql: { project: acme, instance: bare-1 } }\n" \
    "  - { name: one, cloud_sql: { project: acme, instance: one-1 }, backups: { bucket: \"gs://acme-backups\", databases: [app] } }\n" \
    "  - { name: cache, memorystore: { project: acme, region: r, instance: cache } }\n" \
    "runbooks:\n" \
    "  - { name: look, args: [{ name: instance, pattern: \"main-*\" }], steps: [{ check: [look, \"{instance}\"] }] }\n" \
    "policy:\n" \
    "  roles:\n" \
    "    - { name: dba, members: [\"slack:U1\", \"slack:U2\"] }\n" \
    "  rules:\n" \
    "    - { allow: [backup, restore, approve, abort, retry, promote, run, lock], to: dba }\n"
/* clang-format on */

/* As READING_BACKUPS tells them, at DECISION_NOW_MS; the backup is 20 h old. */
#define RUN17(status)                                                                                                  \
    "{'id':'17','status':'" status "','type':'AUTOMATED','version':'POSTGRES_15','ended_at_ms':1795140000000}"
#define INSTANCE(state, more) "{'state':'" state "','version':'POSTGRES_15'" more "}"
#define WITH17 INSTANCE("RUNNABLE", ",'wanted':" RUN17("SUCCESSFUL"))
#define SERVES INSTANCE("RUNNABLE", "")
#define MADE(status)                                                                                                   \
    INSTANCE("RUNNABLE", ",'wanted':{'id':'18','status':'" status "','ended_at_ms':1795211990000,'bytes':5000000000}")

struct backup_play {
    struct decision_fixture *fixture;
    struct operation operation;
    const struct backup_body *body;
    struct outcome out;
};

static inline void backup_take(struct backup_play *play)
{
    const void *body = decision_take(play->fixture, &play->operation, &play->out, &backup_body_shape);

    play->body = body ? body : play->body;
}

static inline struct backup_play backup_play(const char *line, const char *rules)
{
    AUTO_FREE char *configuration = xcalloc(1, strlen(BACKUP_CONFIGURATION) + strlen(rules) + 1);
    struct backup_play play = { 0 };
    struct question question;
    const void *arguments;
    struct request request;
    struct error err;

    strcat(strcpy(configuration, BACKUP_CONFIGURATION), rules);
    play.fixture = decision_create(configuration);
    request = decision_request(play.fixture, line);
    outcome_init(&play.out, play.fixture->arena, "D7", "birth-00000000000000d7");
    if (!verb_backup.asks(&play.fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    verb_backup.begin(&play.fixture->view, &request, &question, arguments, &play.out);
    play.operation = (struct operation){ .id = "D7",
                                         .outside_id = "birth-00000000000000d7",
                                         .kind = "backup",
                                         .schema = 1,
                                         .target = play.out.target,
                                         .source = "slack",
                                         .requester = { "slack", "U1", "T1", "ann" },
                                         .created_at_ms = DECISION_NOW_MS };
    backup_take(&play);
    return play;
}

static inline void backup_send(struct backup_play *play, struct event event, const char *body)
{
    event.body = body ? decision_json(play->fixture, body) : NULL;
    outcome_init(&play->out, play->fixture->arena, "D7", "birth-00000000000000d7");
    machine_backup.on_event(&play->fixture->view, &play->operation, play->body, &event, &play->out);
    backup_take(play);
}

static inline void backup_request(struct backup_play *play, const char *verb, const char *user, int64_t look)
{
    struct request request = decision_request(play->fixture, arena_printf(play->fixture->arena, "%s D7", verb));
    struct control_arguments arguments = { .operation = "D7", .look = look };

    request.principal.id = user;
    backup_send(play,
                (struct event){ .kind = EVENT_REQUEST, .name = verb, .request = &request, .arguments = &arguments },
                NULL);
}

#endif
