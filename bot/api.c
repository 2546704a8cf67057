#include "bot/api.h"

#include "bot/doors/token.h"
#include "handlers/incident/incident.h"

#include <string.h>

#define INCIDENTS "/api/v1/incidents/"
#define POST_MORTEM "postmortem.md"

/* "/api/v1/incidents/D12/postmortem.md": D12; NULL: it is none */
static const char *read_path(const char *path, struct arena *arena)
{
    struct str rest = str_of(path), id;

    if (!str_take_prefix(&rest, INCIDENTS))
        return NULL;
    id = str_take_until(&rest, '/');
    return id.len > 0 && str_is(rest, POST_MORTEM) ? arena_copy(arena, id) : NULL;
}

static const char *who_owns(const struct api *api, struct arena *arena)
{
    const char *owner = api->engine ? engine_status(api->engine).owner : NULL;

    return owner && owner[0]
               ? arena_printf(arena, "This instance has no record: ask the one that owns the store, %s.", owner)
               : "opsgate is not ready to be asked. Ask again in a moment.";
}

/* Answers then. */
static bool is_too_often(const struct api *api, const struct api_token *token, struct http_request *request)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct principal who = token_principal(token);
    int64_t wait_ms = ingress_asks(api->ingress, &who, request->id);

    if (wait_ms > 0)
        http_in_too_often(request, token_asks_too_often(wait_ms, arena), wait_ms);
    return wait_ms > 0;
}

static void on_incident(void *arg, struct http_request *request)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct api *api = arg;
    const struct api_token *token = token_find(&api->settings->api, http_request_header(request, "Authorization"));
    const char *id = read_path(request->path, arena), *text;
    struct view view;

    if (!token) {
        http_in_problem(request, 401, NULL, TOKEN_MISSING);
        return;
    }
    if (is_too_often(api, token, request))
        return;
    if (!id) {
        http_in_problem(request, 404, NULL, "There is " INCIDENTS "ID/" POST_MORTEM " here, and nothing else.");
        return;
    }
    if (!api->engine || !engine_view(api->engine, arena, &view)) {
        http_in_problem(request, 503, NULL, who_owns(api, arena));
        return;
    }
    text = incident_post_mortem_for_tokens(&view, id);
    if (!text) {
        http_in_problem(request, 404, NULL, "There is no such incident that a token may read.");
        return;
    }
    http_in_answer(request, &(struct http_reply){
                                .status = 200, .content_type = "text/markdown; charset=utf-8", .body = str_of(text) });
}

static const struct http_route rows[] = { { "GET", INCIDENTS, 0, NULL, on_incident, HTTP_ROUTE_PREFIX, NULL } };

struct http_routes api_routes(struct api *api)
{
    return (struct http_routes){ rows, ARRAY_LEN(rows), api };
}
