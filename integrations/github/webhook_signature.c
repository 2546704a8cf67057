#include "integrations/github/webhook_signature.h"

#include "bot/base/digest.h"

#include <openssl/crypto.h>

#include <stdio.h>
#include <string.h>

struct github_webhook_signature github_webhook_signature_make(const char *secret, struct str body)
{
    struct digest_hex hex = digest_hex(digest_hmac(str_of(secret), &body, 1));
    struct github_webhook_signature signature;

    snprintf(signature.text, sizeof(signature.text), "sha256=%s", hex.text);
    return signature;
}

/* All secrets are tried, whichever matches: how long it takes tells nothing about which. */
static bool is_genuine(const struct github_webhook_secrets *secrets, struct str body, const char *signature)
{
    bool is_found = false;

    for (size_t i = 0; i < secrets->count; i++) {
        struct github_webhook_signature ours;

        if (!secrets->secrets[i] || !secrets->secrets[i][0])
            continue; /* a secret that everybody knows */
        ours = github_webhook_signature_make(secrets->secrets[i], body);
        is_found |= CRYPTO_memcmp(ours.text, signature, sizeof(ours.text) - 1) == 0;
    }
    return is_found;
}

bool github_webhook_signature_check(const struct github_webhook_secrets *secrets, struct str body,
                                    const char *signature, struct error *err)
{
    if (!signature)
        return error_set(err, ERR_DENIED,
                         "not signed: no X-Hub-Signature-256 header; has the hook a secret on GitHub's side?");
    if (strlen(signature) != sizeof(struct github_webhook_signature) - 1 || !is_genuine(secrets, body, signature))
        return error_set(err, ERR_DENIED, "the signature is not that of any of our webhook secrets");
    return true;
}
