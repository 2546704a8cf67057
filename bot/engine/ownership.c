/* ownership.c - who owns the store: looking, taking, renewing, giving back. */
#include "bot/engine/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void refuse(struct engine *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void refuse(struct engine *e, const char *fmt, ...)
{
    char why[sizeof(e->why)];
    va_list args;

    va_start(args, fmt);
    vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    if (e->phase != ENGINE_REFUSED || strcmp(why, e->why) != 0)
        engine_logf(e, ENGINE_LOG_WARN, "store.refused", "%s", why);
    memcpy(e->why, why, sizeof(why));
    e->phase = ENGINE_REFUSED;
}

void ownership_lose(struct engine *e, const char *why)
{
    engine_logf(e, ENGINE_LOG_WARN, "owner.lost", "%s", why);
    e->nonce[0] = '\0';
    e->retakes = false;
    e->lease_until_mono = 0;
    engine_drop_memory(e);
    e->phase = e->phase == ENGINE_STOPPING ? ENGINE_STOPPED : ENGINE_STANDBY;
    e->counter_since_mono = engine_mono(e);
    e->next_lease_mono = engine_mono(e) + LOOK_EVERY_MS;
    engine_wake(e);
}

/* Why it is not the one that data_dir remembers; false: it is. */
static bool is_another_store(const struct engine *e, const struct lease_answer *answer, struct error *ret_why)
{
    if (strcmp(e->memory.birth, answer->birth) != 0)
        return !error_set(ret_why, ERR_CONFLICT, "another store: birth %.32s, but data_dir knows %.32s", answer->birth,
                          e->memory.birth);
    if (answer->seq < e->lease_sent_seq)
        return !error_set(ret_why, ERR_CONFLICT, "an older store: seq %lld, but data_dir saw %lld confirmed",
                          (long long)answer->seq, (long long)e->lease_sent_seq);
    if (e->adopted.n < e->memory.adoption)
        return !error_set(ret_why, ERR_CONFLICT, "an older store: of before an adoption that data_dir has followed");
    return false;
}

/* A person said so: what data_dir knew is over. */
static void follow_adoption(struct engine *e, const struct lease_answer *answer)
{
    engine_logf(e, ENGINE_LOG_WARN, "store.adopted", "birth %.32s at seq %lld in place of birth %.32s at seq %lld",
                answer->birth, (long long)answer->seq, e->memory.birth, (long long)e->memory.seq);
    snprintf(e->memory.birth, sizeof(e->memory.birth), "%s", answer->birth);
    e->memory.seq = answer->seq;
    e->memory.adoption = e->adopted.n;
    e->config.remember(e->config.ctx, &e->memory);
}

/* Is this the store that data_dir remembers? */
static bool is_our_store(struct engine *e, const struct lease_answer *answer)
{
    struct error why;

    if (answer->result == LEASE_NO_BIRTH) {
        if (e->memory.birth[0])
            refuse(e,
                   "the store is empty, but data_dir knows it at seq %lld. Bring the right one back; or, if it is lost "
                   "for good, `opsgate store adopt` begins anew, and only observes until `opsgate store confirm`",
                   (long long)e->memory.seq);
        else
            refuse(e, "the store is empty: `opsgate store create` makes it ours");
        return false;
    }
    if (answer->result == LEASE_TOO_NEW) {
        refuse(e, "the store was written by a newer opsgate than this one (schema %d)", STORE_SCHEMA);
        return false;
    }
    if (e->memory.birth[0] && is_another_store(e, answer, &why)) {
        if (!observing_overrides(e)) {
            refuse(e,
                   "%s. Bring the right one back; or `opsgate store adopt` takes this one, and only observes until "
                   "`opsgate store confirm`",
                   why.message);
            return false;
        }
        follow_adoption(e, answer);
    }
    if (e->phase == ENGINE_REFUSED) {
        engine_logf(e, ENGINE_LOG_INFO, "store.known", "the store is the one we know again");
        e->phase = ENGINE_STANDBY;
        e->why[0] = '\0';
        e->counter_since_mono = engine_mono(e);
    }
    return true;
}

static void remember(struct engine *e, const struct lease_answer *answer)
{
    bool is_known = answer->seq <= e->memory.seq && e->adopted.n == e->memory.adoption &&
                    answer->last_operation <= e->memory.operations;

    if (is_known && strcmp(answer->birth, e->memory.birth) == 0)
        return;
    snprintf(e->memory.birth, sizeof(e->memory.birth), "%s", answer->birth);
    if (answer->seq > e->memory.seq)
        e->memory.seq = answer->seq;
    if (answer->last_operation > e->memory.operations)
        e->memory.operations = answer->last_operation;
    e->memory.adoption = e->adopted.n;
    e->config.remember(e->config.ctx, &e->memory);
}

static void watch_counter(struct engine *e, const struct lease_answer *answer)
{
    if (answer->counter == e->seen_counter && strcmp(answer->nonce, e->seen_nonce) == 0)
        return;
    e->seen_counter = answer->counter;
    snprintf(e->seen_nonce, sizeof(e->seen_nonce), "%s", answer->nonce);
    snprintf(e->owner, sizeof(e->owner), "%s", answer->instance);
    e->counter_since_mono = engine_mono(e);
}

static void on_taken(struct engine *e, const struct lease_answer *answer)
{
    e->took_cleanly = answer->was_clean;
    e->owner_since_mono = engine_mono(e);
    e->lease_until_mono = e->lease_sent_mono + STORE_LEASE_MS;
    e->phase = ENGINE_LOADING;
    engine_logf(e, ENGINE_LOG_INFO, "owner.taken", "this instance owns the store now, after %s",
                answer->was_clean ? "a clean handover" : "an unclean exit");
    engine_drop_memory(e);
    e->seq = e->confirmed_seq = answer->seq;
    load_start(e);
}

static void on_renewed(struct engine *e, const struct lease_answer *answer)
{
    e->lease_until_mono = e->lease_sent_mono + STORE_LEASE_MS;
    if (e->lease_sent == LEASE_TAKE) {
        e->retakes = false;
        load_start(e);
    } else {
        commits_resolve(e, answer->seq);
    }
}

static void on_leased(void *arg, const struct lease_answer *answer)
{
    struct engine *e = arg;
    bool is_ours = e->nonce[0] != '\0' && e->phase != ENGINE_STANDBY && e->phase != ENGINE_REFUSED;
    bool was_stopping = e->phase == ENGINE_STOPPING;

    e->lease_call_in_flight = false;
    engine_wake(e);
    if (answer->status != STORE_OK)
        return; /* a counter that is the same before and after has stood still: nothing is missed by not seeing it */
    away_heard(e, answer);
    if (e->phase == ENGINE_STOPPED)
        return;
    observing_learn(e, answer);
    e->known_mono = 0;
    if (!is_our_store(e, answer)) {
        e->nonce[0] = '\0';
        if (is_ours) {
            ownership_lose(e, e->why);
            e->phase = was_stopping ? ENGINE_STOPPED : ENGINE_REFUSED;
        }
        return;
    }
    e->known_mono = e->lease_sent_mono;
    store_clock_learn(e, answer);
    remember(e, answer);
    watch_counter(e, answer);
    if (e->release_sent) {
        engine_drop_memory(e);
        e->nonce[0] = '\0';
        e->phase = ENGINE_STOPPED;
        engine_logf(e, ENGINE_LOG_INFO, "owner.released", "the lease is given back");
    } else if (is_ours && answer->result == LEASE_HELD) {
        ownership_lose(e, "another instance took the store");
    } else if (is_ours) {
        on_renewed(e, answer);
    } else if (e->nonce[0] && answer->result == LEASE_DONE && strcmp(answer->nonce, e->nonce) == 0) {
        on_taken(e, answer);
    } else {
        e->nonce[0] = '\0'; /* looked, or was too late */
    }
}

static void send_lease(struct engine *e, enum lease_action action)
{
    struct lease_call call = {
        .action = action,
        .nonce = e->nonce,
        .instance = e->config.instance,
        .schema = STORE_SCHEMA,
        .counter = e->seen_counter,
    };

    e->lease_call_in_flight = true;
    e->lease_sent = action;
    e->renew_now = false;
    e->lease_sent_mono = engine_mono(e);
    e->lease_sent_seq = e->memory.seq;
    e->next_lease_mono = e->lease_sent_mono + (action == LEASE_RENEW ? RENEW_EVERY_MS : LOOK_EVERY_MS);
    e->config.store->lease(e->config.store->ctx, &call, on_leased, e);
}

static bool may_take(const struct engine *e)
{
    int64_t now_mono = engine_mono(e);

    if (e->phase == ENGINE_REFUSED || !e->store_ms || now_mono < e->yield_until_mono)
        return false;
    return !e->seen_nonce[0] || now_mono - e->counter_since_mono >= STORE_LEASE_MS;
}

void ownership_turn(struct engine *e)
{
    bool is_ours = e->phase == ENGINE_LOADING || e->phase == ENGINE_OWNER || e->phase == ENGINE_STOPPING;

    if (e->phase == ENGINE_STOPPED)
        return;
    if (is_ours && !engine_lease_is_good(e)) {
        away_begin(e);
        return;
    }
    if (e->lease_call_in_flight || (engine_mono(e) < e->next_lease_mono && !e->renew_now))
        return;
    if (is_ours && e->phase == ENGINE_STOPPING && e->commits_count == 0 && (e->renew_now || e->release_sent) &&
        e->config.carrier->in_flight(e->config.carrier->ctx) == 0) {
        e->release_sent = true;
        send_lease(e, LEASE_RELEASE);
    } else if (is_ours && !e->retakes) {
        send_lease(e, LEASE_RENEW);
    } else if (is_ours || may_take(e)) {
        engine_random_hex(e, e->nonce, 32);
        send_lease(e, LEASE_TAKE);
    } else {
        send_lease(e, LEASE_LOOK);
    }
}

int64_t ownership_next_mono(const struct engine *e)
{
    return e->lease_call_in_flight ? engine_mono(e) + LOOK_EVERY_MS : e->next_lease_mono;
}
