/* world_program.h - machines on which programs run: each started once, watched by its shim, stopped with its group.
 *
 * What bot/carrier/programs.h promises of one machine, with chance for what the programs do: they write a line a second, end well,
 * badly or not at all, and are gone when their machine goes down.
 */
#ifndef OPSGATE_SIMULATION_WORLD_PROGRAM_H
#define OPSGATE_SIMULATION_WORLD_PROGRAM_H

#include "bot/model/program.h"
#include "tests/simulation/world.h"

/* It runs now, or has run; whoever asks twice is told the same. */
void world_program_start(struct world *world, const char *machine, const char *run, const struct program_start *start);
bool world_program_is_there(const struct world *world, const char *machine, const char *run);
/* False: nothing is known of it on this machine. Its output lives in the arena. */
bool world_program_look(struct world *world, const char *machine, const struct program_look *look,
                        struct arena *arena, struct program_progress *ret_progress);
bool world_program_stop(struct world *world, const char *machine, const char *run); /* false: it does not run */

void world_lose_programs(struct world *world);   /* some machine goes down: what ran there is lost */
void world_forget_programs(struct world *world); /* somebody removes what is known of those that were followed */

/* A call that no network carries, for the log and for who watches it. */
struct logged_call *world_begin_work(struct world *world, const struct world_sender *sender, const char *method,
                                     const char *url);
void world_end_work(const struct world *world, struct logged_call *log);

#endif
