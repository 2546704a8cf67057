/* scheduler.h - a world's time and chance: a virtual clock, events in order of time, dice from one seed.
 *
 * Nothing here asks the machine for anything: the same seed gives the same run. An event may belong to an actor; an
 * actor that is paused gets its events when it wakes, in order, and one that is gone never gets them.
 */
#ifndef OPSGATE_SIMULATION_SCHEDULER_H
#define OPSGATE_SIMULATION_SCHEDULER_H

#include "bot/base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};
uint64_t dice_next(struct dice *dice);
int64_t dice_between(struct dice *dice, int64_t low, int64_t high); /* both inclusive */
/* A row of so many, each as often as it weighs beside the others. */
size_t dice_weighted(struct dice *dice, int64_t (*weight_of)(size_t row), size_t rows);
bool dice_hit(struct dice *dice, int64_t per_mille);

struct scheduler;
typedef void (*event_fn)(void *arg);

struct scheduler *scheduler_create(uint64_t seed);
void scheduler_destroy(struct scheduler *scheduler); /* events that did not happen are released */
AUTO_DEFINE(scheduler)

int64_t scheduler_now_ms(const struct scheduler *scheduler); /* virtual, from 0, never back */
struct dice *scheduler_dice(struct scheduler *scheduler);

/* `release` (or NULL) frees arg if the event never happens. actor 0: nobody's. */
void scheduler_after(struct scheduler *scheduler, int64_t delay_ms, unsigned actor, event_fn on_event, void *arg,
                     void (*release)(void *));
bool scheduler_step(struct scheduler *scheduler);             /* the next event; false: there is none */
int64_t scheduler_next_ms(const struct scheduler *scheduler); /* when it will be; INT64_MAX: there is none */

void scheduler_pause(struct scheduler *scheduler, unsigned actor, int64_t for_ms);
bool scheduler_is_paused(const struct scheduler *scheduler, unsigned actor);
void scheduler_forget(struct scheduler *scheduler, unsigned actor); /* it is gone: its events never happen */

#endif
