#include "integrations/oidc/id_token.h"

#include "bot/base/digest.h"
#include "integrations/rs256.h"

#include <string.h>

struct parts {
    struct str text, signature; /* "header.claims"; base64url */
    const cJSON *header, *claims;
};

static bool wrong(struct error *err, const char *what)
{
    return error_set(err, ERR_DENIED, "its ID token %s", what);
}

static bool is_text(const cJSON *json, const char *name, const char *text)
{
    const char *found = json_find_string(json, name);

    return found && strcmp(found, text) == 0;
}

/* ---- taken apart ---- */

static const cJSON *decode(struct str base64url, struct arena *arena)
{
    AUTO_BUF struct buf text = BUF(ID_TOKEN_MAX_BYTES);
    struct error ignored;
    cJSON *json = base64url_decode(&text, base64url) ? json_parse_in(arena, buf_str(&text), &ignored) : NULL;

    return cJSON_IsObject(json) ? json : NULL;
}

static bool take_apart(struct str token, struct arena *arena, struct parts *parts)
{
    struct str rest = token, header = str_take_until(&rest, '.'), claims = str_take_until(&rest, '.');

    if (token.len > ID_TOKEN_MAX_BYTES || rest.len == 0)
        return false;
    parts->text = (struct str){ token.at, header.len + 1 + claims.len };
    parts->signature = rest;
    parts->header = decode(header, arena);
    parts->claims = decode(claims, arena);
    return parts->header && parts->claims;
}

/* ---- its key ---- */

static bool may_sign(const cJSON *key)
{
    const char *use = json_find_string(key, "use"), *alg = json_find_string(key, "alg");

    return is_text(key, "kty", "RSA") && (!use || strcmp(use, "sig") == 0) && (!alg || strcmp(alg, "RS256") == 0);
}

/* By its name; a token that names none has the only one. */
static const cJSON *find_key(const cJSON *keys, const char *name)
{
    const cJSON *only = NULL;
    size_t count = 0;

    JSON_EACH(key, json_find(keys, "keys")) {
        if (!may_sign(key))
            continue;
        if (name && is_text(key, "kid", name))
            return key;
        only = key;
        count++;
    }
    return !name && count == 1 ? only : NULL;
}

static bool is_signed(const struct parts *parts, const cJSON *keys, struct error *err)
{
    const cJSON *key;

    if (!is_text(parts->header, "alg", "RS256"))
        return wrong(err, "is not signed by RS256, which is what opsgate takes");
    if (json_find(parts->header, "crit"))
        return wrong(err, "asks for what opsgate does not know (crit)");
    key = find_key(keys, json_find_string(parts->header, "kid"));
    if (!key)
        return wrong(err, "is signed with none of its keys");
    if (!rs256_is_signed(parts->text, parts->signature, json_find_string(key, "n"), json_find_string(key, "e")))
        return wrong(err, "has a bad signature");
    return true;
}

/* ---- what it claims ---- */

static bool is_for(const cJSON *claims, const char *client_id)
{
    const cJSON *audience = json_find(claims, "aud");
    bool has_us = false;

    if (cJSON_IsString(audience))
        return strcmp(audience->valuestring, client_id) == 0;
    if (!cJSON_IsArray(audience))
        return false;
    JSON_EACH(one, audience)
        has_us = has_us || (cJSON_IsString(one) && strcmp(one->valuestring, client_id) == 0);
    return has_us && (cJSON_GetArraySize(audience) == 1 || is_text(claims, "azp", client_id));
}

static bool is_of_now(const cJSON *claims, int64_t unix_s, struct error *err)
{
    int64_t issued_s, expires_s;
    struct error ignored;

    if (!json_get_int(claims, "exp", &expires_s, &ignored) || !json_get_int(claims, "iat", &issued_s, &ignored))
        return wrong(err, "does not say from when until when it is good");
    if (expires_s + ID_TOKEN_LEEWAY_S <= unix_s)
        return wrong(err, "has expired: are both clocks right?");
    if (issued_s - ID_TOKEN_LEEWAY_S > unix_s || json_find_int(claims, "nbf", 0) - ID_TOKEN_LEEWAY_S > unix_s)
        return wrong(err, "is of the future: are both clocks right?");
    return true;
}

static bool check_claims(const struct id_token_wanted *wanted, const cJSON *claims, struct error *err)
{
    if (!is_text(claims, "iss", wanted->issuer))
        return wrong(err, "is of another issuer");
    if (!is_for(claims, wanted->client_id) ||
        (json_find(claims, "azp") && !is_text(claims, "azp", wanted->client_id)))
        return wrong(err, "is for somebody else (aud)");
    if (!is_of_now(claims, wanted->unix_s, err))
        return false;
    if (!is_text(claims, "nonce", wanted->nonce))
        return wrong(err, "is of another sign-in (nonce)");
    if (!json_find_string(claims, "sub") || !*json_find_string(claims, "sub"))
        return wrong(err, "does not say who it is of (sub)");
    return true;
}

bool id_token_verify(const struct id_token_wanted *wanted, struct str token, const cJSON *keys, struct arena *arena,
                     const cJSON **ret_claims, struct error *err)
{
    struct parts parts;

    if (!take_apart(token, arena, &parts))
        return wrong(err, "is none");
    if (!is_signed(&parts, keys, err) || !check_claims(wanted, parts.claims, err))
        return false;
    *ret_claims = parts.claims;
    return true;
}
