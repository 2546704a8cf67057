/* series.h - what was measured of each rollout, look by look, for charts: kept in memory alone, of so many rollouts and
 * so many looks.
 *
 * The record has the last look; a new owner, and a restart, begin a series anew.
 */
#ifndef OPSGATE_API_SERIES_H
#define OPSGATE_API_SERIES_H

#include "bot/base/json.h"
#include "bot/model/operation.h"

#define SERIES_MAX 50         /* rollouts; of the others the one goes that was looked at longest ago */
#define SERIES_POINTS_MAX 720 /* the oldest go */

struct series;
struct series *series_create(void);
void series_destroy(struct series *series);

/* The newest look of a deploy, unless it is there already. The arena is scratch. */
void series_take(struct series *series, const struct operation *operation, struct arena *arena);
cJSON *series_json(const struct series *series, const char *operation); /* the caller's; [] when there is none */

#endif
