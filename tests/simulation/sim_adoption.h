/* sim_adoption.h - the store was lost, everybody has refused what came back: an operator adopts it, and confirms it later. */
#ifndef OPSGATE_SIMULATION_SIM_ADOPTION_H
#define OPSGATE_SIMULATION_SIM_ADOPTION_H

#include "tests/simulation/scenario_internal.h"

/* Twice, and the second time of the very same copy. What must hold, and does not, is written into ret_complaint (512 bytes).
 * The ledger knows nothing of the store that is adopted: it is not asked any more afterwards. */
void sim_adoption(struct scenario *s, char *ret_complaint);

#endif
