/* refused.h - webhooks that could not be verified are told aloud: how many, since when, and what to do.
 *
 * One operation, "watch.refused", is always at work where PagerDuty or Alertmanager is configured and there is a channel to
 * say it in. It hears of them from whichever instance refused them (bot/doors/refused.h), which tells seldom.
 */
#ifndef OPSGATE_HANDLERS_WATCH_REFUSED_H
#define OPSGATE_HANDLERS_WATCH_REFUSED_H

#include "bot/model/listener.h"
#include "bot/model/verb.h"

struct refused_watch {
    int64_t said; /* so often it told people */
};
extern const struct shape refused_watch_shape;

extern const struct machine machine_refused_watch;

bool refused_watch_hears(const struct view *view, const struct operation *operation, const struct outside_event *event);

#endif
