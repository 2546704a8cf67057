#include "integrations/slack/signature.h"

#include "bot/base/digest.h"

#include <openssl/crypto.h>

#include <stdio.h>
#include <string.h>

#define TIMESTAMP_MAX_S INT64_C(100000000000) /* the year 5138: keeps the milliseconds far from their limit */

struct slack_signature slack_signature_make(const char *secret, const char *timestamp, struct str body)
{
    const struct str parts[] = { STR_LIT("v0:"), str_of(timestamp), STR_LIT(":"), body };
    struct digest_hex hex = digest_hex(digest_hmac(str_of(secret), parts, ARRAY_LEN(parts)));
    struct slack_signature signature;

    snprintf(signature.text, sizeof(signature.text), "v0=%s", hex.text);
    return signature;
}

/* All secrets are tried, whichever matches: how long it takes tells nothing about which. */
static bool is_genuine(const struct slack_secrets *secrets, struct str body, const char *timestamp,
                       const char *signature)
{
    bool is_found = false;

    for (size_t i = 0; i < secrets->count; i++) {
        struct slack_signature ours;

        if (!secrets->secrets[i] || !secrets->secrets[i][0])
            continue; /* a secret that everybody knows */
        ours = slack_signature_make(secrets->secrets[i], timestamp, body);
        is_found |= CRYPTO_memcmp(ours.text, signature, sizeof(ours.text) - 1) == 0;
    }
    return is_found;
}

bool slack_signature_check(const struct slack_secrets *secrets, struct str body, const char *timestamp,
                           const char *signature, int64_t unix_ms, struct error *err)
{
    int64_t max_age_ms = secrets->max_age_ms > 0 ? secrets->max_age_ms : SLACK_SIGNATURE_MAX_AGE_MS;
    struct error ignored;
    int64_t signed_s, age_ms;

    if (!timestamp || !signature)
        return error_set(err, ERR_DENIED, "not signed: no %s header",
                         signature ? "X-Slack-Request-Timestamp" : "X-Slack-Signature");
    if (!parse_int(str_of(timestamp), 0, TIMESTAMP_MAX_S, &signed_s, &ignored))
        return error_set(err, ERR_DENIED, "X-Slack-Request-Timestamp is no time");
    if (strlen(signature) != sizeof(struct slack_signature) - 1 || !is_genuine(secrets, body, timestamp, signature))
        return error_set(err, ERR_DENIED, "the signature is not that of any of our signing secrets");
    age_ms = unix_ms - signed_s * 1000;
    if (age_ms > max_age_ms || age_ms < -max_age_ms)
        return error_set(err, ERR_STALE,
                         "signed %lld s %s: only %lld s are accepted; is this a replay, or a clock wrong?",
                         (long long)(age_ms < 0 ? -age_ms : age_ms) / 1000, age_ms < 0 ? "ahead" : "ago",
                         (long long)max_age_ms / 1000);
    return true;
}
