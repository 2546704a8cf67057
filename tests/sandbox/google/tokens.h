/* tokens.h - the access tokens that the sandbox's Google has given out.
 *
 * The metadata server and the token endpoint issue them, every Google API and the registry check them. A token is good
 * until it expires or until a test expires all of them. Not thread-safe: the world's lock covers it.
 */
#ifndef SANDBOX_GOOGLE_TOKENS_H
#define SANDBOX_GOOGLE_TOKENS_H

#include "exchange.h"

#define TOKENS_DEFAULT_ACCOUNT "opsgate@acme.iam.gserviceaccount.com"
#define TOKENS_KEY_ACCOUNT "opsgate-key@acme.iam.gserviceaccount.com" /* whose key file is given out */

struct tokens {
    cJSON *live;         /* array: {token, account, expires_at_ms} */
    cJSON *identities;   /* array: {token, audience, expires_at_ms}, see identity.h */
    int64_t lifetime_ms; /* of those issued from now on */
};

struct tokens *tokens_create(void);
void tokens_destroy(struct tokens *tokens);
AUTO_DEFINE(tokens)

/* The metadata server's habit: the same token again until five minutes before its end. Borrowed entry. */
const cJSON *tokens_get(struct tokens *tokens, const char *account, int64_t now_ms);
const cJSON *tokens_issue(struct tokens *tokens, const char *account, int64_t now_ms);
const char *tokens_account(const struct tokens *tokens, const char *token,
                           int64_t now_ms); /* whose; NULL when no good */
cJSON *tokens_answer(const cJSON *entry,
                     int64_t now_ms); /* {"access_token":...,"expires_in":3599,"token_type":"Bearer"} */
void tokens_expire_all(struct tokens *tokens);

#endif
