/* zones.h - the time zones of this machine's tz database, by name: each file read once, when it is first asked for.
 *
 * A name is looked up below /usr/share/zoneinfo and nowhere else, whatever TZDIR says; one that leads out of it, or that
 * is no zone (a table, "posix/..."), is not found. What was read stays as it is: a new tz database counts from the next
 * configuration on. On the thread of the arena.
 */
#ifndef OPSGATE_ZONES_H
#define OPSGATE_ZONES_H

#include "policy/zone.h"

struct zones zones_create(struct arena *arena); /* they live in the arena */

#endif
