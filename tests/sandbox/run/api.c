/* The API's door: tokens, paths, pages, long-running operations. */
#include "random.h"
#include "run/change.h"
#include "run/run.h"

#include "bot/base/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OPERATIONS_KEPT 5000
#define SERVICE_TYPE "type.googleapis.com/google.cloud.run.v2.Service"
#define PAGE_DEFAULT 100
#define WAIT_DEFAULT_MS 30000

struct call {
    struct run *run;
    const struct request *request;
    const char *caller; /* the token's account */
    struct str project, region;
    struct str collection, id;  /* services/ID or operations/ID */
    struct str verb;            /* after ':' at the end */
    struct str inner, inner_id; /* revisions/ID */
    struct reply *reply;
};

/* "/v2/projects/P/locations/R/services[/ID[/revisions[/REV]]][:verb]" */
static bool parse_path(const char *path, struct call *call)
{
    struct str rest = str_of(path);
    struct str tail = { 0 };

    if (!str_take_prefix(&rest, "/v2/projects/"))
        return false;
    call->project = str_take_until(&rest, '/');
    if (!str_take_prefix(&rest, "locations/"))
        return false;
    call->region = str_take_until(&rest, '/');
    tail = rest;
    rest = str_take_until(&tail, ':');
    call->verb = tail;
    call->collection = str_take_until(&rest, '/');
    call->id = str_take_until(&rest, '/');
    call->inner = str_take_until(&rest, '/');
    call->inner_id = str_take_until(&rest, '/');
    return str_is_empty(rest);
}

static struct service *find_service(const struct call *call, struct google_error *err)
{
    AUTO_FREE char *parent =
        text_format("projects/" STR_FMT "/locations/" STR_FMT, STR_ARG(call->project), STR_ARG(call->region));
    AUTO_FREE char *id = str_copy(call->id);
    struct service *service = run_find(call->run, id);

    if (service && text_is(service->parent, parent))
        return service;
    google_refuse(err, GOOGLE_NOT_FOUND,
                  "Resource '%.60s' of kind 'SERVICE' in region '" STR_FMT "' in project '" STR_FMT "' does not exist.",
                  id, STR_ARG(call->region), STR_ARG(call->project));
    return NULL;
}

/* ---- operations ---- */

static cJSON *operation_show(const cJSON *operation)
{
    cJSON *shown = json_object();

    tree_copy(shown, operation, "name");
    tree_copy(shown, operation, "metadata");
    tree_copy(shown, operation, "done");
    tree_copy(shown, operation, "error");
    if (tree_get(operation, "response") && !tree_get(operation, "error")) {
        tree_copy(shown, operation, "response");
        json_set_string(tree_get(shown, "response"), "@type", SERVICE_TYPE);
    }
    return shown;
}

/* A new operation for a service's present generation; it is in run->operations, unfinished. */
static cJSON *operation_create(struct run *run, const struct service *service)
{
    cJSON *operation = json_add(run->operations, json_object());
    cJSON *metadata = service_show(service);

    tree_set_textf(operation, "name", "%s/operations/%s", service->parent, random_hex().text);
    json_set_string(operation, "service", service->id);
    json_set_int(operation, "generation", service->generation);
    json_set_string(metadata, "@type", SERVICE_TYPE);
    json_set(operation, "metadata", metadata);
    tree_keep_last(run->operations, OPERATIONS_KEPT);
    return operation;
}

static void finish_at_once(cJSON *operation, cJSON *response)
{
    json_set_bool(operation, "done", true);
    json_set(operation, "response", response);
}

static const cJSON *find_operation(const struct call *call, struct google_error *err)
{
    AUTO_FREE char *name = text_format("projects/" STR_FMT "/locations/" STR_FMT "/operations/" STR_FMT,
                                       STR_ARG(call->project), STR_ARG(call->region), STR_ARG(call->id));
    const cJSON *operation = tree_find(call->run->operations, "name", name);

    if (!operation)
        google_refuse(err, GOOGLE_NOT_FOUND, "Requested entity was not found.");
    return operation;
}

static bool get_operation(struct call *call, struct google_error *err)
{
    const cJSON *operation = find_operation(call, err);

    if (!operation)
        return false;
    reply_json(call->reply, 200, operation_show(operation));
    return true;
}

static int64_t wait_timeout_ms(const struct request *request)
{
    AUTO_JSON cJSON *body = request_json(request);
    const char *timeout = tree_text(body, "timeout"); /* "30s", "3.5s" */
    double seconds = timeout ? strtod(timeout, NULL) : WAIT_DEFAULT_MS / 1000.0;

    return isfinite(seconds) && seconds >= 0 && seconds * 1000 < WAIT_DEFAULT_MS ? (int64_t)(seconds * 1000)
                                                                                 : WAIT_DEFAULT_MS;
}

/* Looks the operation up after every pause: the world may have been made anew meanwhile. */
static bool wait_operation(struct call *call, struct google_error *err)
{
    int64_t now_ms = call->request->now_ms;
    int64_t until_ms = now_ms + wait_timeout_ms(call->request);
    const cJSON *operation = find_operation(call, err);

    while (operation && !tree_true(operation, "done") && now_ms < until_ms) {
        now_ms = call->run->pause(call->run->pause_arg, until_ms);
        operation = find_operation(call, err);
    }
    if (!operation)
        return false;
    reply_json(call->reply, 200, operation_show(operation));
    return true;
}

static bool list_operations(struct call *call, struct google_error *err)
{
    cJSON *answer = json_object();
    cJSON *list = json_set(answer, "operations", json_array());
    const char *filter = request_query(call->request, "filter");

    (void)err;
    JSON_EACH(operation, call->run->operations) {
        if (!text_is(filter, "done:false") || !tree_true(operation, "done"))
            cJSON_InsertItemInArray(list, 0, operation_show(operation));
    }
    while (cJSON_GetArraySize(list) > 100)
        cJSON_DeleteItemFromArray(list, 100);
    if (!list->child)
        cJSON_DeleteItemFromObjectCaseSensitive(answer, "operations");
    reply_json(call->reply, 200, answer);
    return true;
}

/* ---- services ---- */

static bool get_service(struct call *call, struct google_error *err)
{
    const struct service *service = find_service(call, err);

    if (!service)
        return false;
    reply_json(call->reply, 200, service_show(service));
    return true;
}

static bool list_services(struct call *call, struct google_error *err)
{
    cJSON *answer = json_object();
    cJSON *list = json_array();
    AUTO_FREE char *parent =
        text_format("projects/" STR_FMT "/locations/" STR_FMT, STR_ARG(call->project), STR_ARG(call->region));

    if (str_is(call->region, "-")) {
        cJSON_Delete(list);
        cJSON_Delete(answer);
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "The location wildcard '-' is not allowed");
    }
    for (const struct service *service = call->run->services; service; service = service->next) {
        if (text_is(service->parent, parent))
            json_add(list, service_show(service));
    }
    if (list->child)
        json_set(answer, "services", list);
    else
        cJSON_Delete(list);
    reply_json(call->reply, 200, answer);
    return true;
}

static bool query_flag(const struct request *request, const char *name)
{
    return text_is(request_query(request, name), "true");
}

static bool read_body(const struct request *request, cJSON **ret_body, struct google_error *err)
{
    AUTO_JSON cJSON *body = NULL;

    if (!request_has_type(request, "application/json"))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "Invalid JSON payload received. Unknown name \"\": Cannot bind query parameter.");
    body = request_json(request);
    if (!cJSON_IsObject(body))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid JSON payload received. Unexpected end of string.");
    *ret_body = TAKE(body);
    return true;
}

/* Answers the operation of a change that was prepared: stored, only validated, or only pretended. */
static void answer_change(struct call *call, struct run_change *change)
{
    struct service *service = change->service;
    bool store = !call->request->pretend && !query_flag(call->request, "validateOnly");

    if (store) {
        run_change_store(change, call->run->registry);
        call->reply->applied = true;
    }
    cJSON *operation = operation_create(call->run, service);

    if (!store)
        finish_at_once(operation, service_show(service));
    reply_json(call->reply, 200, operation_show(operation));
}

static bool patch_service(struct call *call, struct google_error *err)
{
    struct service *service = find_service(call, err);
    AUTO_JSON cJSON *body = NULL;

    if (!service || !read_body(call->request, &body, err))
        return false;
    struct run_change change = {
        .service = service,
        .body = body,
        .mask = request_query(call->request, "updateMask"),
        .force_new_revision = query_flag(call->request, "forceNewRevision"),
        .by = call->caller,
        .now_ms = call->request->now_ms,
        .reconcile_ms = call->run->reconcile_ms,
    };
    bool good = run_change_prepare(&change, err);

    if (good)
        answer_change(call, &change);
    run_change_finish(&change);
    return good;
}

bool run_change_by(struct run *run, struct service *service, const char *by, const char *mask, const cJSON *body,
                   int64_t now_ms, struct google_error *err)
{
    struct run_change change = {
        .service = service, .body = body, .mask = mask, .by = by, .now_ms = now_ms, .reconcile_ms = run->reconcile_ms
    };
    bool good = run_change_prepare(&change, err);

    if (good) {
        run_change_store(&change, run->registry);
        operation_create(run, service);
    }
    run_change_finish(&change);
    return good;
}

/* ---- revisions ---- */

static bool list_revisions(struct call *call, struct google_error *err)
{
    const struct service *service = find_service(call, err);
    cJSON *answer = NULL, *list = NULL;
    const char *token = request_query(call->request, "pageToken"),
               *size_text = request_query(call->request, "pageSize");
    int64_t skip = 0, size = PAGE_DEFAULT, index = 0;
    struct error wrong;

    if (!service)
        return false;
    if ((token && *token && !parse_int(str_of(token), 0, 100000, &skip, &wrong)) ||
        (size_text && !parse_int(str_of(size_text), 0, 100000, &size, &wrong)))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "Invalid page token or size");
    size = size ? size : PAGE_DEFAULT;
    answer = json_object();
    list = json_set(answer, "revisions", json_array());
    for (const struct revision *revision = service->revisions; revision; revision = revision->older, index++) {
        if (index >= skip && index < skip + size)
            json_add(list, service_show_revision(service, revision));
    }
    skip += size;
    if (index > skip)
        tree_set_textf(answer, "nextPageToken", "%lld", (long long)skip);
    reply_json(call->reply, 200, answer);
    return true;
}

static bool get_revision(struct call *call, struct google_error *err)
{
    const struct service *service = find_service(call, err);
    AUTO_FREE char *name = str_copy(call->inner_id);
    const struct revision *revision = service ? service_find_revision(service, name) : NULL;

    if (!service)
        return false;
    if (!revision)
        return google_refuse(err, GOOGLE_NOT_FOUND,
                             "Resource '%.60s' of kind 'REVISION' in region '" STR_FMT "' in project '" STR_FMT
                             "' does not exist.",
                             name, STR_ARG(call->region), STR_ARG(call->project));
    reply_json(call->reply, 200, service_show_revision(service, revision));
    return true;
}

/* ---- routes ---- */

/* clang-format off */
static const struct route {
    const char *method, *collection, *inner, *verb;
    bool has_id, has_inner_id;
    bool (*run)(struct call *call, struct google_error *err);
} routes[] = {
    { "GET",   "services",   "",          "",     false, false, list_services },
    { "GET",   "services",   "",          "",     true,  false, get_service },
    { "PATCH", "services",   "",          "",     true,  false, patch_service },
    { "GET",   "services",   "revisions", "",     true,  false, list_revisions },
    { "GET",   "services",   "revisions", "",     true,  true,  get_revision },
    { "GET",   "operations", "",          "",     false, false, list_operations },
    { "GET",   "operations", "",          "",     true,  false, get_operation },
    { "POST",  "operations", "",          "wait", true,  false, wait_operation },
};
/* clang-format on */

static const struct route *find_route(const struct call *call)
{
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        const struct route *route = &routes[i];

        if (request_is(call->request, route->method) && str_is(call->collection, route->collection) &&
            str_is(call->inner, route->inner) && str_is(call->verb, route->verb) &&
            route->has_id == !str_is_empty(call->id) && route->has_inner_id == !str_is_empty(call->inner_id))
            return route;
    }
    return NULL;
}

static bool serve(struct call *call, const struct tokens *tokens, struct google_error *err)
{
    const char *token = request_bearer(call->request);
    const struct route *route = NULL;

    call->caller = token ? tokens_account(tokens, token, call->request->now_ms) : NULL;
    if (!call->caller)
        return google_refuse(
            err, GOOGLE_UNAUTHENTICATED,
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
            "valid authentication credential. See "
            "https://developers.google.com/identity/sign-in/web/devconsole-project.");
    if (parse_path(call->request->path, call))
        route = find_route(call);
    if (!route)
        return google_refuse(err, GOOGLE_NOT_FOUND, "Method not found: %s %.200s", call->request->method,
                             call->request->path);
    return route->run(call, err);
}

void run_serve(struct run *run, const struct tokens *tokens, const struct request *request, struct reply *reply)
{
    struct call call = { .run = run, .request = request, .reply = reply };
    struct google_error err;

    run_advance(run, request->now_ms);
    if (!serve(&call, tokens, &err))
        google_reply_error(reply, &err);
}
