/* sim_store.h - the twin behind a network: struct store for each instance, with everything that can go wrong between.
 *
 * Calls of one connection arrive in the order they were sent (unless the weather says otherwise), those of different
 * connections in any. A call that is told UNAVAILABLE happened, did not happen, or happens later.
 */
#ifndef OPSGATE_SIMULATION_SIM_STORE_H
#define OPSGATE_SIMULATION_SIM_STORE_H

#include "tests/simulation/scheduler.h"
#include "tests/simulation/twin.h"
#include "tests/simulation/weather.h"

struct sim_store; /* the one store of a world */
struct sim_link;  /* one instance's way to it; stays until the store goes, so that what was sent can still arrive */

struct sim_store *sim_store_create(struct scheduler *scheduler, struct weather *weather, uint64_t *branches);
void sim_store_destroy(struct sim_store *sim);
AUTO_DEFINE(sim_store)

struct twin *sim_store_twin(struct sim_store *sim); /* its clock is right after each event */
int64_t sim_store_unix_ms(const struct sim_store *sim);
void sim_store_jump(struct sim_store *sim, int64_t by_ms); /* its clock */
void sim_store_replace(struct sim_store *sim,
                       struct twin *twin); /* takes it: a restart with other data; drops connections */

/* `actor` is just being told what the store's clock said at `at_ms`, in answer to a call that it sent then (virtual). */
typedef void (*sim_heard_fn)(void *ctx, int64_t sent_ms, int64_t at_ms);
struct sim_link *sim_link_create(struct sim_store *sim, unsigned actor, sim_heard_fn on_heard, void *ctx);
struct store *sim_link_store(struct sim_link *link); /* borrowed */
/* The instance is gone: nothing is told any more. What was sent may still arrive, unless `before_sending`. */
void sim_link_cut(struct sim_link *link, bool before_sending);
size_t sim_link_commits_out(const struct sim_link *link);

#endif
