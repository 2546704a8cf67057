/* lag.c - what a database's replica has not got yet, as Cloud Monitoring counts it: the newest point of the last
 * minutes.
 *
 * Cloud SQL: cloudsql.googleapis.com/database/replication/replica_lag, seconds, of the replica itself. Memorystore:
 * redis.googleapis.com/replication/offset_diff, bytes, of the replica that lacks most; sampled every minute. Nothing is
 * never zero: without a point it is not known. */
#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/google/database_call.h"
#include "integrations/url.h"

#include <math.h>
#include <stdlib.h>

#define LOOKED_BACK_MS (15 * MINUTE_MS)
#define LAG_MAX_S 1e9
#define LAG_MAX_BYTES 1e15

static const char *url_of(const struct database_call *call)
{
    const struct database_place *place = &call->place;
    const char *filter =
        place->region ? arena_printf(call->exchange->arena,
                                     "metric.type=\"redis.googleapis.com/replication/offset_diff\" AND "
                                     "resource.type=\"redis_instance\" AND "
                                     "resource.labels.instance_id=\"projects/%s/locations/%s/instances/%s\"",
                                     place->project, place->region, place->instance)
                      : arena_printf(call->exchange->arena,
                                     "metric.type=\"cloudsql.googleapis.com/database/replication/replica_lag\" AND "
                                     "resource.type=\"cloudsql_database\" AND resource.labels.database_id=\"%s:%s\"",
                                     place->project, place->replica);
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, call->exchange->settings->google.monitoring_url);
    buf_puts(&url, "/v3/projects/");
    url_add_encoded(&url, str_of(place->project));
    buf_puts(&url, "/timeSeries?filter=");
    url_add_encoded(&url, str_of(filter));
    buf_puts(&url, "&interval.startTime=");
    url_add_encoded(&url, str_of(time_format(call->exchange->unix_ms - LOOKED_BACK_MS).text));
    buf_puts(&url, "&interval.endTime=");
    url_add_encoded(&url, str_of(time_format(call->exchange->unix_ms).text));
    buf_puts(&url, "&pageSize=1000");
    return arena_copy(call->exchange->arena, buf_str(&url));
}

static bool value_of(const cJSON *point, double *ret_value)
{
    const cJSON *value = json_find(point, "value.doubleValue");
    int64_t whole = json_find_int(point, "value.int64Value", -1);

    if (cJSON_IsNumber(value))
        *ret_value = value->valuedouble;
    else if (whole >= 0)
        *ret_value = (double)whole;
    else
        return false;
    return isfinite(*ret_value) && *ret_value >= 0;
}

/* Its newest point: they come newest first, but that is not relied on. */
static bool newest_of(const cJSON *series, double *ret_value, int64_t *ret_at_ms)
{
    bool found = false;

    JSON_EACH(point, json_find(series, "points")) {
        const char *text = json_find_string(point, "interval.endTime");
        struct error ignored;
        int64_t at_ms;
        double value;

        if (!text || !time_parse(str_of(text), &at_ms, &ignored) || !value_of(point, &value) ||
            (found && at_ms <= *ret_at_ms))
            continue;
        *ret_value = value;
        *ret_at_ms = at_ms;
        found = true;
    }
    return found;
}

/* Of several series, the one that lacks most. */
static void take(const struct database_call *call, const cJSON *json, struct database_lag *lag)
{
    double most = -1;

    JSON_EACH(series, json_find(json, "timeSeries")) {
        int64_t at_ms = 0;
        double value = 0;

        if (!newest_of(series, &value, &at_ms) || value <= most)
            continue;
        most = value;
        lag->at_ms = at_ms;
    }
    if (cJSON_GetArraySize(json_find(json, "executionErrors")) > 0) {
        lag->why = "Cloud Monitoring answers a part alone";
    } else if (most < 0) {
        lag->why = "Cloud Monitoring has no point of the last 15 min";
    } else {
        lag->is_known = true;
        if (call->place.region)
            lag->lag_bytes = (int64_t)(most < LAG_MAX_BYTES ? most : LAG_MAX_BYTES);
        else
            lag->lag_ms = (int64_t)ceil((most < LAG_MAX_S ? most : LAG_MAX_S) * 1000);
    }
}

bool database_call_lag(struct database_call *call, struct database_lag *ret_lag)
{
    struct database_lag lag = { 0 };
    const cJSON *json;

    if (!database_call_try(call, url_of(call), "monitoring.timeSeries.list", &json, &lag.why))
        return false;
    if (json)
        take(call, json, &lag);
    else
        lag.why = arena_printf(call->exchange->arena, "Cloud Monitoring: %s", lag.why);
    *ret_lag = lag;
    return true;
}
