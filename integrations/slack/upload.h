/* upload.h - a text goes to a channel as a file. (Web API, files.getUploadURLExternal, files.completeUploadExternal)
 *
 * EFFECT_UPLOAD, as bot/model/slack_channel.h has it. Slack gives an address, takes the bytes there without a token, and shows
 * the file once it is told that they are complete: until then nobody sees it, so what was lost before that leaves no trace.
 * A message with a file has no metadata; so a second try looks, some seconds later since Slack shows files with a lag, through
 * the channel or the thread for a message with a file of that name, back to where the effect can have begun. Where it is
 * missed all the same, the file stands there twice.
 *
 * Fails for good, with a sentence: not_in_channel, is_archived, channel_not_found; files that the workspace does not take; an
 * upload address that is not Slack's. Needs files:write, and channels:history, groups:history. Pure.
 * Spec: https://docs.slack.dev/messaging/working-with-files
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_UPLOAD_H
#define OPSGATE_INTEGRATIONS_SLACK_UPLOAD_H

#include "bot/model/exchange.h"

struct exchange_step slack_file_upload(const struct exchange *exchange);

#endif
