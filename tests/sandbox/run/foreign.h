/* foreign.h - somebody else's change to a service, as a person writes it down.
 *
 * {service, by?, mask, body}: a PATCH as it is. Or, in short, and taken together: `split` {"REVISION":95,...} (tags
 * stay), `env` {"NAME":"value"|{"secret":..,"version":..}|null}, `scaling` {"minInstanceCount":..} and `image` of the
 * template. Checked like every other change. The world's lock is held.
 */
#ifndef SANDBOX_RUN_FOREIGN_H
#define SANDBOX_RUN_FOREIGN_H

#include "run/run.h"

bool foreign_change(struct run *run, const cJSON *wanted, int64_t now_ms, struct error *err);

#endif
