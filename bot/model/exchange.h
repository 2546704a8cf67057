/* exchange.h - how an effect or a reading is carried out: a step function from the answers so far to what comes next.
 *
 * Codecs (integrations/) write them; they are pure. The carrier calls the step first with no answers, makes the HTTP
 * call that it asks for, calls it again with one more answer, and so on, until it says done, again or never. A step
 * function must look at what is outside before it changes anything, if its effect kind says that this is what makes it
 * safe.
 */
#ifndef OPSGATE_MODEL_EXCHANGE_H
#define OPSGATE_MODEL_EXCHANGE_H

#include "bot/base/json.h"
#include "bot/model/http.h"

struct settings;

enum exchange_next {
    NEXT_CALL,  /* make `call`, come back with its answer */
    NEXT_DONE,  /* `result` is what happened, or was read */
    NEXT_AGAIN, /* not now: try the whole exchange later; `error` says why */
    NEXT_NEVER, /* refused for good: `error` says why */
};

struct exchange {
    const struct settings *settings;    /* addresses and limits; of secrets only what has to stand in an address or a body */
    const char *effect_id;              /* outside id of the effect; NULL for a reading */
    const char *operation_id;           /* outside id of the operation */
    const cJSON *args;                  /* of the effect or reading, by the kind's shape */
    const char *card_channel, *card_ts; /* of the operation, as it is known now; NULL when it is not */
    const char *channel_id; /* of Slack's channel that the args name: where something was posted before: the first try
                             * goes there, and another one looks there, too. NULL: not known */
    const struct http_answer *answers; /* so far, oldest first */
    size_t answer_count;
    int64_t unix_ms; /* when the attempt began, store's clock */
    int64_t
        ahead_ms; /* by so much that clock may be ahead of a peer's: whoever looks for something looks further back */
    bool is_first_try;   /* recorded by this owner and never tried: a look-up cannot find anything yet */
    bool is_untried;     /* by this owner, whatever one before it has tried */
    bool is_in_doubt;    /* an earlier try may have got through: its answer was lost, or its owner */
    struct arena *arena; /* everything the step makes lives here */
};

enum exchange_refusal {                     /* whose fault it is that the peer said no */
                        REFUSAL_NONE,       /* ours, or the peer's own: nothing that another credential would mend */
                        REFUSAL_CREDENTIAL, /* it does not take the credential: all that goes with it is refused */
                        REFUSAL_PERMISSION, /* it knows who we are, and we may not do this there */
};

struct exchange_step {
    enum exchange_next next;
    struct http_call call;         /* NEXT_CALL */
    cJSON *result;                 /* NEXT_DONE: in the arena (exchange_done hands it over), or NULL */
    const char *error;             /* AGAIN, NEVER: a sentence that names the peer, in the arena or static */
    int64_t after_ms;              /* AGAIN: not before this long, from Retry-After; 0: the engine's own backoff */
    bool is_outage;                /* AGAIN: the peer is down or limits us; it costs no attempts */
    const char *limit;             /* AGAIN: a limit of the peer's was hit (429), this one: effect.h. Or NULL */
    bool needs_fresh_credential;   /* AGAIN: 401: the cached token is no good */
    enum exchange_refusal refusal; /* AGAIN, NEVER: a person has to mend it there, or in the configuration */
    bool is_unclear; /* NEVER: a try before may have got through, and this one could not see whether it did: END_UNKNOWN
                      */
};

typedef struct exchange_step (*exchange_fn)(const struct exchange *exchange);

/* The four ways on, as values. */
struct exchange_step exchange_call(struct http_call call);
struct exchange_step exchange_done(const struct exchange *exchange,
                                   cJSON *result); /* takes result; it goes with the arena */
struct exchange_step exchange_never(const struct exchange *exchange, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct exchange_step exchange_again(const struct exchange *exchange, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* What any peer's answer means when it is none of the codec's own cases: no answer, 429, 5xx -> again (an outage, with
 * Retry-After); 401 -> again with a fresh credential; everything else -> never, quoting the start of the body. 401 and
 * 403 are refusals. */
struct exchange_step exchange_refused(const struct exchange *exchange, const char *peer,
                                      const struct http_answer *answer);

/* Kinds of readings: name -> exchange, like effects; asked by handlers through outcome_read. */
#define READING_DIGEST "registry.digest"
#define READING_SERVICE "run.service"
#define READING_HEALTH "http.health"
#define READING_PROBES "http.probes"       /* bot/model/probes.h */
#define READING_HEARTBEAT "http.heartbeat" /* no args: its address is a secret, and no record has it */
#define READING_SELF_TEST "self_test"      /* bot/model/self_test.h */
#define READING_DATABASE "database.now"    /* bot/model/database.h */
#define READING_DATABASE_OPERATION "database.operation"
#define READING_FAILOVER_SOUGHT "database.sought"
#define READING_BACKUPS "database.backups" /* bot/model/backup.h */
#define READING_BACKUP_SOUGHT "database.backup_sought"
#define READING_ARMOR "armor.policy"      /* bot/model/armor.h */
#define READING_LOGS "logging.entries"    /* bot/model/logs.h */
#define READING_TEMPLATE "run.template"   /* bot/model/cloud_run.h */
#define READING_REVISIONS "run.revisions" /* bot/model/cloud_run.h */
#define READING_MEASURE "metrics.measure" /* bot/model/measure.h */
#define READING_COMMIT "github.commit"    /* bot/model/source.h */
#define READING_RELEASE "github.release"
#define READING_RUN "github.run"       /* bot/model/workflow.h */
#define READING_CHECKS "github.checks" /* bot/model/checks.h */
#define READING_AUTHORS "github.authors"
#define READING_PATHS "github.paths"                              /* bot/model/paths.h */
#define READING_PULL "github.pull"                                /* bot/model/pull.h */
#define READING_DEPLOYMENT "github.deployment_now"                /* bot/model/deployment.h */
#define READING_GITHUB_DELIVERIES "github.deliveries"             /* bot/model/github_deliveries.h */
#define READING_PAGERDUTY_SUBSCRIPTIONS "pagerduty.subscriptions" /* bot/model/pagerduty.h */
#define READING_PAGERDUTY_INCIDENTS "pagerduty.incidents"
#define READING_PAGERDUTY_INCIDENT "pagerduty.incident"
#define READING_PAGERDUTY_ONCALL "pagerduty.oncall" /* bot/model/pagerduty_people.h */
#define READING_PAGERDUTY_USER "pagerduty.user"
#define READING_STATUSPAGE "statuspage.incident" /* bot/model/statuspage.h */
#define READING_SLACK_GROUP "slack.group"        /* bot/model/membership.h */
#define READING_SLACK_PEOPLE "slack.people"
#define READING_SLACK_USER "slack.user"           /* bot/model/slack_user.h */
#define READING_SLACK_CHANNEL "slack.channel_now" /* bot/model/slack_channel.h */
#define READING_SLACK_MESSAGE "slack.message_now" /* bot/model/slack_message.h */
#define READING_GITHUB_TEAM "github.team"
#define READING_PAGERDUTY_SCHEDULE "pagerduty.schedule"
#define READING_PROGRAM "program.follow"             /* bot/model/program.h */
#define READING_PROGRAM_SAYS "program.says"
#define READING_KEPT "store.kept"                    /* bot/model/replay.h */
#define READING_PERSONAL "store.personal"            /* bot/model/personal.h */
#define READING_CONFIGURATION "configuration.reload" /* bot/model/reload.h */

#endif
