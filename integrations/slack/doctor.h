/* doctor.h - does Slack know us, may we do what we do, and do we see the channels that we are to use?
 *
 * Exchanges of `opsgate doctor`: they only read, and end with findings (bot/model/finding.h). Pure.
 * Spec: https://docs.slack.dev/reference/methods/auth.test, .../conversations.info, .../conversations.list,
 * .../apps.connections.open; the header X-OAuth-Scopes: https://docs.slack.dev/apis/web-api/
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_DOCTOR_H
#define OPSGATE_INTEGRATIONS_SLACK_DOCTOR_H

#include "bot/model/finding.h"

#define SLACK_SKEW_MAX_S 30 /* Slack signs with its time, and what is five minutes old is refused */

/* Whose the bot token is, which scopes it lacks, and how far our clock is from Slack's. No args. */
struct exchange_step slack_doctor_token(const struct exchange *exchange);

struct slack_channels_ask {
    const char **channels; /* "#name" or ids */
    size_t channels_count;
    const char **by_default; /* of them: nobody has named these, so that it may be well that they are not there */
    size_t by_default_count;
};
extern const struct shape slack_channels_ask_shape;

/* Args slack_channels_ask: are they there, and is the bot in them? One finding for each. */
struct exchange_step slack_doctor_channels(const struct exchange *exchange);

/* Args {app_token}, which is secret: could Socket Mode connect? The address that Slack gives is not used. */
struct exchange_step slack_doctor_socket(const struct exchange *exchange);

/* "Fri, 20 Nov 2026 22:00:00 GMT" (RFC 9110, 5.6.7: what servers send) as unix seconds; false: it is none. */
bool slack_doctor_date(const char *text, int64_t *ret_unix_s);

#endif
