/* internal.h - the engine's own memory, shared by the files of bot/engine/ and by nobody else.
 *
 * What is in memory is what the store holds, or will hold once the commits in flight are confirmed. When that is in doubt
 * nothing is patched: everything is dropped and loaded again.
 */
#ifndef OPSGATE_ENGINE_INTERNAL_H
#define OPSGATE_ENGINE_INTERNAL_H

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "bot/engine/engine.h"
#include "bot/engine/pace.h"
#include "bot/model/plant.h"

#include <string.h>

#include <uthash.h>
#include <utlist.h>

#define COMMITS_IN_FLIGHT_MAX 64
#define READ_COUNT 256
#define READ_WAIT_MS 1000
#define READ_FULL_WAIT_MS 10             /* with enough at hand only the safe direction is read: look for the rest again soon */
#define RENEW_EVERY_MS 1000
#define LOOK_EVERY_MS 200
#define JOURNAL_KEPT_BEFORE 100000       /* by binaries whose store does not say with which entry its journal begins */
#define DEAD_KEPT_BYTES (16 << 20)
#define DELIVERIES_KEPT_BYTES (8 << 20)  /* what was decided stays in the inbox: retention.deliveries, and so much */
#define HEARD_KEPT 4096                  /* outside events that had an effect, known again when they are told twice... */
#define HEARD_MS STORE_DEDUPE_MS         /* ...for as long */
#define CONCERNED_MAX 64                 /* operations that one of them concerns */
#define CAREFUL_MS (10 * MINUTE_MS)      /* after an unclean exit, inputs are decided under a trying mark for this long */
#define TRYING_MAX_OWN 3                 /* deaths by our own signal */
#define TRYING_MAX 10                    /* deaths of any kind */
#define CLOCK_JUMP_MS 2000
#define INCREASE_PAUSE_MS (30 * SECOND_MS)
#define RIGHTS_KEPT_BYTES (128 * 1024)   /* of the table of rights; a larger one is not kept */
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS (30 * SECOND_MS)

struct live_operation {
    struct operation record; /* in arena */
    const void *body;        /* by machine->body, in arena; NULL when the machine is not known */
    const struct machine *machine;
    struct arena *arena;
    size_t effects;          /* of it that still stand in lanes */
    int64_t updates_seen;    /* updates.c: by the pass that met one of its updates last */
    int64_t recorded_seq;    /* the commit that writes it as it is here */
    bool wants_reshow;       /* after a takeover: its card may have been overtaken by a late update */
    UT_hash_handle hh;
};

struct ended_operation { /* as it was written last */
    struct operation record; /* in arena */
    struct arena *arena;
    struct ended_operation *prev, *next; /* newest first */
    UT_hash_handle hh;
};

struct live_target {
    struct target record;
    struct arena *arena;
    UT_hash_handle hh;
};

struct live_timer {
    char *key; /* "D1042/bake" */
    struct timer record;
    struct arena *arena;
    UT_hash_handle hh;
};

struct live_message {
    struct message record;
    struct arena *arena;
    struct live_message *prev, *next;
};

enum effect_phase { EFFECT_WAITING, EFFECT_MARKING, EFFECT_IN_FLIGHT, EFFECT_ENDED };

struct lane;
struct live_effect {
    struct effect record;
    const struct effect_kind *kind;
    struct arena *arena;
    struct lane *lane;
    enum effect_phase phase;
    bool is_inherited;       /* an earlier owner may have tried it */
    int64_t recorded_seq;    /* may go when this commit is confirmed */
    int64_t attempt;         /* number of the one in flight */
    int64_t tries;
    int64_t not_before_mono; /* backoff */
    int64_t place;           /* among updates: its order, or that of the oldest that it took the place of */
    int64_t configuration;   /* by which the newest attempt began */
    int64_t refusals;        /* in a row, */
    int64_t refused_since_mono; /* the first of them */
    bool is_refused;         /* the newest attempt ended so */
    struct live_effect *said_with; /* in flight: the one whose attempt it goes with; NULL: its own. together.c */
    bool goes_alone;         /* what it was in was refused: nobody knows which of them was */
    int64_t asked_not_before_mono; /* by its peer, with Retry-After: whatever takes its place waits as long */
    int64_t repeats;         /* tries that came to nothing, as far as this owner has seen them; */
    char *again_why;         /* and why the last of them did, or NULL: for the journal alone */
    enum event_end end;      /* ENDED */
    cJSON *result;
    char *error;
    struct live_effect *prev, *next;             /* in its lane */
    struct live_effect *ended_prev, *ended_next; /* in the queue of results */
    UT_hash_handle hh;
};

struct lane {
    char *name;
    struct live_effect *first;
    struct parked_seat *seat;   /* what of it parks waits for this credential; or NULL */
    struct parked_seat *lacked; /* and what of it is of one kind, for a permission; a list */
    int64_t blocked_seq; /* the next goes when the commit that consumed the last result is confirmed */
    int64_t quiet_until_mono; /* until then what a dead owner sent of one that ended here, unheard of, may arrive */
    UT_hash_handle hh;
};

enum reading_phase { READING_WAITING, READING_ASKED, READING_ANSWERED };
struct live_reading {
    char *key; /* "D1042/digest/3" */
    char *operation, *name;
    int64_t generation, deadline_at_ms, recorded_seq, not_before_mono, tries;
    enum reading_phase phase;
    enum event_end end;
    bool is_refused;
    cJSON *result;
    char *error;
    UT_hash_handle hh;
};

struct inbox_entry {
    char *id;
    char *bytes;
    size_t len;
    bool is_safe;
    struct inbox_entry *prev, *next;
};

struct commit_job { /* in flight: kept byte for byte until it is confirmed */
    struct store_commit commit;
    char id[33];
    const char *input; /* that it decides; NULL: none, or several decisions share it */
    size_t decisions;  /* of inputs, and of the engine's own */
    struct arena *arena;
    bool is_lost;      /* its answer did not come */
    bool is_abandoned; /* of an earlier tenure: its answer changes nothing */
    struct engine *engine;
    struct commit_job *prev, *next;
};

struct heard { /* an outside event that had an effect */
    char *key;    /* digest of what it meant */
    int64_t at_ms, n; /* steady clock; its journal entry */
    UT_hash_handle hh;
};

struct crash_count {
    char *input;
    int64_t n, own;     /* deaths under it: all, and by our own signal */
    bool may_come_late; /* a mark of it was not answered: it may still be written */
    UT_hash_handle hh;
};

enum input_kind { INPUT_ITEM, INPUT_EFFECT, INPUT_READING, INPUT_MESSAGE, INPUT_TIMER, INPUT_RESHOW };
struct input {
    enum input_kind kind;
    const char *id; /* "inbox:173...-0", "timer:D1042/bake": the trying mark's name */
    const char *operation; /* whose event it is; NULL for an item, "engine" for what an operation asks of it */
    struct inbox_entry *entry;
    struct live_effect *effect;
    struct live_reading *reading;
    struct live_message *message;
    struct live_timer *timer;
};

struct known_members { /* members.c */
    const struct live_operation *of; /* whose record says it; NULL: none does */
    const struct membership *list;   /* in its arena, as all of this; or in kept_in */
    size_t count;
    const struct principal_join *joins;
    size_t joins_count;
    const struct members *compiled;  /* for the policy of this configuration */
    struct arena *compiled_again_in; /* after a reload: where that lies then; or NULL */
    struct arena *kept_in;           /* of one that is stuck; or NULL */
};

struct store_mark { /* observing.c: what a person wrote into the store's meta */
    int64_t n;      /* 0: nobody has */
    int64_t at_ms;  /* the store's clock */
    char by[80];    /* who; "" when it does not say */
    char text[STORE_MARK_MAX_BYTES];
};

struct engine {
    struct engine_config config;
    struct engine_memory memory;
    enum engine_phase phase;
    char why[256];
    bool wants_turn;

    /* ownership.c */
    char nonce[33];
    char owner[80];
    bool lease_call_in_flight, renew_now;
    enum lease_action lease_sent;
    bool retakes; /* before loading again: under a nonce of its own, nothing sent before can change what is loaded */
    int64_t lease_sent_mono, lease_until_mono, next_lease_mono;
    int64_t known_mono; /* when the last lease call was sent, if the store that we know has answered it; else 0 */
    int64_t lease_sent_seq; /* confirmed when it was sent: no answer may tell of less */
    int64_t seen_counter, counter_since_mono;
    char seen_nonce[40];
    bool took_cleanly;      /* the last owner released */
    int64_t owner_since_mono;
    int64_t yield_until_mono; /* met something newer than this binary: let another take it */

    /* observing.c: as the last lease answer told; and what of it is in the journal */
    struct store_mark adopted, confirmed;
    int64_t adopted_journalled, confirmed_journalled;
    int64_t adopted_steady_ms; /* what happened before is not acted on; the steady clock; 0: never adopted */

    /* store_clock.c */
    int64_t store_ms, store_ms_mono; /* the store's clock, and when we learnt it; 0: not known */
    int64_t steady_ms;               /* the steady clock at that moment: ours over all tenures */
    int64_t steady_told_ms;          /* what it has told already as the owner's, before which it does not go back; 0: nothing */
    int64_t increases_after_mono;
    bool clock_differs;              /* the store's clock and shift, as last told, do not make the steady clock */
    int64_t differs_since_mono; /* under the same owner, watched without a gap */
    int64_t came_mono;          /* began by the store's word */
    int64_t seen_shift_ms;
    bool is_jump_unwatched;          /* the one to be counted was found at the newest commit */

    /* what is decided; the commits that make it so may still be in flight */
    int64_t seq, confirmed_seq;
    int64_t last_operation, last_look, last_order, last_journal;
    int64_t first_journal; /* number of the oldest entry that is kept; 0: there is none yet */
    int64_t clock_jumps, unwatched_jumps; /* that were counted; those that handlers are told of: view.h */
    int64_t clock_shift_ms; /* the sum of them: the steady clock is the store's clock less this */
    int64_t jumped_by_ms, jumped_at_ms; /* the newest of them: 0 when nobody watched it; the store's clock when it was counted */
    struct {
        int64_t operation, look, order, journal, at;
    } stored_last; /* as the newest commit leaves them; 0: it writes them */
    int64_t last_commit_ms; /* the steady clock at the newest commit, as it was when we took over */
    char journal_head[65];
    char cursor_safe[48], cursor_inbox[48];
    char kept_from[48], kept_since[48]; /* batch.c: two generations of decided items stay in the inbox */
    int64_t kept_bytes;                 /* of the newer one, as far as this owner has decided it */
    int64_t dead_count, dead_bytes;     /* batch.c: likewise of dead letters; of the newer one */
    char stored_settings[65];
    char *stored_rights;       /* configured.c; NULL: the store has none */
    bool are_rights_old;       /* another version wrote that table: it is written anew before anything differs from it */
    char reconfigured_by[32];  /* the operation that asked for a reload which is not journalled yet, or "" */
    struct live_operation *operations;
    struct known_members members;
    int64_t told_stale_at; /* engine_mono, when who reads those last heard MESSAGE_STALE; 0: never */
    struct ended_operation *kept, *kept_by_id; /* a list, and a hash of the same */
    struct live_target *targets;
    uint64_t target_changes; /* grows with each record of them, over all tenures */
    struct live_timer *timers;
    struct live_message *messages;
    struct live_effect *effects;
    struct live_effect *ended; /* results waiting to be decided */
    struct lane *lanes;
    struct pace *pace;         /* outlives all tenures: what this process has sent counts */
    int64_t update_passes;     /* updates.c */
    struct parked_seat *seats; /* parking.c; the oldest first */
    int64_t configuration;     /* grows with each: an attempt of before may have gone with another credential */
    struct live_reading *readings;
    struct crash_count *crashes;
    struct heard *heard; /* the oldest first */
    struct inbox_entry *inbox_safe, *inbox;
    char read_safe[48], read_inbox[48]; /* read this far */
    int64_t loads_in_flight, reads_in_flight, marks_in_flight; /* sent; an answer counts when it is the last one out */
    int64_t tenure, read_tenure; /* changes whenever memory is dropped; of the last read that was sent */
    int64_t read_again_mono; /* after a read that failed */
    struct shared_batch *shared;  /* batch_shared.c: the commit that decisions of this turn share; NULL: none is open */
    struct commit_job *commits;   /* in the order of their seq */
    struct commit_job *abandoned; /* of an earlier tenure, not answered yet */
    size_t commits_count;
    bool commits_in_doubt; /* an answer was lost: the lease's answer will tell */
    char marked[160];      /* the input that stands under a durable trying mark */
    char survived[160];    /* the marked input when memory was dropped: this process lives, so that was no death */
    size_t unreadable;     /* records that could not be read, and were left alone */
    char *poison;          /* input whose commit the store refused: it becomes a dead letter */

    /* standing.c: in this tenure so many machines were seen to */
    int64_t standing_tenure;
    size_t standing_seen;

    /* store_away.c */
    struct away_watch *away;  /* operations that are looked at without a store; NULL: none */
    int64_t away_heard_mono;  /* its last word; while there was none, when the lease ran out */
    int64_t away_turn_mono;
    char away_nonce[33];      /* ours, of the lease that ran out */
    bool away_is_told;        /* in the log */

    int64_t cut_until_mono; /* until then a call that was cut off may still arrive */
    size_t dead_letters;
    int64_t stop_at_mono; /* STOPPING: the grace is over */
    bool release_sent;
    bool planted_reread; /* PLANTED(DECIDED_AGAIN) alone */
};

struct parked_seat;
struct away_watch;
struct batch;

/* engine.c */
void engine_wake(struct engine *e);
void engine_logf(struct engine *e, enum engine_log level, const char *event, const char *fmt, ...) PRINTF_LIKE(4, 5);
int64_t engine_mono(const struct engine *e);
int64_t engine_store_now(const struct engine *e);  /* for records, dates, people and peers */
int64_t engine_steady_now(const struct engine *e); /* for how long, and until when: store_clock.c */
bool engine_lease_is_good(const struct engine *e); /* reads the clock fresh */
/* What we wrote ourselves must be readable: aborts otherwise. */
void engine_must(bool is_good, struct engine *e, const char *what, const struct error *err);
void engine_random_hex(struct engine *e, char *text, size_t digits);
void engine_drop_memory(struct engine *e); /* all that came from the store; answers of before are ignored */

/* ownership.c */
void ownership_turn(struct engine *e);
void ownership_lose(struct engine *e, const char *why); /* not ours any more: become a standby */
int64_t ownership_next_mono(const struct engine *e);

/* observing.c: a store that was adopted, until it is confirmed */
void observing_learn(struct engine *e, const struct lease_answer *answer);
bool observing_is_on(const struct engine *e);
bool observing_overrides(const struct engine *e); /* by a person's word it takes the place of the one that data_dir knows */
bool observing_refuses(const struct engine *e, const struct verb *verb, const struct question *question);
int64_t observing_lets(const struct engine *e, const struct question *question); /* operation.h: `adoption` of what it begins */
bool observing_holds(const struct engine *e, const struct live_effect *effect);
bool observing_is_before(const struct engine *e, int64_t at_ms); /* the adoption, by the store's clock as it is now */
bool observing_journal(struct engine *e); /* a mark that the journal does not know: by a commit, before anything is decided */

/* store_away.c: no store answers, and this instance was its owner */
void away_begin(struct engine *e);         /* the lease ran out: loses it */
bool away_is_on(const struct engine *e);   /* it looks at what it had raised, and may give that back */
void away_turn(struct engine *e);
void away_heard(struct engine *e, const struct lease_answer *answer); /* the store is there */
void away_end(struct engine *e, const char *why); /* for good: what was begun is noted as it is */
void away_forget(struct engine *e);        /* without a word, as a crash does */

/* store_clock.c */
void store_clock_learn(struct engine *e, const struct lease_answer *answer); /* to the last lease call */
void store_clock_taken_over(struct engine *e);                               /* its records are loaded */
bool store_clock_count(struct engine *e); /* a jump that was noticed: by a commit, before anything else is decided */
/* Of an inbox item, whose times are the store's clock as its receiver had it: before the newest jump or after it. */
int64_t store_clock_moved(const struct engine *e, int64_t received_at_ms); /* when that was, by the clock as it is now */
bool store_clock_is_void(const struct engine *e, int64_t received_at_ms, int64_t not_after_ms, bool is_safe);

/* load.c */
void load_start(struct engine *e);
void load_again(struct engine *e); /* memory is in doubt: drop it, and read the store while the lease lasts */

/* records.c: records in memory, each read from the very text that is stored */
struct live_operation *records_put_operation(struct engine *e, const char *text, struct error *err);
struct live_operation *records_find_operation(const struct engine *e, const char *id);
struct live_operation *records_find_running(const struct engine *e, const char *id); /* neither ended nor stuck */
struct live_operation *records_find_asked(const struct engine *e, const char *id);   /* one that people can ask: also one that
                                                                                      * is stuck and holds on */
/* An operation as it was stored, its body as today's machine has it where that can be. */
bool records_read_operation(const struct engine *e, const char *text, struct arena *arena, struct operation *ret_record,
                            struct error *err);
void records_drop_operation(struct engine *e, struct live_operation *operation);
struct live_target *records_put_target(struct engine *e, const char *text, struct error *err);
struct live_target *records_find_target(const struct engine *e, const char *name);
struct live_timer *records_put_timer(struct engine *e, const char *key, const char *text, struct error *err);
void records_drop_timer(struct engine *e, struct live_timer *timer);
bool records_put_message(struct engine *e, const char *text, struct error *err);
void records_drop_message(struct engine *e, struct live_message *message);
void records_clear(struct engine *e);
struct view records_view(const struct engine *e, struct arena *arena);

/* members.c: who is in which group, by the record that says it; as long as that is in memory */
void members_learn(struct engine *e, const struct live_operation *live);
void members_forget(struct engine *e, const struct live_operation *live);
void members_clear(struct engine *e);
void members_compile_again(struct engine *e); /* the policy is another one */
void members_tell_stale(struct batch *b, const char *source); /* who reads them hears MESSAGE_STALE */

/* configured.c: by a commit, before anything is decided by it. False: the store knows it as it is */
bool configured_announce(struct engine *e);
void configured_remember(struct engine *e, const char *text); /* the table of rights that the store has */

/* ended.c: the last operations that ended, for people and handlers to look at */
bool ended_put(struct engine *e, const char *text, struct error *err);
void ended_take(struct batch *b, struct live_operation *live); /* takes it, and lets the oldest go */
void ended_clear(struct engine *e);
const struct operation *ended_find(const void *engine, const char *id);
size_t ended_list(const void *engine, const struct operation **list, size_t max);

/* lanes.c */
int64_t lanes_oldest(const struct engine *e); /* how old the oldest effect is that has not ended; ms, 0: there is none */
struct live_effect *lanes_put(struct engine *e, const char *text, bool is_inherited, struct error *err);
void lanes_drop(struct engine *e, struct live_effect *effect);
size_t lanes_count_of(const struct engine *e, const char *operation);
struct live_effect *lanes_find_waiting(struct engine *e, const struct effect_kind *kind, const char *key); /* in any lane */
/* What is on its way of an operation's card, and will not give way to a newer one: that has to come after it. Or NULL. */
const struct live_effect *lanes_find_card(const struct engine *e, const char *operation);
void lanes_wait_as_asked(struct live_effect *effect, int64_t not_before_mono); /* 0: nobody asked for it */
void lanes_end(struct engine *e, struct live_effect *effect, enum event_end end, const cJSON *result, const char *error);
void lanes_end_cancelled(struct engine *e, struct live_effect *effect); /* its record says why */
void lanes_turn(struct engine *e);
void lanes_clear(struct engine *e);
int64_t lanes_next_mono(struct engine *e);

void lanes_count_try(struct live_effect *effect, const struct attempt_end *end);
void lanes_wait_now(struct engine *e, struct live_effect *effect); /* no backoff: what it waited for is there */
void lanes_try(struct engine *e, struct live_effect *effect);      /* now, if it may; or ends it */
int64_t lanes_may_start_mono(const struct engine *e, const struct live_effect *effect);

/* together.c: words that waited long, said as one */
/* What goes with it is in flight from now on, as it is. The arguments of all of them, the caller's; NULL: it goes as it is. */
cJSON *together_begin(struct engine *e, struct live_effect *head);
bool together_goes(const struct live_effect *effect); /* it is out, and not by itself: to cut it off would cut off others */
bool together_is_first_try(const struct live_effect *head);
bool together_is_in_doubt(const struct live_effect *head);
/* What went with it ends, or waits again. True: all of them were refused at once, so each is tried by itself, it, too. */
bool together_ended(struct engine *e, struct live_effect *head, const struct attempt_end *end);
void together_let_go(struct engine *e, struct live_effect *head, const struct attempt_end *end); /* what went with it waits again */

/* updates.c: of cards that stand. Each waits for what is before it of its own card alone; and what a peer counts */
bool updates_has(const struct engine *e, const struct live_effect *effect); /* it is one */
void updates_turn(struct engine *e);
int64_t updates_next_mono(struct engine *e);
void updates_replace(struct live_effect *newer, const struct live_effect *older); /* what takes its place goes where it would */
int64_t updates_free_mono(const struct engine *e, const struct live_effect *effect); /* by its peer's limit */
void updates_started(struct engine *e, const struct live_effect *effect);
void updates_ended(struct engine *e, const struct live_effect *effect, const struct attempt_end *end);

/* parking.c: what a peer refuses because of our credential */
/* True: it is to be tried again, whatever the attempt's result says. */
bool parking_takes(struct engine *e, struct live_effect *effect, const struct attempt_end *end);
void parking_ended(struct engine *e, struct live_effect *effect, const struct attempt_end *end); /* any other attempt */
/* A reading's answer; again: not its first. */
void parking_answered(struct engine *e, const struct live_operation *live, const struct awaited *awaited,
                      const struct attempt_end *end, bool is_again);
void parking_started(struct live_effect *effect);
void parking_forget(struct live_effect *effect); /* it goes */
bool parking_holds(const struct live_effect *effect); /* it waits for a seat */
int64_t parking_may_start_mono(const struct live_effect *effect); /* of one that it holds */
void parking_leave(struct lane *lane);                 /* it goes */
void parking_try_all(struct engine *e);                /* another configuration: one try for each seat, now */
bool parking_turn(struct engine *e);                   /* by a commit: tells, and lets go what is too much. False: nothing is to be written */
int64_t parking_next_mono(const struct engine *e);
void parking_clear(struct engine *e);
const struct parked *parking_list(const struct engine *e, struct arena *arena, size_t *ret_count);
size_t parking_count(const struct engine *e);          /* effects that wait */

/* cancels.c: effects that are not tried any more, durably: nothing of it goes once this commit is confirmed */
void cancels_by_tag(struct batch *b, const char *operation, const char *tag, bool is_over); /* over: one in flight is cut off */
void cancels_before_decrease(struct batch *b, const char *lane); /* increases; and what is out is cut off */

/* readings.c */
void readings_sync(struct engine *e, const struct live_operation *operation); /* what its record awaits, and nothing else */
void readings_drop(struct engine *e, struct live_reading *reading);
void readings_turn(struct engine *e);
void readings_clear(struct engine *e);
int64_t readings_next_mono(const struct engine *e);

/* inputs.c */
bool inputs_next(struct engine *e, struct arena *arena, struct input *ret_input);
void inputs_read(struct engine *e);
void inputs_drop_entry(struct engine *e, struct inbox_entry *entry);
void inputs_clear(struct engine *e);
int64_t inputs_next_mono(const struct engine *e);
int64_t inputs_oldest(const struct engine *e);     /* for so long something waits already to be decided; ms, 0: nothing */
int64_t inputs_timer_late(const struct engine *e); /* the earliest should have fired so long ago; ms, 0: not yet */

/* requests.c: a person or a system asks, or an operation does */
void requests_decide_item(struct engine *e, const struct input *input, struct arena *arena);
void requests_decide_child(struct engine *e, const struct input *input, struct arena *arena);
void requests_decide_dead(struct batch *b, const struct input *input, const char *why); /* consumes it */

/* standing.c: what is always at work; by a commit for each, before anything else is decided. False: all of them are */
bool standing_begin(struct engine *e);

/* events.c: something happened outside. True: it makes somebody ask for something, who is judged like anybody */
bool events_decide(struct batch *b, const struct outside_event *event, const struct inbox_item *item,
                   struct request *ret_request);
struct event events_of_message(const struct message *message, struct arena *arena); /* the one an operation hears */

/* heard.c: what was told and had an effect, known again when it is told once more */
const struct heard *heard_find(const struct engine *e, const char *key);
bool heard_put(struct engine *e, const char *key, const char *text, struct error *err);
void heard_sort(struct engine *e); /* after loading */
void heard_keep(struct batch *b, const char *key, int64_t n); /* lets the oldest go */
void heard_clear(struct engine *e);

/* decide.c */
void decide(struct engine *e, const struct input *input, struct arena *arena); /* takes the arena */
void decide_dead(struct engine *e, const struct input *input, struct arena *arena, const char *why);
void decide_forget_awaited(struct live_operation *live, const struct live_reading *reading); /* it was answered */

/* batch.c: the writes of one decision, and its commit */
struct batch {
    struct engine *engine;
    struct arena *arena;
    const struct input *input;
    const char *mark; /* without an input: what stood under a trying mark; or NULL */
    struct store_write *writes;
    size_t count;
    char journal_before[65];
    bool has_journal;
    int64_t at_ms;    /* store's clock: the one moment of all that it journals */
    int64_t adoption; /* of the operation that it begins: operation.h */
};
void batch_init(struct batch *b, struct engine *e, struct arena *arena, const struct input *input);
void batch_put(struct batch *b, enum store_place place, const char *field, const char *text);
void batch_put_number(struct batch *b, const char *field, int64_t value); /* of meta */
/* What a shape writes of a value, in the batch's arena. */
const char *batch_print(struct batch *b, const struct shape *shape, const void *value);
void batch_drop(struct batch *b, enum store_place place, const char *field);
void batch_append_dead(struct batch *b, const char *text);
void batch_drop_all_dead(struct batch *b);
void batch_journal(struct batch *b, const char *kind, const char *operation, const char *request_id, const cJSON *body,
                   const cJSON *personal);
void batch_consume(struct batch *b); /* the input is used up by this commit */
void batch_commit(struct batch *b);  /* takes the arena */
void batch_send(struct batch *b, const char *input, size_t decisions); /* as a commit of its own, which so many share; likewise */

/* batch_shared.c: decisions that share a commit */
bool batch_share(struct batch *b); /* true: its writes wait for those of other decisions; takes the arena */
void batch_send_shared(struct engine *e); /* no other decision follows in this turn; none need be open */
void batch_drop_shared(struct engine *e);

/* wishes.c: effects, messages and timers that a decision wants */
void wishes_effect(struct batch *b, struct operation *operation, const struct wanted_effect *want, const char *request_id,
                   bool is_of_operation); /* operation NULL: of none; it only gives the id when not is_of_operation */
void wishes_message(struct batch *b, const char *from, const char *to, const char *name, const cJSON *body);
void wishes_timer(struct batch *b, const char *operation, const struct wanted_timer *want);
void wishes_drop_timers(struct batch *b, const char *operation);

/* targets.c: one operation at a time */
bool targets_is_full(const struct engine *e, const char *name); /* TARGET_OPERATIONS_MAX run: nothing more begins there */
void targets_claim(struct batch *b, const char *operation, const char *name, bool is_ahead); /* of those who wait, but for a way back */
/* Before all who wait; they, who holds it and who has yet to claim it are told to give it up. `version` is what it will bring, or NULL. */
void targets_claim_first(struct batch *b, const char *operation, const char *name, const char *version);
/* The same, for a way back that was done at that instant without the store: only what was asked for before has to go. */
void targets_turn_away(struct batch *b, const char *operation, const char *name, const char *version, int64_t at_ms);
void targets_release(struct batch *b, const char *operation, const char *name); /* the next in line gets it */
void targets_add_good(struct batch *b, const char *name, const struct outcome *out);
void targets_add_bad(struct batch *b, const char *name, const struct target_version *version);
void targets_doubt(struct batch *b, const char *operation, const char *name); /* until a version is good again */
void targets_add_end(struct batch *b, const char *name, const struct target_end *end);
void targets_add_stuck(struct batch *b, const struct operation *operation); /* the same, of one that held its target, and ended stuck */

/* children.c: what one operation asks of the engine, and what it hears of it */
struct asker { /* whose request is being decided */
    const struct request *request;
    const char *parent, *parent_name; /* the operation that asks, and its name for this; NULL: someone outside */
};
void children_ask(struct batch *b, const struct operation *parent, const struct wanted_request *want);
bool children_read(const struct message *message, struct arena *arena, struct request *ret_request,
                   struct asker *ret_asker, struct error *err);
void children_tell_begun(struct batch *b, const struct operation *child);
void children_tell_ended(struct batch *b, const struct operation *child);
void children_tell_answer(struct batch *b, const struct asker *asker, const struct reply *reply); /* it began nothing */

/* answers.c: who asked is answered once: at once, or by what their operation says first, or by how it ended */
void answers_now(struct batch *b, const struct asker *asker, const struct outcome *out);
void answers_later(struct batch *b, struct operation *next, const struct outcome *out, const struct asker *asker);
void answers_end(struct batch *b, struct operation *next); /* it ended, and said nothing */

/* apply.c: an outcome becomes writes and memory */
void apply(struct batch *b, struct outcome *out, struct live_operation *operation, const struct asker *asker);
void apply_awaited(struct batch *b, struct operation *next, const struct outcome *out);
void apply_card_place(struct batch *b, struct live_operation *operation, const char *channel, const char *ts);
void apply_reshow(struct batch *b, struct live_operation *operation);
void apply_stuck(struct batch *b, struct live_operation *operation, const char *why);
/* In the channel for alerts; `next`: of which operation, or NULL. */
void apply_say(struct batch *b, struct operation *next, const char *request_id, const struct reply *reply);

/* commits.c */
void commits_send(struct engine *e, struct commit_job *job); /* takes it */
void commits_resolve(struct engine *e, int64_t store_seq);   /* after a lost answer: the lease's answer tells */
void commits_clear(struct engine *e);          /* abandons what is in flight */
void commits_free_abandoned(struct engine *e); /* once no answer can come any more */

/* trying.c */
bool trying_is_careful(const struct engine *e);
bool trying_may_decide(struct engine *e, const char *input); /* false: a mark is on its way */
bool trying_has_killed_enough(const struct engine *e, const char *input);
bool trying_kills_on(const struct engine *e, const char *input); /* even its dead letter did: touch nothing of it */
void trying_clean_up(struct engine *e);

#endif
