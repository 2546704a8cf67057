/* facts.h - what policy is told of the world: the time, who is in which group, and what is open. Pure.
 *
 * What is open is what PagerDuty has open, as watch/pagerduty knows it, and our own incidents that nobody has resolved, whoever
 * opened them; the worst of both counts. `incidents.open_on` says how bad each of PagerDuty's is, and one that no row of it
 * matches is none here; ours is as bad as people say it is, and one that is worse by `open_on` stays that bad until PagerDuty
 * has it resolved. PagerDuty's are known for as long as they were read at most two watches and five minutes ago: nothing that
 * is older says that none is open. Without PagerDuty, or where nothing of it is an incident, only ours count.
 *
 * Where PagerDuty is not known, ours are: one of the worst severity settles it (KNOWN_YES), for nothing there can be worse. Of
 * any other nobody can tell whether a worse one is open (KNOWN_NOT), but that one this bad is: a rule that asks for that, or
 * less, is answered. So a deny never lapses for what could not be read, and an allow for incidents comes only with one.
 */
#ifndef OPSGATE_HANDLERS_FACTS_H
#define OPSGATE_HANDLERS_FACTS_H

#include "bot/model/facts.h"
#include "bot/model/view.h"

/* Of the thing that is asked for nothing is known yet: whoever asks fills that in. Borrowed from the view and its arena. */
struct facts facts_of_view(const struct view *view);

#endif
