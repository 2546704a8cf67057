/* numbers.h - the four numbers, counted from what targets keep of their ends. Pure.
 *
 * What counts, as `dora` tells it too:
 * - a deploy counts when it served, if only in part, or nobody can tell that it did not; ways back are no deploys;
 * - lead time: from the time of its commit, by whoever committed it, until it was good; of what brought a newer commit than
 *   all that was good there before, as far as that is kept. A commit of the future, or older than a year, has no usable time;
 * - failed: taken back before it was good, by a verdict or by people; or ended in doubt; or left by a way back later;
 * - time to restore: from its first traffic (where that is not known, its end) until another good version served all.
 * See dora.dev for the terms; what they call an incident nobody tells us, and so it is not waited for.
 */
#ifndef OPSGATE_HANDLERS_HISTORY_NUMBERS_H
#define OPSGATE_HANDLERS_HISTORY_NUMBERS_H

#include "bot/model/target.h"
#include "bot/model/view.h"

#define NUMBERS_FEW 30 /* of fewer a share is told with its interval */

struct numbers_times {
    size_t count;
    int64_t median_ms, p90_ms, min_ms, max_ms; /* p90 by nearest rank */
};
struct numbers {
    int64_t since_ms;  /* steady clock: observed from here on */
    bool is_cut;       /* a target keeps no more than its last TARGET_ENDS_MAX, and that is where it begins */
    bool is_young;     /* nothing older than this is on record */
    size_t deploys, failed;
    size_t untouched;  /* ended before anything of them served: no deploys */
    struct numbers_times lead;
    size_t leads_unknown; /* good ones without a usable time of their commit */
    size_t leads_old;     /* good ones that brought no newer commit */
    size_t leads_settings; /* good ones that changed settings alone */
    struct numbers_times restore;
    size_t open;       /* failed, and not known to be restored */
    size_t strangers;  /* ways back from what opsgate had not brought: no deploy of ours failed */
};

/* `from_ms`: the window's beginning, steady clock. Targets may be NULL. */
struct numbers numbers_count(const struct view *view, const struct target *const *targets, size_t count,
                             int64_t from_ms);

/* Wilson's interval of a share, 95 %: where it may well be when so few were seen. `of` > 0. */
void numbers_interval(size_t hits, size_t of, double *ret_low, double *ret_high);

#endif
