#include "calls.h"

#include "form.h"

#include <microhttpd.h>

#define KEPT_MAX 20000
#define BODY_MAX_BYTES 65536

void calls_init(struct calls *calls)
{
    calls->log = json_array();
}

void calls_finish(struct calls *calls)
{
    cJSON_Delete(calls->log);
}

static enum MHD_Result add_argument(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
    cJSON *query = arg;

    (void)kind;
    json_set_string(query, key, value ? value : "");
    return MHD_YES;
}

/* The body as a tree when it is one, otherwise as text. */
static cJSON *body_shown(const struct request *request)
{
    cJSON *body = NULL;

    if (request->body.len == 0 || request->body.len > BODY_MAX_BYTES)
        return NULL;
    if (request_has_type(request, "application/x-www-form-urlencoded"))
        body = form_decode(request->body);
    else
        body = request_json(request);
    if (!body && utf8_is_valid(request->body)) {
        AUTO_FREE char *text = str_copy(request->body);
        body = cJSON_CreateString(text);
    }
    return body;
}

int64_t calls_begin(struct calls *calls, const char *service, const struct request *request)
{
    cJSON *call = json_add(calls->log, json_object());
    cJSON *query = json_object(), *body = request->connection ? body_shown(request) : NULL;

    if (request->connection)
        MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, add_argument, query);
    json_set_int(call, "n", ++calls->last_n);
    json_set_int(call, "at_ms", request->now_ms);
    json_set_string(call, "service", service);
    json_set_string(call, "method", request->method);
    json_set_string(call, "path", request->path);
    if (query->child)
        json_set(call, "query", query);
    else
        cJSON_Delete(query);
    if (body)
        json_set(call, "body", body);
    json_set(call, "status", cJSON_CreateNull());
    json_set_bool(call, "applied", false);
    if (calls->last_n - tree_int(calls->log->child, "n", 0) >= KEPT_MAX)
        cJSON_DeleteItemFromArray(calls->log, 0);
    return calls->last_n;
}

/* Most calls end soon after they began: look from the end. */
static cJSON *find_call(const struct calls *calls, int64_t n)
{
    cJSON *call = calls->log->child ? calls->log->child->prev : NULL;

    while (call && tree_int(call, "n", 0) > n && call != calls->log->child)
        call = call->prev;
    return call && tree_int(call, "n", 0) == n ? call : NULL;
}

void calls_body(struct calls *calls, int64_t n, const cJSON *body)
{
    cJSON *call = find_call(calls, n);

    if (call)
        json_set(call, "body", json_copy(body));
}

void calls_applied(struct calls *calls, int64_t n, bool applied)
{
    cJSON *call = find_call(calls, n);

    if (call)
        json_set_bool(call, "applied", applied);
}

void calls_end(struct calls *calls, int64_t n, const struct call_end *end)
{
    cJSON *call = find_call(calls, n);

    if (!call)
        return;
    json_set_int(call, "status", end->status);
    json_set_bool(call, "applied", end->applied);
    json_set_string(call, "fault", end->fault);
    json_set_int(call, "ended_at_ms", end->now_ms);
}

cJSON *calls_since(const struct calls *calls, int64_t n, int64_t limit)
{
    cJSON *list = json_array();

    JSON_EACH(call, calls->log) {
        if (tree_int(call, "n", 0) > n && limit-- > 0)
            json_add(list, json_copy(call));
    }
    return list;
}
