#include "bot/engine/internal.h"

#include "bot/model/plant.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef OPSGATE_PLANTS
enum plant planted = PLANT_NONE;
#endif

#define BEFORE_ALL "0-0" /* an id that every entry of a stream follows */

const char *const engine_phase_names[] = { "standby", "loading", "owner", "refused", "stopping", "stopped" };

struct engine *engine_create(const struct engine_config *config)
{
    struct engine *e = xcalloc(1, sizeof(*e));

    e->config = *config;
    e->memory = config->memory;
    e->phase = ENGINE_STANDBY;
    e->counter_since_mono = engine_mono(e);
    e->pace = pace_create();
    engine_drop_memory(e);
    return e;
}

void engine_destroy(struct engine *e)
{
    if (!e)
        return;
    e->config.carrier->cancel_all(e->config.carrier->ctx);
    away_forget(e);
    engine_drop_memory(e);
    commits_free_abandoned(e);
    pace_destroy(e->pace);
    free(e->poison);
    free(e);
}

void engine_wake(struct engine *e)
{
    e->wants_turn = true;
    e->config.wake(e->config.ctx);
}

void engine_logf(struct engine *e, enum engine_log level, const char *event, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    e->config.log(e->config.ctx, level, event, text);
}

/* What we wrote ourselves must be readable: anything else is a bug, and better a stop than a wrong record. */
void engine_must(bool is_good, struct engine *e, const char *what, const struct error *err)
{
    if (is_good)
        return;
    engine_logf(e, ENGINE_LOG_WARN, "engine.bug", "%s: %s", what, err->message);
    abort();
}

int64_t engine_mono(const struct engine *e)
{
    return e->config.clock->mono_ms(e->config.clock->ctx);
}

int64_t engine_store_now(const struct engine *e)
{
    return e->store_ms ? e->store_ms + (engine_mono(e) - e->store_ms_mono) : 0;
}

int64_t engine_steady_now(const struct engine *e)
{
    int64_t now_ms = e->steady_ms + (engine_mono(e) - e->store_ms_mono);

    if (e->store_ms == 0)
        return 0;
    return now_ms > e->steady_told_ms || PLANTED(STEADY_GOES_BACK) ? now_ms : e->steady_told_ms;
}

bool engine_lease_is_good(const struct engine *e)
{
    return (e->phase == ENGINE_OWNER || e->phase == ENGINE_STOPPING || e->phase == ENGINE_LOADING) && e->nonce[0] &&
           engine_mono(e) < e->lease_until_mono;
}

void engine_random_hex(struct engine *e, char *text, size_t digits)
{
    unsigned char bytes[32];
    AUTO_BUF struct buf buf = BUF(sizeof(bytes) * 2);

    e->config.clock->random(e->config.clock->ctx, bytes, digits / 2);
    hex_add(&buf, bytes, digits / 2);
    memcpy(text, buf_text(&buf), digits + 1);
}

void engine_drop_memory(struct engine *e)
{
    e->tenure++;
    if (e->marked[0])
        memcpy(e->survived, e->marked, sizeof(e->survived));
    e->unreadable = 0;
    e->config.carrier->cancel_all(e->config.carrier->ctx);
    batch_drop_shared(e);
    commits_clear(e);
    inputs_clear(e);
    readings_clear(e);
    lanes_clear(e);
    records_clear(e);
    heard_clear(e);
    e->seq = e->confirmed_seq = 0;
    e->last_operation = e->last_look = e->last_order = e->last_journal = e->first_journal = 0;
    e->clock_jumps = e->unwatched_jumps = e->clock_shift_ms = e->jumped_by_ms = e->jumped_at_ms = e->last_commit_ms = 0;
    e->adopted_journalled = e->confirmed_journalled = e->adopted_steady_ms = 0;
    memset(&e->stored_last, 0, sizeof(e->stored_last));
    e->journal_head[0] = e->stored_settings[0] = e->marked[0] = '\0';
    free(TAKE(e->stored_rights));
    e->kept_from[0] = e->kept_since[0] = '\0';
    e->kept_bytes = e->dead_count = e->dead_bytes = 0;
    memcpy(e->cursor_safe, BEFORE_ALL, sizeof(BEFORE_ALL));
    memcpy(e->cursor_inbox, BEFORE_ALL, sizeof(BEFORE_ALL));
    memcpy(e->read_safe, BEFORE_ALL, sizeof(BEFORE_ALL));
    memcpy(e->read_inbox, BEFORE_ALL, sizeof(BEFORE_ALL));
    e->commits_in_doubt = false;
}

static void decide_observed(struct engine *e, const struct input *input, struct arena *arena)
{
    const struct engine_observer *observer = &e->config.observer;

    if (observer->timer && input->kind == INPUT_TIMER)
        observer->timer(observer->ctx, inputs_timer_late(e));
    if (observer->deciding)
        observer->deciding(observer->ctx, false);
    decide(e, input, arena);
    if (observer->deciding)
        observer->deciding(observer->ctx, true);
}

/* Decides while there is something to decide and room for its commit. */
static void decide_each(struct engine *e)
{
    while ((e->phase == ENGINE_OWNER || e->phase == ENGINE_STOPPING) && !e->commits_in_doubt &&
           engine_lease_is_good(e)) {
        size_t room = trying_is_careful(e) ? 1 : COMMITS_IN_FLIGHT_MAX;
        struct arena *arena;
        struct input input;

        if (e->commits_count >= room || e->marks_in_flight > 0)
            return;
        if (store_clock_count(e) || observing_journal(e) || configured_announce(e) || standing_begin(e) ||
            parking_turn(e))
            continue;
        arena = arena_create();
        if (!inputs_next(e, arena, &input) || !trying_may_decide(e, input.id)) {
            arena_destroy(arena);
            return;
        }
        if (e->poison && strcmp(e->poison, input.id) == 0)
            decide_dead(e, &input, arena, "the store refused what was decided on it");
        else if (trying_has_killed_enough(e, input.id))
            decide_dead(e, &input, arena, "deciding it crashed opsgate too often");
        else
            decide_observed(e, &input, arena);
    }
}

static void decide_all(struct engine *e)
{
    decide_each(e);
    batch_send_shared(e);
}

/* Has everything that an earlier owner had out when it was cut arrived, or never will? */
static bool is_settled(const struct engine *e)
{
    int64_t longest_ms = 0;

    for (size_t i = 0; i < e->config.effect_kinds_count; i++)
        if (e->config.effect_kinds[i].attempt_ms > longest_ms)
            longest_ms = e->config.effect_kinds[i].attempt_ms;
    if (engine_mono(e) < e->cut_until_mono)
        return false;
    return e->took_cleanly || engine_mono(e) >= e->owner_since_mono + longest_ms;
}

static void stopping_turn(struct engine *e)
{
    bool is_quiet = e->commits_count == 0 && !e->ended && e->config.carrier->in_flight(e->config.carrier->ctx) == 0;

    if (e->phase != ENGINE_STOPPING || e->release_sent || (!is_quiet && engine_mono(e) < e->stop_at_mono))
        return;
    if (!is_quiet || !is_settled(e) || !engine_lease_is_good(e)) {
        /* What is cut may still arrive: the lease must run out, not be given back, so that the next owner waits for it.
         */
        engine_logf(e, ENGINE_LOG_WARN, "engine.stopped", "calls may still be out: the next owner waits for them");
        ownership_lose(e, "stopped");
    } else {
        e->renew_now = true; /* ownership_turn sends the release instead */
    }
}

static int64_t soonest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t engine_turn(struct engine *e)
{
    int64_t now_mono, next_mono;

    if (e->phase == ENGINE_STOPPED)
        return INT32_MAX;
    e->wants_turn = false;
    if (e->phase == ENGINE_STOPPING)
        decide_all(e);
    stopping_turn(e);
    ownership_turn(e);
    if (e->phase == ENGINE_OWNER) {
        inputs_read(e);
        decide_all(e);
        lanes_turn(e);
        readings_turn(e);
        decide_all(e);
        trying_clean_up(e);
    }
    away_turn(e);
    now_mono = engine_mono(e);
    next_mono = ownership_next_mono(e);
    if (e->phase == ENGINE_OWNER) {
        next_mono = soonest(next_mono, lanes_next_mono(e));
        next_mono = soonest(next_mono, parking_next_mono(e));
        next_mono = soonest(next_mono, readings_next_mono(e));
        next_mono = soonest(next_mono, inputs_next_mono(e));
    }
    if (e->phase == ENGINE_STOPPING)
        next_mono = soonest(next_mono, e->stop_at_mono);
    if (e->wants_turn)
        return 0;
    return next_mono <= now_mono ? 1 : next_mono - now_mono;
}

void engine_stop(struct engine *e, int64_t grace_ms)
{
    if (e->phase == ENGINE_STOPPED || e->phase == ENGINE_STOPPING)
        return;
    if (e->phase != ENGINE_OWNER) {
        if (e->nonce[0])
            ownership_lose(e, "stopped while loading");
        away_end(e, "this instance was stopped");
        e->phase = ENGINE_STOPPED;
        return;
    }
    e->phase = ENGINE_STOPPING;
    e->stop_at_mono = engine_mono(e) + grace_ms;
    engine_wake(e);
}

bool engine_knows_store(const struct engine *e, int64_t since_mono)
{
    bool is_at_work = e->phase == ENGINE_OWNER || e->phase == ENGINE_STANDBY;

    return is_at_work && e->known_mono && e->known_mono >= since_mono &&
           engine_mono(e) - e->known_mono <= STORE_LEASE_MS;
}

struct engine_status engine_status(const struct engine *e)
{
    struct inbox_entry *entry;
    size_t waiting, safe;

    DL_COUNT(e->inbox, entry, waiting);
    DL_COUNT(e->inbox_safe, entry, safe);
    return (struct engine_status){
        .phase = e->phase,
        .why = e->why,
        .owner = e->owner,
        .seq = e->confirmed_seq,
        .journal_entries = e->last_journal,
        .store_unix_ms = engine_store_now(e),
        .shift_ms = engine_store_now(e) - engine_steady_now(e),
        .operations = HASH_COUNT(e->operations),
        .effects = HASH_COUNT(e->effects),
        .lanes = HASH_COUNT(e->lanes),
        .oldest_input_ms = inputs_oldest(e),
        .oldest_effect_ms = lanes_oldest(e),
        .timer_late_ms = inputs_timer_late(e),
        .parked = parking_count(e),
        .timers = HASH_COUNT(e->timers),
        .inputs_waiting = waiting + safe,
        .commits_in_flight = e->commits_count,
        .unreadable = e->unreadable,
        .dead_letters = e->dead_letters,
        .is_lease_good = engine_lease_is_good(e),
        .is_observing = observing_is_on(e),
        .adopted_at_ms = e->adopted.at_ms,
        .adopted_by = e->adopted.by,
        .confirmed_at_ms = observing_is_on(e) ? 0 : e->confirmed.at_ms,
        .confirmed_by = observing_is_on(e) ? "" : e->confirmed.by,
    };
}
