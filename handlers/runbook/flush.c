#include "handlers/runbook/flush.h"

#include <string.h>

#define DEFAULT_HOST "127.0.0.1"
#define DEFAULT_PORT "6379"

struct address { /* as far as it was said */
    const char *host, *port, *socket;
};

struct tokens {
    const char **list;
    size_t count;
};

static const char *value_of(const struct runbook_settings *runbook, const char *word)
{
    for (size_t i = 0; i < runbook->environment_count; i++)
        if (strcmp(runbook->environment[i].key, word) == 0)
            return runbook->environment[i].value;
    return word;
}

/* "sh -c 'redis-cli -h $HOST FLUSHALL'" is one text to us, and several to a shell. */
static struct tokens split(const struct runbook_settings *runbook, const char *const *argv, size_t count,
                           struct arena *arena)
{
    struct tokens tokens = { 0 };

    for (size_t i = 0; i < count; i++) {
        char *text = arena_strdup(arena, argv[i]);
        struct str rest, word;

        for (char *c = text; *c; c++)
            if (strchr("\"'`;|&()$<>{}", *c))
                *c = ' ';
        rest = str_of(text);
        while ((word = str_take_word(&rest)).len > 0)
            *ARENA_PUSH(arena, tokens.list, tokens.count) = value_of(runbook, arena_copy(arena, word));
    }
    return tokens;
}

static bool has_flush(const struct tokens *tokens, struct arena *arena)
{
    for (size_t i = 0; i < tokens->count; i++) {
        char *lower = arena_strdup(arena, tokens->list[i]);

        str_lower(lower);
        if (strstr(lower, "flushdb") || strstr(lower, "flushall"))
            return true;
    }
    return false;
}

/* "redis://user:secret@host:6379/0", "unix:///run/redis.sock" */
static struct address read_url(const char *url, struct arena *arena)
{
    struct address address = { .port = DEFAULT_PORT };
    struct str rest = str_of(url), authority, host;
    const char *at;

    if (str_take_prefix(&rest, "unix://"))
        return (struct address){ .socket = arena_copy(arena, rest) };
    if (!str_take_prefix(&rest, "redis://") && !str_take_prefix(&rest, "rediss://"))
        return (struct address){ 0 };
    authority = str_take_until(&rest, '/');
    at = memrchr(authority.at, '@', authority.len);
    if (at)
        authority = (struct str){ at + 1, authority.len - (size_t)(at + 1 - authority.at) };
    host = authority;
    if (str_starts_with(authority, "[")) { /* an IPv6 address */
        host = str_take_until(&authority, ']');
        host = (struct str){ host.at + 1, host.len - 1 };
        str_take_prefix(&authority, ":");
    } else {
        host = str_take_until(&authority, ':');
    }
    address.host = arena_copy(arena, host);
    if (authority.len > 0)
        address.port = arena_copy(arena, authority);
    return address;
}

static const char *after(const struct tokens *tokens, size_t i, const char *short_name)
{
    const char *token = tokens->list[i];

    if (strcmp(token, short_name) == 0)
        return i + 1 < tokens->count ? tokens->list[i + 1] : NULL;
    return strncmp(token, short_name, 2) == 0 && token[2] ? token + 2 : NULL;
}

/* Each program says for itself whom it addresses: what another one in the same text says takes nothing back. */
static bool begins_program(const char *token)
{
    const char *slash = strrchr(token, '/'), *name = slash ? slash + 1 : token;

    return strcmp(name, "redis-cli") == 0 || strcmp(name, "valkey-cli") == 0;
}

/* As redis-cli reads its options; a script may take the same. From `*at` on, up to the next program. */
static struct address addressed(const struct tokens *tokens, size_t *at, struct arena *arena)
{
    struct address address = { 0 };
    size_t i = *at;

    for (; i < tokens->count && (i == *at || !begins_program(tokens->list[i])); i++) {
        const char *value;

        if ((value = after(tokens, i, "-h")) != NULL)
            address.host = value;
        else if ((value = after(tokens, i, "-p")) != NULL)
            address.port = value;
        else if ((value = after(tokens, i, "-s")) != NULL)
            address.socket = value;
        else if (strstr(tokens->list[i], "://"))
            address =
                read_url(strchr(tokens->list[i], '=') ? strchr(tokens->list[i], '=') + 1 : tokens->list[i], arena);
    }
    if (i == tokens->count || begins_program(tokens->list[*at])) /* what stands before all programs addresses none */
        address.host = address.host ? address.host : DEFAULT_HOST;
    *at = i;
    address.port = address.port ? address.port : DEFAULT_PORT;
    return address;
}

static bool is_here(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "0.0.0.0") == 0;
}

static bool is_same_host(const char *a, const char *b)
{
    return str_equal_nocase(str_of(a), str_of(b)) || (is_here(a) && is_here(b));
}

/* By any word that names it: "10.0.0.5:6379", the path of a socket. */
static bool names(const struct tokens *tokens, const char *text)
{
    for (size_t i = 0; i < tokens->count; i++)
        if (strstr(tokens->list[i], text))
            return true;
    return false;
}

/* The master is one of them, or beside one of them. */
static bool is_sentinel(struct str hosts, const char *host, struct arena *arena)
{
    struct str list = str_take_until(&hosts, '/');

    while (list.len > 0) {
        struct str one = str_take_until(&list, ',');

        if (is_same_host(arena_copy(arena, str_take_until(&one, ':')), host))
            return true;
    }
    return false;
}

static bool is_store(const struct settings *settings, const struct address *store, const struct address *there,
                     struct arena *arena)
{
    struct str url = str_of(settings->store.url);

    if (str_take_prefix(&url, "sentinel://"))
        return there->host && is_sentinel(url, there->host, arena);
    return store->host && there->host && !there->socket && is_same_host(store->host, there->host) &&
           strcmp(store->port, there->port) == 0;
}

bool runbook_flushes_store(const struct settings *settings, const struct runbook_settings *runbook,
                           const char *const *argv, size_t count, struct arena *arena)
{
    struct tokens tokens = split(runbook, argv, count, arena);
    struct address store = read_url(settings->store.url, arena);
    size_t at = 0;

    if (!has_flush(&tokens, arena))
        return false;
    if (names(&tokens, settings->data_dir)) /* the private one's socket */
        return true;
    if ((store.socket && names(&tokens, store.socket)) ||
        (store.host && names(&tokens, arena_printf(arena, "%s:%s", store.host, store.port))))
        return true;
    while (at < tokens.count) {
        struct address there = addressed(&tokens, &at, arena);

        if (is_store(settings, &store, &there, arena))
            return true;
    }
    return false;
}
