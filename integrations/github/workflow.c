#include "integrations/github/workflow.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/plant.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"
#include "integrations/github/run.h"
#include "integrations/url.h"

#include <inttypes.h>
#include <string.h>

#define DISPATCH_MAX_AGE_MS                                                                                            \
    (20 * MINUTE_MS)                      /* the effect is given up after ten; the rest is for clocks that differ      \
                                           */
#define APPEARS_AFTER_MS (10 * SECOND_MS) /* in the lists, after it was dispatched */
#define CLOCKS_DIFFER_MS (2 * MINUTE_MS)
#define NAME_SHOWN_BYTES 80

static bool is_name(const char *workflow) /* of a file in .github/workflows, or its number */
{
    size_t len = workflow ? strlen(workflow) : 0;

    return len > 0 && len <= 200 && !strchr(workflow, '/') && strcmp(workflow, ".") != 0 && strcmp(workflow, "..") != 0;
}

/* ---- dispatch ---- */

static struct str dispatch_body(const struct exchange *exchange, const struct workflow_dispatch *dispatch)
{
    AUTO_JSON cJSON *body = json_object();
    cJSON *inputs;

    json_set_string(body, "ref", dispatch->ref);
    inputs = json_set(body, "inputs", json_object());
    for (size_t i = 0; i < dispatch->inputs_count; i++)
        json_set_string(inputs, dispatch->inputs[i].key, dispatch->inputs[i].value);
    json_set_string(inputs, WORKFLOW_INPUT_EFFECT, exchange->effect_id);
    json_set_bool(body, "return_run_details", true);
    return str_of(json_print_in(exchange->arena, body));
}

static struct http_call dispatch_call(const struct exchange *exchange, const struct workflow_dispatch *dispatch)
{
    AUTO_BUF struct buf path = BUF(URL_MAX_BYTES);

    buf_puts(&path, "/actions/workflows/");
    url_add_encoded(&path, str_of(dispatch->workflow));
    buf_puts(&path, "/dispatches");
    return github_call(exchange, "POST", dispatch->repository, arena_copy(exchange->arena, buf_str(&path)),
                       dispatch_body(exchange, dispatch));
}

static struct exchange_step dispatched(const struct exchange *exchange, int64_t run)
{
    cJSON *result = json_object();

    json_set_int(result, "run", run);
    json_set_string(result, "effect", exchange->effect_id);
    return exchange_done(exchange, result);
}

/* The number of the new run is in the answer, or has to be looked for (0). */
static int64_t run_of(const struct exchange *exchange, const struct http_answer *answer)
{
    struct error ignored;
    int64_t run = 0;

    return json_get_int(json_parse_in(exchange->arena, answer->body, &ignored), "workflow_run_id", &run, &ignored) &&
                   run > 0
               ? run
               : 0;
}

static struct exchange_step dispatch_answered(const struct exchange *exchange, const struct workflow_dispatch *dispatch,
                                              const struct http_answer *answer)
{
    const char *what = arena_printf(exchange->arena, "run of `%.100s` at `%.100s` in %s", dispatch->workflow,
                                    dispatch->ref, dispatch->repository);
    struct exchange_step step;

    if (answer->status == 200 || answer->status == 204)
        return dispatched(exchange, run_of(exchange, answer));
    step = github_refused(exchange, what, dispatch->repository, answer);
    if (answer->status == 422 && strstr(step.error, "\"" WORKFLOW_INPUT_EFFECT "\""))
        return exchange_never(exchange,
                              "%s. opsgate finds its run by that input: declare it in %.100s, and write run-name: "
                              "\"deploy ${{ inputs.version }} ${{ inputs.%s }}\"",
                              step.error, dispatch->workflow, WORKFLOW_INPUT_EFFECT);
    if (step.next == NEXT_AGAIN && (answer->status == 0 || answer->status >= 500) && step.after_ms < APPEARS_AFTER_MS)
        step.after_ms = APPEARS_AFTER_MS;
    return step;
}

/* True: *ret_step is the end of it; else it was not dispatched before. */
static bool was_dispatched(struct dialog *dialog, const struct workflow_dispatch *dispatch)
{
    const struct exchange *exchange = dialog->exchange;
    struct github_search search = { .repository = dispatch->repository,
                                    .workflow = dispatch->workflow,
                                    .effect = exchange->effect_id,
                                    .since_ms = exchange->unix_ms - DISPATCH_MAX_AGE_MS };
    struct github_found found;

    if (exchange->is_first_try || PLANTED(WORKFLOW_NOT_LOOKED_FOR))
        return false;
    if (!github_run_search(dialog, &search, &found))
        return true;
    if (found.run.run)
        dialog->step = dispatched(exchange, found.run.run);
    else if (found.nameless)
        dialog->step = exchange_never(
            exchange,
            "the answer of GitHub was lost, and %s may be the run that was asked for: its title does not say. "
            "So nothing was dispatched again; with run-name: \"deploy ${{ inputs.version }} ${{ inputs.%s }}\" in "
            "%.100s opsgate knows its own runs",
            found.nameless, WORKFLOW_INPUT_EFFECT, dispatch->workflow);
    return found.run.run || found.nameless;
}

struct exchange_step github_dispatch(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct workflow_dispatch dispatch;
    const struct http_answer *answer;
    struct error err;

    if (!shape_from_json(&workflow_dispatch_shape, exchange->args, exchange->arena, &dispatch, &err))
        return exchange_never(exchange, "GitHub: %s", err.message);
    if (!exchange->effect_id || !github_repository_is_valid(str_of(dispatch.repository)) || !is_name(dispatch.workflow))
        return exchange_never(exchange,
                              "GitHub: `%.100s` in `%.100s` is no workflow such as deploy.yml in acme/platform",
                              dispatch.workflow, dispatch.repository);
    if (was_dispatched(&dialog, &dispatch))
        return dialog.step;
    answer = dialog_ask(&dialog, dispatch_call(exchange, &dispatch));
    return answer ? dispatch_answered(exchange, &dispatch, answer) : dialog.step;
}

/* ---- looking ---- */

static bool read_look(const struct exchange *exchange, struct workflow_look *look, struct exchange_step *ret_step)
{
    struct error err;

    if (!shape_from_json(&workflow_look_shape, exchange->args, exchange->arena, look, &err))
        *ret_step = exchange_never(exchange, "GitHub: %s", err.message);
    else if (!github_repository_is_valid(str_of(look->repository)) || !is_name(look->workflow) || !look->effect[0])
        *ret_step = exchange_never(exchange,
                                   "GitHub: `%.100s` in `%.100s` is no workflow such as deploy.yml in "
                                   "acme/platform",
                                   look->workflow, look->repository);
    else
        return true;
    return false;
}

static const char *run_path(const struct exchange *exchange, int64_t run, const char *rest)
{
    return arena_printf(exchange->arena, "/actions/runs/%" PRId64 "%s", run, rest);
}

/* By its number, or by the effect's id in its title. False: dialog->step is what to return. */
static bool find_run(struct dialog *dialog, const struct workflow_look *look, struct workflow_run *ret_run)
{
    const struct exchange *exchange = dialog->exchange;
    struct github_search search = { look->repository, look->workflow, look->effect, look->since_ms - CLOCKS_DIFFER_MS };
    struct github_found found;
    const struct http_answer *answer;
    const char *what = arena_printf(exchange->arena, "run %" PRId64 " in %s", look->run, look->repository);
    const cJSON *json;

    if (look->run == 0) {
        if (!github_run_search(dialog, &search, &found))
            return false;
        *ret_run = found.run;
        if (!found.run.run)
            dialog->step = exchange_again(exchange, "GitHub shows no run of `%.100s` with `%.100s` in its title yet",
                                          look->workflow, look->effect);
        return found.run.run != 0;
    }
    answer = dialog_ask(
        dialog, github_call(exchange, "GET", look->repository, run_path(exchange, look->run, ""), (struct str){ 0 }));
    if (!answer)
        return false;
    if (answer->status != 200) {
        dialog->step = github_refused(exchange, what, look->repository, answer);
        return false;
    }
    json = github_json(exchange, what, answer, &dialog->step);
    if (json && github_run_decode(json, ret_run))
        return true;
    dialog->step = exchange_again(exchange, "GitHub's answer about %s made no sense", what);
    return false;
}

/* ---- steps ---- */

static bool is_failed(const char *conclusion)
{
    return conclusion && strcmp(conclusion, "success") != 0 && strcmp(conclusion, "skipped") != 0 &&
           strcmp(conclusion, "neutral") != 0;
}

/* Of a list of jobs or steps: what it fails at, or does now. */
static const cJSON *one_of_interest(const cJSON *list, bool is_over)
{
    JSON_EACH(item, list) {
        const char *status = json_find_string(item, "status");

        if (is_over ? is_failed(json_find_string(item, "conclusion")) : status && strcmp(status, "in_progress") == 0)
            return item;
    }
    return NULL;
}

/* "deploy: Check out", out of {jobs: [{name, status, conclusion, steps: [likewise]}]}. */
static const char *step_in(const struct exchange *exchange, const cJSON *json, bool is_over)
{
    const cJSON *job = one_of_interest(json_find(json, "jobs"), is_over),
                *step = one_of_interest(json_find(job, "steps"), is_over);
    const char *job_name = json_find_string(job, "name"), *step_name = json_find_string(step, "name");

    if (!job_name)
        return NULL;
    job_name = card_quote(str_of(job_name), NAME_SHOWN_BYTES, exchange->arena);
    if (!step_name)
        return job_name;
    return arena_printf(exchange->arena, "%s: %s", job_name,
                        card_quote(str_of(step_name), NAME_SHOWN_BYTES, exchange->arena));
}

/* The step is for people: a run is told without one when its jobs cannot be had. False: dialog->step is next. */
static bool find_step(struct dialog *dialog, const struct workflow_look *look, struct workflow_run *run)
{
    const struct exchange *exchange = dialog->exchange;
    bool is_over = strcmp(run->status, "completed") == 0;
    const struct http_answer *answer;
    struct error ignored;

    if (is_over ? !is_failed(run->conclusion) : strcmp(run->status, "in_progress") != 0)
        return true;
    answer = dialog_ask(dialog, github_call(exchange, "GET", look->repository,
                                            run_path(exchange, run->run, "/jobs?per_page=100"), (struct str){ 0 }));
    if (!answer)
        return false;
    if (answer->status == 200)
        run->step = step_in(exchange, json_parse_in(exchange->arena, answer->body, &ignored), is_over);
    return true;
}

struct exchange_step github_run_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct workflow_look look;
    struct workflow_run run;

    if (!read_look(exchange, &look, &dialog.step) || !find_run(&dialog, &look, &run) ||
        !find_step(&dialog, &look, &run))
        return dialog.step;
    return exchange_done(exchange, shape_to_json(&workflow_run_shape, &run, SHAPE_WHOLE));
}

/* ---- cancelling ---- */

static struct exchange_step cancelled(const struct exchange *exchange, bool is_cancelled)
{
    cJSON *result = json_object();

    json_set_bool(result, "cancelled", is_cancelled);
    return exchange_done(exchange, result);
}

struct exchange_step github_run_cancel(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct workflow_look look;
    struct workflow_run run;

    if (!read_look(exchange, &look, &dialog.step))
        return dialog.step;
    if (look.run == 0) {
        if (!find_run(&dialog, &look, &run))
            return dialog.step;
        look.run = run.run;
    }
    answer = dialog_ask(&dialog, github_call(exchange, "POST", look.repository, run_path(exchange, look.run, "/cancel"),
                                             (struct str){ 0 }));
    if (!answer)
        return dialog.step;
    if (answer->status == 202 || answer->status == 409) /* 409: it has ended by itself */
        return cancelled(exchange, answer->status == 202);
    return github_refused(exchange, arena_printf(exchange->arena, "cancelling of run %" PRId64, look.run),
                          look.repository, answer);
}
