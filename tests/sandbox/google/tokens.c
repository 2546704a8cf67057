#include "google/tokens.h"

#include "random.h"

#include "bot/base/time.h"

#define FRESH_MS (5 * MINUTE_MS)
#define KEPT_MAX 1000

struct tokens *tokens_create(void)
{
    struct tokens *tokens = xcalloc(1, sizeof *tokens);

    tokens->live = json_array();
    tokens->identities = json_array();
    tokens->lifetime_ms = HOUR_MS;
    return tokens;
}

void tokens_destroy(struct tokens *tokens)
{
    if (!tokens)
        return;
    cJSON_Delete(tokens->live);
    cJSON_Delete(tokens->identities);
    free(tokens);
}

const cJSON *tokens_issue(struct tokens *tokens, const char *account, int64_t now_ms)
{
    cJSON *entry = json_object();

    tree_set_textf(entry, "token", "ya29.sandbox-%s", random_hex().text);
    json_set_string(entry, "account", account);
    json_set_int(entry, "expires_at_ms", now_ms + tokens->lifetime_ms);
    json_add(tokens->live, entry);
    tree_keep_last(tokens->live, KEPT_MAX);
    return entry;
}

const cJSON *tokens_get(struct tokens *tokens, const char *account, int64_t now_ms)
{
    JSON_EACH(entry, tokens->live) {
        if (tree_has_text(entry, "account", account) && tree_int(entry, "expires_at_ms", 0) - now_ms > FRESH_MS)
            return entry;
    }
    return tokens_issue(tokens, account, now_ms);
}

const char *tokens_account(const struct tokens *tokens, const char *token, int64_t now_ms)
{
    const cJSON *entry = tree_find(tokens->live, "token", token);

    return tree_int(entry, "expires_at_ms", 0) > now_ms ? tree_text(entry, "account") : NULL;
}

cJSON *tokens_answer(const cJSON *entry, int64_t now_ms)
{
    cJSON *answer = json_object();

    json_set_string(answer, "access_token", tree_text(entry, "token"));
    json_set_int(answer, "expires_in", (tree_int(entry, "expires_at_ms", 0) - now_ms) / 1000);
    json_set_string(answer, "token_type", "Bearer");
    return answer;
}

void tokens_expire_all(struct tokens *tokens)
{
    cJSON *entry = NULL;

    cJSON_ArrayForEach(entry, tokens->live) {
        json_set_int(entry, "expires_at_ms", 0);
    }
    cJSON_ArrayForEach(entry, tokens->identities) {
        json_set_int(entry, "expires_at_ms", 0);
    }
}
