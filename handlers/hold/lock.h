/* lock.h - `lock`, `unlock`, `locks`: a person holds a place for a while, and says why.
 *
 * States: locked; then unlocked, expired or taken (by `lock ... --steal`, of which the owner is told). Every three hours
 * the owner is reminded of one without an end.
 */
#ifndef OPSGATE_HANDLERS_HOLD_LOCK_H
#define OPSGATE_HANDLERS_HOLD_LOCK_H

#include "bot/model/verb.h"

enum lock_blocks { LOCK_DEPLOYS, LOCK_ALL };
extern const char *const lock_blocks_names[]; /* "deploy", "all"; NULL-terminated */

struct lock_body {
    const char *service, *environment; /* as struct hold_place */
    const char *reason;                /* the owner's own words */
    int64_t blocks;                    /* enum lock_blocks. Deploys: of everybody but the owner. All: what changes
                                        * something, but the safe direction, of everybody */
    int64_t until_ms;                  /* steady clock; 0: until somebody unlocks it */
    int64_t reminders;                 /* made so far */
};
extern const struct shape lock_body_shape;

extern const struct verb verb_lock, verb_unlock, verb_locks;
extern const struct machine machine_lock;

#endif
