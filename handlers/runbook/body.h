/* body.h - what a run of a runbook remembers: the plan, as it was filled in when it was asked for, and how far it is.
 *
 * A reload changes nothing under it, but for the environment of its programs: that holds secrets, is kept nowhere else,
 * and is taken from the configuration as each begins.
 */
#ifndef OPSGATE_HANDLERS_RUNBOOK_BODY_H
#define OPSGATE_HANDLERS_RUNBOOK_BODY_H

#include "bot/base/shape.h"
#include "handlers/approval.h"
#include "handlers/broken.h"
#include "handlers/program_feed.h"

#define RUNBOOK_SCHEMA 1

enum run_kind { RUN_PROGRAM, RUN_CHECK, RUN_VERB, RUN_MANUAL, RUN_WAIT };
enum run_mark { RUN_TODO, RUN_NOW, RUN_DONE, RUN_FAILED, RUN_SKIPPED };

struct run_step {
    int kind;         /* enum run_kind */
    const char *name; /* "reset", or its place: "2" */
    const char *
        *argv; /* RUN_PROGRAM, RUN_CHECK: filled in. RUN_VERB: the verb and its words. As they are: not to be shown */
    size_t argv_count;
    const char *shown;                     /* the same, or what is to be confirmed, without secrets and harmless */
    int64_t timeout_ms, every_ms, wait_ms; /* timeout 0: none */
    bool may_fail;                    /* then the rest goes on */
    bool repeats;                     /* when nobody knows how it ended it is run once more; else a person is asked */
    int mark;                         /* enum run_mark */
    int64_t began_at_ms, ended_at_ms; /* steady clock; 0: not yet */
    int64_t exit_status;
    const char *told;  /* how it ended, or why it is left out: a sentence without its full stop; or NULL */
    const char *by;    /* who confirmed it, or took it as done: a mention; or NULL */
    const char *child; /* RUN_VERB: its operation */
    const char **tail; /* its last lines */
    size_t tail_count;
    int64_t tries;
};

/* Nothing of it is left to do: also of one that failed, and may. */
static inline bool run_step_is_over(const struct run_step *step)
{
    return step->mark == RUN_DONE || step->mark == RUN_SKIPPED || (step->mark == RUN_FAILED && step->may_fail);
}

struct run_stop { /* who ends it: what it asked for is aborted in their name */
    struct principal by;
    const char *source, *request_id;
};

struct runbook_body {
    const char *runbook;
    const char *service, *environment, *database; /* of its target; NULL: it has none */
    struct shape_pair *args;
    size_t args_count;
    struct run_step *steps;
    size_t steps_count;
    int64_t at;           /* the step that it is at */
    const char *digest;   /* of name, arguments, target and filled-in steps: what people consent to */
    int64_t timeout_ms;   /* of the whole; 0: none */
    const char *reason;   /* the person's own words, or NULL */
    const char *again_of; /* it goes on where that one failed; or NULL */
    const char *day;      /* "20261123", its {today}: of one that goes on, that of the first */
    bool is_destructive, is_checks_only;
    bool is_failover;         /* of its database: policy is asked for that */
    int64_t recovery_time_ms; /* failover: the objective (RTO) that it is timed against; 0: none */
    bool is_change_told;      /* failover: PagerDuty, of its beginning: handlers/change_told.h */
    struct broken glass;
    struct approvals approvals;
    const char *lacking;         /* awaiting-approval: what people have yet to give */
    bool is_paused;              /* before the next step it stops */
    const char *held;            /* why the next step may not begin; or NULL */
    const char *stopping;        /* why it ends; or NULL */
    const char *stopping_as;     /* "aborted", "failed" */
    const struct run_stop *stop; /* in whose name; NULL: its own */
    int64_t looks;               /* what its card showed: a button of an older one is known */
    int64_t reminders;
    const char *problem; /* what is in the way just now, or NULL */
    /* the program of this step */
    const char *run; /* where it runs (bot/model/program.h) */
    int64_t started_at_ms;
    bool is_elsewhere;
    bool is_repeated; /* it was run once more, for nobody knew how it had ended */
    struct program_feed feed;
};
extern const struct shape runbook_body_shape;

extern const char *const run_mark_names[], *const run_kind_names[];

/* "2 (`reset`)", or "2": its place in the runbook, and its name if it has one. */
const char *run_step_called(const struct runbook_body *body, size_t at, struct arena *arena);

#endif
