#include "google/identity.h"

#include "random.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"

#include <string.h>
#include <strings.h>

#define FRESH_MS (5 * MINUTE_MS)
#define KEPT_MAX 1000
#define TOKEN_MAX_BYTES 8192

#define REFUSAL(code, word, sentence)                                                                                  \
    "<html><head>\n<meta http-equiv=\"content-type\" content=\"text/html;charset=utf-8\">\n<title>" code " " word      \
    "</title>\n</head>\n<body text=#000000 bgcolor=#ffffff>\n<h1>Error: " word "</h1>\n<h2>" sentence                  \
    "</h2>\n<h2></h2>\n</body></html>\n"

static void add_part(struct buf *out, const cJSON *part)
{
    AUTO_FREE char *text = json_print(part);

    base64url_add(out, str_of(text));
    buf_putc(out, '.');
}

static char *token_create(const char *account, const char *audience, int64_t now_ms, int64_t expires_at_ms)
{
    AUTO_BUF struct buf out = BUF(TOKEN_MAX_BYTES);
    AUTO_JSON cJSON *header = json_object(), *claims = json_object();

    json_set_string(header, "alg", "RS256");
    json_set_string(header, "kid", "sandbox");
    json_set_string(header, "typ", "JWT");
    json_set_string(claims, "aud", audience);
    json_set_string(claims, "azp", "100000000000000000001");
    json_set_string(claims, "email", account);
    json_set_bool(claims, "email_verified", true);
    json_set_int(claims, "exp", expires_at_ms / 1000);
    json_set_int(claims, "iat", now_ms / 1000);
    json_set_string(claims, "iss", "https://accounts.google.com");
    json_set_string(claims, "sub", "100000000000000000001");
    add_part(&out, header);
    add_part(&out, claims);
    base64url_add(&out, str_of(random_hex().text)); /* in the signature's place: we know it again by looking it up */
    return buf_take(&out);
}

const char *identity_issue(struct tokens *tokens, const char *account, const char *audience, int64_t now_ms)
{
    cJSON *entry = NULL;

    JSON_EACH(old, tokens->identities) {
        if (tree_has_text(old, "audience", audience) && tree_int(old, "expires_at_ms", 0) - now_ms > FRESH_MS)
            return tree_text(old, "token");
    }
    entry = json_add(tokens->identities, json_object());
    AUTO_FREE char *token = token_create(account, audience, now_ms, now_ms + tokens->lifetime_ms);

    json_set_string(entry, "token", token);
    json_set_string(entry, "audience", audience);
    json_set_int(entry, "expires_at_ms", now_ms + tokens->lifetime_ms);
    tree_keep_last(tokens->identities, KEPT_MAX);
    return tree_text(entry, "token");
}

/* Cloud Run looks at its own header first, so that an app can use the usual one for itself. */
static const char *given_token(const struct request *request)
{
    const char *value = request_header(request, "X-Serverless-Authorization");

    if (!value)
        return request_bearer(request);
    return strncasecmp(value, "Bearer ", 7) == 0 && value[7] ? value + 7 : NULL;
}

static bool is_audience(const cJSON *audiences, const char *audience)
{
    JSON_EACH(one, audiences) {
        if (text_is(one->valuestring, audience))
            return true;
    }
    return false;
}

bool identity_check(const struct tokens *tokens, const struct request *request, const cJSON *audiences,
                    struct reply *reply)
{
    const char *token = given_token(request);
    const cJSON *entry = token ? tree_find(tokens->identities, "token", token) : NULL;

    if (!token) {
        reply_text(reply, 403, "text/html; charset=UTF-8",
                   REFUSAL("403", "Forbidden",
                           "Your client does not have permission to get URL <code>/</code> from this "
                           "server."));
        return false;
    }
    if (tree_int(entry, "expires_at_ms", 0) > request->now_ms && is_audience(audiences, tree_text(entry, "audience")))
        return true;
    reply_text(
        reply, 401, "text/html; charset=UTF-8",
        REFUSAL("401", "Unauthorized", "Your client does not have permission to the requested URL <code>/</code>."));
    reply_header(reply, "WWW-Authenticate",
                 "Bearer error=\"invalid_token\" error_description=\"The access token could not be verified\"");
    return false;
}
