/* workflow.h - a GitHub Actions run as a driver: dispatched once, found again, followed, cancelled.
 *
 * EFFECT_DISPATCH (args workflow_dispatch; result {run, effect}: 0 when GitHub did not say, and its own outside id): in doubt
 * it is looked for by that id, which goes along as an input, before it is repeated.
 * READING_RUN (args workflow_look; result workflow_run): by number, or, while that is 0, by the effect's outside id in the
 * run's title; not there yet: AGAIN. EFFECT_CANCEL_RUN (args workflow_look; result {cancelled}): a run that has ended is
 * left alone.
 */
#ifndef OPSGATE_MODEL_WORKFLOW_H
#define OPSGATE_MODEL_WORKFLOW_H

#include "bot/base/shape.h"

#define WORKFLOW_INPUT_EFFECT "opsgate" /* the workflow shows it: run-name: deploy ${{ inputs.version }} ${{ inputs.opsgate }} */

struct workflow_dispatch {
    const char *repository, *workflow, *ref;
    struct shape_pair *inputs; /* filled in; WORKFLOW_INPUT_EFFECT is added by the codec */
    size_t inputs_count;
};
extern const struct shape workflow_dispatch_shape;

struct workflow_look {
    const char *repository, *workflow;
    const char *effect; /* outside id of the dispatch */
    int64_t run;        /* 0: not known yet */
    int64_t since_ms;   /* unix: dispatched not before this */
};
extern const struct shape workflow_look_shape;

struct workflow_run {
    int64_t run;
    const char *status;     /* "queued", "in_progress", "completed", ... */
    const char *conclusion; /* "success", "failure", "cancelled", ...; NULL while it runs */
    const char *url;        /* for people */
    const char *step;       /* what it is doing, or where it failed; or NULL */
};
extern const struct shape workflow_run_shape;

#endif
