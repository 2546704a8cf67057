/* counters.h - how often something happened, told apart by one or two words. Pure.
 *
 * The words are ours and few (the kind of a journal entry, a verdict). Beyond COUNTERS_MAX all others are counted
 * together, as "other": a scrape has to stay small, whatever comes.
 */
#ifndef OPSGATE_METRICS_COUNTERS_H
#define OPSGATE_METRICS_COUNTERS_H

#include "bot/metrics/text.h"

#include <stdint.h>

#define COUNTERS_MAX 256

struct counter;
struct counters { /* zeroed is empty */
    struct counter *by_words;
};

void counters_add(struct counters *counters, const char *first, const char *second); /* second NULL: "" */
void counters_clear(struct counters *counters);

/* With these labels, in the order of their words; second NULL: it has one. Its head also when nothing was counted. */
void counters_write(struct counters *counters, struct buf *buf, const char *name, enum metric_type type,
                    const char *help, const char *first, const char *second);

#endif
