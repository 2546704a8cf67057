/* token.h - whose bearer token is this? By `api.tokens`. (RFC 6750, 2.1)
 *
 * Compares in constant time, and with all of them. Pure; safe on any thread.
 */
#ifndef OPSGATE_DOOR_TOKEN_H
#define OPSGATE_DOOR_TOKEN_H

#include "bot/model/principal.h"
#include "bot/model/settings.h"

#define TOKEN_MISSING "Send an API token as bearer: one of api.tokens." /* what a 401 says */

/* `authorization` is the header's raw value, NULL when missing. NULL: nobody's. An empty secret is nobody's. */
const struct api_token *token_find(const struct api_settings *api, const char *authorization);

/* As rules name it, "token:ci". Borrows the name. */
struct principal token_principal(const struct api_token *token);

/* What one is told that may ask again in so many milliseconds. */
const char *token_asks_too_often(int64_t wait_ms, struct arena *arena);

#endif
