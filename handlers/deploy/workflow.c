/* workflow.c - an environment that a workflow on GitHub changes: dispatched once, followed to its end, cancelled.
 *
 * Nobody but the workflow knows what it does: there are no steps of traffic, and a run that was cancelled or failed may
 * have changed anything. A version is good when its run succeeded; where it ran is that run.
 */
#include "handlers/control.h"

#include "handlers/deploy/deploying.h"
#include "handlers/deploy/plan.h"
#include "handlers/deploy/version.h"
#include "handlers/deploy/way_back.h"

#include "bot/model/exchange.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"
#include "bot/model/workflow.h"

#include <inttypes.h>
#include <string.h>

#define POLL_MS (5 * SECOND_MS)
#define POLL_LATER_MS (10 * SECOND_MS) /* of a run that takes long */
#define TAKES_LONG_MS (5 * MINUTE_MS)
#define RUN_DEADLINE_MS MINUTE_MS
#define CANCEL_DEADLINE_MS (10 * MINUTE_MS)

/* ---- the plan ---- */

bool deploy_can_dispatch(const struct settings *settings, const struct place *place, struct error *err)
{
    if (settings->github && place->service->repository)
        return true;
    return error_set(err, ERR_INVALID,
                     "`%s` is deployed by a workflow, and GitHub is not connected: the configuration needs the section "
                     "github and the repository of `%s`. Nothing was done.",
                     place->target, place->service->name);
}

struct deploy_body deploy_plan_workflow(const struct view *view, const struct place *place)
{
    const struct github_actions_driver *driver = place->environment->driver.github_actions;
    struct deploy_workflow *workflow = ARENA_NEW(view->arena, struct deploy_workflow);

    *workflow = (struct deploy_workflow){
        .repository = place->service->repository,
        .workflow = driver->workflow,
        .ref = driver->ref,
        .inputs = driver->inputs,
        .inputs_count = driver->inputs_count,
        .timeout_ms = driver->timeout_ms,
    };
    return (struct deploy_body){
        .service = place->service->name,
        .environment = place->environment->name,
        .repository = deploy_repository(place->service, view->arena),
        .source = place->service->repository,
        .place = { "", "", "" },
        .strategy = STRATEGY_ALL_AT_ONCE,
        .workflow = workflow,
    };
}

/* ---- dispatching ---- */

static struct deploy_workflow *change(struct deploying *d) /* ours to change; the old one belongs to the record */
{
    struct deploy_workflow *workflow = ARENA_NEW(d->view->arena, struct deploy_workflow);

    *workflow = *d->body->workflow;
    d->body->workflow = workflow;
    return workflow;
}

static const char *fill(const struct deploying *d, const char *pattern)
{
    const struct {
        const char *name, *value;
    } words[] = {
        { "{version}", d->body->version },
        { "{image}", d->body->image },
        { "{environment}", d->body->environment },
        { "{sha}", d->body->commit ? d->body->commit->sha : NULL },
    };
    struct str rest = str_of(pattern);
    const char *text = "";

    while (rest.len > 0) {
        const char *value = NULL;

        for (size_t i = 0; i < ARRAY_LEN(words) && !value; i++)
            if (str_take_prefix(&rest, words[i].name))
                value = words[i].value ? words[i].value : "";
        if (!value) {
            value = arena_copy(d->view->arena, (struct str){ rest.at, 1 });
            rest = (struct str){ rest.at + 1, rest.len - 1 };
        }
        text = arena_printf(d->view->arena, "%s%s", text, value);
    }
    return text;
}

static void dispatch(struct deploying *d)
{
    const struct deploy_workflow *workflow = d->body->workflow;
    struct workflow_dispatch args = { workflow->repository, workflow->workflow, workflow->ref, NULL, 0 };

    for (size_t i = 0; i < workflow->inputs_count; i++)
        *ARENA_PUSH(d->view->arena, args.inputs, args.inputs_count) =
            (struct shape_pair){ workflow->inputs[i].key, fill(d, workflow->inputs[i].value) };
    change(d)->dispatched_at_ms = d->view->now_ms;
    deploy_move(d, "dispatching", DEPLOY_NO_DEADLINE_MS);
    outcome_effect(d->out, (struct wanted_effect){
                               .kind = EFFECT_DISPATCH,
                               .lane = deploy_lane(d),
                               .tag = "dispatch",
                               .args = shape_to_json(&workflow_dispatch_shape, &args, SHAPE_WHOLE),
                           });
}

bool deploy_needs_commit(const struct deploy_body *body)
{
    for (size_t i = 0; body->workflow && i < body->workflow->inputs_count; i++)
        if (strstr(body->workflow->inputs[i].value, "{sha}"))
            return true;
    return false;
}

/* A way back knows the version and its image; what goes forward was pinned with its commit. */
static void ask_commit(struct deploying *d)
{
    struct version version = { .kind = VERSION_TAG, .name = d->body->version };
    struct source_ask ask = { .repository = d->body->workflow->repository };
    struct error ignored;

    version_read(d->body->version, d->view->arena, &version, &ignored);
    ask.ref = version_ref(&version, d->view->arena);
    if (!ask.ref) {
        deploy_fail(d, "`%s` asks for {sha}, and the commit of `%s` is not known", d->body->workflow->workflow,
                    d->body->version);
        return;
    }
    deploy_keep(d);
    outcome_read(d->out, "commit", READING_COMMIT, shape_to_json(&source_ask_shape, &ask, SHAPE_WHOLE),
                 DEPLOY_PIN_DEADLINE_MS);
}

void deploy_on_commit_for_workflow(struct deploying *d)
{
    struct source_commit *commit = ARENA_NEW(d->view->arena, struct source_commit);
    struct error err;

    if (d->event->end != END_DONE ||
        !shape_from_json(&source_commit_shape, d->event->body, d->view->arena, commit, &err)) {
        deploy_fail(d, "`%s` asks for {sha}, and the commit of `%s` is not known: %s", d->body->workflow->workflow,
                    d->body->version, deploy_reason(d));
        return;
    }
    d->body->commit = commit;
    if (d->body->is_way_back || deploy_may_start(d)) /* it took a while to be told */
        deploy_dispatch(d);
}

void deploy_dispatch(struct deploying *d)
{
    if (deploy_needs_commit(d->body) && !d->body->commit)
        ask_commit(d);
    else
        dispatch(d);
}

static cJSON *look_args(const struct deploying *d)
{
    const struct deploy_workflow *workflow = d->body->workflow;
    struct workflow_look look = { workflow->repository, workflow->workflow, workflow->effect, workflow->run,
                                  workflow->dispatched_at_ms + d->view->shift_ms };

    return shape_to_json(&workflow_look_shape, &look, SHAPE_WHOLE);
}

static void read_run(struct deploying *d)
{
    deploy_keep(d);
    outcome_read(d->out, "run", READING_RUN, look_args(d), RUN_DEADLINE_MS);
}

void deploy_on_run_poll(struct deploying *d)
{
    read_run(d);
}

static void cancel_run(struct deploying *d)
{
    outcome_effect(d->out,
                   (struct wanted_effect){
                       .kind = EFFECT_CANCEL_RUN, .lane = deploy_lane(d), .tag = "cancel", .args = look_args(d) });
}

static const char *run_name(const struct deploying *d)
{
    const struct deploy_workflow *workflow = d->body->workflow;

    if (workflow->run == 0)
        return arena_printf(d->view->arena, "the run of `%s` in %s", workflow->workflow, workflow->repository);
    return arena_printf(d->view->arena, "run %" PRId64 " of `%s`%s%s", workflow->run, workflow->workflow,
                        workflow->url ? ": " : "", workflow->url ? workflow->url : "");
}

/* ---- how it ends ---- */

static struct target_version *this_version(const struct deploying *d)
{
    struct target_version *version = ARENA_NEW(d->view->arena, struct target_version);

    *version = (struct target_version){
        .version = d->body->version,
        .image = d->body->image,
        .revision = arena_printf(d->view->arena, "run-%" PRId64, d->body->workflow->run),
        .operation = d->operation->id,
        .at_ms = d->view->now_ms,
        .is_irreversible = d->body->is_irreversible,
    };
    return version;
}

/* A way back makes the version before good again, and what was there bad. */
static void mark_good(struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    struct target_version *good = this_version(d);

    d->out->good = good;
    if (!d->body->is_way_back || !target)
        return;
    for (size_t i = target->good_count; i > 0; i--) {
        if (!d->body->revision || strcmp(target->good[i - 1].revision, d->body->revision) != 0)
            continue;
        good->revision = d->body->revision;
        d->out->is_return = true;
        deploy_mark_left(d);
        return;
    }
}

static void end_good(struct deploying *d)
{
    mark_good(d);
    outcome_move(d->out, NULL, d->body);
    outcome_end(d->out, "done", "done", "`%s` is in %s%s: %s", d->body->version, d->body->environment,
                d->body->workflow->cancelled ? ", for it could not be cancelled any more" : "", run_name(d));
}

/* It may have changed anything: nobody can tell what runs there. */
static void end_bad(struct deploying *d, const char *sentence)
{
    if (d->body->is_way_back) /* that failed, and not what it goes back to */
        deploy_mark_left(d);
    if (d->body->is_aborted)
        deploy_end_aborted(d, "%s", sentence);
    else
        deploy_fail(d, "%s", sentence);
    d->out->leaves_doubt = true;
}

static void end_run(struct deploying *d, const char *conclusion)
{
    const struct deploy_workflow *workflow = d->body->workflow;
    const char *at = workflow->step ? arena_printf(d->view->arena, " at `%s`", workflow->step) : "", *how;

    if (strcmp(conclusion, "success") == 0 || PLANTED(WORKFLOW_CONCLUSION_IGNORED)) {
        end_good(d);
        return;
    }
    how = arena_printf(d->view->arena, "%s%s%s ended as `%s`%s", workflow->cancelled ? workflow->cancelled : "",
                       workflow->cancelled ? ": " : "", run_name(d), conclusion, at);
    if (!workflow->cancelled && !d->body->is_way_back) {
        d->out->bad = this_version(d);
        d->out->bad->why = how;
    }
    end_bad(d, how);
}

/* ---- cancelling ---- */

static void begin_cancelling(struct deploying *d, const char *why)
{
    change(d)->cancelled = why;
    d->body->looks++;
    deploy_move(d, "cancelling", CANCEL_DEADLINE_MS);
    outcome_cancel_timer(d->out, "poll");
    if (d->body->workflow->effect && !PLANTED(WORKFLOW_NOT_CANCELLED))
        cancel_run(d);
    else
        outcome_cancel_effects(d->out, "dispatch"); /* its end tells whether there is a run */
}

void deploy_on_cancel_sent(struct deploying *d)
{
    d->body->problem = d->event->end == END_DONE ? NULL : deploy_reason(d);
    read_run(d);
}

/* ---- what the dispatch brought ---- */

/* It was not tried, for something forbids it by now. */
static void end_forbidden(struct deploying *d)
{
    d->body->failed_in = d->state;
    deploy_keep(d);
    outcome_end(d->out, "refused", "refused", "`%s` in %s was not dispatched: %s. Nothing was changed.",
                d->body->workflow->workflow, d->body->workflow->repository, deploy_reason(d));
}

static void follow(struct deploying *d)
{
    struct deploy_workflow *workflow = change(d);

    workflow->effect = json_find_string(d->event->body, "effect");
    workflow->run = json_find_int(d->event->body, "run", 0);
    if (deploy_is_in(d, "cancelling")) {
        deploy_keep(d);
        cancel_run(d);
        return;
    }
    deploy_move(d, "running", workflow->timeout_ms);
    read_run(d);
}

void deploy_on_dispatched(struct deploying *d)
{
    const struct deploy_workflow *workflow = d->body->workflow;

    switch (d->event->end) {
    case END_DONE:
        follow(d);
        break;
    case END_CANCELLED:
        if (workflow->cancelled)
            deploy_end_aborted(d, "%s before the workflow was asked to run. Nothing was changed.", workflow->cancelled);
        else
            end_forbidden(d);
        break;
    case END_FAILED:
        if (d->body->is_aborted)
            deploy_end_aborted(d, "%s: `%s` in %s was not dispatched: %s", workflow->cancelled, workflow->workflow,
                               workflow->repository, deploy_reason(d));
        else
            deploy_fail(d, "`%s` in %s was not dispatched: %s", workflow->workflow, workflow->repository,
                        deploy_reason(d));
        break;
    case END_GAVE_UP:
    case END_UNKNOWN:
        end_bad(d, arena_printf(d->view->arena,
                                "nothing can tell whether a run of `%s` began: look at its runs in %s (%s)",
                                workflow->workflow, workflow->repository, deploy_reason(d)));
        break;
    }
}

/* ---- running ---- */

static void look_again(struct deploying *d)
{
    int64_t since_ms = d->view->now_ms - d->body->workflow->dispatched_at_ms;

    if (!deploy_is_late(d)) {
        deploy_keep(d);
        outcome_timer(d->out, "poll", d->view->now_ms + (since_ms > TAKES_LONG_MS ? POLL_LATER_MS : POLL_MS));
    } else if (deploy_is_in(d, "running")) {
        begin_cancelling(d, arena_printf(d->view->arena, "It took longer than %s",
                                         duration_about(d->body->workflow->timeout_ms).text));
    } else {
        end_bad(d, arena_printf(d->view->arena, "%s: %s did not end within %s of being cancelled",
                                d->body->workflow->cancelled, run_name(d), duration_about(CANCEL_DEADLINE_MS).text));
    }
}

static void remember(struct deploying *d, const struct workflow_run *run)
{
    struct deploy_workflow *workflow = change(d);

    workflow->run = run->run;
    workflow->url = run->url;
    workflow->status = run->status;
    workflow->step = run->step;
}

void deploy_on_run(struct deploying *d)
{
    struct workflow_run run;
    struct error err;

    if (d->event->end == END_DONE && shape_from_json(&workflow_run_shape, d->event->body, d->view->arena, &run, &err)) {
        remember(d, &run);
        if (strcmp(run.status, "completed") == 0)
            end_run(d, run.conclusion ? run.conclusion : "nothing");
        else
            look_again(d);
    } else if (d->event->end == END_FAILED) {
        end_bad(d, arena_printf(d->view->arena, "%s cannot be followed: %s", run_name(d), deploy_reason(d)));
    } else { /* GitHub is down, or does not show it yet */
        look_again(d);
    }
}

/* ---- what people ask ---- */

static bool is_before_dispatch(const struct deploying *d)
{
    return !deploy_is_in(d, "dispatching") && !deploy_is_in(d, "running") && !deploy_is_in(d, "cancelling");
}

bool deploy_on_workflow_request(struct deploying *d)
{
    const struct control_arguments *given = d->event->arguments;
    const char *id = d->operation->id;

    if (strcmp(d->event->name, "abort") != 0) {
        outcome_refuse(
            d->out,
            "%s is carried out by a workflow on GitHub: it can be aborted, and takes no `%s`. Nothing was done.", id,
            d->event->name);
        return true;
    }
    if (is_before_dispatch(d))
        return false;
    if (deploy_is_in(d, "cancelling")) {
        outcome_reply(d->out, "%s is being cancelled already.", id);
        return true;
    }
    d->body->is_aborted = true;
    deploy_note(d, "aborted", "aborted", d->event->request, given->reason);
    begin_cancelling(d, "It was aborted");
    outcome_reply(d->out, "*%s* is aborted: its run on GitHub is cancelled.", id);
    return true;
}

bool deploy_on_workflow_yield(struct deploying *d)
{
    const char *by = json_find_string(d->event->body, "by");

    if (is_before_dispatch(d))
        return false;
    if (deploy_is_in(d, "cancelling"))
        return true;
    d->body->is_aborted = true;
    begin_cancelling(d, arena_printf(d->view->arena, "It gave way to %s", by ? by : "another operation"));
    return true;
}
