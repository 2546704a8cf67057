/* outside_event.h - what happened outside and was told to us: a webhook, an event of Slack's, an alert.
 *
 * Decoded by the owner from an inbox item, by the codec of its source. Nobody asked for anything: policy is not asked. What
 * comes of it may be a request, and policy judges that one.
 */
#ifndef OPSGATE_MODEL_OUTSIDE_EVENT_H
#define OPSGATE_MODEL_OUTSIDE_EVENT_H

#include "bot/base/json.h"
#include "bot/model/principal.h"

struct outside_event {
    const char *id;     /* the delivery's, as its sender calls it */
    const char *source; /* "github", "pagerduty", "alertmanager", "slack", "api" */
    const char *name;   /* as the source names it: "release.published", "push", "incident.triggered", "alerts.firing" */
    const char *subject; /* what it is about, the same in all that tell of it: "acme/platform/releases/991", "PINC001" */
    const char *meaning; /* the same for two deliveries that tell the same fact: "release:991:published"; NULL: its id alone */
    const char *fact;    /* of a listener's told-twice events: the same in all that tell this one thing, however they are named:
                          * "release:991:full:2026-11-21T22:00:00.000Z"; NULL: its subject and instant are */
    struct principal principal; /* who did it there; id "": it does not say */
    int64_t occurred_at_ms;     /* by its source's clock; 0: it does not say */
    int64_t changed_at_ms;      /* when it became what it tells, where that is later: its age counts from here; 0: the same */
    int64_t received_at_ms;     /* store's clock */
    bool is_caught_up;          /* read from the sender's own log, since its delivery had not come */
    bool is_late;               /* older than automation.max_event_age: for whoever hears that, too */
    const cJSON *body;          /* by the shape of its name: github_event.h, pagerduty_event.h, alert.h, slack_event.h */
};
extern const struct shape outside_event_shape;

#define OUTSIDE_EVENT_TEXT_MAX_BYTES 300

/* What people wrote in it, in a line: a release's name, a comment, an incident's title; cut. NULL: nothing. Personal. */
const char *outside_event_text(const struct outside_event *event, struct arena *arena);
/* Is it the one called so? "release.published" is, and "release" is any of a release. */
bool outside_event_is(const struct outside_event *event, const char *source, const char *name);

#endif
