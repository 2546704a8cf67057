#include "tests/simulation/scheduler.h"

#include <string.h>

#define ACTORS_MAX 4096

struct event {
    int64_t at_ms;
    int64_t due_ms; /* when it would have been, had its actor not been paused */
    uint64_t order; /* among those of one instant */
    unsigned actor;
    event_fn on_event;
    void *arg;
    void (*release)(void *);
};

struct actor {
    int64_t paused_until_ms;
    bool is_gone;
};

struct scheduler {
    int64_t now_ms;
    uint64_t order;
    struct dice dice;
    struct event *heap;
    size_t count, room;
    struct actor actors[ACTORS_MAX];
};

uint64_t dice_next(struct dice *dice) /* splitmix64 */
{
    uint64_t z = dice->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

int64_t dice_between(struct dice *dice, int64_t low, int64_t high)
{
    return low + (int64_t)(dice_next(dice) % (uint64_t)(high - low + 1));
}

size_t dice_weighted(struct dice *dice, int64_t (*weight_of)(size_t row), size_t rows)
{
    int64_t sum = 0, at;
    size_t row = 0;

    for (size_t i = 0; i < rows; i++)
        sum += weight_of(i);
    for (at = dice_between(dice, 0, sum - 1); at >= weight_of(row); row++)
        at -= weight_of(row);
    return row;
}

bool dice_hit(struct dice *dice, int64_t per_mille)
{
    return dice_between(dice, 0, 999) < per_mille;
}

struct scheduler *scheduler_create(uint64_t seed)
{
    struct scheduler *scheduler = xcalloc(1, sizeof(*scheduler));

    scheduler->dice.state = seed * UINT64_C(0xD1342543DE82EF95) + 1;
    return scheduler;
}

static void release(const struct event *event)
{
    if (event->release)
        event->release(event->arg);
}

void scheduler_destroy(struct scheduler *scheduler)
{
    if (!scheduler)
        return;
    for (size_t i = 0; i < scheduler->count; i++)
        release(&scheduler->heap[i]);
    free(scheduler->heap);
    free(scheduler);
}

int64_t scheduler_now_ms(const struct scheduler *scheduler)
{
    return scheduler->now_ms;
}

struct dice *scheduler_dice(struct scheduler *scheduler)
{
    return &scheduler->dice;
}

static bool is_before(const struct event *a, const struct event *b)
{
    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms;
    return a->due_ms < b->due_ms || (a->due_ms == b->due_ms && a->order < b->order);
}

static void push(struct scheduler *scheduler, struct event event)
{
    size_t at = scheduler->count++;

    if (at == scheduler->room) {
        scheduler->room = scheduler->room ? scheduler->room * 2 : 64;
        scheduler->heap = xrealloc(scheduler->heap, scheduler->room * sizeof(event));
    }
    for (; at > 0 && is_before(&event, &scheduler->heap[(at - 1) / 2]); at = (at - 1) / 2)
        scheduler->heap[at] = scheduler->heap[(at - 1) / 2];
    scheduler->heap[at] = event;
}

static struct event pop(struct scheduler *scheduler)
{
    struct event first = scheduler->heap[0], last = scheduler->heap[--scheduler->count];
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= scheduler->count)
            break;
        if (child + 1 < scheduler->count && is_before(&scheduler->heap[child + 1], &scheduler->heap[child]))
            child++;
        if (!is_before(&scheduler->heap[child], &last))
            break;
        scheduler->heap[at] = scheduler->heap[child];
        at = child;
    }
    scheduler->heap[at] = last;
    return first;
}

void scheduler_after(struct scheduler *scheduler, int64_t delay_ms, unsigned actor, event_fn on_event, void *arg,
                     void (*free_arg)(void *))
{
    int64_t at_ms = scheduler->now_ms + (delay_ms > 0 ? delay_ms : 0);

    push(scheduler, (struct event){ .at_ms = at_ms,
                                    .due_ms = at_ms,
                                    .order = scheduler->order++,
                                    .actor = actor,
                                    .on_event = on_event,
                                    .arg = arg,
                                    .release = free_arg });
}

int64_t scheduler_next_ms(const struct scheduler *scheduler)
{
    return scheduler->count > 0 ? scheduler->heap[0].at_ms : INT64_MAX;
}

bool scheduler_step(struct scheduler *scheduler)
{
    struct event event;
    struct actor *actor;

    if (scheduler->count == 0)
        return false;
    event = pop(scheduler);
    actor = &scheduler->actors[event.actor];
    if (event.at_ms > scheduler->now_ms)
        scheduler->now_ms = event.at_ms;
    if (event.actor != 0 && actor->is_gone) {
        release(&event);
    } else if (event.actor != 0 && actor->paused_until_ms > scheduler->now_ms) {
        event.at_ms = actor->paused_until_ms; /* what was due first is told first */
        push(scheduler, event);
    } else {
        event.on_event(event.arg);
    }
    return true;
}

void scheduler_pause(struct scheduler *scheduler, unsigned actor, int64_t for_ms)
{
    scheduler->actors[actor].paused_until_ms = scheduler->now_ms + for_ms;
}

bool scheduler_is_paused(const struct scheduler *scheduler, unsigned actor)
{
    return scheduler->actors[actor].paused_until_ms > scheduler->now_ms;
}

void scheduler_forget(struct scheduler *scheduler, unsigned actor)
{
    scheduler->actors[actor].is_gone = true;
}
