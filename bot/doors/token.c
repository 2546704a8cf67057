#include "bot/doors/token.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"

const struct api_token *token_find(const struct api_settings *api, const char *authorization)
{
    struct str given = str_of(authorization), scheme = str_take_word(&given);
    struct digest theirs = digest_sha256(str_trim(given));
    const struct api_token *found = NULL;

    if (!str_equal_nocase(scheme, STR_LIT("bearer")))
        return NULL;
    for (size_t i = 0; i < api->tokens_count;
         i++) { /* all of them, whichever matches: how long it takes tells nothing */
        const struct api_token *token = &api->tokens[i];
        bool is_it = token->secret && token->secret[0] && digest_equal(theirs, digest_sha256(str_of(token->secret)));

        found = is_it && !found ? token : found;
    }
    return found;
}

struct principal token_principal(const struct api_token *token)
{
    return (struct principal){ .system = "token", .id = token->name };
}

const char *token_asks_too_often(int64_t wait_ms, struct arena *arena)
{
    return arena_printf(arena,
                        "Not done: this token asks more often than limits.requests_per_hour lets it. Ask again in %s.",
                        duration_about(wait_ms).text);
}
