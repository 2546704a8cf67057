/* carrier.h - the engine's carrier in the real world: exchanges over HTTP, replies to the connections that wait.
 *
 * One attempt or reading is one run of an exchange (bot/exchange_run.h); calls go out by http_out, signed by credentials.
 * A host that failed several times in a row is left alone for some seconds (a circuit breaker per host). Loop thread only.
 */
#ifndef OPSGATE_CARRIER_H
#define OPSGATE_CARRIER_H

#include "bot/credentials.h"
#include "bot/engine/carrier.h"
#include "bot/replies.h"
#include "bot/shell/http_out.h"
#include "bot/shell/store_redis.h"

struct carrier_shell;

struct carrier_options { /* all borrowed */
    struct loop *loop;
    struct http_out *http_out;
    struct replies *replies;
    struct store_redis *store; /* to reach the instance that holds a connection */
    const struct settings *settings;
    const struct credential_source *credentials;
    const char *instance;
};

struct carrier_shell *carrier_create(const struct carrier_options *options);
void carrier_destroy(struct carrier_shell *carrier);
static inline void auto_carrier_destroy(struct carrier_shell **carrier)
{
    carrier_destroy(*carrier);
}

struct carrier carrier_interface(struct carrier_shell *carrier); /* valid while `carrier` lives */

/* What another instance told ours: a reply to deliver, or that it delivered one of ours. */
void carrier_told(struct carrier_shell *carrier, struct str message);

struct carrier_counts {
    uint64_t calls, failures; /* of exchanges, since the start */
    size_t in_flight;
};
struct carrier_counts carrier_counts(const struct carrier_shell *carrier);

#endif
