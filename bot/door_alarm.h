/* door_alarm.h - what refused webhooks have people know: a fact that is handed in to the owner (bot/model/refused.h).
 *
 * Any instance refuses them, and the owner alone speaks to people. It is handed in soon after the first one, so that a burst
 * is told as one, and then once an hour as long as there are more. For bot/door_*.c only.
 */
#ifndef OPSGATE_DOOR_ALARM_H
#define OPSGATE_DOOR_ALARM_H

#include "bot/doors.h"

struct door_alarms;

struct door_alarms *door_alarms_create(struct door *door);
void door_alarms_destroy(struct door_alarms *alarms);

/* One was refused. `source` and `advice` are constant, `why` is copied. */
void door_alarm_raise(struct door_alarms *alarms, const char *source, const char *why, const char *advice);

#endif
