/* home.h - a person's Home tab as Slack's view of type home, and how it is published. (views.publish)
 *
 * What does not fit is left out, section by section from the end of each, and said so: Slack takes 100 blocks, and a
 * pressed button brings the whole view back to a door that takes a little. Without a hash: what is published last stands,
 * and one person's are published one after the other. Pure; any thread. Spec: https://docs.slack.dev/surfaces/app-home,
 * https://docs.slack.dev/reference/methods/views.publish
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_HOME_H
#define OPSGATE_INTEGRATIONS_SLACK_HOME_H

#include "bot/model/exchange.h"
#include "bot/model/home.h"

#define SLACK_HOME_BLOCKS_MAX 100
#define SLACK_HOME_MAX_BYTES (36 * 1024)

cJSON *slack_home_view(const struct home *home); /* the caller's */

struct exchange_step slack_exchange_home(const struct exchange *exchange);

#endif
