#include "integrations/github/deliveries.h"

#include "integrations/github/webhook_events.h"

#include <string.h>

#define FETCHED_MAX 200      /* more are forgotten: fetched once more, they are duplicates */
#define AHEAD_MAX_MS HOUR_MS /* GitHub's clock may be ahead of ours; an instant later than that is none */

/* ---- which of them were missed ---- */

static int64_t later(int64_t a_ms, int64_t b_ms)
{
    return a_ms > b_ms ? a_ms : b_ms;
}

int64_t github_deliveries_floor(const struct github_deliveries_known *known, int64_t unix_ms)
{
    int64_t floor_ms = known->watermark_ms > 0 ? known->watermark_ms - GITHUB_DELIVERIES_OVERLAP_MS : unix_ms;

    return later(later(floor_ms, known->since_ms), unix_ms - GITHUB_DELIVERIES_KEPT_MS);
}

static bool got_through(const struct github_delivery *entry)
{
    return entry->status >= 200 && entry->status < 300;
}

static bool is_fetched(const struct github_deliveries_known *known, const char *guid)
{
    for (size_t i = 0; i < known->fetched_count; i++)
        if (strcmp(known->fetched[i].guid, guid) == 0)
            return true;
    return false;
}

/* Is there an attempt of the same delivery that makes this one needless: one that got through, or a later one? The log
 * is newest first, so a later one stands before it. */
static bool is_settled_by_another(const struct github_delivery *entries, size_t count, size_t at)
{
    for (size_t i = 0; i < count; i++)
        if (i != at && strcmp(entries[i].guid, entries[at].guid) == 0 && (got_through(&entries[i]) || i < at))
            return true;
    return false;
}

static bool is_wanted(const struct github_delivery *entry)
{
    const struct webhook_event *event = webhook_event_find(entry->event);

    return event && webhook_event_wants(event, str_of(entry->action));
}

/* What lies behind the overlap will not be looked at again, so it need not be remembered. */
static void remember(struct github_deliveries_known *known, const char *guid, int64_t at_ms, struct arena *arena)
{
    if (at_ms >= known->watermark_ms - GITHUB_DELIVERIES_OVERLAP_MS && known->fetched_count < FETCHED_MAX)
        *ARENA_PUSH(arena, known->fetched, known->fetched_count) = (struct github_delivery_fetched){ guid, at_ms };
}

/* What was known, with a watermark that went on if the look came to its end, and without what lies behind the overlap.
 * The mark is where the look began: what was sent while it went further back is for the next one. A log in which
 * nothing happens is looked at all the same. */
static struct github_deliveries_known known_after(const struct github_deliveries_known *known, int64_t newest_ms,
                                                  bool is_end, int64_t unix_ms, struct arena *arena)
{
    struct github_deliveries_known after = { .since_ms = known->since_ms, .watermark_ms = known->watermark_ms };
    int64_t reach_ms = known->reach_ms > 0 ? known->reach_ms : later(newest_ms, unix_ms - GITHUB_DELIVERIES_OVERLAP_MS);

    reach_ms = reach_ms > unix_ms + AHEAD_MAX_MS ? unix_ms : reach_ms;
    if (is_end)
        after.watermark_ms = later(known->watermark_ms, reach_ms);
    else
        after.reach_ms = reach_ms;
    for (size_t i = 0; i < known->fetched_count; i++)
        remember(&after, known->fetched[i].guid, known->fetched[i].at_ms, arena);
    return after;
}

void github_deliveries_decide(const struct github_delivery *entries, size_t count, bool is_end,
                              const struct github_deliveries_known *known, int64_t unix_ms, struct arena *arena,
                              struct github_deliveries_found *ret_found)
{
    int64_t floor_ms = github_deliveries_floor(known, unix_ms), newest_ms = 0;
    struct github_deliveries_found found = { 0 };

    if (known->watermark_ms == 0) {
        found.known = (struct github_deliveries_known){ .since_ms = unix_ms, .watermark_ms = unix_ms };
        *ret_found = found;
        return;
    }
    for (size_t i = 0; i < count; i++)
        newest_ms = later(newest_ms, entries[i].at_ms);
    found.known = known_after(known, newest_ms, is_end, unix_ms, arena);
    found.is_gap = known->watermark_ms < unix_ms - GITHUB_DELIVERIES_KEPT_MS;
    for (size_t i = count; i-- > 0;) {
        const struct github_delivery *entry = &entries[i];

        if (entry->at_ms < floor_ms || entry->at_ms > unix_ms - GITHUB_DELIVERIES_SETTLE_MS || got_through(entry) ||
            !is_wanted(entry) || is_fetched(known, entry->guid) || is_settled_by_another(entries, count, i))
            continue;
        *ARENA_PUSH(arena, found.missed, found.missed_count) = *entry;
        remember(&found.known, entry->guid, entry->at_ms, arena);
    }
    *ret_found = found;
}
