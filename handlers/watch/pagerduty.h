/* pagerduty.h - is PagerDuty still telling us, and what is open there? Looked at after each start, and every few minutes.
 *
 * After three webhooks that were answered 4xx PagerDuty silences a subscription for a day, and what it would have told is
 * lost. One operation, "watch.pagerduty", is always at work where `pagerduty.subscriptions` names those that lead here: it
 * says when one does not deliver, enables a silenced one again (one that a person switched off stays off), and reads the
 * open incidents after such a gap, or after more than the two days for which PagerDuty tries again. What they are then and
 * were not by what was told stands in the journal, and incidents of ours open by it, or follow it, as by a webhook. Where a
 * rule asks for incidents it stands without subscriptions, too, and reads the open ones each time: policy has to know that
 * none is open, and when that was so (handlers/facts.h). It has one state, so that looking leaves nothing in the journal.
 */
#ifndef OPSGATE_HANDLERS_WATCH_PAGERDUTY_H
#define OPSGATE_HANDLERS_WATCH_PAGERDUTY_H

#include "bot/model/listener.h"
#include "bot/model/pagerduty.h"
#include "bot/model/verb.h"

struct pagerduty_watched { /* a subscription */
    const char *id;
    const char *trouble; /* "silenced", "switched off", "not there"; NULL: it delivers */
    int64_t since_ms;    /* the store's clock: when the trouble was found */
    bool is_refused;     /* it could not be enabled again, and that was said */
};
struct pagerduty_open { /* an incident, as it was last told or read */
    const char *id, *status;
    const char *urgency, *service, *priority; /* "high", "PSVC001", "P1"; or NULL */
};
struct pagerduty_watch {
    struct pagerduty_watched *subscriptions;
    size_t subscriptions_count;
    struct pagerduty_open *incidents;
    size_t incidents_count;
    bool has_read;         /* incidents are complete, but for what was never told */
    bool is_cut;           /* more are open than they hold */
    int64_t incidents_at_ms; /* the store's clock, when they were last read; 0: never */
    bool is_gap;           /* something may not have been told: they are to be read */
    bool is_at_work;       /* a look is under way, */
    bool has_failed;       /* and some of it has failed */
    int64_t enabling;      /* effects that are out */
    bool has_heard;        /* of an incident, while they are being read: what was read may be older */
    int64_t rereads;       /* so often because of that */
    int64_t looked_at_ms;  /* the store's clock, when the subscriptions were last seen; 0: never */
    const char *problem;   /* why a look failed, and none ended well since; or NULL */
};
extern const struct shape pagerduty_watch_shape;

extern const struct machine machine_pagerduty_watch;

/* A listener's: of each incident it hears how it stands. */
bool pagerduty_watch_hears(const struct view *view, const struct operation *operation, const struct outside_event *event);

#endif
