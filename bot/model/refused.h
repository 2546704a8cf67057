/* refused.h - webhooks that could not be verified: an instance that refused some tells the owner, who tells people.
 *
 * To its sender such a webhook may be lost, and nobody looks into a log for what did not happen. Anybody can have one
 * refused: so it is their number that is told, and seldom.
 */
#ifndef OPSGATE_MODEL_REFUSED_H
#define OPSGATE_MODEL_REFUSED_H

#include "bot/model/inbox.h"
#include "bot/model/outside_event.h"

#define REFUSED_SOURCE "opsgate" /* of its inbox item, and of the event; no other door gives it */
#define REFUSED_KIND "webhooks.refused" /* and its name */

struct refused_webhooks {
    const char *sender; /* "pagerduty": what they said they were */
    int64_t times;
    int64_t since_ms;   /* unix: of the first of them */
    const char *why;    /* of the last one: quotes nothing of it */
    const char *advice; /* what a person may do: whole sentences */
};
extern const struct shape refused_webhooks_shape;

/* The event in an item of REFUSED_KIND. ERR_INVALID. Pure; any thread. */
bool refused_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                    struct error *err);

#endif
