/* body.h - what a `backup` remembers. */
#ifndef OPSGATE_HANDLERS_BACKUP_BODY_H
#define OPSGATE_HANDLERS_BACKUP_BODY_H

#include "handlers/approval.h"
#include "handlers/broken.h"
#include "handlers/backup/plan.h"

struct backup_body {
    struct backup_plan plan;
    struct broken glass;
    struct approvals approvals;
    const char *lacking;           /* what people have yet to give; NULL: nothing */
    const char *stage;             /* BACKUP_TRIAL, ...: of the errand that it is at */
    const struct backup_run *from; /* restore: the backup, as it was read first; people consent to that */
    const char *loss;              /* in words, as it was judged last; NULL: nothing */
    const char *allowed_by;        /* the rule that allowed it */
    int64_t looks;                 /* grows with what people may decide: a button's `--look` */
    const char *description;       /* of the backup that is made; or NULL */
    const char *known;             /* the newest operation of its kind before the call; or NULL */
    int64_t known_at_ms;
    int64_t sent_at_ms; /* the first call that is in doubt, or the last; steady clock. 0: never */
    int64_t sends;
    bool is_in_doubt; /* of a call before nobody knows whether it began: then nothing says that nothing was changed */
    const char *operation;           /* Google's, that is followed; or NULL */
    const char *doubt;               /* why it is not known whether it began; or NULL */
    const char *progress;            /* the last that was heard, for people; or NULL */
    const char *problem;             /* why it goes on no further just now; or NULL */
    const struct backup_run *made;   /* create: what was made; or NULL */
    const struct backup_run *safety; /* of what was there before it was overwritten; or NULL */
    bool has_trial;                  /* the other instance holds the backup */
    bool has_overwritten;            /* the call that changes the database itself was taken */
    const char *child;               /* the run of the runbook that verifies; or NULL */
    const char *proof;               /* what that said in the end; or NULL */
    int64_t state_deadline_at_ms;
    const char *failed_in; /* the state in which it ended badly; or NULL */
    const char *acts;      /* who did what to it, lines; or NULL */
};
extern const struct shape backup_body_shape;

#endif
