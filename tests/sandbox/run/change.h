/* change.h - may this PATCH be made, and what would the service want then?
 *
 * run_change_prepare() checks a change against every rule of the real API that the sandbox knows and builds the wanted
 * state after it; run_change_store() makes it so. In between, `validateOnly` stops. On false, err is what Google says.
 * The world's lock is held.
 */
#ifndef SANDBOX_RUN_CHANGE_H
#define SANDBOX_RUN_CHANGE_H

#include "run/service.h"

struct run_change {
    struct service *service;
    const cJSON *body; /* the Service sent */
    const char *mask;  /* updateMask; NULL or "" replaces every field */
    bool force_new_revision;
    const char *by; /* the caller's account */
    int64_t now_ms, reconcile_ms;

    cJSON *wanted;     /* made by prepare, taken by store */
    bool new_revision; /* found by prepare */
};

bool run_change_prepare(struct run_change *change, struct google_error *err);
void run_change_store(struct run_change *change, const struct registry *registry);
void run_change_finish(struct run_change *change);

#endif
