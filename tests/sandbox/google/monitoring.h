/* monitoring.h - Cloud Monitoring: GET /v3/projects/P/timeSeries over what runs on the simulated Cloud Run.
 *
 * A minute is a point, and seen `lag_ms` after it is over, as the real one's are after up to three minutes; minutes may be
 * lost. Only what stands below is known: Cloud Run's two metrics, ALIGN_DELTA, REDUCE_SUM, filters as filter.h has them; and
 * of databases how far their replicas are behind (database/database.h), as points, without any aggregation.
 * What Google refuses is refused; what it takes and the sandbox does not know is 501, never a made-up number. The world's
 * lock is held.
 * Spec: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list
 */
#ifndef SANDBOX_GOOGLE_MONITORING_H
#define SANDBOX_GOOGLE_MONITORING_H

#include "database/database.h"
#include "google/tokens.h"
#include "run/run.h"

struct monitoring {
    int64_t lag_ms;
    cJSON *dropped;         /* see time_series.h */
    bool no_role, no_scope; /* of whoever asks */
    bool is_incomplete;     /* it answers what it has, and that this is not all */
};

struct monitoring *monitoring_create(void);
void monitoring_destroy(struct monitoring *monitoring);
AUTO_DEFINE(monitoring)

/* {lag_ms?, drop_minutes?, service?, past_minutes?, no_role?, no_scope?, incomplete?}. drop_minutes: so many from the one on
 * that is counted now, of one service or of all; 0: none any more. past_minutes: users had come before, see traffic.h. */
bool monitoring_change(struct monitoring *monitoring, struct run *run, const cJSON *value, int64_t now_ms, struct error *err);

void monitoring_serve(const struct monitoring *monitoring, const struct run *run, const struct databases *databases,
                      const struct tokens *tokens, const struct request *request, struct reply *reply);
cJSON *monitoring_state(const struct monitoring *monitoring);

#endif
