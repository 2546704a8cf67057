/* arguments.h - what the words of a `failover` mean, and who carries that on. Only for this folder. */
#ifndef OPSGATE_HANDLERS_FAILOVER_ARGUMENTS_H
#define OPSGATE_HANDLERS_FAILOVER_ARGUMENTS_H

#include "handlers/failover/plan.h"
#include "handlers/runbook/runbook.h"

#include "bot/model/outcome.h"

struct failover_arguments {
    struct failover_plan *plans; /* one, or for the list all that whoever asks may fail over */
    size_t plans_count;
    size_t left_out; /* beyond FAILOVER_LISTED_MAX */
    bool is_list;
    bool is_confirmed;
    const struct runbook_body *run; /* of the one, where a runbook fails it over; else NULL */
};

#define FAILOVER_LISTED_MAX 20

/* Both begin an operation that answers later. */
void failover_look_begin(const struct view *view, const struct failover_arguments *given, struct outcome *out);
/* Tells what the runbook would do; or begins it, which is a run then. by_runbook.c */
void failover_by_runbook(const struct view *view, const struct request *request, const struct question *question,
                         const struct failover_arguments *given, struct outcome *out);
void failover_begin(const struct view *view, const struct failover_plan *plan, struct outcome *out);

#endif
