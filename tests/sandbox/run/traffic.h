/* traffic.h - the users of what runs: their requests, shared out by the observed split, and the app's own counters.
 *
 * Nothing travels over HTTP: every tick each service's share of requests is drawn, one by one, from its split and from
 * how the chosen revision behaves. The dice are the same in every new world. traffic_expose() is the metrics page that
 * a Prometheus would scrape: a counter appears with its first request, so a revision that never failed has no 5xx
 * series, and a revision nobody has asked for a while has no instance left to scrape. Cloud Run counts the same requests
 * by the minute, see minutes.h. The world's lock is held.
 */
#ifndef SANDBOX_RUN_TRAFFIC_H
#define SANDBOX_RUN_TRAFFIC_H

#include "run/run.h"

#define TRAFFIC_RPS_MAX 5000

bool traffic_advance(struct run *run, int64_t now_ms); /* did anybody come? */
double traffic_current_rps(const struct revision *revision, int64_t now_ms); /* over the last second */
void traffic_restart(struct revision *revision); /* as a new instance: every counter begins at 0 */

/* As if the users had come so many minutes before, too, up to the last one that is over, to what serves now. Only Cloud Run's
 * own minutes (minutes.h) know of it: a Prometheus cannot scrape the past. */
void traffic_add_past(struct run *run, int64_t minutes, int64_t now_ms);

struct exposed {
    const char *name, *service;
    const char *revision, *code, *bound; /* NULL: it has no such label */
    double value;
};
typedef void (*exposed_fn)(void *arg, const struct exposed *sample);
void traffic_expose(const struct run *run, int64_t now_ms, exposed_fn on_sample, void *arg);

#endif
