#include "integrations/oidc/sign_in.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "integrations/dialog.h"
#include "integrations/oidc/id_token.h"
#include "integrations/url.h"

#include <string.h>

#define TIMEOUT_MS (5 * SECOND_MS)
#define ANSWER_MAX_BYTES (256 * 1024)
#define QUOTED_MAX 80

struct endpoints {
    const char *authorization, *token, *keys;
};

static const char *peer_of(const struct exchange *exchange)
{
    return exchange->settings->dashboard.oidc->issuer;
}

/* ---- JSON of the provider ---- */

static cJSON *read_json(const struct exchange *exchange, const struct http_answer *answer, struct exchange_step *ret_step)
{
    struct error err;
    cJSON *json;

    if (answer->status != 200) {
        *ret_step = exchange_refused(exchange, peer_of(exchange), answer);
        return NULL;
    }
    json = json_parse_in(exchange->arena, answer->body, &err);
    if (!cJSON_IsObject(json)) {
        *ret_step = exchange_never(exchange, "%s answered with no JSON object", peer_of(exchange));
        return NULL;
    }
    return json;
}

static struct http_call get_call(const char *url)
{
    return (struct http_call){
        .method = "GET", .url = url, .timeout_ms = TIMEOUT_MS, .answer_max_bytes = ANSWER_MAX_BYTES
    };
}

/* ---- discovery ---- */

/* As safe as the issuer's own address: what it names is never in clear where that is not. */
static bool is_safe(const char *issuer, const char *url)
{
    return url && url_is_address(url) &&
           (str_starts_with(str_of(url), "https://") || !str_starts_with(str_of(issuer), "https://"));
}

static bool read_endpoints(const struct exchange *exchange, const struct http_answer *answer,
                           struct endpoints *ret_endpoints, struct exchange_step *ret_step)
{
    const char *issuer = peer_of(exchange), *found;
    const cJSON *json = read_json(exchange, answer, ret_step);

    if (!json)
        return false;
    found = json_find_string(json, "issuer");
    *ret_endpoints = (struct endpoints){ .authorization = json_find_string(json, "authorization_endpoint"),
                                         .token = json_find_string(json, "token_endpoint"),
                                         .keys = json_find_string(json, "jwks_uri") };
    if (!found || strcmp(found, issuer) != 0) {
        *ret_step = exchange_never(exchange, "%s says that it is '%.*s': write dashboard.oidc.issuer as it does", issuer,
                                   QUOTED_MAX, found ? found : "");
        return false;
    }
    if (is_safe(issuer, ret_endpoints->authorization) && is_safe(issuer, ret_endpoints->token) &&
        is_safe(issuer, ret_endpoints->keys))
        return true;
    *ret_step = exchange_never(exchange, "%s does not say where to sign in, safely: its discovery document lacks an "
                                         "authorization_endpoint, token_endpoint or jwks_uri with https", issuer);
    return false;
}

static struct http_call discovery_call(const struct exchange *exchange)
{
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, peer_of(exchange));
    buf_puts(&url, "/.well-known/openid-configuration");
    return get_call(arena_copy(exchange->arena, buf_str(&url)));
}

struct exchange_step oidc_discover(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer = dialog_ask(&dialog, discovery_call(exchange));
    struct endpoints endpoints;
    struct exchange_step step;
    cJSON *result;

    if (!answer)
        return dialog.step;
    if (!read_endpoints(exchange, answer, &endpoints, &step))
        return step;
    result = json_object();
    json_set_string(result, "authorization_endpoint", endpoints.authorization);
    return exchange_done(exchange, result);
}

/* ---- where people are sent to ---- */

static void add_parameter(struct buf *url, const char *name, const char *value)
{
    buf_addf(url, "%s=", name);
    url_add_encoded(url, str_of(value));
}

static const char *scopes_of(const struct oidc_settings *oidc, struct arena *arena)
{
    const char *text = oidc->scopes_count == 0 ? "openid profile email" : "openid";

    for (size_t i = 0; i < oidc->scopes_count; i++)
        if (strcmp(oidc->scopes[i], "openid") != 0)
            text = arena_printf(arena, "%s %s", text, oidc->scopes[i]);
    return text;
}

static const char *challenge_of(const char *verifier, struct arena *arena)
{
    AUTO_BUF struct buf text = BUF(64);
    struct digest digest = digest_sha256(str_of(verifier));

    base64url_add(&text, (struct str){ (const char *)digest.bytes, sizeof(digest.bytes) });
    return arena_copy(arena, buf_str(&text));
}

const char *oidc_authorization_url(const struct oidc_settings *oidc, const char *endpoint, const struct oidc_begun *begun,
                                   struct arena *arena)
{
    const struct {
        const char *name, *value;
    } parameters[] = {
        { "response_type", "code" },
        { "scope", scopes_of(oidc, arena) },
        { "client_id", oidc->client_id },
        { "redirect_uri", begun->redirect_uri },
        { "state", begun->state },
        { "nonce", begun->nonce },
        { "code_challenge", challenge_of(begun->verifier, arena) },
        { "code_challenge_method", "S256" },
    };
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    if (!is_safe(oidc->issuer, endpoint))
        return NULL;
    buf_puts(&url, endpoint);
    for (size_t i = 0; i < ARRAY_LEN(parameters); i++) {
        buf_putc(&url, i > 0 ? '&' : strchr(endpoint, '?') ? '&' : '?');
        add_parameter(&url, parameters[i].name, parameters[i].value);
    }
    return url.failed ? NULL : arena_copy(arena, buf_str(&url));
}

/* ---- the code for a token, and the token ---- */

static struct http_call token_call(const struct exchange *exchange, const char *endpoint)
{
    static const struct http_header headers[] = { { "Content-Type", "application/x-www-form-urlencoded" },
                                                  { "Accept", "application/json" } };
    static const struct {
        const char *name, *arg;
    } rows[] = { { "code", "code" }, { "code_verifier", "verifier" }, { "redirect_uri", "redirect_uri" } };
    AUTO_BUF struct buf body = BUF(URL_MAX_BYTES);

    buf_puts(&body, "grant_type=authorization_code");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_putc(&body, '&');
        add_parameter(&body, rows[i].name, json_find_string(exchange->args, rows[i].arg));
    }
    return (struct http_call){ .method = "POST",
                               .url = endpoint,
                               .headers = headers,
                               .header_count = ARRAY_LEN(headers),
                               .body = str_of(arena_copy(exchange->arena, buf_str(&body))),
                               .timeout_ms = TIMEOUT_MS,
                               .answer_max_bytes = ANSWER_MAX_BYTES,
                               .credential = HTTP_OIDC_CLIENT };
}

/* A 400 as OAuth has it (RFC 6749, 5.2), or Slack's 200 with ok false: both name an error. */
static const char *read_error(const struct exchange *exchange, const struct http_answer *answer)
{
    struct error ignored;
    const cJSON *json = answer->status == 400 || answer->status == 401 || answer->status == 200
                            ? json_parse_in(exchange->arena, answer->body, &ignored)
                            : NULL;
    const char *error = json_find_string(json, "error");

    return error ? arena_printf(exchange->arena, "%.*s", QUOTED_MAX, error) : NULL;
}

static struct exchange_step verified(const struct exchange *exchange, struct str token, const cJSON *keys)
{
    const struct oidc_settings *oidc = exchange->settings->dashboard.oidc;
    const struct id_token_wanted wanted = { .issuer = oidc->issuer,
                                            .client_id = oidc->client_id,
                                            .nonce = json_find_string(exchange->args, "nonce"),
                                            .unix_s = exchange->unix_ms / SECOND_MS };
    const cJSON *claims;
    struct error err;

    if (!id_token_verify(&wanted, token, keys, exchange->arena, &claims, &err))
        return exchange_never(exchange, "%s: %s", oidc->issuer, err.message);
    return exchange_done(exchange, json_copy(claims));
}

struct exchange_step oidc_sign_in(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer = dialog_ask(&dialog, discovery_call(exchange));
    struct endpoints endpoints;
    struct exchange_step step;
    const cJSON *json;
    const char *error, *token;

    if (!answer)
        return dialog.step;
    if (!read_endpoints(exchange, answer, &endpoints, &step))
        return step;
    answer = dialog_ask(&dialog, token_call(exchange, endpoints.token));
    if (!answer)
        return dialog.step;
    error = read_error(exchange, answer);
    if (error)
        return exchange_never(exchange, "%s gave no token: %s", peer_of(exchange), error);
    json = read_json(exchange, answer, &step);
    if (!json)
        return step;
    token = json_find_string(json, "id_token");
    if (!token)
        return exchange_never(exchange, "%s gave no ID token: is `openid` among the scopes of opsgate there?",
                              peer_of(exchange));
    answer = dialog_ask(&dialog, get_call(endpoints.keys));
    if (!answer)
        return dialog.step;
    json = read_json(exchange, answer, &step);
    return json ? verified(exchange, str_of(token), json) : step;
}
