/* adopted.h - a rollback that was done while no store answered becomes part of the record: nothing outside is changed.
 *
 * Policy is not asked: it has happened. The operation has ended as it begins, unless its process was killed after it had
 * asked Cloud Run to change the traffic: then it looks at what serves, for as long as a late change may still arrive, and
 * says what happened. The target's good and bad versions follow, unless something newer was done there meanwhile; that, and
 * what did not end well, leaves the target in doubt. What never sent a change leaves the target as it is recorded, unless it
 * saw something: that nothing had to be changed, or that somebody else had moved the traffic.
 *
 * Who was asked for there before the act is turned away, as by any rollback; unless something newer was done there.
 *
 * What the last owner did for an operation of the record (`act.operation`) is told to that one, while it runs: nothing begins.
 *
 * Its body keeps who is meant (`act`: name, id, host, when): people know it as W3.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_ADOPTED_H
#define OPSGATE_HANDLERS_ROLLBACK_ADOPTED_H

#include "bot/model/verb.h"
#include "bot/model/without_store.h"

extern const struct verb verb_adopted;

void adopted_journal(const struct without_store_act *act, struct outcome *out);

#endif
