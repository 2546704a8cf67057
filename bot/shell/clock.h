/* clock.h - the real clock and the real dice: CLOCK_BOOTTIME, CLOCK_REALTIME, getrandom(2). Safe on any thread. */
#ifndef OPSGATE_SHELL_CLOCK_H
#define OPSGATE_SHELL_CLOCK_H

#include "bot/engine/clock.h"

int64_t clock_mono_ns(void);     /* CLOCK_MONOTONIC: to measure how long something took */
struct clock clock_system(void); /* needs no release; ctx is NULL */

#endif
