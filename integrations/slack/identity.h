/* identity.h - what tells one delivery of Slack's from every other: the end of its dedupe key. Pure. */
#ifndef OPSGATE_INTEGRATIONS_SLACK_IDENTITY_H
#define OPSGATE_INTEGRATIONS_SLACK_IDENTITY_H

#include "bot/base/arena.h"

/* The best of what Slack sent: the trigger_id, the response_url's digest, or that of the body with its signed timestamp.
 * The first two may be NULL. Plain ASCII of at most 100 bytes, in the arena or borrowed from trigger_id. */
const char *slack_identity(const char *trigger_id, const char *response_url, struct str body, const char *timestamp,
                           struct arena *arena);

#endif
