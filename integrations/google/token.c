#include "integrations/google/token.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/url.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <string.h>

#define METADATA_PATH "/computeMetadata/v1/instance/service-accounts/default/token"
#define GRANT_TYPE "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define GOOGLE_AUDIENCE "https://oauth2.googleapis.com/token"
#define SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define LIFE_S 3600
#define TIMEOUT_MS (5 * SECOND_MS)
#define TOKEN_MAX_BYTES 8192
#define JWT_MAX_BYTES 8192

/* ---- what both answer ---- */

static bool is_header_safe(const char *token) /* it becomes a header's value */
{
    size_t len = strlen(token);

    for (size_t i = 0; i < len; i++)
        if (token[i] <= ' ' || token[i] > '~')
            return false;
    return len > 0 && len <= TOKEN_MAX_BYTES;
}

static struct exchange_step token_from(const struct exchange *exchange, const char *peer,
                                       const struct http_answer *answer)
{
    AUTO_JSON cJSON *json = NULL;
    const char *token;
    struct error err;
    int64_t expires_in;
    cJSON *result;

    if (!json_parse(answer->body, &json, &err))
        return exchange_again(exchange, "%s gave no token: %s", peer, err.message);
    token = json_find_string(json, "access_token");
    expires_in = json_find_int(json, "expires_in", 0);
    if (!token || !is_header_safe(token) || expires_in <= 0 || expires_in > DAY_MS / SECOND_MS)
        return exchange_again(exchange, "%s gave no token that can be used", peer);
    result = json_object();
    json_set_string(result, "access_token", token);
    json_set_int(result, "expires_in", expires_in);
    return exchange_done(exchange, result);
}

/* ---- the metadata server ---- */

static struct http_call metadata_call(const struct exchange *exchange)
{
    static const struct http_header headers[] = { { "Metadata-Flavor", "Google" } };
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, exchange->settings->google.metadata_url);
    buf_puts(&url, METADATA_PATH);
    return (struct http_call){
        .method = "GET",
        .url = arena_copy(exchange->arena, buf_str(&url)),
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .timeout_ms = TIMEOUT_MS,
    };
}

static bool is_metadata_server(const struct http_answer *answer)
{
    const char *flavor = http_answer_header(answer, "metadata-flavor");

    return flavor && strcmp(flavor, "Google") == 0;
}

struct exchange_step google_token_metadata(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer = dialog_ask(&dialog, metadata_call(exchange));

    if (!answer)
        return dialog.step;
    if (answer->status != 0 && !is_metadata_server(answer))
        return exchange_never(exchange, "no metadata server answers at google.metadata_url (no Metadata-Flavor): "
                                        "outside Google Cloud set google.credentials to a service account's key file");
    if (answer->status == 404)
        return exchange_never(exchange, "the metadata server knows no service account: give this machine one");
    if (answer->status == 403)
        return exchange_never(exchange, "the metadata server refuses: this machine's service account lacks the scopes");
    if (answer->status != 200)
        return exchange_refused(exchange, "the metadata server", answer);
    return token_from(exchange, "the metadata server", answer);
}

/* ---- a service account ---- */

static struct http_call grant_call(const struct exchange *exchange, const char *assertion)
{
    static const struct http_header headers[] = { { "Content-Type", "application/x-www-form-urlencoded" } };
    AUTO_BUF struct buf body = BUF(4 * JWT_MAX_BYTES), url = BUF(URL_MAX_BYTES);

    buf_puts(&body, "grant_type=");
    url_add_encoded(&body, STR_LIT(GRANT_TYPE));
    buf_puts(&body, "&assertion=");
    url_add_encoded(&body, str_of(assertion));
    url_add_base(&url, exchange->settings->google.token_url);
    return (struct http_call){
        .method = "POST",
        .url = arena_copy(exchange->arena, buf_str(&url)),
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .body = str_of(arena_copy(exchange->arena, buf_str(&body))),
        .timeout_ms = TIMEOUT_MS,
    };
}

/* {"error":"invalid_grant","error_description":"..."}: not the shape of Google's other APIs. */
static struct exchange_step grant_refused(const struct exchange *exchange, const struct http_answer *answer)
{
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;
    const char *error, *description;

    if ((answer->status != 400 && answer->status != 401) || !json_parse(answer->body, &json, &ignored))
        return exchange_refused(exchange, "Google's token server", answer);
    error = json_find_string(json, "error");
    description = json_find_string(json, "error_description");
    return exchange_never(
        exchange,
        "Google's token server refused the service account's key: %.*s: %.*s; is the key still there, "
        "and is this machine's clock right?",
        60, error ? error : "no error code", 160, description ? description : "");
}

struct exchange_step google_token_grant(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const char *assertion = json_find_string(exchange->args, "assertion");
    const struct http_answer *answer;

    if (!assertion)
        return exchange_never(exchange, "Google's token server: there is no assertion to show");
    answer = dialog_ask(&dialog, grant_call(exchange, assertion));
    if (!answer)
        return dialog.step;
    return answer->status == 200 ? token_from(exchange, "Google's token server", answer)
                                 : grant_refused(exchange, answer);
}

/* ---- the assertion ---- */

struct key { /* of a key file; borrowed from its JSON */
    const char *email, *id, *audience, *pem;
};

static bool read_key(const cJSON *json, struct key *key, struct error *err)
{
    const char *type;

    if (!json_get_string(json, "type", &type, err) || !json_get_string(json, "client_email", &key->email, err) ||
        !json_get_string(json, "private_key", &key->pem, err))
        return false;
    if (strcmp(type, "service_account") != 0)
        return error_set(err, ERR_INVALID, "type: expected \"service_account\"");
    key->id = json_find_string(json, "private_key_id");
    key->audience = json_find_string(json, "token_uri");
    if (!key->audience)
        key->audience = GOOGLE_AUDIENCE;
    return true;
}

static void add_part(struct buf *jwt, const cJSON *json)
{
    AUTO_FREE char *text = json_print(json);

    base64url_add(jwt, str_of(text));
}

static void add_header(struct buf *jwt, const struct key *key)
{
    AUTO_JSON cJSON *header = json_object();

    json_set_string(header, "alg", "RS256");
    json_set_string(header, "typ", "JWT");
    json_set_string(header, "kid", key->id);
    add_part(jwt, header);
}

static void add_claims(struct buf *jwt, const struct key *key, int64_t unix_s)
{
    AUTO_JSON cJSON *claims = json_object();

    json_set_string(claims, "iss", key->email);
    json_set_string(claims, "scope", SCOPE);
    json_set_string(claims, "aud", key->audience);
    json_set_int(claims, "iat", unix_s);
    json_set_int(claims, "exp", unix_s + LIFE_S);
    add_part(jwt, claims);
}

static void auto_key_free(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void auto_context_free(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

static void auto_bio_free(BIO **bio)
{
    BIO_free(*bio);
}

static int refuse_passphrase(char *text, int size, int is_writing, void *arg) /* OpenSSL would ask at the terminal */
{
    (void)text, (void)size, (void)is_writing, (void)arg;
    return -1;
}

static EVP_PKEY *read_pem(const char *pem)
{
    __attribute__((cleanup(auto_bio_free))) BIO *bio = BIO_new_mem_buf(pem, -1);

    return bio ? PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, NULL) : NULL;
}

/* RS256 (RFC 7518, 3.3) over what the buf holds; the signature is appended. */
static bool add_signature(struct buf *jwt, const char *pem)
{
    __attribute__((cleanup(auto_key_free))) EVP_PKEY *key = read_pem(pem);
    __attribute__((cleanup(auto_context_free))) EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[1024]; /* RSA keys of up to 8192 bits */
    size_t len = sizeof(signature);

    if (!key || !context || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
        EVP_PKEY_get_size(key) > (int)sizeof(signature))
        return false;
    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(context, signature, &len, (const unsigned char *)jwt->at, jwt->len) != 1)
        return false;
    buf_putc(jwt, '.');
    base64url_add(jwt, (struct str){ (const char *)signature, len });
    return true;
}

bool google_token_jwt(struct str key_json, int64_t unix_ms, struct arena *arena, const char **ret_jwt,
                      struct error *err)
{
    AUTO_BUF struct buf jwt = BUF(JWT_MAX_BYTES);
    AUTO_JSON cJSON *json = NULL;
    struct key key;

    if (!json_parse(key_json, &json, err) || !read_key(json, &key, err))
        return error_wrap(err, "service account key");
    add_header(&jwt, &key);
    buf_putc(&jwt, '.');
    add_claims(&jwt, &key, unix_ms / SECOND_MS);
    if (!add_signature(&jwt, key.pem))
        return error_set(err, ERR_INVALID, "service account key: private_key: expected an RSA key in PEM");
    if (!buf_check(&jwt, err))
        return error_wrap(err, "service account key");
    *ret_jwt = arena_copy(arena, buf_str(&jwt));
    return true;
}
