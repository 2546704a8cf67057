/* program_runs.h - the directories that programs ran in, one for each run. Any thread. */
#ifndef OPSGATE_PROGRAM_RUNS_H
#define OPSGATE_PROGRAM_RUNS_H

#include "bot/base/arena.h"

#include <stdbool.h>

bool program_runs_is_name(const char *run); /* an outside id, and nothing that leads out of the directory of all */

/* Removes all but the newest `kept`, and never one whose program runs. What somebody else put there stays. */
void program_runs_sweep(const char *directory_of_all, size_t kept, struct arena *arena);

#endif
