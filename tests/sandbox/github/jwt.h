/* jwt.h - is this JSON Web Token signed with RS256 by the owner of this key, and what does it claim?
 * Pure; any thread. Spec: RFC 7519, RFC 7515 */
#ifndef SANDBOX_GITHUB_JWT_H
#define SANDBOX_GITHUB_JWT_H

#include "tree.h"

#include <openssl/evp.h>

#define JWT_MAX_BYTES 8192

cJSON *jwt_claims(EVP_PKEY *key, const char *token); /* the caller's; NULL when the token cannot be decoded */

#endif
