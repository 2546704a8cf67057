/* digest.h - SHA-256 (FIPS 180-4), HMAC-SHA256 (RFC 2104), hex and base64 (RFC 4648). Pure; safe on any thread. */
#ifndef OPSGATE_BASE_DIGEST_H
#define OPSGATE_BASE_DIGEST_H

#include "bot/base/buf.h"

#include <stdint.h>

struct digest {
    unsigned char bytes[32];
};
struct digest_hex {
    char text[65]; /* lower case, terminated */
};

struct digest digest_sha256(struct str bytes);
struct digest digest_hmac(struct str key, const struct str *parts, size_t count); /* over the parts one after another */
struct digest_hex digest_hex(struct digest digest);
bool digest_equal(struct digest a, struct digest b); /* in constant time */

void hex_add(struct buf *buf, const void *bytes, size_t len);
bool hex_decode(struct str hex, unsigned char *bytes, size_t len); /* exactly 2 * len digits, either case */
void base64_add(struct buf *buf, struct str bytes);     /* with padding */
void base64url_add(struct buf *buf, struct str bytes);  /* without, for JWT (RFC 7515) */
bool base64url_decode(struct buf *buf, struct str text); /* appends; false: it is none, and some may have been appended */

#endif
