/* target.h - what an operation changes: a service in an environment. Its record holds who holds it and who waits. */
#ifndef OPSGATE_MODEL_TARGET_H
#define OPSGATE_MODEL_TARGET_H

#include "bot/base/shape.h"

#define TARGET_VERSIONS_MAX 10 /* good versions remembered, newest last */
/* Operations that are on their way to it, or there: a rollback tells each to give up, and does so in one commit. */
#define TARGET_OPERATIONS_MAX 50

#define TARGET_LEFT_BY_ROLLBACK "rollback"
#define TARGET_LEFT_BY_ABORT "abort"

struct target_version {
    const char *version;   /* as people call it: "v1.4.2", "main" */
    const char *image;     /* by digest */
    const char *revision;  /* where it ran */
    const char *operation; /* that brought it */
    int64_t at_ms;
    const char *left; /* of a bad one: TARGET_LEFT_..., because people wanted it so; NULL: it was found bad */
    const char *why;  /* of a bad one: in words, or NULL */
};

struct target {
    const char *name; /* "api/production" */
    int64_t schema;
    const char *holder; /* the operation that may change it, or NULL */
    const char **waiting; /* operations, first come first */
    size_t waiting_count;
    struct target_version *good; /* newest last */
    size_t good_count;
    struct target_version *bad; /* found bad, or left; newest last; `operation` is the one that left it. None is a way back */
    size_t bad_count;
    const char *way_back; /* the last one that claimed it before all others: what was asked for before that begins here no more;
                           * NULL: none yet */
    int64_t way_back_at_ms; /* when that was asked for; adopted, long before. 0: written by an older version */
    const char *doubt; /* the operation that ended and left open what runs there; NULL once a version is good again */
};
extern const struct shape target_version_shape, target_shape;

#endif
