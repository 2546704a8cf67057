/* verifying.c - another primary serves, and so do the services that need it; within which time, and at what loss. */
#include "handlers/failover/failing.h"

#include "bot/model/card.h"
#include "bot/model/exchange.h"
#include "bot/model/plant.h"

#define POLL_MS (3 * SECOND_MS)
#define MOVE_DEADLINE_MS (10 * MINUTE_MS)
#define HEALTH_DEADLINE_MS (5 * MINUTE_MS)

static bool is_promotion(const struct failing *f)
{
    return text_equal(f->body->method, DATABASE_PROMOTION);
}

/* ---- has the primary moved? ---- */

static void poll(struct failing *f)
{
    failing_keep(f);
    outcome_timer(f->out, "poll", f->view->now_ms + POLL_MS);
}

void failing_verify(struct failing *f)
{
    f->body->problem = NULL;
    failing_move(f, "verifying", MOVE_DEADLINE_MS);
    failing_read(f);
}

/* Why it has not moved yet; NULL: it has. */
static const char *not_moved(const struct failing *f, const struct database_seen *seen)
{
    const char *wanted = f->body->plan.place.region ? "READY" : "RUNNABLE", *before = f->body->seen.zone;
    struct arena *arena = f->view->arena;

    if (is_promotion(f) && (!seen->replica || !text_equal(seen->replica->type, "CLOUD_SQL_INSTANCE")))
        return arena_printf(arena, "`%s` is still a replica", f->body->plan.place.replica);
    if (is_promotion(f))
        return text_equal(seen->replica->state, "RUNNABLE")
                   ? NULL
                   : arena_printf(arena, "`%s` is %s", f->body->plan.place.replica,
                                  failing_quote(f, seen->replica->state));
    if (!text_equal(seen->state, wanted))
        return arena_printf(arena, "it is %s", failing_quote(f, seen->state ? seen->state : "not readable"));
    if (before && !seen->zone)
        return arena_printf(arena, "it is %s, and tells no zone", wanted);
    if (before && text_equal(seen->zone, before))
        return arena_printf(arena, "it is %s, but still in %s", wanted, failing_quote(f, before));
    return NULL;
}

static void fail_late(struct failing *f, const char *why)
{
    failing_fail(f, "The failover of `%s` was begun, and %s later no other primary is seen to serve: %s",
                 f->body->plan.database, duration_about(MOVE_DEADLINE_MS).text, why);
}

/* ---- do those who need it answer? ---- */

static bool all_healthy(const struct failing *f)
{
    return needs_are_healthy(f->body->plan.needs, f->body->plan.needs_count);
}

static void look_at_services(struct failing *f)
{
    needs_look(f->view, f->body->plan.needs, f->body->plan.needs_count, f->out);
}

/* ---- how it ends ---- */

static const char *where_text(const struct failing *f)
{
    struct arena *arena = f->view->arena;
    const char *zone = f->body->zone ? arena_printf(arena, " in %s", failing_quote(f, f->body->zone)) : "";

    if (is_promotion(f))
        return arena_printf(arena, "`%s` is a primary of its own now%s", f->body->plan.place.replica, zone);
    return arena_printf(arena, "`%s` is served%s now%s%s", f->body->plan.database, zone,
                        f->body->seen.zone ? ", and no more in " : "",
                        f->body->seen.zone ? failing_quote(f, f->body->seen.zone) : "");
}

static const char *services_text(const struct failing *f)
{
    return needs_text(f->body->plan.needs, f->body->plan.needs_count, f->view->arena);
}

static const char *loss_text(const struct failing *f)
{
    const struct failover_plan *plan = &f->body->plan;
    struct arena *arena = f->view->arena;
    const char *rpo = "";

    if (is_promotion(f) && plan->recovery_point_ms && f->body->seen.lag.is_known)
        rpo = arena_printf(arena, " (RPO %s: %s)", duration_about(plan->recovery_point_ms).text,
                           f->body->seen.lag.lag_ms <= plan->recovery_point_ms ? "met" : "*missed*");
    return arena_printf(arena, "Lost: %s%s", f->body->loss ? f->body->loss : "not known", rpo);
}

static const char *next_text(const struct failing *f)
{
    const struct failover_plan *plan = &f->body->plan;

    if (is_promotion(f))
        return preflight_afterwards(f->body->method, plan, f->view->arena);
    return arena_printf(f->view->arena, "To go back: `failover %s`.", plan->database);
}

static void end_good(struct failing *f)
{
    const char *time = failing_time_text(f->view, f->operation, f->body, f->body->moved_at_ms);

    failing_keep(f);
    outcome_end(f->out, "done", "done", "%s: %s. %s.%s %s", where_text(f), time, loss_text(f), services_text(f),
                next_text(f));
}

static void end_unhealthy(struct failing *f)
{
    failing_fail(f, "%s, but %s after it had moved:%s %s", where_text(f), duration_about(HEALTH_DEADLINE_MS).text,
                 services_text(f), next_text(f));
}

static void on_moved(struct failing *f, const struct database_seen *seen)
{
    f->body->zone = is_promotion(f) ? seen->replica->zone : seen->zone;
    f->body->moved_at_ms = f->view->now_ms;
    f->body->problem = NULL;
    f->body->state_deadline_at_ms = f->view->now_ms + HEALTH_DEADLINE_MS;
    failing_note(f, "moved", "sees another primary", NULL);
    if (all_healthy(f)) {
        end_good(f);
        return;
    }
    failing_keep(f);
    look_at_services(f);
}

void failing_on_verified(struct failing *f)
{
    struct database_seen seen;
    const char *why;

    if (f->body->moved_at_ms > f->body->sent_at_ms)
        return;
    if (failing_sees(f, &seen, &why))
        why = PLANTED(FAILOVER_UNVERIFIED) ? NULL : not_moved(f, &seen);
    if (!why) {
        on_moved(f, &seen);
        return;
    }
    f->body->problem = why;
    if (failing_is_late(f))
        fail_late(f, why);
    else
        poll(f);
}

/* Of the services only those are asked again that are not healthy yet. */
void failing_on_verify_poll(struct failing *f)
{
    failing_keep(f);
    if (f->body->moved_at_ms <= f->body->sent_at_ms)
        failing_read(f);
    else
        look_at_services(f);
}

/* ---- their answers ---- */

static void go_on(struct failing *f)
{
    if (all_healthy(f))
        end_good(f);
    else if (failing_is_late(f))
        end_unhealthy(f);
    else
        poll(f);
}

void failing_on_need(struct failing *f)
{
    struct failover_plan *plan = &f->body->plan;
    struct service_need *needs = needs_copy(plan->needs, plan->needs_count, f->view->arena);

    plan->needs = needs;
    switch (needs_hear(f->view, f->event, needs, plan->needs_count, f->out)) {
    case NEEDS_NOTHING:
        break;
    case NEEDS_ASKED:
        failing_keep(f);
        break;
    case NEEDS_HEARD:
        go_on(f);
        break;
    }
}
