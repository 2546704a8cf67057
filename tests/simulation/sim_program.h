/* sim_program.h - what bot/carrier/programs.h does for a carrier, over the world's machines. Pure but for the world. */
#ifndef OPSGATE_SIMULATION_SIM_PROGRAM_H
#define OPSGATE_SIMULATION_SIM_PROGRAM_H

#include "bot/engine/carrier.h"
#include "tests/simulation/world_program.h"

struct sim_program {
    const char *kind, *effect; /* effect: outside id; NULL for a reading */
    const cJSON *args;
    const char *machine;
    bool is_first_try, is_alone; /* alone: all instances are on one machine */
};

bool sim_program_carries(const char *kind);

/* Does it now. The end's texts and body live in the arena. */
struct attempt_end sim_program_carry(struct world *world, const struct sim_program *program, struct arena *arena);

#endif
