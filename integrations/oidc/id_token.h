/* id_token.h - is it really from that provider, for us, of now, and for the sign-in that we began? Pure; any thread.
 *
 * Only RS256, with a key of the provider's own set. Spec: OpenID Connect Core 1.0, 3.1.3.7; RFC 7515, RFC 7517.
 */
#ifndef OPSGATE_INTEGRATIONS_OIDC_ID_TOKEN_H
#define OPSGATE_INTEGRATIONS_OIDC_ID_TOKEN_H

#include "bot/base/json.h"

#define ID_TOKEN_MAX_BYTES (32 * 1024)
#define ID_TOKEN_LEEWAY_S 60 /* so far two clocks may be apart */

struct id_token_wanted {
    const char *issuer, *client_id, *nonce;
    int64_t unix_s; /* our own clock */
};

/* `keys` is a JSON Web Key Set. The claims live in the arena. False: ERR_DENIED, and err says what is wrong, in a sentence that quotes
 * nothing of the token but names. */
bool id_token_verify(const struct id_token_wanted *wanted, struct str token, const cJSON *keys, struct arena *arena,
                     const cJSON **ret_claims, struct error *err);

#endif
