#include "github/pulls.h"

#include "github/call.h"
#include "github/hooks.h"

#include "bot/base/time.h"

#include <string.h>

#define FIRST_COMMENT_ID INT64_C(3300000000)
#define DEFAULT_NUMBER 128
#define BODY_MAX_CHARS 65536
#define ZEROS "0000000000000000000000000000000000000000"
#define BRANCHES "refs/heads/"

static cJSON *find_numbered(const cJSON *list, const char *key, int64_t number)
{
    JSON_EACH(item, list) {
        if (tree_int(item, key, 0) == number)
            return (cJSON *)(uintptr_t)item;
    }
    return NULL;
}

/* What stood for the route's star; 0: no number, so nothing is called so. */
static int64_t number_in(const struct call *call)
{
    int64_t number = 0;
    struct error err;

    return parse_int(str_of(call->params[0]), 1, INT64_MAX, &number, &err) ? number : 0;
}

/* ---- pull requests ---- */

static cJSON *pull_set(struct repository *repository, int64_t number)
{
    cJSON *pull = find_numbered(repository->pulls, "number", number);

    if (!pull) {
        pull = json_add(repository->pulls, json_object());
        json_set_int(pull, "number", number);
    }
    return pull;
}

void pulls_seed(struct repository *repository, int64_t number, const char *branch, const char *title, const char *user,
                int64_t now_ms)
{
    cJSON *pull = pull_set(repository, number);

    json_set_string(pull, "branch", branch);
    json_set_string(pull, "title", title);
    json_set_string(pull, "user", user);
    json_set_string(pull, "state", "open");
    json_set_int(pull, "updated_at_ms", now_ms);
}

static cJSON *branch_end(const struct call *call, const char *branch, bool is_fork)
{
    cJSON *end = json_object(), *repository = repository_shown(call);

    json_set_string(end, "ref", branch);
    json_set_string(end, "sha", tree_text_or(repository_resolve(call->repository, branch), "sha", ZEROS));
    if (is_fork) {
        json_set_int(repository, "id", 777);
        json_set_string(repository, "full_name", "mallory/platform");
        json_set_bool(repository, "fork", true);
    }
    json_set(end, "repo", repository);
    return end;
}

static cJSON *pull_shown(const struct call *call, const cJSON *pull)
{
    cJSON *shown = json_object();
    int64_t number = tree_int(pull, "number", 0), updated_at_ms = tree_int(pull, "updated_at_ms", 0);
    AUTO_FREE char *page = call_page_url(call, "/pull/%lld", (long long)number);

    json_set_int(shown, "id", 2200000000 + number);
    json_set_int(shown, "number", number);
    json_set_string(shown, "state", tree_text(pull, "state"));
    json_set_string(shown, "title", tree_text(pull, "title"));
    json_set(shown, "user", user_shown(tree_text(pull, "user")));
    json_set_string(shown, "html_url", page);
    json_set_bool(shown, "draft", tree_true(pull, "draft"));
    json_set_bool(shown, "merged", tree_true(pull, "merged"));
    set_time(shown, "merged_at", tree_true(pull, "merged") ? updated_at_ms : 0);
    set_time(shown, "updated_at", updated_at_ms);
    json_set(shown, "labels", json_array());
    json_set(shown, "head", branch_end(call, tree_text(pull, "branch"), tree_true(pull, "fork")));
    json_set(shown, "base", branch_end(call, "main", false));
    return shown;
}

void pull_get(struct call *call)
{
    const cJSON *pull = find_numbered(call->repository->pulls, "number", number_in(call));

    if (pull)
        reply_json(call->reply, 200, pull_shown(call, pull));
    else
        call_not_found(call);
}

bool change_pull(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                 struct error *err)
{
    static const char *const flags[] = { "draft", "merged", "fork" };
    struct call call = { .github = github, .repository = repository };
    const char *branch = tree_text_or(value, "branch", "main"), *action = tree_text(value, "action");
    int64_t number = tree_int(value, "number", DEFAULT_NUMBER);
    cJSON *members, *pull;

    if (!action || !repository_resolve(repository, branch))
        return error_set(err, ERR_INVALID, "a pull request needs an 'action', and a 'branch' that exists");
    pulls_seed(repository, number, branch, tree_text_or(value, "title", "Change something"),
               tree_text_or(value, "user", "ann"), now_ms);
    pull = find_numbered(repository->pulls, "number", number);
    json_set_string(pull, "state", text_is(action, "closed") ? "closed" : "open");
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        json_set_bool(pull, flags[i], tree_true(value, flags[i]));
    members = json_object();
    json_set_int(members, "number", number);
    json_set(members, "pull_request", pull_shown(&call, pull));
    hooks_tell(github,
               &(struct told){ .repository = repository,
                               .event = "pull_request",
                               .action = action,
                               .sender = tree_text_or(value, "user", "ann") },
               members, now_ms);
    return true;
}

/* ---- comments ---- */

static cJSON *app_shown(void)
{
    cJSON *app = json_object();

    json_set_int(app, "id", APP_ID);
    json_set_string(app, "slug", "opsgate");
    return app;
}

static cJSON *comment_shown(const struct call *call, const cJSON *comment)
{
    cJSON *shown = json_object();
    AUTO_FREE char *page =
        call_page_url(call, "/pull/%lld#issuecomment-%lld", (long long)tree_int(comment, "number", 0),
                      (long long)tree_int(comment, "id", 0));

    AUTO_FREE char *issue = call_url(call, "/issues/%lld", (long long)tree_int(comment, "number", 0));

    tree_copy(shown, comment, "id");
    json_set_string(shown, "issue_url", issue);
    tree_copy(shown, comment, "body");
    json_set(shown, "user", user_shown(tree_text(comment, "user")));
    json_set_string(shown, "html_url", page);
    tree_copy(shown, comment, "author_association");
    set_time(shown, "created_at", tree_int(comment, "at_ms", 0));
    set_time(shown, "updated_at", tree_int(comment, "edited_at_ms", tree_int(comment, "at_ms", 0)));
    json_set(shown, "performed_via_github_app", tree_true(comment, "app") ? app_shown() : cJSON_CreateNull());
    return shown;
}

static cJSON *issue_shown(const struct call *call, int64_t number, bool is_pull)
{
    const cJSON *pull = find_numbered(call->repository->pulls, "number", number);
    AUTO_FREE char *url = call_url(call, "/pulls/%lld", (long long)number);
    cJSON *issue = json_object();

    json_set_int(issue, "id", 2100000000 + number);
    json_set_int(issue, "number", number);
    json_set_string(issue, "title", tree_text_or(pull, "title", "Change something"));
    json_set_string(issue, "state", tree_text_or(pull, "state", "open"));
    json_set_bool(issue, "locked", false);
    json_set_bool(issue, "draft", tree_true(pull, "draft"));
    json_set(issue, "user", user_shown(tree_text_or(pull, "user", "joe")));
    json_set(issue, "labels", json_array());
    if (is_pull)
        json_set_string(json_set(issue, "pull_request", json_object()), "url", url);
    return issue;
}

struct comment_seed {
    int64_t number;
    const char *body, *user, *association;
    bool is_by_app, is_on_issue;
    int64_t at_ms; /* it was written; told of now */
};

static const cJSON *add_comment(const struct call *call, const struct comment_seed *seed, int64_t now_ms)
{
    cJSON *comment = json_add(call->repository->comments, json_object()), *members = json_object();

    json_set_int(comment, "id", FIRST_COMMENT_ID + ++call->github->last_comment_id);
    json_set_int(comment, "number", seed->number);
    json_set_string(comment, "body", seed->body);
    json_set_string(comment, "user", seed->user);
    json_set_bool(comment, "app", seed->is_by_app);
    json_set_string(comment, "author_association", seed->association);
    json_set_int(comment, "at_ms", seed->at_ms);
    json_set(comment, "reactions", json_array());
    json_set(members, "issue", issue_shown(call, seed->number, !seed->is_on_issue));
    json_set(members, "comment", comment_shown(call, comment));
    hooks_tell(
        call->github,
        &(struct told){
            .repository = call->repository, .event = "issue_comment", .action = "created", .sender = seed->user },
        members, now_ms);
    return comment;
}

bool change_comment(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                    struct error *err)
{
    struct call call = { .github = github, .repository = repository };
    const char *text = tree_text(value, "body");

    if (!text || !*text)
        return error_set(err, ERR_INVALID, "a comment needs a 'body'");
    add_comment(&call,
                &(struct comment_seed){ .number = tree_int(value, "number", DEFAULT_NUMBER),
                                        .body = text,
                                        .user = tree_text_or(value, "user", "ann"),
                                        .association = tree_text_or(value, "association", "MEMBER"),
                                        .is_on_issue = tree_true(value, "issue"),
                                        .at_ms = now_ms - tree_int(value, "ago_ms", 0) },
                now_ms);
    return true;
}

/* Whoever may write to the repository may edit anybody's. */
bool change_comment_edit(struct github *github, struct repository *repository, const cJSON *value, int64_t now_ms,
                         struct error *err)
{
    cJSON *comment = find_numbered(repository->comments, "id", FIRST_COMMENT_ID + github->last_comment_id);

    if (!comment || !tree_text(value, "body"))
        return error_set(err, ERR_INVALID, "'body' is what the last comment of all becomes");
    json_set_string(comment, "body", tree_text(value, "body"));
    json_set_int(comment, "edited_at_ms", now_ms + SECOND_MS); /* GitHub tells whole seconds */
    return true;
}

void comment_get(struct call *call)
{
    const cJSON *comment = find_numbered(call->repository->comments, "id", number_in(call));

    if (comment)
        reply_json(call->reply, 200, comment_shown(call, comment));
    else
        call_not_found(call);
}

static bool is_since(const struct call *call, const cJSON *comment)
{
    const char *since = request_query(call->request, "since");
    int64_t since_ms = 0;
    struct error err;

    return !since || !time_parse(str_of(since), &since_ms, &err) || tree_int(comment, "at_ms", 0) >= since_ms;
}

/* By their ids, the oldest first. */
void comment_list(struct call *call)
{
    int64_t number = number_in(call);
    cJSON *list = json_array();

    JSON_EACH(comment, call->repository->comments) {
        if (tree_int(comment, "number", 0) == number && is_since(call, comment))
            json_add(list, comment_shown(call, comment));
    }
    reply_json(call->reply, 200, call_cut(call, list));
}

void comment_post(struct call *call)
{
    AUTO_JSON cJSON *body = call_body(call);
    const char *text = tree_text(body, "body");

    if (!body)
        return;
    if (!find_numbered(call->repository->pulls, "number", number_in(call)))
        return call_not_found(call);
    if (!text || !*text || text_chars(text) > BODY_MAX_CHARS)
        return call_refuse(call, 422, "Validation Failed");
    reply_json(
        call->reply, 201,
        comment_shown(call, add_comment(call,
                                        &(struct comment_seed){ .number = number_in(call),
                                                                .body = text,
                                                                .user = call->caller.login,
                                                                .association = "NONE",
                                                                .is_by_app = call->caller.kind == CALLER_INSTALLATION,
                                                                .at_ms = call->request->now_ms },
                                        call->request->now_ms)));
}

/* ---- reactions ---- */

static bool is_reaction(const char *content)
{
    static const char *const contents[] = { "+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes" };

    for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
        if (text_is(content, contents[i]))
            return true;
    }
    return false;
}

/* The same of the same person is there once. */
void reaction_post(struct call *call)
{
    AUTO_JSON cJSON *body = call_body(call);
    const cJSON *comment = find_numbered(call->repository->comments, "id", number_in(call));
    const char *content = tree_text(body, "content");
    cJSON *reaction = NULL, *shown;

    if (!body)
        return;
    if (!comment)
        return call_not_found(call);
    if (!content || !is_reaction(content))
        return call_refuse(call, 422, "Validation Failed");
    JSON_EACH(other, tree_get(comment, "reactions")) {
        if (tree_has_text(other, "content", content) && tree_has_text(other, "user", call->caller.login))
            reaction = (cJSON *)(uintptr_t)other;
    }
    shown = json_object();
    json_set_int(shown, "id", 1);
    json_set_string(shown, "content", content);
    json_set(shown, "user", user_shown(call->caller.login));
    reply_json(call->reply, reaction ? 200 : 201, shown);
    if (reaction)
        return;
    reaction = json_add(tree_get(comment, "reactions"), json_object());
    json_set_string(reaction, "user", call->caller.login);
    json_set_string(reaction, "content", content);
}

/* ---- who pushed what where ---- */

void pulls_note_push(struct repository *repository, const char *ref, const char *before, const char *after,
                     bool is_forced, const char *actor, int64_t now_ms)
{
    cJSON *push = json_add(repository->pushes, json_object());

    json_set_string(push, "ref", ref);
    json_set_string(push, "before", before ? before : ZEROS);
    json_set_string(push, "after", after ? after : ZEROS);
    json_set_string(push, "actor", actor);
    json_set_string(push, "activity_type",
                    !before     ? "branch_creation"
                    : !after    ? "branch_deletion"
                    : is_forced ? "force_push"
                                : "push");
    json_set_int(push, "at_ms", now_ms);
}

static cJSON *push_shown(const cJSON *push, int index)
{
    cJSON *shown = json_object();

    json_set_int(shown, "id", index + 1);
    json_set_string(shown, "ref", tree_text(push, "ref"));
    json_set_string(shown, "before", tree_text(push, "before"));
    json_set_string(shown, "after", tree_text(push, "after"));
    json_set_string(shown, "activity_type", tree_text(push, "activity_type"));
    json_set(shown, "actor", user_shown(tree_text(push, "actor")));
    set_time(shown, "timestamp", tree_int(push, "at_ms", 0));
    return shown;
}

/* The newest first; `ref` is whole, or a branch. What stood there when the world began was pushed when it was
 * committed. */
void activity_list(struct call *call)
{
    struct str name = str_of(request_query(call->request, "ref"));
    const cJSON *branch, *commit;
    cJSON *list = json_array(), *first = json_object();

    (void)str_take_prefix(&name, BRANCHES);
    branch = repository_branch(call->repository, name.at ? name.at : "");
    commit = branch ? repository_resolve(call->repository, tree_text(branch, "sha")) : NULL;
    tree_set_textf(first, "ref", BRANCHES "%s", name.at ? name.at : "");
    json_set_string(first, "before", ZEROS);
    json_set_string(first, "after", tree_text_or(commit, "sha", ZEROS));
    json_set_string(first, "actor", tree_text_or(commit, "author", "ann"));
    json_set_string(first, "activity_type", "branch_creation");
    json_set_int(first, "at_ms", tree_int(commit, "at_ms", 0));
    for (int i = cJSON_GetArraySize(call->repository->pushes); i > 0; i--) {
        const cJSON *push = cJSON_GetArrayItem(call->repository->pushes, i - 1);

        if (tree_has_text(push, "ref", tree_text(first, "ref")))
            json_add(list, push_shown(push, i));
    }
    if (commit && cJSON_GetArraySize(list) == 0)
        json_add(list, push_shown(first, 0));
    cJSON_Delete(first);
    reply_json(call->reply, 200, call_cut(call, list));
}
