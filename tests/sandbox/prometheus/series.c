#include "prometheus/series.h"

#include <string.h>

#define ROOM_MAX (SERIES_SAMPLES_MAX + SERIES_SAMPLES_MAX / 8)
#define HASH_START 2166136261U
#define STALE_BITS UINT64_C(0x7ff0000000000002)

double sample_stale(void)
{
    uint64_t bits = STALE_BITS;
    double value = 0;

    memcpy(&value, &bits, sizeof value);
    return value;
}

bool sample_is_stale(double value)
{
    uint64_t bits = 0;

    memcpy(&bits, &value, sizeof bits);
    return bits == STALE_BITS;
}

static void series_destroy(struct series *series)
{
    arena_destroy(series->names);
    free(series->samples);
    free(series);
}

void store_finish(struct store *store)
{
    for (struct series *series = store->series, *next = NULL; series; series = next) {
        next = series->next;
        series_destroy(series);
    }
    *store = (struct store){ 0 };
}

static struct labels copy_labels(struct arena *arena, struct labels labels)
{
    struct label *at = arena_alloc(arena, (labels.count + 1) * sizeof *at);

    for (size_t i = 0; i < labels.count; i++)
        at[i] = (struct label){ arena_strdup(arena, labels.at[i].name), arena_strdup(arena, labels.at[i].value) };
    return (struct labels){ at, labels.count };
}

static uint32_t hash_text(uint32_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    return (hash ^ 0xFF) * 16777619U;
}

static uint32_t hash_labels(struct labels labels)
{
    uint32_t hash = HASH_START;

    for (size_t i = 0; i < labels.count; i++)
        hash = hash_text(hash_text(hash, labels.at[i].name), labels.at[i].value);
    return hash;
}

uint64_t label_mark(const char *name, const char *value)
{
    return UINT64_C(1) << (hash_text(hash_text(HASH_START, name), value) % 64);
}

static struct series *series_find(const struct store *store, struct labels labels)
{
    uint32_t hash = hash_labels(labels);

    if (store->last && store->last->next && labels_equal(store->last->next->labels, labels))
        return store->last->next;
    for (struct series *series = store->buckets[hash % SERIES_BUCKETS]; series; series = series->next_in_bucket) {
        if (series->hash == hash && labels_equal(series->labels, labels))
            return series;
    }
    return NULL;
}

static void put_in_bucket(struct store *store, struct series *series)
{
    struct series **bucket = &store->buckets[series->hash % SERIES_BUCKETS];

    series->next_in_bucket = *bucket;
    *bucket = series;
}

static struct series *series_add(struct store *store, struct labels labels)
{
    struct series *series = NULL;

    if (store->count >= SERIES_MAX)
        return NULL;
    series = xcalloc(1, sizeof *series);
    series->names = arena_create();
    series->labels = copy_labels(series->names, labels);
    series->hash = hash_labels(labels);
    for (size_t i = 0; i < labels.count; i++)
        series->marks |= label_mark(labels.at[i].name, labels.at[i].value);
    put_in_bucket(store, series);
    store->end = store->end ? store->end : &store->series;
    *store->end = series;
    store->end = &series->next;
    store->count++;
    return series;
}

static const struct sample *last_sample(const struct series *series)
{
    return series->count ? &series->samples[series->first + series->count - 1] : NULL;
}

/* Moves what is kept to the front when the end of the room is reached, and takes more room when that is not enough. */
static void make_room(struct series *series)
{
    if (series->first + series->count < series->room)
        return;
    if (series->first > series->room / 16) {
        memmove(series->samples, series->samples + series->first, series->count * sizeof *series->samples);
        series->first = 0;
        return;
    }
    series->room = series->room ? series->room * 2 : 64;
    series->room = series->room < ROOM_MAX ? series->room : ROOM_MAX;
    series->samples = xrealloc(series->samples, series->room * sizeof *series->samples);
}

static void series_push(struct series *series, int64_t at_ms, double value)
{
    make_room(series);
    series->samples[series->first + series->count++] = (struct sample){ at_ms, value };
    while (series->count > SERIES_SAMPLES_MAX || series->samples[series->first].at_ms <= at_ms - SERIES_KEPT_MS) {
        series->first++;
        series->count--;
    }
}

bool store_append(struct store *store, struct labels labels, int64_t at_ms, double value)
{
    struct series *series = series_find(store, labels);

    series = series ? series : series_add(store, labels);
    if (!series || (series->count && last_sample(series)->at_ms >= at_ms))
        return false;
    store->last = series;
    series->seen_at_ms = at_ms;
    series_push(series, at_ms, value);
    return true;
}

void store_end_scrape(struct store *store, int64_t at_ms)
{
    for (struct series **at = &store->series; *at;) {
        struct series *series = *at;

        if (series->seen_at_ms < at_ms && !sample_is_stale(last_sample(series)->value))
            series_push(series, at_ms, sample_stale());
        if (last_sample(series)->at_ms > at_ms - SERIES_KEPT_MS) {
            at = &series->next;
            continue;
        }
        *at = series->next;
        store->count--;
        series_destroy(series);
        store->last = NULL;
    }
    memset(store->buckets, 0, sizeof store->buckets);
    for (store->end = &store->series; *store->end; store->end = &(*store->end)->next)
        put_in_bucket(store, *store->end);
}

/* The index of the first sample later than `at_ms`. */
static size_t first_after(const struct series *series, int64_t at_ms)
{
    size_t low = 0, high = series->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (series->samples[series->first + middle].at_ms > at_ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

const struct sample *series_between(const struct series *series, int64_t after_ms, int64_t until_ms, size_t *ret_count)
{
    size_t from = first_after(series, after_ms), to = first_after(series, until_ms);

    *ret_count = to > from ? to - from : 0;
    return series->samples + series->first + from;
}
