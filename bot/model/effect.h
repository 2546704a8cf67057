/* effect.h - one intended change of the outside world, recorded before it is tried; and the kinds of them, as rows.
 *
 * Effects stand in lanes: first in first out, one in flight; but for updates of cards, of which each card has its own
 * order, and for what calls somebody. A row of the kinds cannot be written without saying why a
 * second try, or an answer that comes late, does no harm.
 */
#ifndef OPSGATE_MODEL_EFFECT_H
#define OPSGATE_MODEL_EFFECT_H

#include "bot/base/shape.h"

enum effect_doubt {                /* what to do when a try's outcome is not known */
                    DOUBT_REPEAT,  /* idempotent, or guarded by etag, expected split, or key */
                    DOUBT_LOOK_UP, /* its exchange first searches for its id outside, and then repeats */
                    DOUBT_ASK, /* nothing can tell: never repeated; a durable `started` mark stands before the only try
                                */
};

enum effect_refused {                /* what to do when a peer does not take our credential, which a person has to mend
                                        (exchange_refusal) */
                      REFUSED_FAILS, /* it ends: who wants it is told at once, and asks again */
                      REFUSED_TRIES_ON, /* it is tried as long as its time lasts, every ten seconds at the latest: it
                                         * has to be done, or who wants it takes its failing for the end of the thing */
                      REFUSED_PARKS, /* it waits, untried, with all of its lane that parks, until the configuration is
                                      * read again and once an hour: bot/engine/parking.c. Only what is to be shown to
                                      * people: what it says can come late */
};

/* What a peer takes before it says 429: kept to from the start, and by half for a while once it was hit.
 * bot/engine/pace.h */
struct effect_limit {
    const char *name;   /* as an exchange tells which one was hit: "chat.update" */
    int64_t per_minute; /* evenly: less than the peer takes by `burst`, for it counts what comes in any minute; or there
                           is... */
    int64_t a_minute; /* ...what it takes: no minute has more, however they come. 0: that follows from the other two */
    int64_t burst;    /* so many at once, after a while of less */
    bool is_of_lane;  /* each lane has its own; else all share one */
};

struct effect_kind {
    const char *name; /* "slack.card"; stored in records */
    enum effect_doubt in_doubt;
    int64_t attempt_ms;  /* deadline of one try */
    int64_t give_up_ms;  /* since it was recorded; an outage of the peer counts too */
    bool is_essential;   /* a failed advisory effect never fails an operation */
    bool is_latest_wins; /* a newer one of the same key replaces one that waits, in whatever lane */
    bool is_asked_first; /* before every try its machine's may_increase is asked, and it never goes for an operation
                          * that has ended or is stuck */
    bool is_increase;    /* raises traffic: is asked first, too, and waits for 30 s after the store's clock jumped */
    bool is_decrease;    /* gives traffic back: increases of its lane that stand before it are never tried (again);
                          * nor is whatever is in flight there, but another decrease: that is cut off, and this one
                          * goes at once */
    enum effect_refused refused;
    const char *permission; /* it needs the same as all kinds that say so, and none of them passes another that waits
                             * for it; NULL: one of its own */
    bool is_courtesy;       /* parked for want of a permission, it is said once, and nobody is woken */
    const struct effect_limit *limit;           /* NULL: nobody counts them */
    const struct effect_limit *limit_of_update; /* latest_wins: once the operation's card stands. Those wait for nothing
                                                 * else in their lane: bot/engine/updates.c */
    bool waits_for_confirm; /* does not go while the store is only observed: bot/engine/observing.c */
    int64_t joins_after_ms; /* what waited so long takes along what waits behind it in its lane, if both can_join: one
                             * attempt for all of them. bot/engine/together.c; 0: each goes alone */
    const char *why;        /* a second try, or a late one, is safe because... */
};

/* Longer than this a decrease is not put off by a peer's Retry-After: users meet what it is to take from them. */
#define EFFECT_DECREASE_PATIENCE_MS (10 * 1000)

#define EFFECT_REPLY "reply"
#define EFFECT_CARD "slack.card"
#define EFFECT_MESSAGE "slack.message"
#define EFFECT_HOME "slack.home" /* bot/model/home.h */
#define EFFECT_CHANNEL "slack.channel" /* bot/model/slack_channel.h, and those that follow */
#define EFFECT_TOPIC "slack.topic"
#define EFFECT_PURPOSE "slack.purpose"
#define EFFECT_INVITE "slack.invite"
#define EFFECT_PIN "slack.pin"
#define EFFECT_BOOKMARK "slack.bookmark"
#define EFFECT_ARCHIVE "slack.archive"
#define EFFECT_UNARCHIVE "slack.unarchive"
#define EFFECT_RENAME "slack.rename"
#define EFFECT_UPLOAD "slack.upload"
#define EFFECT_NEW_REVISION "run.revision"
#define EFFECT_CHANGED_REVISION "run.changed_revision" /* likewise, with other resources, or less in its environment   \
                                                        */
#define EFFECT_TRAFFIC "run.traffic"                   /* more of it to a new revision */
#define EFFECT_RETURN "run.return"          /* the same change in the safe direction: back to what was good */
#define EFFECT_UNTAG "run.untag"            /* tags that nobody needs any more */
#define EFFECT_FAILOVER "database.failover" /* bot/model/database.h */
#define EFFECT_BACKUP "database.backup"     /* bot/model/backup.h */
#define EFFECT_BLOCK "armor.block"          /* bot/model/armor.h */
#define EFFECT_UNBLOCK "armor.unblock"
#define EFFECT_DDOS "armor.ddos"
#define EFFECT_SCALE "run.scale"       /* how many instances the service may have */
#define EFFECT_PROGRAM "program.start" /* a child process of our own, under the shim; ends when it runs */
#define EFFECT_PROGRAM_STOP "program.stop"
#define EFFECT_DISPATCH "github.dispatch"
#define EFFECT_CANCEL_RUN "github.cancel"
#define EFFECT_DEPLOYMENT "github.deployment" /* bot/model/deployment.h */
#define EFFECT_DEPLOYMENT_STATUS "github.deployment_status"
#define EFFECT_REACTION "github.reaction" /* bot/model/pull.h */
#define EFFECT_COMMENT "github.comment"
#define EFFECT_CATCH_UP "github.catch_up" /* bot/model/github_deliveries.h */
#define EFFECT_PAGERDUTY_ENABLE                                                                                        \
    "pagerduty.enable" /* a webhook subscription that PagerDuty has silenced; bot/model/pagerduty.h */
#define EFFECT_PAGERDUTY_PING "pagerduty.ping"
#define EFFECT_PAGERDUTY_STATUS                                                                                        \
    "pagerduty.status" /* acknowledge, resolve, reopen; this and the next: bot/model/pagerduty_act.h */
#define EFFECT_PAGERDUTY_CHANGE "pagerduty.change" /* title, urgency, priority */
#define EFFECT_PAGERDUTY_ASSIGN "pagerduty.assign"
#define EFFECT_PAGERDUTY_SNOOZE "pagerduty.snooze"
#define EFFECT_PAGERDUTY_NOTE "pagerduty.note"
#define EFFECT_PAGERDUTY_TELL "pagerduty.tell" /* a status update */
#define EFFECT_PAGERDUTY_TRIGGER "pagerduty.trigger"
#define EFFECT_CHANGE_EVENT "pagerduty.change_event" /* bot/model/change_event.h */
#define EFFECT_STATUSPAGE_OPEN "statuspage.open" /* bot/model/statuspage.h */
#define EFFECT_STATUSPAGE_UPDATE "statuspage.update"
#define EFFECT_MAIL "mail"           /* bot/model/mail.h */
#define EFFECT_REPLAY "store.replay" /* bot/model/replay.h */

extern const struct effect_kind effect_kinds[];
extern const size_t effect_kinds_count;
const struct effect_kind *effect_kind_find(const struct effect_kind *kinds, size_t count, const char *name);

/* The record. */
struct effect {
    const char *id;         /* "D1042.7"; "X17" for one that belongs to no operation */
    const char *outside_id; /* "{birth}-{16 hex}": goes into metadata, payloads, annotations */
    int64_t schema;
    int64_t order; /* grows with every effect: the order within lanes */
    const char *kind;
    const char *operation;  /* or NULL: nobody waits for its end */
    const char *tag;        /* the handler's own name for it, given back in the event */
    const char *lane;       /* "slack:C123", "target:api/production", "reply:..." */
    const char *key;        /* latest_wins: what it replaces, or NULL */
    const char *request_id; /* what caused it */
    int64_t created_at_ms;  /* store's clock */
    int64_t give_up_at_ms;  /* steady clock */
    bool is_started;        /* ASK: the mark; it may have been tried */
    bool can_wait;          /* nothing but numbers changes: what shows more goes first */
    bool goes_first;        /* it calls somebody, or somebody waits for it: before whatever else waits in its lane */
    bool can_join;          /* by its kind: words that may be said together with others */
    const char *cancelled;  /* why it is never tried (again); NULL: it may be */
    const cJSON *args;      /* by the kind's own shape */
};
extern const struct shape effect_shape;

#endif
