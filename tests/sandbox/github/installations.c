/* Who the App is, where it is installed, and the tokens it gets there. */
#include "github/call.h"

#include <string.h>

#define REPOSITORIES_MAX 500

void app_get(struct call *call)
{
    cJSON *app = json_object();

    json_set_int(app, "id", APP_ID);
    json_set_string(app, "slug", "opsgate");
    json_set_string(app, "client_id", APP_CLIENT_ID);
    json_set_string(app, "name", "opsgate");
    json_set(app, "owner", organization_shown("acme"));
    json_set_string(app, "html_url", "https://github.com/apps/opsgate");
    json_set(app, "permissions", github_app_permissions());
    json_set(app, "events", json_array());
    json_set_int(app, "installations_count", 1);
    reply_json(call->reply, 200, app);
}

void installation_get(struct call *call)
{
    cJSON *shown = json_object();

    json_set_int(shown, "id", APP_INSTALLATION);
    json_set(shown, "account", organization_shown("acme"));
    json_set_string(shown, "repository_selection", "selected");
    tree_set_textf(shown, "access_tokens_url", "%s/app/installations/%d/access_tokens", call->github->own_url,
                   APP_INSTALLATION);
    json_set_int(shown, "app_id", APP_ID);
    json_set_string(shown, "client_id", APP_CLIENT_ID);
    json_set_string(shown, "app_slug", "opsgate");
    json_set_string(shown, "target_type", "Organization");
    json_set(shown, "permissions", github_app_permissions());
    json_set(shown, "events", json_array());
    set_null(shown, "suspended_at");
    reply_json(call->reply, 200, shown);
}

/* ---- minting ---- */

/* What is asked for must be granted; not asking means everything. NULL: refused, and answered. */
static cJSON *choose_permissions(struct call *call, const cJSON *wanted)
{
    AUTO_JSON cJSON *granted = github_app_permissions();

    JSON_EACH(permission, wanted) {
        AUTO_FREE char *needs = text_format("%s=%s", permission->string, tree_text_or(wanted, permission->string, ""));

        if (!cJSON_IsString(permission) || !permissions_allow(granted, needs)) {
            call_refuse(call, 422, "The permissions requested are not granted to this installation.");
            return NULL;
        }
    }
    return cJSON_IsObject(wanted) ? json_copy(wanted) : TAKE(granted);
}

static const struct repository *find_named(const struct github *github, const char *name)
{
    AUTO_FREE char *full_name = text_format("acme/%s", name ? name : "");
    const struct repository *repository = github_find(github, full_name);

    return repository && !repository->is_not_installed ? repository : NULL;
}

/* Ids of the repositories named. False: refused, and answered. */
static bool choose_repositories(struct call *call, const cJSON *names, cJSON **ret_ids)
{
    AUTO_JSON cJSON *ids = cJSON_IsArray(names) ? json_array() : NULL;
    const struct repository *repository = NULL;

    if (cJSON_GetArraySize(names) > REPOSITORIES_MAX) {
        call_refuse(call, 422, "A token can be limited to 500 repositories at most.");
        return false;
    }
    JSON_EACH(name, ids ? names : NULL) {
        repository = find_named(call->github, cJSON_GetStringValue(name));
        if (!repository) {
            call_refuse(call, 422,
                        "There is at least one repository that does not exist or is not accessible to the parent "
                        "installation.");
            return false;
        }
        json_add(ids, cJSON_CreateNumber((double)repository->id));
    }
    *ret_ids = TAKE(ids);
    return true;
}

void app_mint_token(struct call *call)
{
    AUTO_FREE char *installation = text_format("%d", APP_INSTALLATION);
    AUTO_JSON cJSON *body = NULL, *permissions = NULL, *repositories = NULL;
    const cJSON *entry = NULL;
    cJSON *shown = NULL;

    if (!text_is(call->params[0], installation))
        return call_not_found(call);
    body = call_body(call);
    if (!body)
        return;
    permissions = choose_permissions(call, tree_get(body, "permissions"));
    if (!permissions || !choose_repositories(call, tree_get(body, "repositories"), &repositories))
        return;
    entry = github_app_issue(call->github->app, TAKE(permissions), TAKE(repositories), call->request->now_ms);
    shown = json_object();
    tree_copy(shown, entry, "token");
    set_time(shown, "expires_at", tree_int(entry, "expires_at_ms", 0));
    tree_copy(shown, entry, "permissions");
    json_set_string(shown, "repository_selection", "selected");
    reply_json(call->reply, 201, shown);
}
