/* body.h - what a deploy remembers, and its plan: embedded, so that a reload changes nothing under it. */
#ifndef OPSGATE_HANDLERS_DEPLOY_BODY_H
#define OPSGATE_HANDLERS_DEPLOY_BODY_H

#include "bot/model/cloud_run.h"

#define DEPLOY_SCHEMA 1

struct deploy_body {
    const char *service, *environment;
    const char *version;    /* as people call it: "v1.4.2", "main" */
    const char *repository; /* of the image: "us-docker.pkg.dev/acme/images/api" */
    const char *image;      /* pinned: repository@sha256:... ; NULL before */
    const char *reason;     /* the person's own words, or NULL */
    struct run_place place;
    const char *health_path;
    int64_t health_status, health_timeout_ms, health_deadline_ms;

    const char *revision, *tag; /* ours */
    const char *previous;       /* revision that served most before */
    struct run_share *before;   /* the split that was seen: revisions with traffic */
    size_t before_count;
    const char **remove_tags; /* of earlier deploys, on revisions that serve no more */
    size_t remove_tags_count;
    const char *uri;              /* of the tag */
    int64_t state_deadline_at_ms; /* of the state it is in, store's clock */
    int64_t checks;               /* health checks made */
    const char *failed_in;        /* the state in which it failed */
    int64_t switched_at_ms;
};
extern const struct shape deploy_body_shape;

#endif
