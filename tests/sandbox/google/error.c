#include "google/error.h"

#include <stdarg.h>
#include <stdio.h>

/* clang-format off */
static const struct {
    const char *status;
    int http, rpc;
} codes[] = {
    [GOOGLE_INVALID_ARGUMENT] =    { "INVALID_ARGUMENT",    400, 3 },
    [GOOGLE_NOT_FOUND] =           { "NOT_FOUND",           404, 5 },
    [GOOGLE_ALREADY_EXISTS] =      { "ALREADY_EXISTS",      409, 6 },
    [GOOGLE_PERMISSION_DENIED] =   { "PERMISSION_DENIED",   403, 7 },
    [GOOGLE_FAILED_PRECONDITION] = { "FAILED_PRECONDITION", 400, 9 },
    [GOOGLE_ABORTED] =             { "ABORTED",             409, 10 },
    [GOOGLE_UNIMPLEMENTED] =       { "UNIMPLEMENTED",       501, 12 },
    [GOOGLE_INTERNAL] =            { "INTERNAL",            500, 13 },
    [GOOGLE_UNAVAILABLE] =         { "UNAVAILABLE",         503, 14 },
    [GOOGLE_UNAUTHENTICATED] =     { "UNAUTHENTICATED",     401, 16 },
};
/* clang-format on */

bool google_refuse(struct google_error *err, enum google_code code, const char *fmt, ...)
{
    va_list args;

    err->code = code;
    va_start(args, fmt);
    (void)vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    return false;
}

int google_http_status(enum google_code code)
{
    return codes[code].http;
}

int google_rpc_number(enum google_code code)
{
    return codes[code].rpc;
}

cJSON *google_error_body(int http_status, const char *status, const char *message)
{
    cJSON *body = json_object();
    cJSON *error = json_set(body, "error", json_object());

    json_set_int(error, "code", http_status);
    json_set_string(error, "message", message);
    json_set_string(error, "status", status);
    return body;
}

void google_reply_error(struct reply *reply, const struct google_error *err)
{
    int http = codes[err->code].http;

    reply_json(reply, http, google_error_body(http, codes[err->code].status, err->message));
    if (err->code == GOOGLE_UNAUTHENTICATED)
        reply_header(reply, "WWW-Authenticate",
                     "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
}

const char *google_status_of_http(int http_status)
{
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (codes[i].http == http_status)
            return codes[i].status;
    }
    return http_status == 429 ? "RESOURCE_EXHAUSTED" : http_status == 504 ? "DEADLINE_EXCEEDED" : "UNKNOWN";
}
