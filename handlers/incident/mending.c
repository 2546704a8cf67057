/* mending.c - what may mend it: buttons that type a way back, each a request like any other. Whoever presses one is
 * asked once more, judged by policy, and refused where something else serves by then. */
#include "handlers/incident/internal.h"

#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/place.h"
#include "handlers/rollback/claimants.h"
#include "handlers/rollback/foresee.h"
#include "handlers/rollback/rollback.h"

#include <string.h>

#define MENDS_MAX 3

struct offering {
    const struct view *view;
    struct reply *reply;
    size_t count;
    bool is_pausing;     /* after all that can go back: what is on its way elsewhere */
    const char **places; /* that are done with, by the newest change there */
    size_t places_count;
};

static bool is_state(const struct operation *operation, const char *state)
{
    return strcmp(operation->state, state) == 0;
}

static bool is_done_with(const struct offering *o, const char *target)
{
    for (size_t i = 0; i < o->places_count; i++)
        if (strcmp(o->places[i], target) == 0)
            return true;
    return false;
}

static void offer(struct offering *o, const struct operation *operation, struct card_action action, const char *words)
{
    o->count++;
    *ARENA_PUSH(o->view->arena, o->places, o->places_count) = operation->target;
    *ARENA_PUSH(o->view->arena, o->reply->lines, o->reply->lines_count) =
        arena_printf(o->view->arena, "*May mend it*: %s", words);
    if (action.command)
        *ARENA_PUSH(o->view->arena, o->reply->actions, o->reply->actions_count) = action;
}

/* "api production us-east1" */
static const char *as_typed(const struct offering *o, const char *target)
{
    char *text = arena_strdup(o->view->arena, target);

    for (char *c = text; *c; c++)
        if (*c == '/')
            *c = ' ';
    return text;
}

/* "back from `v1.5.0` to `v1.4.2`"; `mark`: "`", or "" where there are no marks. */
static const char *way(const struct offering *o, const struct rollback_prospect *ahead, const char *mark)
{
    const char *from = ahead->from ? arena_printf(o->view->arena, " from %s%s%s", mark, ahead->from, mark) : "";

    return ahead->to ? arena_printf(o->view->arena, "back%s to %s%s%s", from, mark, ahead->to, mark)
                     : arena_printf(o->view->arena, "back%s to the version before, for which Cloud Run is asked", from);
}

static void offer_rollback(struct offering *o, const struct operation *operation, const char *from)
{
    struct arena *arena = o->view->arena;
    const struct service_settings *service;
    const struct environment_settings *environment;
    struct rollback_prospect ahead;
    struct card_action action = { .style = ACTION_DANGER };
    const char *further;

    if (!rollback_foresee(o->view, operation->target, from, &ahead) ||
        !settings_find_target(o->view->settings, operation->target, &service, &environment))
        return;
    if (ahead.glass) { /* words, which no button has */
        offer(o, operation, (struct card_action){ .label = NULL },
              arena_printf(arena, "`%s` %s. But %s.", operation->target, way(o, &ahead, "`"), ahead.glass));
        return;
    }
    further = ahead.further ? arena_printf(arena, " It %s.", ahead.further) : "";
    action.label = arena_printf(arena, "Roll back %s", as_typed(o, operation->target));
    action.command = arena_printf(arena, "rollback %s %s%s --from %s", service->name, environment->name,
                                  place_region_option(operation->target, arena), from);
    action.confirm = arena_printf(arena, "%s goes %s.%s%s", operation->target, way(o, &ahead, ""),
                                  ahead.aborts ? arena_printf(arena, " It aborts %s.", ahead.aborts) : "", further);
    offer(o, operation, action,
          arena_printf(arena, "`%s` %s: what %s brought is left.%s", operation->target, way(o, &ahead, "`"),
                       operation->id, further));
}

/* It has no traffic yet, and is not to get any while nobody knows what is wrong. */
static void offer_pause(struct offering *o, const struct operation *operation, const struct deploy_body *body)
{
    struct arena *arena = o->view->arena;

    if (body->is_paused || body->program || body->workflow || body->strategy == STRATEGY_ALL_AT_ONCE)
        return;
    offer(o, operation,
          (struct card_action){
              .label = arena_printf(arena, "Pause %s, %s", operation->id, as_typed(o, operation->target)),
              .command = arena_printf(arena, "pause %s", operation->id),
              .confirm = arena_printf(arena, "%s takes no further step until somebody resumes it.", operation->id) },
          arena_printf(arena, "%s is on its way to `%s`, and has no traffic yet: a pause keeps it so.", operation->id,
                       operation->target));
}

static void consider_live(struct offering *o, const struct operation *operation)
{
    struct deploy_body body;
    struct error ignored;

    if (deploy_is_being_aborted(operation) ||
        !shape_from_json(machine_deploy.body, operation->body, o->view->arena, &body, &ignored))
        return;
    if (rollback_is_early(operation) != o->is_pausing)
        return;
    if (o->is_pausing)
        offer_pause(o, operation, &body);
    else
        offer_rollback(o, operation, operation->id);
}

/* It left open what serves: only if that is what it brought. Cloud Run knows that by its revision, a program by its
 * operation. */
static void offer_from_doubt(struct offering *o, const struct operation *operation)
{
    const char *revision = json_find_string(operation->body, "revision");
    bool is_program = json_find(operation->body, "program") || json_find(operation->body, "workflow");

    if (is_program || revision)
        offer_rollback(o, operation, is_program ? operation->id : revision);
}

/* Only what serves still is worth a way back. */
static void consider_ended(struct offering *o, const struct operation *operation)
{
    const struct target *target = o->view->find_target(o->view->ctx, operation->target);
    const struct target_version *newest =
        target && target->good_count > 0 ? &target->good[target->good_count - 1] : NULL;

    if (target && target->doubt && strcmp(target->doubt, operation->id) == 0)
        offer_from_doubt(o, operation);
    else if (newest && newest->operation && strcmp(newest->operation, operation->id) == 0 && !target->doubt)
        offer_rollback(o, operation, operation->id);
}

/* A deploy that takes its traffic back itself. */
static bool returns(const struct operation *operation)
{
    return rollback_is_deploy(operation) && (is_state(operation, "returning") || is_state(operation, "reverifying"));
}

/* Somebody is on the way back there already. */
static bool goes_back(const struct operation *operation)
{
    return !operation_has_ended(operation) && !operation->is_stuck &&
           (strcmp(operation->kind, machine_rollback.kind) == 0 ||
            json_find_bool(operation->body, "is_way_back", false) || returns(operation));
}

static void consider(struct offering *o, const struct operation *operation)
{
    if (!operation->target || is_done_with(o, operation->target))
        return;
    if (goes_back(operation))
        offer(
            o, operation, (struct card_action){ .label = NULL },
            arena_printf(o->view->arena, "`%s` is on its way back already, by %s.", operation->target, operation->id));
    else if (!rollback_is_deploy(operation))
        return;
    else if (!operation_has_ended(operation))
        consider_live(o, operation);
    else if (!o->is_pausing)
        consider_ended(o, operation);
}

void incident_offer_mends(const struct deciding *d, const struct incident_changes *changes, struct reply *reply)
{
    struct offering o = { .view = d->view, .reply = reply };

    for (int round = 0; round < 4; round++) { /* those of its services, then the others */
        o.is_pausing = round >= 2;
        for (size_t i = changes->count; i > 0 && o.count < MENDS_MAX; i--)
            if (incident_concerns(d->view, d->body, changes->list[i - 1]->target) == (round % 2 == 0))
                consider(&o, changes->list[i - 1]);
    }
}
