/* signature.h - did this webhook really come from PagerDuty?
 *
 * PagerDuty signs the raw body with HMAC-SHA256 and the secret of the subscription, taken as the characters it is written
 * in; X-PagerDuty-Signature lists "v1=" and 64 hex digits, several separated by commas while secrets rotate. A webhook is
 * genuine when any of them is that of any of our secrets. There is no time in it: what comes twice is found by its id.
 * Pure; compares in constant time; safe on any thread.
 * Spec: https://developer.pagerduty.com/docs/webhook-signatures
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_SIGNATURE_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_SIGNATURE_H

#include "bot/base/str.h"

struct pagerduty_secrets {
    const char *const *secrets; /* borrowed, from the configuration; never logged. An empty one matches nothing */
    size_t count;
};

struct pagerduty_signature {
    char text[3 + 64 + 1]; /* "v1=" and 64 lower-case hex digits */
};

/* `signature` is the header's raw value, NULL when missing; `body` is what arrived. On false, err is ERR_DENIED. */
bool pagerduty_signature_check(const struct pagerduty_secrets *secrets, struct str body, const char *signature,
                               struct error *err);

/* What PagerDuty itself would send: for `opsgate sign pagerduty`. */
struct pagerduty_signature pagerduty_signature_make(const char *secret, struct str body);

#endif
