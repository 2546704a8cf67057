#include "bot/carrier/google_keys.h"

#include "bot/base/file.h"
#include "bot/base/json.h"

#include <string.h>

#define KEY_FILE_MAX_BYTES (64 * 1024)
#define METADATA "metadata"

void google_secret_wipe(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

const char *google_account(const struct settings *settings, const char *project)
{
    const char *own = settings_google_of(settings, project);

    return own ? own : settings->google.credentials ? settings->google.credentials : METADATA;
}

static const struct google_key *find(const struct google_keys *keys, const char *path)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->list[i].path, path) == 0)
            return &keys->list[i];
    return NULL;
}

bool google_keys_find(const struct google_keys *keys, const char *account, const char **ret_text, struct error *err)
{
    const struct google_key *key = find(keys, account);

    *ret_text = key ? key->text : NULL;
    if (*ret_text || strcmp(account, METADATA) == 0)
        return true;
    if (key)
        *err = key->why;
    else
        error_set(err, ERR_INTERNAL, "%s was never read", account);
    return false;
}

static bool is_key(const char *text, const char *path, struct error *err)
{
    AUTO(arena) struct arena *arena = arena_create();
    const cJSON *key = json_parse_in(arena, str_of(text), err);

    if (key && json_find_string(key, "private_key"))
        return true;
    return error_set(err, ERR_INVALID, "%s: it is no key of a service account", path);
}

/* The first one is taken as it is: Google says whether it is any good. A later one, half written perhaps, takes no good one's
 * place. */
static bool read_key(struct google_key *key, const struct google_key *before)
{
    if (!file_read(key->path, KEY_FILE_MAX_BYTES, &key->text, &key->why))
        return false;
    if (!before || !before->text || is_key(key->text, key->path, &key->why))
        return true;
    google_secret_wipe(key->text);
    key->text = NULL;
    return false;
}

struct reading { /* the next keys, and those of before */
    struct google_keys next;
    const struct google_keys *before;
    struct error *err;
    bool is_good;
};

static void note_problem(struct reading *reading, const struct error *why)
{
    if (reading->is_good)
        *reading->err = *why;
    reading->is_good = false;
}

static void read_one(struct reading *reading, const char *account)
{
    const struct google_key *before = find(reading->before, account);
    struct google_keys *next = &reading->next;
    struct google_key key;

    if (strcmp(account, METADATA) == 0 || find(next, account))
        return;
    key = (struct google_key){ .path = xstrdup(account) };
    if (!read_key(&key, before)) {
        note_problem(reading, &key.why);
        key.text = before && before->text ? xstrdup(before->text) : NULL;
    }
    next->list = xrealloc(next->list, (next->count + 1) * sizeof(*next->list));
    next->list[next->count++] = key;
}

bool google_keys_read(struct google_keys *keys, const struct settings *settings, struct error *err)
{
    struct reading reading = { .before = keys, .err = err, .is_good = true };

    read_one(&reading, google_account(settings, NULL));
    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++)
            if (settings->services[i].environments[k].google)
                read_one(&reading, settings->services[i].environments[k].google->credentials);
    google_keys_wipe(keys);
    *keys = reading.next;
    return reading.is_good;
}

void google_keys_wipe(struct google_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        free(keys->list[i].path);
        google_secret_wipe(keys->list[i].text);
    }
    free(keys->list);
    *keys = (struct google_keys){ .count = 0 };
}
