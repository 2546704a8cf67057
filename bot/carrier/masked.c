/* masked.c - what a self-test found, and why a peer refuses us, goes into records, the journal and channels, so no
 * secret of ours may be in it. */
#include "bot/carrier/internal.h"

#include "bot/model/secrets.h"

static void add_secret(void *arg, const char *secret)
{
    secrets_add(arg, secret);
}

static void mask(cJSON *json, const struct secrets *secrets, struct arena *arena)
{
    if (cJSON_IsString(json))
        cJSON_SetValuestring(json, secrets_mask(secrets, json->valuestring, arena));
    for (cJSON *child = json->child; child; child = child->next)
        mask(child, secrets, arena);
}

void carrier_mask(const struct carrier_job *job, struct arena *arena, struct attempt_end *end)
{
    const struct credential_source *credentials = job->carrier->options.credentials;
    struct secrets secrets = { .arena = arena };
    cJSON *body = json_copy(end->body);

    secrets_add_settings(&secrets, job->carrier->options.settings);
    if (credentials && credentials->tell)
        credentials->tell(credentials->ctx, add_secret, &secrets);
    end->error = secrets_mask(&secrets, end->error, arena);
    if (!body)
        return;
    arena_defer(arena, (void (*)(void *))cJSON_Delete, body);
    mask(body, &secrets, arena);
    end->body = body;
}
