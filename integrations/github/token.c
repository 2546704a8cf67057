#include "integrations/github/token.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"
#include "integrations/rs256.h"
#include "integrations/url.h"

#include <inttypes.h>
#include <string.h>

#define JWT_MAX_BYTES 4096
#define JWT_EARLIER_S 60
#define JWT_LIFE_S 540 /* GitHub takes ten minutes at most */
#define TOKEN_MAX_BYTES 8192

/* ---- the App's JWT ---- */

static void add_part(struct buf *jwt, const cJSON *json)
{
    AUTO_FREE char *text = json_print(json);

    base64url_add(jwt, str_of(text));
}

bool github_assertion_make(int64_t app_id, const char *private_key, int64_t unix_ms, struct arena *arena,
                           const char **ret_jwt, struct error *err)
{
    AUTO_BUF struct buf jwt = BUF(JWT_MAX_BYTES);
    AUTO_JSON cJSON *header = json_object(), *claims = json_object();

    json_set_string(header, "alg", "RS256");
    json_set_string(header, "typ", "JWT");
    json_set_int(claims, "iat", unix_ms / SECOND_MS - JWT_EARLIER_S);
    json_set_int(claims, "exp", unix_ms / SECOND_MS + JWT_LIFE_S);
    json_set_string(claims, "iss", arena_printf(arena, "%" PRId64, app_id));
    add_part(&jwt, header);
    buf_putc(&jwt, '.');
    add_part(&jwt, claims);
    if (!rs256_sign(&jwt, private_key))
        return error_set(err, ERR_INVALID, "github.app.private_key: expected an RSA key in PEM");
    if (!buf_check(&jwt, err))
        return error_wrap(err, "github.app.private_key");
    *ret_jwt = arena_copy(arena, buf_str(&jwt));
    return true;
}

/* ---- the installation's token ---- */

/* A call as the App itself, not as one of its installations. */
static struct http_call app_call(const struct exchange *exchange, const char *method, struct http_call call,
                                 const char *assertion)
{
    struct http_header *headers = arena_alloc(exchange->arena, (call.header_count + 1) * sizeof(*headers));

    memcpy(headers, call.headers, call.header_count * sizeof(*headers));
    headers[call.header_count] =
        (struct http_header){ "Authorization", arena_printf(exchange->arena, "Bearer %s", assertion) };
    call.method = method;
    call.headers = headers;
    call.header_count++;
    call.credential = HTTP_NO_CREDENTIAL;
    call.audience = NULL;
    return call;
}

static struct http_call token_call(const struct exchange *exchange, int64_t installation, const char *assertion)
{
    struct http_call call = github_call(exchange, "POST", "", "", (struct str){ 0 });
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, exchange->settings->github->api_url);
    buf_addf(&url, "/app/installations/%" PRId64 "/access_tokens", installation);
    call.url = arena_copy(exchange->arena, buf_str(&url));
    return app_call(exchange, "POST", call, assertion);
}

/* 401 here is about the key or the clock, which no fresh token mends. */
static struct exchange_step app_refused(const struct exchange *exchange, const char *repository,
                                        const struct http_answer *answer)
{
    struct error ignored;
    const cJSON *json = json_parse_in(exchange->arena, answer->body, &ignored);
    const char *message = json_find_string(json, "message");
    struct exchange_step step;

    if (answer->status == 401) {
        step = exchange_again(exchange,
                              "GitHub refuses the App's key: %.150s; are github.app.id and github.app.private_key of "
                              "one App, and is this machine's clock right?",
                              message ? message : "no reason given");
        step.refusal = REFUSAL_CREDENTIAL;
        return step;
    }
    if (answer->status == 404)
        return exchange_never(exchange,
                              "the GitHub App is not installed on %s, or GitHub knows no such place: install it there",
                              repository);
    return github_refused(exchange, "a token of the App's installation", repository, answer);
}

static bool
is_header_safe(const char *token) /* it becomes a header's value; how long one is, GitHub does not promise */
{
    size_t len = strlen(token);

    for (size_t i = 0; i < len; i++)
        if (token[i] <= ' ' || token[i] > '~')
            return false;
    return len > 0 && len <= TOKEN_MAX_BYTES;
}

static struct exchange_step token_from(const struct exchange *exchange, const struct http_answer *answer)
{
    struct exchange_step step;
    const cJSON *json = github_json(exchange, "a token", answer, &step);
    const char *token = json_find_string(json, "token"), *expires = json_find_string(json, "expires_at");
    int64_t expires_at_ms = 0;
    struct error err;
    cJSON *result;

    if (!json)
        return step;
    if (!token || !is_header_safe(token) || !time_parse(str_of(expires), &expires_at_ms, &err) ||
        expires_at_ms <= exchange->unix_ms || expires_at_ms > exchange->unix_ms + DAY_MS)
        return exchange_again(exchange, "GitHub gave no token that can be used: is this machine's clock right?");
    result = json_object();
    json_set_string(result, "access_token", token);
    json_set_int(result, "expires_in", (expires_at_ms - exchange->unix_ms) / SECOND_MS);
    return exchange_done(exchange, result);
}

static bool is_installable(struct str on) /* "acme/platform", "acme" */
{
    return github_repository_is_valid(on) || github_name_is_valid(on);
}

static struct http_call installation_call(const struct exchange *exchange, const char *on)
{
    if (strchr(on, '/'))
        return github_call(exchange, "GET", on, "/installation", (struct str){ 0 });
    return github_organization_call(exchange, on, arena_printf(exchange->arena, "/orgs/%s/installation", on));
}

struct exchange_step github_token_installation(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const char *assertion = json_find_string(exchange->args, "assertion"),
               *repository = json_find_string(exchange->args, "repository");
    const struct http_answer *answer;
    const cJSON *json;
    int64_t installation = 0;
    struct error err;

    if (!assertion || !is_installable(str_of(repository)) || !exchange->settings->github)
        return exchange_never(exchange,
                              "GitHub: a token is for a repository such as acme/platform, or for an organisation");
    answer = dialog_ask(&dialog, app_call(exchange, "GET", installation_call(exchange, repository), assertion));
    if (!answer)
        return dialog.step;
    if (answer->status != 200)
        return app_refused(exchange, repository, answer);
    json = github_json(exchange, "the App's installation", answer, &dialog.step);
    if (!json)
        return dialog.step;
    if (!json_get_int(json, "id", &installation, &err) || installation <= 0)
        return exchange_again(exchange, "GitHub's answer about the App's installation made no sense: no id");
    answer = dialog_ask(&dialog, token_call(exchange, installation, assertion));
    if (!answer)
        return dialog.step;
    return answer->status == 201 ? token_from(exchange, answer) : app_refused(exchange, repository, answer);
}
