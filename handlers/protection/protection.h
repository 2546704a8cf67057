/* protection.h - `block`, `unblock`, `blocks`, `ddos`: what Cloud Armor keeps away from the services, and for how long.
 *
 * - looking: the policy is read. Whoever only asked what would be, and whoever is refused, is answered here
 * - awaiting-approval: policy says yes if people consent
 * - changing: one change: a rule added or taken away, or the adaptive protection switched
 * - verifying: until the policy shows it; what nobody answered for is looked for here, too
 * - unseen (block): for minutes nobody could see whether it stands; it is looked for on, and its end comes all the same
 * - blocked (block): it stands until its time is over, or somebody asks for its end
 * - removing, leaving: its rule goes, if it still is what it was; until it is seen to be gone
 * - overdue: it could not be taken away; tried again, and people are told
 * - done, failed, refused, aborted
 *
 * A block is one operation from its beginning to its end, so its end is a timer in the store: kept through a crash and
 * a take-over, and late only by as long as no opsgate was there. No lock and no halt holds any of these: a block raises
 * nobody's share of anything, an outage is when it is needed, and whoever blocked the wrong ones has to take that back
 * during it.
 */
#ifndef OPSGATE_HANDLERS_PROTECTION_PROTECTION_H
#define OPSGATE_HANDLERS_PROTECTION_PROTECTION_H

#include "bot/model/verb.h"

extern const struct verb verb_block, verb_unblock, verb_blocks, verb_ddos;
extern const struct machine machine_protection, machine_blocks;

#endif
