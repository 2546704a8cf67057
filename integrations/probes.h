/* probes.h - probes: so many GETs at a revision's own address, one after the other. Pure. */
#ifndef OPSGATE_INTEGRATIONS_PROBES_H
#define OPSGATE_INTEGRATIONS_PROBES_H

#include "bot/model/exchange.h"

#define PROBE_BODY_MAX_BYTES (1024 * 1024) /* a larger answer is none: nobody waits for its end */

struct exchange_step probes_read(const struct exchange *exchange); /* READING_PROBES */

#endif
