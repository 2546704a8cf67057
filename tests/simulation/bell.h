/* bell.h - a verb, its machine and an effect that only the simulation has.
 *
 * `ring` waits on a timer, rings a bell that nothing can tell about afterwards (DOUBT_ASK), and posts two messages into
 * one lane. So what the first real verbs do not use yet is under test from the start.
 */
#ifndef OPSGATE_SIMULATION_BELL_H
#define OPSGATE_SIMULATION_BELL_H

#include "bot/model/verb.h"
#include "integrations/exchanges.h"

#define EFFECT_RING "sim.ring"

extern const struct verb verb_ring;
extern const struct machine machine_ring;
extern const struct effect_kind ring_kind;
extern const struct exchange_row ring_row;

#endif
