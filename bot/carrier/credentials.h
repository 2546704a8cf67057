/* credentials.h - the secrets that calls are signed with: held here, given out only as a header's value.
 *
 * Slack's bot token comes from the configuration, and GitHub's when it is not an App's. Google's access tokens, identity
 * tokens by their audience, and GitHub's installation tokens by the repository are fetched (metadata server, or a service
 * account's key file; the App's key) and kept until shortly before they end, or until a peer refuses them. Loop thread only.
 */
#ifndef OPSGATE_CREDENTIALS_H
#define OPSGATE_CREDENTIALS_H

#include "bot/engine/clock.h"
#include "bot/carrier/exchange_run.h"
#include "bot/model/settings.h"

struct credentials;

/* Settings and clock are borrowed. No key file is read yet: credentials_reconfigure. */
struct credentials *credentials_create(const struct settings *settings, const struct clock *clock);
/* Also by the same settings: what was fetched is forgotten, and the key files that google.credentials and environments name
 * are read. False: one is no good, err says why; the key of before is used on, or without one, calls that need it fail. */
bool credentials_reconfigure(struct credentials *credentials, const struct settings *settings, struct error *err);
void credentials_destroy(struct credentials *credentials);
AUTO_DEFINE(credentials)

struct credential_source credentials_source(struct credentials *credentials); /* valid while `credentials` lives */

#endif
