/* slow.h - clients that take their time: each connects, promises a large body, and sends it a byte at a time, until it is
 * hung up on; then it comes again. */
#ifndef OPSGATE_TESTS_E2E_CRASH_SLOW_H
#define OPSGATE_TESTS_E2E_CRASH_SLOW_H

#include "bot/shell/loop.h"

struct slow;

struct slow *slow_create(struct loop *loop); /* lives until the process ends */
/* So many of them, at http://ADDRESS:PORT, in place of those before. */
void slow_aim(struct slow *slow, const char *url, size_t count);

#endif
