/* health.h - GET /health/... and /metrics: is it alive, can it answer every sender, what does it do.
 *
 * live: the loop turns; Redis does not matter. ready: this instance answers every sender in its own way; a standby is
 * ready, and so is one whose store is down; starting, stopping and a store that is not ours are not. startup: ready once.
 * detailed: JSON for admins (an API token, or the local socket). metrics: Prometheus text format 0.0.4.
 */
#ifndef OPSGATE_HEALTH_H
#define OPSGATE_HEALTH_H

#include "bot/carrier/carrier.h"
#include "bot/engine/engine.h"
#include "bot/doors/ingress.h"

struct audit_copy; /* bot/audit/copy.h */
struct metrics;    /* bot/metrics/metrics.h */
struct socket_mode;

struct health { /* what is asked of; borrowed, kept by serve, members NULL until they exist */
    const struct settings *settings;
    const struct engine *engine;
    const struct ingress *ingress;
    const struct carrier_shell *carrier;
    const struct replies *replies;
    const struct http_in *http_in;
    const struct socket_mode *socket_mode; /* NULL: none is configured */
    const struct store_redis *store;
    const struct store_probe *probe;
    const struct audit_copy *audit_copy;
    struct metrics *metrics;
    const char *instance;
    int64_t started_mono;
    struct loop *loop;
    bool is_stopping;
    bool was_ready;
};

bool health_is_ready(struct health *health);
struct http_routes health_routes(struct health *health);

#endif
