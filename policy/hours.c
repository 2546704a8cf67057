#include "policy/hours.h"

#define CHANGES_MAX 5000 /* of one opening and one closing each day, almost seven years */

static bool any_holds(const struct window *windows, size_t count, int64_t at_ms)
{
    for (size_t i = 0; i < count; i++)
        if (window_holds(&windows[i], at_ms))
            return true;
    return false;
}

static int64_t first_change(const struct window *windows, size_t count, int64_t at_ms, int64_t before_ms)
{
    for (size_t i = 0; i < count; i++) {
        int64_t change_ms = window_changes_at(&windows[i], at_ms);

        before_ms = change_ms < before_ms ? change_ms : before_ms;
    }
    return before_ms;
}

int64_t hours_after(const struct hours *hours, int64_t from_ms, int64_t ms)
{
    int64_t at_ms = from_ms, left_ms = ms;

    if (hours->open_count == 0)
        return from_ms + ms;
    for (int i = 0; i < CHANGES_MAX; i++) {
        bool counts =
            any_holds(hours->open, hours->open_count, at_ms) && !any_holds(hours->closed, hours->closed_count, at_ms);
        int64_t next_ms = first_change(hours->open, hours->open_count, at_ms, INT64_MAX);

        next_ms = first_change(hours->closed, hours->closed_count, at_ms, next_ms);
        if (counts && next_ms - at_ms >= left_ms)
            return at_ms + left_ms;
        if (next_ms == INT64_MAX)
            break;
        left_ms -= counts ? next_ms - at_ms : 0;
        at_ms = next_ms;
    }
    return from_ms + ms;
}
