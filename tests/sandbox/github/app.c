#include "github/app.h"

#include "jwt.h"
#include "random.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define JWT_LIFETIME_MAX_S 600
#define KEPT_MAX 1000

struct github_app {
    EVP_PKEY *key; /* NULL until somebody needs it */
    cJSON *tokens; /* array: {token, good_from_ms, expires_at_ms, permissions, repositories?} */
    int64_t lifetime_ms, lag_ms;
};

/* clang-format off */
static const struct {
    const char *name, *level;
} granted[] = {
    { "actions",     "write" },
    { "checks",      "read"  },
    { "contents",    "read"  },
    { "deployments", "write" },
    { "issues",      "write" },
    { "members",     "read"  },
    { "metadata",    "read"  },
    { "organization_hooks", "read" },
    { "pull_requests",      "read" },
    { "repository_hooks",   "write" },
    { "statuses",    "read"  },
};
/* clang-format on */

struct github_app *github_app_create(void)
{
    struct github_app *app = xcalloc(1, sizeof *app);

    app->tokens = json_array();
    app->lifetime_ms = HOUR_MS;
    return app;
}

void github_app_destroy(struct github_app *app)
{
    if (!app)
        return;
    EVP_PKEY_free(app->key);
    cJSON_Delete(app->tokens);
    free(app);
}

/* ---- the key ---- */

static EVP_PKEY *key_of(struct github_app *app)
{
    if (!app->key)
        app->key = EVP_RSA_gen(2048);
    if (!app->key)
        abort();
    return app->key;
}

char *github_app_pem(struct github_app *app)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes = NULL, *pem = NULL;
    long len = 0;

    if (!memory || PEM_write_bio_PrivateKey_traditional(memory, key_of(app), NULL, NULL, 0, NULL, NULL) != 1)
        abort();
    len = BIO_get_mem_data(memory, &bytes);
    pem = str_copy((struct str){ bytes, (size_t)len });
    BIO_free(memory);
    return pem;
}

/* ---- who calls ---- */

static bool refuse(struct refusal *refusal, int status, const char *message)
{
    refusal->status = status;
    (void)snprintf(refusal->message, sizeof refusal->message, "%s", message);
    return false;
}

/* "Bearer T", or "token T" as it was once written; NULL when there is no login at all. */
static const char *token_of(const struct request *request)
{
    const char *value = request_header(request, "Authorization"), *bearer = request_bearer(request);

    if (bearer || !value)
        return bearer;
    return strncasecmp(value, "token ", 6) == 0 ? value + 6 : "";
}

/* An issuer is the client id, or the App's number as a text or as a number. */
static bool is_our_app(const cJSON *claims)
{
    AUTO_FREE char *number = text_format("%d", APP_ID);

    return tree_has_text(claims, "iss", APP_CLIENT_ID) || tree_has_text(claims, "iss", number) ||
           tree_int(claims, "iss", 0) == APP_ID;
}

static bool check_claims(const cJSON *claims, int64_t now_s, struct refusal *refusal)
{
    int64_t issued_s = tree_int(claims, "iat", 0), expires_s = tree_int(claims, "exp", 0);

    if (!tree_get(claims, "iss"))
        return refuse(refusal, 401, "Missing 'issuer' claim ('iss') in assertion");
    if (!is_our_app(claims))
        return refuse(refusal, 404, "Integration not found");
    if (issued_s <= 0 || issued_s > now_s)
        return refuse(
            refusal, 401,
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
    if (expires_s <= now_s)
        return refuse(refusal, 401,
                      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which "
                      "the assertion expires");
    if (expires_s > now_s + JWT_LIFETIME_MAX_S)
        return refuse(refusal, 401, "'Expiration time' claim ('exp') is too far in the future");
    return true;
}

bool github_app_login_jwt(struct github_app *app, const struct request *request, struct caller *ret_caller,
                          struct refusal *refusal)
{
    const char *token = request_bearer(request); /* a JWT needs "Bearer" */
    AUTO_JWT struct jwt jwt = { .header = NULL };

    if (!token || !jwt_decode(token, &jwt) || !cJSON_IsObject(jwt.claims) ||
        !tree_has_text(jwt.header, "alg", "RS256") || !jwt_is_signed(&jwt, key_of(app)))
        return refuse(refusal, 401, "A JSON web token could not be decoded");
    if (!check_claims(jwt.claims, request->now_ms / 1000, refusal))
        return false;
    *ret_caller = (struct caller){ .kind = CALLER_APP, .login = APP_BOT };
    return true;
}

bool github_app_login(const struct github_app *app, const struct request *request, struct caller *ret_caller,
                      struct refusal *refusal)
{
    const char *token = token_of(request);
    const cJSON *entry = tree_find(app->tokens, "token", token);

    /* The real one answers 404 for what is private here; nobody who calls us means to come without a login. */
    if (!token)
        return refuse(refusal, 401, "Requires authentication");
    if (text_is(token, APP_PERSONAL_TOKEN)) {
        *ret_caller = (struct caller){ .kind = CALLER_PERSON, .login = APP_PERSON };
        return true;
    }
    if (!entry || tree_int(entry, "expires_at_ms", 0) <= request->now_ms ||
        tree_int(entry, "good_from_ms", 0) > request->now_ms)
        return refuse(refusal, 401, "Bad credentials");
    *ret_caller = (struct caller){ .kind = CALLER_INSTALLATION,
                                   .login = APP_BOT,
                                   .permissions = tree_get(entry, "permissions"),
                                   .repositories = tree_get(entry, "repositories") };
    return true;
}

/* ---- permissions ---- */

static int level_of(const char *text)
{
    static const char *const levels[] = { "read", "write", "admin" };

    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (text_is(text, levels[i]))
            return (int)i + 1;
    }
    return 0;
}

bool permissions_allow(const cJSON *has, const char *needs)
{
    struct str level = str_of(needs);
    AUTO_FREE char *name = str_copy(str_take_until(&level, '='));

    return level_of(tree_text(has, name)) >= level_of(level.at);
}

cJSON *github_app_permissions(void)
{
    cJSON *permissions = json_object();

    for (size_t i = 0; i < ARRAY_LEN(granted); i++)
        json_set_string(permissions, granted[i].name, granted[i].level);
    return permissions;
}

/* ---- tokens ---- */

/* "ghs_12345_" and something like a JWT, some 520 characters in all: nobody may expect the old 40. */
static char *make_token(void)
{
    AUTO_BUF struct buf token = BUF(2048);
    AUTO_BUF struct buf claims = BUF(512);

    buf_addf(&token, "ghs_%d_", APP_ID);
    base64url_add(&token, STR_LIT("{\"alg\":\"RS256\",\"typ\":\"JWT\"}"));
    buf_addf(&claims, "{\"aud\":\"sandbox\",\"jti\":\"%s\",\"ins\":%d,\"iss\":\"sandbox\"}", random_hex().text,
             APP_INSTALLATION);
    buf_putc(&token, '.');
    base64url_add(&token, buf_str(&claims));
    buf_putc(&token, '.');
    for (int i = 0; i < 11; i++)
        buf_puts(&token, random_hex().text);
    return buf_take(&token);
}

const cJSON *github_app_issue(struct github_app *app, cJSON *permissions, cJSON *repositories, int64_t now_ms)
{
    cJSON *entry = json_add(app->tokens, json_object());
    AUTO_FREE char *token = make_token();

    json_set_string(entry, "token", token);
    json_set_int(entry, "good_from_ms", now_ms + app->lag_ms);
    json_set_int(entry, "expires_at_ms", now_ms + app->lifetime_ms);
    json_set(entry, "permissions", permissions);
    if (repositories)
        json_set(entry, "repositories", repositories);
    tree_keep_last(app->tokens, KEPT_MAX);
    return entry;
}

void github_app_expire_tokens(struct github_app *app)
{
    cJSON *entry = NULL;

    cJSON_ArrayForEach(entry, app->tokens) {
        json_set_int(entry, "expires_at_ms", 0);
    }
}

void github_app_set_lifetime(struct github_app *app, int64_t lifetime_ms)
{
    app->lifetime_ms = lifetime_ms;
}

void github_app_set_lag(struct github_app *app, int64_t lag_ms)
{
    app->lag_ms = lag_ms;
}
