/* failover.h - `failover`: a database's primary moves to another machine, to its standby or to its replica.
 *
 * `failover` alone and `failover DATABASE` only look (look.c): they read, and tell what would be lost, by when it would
 * be over, and the line to type. With the name typed once more it is asked for, and an operation begins:
 *
 *   looking            read, and judged as the preflight is; whoever asked is answered
 *   awaiting-approval  what policy requires of people (approving.c)
 *   queued             in line for the database, one at a time
 *   checking           read and judged anew: what has become worse since it was accepted stops it
 *   sending            the one call
 *   seeking            its answer was lost: did it begin? Looked for, never sent again
 *   asking             nothing can tell: a person decides, and it is still looked for
 *   following          Google is at it
 *   verifying          another primary serves, and so do the services that need it
 *
 * What is accepted to be lost stands in the plan, which is in the record from the beginning: people consent to that.
 */
#ifndef OPSGATE_HANDLERS_FAILOVER_H
#define OPSGATE_HANDLERS_FAILOVER_H

#include "bot/model/verb.h"

extern const struct verb verb_failover;
extern const struct machine machine_failover, machine_failover_look;

#endif
