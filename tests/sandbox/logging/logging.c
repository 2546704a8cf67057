#include "logging/logging.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PROJECT "acme"
#define OTHERS_KEPT 500
#define PAGE_DEFAULT 50
#define PAGE_MAX 1000
#define FILTER_MAX_BYTES 20000

struct logging *logging_create(void)
{
    struct logging *logging = xcalloc(1, sizeof *logging);

    logging->others = json_array();
    return logging;
}

static void forget(struct logged *logged)
{
    free(logged->parent);
    free(logged->service);
    free(logged->revision);
}

void logging_destroy(struct logging *logging)
{
    if (!logging)
        return;
    for (size_t i = 0; i < LOGGING_KEPT; i++)
        forget(&logging->kept[i]);
    cJSON_Delete(logging->others);
    free(logging);
}

void logging_request_id(int64_t n, char text[static 20])
{
    snprintf(text, 20, "%016" PRIx64, (uint64_t)n * UINT64_C(0x9e3779b97f4a7c15));
}

void logging_note(struct logging *logging, const struct service *service, const struct revision *revision,
                  const char *status, double seconds, int64_t at_ms)
{
    struct logged *logged;

    if (revision->served_requests % LOGGING_SAMPLE != 0 && text_is(status, "200"))
        return;
    logged = &logging->kept[logging->n % LOGGING_KEPT];
    forget(logged);
    *logged = (struct logged){
        at_ms, ++logging->n, status, seconds, xstrdup(service->parent), xstrdup(service->id), xstrdup(revision->name)
    };
}

/* ---- as entries ---- */

/* "projects/PROJECT/..." is eaten up to what follows the project. */
static struct str project_of(struct str *rest)
{
    str_take_prefix(rest, "projects/");
    return str_take_until(rest, '/');
}

static void set_trace(cJSON *entry, const char *parent, const char *id)
{
    struct str rest = str_of(parent), project = project_of(&rest);

    tree_set_textf(entry, "trace", "projects/" STR_FMT "/traces/%s%s", STR_ARG(project), id, id);
}

static cJSON *add_entry(cJSON *list, const char *parent, const char *service, const char *revision, const char *log,
                        const char *severity, int64_t at_ms)
{
    struct str rest = str_of(parent), project = project_of(&rest);
    cJSON *entry = json_add(list, json_object()), *resource, *labels;

    str_take_prefix(&rest, "locations/");
    tree_set_textf(entry, "logName", "projects/" STR_FMT "/logs/run.googleapis.com%%2F%s", STR_ARG(project), log);
    tree_set_textf(entry, "insertId", "%" PRIx64 "%s", (uint64_t)at_ms, log);
    resource = json_set(entry, "resource", json_object());
    json_set_string(resource, "type", "cloud_run_revision");
    labels = json_set(resource, "labels", json_object());
    json_set_str(labels, "project_id", project);
    json_set_str(labels, "location", rest);
    json_set_string(labels, "service_name", service);
    json_set_string(labels, "revision_name", revision);
    json_set_string(entry, "timestamp", time_format(at_ms).text);
    json_set_string(entry, "receiveTimestamp", time_format(at_ms + 200).text);
    tree_set_text(entry, "severity", severity);
    return entry;
}

static void add_request(cJSON *list, const struct logged *logged, const char *id)
{
    bool is_good = text_is(logged->status, "200");
    cJSON *entry = add_entry(list, logged->parent, logged->service, logged->revision, "requests",
                             is_good ? "INFO" : "ERROR", logged->at_ms);
    cJSON *request = json_set(entry, "httpRequest", json_object());

    json_set_string(request, "requestMethod", "GET");
    tree_set_textf(request, "requestUrl", "https://%s.example.com/orders/%" PRId64, logged->service, logged->n);
    json_set_int(request, "status", text_is(logged->status, "500") ? 500 : is_good ? 200 : 503);
    tree_set_textf(request, "latency", "%.3fs", logged->seconds);
    json_set_string(request, "remoteIp", "203.0.113.7");
    set_trace(entry, logged->parent, id);
}

/* The app's own words about a request that failed: JSON on stderr. */
static void add_words(cJSON *list, const struct logged *logged, const char *id)
{
    static const char *const words[] = {
        "orders: the price service did not answer",
        "orders: cannot parse the answer of stock: unexpected end of JSON",
        "orders: nil pointer in applyDiscount",
        "orders: the payment provider refused Authorization: Bearer pay_0123456789abcdefghijkl",
    };
    cJSON *entry = add_entry(list, logged->parent, logged->service, logged->revision, "stderr", "ERROR",
                             logged->at_ms + (int64_t)(logged->seconds * 1000));
    cJSON *payload = json_set(entry, "jsonPayload", json_object());

    json_set_string(payload, "message", words[logged->n % (int64_t)ARRAY_LEN(words)]);
    json_set_string(payload, "request_id", id);
    set_trace(entry, logged->parent, id);
}

static cJSON *all_entries(const struct logging *logging)
{
    int64_t first = logging->n > LOGGING_KEPT ? logging->n - LOGGING_KEPT : 0;
    cJSON *list = json_array();

    for (int64_t i = first; i < logging->n; i++) {
        const struct logged *logged = &logging->kept[i % LOGGING_KEPT];
        char id[20];

        logging_request_id(logged->n, id);
        add_request(list, logged, id);
        if (!text_is(logged->status, "200"))
            add_words(list, logged, id);
    }
    JSON_EACH(other, logging->others)
        json_add(list, json_copy(other));
    return list;
}

/* ---- entries.list ---- */

static int newest_first(const void *a, const void *b)
{
    const cJSON *one = *(cJSON *const *)a, *other = *(cJSON *const *)b;

    return strcmp(tree_text_or(other, "timestamp", ""), tree_text_or(one, "timestamp", ""));
}

static cJSON *sorted(cJSON *list, bool is_newest_first)
{
    int count = cJSON_GetArraySize(list);
    cJSON **all = xcalloc((size_t)count + 1, sizeof(*all)), *result = json_array();

    for (int i = 0; i < count; i++)
        all[i] = cJSON_DetachItemFromArray(list, 0);
    qsort(all, (size_t)count, sizeof(*all), newest_first);
    for (int i = 0; i < count; i++)
        json_add(result, all[is_newest_first ? i : count - 1 - i]);
    free(all);
    cJSON_Delete(list);
    return result;
}

/* Is it of the project that a resource name stands for? */
static bool is_of(const cJSON *entry, const cJSON *name)
{
    struct str rest = str_of(tree_text_or(entry, "logName", ""));

    return cJSON_IsString(name) && str_take_prefix(&rest, name->valuestring) && str_starts_with(rest, "/");
}

static bool is_of_any(const cJSON *entry, const cJSON *names)
{
    JSON_EACH(name, names)
        if (is_of(entry, name))
            return true;
    return false;
}

/* There is acme, and whatever project something was written in. */
static bool is_project(const struct logging *logging, const cJSON *name)
{
    AUTO_JSON cJSON *all = all_entries(logging);

    JSON_EACH(entry, all)
        if (is_of(entry, name))
            return true;
    return cJSON_IsString(name) && text_is(name->valuestring, "projects/" PROJECT);
}

static bool check(const struct logging *logging, const cJSON *body, struct google_error *err)
{
    const char *filter = tree_text_or(body, "filter", ""), *order = tree_text_or(body, "orderBy", "timestamp asc");
    const cJSON *names = tree_get(body, "resourceNames");
    struct error why;
    bool ignored;

    if (!cJSON_IsArray(names) || cJSON_GetArraySize(names) == 0)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "The request must have a resource name or project ID.");
    JSON_EACH(name, names) {
        if (!is_project(logging, name) || logging->is_denied)
            return google_refuse(err, GOOGLE_PERMISSION_DENIED,
                                 "Permission denied for all log views. Permission 'logging.logEntries.list' denied on "
                                 "resource (or it may not exist).");
    }
    if (!text_is(order, "timestamp asc") && !text_is(order, "timestamp desc"))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "orderBy: unsupported value %.60s", order);
    if (tree_int(body, "pageSize", PAGE_DEFAULT) < 0)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "page_size must not be negative");
    if (strlen(filter) > FILTER_MAX_BYTES)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "The filter is too long");
    if (!query_fits(filter, NULL, &ignored, &why))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT, "%s", why.message);
    return true;
}

static cJSON *fitting(const struct logging *logging, const cJSON *body)
{
    AUTO_JSON cJSON *all = sorted(all_entries(logging), text_is(tree_text(body, "orderBy"), "timestamp desc"));
    cJSON *list = json_array();
    struct error ignored;

    while (all->child) {
        cJSON *entry = cJSON_DetachItemFromArray(all, 0);
        bool fits = false;

        query_fits(tree_text_or(body, "filter", ""), entry, &fits, &ignored);
        if (fits && is_of_any(entry, tree_get(body, "resourceNames")))
            json_add(list, entry);
        else
            cJSON_Delete(entry);
    }
    return list;
}

static void answer(struct logging *logging, const cJSON *body, struct reply *reply)
{
    AUTO_JSON cJSON *list = fitting(logging, body);
    int64_t size = tree_int(body, "pageSize", PAGE_DEFAULT), from = 0;
    cJSON *shown = json_object(), *entries = json_set(shown, "entries", json_array());
    struct error ignored;

    size = size == 0 ? PAGE_DEFAULT : size > PAGE_MAX ? PAGE_MAX : size;
    parse_int(str_of(tree_text_or(body, "pageToken", "0")), 0, LOGGING_KEPT * 4, &from, &ignored);
    if (logging->is_slow && !tree_text(body, "pageToken")) {
        size = 0;
        logging->is_slow = false;
    }
    for (int64_t i = from; i < from + size && i < cJSON_GetArraySize(list); i++)
        json_add(entries, json_copy(cJSON_GetArrayItem(list, (int)i)));
    if (from + size < cJSON_GetArraySize(list))
        tree_set_textf(shown, "nextPageToken", "%" PRId64, from + size);
    if (!entries->child)
        cJSON_DeleteItemFromObjectCaseSensitive(shown, "entries");
    reply_json(reply, 200, shown);
}

void logging_serve(struct logging *logging, const struct tokens *tokens, const struct request *request,
                   struct reply *reply)
{
    AUTO_JSON cJSON *body = request_json(request);
    const char *token = request_bearer(request);
    struct google_error err;
    bool is_good = true;

    if (!token || !tokens_account(tokens, token, request->now_ms))
        is_good = google_refuse(&err, GOOGLE_UNAUTHENTICATED, "Request had invalid authentication credentials.");
    else if (!request_is(request, "POST") || !text_is(request->path, "/v2/entries:list"))
        is_good = google_refuse(&err, GOOGLE_NOT_FOUND, "Method not found: %s %.200s", request->method, request->path);
    else
        is_good = check(logging, body, &err);
    if (is_good)
        answer(logging, body, reply);
    else
        google_reply_error(reply, &err);
}

/* ---- by other hands ---- */

static bool change_entry(struct logging *logging, const cJSON *value, int64_t now_ms, struct error *err)
{
    const char *service = tree_text(value, "service");
    char parent[200];
    cJSON *entry;

    if (!service || (!tree_get(value, "text") && !tree_get(value, "json") && !tree_get(value, "http")))
        return error_set(err, ERR_INVALID, "'entry' has a service, and a text, json or http");
    snprintf(parent, sizeof(parent), "projects/%s/locations/us-central1", tree_text_or(value, "project", PROJECT));
    entry = add_entry(logging->others, parent, service, tree_text_or(value, "revision", "by-hand"), "stdout",
                      tree_text(value, "severity"), now_ms - tree_int(value, "age_ms", 0));
    tree_set_text(entry, "textPayload", tree_text(value, "text"));
    tree_set_text(entry, "trace", tree_text(value, "trace"));
    tree_copy(entry, value, "labels");
    if (tree_get(value, "json"))
        json_set(entry, "jsonPayload", json_copy(tree_get(value, "json")));
    if (tree_get(value, "http"))
        json_set(entry, "httpRequest", json_copy(tree_get(value, "http")));
    tree_keep_last(logging->others, OTHERS_KEPT);
    return true;
}

bool logging_change(struct logging *logging, const cJSON *value, int64_t now_ms, struct error *err)
{
    if (!cJSON_IsObject(value) || !value->child)
        return error_set(err, ERR_INVALID, "nothing to change");
    JSON_EACH(member, value) {
        if (text_is(member->string, "deny"))
            logging->is_denied = cJSON_IsTrue(member);
        else if (text_is(member->string, "empty_page"))
            logging->is_slow = cJSON_IsTrue(member);
        else if (!text_is(member->string, "entry"))
            return error_set(err, ERR_INVALID, "it has no '%.60s'", member->string);
        else if (!change_entry(logging, member, now_ms, err))
            return false;
    }
    return true;
}
