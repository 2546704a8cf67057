#include "integrations/google/api.h"

#include <string.h>

#define MESSAGE_SHOWN_BYTES 300

/* gRPC's codes: what they mean for us, and whether time may help. */
static const struct code {
    int64_t number;
    const char *name;
    enum google_refusal refusal;
    bool is_passing;
} codes[] = {
    { 1, "CANCELLED", GOOGLE_OTHER, true },
    { 2, "UNKNOWN", GOOGLE_OTHER, true },
    { 3, "INVALID_ARGUMENT", GOOGLE_OTHER, false },
    { 4, "DEADLINE_EXCEEDED", GOOGLE_OTHER, true },
    { 5, "NOT_FOUND", GOOGLE_NOT_FOUND, false },
    { 6, "ALREADY_EXISTS", GOOGLE_ALREADY_EXISTS, false },
    { 7, "PERMISSION_DENIED", GOOGLE_OTHER, false },
    { 8, "RESOURCE_EXHAUSTED", GOOGLE_OTHER, true },
    { 9, "FAILED_PRECONDITION", GOOGLE_OTHER, false },
    { 10, "ABORTED", GOOGLE_ABORTED, true },
    { 11, "OUT_OF_RANGE", GOOGLE_OTHER, false },
    { 12, "UNIMPLEMENTED", GOOGLE_OTHER, false },
    { 13, "INTERNAL", GOOGLE_OTHER, true },
    { 14, "UNAVAILABLE", GOOGLE_OTHER, true },
    { 15, "DATA_LOSS", GOOGLE_OTHER, false },
    { 16, "UNAUTHENTICATED", GOOGLE_OTHER, true },
};

static const struct code *find_code(int64_t number, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i].number == number || (name && strcmp(codes[i].name, name) == 0))
            return &codes[i];
    return NULL;
}

/* ---- HTTP answers ---- */

enum google_refusal google_refusal_of(const struct http_answer *answer)
{
    AUTO_JSON cJSON *json = NULL;
    const struct code *code = NULL;
    struct error ignored;

    if (answer->status != 404 && answer->status != 409 && answer->status != 412)
        return GOOGLE_OTHER;
    if (json_parse(answer->body, &json, &ignored)) /* the status' name: a 409 can be two things */
        code = find_code(0, json_find_string(json, "error.status"));
    if (code)
        return code->refusal;
    return answer->status == 404 ? GOOGLE_NOT_FOUND : answer->status == 412 ? GOOGLE_ABORTED : GOOGLE_OTHER;
}

struct exchange_step google_refused(const struct exchange *exchange, const char *what, const struct http_answer *answer)
{
    struct exchange_step step = exchange_refused(exchange, what, answer);
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;
    const char *message, *status;

    if (answer->status == 0 || !json_parse(answer->body, &json, &ignored))
        return step;
    message = json_find_string(json, "error.message");
    status = json_find_string(json, "error.status");
    if (message)
        step.error = arena_printf(exchange->arena, "%s: %d %s: %.*s", what, answer->status, status ? status : "",
                                  MESSAGE_SHOWN_BYTES, message);
    return step;
}

/* ---- operations ---- */

enum google_refusal google_status_refusal(const cJSON *status)
{
    const struct code *code = find_code(json_find_int(status, "code", 0), NULL);

    return code ? code->refusal : GOOGLE_OTHER;
}

struct exchange_step google_status_refused(const struct exchange *exchange, const char *what, const cJSON *status)
{
    const struct code *code = find_code(json_find_int(status, "code", 0), NULL);
    const char *message = json_find_string(status, "message"), *name = code ? code->name : "an unknown code";

    if (code && code->is_passing)
        return exchange_again(exchange, "%s: %s: %.*s", what, name, MESSAGE_SHOWN_BYTES, message ? message : "");
    return exchange_never(exchange, "%s: %s: %.*s", what, name, MESSAGE_SHOWN_BYTES, message ? message : "");
}
