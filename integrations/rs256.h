/* rs256.h - a JWT is signed with an RSA key. (RS256, RFC 7518, 3.3; compact form, RFC 7515) Pure; any thread. */
#ifndef OPSGATE_INTEGRATIONS_RS256_H
#define OPSGATE_INTEGRATIONS_RS256_H

#include "bot/base/buf.h"

/* `jwt` holds "header.claims" in base64url; ".signature" is appended. `pem` is a private key without a passphrase, PKCS#1
 * or PKCS#8. False: it is no RSA key. */
bool rs256_sign(struct buf *jwt, const char *pem);

#endif
