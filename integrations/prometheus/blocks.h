/* blocks.h - what was counted in each block: which blocks are over, which bound of the histogram is meant, and what an
 * answer to query_of_blocks says.
 *
 * Nothing that is not known is zero: a block in which nothing of either revision is known is left out, and what does not
 * fit together (more failed than came) is not known. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_PROMETHEUS_BLOCKS_H
#define OPSGATE_INTEGRATIONS_PROMETHEUS_BLOCKS_H

#include "integrations/prometheus/answer.h"
#include "integrations/prometheus/queries.h"

#define BLOCK_MIN_MS INT64_C(1000)
#define BLOCK_MAX_MS (INT64_C(60) * 60 * 1000)

struct blocks_span {
    int64_t from_ms, block_ms; /* on edges */
    size_t count;              /* 0: none is over, or none is asked for */
};
struct blocks_span blocks_span(const struct measure_ask *ask, int64_t now_ms); /* now_ms: the source's */

/* The smallest bound that is not below `slow_s` and that each revision has that has any; value 0: none is. INFINITY finds
 * the one of all requests. `samples` of query_of_window. */
struct blocks_bound {
    double value;
    struct query_bound written;
};
struct blocks_bound blocks_bound(const struct measure_ask *ask, double slow_s, const struct answer_samples *samples,
                                 struct arena *arena);

/* ERR_INVALID: it answers what was not asked. */
bool blocks_decode(const struct measure_ask *ask, const struct blocks_span *span, const struct answer_samples *samples,
                   struct arena *arena, struct measured *measured, struct error *err);

/* The part that a sample is of; PART_COUNT: of none. */
enum query_part blocks_part(const struct answer_sample *sample);
bool blocks_is_of(const struct answer_sample *sample, const struct measure_ask *ask, const char *revision);

#endif
