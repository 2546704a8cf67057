#include "openid/openid.h"

#include "form.h"
#include "random.h"

#include "bot/base/digest.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#define CODE_LIFE_MS (10 * 60 * 1000)
#define TOKEN_LIFE_S 300
#define CODES_MAX 100
#define SIGNATURE_MAX 512
#define TOKEN_MAX_BYTES 8192

enum forgery {
    GOOD,
    OTHER_KEY,
    NO_ALGORITHM,
    OTHER_NONCE,
    OTHER_AUDIENCE,
    OTHER_ISSUER,
    EXPIRED,
    OTHER_TEAM,
    UNVERIFIED
};
static const char *const forgeries[] = {
    [GOOD] = "none",         [OTHER_KEY] = "signature",     [NO_ALGORITHM] = "algorithm",
    [OTHER_NONCE] = "nonce", [OTHER_AUDIENCE] = "audience", [OTHER_ISSUER] = "issuer",
    [EXPIRED] = "expired",   [OTHER_TEAM] = "team",         [UNVERIFIED] = "unverified"
};

struct openid {
    EVP_PKEY *key, *other; /* NULL until they are asked for: making them takes long */
    char *issuer;
    struct random_hex key_id;
    enum forgery next;
    cJSON *codes; /* array: {code, user, nonce?, redirect_uri, challenge?, expires_at_ms, used} */
};

struct openid *openid_create(const char *own_url)
{
    struct openid *openid = xcalloc(1, sizeof *openid);

    openid->issuer = text_format("%s/openid", own_url);
    openid->key_id = random_hex();
    openid->codes = json_array();
    return openid;
}

void openid_destroy(struct openid *openid)
{
    if (!openid)
        return;
    EVP_PKEY_free(openid->key);
    EVP_PKEY_free(openid->other);
    free(openid->issuer);
    cJSON_Delete(openid->codes);
    free(openid);
}

static EVP_PKEY *made(EVP_PKEY **key)
{
    if (!*key)
        *key = EVP_RSA_gen(2048);
    if (!*key)
        abort();
    return *key;
}

bool openid_change(struct openid *openid, const cJSON *value, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(forgeries); i++)
        if (tree_has_text(value, "forge", forgeries[i])) {
            openid->next = (enum forgery)i;
            return true;
        }
    return error_set(err, ERR_INVALID, "forge: expected a kind of openid/openid.c");
}

/* ---- what everybody may read ---- */

static void serve_discovery(const struct openid *openid, struct reply *reply)
{
    cJSON *body = json_object();

    json_set_string(body, "issuer", openid->issuer);
    tree_set_textf(body, "authorization_endpoint", "%s/connect/authorize", openid->issuer);
    tree_set_textf(body, "token_endpoint", "%s/api/openid.connect.token", openid->issuer);
    tree_set_textf(body, "userinfo_endpoint", "%s/api/openid.connect.userInfo", openid->issuer);
    tree_set_textf(body, "jwks_uri", "%s/connect/keys", openid->issuer);
    json_add_string(json_set(body, "response_types_supported", json_array()), "code");
    json_add_string(json_set(body, "id_token_signing_alg_values_supported", json_array()), "RS256");
    reply_json(reply, 200, body);
}

static void set_number(cJSON *json, const char *name, EVP_PKEY *key, const char *parameter)
{
    AUTO_BUF struct buf text = BUF(1024);
    unsigned char bytes[SIGNATURE_MAX];
    BIGNUM *number = NULL;

    if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1)
        abort();
    base64url_add(&text, (struct str){ (const char *)bytes, (size_t)BN_bn2bin(number, bytes) });
    json_set_string(json, name, buf_text(&text));
    BN_free(number);
}

static void serve_keys(struct openid *openid, struct reply *reply)
{
    cJSON *body = json_object(), *key = json_add(json_set(body, "keys", json_array()), json_object());

    json_set_string(key, "kty", "RSA");
    json_set_string(key, "use", "sig");
    json_set_string(key, "alg", "RS256");
    json_set_string(key, "kid", openid->key_id.text);
    set_number(key, "n", made(&openid->key), OSSL_PKEY_PARAM_RSA_N);
    set_number(key, "e", made(&openid->key), OSSL_PKEY_PARAM_RSA_E);
    reply_json(reply, 200, body);
}

/* ---- the page where one says who one is ---- */

static void copy_parameter(void *arg, const char *name, const char *value)
{
    json_set_string(arg, name, value);
}

static const char *wrong_with(const cJSON *asked)
{
    if (!tree_has_text(asked, "client_id", OPENID_CLIENT))
        return "invalid_client_id";
    if (!tree_has_text(asked, "response_type", "code"))
        return "unsupported_response_type";
    if (!text_starts(tree_text_or(asked, "redirect_uri", ""), "http"))
        return "bad_redirect_uri";
    if (!strstr(tree_text_or(asked, "scope", ""), "openid"))
        return "invalid_scope";
    if (tree_text(asked, "code_challenge") && !tree_has_text(asked, "code_challenge_method", "S256"))
        return "invalid_code_challenge_method";
    return NULL;
}

/* What a form encodes has no quote and no '<'. */
static void serve_choice(const struct slack *slack, cJSON *asked, struct reply *reply)
{
    AUTO_BUF struct buf page = BUF(65536);

    buf_puts(&page, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign in</title><h1>Sign in to Acme"
                    "</h1><p>opsgate wants to know who you are.</p><ul>");
    JSON_EACH(user, slack->users) {
        if (tree_true(user, "is_bot"))
            continue;
        json_set_string(asked, "as", tree_text(user, "id"));
        AUTO_FREE char *query = form_encode(asked);

        buf_addf(&page, "<li><a id=\"%s\" href=\"authorize?", tree_text(user, "id"));
        for (const char *c = query; *c; c++)
            *c == '&' ? buf_puts(&page, "&amp;") : buf_putc(&page, *c);
        buf_addf(&page, "\">%s</a>", tree_text(user, "name"));
    }
    json_set_string(asked, "as", "nobody");
    AUTO_FREE char *query = form_encode(asked);

    buf_addf(&page, "</ul><p><a href=\"authorize?%s\">Do not</a></html>\n", query);
    reply_text(reply, 200, "text/html; charset=utf-8", buf_text(&page));
}

static void send_back(const cJSON *asked, const char *name, const char *value, struct reply *reply)
{
    AUTO_JSON cJSON *fields = json_object();
    const char *to = tree_text(asked, "redirect_uri");

    json_set_string(fields, name, value);
    json_set_string(fields, "state", tree_text(asked, "state"));
    AUTO_FREE char *query = form_encode(fields);
    AUTO_FREE char *url = text_format("%s%c%s", to, strchr(to, '?') ? '&' : '?', query);

    reply_text(reply, 302, "text/plain; charset=utf-8", "");
    reply_header(reply, "Location", url);
}

static void serve_authorize(struct openid *openid, const struct slack *slack, const struct request *request,
                            struct reply *reply)
{
    AUTO_JSON cJSON *asked = json_object();
    struct random_hex code = random_hex();
    const char *wrong, *user;
    cJSON *kept;

    request_each_query(request, copy_parameter, asked);
    wrong = wrong_with(asked);
    user = tree_text(asked, "as");
    if (wrong)
        return reply_text(reply, 400, "text/plain; charset=utf-8", wrong);
    if (!user)
        return serve_choice(slack, asked, reply);
    if (!slack_find_user(slack, user))
        return send_back(asked, "error", "access_denied", reply);
    kept = json_add(openid->codes, json_copy(asked));
    json_set_string(kept, "code", code.text);
    json_set_int(kept, "expires_at_ms", request->now_ms + CODE_LIFE_MS);
    tree_keep_last(openid->codes, CODES_MAX);
    send_back(asked, "code", code.text, reply);
}

/* ---- a code for a token ---- */

static void refuse(struct reply *reply, const char *error)
{
    cJSON *body = json_object();

    json_set_bool(body, "ok", false);
    json_set_string(body, "error", error);
    reply_json(reply, 200, body);
}

static bool is_client(const struct request *request, const cJSON *form)
{
    const char *authorization = request_header(request, "Authorization");
    AUTO_BUF struct buf wanted = BUF(1024);

    buf_puts(&wanted, "Basic ");
    base64_add(&wanted, STR_LIT(OPENID_CLIENT ":" OPENID_SECRET));
    if (authorization)
        return text_is(authorization, buf_text(&wanted));
    return tree_has_text(form, "client_id", OPENID_CLIENT) && tree_has_text(form, "client_secret", OPENID_SECRET);
}

static bool is_verified(const cJSON *kept, const char *verifier)
{
    AUTO_BUF struct buf challenge = BUF(64);
    struct digest digest = digest_sha256(str_of(verifier));

    if (!tree_text(kept, "code_challenge"))
        return true;
    base64url_add(&challenge, (struct str){ (const char *)digest.bytes, sizeof digest.bytes });
    return verifier && strlen(verifier) >= 43 && tree_has_text(kept, "code_challenge", buf_text(&challenge));
}

static cJSON *claims_of(const struct openid *openid, const cJSON *user, const cJSON *kept, int64_t now_s)
{
    cJSON *claims = json_object();
    const char *team = openid->next == OTHER_TEAM ? "T0ELSEWHERE" : tree_text(user, "team_id");
    int64_t issued_s = openid->next == EXPIRED ? now_s - 2 * TOKEN_LIFE_S : now_s;

    json_set_string(claims, "iss", openid->next == OTHER_ISSUER ? "https://elsewhere.example" : openid->issuer);
    json_set_string(claims, "sub", tree_text(user, "id"));
    json_set_string(claims, "aud", openid->next == OTHER_AUDIENCE ? "9.9" : OPENID_CLIENT);
    json_set_int(claims, "exp", issued_s + TOKEN_LIFE_S);
    json_set_int(claims, "iat", issued_s);
    json_set_int(claims, "auth_time", issued_s);
    json_set_string(claims, "nonce", openid->next == OTHER_NONCE ? "another" : tree_text(kept, "nonce"));
    json_set_string(claims, "https://slack.com/user_id", tree_text(user, "id"));
    json_set_string(claims, "https://slack.com/team_id", team);
    json_set_string(claims, "email", tree_text(tree_get(user, "profile"), "email"));
    json_set_bool(claims, "email_verified", openid->next != UNVERIFIED);
    json_set_string(claims, "name", tree_text(user, "real_name"));
    return claims;
}

static void add_part(struct buf *out, const cJSON *part)
{
    AUTO_FREE char *text = json_print(part);

    base64url_add(out, str_of(text));
}

static void sign(struct buf *token, EVP_PKEY *key)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[SIGNATURE_MAX];
    size_t len = sizeof signature;

    if (!context || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(context, signature, &len, (const unsigned char *)token->at, token->len) != 1)
        abort();
    EVP_MD_CTX_free(context);
    buf_putc(token, '.');
    base64url_add(token, (struct str){ (const char *)signature, len });
}

static char *token_of(struct openid *openid, const cJSON *claims)
{
    AUTO_BUF struct buf token = BUF(TOKEN_MAX_BYTES);
    AUTO_JSON cJSON *header = json_object();

    json_set_string(header, "typ", "JWT");
    json_set_string(header, "alg", openid->next == NO_ALGORITHM ? "none" : "RS256");
    json_set_string(header, "kid", openid->key_id.text);
    add_part(&token, header);
    buf_putc(&token, '.');
    add_part(&token, claims);
    if (openid->next == NO_ALGORITHM)
        buf_putc(&token, '.');
    else
        sign(&token, made(openid->next == OTHER_KEY ? &openid->other : &openid->key));
    return buf_take(&token);
}

static const char *wrong_with_code(const struct request *request, const cJSON *form, const cJSON *kept)
{
    if (!is_client(request, form))
        return "bad_client_secret";
    if (!tree_has_text(form, "grant_type", "authorization_code"))
        return "invalid_grant_type";
    if (!kept || tree_true(kept, "used") || tree_int(kept, "expires_at_ms", 0) <= request->now_ms)
        return "invalid_code";
    if (!tree_has_text(form, "redirect_uri", tree_text(kept, "redirect_uri")))
        return "bad_redirect_uri";
    return is_verified(kept, tree_text(form, "code_verifier")) ? NULL : "invalid_grant";
}

static void serve_token(struct openid *openid, const struct slack *slack, const struct request *request,
                        struct reply *reply)
{
    AUTO_JSON cJSON *form = form_decode(request->body), *claims = NULL;
    cJSON *kept = tree_find(openid->codes, "code", tree_text_or(form, "code", "")), *body;
    const char *wrong = request_is(request, "POST") ? wrong_with_code(request, form, kept) : "invalid_arguments";
    struct random_hex access = random_hex();

    if (wrong)
        return refuse(reply, wrong);
    json_set_bool(kept, "used", true);
    json_set_string(kept, "access_token", access.text);
    claims = claims_of(openid, slack_find_user(slack, tree_text(kept, "as")), kept, request->now_ms / 1000);
    AUTO_FREE char *token = token_of(openid, claims);

    openid->next = GOOD;
    body = json_object();
    json_set_bool(body, "ok", true);
    json_set_string(body, "access_token", access.text);
    json_set_string(body, "token_type", "Bearer");
    json_set_string(body, "id_token", token);
    reply->applied = true;
    reply_json(reply, 200, body);
}

static void serve_user(const struct openid *openid, const struct slack *slack, const struct request *request,
                       struct reply *reply)
{
    const char *token = request_bearer(request);
    const cJSON *kept = tree_find(openid->codes, "access_token", token ? token : "");
    cJSON *claims;

    if (!kept)
        return refuse(reply, "invalid_auth");
    claims = claims_of(openid, slack_find_user(slack, tree_text(kept, "as")), kept, request->now_ms / 1000);
    json_set_bool(claims, "ok", true);
    reply_json(reply, 200, claims);
}

void openid_serve(struct openid *openid, const struct slack *slack, const struct request *request, struct reply *reply)
{
    if (text_is(request->path, "/.well-known/openid-configuration"))
        serve_discovery(openid, reply);
    else if (text_is(request->path, "/connect/keys"))
        serve_keys(openid, reply);
    else if (text_is(request->path, "/connect/authorize"))
        serve_authorize(openid, slack, request, reply);
    else if (text_is(request->path, "/api/openid.connect.token"))
        serve_token(openid, slack, request, reply);
    else if (text_is(request->path, "/api/openid.connect.userInfo"))
        serve_user(openid, slack, request, reply);
    else
        reply_text(reply, 404, "text/plain; charset=utf-8", "no such page\n");
}
