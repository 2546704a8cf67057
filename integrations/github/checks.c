#include "integrations/github/checks.h"

#include "bot/model/card.h"
#include "bot/model/checks.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"

#include <string.h>

#define PAGES_MAX 10 /* of each list, a hundred entries each */
#define NAME_SHOWN_BYTES 80
#define OUR_CONTEXT "opsgate"

/* ---- one entry ---- */

enum told { TOLD_GOOD, TOLD_PENDING, TOLD_BAD };

static bool is_one_of(const char *text, const char *const *list)
{
    for (size_t i = 0; text && list[i]; i++)
        if (strcmp(text, list[i]) == 0)
            return true;
    return false;
}

static enum told told_by_run(const cJSON *run)
{
    static const char *const good[] = { "success", "neutral", "skipped", NULL };
    const char *status = json_find_string(run, "status");

    if (!status || strcmp(status, "completed") != 0)
        return TOLD_PENDING;
    return is_one_of(json_find_string(run, "conclusion"), good) ? TOLD_GOOD : TOLD_BAD;
}

static enum told told_by_status(const cJSON *status)
{
    static const char *const good[] = { "success", NULL }, *const pending[] = { "pending", NULL };
    const char *state = json_find_string(status, "state");

    return is_one_of(state, good) ? TOLD_GOOD : is_one_of(state, pending) ? TOLD_PENDING : TOLD_BAD;
}

static bool is_our_run(const struct exchange *exchange, const cJSON *run)
{
    const struct github_settings *github = exchange->settings ? exchange->settings->github : NULL;

    return github && github->app && json_find_int(run, "app.id", 0) == github->app->id;
}

static bool is_our_status(const struct exchange *exchange, const cJSON *status)
{
    struct str context = str_of(json_find_string(status, "context"));

    (void)exchange;
    return str_take_prefix(&context, OUR_CONTEXT) && (context.len == 0 || context.at[0] == '/');
}

/* The two lists, and what they call their things. */
static const struct list {
    const char *path, *what, *entries, *name;
    enum told (*told)(const cJSON *entry);
    bool (*is_ours)(const struct exchange *exchange, const cJSON *entry);
} lists[] = {
    { "/check-runs?filter=latest&per_page=100", "check runs", "check_runs", "name", told_by_run, is_our_run },
    { "/status?per_page=100", "commit statuses", "statuses", "context", told_by_status, is_our_status },
};

/* ---- all of them ---- */

struct tally {
    int64_t counts[TOLD_BAD + 1];
    const char **names[TOLD_BAD + 1];
    size_t names_count[TOLD_BAD + 1];
};

static void add(const struct exchange *exchange, const struct list *list, const cJSON *entry, struct tally *tally)
{
    enum told told = list->told(entry);
    const char *name = card_quote(str_of(json_find_string(entry, list->name)), NAME_SHOWN_BYTES, exchange->arena);

    tally->counts[told]++;
    if (told != TOLD_GOOD && tally->names_count[told] < CHECKS_NAMED_MAX)
        *ARENA_PUSH(exchange->arena, tally->names[told], tally->names_count[told]) =
            str_is_empty(str_trim(str_of(name))) ? "one without a name" : name;
}

/* Of one page; false: dialog->step is what to return. */
static bool add_page(struct dialog *dialog, const struct list *list, const char *what, const struct http_answer *answer,
                     struct tally *tally, int64_t *seen, int64_t *ret_total)
{
    const struct exchange *exchange = dialog->exchange;
    const cJSON *json = github_json(exchange, what, answer, &dialog->step), *entries = json_find(json, list->entries);
    int64_t total = json_find_int(json, "total_count", -1);

    if (!json)
        return false;
    if (!cJSON_IsArray(entries) || total < 0) { /* "there is none" must have been said, not left out */
        dialog->step = exchange_again(exchange, "GitHub's answer about the %s made no sense: no list", what);
        return false;
    }
    JSON_EACH(entry, entries) {
        ++*seen;
        if (!list->is_ours(exchange, entry))
            add(exchange, list, entry, tally);
    }
    *ret_total = total;
    return true;
}

static bool add_list(struct dialog *dialog, const struct checks_ask *ask, const struct list *list, struct tally *tally)
{
    const struct exchange *exchange = dialog->exchange;
    const char *what = arena_printf(exchange->arena, "%s of %.12s in %s", list->what, ask->sha, ask->repository);
    struct http_call call =
        github_call(exchange, "GET", ask->repository,
                    arena_printf(exchange->arena, "/commits/%s%s", ask->sha, list->path), (struct str){ 0 });
    int64_t seen = 0, total = 0;
    bool is_elsewhere = false;

    for (int pages = 0; call.url; pages++) {
        const struct http_answer *answer = pages < PAGES_MAX ? dialog_ask(dialog, call) : NULL;

        if (pages == PAGES_MAX)
            dialog->step =
                exchange_never(exchange, "the %s are more than %d, which opsgate does not read", what, PAGES_MAX * 100);
        if (!answer)
            return false;
        if (answer->status != 200) {
            dialog->step = github_refused(exchange, what, ask->repository, answer);
            return false;
        }
        if (!add_page(dialog, list, what, answer, tally, &seen, &total))
            return false;
        call.url = github_next_page(exchange, call.url, answer, &is_elsewhere);
    }
    if (is_elsewhere)
        dialog->step = exchange_never(exchange,
                                      "GitHub's list of the %s goes on at another address: is github.api_url the one "
                                      "that GitHub gives itself?",
                                      what);
    else if (seen < total)
        dialog->step = exchange_again(exchange, "GitHub's list of the %s is not whole", what);
    return !is_elsewhere && seen >= total;
}

static cJSON *result_of(const struct tally *tally)
{
    enum told worst = tally->counts[TOLD_BAD] ? TOLD_BAD : tally->counts[TOLD_PENDING] ? TOLD_PENDING : TOLD_GOOD;
    static const enum checked states[] = { [TOLD_GOOD] = CHECKED_GREEN, CHECKED_PENDING, CHECKED_RED };
    struct checks_read read = {
        .count = tally->counts[TOLD_GOOD] + tally->counts[TOLD_PENDING] + tally->counts[TOLD_BAD],
        .failed = tally->counts[TOLD_BAD],
        .pending = tally->counts[TOLD_PENDING],
        .names = tally->names[worst],
        .names_count = tally->names_count[worst],
    };

    read.state = read.count == 0 ? CHECKED_NOTHING : states[worst];
    return shape_to_json(&checks_read_shape, &read, SHAPE_WHOLE);
}

struct exchange_step github_checks_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct tally tally = { .counts = { 0 } };
    struct checks_ask ask;
    struct error err;

    if (!shape_from_json(&checks_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "GitHub: %s", err.message);
    if (!github_repository_is_valid(str_of(ask.repository)))
        return exchange_never(exchange, "GitHub: `%.100s` is no repository such as acme/platform", ask.repository);
    if (!github_is_sha(ask.sha))
        return exchange_never(exchange, "GitHub: `%.100s` is no commit's whole sha", ask.sha);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (!add_list(&dialog, &ask, &lists[i], &tally))
            return dialog.step;
    return exchange_done(exchange, result_of(&tally));
}
