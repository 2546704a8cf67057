#include "run/minutes.h"

#include "bot/base/time.h"

#include <math.h>

static int64_t end_of(int64_t at_ms)
{
    return (at_ms + MINUTE_MS - 1) / MINUTE_MS * MINUTE_MS;
}

static void forget_old(struct minute *newest)
{
    struct minute *minute = newest;

    while (minute->older && minute->older->end_ms > newest->end_ms - MINUTES_KEPT * MINUTE_MS)
        minute = minute->older;
    minutes_destroy(minute->older);
    minute->older = NULL;
}

/* Newest first: what comes now is at the front, what is told of the past further behind. */
static struct minute *find_or_add(struct revision *revision, int64_t end_ms)
{
    struct minute **at = &revision->minutes, *minute = NULL;

    while (*at && (*at)->end_ms > end_ms)
        at = &(*at)->older;
    if (*at && (*at)->end_ms == end_ms)
        return *at;
    minute = xcalloc(1, sizeof *minute);
    minute->end_ms = end_ms;
    minute->older = *at;
    *at = minute;
    forget_old(revision->minutes);
    return minute;
}

static size_t bucket_of(double ms)
{
    double bucket = ms < MINUTE_BOUND_FIRST ? 0 : floor(log(ms / MINUTE_BOUND_FIRST) / log(MINUTE_BOUND_GROWTH)) + 1;

    return bucket < MINUTE_BOUNDS ? (size_t)bucket : MINUTE_BOUNDS;
}

void minutes_count(struct revision *revision, int64_t at_ms, size_t code, double seconds)
{
    struct minute_count *count = &find_or_add(revision, end_of(at_ms))->codes[code];
    double ms = seconds * 1000;

    count->requests++;
    count->sum_ms += ms;
    count->squares_ms += ms * ms;
    count->latencies[bucket_of(ms)]++;
}

void minutes_destroy(struct minute *newest)
{
    for (struct minute *older = NULL; newest; newest = older) {
        older = newest->older;
        free(newest);
    }
}
