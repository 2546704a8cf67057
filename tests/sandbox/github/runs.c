/* Runs of workflows as GitHub shows them, lists them, cancels them and runs them again. */
#include "github/actions.h"
#include "github/call.h"

#include "bot/base/time.h"

#include <string.h>

#define JOB_ID_OFFSET INT64_C(31000000000)

/* ---- showing ---- */

cJSON *run_shown(const struct call *call, const cJSON *run)
{
    static const char *const same[] = { "id",          "name",     "display_title", "event",      "status",
                                        "head_branch", "head_sha", "workflow_id",   "run_number", "run_attempt" };
    cJSON *shown = json_object();
    long long id = (long long)tree_int(run, "id", 0);
    AUTO_FREE char *url = call_url(call, "/actions/runs/%lld", id),
                   *page = call_page_url(call, "/actions/runs/%lld", id);

    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        tree_copy(shown, run, same[i]);
    tree_set_textf(shown, "path", ".github/workflows/%s", tree_text(run, "file"));
    set_null(shown, "conclusion");
    tree_copy(shown, run, "conclusion");
    json_set_string(shown, "url", url);
    json_set_string(shown, "html_url", page);
    tree_set_textf(shown, "jobs_url", "%s/jobs", url);
    tree_set_textf(shown, "cancel_url", "%s/cancel", url);
    tree_set_textf(shown, "rerun_url", "%s/rerun", url);
    json_set(shown, "actor", user_shown(tree_text(run, "actor")));
    json_set(shown, "triggering_actor", user_shown(tree_text(run, "actor")));
    set_time(shown, "created_at", tree_int(run, "created_at_ms", 0));
    set_time(shown, "run_started_at", tree_int(run, "created_at_ms", 0));
    set_time(shown, "updated_at", tree_int(run, "updated_at_ms", 0));
    json_set(shown, "pull_requests", json_array());
    json_set(shown, "repository", repository_shown(call));
    json_set(shown, "head_repository", repository_shown(call));
    return shown;
}

/* ---- listing ---- */

/* One end of a "created" filter: a day or an instant. `ret_last_ms` is the last moment that the text still means. */
static bool parse_when(struct str text, int64_t *ret_first_ms, int64_t *ret_last_ms)
{
    AUTO_FREE char *day = text_format(STR_FMT "T00:00:00Z", STR_ARG(text));
    struct error err;

    if (time_parse(text, ret_first_ms, &err)) {
        *ret_last_ms = *ret_first_ms;
        return true;
    }
    if (!time_parse(str_of(day), ret_first_ms, &err))
        return false;
    *ret_last_ms = *ret_first_ms + DAY_MS - 1;
    return true;
}

struct span {
    int64_t from_ms, to_ms;
};

static bool parse_range(struct str text, const char *dots, struct span *span)
{
    struct str low = { text.at, (size_t)(dots - text.at) }, high = str_of(dots + 2);
    int64_t unused = 0;

    return (str_is(low, "*") || parse_when(low, &span->from_ms, &unused)) &&
           (str_is(high, "*") || parse_when(high, &unused, &span->to_ms));
}

/* ">=T", ">T", "<=T", "<T", "T..T", "T": GitHub's search syntax for dates. */
static bool parse_created(const char *created, struct span *ret_span)
{
    struct span span = { 0, INT64_MAX };
    struct str text = str_of(created);
    const char *dots = created ? strstr(created, "..") : NULL;
    int64_t unused = 0;
    bool good = true;

    if (dots) {
        good = parse_range(text, dots, &span);
    } else if (str_take_prefix(&text, ">=")) {
        good = parse_when(text, &span.from_ms, &unused);
    } else if (str_take_prefix(&text, "<=")) {
        good = parse_when(text, &unused, &span.to_ms);
    } else if (str_take_prefix(&text, ">")) {
        good = parse_when(text, &unused, &span.from_ms);
        span.from_ms++;
    } else if (str_take_prefix(&text, "<")) {
        good = parse_when(text, &span.to_ms, &unused);
        span.to_ms--;
    } else if (created) {
        good = parse_when(text, &span.from_ms, &span.to_ms);
    }
    *ret_span = span;
    return good;
}

static bool is_wanted(const struct call *call, const cJSON *run, const char *member, const char *query)
{
    const char *wanted = request_query(call->request, query);

    return !wanted || tree_has_text(run, member, wanted);
}

static bool matches(const struct call *call, const cJSON *run, const struct span *created)
{
    int64_t second_ms = tree_int(run, "created_at_ms", 0) / SECOND_MS * SECOND_MS; /* all that is shown of it */

    return tree_int(run, "appears_at_ms", 0) <= call->request->now_ms &&
           is_wanted(call, run, "head_branch", "branch") && is_wanted(call, run, "event", "event") &&
           is_wanted(call, run, "head_sha", "head_sha") && is_wanted(call, run, "actor", "actor") &&
           (is_wanted(call, run, "status", "status") || is_wanted(call, run, "conclusion", "status")) &&
           second_ms >= created->from_ms && second_ms <= created->to_ms;
}

/* Of one workflow, or of all; newest first. */
void run_list(struct call *call)
{
    const cJSON *workflow = call->params[0] ? workflow_find(call->repository, call->params[0]) : NULL;
    struct span created;
    cJSON *runs = NULL, *shown = NULL;

    if (call->params[0] && !workflow)
        return call_not_found(call);
    if (!parse_created(request_query(call->request, "created"), &created))
        return call_refuse(call, 422, "Validation Failed: 'created' is not a date or a range of dates");
    runs = json_array();
    JSON_EACH(run, call->repository->runs) {
        if ((!workflow || tree_has_text(run, "file", tree_text(workflow, "file"))) && matches(call, run, &created))
            cJSON_InsertItemInArray(runs, 0, run_shown(call, run));
    }
    shown = json_object();
    json_set_int(shown, "total_count", cJSON_GetArraySize(runs));
    json_set(shown, "workflow_runs", call_cut(call, runs));
    reply_json(call->reply, 200, shown);
}

void run_get(struct call *call)
{
    const cJSON *run = run_find_by_id(call->repository, call->params[0]);

    if (!run)
        return call_not_found(call);
    reply_json(call->reply, 200, run_shown(call, run));
}

/* ---- jobs ---- */

/* Which step is at work at this time; the planned time is shared out equally. */
static int64_t step_at(const cJSON *run, int64_t now_ms)
{
    int64_t count = cJSON_GetArraySize(tree_get(run, "steps")), planned_ms = tree_int(run, "planned_ms", 0);
    int64_t gone_ms = now_ms - tree_int(run, "starts_at_ms", 0);

    if (planned_ms <= 0 || gone_ms >= planned_ms)
        return count - 1;
    return gone_ms < 0 ? -1 : gone_ms * count / planned_ms;
}

/* Steps before the one at work succeeded; the one at work when the run ended shares the run's fate. */
static cJSON *step_shown(const cJSON *run, const cJSON *step, int64_t number, int64_t working)
{
    bool over = tree_has_text(run, "status", "completed");
    const char *status = over || number < working ? "completed" : number == working ? "in_progress" : "queued";
    cJSON *shown = json_object();

    json_set_string(shown, "name", cJSON_GetStringValue(step));
    json_set_string(shown, "status", status);
    json_set_int(shown, "number", number + 1);
    if (number < working)
        json_set_string(shown, "conclusion", "success");
    else if (over)
        json_set_string(shown, "conclusion", number == working ? tree_text(run, "conclusion") : "skipped");
    else
        set_null(shown, "conclusion");
    return shown;
}

void run_jobs(struct call *call)
{
    const cJSON *run = run_find_by_id(call->repository, call->params[0]);
    cJSON *shown = NULL, *job = NULL, *steps = NULL;
    bool over = tree_has_text(run, "status", "completed");
    int64_t ends_at_ms = tree_int(run, "ends_at_ms", 0), starts_at_ms = tree_int(run, "starts_at_ms", 0), number = 0;
    bool began = call->request->now_ms >= starts_at_ms && ends_at_ms >= starts_at_ms;

    if (!run)
        return call_not_found(call);
    shown = json_object();
    json_set_int(shown, "total_count", 1);
    job = json_add(json_set(shown, "jobs", json_array()), json_object());
    json_set_int(job, "id", tree_int(run, "id", 0) + JOB_ID_OFFSET + tree_int(run, "run_attempt", 1));
    tree_set_textf(job, "name", "%s", tree_text(run, "name"));
    json_set_int(job, "run_id", tree_int(run, "id", 0));
    json_set_string(job, "head_sha", tree_text(run, "head_sha"));
    json_set_string(job, "status", tree_text(run, "status"));
    set_null(job, "conclusion");
    tree_copy(job, run, "conclusion");
    set_time(job, "started_at", began ? starts_at_ms : 0);
    set_time(job, "completed_at", over ? ends_at_ms : 0);
    tree_copy(job, run, "run_attempt");
    steps = json_set(job, "steps", json_array());
    JSON_EACH(step, began ? tree_get(run, "steps") : NULL) {
        json_add(steps, step_shown(run, step, number++, step_at(run, over ? ends_at_ms - 1 : call->request->now_ms)));
    }
    reply_json(call->reply, 200, shown);
}

/* ---- changing ---- */

void run_cancel_post(struct call *call)
{
    cJSON *run = run_find_by_id(call->repository, call->params[0]);

    if (!run)
        return call_not_found(call);
    if (tree_has_text(run, "status", "completed"))
        return call_refuse(call, 409, "Cannot cancel a workflow run that is completed.");
    if (!call->request->pretend) {
        run_cancel(call->repository, run, call->request->now_ms);
        call->reply->applied = true;
    }
    reply_json(call->reply, 202, json_object());
}

void run_again_post(struct call *call)
{
    cJSON *run = run_find_by_id(call->repository, call->params[0]);

    if (!run)
        return call_not_found(call);
    if (!tree_has_text(run, "status", "completed"))
        return call_refuse(call, 403, "This workflow is already running");
    if (!call->request->pretend) {
        run_again(call->github, call->repository, run, call->request->now_ms);
        call->reply->applied = true;
    }
    reply_json(call->reply, 201, json_object());
}
