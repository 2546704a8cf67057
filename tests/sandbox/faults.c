#include "faults.h"

#include "github/github.h"
#include "google/error.h"
#include "pagerduty/pagerduty.h"

#include <stdio.h>
#include <string.h>

#define DELAY_MAX_MS 600000

/* clang-format off */
static const struct fault_kind kinds[] = {
    /*                 happens pretends before after answer          */
    { "none",          true,  false, false, false, ANSWER_TRUE,    "all is well" },
    { "status",        false, false, false, false, ANSWER_STATUS,  "nothing is done; answers the HTTP status `value`" },
    { "status_after",  true,  false, false, false, ANSWER_STATUS,  "it is done, but answers the HTTP status `value`" },
    { "delay_before",  true,  false, true,  false, ANSWER_TRUE,    "waits `value` ms, then does it" },
    { "delay_after",   true,  false, false, true,  ANSWER_TRUE,    "does it at once, answers `value` ms later" },
    { "drop_before",   false, false, false, false, ANSWER_NOTHING, "closes the connection; nothing is done" },
    { "drop_after",    true,  false, false, false, ANSWER_NOTHING, "does it, then closes the connection" },
    { "ok_false",      false, false, false, false, ANSWER_NOT_OK,  "Slack's 200 with ok:false and the error `value`" },
    { "pretend",       true,  true,  false, false, ANSWER_TRUE,    "answers success and does nothing" },
    { "garbage",       false, false, false, false, ANSWER_GARBAGE, "answers 200 with half a JSON text; nothing is done" },
    { "echo",          false, false, false, false, ANSWER_ECHO,    "nothing is done; answers the HTTP status `value`, and in its error the request's credentials and body" },
    { "garbage_after", true,  false, false, false, ANSWER_GARBAGE, "does it, and answers 200 with half a JSON text" },
};
/* clang-format on */

static const char *const services[] = { "slack", "response", "run", "github", "registry", "metadata", "app", "prometheus",
                                        "pagerduty", "mail", "monitoring", "statuspage", "upload",
                                        "sqladmin", "redis", "compute", "logging", "openid" };

void faults_init(struct faults *faults)
{
    faults->waiting = json_array();
}

void faults_finish(struct faults *faults)
{
    cJSON_Delete(faults->waiting);
}

void faults_clear(struct faults *faults)
{
    faults_finish(faults);
    faults_init(faults);
}

static const struct fault_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (text_is(name, kinds[i].name))
            return &kinds[i];
    }
    return NULL;
}

static bool is_service(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        if (text_is(name, services[i]))
            return true;
    }
    return false;
}

static bool check_value(const cJSON *wanted, const struct fault_kind *kind, struct error *err)
{
    int64_t value = tree_int(wanted, "value", -1);

    if (kind->answer == ANSWER_NOT_OK && !tree_text(wanted, "value"))
        return error_set(err, ERR_INVALID, "ok_false: 'value' is the error's name");
    if ((kind->answer == ANSWER_STATUS || kind->answer == ANSWER_ECHO) && (value < 200 || value > 599))
        return error_set(err, ERR_INVALID, "%s: 'value' is an HTTP status from 200 to 599", kind->name);
    if ((kind->waits_before || kind->waits_after) && (value < 0 || value > DELAY_MAX_MS))
        return error_set(err, ERR_INVALID, "%s: 'value' is milliseconds, at most %d", kind->name, DELAY_MAX_MS);
    return true;
}

bool faults_add(struct faults *faults, const cJSON *wanted, struct error *err)
{
    const struct fault_kind *kind = find_kind(tree_text(wanted, "fault"));
    cJSON *fault = NULL;

    if (!kind)
        return error_set(err, ERR_INVALID, "no such fault '%.60s'", tree_text_or(wanted, "fault", ""));
    if (!is_service(tree_text(wanted, "service")))
        return error_set(err, ERR_INVALID, "no such service '%.60s'", tree_text_or(wanted, "service", ""));
    if (!check_value(wanted, kind, err))
        return false;
    fault = json_add(faults->waiting, json_copy(wanted));
    if (tree_int(fault, "count", 0) < 1)
        json_set_int(fault, "count", 1);
    return true;
}

static bool matches(const cJSON *fault, const char *service, const char *method, const char *path)
{
    AUTO_FREE char *line = text_format("%s %s", method, path);

    return tree_has_text(fault, "service", service) && strstr(line, tree_text_or(fault, "match", ""));
}

struct fault faults_take(struct faults *faults, const char *service, const char *method, const char *path)
{
    struct fault fault = { .kind = &kinds[0] };
    cJSON *entry = NULL;

    cJSON_ArrayForEach(entry, faults->waiting) {
        if (matches(entry, service, method, path))
            break;
    }
    if (!entry)
        return fault;
    fault.kind = find_kind(tree_text(entry, "fault"));
    fault.value = tree_int(entry, "value", 0);
    fault.retry_after_s = tree_int(entry, "retry_after", 0);
    (void)snprintf(fault.text, sizeof fault.text, "%s", tree_text_or(entry, "value", ""));
    json_set_int(entry, "count", tree_int(entry, "count", 1) - 1);
    if (tree_int(entry, "count", 0) == 0)
        cJSON_Delete(cJSON_DetachItemViaPointer(faults->waiting, entry));
    return fault;
}

static cJSON *not_ok(const char *error)
{
    cJSON *body = json_object();

    json_set_bool(body, "ok", false);
    json_set_string(body, "error", error);
    return body;
}

static void answer_status(const struct fault *fault, const char *service, struct reply *reply)
{
    int status = (int)fault->value;

    if (text_is(service, "run") || text_is(service, "monitoring"))
        reply_json(reply, status, google_error_body(status, google_status_of_http(status), "A fault on demand."));
    else if (text_is(service, "slack"))
        reply_json(reply, status, not_ok(status == 429 ? "ratelimited" : "internal_error"));
    else if (text_is(service, "github"))
        reply_json(reply, status, github_fault_body(status));
    else if (text_is(service, "pagerduty"))
        reply_json(reply, status, pagerduty_fault_body(status));
    else
        reply_text(reply, status, "text/plain; charset=utf-8", "a fault on demand\n");
    if (fault->retry_after_s > 0) {
        AUTO_FREE char *seconds = text_format("%lld", (long long)fault->retry_after_s);
        reply_header(reply, "Retry-After", seconds);
    }
}

/* As a proxy or a careless service would: what came in stands in the error, wherever that service has one. */
static void answer_echo(const struct fault *fault, const char *service, const struct request *request,
                        struct reply *reply)
{
    const char *sent = request_header(request, "Authorization");
    AUTO_FREE char *said =
        text_format("no: %s | %.*s", sent ? sent : "", request->body.len < 2000 ? (int)request->body.len : 2000,
                    request->body.at ? request->body.at : "");
    int status = (int)fault->value;
    cJSON *body = not_ok(said), *error;

    json_set_string(body, "message", said); /* GitHub, Statuspage */
    if (!text_is(service, "slack")) {       /* Google, PagerDuty */
        error = json_set(body, "error", json_object());
        json_set_int(error, "code", status);
        json_set_string(error, "message", said);
        json_set_string(error, "status", google_status_of_http(status));
    }
    reply_json(reply, status, body);
}

void fault_answer(const struct fault *fault, const char *service, const struct request *request, struct reply *reply)
{
    switch (fault->kind->answer) {
    case ANSWER_TRUE:
    case ANSWER_NOTHING:
        return;
    case ANSWER_STATUS:
        return answer_status(fault, service, reply);
    case ANSWER_ECHO:
        return answer_echo(fault, service, request, reply);
    case ANSWER_NOT_OK:
        return reply_json(reply, 200, not_ok(fault->text));
    case ANSWER_GARBAGE:
        return reply_text(reply, 200, "application/json; charset=utf-8", "{\"ok\":true,\"name\":\"proj");
    }
}
