#include "handlers/failover/plan.h"

#include "handlers/incident/incident.h"

#include <string.h>

static const struct shape_field plan_rows[] = {
    ROW_STRING(failover_plan, database, .flags = SHAPE_REQUIRED),
    ROW_STRING(failover_plan, environment, .flags = SHAPE_NONZERO),
    ROW_OBJECT(failover_plan, place, &database_place_shape),
    ROW_STRING(failover_plan, runbook, .flags = SHAPE_NONZERO),
    ROW_INT(failover_plan, recovery_time_ms, .flags = SHAPE_NONZERO),
    ROW_INT(failover_plan, recovery_point_ms, .flags = SHAPE_NONZERO),
    ROW_INT(failover_plan, max_lag_ms, .flags = SHAPE_NONZERO),
    ROW_INT(failover_plan, cool_down_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(failover_plan, promotes, .flags = SHAPE_NONZERO),
    ROW_BOOL(failover_plan, forces, .flags = SHAPE_NONZERO),
    ROW_BOOL(failover_plan, is_again, .flags = SHAPE_NONZERO),
    ROW_BOOL(failover_plan, takes_unknown, .flags = SHAPE_NONZERO),
    ROW_INT(failover_plan, lose_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_plan, reason, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_plan, break_glass, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_OBJECTS(failover_plan, needs, &service_need_shape, .flags = SHAPE_NONZERO),
    ROW_STRINGS(failover_plan, incidents, .flags = SHAPE_NONZERO),
};
const struct shape failover_plan_shape = SHAPE("what a failover is to do", failover_plan, plan_rows);

/* ---- from the configuration ---- */

struct failover_plan failover_plan_of(const struct view *view, const struct database_settings *database)
{
    struct failover_plan plan = {
        .database = database->name,
        .environment = database->environment,
        .place = database_place_of(database),
        .runbook = database->runbook,
        .recovery_time_ms = database->recovery_time_ms,
        .recovery_point_ms = database->recovery_point_ms,
        .max_lag_ms = database->max_lag_ms,
        .cool_down_ms = database->cool_down_ms,
    };

    plan.needs = needs_of_database(view, database->name, database->environment, &plan.needs_count);
    return plan;
}

void failover_plan_link(const struct view *view, const struct request *request, struct failover_plan *plan)
{
    const char **targets = arena_alloc(view->arena, (plan->needs_count + 1) * sizeof(*targets));

    for (size_t i = 0; i < plan->needs_count; i++)
        targets[i] = plan->needs[i].target;
    if (plan->needs_count > 0)
        incident_list_open(view, request, targets, plan->needs_count, &plan->incidents, &plan->incidents_count);
}

const char *failover_system(const struct failover_plan *plan)
{
    return plan->place.region ? "Memorystore" : "Cloud SQL";
}

/* ---- policy ---- */

struct question failover_question(const struct view *view, const struct failover_plan *plan,
                                  const struct principal *principal, const char *source)
{
    const struct database_settings *database = settings_find_database(view->settings, plan->database);

    return (struct question){
        .principal = *principal,
        .verb = "failover",
        .database = plan->database,
        .environment = plan->environment,
        .source = source,
        .labels = database ? database->labels : NULL,
        .labels_count = database ? database->labels_count : 0,
        .reason = plan->reason,
        .break_glass = plan->break_glass,
    };
}

/* What was accepted before is accepted still, unless it is to be more now. */
static const char *accepted(const struct failover_plan *plan, const char *options, struct arena *arena)
{
    const char *text = plan->is_again && !strstr(options, "--again") ? " --again" : "";

    if (strstr(options, "--lose") || (!plan->takes_unknown && plan->lose_ms == 0))
        return text;
    return arena_printf(arena, " --lose %s%s", plan->takes_unknown ? "unknown" : duration_format(plan->lose_ms).text,
                        text);
}

const char *failover_line(const struct failover_plan *plan, const char *options, struct arena *arena)
{
    return arena_printf(arena, "failover %s --confirm %s%s%s%s%s%s%s", plan->database, plan->database,
                        plan->promotes ? " --promote" : "", plan->forces ? " --force-data-loss" : "",
                        accepted(plan, options, arena), options, plan->reason ? " --reason ..." : "",
                        plan->break_glass ? " --break-glass ..." : "");
}
