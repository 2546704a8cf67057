/* way_back.c - `rollback` where a program or a workflow deploys: the same machine once more, with the good version
 * before. */
#include "handlers/deploy/way_back.h"

#include "handlers/deploy/deploy.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/doubt.h"
#include "handlers/deploy/plan.h"
#include "handlers/deploy/program.h"

#include "bot/model/card.h"

#include <string.h>

#define SHOWN_BYTES 150 /* of a name from outside */

static const char *quote(const struct view *view, const char *words)
{
    return card_quote(str_of(words), SHOWN_BYTES, view->arena);
}

static const struct operation *find_holder(const struct view *view, const struct target *target)
{
    return target && target->holder ? view->find_operation(view->ctx, target->holder) : NULL;
}

static bool is_way_back(const struct operation *operation)
{
    const cJSON *flag = operation ? json_find(operation->body, "is_way_back") : NULL;

    return flag && cJSON_IsTrue(flag);
}

static bool brings_back(const struct operation *operation)
{
    return is_way_back(operation) && !deploy_is_being_aborted(operation);
}

/* On its way, or in the line: the same asked for twice is done once. */
static const struct operation *find_way_back(const struct view *view, const struct target *target)
{
    const struct operation *operation = find_holder(view, target);

    for (size_t i = 0; target && !brings_back(operation) && i < target->waiting_count; i++)
        operation = view->find_operation(view->ctx, target->waiting[i]);
    return brings_back(operation) ? operation : NULL;
}

static bool has_run(const struct operation *operation)
{
    static const char *const states[] = {
        "launching", "executing", "stopping", "dispatching", "running", "cancelling"
    };

    for (size_t i = 0; operation && i < ARRAY_LEN(states); i++)
        if (strcmp(operation->state, states[i]) == 0)
            return true;
    return false;
}

/* Who runs there, or who left it midway. NULL: nobody, or its record is gone. */
static const struct operation *find_midway(const struct view *view, const struct target *target)
{
    const struct operation *holder = find_holder(view, target), *stuck;

    if (has_run(holder))
        return holder;
    if (!target || !target->doubt)
        return NULL;
    stuck = view->find_operation(view->ctx, target->doubt);
    return stuck ? stuck : view->find_ended(view->ctx, target->doubt);
}

/* What is left: what runs there, what was left midway, or the newest good version. No version: nothing is known. */
static struct target_version what_is_left(const struct target *target, const struct operation *midway)
{
    const char *name = is_way_back(midway) ? "previous" : "version"; /* a way back is to leave what that was to leave */
    struct target_version unknown = { 0 };

    if (midway)
        return (struct target_version){ .version = json_find_string(midway->body, name), .operation = midway->id };
    return target && target->good_count > 0 && !target->doubt ? target->good[target->good_count - 1] : unknown;
}

static const struct target_version *find_good(const struct target *target, const char *revision)
{
    for (size_t i = target && revision ? target->good_count : 0; i > 0; i--)
        if (target->good[i - 1].revision && strcmp(target->good[i - 1].revision, revision) == 0)
            return &target->good[i - 1];
    return NULL;
}

/* Since it was good last: a way back that failed was to leave it. */
static bool was_left_since(const struct target *target, const struct target_version *good)
{
    for (size_t i = 0; i < target->bad_count; i++)
        if (text_equal(good->revision, target->bad[i].revision) && target->bad[i].at_ms >= good->at_ms)
            return true;
    return false;
}

/* A run that ended badly, or that is to be broken off, was on its way from the newest good version: that is the goal
 * then; but a way back was to leave that one, and goes where it was to go. Else the newest is what serves. */
static const struct target_version *version_before(const struct target *target, const struct operation *midway)
{
    size_t end = target ? target->good_count : 0;

    if (is_way_back(midway))
        return find_good(target, json_find_string(midway->body, "revision"));
    if (!midway && end > 0)
        end--;
    while (end-- > 0)
        if (!was_left_since(target, &target->good[end]))
            return &target->good[end];
    return NULL;
}

/* As the card's button, or a person, calls it: by its version, or the operation that brought it. */
static bool is_called(const struct target_version *version, const char *name)
{
    return (version->version && strcmp(version->version, name) == 0) ||
           (version->operation && strcmp(version->operation, name) == 0);
}

static void refuse_other(const struct view *view, const struct place *place, const struct target_version *left,
                         const char *from, struct outcome *out)
{
    if (left->version)
        outcome_refuse(out, "The card has changed: `%s` is at `%s` now, not at what `%s` names. Nothing was done.",
                       place->target, quote(view, left->version), quote(view, from));
    else
        outcome_refuse(
            out,
            "What `%s` runs now is not known, so nobody can tell whether that is what `%s` names. Nothing was "
            "done: look at it, and leave out `--from`.",
            place->target, quote(view, from));
}

static bool may_roll_back(const struct view *view, const struct place *place, const char *from, struct outcome *out,
                          const struct target_version **ret_goal, struct target_version *ret_left)
{
    const struct target *target = view->find_target(view->ctx, place->target);
    const struct operation *running = find_way_back(view, target), *midway = find_midway(view, target);
    struct target_version left = what_is_left(target, midway);
    bool is_unknown = target && target->doubt && !midway;

    *ret_goal = version_before(target, midway);
    *ret_left = left;
    if (running) {
        outcome_reply(out, "*%s* does that already. Nothing more was done.", running->id);
        return false;
    }
    if (is_unknown) { /* only a deploy came from the newest good one; a way back was to leave that */
        outcome_refuse(out,
                       "*%s* left `%s` midway, and its record is gone, so it cannot be told which version to go back "
                       "to. Nothing was done: name one, `rollback %s %s --to VERSION`.",
                       target->doubt, place->target, place->service->name, place->environment->name);
        return false;
    }
    if (from && !is_called(&left, from)) {
        refuse_other(view, place, &left, from, out);
        return false;
    }
    if (!*ret_goal)
        outcome_refuse(out,
                       "No good version of `%s` before this one is recorded, so there is none to go back to. Nothing "
                       "was done: name one, `rollback %s %s --to VERSION`.",
                       place->target, place->service->name, place->environment->name);
    return *ret_goal != NULL;
}

bool deploy_foresee_way_back(const struct view *view, const struct place *place, const char *from,
                             struct target_version *ret_left, struct target_version *ret_to)
{
    const struct target_version *goal;
    struct outcome unsaid;

    outcome_init(&unsaid, view->arena, "", "");
    if (!may_roll_back(view, place, from, &unsaid, &goal, ret_left))
        return false;
    *ret_to = *goal;
    return true;
}

/* ---- the glass ---- */

/* By the record, and by whoever runs there or left it midway: that may have begun over others that did. */
static const char *irreversible_left(const struct view *view, const struct target *target)
{
    const struct operation *midway = find_midway(view, target);
    const struct target_version *goal = version_before(target, midway);
    const struct rollback_body way = { .from = what_is_left(target, midway),
                                       .to = goal ? *goal : (struct target_version){ 0 } };
    const char *version = glass_version(target, &way), *id = midway ? midway->id : NULL;
    struct doubt doubt;

    for (; !version && doubt_find(view, id, &doubt); id = doubt.begun_over)
        if (!goal || !goal->version || strcmp(doubt.version, goal->version) != 0)
            version = doubt.version;
    return version;
}

struct glass deploy_way_back_glass(const struct view *view, const struct place *place)
{
    return (struct glass){ .service = place->service->name,
                           .environment = place->environment->name,
                           .target = place->target,
                           .version = irreversible_left(view, view->find_target(view->ctx, place->target)) };
}

/* ---- it ends ---- */

void deploy_mark_left(struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    const struct target_version *newest =
        target && target->good_count > 0 ? &target->good[target->good_count - 1] : NULL;
    struct target_version *bad;

    if (!newest || (d->body->revision && strcmp(newest->revision, d->body->revision) == 0))
        return;
    bad = ARENA_NEW(d->view->arena, struct target_version);
    *bad = *newest;
    bad->operation = d->operation->id;
    bad->at_ms = d->view->now_ms;
    bad->left = TARGET_LEFT_BY_ROLLBACK;
    bad->why = d->body->reason;
    d->out->bad = bad;
}

/* ---- it begins ---- */

static void answer(const struct view *view, const struct deploy_body *body, struct outcome *out)
{
    const char *left = body->previous;

    outcome_reply(out, "*%s*: rolling *%s* in *%s* back%s%s%s to `%s`.", out->operation_id, body->service,
                  body->environment, left ? " from `" : "", left ? quote(view, left) : "", left ? "`" : "",
                  quote(view, body->version));
    if (view->settings->slack.channels.deployments)
        outcome_reply_line(out, "Follow it in %s.", view->settings->slack.channels.deployments);
}

void deploy_way_back_begin(const struct view *view, const struct request *request, const struct place *place,
                           const char *from, const char *reason, const char *break_glass, struct outcome *out)
{
    struct deploy_body *body = ARENA_NEW(view->arena, struct deploy_body);
    const struct github_actions_driver *workflow = place->environment->driver.github_actions;
    const struct target_version *goal;
    struct target_version left;
    struct glass glass;
    struct error err;

    if (!(workflow ? deploy_can_dispatch(view->settings, place, &err) : deploy_program_can_carry_out(place, &err))) {
        outcome_refuse(out, "%s", err.message);
        return;
    }
    if (!may_roll_back(view, place, from, out, &goal, &left))
        return;
    glass = deploy_way_back_glass(view, place);
    glass.reason = break_glass;
    if (!glass_suffices(view, &request->principal, &glass, out))
        return;
    *body = workflow ? deploy_plan_workflow(view, place) : deploy_plan(view, place, STRATEGY_ALL_AT_ONCE);
    body->program = workflow ? NULL : deploy_program_of(place, true, view->arena);
    body->is_way_back = true;
    body->version = goal->version;
    body->image = place->service->artifact ? goal->image : NULL;
    body->revision = goal->revision;
    body->previous = left.version;
    body->reason = reason;
    body->break_glass = glass.version ? break_glass : NULL;
    body->irreversible_left = glass.version;
    outcome_begin(out, machine_deploy.kind, place->target, "queued", body);
    out->claims = place->target;
    out->claims_first = true;
    glass_announce(&request->principal, request->id, &glass, out);
    answer(view, body, out);
    if (body->break_glass && glass_old_reading(view, &request->principal))
        outcome_reply_line(out, "%s", glass_old_reading(view, &request->principal));
}
