#include "integrations/pagerduty/signature.h"

#include "bot/base/digest.h"

#include <stdio.h>

#define SIGNATURES_MAX 8 /* PagerDuty sends two while a secret is rotated; more would only cost time */

static struct digest digest_of(const char *secret, struct str body)
{
    return digest_hmac(str_of(secret), &body, 1);
}

struct pagerduty_signature pagerduty_signature_make(const char *secret, struct str body)
{
    struct digest_hex hex = digest_hex(digest_of(secret, body));
    struct pagerduty_signature signature;

    snprintf(signature.text, sizeof(signature.text), "v1=%s", hex.text);
    return signature;
}

/* Other versions and what is no digest are passed over. */
static size_t read_signatures(const char *header, struct digest *digests)
{
    struct str rest = str_of(header);
    size_t count = 0;

    while (rest.len > 0 && count < SIGNATURES_MAX) {
        struct str one = str_trim(str_take_until(&rest, ','));

        if (str_take_prefix(&one, "v1=") && hex_decode(one, digests[count].bytes, sizeof(digests[count].bytes)))
            count++;
    }
    return count;
}

/* All are compared with all, whichever matches: how long it takes tells nothing about which. */
static bool is_genuine(const struct pagerduty_secrets *secrets, struct str body, const struct digest *digests,
                       size_t count)
{
    bool is_found = false;

    for (size_t i = 0; i < secrets->count; i++) {
        struct digest ours;

        if (!secrets->secrets[i] || !secrets->secrets[i][0])
            continue; /* a secret that everybody knows */
        ours = digest_of(secrets->secrets[i], body);
        for (size_t k = 0; k < count; k++)
            is_found |= digest_equal(ours, digests[k]);
    }
    return is_found;
}

bool pagerduty_signature_check(const struct pagerduty_secrets *secrets, struct str body, const char *signature,
                               struct error *err)
{
    struct digest digests[SIGNATURES_MAX];
    size_t count;

    if (!signature || !signature[0])
        return error_set(err, ERR_DENIED, "not signed: no X-PagerDuty-Signature header");
    count = read_signatures(signature, digests);
    if (count == 0)
        return error_set(err, ERR_DENIED, "X-PagerDuty-Signature holds no signature of version 1");
    return is_genuine(secrets, body, digests, count) ||
           error_set(err, ERR_DENIED,
                     "the signature is not that of any of pagerduty.webhook_secrets: PagerDuty shows a subscription's "
                     "secret only when it is made");
}
