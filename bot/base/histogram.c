#include "bot/base/histogram.h"

#include "bot/base/mem.h"

#include <stdio.h>
#include <string.h>

const double histogram_bounds_s[HISTOGRAM_BOUNDS] = { 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                                      0.005,   0.01,   0.025,   0.05,   0.1,   0.25,
                                                      0.5,     1,      2.5,     5,      10,    30 };

void histogram_add(struct histogram *histogram, int64_t took_ns)
{
    double took_s = took_ns > 0 ? (double)took_ns / 1e9 : 0;
    size_t i = 0;

    while (i < HISTOGRAM_BOUNDS && took_s > histogram_bounds_s[i])
        i++;
    histogram->buckets[i]++;
    histogram->count++;
    histogram->sum_s += took_s;
}

static struct histogram *find(struct histograms *histograms, const char *name)
{
    for (size_t i = 0; i < histograms->count; i++)
        if (strncmp(histograms->list[i].name, name, HISTOGRAM_NAME_MAX - 1) == 0)
            return &histograms->list[i];
    return NULL;
}

static struct histogram *make(struct histograms *histograms, const char *name)
{
    struct histogram *made;

    if (!histograms->list)
        histograms->list = xcalloc(HISTOGRAMS_MAX, sizeof(histograms->list[0]));
    made = &histograms->list[histograms->count++];
    snprintf(made->name, sizeof(made->name), "%s", name);
    return made;
}

void histograms_add(struct histograms *histograms, const char *name, int64_t took_ns)
{
    struct histogram *histogram = find(histograms, name);

    if (!histogram && histograms->count >= HISTOGRAMS_MAX - 1 && strcmp(name, "other") != 0) {
        histograms_add(histograms, "other", took_ns);
        return;
    }
    histogram_add(histogram ? histogram : make(histograms, name), took_ns);
}

void histograms_clear(struct histograms *histograms)
{
    free(histograms->list);
    *histograms = (struct histograms){ NULL };
}
