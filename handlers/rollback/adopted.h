/* adopted.h - a rollback that was done while no store answered becomes part of the record: nothing outside is touched.
 *
 * Its operation has ended as it begins. Policy is not asked: it has happened. The target's good and bad versions follow what
 * the act says, unless a newer version was good there meanwhile; that, and an act that never told its end, leaves the target in
 * doubt.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_ADOPTED_H
#define OPSGATE_HANDLERS_ROLLBACK_ADOPTED_H

#include "bot/model/verb.h"

extern const struct verb verb_adopted;

#endif
