/* lock.h - `lock`, `unlock`, `locks`: a person holds a place for a while, and says why.
 *
 * States: locked; then unlocked, expired or taken (by `lock ... --steal`, of which the owner is told). Every three hours
 * the owner is reminded of one without an end. Who has it may hand it over (`lock ... --to`), and is looked after: of an owner
 * who left those are told who can end it or take it, and it holds on until one of them does.
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
    const struct principal *owner;     /* it was handed over to; NULL: whoever asked for it has it still */
    bool deactivated;                  /* the owner's account in Slack, when it was read the last time */
    bool is_left;                      /* the owner left, and those were told who can do something about it */
};
extern const struct shape lock_body_shape;

struct lock_arguments { /* what the words of `lock` mean */
    struct lock_body body;
    bool steals;
    const struct principal *to; /* hand over the lock that is there; or NULL */
};

extern const struct verb verb_lock, verb_unlock, verb_locks;
extern const struct machine machine_lock;

#endif
