/* engine.h - one input at a time: policy, handler, commit; then the effects go.
 *
 * The engine of one instance. It competes for the lease; as the owner it loads the store, reads the inbox, decides inputs
 * serially, pipelines commits, and lets an effect go only after the commit that recorded it was confirmed. It uses the
 * world through store, carrier and clock alone, so the same code runs in production and in the simulation.
 *
 * Single-threaded. Callbacks of store and carrier may come at any time between turns; each makes the engine ask for a turn
 * through `wake`. Nothing is decided outside engine_turn. Once engine_destroy was called, no callback of a store or carrier
 * call that it made may come any more: destroy or silence them first.
 */
#ifndef OPSGATE_ENGINE_ENGINE_H
#define OPSGATE_ENGINE_ENGINE_H

#include "bot/engine/carrier.h"
#include "bot/engine/clock.h"
#include "bot/engine/store.h"
#include "bot/model/decoded.h"
#include "bot/model/inbox.h"
#include "bot/model/listener.h"
#include "bot/model/verb.h"
#include "bot/model/without_store.h"

struct engine;

enum engine_phase {
    ENGINE_STANDBY,  /* someone else owns the store, or nobody yet */
    ENGINE_LOADING,  /* ours; reading it */
    ENGINE_OWNER,    /* deciding */
    ENGINE_REFUSED,  /* the store is not the one we know: a person has to decide; `why` says it */
    ENGINE_STOPPING, /* ending what is in flight, then giving the lease back */
    ENGINE_STOPPED
};
extern const char *const engine_phase_names[];

struct engine_memory { /* what data_dir remembers of the store; the engine asks for it and tells it */
    char birth[40];    /* "": never joined one */
    int64_t seq;       /* highest confirmed */
    int64_t adoption;  /* the store's newest adoption that it has followed; 0: none */
    int64_t operations; /* the highest number of an operation in any store that it has known: none is given again */
};

/* What a stored item is. ERR_INVALID: nobody can tell, ever; the item becomes a dead letter, or `err` is the reply. */
typedef bool (*decode_fn)(const struct inbox_item *item, struct arena *arena, struct decoded *ret_decoded,
                          struct error *err);

enum engine_log { ENGINE_LOG_INFO, ENGINE_LOG_WARN };

/* For those who count what is done. Nothing depends on it, and what it is called with is borrowed for the call; each may be
 * NULL. What it hears of may still be undone, when the commit comes to nothing. */
struct engine_observer {
    void *ctx;
    void (*deciding)(void *ctx, bool is_over); /* before each decision, and after it */
    void (*journalled)(void *ctx, const char *kind, const cJSON *body);
    void (*ended)(void *ctx, const char *kind, const char *result); /* an operation */
    void (*timer)(void *ctx, int64_t late_ms);                      /* fires, so long after its time */
};

struct rights; /* policy/rights.h */
struct engine_configuration { /* what it decides by, until engine_reconfigure gives it another one */
    const struct settings *settings;
    const char *settings_digest;
    const struct policy *policy;
    const struct rights *rights; /* what that policy gives, to be told how the next one differs; NULL: not known */
};

struct engine_config { /* everything is borrowed for the engine's whole life */
    const char *instance; /* this instance's name: unique among all that share the store */
    struct store *store;
    struct carrier *carrier;
    struct clock *clock;
    const struct settings *settings;
    const char *settings_digest;
    const struct policy *policy;
    const struct rights *rights;           /* as these three until engine_reconfigure: see there */
    const struct verb *const *verbs;       /* NULL-terminated */
    const struct machine *const *machines; /* NULL-terminated */
    const struct listener *listeners;      /* ends with one without a source; NULL: none */
    struct facts (*facts)(const struct view *view); /* what policy is told besides the question: view.h. NULL: the time, and
                                                     * who is in which group */
    const struct effect_kind *effect_kinds;
    size_t effect_kinds_count;
    decode_fn decode;
    struct engine_observer observer;
    struct engine_memory memory;
    bool died_by_own_signal; /* the last process of this data_dir crashed: its trying mark counts more */
    void *ctx;               /* of those below */
    void (*wake)(void *ctx);                                    /* wants engine_turn soon; may be called often */
    void (*remember)(void *ctx, const struct engine_memory *memory); /* after confirmed commits; need not be durable at once */
    void (*log)(void *ctx, enum engine_log level, const char *event, const char *text);
    /* What is done while no store answers, in data_dir: on disk when it returns. Twice for each act: before anything leaves, and with its
     * `result`. Gives it a name at first, in the arena. False: nothing may go out. NULL: nothing is ever done without a store. */
    bool (*note)(void *ctx, struct without_store_act *act, struct arena *arena, struct error *err);
};

struct engine *engine_create(const struct engine_config *config);
void engine_destroy(struct engine *engine); /* without goodbye, as a crash does; engine_stop first for a clean one */
AUTO_DEFINE(engine)

/* Does all that can be done now. Returns in how many ms it wants the next turn at the latest. */
int64_t engine_turn(struct engine *engine);

/* A clean end: decides nothing more, waits for what is in flight at most grace_ms, commits, releases the lease. The phase
 * becomes ENGINE_STOPPED. */
void engine_stop(struct engine *engine, int64_t grace_ms);

/* From the next decision on everything is decided by this; between two turns. How it differs from what the store knows is
 * journalled and announced before. `operation`: the one that asked for it, for the journal; or NULL. The configuration of
 * before has to live on while calls are out that began with it. */
void engine_reconfigure(struct engine *engine, const struct engine_configuration *now, const char *operation);

/* The configuration was read again and is the same: what a peer refused is tried all the same, for a person may have mended
 * it there; and what stands hears MESSAGE_OWNER. */
void engine_try_refused(struct engine *engine);

struct engine_status { /* borrowed until the next turn */
    enum engine_phase phase;
    const char *why;        /* REFUSED: a sentence */
    const char *owner;      /* instance that holds the lease, as last seen */
    int64_t seq;            /* confirmed */
    int64_t journal_entries; /* decided so far, of the whole journal; while we are the owner */
    int64_t store_unix_ms;  /* the store's clock now; 0 when it is not known yet */
    int64_t shift_ms;       /* a time of our records is that clock's with this added */
    size_t operations, effects, timers, inputs_waiting, commits_in_flight;
    size_t lanes;                             /* with effects in them */
    int64_t oldest_input_ms, oldest_effect_ms; /* for how long it waits already; 0: none does */
    int64_t timer_late_ms;                    /* how long ago the earliest one should have fired; 0: it is to come */
    size_t parked; /* of the effects: they wait for a credential to be mended */
    size_t dead_letters; /* written since this engine began */
    size_t unreadable; /* records of the store that this binary could not read: left alone, and worth a look */
    bool is_lease_good;
    bool is_observing;     /* the store was adopted, and nobody has confirmed it: observing.c */
    /* When and by whom; the store's clock as it was; 0 and "": never. `confirmed`: of that adoption, once it was. */
    int64_t adopted_at_ms, confirmed_at_ms;
    const char *adopted_by, *confirmed_by;
};
struct engine_status engine_status(const struct engine *engine);

/* Is the store that answers the one we know? As a lease call has told that was sent since then (monotonic clock), and not
 * long ago: what is for that store alone is handed over only then. */
bool engine_knows_store(const struct engine *engine, int64_t since_mono);

/* The targets' records while we are the owner, borrowed until the next turn: fills at most max, returns how many there are.
 * *ret_changes differs whenever one of them may, or who is in which group. */
size_t engine_targets(const struct engine *engine, const struct target **list, size_t max, uint64_t *ret_changes);

/* Who is in which group, as it was last read, while we are the owner: borrowed until the next turn. */
const struct membership *engine_memberships(const struct engine *engine, size_t *ret_count);

/* Credentials that are refused just now, while we are the owner; in the arena. */
const struct parked *engine_parked(const struct engine *engine, struct arena *arena, size_t *ret_count);

/* What a handler may see, for whoever only looks and is not decided on, while we are the owner: in the arena, or borrowed until
 * the next turn. False: we are not. */
bool engine_view(const struct engine *engine, struct arena *arena, struct view *ret_view);

/* The newest item of the inbox that is decided, by its id in the store. */
const char *engine_inbox_cursor(const struct engine *engine);

/* What an operation wants outside, and has not heard the end of, in the order it was wanted, while we are the owner: in the arena,
 * or borrowed until the next turn. */
struct engine_effect {
    const struct effect *record;
    bool is_in_flight;
    int64_t tries;
    const char *again_why; /* why the last of them came to nothing; or NULL */
};
const struct engine_effect *engine_effects(const struct engine *engine, const char *operation, struct arena *arena,
                                           size_t *ret_count);

/* What is to happen to an operation by when, the earliest first; likewise. */
const struct timer *engine_timers(const struct engine *engine, const char *operation, struct arena *arena,
                                  size_t *ret_count);

/* The operation of a machine that stands (verb.h), borrowed until the next turn; NULL: there is none, or we are not the owner. */
const struct operation *engine_standing(const struct engine *engine, const char *kind);

#endif
