/* locked.h - a lock while it holds: what its machine hears of. Pure. */
#ifndef OPSGATE_HANDLERS_HOLD_LOCKED_H
#define OPSGATE_HANDLERS_HOLD_LOCKED_H

#include "bot/base/time.h"

#define LOCKED_REMIND "remind" /* the timer */
#define LOCKED_REMIND_MS (3 * HOUR_MS)
#define LOCKED_MESSAGE_TAKEN "lock.taken" /* body {by} */

#endif
