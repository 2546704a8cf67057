/* Releases as GitHub shows them. Drafts are only for those who may push. */
#include "github/call.h"

static int64_t committed_at_ms(const struct call *call, const cJSON *release)
{
    const char *tag = tree_text(release, "tag");
    const cJSON *commit = repository_tag(call->repository, tag)
                              ? repository_resolve(call->repository, tag)
                              : repository_resolve(call->repository, tree_text(release, "target"));

    return tree_int(commit, "at_ms", 0);
}

cJSON *release_shown(const struct call *call, const cJSON *release)
{
    cJSON *shown = json_object();
    const char *tag = tree_text(release, "tag");
    int64_t id = tree_int(release, "id", 0);
    AUTO_FREE char *url = call_url(call, "/releases/%lld", (long long)id);
    AUTO_FREE char *page = call_page_url(call, "/releases/tag/%s", tag);

    json_set_int(shown, "id", id);
    json_set_string(shown, "tag_name", tag);
    json_set_string(shown, "target_commitish", tree_text(release, "target"));
    json_set_string(shown, "name", tree_text(release, "name"));
    json_set_string(shown, "body", tree_text(release, "body"));
    json_set_bool(shown, "draft", tree_true(release, "draft"));
    json_set_bool(shown, "prerelease", tree_true(release, "prerelease"));
    json_set_bool(shown, "immutable", false);
    set_time(shown, "created_at", committed_at_ms(call, release)); /* the commit's, not the release's */
    set_time(shown, "published_at", tree_int(release, "published_at_ms", 0));
    json_set(shown, "author", user_shown(tree_text_or(release, "author", "ann")));
    json_set(shown, "assets", json_array());
    json_set_string(shown, "url", url);
    json_set_string(shown, "html_url", page);
    return shown;
}

static bool may_push(const struct call *call)
{
    return call->caller.kind == CALLER_PERSON || permissions_allow(call->caller.permissions, "contents=write");
}

static bool is_visible(const struct call *call, const cJSON *release)
{
    return release && (!tree_true(release, "draft") || may_push(call));
}

/* Newest commit first; of equals the one made later. Lists are short: insert where it belongs. */
static void insert(const struct call *call, cJSON *sorted, const cJSON *release)
{
    cJSON *entry = json_object();
    int64_t at_ms = committed_at_ms(call, release);
    int at = 0;

    JSON_EACH(other, sorted) {
        at += tree_int(other, "at_ms", 0) > at_ms;
    }
    json_set_int(entry, "at_ms", at_ms);
    json_set(entry, "shown", release_shown(call, release));
    cJSON_InsertItemInArray(sorted, at, entry);
}

void release_list(struct call *call)
{
    AUTO_JSON cJSON *sorted = json_array();
    cJSON *list = json_array();

    JSON_EACH(release, call->repository->releases) {
        if (is_visible(call, release))
            insert(call, sorted, release);
    }
    JSON_EACH(entry, sorted) {
        json_add(list, json_copy(tree_get(entry, "shown")));
    }
    reply_json(call->reply, 200, call_cut(call, list));
}

void release_latest(struct call *call)
{
    const cJSON *latest = NULL;

    JSON_EACH(release, call->repository->releases) {
        if (!tree_true(release, "draft") && !tree_true(release, "prerelease") &&
            (!latest || committed_at_ms(call, release) >= committed_at_ms(call, latest)))
            latest = release;
    }
    if (!latest)
        return call_not_found(call);
    reply_json(call->reply, 200, release_shown(call, latest));
}

void release_by_tag(struct call *call)
{
    const cJSON *release = repository_find_release(call->repository, call->params[0]);

    if (!release || tree_true(release, "draft")) /* only published ones, whoever asks */
        return call_not_found(call);
    reply_json(call->reply, 200, release_shown(call, release));
}

void release_get(struct call *call)
{
    int64_t id = 0;
    struct error err;

    if (!parse_int(str_of(call->params[0]), 1, INT64_C(1) << 53, &id, &err))
        return call_not_found(call);
    JSON_EACH(release, call->repository->releases) {
        if (tree_int(release, "id", 0) == id && is_visible(call, release))
            return reply_json(call->reply, 200, release_shown(call, release));
    }
    call_not_found(call);
}
