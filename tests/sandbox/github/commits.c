/* Commits as GitHub shows them and the files they change, what lies between two of them, and the names that point at
 * them. */
#include "github/call.h"

#include <string.h>

#define COMPARED_MAX 250
#define FILES_MAX 300
#define SHA_MEDIA_TYPE "application/vnd.github.sha"

static cJSON *person_shown(const cJSON *commit)
{
    cJSON *person = json_object();
    const char *login = tree_text_or(commit, "author", "ann");

    json_set_string(person, "name", login);
    tree_set_textf(person, "email", "%s@acme.example", login);
    set_time(person, "date", tree_int(commit, "at_ms", 0));
    return person;
}

static cJSON *commit_shown(const struct call *call, const cJSON *commit)
{
    cJSON *shown = json_object(), *inner = json_object();
    cJSON *parents = json_array();
    const char *sha = tree_text(commit, "sha"), *login = tree_text_or(commit, "author", "ann");
    AUTO_FREE char *url = call_url(call, "/commits/%s", sha), *page = call_page_url(call, "/commit/%s", sha);

    json_set_string(shown, "sha", sha);
    tree_set_textf(shown, "node_id", "C_%.16s", sha);
    json_set(inner, "author", person_shown(commit));
    json_set(inner, "committer", person_shown(commit));
    json_set_string(inner, "message", tree_text(commit, "message"));
    json_set_int(inner, "comment_count", 0);
    json_set(shown, "commit", inner);
    json_set_string(shown, "url", url);
    json_set_string(shown, "html_url", page);
    json_set(shown, "author", tree_true(commit, "no_account") ? cJSON_CreateNull() : user_shown(login));
    json_set(shown, "committer", user_shown(login));
    if (tree_text(commit, "parent"))
        json_set_string(json_add(parents, json_object()), "sha", tree_text(commit, "parent"));
    json_set(shown, "parents", parents);
    return shown;
}

/* ---- changed files ---- */

/* Was it there before, and is it now? Of several commits that touch one file the first and the last count. */
static void add_change(cJSON *files, const char *name, const char *list)
{
    cJSON *file = tree_find(files, "filename", name);
    bool was = !text_is(file ? tree_text(file, "status") : list, "added"), is = !text_is(list, "removed");

    if (!was && !is) {
        cJSON_Delete(cJSON_DetachItemViaPointer(files, file));
        return;
    }
    if (!file) {
        file = json_add(files, json_object());
        json_set_string(file, "filename", name);
    }
    tree_set_text(file, "status", !was ? "added" : is ? "modified" : "removed");
}

static void add_changes(cJSON *files, const cJSON *commit, const char *list)
{
    JSON_EACH(path, tree_get(commit, list)) {
        if (cJSON_IsString(path))
            add_change(files, path->valuestring, list);
    }
}

static void add_commit_changes(cJSON *files, const cJSON *commit)
{
    add_changes(files, commit, "added");
    add_changes(files, commit, "modified");
    add_changes(files, commit, "removed");
}

/* The first 300, as GitHub cuts them; takes the list over. */
static cJSON *files_shown(const struct call *call, cJSON *files)
{
    while (cJSON_GetArraySize(files) > FILES_MAX)
        cJSON_DeleteItemFromArray(files, FILES_MAX);
    for (cJSON *file = files->child; file; file = file->next) {
        AUTO_FREE char *contents = call_url(call, "/contents/%s", tree_text(file, "filename"));

        json_set_int(file, "additions", 1);
        json_set_int(file, "deletions", 0);
        json_set_int(file, "changes", 1);
        json_set_string(file, "contents_url", contents);
    }
    return files;
}

/* With the media type "sha" the answer is the bare sha, which is its own ETag. */
void commit_get(struct call *call)
{
    const char *accept = request_header(call->request, "Accept");
    const cJSON *commit = repository_resolve(call->repository, call->params[0]);
    cJSON *shown = NULL, *files;

    if (!commit) {
        AUTO_FREE char *message = text_format("No commit found for SHA: %s", call->params[0]);
        return call_refuse(call, 422, message);
    }
    if (accept && strstr(accept, SHA_MEDIA_TYPE))
        return reply_text(call->reply, 200, SHA_MEDIA_TYPE "; charset=utf-8", tree_text(commit, "sha"));
    shown = commit_shown(call, commit);
    files = json_array();
    add_commit_changes(files, commit);
    json_set(shown, "files", files_shown(call, files));
    reply_json(call->reply, 200, shown);
}

/* ---- comparing ---- */

static const char *status_of(const struct compared *compared)
{
    if (compared->ahead_by && compared->behind_by)
        return "diverged";
    if (compared->ahead_by)
        return "ahead";
    return compared->behind_by ? "behind" : "identical";
}

static cJSON *compared_commits(struct call *call, const cJSON *shas)
{
    cJSON *commits = json_array();
    bool paged = request_query(call->request, "page") || request_query(call->request, "per_page");

    JSON_EACH(sha, shas) {
        if (paged || cJSON_GetArraySize(commits) < COMPARED_MAX)
            json_add(commits, commit_shown(call, repository_resolve(call->repository, cJSON_GetStringValue(sha))));
    }
    return paged ? call_cut(call, commits) : commits;
}

/* On the first page alone. */
static cJSON *compared_files(const struct call *call, const cJSON *shas)
{
    cJSON *files = json_array();

    if (call_page(call).number > 1)
        return files;
    JSON_EACH(sha, shas)
        add_commit_changes(files, repository_resolve(call->repository, cJSON_GetStringValue(sha)));
    return files_shown(call, files);
}

void compare_get(struct call *call)
{
    const char *dots = strstr(call->params[0], "...");
    AUTO_FREE char *base = dots ? str_copy((struct str){ call->params[0], (size_t)(dots - call->params[0]) }) : NULL;
    struct compared compared = { 0 };
    cJSON *shown = NULL;

    if (!dots || !repository_compare(call->repository, base, dots + 3, &compared))
        return call_not_found(call);
    AUTO_JSON cJSON *ahead = compared.ahead;
    AUTO_FREE char *url = call_url(call, "/compare/%s", call->params[0]);
    AUTO_FREE char *page = call_page_url(call, "/compare/%s", call->params[0]);
    shown = json_object();
    json_set_string(shown, "url", url);
    json_set_string(shown, "html_url", page);
    json_set(shown, "base_commit", commit_shown(call, compared.base));
    json_set(shown, "merge_base_commit", commit_shown(call, compared.merge_base));
    json_set_string(shown, "status", status_of(&compared));
    json_set_int(shown, "ahead_by", compared.ahead_by);
    json_set_int(shown, "behind_by", compared.behind_by);
    json_set_int(shown, "total_commits", compared.ahead_by);
    json_set(shown, "commits", compared_commits(call, ahead));
    json_set(shown, "files", compared_files(call, ahead));
    reply_json(call->reply, 200, shown);
}

/* ---- names ---- */

static cJSON *object_shown(const struct call *call, const char *type, const char *sha)
{
    cJSON *object = json_object();
    AUTO_FREE char *url = call_url(call, "/git/%ss/%s", type, sha);

    json_set_string(object, "sha", sha);
    json_set_string(object, "type", type);
    json_set_string(object, "url", url);
    return object;
}

/* heads/NAME or tags/NAME; an annotated tag points at its own object, not at the commit. */
void ref_get(struct call *call)
{
    struct str rest = str_of(call->params[0]);
    bool is_tag = str_take_prefix(&rest, "tags/"), is_branch = !is_tag && str_take_prefix(&rest, "heads/");
    const cJSON *entry = is_tag      ? repository_tag(call->repository, rest.at)
                         : is_branch ? repository_branch(call->repository, rest.at)
                                     : NULL;
    const char *object = tree_text(entry, "object");
    cJSON *shown = NULL;

    if (!entry)
        return call_not_found(call);
    AUTO_FREE char *url = call_url(call, "/git/refs/%s", call->params[0]);
    shown = json_object();
    tree_set_textf(shown, "ref", "refs/%s", call->params[0]);
    json_set_string(shown, "url", url);
    json_set(shown, "object", object_shown(call, object ? "tag" : "commit", object ? object : tree_text(entry, "sha")));
    reply_json(call->reply, 200, shown);
}

void tag_object_get(struct call *call)
{
    const cJSON *tag = tree_find(call->repository->tags, "object", call->params[0]);
    cJSON *shown = NULL;

    if (!tag)
        return call_not_found(call);
    shown = json_object();
    json_set_string(shown, "sha", call->params[0]);
    json_set_string(shown, "tag", tree_text(tag, "name"));
    json_set_string(shown, "message", tree_text(tag, "message"));
    json_set(shown, "tagger", person_shown(tag));
    json_set(shown, "object", object_shown(call, "commit", tree_text(tag, "sha")));
    reply_json(call->reply, 200, shown);
}

void repository_get(struct call *call)
{
    reply_json(call->reply, 200, repository_shown(call));
}
