/* channel_change.h - a channel's topic, purpose, name, pins and bookmarks; archived, and back. (Web API)
 *
 * Effects as bot/model/slack_channel.h has them. What stands already is done: already_pinned, already_archived,
 * not_archived, a bookmark of that title, a name that the channel has. So a second try does no harm, nor one that arrives
 * late: a topic or purpose that does stands until the next is set.
 *
 * Fail for good, with a sentence: not_in_channel, is_archived, channel_not_found, and what each may be refused for
 * (too_many_pins, message_not_found, not_pinnable; too_many_bookmarks, invalid_link; not_authorized: somebody else made the channel;
 * cant_archive_general). Topic, purpose, pin, bookmark and rename wait where the bot lacks a permission or its token is
 * refused (REFUSED_PARKS), archive and unarchive fail.
 *
 * Slack lets a bot archive a channel, which puts the bot out of it; and no bot unarchive one (not_in_channel): that fails with
 * the advice that a person does it in Slack, until Slack thinks otherwise.
 *
 * Scopes: channels:manage and, for private channels, groups:write; pins:write; bookmarks:read, bookmarks:write; for a name that
 * is taken channels:read, groups:read. Pure.
 * Spec: https://docs.slack.dev/reference/methods/conversations.setTopic, .setPurpose, .archive, .unarchive, .rename, .info;
 * .../pins.add, .../bookmarks.add, .../bookmarks.list
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_CHANNEL_CHANGE_H
#define OPSGATE_INTEGRATIONS_SLACK_CHANNEL_CHANGE_H

#include "bot/model/exchange.h"

struct exchange_step slack_channel_topic(const struct exchange *exchange);
struct exchange_step slack_channel_purpose(const struct exchange *exchange);
struct exchange_step slack_channel_archive(const struct exchange *exchange);
struct exchange_step slack_channel_unarchive(const struct exchange *exchange);
struct exchange_step slack_channel_rename(const struct exchange *exchange);
struct exchange_step slack_channel_pin(const struct exchange *exchange);
struct exchange_step slack_channel_bookmark(const struct exchange *exchange);

#endif
