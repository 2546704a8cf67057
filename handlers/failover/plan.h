/* plan.h - what a failover is to do, as it was typed and configured; it never changes. And what policy is asked of it.
 */
#ifndef OPSGATE_HANDLERS_FAILOVER_PLAN_H
#define OPSGATE_HANDLERS_FAILOVER_PLAN_H

#include "handlers/needs.h"

#include "bot/model/database.h"
#include "bot/model/question.h"
#include "bot/model/settings.h"
#include "bot/model/view.h"

#include "policy/decide.h"

struct failover_plan {
    const char *database, *environment; /* environment NULL: none is configured */
    struct database_place place;        /* all NULL: `runbook` fails it over */
    const char *runbook;
    int64_t recovery_time_ms, recovery_point_ms, max_lag_ms, cool_down_ms; /* 0: none */
    bool promotes;      /* --promote: the replica, even if there is a standby */
    bool forces;        /* --force-data-loss: Memorystore, whatever was not copied */
    bool is_again;      /* --again: so soon after another */
    bool takes_unknown; /* --lose unknown */
    int64_t lose_ms;    /* --lose 90s: at most so much; 0: not said */
    const char *reason; /* quoted, or NULL */
    const char *break_glass; /* why a deny is to be passed, quoted; or NULL */
    struct service_need *needs;
    size_t needs_count;
    const char **incidents; /* open ones about those services, that whoever asked can see */
    size_t incidents_count;
};
extern const struct shape failover_plan_shape;

struct failover_plan failover_plan_of(const struct view *view, const struct database_settings *database);
/* Which incidents it belongs to, by those who need the database. */
void failover_plan_link(const struct view *view, const struct request *request, struct failover_plan *plan);

/* "cloud_sql", "Memorystore": for lists. */
const char *failover_system(const struct failover_plan *plan);

struct question failover_question(const struct view *view, const struct failover_plan *plan,
                                  const struct principal *principal, const char *source);

/* The line that asks for it, with what it accepts: "failover platform-prod-db --confirm platform-prod-db". `options`:
 * what else it takes, each with a space before it; or "". */
const char *failover_line(const struct failover_plan *plan, const char *options, struct arena *arena);

#endif
