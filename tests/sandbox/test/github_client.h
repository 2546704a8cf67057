/* github_client.h - a caller of the sandbox's GitHub: it signs JWTs with the App's key and gets installation tokens. */
#ifndef SANDBOX_TEST_GITHUB_CLIENT_H
#define SANDBOX_TEST_GITHUB_CLIENT_H

#include "process.h"

#define GITHUB_AGENT "User-Agent: opsgate-test"
#define GITHUB_PERSON "Bearer ghp_sandbox"
#define GITHUB_REPO "/repos/acme/platform"

struct jwt_wanted {
    const char *algorithm; /* NULL: RS256 */
    const char *issuer;    /* as JSON; NULL leaves it out */
    int64_t issued_in_s, expires_in_s;
    bool is_foreign; /* signed with somebody else's key */
};

char *github_jwt(const struct sandbox *sandbox, const struct jwt_wanted *wanted); /* "Bearer ey..."; the caller frees */
char *github_app_jwt(const struct sandbox *sandbox);                              /* a good one */
char *github_token(const struct sandbox *sandbox, const char *body); /* "Bearer ghs_..." for that request body */

/* `path` is below /github; a User-Agent is sent. */
void github_ask(const struct sandbox *sandbox, const char *authorization, const char *method, const char *path,
                const char *body, struct answer *answer);
cJSON *github_read(const struct sandbox *sandbox, const char *authorization, const char *path); /* must be a 200 */

#endif
