/* webhook_prune.c - of a large JSON object the few members that somebody wants. */
#include "integrations/github/webhook_json.h"

#include <string.h>

#define TEXT_MAX_BYTES (16 * 1024)
#define LISTED_TEXT_MAX_BYTES 300
#define WHOLE_MAX_BYTES (16 * 1024)
#define ITEMS_MAX 100
#define PATHS_MAX 64
#define EXACT_DIGITS 16 /* 2^53 has as many */
#define EXACT_MAX INT64_C(9007199254740991)

struct pruner {
    struct buf *out;
    bool is_cut, is_listed; /* is_listed: inside of a list */
};

/* Where a string may end at `max` bytes of its raw text, without half an escape or half a character. */
static size_t cut_at(struct str raw, size_t max)
{
    size_t at = 1, good = 1;

    while (at < raw.len - 1 && at <= max) {
        good = at;
        if (raw.at[at] != '\\')
            at++;
        else if (raw.at[at + 1] != 'u')
            at += 2;
        else
            at += memchr("dD", raw.at[at + 2], 2) && memchr("89abAB", raw.at[at + 3], 6) ? 12 : 6;
        while (at < raw.len - 1 && ((unsigned char)raw.at[at] & 0xC0) == 0x80)
            at++;
    }
    return good;
}

static void add_string(struct pruner *pruner, struct str raw)
{
    size_t max = pruner->is_listed ? LISTED_TEXT_MAX_BYTES : TEXT_MAX_BYTES;

    if (raw.len <= max) {
        buf_add_str(pruner->out, raw);
        return;
    }
    pruner->is_cut = true;
    buf_add(pruner->out, raw.at, cut_at(raw, max));
    buf_putc(pruner->out, '"');
}

static bool is_beyond_doubles(struct str raw)
{
    struct error ignored;
    int64_t value;

    if (raw.len < EXACT_DIGITS)
        return false;
    for (size_t i = raw.at[0] == '-' ? 1 : 0; i < raw.len; i++)
        if (raw.at[i] < '0' || raw.at[i] > '9')
            return false;
    return !parse_int(raw, -EXACT_MAX, EXACT_MAX, &value, &ignored);
}

static void add_scalar(struct pruner *pruner, struct str raw)
{
    bool is_quoted = is_beyond_doubles(raw);

    if (raw.at[0] == '"') {
        add_string(pruner, raw);
        return;
    }
    if (is_quoted)
        buf_putc(pruner->out, '"');
    buf_add_str(pruner->out, raw);
    if (is_quoted)
        buf_putc(pruner->out, '"');
}

static bool is_list_or_object(struct str raw)
{
    return raw.at[0] == '{' || raw.at[0] == '[';
}

static void add_whole(struct pruner *pruner, struct str raw)
{
    if (!is_list_or_object(raw)) {
        add_scalar(pruner, raw);
    } else if (raw.len <= WHOLE_MAX_BYTES) {
        buf_add_str(pruner->out, raw);
    } else {
        pruner->is_cut = true;
        buf_puts(pruner->out, "null");
    }
}

/* Of those paths that begin with `key`, what is left of them. */
static size_t follow(const char *const *paths, size_t count, struct str key, const char **ret_rest, bool *ret_is_whole)
{
    size_t found = 0;

    *ret_is_whole = false;
    if (memchr(key.at, '.', key.len) || memchr(key.at, '\0', key.len))
        return 0; /* no name in a path */
    for (size_t i = 0; i < count; i++) {
        const char *rest = paths[i] + key.len;

        if (paths[i][0] != key.at[0] || strncmp(paths[i], key.at, key.len) != 0 || (*rest != '.' && *rest != '\0'))
            continue;
        ret_rest[found++] = *rest == '.' ? rest + 1 : rest;
        *ret_is_whole = *ret_is_whole || *rest == '\0';
    }
    return found;
}

static void prune(struct pruner *pruner, struct str value, const char *const *paths, size_t count);

static void prune_object(struct pruner *pruner, struct str value, const char *const *paths, size_t count)
{
    struct webhook_walk walk = webhook_walk(value);
    struct str key, item;
    bool is_first = true;

    buf_putc(pruner->out, '{');
    while (webhook_walk_next(&walk, &key, &item)) {
        const char *rest[PATHS_MAX];
        bool is_whole;
        size_t found = follow(paths, count, key, rest, &is_whole);

        if (found == 0)
            continue;
        buf_puts(pruner->out, is_first ? "\"" : ",\"");
        buf_add_str(pruner->out, key);
        buf_puts(pruner->out, "\":");
        is_first = false;
        if (is_whole)
            add_whole(pruner, item);
        else
            prune(pruner, item, rest, found);
    }
    buf_putc(pruner->out, '}');
}

static void prune_list(struct pruner *pruner, struct str value, const char *const *paths, size_t count)
{
    struct webhook_walk walk = webhook_walk(value);
    bool was_listed = pruner->is_listed;
    struct str key, item;
    size_t items = 0;

    pruner->is_listed = true;
    buf_putc(pruner->out, '[');
    while (webhook_walk_next(&walk, &key, &item)) {
        if (items == ITEMS_MAX) {
            pruner->is_cut = true;
            break;
        }
        if (items++ > 0)
            buf_putc(pruner->out, ',');
        prune(pruner, item, paths, count);
    }
    buf_putc(pruner->out, ']');
    pruner->is_listed = was_listed;
}

static void prune(struct pruner *pruner, struct str value, const char *const *paths, size_t count)
{
    if (value.at[0] == '{')
        prune_object(pruner, value, paths, count);
    else if (value.at[0] == '[')
        prune_list(pruner, value, paths, count);
    else
        add_scalar(pruner, value);
}

bool webhook_json_prune(struct str object, const char *const *paths, size_t count, struct buf *out, bool *ret_is_cut,
                        struct error *err)
{
    struct pruner pruner = { .out = out };

    if (object.len == 0 || object.at[0] != '{' || count > PATHS_MAX)
        return error_set(err, ERR_INVALID, "JSON: an object was expected");
    prune(&pruner, object, paths, count);
    *ret_is_cut = pruner.is_cut;
    return buf_check(out, err);
}
