/* facts.h - what policy is told of the world: the time, who is in which group, and what is open. Pure.
 *
 * Incidents are PagerDuty's, as watch/pagerduty knows them; `incidents.open_on` says how bad each is, and one that no row of it
 * matches is none here. They are known for as long as they were read at most two watches and five minutes ago: nothing that
 * is older says that none is open. Without PagerDuty, or where nothing of it is an incident, none is.
 */
#ifndef OPSGATE_HANDLERS_FACTS_H
#define OPSGATE_HANDLERS_FACTS_H

#include "bot/model/facts.h"
#include "bot/model/view.h"

/* Of the thing that is asked for nothing is known yet: whoever asks fills that in. Borrowed from the view and its arena. */
struct facts facts_of_view(const struct view *view);

#endif
