/* answer.h - one number out of Prometheus' answer to an instant query.
 *
 * A success is an envelope of JSON around a scalar, or a vector of at most one element; its timestamp is a JSON number,
 * its value a text. Nothing found, NaN and infinities are answers too: such a value is not known. Warnings are passed
 * over. Pure; whatever the locale is.
 * Spec: https://prometheus.io/docs/prometheus/latest/querying/api/
 */
#ifndef OPSGATE_INTEGRATIONS_PROMETHEUS_ANSWER_H
#define OPSGATE_INTEGRATIONS_PROMETHEUS_ANSWER_H

#include "bot/model/exchange.h"
#include "bot/model/measure.h"

#define ANSWER_MAX_BYTES (1024 * 1024) /* of a query that gives one number, far more than enough */

struct answer_number {
    struct measure_value value;
    int64_t at_ms; /* unix, when it was evaluated; 0: nothing was found, so nothing says */
};

/* Of a 200. ERR_CONFLICT: the query is wrong, and will be at every try ("it matches 3 series: aggregate it").
 * ERR_INVALID: this is not how Prometheus answers. */
bool answer_decode(struct str body, struct answer_number *ret_number, struct error *err);

/* Of any other: `what` begins the sentence, and Prometheus' own words end it. 4xx but 408 and 429 are for good. */
struct exchange_step answer_refused(const struct exchange *exchange, const char *what,
                                    const struct http_answer *answer);

/* A decimal number as Prometheus writes it, NaN and infinities among them: no white space, no hex. */
bool answer_parse_number(const char *text, double *ret_value);

#endif
