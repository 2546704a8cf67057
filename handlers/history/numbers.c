#include "handlers/history/numbers.h"

#include "bot/base/time.h"

#include <math.h>
#include <string.h>

#define LEAD_MAX_MS (365 * DAY_MS)
#define NORMAL_95 1.959964

struct times { /* as they are found */
    int64_t *ms;
    size_t count;
};

struct counting {
    const struct view *view;
    struct numbers *numbers;
    struct times lead, restore;
};

/* ---- times ---- */

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

/* Of an even number the mean of the two in the middle. */
static int64_t middle_ms(const struct times *times)
{
    int64_t low_ms = times->ms[(times->count - 1) / 2], high_ms = times->ms[times->count / 2];

    return low_ms + (high_ms - low_ms) / 2;
}

static struct numbers_times times_of(struct times *times)
{
    size_t n = times->count;

    if (n == 0)
        return (struct numbers_times){ 0 };
    qsort(times->ms, n, sizeof(times->ms[0]), compare);
    return (struct numbers_times){ .count = n,
                                   .median_ms = middle_ms(times),
                                   .p90_ms = times->ms[(n * 9 + 9) / 10 - 1],
                                   .min_ms = times->ms[0],
                                   .max_ms = times->ms[n - 1] };
}

/* ---- since when ---- */

static void find_since(const struct target *const *targets, size_t count, int64_t from_ms, struct numbers *numbers)
{
    int64_t oldest_ms = INT64_MAX;

    numbers->since_ms = from_ms;
    for (size_t i = 0; i < count; i++) {
        const struct target *target = targets[i];

        if (!target || target->ends_count == 0)
            continue;
        if (target->ends[0].ended_at_ms < oldest_ms)
            oldest_ms = target->ends[0].ended_at_ms;
        if (target->ends_count >= TARGET_ENDS_MAX && target->ends[0].ended_at_ms > numbers->since_ms) {
            numbers->since_ms = target->ends[0].ended_at_ms;
            numbers->is_cut = true;
        }
    }
    if (oldest_ms != INT64_MAX && oldest_ms > numbers->since_ms) {
        numbers->since_ms = oldest_ms;
        numbers->is_young = true;
    }
}

/* ---- counting ---- */

static bool was_good(const struct target_end *end)
{
    return end->how == ENDED_GOOD || end->how == ENDED_LEFT;
}

static void count_lead(struct counting *c, const struct target_end *end, int64_t newest_unix_ms)
{
    int64_t lead_ms = end->ended_at_ms + c->view->shift_ms - end->commit_at_unix_ms;

    if (end->is_settings)
        c->numbers->leads_settings++;
    else if (end->commit_at_unix_ms == 0 || lead_ms < 0 || lead_ms > LEAD_MAX_MS)
        c->numbers->leads_unknown++;
    else if (end->commit_at_unix_ms <= newest_unix_ms)
        c->numbers->leads_old++;
    else
        *ARENA_PUSH(c->view->arena, c->lead.ms, c->lead.count) = lead_ms;
}

static void count_failed(struct counting *c, const struct target_end *end)
{
    int64_t began_ms = end->serves_at_ms ? end->serves_at_ms : end->ended_at_ms;

    c->numbers->failed++;
    if (end->left_at_ms == 0)
        c->numbers->open++;
    else
        *ARENA_PUSH(c->view->arena, c->restore.ms, c->restore.count) =
            end->left_at_ms > began_ms ? end->left_at_ms - began_ms : 0;
}

/* Scaled, restarted, or moved by hand: no change of what runs. */
static bool is_no_change(const struct target_end *end)
{
    return end->is_aside || (end->verb && strcmp(end->verb, "restart") == 0);
}

static void count_end(struct counting *c, const struct target_end *end, int64_t newest_unix_ms)
{
    if (is_no_change(end))
        return;
    if (end->is_way_back) {
        if (end->how == ENDED_GOOD && !end->left)
            c->numbers->strangers++;
        return;
    }
    if (end->how == ENDED_UNTOUCHED) {
        c->numbers->untouched++;
        return;
    }
    c->numbers->deploys++;
    if (was_good(end))
        count_lead(c, end, newest_unix_ms);
    if (end->how != ENDED_GOOD)
        count_failed(c, end);
}

static void count_target(struct counting *c, const struct target *target)
{
    int64_t now_unix_ms = view_unix_ms(c->view), newest_unix_ms = 0;

    for (size_t i = 0; target && i < target->ends_count; i++) {
        const struct target_end *end = &target->ends[i];

        if (end->ended_at_ms >= c->numbers->since_ms)
            count_end(c, end, newest_unix_ms);
        if (!end->is_way_back && was_good(end) && end->commit_at_unix_ms > newest_unix_ms &&
            end->commit_at_unix_ms <= now_unix_ms)
            newest_unix_ms = end->commit_at_unix_ms;
    }
}

struct numbers numbers_count(const struct view *view, const struct target *const *targets, size_t count,
                             int64_t from_ms)
{
    struct numbers numbers = { 0 };
    struct counting counting = { .view = view, .numbers = &numbers };

    find_since(targets, count, from_ms, &numbers);
    for (size_t i = 0; i < count; i++)
        count_target(&counting, targets[i]);
    numbers.lead = times_of(&counting.lead);
    numbers.restore = times_of(&counting.restore);
    return numbers;
}

void numbers_interval(size_t hits, size_t of, double *ret_low, double *ret_high)
{
    double n = (double)of, share = (double)hits / n, z2 = NORMAL_95 * NORMAL_95;
    double middle = (share + z2 / (2 * n)) / (1 + z2 / n);
    double half = NORMAL_95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n));

    *ret_low = hits == 0 ? 0 : middle - half;
    *ret_high = hits == of ? 1 : middle + half;
}
