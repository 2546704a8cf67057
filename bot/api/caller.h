/* caller.h - who asks? The one place that says so: a bearer token of `api.tokens`, or a session of the dashboard.
 *
 * Loop thread only.
 */
#ifndef OPSGATE_API_CALLER_H
#define OPSGATE_API_CALLER_H

#include "bot/base/arena.h"
#include "bot/model/principal.h"
#include "bot/model/settings.h"
#include "bot/shell/http_in.h"

struct api_caller {
    struct principal who;
    const char *source; /* as policy is told it: "api"; of a session what that says */
    bool is_session;    /* a person who looks: reading uses up nothing of what they may ask for in an hour */
};

struct api_refusal {
    int status;         /* 0: none */
    const char *detail; /* constant */
};

/* Whoever keeps sessions. `changes`: the request asks for something, so it has to prove that it comes from our own
 * page. Fills the caller in the arena. status 0 without `who.system`: there is no session, and nothing is wrong with
 * that. Runs also while only the head of the request is there. */
struct api_sessions {
    void *ctx;
    struct api_refusal (*find)(void *ctx, const struct http_request *request, bool changes, struct arena *arena,
                               struct api_caller *ret_caller);
};

/* A request with an Authorization header is judged by that alone. status 0: it is ret_caller. */
struct api_refusal api_caller(const struct settings *settings, const struct api_sessions *sessions,
                              const struct http_request *request, bool changes, struct arena *arena,
                              struct api_caller *ret_caller);

#endif
