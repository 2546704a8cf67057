/* kept.c - a schedule as the configuration has it, as it is kept, and in the journal. */
#include "handlers/schedule/scheduling.h"

#include "policy/policy.h"

#include <string.h>

struct scheduled schedule_find(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->runbooks_count; i++)
        for (size_t k = 0; k < settings->runbooks[i].schedule_count; k++)
            if (strcmp(schedule_name(&settings->runbooks[i], &settings->runbooks[i].schedule[k]), name) == 0)
                return (struct scheduled){ &settings->runbooks[i], &settings->runbooks[i].schedule[k] };
    return (struct scheduled){ NULL, NULL };
}

bool schedule_times(const struct view *view, const struct schedule_kept *kept, struct cron *ret_cron,
                    const struct zone **ret_zone)
{
    struct error ignored;

    *ret_zone = policy_zone(view->policy, kept->zone);
    return cron_parse(str_of(kept->cron), ret_cron, &ignored);
}

struct schedule_kept *schedule_kept_find(const struct schedules_body *body, const char *name)
{
    for (size_t i = 0; i < body->list_count; i++)
        if (strcmp(body->list[i].name, name) == 0)
            return &body->list[i];
    return NULL;
}

struct schedule_run *schedule_at_work(const struct schedule_kept *kept)
{
    for (size_t i = 0; i < kept->runs_count; i++)
        if (!kept->runs[i].result)
            return &kept->runs[i];
    return NULL;
}

void schedule_note(struct scheduling *s, const char *kind, const struct schedule_kept *kept,
                   const struct schedule_run *run)
{
    cJSON *body = json_object();

    json_set_string(body, "schedule", kept->name);
    if (run) {
        json_set_string(body, "due", time_format(run->due_ms).text);
        json_set_string(body, "operation", run->operation);
        json_set_string(body, "result", run->result);
        json_set_int(body, "passed", run->passed);
    }
    outcome_journal(s->out, arena_printf(s->view->arena, "schedule.%s", kind), body, NULL);
}
