/* weather.h - what goes wrong in a world, and how often: shares per mille of the calls, and states that last.
 *
 * A scenario draws its weather from its seed and changes it as time goes by; in the end it is calm. Every fault that
 * really happened is counted here.
 */
#ifndef OPSGATE_SIMULATION_WEATHER_H
#define OPSGATE_SIMULATION_WEATHER_H

#include <stdbool.h>
#include <stdint.h>

/*        name               what happened */
#define FAULTS(X)                                                                                                      \
    X(STORE_LOST_REQUEST, "store: a request was lost")                                                                 \
    X(STORE_LOST_REPLY, "store: it happened, its answer was lost")                                                     \
    X(STORE_LATE_REQUEST, "store: it happened after the caller had given up")                                          \
    X(STORE_SLOW, "store: slow")                                                                                       \
    X(STORE_DOWN, "store: a call while it was down")                                                                   \
    X(STORE_CUT_OFF, "store: an owner was cut off from it")                                                            \
    X(STORE_NO_MEMORY, "store: a commit refused for lack of memory")                                                   \
    X(STORE_ROLLED_BACK, "store: came back as an older copy")                                                          \
    X(STORE_EMPTIED, "store: came back empty")                                                                         \
    X(STORE_FOREIGN, "store: another one came back")                                                                   \
    X(STORE_NEWER, "store: written by a newer binary")                                                                 \
    X(CLOCK_JUMPED, "store: its clock jumped")                                                                         \
    X(SLEPT, "store: its clock stood still, and nobody looked")                                                        \
    X(CRASHED, "instance: crashed")                                                                                    \
    X(CRASHED_OWNER, "instance: crashed as the owner")                                                                 \
    X(CRASHED_COMMITTING, "instance: crashed with a commit out")                                                       \
    X(CRASHED_CALLING, "instance: crashed with an effect's call out")                                                  \
    X(CRASHED_LOADING, "instance: crashed while taking over")                                                          \
    X(CRASHED_STOPPING, "instance: crashed while stopping")                                                            \
    X(POISONED, "instance: crashed by what it decided")                                                                \
    X(NOTE_FAILED, "instance: what it does without the store could not be noted")                                      \
    X(STOPPED, "instance: stopped cleanly")                                                                            \
    X(PAUSED, "instance: paused")                                                                                      \
    X(PAUSED_OWNER, "instance: an owner paused beyond its lease")                                                      \
    X(HTTP_NEVER_SENT, "http: a call never left")                                                                      \
    X(HTTP_LOST_REQUEST, "http: a call never arrived")                                                                 \
    X(HTTP_LOST_ANSWER, "http: it happened, its answer was lost")                                                      \
    X(HTTP_LATE_REQUEST, "http: it happened after the caller had given up")                                            \
    X(HTTP_SLOW, "http: slow")                                                                                         \
    X(HTTP_LIMITED, "http: 429")                                                                                       \
    X(HTTP_ERROR, "http: 500 or 503, nothing happened")                                                                \
    X(HTTP_ERROR_HAPPENED, "http: 500, and it happened")                                                               \
    X(HTTP_DOWN, "http: a peer was down")                                                                              \
    X(TOKEN_EXPIRED, "google: an access token was refused")                                                            \
    X(FOREIGN_TRAFFIC, "google: somebody else changed the traffic")                                                    \
    X(FOREIGN_EDIT, "google: somebody else changed the service")                                                       \
    X(REVISION_FAILED, "google: a revision never became ready")                                                        \
    X(REVISION_SLOW, "google: a revision took long")                                                                   \
    X(SCALED_BY_HAND, "google: somebody else changed how many instances a service may have")                           \
    X(RULE_BY_HAND, "google: somebody else took a rule of ours away")                                                   \
    X(DATABASE_BY_HAND, "google: somebody else does something to a database")                                          \
    X(DATABASE_BUSY, "google: a database is at work on something else already")                                        \
    X(DATABASE_FAILED, "google: an operation on a database came to no good end")                                       \
    X(UNHEALTHY, "health: a revision was not well")                                                                    \
    X(METRICS_MISSING, "metrics: no data, not yet, or lost")                                                           \
    X(METRICS_FAILED, "metrics: the source failed")                                                                    \
    X(METRICS_BAD, "metrics: a new revision broke under its traffic")                                                  \
    X(TAG_MOVED, "registry: tags were given to new images")                                                            \
    X(TAG_MISSING, "registry: no such tag")                                                                            \
    X(RUN_BY_HAND, "github: somebody else dispatched the workflow")                                                    \
    X(PROGRAM_LOST, "machine: went down with a program that ran")                                                      \
    X(PROGRAM_FORGOTTEN, "machine: what was known of a program was removed")                                           \
    X(FORGED_PRESS, "door: a press that is none of ours")                                                              \
    X(DUPLICATE_DELIVERY, "door: the same delivery twice")                                                             \
    X(TOLD_TWICE, "door: the same fact by two deliveries")                                                             \
    X(TOLD_LATE, "door: a fact of days ago")                                                                           \
    X(SENT_AGAIN, "door: PagerDuty or Alertmanager send again what nobody took")                                       \
    X(RELOADED, "policy: an instance reads another file while it runs")                                                \
    X(RELOADED_BAD, "policy: that file is bad")                                                                        \
    X(RELOADED_COMMITTING, "policy: read with a commit out")                                                           \
    X(RELOADED_LOADING, "policy: read while taking over")                                                              \
    X(RELOADED_BY_REQUEST, "policy: read because somebody asked for it")                                               \
    X(STARTED_OTHERWISE, "policy: an instance starts with another file than it ran with")                              \
    X(MEMBER_CAME, "group: somebody came into a group, team or schedule")                                              \
    X(MEMBER_WENT, "group: somebody left one")                                                                         \
    X(SOURCE_FAILED, "group: one cannot be asked any more")                                                            \
    X(SOURCE_WORKS, "group: one can be asked again")                                                                   \
    X(TOKEN_REFUSED, "credential: a peer does not take the token any more")                                            \
    X(PERMISSION_REFUSED, "credential: it lacks a permission")                                                         \
    X(METRIC_STOPPED, "metrics: one series stopped, the others went on")                                               \
    X(PAGE_MET, "pagerduty: between a look and what is written, somebody else changes it")                             \
    X(PAGE_TOLD_LATE, "pagerduty: a webhook comes behind those that came after it")                                    \
    X(NAME_TAKEN, "slack: a channel of that name is there already")                                                    \
    X(DELIVERY_LOST, "door: a delivery of GitHub's reaches nobody, and is not sent again")

enum fault {
#define FAULT_ENUM(name, about) FAULT_##name,
    FAULTS(FAULT_ENUM)
#undef FAULT_ENUM
        FAULT_COUNT
};
extern const char *const fault_names[FAULT_COUNT];

/* What a peer may refuse until it is mended: world_refusals.c. */
enum world_refuses {
    REFUSES_SLACK_TOKEN,
    REFUSES_SLACK_POSTS,
    REFUSES_GITHUB_TOKEN,
    REFUSES_GITHUB_DEPLOYMENTS,
    REFUSES_GOOGLE_TOKEN,
    REFUSES_GOOGLE_CHANGES,
    REFUSES_COUNT
};

struct weather {
    /* per mille of calls */
    int64_t store_lost_request, store_lost_reply, store_late_request, store_slow, store_no_memory;
    int64_t http_never_sent, http_lost_request, http_lost_answer, http_late_request, http_slow, http_limited,
        http_error;
    int64_t revision_fails, revision_slow, unhealthy;
    int64_t foreign_meets; /* of looks at a service that is about to be changed */
    int64_t work_in_doubt; /* of changes of a database: not done, or done, and no answer to it comes */
    int64_t work_meets;    /* of looks at one: somebody else begins something there right behind */
    int64_t scale_meets;   /* of looks at a service that is about to be scaled: somebody else scales it right then */
    bool foreign_is_near;  /* the next one of them, if there is anything to move there */
    int64_t breaks; /* of new revisions: they break under a certain share of the traffic */
    int64_t metrics_missing, metrics_fail;
    int64_t metrics_lag_ms; /* so late they are known */
    int64_t metrics_lost;   /* per mille of pieces of time, not of calls */
    uint64_t metrics_lost_seed;
    int64_t metric_stopped_from_ms, metric_stopped_until_ms; /* virtual: one series is not collected */
    bool is_latency_stopped;         /* which: of latency, else of errors */
    unsigned refuses;                /* bits of enum world_refuses */
    unsigned cut_off_actor; /* the life that does not reach the store; 0: none */
    bool store_is_down, store_is_full;                 /* full: beyond the share that accept may use */
    int64_t slack_down_until_ms, google_down_until_ms, github_down_until_ms, pagerduty_down_until_ms; /* virtual time */
    uint64_t *counts;                                  /* FAULT_COUNT, borrowed */
};

void weather_calm(struct weather *weather); /* nothing goes wrong any more */

#endif
