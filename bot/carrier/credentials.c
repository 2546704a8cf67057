#include "bot/carrier/credentials.h"

#include "bot/base/digest.h"
#include "bot/carrier/google_keys.h"
#include "integrations/github/token.h"
#include "integrations/google/assertion.h"
#include "integrations/google/token.h"
#include "integrations/pagerduty/api.h"
#include "integrations/url.h"

#include <string.h>

#define HELD_MAX 64 /* one for each private service and repository that is asked, and the access token */

struct held { /* a token that was fetched */
    enum http_credential credential;
    char *audience; /* of an identity token; of GitHub's, the repository; else NULL */
    char *account;  /* of Google's, as google_account has it; else NULL */
    char *token;
    int64_t since_mono, until_mono;
};

struct credentials {
    const struct settings *settings;
    const struct clock *clock;
    struct google_keys keys;
    struct held held[HELD_MAX];
    size_t held_count;
};

struct credentials *credentials_create(const struct settings *settings, const struct clock *clock)
{
    struct credentials *c = xcalloc(1, sizeof(*c));

    c->settings = settings;
    c->clock = clock;
    return c;
}

/* ---- what is held ---- */

static void drop(struct credentials *c, struct held *held)
{
    google_secret_wipe(held->token);
    free(held->audience);
    free(held->account);
    *held = c->held[--c->held_count];
}

bool credentials_reconfigure(struct credentials *c, const struct settings *settings, struct error *err)
{
    c->settings = settings;
    while (c->held_count > 0)
        drop(c, &c->held[0]);
    return google_keys_read(&c->keys, settings, err);
}

void credentials_destroy(struct credentials *c)
{
    if (!c)
        return;
    google_keys_wipe(&c->keys);
    while (c->held_count > 0)
        drop(c, &c->held[0]);
    free(c);
}

/* Access tokens are for all of Google's APIs, the registry among them; an identity token is for one audience. */
static enum http_credential held_as(enum http_credential credential)
{
    return credential == HTTP_GOOGLE_REGISTRY ? HTTP_GOOGLE_ACCESS : credential;
}

static const char *audience_of(const struct http_call *call)
{
    return call->credential == HTTP_GOOGLE_IDENTITY || call->credential == HTTP_GITHUB ? call->audience : NULL;
}

static const char *account_of(const struct credentials *c, const struct http_call *call)
{
    enum http_credential as = held_as(call->credential);

    return as == HTTP_GOOGLE_ACCESS || as == HTTP_GOOGLE_IDENTITY ? google_account(c->settings, call->project) : NULL;
}

static struct held *find_held(struct credentials *c, const struct http_call *call)
{
    for (size_t i = 0; i < c->held_count; i++)
        if (c->held[i].credential == held_as(call->credential) &&
            str_equal(str_of(c->held[i].audience), str_of(audience_of(call))) &&
            str_equal(str_of(c->held[i].account), str_of(account_of(c, call))))
            return &c->held[i];
    return NULL;
}

/* Not all of GitHub knows a new token at once: one that is refused then may be good a second later. */
static bool is_settling(const struct credentials *c, const struct held *held)
{
    return held->credential == HTTP_GITHUB &&
           c->clock->mono_ms(c->clock->ctx) - held->since_mono < GITHUB_TOKEN_SETTLES_MS;
}

static void forget(void *ctx, const struct http_call *call)
{
    struct credentials *c = ctx;
    struct held *held = find_held(c, call);

    if (held && !is_settling(c, held))
        drop(c, held);
}

static struct held *first_to_end(struct credentials *c)
{
    struct held *first = &c->held[0];

    for (size_t i = 1; i < c->held_count; i++)
        if (c->held[i].until_mono < first->until_mono)
            first = &c->held[i];
    return first;
}

static void hold(struct credentials *c, const struct http_call *call, const char *token, int64_t expires_s)
{
    int64_t now_mono = c->clock->mono_ms(c->clock->ctx), life_ms = expires_s * 1000, margin_ms = GOOGLE_TOKEN_MARGIN_MS;
    struct held *older = find_held(c, call);

    if (life_ms <= 2 * margin_ms) /* a short-lived one: half its life is margin enough */
        margin_ms = life_ms / 2;
    if (older)
        drop(c, older);
    if (c->held_count == HELD_MAX)
        drop(c, first_to_end(c));
    c->held[c->held_count++] = (struct held){
        .credential = held_as(call->credential),
        .audience = audience_of(call) ? xstrdup(audience_of(call)) : NULL,
        .account = account_of(c, call) ? xstrdup(account_of(c, call)) : NULL,
        .token = xstrdup(token),
        .since_mono = now_mono,
        .until_mono = now_mono + life_ms - margin_ms,
    };
}

/* ---- given out ---- */

static const char *basic(struct str pair, struct arena *arena)
{
    AUTO_BUF struct buf buf = BUF(64 * 1024);

    buf_puts(&buf, "Basic ");
    base64_add(&buf, pair);
    return arena_copy(arena, buf_str(&buf));
}

/* Both are encoded as in a form first: an id may hold a colon. (RFC 6749, 2.3.1) */
static const char *oidc_client(const struct oidc_settings *oidc, struct arena *arena)
{
    AUTO_BUF struct buf pair = BUF(64 * 1024);

    if (!oidc)
        return NULL;
    url_add_encoded(&pair, str_of(oidc->client_id));
    buf_putc(&pair, ':');
    url_add_encoded(&pair, str_of(oidc->client_secret));
    return basic(buf_str(&pair), arena);
}

/* Made anew for each call: nothing has to be fetched for it. NULL: err says why. */
static const char *app_authorization(const struct credentials *c, struct arena *arena, struct error *err)
{
    const struct github_app *app = c->settings->github ? c->settings->github->app : NULL;
    const char *assertion;

    if (!app) {
        error_set(err, ERR_DENIED, "opsgate is no GitHub App: the configuration has no github.app");
        return NULL;
    }
    if (!github_assertion_make(app->id, app->private_key, c->clock->unix_ms(c->clock->ctx), arena, &assertion, err))
        return NULL;
    return arena_printf(arena, "Bearer %s", assertion);
}

static const char *smtp_login(const struct smtp_settings *smtp, struct arena *arena)
{
    return smtp && smtp->username && smtp->password ? arena_printf(arena, "%s %s", smtp->username, smtp->password)
                                                    : NULL;
}

static const char *get(void *ctx, const struct http_call *call, struct arena *arena)
{
    struct credentials *c = ctx;
    const struct held *held;
    struct error ignored;

    if (call->credential == HTTP_SLACK_BOT)
        return c->settings->slack.bot_token ? arena_printf(arena, "Bearer %s", c->settings->slack.bot_token) : NULL;
    if (call->credential == HTTP_GITHUB && c->settings->github && c->settings->github->token)
        return arena_printf(arena, "Bearer %s", c->settings->github->token);
    if (call->credential == HTTP_GITHUB_APP)
        return app_authorization(c, arena, &ignored);
    if (call->credential == HTTP_PAGERDUTY)
        return c->settings->pagerduty ? pagerduty_authorization(c->settings->pagerduty->api_token, arena) : NULL;
    if (call->credential == HTTP_STATUSPAGE)
        return c->settings->statuspage ? arena_printf(arena, "OAuth %s", c->settings->statuspage->api_token) : NULL;
    if (call->credential == HTTP_OIDC_CLIENT)
        return oidc_client(c->settings->dashboard.oidc, arena);
    if (call->credential == HTTP_SMTP)
        return smtp_login(c->settings->smtp, arena);
    held = find_held(c, call);
    if (!held || c->clock->mono_ms(c->clock->ctx) >= held->until_mono)
        return NULL;
    return call->credential == HTTP_GOOGLE_REGISTRY ? basic(str_of(arena_printf(arena, "oauth2accesstoken:%s", held->token)), arena)
                                                    : arena_printf(arena, "Bearer %s", held->token);
}

/* ---- fetched ---- */

static const cJSON *one_text(struct arena *arena, const char *name, const char *text)
{
    cJSON *args = json_object();

    json_set_string(args, name, text);
    arena_defer(arena, (void (*)(void *))cJSON_Delete, args);
    return args;
}

static exchange_fn fetch_google(struct credentials *c, const struct http_call *call, struct arena *arena,
                                const cJSON **ret_args, struct error *err)
{
    const char *audience = call->credential == HTTP_GOOGLE_IDENTITY ? call->audience : NULL, *key, *assertion;

    if (!google_keys_find(&c->keys, google_account(c->settings, call->project), &key, err)) {
        error_wrap(err, "google.credentials");
        return NULL;
    }
    if (!key) {
        *ret_args = audience ? one_text(arena, "audience", audience) : NULL;
        return audience ? google_identity_metadata : google_token_metadata;
    }
    if (!google_assertion_make(str_of(key), audience, c->clock->unix_ms(c->clock->ctx), arena, &assertion, err)) {
        error_wrap(err, "google.credentials");
        return NULL;
    }
    *ret_args = one_text(arena, "assertion", assertion);
    return audience ? google_identity_grant : google_token_grant;
}

static exchange_fn fetch_github(struct credentials *c, const struct http_call *call, struct arena *arena,
                                const cJSON **ret_args, struct error *err)
{
    const struct github_app *app = c->settings->github ? c->settings->github->app : NULL;
    const char *assertion;
    cJSON *args;

    if (!app) {
        error_set(err, ERR_DENIED, "GitHub is not connected: the configuration has no github.app and no github.token");
        return NULL;
    }
    if (!github_assertion_make(app->id, app->private_key, c->clock->unix_ms(c->clock->ctx), arena, &assertion, err))
        return NULL;
    args = json_object();
    json_set_string(args, "assertion", assertion);
    json_set_string(args, "repository", call->audience);
    arena_defer(arena, (void (*)(void *))cJSON_Delete, args);
    *ret_args = args;
    return github_token_installation;
}

static exchange_fn fetch(void *ctx, const struct http_call *call, struct arena *arena, const cJSON **ret_args,
                         struct error *err)
{
    switch (call->credential) {
    case HTTP_GOOGLE_ACCESS:
    case HTTP_GOOGLE_REGISTRY:
        return fetch_google(ctx, call, arena, ret_args, err);
    case HTTP_GOOGLE_IDENTITY:
        if (call->audience && call->audience[0])
            return fetch_google(ctx, call, arena, ret_args, err);
        error_set(err, ERR_INVALID, "an identity token is for an audience, and none is named");
        return NULL;
    case HTTP_GITHUB:
        return fetch_github(ctx, call, arena, ret_args, err);
    case HTTP_GITHUB_APP:
        (void)app_authorization(ctx, arena, err); /* which says why it gave none */
        return NULL;
    case HTTP_SLACK_BOT:
        error_set(err, ERR_DENIED, "slack.bot_token is not configured");
        return NULL;
    case HTTP_PAGERDUTY:
        error_set(err, ERR_DENIED, "PagerDuty is not connected: the configuration has no pagerduty.api_token");
        return NULL;
    case HTTP_STATUSPAGE:
        error_set(err, ERR_DENIED, "Statuspage is not connected: the configuration has no statuspage.api_token");
        return NULL;
    case HTTP_OIDC_CLIENT:
        error_set(err, ERR_DENIED, "nobody signs in with a provider: the configuration has no dashboard.oidc");
        return NULL;
    case HTTP_SMTP:
        error_set(err, ERR_DENIED, "the configuration has no smtp.username and smtp.password");
        return NULL;
    default:
        error_set(err, ERR_DENIED, "nothing brings this credential");
        return NULL;
    }
}

static bool learn(void *ctx, const struct http_call *call, const cJSON *result, struct error *err)
{
    const char *name = call->credential == HTTP_GOOGLE_IDENTITY ? "id_token" : "access_token", *token;
    int64_t expires_s;

    if (!json_get_string(result, name, &token, err) || !json_get_int(result, "expires_in", &expires_s, err))
        return error_wrap(err, call->credential == HTTP_GITHUB ? "GitHub's token" : "Google's token");
    hold(ctx, call, token, expires_s);
    return true;
}

static void tell_key(const char *key_file, void (*tell_secret)(void *arg, const char *secret), void *arg)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error ignored;
    const cJSON *key = json_parse_in(arena, str_of(key_file), &ignored);
    const char *private_key = key ? json_find_string(key, "private_key") : NULL;

    if (private_key)
        tell_secret(arg, private_key);
}

static void tell(void *ctx, void (*tell_secret)(void *arg, const char *secret), void *arg)
{
    const struct credentials *c = ctx;

    for (size_t i = 0; i < c->keys.count; i++)
        if (c->keys.list[i].text)
            tell_key(c->keys.list[i].text, tell_secret, arg);
    for (size_t i = 0; i < c->held_count; i++)
        tell_secret(arg, c->held[i].token);
}

struct credential_source credentials_source(struct credentials *credentials)
{
    return (struct credential_source){
        .ctx = credentials, .get = get, .fetch = fetch, .learn = learn, .forget = forget, .tell = tell
    };
}
