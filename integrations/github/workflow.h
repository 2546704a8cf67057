/* workflow.h - runs of a workflow: dispatched once, found again, followed, cancelled. (GitHub REST, "actions")
 *
 * EFFECT_DISPATCH, READING_RUN and EFFECT_CANCEL_RUN, as bot/model/workflow.h has them.
 *
 * GitHub tells the new run's number when it is asked to (return_run_details). When that answer is lost, the run is looked
 * for by the effect's outside id in its title, which the workflow writes there (run-name); what a run was given as inputs
 * no API tells. A run that was dispatched meanwhile and does not say by whom might be ours: then nothing is dispatched
 * again, and the sentence says where to look. Runs take a while to appear in the lists, so a look comes ten seconds after
 * an answer was lost. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_WORKFLOW_H
#define OPSGATE_INTEGRATIONS_GITHUB_WORKFLOW_H

#include "bot/model/exchange.h"

struct exchange_step github_dispatch(const struct exchange *exchange);
struct exchange_step github_run_read(const struct exchange *exchange);
struct exchange_step github_run_cancel(const struct exchange *exchange);

#endif
