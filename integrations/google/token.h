/* token.h - tokens for Google's APIs and for private services, from the metadata server or for a service account's key.
 *
 * An access token is for the APIs: those exchanges end with {access_token, expires_in (seconds)}. An identity token is for
 * one audience, the address of a private service: {id_token, expires_in}, as its own claims say. They are the carrier's
 * own, no effect and no reading, and their results stay in memory. Refresh when less than GOOGLE_TOKEN_MARGIN_MS is left.
 * Pure; any thread.
 * Spec: https://cloud.google.com/compute/docs/access/authenticate-workloads#curl; RFC 7523 (JWT bearer grant);
 * https://cloud.google.com/run/docs/authenticating/service-to-service
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_TOKEN_H
#define OPSGATE_INTEGRATIONS_GOOGLE_TOKEN_H

#include "bot/model/exchange.h"

#define GOOGLE_TOKEN_MARGIN_MS (4 * 60 * 1000) /* the metadata server gives a new token 5 min before the end */

/* From settings->google.metadata_url. Refuses an answer without "Metadata-Flavor: Google": another host. */
struct exchange_step google_token_metadata(const struct exchange *exchange);    /* no args */
struct exchange_step google_identity_metadata(const struct exchange *exchange); /* args {audience} */

/* From settings->google.token_url; args {assertion}: a google_assertion_make, with the audience for an identity token,
 * that the carrier made for this attempt and keeps out of every record and log. */
struct exchange_step google_token_grant(const struct exchange *exchange);
struct exchange_step google_identity_grant(const struct exchange *exchange);

#endif
