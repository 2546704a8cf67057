#include "bot/shell/http_routes.h"

#include <string.h>

static bool has_path(const struct http_route *route, const char *path, bool is_local)
{
    if ((route->flags & HTTP_ROUTE_LOCAL) && !is_local)
        return false;
    if (route->flags & HTTP_ROUTE_PREFIX)
        return strncmp(path, route->path, strlen(route->path)) == 0;
    return strcmp(path, route->path) == 0;
}

static bool has_method(const struct http_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 || (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

struct http_match http_routes_find(const struct http_routes *routes, size_t count, const char *method, const char *path,
                                   bool is_local)
{
    struct http_match match = { .route = NULL };

    for (size_t i = 0; i < count; i++)
        for (size_t row = 0; row < routes[i].count; row++) {
            const struct http_route *route = &routes[i].rows[row];

            if (!has_path(route, path, is_local))
                continue;
            match.is_path_known = true;
            if (has_method(route, method))
                return (struct http_match){ .route = route, .arg = routes[i].arg, .is_path_known = true };
        }
    return match;
}

static bool has_word(const struct buf *list, const char *word)
{
    struct str rest = buf_str(list);

    while (rest.len > 0)
        if (str_is(str_trim(str_take_until(&rest, ',')), word))
            return true;
    return false;
}

static void add_method(struct buf *list, const char *method)
{
    if (has_word(list, method))
        return;
    buf_addf(list, "%s%s", list->len > 0 ? ", " : "", method);
    if (strcmp(method, "GET") == 0)
        buf_puts(list, ", HEAD");
}

void http_routes_allow(const struct http_routes *routes, size_t count, const char *path, bool is_local,
                       struct buf *ret_allow)
{
    for (size_t i = 0; i < count; i++)
        for (size_t row = 0; row < routes[i].count; row++)
            if (has_path(&routes[i].rows[row], path, is_local))
                add_method(ret_allow, routes[i].rows[row].method);
}
