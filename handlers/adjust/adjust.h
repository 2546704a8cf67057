/* adjust.h - `scale` and `traffic`: one change of a service on Cloud Run that makes no revision, looked at before and
 * after.
 *
 * - looking: what is so now? Whoever only asked how it stands, or what would be, is answered here, and it has ended
 * - comparing (traffic): are the named revisions there, and ready?
 * - awaiting-approval: policy says yes if people consent; what they consent to changes no more
 * - queued (traffic): the target is asked for
 * - changing: from exactly what was seen. Anything else by then is somebody else's, and is left alone
 * - verifying: until Cloud Run shows it; a change that nobody answered for is looked for here, too
 * - done, failed, refused, aborted
 *
 * Traffic takes the target, as every operation does that moves some. Scaling does not: no rollout touches it, so it
 * need not wait for one, nor a rollout for it; of one service only one is scaled at a time.
 */
#ifndef OPSGATE_HANDLERS_ADJUST_ADJUST_H
#define OPSGATE_HANDLERS_ADJUST_ADJUST_H

#include "bot/model/verb.h"

extern const struct verb verb_scale, verb_traffic;
extern const struct machine machine_adjust;

#endif
