/* verifying.c - another primary serves, and so do the services that need it; within which time, and at what loss. */
#include "handlers/failover/failing.h"

#include "bot/model/card.h"
#include "bot/model/cloud_run.h"
#include "bot/model/exchange.h"

#include <string.h>

#define POLL_MS (3 * SECOND_MS)
#define MOVE_DEADLINE_MS (10 * MINUTE_MS)
#define HEALTH_DEADLINE_MS (5 * MINUTE_MS)
#define SERVICE_DEADLINE_MS (15 * SECOND_MS)
#define SERVICE_PREFIX "service:"
#define HEALTH_PREFIX "health:"

static bool is(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

static bool is_promotion(const struct failing *f)
{
    return is(f->body->method, DATABASE_PROMOTION);
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

    if (is_promotion(f) && (!seen->replica || !is(seen->replica->type, "CLOUD_SQL_INSTANCE")))
        return arena_printf(arena, "`%s` is still a replica", f->body->plan.place.replica);
    if (is_promotion(f))
        return is(seen->replica->state, "RUNNABLE") ? NULL
                                                    : arena_printf(arena, "`%s` is %s", f->body->plan.place.replica,
                                                                   failing_quote(f, seen->replica->state));
    if (!is(seen->state, wanted))
        return arena_printf(arena, "it is %s", failing_quote(f, seen->state ? seen->state : "not readable"));
    if (before && !seen->zone)
        return arena_printf(arena, "it is %s, and tells no zone", wanted);
    if (before && is(seen->zone, before))
        return arena_printf(arena, "it is %s, but still in %s", wanted, failing_quote(f, before));
    return NULL;
}

static void fail_late(struct failing *f, const char *why)
{
    failing_fail(f, "The failover of `%s` was begun, and %s later no other primary is seen to serve: %s",
                 f->body->plan.database, duration_about(MOVE_DEADLINE_MS).text, why);
}

/* ---- do those who need it answer? ---- */

static struct failover_need *needs_of(struct failing *f) /* ours to change; the old ones belong to the record */
{
    struct failover_need *needs = arena_alloc(f->view->arena, (f->body->plan.needs_count + 1) * sizeof(*needs));

    for (size_t i = 0; i < f->body->plan.needs_count; i++)
        needs[i] = f->body->plan.needs[i];
    f->body->plan.needs = needs;
    return needs;
}

static bool is_checked(const struct failover_need *need)
{
    return need->service != NULL;
}

static void read_service(struct failing *f, size_t i)
{
    const struct failover_need *need = &f->body->plan.needs[i];
    struct run_place place = { need->project, need->region, need->service };

    outcome_read(f->out, arena_printf(f->view->arena, SERVICE_PREFIX "%zu", i), READING_SERVICE,
                 shape_to_json(&run_place_shape, &place, SHAPE_WHOLE), SERVICE_DEADLINE_MS);
}

static void read_health(struct failing *f, size_t i)
{
    const struct failover_need *need = &f->body->plan.needs[i];
    struct health_probe probe = {
        .url = arena_printf(f->view->arena, "%s%s", need->uri, need->path ? need->path : "/"),
        .expect_status = need->expect_status,
        .timeout_ms = need->timeout_ms,
        .json_field = need->field,
        .json_value = need->value,
        .audience = need->is_private ? need->uri : NULL,
    };

    outcome_read(f->out, arena_printf(f->view->arena, HEALTH_PREFIX "%zu", i), READING_HEALTH,
                 shape_to_json(&health_probe_shape, &probe, SHAPE_WHOLE), need->timeout_ms + 5 * SECOND_MS);
}

static bool all_healthy(const struct failing *f)
{
    for (size_t i = 0; i < f->body->plan.needs_count; i++)
        if (is_checked(&f->body->plan.needs[i]) && !f->body->plan.needs[i].is_healthy)
            return false;
    return true;
}

static void look_at_services(struct failing *f)
{
    for (size_t i = 0; i < f->body->plan.needs_count; i++) {
        const struct failover_need *need = &f->body->plan.needs[i];

        if (!is_checked(need) || need->is_healthy)
            continue;
        if (need->uri)
            read_health(f, i);
        else
            read_service(f, i);
    }
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
    const char *text = "";

    for (size_t i = 0; i < f->body->plan.needs_count; i++) {
        const struct failover_need *need = &f->body->plan.needs[i];

        text = arena_printf(f->view->arena, "%s %s %s.", text, need->target,
                            !is_checked(need)  ? "was not checked"
                            : need->is_healthy ? "is healthy"
                                               : "does not answer as it should");
        if (is_checked(need) && !need->is_healthy && need->problem)
            text = arena_printf(f->view->arena, "%s (%s)", text, failing_quote(f, need->problem));
    }
    return text;
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
    return arena_printf(f->view->arena, "To go back: `/failover %s`.", plan->database);
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
        why = not_moved(f, &seen);
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

static struct failover_need *need_of(struct failing *f, const char *prefix, size_t *ret_index)
{
    struct failover_need *needs = needs_of(f);
    struct str index = str_of(f->event->name);
    struct error ignored;
    int64_t i;

    if (!str_take_prefix(&index, prefix) || !parse_int(index, 0, (int64_t)f->body->plan.needs_count - 1, &i, &ignored))
        return NULL;
    *ret_index = (size_t)i;
    return &needs[i];
}

static void go_on(struct failing *f)
{
    if (all_healthy(f))
        end_good(f);
    else if (failing_is_late(f))
        end_unhealthy(f);
    else
        poll(f);
}

void failing_on_service(struct failing *f)
{
    struct run_service service;
    struct failover_need *need;
    struct error err;
    size_t i;

    if ((need = need_of(f, SERVICE_PREFIX, &i)) == NULL)
        return;
    if (f->event->end != END_DONE)
        need->problem = failing_reason(f);
    else if (!shape_from_json(&run_service_shape, f->event->body, f->view->arena, &service, &err))
        need->problem = failing_quote(f, err.message);
    else if (!service.uri)
        need->problem = "Cloud Run tells no address of it";
    else
        need->uri = service.uri;
    if (!need->uri) {
        go_on(f);
        return;
    }
    failing_keep(f);
    read_health(f, i);
}

void failing_on_health(struct failing *f)
{
    struct failover_need *need;
    size_t i;

    if ((need = need_of(f, HEALTH_PREFIX, &i)) == NULL)
        return;
    need->is_healthy = f->event->end == END_DONE && json_find_bool(f->event->body, "is_healthy", false);
    need->problem = need->is_healthy                              ? NULL
                    : f->event->end != END_DONE                   ? failing_reason(f)
                    : json_find_string(f->event->body, "problem") ? json_find_string(f->event->body, "problem")
                                                                  : "its health check fails";
    go_on(f);
}
