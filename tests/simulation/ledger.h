/* ledger.h - the general invariants: what must hold whatever happens, and whatever fault is planted.
 *
 * The ledger watches three things and nothing else: what the store's twin writes, what leaves for the world and changes
 * it, and what people were told. It knows neither the engine's memory nor which fault is planted. The first thing that
 * does not hold is kept, in a sentence.
 */
#ifndef OPSGATE_SIMULATION_LEDGER_H
#define OPSGATE_SIMULATION_LEDGER_H

#include "bot/model/effect.h"
#include "tests/simulation/sim_store.h"
#include "tests/simulation/story.h"
#include "tests/simulation/world.h"

struct ledger;

struct ledger_options { /* borrowed for the ledger's whole life */
    struct scheduler *scheduler;
    struct story *story;
    const struct effect_kind *effect_kinds;
    size_t effect_kinds_count;
};

struct ledger *ledger_create(const struct ledger_options *options);
void ledger_destroy(struct ledger *ledger);
AUTO_DEFINE(ledger)

struct twin_watch ledger_twin_watch(struct ledger *ledger);
struct world_watch ledger_world_watch(struct ledger *ledger);

/* A person has read this as the answer to the request that waits at `connection`. */
void ledger_told(struct ledger *ledger, const char *connection, const char *text);
/* From here on the store is not the one that was watched: nothing may be written to it, and soon nothing may leave. */
void ledger_store_is_lost(struct ledger *ledger);

/* When all is calm and enough time has passed: everything has come to its end. */
void ledger_check_end(struct ledger *ledger, const struct twin *twin);

size_t ledger_stuck(const struct ledger *ledger); /* operations that are left to people: they stay */

bool ledger_is_good(const struct ledger *ledger);
const char *ledger_complaint(const struct ledger *ledger); /* which invariant, and how; "" while all is good */

struct ledger_counts {
    uint64_t accepted, operations, effects, commits, entries;
};
struct ledger_counts ledger_counts(const struct ledger *ledger);

#endif
