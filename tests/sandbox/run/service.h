/* service.h - one Cloud Run service: what is wanted, what is served, and the way from one to the other.
 *
 * A change is accepted at once and takes effect later: while `reconciling`, the service shows the wanted traffic and a
 * raised generation, and still serves what it served before. A new revision becomes ready (or fails) at ready_at_ms,
 * the traffic moves at settled_at_ms. When that fails, what is served stays as it was. service_advance() moves time on.
 * Not thread-safe: the world's lock covers it.
 * Spec: https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
 */
#ifndef SANDBOX_RUN_SERVICE_H
#define SANDBOX_RUN_SERVICE_H

#include "google/error.h"
#include "registry/registry.h"

#define TRAFFIC_LATEST "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
#define TRAFFIC_REVISION "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
#define DEFAULT_LATENCY_MS 40

enum readiness { REVISION_STARTING, REVISION_READY, REVISION_FAILED };

#define TRAFFIC_CODES 3
#define TRAFFIC_BUCKETS 17
#define TRAFFIC_RECENT 10 /* ticks */

/* How a revision behaves, see conduct.h. */
struct conduct {
    double error_rate;    /* of its answers, from 0 to 1 */
    int64_t from_percent; /* it fails only while it has so much of the traffic, or more */
    int64_t latency_ms;   /* the median */
    bool hangs;           /* no request ever ends, so none is counted */
    cJSON *health;        /* {status?, body?} of its /health, or NULL: what the image says */
};

/* What its app counts, see traffic.h. */
struct counters {
    int64_t codes[TRAFFIC_CODES];
    int64_t buckets[TRAFFIC_BUCKETS]; /* cumulative */
    int64_t count;
    double sum_s;
};

struct revision {
    struct revision *older;
    char *name;    /* short: "api-service-00001-abc" */
    cJSON *config; /* its template, defaults filled in, without the wanted name */
    char *digest;  /* what its image meant when it was made; NULL when there was no such image */
    char *version; /* what the app inside calls itself */
    enum readiness readiness;
    const char *reason; /* Cloud Run's word for the failure */
    char message[240];
    bool health_forced; /* a test decided; otherwise the image does */
    enum image_health health;
    int64_t created_at_ms, decided_at_ms;

    bool is_settled; /* the rules about conduct have been applied */
    struct conduct conduct;
    struct counters counters;
    int64_t served_requests, served_errors; /* of all time, restarts included */
    int64_t asked_at_ms;
    int recent[TRAFFIC_RECENT]; /* requests in each of the last ticks, by the tick's number */
    int64_t recent_tick;
    struct minute *minutes; /* newest first, see minutes.h */
};

struct service {
    struct service *next;
    char *parent;               /* "projects/acme/locations/us-central1" */
    char *id;                   /* "api-service" */
    char *own_url;              /* where /app/ is reached */
    cJSON *wanted;              /* what PATCH may set: template, traffic, labels, annotations, scaling, ... */
    cJSON *serving;             /* the observed split: traffic entries, each with its revision */
    cJSON *history;             /* array: {at_ms, kind: "wanted"|"served", generation, by, traffic} */
    struct revision *revisions; /* newest first */
    struct revision *latest_ready;
    int64_t generation, observed_generation;
    int64_t created_at_ms, updated_at_ms, ready_at_ms, settled_at_ms, transition_at_ms;
    bool reconciling;
    bool failed; /* how the last change ended... */
    enum google_code failure_code;
    char failure[400]; /* ...and why */
    char *modifier;

    double rps;           /* requests that users make each second... */
    double requests_owed; /* ...and the part of one that is still to come */
    bool is_private;      /* asks for an identity token */
};

struct service_seed {
    const char *project, *region, *id, *image, *environment;
    bool floats; /* traffic follows the latest revision */
};

struct service *service_create(const struct service_seed *seed, const struct registry *registry, const char *own_url,
                               int64_t now_ms);
void service_destroy(struct service *service);

struct revision *service_find_revision(const struct service *service, const char *name);
struct revision *service_find_tagged(const struct service *service, const char *tag); /* as served, not as wanted */
struct revision *service_add_revision(struct service *service, const struct registry *registry, const cJSON *config,
                                      const char *name, int64_t now_ms);

/* `wanted` is taken over; from now on the service works towards it. `by` is the caller's account. */
void service_want(struct service *service, cJSON *wanted, const char *by, int64_t now_ms, int64_t reconcile_ms);
bool service_advance(struct service *service, const struct registry *registry,
                     int64_t now_ms); /* did anything happen? */

char *service_etag(const struct service *service);  /* the caller frees */
char *service_name(const struct service *service);  /* full; the caller frees */
char *service_uri(const struct service *service);   /* where users reach it; the caller frees */
cJSON *service_show(const struct service *service); /* as the API shows it */
cJSON *service_show_revision(const struct service *service, const struct revision *revision);
enum image_health revision_health(const struct revision *revision, const struct registry *registry);

#endif
