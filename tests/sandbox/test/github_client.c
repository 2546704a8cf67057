#include "github_client.h"
#include "signed_jwt.h"

#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static _Noreturn void die(const char *what, const char *detail)
{
    fprintf(stderr, "%s: %s\n", what, detail);
    exit(1);
}

static EVP_PKEY *read_key(const struct sandbox *sandbox)
{
    AUTO_ANSWER struct answer answer;

    sandbox_ask(sandbox, &(struct ask){ .method = "GET", .path = "/_sandbox/github-app.pem" }, &answer);
    if (!text_starts(answer.body, "-----BEGIN RSA PRIVATE KEY-----"))
        die("no PKCS#1 key", answer.body);
    return signed_jwt_key(answer.body);
}

char *github_jwt(const struct sandbox *sandbox, const struct jwt_wanted *wanted)
{
    EVP_PKEY *key = wanted->is_foreign ? EVP_RSA_gen(2048) : read_key(sandbox);
    AUTO_FREE char *header =
        text_format("{\"alg\":\"%s\",\"typ\":\"JWT\"}", wanted->algorithm ? wanted->algorithm : "RS256");
    long long now_s = (long long)time(NULL);
    AUTO_FREE char *claims = text_format("{\"iat\":%lld,\"exp\":%lld%s%s}", now_s + (long long)wanted->issued_in_s,
                                         now_s + (long long)wanted->expires_in_s, wanted->issuer ? ",\"iss\":" : "",
                                         wanted->issuer ? wanted->issuer : "");
    AUTO_BUF struct buf jwt = BUF(8192);

    signed_jwt_add(&jwt, header, claims, key);
    EVP_PKEY_free(key);
    return text_format("Bearer %s", buf_text(&jwt));
}

char *github_app_jwt(const struct sandbox *sandbox)
{
    return github_jwt(sandbox, &(struct jwt_wanted){ .issuer = "\"12345\"", .issued_in_s = -60, .expires_in_s = 540 });
}

void github_ask(const struct sandbox *sandbox, const char *authorization, const char *method, const char *path,
                const char *body, struct answer *answer)
{
    AUTO_FREE char *full = text_format("/github%s", path);

    sandbox_ask(sandbox,
                &(struct ask){ .method = method,
                               .path = full,
                               .type = body ? "application/json" : NULL,
                               .authorization = authorization,
                               .header = GITHUB_AGENT,
                               .body = body },
                answer);
}

cJSON *github_read(const struct sandbox *sandbox, const char *authorization, const char *path)
{
    AUTO_ANSWER struct answer answer;

    github_ask(sandbox, authorization, "GET", path, NULL, &answer);
    if (answer.status != 200 || !answer.json)
        die(path, answer.body);
    return TAKE(answer.json);
}

char *github_token(const struct sandbox *sandbox, const char *body)
{
    AUTO_FREE char *jwt = github_app_jwt(sandbox);
    AUTO_ANSWER struct answer answer;

    github_ask(sandbox, jwt, "POST", "/app/installations/880088/access_tokens", body, &answer);
    if (answer.status != 201)
        die("no installation token", answer.body);
    return text_format("Bearer %s", tree_text(answer.json, "token"));
}
