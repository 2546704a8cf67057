/* provider.c - sign-in with Slack, or another provider of OpenID Connect: there, and back with a code.
 *
 * What belongs to one sign-in (state, nonce, the verifier of PKCE) follows from one secret in a cookie of the browser
 * that began it: whoever comes back with another one, or with none, is sent away, and nothing has to be remembered
 * here. */
#include "bot/dashboard/internal.h"

#include "bot/log.h"
#include "integrations/oidc/sign_in.h"
#include "integrations/url.h"

#include <string.h>

#define BACK_PATH "/sign-in/callback"
#define COOKIE_S 600              /* so long somebody may take there */
#define KNOWN_MS (10 * 60 * 1000) /* where people are sent to is asked for anew after this */
#define COOKIES_MAX_BYTES 16384

/* ---- redirects ---- */

/* Up to two cookies, each a whole Set-Cookie, or NULL. */
static void redirect(struct http_request *request, const char *url, const char *cookie, const char *other)
{
    struct http_header headers[ASSETS_HEADERS_MAX + 4];
    size_t count = assets_add_safety(headers);

    headers[count++] = (struct http_header){ "Cache-Control", "no-store" };
    headers[count++] = (struct http_header){ "Location", url };
    if (cookie)
        headers[count++] = (struct http_header){ "Set-Cookie", cookie };
    if (other)
        headers[count++] = (struct http_header){ "Set-Cookie", other };
    http_in_answer(request, &(struct http_reply){ .status = 303, .headers = headers, .header_count = count });
}

/* Back to the page, which has a sentence for each of these words. */
static void refuse(struct http_request *request, const char *word, const char *why)
{
    AUTO(arena) struct arena *arena = arena_create();

    log_warn("dashboard.sign_in_refused", LOG_STR("request", request->id), LOG_STR("why", why));
    redirect(request, arena_printf(arena, "/?refused=%s", word), NULL, NULL);
}

/* ---- what belongs to one sign-in ---- */

static const char *cookie_name(const struct dashboard *dashboard)
{
    return caller_is_behind_tls(dashboard->settings) ? "__Host-opsgate-sign-in" : "opsgate-sign-in";
}

/* Lax: the way back begins at the provider's page. */
static const char *own_cookie(const struct dashboard *dashboard, const char *value, int seconds, struct arena *arena)
{
    return arena_printf(arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s", cookie_name(dashboard), value,
                        seconds, caller_is_behind_tls(dashboard->settings) ? "; Secure" : "");
}

static const char *derived(struct str secret, const char *what, struct arena *arena)
{
    const struct str part = str_of(what);

    return arena_strdup(arena, digest_hex(digest_hmac(secret, &part, 1)).text);
}

static struct oidc_begun begun_of(const struct dashboard *dashboard, struct str secret, struct arena *arena)
{
    return (struct oidc_begun){ .state = derived(secret, "state", arena),
                                .nonce = derived(secret, "nonce", arena),
                                .verifier = derived(secret, "verifier", arena),
                                .redirect_uri = arena_printf(arena, "%s" BACK_PATH,
                                                             dashboard_address(dashboard->options.settings, arena)) };
}

/* ---- there ---- */

static void send_there(struct dashboard *dashboard, struct http_request *request)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct session_id secret = session_dice(dashboard->options.clock);
    struct oidc_begun begun = begun_of(dashboard, str_of(secret.text), arena);
    const char *url = oidc_authorization_url(dashboard->settings->oidc, buf_text(&dashboard->endpoint), &begun, arena);

    if (url)
        redirect(request, url, own_cookie(dashboard, secret.text, COOKIE_S, arena), NULL);
    else
        refuse(request, "provider", "its authorization endpoint is none");
}

struct waiting { /* on a connection, for the provider */
    struct dashboard *dashboard;
    struct http_request *request;
    const struct settings *settings; /* by which it was asked */
};

static struct waiting *wait_for(struct dashboard *dashboard, struct http_request *request)
{
    struct waiting *waiting = xcalloc(1, sizeof(*waiting));

    *waiting = (struct waiting){ dashboard, request, dashboard->options.settings };
    return waiting;
}

/* False: it was refused. What a provider of before a reload said is not for the one of now. */
static bool has_ended_well(const struct waiting *waiting, const struct attempt_end *end)
{
    bool is_done = end && end->result == ATTEMPT_DONE;

    if (is_done && waiting->settings == waiting->dashboard->options.settings)
        return true;
    refuse(waiting->request, "provider",
           is_done             ? "the configuration was changed meanwhile: sign in again"
           : end && end->error ? end->error
                               : "opsgate stops");
    return false;
}

static void on_discovered(void *arg, const struct attempt_end *end)
{
    struct waiting waiting = *(struct waiting *)arg;
    struct dashboard *dashboard = waiting.dashboard;

    free(arg);
    if (!has_ended_well(&waiting, end))
        return;
    buf_clear(&dashboard->endpoint);
    buf_puts(&dashboard->endpoint, json_find_string(end->body, "authorization_endpoint"));
    dashboard->endpoint_until_mono = dashboard_now(dashboard) + KNOWN_MS;
    send_there(dashboard, waiting.request);
}

static bool has_provider(const struct dashboard *dashboard, struct http_request *request)
{
    if (dashboard->settings->enabled && dashboard->settings->oidc)
        return true;
    http_in_problem(request, 404, NULL, "No provider of sign-in is configured: dashboard.oidc.");
    return false;
}

static void ask(struct dashboard *dashboard, struct http_request *request, exchange_fn step, cJSON *args,
                errand_done_fn on_done)
{
    struct waiting *waiting = wait_for(dashboard, request);

    if (errands_start(dashboard->errands, step, dashboard->options.settings, args, on_done, waiting))
        return;
    free(waiting);
    http_in_problem(request, 503, NULL, "Too many sign in at once. Try again in a moment.");
}

void provider_on_start(void *arg, struct http_request *request)
{
    struct dashboard *dashboard = arg;

    if (!has_provider(dashboard, request))
        return;
    if (dashboard->endpoint.len > 0 && dashboard_now(dashboard) < dashboard->endpoint_until_mono)
        send_there(dashboard, request);
    else
        ask(dashboard, request, oidc_discover, NULL, on_discovered);
}

/* ---- and back ---- */

static void let_in(struct dashboard *dashboard, struct http_request *request, const struct principal *who)
{
    AUTO(arena) struct arena *arena = arena_create();

    redirect(request, "/", dashboard_let_in(dashboard, who, dashboard->settings->oidc->issuer, arena),
             own_cookie(dashboard, "", 0, arena));
}

static void on_claims(void *arg, const struct attempt_end *end)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct waiting waiting = *(struct waiting *)arg;
    struct dashboard *dashboard = waiting.dashboard;
    struct principal who;
    struct error err;

    free(arg);
    if (!has_ended_well(&waiting, end))
        return;
    if (oidc_person(dashboard->options.settings, end->body, arena, &who, &err))
        let_in(dashboard, waiting.request, &who);
    else
        refuse(waiting.request, "unknown", err.message);
}

/* A parameter of the query, in the arena; NULL: it is not there. */
static const char *parameter(struct http_request *request, const char *name, struct arena *arena)
{
    AUTO_FREE char *value = NULL;

    return http_request_query(request, name, &value) ? arena_strdup(arena, value) : NULL;
}

static cJSON *args_of(const struct oidc_begun *begun, const char *code)
{
    cJSON *args = json_object();

    json_set_string(args, "code", code);
    json_set_string(args, "verifier", begun->verifier);
    json_set_string(args, "nonce", begun->nonce);
    json_set_string(args, "redirect_uri", begun->redirect_uri);
    return args;
}

static bool is_same(const char *a, const char *b)
{
    return a && digest_equal(digest_sha256(str_of(a)), digest_sha256(str_of(b)));
}

void provider_on_back(void *arg, struct http_request *request)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf cookies = BUF(COOKIES_MAX_BYTES);
    struct dashboard *dashboard = arg;
    const char *code = parameter(request, "code", arena), *state = parameter(request, "state", arena);
    struct oidc_begun begun;
    struct str secret;

    if (!has_provider(dashboard, request))
        return;
    http_request_header_all(request, "Cookie", &cookies);
    secret = caller_find_cookie(buf_str(&cookies), cookie_name(dashboard));
    begun = begun_of(dashboard, secret, arena);
    if (secret.len != SESSION_ID_LEN || !is_same(state, begun.state))
        refuse(request, "state", "it was not begun by this browser, or too long ago");
    else if (!code)
        refuse(request, "denied", "the provider sent nobody back with a code");
    else
        ask(dashboard, request, oidc_sign_in, args_of(&begun, code), on_claims);
}
