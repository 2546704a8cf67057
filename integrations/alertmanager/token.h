/* token.h - does this webhook carry one of our bearer tokens? Alertmanager signs nothing.
 *
 * Compares in constant time, whatever the tokens' lengths. Pure; safe on any thread. Spec: RFC 6750, 2.1
 */
#ifndef OPSGATE_INTEGRATIONS_ALERTMANAGER_TOKEN_H
#define OPSGATE_INTEGRATIONS_ALERTMANAGER_TOKEN_H

#include "bot/base/str.h"

/* `authorization` is the header's raw value, NULL when missing. An empty token matches nothing. On false, err is
 * ERR_DENIED, and says what to set in Alertmanager. */
bool alertmanager_token_check(const char *const *tokens, size_t count, const char *authorization, struct error *err);

#endif
