/* shown.h - which numbers stand on the card. Pure.
 *
 * A step is looked at every few seconds, and Slack lets a bot change messages some fifty times a minute, all of them
 * together. So numbers alone change the card every ten seconds at most; in a step of less than a minute, which somebody
 * watches, with each look. Whatever else changes is shown at once, and the newest numbers with it.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_SHOWN_H
#define OPSGATE_HANDLERS_DEPLOY_SHOWN_H

#include "handlers/deploy/deploying.h"

void shown_refresh(struct deploying *d); /* before the body is written */

struct numbers {
    int64_t observed_ms;
    const char *verdict_why;         /* or NULL */
    const struct measured *measured; /* of the body; at_ms 0: nothing was measured yet */
};
struct numbers shown_numbers(const struct operation *operation, const struct deploy_body *body);

#endif
