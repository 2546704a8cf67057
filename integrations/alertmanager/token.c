#include "integrations/alertmanager/token.h"

#include "bot/base/digest.h"

#define SCHEME "bearer"

bool alertmanager_token_check(const char *const *tokens, size_t count, const char *authorization, struct error *err)
{
    struct str token = str_of(authorization), scheme = str_take_word(&token);
    struct digest theirs = digest_sha256(str_trim(token));
    bool is_found = false;

    if (!str_equal_nocase(scheme, STR_LIT(SCHEME)))
        return error_set(err, ERR_DENIED,
                         "no bearer token: set http_config.authorization.credentials in Alertmanager's webhook_config");
    for (size_t i = 0; i < count; i++) /* all of them, whichever matches: how long it takes tells nothing */
        if (tokens[i] && tokens[i][0])
            is_found |= digest_equal(theirs, digest_sha256(str_of(tokens[i])));
    return is_found || error_set(err, ERR_DENIED,
                                 "the bearer token is none of alertmanager.tokens: compare it with "
                                 "http_config.authorization.credentials in Alertmanager's webhook_config");
}
