#include "policy/stretch.h"

#include "bot/base/time.h"

#define CHANGES_MAX 2000 /* openings and closings that are looked at: of one window each day almost three years */
#define WINDOWS_MAX 100  /* as many as a rule may have; more of them would be as if closed */
#define REPEATS_MS                                                                                                     \
    (400 * DAY_MS)     /* what comes again comes within a year, with the days on which clocks are changed              \
                        */
#define DATES_BEHIND 3 /* days, after which a date is over everywhere */

/* All windows at one time, each with when it opens or closes next. */
struct sweep {
    const struct compiled_windows *windows;
    size_t count, open, changes;
    bool is_open[WINDOWS_MAX];
    int64_t changes_at_ms[WINDOWS_MAX];
};

static void sweep_begin(struct sweep *sweep, const struct compiled_windows *windows, int64_t at_ms)
{
    sweep->windows = windows;
    sweep->count = windows->count < WINDOWS_MAX ? windows->count : WINDOWS_MAX;
    sweep->open = 0;
    sweep->changes = 0;
    for (size_t i = 0; i < sweep->count; i++) {
        sweep->is_open[i] = window_holds(&windows->list[i], at_ms);
        sweep->changes_at_ms[i] = window_changes_at(&windows->list[i], at_ms);
        sweep->open += sweep->is_open[i];
    }
}

static int64_t sweep_next(const struct sweep *sweep)
{
    int64_t next_ms = INT64_MAX;

    for (size_t i = 0; i < sweep->count; i++)
        if (sweep->changes_at_ms[i] < next_ms)
            next_ms = sweep->changes_at_ms[i];
    return next_ms;
}

/* To the time at which some open or close: the first of those that do. False: enough was looked at. */
static bool sweep_to(struct sweep *sweep, int64_t at_ms, const struct window **ret_first)
{
    *ret_first = NULL;
    for (size_t i = 0; i < sweep->count; i++) {
        if (sweep->changes_at_ms[i] != at_ms)
            continue;
        if (!*ret_first)
            *ret_first = &sweep->windows->list[i];
        sweep->is_open[i] = !sweep->is_open[i];
        sweep->open = sweep->is_open[i] ? sweep->open + 1 : sweep->open - 1;
        sweep->changes_at_ms[i] = window_changes_at(&sweep->windows->list[i], at_ms);
        sweep->changes++;
    }
    return sweep->changes < CHANGES_MAX;
}

static bool is_any_open(const struct compiled_windows *windows, int64_t at_ms)
{
    for (size_t i = 0; i < windows->count; i++)
        if (window_holds(&windows->list[i], at_ms))
            return true;
    return false;
}

bool windows_are_open(const struct compiled_windows *windows, int64_t at_ms, int64_t for_ms,
                      const struct window **ret_closes, int64_t *ret_closes_at_ms)
{
    struct sweep sweep;
    bool goes_on = true;

    *ret_closes = NULL;
    if (!is_any_open(windows, at_ms))
        return false;
    if (for_ms <= 0)
        return true;
    sweep_begin(&sweep, windows, at_ms);
    while (goes_on && sweep.open > 0) {
        int64_t next_ms = sweep_next(&sweep);

        if (next_ms == INT64_MAX || next_ms - at_ms > for_ms)
            return true;
        goes_on = sweep_to(&sweep, next_ms, ret_closes);
        *ret_closes_at_ms = next_ms;
    }
    return sweep.open > 0;
}

/* From then on nothing comes that was not there before. */
static int64_t repeats_from(const struct compiled_windows *windows, int64_t at_ms)
{
    int64_t from_ms = at_ms + REPEATS_MS;

    for (size_t i = 0; i < windows->count; i++) {
        const struct window *window = &windows->list[i];
        int64_t over_ms = window->days == 0 ? (window->last_day + DATES_BEHIND) * DAY_MS : 0;

        from_ms = over_ms > from_ms ? over_ms : from_ms;
    }
    return from_ms;
}

const struct window *windows_next(const struct compiled_windows *windows, int64_t at_ms, int64_t for_ms,
                                  int64_t *ret_at_ms)
{
    const struct window *opens = NULL, *first; /* what is open at first is too short: it is looked behind it */
    int64_t repeats_ms = repeats_from(windows, at_ms), next_ms;
    struct sweep sweep;
    bool goes_on = true, was_open;

    sweep_begin(&sweep, windows, at_ms);
    while (goes_on) {
        next_ms = sweep_next(&sweep);
        if (opens && (next_ms == INT64_MAX || next_ms - *ret_at_ms > for_ms))
            return opens;
        if (next_ms == INT64_MAX || (!opens && next_ms > repeats_ms))
            break;
        was_open = sweep.open > 0;
        goes_on = sweep_to(&sweep, next_ms, &first);
        if (sweep.open == 0) {
            opens = NULL;
        } else if (!was_open) {
            opens = first;
            *ret_at_ms = next_ms;
        }
    }
    *ret_at_ms = goes_on ? INT64_MAX : next_ms;
    return NULL;
}
