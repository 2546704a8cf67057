/* people.h - whose addresses are these, in the workspace? (Web API, users.lookupByEmail)
 *
 * READING_SLACK_PEOPLE, as bot/model/membership.h has it. Only a full member counts whose address Slack has seen confirmed: no
 * guest, no bot, nobody who was switched off, nobody of another workspace. Needs the scopes users:read and users:read.email.
 * An address that nobody has is no error. Pure.
 * Spec: https://docs.slack.dev/reference/methods/users.lookupByEmail
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_PEOPLE_H
#define OPSGATE_INTEGRATIONS_SLACK_PEOPLE_H

#include "bot/model/exchange.h"

struct exchange_step slack_people_read(const struct exchange *exchange);

#endif
