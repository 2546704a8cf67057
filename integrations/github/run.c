#include "integrations/github/run.h"

#include "bot/base/time.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"
#include "integrations/github/api.h"
#include "integrations/url.h"

#include <inttypes.h>
#include <string.h>

/* Each page is read anew for every one behind it: few and small ones, with the newest runs first. */
#define PER_PAGE 30
#define PAGES_MAX 3

bool github_run_decode(const cJSON *json, struct workflow_run *ret_run)
{
    struct workflow_run run = {
        .status = json_find_string(json, "status"),
        .conclusion = json_find_string(json, "conclusion"),
        .url = github_page(json_find_string(json, "html_url")),
    };
    struct error ignored;

    if (!json_get_int(json, "id", &run.run, &ignored) || run.run <= 0 || !run.status)
        return false;
    *ret_run = run;
    return true;
}

static const char *first_page(const struct exchange *exchange, const struct github_search *search)
{
    AUTO_BUF struct buf path = BUF(URL_MAX_BYTES);

    buf_puts(&path, "/actions/workflows/");
    url_add_encoded(&path, str_of(search->workflow));
    buf_addf(&path, "/runs?event=workflow_dispatch&per_page=%d", PER_PAGE);
    return arena_copy(exchange->arena, buf_str(&path));
}

/* Ids that go outside end in 16 hex digits behind a '-': a title with one says by whom it was dispatched. */
static bool names_somebody(const char *title)
{
    for (const char *at = title; (at = strchr(at, '-')) != NULL; at++)
        if (strspn(at + 1, "0123456789abcdef") == 16)
            return true;
    return false;
}

/* True: it is the one. */
static bool look_at(const cJSON *json, const struct github_search *search, struct github_found *found)
{
    const char *title = json_find_string(json, "display_title");
    struct workflow_run run;

    if (!github_run_decode(json, &run))
        return false;
    if (title && (strstr(title, search->effect) || PLANTED(WORKFLOW_OF_ANYBODY))) {
        found->run = run;
        return true;
    }
    if (!found->nameless && (!title || !names_somebody(title)))
        found->nameless = run.url ? run.url : "a run without a page";
    return false;
}

/* What GitHub may have made since search->since_ms, of our clock. The store's clock may be ahead of GitHub's without
 * anybody having seen it jump: then GitHub's own date says by how much. So nothing is filtered by a date of ours. */
static int64_t oldest_ms(const struct exchange *exchange, const struct github_search *search,
                         const struct http_answer *answer)
{
    int64_t date_ms = http_answer_date_ms(answer);
    int64_t ahead_ms = date_ms > 0 ? exchange->unix_ms - date_ms : exchange->ahead_ms;

    return search->since_ms - (ahead_ms > 0 ? ahead_ms : 0);
}

/* In seconds, as GitHub tells them. A run that does not say when may be of now. */
static bool is_older(const cJSON *run, int64_t oldest_ms)
{
    const char *created = json_find_string(run, "created_at");
    struct error ignored;
    int64_t at_ms;

    return created && time_parse(str_of(created), &at_ms, &ignored) && at_ms + SECOND_MS <= oldest_ms;
}

/* Of one page. True: there is nothing to be looked for behind it. */
static bool look_through(const cJSON *page, const struct github_search *search, int64_t oldest_ms,
                         struct github_found *found)
{
    JSON_EACH(item, json_find(page, "workflow_runs"))
        if (is_older(item, oldest_ms) || look_at(item, search, found))
            return true;
    return false;
}

bool github_run_search(struct dialog *dialog, const struct github_search *search, struct github_found *ret_found)
{
    const struct exchange *exchange = dialog->exchange;
    const char *what = arena_printf(exchange->arena, "workflow `%.100s` in %s", search->workflow, search->repository);
    struct http_call call =
        github_call(exchange, "GET", search->repository, first_page(exchange, search), (struct str){ 0 });
    struct github_found found = { 0 };

    for (size_t page = 0; call.url && page < PAGES_MAX; page++) {
        const struct http_answer *answer;
        const cJSON *json = github_ask(dialog, call, what, search->repository, &answer);

        if (!json)
            return false;
        if (look_through(json, search, oldest_ms(exchange, search, answer), &found)) {
            *ret_found = found;
            return true;
        }
        call.url = github_next_page(exchange, call.url, answer, NULL);
    }
    if (call.url) { /* ours may be behind them, so it is not said that there is none */
        dialog->step =
            exchange_again(exchange, "GitHub shows more than %d newer runs of %s, and ours is not among them",
                           PAGES_MAX * PER_PAGE, what);
        return false;
    }
    *ret_found = found;
    return true;
}
