/* observed.h - a store that a person adopted may be older than what serves: the actual traffic of every target is read.
 *
 * One operation, "watch.observed", at work from the adoption until a person confirms it (view.h: is_observing). It asks
 * what serves in each place that can be asked, says once how that differs from the record, and asks again every minute, so
 * that what `status` and `opsgate store confirm` show is of now. It has one state, so that looking leaves nothing in the
 * journal; what was found first does. It changes nothing.
 */
#ifndef OPSGATE_HANDLERS_WATCH_OBSERVED_H
#define OPSGATE_HANDLERS_WATCH_OBSERVED_H

#include "bot/base/shape.h"
#include "bot/model/verb.h"

struct observed_place {
    const char *target;  /* "api/production", or of a region "api/production/us-east1" */
    int64_t asked_at_ms; /* under way since; steady clock. 0: it is not */
    int64_t read_at_ms;  /* steady clock; 0: never */
    const char *serves;  /* as it was read last; NULL: it never was */
    const char *differs; /* how that differs from the record; NULL: it does not */
    const char *problem; /* why the last reading brought nothing; NULL: it did */
};
struct observed_watch {
    int64_t adoption;    /* which one */
    bool is_done;        /* every place has been asked, and said something or nothing */
    int64_t next;        /* the place that is asked next; behind the last: none */
    struct observed_place *places;
    size_t places_count;
    int64_t not_asked;   /* targets of drivers that cannot be asked what serves, and places that are too many */
};
extern const struct shape observed_watch_shape;

extern const struct machine machine_observed_watch;

/* What of it a look at `target` begins with: "opsgate only observes ...", with how many places differ; NULL: it does not
 * observe. */
const char *observed_words(const struct view *view);

#endif
