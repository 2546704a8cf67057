#include "bot/dashboard/internal.h"

#include "bot/base/json.h"
#include "bot/log.h"
#include "integrations/oidc/sign_in.h"
#include "integrations/url.h"

#include <stdio.h>
#include <string.h>

#define BODY_MAX_BYTES 1024

/* ---- answers ---- */

void dashboard_answer(struct http_request *request, int status, cJSON *json, const char *cookie)
{
    struct http_header headers[ASSETS_HEADERS_MAX + 2];
    size_t count = assets_add_safety(headers);
    AUTO_FREE char *body = json ? json_print(json) : NULL;

    headers[count++] = (struct http_header){ "Cache-Control", "no-store" };
    if (cookie)
        headers[count++] = (struct http_header){ "Set-Cookie", cookie };
    http_in_answer(request, &(struct http_reply){ .status = status,
                                                  .content_type = json ? "application/json" : NULL,
                                                  .headers = headers,
                                                  .header_count = count,
                                                  .body = str_of(body) });
    cJSON_Delete(json);
}

const char *dashboard_cookie(const struct dashboard *dashboard, const char *id, struct arena *arena)
{
    return arena_printf(arena, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", caller_cookie(dashboard->settings), id,
                        caller_is_behind_tls(dashboard->settings) ? "; Secure" : "", id[0] ? "" : "; Max-Age=0");
}

void dashboard_tell(struct dashboard *dashboard, const char *name, const struct principal *who, const char *issuer)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct session_told told = { .name = name, .by = issuer ? issuer : "link", .who = *who };

    log_info(name, LOG_STR("principal", principal_text(who, arena)), LOG_STR("by", told.by));
    door_tell_session(dashboard->options.ingress, &told);
}

const char *dashboard_let_in(struct dashboard *dashboard, const struct principal *who, const char *issuer,
                             struct arena *arena)
{
    struct session_id id = sessions_begin(dashboard->sessions, who, issuer, dashboard_now(dashboard));

    dashboard_tell(dashboard, SESSION_SIGNED_IN, who, issuer);
    return dashboard_cookie(dashboard, id.text, arena);
}

int64_t dashboard_now(const struct dashboard *dashboard)
{
    return loop_now_ms(dashboard->options.loop);
}

const char *dashboard_address(const struct settings *settings, struct arena *arena)
{
    struct str url = str_of(settings->dashboard.public_url), listen = str_of(settings->listen), rest = listen;

    while (str_ends_with(url, "/"))
        url.len--;
    if (url.len > 0)
        return arena_copy(arena, url);
    if (str_take_prefix(&rest, "[::]:"))
        return arena_printf(arena, "http://[::1]:" STR_FMT, STR_ARG(rest));
    if (str_take_prefix(&rest, "0.0.0.0:") || str_take_prefix(&rest, ":"))
        return arena_printf(arena, "http://127.0.0.1:" STR_FMT, STR_ARG(rest));
    return arena_printf(arena, "http://" STR_FMT, STR_ARG(listen));
}

/* ---- the page ---- */

static void on_page(void *arg, struct http_request *request)
{
    struct dashboard *dashboard = arg;
    struct str name = str_of(request->path);

    if (!dashboard->settings->enabled) {
        http_in_problem(request, 404, NULL, "The dashboard is switched off: dashboard.enabled.");
        return;
    }
    assets_answer(request, str_take_prefix(&name, ASSETS_PATH) ? name.at : ASSETS_START);
}

static const struct http_route rows[] = {
    { "GET", "/", 0, NULL, on_page, 0, NULL },
    { "GET", ASSETS_PATH, 0, NULL, on_page, HTTP_ROUTE_PREFIX, NULL },
    { "GET", "/sign-in/state", 0, NULL, sign_in_on_state, 0, NULL },
    { "POST", "/sign-in/ticket", BODY_MAX_BYTES, "application/json", sign_in_on_ticket, 0, NULL },
    { "GET", "/sign-in/start", 0, NULL, provider_on_start, 0, NULL },
    { "GET", "/sign-in/callback", 0, NULL, provider_on_back, 0, NULL },
    { "POST", "/sign-in/out", 0, NULL, sign_in_on_out, 0, NULL },
    { "POST", DASHBOARD_LINK_PATH, 0, NULL, sign_in_on_link, HTTP_ROUTE_LOCAL, NULL },
};

bool dashboard_keeps_settings(const struct dashboard *dashboard)
{
    return !errands_is_idle(dashboard->errands);
}

struct http_routes dashboard_routes(struct dashboard *dashboard)
{
    return (struct http_routes){ rows, ARRAY_LEN(rows), dashboard };
}

/* ---- beginning and end ---- */

struct dashboard *dashboard_create(const struct dashboard_options *options)
{
    struct dashboard *dashboard = xcalloc(1, sizeof(*dashboard));

    dashboard->options = *options;
    dashboard->settings = &options->settings->dashboard;
    dashboard->sessions = sessions_create(options->clock);
    dashboard->errands = errands_create(&(struct errands_options){ .loop = options->loop,
                                                                   .http_out = options->http_out,
                                                                   .clock = options->clock,
                                                                   .credentials = options->credentials });
    dashboard->endpoint = BUF(URL_MAX_BYTES);
    return dashboard;
}

void dashboard_destroy(struct dashboard *dashboard)
{
    if (!dashboard)
        return;
    errands_destroy(dashboard->errands);
    buf_finish(&dashboard->endpoint);
    sessions_destroy(dashboard->sessions);
    free(dashboard);
}

/* By the configuration that is new. Who is no more in `people`, or of another workspace, or whose provider went, is out
 * at once: whoever takes them away there does not wait for `session`. */
static bool would_be_let_in(void *arg, const struct session *session)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct dashboard *dashboard = arg;
    const struct oidc_settings *oidc = dashboard->settings->oidc;
    bool is_in =
        dashboard->settings->enabled && (!session->issuer || (oidc && strcmp(oidc->issuer, session->issuer) == 0 &&
                                                              oidc_knows(dashboard->options.settings, &session->who)));

    if (!is_in)
        log_info("dashboard.sent_out", LOG_STR("principal", principal_text(&session->who, arena)));
    return is_in;
}

void dashboard_reconfigure(struct dashboard *dashboard, const struct settings *settings)
{
    buf_clear(&dashboard->endpoint); /* it may be another provider */
    dashboard->options.settings = settings;
    dashboard->settings = &settings->dashboard;
    sessions_keep(dashboard->sessions, would_be_let_in, dashboard);
}

/* A request without our cookie is none of ours. */
static struct api_refusal find_session(void *ctx, const struct http_request *request, bool changes, struct arena *arena,
                                       struct api_caller *ret_caller)
{
    struct dashboard *dashboard = ctx;
    struct caller caller = { .session = NULL };

    (void)changes; /* whatever is no GET does: caller.h */
    if (!dashboard->settings->enabled || !caller_has_cookie(dashboard->settings, request))
        return (struct api_refusal){ .status = 0 };
    caller = caller_of(dashboard->sessions, dashboard->settings, request, dashboard_now(dashboard));
    if (!caller.session)
        return (struct api_refusal){ caller.refusal.status, caller.refusal.detail };
    ret_caller->who = (struct principal){ .system = arena_strdup(arena, caller.session->who.system),
                                          .id = arena_strdup(arena, caller.session->who.id),
                                          .team = arena_strdup(arena, caller.session->who.team),
                                          .name = arena_strdup(arena, caller.session->who.name) };
    ret_caller->source = DASHBOARD_SOURCE;
    return (struct api_refusal){ .status = 0 };
}

struct api_sessions dashboard_sessions(struct dashboard *dashboard)
{
    return (struct api_sessions){ dashboard, find_session };
}
