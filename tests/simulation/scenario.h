/* scenario.h - one seed's life of a house: instances, people, weather, and in the end quiet.
 *
 * Everything derives from the seed. Some instances share a store and a world; people type; things go wrong; then all is
 * calm and time passes. The ledger says whether what must hold held.
 */
#ifndef OPSGATE_SIMULATION_SCENARIO_H
#define OPSGATE_SIMULATION_SCENARIO_H

#include "tests/simulation/ledger.h"
#include "tests/simulation/weather.h"

struct scenario_totals { /* summed over scenarios */
    uint64_t scenarios, virtual_ms;
    struct ledger_counts counts;
    uint64_t calls; /* that left for the world */
    uint64_t faults[FAULT_COUNT];
    uint64_t branches[TWIN_BRANCH_COUNT];
};

struct scenario_options {
    uint64_t seed;
    bool wants_story; /* prints its last lines when the ledger complains, or all when `whole_story` */
    bool whole_story;
};

/* False: an invariant did not hold; `ret_complaint` (room for 512) says which. */
bool scenario_run(const struct scenario_options *options, struct scenario_totals *totals, char *ret_complaint);

#endif
