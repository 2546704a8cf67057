/* signature.h - Slack's signature v0, from the sender's side.
 *
 * "v0=" and the hex HMAC-SHA256 of "v0:<timestamp>:<body>" under the signing secret, taken as the characters it is
 * written in. Pure; any thread. Spec: https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
#ifndef SANDBOX_SLACK_SIGNATURE_H
#define SANDBOX_SLACK_SIGNATURE_H

#include "bot/base/str.h"

struct slack_signature {
    char text[3 + 64 + 1];
};

struct slack_signature slack_signature_make(const char *secret, int64_t timestamp_s, struct str body);

#endif
