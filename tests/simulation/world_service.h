/* world_service.h - what Cloud Run keeps of a service: its revisions, the split that was asked for and the one that serves.
 */
#ifndef OPSGATE_SIMULATION_WORLD_SERVICE_H
#define OPSGATE_SIMULATION_WORLD_SERVICE_H

#include "tests/simulation/world_internal.h"

#define SHARES_MAX 64
#define REVISIONS_MAX 128

enum revision_state { REVISION_PENDING, REVISION_READY, REVISION_BROKEN };

struct revision {
    const char *name, *image;
    enum revision_state state;
    bool is_unhealthy, is_slow;
    int64_t breaks_at;      /* percent of the traffic; 0: never */
    int64_t percent;        /* of the traffic that it has */
    struct run_load *loads; /* that it has had, oldest first, and has now; none: never any */
    size_t load_count;
    int64_t created_ms;
    cJSON *template;
};
struct share {
    bool is_latest;
    const char *revision, *tag; /* tag or NULL */
    int64_t percent;
};
struct split {
    struct share shares[SHARES_MAX];
    size_t count;
};
struct service {
    const char *project, *region, *name;
    const char *place; /* "us-central1/api-staging" */
    struct revision revisions[REVISIONS_MAX];
    size_t revision_count;
    struct split traffic, status;
    cJSON *template, *annotations;
    int64_t generation, observed, etag;
    struct world_range range; /* of instances */
    const char *latest_created, *latest_ready, *problem;
};

struct revision *service_find_revision(struct service *service, const char *name); /* or NULL */
/* NULL: there are too many. */
struct revision *service_add_revision(struct world *world, struct service *service, const char *name, const char *image,
                                      const cJSON *template);
const char *service_resolved(const struct service *service, const struct share *share); /* its revision's name */
size_t service_shares(const struct service *service, const struct split *split, struct run_share *shares);
void service_start_settling(struct world *world, struct service *service);

/* world_hand.c */
void world_scale_service(struct world *world, struct service *service, struct world_range range); /* by hand */
bool world_move_by_hand(struct world *world, struct service *service); /* false: nothing was moved */

#endif
