/* jwt.h - a JSON Web Token taken apart: what it says of itself, what it claims, and did the owner of this key sign it?
 *
 * Only RS256, the one that Google and GitHub take. What the claims have to be is for whoever asks. Pure; any thread.
 * Spec: RFC 7519, RFC 7515
 */
#ifndef SANDBOX_JWT_H
#define SANDBOX_JWT_H

#include "tree.h"

#include <openssl/evp.h>

#define JWT_MAX_BYTES 8192 /* of each part */

struct jwt {
    cJSON *header, *claims;
    struct str signed_text, signature; /* of the token, as it came */
};

/* Borrows the token. False when it is not three parts, the first two of them JSON; to be finished all the same. */
bool jwt_decode(const char *token, struct jwt *ret_jwt);
bool jwt_is_signed(const struct jwt *jwt, EVP_PKEY *key); /* by this key, whatever its header says */
void jwt_finish(struct jwt *jwt);

#define AUTO_JWT __attribute__((cleanup(jwt_finish)))

#endif
