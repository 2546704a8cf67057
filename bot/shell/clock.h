/* clock.h - the real clock and the real dice: CLOCK_BOOTTIME, CLOCK_REALTIME, getrandom(2). Safe on any thread. */
#ifndef OPSGATE_SHELL_CLOCK_H
#define OPSGATE_SHELL_CLOCK_H

#include "bot/engine/clock.h"

struct clock clock_system(void); /* needs no release; ctx is NULL */

#endif
