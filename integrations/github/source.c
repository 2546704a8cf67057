#include "integrations/github/source.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/source.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"
#include "integrations/url.h"

#include <string.h>

#define REF_MAX_BYTES 250
#define NAME_SHOWN_BYTES 100

/* False: *ret_step is the end. */
static bool read_ask(const struct exchange *exchange, struct source_ask *ask, struct exchange_step *ret_step)
{
    struct error err;

    if (!shape_from_json(&source_ask_shape, exchange->args, exchange->arena, ask, &err))
        *ret_step = exchange_never(exchange, "GitHub: %s", err.message);
    else if (!github_repository_is_valid(str_of(ask->repository)))
        *ret_step =
            exchange_never(exchange, "GitHub: `%.100s` is no repository such as acme/platform", ask->repository);
    else if (!ask->ref[0] || strlen(ask->ref) > REF_MAX_BYTES)
        *ret_step = exchange_never(exchange, "GitHub: a name of 1 to %d bytes was expected", REF_MAX_BYTES);
    else
        return true;
    return false;
}

static const char *path_with(const struct exchange *exchange, const char *before, const char *name)
{
    AUTO_BUF struct buf path = BUF(URL_MAX_BYTES);

    buf_puts(&path, before);
    url_add_encoded(&path, str_of(name));
    return arena_copy(exchange->arena, buf_str(&path));
}

/* ---- a commit ---- */

static const char *first_line(const struct exchange *exchange, const char *message)
{
    struct str rest = str_of(message), line = str_take_until(&rest, '\n');

    return message ? card_quote(line, NAME_SHOWN_BYTES, exchange->arena) : NULL;
}

static struct exchange_step commit_from(const struct exchange *exchange, const char *what,
                                        const struct http_answer *answer)
{
    struct exchange_step step;
    const cJSON *json = github_json(exchange, what, answer, &step);
    const char *author = json_find_string(json, "author.login");
    const char *date = json_find_string(json, "commit.committer.date");
    struct error ignored;
    struct source_commit commit = {
        .sha = json_find_string(json, "sha"),
        .message = first_line(exchange, json_find_string(json, "commit.message")),
        .url = github_page(json_find_string(json, "html_url")),
    };

    if (!json)
        return step;
    if (!github_is_sha(commit.sha))
        return exchange_again(exchange, "GitHub's answer about %s made no sense: no sha", what);
    if (!author)
        author = json_find_string(json, "commit.author.name");
    if (date)
        time_parse(str_of(date), &commit.at_ms, &ignored);
    commit.author = author ? card_quote(str_of(author), NAME_SHOWN_BYTES, exchange->arena) : NULL;
    return exchange_done(exchange, shape_to_json(&source_commit_shape, &commit, SHAPE_WHOLE));
}

static struct exchange_step missing(const struct exchange *exchange)
{
    cJSON *result = json_object();

    json_set_bool(result, "missing", true);
    return exchange_done(exchange, result);
}

struct exchange_step github_commit_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct source_ask ask;
    const char *what;

    if (!read_ask(exchange, &ask, &dialog.step))
        return dialog.step;
    what = arena_printf(exchange->arena, "commit called `%.*s` in %s", NAME_SHOWN_BYTES, ask.ref, ask.repository);
    answer = dialog_ask(&dialog, github_call(exchange, "GET", ask.repository, path_with(exchange, "/commits/", ask.ref),
                                             (struct str){ 0 }));
    if (!answer)
        return dialog.step;
    if (answer->status == 422 && ask.may_be_missing)
        return missing(exchange);
    if (answer->status == 422) /* "No commit found for SHA: ..." */
        return exchange_never(exchange, "GitHub knows no %s", what);
    return answer->status == 200 ? commit_from(exchange, what, answer)
                                 : github_refused(exchange, what, ask.repository, answer);
}

/* ---- a release ---- */

static int64_t time_of(const cJSON *json, const char *name)
{
    const char *text = json_find_string(json, name);
    struct error ignored;
    int64_t at_ms = 0;

    return text && time_parse(str_of(text), &at_ms, &ignored) && at_ms > 0 ? at_ms : 0;
}

static struct exchange_step release_from(const struct exchange *exchange, const char *what, const char *marker,
                                         const struct http_answer *answer)
{
    struct exchange_step step;
    const cJSON *json = github_json(exchange, what, answer, &step);
    const char *name = json_find_string(json, "name"), *text = json_find_string(json, "body");
    const char *author = json_find_string(json, "author.login");
    struct source_release release = {
        .tag = json_find_string(json, "tag_name"),
        .name = name ? card_quote(str_of(name), NAME_SHOWN_BYTES, exchange->arena) : NULL,
        .url = github_page(json_find_string(json, "html_url")),
        .author = author && strlen(author) <= NAME_SHOWN_BYTES ? author : NULL,
        .is_draft = json_find_bool(json, "draft", false),
        .is_prerelease = json_find_bool(json, "prerelease", false),
        .published_at_ms = time_of(json, "published_at"),
        .updated_at_ms = time_of(json, "updated_at"),
        .is_marked = marker && text && strstr(text, marker),
    };

    if (!json)
        return step;
    if (!release.tag || !release.tag[0] || strlen(release.tag) > REF_MAX_BYTES)
        return exchange_again(exchange, "GitHub's answer about %s made no sense: no tag_name", what);
    if (release.is_draft)
        return exchange_never(exchange, "%s is a draft: publish it first", what);
    return exchange_done(exchange, shape_to_json(&source_release_shape, &release, SHAPE_WHOLE));
}

/* A repository that may not be seen is answered for likewise, and that says nothing of its releases. */
static struct exchange_step release_missing(struct dialog *dialog, const struct source_ask *ask, const char *what)
{
    struct http_call call = github_call(dialog->exchange, "GET", ask->repository, "", (struct str){ 0 });

    return github_ask(dialog, call, what, ask->repository, NULL) ? missing(dialog->exchange) : dialog->step;
}

struct exchange_step github_release_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    const char *what, *path;
    struct source_ask ask;

    if (!read_ask(exchange, &ask, &dialog.step))
        return dialog.step;
    if (strcmp(ask.ref, "latest") == 0) {
        what = arena_printf(exchange->arena, "latest release of %s", ask.repository);
        path = "/releases/latest";
    } else {
        what = arena_printf(exchange->arena, "release `%.*s` of %s", NAME_SHOWN_BYTES, ask.ref, ask.repository);
        path = path_with(exchange, "/releases/tags/", ask.ref);
    }
    answer = dialog_ask(&dialog, github_call(exchange, "GET", ask.repository, path, (struct str){ 0 }));
    if (!answer)
        return dialog.step;
    if (answer->status == 404 && ask.may_be_missing)
        return release_missing(&dialog, &ask, what);
    return answer->status == 200 ? release_from(exchange, what, ask.marker, answer)
                                 : github_refused(exchange, what, ask.repository, answer);
}
