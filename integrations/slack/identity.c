#include "integrations/slack/identity.h"

#include "bot/base/digest.h"

#include <string.h>

#define KEY_MAX_BYTES 100

static bool is_plain_key(const char *text)
{
    size_t len = text ? strlen(text) : 0;

    return len > 0 && len <= KEY_MAX_BYTES &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == len;
}

const char *slack_identity(const char *trigger_id, const char *response_url, struct str body, const char *timestamp,
                           struct arena *arena)
{
    const struct str parts[] = { str_of(timestamp), STR_LIT(":"), body };
    struct digest digest;

    if (is_plain_key(trigger_id))
        return trigger_id;
    if (trigger_id && trigger_id[0])
        digest = digest_sha256(str_of(trigger_id));
    else if (response_url && response_url[0])
        digest = digest_sha256(str_of(response_url));
    else
        digest = digest_hmac(STR_LIT("slack command"), parts, ARRAY_LEN(parts));
    return arena_strdup(arena, digest_hex(digest).text);
}
