/* answer.h - numbers out of Prometheus' answers to queries.
 *
 * A success is an envelope of JSON around a scalar, a vector or a matrix; a sample's timestamp is a JSON number, its
 * value a text. Nothing found, NaN and infinities are answers too: such a value is not known. Where it warns it
 * may have left out what it could not reach. Pure; whatever the locale is.
 * Spec: https://prometheus.io/docs/prometheus/latest/querying/api/
 */
#ifndef OPSGATE_INTEGRATIONS_PROMETHEUS_ANSWER_H
#define OPSGATE_INTEGRATIONS_PROMETHEUS_ANSWER_H

#include "bot/model/exchange.h"
#include "bot/model/measure.h"

#define ANSWER_MAX_BYTES (1024 * 1024) /* of queries that aggregate, far more than enough */

struct answer_number {
    struct measure_value value;
    int64_t at_ms; /* unix, when it was evaluated; 0: nothing was found, so nothing says */
};

/* Of a 200. ERR_CONFLICT: the query is wrong, and will be at every try ("it matches 3 series: aggregate it").
 * ERR_INVALID: this is not how Prometheus answers. */
bool answer_decode(struct str body, struct answer_number *ret_number, struct error *err);

/* Every sample of a vector or a matrix, in its order. */
struct answer_sample {
    const cJSON *labels; /* an object; in the arena */
    struct answer_number number;
};
struct answer_samples {
    struct answer_sample *at;
    size_t count;
    bool is_partial; /* it comes with warnings: of several Prometheus behind it, one did not answer */
};
/* `type` is "vector" or "matrix"; errors as above. */
bool answer_decode_samples(struct str body, const char *type, struct arena *arena, struct answer_samples *ret_samples,
                           struct error *err);

/* Of any other: `what` begins the sentence, and Prometheus' own words end it. 4xx but 408 and 429 are for good. */
struct exchange_step answer_refused(const struct exchange *exchange, const char *what,
                                    const struct http_answer *answer);

/* A decimal number as Prometheus writes it, NaN and infinities among them: no white space, no hex. */
bool answer_parse_number(const char *text, double *ret_value);

#endif
