/* rates.h - how often somebody may ask: so many times an hour, at once or spread, and evenly again after that.
 *
 * Of one instance, in memory: what several instances allow adds up. Whoever has not asked for longest is forgotten first,
 * when there are very many. Loop thread only; time is an argument.
 */
#ifndef OPSGATE_RATES_H
#define OPSGATE_RATES_H

#include "bot/base/error.h"

#include <stdint.h>

#define RATES_PEOPLE_MAX 10000

struct rates;

struct rates *rates_create(int64_t per_hour); /* 0: as often as they like */
void rates_change(struct rates *rates, int64_t per_hour); /* from now on; what was asked is worked off as it was counted */
void rates_destroy(struct rates *rates);
AUTO_DEFINE(rates)

/* May `who` ask now ("T012AB3CD slack:U012AB3CD", " local:ann", " token:ci": any text that tells them apart)? 0: yes; else
 * it is so many milliseconds until then. Counts nothing. */
int64_t rates_wait(const struct rates *rates, const char *who, int64_t mono_ms);
void rates_count(struct rates *rates, const char *who, int64_t mono_ms); /* they ask */
void rates_take_back(struct rates *rates, const char *who); /* and it was the same once more, or was not taken */

#endif
