#include "github/repository.h"

#include "bot/base/digest.h"

#include <string.h>

#define SHORT_SHA_MIN 4 /* git's own minimum */

struct repository *repository_create(int64_t id, const char *full_name)
{
    struct repository *repository = xcalloc(1, sizeof *repository);

    repository->id = id;
    repository->full_name = xstrdup(full_name);
    repository->commits = json_array();
    repository->branches = json_array();
    repository->tags = json_array();
    repository->releases = json_array();
    repository->workflows = json_array();
    repository->runs = json_array();
    repository->check_runs = json_array();
    repository->statuses = json_array();
    repository->pulls = json_array();
    repository->comments = json_array();
    repository->pushes = json_array();
    return repository;
}

void repository_destroy(struct repository *repository)
{
    if (!repository)
        return;
    free(repository->full_name);
    cJSON_Delete(repository->commits);
    cJSON_Delete(repository->branches);
    cJSON_Delete(repository->tags);
    cJSON_Delete(repository->releases);
    cJSON_Delete(repository->workflows);
    cJSON_Delete(repository->runs);
    cJSON_Delete(repository->check_runs);
    cJSON_Delete(repository->statuses);
    cJSON_Delete(repository->pulls);
    cJSON_Delete(repository->comments);
    cJSON_Delete(repository->pushes);
    free(repository);
}

bool is_sha(const char *text)
{
    return text && strlen(text) == SHA_CHARS && strspn(text, "0123456789abcdef") == SHA_CHARS;
}

/* ---- names ---- */

cJSON *repository_branch(const struct repository *repository, const char *name)
{
    return tree_find(repository->branches, "name", name);
}

cJSON *repository_tag(const struct repository *repository, const char *name)
{
    return tree_find(repository->tags, "name", name);
}

cJSON *repository_find_release(const struct repository *repository, const char *tag)
{
    return tree_find(repository->releases, "tag", tag);
}

static const cJSON *find_commit(const struct repository *repository, const char *sha)
{
    return tree_find(repository->commits, "sha", sha);
}

static const cJSON *find_short(const struct repository *repository, const char *start)
{
    const cJSON *found = NULL;

    if (strlen(start) < SHORT_SHA_MIN || strspn(start, "0123456789abcdef") != strlen(start))
        return NULL;
    JSON_EACH(commit, repository->commits) {
        if (!text_starts(tree_text(commit, "sha"), start))
            continue;
        if (found)
            return NULL; /* ambiguous is as good as unknown */
        found = commit;
    }
    return found;
}

static const cJSON *find_named(const struct repository *repository, const cJSON *entry)
{
    return entry ? find_commit(repository, tree_text(entry, "sha")) : NULL;
}

const cJSON *repository_resolve(const struct repository *repository, const char *ref)
{
    struct str rest = str_of(ref);
    const cJSON *entry = NULL;

    if (!ref)
        return NULL;
    if (find_commit(repository, ref))
        return find_commit(repository, ref);
    (void)str_take_prefix(&rest, "refs/");
    if (str_take_prefix(&rest, "tags/"))
        return find_named(repository, repository_tag(repository, rest.at));
    if (str_take_prefix(&rest, "heads/"))
        return find_named(repository, repository_branch(repository, rest.at));
    entry = repository_tag(repository, ref);
    if (!entry)
        entry = repository_branch(repository, ref);
    return entry ? find_named(repository, entry) : find_short(repository, ref);
}

/* ---- making things ---- */

static void set_name(cJSON *list, const char *name, const char *sha)
{
    cJSON *entry = tree_find(list, "name", name);

    entry = entry ? entry : json_add(list, json_object());
    json_set_string(entry, "name", name);
    json_set_string(entry, "sha", sha);
}

static char *make_sha(const char *kind, const char *name, const char *parent, int64_t at_ms)
{
    AUTO_FREE char *seed = text_format("%s %s %s %lld", kind, name, parent ? parent : "", (long long)at_ms);

    return text_format("%.40s", digest_hex(digest_sha256(str_of(seed))).text);
}

const cJSON *repository_commit(struct repository *repository, const struct commit_seed *seed)
{
    const cJSON *branch = repository_branch(repository, seed->branch);
    const char *parent = tree_text(branch ? branch : repository_resolve(repository, seed->from), "sha");
    AUTO_FREE char *sha = seed->sha ? xstrdup(seed->sha) : make_sha("commit", seed->message, parent, seed->at_ms);
    cJSON *commit = json_add(repository->commits, json_object());

    json_set_string(commit, "sha", sha);
    json_set_string(commit, "parent", parent);
    json_set_string(commit, "message", seed->message);
    json_set_string(commit, "author", seed->author);
    json_set_int(commit, "at_ms", seed->at_ms);
    repository_set_branch(repository, seed->branch, sha);
    return commit;
}

void repository_set_branch(struct repository *repository, const char *name, const char *sha)
{
    set_name(repository->branches, name, sha);
}

void repository_set_tag(struct repository *repository, const char *name, const char *sha, const char *message,
                        int64_t now_ms)
{
    cJSON *tag = NULL;

    set_name(repository->tags, name, sha);
    tag = repository_tag(repository, name);
    tree_set_text(tag, "message", message);
    tree_set_text(tag, "object", NULL);
    json_set_int(tag, "at_ms", now_ms);
    if (message) {
        AUTO_FREE char *object = make_sha("tag", name, sha, now_ms);
        json_set_string(tag, "object", object);
    }
}

cJSON *repository_release(struct repository *repository, const struct release_seed *seed)
{
    cJSON *release = repository_find_release(repository, seed->tag);

    if (!release) {
        release = json_add(repository->releases, json_object());
        json_set_int(release, "id", seed->id);
    }
    json_set_string(release, "tag", seed->tag);
    json_set_string(release, "name", seed->name);
    json_set_string(release, "body", seed->body);
    json_set_string(release, "target", seed->target);
    json_set_string(release, "author", seed->author);
    json_set_bool(release, "draft", seed->draft);
    json_set_bool(release, "prerelease", seed->prerelease);
    json_set_int(release, "published_at_ms", seed->published_at_ms);
    return release;
}

/* ---- comparing ---- */

static const cJSON *parent_of(const struct repository *repository, const cJSON *commit)
{
    return find_commit(repository, tree_text(commit, "parent"));
}

/* Is `old` the commit `commit` itself, or one before it? `ret_steps` apart. */
static bool descends(const struct repository *repository, const cJSON *commit, const cJSON *old, int64_t *ret_steps)
{
    for (int64_t steps = 0; commit; commit = parent_of(repository, commit), steps++) {
        if (commit == old) {
            *ret_steps = steps;
            return true;
        }
    }
    return false;
}

bool repository_compare(const struct repository *repository, const char *base, const char *head,
                        struct compared *ret_compared)
{
    struct compared compared = { .base = repository_resolve(repository, base),
                                 .head = repository_resolve(repository, head) };
    const cJSON *meet = compared.head;

    if (!compared.base || !compared.head)
        return false;
    while (meet && !descends(repository, compared.base, meet, &compared.behind_by))
        meet = parent_of(repository, meet);
    if (!meet)
        return false;
    compared.merge_base = meet;
    compared.ahead = json_array();
    for (const cJSON *commit = compared.head; commit != meet; commit = parent_of(repository, commit)) {
        cJSON_InsertItemInArray(compared.ahead, 0, json_string(tree_text(commit, "sha")));
        compared.ahead_by++;
    }
    *ret_compared = compared;
    return true;
}
