/* histogram.h - how long things took, in the buckets of a Prometheus histogram; one for each name. Pure.
 *
 * Names are few and ours (a route, a kind of effect): never what somebody sent. Beyond HISTOGRAMS_MAX all others are
 * counted together, as "other".
 */
#ifndef OPSGATE_HISTOGRAM_H
#define OPSGATE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BOUNDS 18
extern const double histogram_bounds_s[HISTOGRAM_BOUNDS]; /* growing; beyond the last is one bucket more */

#define HISTOGRAM_NAME_MAX 48
struct histogram {
    char name[HISTOGRAM_NAME_MAX];
    uint64_t buckets[HISTOGRAM_BOUNDS + 1]; /* at most so long, and longer than the bound before */
    uint64_t count;
    double sum_s;
};

#define HISTOGRAMS_MAX 128
struct histograms { /* in the order in which they were met; zeroed is empty */
    struct histogram *list;
    size_t count;
};

void histogram_add(struct histogram *histogram, int64_t took_ns); /* less than 0 counts as 0 */
void histograms_add(struct histograms *histograms, const char *name, int64_t took_ns);
void histograms_clear(struct histograms *histograms);

#endif
