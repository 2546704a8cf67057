#include "integrations/pagerduty/act.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/pagerduty/api.h"
#include "integrations/pagerduty/from.h"
#include "integrations/pagerduty/incident.h"

#include <inttypes.h>
#include <string.h>

#define CHANGED_LATER_MS SECOND_MS

struct acting {
    struct dialog dialog;
    const struct pagerduty_act *act;
    struct pagerduty_from from;
    struct pagerduty_seen seen;
    const char *what;  /* "incident PINC001" */
    int64_t peer_ms;   /* PagerDuty's clock when the incident was read; 0: it did not tell */
    int64_t waited_ms; /* from the attempt's begin to then */
};

bool pagerduty_act_check(const struct exchange *exchange, const struct pagerduty_act *act,
                         struct exchange_step *ret_step)
{
    if (!pagerduty_id_is_valid(act->incident)) {
        *ret_step = exchange_never(exchange, "PagerDuty's incident: an id such as PINC001 is needed");
        return false;
    }
    return pagerduty_is_configured(exchange, ret_step);
}

bool pagerduty_act_is_too_late(const struct exchange *exchange, const struct pagerduty_act *act)
{
    return act->not_after_ms > 0 && exchange->unix_ms > act->not_after_ms;
}

const cJSON *pagerduty_incident_body(const struct exchange *exchange, cJSON **ret_incident)
{
    cJSON *body = json_object();

    arena_defer(exchange->arena, (void (*)(void *))cJSON_Delete, body);
    *ret_incident = json_set(body, "incident", json_object());
    json_set_string(*ret_incident, "type", "incident_reference");
    return body;
}

/* ---- read ---- */

static const char *path_of(const struct acting *acting, const char *more)
{
    return arena_printf(acting->dialog.exchange->arena, "/incidents/%s%s", acting->act->incident, more);
}

static int64_t took_ms(const struct exchange *exchange, size_t count)
{
    int64_t all_ms = 0;

    for (size_t i = 0; i < count; i++)
        all_ms += exchange->answers[i].took_ms;
    return all_ms;
}

/* False: *ret_step is what to return. */
static bool take_incident(struct acting *acting, const cJSON *json, struct exchange_step *ret_step)
{
    const struct exchange *exchange = acting->dialog.exchange;
    struct bounds bounds = BOUNDS(exchange->arena);
    struct pagerduty_incident *incident = ARENA_NEW(exchange->arena, struct pagerduty_incident);
    struct error err;

    bounds_narrow(&bounds); /* it goes into the result, and from there into a record */
    if (!pagerduty_incident_read(&bounds, json, incident, &err)) {
        *ret_step =
            exchange_again(exchange, "PagerDuty's answer about %s made no sense: %s", acting->what, err.message);
        return false;
    }
    if (strcmp(incident->id, acting->act->incident) != 0) {
        *ret_step = exchange_again(exchange, "PagerDuty's answer about %s made no sense: it tells of another one",
                                   acting->what);
        return false;
    }
    acting->seen = (struct pagerduty_seen){ exchange, incident, json, incident->id };
    if (incident->number > 0)
        acting->seen.name = arena_printf(exchange->arena, "incident #%" PRId64, incident->number);
    return true;
}

static bool see(struct acting *acting)
{
    const struct exchange *exchange = acting->dialog.exchange;
    const struct http_answer *answer = NULL;
    const cJSON *json =
        pagerduty_ask(&acting->dialog, pagerduty_call(exchange, "GET", path_of(acting, ""), (struct str){ 0 }),
                      acting->what, &answer);

    if (!json)
        return false;
    acting->peer_ms = http_answer_date_ms(answer);
    acting->waited_ms = took_ms(exchange, acting->dialog.used);
    return take_incident(acting, json_find(json, "incident"), &acting->dialog.step);
}

/* ---- judged ---- */

/* Younger than the wish: how long ago each was, each by its own clock. A first try may have waited behind another act
 * of ours, whose change it must not take for somebody else's. */
static bool is_changed_since(const struct acting *acting, const struct pagerduty_plan *plan)
{
    const struct exchange *exchange = acting->dialog.exchange;
    int64_t now_ms = exchange->unix_ms + acting->waited_ms;
    int64_t change_age_ms = (acting->peer_ms > 0 ? acting->peer_ms : now_ms) - plan->changed_at_ms;

    return !exchange->is_first_try && acting->act->asked_at_ms > 0 && plan->changed_at_ms > 0 &&
           change_age_ms + plan->slack_ms < now_ms - acting->act->asked_at_ms;
}

static void judge(const struct acting *acting, struct pagerduty_plan *plan)
{
    const struct exchange *exchange = acting->dialog.exchange;
    const struct pagerduty_incident *seen = acting->seen.incident;

    if (plan->end != PAGERDUTY_WRITTEN)
        return;
    if (is_changed_since(acting, plan)) {
        plan->end = PAGERDUTY_CHANGED;
        plan->said = arena_printf(exchange->arena,
                                  "%s was changed in PagerDuty after this was asked for, and is %s now: it stays so",
                                  acting->seen.name, seen->status ? seen->status : "in a state not told");
    } else if (pagerduty_act_is_too_late(exchange, acting->act)) {
        plan->end = PAGERDUTY_TOO_LATE;
        plan->said = arena_printf(exchange->arena,
                                  "%s was not changed: PagerDuty could not be reached in time; it is %s. Ask again, if "
                                  "it is still wanted",
                                  acting->seen.name, seen->status ? seen->status : "in a state not told");
    }
}

/* ---- told ---- */

static struct exchange_step tell(const struct acting *acting, const struct pagerduty_plan *plan, const char *seen)
{
    const struct exchange *exchange = acting->dialog.exchange;
    bool is_written = plan->end == PAGERDUTY_WRITTEN;
    struct pagerduty_acted acted = {
        .end = plan->end,
        .seen = seen,
        .said = plan->said,
        .as = is_written ? acting->from.email : NULL,
        .is_stand_in = is_written && acting->from.is_stand_in,
        .incident = acting->seen.incident,
    };

    return exchange_done(exchange, shape_to_json(&pagerduty_acted_shape, &acted, SHAPE_WHOLE));
}

/* Its state was another one than a moment before: it is read again. */
static bool is_moved_on(const struct exchange *exchange, const struct http_answer *answer)
{
    static const int64_t codes[] = { 1001, 1002, 1005,
                                     1012 }; /* already resolved, already acknowledged, updated, not acknowledged */
    int64_t code = answer->status >= 400 && answer->status < 500 ? pagerduty_error_code(exchange, answer) : 0;

    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (code == codes[i])
            return true;
    return false;
}

static struct exchange_step write_it(struct acting *acting, const struct pagerduty_plan *plan)
{
    const struct exchange *exchange = acting->dialog.exchange;
    const char *seen = acting->seen.incident->status;
    const struct http_answer *answer =
        pagerduty_write_as(&acting->dialog, &acting->from, plan->method, path_of(acting, plan->path), plan->body);
    struct exchange_step step;
    const cJSON *json;

    if (!answer)
        return acting->dialog.step;
    if (is_moved_on(exchange, answer)) {
        step = exchange_again(exchange, "PagerDuty: %s changed while it was being changed", acting->what);
        step.after_ms = CHANGED_LATER_MS;
        return step;
    }
    if (!pagerduty_is_taken(answer))
        return pagerduty_write_refused(exchange, acting->what, answer);
    json = pagerduty_json(exchange, acting->what, answer, &step);
    if (!json || !take_incident(acting, json_find(json, "incident"), &step))
        return step; /* read again, it tells what became of it */
    return tell(acting, plan, seen);
}

/* It was not even read, and it is too late to try once more. */
struct exchange_step pagerduty_act_in_time(const struct exchange *exchange, const struct pagerduty_act *act,
                                           const char *what, const char *done, struct exchange_step step)
{
    const char *outcome = arena_printf(
        exchange->arena, exchange->is_in_doubt ? "may have been %s or not: look there" : "was not %s", done);

    if (step.next != NEXT_AGAIN || !pagerduty_act_is_too_late(exchange, act))
        return step;
    return exchange_never(exchange,
                          "PagerDuty could not be reached in time, so %s %s (%s). Ask again, if it is still wanted",
                          what, outcome, step.error);
}

struct exchange_step pagerduty_act(const struct exchange *exchange, const struct pagerduty_act *act, const void *wish,
                                   pagerduty_plan_fn make_plan)
{
    struct acting acting = { .dialog = DIALOG(exchange), .act = act };
    struct pagerduty_plan plan;

    if (!pagerduty_act_check(exchange, act, &acting.dialog.step))
        return acting.dialog.step;
    acting.what = arena_printf(exchange->arena, "incident %s", act->incident);
    /* whose address it is first: between reading the incident and writing it nothing else is asked */
    if (!pagerduty_from_find(&acting.dialog, act, &acting.from) || !see(&acting))
        return pagerduty_act_in_time(exchange, act, acting.what, "changed", acting.dialog.step);
    plan = make_plan(&acting.seen, wish);
    judge(&acting, &plan);
    return plan.end == PAGERDUTY_WRITTEN ? write_it(&acting, &plan)
                                         : tell(&acting, &plan, acting.seen.incident->status);
}
