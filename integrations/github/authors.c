#include "integrations/github/authors.h"

#include "bot/model/checks.h"
#include "bot/model/membership.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"

#include <inttypes.h>
#include <string.h>

#define SHA_DIGITS 40
#define LOGIN_MAX_BYTES 100

static bool is_sha(const char *text)
{
    return strlen(text) == SHA_DIGITS && strspn(text, "0123456789abcdef") == SHA_DIGITS;
}

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

/* All or nothing: one commit of which nobody can tell whose it is may be anybody's. */
static struct exchange_step authors_of(const struct exchange *exchange, const char *what, const cJSON *json)
{
    const cJSON *commits = json_find(json, "commits");
    int64_t total = json_find_int(json, "total_commits", -1);
    struct authors_read read = { 0 };

    if (!cJSON_IsArray(commits) || total < 0)
        return exchange_again(exchange, "GitHub's answer about %s made no sense: no commits", what);
    if (total > AUTHORS_COMMITS_MAX)
        return unknown(exchange, arena_printf(exchange->arena,
                                              "it brings %" PRId64 " commits, and of more than %d nobody "
                                              "is asked",
                                              total, AUTHORS_COMMITS_MAX));
    if (cJSON_GetArraySize(commits) < total)
        return exchange_again(exchange, "GitHub's answer about %s is not whole", what);
    JSON_EACH(commit, commits) {
        const char *login = json_find_string(commit, "author.login"), *sha = json_find_string(commit, "sha");

        if (is_login(login))
            *ARENA_PUSH(exchange->arena, read.logins, read.logins_count) = login;
        else if (!read.unknown)
            read.unknown = arena_printf(exchange->arena, "the author of commit %.12s has no account that GitHub knows",
                                        sha && is_sha(sha) ? sha : "(no sha)");
    }
    return done(exchange, &read);
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
    if (!is_sha(ask.base) || !is_sha(ask.head))
        return exchange_never(exchange, "GitHub: two commits' whole shas were expected");
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
