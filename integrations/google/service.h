/* service.h - Cloud Run's Service resource, taken apart and put together; cloud_run.h says when.
 *
 * Pure. Trees that are made are the caller's; strings live in the arena or are borrowed from the JSON.
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_SERVICE_H
#define OPSGATE_INTEGRATIONS_GOOGLE_SERVICE_H

#include "bot/model/cloud_run.h"

/* ---- taken apart ---- */

const char *service_short_name(const char *name); /* "projects/…/revisions/x" -> "x"; NULL gives NULL */

/* A Service as run_service, all but `image`. ERR_INVALID, ERR_TOO_LARGE: not one that we could work with. */
bool service_decode(const cJSON *json, struct arena *arena, struct run_service *ret_service, struct error *err);

/* "a 90 %, b 10 %", for people. */
const char *service_split_text(const struct run_share *shares, size_t count, struct arena *arena);

/* ---- put together ---- */

/* Traffic as it is asked for now, LATEST pinned, with one more entry: `revision` under `tag` at 0 %. NULL when LATEST
 * cannot be pinned, because no revision was ever ready. */
cJSON *service_traffic_with_tag(const cJSON *json, const struct run_service *service, const char *revision,
                                const char *tag);

/* The wanted shares, and every tag that stands there now, is not among them and not to be removed, at 0 %. */
cJSON *service_traffic_wanted(const cJSON *json, const struct run_traffic *args);

/* Traffic as it is asked for now, without these tags, LATEST as it floats; NULL when none of them stands there. With a
 * revision named: without those that stand on it, and none while it has traffic. */
cJSON *service_traffic_without(const cJSON *json, const struct run_untag *args);

/* Its scaling as it is asked for now, with these bounds; 0: without that one. */
cJSON *service_scaling_wanted(const cJSON *json, int64_t min, int64_t max);

/* A resource's annotations or labels without those that Cloud Run sets itself and refuses from us. */
cJSON *service_own_pairs(const cJSON *pairs);

#endif
