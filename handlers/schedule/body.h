/* body.h - what is remembered of schedules. Instants are those of the store's clock, unix ms: they are dates. */
#ifndef OPSGATE_HANDLERS_SCHEDULE_BODY_H
#define OPSGATE_HANDLERS_SCHEDULE_BODY_H

#include "bot/base/shape.h"

#define SCHEDULE_RUNS_KEPT 10

struct schedule_run {
    int64_t due_ms;
    int64_t passed;        /* due times that it stands for: more than one, when nobody ran */
    const char *operation; /* "D12", once it has begun */
    const char *result;  /* of the run; or "refused", "skipped" (the one before was at work), "missed"; NULL: at work */
    const char *summary; /* how it ended, or why it did not begin */
    const char *waits;   /* what its owner was told last that it waits for; or NULL */
    int64_t ended_ms;
};

struct schedule_kept {
    const char *name;
    const char *cron, *zone; /* that `next_ms` was reckoned by */
    int64_t next_ms;         /* CRON_NEVER: not any more */
    int64_t last_due_ms;     /* 0: it was never due */
    int64_t queued_ms;       /* due behind the run that is at work; 0: nothing is */
    int64_t queued_passed;
    bool is_paused;
    int64_t paused_until_ms; /* 0: until somebody resumes it */
    const char *paused_by;
    struct schedule_run *runs; /* the last SCHEDULE_RUNS_KEPT, oldest first */
    size_t runs_count;
};

struct schedules_body {
    struct schedule_kept *list; /* as the configuration has them */
    size_t list_count;
};
extern const struct shape schedules_body_shape;

#endif
