/* world_refusals.c - a peer does not take opsgate's credential, or lets it do one thing less, until a person mends it
 * there. What is asked then is not done.
 *
 * From https://docs.slack.dev/reference/methods/chat.postMessage (errors),
 * https://docs.github.com/en/rest/using-the-rest-api (401, 403 and X-Accepted-GitHub-Permissions) and
 * https://cloud.google.com/apis/design/errors (UNAUTHENTICATED, PERMISSION_DENIED).
 */
#include "tests/simulation/world_internal.h"

#include <string.h>

static void refuse_slack(struct world_call *call, const char *error)
{
    cJSON *json = json_object();

    json_set_bool(json, "ok", false);
    json_set_string(json, "error", error);
    world_answer_json(call, 200, json);
}

static void refuse_slack_token(struct world_call *call)
{
    refuse_slack(call, "token_revoked");
}

static void refuse_slack_scope(struct world_call *call)
{
    refuse_slack(call, "missing_scope");
}

static void refuse_github(struct world_call *call, int status, const char *message)
{
    cJSON *json = json_object();

    json_set_string(json, "message", message);
    world_answer_json(call, status, json);
}

static void refuse_github_token(struct world_call *call)
{
    refuse_github(call, 401, "Bad credentials");
}

static void refuse_github_permission(struct world_call *call)
{
    world_add_header(call, "x-accepted-github-permissions", "deployments=write");
    refuse_github(call, 403, "Resource not accessible by personal access token");
}

static void refuse_google(struct world_call *call, int status, const char *name, const char *message)
{
    cJSON *json = json_object(), *error = json_set(json, "error", json_object());

    json_set_int(error, "code", status);
    json_set_string(error, "message", message);
    json_set_string(error, "status", name);
    world_answer_json(call, status, json);
}

static void refuse_google_token(struct world_call *call)
{
    refuse_google(call, 401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
}

static void refuse_google_permission(struct world_call *call)
{
    refuse_google(call, 403, "PERMISSION_DENIED", "Permission 'run.services.update' denied on resource.");
}

static const struct {
    const char *prefix;
    const char *method, *part; /* of the address; NULL: any */
    void (*refuse)(struct world_call *call);
    enum fault fault;
} rows[REFUSES_COUNT] = {
    [REFUSES_SLACK_TOKEN] = { WORLD_SLACK_URL, NULL, NULL, refuse_slack_token, FAULT_TOKEN_REFUSED },
    [REFUSES_SLACK_POSTS] = { WORLD_SLACK_URL, "POST", "/chat.", refuse_slack_scope, FAULT_PERMISSION_REFUSED },
    [REFUSES_GITHUB_TOKEN] = { WORLD_GITHUB_URL, NULL, NULL, refuse_github_token, FAULT_TOKEN_REFUSED },
    [REFUSES_GITHUB_DEPLOYMENTS] = { WORLD_GITHUB_URL, "POST", "/deployments", refuse_github_permission,
                                     FAULT_PERMISSION_REFUSED },
    [REFUSES_GOOGLE_TOKEN] = { WORLD_RUN_URL, NULL, NULL, refuse_google_token, FAULT_TOKEN_REFUSED },
    [REFUSES_GOOGLE_CHANGES] = { WORLD_RUN_URL, "PATCH", NULL, refuse_google_permission, FAULT_PERMISSION_REFUSED },
};

bool world_refuses(struct world_call *call)
{
    for (size_t i = 0; i < REFUSES_COUNT; i++) {
        if (!(call->world->weather->refuses >> i & 1) || !str_starts_with(str_of(call->call.url), rows[i].prefix) ||
            (rows[i].method && strcmp(call->call.method, rows[i].method) != 0) ||
            (rows[i].part && !strstr(call->call.url, rows[i].part)))
            continue;
        world_count(call->world, rows[i].fault);
        call->log->is_refused = true;
        call->log->is_token_refused = rows[i].fault == FAULT_TOKEN_REFUSED;
        rows[i].refuse(call);
        return true;
    }
    return false;
}
