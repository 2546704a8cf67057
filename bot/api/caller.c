#include "bot/api/caller.h"

#include "bot/doors/token.h"
#include "integrations/api/change.h"

struct api_refusal api_caller(const struct settings *settings, const struct api_sessions *sessions,
                              const struct http_request *request, bool changes, struct arena *arena,
                              struct api_caller *ret_caller)
{
    static const struct api_refusal nobody = { 401, TOKEN_MISSING };
    const char *authorization = http_request_header(request, "Authorization");
    const struct api_token *token = token_find(&settings->api, authorization);
    struct api_caller caller = { .source = API_SOURCE };
    struct api_refusal refusal = { .status = 0 };

    if (token) {
        caller.who = (struct principal){ .system = "token", .id = arena_strdup(arena, token->name) };
    } else if (!authorization && sessions->find) {
        caller.is_session = true;
        refusal = sessions->find(sessions->ctx, request, changes, arena, &caller);
    }
    if (refusal.status)
        return refusal;
    if (!caller.who.system)
        return nobody;
    *ret_caller = caller;
    return refusal;
}
