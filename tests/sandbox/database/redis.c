/* redis.c - Memorystore for Redis v1, as far as a failover needs it. */
#include "database/database.h"

#include "random.h"

#include "bot/base/time.h"

#include <string.h>

#define LIMITED_MAX_BYTES (30 * 1024 * 1024) /* more is not copied: LIMITED_DATA_LOSS refuses */

struct call {
    struct databases *databases;
    const struct request *request;
    char *name; /* "projects/acme/locations/us-central1/instances/session-cache" */
    char *id;
    struct str verb;
    bool is_operation;
    struct reply *reply;
};

/* "/v1/projects/P/locations/R/instances/ID[:VERB]", ".../operations/ID" */
static bool parse_path(struct call *call)
{
    struct str path = str_of(call->request->path), rest, before;

    if (!str_take_prefix(&path, "/v1/") || !str_starts_with(path, "projects/"))
        return false;
    call->verb = path;
    before = str_take_until(&call->verb, ':');
    call->name = str_copy(before);
    rest = before;
    str_take_until(&rest, '/'), str_take_until(&rest, '/'), str_take_until(&rest, '/'), str_take_until(&rest, '/');
    call->is_operation = str_starts_with(rest, "operations/");
    if (!call->is_operation && !str_starts_with(rest, "instances/"))
        return false;
    str_take_until(&rest, '/');
    call->id = str_copy(rest);
    return !str_is_empty(rest);
}

static bool get_operation(struct call *call, struct google_error *err)
{
    JSON_EACH(operation, call->databases->operations) {
        if (!tree_has_text(tree_get(operation, "shown"), "name", call->name))
            continue;
        reply_json(call->reply, 200, json_copy(tree_get(operation, "shown")));
        return true;
    }
    return google_refuse(err, GOOGLE_NOT_FOUND, "Requested entity was not found.");
}

static cJSON *find_instance(const struct call *call, struct google_error *err)
{
    cJSON *instance = tree_find(call->databases->redis, "name", call->name);

    if (!instance)
        google_refuse(err, GOOGLE_NOT_FOUND, "Resource '%.200s' was not found", call->name);
    return instance;
}

static bool get_instance(struct call *call, struct google_error *err)
{
    const cJSON *instance = find_instance(call, err);

    if (!instance)
        return false;
    reply_json(call->reply, 200, json_copy(instance));
    return true;
}

static void begin(struct call *call, cJSON *instance)
{
    struct databases *databases = call->databases;
    int64_t now_ms = call->request->now_ms;
    cJSON *shown = database_begin(databases, "REDIS_FAILOVER", call->id, databases->take_ms, now_ms), *metadata;
    struct str place = str_of(call->name);
    size_t len = strlen(call->name) - strlen("/instances/") - strlen(call->id);

    tree_set_textf(shown, "name", "%.*s/operations/operation-%s", (int)len, place.at, random_hex().text);
    metadata = json_set(shown, "metadata", json_object());
    json_set_string(metadata, "createTime", time_format(now_ms).text);
    json_set_string(metadata, "target", call->name);
    json_set_string(metadata, "verb", "failover");
    if (call->request->pretend)
        json_set_bool(database_running(databases, call->id), "pretended", true);
    else
        json_set_string(instance, "state", "FAILING_OVER");
    call->reply->applied = !call->request->pretend;
    reply_json(call->reply, 200, json_copy(shown));
}

static bool fail_over(struct call *call, struct google_error *err)
{
    cJSON *instance = find_instance(call, err);
    AUTO_JSON cJSON *body = request_json(call->request);
    const char *mode = tree_text_or(body, "dataProtectionMode", "LIMITED_DATA_LOSS");
    int64_t pending = tree_int(tree_find(call->databases->lags, "instance", call->id), "value", 0);

    if (!instance)
        return false;
    if (!text_is(mode, "LIMITED_DATA_LOSS") && !text_is(mode, "FORCE_DATA_LOSS"))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid value at 'data_protection_mode': %.60s", mode);
    if (!tree_has_text(instance, "tier", "STANDARD_HA"))
        return google_refuse(err, GOOGLE_FAILED_PRECONDITION, "Failover is only supported for STANDARD_HA instances.");
    if (!tree_has_text(instance, "state", "READY"))
        return google_refuse(err, GOOGLE_FAILED_PRECONDITION, "The instance is not in state READY.");
    if (text_is(mode, "LIMITED_DATA_LOSS") && pending > LIMITED_MAX_BYTES)
        return google_refuse(err, GOOGLE_FAILED_PRECONDITION,
                             "The replication lag is too large for a failover with LIMITED_DATA_LOSS.");
    begin(call, instance);
    return true;
}

static bool serve(struct call *call, const struct tokens *tokens, struct google_error *err)
{
    bool is_path = parse_path(call);

    if (!database_caller(tokens, call->request, err))
        return false;
    if (is_path && call->is_operation && request_is(call->request, "GET") && str_is_empty(call->verb))
        return database_may(call->databases, "redis.operations.get", err) && get_operation(call, err);
    if (is_path && !call->is_operation && request_is(call->request, "GET") && str_is_empty(call->verb))
        return database_may(call->databases, "redis.instances.get", err) && get_instance(call, err);
    if (is_path && !call->is_operation && request_is(call->request, "POST") && str_is(call->verb, "failover"))
        return database_may(call->databases, "redis.instances.failover", err) && fail_over(call, err);
    return google_refuse(err, GOOGLE_NOT_FOUND, "Method not found: %s %.200s", call->request->method,
                         call->request->path);
}

void database_serve_redis(struct databases *databases, const struct tokens *tokens, const struct request *request,
                          struct reply *reply)
{
    struct call call = { .databases = databases, .request = request, .reply = reply };
    struct google_error err;

    database_advance(databases, request->now_ms);
    if (!serve(&call, tokens, &err))
        google_reply_error(reply, &err);
    free(call.name);
    free(call.id);
}
