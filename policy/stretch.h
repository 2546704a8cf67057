/* stretch.h - several windows taken together: where one closes another may go on, and then it is one stretch of time.
 * Only for files in policy/.
 *
 * They look at a bounded number of openings and closings, whatever a file has: it is asked while everything else waits.
 */
#ifndef OPSGATE_POLICY_STRETCH_H
#define OPSGATE_POLICY_STRETCH_H

#include "policy/compiled.h"

/* Is some window open from `at_ms` on, without a gap, and still so `for_ms` later? If it closes before or just then: when, and
 * the window that does so last; if none is open: NULL. What is open for longer than it is looked at is open for long enough. */
bool windows_are_open(const struct compiled_windows *windows, int64_t at_ms, int64_t for_ms,
                      const struct window **ret_closes, int64_t *ret_closes_at_ms);
/* None is open so long from `at_ms` on: the next time at which one is that opens then, and which. NULL: none is before
 * `*ret_at_ms`, until which it was looked; INT64_MAX: none ever is. */
const struct window *windows_next(const struct compiled_windows *windows, int64_t at_ms, int64_t for_ms,
                                  int64_t *ret_at_ms);

#endif
