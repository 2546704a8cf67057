/* webhook_push.c - which files a push touched: up to 2048 commits with three lists of up to 3000 paths each, as one
 * short list. Paths are compared and copied as they are written, escapes and all: GitHub writes one path in one way. */
#include "integrations/github/webhook_events.h"
#include "integrations/github/webhook_json.h"

#include <string.h>

#define PATHS_MAX 300
#define PATHS_MAX_BYTES (16 * 1024) /* of all of them together */
#define COMMITS_MAX 2048            /* GitHub's limits: where one is reached, there may be more */
#define FILES_MAX 3000
#define SLOTS 1024 /* a power of two, well above PATHS_MAX */

struct paths {
    struct str slots[SLOTS]; /* open addressing; empty where at is NULL */
    struct buf list;         /* JSON */
    size_t count, bytes;
    int64_t commits, files;
    bool are_cut;
};

static size_t hash_of(struct str text) /* FNV-1a */
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.at[i]) * UINT64_C(1099511628211);
    return (size_t)hash;
}

static struct str *slot_of(struct paths *paths, struct str path)
{
    size_t at = hash_of(path);

    for (;; at++) {
        struct str *slot = &paths->slots[at % SLOTS];

        if (!slot->at || str_equal(*slot, path))
            return slot;
    }
}

static void add_path(struct paths *paths, struct str path)
{
    struct str *slot;

    paths->files++;
    if (path.at[0] != '"') {
        paths->are_cut = true; /* no path: nothing is known of it */
        return;
    }
    slot = slot_of(paths, path);
    if (slot->at)
        return;
    if (paths->count == PATHS_MAX || paths->bytes + path.len > PATHS_MAX_BYTES) {
        paths->are_cut = true;
        return;
    }
    *slot = path;
    paths->bytes += path.len;
    if (paths->count++ > 0)
        buf_putc(&paths->list, ',');
    buf_add_str(&paths->list, path);
}

static void add_list(struct paths *paths, struct str list)
{
    struct webhook_walk walk = webhook_walk(list);
    struct str key, path;
    int files = 0;

    if (walk.is_object)
        return;
    while (webhook_walk_next(&walk, &key, &path)) {
        add_path(paths, path);
        files++;
    }
    paths->are_cut = paths->are_cut || files >= FILES_MAX;
}

static void add_commits(struct paths *paths, struct str commits)
{
    struct webhook_walk walk = webhook_walk(commits);
    struct str key, commit;

    if (walk.is_object)
        return;
    while (webhook_walk_next(&walk, &key, &commit)) {
        paths->commits++;
        add_list(paths, webhook_json_member(commit, "added"));
        add_list(paths, webhook_json_member(commit, "removed"));
        add_list(paths, webhook_json_member(commit, "modified"));
    }
    paths->are_cut = paths->are_cut || paths->commits >= COMMITS_MAX;
}

/* What a forced push took away, and how a new branch differs from any other, is in no list of commits. */
static bool is_no_list_of_changes(struct str payload)
{
    return str_is(webhook_json_member(payload, "forced"), "true") ||
           str_is(webhook_json_member(payload, "created"), "true");
}

void webhook_add_paths(struct str payload, struct arena *arena, cJSON *typed)
{
    struct paths *paths = arena_alloc(arena, sizeof(*paths));
    struct error ignored;
    cJSON *list;

    paths->list = BUF(2 * PATHS_MAX_BYTES);
    buf_putc(&paths->list, '[');
    add_commits(paths, webhook_json_member(payload, "commits"));
    paths->are_cut = paths->are_cut || is_no_list_of_changes(payload);
    buf_putc(&paths->list, ']');
    if (json_parse(buf_str(&paths->list), &list, &ignored))
        json_set(typed, "paths", list);
    else
        paths->are_cut = true; /* cannot be: it was checked */
    buf_finish(&paths->list);
    json_set_int(typed, "commits", paths->commits);
    json_set_int(typed, "files", paths->files);
    json_set_bool(typed, "are_paths_cut", paths->are_cut);
}
