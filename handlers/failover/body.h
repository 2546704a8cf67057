/* body.h - what a failover remembers. */
#ifndef OPSGATE_HANDLERS_FAILOVER_BODY_H
#define OPSGATE_HANDLERS_FAILOVER_BODY_H

#include "handlers/approval.h"
#include "handlers/broken.h"
#include "handlers/failover/plan.h"

struct failover_body {
    struct failover_plan plan;
    struct broken glass;
    struct approvals approvals;
    const char *lacking; /* what people have yet to give; NULL: nothing */
    const char
        *method; /* DATABASE_...: as it was judged when it was asked for, and it stays that; NULL: not judged yet */
    struct database_seen seen; /* as it was judged last, before anything was sent */
    const char *loss, *backup; /* in words, as it was judged last */
    const char *allowed_by;    /* the rule that allowed it */
    int64_t looks;             /* grows with what people may decide: a button's `--look` */
    int64_t sent_at_ms;        /* the last time; steady clock. 0: never */
    int64_t sends;
    bool is_in_doubt; /* of a call before nobody knows whether it began: then nothing says that nothing was changed */
    const char *operation; /* Google's, that is followed; or NULL */
    const char *doubt;     /* why it is not known whether it began; or NULL */
    const char *progress;  /* the last that was heard, for people; or NULL */
    const char *problem;   /* why it has not been verified yet; or NULL */
    const char *zone;      /* of the primary now; NULL: not seen since */
    int64_t moved_at_ms;   /* it was seen to serve elsewhere; 0: not yet */
    int64_t state_deadline_at_ms;
    const char *failed_in; /* the state in which it ended badly; or NULL */
    bool is_aborted;
    const char *acts; /* who did what to it, lines; or NULL */
    bool is_change_told; /* PagerDuty, of its beginning: handlers/change_told.h */
};
extern const struct shape failover_body_shape;

#endif
