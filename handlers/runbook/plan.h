/* plan.h - from a runbook and what was given to it to the steps of one run, filled in; and those in words. Pure. */
#ifndef OPSGATE_HANDLERS_RUNBOOK_PLAN_H
#define OPSGATE_HANDLERS_RUNBOOK_PLAN_H

#include "bot/model/question.h"
#include "bot/model/view.h"
#include "handlers/runbook/body.h"

struct run_wish { /* what somebody asks for */
    const struct runbook_settings *runbook;
    const struct shape_pair *values; /* for each of its arguments */
    const char *const *skips;        /* names of steps */
    size_t skips_count;
    bool is_checks_only;
    const struct operation *again; /* it goes on where that one failed; or NULL */
};

/* False: a value may not stand where it would, a step cannot be left out, the run that it goes on from was another. */
bool run_plan(const struct view *view, const struct run_wish *wish, struct runbook_body *ret_body, struct error *err);

/* What policy is asked about it: `run`, or `rotate`, by the place that it changes, and by its name. False: its target
 * is in no configuration any more. */
bool run_question(const struct view *view, const struct principal *principal, const char *source, const char *target,
                  const char *runbook, struct question *ret_question);

/* The question of a run that fails its database over: by that verb, and by no runbook's name. */
void run_ask_as_failover(struct question *question);

/* Another live run of the same runbook with the same arguments, or NULL. */
const struct operation *run_find_twin(const struct view *view, const struct runbook_body *body);

/* Would that request wait for the target, for ever, as the runbook that asks for it holds it? */
bool run_would_wait(const struct settings *settings, const char *verb, const char *const *words, size_t count,
                    const char *target);

const char *run_today(const struct view *view); /* "20261123", what {today} becomes */

/* ---- in words ---- */

/* "run `gcloud compute ...`, for 5 min at most"; "wait 5 min" */
const char *run_step_words(const struct run_step *step, struct arena *arena);
/* "zone=a path=/x", as it is typed; "" without arguments. */
const char *run_args_words(const struct runbook_body *body, struct arena *arena);
/* "run reset-livekit zone=a", as it is typed. */
const char *run_line(const struct runbook_body *body, struct arena *arena);

#endif
