#include "integrations/google/token.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/url.h"

#include <string.h>

#define METADATA_PATH "/computeMetadata/v1/instance/service-accounts/default/"
#define GRANT_TYPE "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define TIMEOUT_MS (5 * SECOND_MS)
#define TOKEN_MAX_BYTES 8192
#define GRANT_MAX_BYTES (4 * TOKEN_MAX_BYTES)

/* ---- what both answer ---- */

static bool is_header_safe(const char *token) /* it becomes a header's value */
{
    size_t len = strlen(token);

    for (size_t i = 0; i < len; i++)
        if (token[i] <= ' ' || token[i] > '~')
            return false;
    return len > 0 && len <= TOKEN_MAX_BYTES;
}

/* The exchange's result, under the name that Google gives such a token. */
static struct exchange_step has_token(const struct exchange *exchange, const char *peer, const char *name,
                                      const char *token, int64_t expires_s)
{
    cJSON *result;

    if (!token || !is_header_safe(token) || expires_s <= 0 || expires_s > DAY_MS / SECOND_MS)
        return exchange_again(exchange, "%s gave no token that can be used", peer);
    result = json_object();
    json_set_string(result, name, token);
    json_set_int(result, "expires_in", expires_s);
    return exchange_done(exchange, result);
}

static struct exchange_step access_token_from(const struct exchange *exchange, const char *peer,
                                              const struct http_answer *answer)
{
    AUTO_JSON cJSON *json = NULL;
    struct error err;

    if (!json_parse(answer->body, &json, &err))
        return exchange_again(exchange, "%s gave no token: %s", peer, err.message);
    return has_token(exchange, peer, "access_token", json_find_string(json, "access_token"),
                     json_find_int(json, "expires_in", 0));
}

/* ---- identity tokens: JWTs, whose claims say when they end ---- */

/* Nobody checks its signature here: it came from where we asked, and is shown to whoever does. 0: it says no end. */
static int64_t jwt_ends_s(struct str jwt)
{
    AUTO_BUF struct buf claims = BUF(TOKEN_MAX_BYTES);
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;

    str_take_until(&jwt, '.');
    if (jwt.len > TOKEN_MAX_BYTES || !base64url_decode(&claims, str_take_until(&jwt, '.')) ||
        !json_parse(buf_str(&claims), &json, &ignored))
        return 0;
    return json_find_int(json, "exp", 0);
}

static struct exchange_step has_identity(const struct exchange *exchange, const char *peer, struct str jwt)
{
    const char *token = arena_copy(exchange->arena, jwt);

    if (strlen(token) != jwt.len) /* a NUL: what stands before it is not what was given */
        token = "";
    return has_token(exchange, peer, "id_token", token, jwt_ends_s(jwt) - exchange->unix_ms / SECOND_MS);
}

static struct exchange_step identity_from(const struct exchange *exchange, const char *peer,
                                          const struct http_answer *answer)
{
    AUTO_JSON cJSON *json = NULL;
    struct error err;

    if (!json_parse(answer->body, &json, &err))
        return exchange_again(exchange, "%s gave no token: %s", peer, err.message);
    return has_identity(exchange, peer, str_of(json_find_string(json, "id_token")));
}

/* ---- the metadata server ---- */

static struct http_call metadata_call(const struct exchange *exchange, const char *audience)
{
    static const struct http_header headers[] = { { "Metadata-Flavor", "Google" } };
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, exchange->settings->google.metadata_url);
    buf_puts(&url, METADATA_PATH);
    buf_puts(&url, audience ? "identity?format=full&audience=" : "token");
    url_add_encoded(&url, str_of(audience));
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

/* False: *ret_step is how it ends. */
static bool is_granted(const struct exchange *exchange, const struct http_answer *answer,
                       struct exchange_step *ret_step)
{
    if (answer->status != 0 && !is_metadata_server(answer))
        *ret_step =
            exchange_never(exchange, "no metadata server answers at google.metadata_url (no Metadata-Flavor): outside "
                                     "Google Cloud set google.credentials to a service account's key file");
    else if (answer->status == 404)
        *ret_step = exchange_never(exchange, "the metadata server knows no service account: give this machine one");
    else if (answer->status == 403)
        *ret_step =
            exchange_never(exchange, "the metadata server refuses: this machine's service account lacks the scopes");
    else if (answer->status != 200)
        *ret_step = exchange_refused(exchange, "the metadata server", answer);
    else
        return true;
    return false;
}

struct exchange_step google_token_metadata(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer = dialog_ask(&dialog, metadata_call(exchange, NULL));

    return answer && is_granted(exchange, answer, &dialog.step)
               ? access_token_from(exchange, "the metadata server", answer)
               : dialog.step;
}

struct exchange_step google_identity_metadata(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const char *audience = json_find_string(exchange->args, "audience");
    const struct http_answer *answer;

    if (!audience || !audience[0])
        return exchange_never(exchange, "the metadata server: an identity token is for an audience");
    answer = dialog_ask(&dialog, metadata_call(exchange, audience));
    return answer && is_granted(exchange, answer, &dialog.step)
               ? has_identity(exchange, "the metadata server", str_trim(answer->body)) /* bare, no JSON */
               : dialog.step;
}

/* ---- a service account ---- */

static struct http_call grant_call(const struct exchange *exchange, const char *assertion)
{
    static const struct http_header headers[] = { { "Content-Type", "application/x-www-form-urlencoded" } };
    AUTO_BUF struct buf body = BUF(GRANT_MAX_BYTES), url = BUF(URL_MAX_BYTES);

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
    struct exchange_step step;

    if ((answer->status != 400 && answer->status != 401) || !json_parse(answer->body, &json, &ignored))
        return exchange_refused(exchange, "Google's token server", answer);
    error = json_find_string(json, "error");
    description = json_find_string(json, "error_description");
    step = exchange_never(
        exchange,
        "Google's token server refused the service account's key: %.*s: %.*s; is the key still there, "
        "and is this machine's clock right?",
        60, error ? error : "no error code", 160, description ? description : "");
    step.refusal = REFUSAL_CREDENTIAL;
    return step;
}

/* The answer that brings a token; NULL: dialog->step is what to return. */
static const struct http_answer *ask_for_grant(struct dialog *dialog)
{
    const struct exchange *exchange = dialog->exchange;
    const char *assertion = json_find_string(exchange->args, "assertion");
    const struct http_answer *answer;

    if (!assertion) {
        dialog->step = exchange_never(exchange, "Google's token server: there is no assertion to show");
        return NULL;
    }
    answer = dialog_ask(dialog, grant_call(exchange, assertion));
    if (!answer || answer->status == 200)
        return answer;
    dialog->step = grant_refused(exchange, answer);
    return NULL;
}

struct exchange_step google_token_grant(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer = ask_for_grant(&dialog);

    return answer ? access_token_from(exchange, "Google's token server", answer) : dialog.step;
}

struct exchange_step google_identity_grant(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer = ask_for_grant(&dialog);

    return answer ? identity_from(exchange, "Google's token server", answer) : dialog.step;
}
