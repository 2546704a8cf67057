/* body.h - what a rollback remembers. */
#ifndef OPSGATE_HANDLERS_ROLLBACK_BODY_H
#define OPSGATE_HANDLERS_ROLLBACK_BODY_H

#include "bot/model/cloud_run.h"
#include "bot/model/deployment.h"
#include "bot/model/target.h"

#define ROLLBACK_SCHEMA 1

/* It was done while no store answered, before this operation began: rollback/adopted.h. */
struct rollback_act {
    const char *name; /* "W3": what its doer was told. Several hosts may have one of the same name */
    const char *id;   /* its outside id: what the service's annotations call the operation */
    const char *host; /* where it was done, or NULL */
    int64_t began_at_ms, ended_at_ms; /* by that host's clock; ended 0: it was killed */
};
extern const struct shape rollback_act_shape;

struct rollback_body {
    const char *service, *environment;
    const char *reason;            /* the person's own words, or NULL */
    const char *break_glass;       /* --break-glass: why an irreversible release is left; or NULL */
    const char *irreversible;      /* the version, left or passed, that older code cannot follow; or NULL */
    const char *begun_over;        /* deploy/doubt.h: the one that had left open whether such a version serves; or NULL */
    const char *kept_waiting;      /* queued: why what holds the target does not give way, with what to type; or NULL */
    const char *expected;          /* --from: what has to be left, or NULL; rollback_is_called */
    struct run_place place;
    const char *aborts;            /* the operations that held the target, waited for it or were to come, or NULL */
    bool aborts_traffic;           /* the one that held it may have raised traffic */
    bool stops;                    /* none of them had any traffic: what serves stays, unless it is not good */
    const struct target_version *stopped; /* what the one that held it was to bring, if it had no traffic; or NULL */
    bool has_ended_alone;          /* that one: nothing stopped it */
    struct target_version from;    /* what is left; revision NULL: not known yet */
    bool is_certain;               /* `from` does not change any more: a rollout's, or seen serving */
    struct target_version to;      /* where it goes; revision NULL: not known yet */
    const char *version;           /* of `to`: other operations and the status look for it under this name */
    bool is_recorded;              /* `to` is one of the target's good versions */
    const char *previous;          /* revision below `to`, for the annotation; or NULL */
    const char *below;             /* its version */
    const char *before_rollout;    /* revision that served before the rollout that is left; or NULL */
    struct run_share *rollout_before; /* what that one would be given back to, if it had traffic: a split */
    size_t rollout_before_count;
    bool gives_back;               /* there it goes, and no further: `to` has the most of that split (giving_back.c) */
    const char *further;           /* a sentence, or NULL */
    const char **skipped;          /* revisions that cannot serve */
    size_t skipped_count;
    const char **skips;            /* why, a sentence each */
    size_t skips_count;
    bool is_seen;                  /* looking: the split is known */
    bool is_compared;              /* looking: about the revisions nothing more is waited for */
    const char *compared_from, *compared_to; /* revisions asked about; NULL: none yet */
    bool is_compared_marked;       /* compared_from says of itself that it is irreversible */
    struct run_share *before;      /* the split that the return expects */
    size_t before_count;
    const char *preflight;         /* one line, or NULL before it is known */
    int64_t heard_at_ms;           /* when Cloud Run last answered, or was first asked */
    const char *silence;           /* why it has not since; NULL: it has */
    int64_t returned_at_ms;        /* when Cloud Run took the return; 0: not known to have */
    int64_t tries;                 /* returns that found another split */
    bool was_tried;                /* a return was sent, whatever became of it */
    int64_t state_deadline_at_ms;
    const char *failed_in;         /* the state in which it ended badly */
    const char *aborted_by;        /* who said so, as people are mentioned; NULL: nobody did */
    int64_t aborted_at_ms;
    const struct rollback_act *act; /* or NULL */
    const struct deployment_told *github; /* what GitHub was told at its end: deploy/github_told.h; NULL: nothing */
    bool is_change_told; /* PagerDuty, of its beginning: handlers/change_told.h */
};
extern const struct shape rollback_body_shape;

#endif
