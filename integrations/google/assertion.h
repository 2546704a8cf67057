/* assertion.h - what a service account shows to get a token: a JWT signed with its key. (RFC 7523; RS256, RFC 7518)
 *
 * Pure; any thread. The result is secret, and lives in the arena.
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_ASSERTION_H
#define OPSGATE_INTEGRATIONS_GOOGLE_ASSERTION_H

#include "bot/base/arena.h"

#include <stdint.h>

/* Good for an hour from unix_ms. audience NULL: for an access token of the scope cloud-platform; otherwise for an
 * identity token that this audience takes. `key_json` is the content of the key file; the JWT is addressed to its
 * token_uri, or to Google's own. ERR_INVALID: not a service account's key; messages never quote it. */
bool google_assertion_make(struct str key_json, const char *audience, int64_t unix_ms, struct arena *arena,
                           const char **ret_jwt, struct error *err);

#endif
