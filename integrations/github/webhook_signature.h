/* webhook_signature.h - did this webhook really come from GitHub?
 *
 * GitHub signs the raw body (of a form: as it arrived, not what it stands for) with HMAC-SHA256 and the hook's secret. It is
 * genuine when any of our secrets (two while one is changed) yields its signature. There is no time in it: a replay is found
 * by the delivery's id. Pure; compares in constant time; safe on any thread, so large bodies may be checked on the pool.
 * Spec: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_WEBHOOK_SIGNATURE_H
#define OPSGATE_INTEGRATIONS_GITHUB_WEBHOOK_SIGNATURE_H

#include "bot/base/str.h"

struct github_webhook_secrets {
    const char *const *secrets; /* borrowed, from the configuration; never logged. An empty one matches nothing */
    size_t count;
};

struct github_webhook_signature {
    char text[7 + 64 + 1]; /* "sha256=" and 64 lower-case hex digits: the value of X-Hub-Signature-256 */
};

/* `signature` is the raw header's value, NULL when missing. On false, err is ERR_DENIED. */
bool github_webhook_signature_check(const struct github_webhook_secrets *secrets, struct str body,
                                    const char *signature, struct error *err);

/* What GitHub itself would send: for `opsgate sign github`. */
struct github_webhook_signature github_webhook_signature_make(const char *secret, struct str body);

#endif
