#include "integrations/prometheus/measure.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/prometheus/blocks.h"
#include "integrations/url.h"

#include <inttypes.h>
#include <math.h>

#define CALL_TIMEOUT_MS (5 * SECOND_MS)
#define LAG_MAX_MS HOUR_MS

struct measuring {
    struct dialog dialog;
    const struct exchange *exchange;
    struct measure_ask ask;
    struct measured measured;
};

static bool stop(struct measuring *m, struct exchange_step step)
{
    m->dialog.step = step;
    return false;
}

/* ---- one query ---- */

static void add_instant(struct buf *form, const char *name, int64_t at_ms)
{
    buf_addf(form, "&%s=%" PRId64 ".%03" PRId64, name, at_ms / SECOND_MS, at_ms % SECOND_MS);
}

/* Asks `path` for the form. NULL: dialog.step is what to return. `what` begins every sentence. */
static const struct http_answer *ask_for(struct measuring *m, const char *what, const char *path,
                                         const struct buf *form)
{
    static const struct http_header headers[] = { { "Content-Type", "application/x-www-form-urlencoded" } };
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);
    const struct http_answer *answer;

    url_add_base(&url, m->exchange->settings->metrics.prometheus);
    buf_puts(&url, path);
    answer = dialog_ask(&m->dialog, (struct http_call){
                                        .method = "POST",
                                        .url = arena_copy(m->exchange->arena, buf_str(&url)),
                                        .headers = headers,
                                        .header_count = ARRAY_LEN(headers),
                                        .body = str_of(arena_copy(m->exchange->arena, buf_str(form))),
                                        .timeout_ms = CALL_TIMEOUT_MS,
                                    });
    if (answer && answer->status != 200) {
        m->dialog.step = answer_refused(m->exchange, what, answer);
        return NULL;
    }
    return answer;
}

static bool begin_form(struct measuring *m, const char *what, const char *query, struct buf *form)
{
    if (!query)
        return stop(m, exchange_never(m->exchange, "%s: the query is longer than %d bytes", what, QUERY_MAX_BYTES));
    buf_puts(form, "query=");
    url_add_encoded(form, str_of(query));
    return true;
}

/* Always false. */
static bool refuse_answer(struct measuring *m, const char *what, const struct error *err)
{
    return stop(m, err->code == ERR_CONFLICT
                       ? exchange_never(m->exchange, "%s: %s", what, err->message)
                       : exchange_again(m->exchange, "%s: the answer is none: %s", what, err->message));
}

/* ---- the window ---- */

static struct measure_value *window_value(struct measured_revision *revision, enum query_part part)
{
    switch (part) {
    case PART_REQUESTS:
        return &revision->requests;
    case PART_RECENT:
        return &revision->recent;
    case PART_ERRORS:
        return &revision->errors;
    case PART_P50:
        return &revision->p50_s;
    case PART_P95:
        return &revision->p95_s;
    case PART_NOW:
    case PART_BOUND:
    case PART_IN_ALL:
    case PART_FAST:
    case PART_FAST_VS:
    case PART_THERE:
    case PART_COUNT:
        break;
    }
    return NULL;
}

static void take_value(struct measured_revision *revision, const struct answer_sample *sample)
{
    struct measure_value *value = window_value(revision, blocks_part(sample));

    if (value && sample->number.value.value >= 0) /* none of them can be less */
        *value = sample->number.value;
    if (blocks_part(sample) == PART_THERE && sample->number.value.value > 0)
        revision->is_there = true;
}

/* Of no requests there are no errors, and nothing recent. */
static void settle(struct measured_revision *revision)
{
    if (!revision->requests.is_known)
        revision->errors = revision->recent = (struct measure_value){ .is_known = false };
}

static bool take_window(struct measuring *m, const char *what, const struct answer_samples *samples)
{
    struct error err;

    m->measured.is_partial = samples->is_partial;
    for (size_t i = 0; i < samples->count; i++) {
        const struct answer_sample *sample = &samples->at[i];

        if (blocks_part(sample) == PART_NOW)
            m->measured.at_ms = sample->number.at_ms;
        if (blocks_is_of(sample, &m->ask, m->ask.canary))
            take_value(&m->measured.canary, sample);
        if (blocks_is_of(sample, &m->ask, m->ask.baseline))
            take_value(&m->measured.baseline, sample);
    }
    settle(&m->measured.canary);
    settle(&m->measured.baseline);
    if (m->measured.at_ms > 0)
        return true;
    error_set(&err, ERR_INVALID, "it does not tell the time");
    return refuse_answer(m, what, &err);
}

static bool read_window(struct measuring *m, bool asks_bounds, struct answer_samples *samples)
{
    AUTO_BUF struct buf form = BUF(4 * QUERY_MAX_BYTES);
    struct arena *arena = m->exchange->arena;
    const char *what = arena_printf(arena, "Prometheus, numbers of %.100s", m->ask.canary);
    const struct http_answer *answer;
    struct error err;

    if (!begin_form(m, what, query_of_window(&m->ask, asks_bounds, arena), &form))
        return false;
    answer = ask_for(m, what, "/api/v1/query", &form);
    if (!answer)
        return false;
    if (!answer_decode_samples(answer->body, "vector", arena, samples, &err))
        return refuse_answer(m, what, &err);
    return take_window(m, what, samples);
}

/* ---- the user's own ---- */

/* At the instant of the window. */
static bool read_query(struct measuring *m, const struct measure_query *query, struct measure_value *ret_value)
{
    AUTO_BUF struct buf form = BUF(4 * QUERY_MAX_BYTES);
    struct arena *arena = m->exchange->arena;
    const char *what = arena_printf(arena, "Prometheus, query '%.60s'", query->name);
    const struct http_answer *answer;
    struct answer_number number;
    struct error err;

    if (!begin_form(m, what, query_of_user(query->query, m->ask.canary, arena), &form))
        return false;
    add_instant(&form, "time", m->measured.at_ms);
    answer = ask_for(m, what, "/api/v1/query", &form);
    if (!answer)
        return false;
    if (!answer_decode(answer->body, &number, &err))
        return refuse_answer(m, what, &err);
    *ret_value = number.value;
    return true;
}

static bool read_queries(struct measuring *m)
{
    for (size_t i = 0; i < m->ask.queries_count; i++)
        if (!read_query(m, &m->ask.queries[i],
                        ARENA_PUSH(m->exchange->arena, m->measured.queries, m->measured.queries_count)))
            return false;
    return true;
}

/* ---- blocks ---- */

static const char *block_query(struct measuring *m, const struct answer_samples *window)
{
    struct arena *arena = m->exchange->arena;
    const struct blocks_bound all = blocks_bound(&m->ask, INFINITY, window, arena),
                              fast = blocks_bound(&m->ask, m->ask.slow_s, window, arena),
                              fast_vs = blocks_bound(&m->ask, m->ask.slow_vs_s, window, arena);

    m->measured.bound_s = fast.value;
    m->measured.bound_vs_s = fast_vs.value;
    return query_of_blocks(&m->ask, &all.written, &fast.written, &fast_vs.written, arena);
}

static bool read_blocks(struct measuring *m, const struct answer_samples *window)
{
    AUTO_BUF struct buf form = BUF(4 * QUERY_MAX_BYTES);
    struct arena *arena = m->exchange->arena;
    const char *what = arena_printf(arena, "Prometheus, blocks of %.100s", m->ask.canary);
    const struct blocks_span span = blocks_span(&m->ask, m->measured.at_ms);
    const struct http_answer *answer;
    struct answer_samples samples;
    struct error err;

    if (!begin_form(m, what, block_query(m, window), &form))
        return false;
    if (span.count == 0)
        return true;
    add_instant(&form, "start", span.from_ms + span.block_ms);
    add_instant(&form, "end", span.from_ms + (int64_t)span.count * span.block_ms);
    buf_addf(&form, "&step=%" PRId64 ".%03" PRId64, span.block_ms / SECOND_MS, span.block_ms % SECOND_MS);
    answer = ask_for(m, what, "/api/v1/query_range", &form);
    if (!answer)
        return false;
    if (!answer_decode_samples(answer->body, "matrix", arena, &samples, &err) ||
        !blocks_decode(&m->ask, &span, &samples, arena, &m->measured, &err))
        return refuse_answer(m, what, &err);
    m->measured.is_partial = m->measured.is_partial || samples.is_partial;
    return true;
}

/* ---- all of them ---- */

static bool check(struct measuring *m)
{
    const struct settings *settings = m->exchange->settings;
    struct error err;

    if (!query_check_names(&m->ask.names, &err))
        return stop(m, exchange_never(m->exchange, "Prometheus: analysis.metrics.%s", err.message));
    if (m->ask.window_ms <= 0 || m->ask.window_ms > QUERY_WINDOW_MAX_MS)
        return stop(m, exchange_never(m->exchange, "Prometheus: a window is from 1 s to 7 days long"));
    if (m->ask.from_ms > 0 && (m->ask.block_ms < BLOCK_MIN_MS || m->ask.block_ms > BLOCK_MAX_MS))
        return stop(m, exchange_never(m->exchange, "Prometheus: a block is from 1 s to 1 h long"));
    if (m->ask.lag_ms < 0 || m->ask.lag_ms > LAG_MAX_MS)
        return stop(m, exchange_never(m->exchange, "Prometheus: it is late by 1 h at most"));
    if (m->ask.queries_count > MEASURE_QUERIES_MAX)
        return stop(m, exchange_never(m->exchange, "Prometheus: more than %d queries", MEASURE_QUERIES_MAX));
    if (!settings->metrics.prometheus)
        return stop(m, exchange_never(m->exchange, "metrics.prometheus is not configured: nothing can be measured"));
    return true;
}

struct exchange_step prometheus_measure(const struct exchange *exchange)
{
    struct measuring m = { .dialog = DIALOG(exchange), .exchange = exchange, .measured = { .source = "prometheus" } };
    struct answer_samples window;
    struct error err;

    if (!shape_from_json(&measure_ask_shape, exchange->args, exchange->arena, &m.ask, &err))
        return exchange_never(exchange, "Prometheus: %s", err.message);
    bool asks_blocks = m.ask.from_ms > 0, asks_bounds = asks_blocks && (m.ask.slow_s > 0 || m.ask.slow_vs_s > 0);

    if (!check(&m) || !read_window(&m, asks_bounds, &window) || (asks_blocks && !read_blocks(&m, &window)) ||
        !read_queries(&m))
        return m.dialog.step;
    return exchange_done(exchange, shape_to_json(&measured_shape, &m.measured, SHAPE_WHOLE));
}
