/* preflight_words.c - the preflight as people read it. */
#include "handlers/failover/preflight.h"

#include "bot/model/card.h"

#include <string.h>

#define QUOTED_BYTES 120

static const char *quote(const char *words, struct arena *arena)
{
    return card_quote(str_of(words), QUOTED_BYTES, arena);
}

static const char *kind_text(const struct database_seen *seen, struct arena *arena)
{
    if (!seen->kind)
        return "";
    return arena_printf(arena, ", %s (%s)", quote(seen->kind, arena),
                        seen->has_standby ? "it has a standby" : "it has no standby");
}

const char *preflight_standing(const struct failover_plan *plan, const struct database_seen *seen, struct arena *arena)
{
    const char *text = arena_printf(arena, "%s%s%s", failover_system(plan), seen->version ? ", " : "",
                                    seen->version ? quote(seen->version, arena) : "");

    if (seen->state)
        text = arena_printf(arena, "%s, *%s*%s%s%s", text, quote(seen->state, arena), seen->zone ? " in " : "",
                            seen->zone ? quote(seen->zone, arena) : "", kind_text(seen, arena));
    else
        text = arena_printf(arena, "%s, *not readable*: %s", text, seen->problem ? quote(seen->problem, arena) : "");
    if (seen->replica)
        text = arena_printf(arena, "%s; replica `%s` %s%s%s", text, quote(seen->replica->name, arena),
                            quote(seen->replica->state, arena), seen->replica->zone ? " in " : "",
                            seen->replica->zone ? quote(seen->replica->zone, arena) : "");
    return text;
}

const char *preflight_method_text(const char *method, const struct failover_plan *plan,
                                  const struct database_seen *seen, struct arena *arena)
{
    const char *zone = seen->standby_zone ? arena_printf(arena, " in %s", quote(seen->standby_zone, arena)) : "";

    if (strcmp(method, DATABASE_PROMOTION) == 0)
        return arena_printf(arena, "its replica `%s` becomes a primary of its own",
                            plan->place.replica ? plan->place.replica : "");
    if (strcmp(method, DATABASE_MEMORYSTORE) == 0)
        return arena_printf(arena, "its replica%s takes over (%s)", zone,
                            plan->forces ? DATABASE_FORCED_LOSS : DATABASE_LIMITED_LOSS);
    return arena_printf(arena, "its standby%s takes over", zone);
}

const char *preflight_afterwards(const char *method, const struct failover_plan *plan, struct arena *arena)
{
    if (strcmp(method, DATABASE_PROMOTION) == 0)
        return arena_printf(
            arena,
            "*This cannot be undone*: `%s` is a primary of its own for good, and no replica of `%s` any "
            "more. Both take writes from then on: fence or remove `%s` by hand, and point the services "
            "to `%s`.",
            plan->place.replica, plan->place.instance, plan->place.instance, plan->place.replica);
    return arena_printf(arena,
                        "Open connections break, and it answers nothing until another machine has taken over; name and "
                        "address stay. To go back: the same once more.");
}

const char *preflight_backup(const struct view *view, const struct failover_plan *plan,
                             const struct database_seen *seen)
{
    int64_t age_ms = view_unix_ms(view) - seen->backup_at_ms;

    if (plan->place.region)
        return "none is read of Memorystore";
    if (!seen->is_backup_known)
        return arena_printf(view->arena, "*not known*: %s",
                            seen->backup_why ? quote(seen->backup_why, view->arena) : "they were not read");
    if (seen->backup_at_ms == 0)
        return "*there is none*";
    return arena_printf(view->arena, "%s ago (%s)", duration_about(age_ms > 0 ? age_ms : 0).text,
                        card_date(seen->backup_at_ms, view->arena));
}

const char *preflight_objectives(const struct failover_plan *plan, struct arena *arena)
{
    const char *rto = plan->recovery_time_ms
                          ? arena_printf(arena, "RTO %s", duration_about(plan->recovery_time_ms).text)
                          : "no RTO is named";
    const char *rpo = plan->recovery_point_ms
                          ? arena_printf(arena, "RPO %s", duration_about(plan->recovery_point_ms).text)
                          : "no RPO is named";

    return arena_printf(arena, "%s, %s", rto, rpo);
}

const char *preflight_needed_by(const struct failover_plan *plan, struct arena *arena)
{
    return needs_names(plan->needs, plan->needs_count, arena);
}

const char *preflight_incidents(const struct failover_plan *plan, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = 0; i < plan->incidents_count; i++)
        text = arena_printf(arena, "%s%s%s", text ? text : "", text ? ", " : "", plan->incidents[i]);
    return text;
}

/* ---- all of it ---- */

static void tell_next(const struct failover_plan *plan, const struct preflight *found, struct outcome *out)
{
    if (found->refusal) {
        outcome_reply_line(out, "*It cannot be failed over now*: %s. %s", found->refusal,
                           found->next ? found->next : "Ask again later.");
        return;
    }
    if (found->why)
        outcome_reply_line(out, "It takes more than its name: %s.", found->why);
    outcome_reply_line(out, "Nothing was done. To do it: `%s`", failover_line(plan, found->lacks, out->arena));
}

void preflight_tell(const struct view *view, const struct failover_plan *plan, const struct database_seen *seen,
                    struct outcome *out)
{
    struct preflight found = preflight_judge(view, plan, seen);
    const char *needed_by = preflight_needed_by(plan, view->arena), *incidents = preflight_incidents(plan, view->arena);

    outcome_reply(out, "*%s*: %s.", plan->database, preflight_standing(plan, seen, view->arena));
    if (found.method)
        outcome_reply_line(out, "Failover: %s.", preflight_method_text(found.method, plan, seen, view->arena));
    if (found.loss)
        outcome_reply_line(out, "Data you may lose: %s.", found.loss);
    outcome_reply_line(out, "Last backup: %s.", preflight_backup(view, plan, seen));
    outcome_reply_line(out, "Objectives: %s.", preflight_objectives(plan, view->arena));
    outcome_reply_line(out, "Needed by: %s.", needed_by ? needed_by : "no service says so (`needs`)");
    if (incidents)
        outcome_reply_line(out, "Open incident: %s; it will be told there.", incidents);
    if (found.method)
        outcome_reply_line(out, "%s", preflight_afterwards(found.method, plan, view->arena));
    tell_next(plan, &found, out);
}
