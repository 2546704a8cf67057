/* adopted.h - a rollback that was done while no store answered becomes part of the record: nothing outside is changed.
 *
 * Policy is not asked: it has happened. The operation has ended as it begins, unless its process was killed after it had
 * asked Cloud Run to change the traffic: then it looks at what serves, for as long as a late change may still arrive, and
 * says what happened. The target's good and bad versions follow, unless a newer version was good there meanwhile; that, and
 * what did not end well, leaves the target in doubt.
 *
 * Its body keeps who is meant (`act`: name, id, host, when): people know it as W3.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_ADOPTED_H
#define OPSGATE_HANDLERS_ROLLBACK_ADOPTED_H

#include "bot/model/verb.h"

extern const struct verb verb_adopted;

#endif
