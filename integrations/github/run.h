/* run.h - a workflow's run as GitHub tells of it, and the search for the one that is ours. Pure. */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_RUN_H
#define OPSGATE_INTEGRATIONS_GITHUB_RUN_H

#include "bot/model/workflow.h"
#include "integrations/dialog.h"

/* Borrowed from the answer. False: it has no number or no status. */
bool github_run_decode(const cJSON *json, struct workflow_run *ret_run);

struct github_search {
    const char *repository, *workflow;
    const char *effect; /* outside id: stands in the title of the run */
    int64_t since_ms;   /* dispatched not before this, by the clock of exchange->unix_ms */
};
struct github_found {
    struct workflow_run run;    /* run 0: there is none */
    const char *nameless;       /* else: the page of a run that does not say by whom it was dispatched; or NULL */
};

/* Looks through the newest, back to `since_ms`, where that clock is ahead of GitHub's as far as GitHub's own reaches. False: dialog->step is what to return; so it is when ours may be behind those. */
bool github_run_search(struct dialog *dialog, const struct github_search *search, struct github_found *ret_found);

#endif
