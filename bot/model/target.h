/* target.h - what an operation changes: a service in an environment. Its record holds who holds it and who waits. */
#ifndef OPSGATE_MODEL_TARGET_H
#define OPSGATE_MODEL_TARGET_H

#include "bot/base/shape.h"

#define TARGET_VERSIONS_MAX 10 /* good versions remembered, newest last */

struct target_version {
    const char *version;   /* as people call it: "v1.4.2", "main" */
    const char *image;     /* by digest */
    const char *revision;  /* where it ran */
    const char *operation; /* that brought it */
    int64_t at_ms;
};

struct target {
    const char *name; /* "api/production" */
    int64_t schema;
    const char *holder; /* the operation that may change it, or NULL */
    const char **waiting; /* operations, first come first */
    size_t waiting_count;
    struct target_version *good; /* newest last */
    size_t good_count;
    struct target_version *bad; /* failed or rolled back from, newest last; `operation` is the one that left it */
    size_t bad_count;
    const char *doubt; /* the operation that ended and left open what runs there; NULL once a version is good again */
};
extern const struct shape target_version_shape, target_shape;

#endif
