/* end_told.h - who asked for a deploy, and who consented to it, are told in its thread when it does not end well.
 *
 * Its card is changed silently, and the last thing that they heard of may be that consent was wanted. Told once, with the
 * decision that ends it, of what failed, and of what somebody else aborted or rolled back; the one who did that is not told.
 * Of what is refused or superseded whoever decides that speaks.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_END_TOLD_H
#define OPSGATE_HANDLERS_DEPLOY_END_TOLD_H

struct deploying;

void end_told(struct deploying *d); /* after each decision */

#endif
