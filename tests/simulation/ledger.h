/* ledger.h - the general invariants: what must hold whatever happens, and whatever fault is planted.
 *
 * The ledger watches three things and nothing else: what the store's twin writes, what leaves for the world and changes
 * it, and what people were told. It knows neither the engine's memory nor which fault is planted. The first thing that
 * does not hold is kept, in a sentence.
 */
#ifndef OPSGATE_SIMULATION_LEDGER_H
#define OPSGATE_SIMULATION_LEDGER_H

#include "bot/model/effect.h"
#include "tests/simulation/sim_store.h"
#include "tests/simulation/story.h"
#include "tests/simulation/world.h"

struct ledger;
struct without_store_act;

struct ledger_options { /* borrowed for the ledger's whole life */
    struct scheduler *scheduler;
    struct story *story;
    const struct effect_kind *effect_kinds;
    size_t effect_kinds_count;
};

struct ledger *ledger_create(const struct ledger_options *options);
void ledger_destroy(struct ledger *ledger);
AUTO_DEFINE(ledger)

struct twin_watch ledger_twin_watch(struct ledger *ledger);
struct world_watch ledger_world_watch(struct ledger *ledger);

/* A person has read this as the answer to the request that waits at `connection`. */
void ledger_told(struct ledger *ledger, const char *connection, const char *text);
/* From here on the store is not the one that was watched: nothing may be written to it, and soon nothing may leave. */
void ledger_store_is_lost(struct ledger *ledger);
/* Counted, and no more: what must hold then is sim_adoption.c's. */
void ledger_adopted(struct ledger *ledger);

/* Nothing goes wrong any more; from here on things take no longer than they need. To be asked about from time to time. */
void ledger_is_calm(struct ledger *ledger);
void ledger_check_time(struct ledger *ledger);
/* The store's clock did, far enough to be noticed by whoever knew the time before: these lives of instances. None did, or
 * it was too little. */
void ledger_clock_jumped(struct ledger *ledger, int64_t by_ms, const unsigned *witnesses, size_t count);
/* An instance begins to live: what it knew before it has forgotten. */
void ledger_lives(struct ledger *ledger, const char *instance, unsigned actor);
/* It is told what the store's clock said at `at_ms`, in answer to what it sent then. */
void ledger_heard_clock(struct ledger *ledger, unsigned actor, int64_t sent_ms, int64_t at_ms);

/* An instance decides by that from now on: at its start, and whenever it has read another file. */
struct book;
void ledger_configured(struct ledger *ledger, const char *instance, const struct book *book, const char *digest);
/* What the store's clock says was changed by so much, noticed or not. */
void ledger_date_jumped(struct ledger *ledger, int64_t by_ms);

/* Nothing is heard by it until then. */
void ledger_sleeps(struct ledger *ledger, unsigned actor, int64_t until_ms);
/* It has drawn these at random, now. */
void ledger_drew(struct ledger *ledger, unsigned actor, const unsigned char *bytes, size_t len);

/* A release was published, changed, or taken back on GitHub: now it is like that. */
struct world_release;
void ledger_saw_release(struct ledger *ledger, const struct world_release *release);

/* A body that came to a door: what was made of it, against what it was. */
void ledger_saw_delivery(struct ledger *ledger, bool is_request, bool was_taken, const char *body);

/* An operation of which people have heard, one of the newest `count`; NULL: there is none. */
const char *ledger_heard_of(const struct ledger *ledger, size_t count, struct dice *dice);
/* The newest one that runs: a group, a deploy by a program or a workflow, a rollout, one that moves, verifies or bakes and is judged, is held or paused; a
 * group that has not asked for all of its members, and then the place of one of those. `target`: "shop/staging". False: there is none. */
enum running {
    RUNNING_GROUP, RUNNING_WORKER, RUNNING_ROLLOUT, RUNNING_SHIFTING, RUNNING_VERIFYING, RUNNING_BAKING, RUNNING_HELD, RUNNING_PAUSED, RUNNING_WAITING,
    RUNNING_PROGRAM, RUNNING_WORKFLOW, /* started, and not over */
    RUNNING_EARLY, /* a rollout that has changed something, and is to have no traffic yet */
    RUNNING_UNAPPROVED, /* a rollout that waits for somebody's consent */
    RUNNING_HALT, RUNNING_LOCK,
    RUNNING_REVIEW, /* somebody has to look at a broken glass */
};
bool ledger_find_running(const struct ledger *ledger, enum running which, const char **ret_id, const char **ret_target);
bool ledger_runs_at(const struct ledger *ledger, enum running which, const char *target); /* any, the newest or not */
/* One after the other, from *at 0 on, of those that change something; NULL behind the last. */
const char *ledger_next_live(const struct ledger *ledger, size_t *at);
/* Likewise, of one kind, whether it changes something or not. */
const char *ledger_next_of(const struct ledger *ledger, const char *kind, size_t *at);
const char *ledger_next_lock(const struct ledger *ledger, size_t *at); /* likewise, of locks */

const char *ledger_next_review(const struct ledger *ledger, size_t *at); /* likewise, of open reviews */

struct incident_seen { /* borrowed */
    const char *id, *declarer; /* Slack's; NULL: nobody there */
    const char *page; /* the first of PagerDuty's; or NULL */
    bool is_private, is_resolved;
};
size_t ledger_incidents(const struct ledger *ledger); /* that are not closed */
const struct incident_seen *ledger_draw_incident(const struct ledger *ledger, struct dice *dice); /* one of them, else the last one; or NULL */
const struct incident_seen *ledger_next_incident(const struct ledger *ledger, size_t *at); /* one after the other, as above */

/* When all that PagerDuty told is taken: what is known here is what is so there, but for what is on its way. */
void ledger_check_pages(struct ledger *ledger);
/* Whatever incidents ask people for has been asked when it was due. */
void ledger_check_prompts(struct ledger *ledger);

/* What a peer refused for want of a credential is mended now, there, and nobody has read anything again. */
void ledger_mended(struct ledger *ledger);

/* "shop/staging", of the newest irreversible release that has traffic and was not left; NULL: there is none. */
const char *ledger_find_irreversible(const struct ledger *ledger);

/* An instance notes in its data_dir what it does without the store: before it does, and when that has ended. */
void ledger_noted(struct ledger *ledger, const char *instance, const struct without_store_act *act);
/* Nobody hears anything of the store until then, and whoever owned it may go on for itself. */
void ledger_store_down(struct ledger *ledger, int64_t until_ms);
/* That one hears nothing of it. */
void ledger_cut_off(struct ledger *ledger, const char *instance, int64_t until_ms);

/* A sender was told that this, by the key that it has in the record, was taken: maybe more than once. */
void ledger_acknowledged(struct ledger *ledger, const char *key);

/* After some minutes of calm: what is run by itself was due when it was to be. */
void ledger_check_schedules(struct ledger *ledger);
/* When all is calm and enough time has passed: everything has come to its end. */
void ledger_check_end(struct ledger *ledger, const struct twin *twin);
void ledger_check_tags(struct ledger *ledger, const struct world *world); /* likewise: what is said of them is true */
void ledger_check_deployments(struct ledger *ledger, const struct world *world);
/* Whatever GitHub could not deliver since then is there, read from its log. */
void ledger_check_deliveries(struct ledger *ledger, const struct world *world, int64_t since_ms);

size_t ledger_staying(const struct ledger *ledger); /* operations that are left to people, or that nothing ends */

bool ledger_is_good(const struct ledger *ledger);
const char *ledger_complaint(const struct ledger *ledger); /* which invariant, and how; "" while all is good */

/*        name               what was done; each has to come up */
#define DEEDS(X)                                                                                                       \
    X(SHARED, "store: decisions on several inputs shared a commit")                                                    \
    X(RAISED_BY_VERDICT, "rollout: a step after a good verdict")                                                       \
    X(RAISED_BY_PERSON, "rollout: a step that a person took")                                                          \
    X(RETURNED, "rollout: traffic given back by a verdict or by silence")                                              \
    X(HELD, "rollout: held for a person")                                                                              \
    X(PAUSED, "rollout: paused")                                                                                       \
    X(RESUMED, "rollout: resumed")                                                                                     \
    X(PROMOTED, "rollout: promoted")                                                                                   \
    X(RETRIED, "rollout: retried")                                                                                     \
    X(ABORTED, "rollout: aborted")                                                                                     \
    X(GAP, "rollout: a gap in watching")                                                                               \
    X(CUT_OFF, "rollout: an increase that was out was cut off")                                                        \
    X(GOOD, "rollout: a version that was watched is good")                                                             \
    X(KEPT, "keep: an old revision was let go, its tag gone")                                                          \
    X(ROLLBACK, "rollback: begun")                                                                                     \
    X(ROLLBACK_OF_ROLLOUT, "rollback: took the target of a running rollout")                                           \
    X(ROLLBACK_MOVED, "rollback: traffic went back")                                                                   \
    X(ROLLBACK_STOPPED, "rollback: only stopped what had no traffic")                                                  \
    X(ROLLBACK_AGAIN, "rollback: another one, with bad versions behind it")                                            \
    X(REFUSED_SPLIT, "traffic: another split was found, and left alone")                                               \
    X(PRESSED, "click: a button was pressed")                                                                          \
    X(CLICK, "click: carried out")                                                                                     \
    X(CLICK_STALE, "click: on a card that had changed")                                                                \
    X(CLICK_DOUBLE, "click: the same once more")                                                                       \
    X(FORGED, "control: of an operation that is not there")                                                            \
    X(GROUP, "group: begun")                                                                                           \
    X(GROUP_WAITED, "group: a member that needed another one")                                                         \
    X(GROUP_FULL, "group: as many at once as may be, and more to come")                                                \
    X(GROUP_REFUSED, "group: a member that was refused")                                                               \
    X(GROUP_DONE, "group: all of it done")                                                                             \
    X(GROUP_FAILED, "group: not all of it done")                                                                       \
    X(GROUP_ABORTED, "group: aborted")                                                                                 \
    X(GROUP_STOPPED, "group: ended as an aborted one")                                                                 \
    X(REGIONS, "regions: several, forth or back")                                                                      \
    X(PROGRAM, "program: started")                                                                                     \
    X(PROGRAM_DONE, "program: a deploy by it is done")                                                                 \
    X(PROGRAM_FAILED, "program: a deploy by it failed, for it ended badly")                                            \
    X(PROGRAM_ABORTED, "program: a deploy by it was aborted, and it had run")                                          \
    X(PROGRAM_UNKNOWN, "program: how it ended is not known")                                                           \
    X(PROGRAM_REPEATED, "program: run once more")                                                                      \
    X(PROGRAM_BACK, "program: a way back by it is done")                                                               \
    X(RUNBOOK, "runbook: begun")                                                                                       \
    X(RUNBOOK_DONE, "runbook: done")                                                                                   \
    X(RUNBOOK_FAILED, "runbook: failed")                                                                               \
    X(RUNBOOK_ABORTED, "runbook: aborted")                                                                             \
    X(RUNBOOK_REPEATED, "runbook: a program whose end nobody knows is run once more by itself")                        \
    X(RUNBOOK_ASKED, "runbook: a person is asked how a program ended")                                                 \
    X(RUNBOOK_RETRIED, "runbook: and has it run once more")                                                            \
    X(RUNBOOK_REQUEST, "runbook: another request of it is done")                                                       \
    X(SCALED, "scale: a service may have other numbers of instances")                                                  \
    X(SCALED_BY_OTHERS, "scale: somebody else changed that meanwhile, and it is left alone")                           \
    X(BLOCKED, "block: addresses are kept away")                                                                       \
    X(LET_IN, "block: and let in again")                                                                               \
    X(FAILED_OVER, "failover: begun, at Google")                                                                       \
    X(FAILOVER_DONE, "failover: done")                                                                                 \
    X(FAILOVER_DOUBTED, "failover: nobody knew whether it began")                                                      \
    X(FAILOVER_FOUND, "failover: and it was found that it did")                                                        \
    X(FAILOVER_AGAIN, "failover: and a person had it sent once more")                                                  \
    X(BACKED_UP, "backup: begun, at Google")                                                                           \
    X(RESTORED_ELSEWHERE, "backup: a restore begun into the instance that is given away for it")                       \
    X(RESTORED, "backup: a restore begun over the database itself")                                                    \
    X(BACKUP_DONE, "backup: done")                                                                                     \
    X(BACKUP_DOUBTED, "backup: nobody knew whether it began")                                                          \
    X(SCHEDULED, "schedule: it was due, and asked for its run")                                                        \
    X(SCHEDULE_SKIPPED, "schedule: due while its last run was at work")                                                \
    X(WORKFLOW, "workflow: dispatched")                                                                                \
    X(WORKFLOW_DONE, "workflow: a deploy by it is done")                                                               \
    X(WORKFLOW_FAILED, "workflow: a deploy by it failed")                                                              \
    X(WORKFLOW_ABORTED, "workflow: a deploy by it was aborted, and its run cancelled")                                 \
    X(WORKFLOW_UNKNOWN, "workflow: what became of its run is not known")                                               \
    X(WORKFLOW_BACK, "workflow: a way back by it is done")                                                             \
    X(STORE_ADOPTED, "store: one that came back was adopted, and confirmed")                                           \
    X(RETURNED_ALONE, "alone: traffic given back without the store")                                                   \
    X(ADOPTED, "alone: a rollout hears of it")                                                                         \
    X(HALTED, "hold: everything is halted")                                                                            \
    X(LOCKED, "hold: a place is locked")                                                                               \
    X(HANDED_OVER, "hold: a lock is handed over")                                                                      \
    X(HELD_BACK, "hold: a rollout that runs is held by it")                                                            \
    X(CONFIGURED, "policy: another configuration is journalled")                                                       \
    X(RIGHTS_TOLD, "policy: and says what whom it takes, or gives")                                                    \
    X(REFUSED_BY_BOOK, "policy: refused by a rule that another configuration brought")                                 \
    X(HELD_BY_BOOK, "policy: a rollout that runs is held by one, by a window or by a freeze")                          \
    X(SOLD, "group: who sells by a group, a team or a schedule has begun a deploy")                                    \
    X(SOLD_RAISED, "group: and it gets traffic")                                                                       \
    X(NOT_SOLD, "group: who is in none that was read lately is refused")                                               \
    X(STALE_WAY_BACK, "group: the way back by a reading that is too old for anything else")                            \
    X(GROUP_READ, "group: one was read, and others are in it")                                                         \
    X(WINDOW_CLOSED, "window: refused, for it is not open")                                                            \
    X(GLASS_BROKEN, "glass: broken")                                                                                   \
    X(GLASS_RAISED, "glass: what it was broken for gets traffic")                                                      \
    X(GLASS_REVIEWED, "glass: somebody else has looked at it")                                                         \
    X(IRREVERSIBLE_HELD, "irreversible: held where anything else goes back")                                           \
    X(IRREVERSIBLE_KEPT, "irreversible: who wants it back without a glass is refused")                                 \
    X(PARKED, "credential: what is to be shown was refused for it, and waits")                                         \
    X(FREED, "credential: what waited goes out")                                                                       \
    X(REFUSED_WAY_BACK, "credential: a way back was refused for it")                                                   \
    X(APPROVED, "approval: by another person of the role")                                                             \
    X(APPROVED_IN_VAIN, "approval: one that does not count")                                                           \
    X(RAISED_BY_APPROVAL, "approval: what was approved gets traffic")                                                  \
    X(SUPERSEDED, "queue: a deploy that waited gave way to a later one")                                               \
    X(NOW, "queue: --now has what runs aborted")                                                                       \
    X(TRIGGERED, "trigger: what was told on GitHub began a deploy")                                                    \
    X(RAISED_BY_ITSELF, "trigger: and that gets traffic")                                                              \
    X(TRIGGER_REFUSED, "trigger: it does not roll out, and that is said")                                              \
    X(TRIGGER_LATE, "trigger: likewise, for it came too late")                                                         \
    X(TRIGGER_BACKWARDS, "trigger: likewise, for what serves is newer")                                                \
    X(OWN_RELEASE, "approval: of whoever published it, in vain")                                                       \
    X(HEARD, "event: an operation hears of what was told")                                                             \
    X(BEGUN_BY_EVENT, "event: it began an operation")                                                                  \
    X(REPEATED, "event: told once more, and known")                                                                    \
    X(ACKNOWLEDGED, "event: PagerDuty or Alertmanager was told that it was taken")                                     \
    X(INCIDENT, "incident: opened")                                                                                    \
    X(INCIDENT_CHANNEL, "incident: has a channel of its own")                                                          \
    X(INCIDENT_ACKNOWLEDGED, "incident: acknowledged")                                                                 \
    X(INCIDENT_RESOLVED, "incident: resolved")                                                                         \
    X(INCIDENT_REOPENED, "incident: opened again")                                                                     \
    X(PROMPTED, "incident: people are asked for what nobody did")                                                      \
    X(SAID_TOGETHER, "incident: words that waited were said with others")                                              \
    X(SECRET_TOLD, "incident: of a private one, to who is in it")                                                      \
    X(PAGED, "page: one came")                                                                                         \
    X(PAGE_WRITTEN, "page: opsgate changed it")                                                                        \
    X(REOPENED_BY_PAGE, "page: opened again there, and so here")                                                       \
    X(AGREES, "page: both were compared when all was told")                                                            \
    X(INCIDENT_CLOSED, "incident: closed")                                                                             \
    X(TOLD_ON_GITHUB, "github: a deployment was made there, and its end told")

enum deed {
#define DEED_ENUM(name, about) DEED_##name,
    DEEDS(DEED_ENUM)
#undef DEED_ENUM
        DEED_COUNT
};
extern const char *const deed_names[DEED_COUNT];

struct ledger_counts {
    uint64_t accepted, operations, effects, commits, entries;
    uint64_t deeds[DEED_COUNT];
};
struct ledger_counts ledger_counts(const struct ledger *ledger);

#endif
