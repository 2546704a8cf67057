/* channel.h - a channel is made, once, whatever gets lost; and what a channel is now. (Web API)
 *
 * EFFECT_CHANNEL, as bot/model/slack_channel.h has it. conversations.create has no idempotency key, and a channel carries
 * nothing of ours at birth. So it is ours by its first message: right after it is made the bot posts the greeting, with
 * the operation's outside id in the metadata (the effect's, where there is no operation). Two tries make no second channel,
 * because
 *   - a later try looks first: among the channels that the bot is in, those that it has created itself within a day, under
 *     this name or one of its numbers, or renamed from it. Who is named by the oldest greeting there owns the channel;
 *   - both ask for the same names in the same order, and Slack gives each name once: a call that arrives late, or twice, is
 *     told name_taken. Then, too, it is looked first, again after some seconds if an earlier try is in doubt, since Slack's
 *     lists may lag;
 *   - one that the bot made and nobody has greeted is the trace of a try whose answer was lost. All are made in one
 *     lane, one after the other: so it is of this effect, of one that has ended without it, or of one that waits behind
 *     this one, and makes another then. It is taken, if it is as private as wanted, and the oldest greeting is read
 *     again afterwards. Where the greeting was refused, the one who has it is told from that by a topic or a purpose:
 *     so an operation sets one at once.
 * A name that somebody else has, or that is archived, is passed over: name-2, name-3, up to SLACK_CHANNEL_NAMES_MAX. What is
 * not seen: a channel out of which the bot was thrown, or that was archived, between two tries.
 *
 * Fails for good (FAILED, with a sentence) when the bot may not make channels (restricted_action, missing_scope) or all names
 * are taken. A greeting that is refused is no failure: greeting_error. Needs channels:manage or, private, groups:write; and
 * chat:write, channels:read, groups:read, channels:history, groups:history. Pure.
 *
 * READING_SLACK_CHANNEL: needs channels:read, groups:read.
 * Spec: https://docs.slack.dev/reference/methods/conversations.create, .../users.conversations, .../conversations.history,
 * .../conversations.info, .../conversations.members, .../auth.test
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_CHANNEL_H
#define OPSGATE_INTEGRATIONS_SLACK_CHANNEL_H

#include "bot/model/exchange.h"

#define SLACK_CHANNEL_NAMES_MAX 12

struct exchange_step slack_channel_make(const struct exchange *exchange);
struct exchange_step slack_channel_read(const struct exchange *exchange);

#endif
