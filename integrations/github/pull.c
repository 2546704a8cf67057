#include "integrations/github/pull.h"

#include "bot/base/time.h"
#include "bot/model/pull.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"
#include "integrations/url.h"

#include <inttypes.h>
#include <string.h>

#define BRANCH_MAX_BYTES 250
#define PAGES_MAX 3                       /* of comments, a hundred each */
#define COMMENT_MAX_AGE_MS (2 * HOUR_MS)  /* the effect is given up after one; the rest is for clocks that differ */
#define APPEARS_AFTER_MS (10 * SECOND_MS) /* in the lists, after it was made */
#define MARK_BEFORE "<!-- opsgate:"
#define MARK_AFTER " -->"

static struct http_call call(const struct exchange *exchange, const char *method, const char *repository,
                             const char *path, const char *body)
{
    return github_call(exchange, method, repository, path, str_of(body));
}

/* False: *ret_step is the end. */
static bool check_place(const struct exchange *exchange, const char *repository, int64_t number,
                        struct exchange_step *ret_step)
{
    if (!github_repository_is_valid(str_of(repository)))
        *ret_step = exchange_never(exchange, "GitHub: `%.100s` is no repository such as acme/platform", repository);
    else if (number <= 0)
        *ret_step = exchange_never(exchange, "GitHub: %" PRId64 " is no number of a pull request", number);
    else
        return true;
    return false;
}

/* ---- a pull request ---- */

static bool is_branch(const char *name)
{
    return name && name[0] && strlen(name) <= BRANCH_MAX_BYTES;
}

static bool is_same_name(const char *a, const char *b)
{
    return a && b && str_equal_nocase(str_of(a), str_of(b));
}

/* False: the answer makes no sense. What is not told is told as the worse of the two. */
static bool decode(const cJSON *json, const struct pull_ask *ask, struct pull_read *read)
{
    const char *state = json_find_string(json, "state");

    *read = (struct pull_read){
        .state = state,
        .is_merged = json_find_bool(json, "merged", false),
        .is_draft = json_find_bool(json, "draft", false),
        .is_public = !json_find_bool(json, "base.repo.private", false),
        .is_fork = !is_same_name(json_find_string(json, "head.repo.full_name"), ask->repository) ||
                   !is_same_name(json_find_string(json, "base.repo.full_name"), ask->repository),
        .head_sha = json_find_string(json, "head.sha"),
        .head_branch = json_find_string(json, "head.ref"),
        .base_branch = json_find_string(json, "base.ref"),
    };
    return state && (strcmp(state, "open") == 0 || strcmp(state, "closed") == 0) &&
           json_find_int(json, "number", 0) == ask->number && github_is_sha(read->head_sha) &&
           is_branch(read->head_branch) && is_branch(read->base_branch);
}

static int64_t time_of(const cJSON *json, const char *path)
{
    const char *text = json_find_string(json, path);
    struct error ignored;
    int64_t at_ms = 0;

    return text && time_parse(str_of(text), &at_ms, &ignored) && at_ms > 0 ? at_ms : 0;
}

/* The last that became of the branch is that it came to its head. False: dialog->step is what to return. */
static bool take_push(struct dialog *dialog, const cJSON *log, struct pull_read *read)
{
    const char *newest = NULL;

    JSON_EACH(entry, log) {
        int64_t at_ms = time_of(entry, "timestamp");

        if (at_ms > read->head_at_ms) {
            read->head_at_ms = at_ms;
            newest = json_find_string(entry, "after");
        }
    }
    read->is_push_known = newest && strcmp(newest, read->head_sha) == 0;
    if (read->head_at_ms > 0 && !read->is_push_known)
        dialog->step = exchange_again(dialog->exchange, "GitHub's log of the branch does not tell of its head yet");
    return read->head_at_ms == 0 || read->is_push_known;
}

/* False: dialog->step is what to return. */
static bool find_push(struct dialog *dialog, const struct pull_ask *ask, struct pull_read *read)
{
    const struct exchange *exchange = dialog->exchange;
    AUTO_BUF struct buf path = BUF(URL_MAX_BYTES);
    const char *what = "log of a branch";
    const struct http_answer *answer;
    const cJSON *json;

    buf_puts(&path, "/activity?ref=refs%2Fheads%2F");
    url_add_encoded(&path, str_of(read->head_branch));
    buf_puts(&path, "&per_page=30");
    answer =
        dialog_ask(dialog, call(exchange, "GET", ask->repository, arena_copy(exchange->arena, buf_str(&path)), NULL));
    if (!answer)
        return false;
    if (answer->status != 200) {
        dialog->step = github_refused(exchange, what, ask->repository, answer);
        return dialog->step.next == NEXT_NEVER;
    }
    json = github_json(exchange, what, answer, &dialog->step);
    return json && take_push(dialog, json, read);
}

/* The commit's own date, where it is the later one. False: dialog->step is what to return. */
static bool find_date(struct dialog *dialog, const struct pull_ask *ask, struct pull_read *read)
{
    const struct exchange *exchange = dialog->exchange;
    const char *what = arena_printf(exchange->arena, "commit %.12s in %s", read->head_sha, ask->repository);
    const cJSON *json = github_ask(
        dialog,
        call(exchange, "GET", ask->repository, arena_printf(exchange->arena, "/commits/%s", read->head_sha), NULL),
        what, ask->repository, NULL);
    int64_t at_ms;

    if (!json)
        return false;
    at_ms = time_of(json, "commit.committer.date");
    if (at_ms == 0) {
        dialog->step = exchange_again(exchange, "GitHub's answer about %s made no sense: no date", what);
        return false;
    }
    if (at_ms > read->head_at_ms)
        read->head_at_ms = at_ms;
    return true;
}

static bool is_digits(const char *text)
{
    return text[0] && strlen(text) <= 20 && strspn(text, "0123456789") == strlen(text);
}

/* "https://api.github.com/repos/acme/platform/issues/128": by its number, for the repository is the one that was asked.
 */
static bool is_on(const cJSON *json, int64_t number, struct arena *arena)
{
    const char *url = json_find_string(json, "issue_url");

    return url && str_ends_with(str_of(url), arena_printf(arena, "/issues/%" PRId64, number));
}

static const char *first_line(const char *body, struct arena *arena)
{
    struct str rest = str_of(body), line = str_take_until(&rest, '\n');

    while (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    return body && line.len <= PULL_LINE_MAX_BYTES ? arena_copy(arena, line) : NULL;
}

static bool is_of_person(const cJSON *json)
{
    const cJSON *app = json_find(json, "performed_via_github_app");
    const char *type = json_find_string(json, "user.type");

    return (!app || cJSON_IsNull(app)) && type && strcmp(type, "User") == 0;
}

/* False: dialog->step is what to return. */
static bool find_comment(struct dialog *dialog, const struct pull_ask *ask, const struct pull_comment **ret_comment)
{
    const struct exchange *exchange = dialog->exchange;
    struct pull_comment *comment = ARENA_NEW(exchange->arena, struct pull_comment);
    const char *what = arena_printf(exchange->arena, "comment %s in %s", ask->comment, ask->repository);
    const struct http_answer *answer =
        dialog_ask(dialog, call(exchange, "GET", ask->repository,
                                arena_printf(exchange->arena, "/issues/comments/%s", ask->comment), NULL));
    const cJSON *json;

    if (!answer)
        return false;
    if (answer->status == 404) /* deleted, or there never was one */
        return true;
    if (answer->status != 200) {
        dialog->step = github_refused(exchange, what, ask->repository, answer);
        return false;
    }
    json = github_json(exchange, what, answer, &dialog->step);
    if (!json)
        return false;
    comment->author = is_of_person(json) ? json_find_string(json, "user.login") : NULL;
    comment->line = first_line(json_find_string(json, "body"), exchange->arena);
    comment->at_ms = time_of(json, "created_at");
    comment->is_edited = time_of(json, "updated_at") != comment->at_ms;
    *ret_comment = is_on(json, ask->number, exchange->arena) ? comment : NULL;
    if (comment->at_ms == 0)
        dialog->step = exchange_again(exchange, "GitHub's answer about %s made no sense: no date", what);
    return comment->at_ms > 0;
}

struct exchange_step github_pull_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct pull_comment *comment = NULL;
    struct pull_read read;
    struct pull_ask ask;
    struct error err;
    const cJSON *json;
    const char *what;

    if (!shape_from_json(&pull_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "GitHub: %s", err.message);
    if (!check_place(exchange, ask.repository, ask.number, &dialog.step))
        return dialog.step;
    if (ask.comment && !is_digits(ask.comment))
        return exchange_never(exchange, "GitHub: `%.30s` is no number of a comment", ask.comment);
    if (ask.comment && !find_comment(&dialog, &ask, &comment))
        return dialog.step;
    what = arena_printf(exchange->arena, "pull request %" PRId64 " of %s", ask.number, ask.repository);
    json = github_ask(
        &dialog,
        call(exchange, "GET", ask.repository, arena_printf(exchange->arena, "/pulls/%" PRId64, ask.number), NULL), what,
        ask.repository, NULL);
    if (!json)
        return dialog.step;
    if (!decode(json, &ask, &read))
        return exchange_again(exchange, "GitHub's answer about %s made no sense", what);
    read.comment = comment;
    if (strcmp(read.state, "open") == 0 && !read.is_fork &&
        (!find_push(&dialog, &ask, &read) || !find_date(&dialog, &ask, &read)))
        return dialog.step;
    return exchange_done(exchange, shape_to_json(&pull_read_shape, &read, SHAPE_WHOLE));
}

/* ---- a reaction ---- */

static bool is_reaction(const char *content)
{
    static const char *const contents[] = { "eyes", "rocket", "-1" };

    for (size_t i = 0; i < ARRAY_LEN(contents); i++)
        if (strcmp(contents[i], content) == 0)
            return true;
    return false;
}

static struct exchange_step reacted(const struct exchange *exchange, bool existed)
{
    cJSON *result = json_object();

    json_set_bool(result, "existed", existed);
    return exchange_done(exchange, result);
}

struct exchange_step github_reaction_make(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct reaction_made made;
    struct error err;
    AUTO_JSON cJSON *body = NULL;

    if (!shape_from_json(&reaction_made_shape, exchange->args, exchange->arena, &made, &err))
        return exchange_never(exchange, "GitHub: %s", err.message);
    if (!check_place(exchange, made.repository, 1, &dialog.step))
        return dialog.step;
    if (!is_digits(made.comment) || !is_reaction(made.content))
        return exchange_never(exchange, "GitHub: `%.30s` for comment `%.30s` is no reaction", made.content,
                              made.comment);
    body = json_object();
    json_set_string(body, "content", made.content);
    answer = dialog_ask(&dialog, call(exchange, "POST", made.repository,
                                      arena_printf(exchange->arena, "/issues/comments/%s/reactions", made.comment),
                                      json_print_in(exchange->arena, body)));
    if (!answer)
        return dialog.step;
    if (answer->status == 200 || answer->status == 201)
        return reacted(exchange, answer->status == 200);
    return github_refused(exchange, arena_printf(exchange->arena, "comment %s", made.comment), made.repository, answer);
}

/* ---- a comment ---- */

static const char *mark_of(const struct exchange *exchange)
{
    return arena_printf(exchange->arena, "%s%s%s", MARK_BEFORE, exchange->effect_id, MARK_AFTER);
}

static struct exchange_step commented(const struct exchange *exchange, const cJSON *comment)
{
    cJSON *result = json_object();
    struct error ignored;
    int64_t id = 0;

    if (json_get_int(comment, "id", &id, &ignored) && id > 0)
        json_set_string(result, "comment", arena_printf(exchange->arena, "%" PRId64, id));
    return exchange_done(exchange, result);
}

/* It stands at the end, alone in its line: whatever is quoted before cannot hold it there. */
static const cJSON *find_marked(const cJSON *comments, const char *mark)
{
    JSON_EACH(comment, comments) {
        struct str body = str_trim(str_of(json_find_string(comment, "body")));

        if (str_ends_with(body, mark))
            return comment;
    }
    return NULL;
}

/* True: dialog->step is the end of it; else it was not made before, as far as can be seen. */
static bool was_commented(struct dialog *dialog, const struct comment_made *made, const char *what)
{
    const struct exchange *exchange = dialog->exchange;
    const char *mark = mark_of(exchange);
    struct http_call look =
        call(exchange, "GET", made->repository,
             arena_printf(exchange->arena, "/issues/%" PRId64 "/comments?since=%.19sZ&per_page=100", made->number,
                          time_format(exchange->unix_ms - COMMENT_MAX_AGE_MS - exchange->ahead_ms).text),
             NULL);

    if (exchange->is_first_try)
        return false;
    for (int page = 0; page < PAGES_MAX && look.url; page++) {
        const struct http_answer *answer;
        const cJSON *json = github_ask(dialog, look, what, made->repository, &answer), *found;

        if (!json)
            return true;
        found = find_marked(json, mark);
        if (found) {
            dialog->step = commented(exchange, found);
            return true;
        }
        look.url = github_next_page(exchange, look.url, answer, NULL);
    }
    return false;
}

static const char *comment_body(const struct exchange *exchange, const struct comment_made *made)
{
    AUTO_JSON cJSON *body = json_object();

    json_set_string(body, "body", arena_printf(exchange->arena, "%s\n\n%s", made->text, mark_of(exchange)));
    return json_print_in(exchange->arena, body);
}

struct exchange_step github_comment_make(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct exchange_step step;
    struct comment_made made;
    struct error err;
    const char *what;

    if (!shape_from_json(&comment_made_shape, exchange->args, exchange->arena, &made, &err))
        return exchange_never(exchange, "GitHub: %s", err.message);
    if (!check_place(exchange, made.repository, made.number, &dialog.step))
        return dialog.step;
    if (!exchange->effect_id || !made.text[0])
        return exchange_never(exchange, "GitHub: a comment of no words");
    what = arena_printf(exchange->arena, "comment on %" PRId64 " of %s", made.number, made.repository);
    if (was_commented(&dialog, &made, what))
        return dialog.step;
    answer = dialog_ask(&dialog, call(exchange, "POST", made.repository,
                                      arena_printf(exchange->arena, "/issues/%" PRId64 "/comments", made.number),
                                      comment_body(exchange, &made)));
    if (!answer)
        return dialog.step;
    if (answer->status == 201)
        return commented(exchange, json_parse_in(exchange->arena, answer->body, &err));
    step = github_refused(exchange, what, made.repository, answer);
    if (step.next == NEXT_AGAIN && (answer->status == 0 || answer->status >= 500) && step.after_ms < APPEARS_AFTER_MS)
        step.after_ms = APPEARS_AFTER_MS;
    return step;
}
