#include "integrations/pagerduty/status.h"

#include "bot/base/time.h"
#include "bot/model/plant.h"
#include "integrations/pagerduty/act.h"

#include <inttypes.h>
#include <string.h>

/* Every state and every intent; from a state that stands in no row nothing is written. */
static const struct move {
    enum pagerduty_intent intent;
    const char *seen;
    enum pagerduty_end end;
    const char *said; /* behind the incident's name */
} moves[] = {
    { PAGERDUTY_ACKNOWLEDGE, "triggered", PAGERDUTY_WRITTEN, "is acknowledged" },
    { PAGERDUTY_ACKNOWLEDGE, "acknowledged", PAGERDUTY_ALREADY, "was acknowledged already" },
    { PAGERDUTY_ACKNOWLEDGE, "resolved", PAGERDUTY_UNFIT, "is resolved: acknowledging it now would reopen it" },
    { PAGERDUTY_RESOLVE, "triggered", PAGERDUTY_WRITTEN, "is resolved" },
    { PAGERDUTY_RESOLVE, "acknowledged", PAGERDUTY_WRITTEN, "is resolved" },
    { PAGERDUTY_RESOLVE, "resolved", PAGERDUTY_ALREADY, "was resolved already" },
    { PAGERDUTY_REOPEN, "triggered", PAGERDUTY_ALREADY, "is open already" },
    { PAGERDUTY_REOPEN, "acknowledged", PAGERDUTY_ALREADY, "is open already" },
    { PAGERDUTY_REOPEN, "resolved", PAGERDUTY_WRITTEN, "is open again, and pages" },
};
static const char *const wanted_status[] = {
    [PAGERDUTY_ACKNOWLEDGE] = "acknowledged",
    [PAGERDUTY_RESOLVE] = "resolved",
    [PAGERDUTY_REOPEN] = "triggered",
};

static struct pagerduty_plan not_from(const struct pagerduty_seen *seen, const char *why)
{
    return (struct pagerduty_plan){ .end = PAGERDUTY_UNFIT,
                                    .said = arena_printf(seen->exchange->arena, "%s %s", seen->name, why) };
}

static const struct move *find_move(int intent, const char *status)
{
    for (size_t i = 0; i < ARRAY_LEN(moves); i++)
        if ((int)moves[i].intent == intent && status && strcmp(moves[i].seen, status) == 0)
            return PLANTED(ACKNOWLEDGED_ANYHOW) && moves[i].end == PAGERDUTY_UNFIT ? &moves[0] : &moves[i];
    return NULL;
}

static struct pagerduty_plan plan_status(const struct pagerduty_seen *seen, const void *arg)
{
    const struct pagerduty_status_wish *wish = arg;
    const struct move *move = find_move(wish->intent, seen->incident->status);
    struct pagerduty_plan plan = {
        .method = "PUT", .path = "", .changed_at_ms = seen->incident->status_at_ms, .slack_ms = PAGERDUTY_SLACK_MS
    };
    struct arena *arena = seen->exchange->arena;
    cJSON *incident;

    if (!move)
        return not_from(seen, "is in a state that opsgate does not know: it stays as it is");
    if (wish->intent == PAGERDUTY_REOPEN && seen->incident->is_merged)
        return not_from(seen, "was merged into another one, which is the one to reopen");
    plan.end = move->end;
    plan.said = arena_printf(arena, "%s %s", seen->name, move->said);
    plan.body = pagerduty_incident_body(seen->exchange, &incident);
    json_set_string(incident, "status", wanted_status[wish->intent]);
    if (wish->intent == PAGERDUTY_RESOLVE)
        json_set_string(incident, "resolution", wish->resolution);
    return plan;
}

struct exchange_step pagerduty_status_set(const struct exchange *exchange)
{
    struct pagerduty_status_wish wish;
    struct error err;

    if (!shape_from_json(&pagerduty_status_wish_shape, exchange->args, exchange->arena, &wish, &err))
        return exchange_never(exchange, "PagerDuty's incident: %s", err.message);
    return pagerduty_act(exchange, &wish.of, &wish, plan_status);
}

/* ---- sleep ---- */

static struct pagerduty_plan plan_snooze(const struct pagerduty_seen *seen, const void *arg)
{
    const struct pagerduty_snooze_wish *wish = arg;
    struct pagerduty_plan plan = { .method = "POST",
                                   .path = "/snooze",
                                   .changed_at_ms = seen->incident->status_at_ms,
                                   .slack_ms = PAGERDUTY_SLACK_MS };
    cJSON *body;

    if (!str_is(str_of(seen->incident->status), "acknowledged"))
        return not_from(seen, "is not acknowledged: only what somebody has acknowledged can be snoozed");
    body = json_object();
    arena_defer(seen->exchange->arena, (void (*)(void *))cJSON_Delete, body);
    json_set_int(body, "duration", wish->seconds);
    plan.end = PAGERDUTY_WRITTEN;
    plan.said = arena_printf(seen->exchange->arena, "%s is quiet for %s", seen->name,
                             duration_about(wish->seconds * SECOND_MS).text);
    plan.body = body;
    return plan;
}

struct exchange_step pagerduty_snooze_set(const struct exchange *exchange)
{
    struct pagerduty_snooze_wish wish;
    struct error err;

    if (!shape_from_json(&pagerduty_snooze_wish_shape, exchange->args, exchange->arena, &wish, &err))
        return exchange_never(exchange, "PagerDuty's incident: %s", err.message);
    if (wish.seconds < 1 || wish.seconds > PAGERDUTY_SNOOZE_MAX_S)
        return exchange_never(exchange, "PagerDuty's snooze: from a second to seven days, not %" PRId64 " s",
                              wish.seconds);
    return pagerduty_act(exchange, &wish.of, &wish, plan_snooze);
}
