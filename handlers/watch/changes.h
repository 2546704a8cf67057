/* changes.h - what others changed, as it is told by /api/v1/changes, is kept for whoever asks what changed lately.
 *
 * One operation, "watch.changes", is always at work where there are tokens to tell with, or were while it keeps anything.
 * What is told stands in its record until it is a day old, the newest CHANGES_KEPT of it; so it survives whoever heard it.
 * Nothing is done about any of it.
 */
#ifndef OPSGATE_HANDLERS_WATCH_CHANGES_H
#define OPSGATE_HANDLERS_WATCH_CHANGES_H

#include "bot/model/listener.h"
#include "bot/model/verb.h"

#define CHANGES_KEPT 200
#define CHANGES_KEPT_MS DAY_MS

struct change_kept { /* texts are quoted */
    const char *id;      /* of its token's: the same is the same change */
    const char *title;
    const char *service, *environment; /* or NULL */
    const char *url;                   /* or NULL */
    const char *by;                    /* who made it, as they were called; NULL: nobody said */
    const char *token;                 /* who told it */
    int64_t at_ms;                     /* when it was made; steady */
};
struct changes_watch {
    struct change_kept *list; /* oldest first */
    size_t list_count;
};
extern const struct shape changes_watch_shape;

extern const struct machine machine_changes_watch;

bool changes_watch_hears(const struct view *view, const struct operation *operation, const struct outside_event *event);

/* False: the event is none of a change. */
bool changes_read(const struct view *view, const struct outside_event *event, struct change_kept *ret_change);
/* All that is kept, oldest first; in the view's arena. */
const struct change_kept *changes_list(const struct view *view, size_t *ret_count);

const char *changes_text(const struct change_kept *change,
                         struct arena *arena); /* "drop column total, api/production" */
const char *changes_who(const struct change_kept *change, struct arena *arena); /* "ann, told by ci"; "ci" */

#endif
