/* bounds.h - what strangers write, read into our structs and cut to a size that is known beforehand.
 *
 * An event has to fit into an inbox item and into the journal, however much its sender wrote. So it is read within bounds,
 * and within narrower ones as long as it is too large: long texts give way first, then the ends of lists. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_BOUNDS_H
#define OPSGATE_INTEGRATIONS_BOUNDS_H

#include "bot/base/json.h"
#include "bot/base/shape.h"

struct bounds {
    struct arena *arena; /* what is read lives here */
    size_t step;         /* of the bounds, from wide to narrow */
    bool is_cut;         /* something was longer */
};

#define BOUNDS(of_arena) ((struct bounds){ .arena = (of_arena) })

bool bounds_narrow(struct bounds *bounds); /* for another reading from the start; false: narrower there is none */

/* NULL when it is missing, null, empty or no string. Cut on a character. */
const char *bounds_text(struct bounds *bounds, const cJSON *json, const char *path);
/* The same for what means nothing when it is cut: too long is NULL, and is_cut. */
const char *bounds_whole(struct bounds *bounds, const cJSON *json, const char *path);
const char *bounds_page(struct bounds *bounds, const cJSON *json, const char *path); /* and only if it is an http address */
bool bounds_has_room(struct bounds *bounds, size_t count); /* for one more in a list of so many */
/* {"name": "text"}; of equal names the last one counts, as for those who write such maps. What is no text is left out. */
struct shape_pair *bounds_pairs(struct bounds *bounds, const cJSON *json, const char *path, size_t *ret_count);
int64_t bounds_time(const cJSON *json, const char *path); /* RFC 3339 -> unix ms; 0 when it is missing or none */

#endif
