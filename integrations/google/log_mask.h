/* log_mask.h - a line of a log as it may be shown in a channel: without what looks like somebody's secret or address.
 *
 * What follows Authorization, Cookie, password, token and their like, as headers, JSON, forms, XML and languages write
 * it; tokens that are known by how they begin; private keys; user and password inside an address; JSON Web Tokens; and
 * e-mail addresses. It knows none of them by heart, so it hides too much rather than too little. (opsgate's own secrets
 * are masked by whoever holds them: bot/carrier/masked.c.) Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_LOG_MASK_H
#define OPSGATE_INTEGRATIONS_GOOGLE_LOG_MASK_H

#include "bot/base/arena.h"
#include "bot/base/str.h"

/* At most max_bytes, on a character, with "…" behind what was cut; control characters are spaces. */
const char *log_mask(struct str line, size_t max_bytes, struct arena *arena);

#endif
