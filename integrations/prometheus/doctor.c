#include "integrations/prometheus/doctor.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/prometheus/answer.h"
#include "integrations/prometheus/queries.h"
#include "integrations/url.h"

#include <inttypes.h>

#define BLOCKS_COUNTED 20
#define BLOCKS_WITH_SAMPLE 16 /* of those: samples come by chance a little late, and not each time */

static const struct shape_field ask_rows[] = {
    ROW_STRING(prometheus_doctor_ask, target),
    ROW_OBJECT(prometheus_doctor_ask, names, &measure_names_shape),
    ROW_INT(prometheus_doctor_ask, block_ms, .flags = SHAPE_NONZERO),
};
const struct shape prometheus_doctor_ask_shape = SHAPE("metrics to look for", prometheus_doctor_ask, ask_rows);

static struct http_call query_call(const struct exchange *exchange, const char *query)
{
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES + 4 * QUERY_MAX_BYTES);

    url_add_base(&url, exchange->settings->metrics.prometheus);
    buf_puts(&url, "/api/v1/query?query=");
    url_add_encoded(&url, str_of(query));
    return (struct http_call){ .method = "GET",
                               .url = arena_copy(exchange->arena, buf_str(&url)),
                               .timeout_ms = 5 * SECOND_MS };
}

/* False: dialog->step is what to return. */
static bool read_number(struct dialog *dialog, const char *what, const char *query, struct measure_value *ret_value)
{
    const struct exchange *exchange = dialog->exchange;
    const struct http_answer *answer = dialog_ask(dialog, query_call(exchange, query));
    struct answer_number number;
    struct error err;

    if (!answer)
        return false;
    if (answer->status != 200)
        dialog->step = answer_refused(exchange, what, answer);
    else if (!answer_decode(answer->body, &number, &err))
        dialog->step = exchange_never(exchange, "%s: this is no Prometheus: %s", what, err.message);
    else {
        *ret_value = number.value;
        return true;
    }
    return false;
}

/* How many there are of each; what has none is added to *missing. */
static bool count_series(struct dialog *dialog, const struct prometheus_doctor_ask *ask, double *counts,
                         const char **missing)
{
    struct arena *arena = dialog->exchange->arena;
    const char *const metrics[] = { ask->names.requests, arena_printf(arena, "%s_bucket", ask->names.latency) };

    for (size_t i = 0; i < ARRAY_LEN(metrics); i++) {
        const char *selector = query_of_series(&ask->names, metrics[i], arena);
        struct measure_value value = { .is_known = false };

        if (!read_number(dialog, "Prometheus", arena_printf(arena, "count(%s)", selector), &value))
            return false;
        counts[i] = value.is_known ? value.value : 0;
        if (counts[i] <= 0)
            *missing = *missing ? arena_printf(arena, "%s, nor %s", *missing, selector) : selector;
    }
    return true;
}

/* Of the series of requests that is told most often, of those that were there before, and are still: one that has just
 * begun, or ended, would look as if it came seldom. */
static bool count_samples(struct dialog *dialog, const struct prometheus_doctor_ask *ask,
                          struct measure_value *ret_count)
{
    struct arena *arena = dialog->exchange->arena;
    const char *selector = query_of_series(&ask->names, ask->names.requests, arena);
    int64_t range_ms = BLOCKS_COUNTED * ask->block_ms;

    return read_number(dialog, "Prometheus",
                       arena_printf(arena, "max(count_over_time(%s[%" PRId64 "ms]) and %s offset %" PRId64 "ms and %s)",
                                    selector, range_ms, selector, range_ms, selector),
                       ret_count);
}

static bool look_how_often(struct dialog *dialog, const struct prometheus_doctor_ask *ask, struct finding *finding)
{
    struct arena *arena = dialog->exchange->arena;
    struct measure_value count = { .is_known = false };

    if (ask->block_ms <= 0)
        return true;
    if (!count_samples(dialog, ask, &count))
        return false;
    if (!count.is_known || !(count.value >= 1) || count.value >= BLOCKS_WITH_SAMPLE)
        return true;
    finding->mark = FINDING_OPEN;
    finding->text =
        arena_printf(arena, "%s; a sample comes about every %s, and its analysis counts in blocks of %s", finding->text,
                     duration_about((int64_t)((double)(BLOCKS_COUNTED * ask->block_ms) / count.value)).text,
                     duration_format(ask->block_ms).text);
    finding->mend =
        "of a block without a sample nothing is known, so each rollout has to find that out, and loses minutes over it. Set "
        "analysis.block to what Prometheus collects at, or let it collect more often";
    return true;
}

static struct exchange_step look_for_series(struct dialog *dialog, const struct prometheus_doctor_ask *ask)
{
    struct arena *arena = dialog->exchange->arena;
    struct finding finding = { FINDING_GOOD, arena_printf(arena, "Prometheus %.100s", ask->target), NULL, NULL };
    const char *missing = NULL;
    struct findings found = { 0 };
    double counts[2];

    if (!count_series(dialog, ask, counts, &missing))
        return dialog->step;
    finding.text = arena_printf(arena, "it has %.0f series of requests and %.0f of latency", counts[0], counts[1]);
    if (!missing && !look_how_often(dialog, ask, &finding))
        return dialog->step;
    if (missing) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(arena, "nothing matches %s", missing);
        finding.mend = "is the service scraped, and are analysis.metrics and its match as they are called there? A "
                       "rollout cannot be judged without";
    }
    findings_add(&found, arena, finding);
    return findings_done(dialog->exchange, &found);
}

struct exchange_step prometheus_doctor(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct measure_value one = { .is_known = false };
    struct prometheus_doctor_ask ask;
    struct findings found = { 0 };
    struct error err;

    if (!shape_from_json(&prometheus_doctor_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "Prometheus: %s", err.message);
    if (ask.target) {
        if (!query_check_names(&ask.names, &err))
            return exchange_never(exchange, "Prometheus: %s", err.message);
        return look_for_series(&dialog, &ask);
    }
    if (!read_number(&dialog, "Prometheus", "1", &one))
        return dialog.step;
    if (!one.is_known || one.value < 1 || one.value > 1)
        return exchange_never(exchange, "Prometheus: it does not know that 1 is 1: is metrics.prometheus its address?");
    findings_add(&found, exchange->arena, (struct finding){ FINDING_GOOD, "Prometheus", "it answers queries", NULL });
    return findings_done(exchange, &found);
}
