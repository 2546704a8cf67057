#include "prometheus/buckets.h"

#include <math.h>
#include <stdlib.h>

struct bucket {
    double bound; /* its "le" */
    double count; /* of everything up to there */
};

struct histogram {
    struct labels labels;
    struct bucket *buckets;
    size_t count;
};

static int by_bound(const void *a, const void *b)
{
    const struct bucket *left = a, *right = b;

    return (left->bound > right->bound) - (left->bound < right->bound);
}

/* Sorted, equal bounds made one, and never falling: rates of buckets scraped at different times may cross a little. */
static void straighten(struct histogram *histogram)
{
    size_t kept = 0;

    qsort(histogram->buckets, histogram->count, sizeof *histogram->buckets, by_bound);
    for (size_t i = 1; i < histogram->count; i++) {
        if (histogram->buckets[i].bound <= histogram->buckets[kept].bound)
            histogram->buckets[kept].count += histogram->buckets[i].count;
        else
            histogram->buckets[++kept] = histogram->buckets[i];
    }
    histogram->count = kept + 1;
    for (size_t i = 1; i < histogram->count; i++)
        histogram->buckets[i].count = fmax(histogram->buckets[i].count, histogram->buckets[i - 1].count);
}

static double quantile_of(struct histogram *histogram, double quantile)
{
    const struct bucket *buckets = histogram->buckets;
    double rank = 0, start = 0, below = 0;
    size_t at = 0;

    if (isnan(quantile))
        return NAN;
    if (quantile < 0 || quantile > 1)
        return quantile < 0 ? -INFINITY : INFINITY;
    straighten(histogram);
    const struct bucket *last = &buckets[histogram->count - 1];

    if (histogram->count < 2 || !isinf(last->bound) || last->count <= 0 || isnan(last->count))
        return NAN;
    rank = quantile * last->count;
    while (at < histogram->count - 1 && buckets[at].count < rank)
        at++;
    if (at == histogram->count - 1)
        return buckets[at - 1].bound;
    if (at == 0 && buckets[0].bound <= 0)
        return buckets[0].bound;
    if (at > 0) {
        start = buckets[at - 1].bound;
        below = buckets[at - 1].count;
    }
    return start + (buckets[at].bound - start) * ((rank - below) / (buckets[at].count - below));
}

static struct histogram *histogram_for(struct evaluation *evaluation, struct histogram **histograms, size_t *count,
                                       struct labels labels)
{
    struct histogram *made = NULL;

    for (size_t i = 0; i < *count; i++) {
        if (labels_equal((*histograms)[i].labels, labels))
            return &(*histograms)[i];
    }
    made = ARENA_PUSH(evaluation->arena, *histograms, *count);
    made->labels = labels;
    return made;
}

void buckets_quantiles(struct evaluation *evaluation, double quantile, const struct value *vector, struct value *value)
{
    static const char *const dropped[] = { LABEL_NAME, "le" };
    struct histogram *histograms = NULL;
    size_t count = 0;

    for (size_t i = 0; i < vector->count; i++) {
        const char *bound = labels_get(vector->at[i].labels, "le");
        char *end = NULL;
        double number = strtod(bound, &end);

        if (end == bound || *end || isnan(number))
            continue; /* no bucket at all: Prometheus leaves it out too */
        struct labels labels = labels_without(evaluation->arena, vector->at[i].labels, dropped, ARRAY_LEN(dropped));
        struct histogram *histogram = histogram_for(evaluation, &histograms, &count, labels);

        *ARENA_PUSH(evaluation->arena, histogram->buckets, histogram->count) =
            (struct bucket){ number, vector->at[i].value };
    }
    for (size_t i = 0; i < count; i++)
        *ARENA_PUSH(evaluation->arena, value->at, value->count) =
            (struct element){ .labels = histograms[i].labels, .value = quantile_of(&histograms[i], quantile) };
}
