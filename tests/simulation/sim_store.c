#include "tests/simulation/sim_store.h"

#include <string.h>

#define EPOCH_MS INT64_C(1780000000000) /* the store's clock when a world begins */
#define REPLY_TIMEOUT_MIN_MS 200
#define REPLY_TIMEOUT_MAX_MS 1500
#define LATE_MAX_MS 8000

enum connection { ON_COMMANDS, ON_LEASE, ON_ACCEPT, ON_READ, CONNECTIONS };

struct sim_link {
    struct sim_store *sim;
    struct store store;
    unsigned actor;
    sim_heard_fn on_heard;
    void *heard_ctx;
    bool is_cut;
    int64_t cut_ms;                                        /* what arrives later was never sent */
    int64_t arrives_ms[CONNECTIONS], told_ms[CONNECTIONS]; /* of the last call: the next is not before it */
    size_t commits_out;
    struct sim_link *next;
};

struct sim_call;
typedef void (*execute_fn)(struct sim_call *call);

struct sim_call {
    struct sim_link *link;
    struct arena *arena;
    int users;    /* events that still hold it */
    int replaced; /* sim->replaced when it was sent: no connection outlives its store, so it reaches no other one */
    enum connection connection;
    execute_fn execute, tell;
    void (*on_done)(void);
    void *arg;
    bool is_done; /* told, or to be told, of what happened */
    bool is_late;
    bool is_unheard; /* nobody listens to the answer any more */
    bool is_waiting; /* a read for which nothing is there yet */
    enum store_status status;
    const char *reason;
    union {
        struct {
            struct store_item *items;
            size_t count;
            enum accept_result *results;
        } accept;
        struct {
            struct lease_call call;
            struct lease_answer answer;
            int64_t sent_ms, at_ms; /* at_ms: what its answer tells was so then */
        } lease;
        struct store_commit commit;
        struct store_snapshot snapshot;
        struct {
            const char *after_safe, *after_inbox;
            size_t count;
            int64_t wait_ms;
            struct store_entries entries;
        } read;
        struct {
            const char *nonce, *input_id;
            struct str value;
        } mark;
    };
    struct sim_call *next_waiting;
};

struct sim_store {
    struct scheduler *scheduler;
    struct weather *weather;
    struct twin *twin;
    int replaced; /* so often another one has come in its place */
    int64_t jumped_ms;
    struct sim_link *links;
    struct sim_call *waiting;
};

/* ---- the store ---- */

struct sim_store *sim_store_create(struct scheduler *scheduler, struct weather *weather, uint64_t *branches)
{
    struct sim_store *sim = xcalloc(1, sizeof(*sim));

    sim->scheduler = scheduler;
    sim->weather = weather;
    sim->twin = twin_create(branches);
    sim->twin->max_bytes = 0;
    sim->twin->now_ms = sim_store_unix_ms(sim);
    return sim;
}

static void drop_call(void *arg)
{
    struct sim_call *call = arg;

    if (--call->users > 0)
        return;
    arena_destroy(call->arena);
    free(call);
}

static void tell_after(struct sim_call *call, int64_t delay_ms);

static void drop_waiting(struct sim_store *sim)
{
    while (sim->waiting) {
        struct sim_call *call = sim->waiting;

        sim->waiting = call->next_waiting;
        call->is_waiting = false;
        call->status = STORE_UNAVAILABLE;
        if (!call->is_done)
            tell_after(call, 1);
        drop_call(call);
    }
}

void sim_store_destroy(struct sim_store *sim)
{
    if (!sim)
        return;
    for (struct sim_call *call = sim->waiting, *next; call; call = next) {
        next = call->next_waiting;
        drop_call(call);
    }
    for (struct sim_link *link = sim->links, *next; link; link = next) {
        next = link->next;
        free(link);
    }
    twin_destroy(sim->twin);
    free(sim);
}

int64_t sim_store_unix_ms(const struct sim_store *sim)
{
    return EPOCH_MS + scheduler_now_ms(sim->scheduler) + sim->jumped_ms;
}

struct twin *sim_store_twin(struct sim_store *sim)
{
    sim->twin->now_ms = sim_store_unix_ms(sim);
    return sim->twin;
}

void sim_store_jump(struct sim_store *sim, int64_t by_ms)
{
    sim->jumped_ms += by_ms;
}

void sim_store_replace(struct sim_store *sim, struct twin *twin)
{
    struct twin_watch watch = sim->twin->watch;

    drop_waiting(sim);
    twin_destroy(sim->twin);
    sim->twin = twin;
    sim->replaced++;
    sim->twin->watch = watch;
}

/* ---- a call's way ---- */

static void count(struct sim_link *link, enum fault fault)
{
    link->sim->weather->counts[fault]++;
}

static void on_told(void *arg)
{
    struct sim_call *call = arg;

    if (call->link->is_cut == false)
        call->tell(call);
    drop_call(call);
}

static void tell_after(struct sim_call *call, int64_t delay_ms)
{
    struct sim_link *link = call->link;
    int64_t now_ms = scheduler_now_ms(link->sim->scheduler), at_ms = now_ms + delay_ms;

    if (at_ms < link->told_ms[call->connection])
        at_ms = link->told_ms[call->connection];
    link->told_ms[call->connection] = at_ms;
    call->is_done = true;
    call->users++;
    scheduler_after(link->sim->scheduler, at_ms - now_ms, link->actor, on_told, call, drop_call);
}

static void on_arrived(void *arg)
{
    struct sim_call *call = arg;
    struct sim_link *link = call->link;
    struct sim_store *sim = link->sim;
    bool was_never_sent = link->is_cut && link->cut_ms < scheduler_now_ms(sim->scheduler) && !call->is_late;

    if (was_never_sent) {
        drop_call(call);
        return;
    }
    if (sim->weather->store_is_down || (link->actor && link->actor == sim->weather->cut_off_actor) ||
        call->replaced != sim->replaced) {
        count(link, FAULT_STORE_DOWN);
        call->status = STORE_UNAVAILABLE;
    } else {
        call->status = STORE_OK;
        sim_store_twin(sim)->max_bytes = sim->weather->store_is_full ? 1 : 0;
        sim->twin->used_bytes = 1;
        call->execute(call);
    }
    if (!call->is_unheard && !call->is_waiting)
        tell_after(call, dice_between(scheduler_dice(sim->scheduler), 0, 3));
    drop_call(call);
}

static void on_given_up(void *arg)
{
    struct sim_call *call = arg;

    call->status = STORE_UNAVAILABLE;
    tell_after(call, 0);
    drop_call(call);
}

static void arrive_after(struct sim_call *call, int64_t delay_ms)
{
    struct sim_link *link = call->link;
    int64_t now_ms = scheduler_now_ms(link->sim->scheduler), at_ms = now_ms + delay_ms;

    if (at_ms < link->arrives_ms[call->connection] && !call->is_late)
        at_ms = link->arrives_ms[call->connection];
    if (!call->is_late)
        link->arrives_ms[call->connection] = at_ms;
    call->users++;
    scheduler_after(link->sim->scheduler, at_ms - now_ms, 0, on_arrived, call, drop_call);
}

/* A second one for the answer of a call that nobody waits for: what the twin says is told to nobody. */
static struct sim_call *double_of(const struct sim_call *call)
{
    struct sim_call *second = xcalloc(1, sizeof(*second));

    *second = *call;
    second->arena = arena_create();
    second->users = 1;
    return second;
}

static void send_call(struct sim_call *call)
{
    struct sim_link *link = call->link;
    const struct weather *weather = link->sim->weather;
    struct dice *dice = scheduler_dice(link->sim->scheduler);
    int64_t fate = dice_between(dice, 0, 999), delay_ms = dice_between(dice, 0, 4);
    int64_t give_up_ms = dice_between(dice, REPLY_TIMEOUT_MIN_MS, REPLY_TIMEOUT_MAX_MS);

    if (dice_hit(dice, weather->store_slow)) {
        count(link, FAULT_STORE_SLOW);
        delay_ms = dice_between(dice, 20, 900);
    }
    call->users++;
    if (fate < weather->store_lost_request) {
        count(link, FAULT_STORE_LOST_REQUEST);
        scheduler_after(link->sim->scheduler, give_up_ms, 0, on_given_up, call, drop_call);
    } else if (fate < weather->store_lost_request + weather->store_lost_reply + weather->store_late_request) {
        bool is_late = fate >= weather->store_lost_request + weather->store_lost_reply;
        struct sim_call *unheard = double_of(call);

        /* Its arguments live in the first one's arena, which must stay for as long: the pair shares one. */
        arena_destroy(unheard->arena);
        unheard->arena = call->arena;
        call->arena = arena_create();
        count(link, is_late ? FAULT_STORE_LATE_REQUEST : FAULT_STORE_LOST_REPLY);
        unheard->is_unheard = true;
        unheard->is_late = is_late;
        arrive_after(unheard, is_late ? give_up_ms + dice_between(dice, 0, LATE_MAX_MS) : delay_ms);
        drop_call(unheard);
        scheduler_after(link->sim->scheduler, give_up_ms, 0, on_given_up, call, drop_call);
    } else {
        arrive_after(call, delay_ms);
        drop_call(call);
    }
}

static struct sim_call *new_call(struct sim_link *link, enum connection connection, execute_fn execute, execute_fn tell,
                                 void (*on_done)(void), void *arg)
{
    struct sim_call *call = xcalloc(1, sizeof(*call));

    call->link = link;
    call->arena = arena_create();
    call->replaced = link->sim->replaced;
    call->connection = connection;
    call->execute = execute;
    call->tell = tell;
    call->on_done = on_done;
    call->arg = arg;
    return call;
}

static struct str keep(struct sim_call *call, struct str text)
{
    return (struct str){ arena_copy(call->arena, text), text.len };
}

#define ON_DONE(fn) ((void (*)(void))(fn))

/* ---- accept ---- */

static void wake_waiting(struct sim_store *sim);

static void execute_accept(struct sim_call *call)
{
    struct sim_store *sim = call->link->sim;

    call->accept.results = arena_alloc(call->arena, call->accept.count * sizeof(*call->accept.results));
    if (!twin_accept(sim->twin, call->accept.items, call->accept.count, call->accept.results, &call->reason))
        call->status = STORE_UNAVAILABLE;
    wake_waiting(sim);
}

static void tell_accept(struct sim_call *call)
{
    store_accepted_fn on_done = (store_accepted_fn)call->on_done;

    on_done(call->arg, call->status, call->status == STORE_OK ? call->accept.results : NULL,
            call->status == STORE_OK ? call->accept.count : 0);
}

static void start_accept(void *ctx, const struct store_item *items, size_t items_count, store_accepted_fn on_done,
                         void *arg)
{
    struct sim_call *call = new_call(ctx, ON_ACCEPT, execute_accept, tell_accept, ON_DONE(on_done), arg);

    call->accept.items = arena_alloc(call->arena, items_count * sizeof(*items));
    call->accept.count = items_count;
    for (size_t i = 0; i < items_count; i++) {
        const char **keys = arena_alloc(call->arena, items[i].key_count * sizeof(*keys));

        for (size_t k = 0; k < items[i].key_count; k++)
            keys[k] = arena_strdup(call->arena, items[i].keys[k]);
        call->accept.items[i] = items[i];
        call->accept.items[i].keys = keys;
        call->accept.items[i].bytes = keep(call, items[i].bytes);
    }
    send_call(call);
}

/* ---- lease ---- */

static void execute_lease(struct sim_call *call)
{
    struct lease_answer *answer = &call->lease.answer;

    call->lease.at_ms = scheduler_now_ms(call->link->sim->scheduler);
    if (!twin_lease(call->link->sim->twin, &call->lease.call, answer, &call->reason)) {
        call->status = STORE_UNAVAILABLE;
        return;
    }
    answer->birth = arena_strdup(call->arena, answer->birth);
    answer->nonce = arena_strdup(call->arena, answer->nonce);
    answer->instance = arena_strdup(call->arena, answer->instance);
    answer->adopted = arena_strdup(call->arena, answer->adopted);
    answer->confirmed = arena_strdup(call->arena, answer->confirmed);
}

static void tell_lease(struct sim_call *call)
{
    struct lease_answer unavailable = { .status = STORE_UNAVAILABLE };

    if (call->status == STORE_OK)
        call->link->on_heard(call->link->heard_ctx, call->lease.sent_ms, call->lease.at_ms);
    ((store_leased_fn)call->on_done)(call->arg, call->status == STORE_OK ? &call->lease.answer : &unavailable);
}

static void start_lease(void *ctx, const struct lease_call *lease, store_leased_fn on_done, void *arg)
{
    struct sim_call *call = new_call(ctx, ON_LEASE, execute_lease, tell_lease, ON_DONE(on_done), arg);

    call->lease.sent_ms = scheduler_now_ms(call->link->sim->scheduler);
    call->lease.call = *lease;
    call->lease.call.nonce = arena_strdup(call->arena, lease->nonce);
    call->lease.call.instance = arena_strdup(call->arena, lease->instance);
    send_call(call);
}

/* ---- commit and mark ---- */

static void execute_commit(struct sim_call *call)
{
    struct sim_store *sim = call->link->sim;

    if (dice_hit(scheduler_dice(sim->scheduler), sim->weather->store_no_memory)) {
        count(call->link, FAULT_STORE_NO_MEMORY);
        call->status = STORE_NO_MEMORY;
        return;
    }
    call->status = twin_commit(sim->twin, &call->commit, call->arena, &call->reason);
}

static void tell_commit(struct sim_call *call)
{
    call->link->commits_out--;
    ((store_committed_fn)call->on_done)(call->arg, call->status, call->reason ? call->reason : "");
}

static void start_commit(void *ctx, const struct store_commit *commit, store_committed_fn on_done, void *arg)
{
    struct sim_link *link = ctx;
    struct sim_call *call = new_call(link, ON_COMMANDS, execute_commit, tell_commit, ON_DONE(on_done), arg);
    struct store_write *writes = arena_alloc(call->arena, commit->count * sizeof(*writes));

    for (size_t i = 0; i < commit->count; i++) {
        writes[i] = commit->writes[i];
        writes[i].field = arena_strdup(call->arena, writes[i].field);
        writes[i].value = keep(call, writes[i].value);
    }
    call->commit = *commit;
    call->commit.writes = writes;
    call->commit.nonce = arena_strdup(call->arena, commit->nonce);
    call->commit.id = arena_strdup(call->arena, commit->id);
    call->commit.journal_before = arena_strdup(call->arena, commit->journal_before);
    call->commit.journal_after = arena_strdup(call->arena, commit->journal_after);
    link->commits_out++;
    send_call(call);
}

static void execute_mark(struct sim_call *call)
{
    call->status = twin_mark(call->link->sim->twin, call->mark.nonce, call->mark.input_id, call->mark.value,
                             call->arena, &call->reason);
}

static void tell_status(struct sim_call *call)
{
    ((store_done_fn)call->on_done)(call->arg, call->status);
}

static void start_mark(void *ctx, const char *nonce, const char *input_id, struct str value, store_done_fn on_done,
                       void *arg)
{
    struct sim_call *call = new_call(ctx, ON_COMMANDS, execute_mark, tell_status, ON_DONE(on_done), arg);

    call->mark.nonce = arena_strdup(call->arena, nonce);
    call->mark.input_id = arena_strdup(call->arena, input_id);
    call->mark.value = keep(call, value);
    send_call(call);
}

/* ---- load and read ---- */

static void execute_load(struct sim_call *call)
{
    twin_load(call->link->sim->twin, call->arena, &call->snapshot);
}

static void tell_load(struct sim_call *call)
{
    ((store_loaded_fn)call->on_done)(call->arg, call->status, call->status == STORE_OK ? &call->snapshot : NULL);
}

static void start_load(void *ctx, store_loaded_fn on_done, void *arg)
{
    send_call(new_call(ctx, ON_COMMANDS, execute_load, tell_load, ON_DONE(on_done), arg));
}

static bool read_now(struct sim_call *call)
{
    twin_read(call->link->sim->twin, call->read.after_safe, call->read.after_inbox, call->read.count, call->arena,
              &call->read.entries);
    return call->read.entries.safe_count + call->read.entries.inbox_count > 0;
}

static void leave_waiting(struct sim_call *call)
{
    for (struct sim_call **at = &call->link->sim->waiting; *at; at = &(*at)->next_waiting) {
        if (*at != call)
            continue;
        *at = call->next_waiting;
        call->is_waiting = false;
        drop_call(call);
        return;
    }
}

static void on_waited(void *arg)
{
    struct sim_call *call = arg;

    if (call->is_waiting) {
        leave_waiting(call);
        tell_after(call, 1);
    }
    drop_call(call);
}

static void wake_waiting(struct sim_store *sim)
{
    for (struct sim_call *call = sim->waiting, *next; call; call = next) {
        next = call->next_waiting;
        if (!read_now(call))
            continue;
        tell_after(call, dice_between(scheduler_dice(sim->scheduler), 0, 3));
        leave_waiting(call);
    }
}

static void execute_read(struct sim_call *call)
{
    struct sim_store *sim = call->link->sim;

    if (read_now(call) || call->is_unheard)
        return;
    call->is_waiting = true;
    call->next_waiting = sim->waiting;
    sim->waiting = call;
    call->users += 2; /* the list's, the timer's */
    scheduler_after(sim->scheduler, call->read.wait_ms, 0, on_waited, call, drop_call);
}

static void tell_read(struct sim_call *call)
{
    ((store_read_fn)call->on_done)(call->arg, call->status, call->status == STORE_OK ? &call->read.entries : NULL);
}

static void start_read(void *ctx, const char *after_safe, const char *after_inbox, size_t max, int64_t wait_ms,
                       store_read_fn on_done, void *arg)
{
    struct sim_call *call = new_call(ctx, ON_READ, execute_read, tell_read, ON_DONE(on_done), arg);

    call->read.after_safe = arena_strdup(call->arena, after_safe);
    call->read.after_inbox = arena_strdup(call->arena, after_inbox);
    call->read.count = max;
    call->read.wait_ms = wait_ms;
    send_call(call);
}

/* ---- links ---- */

struct sim_link *sim_link_create(struct sim_store *sim, unsigned actor, sim_heard_fn on_heard, void *ctx)
{
    struct sim_link *link = xcalloc(1, sizeof(*link));

    link->sim = sim;
    link->actor = actor;
    link->on_heard = on_heard;
    link->heard_ctx = ctx;
    link->store = (struct store){ .ctx = link,
                                  .accept = start_accept,
                                  .lease = start_lease,
                                  .commit = start_commit,
                                  .load = start_load,
                                  .read = start_read,
                                  .mark_trying = start_mark };
    link->next = sim->links;
    sim->links = link;
    return link;
}

struct store *sim_link_store(struct sim_link *link)
{
    return &link->store;
}

void sim_link_cut(struct sim_link *link, bool before_sending)
{
    int64_t later_ms = dice_between(scheduler_dice(link->sim->scheduler), -1, 6);

    link->is_cut = true;
    link->cut_ms = scheduler_now_ms(link->sim->scheduler) + (before_sending ? -1 : later_ms);
}

size_t sim_link_commits_out(const struct sim_link *link)
{
    return link->commits_out;
}
