/* home.h - the Home tab of a person in Slack: what waits for them, what runs, what is open, their locks, what they may
 * do.
 *
 * Whoever opens it is remembered for half an hour, and is shown it anew when something on it has changed: by one
 * operation, "watch.home", which is begun by the first who opens theirs and ends with the last. Of an operation its own
 * card says how it stands and what may be decided now; so every button is a request, as one on a card is. Pure.
 */
#ifndef OPSGATE_HANDLERS_HOME_HOME_H
#define OPSGATE_HANDLERS_HOME_HOME_H

#include "bot/model/home.h"
#include "bot/model/listener.h"
#include "bot/model/verb.h"

#define HOME_VIEWERS_MAX 100
#define HOME_KEPT_MS (30 * MINUTE_MS) /* since it was opened */
#define HOME_LOOK_MS (5 * SECOND_MS)  /* between two looks, */
#define HOME_LOOKS 10                 /* at so many persons' each time */

struct home_viewer {
    const char *user, *team;
    int64_t opened_at_ms, looked_at_ms; /* steady clock */
    const char *shown;                  /* digest of what was published; NULL: nothing is known of it */
};
struct home_watch {
    struct home_viewer *viewers;
    size_t viewers_count;
};
extern const struct shape home_watch_shape;
extern const struct machine machine_home_watch;
extern const struct verb verb_home_opened; /* internal: somebody opened theirs, and nobody else has one open */

/* Listeners to Slack's app_home_opened. */
bool home_hears(const struct view *view, const struct operation *operation, const struct outside_event *event);
bool home_asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request);

/* ---- what stands on it ---- */

/* All that is at work, as all of them see it: made once for a look at several. */
struct home_work;
const struct home_work *home_look(const struct view *view);

/* Of that person; in the view's arena. */
const struct home *home_of(const struct view *view, const struct home_work *work, const struct principal *who);

/* What they may do, and where: a line for each group of verbs. None: nothing at all. */
void home_rights(const struct view *view, const struct principal *who, const char ***ret_lines, size_t *ret_count);

#endif
