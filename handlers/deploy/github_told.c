#include "handlers/deploy/github_told.h"

#include "handlers/deploy/deploying.h"
#include "handlers/deploy/evidence.h"
#include "handlers/image.h"
#include "handlers/operation_link.h"

#include "bot/model/deployment.h"
#include "bot/model/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define GITHUB_NUMBER_MAX (INT64_C(1) << 53)
#define ROLLED_BACK "rolled back by"

struct telling { /* one decision of an operation, as far as GitHub is told of it */
    const struct view *view;
    const struct operation *operation;
    struct outcome *out;
};

static struct telling telling_of(const struct deploying *d)
{
    return (struct telling){ d->view, d->operation, d->out };
}

/* ---- effects ---- */

static const char *lane_of(const struct telling *t, const struct deployment *of)
{
    char *repository = arena_strdup(t->view->arena, of->repository);

    str_lower(repository);
    return arena_printf(t->view->arena, "github:write:%s", repository);
}

static void make(const struct telling *t, const struct deployment *of, const char *service, const char *version)
{
    struct deployment_made args = { *of, t->operation->id, service, version };

    outcome_effect(t->out, (struct wanted_effect){
                               .kind = EFFECT_DEPLOYMENT,
                               .lane = lane_of(t, of),
                               .tag = "deployment",
                               .args = shape_to_json(&deployment_made_shape, &args, SHAPE_WHOLE),
                           });
}

static struct wanted_effect status_effect(const struct telling *t, const struct deployment_status_made *status)
{
    struct deployment_status_made args = *status;

    args.asked_at_ms = view_unix_ms(t->view);
    return (struct wanted_effect){ .kind = EFFECT_DEPLOYMENT_STATUS,
                                   .lane = lane_of(t, &args.of),
                                   .key = arena_printf(t->view->arena, "%s:deployment-status", args.of.operation),
                                   .args = shape_to_json(&deployment_status_made_shape, &args, SHAPE_WHOLE) };
}

void github_told_say(const struct view *view, const struct deployment_status_made *status, struct outcome *out)
{
    const struct telling t = { view, NULL, out };

    outcome_effect(out, status_effect(&t, status));
}

void github_told_if_stuck(const struct view *view, const struct deployment_status_made *status, struct outcome *out)
{
    const struct telling t = { view, NULL, out };

    outcome_if_stuck(out, status_effect(&t, status));
}

static void tell(const struct telling *t, const struct deployment_status_made *status)
{
    github_told_say(t->view, status, t->out);
}

/* ---- what it is about ---- */

static const char *repository_of(const struct view *view, const char *service_name)
{
    const struct service_settings *service = settings_find_service(view->settings, service_name);

    return deploy_can_ask_github(view) && service ? service->repository : NULL;
}

/* As GitHub calls it. */
static const char *environment_called(const struct view *view, const char *service_name, const char *name)
{
    const struct service_settings *service = settings_find_service(view->settings, service_name);
    const struct environment_settings *environment = service ? settings_find_environment(service, name) : NULL;
    const struct release_settings *release = environment ? environment->release : NULL;

    return release && release->environment ? release->environment : name;
}

static bool has_told(const struct view *view, const struct operation *operation, struct deployment_told *ret_told)
{
    const cJSON *json = operation ? json_find(operation->body, "github") : NULL;
    struct error ignored;

    return json && shape_from_json(&deployment_told_shape, json, view->arena, ret_told, &ignored);
}

static bool is_done(const struct operation *operation)
{
    return operation->result && strcmp(operation->result, "done") == 0;
}

static bool is_done_at(const struct operation *operation, const char *target)
{
    return operation->target && strcmp(operation->target, target) == 0 && is_done(operation);
}

/* By one of the newer ones, which are the first `count`: GitHub was told that it has failed. */
static bool was_left(const struct operation *operation, const struct operation *const *newer, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *left = json_find_string(newer[i]->body, "from.operation");

        if (left && is_done_at(newer[i], operation->target) && strcmp(left, operation->id) == 0)
            return true;
    }
    return false;
}

/* Of both kinds: one that is over stays among those that run as long as anything of it waits to be shown. */
static const struct operation *find_over(const struct view *view, const char *id)
{
    const struct operation *ended = view->find_ended(view->ctx, id);
    const struct operation *shown = ended ? NULL : view->find_operation(view->ctx, id);

    return shown && operation_has_ended(shown) ? shown : ended;
}

static int by_end(const void *a, const void *b)
{
    const struct operation *left = *(const struct operation *const *)a, *right = *(const struct operation *const *)b;

    return (left->ended_at_ms < right->ended_at_ms) - (left->ended_at_ms > right->ended_at_ms);
}

/* The newest first. */
static const struct operation **list_over(const struct view *view, size_t *ret_count)
{
    size_t live = view->list_operations(view->ctx, NULL, 0), ended = view->list_ended(view->ctx, NULL, 0), count = 0;
    const struct operation **all = arena_alloc(view->arena, (live + ended + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, live);
    for (size_t i = 0; i < live; i++)
        if (operation_has_ended(all[i]))
            all[count++] = all[i];
    if (count == 0) { /* as a rule, and they are in order */
        *ret_count = view->list_ended(view->ctx, all, ended);
        return all;
    }
    view->list_ended(view->ctx, all + count, ended);
    *ret_count = count + ended;
    qsort(all, *ret_count, sizeof(*all), by_end);
    return all;
}

/* By the newest of those that ended well there, and were not rolled back, GitHub calls the target's version active. */
static const struct operation *find_active(const struct telling *t)
{
    struct deployment_told told;
    size_t count;
    const struct operation **all = list_over(t->view, &count);

    for (size_t i = 0; i < count; i++)
        if (is_done_at(all[i], t->operation->target) && strcmp(all[i]->id, t->operation->id) != 0 &&
            has_told(t->view, all[i], &told) && !was_left(all[i], all, i))
            return all[i];
    return NULL;
}

/* Of another operation, which has ended: it tells nothing itself any more. */
static void tell_other(const struct telling *t, const struct operation *other, const char *state, const char *words)
{
    struct deployment_told told;

    if (other && is_done(other) && has_told(t->view, other, &told))
        tell(t, &(struct deployment_status_made){
                    .of = told.of,
                    .state = state,
                    .description = arena_printf(t->view->arena, "%s: %s %s", other->id, words, t->operation->id),
                });
}

/* `left`: the operation that brought what was rolled back, or NULL. */
static void tell_others(const struct telling *t, const char *left)
{
    const struct operation *active = find_active(t), *bad = left ? find_over(t->view, left) : NULL;

    tell_other(t, bad, DEPLOYMENT_FAILURE, ROLLED_BACK);
    if (!bad || active != bad)
        tell_other(t, active, DEPLOYMENT_INACTIVE, "replaced by");
}

/* ---- addresses ---- */

static const struct environment_settings *find_environment(const struct telling *t)
{
    const struct environment_settings *environment;
    const struct service_settings *service;

    return settings_find_target(t->view->settings, t->operation->target, &service, &environment) ? environment : NULL;
}

static const char *environment_url(const struct telling *t, const char *seen)
{
    const struct environment_settings *environment = find_environment(t);

    return environment && environment->url ? environment->url : seen;
}

static const char *log_url(const struct telling *t, const char *run_url)
{
    const char *url = operation_link_log(t->view, t->operation);

    return url ? url : run_url ? run_url : operation_link_channel(t->view, t->operation);
}

/* ---- how a deploy goes ---- */

static const char *about(const struct deploying *d, const char *words)
{
    return arena_printf(d->view->arena, "%s: %s %s %s", d->operation->id, d->body->service,
                        version_short(d->body->version, d->view->arena), words);
}

static const char *new_revision(const struct deploying *d)
{
    (void)d;
    return "gets a new revision, no traffic yet";
}

static const char *at_percent(const struct deploying *d)
{
    return arena_printf(d->view->arena, "is at %" PRId64 " %%", deploy_percent(d->body));
}

static const char *watched(const struct deploying *d)
{
    return arena_printf(d->view->arena, "has all traffic, watched for %s", duration_about(d->body->watch_ms).text);
}

static const char *program_begins(const struct deploying *d)
{
    (void)d;
    return "is brought by a program";
}

static const char *workflow_begins(const struct deploying *d)
{
    (void)d;
    return "is brought by a workflow";
}

/* Its page is worth another status. */
static const char *workflow_runs(const struct deploying *d)
{
    return d->body->workflow->url ? "is brought by a workflow, which runs" : workflow_begins(d);
}

static const struct {
    const char *state;
    const char *(*words)(const struct deploying *d);
} tells[] = {
    /* in any other state nothing is new */
    { "looking", new_revision },     { "creating", new_revision },    { "starting", new_revision },
    { "checking", new_revision },    { "baking", at_percent },        { "watching", watched },
    { "launching", program_begins }, { "executing", program_begins }, { "dispatching", workflow_begins },
    { "running", workflow_runs },
};

static const char *words_now(const struct deploying *d)
{
    const char *state = d->out->state ? d->out->state : d->state;

    for (size_t i = 0; i < ARRAY_LEN(tells); i++)
        if (strcmp(tells[i].state, state) == 0)
            return tells[i].words(d);
    return NULL;
}

/* ---- how it ends ---- */

struct end {
    const char *state, *words;
};

static struct end end_of(const struct deploying *d)
{
    static const struct {
        const char *result;
        struct end end;
    } ends[] = {
        { "done", { DEPLOYMENT_SUCCESS, "serves" } },
        { "failed", { DEPLOYMENT_FAILURE, "failed" } },
        { "aborted", { DEPLOYMENT_FAILURE, "was aborted" } },
        { "refused", { DEPLOYMENT_FAILURE, "was not allowed to go on" } },
    };

    if (d->out->leaves_doubt)
        return (struct end){ DEPLOYMENT_ERROR, "ended, and what serves now is not known" };
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (strcmp(ends[i].result, d->out->result) == 0)
            return ends[i].end;
    return (struct end){ DEPLOYMENT_ERROR, d->out->result };
}

/* Why it was taken back is worth more than that it was. */
static const char *end_words(const struct deploying *d, const struct end *end)
{
    if (strcmp(end->state, DEPLOYMENT_FAILURE) == 0 && d->body->returning)
        return arena_printf(d->view->arena, "was taken back: %s", d->body->returning);
    if (strcmp(d->out->result, "failed") == 0 && !d->out->leaves_doubt)
        return arena_printf(d->view->arena, "failed: %s", d->out->summary);
    return end->words;
}

/* ---- telling ---- */

static void tell_status(const struct deploying *d, const char *state, const char *words)
{
    const struct telling t = telling_of(d);

    tell(&t, &(struct deployment_status_made){
                 .of = d->body->github->of,
                 .state = state,
                 .description = words,
                 .environment_url = environment_url(&t, d->body->service_uri),
                 .log_url = log_url(&t, d->body->workflow ? d->body->workflow->url : NULL),
             });
}

/* Nobody asks this one for words then. */
static void tell_if_stuck(const struct deploying *d)
{
    const struct telling t = telling_of(d);
    const struct deployment_status_made status = {
        .of = d->body->github->of,
        .state = DEPLOYMENT_ERROR,
        .description = about(d, "is stuck, and what serves now is not known: opsgate failed at it"),
        .log_url = log_url(&t, NULL),
    };

    if (d->body->github->of.deployment != 0)
        github_told_if_stuck(d->view, &status, d->out);
}

static void remember(struct deploying *d, const char *words, int64_t number)
{
    struct deployment_told *told = ARENA_NEW(d->view->arena, struct deployment_told);

    *told = *d->body->github; /* the old one belongs to the record */
    told->words = words;
    told->of.deployment = number;
    d->body->github = told;
    tell_if_stuck(d);
    outcome_move(d->out, NULL, d->body);
}

/* Lists lag: as long as its number is not known it is not looked for, but told of when it is. Only an end cannot wait.
 */
static void tell_progress(struct deploying *d)
{
    const char *now = words_now(d), *words = now ? about(d, now) : NULL, *last = d->body->github->words;

    if (!words || (last && strcmp(last, words) == 0) || d->body->github->of.deployment == 0)
        return;
    remember(d, words, d->body->github->of.deployment);
    tell_status(d, DEPLOYMENT_IN_PROGRESS, words);
}

/* What a way back leaves: the newest good version, unless it goes back to that one. */
static const char *left_by(const struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);

    return d->body->is_way_back && d->out->bad && target && target->good_count > 0
               ? target->good[target->good_count - 1].operation
               : NULL;
}

static void tell_end(const struct deploying *d)
{
    const struct telling t = telling_of(d);
    struct end end = end_of(d);

    if (!d->body->github->is_shared)
        tell_status(d, end.state, about(d, end_words(d, &end)));
    if (strcmp(end.state, DEPLOYMENT_SUCCESS) == 0)
        tell_others(&t, left_by(d));
}

/* ---- it begins ---- */

/* A way back by a program or a workflow goes to one of the target's good versions. */
static const char *commit_of(const struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    const char *sha = evidence_commit(d->view, d->body);

    for (size_t i = target && d->body->is_way_back && d->body->revision ? target->good_count : 0; i > 0 && !sha; i--)
        if (target->good[i - 1].revision && strcmp(target->good[i - 1].revision, d->body->revision) == 0)
            sha = evidence_version_commit(d->view, d->body->service, &target->good[i - 1]);
    return sha;
}

/* Of the deployment on GitHub that began it; 0: something else did. */
static int64_t number_given(const struct deploy_body *body)
{
    const char *given = body->trigger ? body->trigger->deployment : NULL;
    struct error ignored;
    int64_t number = 0;

    return given && parse_int(str_of(given), 1, GITHUB_NUMBER_MAX, &number, &ignored) ? number : 0;
}

static void begin(struct deploying *d)
{
    struct deployment_told *told = ARENA_NEW(d->view->arena, struct deployment_told);
    const struct telling t = telling_of(d);
    const char *repository = d->body->is_way_back ? repository_of(d->view, d->body->service) : d->body->source;

    told->of = (struct deployment){ .repository = repository,
                                    .sha = commit_of(d),
                                    .environment = environment_called(d->view, d->body->service, d->body->environment),
                                    .task = d->body->is_way_back ? DEPLOYMENT_TASK_BACK : DEPLOYMENT_TASK,
                                    .operation = d->operation->outside_id,
                                    .deployment = number_given(d->body) };
    told->is_shared = d->body->trigger && d->body->trigger->is_shared;
    if (!repository || (!told->of.deployment && (!told->of.sha || told->is_shared)))
        return;
    d->body->github = told;
    if (told->is_shared)
        outcome_move(d->out, NULL, d->body); /* it is remembered for when this is left, or replaced */
    if (!told->of.deployment)
        make(&t, &told->of, d->body->service, d->body->version);
}

void github_told_follow(struct deploying *d)
{
    if (!deploy_can_ask_github(d->view))
        return;
    if (!d->body->github && deploy_has_begun(d))
        begin(d);
    if (!d->body->github)
        return;
    if (d->out->result)
        tell_end(d);
    else if (!d->body->github->is_shared)
        tell_progress(d);
}

/* It failed for good: so would each of its statuses. */
void github_told_on_deployment(struct deploying *d)
{
    int64_t number = d->event->end == END_DONE ? json_find_int(d->event->body, "deployment", 0) : 0;

    if (!d->body->github)
        return;
    if (number > 0)
        remember(d, d->body->github->words, number);
    else
        d->body->github = NULL;
    outcome_move(d->out, NULL, d->body);
}

/* ---- a rollback ---- */

const struct deployment_told *github_told_returned(const struct view *view, const struct operation *operation,
                                                   const char *service, const char *environment,
                                                   const struct target_version *to, const char *left,
                                                   struct outcome *out)
{
    struct deployment_told *told = ARENA_NEW(view->arena, struct deployment_told);
    const struct telling t = { view, operation, out };

    told->of = (struct deployment){ .repository = repository_of(view, service),
                                    .sha = evidence_version_commit(view, service, to),
                                    .environment = environment_called(view, service, environment),
                                    .task = DEPLOYMENT_TASK_BACK,
                                    .operation = operation->outside_id };
    if (!told->of.repository || !told->of.sha) {
        if (told->of.repository) /* what it left has failed all the same */
            tell_other(&t, left ? find_over(view, left) : NULL, DEPLOYMENT_FAILURE, ROLLED_BACK);
        return NULL;
    }
    told->words = arena_printf(view->arena, "%s: %s %s serves again", operation->id, service,
                               version_short(to->version, view->arena));
    make(&t, &told->of, service, to->version);
    tell(&t, &(struct deployment_status_made){ .of = told->of,
                                               .state = DEPLOYMENT_SUCCESS,
                                               .description = told->words,
                                               .environment_url = environment_url(&t, NULL),
                                               .log_url = log_url(&t, NULL) });
    tell_others(&t, left);
    return told;
}
