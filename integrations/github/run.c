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
    buf_addf(&path, "/runs?event=workflow_dispatch&per_page=%d&created=", PER_PAGE);
    url_add_encoded(&path, str_of(arena_printf(exchange->arena, ">=%s", time_format(search->since_ms).text)));
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

bool github_run_search(struct dialog *dialog, const struct github_search *search, struct github_found *ret_found)
{
    const struct exchange *exchange = dialog->exchange;
    const char *what = arena_printf(exchange->arena, "workflow `%.100s` in %s", search->workflow, search->repository);
    struct http_call call =
        github_call(exchange, "GET", search->repository, first_page(exchange, search), (struct str){ 0 });
    struct github_found found = { 0 };

    for (size_t page = 0; call.url && page < PAGES_MAX; page++) {
        const struct http_answer *answer = dialog_ask(dialog, call);
        const cJSON *json;

        if (!answer)
            return false;
        if (answer->status != 200) {
            dialog->step = github_refused(exchange, what, search->repository, answer);
            return false;
        }
        json = github_json(exchange, what, answer, &dialog->step);
        if (!json)
            return false;
        JSON_EACH(item, json_find(json, "workflow_runs")) {
            if (!look_at(item, search, &found))
                continue;
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
