/* carrier.h - the engine's carrier in the real world: exchanges over HTTP, replies to the connections that wait.
 *
 * One attempt or reading is one run of an exchange (bot/carrier/exchange_run.h); calls go out by http_out, signed by credentials.
 * A host that failed several times in a row is left alone for some seconds (a circuit breaker per host). Loop thread only.
 */
#ifndef OPSGATE_CARRIER_H
#define OPSGATE_CARRIER_H

#include "bot/base/histogram.h"
#include "bot/carrier/credentials.h"
#include "bot/engine/carrier.h"
#include "bot/doors/replies.h"
#include "bot/shell/http_out.h"
#include "bot/shell/store_redis.h"

struct breaker; /* bot/carrier/breaker.h */
struct carrier_shell;
struct reloaded; /* bot/model/reload.h */

struct carrier_options { /* all borrowed */
    struct loop *loop;
    struct http_out *http_out;
    struct replies *replies;
    struct store_redis *store; /* to reach the instance that holds a connection */
    const struct settings *settings;
    const struct credential_source *credentials;
    const char *instance;
    /* Reads the configuration again, for this operation; what it tells may live in the arena. NULL: that is not done here. */
    void (*reload)(void *arg, const char *operation, struct arena *arena, struct reloaded *ret_reloaded);
    void *reload_arg;
};

struct carrier_shell *carrier_create(const struct carrier_options *options);
void carrier_destroy(struct carrier_shell *carrier); /* behind the store, which would answer what is gone */
static inline void auto_carrier_destroy(struct carrier_shell **carrier)
{
    carrier_destroy(*carrier);
}

struct carrier carrier_interface(struct carrier_shell *carrier); /* valid while `carrier` lives */

/* What another instance told ours: a reply to deliver, or that it delivered one of ours. */
void carrier_told(struct carrier_shell *carrier, struct str message);

/* What begins from now on is done by these; what is under way goes on by those that it began with. */
void carrier_reconfigure(struct carrier_shell *carrier, const struct settings *settings);
bool carrier_keeps_settings(const struct carrier_shell *carrier); /* is anything under way that may still read them? */

struct carrier_counts {
    uint64_t calls, failures; /* of exchanges, since the start */
    size_t in_flight;
    size_t waiting; /* for the store's answer */
};
struct carrier_counts carrier_counts(const struct carrier_shell *carrier);

/* How long attempts and readings took, from their beginning to their end, by their kind. Borrowed. */
const struct histograms *carrier_times(const struct carrier_shell *carrier);
/* The breaker of the carrier: which hosts are left alone. Borrowed. */
const struct breaker *carrier_breaker(const struct carrier_shell *carrier);

#endif
