#include "integrations/google/assertion.h"

#include "bot/base/digest.h"
#include "bot/base/json.h"
#include "bot/base/time.h"
#include "integrations/rs256.h"

#include <string.h>

#define GOOGLE_AUDIENCE "https://oauth2.googleapis.com/token"
#define SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define LIFE_S 3600
#define JWT_MAX_BYTES 8192

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

static void add_claims(struct buf *jwt, const struct key *key, const char *audience, int64_t unix_s)
{
    AUTO_JSON cJSON *claims = json_object();

    json_set_string(claims, "iss", key->email);
    json_set_string(claims, audience ? "target_audience" : "scope", audience ? audience : SCOPE);
    json_set_string(claims, "aud", key->audience);
    json_set_int(claims, "iat", unix_s);
    json_set_int(claims, "exp", unix_s + LIFE_S);
    add_part(jwt, claims);
}

bool google_assertion_make(struct str key_json, const char *audience, int64_t unix_ms, struct arena *arena,
                           const char **ret_jwt, struct error *err)
{
    AUTO_BUF struct buf jwt = BUF(JWT_MAX_BYTES);
    AUTO_JSON cJSON *json = NULL;
    struct key key;

    if (!json_parse(key_json, &json, err) || !read_key(json, &key, err))
        return error_wrap(err, "service account key");
    add_header(&jwt, &key);
    buf_putc(&jwt, '.');
    add_claims(&jwt, &key, audience, unix_ms / SECOND_MS);
    if (!rs256_sign(&jwt, key.pem))
        return error_set(err, ERR_INVALID, "service account key: private_key: expected an RSA key in PEM");
    if (!buf_check(&jwt, err))
        return error_wrap(err, "service account key");
    *ret_jwt = arena_copy(arena, buf_str(&jwt));
    return true;
}
