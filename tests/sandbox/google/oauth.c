#include "google/oauth.h"

#include "form.h"
#include "google/identity.h"
#include "jwt.h"
#include "random.h"

#include "bot/base/time.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#define GRANT "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define GOOGLE_AUDIENCE "https://oauth2.googleapis.com/token"
#define CLOCK_SKEW_S 300

struct oauth {
    EVP_PKEY *key; /* NULL until it is asked for: making it takes long */
    char *token_uri;
    struct random_hex key_id;
};

struct oauth *oauth_create(const char *own_url)
{
    struct oauth *oauth = xcalloc(1, sizeof *oauth);

    oauth->token_uri = text_format("%s/token", own_url);
    oauth->key_id = random_hex();
    return oauth;
}

void oauth_destroy(struct oauth *oauth)
{
    if (!oauth)
        return;
    EVP_PKEY_free(oauth->key);
    free(oauth->token_uri);
    free(oauth);
}

static EVP_PKEY *key_of(struct oauth *oauth)
{
    if (!oauth->key)
        oauth->key = EVP_RSA_gen(2048);
    if (!oauth->key)
        abort();
    return oauth->key;
}

static char *private_key_pem(struct oauth *oauth)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes = NULL, *pem = NULL;
    long len = 0;

    if (!memory || PEM_write_bio_PKCS8PrivateKey(memory, key_of(oauth), NULL, NULL, 0, NULL, NULL) != 1)
        abort();
    len = BIO_get_mem_data(memory, &bytes);
    pem = str_copy((struct str){ bytes, (size_t)len });
    BIO_free(memory);
    return pem;
}

cJSON *oauth_key_file(struct oauth *oauth)
{
    cJSON *file = json_object();
    AUTO_FREE char *pem = private_key_pem(oauth);

    json_set_string(file, "type", "service_account");
    json_set_string(file, "project_id", "acme");
    json_set_string(file, "private_key_id", oauth->key_id.text);
    json_set_string(file, "private_key", pem);
    json_set_string(file, "client_email", TOKENS_KEY_ACCOUNT);
    json_set_string(file, "client_id", "100000000000000000001");
    json_set_string(file, "token_uri", oauth->token_uri);
    return file;
}

/* ---- the assertion ---- */

/* NULL when the claims are good, else Google's description of what is wrong with them. */
static const char *check_claims(const struct oauth *oauth, const cJSON *claims, int64_t now_s)
{
    int64_t issued_s = tree_int(claims, "iat", 0), expires_s = tree_int(claims, "exp", 0);

    if (!tree_has_text(claims, "iss", TOKENS_KEY_ACCOUNT))
        return "Invalid grant: account not found";
    if (!tree_has_text(claims, "aud", GOOGLE_AUDIENCE) && !tree_has_text(claims, "aud", oauth->token_uri))
        return "Invalid JWT: Failed audience check.";
    if (issued_s <= 0 || expires_s <= issued_s || expires_s > issued_s + 3600 || issued_s > now_s + CLOCK_SKEW_S ||
        expires_s < now_s - CLOCK_SKEW_S)
        return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
               "Check your iat and exp values in the JWT claim.";
    return NULL;
}

/* Sets *ret_error to OAuth's error code when the description it returns is not NULL; *ret_audience is the caller's, and
 * NULL when an access token is wanted. */
static const char *check_assertion(struct oauth *oauth, const char *assertion, int64_t now_s, const char **ret_error,
                                   char **ret_audience)
{
    AUTO_JWT struct jwt jwt = { .header = NULL };
    const char *wrong = NULL, *audience = NULL;

    *ret_error = "invalid_grant";
    if (!jwt_decode(assertion, &jwt))
        return "Bad Request";
    if (!tree_has_text(jwt.header, "alg", "RS256"))
        return "Invalid JWT: unsupported algorithm";
    if (tree_get(jwt.header, "kid") && !tree_has_text(jwt.header, "kid", oauth->key_id.text))
        return "Invalid JWT Signature.";
    if (!jwt_is_signed(&jwt, key_of(oauth)))
        return "Invalid JWT Signature.";
    wrong = check_claims(oauth, jwt.claims, now_s);
    audience = tree_text(jwt.claims, "target_audience");
    if (!wrong && !tree_text(jwt.claims, "scope") && (!audience || !*audience)) {
        *ret_error = "invalid_scope";
        return "Invalid OAuth scope or ID token audience provided.";
    }
    *ret_audience = !tree_text(jwt.claims, "scope") && audience ? xstrdup(audience) : NULL;
    return wrong;
}

static void refuse(struct reply *reply, int status, const char *error, const char *description)
{
    cJSON *body = json_object(); /* not the shape of Google's API errors */

    json_set_string(body, "error", error);
    json_set_string(body, "error_description", description);
    reply_json(reply, status, body);
}

static void reply_identity(struct tokens *tokens, const char *audience, int64_t now_ms, struct reply *reply)
{
    cJSON *body = json_object();

    json_set_string(body, "id_token", identity_issue(tokens, TOKENS_KEY_ACCOUNT, audience, now_ms));
    reply_json(reply, 200, body);
}

void oauth_serve(struct oauth *oauth, struct tokens *tokens, const struct request *request, struct reply *reply)
{
    AUTO_JSON cJSON *form = NULL;
    AUTO_FREE char *audience = NULL;
    const char *error = NULL, *wrong = NULL;

    if (!request_is(request, "POST"))
        return refuse(reply, 405, "invalid_request", "Only POST is allowed");
    if (!request_has_type(request, "application/x-www-form-urlencoded"))
        return refuse(reply, 400, "invalid_request", "Content-Type must be application/x-www-form-urlencoded");
    form = form_decode(request->body);
    if (!tree_has_text(form, "grant_type", GRANT))
        return refuse(reply, 400, "unsupported_grant_type", "Invalid grant_type");
    wrong = check_assertion(oauth, tree_text_or(form, "assertion", ""), request->now_ms / 1000, &error, &audience);
    if (wrong)
        return refuse(reply, 400, error, wrong);
    if (audience)
        return reply_identity(tokens, audience, request->now_ms, reply);
    reply_json(reply, 200,
               tokens_answer(tokens_issue(tokens, TOKENS_KEY_ACCOUNT, request->now_ms), request->now_ms));
}
