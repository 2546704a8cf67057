/* token.h - opsgate as a GitHub App: the App's key makes a JWT, which gets a token of the installation that has the
 * repository.
 *
 * The exchange is the carrier's own, no effect and no reading; its result {access_token, expires_in (seconds)} stays in
 * memory. Pure; any thread.
 * Spec: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_TOKEN_H
#define OPSGATE_INTEGRATIONS_GITHUB_TOKEN_H

#include "bot/model/exchange.h"

/* A token may be refused for so long after it was made, until all of GitHub knows it: the same is tried again. */
#define GITHUB_TOKEN_SETTLES_MS 5000

/* Good for nine minutes from unix_ms, and begun one before it: clocks differ. ERR_INVALID: no RSA key in PEM; messages
 * never quote it. The result is secret, and lives in the arena. */
bool github_assertion_make(int64_t app_id, const char *private_key, int64_t unix_ms, struct arena *arena,
                           const char **ret_jwt, struct error *err);

/* Args {assertion, repository}: the former made for this attempt; the latter may be an organisation alone. */
struct exchange_step github_token_installation(const struct exchange *exchange);

#endif
