/* lever.h - a verb, its machine and two effects that only the simulation has.
 *
 * `pull` raises a lever and soon lowers it, whether or not it has heard how the raising went: an increase stands in the
 * lane, or is out, while the decrease comes. The rollouts of production let go of theirs before; a lever does not.
 */
#ifndef OPSGATE_SIMULATION_LEVER_H
#define OPSGATE_SIMULATION_LEVER_H

#include "bot/model/verb.h"
#include "integrations/exchanges.h"

#define EFFECT_LEVER_UP "sim.lever.up"
#define EFFECT_LEVER_DOWN "sim.lever.down"

extern const struct verb verb_pull;
extern const struct machine machine_pull;
extern const struct effect_kind lever_kinds[2];
extern const struct exchange_row lever_rows[2];

#endif
