#include "slack/signature.h"

#include "bot/base/buf.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#define BODY_MAX_BYTES (1 << 20)

struct slack_signature slack_signature_make(const char *secret, int64_t timestamp_s, struct str body)
{
    struct slack_signature signature = { "v0=" };
    AUTO_BUF struct buf base = BUF(BODY_MAX_BYTES + 64);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int mac_len = 0;

    buf_addf(&base, "v0:%lld:", (long long)timestamp_s);
    buf_add_str(&base, body);
    if (!HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)base.at, base.len, mac, &mac_len))
        abort(); /* OpenSSL has no SHA-256: nothing here can work */
    for (size_t i = 0; i < mac_len; i++)
        (void)snprintf(signature.text + 3 + 2 * i, 3, "%02x", mac[i]);
    return signature;
}
