#include "integrations/github/authors.h"

#include "bot/model/card.h"
#include "bot/model/checks.h"
#include "bot/model/membership.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"

#include <inttypes.h>
#include <string.h>

#define LOGIN_MAX_BYTES 100
#define TOLD_BYTES 100 /* of a commit's first line, and of its author's name */

/* "octocat", "dependabot[bot]" */
static bool is_login(const char *login)
{
    size_t len = login ? strlen(login) : 0;

    return len > 0 && len <= LOGIN_MAX_BYTES &&
           strspn(login, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_[]") == len;
}

static struct exchange_step done(const struct exchange *exchange, struct authors_read *read)
{
    if (read->unknown) {
        read->logins = NULL;
        read->logins_count = 0;
    }
    read->is_known = !read->unknown;
    membership_sort(read->logins, &read->logins_count);
    return exchange_done(exchange, shape_to_json(&authors_read_shape, read, SHAPE_WHOLE));
}

static struct exchange_step unknown(const struct exchange *exchange, const char *why)
{
    return done(exchange, &(struct authors_read){ .unknown = why });
}

static const char *relation_of(const cJSON *json)
{
    static const char *const relations[] = { "ahead", "behind", "identical", "diverged" };
    const char *status = json_find_string(json, "status");

    for (size_t i = 0; status && i < ARRAY_LEN(relations); i++)
        if (strcmp(relations[i], status) == 0)
            return relations[i];
    return NULL;
}

static void add_author(const struct exchange *exchange, const cJSON *commit, struct authors_read *read)
{
    const char *login = json_find_string(commit, "author.login"), *sha = json_find_string(commit, "sha");

    if (is_login(login))
        *ARENA_PUSH(exchange->arena, read->logins, read->logins_count) = login;
    else if (!read->unknown)
        read->unknown = arena_printf(exchange->arena, "the author of commit %.12s has no account that GitHub knows",
                                     sha && github_is_sha(sha) ? sha : "(no sha)");
}

static const char *quote(const struct exchange *exchange, const char *words)
{
    struct str rest = str_of(words);

    return words ? card_quote(str_take_until(&rest, '\n'), TOLD_BYTES, exchange->arena) : NULL;
}

/* For people alone: a name that only its author gave is fine. */
static void tell_commit(const struct exchange *exchange, const cJSON *commit, struct authors_read *read)
{
    const char *login = json_find_string(commit, "author.login"), *sha = json_find_string(commit, "sha");

    if (!sha || !github_is_sha(sha))
        return;
    *ARENA_PUSH(exchange->arena, read->commits, read->commits_count) = (struct source_commit){
        .sha = sha,
        .message = quote(exchange, json_find_string(commit, "commit.message")),
        .author = quote(exchange, login ? login : json_find_string(commit, "commit.author.name")),
        .url = github_page(json_find_string(commit, "html_url")),
    };
}

static void tell_newest(const struct exchange *exchange, const cJSON *commits, struct authors_read *read)
{
    for (int i = cJSON_GetArraySize(commits); i > 0 && read->commits_count < COMMITS_TOLD_MAX; i--)
        tell_commit(exchange, cJSON_GetArrayItem(commits, i - 1), read);
}

/* All or nothing: one commit of which nobody can tell whose it is may be anybody's. */
static struct exchange_step authors_of(const struct exchange *exchange, const char *what, const cJSON *json)
{
    const cJSON *commits = json_find(json, "commits");
    int64_t total = json_find_int(json, "total_commits", -1);
    struct authors_read read = { .relation = relation_of(json), .commits_total = total };

    if (!cJSON_IsArray(commits) || total < 0)
        return exchange_again(exchange, "GitHub's answer about %s made no sense: no commits", what);
    if (total > AUTHORS_COMMITS_MAX) {
        read.unknown =
            arena_printf(exchange->arena, "it brings %" PRId64 " commits, and of more than %d nobody is asked", total,
                         AUTHORS_COMMITS_MAX);
        return done(exchange, &read);
    }
    if (cJSON_GetArraySize(commits) < total)
        return exchange_again(exchange, "GitHub's answer about %s is not whole", what);
    JSON_EACH(commit, commits)
        add_author(exchange, commit, &read);
    tell_newest(exchange, commits, &read);
    return done(exchange, &read);
}

/* The one commit, which has no parent: all that it is is its author's. */
static struct exchange_step author_of(const struct exchange *exchange, const cJSON *commit)
{
    struct authors_read read = { .commits_total = 1 };

    add_author(exchange, commit, &read);
    tell_commit(exchange, commit, &read);
    return done(exchange, &read);
}

/* Without a base: what the head has and its first parent has not is that commit, and what it merged. False:
 * dialog->step is what to return. */
static bool find_base(struct dialog *dialog, struct authors_ask *ask)
{
    const struct exchange *exchange = dialog->exchange;
    const char *what = arena_printf(exchange->arena, "commit %.12s in %s", ask->head, ask->repository), *parent;
    const cJSON *json =
        github_ask(dialog,
                   github_call(exchange, "GET", ask->repository,
                               arena_printf(exchange->arena, "/commits/%s", ask->head), (struct str){ 0 }),
                   what, ask->repository, NULL);
    const cJSON *parents;

    if (!json)
        return false;
    parents = json_find(json, "parents");
    parent = json_find_string(cJSON_GetArrayItem(parents, 0), "sha");
    if (cJSON_IsArray(parents) && cJSON_GetArraySize(parents) == 0)
        dialog->step = author_of(exchange, json);
    else if (!parent || !github_is_sha(parent)) /* "there is none" must have been said, not left out */
        dialog->step = exchange_again(exchange, "GitHub's answer about %s made no sense: no parents", what);
    else
        ask->base = parent;
    return ask->base[0] != '\0';
}

struct exchange_step github_authors_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct authors_ask ask;
    const char *what;
    const cJSON *json;
    struct error err;

    if (!shape_from_json(&authors_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "GitHub: %s", err.message);
    if (!github_repository_is_valid(str_of(ask.repository)))
        return exchange_never(exchange, "GitHub: `%.100s` is no repository such as acme/platform", ask.repository);
    if ((ask.base[0] && !github_is_sha(ask.base)) || !github_is_sha(ask.head))
        return exchange_never(exchange, "GitHub: two commits' whole shas were expected");
    if (!ask.base[0] && !find_base(&dialog, &ask))
        return dialog.step;
    what = arena_printf(exchange->arena, "comparison of %.12s with %.12s in %s", ask.base, ask.head, ask.repository);
    answer = dialog_ask(&dialog, github_call(exchange, "GET", ask.repository,
                                             arena_printf(exchange->arena, "/compare/%s...%s", ask.base, ask.head),
                                             (struct str){ 0 }));
    if (!answer)
        return dialog.step;
    if (answer->status == 404)
        return unknown(exchange, arena_printf(exchange->arena, "GitHub cannot compare %.12s, which serves, with %.12s",
                                              ask.base, ask.head));
    if (answer->is_too_large)
        return unknown(exchange, "it changes more than GitHub's comparison can tell");
    if (answer->status != 200)
        return github_refused(exchange, what, ask.repository, answer);
    json = github_json(exchange, what, answer, &dialog.step);
    return json ? authors_of(exchange, what, json) : dialog.step;
}
