/* The Web API's door: tokens, bodies, methods, errors. */
#include "slack/api.h"

#include "form.h"
#include "slack/call.h"
#include "slack/socket.h"

#include "bot/base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *auth_test(struct call *call)
{
    json_set_string(call->out, "url", "https://acme.slack.com/");
    json_set_string(call->out, "team", "Acme");
    json_set_string(call->out, "user", "opsgate");
    json_set_string(call->out, "team_id", SLACK_TEAM);
    json_set_string(call->out, "user_id", SLACK_BOT_USER);
    json_set_string(call->out, "bot_id", SLACK_BOT);
    json_set_bool(call->out, "is_enterprise_install", false);
    return NULL;
}

static const char *apps_connections_open(struct call *call)
{
    AUTO_FREE char *url = slack_socket_open(call->slack->socket);

    if (!url)
        return "forbidden_team"; /* Slack's own word for a Socket Mode that is switched off is not known */
    json_set_string(call->out, "url", url);
    return NULL;
}

/* clang-format off */
static const struct method {
    const char *name;
    bool takes_json; /* the others read query and form only */
    slack_method_fn run;
    const char *needs[2];
    const char *scope; /* NULL: none; of channels, `types` may ask for more. A private channel's is another */
    bool is_for_app;   /* wants the app's own token, and no bot's */
} methods[] = {
    { "apps.connections.open", false, apps_connections_open, { 0 }, NULL, true },
    { "auth.test",             true,  auth_test,             { 0 }, NULL, false },
    { "chat.postMessage",      true,  chat_post_message,     { "channel" }, "chat:write", false },
    { "chat.update",           true,  chat_update,           { "channel", "ts" }, "chat:write", false },
    { "chat.delete",           true,  chat_delete,           { "channel", "ts" }, "chat:write", false },
    { "chat.getPermalink",     false, chat_get_permalink,    { "channel", "message_ts" }, NULL, false },
    { "chat.postEphemeral",    true,  chat_post_ephemeral,   { "channel", "user" }, "chat:write", false },
    { "conversations.history", true,  conversations_history, { "channel" }, "channels:history", false },
    { "conversations.replies", false, conversations_replies, { "channel", "ts" }, "channels:history", false },
    { "conversations.info",    false, conversations_info,    { "channel" }, "channels:read", false },
    { "conversations.list",    false, conversations_list,    { 0 }, NULL, false },
    { "conversations.members", false, conversations_members, { "channel" }, "channels:read", false },
    { "conversations.create",  true,  conversations_create,  { "name" }, "channels:manage", false },
    { "conversations.rename",  true,  conversations_rename,  { "channel", "name" }, "channels:manage", false },
    { "conversations.archive", true,  conversations_archive, { "channel" }, "channels:manage", false },
    { "conversations.unarchive", true, conversations_unarchive, { "channel" }, "channels:manage", false },
    { "conversations.setTopic", true, conversations_set_topic, { "channel", "topic" }, "channels:manage", false },
    { "conversations.setPurpose", true, conversations_set_purpose, { "channel", "purpose" }, "channels:manage", false },
    { "conversations.invite",  true,  conversations_invite,  { "channel", "users" }, "channels:manage", false },
    { "users.conversations",   false, users_conversations,   { 0 }, NULL, false },
    { "pins.add",              true,  pins_add,              { "channel", "timestamp" }, "pins:write", false },
    { "bookmarks.add",         true,  bookmarks_add,         { "channel_id", "title" }, "bookmarks:write", false },
    { "bookmarks.list",        true,  bookmarks_list,        { "channel_id" }, "bookmarks:read", false },
    { "files.getUploadURLExternal", false, files_get_upload_url, { "filename", "length" }, "files:write", false },
    { "files.completeUploadExternal", true, files_complete_upload, { 0 }, "files:write", false },
    { "usergroups.list",       false, usergroups_list,       { 0 }, "usergroups:read", false },
    { "usergroups.users.list", false, usergroups_users_list, { "usergroup" }, "usergroups:read", false },
    { "users.info",            false, users_info,            { "user" }, "users:read", false },
    { "users.lookupByEmail",   false, users_lookup_by_email, { "email" }, "users:read.email", false },
    { "views.open",            true,  views_open,            { "trigger_id" }, NULL, false },
    { "views.update",          true,  views_update,          { "view_id" }, NULL, false },
    { "views.publish",         true,  views_publish,         { "user_id" }, NULL, false },
};
/* clang-format on */

static const struct method *find_method(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (*path == '/' && strcmp(path + 1, methods[i].name) == 0)
            return &methods[i];
    }
    return NULL;
}

/* clang-format off */
static const char *const query_args[] = {
    "channel", "ts", "user", "oldest", "latest", "inclusive", "limit", "cursor", "types", "exclude_archived",
    "include_all_metadata", "include_num_members", "usergroup", "email", "include_users", "include_count",
    "include_disabled", "channel_id", "filename", "length", "message_ts",
};
/* clang-format on */

static cJSON *args_from_query(const struct request *request)
{
    cJSON *args = json_object();

    for (size_t i = 0; i < ARRAY_LEN(query_args); i++)
        json_set_string(args, query_args[i], request_query(request, query_args[i]));
    return args;
}

static void warn(struct call *call, const char *warning)
{
    cJSON *metadata = json_object();

    json_set_string(call->out, "warning", warning);
    json_add_string(json_set(metadata, "warnings", json_array()), warning);
    json_set(call->out, "response_metadata", metadata);
}

static const char *read_json(struct call *call, const struct method *method)
{
    const char *type = request_header(call->request, "Content-Type");
    AUTO_JSON cJSON *body = request_json(call->request);

    if (!body)
        return "invalid_json";
    if (!cJSON_IsObject(body))
        return "json_not_object";
    if (!strstr(type, "charset"))
        warn(call, "missing_charset");
    call->args = method->takes_json ? TAKE(body) : json_object(); /* the others do not look into JSON */
    return NULL;
}

/* Fills call->args from the query, a form or a JSON body. */
static const char *read_args(struct call *call, const struct method *method)
{
    const struct request *request = call->request;

    if (request_is(request, "GET") || request->body.len == 0) {
        call->args = args_from_query(request);
        return NULL;
    }
    if (!request_header(request, "Content-Type"))
        return "missing_post_type";
    if (request_has_type(request, "application/json"))
        return read_json(call, method);
    if (!request_has_type(request, "application/x-www-form-urlencoded"))
        return "invalid_post_type";
    call->args = form_decode(request->body);
    return call->args ? NULL : "invalid_form_data";
}

/* The token stands in the header; in a form body it may stand as `token`. Never in the query. */
static const char *check_token(const struct call *call, const struct method *method)
{
    const char *token = request_bearer(call->request);

    if (!token && !method->is_for_app && request_has_type(call->request, "application/x-www-form-urlencoded"))
        token = tree_text(call->args, "token");
    if (!token)
        return "not_authed";
    if (text_starts(token, "xapp-") != method->is_for_app)
        return "not_allowed_token_type";
    return text_is(token, method->is_for_app ? call->slack->app_token : call->slack->bot_token) ? NULL : "invalid_auth";
}

static bool is_about_private(const struct call *call)
{
    return tree_true(slack_find_channel(call->slack, call_text(call, "channel")), "is_private") ||
           call_flag(call, "is_private");
}

static const char *check_scope(struct call *call, const struct method *method)
{
    static const struct {
        const char *scope, *if_private;
    } pairs[] = { { "channels:read", "groups:read" },
                  { "channels:history", "groups:history" },
                  { "channels:manage", "groups:write" } };
    const char *scope = method->scope;

    for (size_t i = 0; i < ARRAY_LEN(pairs) && is_about_private(call); i++)
        if (text_is(method->scope, pairs[i].scope))
            scope = pairs[i].if_private;
    return scope ? call_check_scope(call, scope) : NULL;
}

static const char *check_needed(struct call *call, const struct method *method)
{
    for (size_t i = 0; i < ARRAY_LEN(method->needs); i++) {
        const char *name = method->needs[i];

        if (!name || call_text(call, name))
            continue;
        (void)snprintf(call->detail, sizeof call->detail, "[ERROR] missing required field: %s", name);
        return "invalid_arguments";
    }
    return NULL;
}

static const char *check_limit(struct call *call, const struct method *method)
{
    return slack_limits_take(&call->slack->limits, method->name, call->request->now_ms, &call->retry_after_s)
               ? NULL
               : "ratelimited";
}

static const char *run_method(struct call *call, const struct method *method)
{
    const char *error = NULL;

    if (!request_is(call->request, "GET") && !request_is(call->request, "POST"))
        return "invalid_post_type";
    error = read_args(call, method);
    error = error ? error : check_token(call, method);
    error = error ? error : check_limit(call, method);
    error = error ? error : check_scope(call, method);
    error = error ? error : check_needed(call, method);
    return error ? error : method->run(call);
}

static void answer_error(struct call *call, const char *error)
{
    cJSON_Delete(call->out);
    call->out = json_object();
    json_set_bool(call->out, "ok", false);
    json_set_string(call->out, "error", error);
    if (call->needed) {
        json_set_string(call->out, "needed", call->needed);
        json_set_string(call->out, "provided", call->slack->scopes);
    }
    if (*call->detail) {
        cJSON *metadata = json_set(call->out, "response_metadata", json_object());

        json_add_string(json_set(call->out, "errors", json_array()), call->detail + strlen("[ERROR] "));
        json_add_string(json_set(metadata, "messages", json_array()), call->detail);
    }
}

/* Of a Slack whose clock is another than ours; else the server's own stands there. */
static void add_date(const struct slack *slack, int64_t now_ms, struct reply *reply)
{
    time_t there = (time_t)(now_ms / SECOND_MS + slack->clock_ahead_s);
    struct tm parts;
    char text[40];

    if (slack->clock_ahead_s == 0 || !gmtime_r(&there, &parts))
        return;
    (void)strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    reply_header(reply, "Date", text);
}

void slack_serve_api(struct slack *slack, const struct request *request, struct reply *reply)
{
    struct call call = { .slack = slack, .request = request, .out = json_object() };
    const struct method *method = find_method(request->path);
    const char *error = NULL;

    json_set_bool(call.out, "ok", true);
    error = method ? run_method(&call, method) : "unknown_method";
    if (error)
        answer_error(&call, error);
    if (!method)
        json_set_string(call.out, "req_method", request->path + (*request->path == '/'));
    if (cJSON_GetArraySize(call.errors) > 0)
        json_set(call.out, "errors", TAKE(call.errors));
    cJSON_Delete(call.errors);
    if (call.retry_after_s) {
        char seconds[16];

        (void)snprintf(seconds, sizeof seconds, "%d", call.retry_after_s);
        reply_header(reply, "Retry-After", seconds);
    }
    reply_header(reply, "X-OAuth-Scopes", slack->scopes);
    add_date(slack, request->now_ms, reply);
    reply_json(reply, call.retry_after_s ? 429 : 200, call.out);
    reply->applied = call.applied;
    cJSON_Delete(call.args);
}
