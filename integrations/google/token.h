/* token.h - access tokens for Google's APIs, from the metadata server or for a service account's key.
 *
 * Both exchanges end with {access_token, expires_in (seconds)}; they are the carrier's own, no effect and no reading,
 * and their results stay in memory. Refresh when less than GOOGLE_TOKEN_MARGIN_MS is left. Pure; any thread.
 * Spec: https://cloud.google.com/compute/docs/access/authenticate-workloads#curl; RFC 7523 (JWT bearer grant)
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_TOKEN_H
#define OPSGATE_INTEGRATIONS_GOOGLE_TOKEN_H

#include "bot/model/exchange.h"

#define GOOGLE_TOKEN_MARGIN_MS (4 * 60 * 1000) /* the metadata server gives a new token 5 min before the end */

/* From settings->google.metadata_url; no args. Refuses an answer without "Metadata-Flavor: Google": another host. */
struct exchange_step google_token_metadata(const struct exchange *exchange);

/* From settings->google.token_url; args {assertion}: a google_token_jwt that the carrier made for this attempt and
 * keeps out of every record and log. */
struct exchange_step google_token_grant(const struct exchange *exchange);

/* The assertion: a JWT signed with RS256, good for an hour from unix_ms, for the scope cloud-platform. `key_json` is
 * the content of the key file; the audience is its token_uri, or Google's own. In the arena; secret.
 * ERR_INVALID: not a service account's key; messages never quote it. */
bool google_token_jwt(struct str key_json, int64_t unix_ms, struct arena *arena, const char **ret_jwt,
                      struct error *err);

#endif
