#include "integrations/google/series.h"

#include "bot/base/time.h"
#include "integrations/google/monitoring.h"
#include "integrations/url.h"

#include <string.h>

#define CLASS_OF_ERRORS 5
#define COUNT_MAX (INT64_C(1) << 53)
#define PAGE_SIZE "10000"

struct series series_begin(const struct measure_ask *ask, struct series_span span, struct arena *arena)
{
    struct series series = { .span = span, .revisions = { ask->canary, ask->baseline } };

    for (size_t i = 0; i < ARRAY_LEN(series.minutes); i++)
        series.minutes[i] = arena_alloc(arena, (span.minutes + 1) * sizeof(struct series_minute));
    return series;
}

/* ---- what is asked ---- */

/* name="value": what stands in quotes ends at the next one. */
static void add_equal(struct buf *filter, const char *before, const char *name, const char *value)
{
    buf_addf(filter, "%s%s=\"", before, name);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            buf_putc(filter, '\\');
        buf_putc(filter, *value);
    }
    buf_putc(filter, '"');
}

static void add_filter(struct buf *url, const struct measure_ask *ask, const char *metric)
{
    AUTO_BUF struct buf filter = BUF(URL_MAX_BYTES);

    add_equal(&filter, "", "metric.type", metric);
    add_equal(&filter, " AND ", "resource.type", "cloud_run_revision");
    add_equal(&filter, " AND ", "resource.labels.location", ask->place->region);
    add_equal(&filter, " AND ", "resource.labels.service_name", ask->place->service);
    if (ask->canary)
        add_equal(&filter, " AND (", "resource.labels.revision_name", ask->canary);
    if (ask->canary && ask->baseline)
        add_equal(&filter, " OR ", "resource.labels.revision_name", ask->baseline);
    buf_puts(&filter, ask->canary ? ")" : "");
    buf_puts(url, "filter=");
    url_add_encoded(url, buf_str(&filter));
    url->failed = url->failed || filter.failed;
}

static void add_instant(struct buf *url, const char *name, int64_t at_ms)
{
    buf_addf(url, "&%s=", name);
    url_add_encoded(url, str_of(time_format(at_ms).text));
}

void series_add_query(struct buf *url, const struct measure_ask *ask, const char *metric, const char *group_by,
                      struct series_span span)
{
    add_filter(url, ask, metric);
    add_instant(url, "interval.startTime", span.from_ms);
    add_instant(url, "interval.endTime", span.from_ms + (int64_t)span.minutes * MONITORING_POINT_MS);
    buf_puts(url, "&aggregation.alignmentPeriod=60s&aggregation.perSeriesAligner=ALIGN_DELTA"
                  "&aggregation.crossSeriesReducer=REDUCE_SUM&aggregation.groupByFields=resource.labels.revision_name");
    if (group_by)
        buf_addf(url, "&aggregation.groupByFields=%s", group_by);
    buf_puts(url, "&pageSize=" PAGE_SIZE);
}

/* ---- what is answered ---- */

typedef bool (*take_point_fn)(struct series_minute *minute, const cJSON *line, const cJSON *value, struct arena *arena,
                              struct error *err);

static bool has_any(const cJSON *page, const char *list)
{
    return cJSON_GetArraySize(json_find(page, list)) > 0;
}

static bool find_minute(const struct series *series, const cJSON *point, size_t *ret_minute, struct error *err)
{
    const char *text = json_find_string(point, "interval.endTime");
    int64_t end_ms;
    struct error ignored;

    if (!text || !time_parse(str_of(text), &end_ms, &ignored))
        return error_set(err, ERR_INVALID, "a point without its time");
    end_ms -= series->span.from_ms;
    if (end_ms <= 0 || end_ms % MONITORING_POINT_MS != 0 ||
        end_ms / MONITORING_POINT_MS > (int64_t)series->span.minutes)
        return error_set(err, ERR_INVALID, "a point of a time that was not asked for");
    *ret_minute = (size_t)(end_ms / MONITORING_POINT_MS) - 1;
    return true;
}

static bool take_line(struct series *series, const cJSON *line, take_point_fn take_point, struct arena *arena,
                      struct error *err)
{
    const char *revision = json_find_string(line, "resource.labels.revision_name");

    if (!revision)
        return error_set(err, ERR_INVALID, "a series that names no revision");
    JSON_EACH(point, json_find(line, "points")) {
        size_t minute;

        if (!find_minute(series, point, &minute, err))
            return false;
        for (size_t i = 0; i < ARRAY_LEN(series->revisions); i++)
            if (series->revisions[i] && strcmp(series->revisions[i], revision) == 0 &&
                !take_point(&series->minutes[i][minute], line, json_find(point, "value"), arena, err))
                return false;
    }
    return true;
}

static bool take_page(struct series *series, const cJSON *page, take_point_fn take_point, struct arena *arena,
                      struct error *err)
{
    if (!cJSON_IsObject(page))
        return error_set(err, ERR_INVALID, "it is no list of series");
    if (has_any(page, "executionErrors") || has_any(page, "unreachable"))
        return error_set(err, ERR_UNAVAILABLE, "it is not all that there is");
    JSON_EACH(line, json_find(page, "timeSeries"))
        if (!take_line(series, line, take_point, arena, err))
            return false;
    return true;
}

static size_t class_of(const cJSON *line)
{
    const char *text = json_find_string(line, "metric.labels.response_code_class");

    return text && text[0] >= '1' && text[0] <= '5' && strcmp(text + 1, "xx") == 0 ? (size_t)(text[0] - '0') : 0;
}

static bool take_requests(struct series_minute *minute, const cJSON *line, const cJSON *value, struct arena *arena,
                          struct error *err)
{
    int64_t count = json_find_int(value, "int64Value", -1);
    size_t class = class_of(line);

    (void)arena;
    if (count < 0 || count > COUNT_MAX)
        return error_set(err, ERR_INVALID, "a point that counts nothing");
    if (minute->has_class[class])
        return error_set(err, ERR_INVALID, "a point that comes twice");
    minute->has_class[class] = true;
    minute->requests += (double)count;
    if (class == CLASS_OF_ERRORS)
        minute->errors += (double)count;
    return true;
}

static bool take_latencies(struct series_minute *minute, const cJSON *line, const cJSON *value, struct arena *arena,
                           struct error *err)
{
    (void)line;
    if (minute->latencies.buckets > 0)
        return error_set(err, ERR_INVALID, "a point that comes twice");
    return distribution_decode(json_find(value, "distributionValue"), arena, &minute->latencies, err);
}

bool series_take_requests(struct series *series, const cJSON *page, struct arena *arena, struct error *err)
{
    return take_page(series, page, take_requests, arena, err);
}

bool series_take_latencies(struct series *series, const cJSON *page, struct arena *arena, struct error *err)
{
    return take_page(series, page, take_latencies, arena, err);
}
