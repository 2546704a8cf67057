/* http_routes.h - which row answers a request. Pure. */
#ifndef OPSGATE_SHELL_HTTP_ROUTES_H
#define OPSGATE_SHELL_HTTP_ROUTES_H

#include "bot/base/buf.h"
#include "bot/shell/http_in.h"

struct http_match {
    const struct http_route *route; /* NULL: none */
    void *arg;                      /* its module's */
    bool is_path_known;             /* some row has the path, maybe for another method */
};

/* is_local: the request came over a unix socket, so local rows count. */
struct http_match http_routes_find(const struct http_routes *routes, size_t count, const char *method, const char *path,
                                   bool is_local);

/* "GET, HEAD, POST": what the path takes, for the Allow header of a 405. */
void http_routes_allow(const struct http_routes *routes, size_t count, const char *path, bool is_local,
                       struct buf *ret_allow);

#endif
