/* credentials.h - the secrets that calls are signed with: held here, given out only as a header's value.
 *
 * Slack's bot token comes from the configuration, and GitHub's when it is not an App's. Google's access tokens, identity
 * tokens by their audience, and GitHub's installation tokens by the repository are fetched (metadata server, or a service
 * account's key file; the App's key) and kept until shortly before they end, or until a peer refuses them. Loop thread only.
 */
#ifndef OPSGATE_CREDENTIALS_H
#define OPSGATE_CREDENTIALS_H

#include "bot/engine/clock.h"
#include "bot/exchange_run.h"
#include "bot/model/settings.h"

struct credentials;

/* Settings and clock are borrowed. Reads the key file when google.credentials names one; err names it when it cannot. */
struct credentials *credentials_create(const struct settings *settings, const struct clock *clock, struct error *err);
/* Tokens that were fetched by the old ones are forgotten; the key file stays as it was read. */
void credentials_reconfigure(struct credentials *credentials, const struct settings *settings);
void credentials_destroy(struct credentials *credentials);
AUTO_DEFINE(credentials)

struct credential_source credentials_source(struct credentials *credentials); /* valid while `credentials` lives */

#endif
