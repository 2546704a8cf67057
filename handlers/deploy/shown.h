/* shown.h - which numbers stand on the card. Pure.
 *
 * A step is looked at every few seconds, and Slack lets a bot change messages some fifty times a minute, all of them
 * together. So numbers alone change the card every ten seconds at most; in a step of less than a minute, which somebody
 * watches, with each look. The more rollouts are looked at, the seldomer each of them: all together thirty times a minute,
 * which leaves the rest to what people wait for. Whatever else changes is shown at once, and the newest numbers with it.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_SHOWN_H
#define OPSGATE_HANDLERS_DEPLOY_SHOWN_H

#include "handlers/deploy/deploying.h"

void shown_refresh(struct deploying *d); /* before the body is written */

/* Of what was decided: it changes nothing on the card but numbers, so that whatever else is to be shown may go first. */
bool shown_can_wait(const struct deploying *d, const struct deploy_body *before);

struct numbers {
    int64_t observed_ms;
    const char *verdict_why;         /* or NULL */
    const struct measured *measured; /* of the body; at_ms 0: nothing was measured yet */
    const struct deploy_probed *probed; /* likewise; NULL: no probe was asked for */
};
struct numbers shown_numbers(const struct operation *operation, const struct deploy_body *body);

#endif
