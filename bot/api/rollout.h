/* rollout.h - a rollout in numbers: its plan, where it is, and what the new version did beside the old one. */
#ifndef OPSGATE_API_ROLLOUT_H
#define OPSGATE_API_ROLLOUT_H

#include "bot/api/internal.h"
#include "bot/model/measure.h"

/* Null of what is no deploy, or cannot be read. The caller's. */
cJSON *api_rollout(const struct api_call *call, const struct operation *operation);

struct figures {   /* one look */
    int64_t at_ms; /* unix */
    int64_t step, percent, verdict;
    struct measured_revision canary, baseline;
};
bool figures_of(const struct operation *operation, struct arena *arena,
                struct figures *ret);               /* false: there are none */
cJSON *figures_json(const struct figures *figures); /* the caller's */

#endif
