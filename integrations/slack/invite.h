/* invite.h - people are called into a channel; who cannot be is named. (Web API, conversations.invite)
 *
 * EFFECT_INVITE, as bot/model/slack_channel.h has it. Slack takes a hundred people with one call, and with `force` passes over
 * those whom it does not take, and names them. Where it refuses all for some: those whom it names are left out and the others
 * invited again; where it names nobody, each half alone, down to single people. So each is invited, was there already, or is
 * refused with Slack's reason and a sentence; and the effect is done, even if all are refused. After so many calls of that kind
 * that it cannot go on, those who are left are named, too: "not_tried".
 *
 * Fails for good, with a sentence: not_in_channel (the bot), is_archived, channel_not_found, missing_scope. A second try finds
 * those of the first among who was there already. Needs channels:manage (or channels:write.invites), for private channels
 * groups:write. Pure.
 * Spec: https://docs.slack.dev/reference/methods/conversations.invite
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_INVITE_H
#define OPSGATE_INTEGRATIONS_SLACK_INVITE_H

#include "bot/model/exchange.h"

struct exchange_step slack_channel_invite(const struct exchange *exchange);

#endif
