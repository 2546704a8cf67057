#include "bot/metrics/metrics.h"

#include "bot/base/json.h"
#include "bot/base/time.h"
#include "bot/shell/clock.h"

#include <string.h>

/* ---- what the engine tells ---- */

static void on_deciding(void *ctx, bool is_over)
{
    struct metrics *metrics = ctx;

    if (is_over)
        histograms_add(&metrics->decisions, "", clock_mono_ns() - metrics->deciding_since_ns);
    else
        metrics->deciding_since_ns = clock_mono_ns();
}

static void on_journalled(void *ctx, const char *kind, const cJSON *body)
{
    struct metrics *metrics = ctx;
    struct str rest = str_of(kind);

    counters_add(&metrics->entries, kind, NULL);
    if (str_take_prefix(&rest, "request."))
        counters_add(&metrics->requests, rest.at, json_find_string(body, "verb"));
    else if (strcmp(kind, "effect.ended") == 0)
        counters_add(&metrics->effects, json_find_string(body, "kind"), json_find_string(body, "end"));
    else if (strcmp(kind, "deploy.judged") == 0)
        counters_add(&metrics->steps, json_find_string(body, "verdict"), NULL);
}

static void on_ended(void *ctx, const char *kind, const char *result)
{
    struct metrics *metrics = ctx;

    counters_add(&metrics->operations, kind, result);
}

static void on_timer(void *ctx, int64_t late_ms)
{
    struct metrics *metrics = ctx;

    histograms_add(&metrics->timers, "", late_ms * 1000000);
}

struct engine_observer metrics_observer(struct metrics *metrics)
{
    return (struct engine_observer){
        .ctx = metrics, .deciding = on_deciding, .journalled = on_journalled, .ended = on_ended, .timer = on_timer
    };
}

/* ---- how Redis does ---- */

static void on_looked(void *arg, const struct store_probe *probe)
{
    struct metrics *metrics = arg;

    if (probe->status == STORE_OK)
        metrics->redis = *probe;
}

static void look(void *arg)
{
    struct metrics *metrics = arg;

    metrics->look = loop_timer_start(metrics->loop, METRICS_LOOK_MS, look, metrics);
    if (store_redis_is_up(metrics->store))
        store_redis_probe(metrics->store, on_looked, metrics);
}

void metrics_watch_store(struct metrics *metrics, struct loop *loop, struct store_redis *store)
{
    metrics->loop = loop;
    metrics->store = store;
    metrics->look = loop_timer_start(loop, METRICS_LOOK_MS, look, metrics);
}

void metrics_leave_store(struct metrics *metrics)
{
    loop_timer_cancel(TAKE(metrics->look));
    metrics->store = NULL;
}

void metrics_finish(struct metrics *metrics)
{
    histograms_clear(&metrics->decisions);
    histograms_clear(&metrics->timers);
    counters_clear(&metrics->entries);
    counters_clear(&metrics->requests);
    counters_clear(&metrics->effects);
    counters_clear(&metrics->operations);
    counters_clear(&metrics->steps);
}
