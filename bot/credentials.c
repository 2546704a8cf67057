#include "bot/credentials.h"

#include "bot/base/digest.h"
#include "bot/base/file.h"
#include "integrations/google/token.h"

#include <string.h>

#define KEY_FILE_MAX_BYTES (64 * 1024)
#define METADATA "metadata"

struct credentials {
    const struct settings *settings;
    const struct clock *clock;
    char *google_key;   /* content of the key file; NULL: the metadata server */
    char *google_token; /* NULL: none at hand */
    int64_t google_until_mono;
};

struct credentials *credentials_create(const struct settings *settings, const struct clock *clock, struct error *err)
{
    struct credentials *c = xcalloc(1, sizeof(*c));
    const char *path = settings->google.credentials;

    c->settings = settings;
    c->clock = clock;
    if (path && strcmp(path, METADATA) != 0 && !file_read(path, KEY_FILE_MAX_BYTES, &c->google_key, err)) {
        credentials_destroy(c);
        return NULL;
    }
    return c;
}

static void wipe(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void credentials_destroy(struct credentials *c)
{
    if (!c)
        return;
    wipe(c->google_key);
    wipe(c->google_token);
    free(c);
}

static const char *basic(const char *token, struct arena *arena)
{
    AUTO_BUF struct buf buf = BUF(16 * 1024);
    const char *pair = arena_printf(arena, "oauth2accesstoken:%s", token);

    buf_puts(&buf, "Basic ");
    base64_add(&buf, str_of(pair));
    return arena_copy(arena, buf_str(&buf));
}

static const char *get(void *ctx, enum http_credential credential, struct arena *arena)
{
    struct credentials *c = ctx;

    if (credential == HTTP_SLACK_BOT)
        return c->settings->slack.bot_token ? arena_printf(arena, "Bearer %s", c->settings->slack.bot_token) : NULL;
    if (!c->google_token || c->clock->mono_ms(c->clock->ctx) >= c->google_until_mono)
        return NULL;
    return credential == HTTP_GOOGLE_REGISTRY ? basic(c->google_token, arena)
                                              : arena_printf(arena, "Bearer %s", c->google_token);
}

static exchange_fn fetch(void *ctx, enum http_credential credential, struct arena *arena, const cJSON **ret_args,
                         struct error *err)
{
    struct credentials *c = ctx;
    const char *assertion;
    cJSON *args;

    if (credential == HTTP_SLACK_BOT) {
        error_set(err, ERR_DENIED, "slack.bot_token is not configured");
        return NULL;
    }
    *ret_args = NULL;
    if (!c->google_key)
        return google_token_metadata;
    if (!google_token_jwt(str_of(c->google_key), c->clock->unix_ms(c->clock->ctx), arena, &assertion, err)) {
        error_wrap(err, "google.credentials");
        return NULL;
    }
    args = json_object();
    json_set_string(args, "assertion", assertion);
    arena_defer(arena, (void (*)(void *))cJSON_Delete, args);
    *ret_args = args;
    return google_token_grant;
}

static bool learn(void *ctx, enum http_credential credential, const cJSON *result, struct error *err)
{
    struct credentials *c = ctx;
    const char *token;
    int64_t expires_s;

    (void)credential;
    if (!json_get_string(result, "access_token", &token, err) || !json_get_int(result, "expires_in", &expires_s, err))
        return error_wrap(err, "Google's token");
    wipe(c->google_token);
    c->google_token = xstrdup(token);
    c->google_until_mono = c->clock->mono_ms(c->clock->ctx) + expires_s * 1000 - GOOGLE_TOKEN_MARGIN_MS;
    if (expires_s * 1000 <= 2 * GOOGLE_TOKEN_MARGIN_MS) /* a short-lived one: half its life is margin enough */
        c->google_until_mono = c->clock->mono_ms(c->clock->ctx) + expires_s * 500;
    return true;
}

static void forget(void *ctx, enum http_credential credential)
{
    struct credentials *c = ctx;

    if (credential == HTTP_SLACK_BOT)
        return;
    wipe(c->google_token);
    c->google_token = NULL;
}

struct credential_source credentials_source(struct credentials *credentials)
{
    return (
        struct credential_source){ .ctx = credentials, .get = get, .fetch = fetch, .learn = learn, .forget = forget };
}
