/* lag.c - how far replicas are behind, as Cloud Monitoring tells it. */
#include "database/database.h"

#include "bot/base/time.h"

void database_set_lag(struct databases *databases, const char *instance, const cJSON *value, int64_t at_ms)
{
    cJSON *lag = tree_find(databases->lags, "instance", instance);

    if (lag)
        cJSON_Delete(cJSON_DetachItemViaPointer(databases->lags, lag));
    if (!cJSON_IsNumber(value))
        return;
    lag = json_add(databases->lags, json_object());
    json_set_string(lag, "instance", instance);
    json_set(lag, "value", json_copy(value));
    json_set_int(lag, "at_ms", at_ms);
}

struct labels {
    const char *metric, *type, *selector;
    const char *value;
};

static const char *look_up(void *arg, const char *selector)
{
    const struct labels *labels = arg;

    if (text_is(selector, "metric.type"))
        return labels->metric;
    if (text_is(selector, "resource.type"))
        return labels->type;
    return text_is(selector, labels->selector) ? labels->value : NULL;
}

static void add_series(const struct filter *filter, struct labels *labels, const cJSON *lag, bool is_double,
                       int64_t now_ms, cJSON *list)
{
    int64_t at_ms = tree_int(lag, "at_ms", 0) ? tree_int(lag, "at_ms", 0) : now_ms;
    cJSON *series, *point, *value;

    if (!lag || !filter_matches(filter, look_up, labels))
        return;
    series = json_add(list, json_object());
    json_set_string(json_set(series, "metric", json_object()), "type", filter_metric_type(filter));
    json_set_string(json_set(series, "resource", json_object()), "type", labels->type);
    json_set_string(series, "metricKind", "GAUGE");
    json_set_string(series, "valueType", is_double ? "DOUBLE" : "INT64");
    point = json_add(json_set(series, "points", json_array()), json_object());
    value = json_set(point, "interval", json_object());
    json_set_string(value, "startTime", time_format(at_ms).text);
    json_set_string(value, "endTime", time_format(at_ms).text);
    value = json_set(point, "value", json_object());
    if (is_double)
        json_set(value, "doubleValue", json_copy(tree_get(lag, "value")));
    else
        tree_set_textf(value, "int64Value", "%lld", (long long)tree_int(lag, "value", 0));
}

bool database_answer_lag(const struct databases *databases, const struct filter *filter, int64_t now_ms, cJSON *answer)
{
    bool is_sql = text_is(filter_metric_type(filter), "cloudsql.googleapis.com/database/replication/replica_lag"),
         is_redis = text_is(filter_metric_type(filter), "redis.googleapis.com/replication/offset_diff");
    cJSON *list = json_array();

    JSON_EACH(instance, is_sql ? databases->sql : databases->redis) {
        const char *name = tree_text_or(instance, "name", "");
        AUTO_FREE char *id = text_format("%s:%s", tree_text_or(instance, "project", ""), name);
        struct str tail = str_of(name), last = tail;
        struct labels labels = { filter_metric_type(filter), is_sql ? "cloudsql_database" : "redis_instance",
                                 is_sql ? "resource.labels.database_id" : "resource.labels.instance_id",
                                 is_sql ? id : name };
        const cJSON *lag;

        while (!str_is_empty(tail))
            last = str_take_until(&tail, '/');
        lag = tree_find(databases->lags, "instance", name + (last.at - name));
        if (is_sql || is_redis)
            add_series(filter, &labels, lag, is_sql, now_ms, list);
    }
    if (list->child)
        json_set(answer, "timeSeries", list);
    else
        cJSON_Delete(list);
    return is_sql || is_redis;
}
