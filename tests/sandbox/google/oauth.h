/* oauth.h - Google's token endpoint for service accounts, and the key file that goes with it.
 *
 * POST /token takes a JWT signed with the service account's private key (RS256) and gives an access token, or, when it
 * names a target_audience instead of a scope, an identity token. The sandbox
 * makes a key pair of its own when it is first asked for; oauth_key_file() is what a person would download as JSON. Not
 * thread-safe: the world's lock covers it.
 * Spec: RFC 7523; https://developers.google.com/identity/protocols/oauth2/service-account
 */
#ifndef SANDBOX_GOOGLE_OAUTH_H
#define SANDBOX_GOOGLE_OAUTH_H

#include "google/tokens.h"

struct oauth;

struct oauth *oauth_create(const char *own_url); /* token_uri is OWN_URL/token */
void oauth_destroy(struct oauth *oauth);
AUTO_DEFINE(oauth)

void oauth_serve(struct oauth *oauth, struct tokens *tokens, const struct request *request, struct reply *reply);
cJSON *oauth_key_file(struct oauth *oauth);

#endif
