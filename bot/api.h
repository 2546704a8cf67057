/* api.h - GET /api/v1/...: what is on record, for whoever has one of `api.tokens`.
 *
 * Only the owner has it in memory; another instance says which one that is, with 503. What a token tells comes in by
 * bot/doors/api.c, as everything that is decided on does.
 */
#ifndef OPSGATE_API_H
#define OPSGATE_API_H

#include "bot/doors/ingress.h"
#include "bot/engine/engine.h"
#include "bot/shell/http_in.h"

struct api { /* what is asked of; borrowed, kept by serve */
    const struct settings *settings;
    struct ingress *ingress;     /* which counts how often a token asks */
    const struct engine *engine; /* NULL until it is there */
};

struct http_routes api_routes(struct api *api);

#endif
