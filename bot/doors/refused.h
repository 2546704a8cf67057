/* refused.h - what refused webhooks have people know: a fact that is handed in to the owner (bot/model/refused.h).
 *
 * Any instance refuses them, and the owner alone speaks to people. It is handed in soon after the first one, so that a burst
 * is told as one, and then once an hour as long as there are more. For bot/doors/ only.
 */
#ifndef OPSGATE_DOOR_REFUSED_H
#define OPSGATE_DOOR_REFUSED_H

#include "bot/doors/doors.h"

struct door_refused;

struct door_refused *door_refused_create(struct door *door);
void door_refused_destroy(struct door_refused *all);

/* One was refused. `source` and `advice` are constant, `why` is copied. */
void door_refused_one(struct door_refused *all, const char *source, const char *why, const char *advice);

#endif
