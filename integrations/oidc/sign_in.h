/* sign_in.h - somebody signs in with a provider of OpenID Connect: Slack, or any other. Exchanges, and what they end
 * with.
 *
 * By the authorization code flow with PKCE; dashboard.oidc says which provider. opsgate's own id and secret there go
 * along as Basic (HTTP_OIDC_CLIENT). Spec: OpenID Connect Core 1.0, 3.1; Discovery 1.0; RFC 7636. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_OIDC_SIGN_IN_H
#define OPSGATE_INTEGRATIONS_OIDC_SIGN_IN_H

#include "bot/model/exchange.h"
#include "bot/model/principal.h"
#include "bot/model/settings.h"

/* No args; {"authorization_endpoint"}: where people are sent to. */
struct exchange_step oidc_discover(const struct exchange *exchange);

struct oidc_begun { /* of one sign-in; nobody may guess them */
    const char *state, *nonce;
    const char *verifier; /* 43 to 128 of [A-Za-z0-9._~-] */
    const char *redirect_uri;
};
/* The address that a person is sent to, in the arena; NULL: the endpoint is none. */
const char *oidc_authorization_url(const struct oidc_settings *oidc, const char *endpoint,
                                   const struct oidc_begun *begun, struct arena *arena);

/* Args {"code", "verifier", "nonce", "redirect_uri"}; ends with the claims of a good ID token, which are the person's
 * own. */
struct exchange_step oidc_sign_in(const struct exchange *exchange);

/* Who that is, as policy knows people; in the arena. False: ERR_NOT_FOUND, it is nobody whom opsgate knows; err says by
 * what. */
bool oidc_person(const struct settings *settings, const cJSON *claims, struct arena *arena,
                 struct principal *ret_principal, struct error *err);
/* Would anybody still be let in as them? Of somebody whom oidc_person gave, by these or by earlier settings. */
bool oidc_knows(const struct settings *settings, const struct principal *who);

#endif
