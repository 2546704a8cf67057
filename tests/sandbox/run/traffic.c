#include "run/traffic.h"

#include "logging/logging.h"
#include "run/minutes.h"

#include "bot/base/time.h"

#include <math.h>

#define TICK_MS 100
#define CATCH_UP_MS (10 * SECOND_MS) /* of a pause longer than this the rest is forgotten */
#define IDLE_MS (15 * MINUTE_MS)     /* how long Cloud Run keeps an instance that nobody asks */

/* Latency is log-normal around its median, with p95 at about 2.4 times and a few requests far out. */
#define LATENCY_SPREAD 0.5
#define OUTLIER_SHARE 0.01
#define OUTLIER_MAX 20.0

/* clang-format off */
static const struct {
    const char *text;
    double seconds;
} bounds[TRAFFIC_BUCKETS] = {
    { "0.005", 0.005 }, { "0.01", 0.01 }, { "0.025", 0.025 }, { "0.05", 0.05 }, { "0.075", 0.075 }, { "0.1", 0.1 },
    { "0.15", 0.15 },   { "0.2", 0.2 },   { "0.3", 0.3 },     { "0.4", 0.4 },   { "0.5", 0.5 },     { "0.75", 0.75 },
    { "1", 1 },         { "2.5", 2.5 },   { "5", 5 },         { "10", 10 },     { "+Inf", INFINITY },
};
/* clang-format on */

static const char *const codes[TRAFFIC_CODES] = { "200", "500", "503" };

/* ---- dice ---- */

/* xorshift64*, by Vigna; in (0, 1). */
static double roll(struct run *run)
{
    run->traffic_dice ^= run->traffic_dice >> 12;
    run->traffic_dice ^= run->traffic_dice << 25;
    run->traffic_dice ^= run->traffic_dice >> 27;
    return ((double)((run->traffic_dice * UINT64_C(2685821657736338717)) >> 11) + 0.5) / 9007199254740992.0;
}

static double roll_latency_s(struct run *run, int64_t median_ms)
{
    double normal = sqrt(-2 * log(roll(run))) * cos(6.283185307179586 * roll(run)); /* Box and Muller */
    double seconds = (double)median_ms / 1000 * exp(LATENCY_SPREAD * normal);

    if (roll(run) < OUTLIER_SHARE)
        seconds *= fmin(1 / roll(run), OUTLIER_MAX);
    return seconds;
}

/* Of the observed split; NULL: nobody serves. */
static const cJSON *roll_entry(struct run *run, const struct service *service)
{
    double left = roll(run) * 100;

    JSON_EACH(entry, service->serving) {
        left -= (double)tree_int(entry, "percent", 0);
        if (left < 0)
            return entry;
    }
    return NULL;
}

/* ---- requests ---- */

struct served {
    size_t code;
    double seconds;
};

static struct served roll_served(struct run *run, const struct revision *revision, int64_t percent)
{
    bool fails = roll(run) < revision->conduct.error_rate && percent >= revision->conduct.from_percent;
    size_t code = !fails ? 0 : roll(run) < 0.75 ? 1 : 2;

    return (struct served){ code, roll_latency_s(run, revision->conduct.latency_ms) };
}

static void serve_one(struct run *run, const struct service *service, struct revision *revision, int64_t percent,
                      int64_t at_ms)
{
    struct counters *counters = &revision->counters;
    struct served served = roll_served(run, revision, percent);

    if (revision->conduct.hangs)
        return;
    counters->codes[served.code]++;
    counters->sum_s += served.seconds;
    counters->count++;
    for (size_t i = TRAFFIC_BUCKETS; i-- > 0 && served.seconds <= bounds[i].seconds;)
        counters->buckets[i]++;
    revision->served_requests++;
    revision->served_errors += served.code > 0;
    minutes_count(revision, at_ms, served.code, served.seconds);
    if (run->logging)
        logging_note(run->logging, service, revision, codes[served.code], served.seconds, at_ms);
}

static void count_recent(struct revision *revision, int64_t tick)
{
    if (revision->recent_tick != tick) {
        for (int64_t at = revision->recent_tick + 1; at <= tick && at <= revision->recent_tick + TRAFFIC_RECENT; at++)
            revision->recent[at % TRAFFIC_RECENT] = 0;
        revision->recent_tick = tick;
    }
    revision->recent[tick % TRAFFIC_RECENT]++;
}

static bool tick_service(struct run *run, struct service *service, int64_t at_ms)
{
    int64_t count = 0;

    service->requests_owed += service->rps * TICK_MS / 1000;
    count = (int64_t)service->requests_owed;
    service->requests_owed -= (double)count;
    for (int64_t i = 0; i < count; i++) {
        const cJSON *entry = roll_entry(run, service);
        struct revision *revision = entry ? service_find_revision(service, tree_text(entry, "revision")) : NULL;

        if (!revision)
            continue;
        serve_one(run, service, revision, tree_int(entry, "percent", 0), at_ms);
        count_recent(revision, at_ms / TICK_MS);
        revision->asked_at_ms = at_ms;
    }
    return count > 0;
}

bool traffic_advance(struct run *run, int64_t now_ms)
{
    bool changed = false;

    if (run->traffic_at_ms < now_ms - CATCH_UP_MS)
        run->traffic_at_ms = run->traffic_at_ms ? now_ms - CATCH_UP_MS : now_ms;
    while (run->traffic_at_ms + TICK_MS <= now_ms) {
        run->traffic_at_ms += TICK_MS;
        for (struct service *service = run->services; service; service = service->next)
            changed = tick_service(run, service, run->traffic_at_ms) || changed;
    }
    return changed;
}

static void add_past_minute(struct run *run, const struct service *service, int64_t end_ms)
{
    for (int64_t left = (int64_t)(service->rps * 60); left > 0; left--) {
        const cJSON *entry = roll_entry(run, service);
        struct revision *revision = entry ? service_find_revision(service, tree_text(entry, "revision")) : NULL;
        struct served served;

        if (!revision || revision->conduct.hangs)
            continue;
        served = roll_served(run, revision, tree_int(entry, "percent", 0));
        minutes_count(revision, end_ms, served.code, served.seconds);
    }
}

void traffic_add_past(struct run *run, int64_t minutes, int64_t now_ms)
{
    int64_t last_ms = now_ms / MINUTE_MS * MINUTE_MS;

    for (int64_t i = minutes - 1; i >= 0; i--) {
        for (const struct service *service = run->services; service; service = service->next)
            add_past_minute(run, service, last_ms - i * MINUTE_MS);
    }
}

double traffic_current_rps(const struct revision *revision, int64_t now_ms)
{
    double sum = 0;

    for (int64_t tick = now_ms / TICK_MS - TRAFFIC_RECENT; tick <= revision->recent_tick; tick++) {
        if (tick > revision->recent_tick - TRAFFIC_RECENT)
            sum += revision->recent[(tick % TRAFFIC_RECENT + TRAFFIC_RECENT) % TRAFFIC_RECENT];
    }
    return sum * 1000 / (TRAFFIC_RECENT * TICK_MS);
}

void traffic_restart(struct revision *revision)
{
    revision->counters = (struct counters){ 0 };
}

/* ---- the metrics page ---- */

static void expose_revision(const struct service *service, const struct revision *revision, exposed_fn on_sample,
                            void *arg)
{
    const struct counters *counters = &revision->counters;

    for (size_t i = 0; i < TRAFFIC_CODES; i++) {
        if (counters->codes[i] > 0)
            on_sample(arg, &(struct exposed){ .name = "http_requests_total",
                                              .service = service->id,
                                              .revision = revision->name,
                                              .code = codes[i],
                                              .value = (double)counters->codes[i] });
    }
    for (size_t i = 0; i < TRAFFIC_BUCKETS; i++)
        on_sample(arg, &(struct exposed){ .name = "http_request_duration_seconds_bucket",
                                          .service = service->id,
                                          .revision = revision->name,
                                          .bound = bounds[i].text,
                                          .value = (double)counters->buckets[i] });
    on_sample(arg, &(struct exposed){ .name = "http_request_duration_seconds_sum",
                                      .service = service->id,
                                      .revision = revision->name,
                                      .value = counters->sum_s });
    on_sample(arg, &(struct exposed){ .name = "http_request_duration_seconds_count",
                                      .service = service->id,
                                      .revision = revision->name,
                                      .value = (double)counters->count });
}

static bool has_instance(const struct revision *revision, int64_t now_ms)
{
    return revision->counters.count > 0 && now_ms - revision->asked_at_ms < IDLE_MS;
}

void traffic_expose(const struct run *run, int64_t now_ms, exposed_fn on_sample, void *arg)
{
    for (const struct service *service = run->services; service; service = service->next) {
        on_sample(arg, &(struct exposed){ .name = "up", .service = service->id, .value = 1 });
        for (const struct revision *revision = service->revisions; revision; revision = revision->older) {
            if (has_instance(revision, now_ms))
                expose_revision(service, revision, on_sample, arg);
        }
    }
}
