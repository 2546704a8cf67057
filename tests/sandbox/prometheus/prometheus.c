#include "prometheus/prometheus.h"

#include "run/traffic.h"

#include "bot/base/time.h"

#include <math.h>

#define DEFAULT_SCRAPE_MS 1000
#define CATCH_UP_MS (10 * SECOND_MS) /* as users do */

struct prometheus *prometheus_create(void)
{
    struct prometheus *prometheus = xcalloc(1, sizeof *prometheus);

    prometheus->scrape_ms = DEFAULT_SCRAPE_MS;
    return prometheus;
}

void prometheus_destroy(struct prometheus *prometheus)
{
    if (!prometheus)
        return;
    store_finish(&prometheus->store);
    free(prometheus);
}

struct scrape {
    struct store *store;
    int64_t at_ms;
};

/* The labels in the order of their names, as a set has them. */
static void on_exposed(void *arg, const struct exposed *sample)
{
    struct scrape *scrape = arg;
    struct label labels[5] = { { LABEL_NAME, sample->name } };
    size_t count = 1;

    if (sample->code)
        labels[count++] = (struct label){ "code", sample->code };
    if (sample->bound)
        labels[count++] = (struct label){ "le", sample->bound };
    if (sample->revision)
        labels[count++] = (struct label){ "revision", sample->revision };
    labels[count++] = (struct label){ "service", sample->service };
    store_append(scrape->store, (struct labels){ labels, count }, scrape->at_ms, sample->value);
}

int64_t prometheus_due_ms(const struct prometheus *prometheus, int64_t now_ms)
{
    int64_t due_ms = prometheus->scraped_at_ms + prometheus->scrape_ms;

    return prometheus->stale || due_ms > now_ms || due_ms < now_ms - CATCH_UP_MS ? now_ms : due_ms;
}

bool prometheus_advance(struct prometheus *prometheus, const struct run *run, int64_t now_ms)
{
    struct scrape scrape = { &prometheus->store, now_ms };

    if (prometheus->stale || now_ms < prometheus->scraped_at_ms + prometheus->scrape_ms)
        return false;
    /* On a steady beat, unless one was missed. */
    prometheus->scraped_at_ms = now_ms < prometheus->scraped_at_ms + 2 * prometheus->scrape_ms
                                    ? prometheus->scraped_at_ms + prometheus->scrape_ms
                                    : now_ms;
    traffic_expose(run, now_ms, on_exposed, &scrape);
    store_end_scrape(&prometheus->store, now_ms);
    return true;
}

cJSON *prometheus_state(const struct prometheus *prometheus)
{
    cJSON *state = json_object();

    json_set_int(state, "scrape_ms", prometheus->scrape_ms);
    json_set_int(state, "scraped_at_ms", prometheus->scraped_at_ms);
    json_set_int(state, "series", (int64_t)prometheus->store.count);
    json_set_bool(state, "stale", prometheus->stale);
    return state;
}
