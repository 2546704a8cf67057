/* exchanges.h - cards, messages and late replies, carried to Slack. (Web API; response_url)
 *
 * exchange_fn's: see bot/model/exchange.h. Posting has no idempotency key at Slack, so a post that may have happened is
 * looked for in the channel's history or the card's thread, by the outside id in its metadata, before it is made again;
 * but not one to a person's id, whose direct messages have no history by that id. Needs the scopes chat:write,
 * channels:read, groups:read, channels:history, groups:history, and the bot in the channel. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_EXCHANGES_H
#define OPSGATE_INTEGRATIONS_SLACK_EXCHANGES_H

#include "bot/model/exchange.h"

/* EFFECT_CARD, args card_delivery -> {channel, ts}. Updates the card that is known (card_channel, card_ts), or the one
 * that history holds for the operation; posts it when there is none, or when the old one cannot be changed any more. */
struct exchange_step slack_exchange_card(const struct exchange *exchange);

/* EFFECT_MESSAGE, args message_delivery -> {channel, ts}. In the thread of the operation's card where that is wanted and
 * the card known, else in the channel itself. */
struct exchange_step slack_exchange_message(const struct exchange *exchange);

/* EFFECT_REPLY, args reply_delivery: its lasting way; the connection that waits is the carrier's affair. -> {how}:
 *   "form"          it was opened, so nothing else is said; where it could not be, at once by words:
 *   "response_url"  by address.url. Errors never quote it: it is secret
 *   "channel"       no url: to address.channel, in its thread; a direct message to address.user where there is no channel
 *   "ephemeral"     there, shown to address.user alone: a refusal, or is_for_one
 *   "direct"        Slack took neither, so a direct message
 *   "nowhere"       the address names no place
 * Looked for in the thread or channel before it is posted once more, as far as that is possible. */
struct exchange_step slack_exchange_reply(const struct exchange *exchange);

#endif
