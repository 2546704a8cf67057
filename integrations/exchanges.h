/* exchanges.h - which exchange carries which kind of effect or reading: one row each.
 *
 * The carrier and the simulation look here. EFFECT_REPLY's row is its way by response_url; the connection that waits is
 * tried by the carrier before it.
 */
#ifndef OPSGATE_INTEGRATIONS_EXCHANGES_H
#define OPSGATE_INTEGRATIONS_EXCHANGES_H

#include "bot/model/exchange.h"

struct exchange_row {
    const char *kind; /* EFFECT_..., READING_... */
    const char *peer; /* for logs and for people: "Slack", "Cloud Run" */
    exchange_fn step;
};

extern const struct exchange_row exchange_rows[];
extern const size_t exchange_rows_count;

const struct exchange_row *exchanges_find(const char *kind); /* NULL when nothing carries this kind */

#endif
