/* api.h - /api/v1/...: everything that people see, as JSON, for programs and for the dashboard.
 *
 * Who asks is found by one function (caller.h): one of `api.tokens`, or whoever is signed in. What they may read is
 * said by the same policy as what they may do: each row of api.c names the verb that its reader has to be allowed. Only
 * the owner has the record in memory; another instance says which one that is, with 503. What asks for something, or
 * tells of something, comes in by bot/doors/, as everything that is decided on does.
 *
 * The contract is openapi.json, kept beside this file and served at /api/v1/openapi.json. Loop thread only.
 */
#ifndef OPSGATE_API_H
#define OPSGATE_API_H

#include "bot/api/caller.h"
#include "bot/doors/ingress.h"
#include "bot/engine/engine.h"
#include "bot/shell/http_in.h"

struct store_redis;
struct api_calls; /* that are under way: internal.h */

struct api { /* what is asked of; borrowed, kept by serve */
    const struct settings *settings;
    struct loop *loop;
    struct ingress *ingress;      /* which counts how often a token asks */
    const struct engine *engine;  /* NULL until it is there */
    struct store_redis *store;    /* likewise: what is no more in memory is looked up there */
    struct api_sessions sessions; /* zeroed: nobody signs in */
    struct api_calls *calls;      /* its own; NULL: none yet */
};

struct http_routes api_routes(struct api *api);

/* The store goes, and with it every answer that is still awaited of it: who waits is told so. Comes right after the end
 * of the store; nothing is asked of it from then on. */
void api_leave_store(struct api *api);
void api_finish(struct api *api); /* behind the last request */

#endif
