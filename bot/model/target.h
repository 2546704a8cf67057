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
    bool is_irreversible; /* older code cannot run on what it changed: handlers/deploy/irreversible.h */
};

#define TARGET_ENDS_MAX 64 /* of what changed it, or was to; newest last */
#define TARGET_END_VERSION_BYTES 120 /* of a split two names of revisions */

/* What became of one that was to change it. Of what was refused or superseded none is kept: nothing was begun. In records, so
 * their order stays. */
enum target_end_how {
    ENDED_GOOD,
    ENDED_BACK,      /* some of the traffic was on it, and went back before it was good */
    ENDED_LEFT,      /* it was good; later a way back led away from it */
    ENDED_UNTOUCHED, /* it failed or was aborted before anything of it served */
    ENDED_IN_DOUBT,  /* it failed, and nobody can tell what served then */
};
struct target_end {
    const char *operation, *version; /* the version is cut */
    bool is_way_back;                /* to `version` */
    bool is_settings;                /* no other image: settings alone */
    const char *verb;                /* "scale", "set", ...: it was no deploy and no way back; NULL: one of those */
    bool is_aside;                   /* it brought no version: `version` says what changed, and nothing before it is settled */
    int64_t how;                     /* enum target_end_how */
    int64_t asked_at_ms, ended_at_ms;
    int64_t serves_at_ms;      /* since when it served, if only in part, or may have; a program, a workflow: since its good end.
                                * 0: not known */
    int64_t commit_at_unix_ms; /* its commit, by whoever committed it; 0: not known */
    int64_t left_at_ms;        /* another version that is good served all again: BACK, LEFT, IN_DOUBT. 0: not yet */
    const char *left;          /* way back: the operation that had brought what it left; NULL: opsgate did not bring it */
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
    struct target_end *ends; /* newest last; records of before know none */
    size_t ends_count;
};
extern const struct shape target_version_shape, target_shape;

#endif
