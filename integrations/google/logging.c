#include "integrations/google/logging.h"

#include "bot/base/time.h"
#include "bot/model/finding.h"
#include "bot/model/settings.h"
#include "integrations/google/attempt.h"
#include "integrations/google/json_call.h"
#include "integrations/google/log_mask.h"
#include "integrations/url.h"

#include <inttypes.h>
#include <string.h>

#define PERMISSION "logging.logEntries.list"
#define PAGE_SIZE 200
#define PAGES_MAX 5  /* an empty one with a token is not the end */
#define PAGES_FULL 2 /* nor is one that is not full; but what is there is not kept waiting for long */
#define LINES_MAX 100
#define TEXT_MAX_BYTES 300
#define NAME_MAX_BYTES 80
#define FILTER_MAX_BYTES 4096

/* ---- the question ---- */

/* A string of the query language: what ends it or escapes in it is escaped, and there is no third case. */
static void add_quoted(struct buf *filter, const char *text)
{
    buf_putc(filter, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            buf_putc(filter, '\\');
        buf_putc(filter, (char)((unsigned char)*c < 0x20 ? ' ' : *c));
    }
    buf_putc(filter, '"');
}

static void add_term(struct buf *filter, const char *before, const char *text)
{
    buf_puts(filter, before);
    add_quoted(filter, text);
}

static void add_request(struct buf *filter, const struct logs_look *look, struct arena *arena)
{
    add_term(filter, " AND (jsonPayload.request_id=", look->request);
    add_term(filter, " OR labels.request_id=", look->request);
    add_term(filter, " OR trace=", arena_printf(arena, "projects/%s/traces/%s", look->project, look->request));
    add_term(filter, " OR textPayload:", look->request);
    buf_putc(filter, ')');
}

const char *logging_filter(const struct logs_look *look, struct arena *arena)
{
    AUTO_BUF struct buf filter = BUF(FILTER_MAX_BYTES);

    buf_puts(&filter, "resource.type=\"cloud_run_revision\"");
    add_term(&filter, " AND resource.labels.service_name=", look->service);
    add_term(&filter, " AND resource.labels.location=", look->region);
    add_term(&filter, " AND timestamp>=", time_format(look->since_ms).text);
    if (look->is_errors)
        buf_puts(&filter, " AND severity>=ERROR");
    if (look->request)
        add_request(&filter, look, arena);
    if (look->grep)
        add_term(&filter, " AND ", look->grep);
    return arena_copy(arena, buf_str(&filter));
}

/* As the console's own address has it: the query, and from when on. */
static const char *link_of(const struct logs_look *look, const char *filter, struct arena *arena)
{
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    buf_puts(&url, "https://console.cloud.google.com/logs/query;query=");
    url_add_encoded(&url, str_of(filter));
    buf_puts(&url, "?project=");
    url_add_encoded(&url, str_of(look->project));
    return url.failed ? NULL : arena_copy(arena, buf_str(&url));
}

static cJSON *body_of(const char *resource, const char *filter, int64_t page_size, const char *page)
{
    cJSON *body = json_object();

    json_add_string(json_set(body, "resourceNames", json_array()), resource);
    json_set_string(body, "filter", filter);
    json_set_string(body, "orderBy", "timestamp desc");
    json_set_int(body, "pageSize", page_size);
    json_set_string(body, "pageToken", page);
    return body;
}

/* ---- one entry ---- */

static const char *text_at(const cJSON *json, const char *path)
{
    const char *text = json_find_string(json, path);

    return text && text[0] ? text : NULL;
}

/* "GET /orders → 500 in 0.123s" */
static const char *request_text(const cJSON *entry, struct arena *arena)
{
    const cJSON *request = json_find(entry, "httpRequest");
    const char *method = text_at(request, "requestMethod"), *url = text_at(request, "requestUrl");
    const char *latency = text_at(request, "latency");
    int64_t status = json_find_int(request, "status", 0);

    if (!request)
        return NULL;
    return arena_printf(arena, "%s %s → %s%s%s", method ? method : "?", url ? url : "?",
                        status ? arena_printf(arena, "%" PRId64, status) : "no answer", latency ? " in " : "",
                        latency ? latency : "");
}

static const char *payload_text(const cJSON *entry, struct arena *arena)
{
    static const char *const paths[] = { "textPayload", "jsonPayload.message", "jsonPayload.msg",
                                         "protoPayload.status.message", "protoPayload.methodName" };

    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        if (text_at(entry, paths[i]))
            return text_at(entry, paths[i]);
    return json_find(entry, "jsonPayload") ? json_print_in(arena, json_find(entry, "jsonPayload")) : NULL;
}

static const char *text_of(const cJSON *entry, struct arena *arena)
{
    const char *payload = payload_text(entry, arena), *request = request_text(entry, arena);
    const char *id = text_at(entry, "jsonPayload.request_id");
    const char *text = payload && request ? arena_printf(arena, "%s: %s", request, payload)
                       : payload          ? payload
                       : request          ? request
                                          : "(an entry without text)";

    return id ? arena_printf(arena, "%s (request %s)", text, id) : text;
}

/* "00012-abc" of "api-00012-abc", for the service is known. */
static const char *revision_of(const cJSON *entry, const char *service, struct arena *arena)
{
    struct str name = str_of(text_at(entry, "resource.labels.revision_name"));

    if (str_take_prefix(&name, service) && !str_take_prefix(&name, "-"))
        name = str_of(text_at(entry, "resource.labels.revision_name"));
    return name.len > 0 ? log_mask(name, NAME_MAX_BYTES, arena) : NULL;
}

static struct logs_line line_of(const cJSON *entry, const struct logs_look *look, struct arena *arena)
{
    const char *at = text_at(entry, "timestamp"), *severity = text_at(entry, "severity");
    struct logs_line line = {
        .severity = severity ? log_mask(str_of(severity), NAME_MAX_BYTES, arena) : NULL,
        .revision = revision_of(entry, look->service, arena),
        .text = log_mask(str_of(text_of(entry, arena)), TEXT_MAX_BYTES, arena),
    };
    struct error ignored;

    if (at)
        time_parse(str_of(at), &line.at_ms, &ignored);
    return line;
}

/* ---- the answer ---- */

static void take(const cJSON *page, const struct logs_look *look, struct arena *arena, struct logs_found *found)
{
    JSON_EACH(entry, json_find(page, "entries")) {
        if (found->lines_count < (size_t)look->max && found->lines_count < LINES_MAX)
            *ARENA_PUSH(arena, found->lines, found->lines_count) = line_of(entry, look, arena);
        else
            found->left_out++;
    }
    found->has_more = text_at(page, "nextPageToken") != NULL;
}

static void put_oldest_first(struct logs_found *found)
{
    for (size_t i = 0; i < found->lines_count / 2; i++) {
        struct logs_line line = found->lines[i];

        found->lines[i] = found->lines[found->lines_count - 1 - i];
        found->lines[found->lines_count - 1 - i] = line;
    }
}

static bool begin(struct json_call *call, const struct exchange *exchange, struct logs_look *look)
{
    struct error err;

    *call = (struct json_call){ .dialog = DIALOG(exchange), .exchange = exchange };
    if (!shape_from_json(&logs_look_shape, exchange->args, exchange->arena, look, &err))
        return json_call_stop(call, exchange_never(exchange, "Cloud Logging: %s", err.message));
    if (!attempt_is_name(look->project) || !attempt_is_name(look->region) || !attempt_is_name(look->service))
        return json_call_stop(call, exchange_never(exchange, "Cloud Logging: project, region and service must be "
                                                             "names as Google writes them"));
    call->project = look->project;
    call->what =
        arena_printf(exchange->arena, "Cloud Logging, %s in %s/%s", look->service, look->project, look->region);
    return true;
}

static bool ask(struct json_call *call, const struct logs_look *look, int64_t page_size, const char *page,
                const cJSON **ret_json)
{
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);
    AUTO_JSON cJSON *body = body_of(arena_printf(call->exchange->arena, "projects/%s", look->project),
                                    logging_filter(look, call->exchange->arena), page_size, page);
    struct json_question question = { .method = "POST", .body = body, .permission = PERMISSION };

    url_add_base(&url, call->exchange->settings->google.logging_url);
    buf_puts(&url, "/v2/entries:list");
    question.url = arena_copy(call->exchange->arena, buf_str(&url));
    return json_call_ask(call, &question, ret_json);
}

static bool may_go_on(const struct logs_found *found, const struct logs_look *look, const char *token, int pages)
{
    return token && found->lines_count < (size_t)look->max && pages < (found->lines_count > 0 ? PAGES_FULL : PAGES_MAX);
}

struct exchange_step logging_read(const struct exchange *exchange)
{
    struct logs_found found = { 0 };
    const char *token = NULL;
    struct logs_look look;
    struct json_call call;
    const cJSON *page;

    if (!begin(&call, exchange, &look))
        return call.dialog.step;
    for (int i = 0; i == 0 || may_go_on(&found, &look, token, i); i++) {
        if (!ask(&call, &look, PAGE_SIZE, token, &page))
            return call.dialog.step;
        take(page, &look, exchange->arena, &found);
        token = text_at(page, "nextPageToken");
    }
    put_oldest_first(&found);
    found.link = link_of(&look, logging_filter(&look, exchange->arena), exchange->arena);
    return exchange_done(exchange, shape_to_json(&logs_found_shape, &found, SHAPE_WHOLE));
}

/* ---- doctor ---- */

struct exchange_step logging_doctor(const struct exchange *exchange)
{
    struct findings found = { 0 };
    struct logs_look look;
    struct json_call call;
    const cJSON *page;

    if (!begin(&call, exchange, &look) || !ask(&call, &look, 1, NULL, &page))
        return call.dialog.step;
    findings_add(&found, exchange->arena,
                 (struct finding){ .mark = FINDING_GOOD,
                                   .subject = arena_printf(exchange->arena, "logs of %s", look.project),
                                   .text = "its entries can be read" });
    return findings_done(exchange, &found);
}
