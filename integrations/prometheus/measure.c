#include "integrations/prometheus/measure.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/prometheus/answer.h"
#include "integrations/prometheus/queries.h"
#include "integrations/url.h"

#include <inttypes.h>
#include <string.h>

#define CALL_TIMEOUT_MS (5 * SECOND_MS)

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

/* ---- one number ---- */

static struct http_call query_call(const struct measuring *m, const char *query)
{
    static const struct http_header headers[] = { { "Content-Type", "application/x-www-form-urlencoded" } };
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES), body = BUF(4 * QUERY_MAX_BYTES);
    int64_t at_ms = m->measured.at_ms;

    url_add_base(&url, m->exchange->settings->metrics.prometheus);
    buf_puts(&url, "/api/v1/query");
    buf_puts(&body, "query=");
    url_add_encoded(&body, str_of(query));
    if (at_ms > 0)
        buf_addf(&body, "&time=%" PRId64 ".%03" PRId64, at_ms / SECOND_MS, at_ms % SECOND_MS);
    return (struct http_call){
        .method = "POST",
        .url = arena_copy(m->exchange->arena, buf_str(&url)),
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .body = str_of(arena_copy(m->exchange->arena, buf_str(&body))),
        .timeout_ms = CALL_TIMEOUT_MS,
    };
}

/* `what` begins every sentence. False: dialog.step is what to return. */
static bool read_number(struct measuring *m, const char *what, const char *query, struct measure_value *ret_value)
{
    const struct http_answer *answer;
    struct answer_number number;
    struct error err;

    if (!query)
        return stop(m, exchange_never(m->exchange, "%s: it is longer than %d bytes", what, QUERY_MAX_BYTES));
    answer = dialog_ask(&m->dialog, query_call(m, query));
    if (!answer)
        return false;
    if (answer->status != 200)
        return stop(m, answer_refused(m->exchange, what, answer));
    if (!answer_decode(answer->body, &number, &err))
        return stop(m, err.code == ERR_CONFLICT
                           ? exchange_never(m->exchange, "%s: %s", what, err.message)
                           : exchange_again(m->exchange, "%s: the answer is none: %s", what, err.message));
    if (m->measured.at_ms == 0)
        m->measured.at_ms = number.at_ms;
    *ret_value = number.value;
    return true;
}

/* ---- all of them ---- */

static bool read_about(struct measuring *m, enum query_about about, const char *revision,
                       struct measure_value *ret_value)
{
    const struct measure_ask *ask = &m->ask;
    struct arena *arena = m->exchange->arena;

    if (!read_number(m, arena_printf(arena, "Prometheus, %s of %.100s", query_about_text(about), revision),
                     query_of_revision(about, &ask->names, revision, ask->window_ms, arena), ret_value))
        return false;
    if (ret_value->value < 0) /* none of them can be */
        *ret_value = (struct measure_value){ .is_known = false };
    return true;
}

static bool read_revision(struct measuring *m, const char *revision, struct measured_revision *measured)
{
    if (!revision)
        return true;
    return read_about(m, QUERY_REQUESTS, revision, &measured->requests) &&
           (!measured->requests.is_known || (read_about(m, QUERY_RECENT, revision, &measured->recent) &&
                                             read_about(m, QUERY_ERRORS, revision, &measured->errors))) &&
           read_about(m, QUERY_P50, revision, &measured->p50_s) && read_about(m, QUERY_P95, revision, &measured->p95_s);
}

static bool read_queries(struct measuring *m)
{
    struct arena *arena = m->exchange->arena;

    for (size_t i = 0; i < m->ask.queries_count; i++) {
        const struct measure_query *query = &m->ask.queries[i];

        if (!read_number(m, arena_printf(arena, "Prometheus, query '%.60s'", query->name),
                         query_of_user(query->query, m->ask.canary, arena),
                         ARENA_PUSH(arena, m->measured.queries, m->measured.queries_count)))
            return false;
    }
    return true;
}

static bool check(struct measuring *m)
{
    const struct settings *settings = m->exchange->settings;
    struct error err;

    if (!query_check_names(&m->ask.names, &err))
        return stop(m, exchange_never(m->exchange, "Prometheus: analysis.metrics.%s", err.message));
    if (m->ask.window_ms <= 0 || m->ask.window_ms > QUERY_WINDOW_MAX_MS)
        return stop(m, exchange_never(m->exchange, "Prometheus: a window is from 1 s to 7 days long"));
    if (m->ask.queries_count > MEASURE_QUERIES_MAX)
        return stop(m, exchange_never(m->exchange, "Prometheus: more than %d queries", MEASURE_QUERIES_MAX));
    if (!settings->metrics.prometheus)
        return stop(m, exchange_never(m->exchange, "metrics.prometheus is not configured: nothing can be measured"));
    return true;
}

struct exchange_step prometheus_measure(const struct exchange *exchange)
{
    struct measuring m = { .dialog = DIALOG(exchange), .exchange = exchange };
    struct error err;

    if (!shape_from_json(&measure_ask_shape, exchange->args, exchange->arena, &m.ask, &err))
        return exchange_never(exchange, "Prometheus: %s", err.message);
    if (!check(&m) || !read_revision(&m, m.ask.canary, &m.measured.canary) ||
        !read_revision(&m, m.ask.baseline, &m.measured.baseline) || !read_queries(&m))
        return m.dialog.step;
    if (m.measured.at_ms == 0) /* it found nothing at all */
        m.measured.at_ms = exchange->unix_ms;
    return exchange_done(exchange, shape_to_json(&measured_shape, &m.measured, SHAPE_WHOLE));
}
