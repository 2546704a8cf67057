/* Deployments: what may be made, what is refused, and which become inactive. */
#include "github/deployments.h"

#include "github/call.h"
#include "github/hooks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_DEPLOYMENT_ID INT64_C(31336)
#define FIRST_STATUS_ID INT64_C(91000000)
#define DESCRIPTION_MAX_CHARS 140

static const char *const inner[] = { "repository", "made_at_ms", "statuses" }; /* not shown */

static cJSON *deployment_shown(const cJSON *deployment)
{
    cJSON *shown = json_copy(deployment);

    for (size_t i = 0; i < ARRAY_LEN(inner); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(shown, inner[i]);
    return shown;
}

static cJSON *find(const struct github *github, const struct repository *repository, int64_t id)
{
    JSON_EACH(deployment, github->deployments) {
        if (tree_int(deployment, "id", 0) == id && tree_has_text(deployment, "repository", repository->full_name))
            return (cJSON *)(uintptr_t)deployment;
    }
    return NULL;
}

static void tell(struct github *github, struct repository *repository, const char *event, cJSON *members,
                 const char *sender, int64_t now_ms)
{
    hooks_tell(github,
               &(struct told){ .repository = repository, .event = event, .action = "created", .sender = sender },
               members, now_ms);
}

/* ---- one more deployment ---- */

struct seed {
    const cJSON *commit;
    const char *ref, *task, *environment, *description, *creator;
    const cJSON *payload;
    bool is_transient, is_production, is_by_app;
};

static const cJSON *add(struct github *github, struct repository *repository, const struct seed *seed, int64_t now_ms)
{
    cJSON *deployment = json_add(github->deployments, json_object()), *members = json_object(), *app;

    json_set_int(deployment, "id", FIRST_DEPLOYMENT_ID + cJSON_GetArraySize(github->deployments));
    json_set_string(deployment, "sha", tree_text(seed->commit, "sha"));
    json_set_string(deployment, "ref", seed->ref);
    json_set_string(deployment, "task", seed->task);
    json_set(deployment, "payload", seed->payload ? json_copy(seed->payload) : json_string(""));
    json_set_string(deployment, "environment", seed->environment);
    json_set_string(deployment, "original_environment", seed->environment);
    set_null(deployment, "description");
    if (seed->description)
        json_set_string(deployment, "description", seed->description);
    json_set(deployment, "creator", user_shown(seed->creator));
    json_set_bool(deployment, "transient_environment", seed->is_transient);
    json_set_bool(deployment, "production_environment", seed->is_production);
    set_null(deployment, "performed_via_github_app");
    if (seed->is_by_app) {
        app = json_set(deployment, "performed_via_github_app", json_object());
        json_set_int(app, "id", APP_ID);
        json_set_string(app, "slug", "opsgate");
    }
    set_time(deployment, "created_at", now_ms);
    set_time(deployment, "updated_at", now_ms);
    json_set_string(deployment, "repository", repository->full_name);
    json_set_int(deployment, "made_at_ms", now_ms);
    json_set(deployment, "statuses", json_array());
    json_set(members, "deployment", deployment_shown(deployment));
    set_null(members, "workflow");
    set_null(members, "workflow_run");
    tell(github, repository, "deployment", members, seed->creator, now_ms);
    return deployment;
}

bool change_deployment(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                       struct error *err)
{
    struct seed seed = {
        .ref = tree_text_or(value, "ref", "main"),
        .task = tree_text_or(value, "task", "deploy"),
        .environment = tree_text_or(value, "environment", "production"),
        .description = tree_text(value, "description"),
        .creator = tree_text_or(value, "creator", "ann"),
        .payload = tree_get(value, "payload"),
    };

    seed.commit = repository_resolve(repository, seed.ref);
    seed.is_production = text_is(seed.environment, "production");
    if (!seed.commit)
        return error_set(err, ERR_NOT_FOUND, "no such commit '%.100s'", seed.ref);
    add(github, repository, &seed, now_ms);
    return true;
}

/* ---- one more status ---- */

struct status_seed {
    const char *state, *description, *environment_url, *log_url, *creator;
};

static bool is_state(const char *state)
{
    static const char *const states[] = {
        "error", "failure", "pending", "in_progress", "queued", "success", "inactive"
    };

    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (text_is(state, states[i]))
            return true;
    }
    return false;
}

static const cJSON *add_status(struct github *github, struct repository *repository, cJSON *deployment,
                               const struct status_seed *seed, int64_t now_ms)
{
    cJSON *status = json_add(tree_get(deployment, "statuses"), json_object()), *members;

    json_set_int(status, "id", FIRST_STATUS_ID + ++github->last_status_id);
    json_set_string(status, "state", seed->state);
    json_set_string(status, "description", seed->description ? seed->description : "");
    json_set_string(status, "environment", tree_text(deployment, "environment"));
    json_set_string(status, "environment_url", seed->environment_url ? seed->environment_url : "");
    json_set_string(status, "log_url", seed->log_url ? seed->log_url : "");
    json_set_string(status, "target_url", seed->log_url ? seed->log_url : "");
    json_set(status, "creator", user_shown(seed->creator));
    set_time(status, "created_at", now_ms);
    set_time(status, "updated_at", now_ms);
    if (text_is(seed->state, "inactive"))
        return status;
    members = json_object();
    json_set(members, "deployment_status", json_copy(status));
    json_set(members, "deployment", deployment_shown(deployment));
    tell(github, repository, "deployment_status", members, seed->creator, now_ms);
    return status;
}

bool change_deployment_status(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                              struct error *err)
{
    cJSON *deployment = find(github, repository, tree_int(value, "id", 0));
    const struct status_seed seed = {
        .state = tree_text(value, "state"),
        .description = tree_text(value, "description"),
        .environment_url = tree_text(value, "environment_url"),
        .log_url = tree_text(value, "log_url"),
        .creator = tree_text_or(value, "creator", "ann"),
    };

    if (!deployment || !is_state(seed.state))
        return error_set(err, ERR_INVALID, "'id' is that of a deployment, 'state' one of GitHub's");
    add_status(github, repository, deployment, &seed, now_ms);
    return true;
}

static const char *last_state(const cJSON *deployment)
{
    const cJSON *statuses = tree_get(deployment, "statuses");

    return tree_text(cJSON_GetArrayItem(statuses, cJSON_GetArraySize(statuses) - 1), "state");
}

/* Of the same environment, by its name alone; those of production stay. */
static void make_others_inactive(struct call *call, const cJSON *deployment)
{
    struct github *github = call->github;

    JSON_EACH(other, github->deployments) {
        if (other != deployment && tree_has_text(other, "repository", call->repository->full_name) &&
            tree_has_text(other, "environment", tree_text(deployment, "environment")) &&
            !tree_true(other, "transient_environment") && !tree_true(other, "production_environment") &&
            text_is(last_state(other), "success"))
            add_status(github, call->repository, (cJSON *)(uintptr_t)other,
                       &(struct status_seed){ .state = "inactive", .creator = call->caller.login },
                       call->request->now_ms);
    }
}

/* ---- what is refused ---- */

static bool refuse(struct call *call, int status, const char *fmt, ...) PRINTF_LIKE(3, 4);
static bool refuse(struct call *call, int status, const char *fmt, ...)
{
    char message[300];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    call_refuse(call, status, message);
    return false;
}

static bool is_well_formed(struct call *call, const cJSON *body)
{
    static const char *const texts[] = { "ref",   "task",    "environment",    "description",
                                         "state", "log_url", "environment_url" };
    static const char *const flags[] = { "auto_merge", "transient_environment", "production_environment",
                                         "auto_inactive" };
    const cJSON *payload = tree_get(body, "payload"), *contexts = tree_get(body, "required_contexts");

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const cJSON *value = tree_get(body, texts[i]);

        if (value && !cJSON_IsString(value) && !(cJSON_IsNull(value) && text_is(texts[i], "description")))
            return refuse(call, 422, "Invalid request.\n\nFor '/%s', it is not a string.", texts[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (tree_get(body, flags[i]) && !cJSON_IsBool(tree_get(body, flags[i])))
            return refuse(call, 422, "Invalid request.\n\nFor '/%s', it is not a boolean.", flags[i]);
    if (payload && !cJSON_IsObject(payload) && !cJSON_IsString(payload))
        return refuse(call, 422, "Invalid request.\n\nFor '/payload', it is neither an object nor a string.");
    if (contexts && !cJSON_IsArray(contexts))
        return refuse(call, 422, "Invalid request.\n\nFor '/required_contexts', it is not an array.");
    if (text_chars(tree_text_or(body, "description", "")) > DESCRIPTION_MAX_CHARS)
        return refuse(call, 422, "Validation Failed: description is too long (maximum is 140 characters)");
    return true;
}

/* With auto_merge, which is the default: a ref that lacks something of the default branch is merged, not deployed. */
static bool is_merged(struct call *call, const cJSON *body, const char *ref)
{
    struct compared compared = { 0 };
    const cJSON *wanted = tree_get(body, "auto_merge");
    cJSON *shown;

    if ((wanted && !cJSON_IsTrue(wanted)) || !repository_compare(call->repository, ref, "main", &compared))
        return false;
    cJSON_Delete(compared.ahead);
    if (compared.ahead_by == 0)
        return false;
    shown = json_object();
    tree_set_textf(shown, "message", "Auto-merged main into %s on deployment.", ref);
    reply_json(call->reply, 202, shown);
    return true;
}

/* Commit statuses alone: all that there are, unless the body names some. */
static bool are_contexts_green(struct call *call, const cJSON *body, const char *sha)
{
    const cJSON *wanted = tree_get(body, "required_contexts");

    JSON_EACH(status, call->repository->statuses) {
        if (!wanted && tree_has_text(status, "sha", sha) && !tree_has_text(status, "state", "success"))
            return refuse(call, 409, "Conflict: Commit status checks failed for %.40s.", sha);
    }
    JSON_EACH(context, wanted) {
        bool is_green = false;

        JSON_EACH(status, call->repository->statuses) {
            is_green = is_green || (tree_has_text(status, "sha", sha) && tree_has_text(status, "state", "success") &&
                                    tree_has_text(status, "context", cJSON_GetStringValue(context)));
        }
        if (!is_green)
            return refuse(call, 409, "Conflict: Commit status checks failed for %.40s.", sha);
    }
    return true;
}

/* ---- the API ---- */

void deployment_make_post(struct call *call)
{
    AUTO_JSON cJSON *body = call_body(call);
    struct seed seed = {
        .ref = tree_text(body, "ref"),
        .task = tree_text_or(body, "task", "deploy"),
        .environment = tree_text_or(body, "environment", "production"),
        .description = tree_text(body, "description"),
        .creator = call->caller.login,
        .payload = tree_get(body, "payload"),
        .is_transient = tree_true(body, "transient_environment"),
        .is_by_app = call->caller.kind == CALLER_INSTALLATION,
    };

    if (!body || !is_well_formed(call, body))
        return;
    if (!seed.ref || !*seed.ref)
        return call_refuse(call, 422, "Invalid request.\n\n\"ref\" wasn't supplied.");
    seed.commit = repository_resolve(call->repository, seed.ref);
    if (!seed.commit) {
        refuse(call, 422, "No ref found for: %.100s", seed.ref);
        return;
    }
    seed.is_production = tree_get(body, "production_environment") ? tree_true(body, "production_environment")
                                                                  : text_is(seed.environment, "production");
    if (!is_merged(call, body, seed.ref) && are_contexts_green(call, body, tree_text(seed.commit, "sha")))
        reply_json(call->reply, 201,
                   deployment_shown(add(call->github, call->repository, &seed, call->request->now_ms)));
}

static bool is_wanted(const struct call *call, const cJSON *deployment)
{
    static const char *const filters[] = { "sha", "ref", "task", "environment" };

    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        const char *value = request_query(call->request, filters[i]);

        if (value && !text_is(value, "none") && !tree_has_text(deployment, filters[i], value))
            return false;
    }
    return tree_has_text(deployment, "repository", call->repository->full_name) &&
           tree_int(deployment, "made_at_ms", 0) + call->github->list_lag_ms <= call->request->now_ms;
}

static cJSON *newest_first(cJSON *list)
{
    cJSON *turned = json_array();

    while (list->child)
        cJSON_InsertItemInArray(turned, 0, cJSON_DetachItemFromArray(list, 0));
    cJSON_Delete(list);
    return turned;
}

void deployment_list(struct call *call)
{
    cJSON *all = json_array();

    JSON_EACH(deployment, call->github->deployments) {
        if (is_wanted(call, deployment))
            json_add(all, deployment_shown(deployment));
    }
    reply_json(call->reply, 200, call_cut(call, newest_first(all)));
}

static cJSON *find_asked(struct call *call)
{
    cJSON *deployment = NULL;
    struct error ignored;
    int64_t id;

    if (parse_int(str_of(call->params[0]), 1, INT64_C(1) << 53, &id, &ignored))
        deployment = find(call->github, call->repository, id);
    if (!deployment)
        call_not_found(call);
    return deployment;
}

void deployment_get(struct call *call)
{
    const cJSON *deployment = find_asked(call);

    if (deployment)
        reply_json(call->reply, 200, deployment_shown(deployment));
}

void deployment_status_list(struct call *call)
{
    const cJSON *deployment = find_asked(call);

    if (deployment)
        reply_json(call->reply, 200, call_cut(call, newest_first(json_copy(tree_get(deployment, "statuses")))));
}

void deployment_status_post(struct call *call)
{
    cJSON *deployment = find_asked(call);
    AUTO_JSON cJSON *body = deployment ? call_body(call) : NULL;
    const struct status_seed seed = {
        .state = tree_text(body, "state"),
        .description = tree_text(body, "description"),
        .environment_url = tree_text(body, "environment_url"),
        .log_url = tree_text(body, "log_url"),
        .creator = call->caller.login,
    };
    const cJSON *status;

    if (!body || !is_well_formed(call, body))
        return;
    if (!is_state(seed.state))
        return call_refuse(call, 422, "Invalid request.\n\nFor '/state', it is none of the states.");
    status = add_status(call->github, call->repository, deployment, &seed, call->request->now_ms);
    if (text_is(seed.state, "success") && !cJSON_IsFalse(tree_get(body, "auto_inactive")))
        make_others_inactive(call, deployment);
    reply_json(call->reply, 201, json_copy(status));
}
