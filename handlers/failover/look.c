/* look.c - `failover`, `failover DATABASE`: each database is read once, and whoever asked is told. It changes nothing.
 */
#include "handlers/failover/arguments.h"
#include "handlers/failover/failover.h"
#include "handlers/failover/preflight.h"

#include "handlers/approval.h"

#include "bot/model/card.h"
#include "bot/model/event.h"
#include "bot/model/exchange.h"

#include <string.h>

#define READ_DEADLINE_MS (25 * SECOND_MS)
#define QUOTED_BYTES 300
#define PREFIX "seen:"

struct failover_sight {
    struct failover_plan plan;
    bool is_over;        /* it was read, or not */
    const char *problem; /* why not */
    const struct database_seen *seen;
};
struct failover_look_body {
    bool is_list;
    int64_t left_out;
    struct failover_sight *sights;
    size_t sights_count;
};

static const struct shape_field sight_rows[] = {
    ROW_OBJECT(failover_sight, plan, &failover_plan_shape),
    ROW_BOOL(failover_sight, is_over, .flags = SHAPE_NONZERO),
    ROW_STRING(failover_sight, problem, .flags = SHAPE_NONZERO),
    ROW_OPTION(failover_sight, seen, &database_seen_shape, .flags = SHAPE_NONZERO),
};
static const struct shape sight_shape = SHAPE("a database that is looked at", failover_sight, sight_rows);

static const struct shape_field rows[] = {
    ROW_BOOL(failover_look_body, is_list, .flags = SHAPE_NONZERO),
    ROW_INT(failover_look_body, left_out, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(failover_look_body, sights, &sight_shape),
};
static const struct shape look_body_shape = SHAPE("a look at databases", failover_look_body, rows);

/* ---- it is told ---- */

static void tell_line(const struct view *view, const struct failover_sight *sight, struct outcome *out)
{
    struct preflight found;

    if (sight->plan.runbook) {
        outcome_reply_line(out, "*%s*: by the runbook `%s`", sight->plan.database, sight->plan.runbook);
        return;
    }
    if (!sight->seen) {
        outcome_reply_line(out, "*%s*: %s, *not read*: %s", sight->plan.database, failover_system(&sight->plan),
                           card_quote(str_of(sight->problem ? sight->problem : ""), QUOTED_BYTES, view->arena));
        return;
    }
    found = preflight_judge(view, &sight->plan, sight->seen);
    outcome_reply_line(
        out, "*%s*: %s; %s%s", sight->plan.database, preflight_standing(&sight->plan, sight->seen, view->arena),
        found.refusal ? "cannot be failed over now: " : "",
        found.refusal ? found.refusal : preflight_method_text(found.method, &sight->plan, sight->seen, view->arena));
}

static void tell_list(const struct view *view, const struct failover_look_body *body, struct outcome *out)
{
    outcome_reply(out, "Databases that you may fail over; `failover NAME` tells what that would do:");
    for (size_t i = 0; i < body->sights_count; i++)
        tell_line(view, &body->sights[i], out);
    if (body->left_out > 0)
        outcome_reply_line(out, "%d more were not looked at: name one.", (int)body->left_out);
}

static void tell_one(const struct view *view, const struct operation *operation, const struct failover_sight *sight,
                     struct outcome *out)
{
    struct question question = failover_question(view, &sight->plan, &operation->requester, operation->source);

    if (!sight->seen) {
        outcome_refuse(out, "`%s` cannot be read: %s. Nothing was done.", sight->plan.database,
                       card_quote(str_of(sight->problem ? sight->problem : ""), QUOTED_BYTES, view->arena));
        return;
    }
    preflight_tell(view, &sight->plan, sight->seen, out);
    approvals_tell_policy(view, &question, out);
}

static void answer(const struct view *view, const struct operation *operation, const struct failover_look_body *body,
                   struct outcome *out)
{
    if (body->is_list)
        tell_list(view, body, out);
    else
        tell_one(view, operation, &body->sights[0], out);
    outcome_move(out, NULL, body);
    outcome_end(out, "done", "done", "looked at %zu database%s", body->sights_count,
                body->sights_count == 1 ? "" : "s");
    out->is_forgotten = true;
}

/* ---- it is read ---- */

static bool is_over(const struct failover_look_body *body)
{
    for (size_t i = 0; i < body->sights_count; i++)
        if (!body->sights[i].is_over)
            return false;
    return true;
}

static void look_at(const struct view *view, const struct failover_plan *plan, struct failover_look_body *body,
                    struct outcome *out)
{
    struct failover_sight *sight = ARENA_PUSH(view->arena, body->sights, body->sights_count);

    sight->plan = *plan;
    sight->is_over = plan->runbook != NULL; /* of those there is nothing to read */
    if (!sight->is_over)
        outcome_read(out, arena_printf(view->arena, PREFIX "%zu", body->sights_count - 1), READING_DATABASE,
                     shape_to_json(&database_place_shape, &plan->place, SHAPE_WHOLE), READ_DEADLINE_MS);
}

void failover_look_begin(const struct view *view, const struct failover_arguments *given, struct outcome *out)
{
    struct failover_look_body *body = ARENA_NEW(view->arena, struct failover_look_body);

    body->is_list = given->is_list;
    body->left_out = (int64_t)given->left_out;
    for (size_t i = 0; i < given->plans_count; i++)
        look_at(view, &given->plans[i], body, out);
    if (is_over(body))
        tell_list(view, body, out);
    else
        outcome_begin(out, machine_failover_look.kind, NULL, "looking", body);
}

static void take(const struct view *view, const struct event *event, struct failover_sight *sight)
{
    struct database_seen *seen = ARENA_NEW(view->arena, struct database_seen);
    struct error err;

    sight->is_over = true;
    if (event->end != END_DONE)
        sight->problem = event->error ? event->error : "nothing answered in time";
    else if (shape_from_json(&database_seen_shape, event->body, view->arena, seen, &err))
        sight->seen = seen;
    else
        sight->problem = arena_strdup(view->arena, err.message);
}

static void on_reading(const struct view *view, const struct operation *operation,
                       const struct failover_look_body *before, const struct event *event, struct outcome *out)
{
    struct failover_look_body *body = ARENA_NEW(view->arena, struct failover_look_body);
    struct str index = str_of(event->name);
    struct error ignored;
    int64_t i;

    *body = *before;
    body->sights = NULL;
    body->sights_count = 0;
    for (size_t k = 0; k < before->sights_count; k++) /* the old list belongs to the record */
        *ARENA_PUSH(view->arena, body->sights, body->sights_count) = before->sights[k];
    if (!str_take_prefix(&index, PREFIX) || !parse_int(index, 0, (int64_t)body->sights_count - 1, &i, &ignored))
        return;
    take(view, event, &body->sights[i]);
    if (is_over(body))
        answer(view, operation, body, out);
    else
        outcome_move(out, NULL, body);
}

static void look_on_event(const struct view *view, const struct operation *operation, const void *body,
                          const struct event *event, struct outcome *out)
{
    if (event->kind == EVENT_READING)
        on_reading(view, operation, body, event, out);
    else if (event->kind == EVENT_REQUEST)
        outcome_refuse(out, "A look changes nothing, and answers within seconds. Nothing was done.");
}

const struct machine machine_failover_look = {
    .kind = "failover-look",
    .schema = 1,
    .body = &look_body_shape,
    .on_event = look_on_event,
};
