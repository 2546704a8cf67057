/* deployment.h - what GitHub is told of a rollout: a deployment of its commit, and how that goes. (REST API, 2022-11-28)
 *
 * EFFECT_DEPLOYMENT (args deployment_made; result {deployment}): made once for an operation, however often it is tried: in doubt
 * it is looked for by the operation's outside id, which stands in its payload.
 * EFFECT_DEPLOYMENT_STATUS (args deployment_status_made; result {status}): in doubt it is looked for by its state and words, so
 * no two of one operation may have the same.
 * READING_DEPLOYMENT: args deployment_ask; result deployment_now.
 */
#ifndef OPSGATE_MODEL_DEPLOYMENT_H
#define OPSGATE_MODEL_DEPLOYMENT_H

#include "bot/base/shape.h"

#define DEPLOYMENT_PAYLOAD "opsgate" /* member of the payload: the outside id of the operation whose deployment it is */
#define DEPLOYMENT_TASK "deploy"
#define DEPLOYMENT_TASK_BACK "rollback"

#define DEPLOYMENT_IN_PROGRESS "in_progress" /* GitHub's states */
#define DEPLOYMENT_SUCCESS "success"
#define DEPLOYMENT_FAILURE "failure"
#define DEPLOYMENT_ERROR "error"
#define DEPLOYMENT_INACTIVE "inactive"

struct deployment {
    const char *repository;  /* "acme/platform" */
    const char *sha;         /* 40 hex digits */
    const char *environment; /* as GitHub calls it */
    const char *task;        /* DEPLOYMENT_TASK... */
    const char *operation;   /* outside id */
    int64_t deployment;      /* its number; 0: not known, and looked for by the operation */
};
extern const struct shape deployment_shape;

/* The outside id of the operation of ours that a deployment with this payload (an object, or a text that holds one) is of;
 * NULL: it is somebody else's. */
const char *deployment_operation(const cJSON *payload, struct arena *arena);

struct deployment_made {
    struct deployment of;
    const char *name, *service, *version; /* "D1042", "api", "v1.5.0": for people */
};
extern const struct shape deployment_made_shape;

struct deployment_status_made {
    struct deployment of;
    const char *state;
    const char *description;     /* GitHub takes 140 characters: it is cut */
    const char *environment_url; /* of what was deployed; or NULL */
    const char *log_url;         /* or NULL */
    int64_t asked_at_ms;         /* unix */
};
extern const struct shape deployment_status_made_shape;

struct deployment_told { /* as an operation remembers it */
    struct deployment of;
    const char *words;   /* of the last status; NULL: none yet */
    bool is_shared;      /* several deploys came of it: how it goes is told by what began them (handlers/trigger/) */
};
extern const struct shape deployment_told_shape;

struct deployment_ask {
    const char *repository;
    int64_t deployment; /* its number */
};
extern const struct shape deployment_ask_shape;

struct deployment_now { /* one that anybody made, as GitHub has it */
    const char *sha, *ref, *environment, *task;
    const char *creator;   /* login; NULL: nobody any more, or no name */
    const char *operation; /* outside id of ours that it is of, by its payload; NULL: it is none of ours */
    const char *app;       /* digits of the App's id that made it; or NULL */
    const char *state;     /* of its newest status; NULL: none yet */
    const char *default_branch; /* of the repository */
    int64_t created_at_ms; /* unix */
};
extern const struct shape deployment_now_shape;

#endif
