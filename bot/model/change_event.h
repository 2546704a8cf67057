/* change_event.h - what PagerDuty is told of an operation that changes what serves: a change event as it begins to, and
 * one at its end, which stand under "Recent changes" of whoever looks at an incident. (Events API v2)
 *
 * EFFECT_CHANGE_EVENT (args change_event; no result): sent with the integration key that its place has when it goes,
 * which no record holds. At most once: PagerDuty lists none, and takes each for one more.
 */
#ifndef OPSGATE_MODEL_CHANGE_EVENT_H
#define OPSGATE_MODEL_CHANGE_EVENT_H

#include "bot/base/shape.h"

#define CHANGE_EVENT_KEY_BYTES 32
#define CHANGE_EVENT_SUMMARY_MAX_BYTES 1024 /* a longer one is cut */

struct change_event {
    const char *target;                /* whose key: "api/production", "api/production/us-east1", a database's name */
    const char *summary;               /* one plain line; personal, for it says by whom */
    int64_t at_ms;                     /* unix; when it was so */
    const char *operation;             /* "D1042" */
    const char *state;                 /* "began", or how it ended: "done", "taken back", "failed", "aborted"... */
    const char *service, *environment; /* environment NULL: a database's, or its own has none */
    const char *version, *before;      /* or NULL */
    const char *by;                    /* as people call them; personal */
    const char *reason;                /* their own words; personal; or NULL */
    const char *url;                   /* where the operation is told of; or NULL */
};
extern const struct shape change_event_shape;

/* NULL: it can be one. Else why not, as a sentence without its full stop that does not show it. */
const char *change_event_key_objection(const char *key);

#endif
