/* prometheus.h - a Prometheus that scrapes what runs on the simulated Cloud Run, and answers PromQL about it.
 *
 * prometheus_advance() scrapes when it is time, and prometheus_due_ms() tells when that is; prometheus_serve() is the
 * HTTP API v1 below /prometheus: query and query_range, by GET or by POST of a form. The world's lock is held during
 * all of them. Spec: https://prometheus.io/docs/prometheus/latest/querying/api/
 */
#ifndef SANDBOX_PROMETHEUS_PROMETHEUS_H
#define SANDBOX_PROMETHEUS_PROMETHEUS_H

#include "prometheus/series.h"
#include "run/run.h"

struct prometheus {
    struct store store;
    int64_t scrape_ms;     /* between two scrapes */
    int64_t scraped_at_ms; /* the last one; 0 before the first */
    bool stale;            /* does not scrape any more; what it has grows old */
};

struct prometheus *prometheus_create(void);
void prometheus_destroy(struct prometheus *prometheus);
AUTO_DEFINE(prometheus)

int64_t prometheus_due_ms(const struct prometheus *prometheus, int64_t now_ms); /* the next scrape; now at the latest */
bool prometheus_advance(struct prometheus *prometheus, const struct run *run, int64_t now_ms); /* did it scrape? */
void prometheus_serve(const struct prometheus *prometheus, const struct request *request, struct reply *reply);
cJSON *prometheus_state(const struct prometheus *prometheus);

#endif
