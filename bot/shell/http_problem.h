/* http_problem.h - errors as people and programs read them: application/problem+json. (RFC 9457) Pure. */
#ifndef OPSGATE_SHELL_HTTP_PROBLEM_H
#define OPSGATE_SHELL_HTTP_PROBLEM_H

#include "bot/base/buf.h"

#define HTTP_PROBLEM_TYPE "application/problem+json"
#define HTTP_PROBLEM_MAX_BYTES 4096

struct http_problem {
    int status;
    const char *title;  /* NULL: the status' own name */
    const char *detail; /* NULL: none */
    const char *request_id;
};

void http_problem_print(const struct http_problem *problem, struct buf *ret_json);
/* A whole response that closes the connection, for where libmicrohttpd cannot send one. */
void http_problem_print_response(const struct http_problem *problem, struct buf *ret_response);

#endif
