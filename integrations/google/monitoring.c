#include "integrations/google/monitoring.h"

#include "bot/base/time.h"
#include "bot/model/finding.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/google/api.h"
#include "integrations/google/attempt.h"
#include "integrations/google/series.h"
#include "integrations/url.h"

#include <math.h>

#define CALL_TIMEOUT_MS (8 * SECOND_MS)
#define ANSWER_MAX_BYTES (4 * 1024 * 1024)
#define RECENT_MINUTES 2
#define BLOCK_MAX_MS HOUR_MS
#define LAG_MAX_MS HOUR_MS

struct monitoring {
    struct dialog dialog;
    const struct exchange *exchange;
    struct measure_ask ask;
    const char *what; /* begins every sentence */
    int64_t until_ms; /* what is later may not be seen yet */
    struct series series;
    struct measured measured;
};

static bool stop(struct monitoring *m, struct exchange_step step)
{
    m->dialog.step = step;
    return false;
}

/* ---- calls ---- */

typedef bool (*take_page_fn)(struct series *series, const cJSON *page, struct arena *arena, struct error *err);

static const char *url_of(const struct monitoring *m, const char *metric, const char *group_by, const char *page)
{
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, m->exchange->settings->google.monitoring_url);
    buf_puts(&url, "/v3/projects/");
    url_add_encoded(&url, str_of(m->ask.place->project));
    buf_puts(&url, "/timeSeries?");
    series_add_query(&url, &m->ask, metric, group_by, m->series.span);
    if (page) {
        buf_puts(&url, "&pageToken=");
        url_add_encoded(&url, str_of(page));
    }
    return url.failed ? NULL : arena_copy(m->exchange->arena, buf_str(&url));
}

static struct exchange_step refused(const struct monitoring *m, const struct http_answer *answer)
{
    struct exchange_step step = google_refused(m->exchange, m->what, answer);

    if (answer->status == 403)
        step.error = arena_printf(m->exchange->arena, "%s. Has opsgate's account roles/monitoring.viewer in %s?",
                                  step.error, m->ask.place->project);
    return step;
}

static const cJSON *read_page(struct monitoring *m, const char *url)
{
    const struct http_answer *answer;
    const cJSON *page;
    struct error err;

    if (!url) {
        stop(m, exchange_never(m->exchange, "%s: what is asked is longer than %d bytes", m->what, URL_MAX_BYTES));
        return NULL;
    }
    answer = dialog_ask(&m->dialog, (struct http_call){ .method = "GET",
                                                        .url = url,
                                                        .timeout_ms = CALL_TIMEOUT_MS,
                                                        .credential = HTTP_GOOGLE_ACCESS,
                                                        .project = m->ask.place->project });
    if (!answer)
        return NULL;
    if (answer->status != 200) {
        stop(m, refused(m, answer));
        return NULL;
    }
    page = answer->body.len <= ANSWER_MAX_BYTES ? json_parse_in(m->exchange->arena, answer->body, &err) : NULL;
    if (!page)
        stop(m, exchange_again(m->exchange, "%s: the answer is none: %s", m->what,
                               answer->body.len > ANSWER_MAX_BYTES ? "more than 4 MiB" : err.message));
    return page;
}

static bool read_metric(struct monitoring *m, const char *metric, const char *group_by, take_page_fn take)
{
    const char *token = NULL;
    struct error err;

    for (int pages = 0; pages < MONITORING_PAGES_MAX; pages++) {
        const cJSON *page = read_page(m, url_of(m, metric, group_by, token));

        if (!page)
            return false;
        if (!take(&m->series, page, m->exchange->arena, &err))
            return stop(m, exchange_again(m->exchange, "%s: the answer is none: %s", m->what, err.message));
        token = json_find_string(page, "nextPageToken");
        if (!token || !token[0])
            return true;
    }
    return stop(m, exchange_never(m->exchange, "%s: it has more than %d pages", m->what, MONITORING_PAGES_MAX));
}

/* ---- blocks ---- */

static int64_t round_up(int64_t value, int64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static int64_t block_ms(const struct monitoring *m)
{
    return round_up(m->ask.block_ms > 0 ? m->ask.block_ms : 1, MONITORING_POINT_MS);
}

struct counted { /* over some minutes of one revision */
    bool is_known, is_timed;
    double requests, errors;
    struct distribution latencies;
};

/* All of them known, or it is not. */
static struct counted count(const struct monitoring *m, size_t which, size_t from, size_t minutes)
{
    struct counted counted = { .is_known = minutes > 0, .is_timed = minutes > 0 };

    for (size_t i = from; i < from + minutes; i++) {
        const struct series_minute *minute = &m->series.minutes[which][i];

        counted.is_known = counted.is_known && series_is_known(minute);
        counted.requests += minute->requests;
        counted.errors += minute->errors;
        counted.is_timed = counted.is_timed && minute->latencies.buckets > 0 &&
                           distribution_add(&counted.latencies, &minute->latencies, m->exchange->arena);
    }
    return counted;
}

static struct measure_value known(double value)
{
    return (struct measure_value){ .is_known = true, .value = value };
}

static struct measure_value slow_of(const struct counted *counted, double bound_s)
{
    double bound_ms = bound_s * 1000;

    /* of another revision's buckets it may be none */
    if (bound_s <= 0 || !counted->is_timed ||
        fabs(distribution_bound(&counted->latencies, bound_ms * (1 - 1e-9)) - bound_ms) > bound_ms * 1e-9)
        return (struct measure_value){ .is_known = false };
    return measure_slow(counted->requests, distribution_total(&counted->latencies),
                        distribution_above(&counted->latencies, bound_ms * (1 + 1e-9)));
}

static struct measure_counts counts_of(const struct monitoring *m, size_t which, size_t from, size_t minutes)
{
    struct counted counted = count(m, which, from, minutes);

    if (!counted.is_known)
        return (struct measure_counts){ .requests = { .is_known = false } };
    return (struct measure_counts){ .requests = known(counted.requests),
                                    .errors = known(counted.errors),
                                    .slow = slow_of(&counted, m->measured.bound_s),
                                    .slow_vs = slow_of(&counted, m->measured.bound_vs_s) };
}

/* Of the first that has buckets: they are Cloud Run's, and the same for all. In seconds; 0: none is. */
static double bound_for(const struct monitoring *m, double limit_s)
{
    for (size_t which = 0; limit_s > 0 && which < ARRAY_LEN(m->series.minutes); which++)
        for (size_t i = 0; i < m->series.span.minutes; i++)
            if (m->series.minutes[which][i].latencies.buckets > 0)
                return distribution_bound(&m->series.minutes[which][i].latencies, limit_s * 1000) / 1000;
    return 0;
}

static void tell_blocks(struct monitoring *m)
{
    int64_t length_ms = block_ms(m), from_ms = round_up(m->ask.from_ms, length_ms);
    size_t minutes = (size_t)(length_ms / MONITORING_POINT_MS);

    if (m->ask.from_ms <= 0)
        return;
    m->measured.bound_s = bound_for(m, m->ask.slow_s);
    m->measured.bound_vs_s = bound_for(m, m->ask.slow_vs_s);
    if (from_ms < m->series.span.from_ms)
        from_ms = round_up(m->series.span.from_ms, length_ms);
    for (; from_ms + length_ms <= m->until_ms; from_ms += length_ms) {
        size_t at = (size_t)((from_ms - m->series.span.from_ms) / MONITORING_POINT_MS);
        struct measure_block block = { .from_ms = from_ms,
                                       .to_ms = from_ms + length_ms,
                                       .canary = counts_of(m, 0, at, minutes),
                                       .baseline = counts_of(m, 1, at, minutes) };

        if (block.canary.requests.is_known || block.baseline.requests.is_known)
            *ARENA_PUSH(m->exchange->arena, m->measured.blocks, m->measured.blocks_count) = block;
    }
}

/* ---- the window ---- */

static size_t window_minutes(const struct monitoring *m)
{
    int64_t minutes = round_up(m->ask.window_ms, MONITORING_POINT_MS) / MONITORING_POINT_MS;

    return minutes < MEASURE_BLOCKS_MAX ? (size_t)minutes : MEASURE_BLOCKS_MAX;
}

static struct measure_value quantile_s(const struct distribution *latencies, double quantile)
{
    double value_ms;

    return distribution_quantile(latencies, quantile, &value_ms) ? known(value_ms / 1000)
                                                                 : (struct measure_value){ .is_known = false };
}

/* A minute without anything is no reason to know nothing of the others. */
static void tell_window(struct monitoring *m, size_t which, struct measured_revision *revision)
{
    size_t end = m->series.span.minutes, begin = end - window_minutes(m);
    struct distribution latencies = { .buckets = 0 };
    double recent = 0;

    for (size_t i = begin; i < end; i++) {
        const struct series_minute *minute = &m->series.minutes[which][i];

        if (minute->latencies.buckets > 0)
            distribution_add(&latencies, &minute->latencies, m->exchange->arena);
        if (!series_is_known(minute))
            continue;
        revision->requests = known(revision->requests.value + minute->requests);
        revision->errors = known(revision->errors.value + minute->errors);
        if (i + RECENT_MINUTES >= end) {
            recent += minute->requests;
            revision->recent = known(recent / (RECENT_MINUTES * 60));
        }
    }
    revision->p50_s = quantile_s(&latencies, 0.5);
    revision->p95_s = quantile_s(&latencies, 0.95);
}

/* ---- all of it ---- */

static struct series_span span_of(const struct monitoring *m)
{
    int64_t from_ms = m->until_ms - (int64_t)window_minutes(m) * MONITORING_POINT_MS,
            oldest_ms = m->until_ms - MEASURE_BLOCKS_MAX * MONITORING_POINT_MS;

    if (m->ask.from_ms > 0 && m->ask.from_ms < from_ms)
        from_ms = m->ask.from_ms > oldest_ms ? m->ask.from_ms / MONITORING_POINT_MS * MONITORING_POINT_MS : oldest_ms;
    return (struct series_span){ from_ms, (size_t)((m->until_ms - from_ms) / MONITORING_POINT_MS) };
}

static bool check_place(struct monitoring *m)
{
    const struct run_place *place = m->ask.place;

    if (!m->exchange->settings->metrics.google_cloud_monitoring)
        return stop(m, exchange_never(m->exchange, "metrics.google_cloud_monitoring is not configured"));
    if (!place || !attempt_is_name(place->project) || !attempt_is_name(place->region) ||
        !attempt_is_name(place->service))
        return stop(m, exchange_never(m->exchange, "Cloud Monitoring: it is asked of no Cloud Run service"));
    return true;
}

static bool check(struct monitoring *m)
{
    if (!check_place(m))
        return false;
    if (!attempt_is_name(m->ask.canary) || (m->ask.baseline && !attempt_is_name(m->ask.baseline)))
        return stop(m, exchange_never(m->exchange, "Cloud Monitoring: no revision can be called so"));
    if (m->ask.window_ms <= 0)
        return stop(m, exchange_never(m->exchange, "Cloud Monitoring: a window has a length"));
    if (m->ask.block_ms < 0 || m->ask.block_ms > BLOCK_MAX_MS)
        return stop(m, exchange_never(m->exchange, "Cloud Monitoring: a block is 1 h long at most"));
    if (m->ask.lag_ms < 0 || m->ask.lag_ms > LAG_MAX_MS)
        return stop(m, exchange_never(m->exchange, "Cloud Monitoring: it is late by 1 h at most"));
    return true;
}

static bool begin(struct monitoring *m)
{
    int64_t lag_ms;
    struct error err;

    if (!shape_from_json(&measure_ask_shape, m->exchange->args, m->exchange->arena, &m->ask, &err))
        return stop(m, exchange_never(m->exchange, "Cloud Monitoring: %s", err.message));
    if (!check(m))
        return false;
    m->what =
        arena_printf(m->exchange->arena, "Cloud Monitoring, %s in %s", m->ask.place->service, m->ask.place->project);
    lag_ms = settings_metrics_lag_ms(&m->exchange->settings->metrics);
    lag_ms = m->ask.lag_ms > lag_ms ? m->ask.lag_ms : lag_ms;
    m->until_ms = (m->exchange->unix_ms - lag_ms) / MONITORING_POINT_MS * MONITORING_POINT_MS;
    m->series = series_begin(&m->ask, span_of(m), m->exchange->arena);
    return true;
}

struct exchange_step monitoring_measure(const struct exchange *exchange)
{
    struct monitoring m = {
        .dialog = DIALOG(exchange),
        .exchange = exchange,
        .measured = { .at_ms = exchange->unix_ms, .source = "google" },
    };

    if (!begin(&m) ||
        !read_metric(&m, "run.googleapis.com/request_count", "metric.labels.response_code_class",
                     series_take_requests) ||
        !read_metric(&m, "run.googleapis.com/request_latencies", NULL, series_take_latencies))
        return m.dialog.step;
    tell_window(&m, 0, &m.measured.canary);
    tell_window(&m, 1, &m.measured.baseline);
    tell_blocks(&m);
    for (size_t i = 0; i < m.ask.queries_count; i++)
        ARENA_PUSH(exchange->arena, m.measured.queries, m.measured.queries_count)->is_known = false;
    return exchange_done(exchange, shape_to_json(&measured_shape, &m.measured, SHAPE_WHOLE));
}

/* ---- doctor ---- */

#define DOCTOR_MINUTES 60

/* Of a page without series: there may be some all the same. */
static bool is_whole(const cJSON *page)
{
    const char *token = json_find_string(page, "nextPageToken");

    return !(token && token[0]) && cJSON_GetArraySize(json_find(page, "executionErrors")) == 0 &&
           cJSON_GetArraySize(json_find(page, "unreachable")) == 0;
}

static bool find_series(struct monitoring *m, struct finding *finding)
{
    const cJSON *page = read_page(m, url_of(m, "run.googleapis.com/request_count", NULL, NULL));
    int count;

    if (!page)
        return false;
    count = cJSON_GetArraySize(json_find(page, "timeSeries"));
    if (count == 0 && !is_whole(page))
        return stop(m, exchange_again(m->exchange, "%s: the answer is none: it is not all that there is", m->what));
    finding->text =
        count > 0 ? "its requests can be read" : "it may be read, and knows of no requests in the last hour";
    if (count > 0)
        return true;
    finding->mark = FINDING_OPEN;
    finding->mend = "a service that nobody calls has no series: a rollout of it is judged by nothing";
    return true;
}

struct exchange_step monitoring_doctor(const struct exchange *exchange)
{
    struct monitoring m = { .dialog = DIALOG(exchange), .exchange = exchange };
    struct finding finding = { .mark = FINDING_GOOD };
    struct findings found = { 0 };
    struct run_place place;
    struct error err;

    if (!shape_from_json(&run_place_shape, exchange->args, exchange->arena, &place, &err))
        return exchange_never(exchange, "Cloud Monitoring: %s", err.message);
    m.ask.place = &place;
    if (!check_place(&m))
        return m.dialog.step;
    m.what = arena_printf(exchange->arena, "Cloud Monitoring, %s in %s", place.service, place.project);
    m.series.span.from_ms =
        exchange->unix_ms / MONITORING_POINT_MS * MONITORING_POINT_MS - DOCTOR_MINUTES * MONITORING_POINT_MS;
    m.series.span.minutes = DOCTOR_MINUTES;
    finding.subject = arena_printf(exchange->arena, "Cloud Monitoring %.100s", place.service);
    if (!find_series(&m, &finding))
        return m.dialog.step;
    findings_add(&found, exchange->arena, finding);
    return findings_done(exchange, &found);
}
