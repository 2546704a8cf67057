/* replicas.h - waits until what Redis has answered is on N replicas too.
 *
 * A connection of its own: WAIT would delay whatever is pipelined behind it. Each round sends PING and then WAIT, since
 * WAIT waits for what its own connection saw, and a PING makes that everything up to now; a bare WAIT would answer at
 * once for nothing. What another run of a server has answered is nothing that this one can wait for: after a failover it
 * may never have had it. Who comes while a round is under way joins the next one. Loop thread only.
 */
#ifndef OPSGATE_SHELL_REPLICAS_H
#define OPSGATE_SHELL_REPLICAS_H

#include "bot/shell/redis.h"

#define REPLICAS_WAIT_MS INT64_C(800)

struct replicas;
struct replicas *replicas_create(const struct redis_options *options, int64_t wanted); /* options are borrowed */
void replicas_destroy(struct replicas *replicas); /* nobody is told any more; NULL is fine */

/* on_waited runs once, later, in the order of the calls. has_arrived: at least `wanted` replicas have all that the server
 * `server_id` (redis_server_id) had answered when this was called. */
typedef void (*replicas_waited_fn)(void *arg, bool has_arrived);
void replicas_wait(struct replicas *replicas, const char *server_id, replicas_waited_fn on_waited, void *arg);

#endif
