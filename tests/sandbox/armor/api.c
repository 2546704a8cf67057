/* api.c - the routes of Compute Engine that a block needs, and what happens to a policy by other hands. */
#include "armor/armor.h"

#include "random.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define PREFIX "/compute/v1/projects/acme/global/"
#define TAKE_MAX_MS HOUR_MS
#define OPERATIONS_KEPT 200
#define NOT_READY "The resource 'projects/acme/global/securityPolicies' is not ready"

struct call {
    struct armor *armor;
    const struct request *request;
    struct reply *reply;
    cJSON *policy;
    struct str verb; /* "addRule"; empty: the policy itself */
};

static bool may(const struct call *call, const char *permission, struct google_error *err)
{
    JSON_EACH(denied, call->armor->denied) {
        if (cJSON_IsString(denied) && text_is(denied->valuestring, permission))
            return google_refuse(err, GOOGLE_PERMISSION_DENIED,
                                 "Required '%s' permission for 'projects/acme/global/securityPolicies/%s'", permission,
                                 tree_text_or(call->policy, "name", "?"));
    }
    return true;
}

/* The change is the caller's to add to it. */
static cJSON *begin(struct call *call, const char *what)
{
    struct armor *armor = call->armor;
    cJSON *operation = json_add(armor->operations, json_object()), *shown;

    shown = json_set(operation, "shown", json_object());
    json_set_string(shown, "kind", "compute#operation");
    tree_set_textf(shown, "name", "operation-%s", random_hex().text);
    json_set_string(shown, "operationType", what);
    json_set_string(shown, "status", "RUNNING");
    json_set_string(shown, "insertTime", time_format(call->request->now_ms).text);
    json_set_string(operation, "policy", tree_text(call->policy, "name"));
    json_set_int(operation, "done_at_ms", call->request->now_ms + armor->take_ms);
    if (call->request->pretend)
        json_set_bool(operation, "pretended", true);
    call->reply->applied = !call->request->pretend;
    tree_keep_last(armor->operations, OPERATIONS_KEPT);
    reply_json(call->reply, 200, json_copy(shown));
    return operation;
}

/* One change at a time: another is refused until it is over. */
static bool is_busy(const struct call *call)
{
    JSON_EACH(operation, call->armor->operations) {
        if (!tree_true(operation, "over") && !tree_true(operation, "pretended") &&
            tree_has_text(operation, "policy", tree_text_or(call->policy, "name", "?")))
            return true;
    }
    return false;
}

static bool refuse_busy(const struct call *call)
{
    cJSON *body, *first;

    if (!is_busy(call))
        return false;
    body = google_error_body(400, "INVALID_ARGUMENT", NOT_READY);
    first = json_add(json_set(tree_get(body, "error"), "errors", json_array()), json_object());
    json_set_string(first, "domain", "global");
    json_set_string(first, "reason", "resourceNotReady");
    json_set_string(first, "message", NOT_READY);
    reply_json(call->reply, 400, body);
    return true;
}

static bool add_rule(struct call *call, struct google_error *err)
{
    AUTO_JSON cJSON *rule = request_json(call->request);

    if (!may(call, "compute.securityPolicies.update", err) || !armor_check_rule(call->policy, rule, err))
        return false;
    if (!refuse_busy(call))
        json_set(begin(call, "addRule"), "rule", TAKE(rule));
    return true;
}

static bool remove_rule(struct call *call, struct google_error *err)
{
    const char *text = request_query(call->request, "priority");
    struct error ignored;
    int64_t priority;

    if (!may(call, "compute.securityPolicies.update", err))
        return false;
    if (!text || !parse_int(str_of(text), 0, INT32_MAX - 1, &priority, &ignored) ||
        !armor_find_rule(call->policy, priority))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "Invalid value for field 'priority': the policy has no rule at it.");
    if (!refuse_busy(call))
        json_set_int(begin(call, "removeRule"), "priority", priority);
    return true;
}

static bool patch(struct call *call, struct google_error *err)
{
    AUTO_JSON cJSON *body = request_json(call->request);

    if (!may(call, "compute.securityPolicies.update", err))
        return false;
    if (!tree_text(body, "fingerprint") ||
        !tree_has_text(call->policy, "fingerprint", tree_text(body, "fingerprint"))) {
        reply_json(call->reply, 412, google_error_body(412, "CONDITION_NOT_MET", "Invalid fingerprint."));
        return true;
    }
    if (!cJSON_IsObject(tree_get(body, "adaptiveProtectionConfig")))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value for field 'resource'");
    if (!refuse_busy(call))
        tree_copy(begin(call, "patch"), body, "adaptiveProtectionConfig");
    return true;
}

static bool get_operation(struct call *call, const char *name, struct google_error *err)
{
    JSON_EACH(operation, call->armor->operations) {
        if (!tree_has_text(tree_get(operation, "shown"), "name", name))
            continue;
        reply_json(call->reply, 200, json_copy(tree_get(operation, "shown")));
        return true;
    }
    return google_refuse(err, GOOGLE_NOT_FOUND, "The resource '%.200s' was not found", name);
}

static bool serve_policy(struct call *call, struct str path, struct google_error *err)
{
    AUTO_FREE char *name = str_copy(str_take_until(&path, '/'));
    bool is_get = request_is(call->request, "GET"), is_post = request_is(call->request, "POST");

    call->policy = tree_find(call->armor->policies, "name", name);
    if (!call->policy)
        return google_refuse(err, GOOGLE_NOT_FOUND,
                             "The resource 'projects/acme/global/securityPolicies/%.100s' was not found", name);
    if (is_get && path.len == 0) {
        if (!may(call, "compute.securityPolicies.get", err))
            return false;
        reply_json(call->reply, 200, json_copy(call->policy));
        return true;
    }
    if (is_post && str_is(path, "addRule"))
        return add_rule(call, err);
    if (is_post && str_is(path, "removeRule"))
        return remove_rule(call, err);
    if (request_is(call->request, "PATCH") && path.len == 0)
        return patch(call, err);
    return google_refuse(err, GOOGLE_NOT_FOUND, "Method not found");
}

static bool serve(struct call *call, const struct tokens *tokens, struct google_error *err)
{
    struct str path = str_of(call->request->path);
    const char *token = request_bearer(call->request);

    if (!token || !tokens_account(tokens, token, call->request->now_ms))
        return google_refuse(err, GOOGLE_UNAUTHENTICATED, "Request had invalid authentication credentials.");
    if (str_take_prefix(&path, PREFIX "securityPolicies/"))
        return serve_policy(call, path, err);
    if (request_is(call->request, "GET") && str_take_prefix(&path, PREFIX "operations/"))
        return get_operation(call, path.at, err);
    return google_refuse(err, GOOGLE_NOT_FOUND, "Method not found: %s %.200s", call->request->method,
                         call->request->path);
}

void armor_serve(struct armor *armor, const struct tokens *tokens, const struct request *request, struct reply *reply)
{
    struct call call = { .armor = armor, .request = request, .reply = reply };
    struct google_error err;

    armor_advance(armor, request->now_ms);
    if (!serve(&call, tokens, &err))
        google_reply_error(reply, &err);
}

/* ---- by other hands ---- */

static bool change_rule(struct armor *armor, cJSON *policy, const cJSON *value, struct error *err)
{
    struct google_error why;

    if (!armor_check_rule(policy, value, &why))
        return error_set(err, ERR_INVALID, "%s", why.message);
    json_add(tree_get(policy, "rules"), json_copy(value));
    armor_touch(armor, policy);
    return true;
}

/* At once, however long they were to take. */
static void finish_all(struct armor *armor)
{
    cJSON *operation = NULL;

    cJSON_ArrayForEach(operation, armor->operations)
        json_set_int(operation, "done_at_ms", 0);
}

static bool change_member(struct armor *armor, const cJSON *member, struct error *err)
{
    cJSON *policy = armor->policies->child;
    cJSON *rule = armor_find_rule(policy, cJSON_IsNumber(member) ? (int64_t)member->valuedouble
                                                                 : tree_int(member, "priority", -1));

    if (text_is(member->string, "take_ms") && cJSON_IsNumber(member) && member->valuedouble <= TAKE_MAX_MS) {
        armor->take_ms = (int64_t)member->valuedouble;
    } else if (text_is(member->string, "deny") && cJSON_IsArray(member)) {
        cJSON_Delete(armor->denied);
        armor->denied = json_copy(member);
    } else if (text_is(member->string, "fail_next") && cJSON_IsString(member)) {
        free(armor->fail_next);
        armor->fail_next = xstrdup(member->valuestring);
    } else if (text_is(member->string, "finish")) {
        finish_all(armor);
    } else if (text_is(member->string, "rule")) {
        return change_rule(armor, policy, member, err);
    } else if (text_is(member->string, "remove") && rule) {
        cJSON_Delete(cJSON_DetachItemViaPointer(tree_get(policy, "rules"), rule));
        armor_touch(armor, policy);
    } else if (text_is(member->string, "change") && rule) {
        JSON_EACH(one, member)
            json_set(rule, one->string, json_copy(one));
        armor_touch(armor, policy);
    } else {
        return error_set(err, ERR_INVALID, "'%.60s' is nothing that can be changed so", member->string);
    }
    return true;
}

bool armor_change(struct armor *armor, const cJSON *value, struct error *err)
{
    if (!cJSON_IsObject(value) || !value->child)
        return error_set(err, ERR_INVALID, "nothing to change");
    JSON_EACH(member, value) {
        if (!change_member(armor, member, err))
            return false;
    }
    return true;
}
