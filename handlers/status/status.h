/* status.h - `status`: what runs where, what is on its way, and how it is; `status D1042`: how one operation stands.
 *
 * What opsgate's own record knows is answered at once. What is asked of others (Cloud Run, the service itself, Prometheus)
 * makes it an operation that only looks: it has one state, "looking"; every source is asked as soon as it can be, each with
 * a limit of its own, and when all have answered, or the last limit is over, the person gets one answer and the operation
 * is forgotten. A source that fails is told in its own words and hides no other; each is told with its age.
 */
#ifndef OPSGATE_HANDLERS_STATUS_H
#define OPSGATE_HANDLERS_STATUS_H

#include "bot/model/verb.h"

#define STATUS_PLACES_MAX 8 /* asked about by one look; a place is a service in a region */

extern const struct verb verb_status;
extern const struct machine machine_status;

#endif
