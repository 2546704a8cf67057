/* inputs.c - what is decided next: the safe direction first, then what operations wait for, then the rest. */
#include "bot/engine/internal.h"

#include <stdio.h>
#include <string.h>

#define BEHIND_ALL "18446744073709551615-18446744073709551615" /* the last id a stream can have: reads nothing */

static void free_entry(struct inbox_entry *entry)
{
    free(entry->id);
    free(entry->bytes);
    free(entry);
}

static void keep_entries(struct engine *e, const struct store_entry *entries, size_t count, bool is_safe)
{
    for (size_t i = 0; i < count; i++) {
        struct inbox_entry *entry = xcalloc(1, sizeof(*entry));

        entry->id = xstrdup(entries[i].id);
        entry->bytes = str_copy(entries[i].value);
        entry->len = entries[i].value.len;
        entry->is_safe = is_safe;
        if (is_safe)
            DL_APPEND(e->inbox_safe, entry);
        else
            DL_APPEND(e->inbox, entry);
        snprintf(is_safe ? e->read_safe : e->read_inbox, sizeof(e->read_safe), "%s", entry->id);
    }
}

static void on_read(void *arg, enum store_status status, const struct store_entries *entries)
{
    struct engine *e = arg;

    engine_wake(e);
    if (--e->reads_in_flight > 0 || e->read_tenure != e->tenure || e->phase != ENGINE_OWNER)
        return; /* asked from where an earlier memory stood: taking it would skip what that memory had not decided */
    if (status != STORE_OK) {
        e->read_again_mono = engine_mono(e) + LOOK_EVERY_MS;
        return;
    }
    keep_entries(e, entries->safe, entries->safe_count, true);
    keep_entries(e, entries->inbox, entries->inbox_count, false);
}

void inputs_read(struct engine *e)
{
    struct inbox_entry *entry;
    size_t waiting;
    bool is_full;

    DL_COUNT(e->inbox, entry, waiting);
    is_full = waiting >= READ_COUNT;
    if ((e->reads_in_flight > 0 && e->read_tenure == e->tenure) || engine_mono(e) < e->read_again_mono)
        return;
    e->reads_in_flight++;
    e->read_tenure = e->tenure;
    e->config.store->read(e->config.store->ctx, e->read_safe, is_full ? BEHIND_ALL : e->read_inbox, READ_COUNT,
                          is_full ? READ_FULL_WAIT_MS : READ_WAIT_MS, on_read, e);
}

void inputs_drop_entry(struct engine *e, struct inbox_entry *entry)
{
    if (entry->is_safe)
        DL_DELETE(e->inbox_safe, entry);
    else
        DL_DELETE(e->inbox, entry);
    free_entry(entry);
}

void inputs_clear(struct engine *e)
{
    struct inbox_entry *entry, *next;

    DL_FOREACH_SAFE(e->inbox, entry, next)
        inputs_drop_entry(e, entry);
    DL_FOREACH_SAFE(e->inbox_safe, entry, next)
        inputs_drop_entry(e, entry);
}

static bool pick_item(struct inbox_entry *first, struct arena *arena, struct input *ret)
{
    if (!first)
        return false;
    *ret = (struct input){ .kind = INPUT_ITEM, .entry = first };
    ret->id = arena_printf(arena, "inbox%s:%s", first->is_safe ? ":safe" : "", first->id);
    return true;
}

static bool pick_effect(struct engine *e, struct arena *arena, struct input *ret)
{
    if (!e->ended)
        return false;
    *ret = (struct input){ .kind = INPUT_EFFECT, .effect = e->ended, .operation = e->ended->record.operation };
    ret->id = arena_printf(arena, "effect:%s", e->ended->record.id);
    return true;
}

static bool pick_reading(struct engine *e, struct arena *arena, struct input *ret)
{
    struct live_reading *reading, *tmp;

    HASH_ITER(hh, e->readings, reading, tmp) {
        if (reading->phase != READING_ANSWERED)
            continue;
        *ret = (struct input){ .kind = INPUT_READING, .reading = reading, .operation = reading->operation };
        ret->id = arena_printf(arena, "reading:%s", reading->key);
        return true;
    }
    return false;
}

static bool pick_message(struct engine *e, struct arena *arena, struct input *ret)
{
    if (!e->messages)
        return false;
    *ret = (struct input){ .kind = INPUT_MESSAGE, .message = e->messages, .operation = e->messages->record.to };
    ret->id = arena_printf(arena, "message:%s", e->messages->record.id);
    return true;
}

static struct live_timer *earliest_timer(const struct engine *e)
{
    struct live_timer *timer, *tmp, *earliest = NULL;

    HASH_ITER(hh, e->timers, timer, tmp)
        if (!earliest || timer->record.at_ms < earliest->record.at_ms)
            earliest = timer;
    return earliest;
}

static int64_t timers_now(const struct engine *e)
{
    return PLANTED(TIMERS_NOT_MOVED) ? engine_store_now(e) : engine_steady_now(e);
}

int64_t inputs_timer_late(const struct engine *e)
{
    const struct live_timer *timer = earliest_timer(e);

    return timer && timer->record.at_ms < timers_now(e) ? timers_now(e) - timer->record.at_ms : 0;
}

/* Its id begins with when the store took it, by its own clock. */
static int64_t waits_ms(const struct engine *e, const struct inbox_entry *entry)
{
    struct str rest = str_of(entry ? entry->id : "");
    int64_t at_ms;
    struct error ignored;

    if (!parse_int(str_take_until(&rest, '-'), 0, INT64_MAX, &at_ms, &ignored) || at_ms > engine_store_now(e))
        return 0;
    return engine_store_now(e) - at_ms;
}

int64_t inputs_oldest(const struct engine *e)
{
    int64_t safe_ms = waits_ms(e, e->inbox_safe), others_ms = waits_ms(e, e->inbox);

    return safe_ms > others_ms ? safe_ms : others_ms;
}

static bool pick_timer(struct engine *e, struct arena *arena, struct input *ret)
{
    struct live_timer *timer = earliest_timer(e);

    if (!timer || timer->record.at_ms > timers_now(e))
        return false;
    *ret = (struct input){ .kind = INPUT_TIMER, .timer = timer, .operation = timer->record.operation };
    ret->id = arena_printf(arena, "timer:%s", timer->key);
    return true;
}

/* Cards are shown once more after a takeover, when nothing of the old owner can come late any more. */
static bool pick_reshow(struct engine *e, struct arena *arena, struct input *ret)
{
    const struct effect_kind *kind =
        effect_kind_find(e->config.effect_kinds, e->config.effect_kinds_count, EFFECT_CARD);
    struct live_operation *operation, *tmp;

    if (!kind || engine_mono(e) < e->owner_since_mono + kind->attempt_ms)
        return false;
    HASH_ITER(hh, e->operations, operation, tmp) {
        if (!operation->wants_reshow)
            continue;
        *ret = (struct input){ .kind = INPUT_RESHOW, .operation = operation->record.id };
        ret->id = arena_printf(arena, "reshow:%s", operation->record.id);
        return true;
    }
    return false;
}

/* The input that stands under a trying mark goes first: were another decided before it, and did that one crash us, the
 * mark would blame the innocent. */
static bool pick_marked(struct engine *e, struct arena *arena, struct input *ret)
{
    bool (*const picks[])(struct engine *, struct arena *, struct input *) = { pick_effect, pick_reading, pick_message,
                                                                               pick_timer, pick_reshow };

    if (!e->marked[0])
        return false;
    for (size_t i = 0; i < ARRAY_LEN(picks); i++)
        if (picks[i](e, arena, ret) && strcmp(ret->id, e->marked) == 0)
            return true;
    return (pick_item(e->inbox_safe, arena, ret) && strcmp(ret->id, e->marked) == 0) ||
           (pick_item(e->inbox, arena, ret) && strcmp(ret->id, e->marked) == 0);
}

bool inputs_next(struct engine *e, struct arena *arena, struct input *ret_input)
{
    if (e->phase == ENGINE_STOPPING) /* only what has already happened outside */
        return pick_effect(e, arena, ret_input);
    if (pick_marked(e, arena, ret_input))
        return true;
    return pick_item(e->inbox_safe, arena, ret_input) || pick_effect(e, arena, ret_input) ||
           pick_reading(e, arena, ret_input) || pick_message(e, arena, ret_input) || pick_timer(e, arena, ret_input) ||
           pick_item(e->inbox, arena, ret_input) || pick_reshow(e, arena, ret_input);
}

int64_t inputs_next_mono(const struct engine *e)
{
    const struct live_timer *timer = earliest_timer(e);
    int64_t next_mono = e->reads_in_flight > 0 && e->read_tenure == e->tenure ? INT64_MAX : e->read_again_mono;
    int64_t at_mono = timer ? engine_mono(e) + (timer->record.at_ms - timers_now(e)) : INT64_MAX;

    return at_mono < next_mono ? at_mono : next_mono;
}
