/* doctor.h - does Prometheus answer, and has it the series that a service's rollouts are judged by?
 *
 * An exchange of `opsgate doctor`: counts the series of both metrics that carry the revision's label and the labels of
 * `match`, and the samples of one that was there all the while; ends with findings (bot/model/finding.h). Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_PROMETHEUS_DOCTOR_H
#define OPSGATE_INTEGRATIONS_PROMETHEUS_DOCTOR_H

#include "bot/model/finding.h"
#include "bot/model/measure.h"

struct prometheus_doctor_ask {
    const char *target; /* "api/production"; NULL: only whether it answers */
    struct measure_names names;
    int64_t block_ms; /* in which the judge counts: do samples come as often? 0: not asked */
};
extern const struct shape prometheus_doctor_ask_shape;

struct exchange_step prometheus_doctor(const struct exchange *exchange);

#endif
