/* github.h - what GitHub sent and we did not get is read from its logs and handed in: at each start, and every few minutes.
 *
 * One operation, "watch.github", always at work where GitHub's webhooks are taken and there is a log that opsgate may read.
 * It goes from log to log: looks which deliveries were missed since it looked last, has each of them handed in at the inbox,
 * and only then remembers how far it has come. Whoever dies in between does the same again, and the inbox takes what it knows
 * for a duplicate. It has one state, so that looking leaves nothing in the journal; what was found does.
 */
#ifndef OPSGATE_HANDLERS_WATCH_GITHUB_H
#define OPSGATE_HANDLERS_WATCH_GITHUB_H

#include "bot/model/github_deliveries.h"
#include "bot/model/verb.h"

struct github_watched { /* one log */
    struct github_log log;
    struct github_deliveries_known known;
    int64_t looked_at_ms; /* the store's clock, when it was last read to its end; 0: never */
    int64_t caught_up, lost; /* deliveries that were handed in; that cannot be had any more */
    int64_t unread;       /* entries that made no sense, when it was last read */
    int64_t gap_ms;       /* the watermark since which a gap was told */
    /* Ids, until a look ends well: those that could not be had in time, which come last; and those that were handed in
     * or cannot be had any more, which do not come again. */
    const char **put_off, **settled;
    size_t put_off_count, settled_count;
    const char *problem;  /* why the last look failed, or a delivery was put off; NULL: neither */
};
struct github_watch {
    struct github_watched *logs;
    size_t logs_count;
    int64_t at;    /* the one that is looked at; behind the last: none is */
    int64_t round; /* looks since it began */
    /* Of that log: what it found. */
    const char **missed; /* ids still to be handed in, the first of them on its way */
    size_t missed_count;
    struct github_deliveries_known known; /* once they are */
    const char *cursor; /* there is more then; or NULL */
    int64_t failures;   /* deliveries that were put off since that was found */
    bool is_behind;     /* in this look one was: the log's own `known` stays, and all is looked for again */
};
extern const struct shape github_watch_shape;

extern const struct machine machine_github_watch;

const char *github_watch_name(const struct github_log *log, struct arena *arena); /* "hook 5 of acme/platform", "the App" */

#endif
