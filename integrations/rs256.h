/* rs256.h - a JWT is signed with an RSA key, or is found to be. (RS256, RFC 7518, 3.3; compact form, RFC 7515) Pure; any thread. */
#ifndef OPSGATE_INTEGRATIONS_RS256_H
#define OPSGATE_INTEGRATIONS_RS256_H

#include "bot/base/buf.h"

/* `jwt` holds "header.claims" in base64url; ".signature" is appended. `pem` is a private key without a passphrase, PKCS#1
 * or PKCS#8. False: it is no RSA key. */
bool rs256_sign(struct buf *jwt, const char *pem);

/* Is `signature` (base64url) that of `text` ("header.claims"), by the public key with this modulus and exponent, as a JSON Web
 * Key has them (base64url; RFC 7518, 6.3)? False, too, of a key that is none, or has less than RS256_KEY_MIN_BITS. */
#define RS256_KEY_MIN_BITS 2048 /* RFC 7518, 3.3 */
bool rs256_is_signed(struct str text, struct str signature, const char *modulus, const char *exponent);

#endif
