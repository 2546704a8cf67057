/* question.h - what policy is asked: may this principal do this verb to this, here and now? */
#ifndef OPSGATE_MODEL_QUESTION_H
#define OPSGATE_MODEL_QUESTION_H

#include "bot/model/principal.h"

struct question {
    struct principal principal;
    const char *verb;        /* "deploy" */
    const char *service;     /* NULL when the verb has none */
    const char *environment; /* NULL likewise */
    const char *database;    /* NULL likewise */
    const char *runbook;     /* of `run`, and of what is asked of such an operation; NULL likewise */
    const char *source;      /* "slack", "github", "local", "api" */
    const struct shape_pair *labels; /* of the service and environment together */
    size_t labels_count;
    const char *version;     /* pinned version, NULL while it is not known: rules that need it are not static */
    const char *operation;   /* the one it concerns, "D1042", or NULL. A live one hears of it as EVENT_REQUEST; else, and
                              * without one, begin() decides */
    const char *reason;      /* as the person gave it with the request, or NULL; a fact of it (facts.h) */
    const char *break_glass; /* why a deny is to be passed, or NULL; likewise */
    bool takes_no_glass;     /* its line takes no --break-glass: no deny of it is passed, whatever that names */
    int64_t needs_ms;        /* by its plan: at least so long from its start until its last increase of traffic */
    const char *needing;     /* what takes so long, and its verb: "3 steps that bake 5 min each need"; or NULL */
    bool is_preflight;       /* it only looks at what another line would do: whatever is required of that, nobody has to give yet; or
                              * goes on with what was asked for, for which it was given */
    bool is_safe_direction;  /* rollback to the previous good version, pause, abort, halt, acknowledge */
};

#endif
