/* user.h - is this user still in the workspace? (Web API, users.info)
 *
 * READING_SLACK_USER, as bot/model/slack_user.h has it. Needs the scope users:read. Whom Slack does not know is no answer: nobody
 * is taken for gone because of a mistake in an id. Pure.
 * Spec: https://docs.slack.dev/reference/methods/users.info
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_USER_H
#define OPSGATE_INTEGRATIONS_SLACK_USER_H

#include "bot/model/exchange.h"

struct exchange_step slack_user_read(const struct exchange *exchange);

#endif
