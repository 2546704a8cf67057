#include "bot/configuration/restart.h"

#include <string.h>

#define KEEPS(member) offsetof(struct settings, member), sizeof(((struct settings *)0)->member)

static const struct row {
    const char *name; /* as a file has it */
    size_t offset, size;
} rows[] = {
    { "listen", KEEPS(listen) },
    { "local_socket", KEEPS(local_socket) },
    { "local_socket_group", KEEPS(local_socket_group) },
    { "data_dir", KEEPS(data_dir) },
    { "store", KEEPS(store) },
    { "limits.bodies_max", KEEPS(limits.bodies_max_bytes) },
    { "limits.header_max", KEEPS(limits.header_max_bytes) },
    { "limits.connections_max", KEEPS(limits.connections_max) },
    { "limits.requests_in_flight", KEEPS(limits.requests_in_flight) },
    { "limits.inbox_max", KEEPS(limits.inbox_max) },
    { "limits.request_timeout", KEEPS(limits.request_timeout_ms) },
    { "limits.answer_timeout", KEEPS(limits.answer_timeout_ms) },
    { "limits.idle_timeout", KEEPS(limits.idle_timeout_ms) },
    { "slack.api_url", KEEPS(slack.api_url) },
    { "slack.socket_mode", KEEPS(slack.socket_mode) },
    { "google.credentials", KEEPS(google.credentials) },
};
const char *configuration_restart_key(size_t index)
{
    return index < ARRAY_LEN(rows) ? rows[index].name : NULL;
}

static const cJSON *value_of(const cJSON *json, const char *name)
{
    struct str rest = str_of(name);

    while (json && rest.len > 0) {
        AUTO_FREE char *key = str_copy(str_take_until(&rest, '.'));

        json = cJSON_GetObjectItemCaseSensitive(json, key);
    }
    return json;
}

static bool is_same(const cJSON *a, const cJSON *b)
{
    return a && b ? cJSON_Compare(a, b, true) : a == b;
}

/* Secrets of what runs on: they are taken at once. */
static bool is_taken(const char *key)
{
    return strcmp(key, "slack.socket_mode.app_token") == 0;
}

struct differing {
    struct arena *arena;
    const char **keys;
    size_t count;
};

static void add(struct differing *differing, const char *key)
{
    if (!is_taken(key))
        *ARENA_PUSH(differing->arena, differing->keys, differing->count) = key;
}

/* One level below a section, the key that differs; else the value's own. */
static void note(struct differing *differing, const char *name, const cJSON *before, const cJSON *next)
{
    const cJSON *child;

    if (!cJSON_IsObject(before) || !cJSON_IsObject(next)) {
        add(differing, name);
        return;
    }
    cJSON_ArrayForEach(child, next)
        if (!is_same(cJSON_GetObjectItemCaseSensitive(before, child->string), child))
            add(differing, arena_printf(differing->arena, "%s.%s", name, child->string));
    cJSON_ArrayForEach(child, before)
        if (!cJSON_GetObjectItemCaseSensitive(next, child->string))
            add(differing, arena_printf(differing->arena, "%s.%s", name, child->string));
}

/* As many connections as were opened, by the token of now, or the last one: what it was may be of a configuration that
 * goes before this one. */
static void take_app_token(struct configuration *next, const struct socket_mode_settings *now)
{
    struct slack_settings *slack = &next->settings.slack;
    struct socket_mode_settings *mixed;

    if (!slack->socket_mode)
        return;
    mixed = ARENA_NEW(next->arena, struct socket_mode_settings);
    *mixed = *slack->socket_mode;
    mixed->app_token = now ? now->app_token : arena_strdup(next->arena, mixed->app_token);
    slack->socket_mode = mixed;
}

size_t configuration_keep_running(struct configuration *next, const struct settings *running, const char ***ret_keys)
{
    AUTO_JSON cJSON *before = shape_to_json(&settings_shape, running, SHAPE_WHOLE);
    AUTO_JSON cJSON *now = shape_to_json(&settings_shape, &next->settings, SHAPE_WHOLE);
    const struct socket_mode_settings *socket_mode = next->settings.slack.socket_mode;
    struct differing differing = { .arena = next->arena };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const cJSON *was = value_of(before, rows[i].name), *is = value_of(now, rows[i].name);

        if (is_same(was, is))
            continue;
        note(&differing, rows[i].name, was, is);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        memcpy((char *)&next->settings + rows[i].offset, (const char *)running + rows[i].offset, rows[i].size);
    take_app_token(next, socket_mode);
    next->digest = configuration_digest(&next->settings);
    *ret_keys = differing.keys;
    return differing.count;
}
