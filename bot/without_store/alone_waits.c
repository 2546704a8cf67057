/* alone_waits.c - what one request without a store waits for: effects in their order, readings, timers, its target. */
#include "bot/without_store/alone_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define AGAIN_FIRST_MS 500
#define AGAIN_MAX_MS 5000

static bool always(void *arg)
{
    const struct alone *alone = arg;

    return !alone->has_failed;
}

static void try(struct wait *wait);

static struct wait *new_wait(struct alone *alone, enum wait_kind kind, const char *name)
{
    for (size_t i = 0; i < WAITS_MAX; i++) {
        struct wait *wait = &alone->waits[i];

        if (wait->kind != WAIT_NOTHING)
            continue;
        *wait = (struct wait){ .kind = kind, .alone = alone, .name = name };
        wait->id = arena_printf(alone->arena, "%s.%" PRId64, alone->operation.id, ++alone->made);
        return wait;
    }
    alone->has_failed = true;
    error_set(&alone->failure, ERR_INTERNAL, "it waits for more than %d things at once", WAITS_MAX);
    loop_stop(alone->loop);
    return NULL;
}

static void drop_wait(struct wait *wait)
{
    loop_timer_cancel(wait->timer);
    wait->timer = NULL;
    wait->kind = WAIT_NOTHING;
}

static void drop_named(struct alone *alone, enum wait_kind kind, const char *name)
{
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (alone->waits[i].kind == kind && strcmp(alone->waits[i].name, name) == 0 &&
            !(kind == WAIT_EFFECT && alone->waits[i].is_out))
            drop_wait(&alone->waits[i]);
}

/* First in, first out: only the oldest effect is tried. */
static bool is_first(const struct wait *wait)
{
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (wait->alone->waits[i].kind == WAIT_EFFECT && wait->alone->waits[i].effect.order < wait->effect.order)
            return false;
    return true;
}

void alone_start_next_effect(struct alone *alone)
{
    for (size_t i = 0; i < WAITS_MAX; i++) {
        struct wait *wait = &alone->waits[i];

        if (wait->kind == WAIT_EFFECT && !wait->is_out && !wait->timer && is_first(wait))
            try(wait);
    }
}

static void end_wait(struct wait *wait, enum event_end end, const cJSON *body, const char *error)
{
    struct alone *alone = wait->alone;
    cJSON *copy = json_copy(body);
    struct event event = { .kind = wait->kind == WAIT_EFFECT    ? EVENT_EFFECT
                                   : wait->kind == WAIT_READING ? EVENT_READING
                                                                : EVENT_TIMER,
                           .name = wait->name,
                           .effect = wait->kind == WAIT_EFFECT ? wait->id : NULL,
                           .end = end,
                           .error = error ? arena_strdup(alone->arena, error) : NULL };

    if (copy)
        arena_defer(alone->arena, (void (*)(void *))cJSON_Delete, copy);
    event.body = copy;
    drop_wait(wait);
    alone_decide(alone, &event);
    alone_start_next_effect(alone);
}

static int64_t mono_now(const struct alone *alone)
{
    return loop_now_ms(alone->loop);
}

static void on_again(void *arg)
{
    struct wait *wait = arg;

    wait->timer = NULL;
    if (mono_now(wait->alone) >= wait->deadline_mono)
        end_wait(wait, END_GAVE_UP, NULL, wait->error);
    else
        try(wait);
}

static int64_t again_ms(const struct wait *wait, int64_t after_ms)
{
    int64_t ms = AGAIN_FIRST_MS, left_ms = wait->deadline_mono - mono_now(wait->alone);

    for (int64_t i = 1; i < wait->tries && ms < AGAIN_MAX_MS; i++)
        ms *= 2;
    if (after_ms > EFFECT_DECREASE_PATIENCE_MS) /* asked for by whom we ask; all that is done here is a way back */
        after_ms = EFFECT_DECREASE_PATIENCE_MS;
    ms = ms > after_ms ? ms : after_ms;
    return ms < left_ms ? ms : left_ms > 0 ? left_ms : 0;
}

static void on_ended(void *arg, const char *id, int64_t number, const struct attempt_end *end)
{
    struct alone *alone = arg;
    struct wait *wait = NULL;

    for (size_t i = 0; i < WAITS_MAX; i++)
        if (alone->waits[i].kind != WAIT_NOTHING && alone->waits[i].is_out && strcmp(alone->waits[i].id, id) == 0)
            wait = &alone->waits[i];
    if (!wait || (wait->kind == WAIT_EFFECT && wait->number != number))
        return;
    wait->is_out = false;
    loop_timer_cancel(wait->timer);
    wait->timer = NULL;
    if (end->result == ATTEMPT_DONE) {
        end_wait(wait, END_DONE, end->body, NULL);
    } else if (end->result == ATTEMPT_NEVER) {
        end_wait(wait, END_FAILED, NULL, end->error);
    } else {
        wait->error = arena_strdup(alone->arena, end->error ? end->error : "no answer");
        alone_tell(alone, arena_printf(alone->arena, "%s; trying again", wait->error));
        wait->timer = loop_timer_start(alone->loop, again_ms(wait, end->after_ms), on_again, wait);
    }
}

/* A reading's deadline may come while it is asked. */
static void on_deadline(void *arg)
{
    struct wait *wait = arg;

    wait->timer = NULL;
    wait->is_out = false;
    end_wait(wait, END_GAVE_UP, NULL, wait->error ? wait->error : "no answer in time");
}

static void try(struct wait *wait)
{
    struct alone *alone = wait->alone;

    wait->is_out = true;
    wait->tries++;
    if (wait->kind == WAIT_EFFECT) {
        struct attempt attempt = { .effect = &wait->effect,
                                   .kind = wait->effect_kind,
                                   .number = ++wait->number,
                                   .operation_outside_id = alone->operation.outside_id,
                                   .is_first_try = wait->tries == 1,
                                   .now_ms = alone_unix_now(alone),
                                   .may_send = always,
                                   .on_done = on_ended,
                                   .arg = alone };

        alone->carrier.attempt(alone->carrier.ctx, &attempt);
    } else {
        struct ask ask = { .operation = alone->operation.id,
                           .operation_outside_id = alone->operation.outside_id,
                           .awaited = &wait->awaited,
                           .id = wait->id,
                           .now_ms = alone_unix_now(alone),
                           .left_ms = wait->deadline_mono - mono_now(alone),
                           .may_send = always,
                           .on_done = on_ended,
                           .arg = alone };
        int64_t left_ms = wait->deadline_mono - mono_now(alone);

        wait->timer = loop_timer_start(alone->loop, left_ms > 0 ? left_ms : 0, on_deadline, wait);
        alone->carrier.ask(alone->carrier.ctx, &ask);
    }
}

static void on_timer(void *arg)
{
    struct wait *wait = arg;

    wait->timer = NULL;
    end_wait(wait, END_DONE, NULL, NULL);
}

static void on_grant(void *arg)
{
    struct wait *wait = arg;
    struct event event = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED, .from = "engine" };
    struct alone *alone = wait->alone;

    wait->timer = NULL;
    drop_wait(wait);
    alone_decide(alone, &event);
    alone_start_next_effect(alone);
}

/* ---- what is wanted ---- */

void alone_want_effect(struct alone *alone, const struct wanted_effect *want)
{
    const struct effect_kind *kind = effect_kind_find(effect_kinds, effect_kinds_count, want->kind);
    struct wait *wait = kind && kind->is_essential ? new_wait(alone, WAIT_EFFECT, want->tag ? want->tag : "") : NULL;

    if (!wait)
        return;
    wait->effect_kind = kind;
    wait->deadline_mono = mono_now(alone) + kind->give_up_ms;
    wait->effect = (struct effect){ .id = wait->id,
                                    .outside_id = alone_outside_id(alone),
                                    .order = alone->made,
                                    .kind = want->kind,
                                    .operation = alone->operation.id,
                                    .tag = want->tag,
                                    .lane = want->lane,
                                    .created_at_ms = alone_unix_now(alone),
                                    .args = want->args };
    alone_before_effect(alone, want);
}

void alone_want_reading(struct alone *alone, const struct wanted_reading *want)
{
    struct wait *wait;

    drop_named(alone, WAIT_READING, want->name);
    wait = new_wait(alone, WAIT_READING, want->name);
    if (!wait)
        return;
    wait->deadline_mono = mono_now(alone) + want->deadline_ms;
    wait->awaited = (struct awaited){ .name = want->name, .kind = want->kind, .args = want->args };
    try(wait);
}

void alone_want_timer(struct alone *alone, const struct wanted_timer *want)
{
    int64_t after_ms = want->at_ms - alone_unix_now(alone);
    struct wait *wait;

    drop_named(alone, WAIT_TIMER, want->name);
    wait = want->at_ms ? new_wait(alone, WAIT_TIMER, want->name) : NULL;
    if (wait)
        wait->timer = loop_timer_start(alone->loop, after_ms > 0 ? after_ms : 0, on_timer, wait);
}

void alone_want_target(struct alone *alone)
{
    struct wait *wait = new_wait(alone, WAIT_GRANT, "");

    if (wait)
        wait->timer = loop_timer_start(alone->loop, 0, on_grant, wait);
}

void alone_cancel_effects(struct alone *alone, const char *tag)
{
    drop_named(alone, WAIT_EFFECT, tag);
}

void alone_drop_waits(struct alone *alone)
{
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (alone->waits[i].kind != WAIT_NOTHING)
            drop_wait(&alone->waits[i]);
}
