/* error.h - how Google's APIs say no: {"error":{"code":409,"message":"...","status":"ABORTED"}}.
 *
 * A row per canonical code: its name, its HTTP status, and the gRPC number that stands in a failed operation. Pure.
 * Spec: google/rpc/code.proto
 */
#ifndef SANDBOX_GOOGLE_ERROR_H
#define SANDBOX_GOOGLE_ERROR_H

#include "exchange.h"

enum google_code {
    GOOGLE_INVALID_ARGUMENT,
    GOOGLE_NOT_FOUND,
    GOOGLE_ALREADY_EXISTS,
    GOOGLE_PERMISSION_DENIED,
    GOOGLE_FAILED_PRECONDITION,
    GOOGLE_ABORTED,
    GOOGLE_UNIMPLEMENTED,
    GOOGLE_INTERNAL,
    GOOGLE_UNAVAILABLE,
    GOOGLE_UNAUTHENTICATED,
};

struct google_error {
    enum google_code code;
    char message[400];
};

bool google_refuse(struct google_error *err, enum google_code code, const char *fmt, ...) PRINTF_LIKE(3, 4); /* false */
int google_http_status(enum google_code code);
int google_rpc_number(enum google_code code);
void google_reply_error(struct reply *reply, const struct google_error *err);
cJSON *google_error_body(int http_status, const char *status, const char *message);
const char *google_status_of_http(int http_status); /* the usual name for it, for faults on demand */

#endif
