/* identity.h - who may call a private Cloud Run service: identity tokens, and the door that asks for them.
 *
 * A token is shaped like a JWT of Google's and names one audience; it is good when the sandbox gave it out, until it
 * expires. It opens no Google API, and an access token opens no service. The world's lock is held.
 * Spec: https://cloud.google.com/run/docs/authenticating/service-to-service
 */
#ifndef SANDBOX_GOOGLE_IDENTITY_H
#define SANDBOX_GOOGLE_IDENTITY_H

#include "google/tokens.h"

/* The token for an audience, the same again until five minutes before its end; borrowed. */
const char *identity_issue(struct tokens *tokens, const char *account, const char *audience, int64_t now_ms);

/* False when the request may not pass, and the reply says so: 403 without a token, 401 with one that is no good here.
 * `audiences` is a list of texts, one of which the token must name. */
bool identity_check(const struct tokens *tokens, const struct request *request, const cJSON *audiences,
                    struct reply *reply);

#endif
