/* signed_jwt.h - JSON Web Tokens as an owner of a key makes them, for the doors that ask for one. */
#ifndef SANDBOX_TEST_SIGNED_JWT_H
#define SANDBOX_TEST_SIGNED_JWT_H

#include "bot/base/buf.h"

#include <openssl/evp.h>

EVP_PKEY *signed_jwt_key(const char *pem); /* the caller's; a PEM that holds none ends the test program */
/* Signs with RS256, whatever the header says. */
void signed_jwt_add(struct buf *buf, const char *header, const char *claims, EVP_PKEY *key);

#endif
