/* signature.h - did this request really come from Slack?
 *
 * Slack signs "v0:<timestamp>:<body>" with HMAC-SHA256 and a secret it shares with us. A request is genuine when any of
 * our secrets (several while rotating) yields its signature. Pure; compares in constant time; safe on any thread.
 * Spec: https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_SIGNATURE_H
#define OPSGATE_INTEGRATIONS_SLACK_SIGNATURE_H

#include "bot/base/str.h"

#include <stdint.h>

#define SLACK_SIGNATURE_MAX_AGE_MS (5 * 60 * 1000) /* Slack's advice, both ways; anything older may be a replay */

struct slack_secrets {
    const char *const *secrets; /* borrowed, from the configuration; never logged. An empty one matches nothing */
    size_t count;
    int64_t max_age_ms; /* slack.request_max_age; 0: SLACK_SIGNATURE_MAX_AGE_MS */
};

struct slack_signature {
    char text[3 + 64 + 1]; /* "v0=" and 64 lower-case hex digits: the value of X-Slack-Signature */
};

/* All arguments are borrowed. `timestamp` (X-Slack-Request-Timestamp, unix seconds) and `signature` (X-Slack-Signature)
 * are raw header values, NULL when missing; `body` is what arrived, before any decoding.
 * On false, err is ERR_DENIED (not genuine) or ERR_STALE (genuine but too old, or from the future). */
bool slack_signature_check(const struct slack_secrets *secrets, struct str body, const char *timestamp,
                           const char *signature, int64_t unix_ms, struct error *err);

/* What Slack itself would send for `timestamp`: for `opsgate sign slack`. */
struct slack_signature slack_signature_make(const char *secret, const char *timestamp, struct str body);

#endif
