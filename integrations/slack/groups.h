/* groups.h - who is in a user group of the workspace. (Web API, usergroups.users.list)
 *
 * READING_SLACK_GROUP, as bot/model/membership.h has it; the source is "slack-group:S0ENG". Needs the scope usergroups:read.
 * Slack gives all of them at once. A group that was switched off has no members. Pure.
 * Spec: https://docs.slack.dev/reference/methods/usergroups.users.list
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_GROUPS_H
#define OPSGATE_INTEGRATIONS_SLACK_GROUPS_H

#include "bot/model/exchange.h"

struct exchange_step slack_group_read(const struct exchange *exchange);

#endif
