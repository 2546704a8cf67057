/* run.h - the Cloud Run Admin API v2, and the running services behind it.
 *
 * Holds the services and the long-running operations. run_serve() is the API below /run: strict in what it takes, late
 * in what it does. run_serve_app() is what a deployed revision answers at its URL. run_advance() moves every change on
 * and must be called now and then. The world's lock is held during all of them; ":wait" lets go of it through `pause`.
 * Spec: https://cloud.google.com/run/docs/reference/rest/v2/
 */
#ifndef SANDBOX_RUN_H
#define SANDBOX_RUN_H

#include "google/tokens.h"
#include "run/service.h"

/* Lets go of the world's lock until something changes or `until_ms` has come; answers what time it is then. */
typedef int64_t (*run_pause_fn)(void *arg, int64_t until_ms);

struct logging;

struct run {
    struct service *services;
    cJSON *operations; /* array: {name, service, generation, done, error?, response?} */
    const struct registry *registry;
    int64_t reconcile_ms; /* how long one change takes */
    run_pause_fn pause;
    void *pause_arg;
    char *own_url;
    uint32_t dice; /* which revision answers a request to a service's main URL */
    struct logging *logging; /* what is written of requests goes there; NULL: nowhere */
    cJSON *rules;  /* about how what runs behaves, see conduct.h */
    uint64_t traffic_dice;
    int64_t traffic_at_ms; /* until when users have come, see traffic.h */
};

struct run *run_create(const struct registry *registry, const char *own_url, int64_t now_ms);
void run_destroy(struct run *run);
AUTO_DEFINE(run)

struct service *run_add_service(struct run *run, const struct service_seed *seed, int64_t now_ms);
struct service *run_find(const struct run *run, const char *id);
bool run_advance(struct run *run, int64_t now_ms); /* did anything happen? */

/* Somebody else's change, checked like any other. `mask` and `body` as in PATCH. */
bool run_change_by(struct run *run, struct service *service, const char *by, const char *mask, const cJSON *body,
                   int64_t now_ms, struct google_error *err);

void run_serve(struct run *run, const struct tokens *tokens, const struct request *request, struct reply *reply);
void run_serve_app(struct run *run, const struct tokens *tokens, const struct request *request, struct reply *reply);
cJSON *run_state(const struct run *run, int64_t now_ms);

#endif
