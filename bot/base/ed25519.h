/* ed25519.h - signatures with Ed25519 (RFC 8032): keys as PEM (RFC 8410), signatures as base64. Pure; any thread. */
#ifndef OPSGATE_BASE_ED25519_H
#define OPSGATE_BASE_ED25519_H

#include "bot/base/arena.h"

#define ED25519_KEYS_MAX 20

struct ed25519_name { /* which key it is: the beginning of its SHA-256, in hex */
    char text[17];
};
struct ed25519_key {
    unsigned char bytes[32]; /* public */
    struct ed25519_name name;
};
struct ed25519_keys {
    struct ed25519_key keys[ED25519_KEYS_MAX];
    size_t count;
};

/* `pem` is a private key (PKCS#8) without a passphrase; the answer is its public one. ERR_INVALID: it is none. */
bool ed25519_public_of(const char *pem, struct ed25519_key *ret_key, struct error *err);
/* The base64 of the signature, in the arena; NULL with err. */
const char *ed25519_sign(const char *pem, struct str text, struct arena *arena, struct error *err);

/* One or more public keys, one PEM after another: several after one was replaced. */
bool ed25519_read_public(const char *pem, struct ed25519_keys *ret_keys, struct error *err);
bool ed25519_verify(const struct ed25519_key *key, struct str text, const char *signature);

/* A new pair, as PEM, in the arena: wipe the private one once it is written. */
bool ed25519_generate(struct arena *arena, char **ret_private, char **ret_public, struct error *err);

#endif
