/* POST .../dispatches: a workflow is started by hand, or refused in GitHub's words. */
#include "github/actions.h"
#include "github/call.h"

static void show_details(struct call *call, int64_t run_id)
{
    cJSON *details = json_object();
    long long id = (long long)run_id;
    AUTO_FREE char *url = call_url(call, "/actions/runs/%lld", id),
                   *page = call_page_url(call, "/actions/runs/%lld", id);

    json_set_int(details, "workflow_run_id", run_id);
    json_set_string(details, "run_url", url);
    json_set_string(details, "html_url", page);
    reply_json(call->reply, 200, details);
}

/* The version 2026-03-10 has no return_run_details any more: it always does so. */
static bool check_members(struct call *call, const cJSON *body, struct error *err)
{
    JSON_EACH(member, body) {
        if (text_is(member->string, "ref") || text_is(member->string, "inputs") ||
            (!call->is_2026 && text_is(member->string, "return_run_details")))
            continue;
        return error_set(err, ERR_INVALID, "Invalid request.\n\n\"%.100s\" is not a permitted key.", member->string);
    }
    if (tree_get(body, "return_run_details") && !cJSON_IsBool(tree_get(body, "return_run_details")))
        return error_set(err, ERR_INVALID, "Invalid request.\n\n\"return_run_details\" is not a boolean.");
    if (!tree_text(body, "ref"))
        return error_set(err, ERR_INVALID, "Invalid request.\n\n\"ref\" wasn't supplied.");
    return true;
}

/* The branch or tag that `ref` names, without "refs/heads/" or "refs/tags/"; a sha is neither. */
static const char *find_ref(const struct repository *repository, const char *ref)
{
    struct str rest = str_of(ref);
    const cJSON *entry = NULL;

    if (str_take_prefix(&rest, "refs/heads/"))
        entry = repository_branch(repository, rest.at);
    else if (str_take_prefix(&rest, "refs/tags/"))
        entry = repository_tag(repository, rest.at);
    else
        entry =
            repository_branch(repository, ref) ? repository_branch(repository, ref) : repository_tag(repository, ref);
    return tree_text(entry, "name");
}

static bool check_dispatch(struct call *call, const cJSON *workflow, const cJSON *body, struct error *err)
{
    if (!check_members(call, body, err))
        return false;
    if (!find_ref(call->repository, tree_text(body, "ref")))
        return error_set(err, ERR_INVALID, "No ref found for: %.200s", tree_text(body, "ref"));
    if (!tree_true(workflow, "dispatch"))
        return error_set(err, ERR_INVALID, "Workflow does not have 'workflow_dispatch' trigger");
    if (tree_true(workflow, "disabled"))
        return error_set(err, ERR_INVALID, "Cannot trigger a 'workflow_dispatch' on a disabled workflow");
    return workflow_check_inputs(workflow, tree_get(body, "inputs"), err);
}

static int64_t start(struct call *call, const cJSON *workflow, const cJSON *body)
{
    const cJSON *run = run_start(call->github, call->repository, workflow,
                                 &(struct run_seed){ .event = "workflow_dispatch",
                                                     .ref = find_ref(call->repository, tree_text(body, "ref")),
                                                     .actor = call->caller.login,
                                                     .inputs = tree_get(body, "inputs"),
                                                     .now_ms = call->request->now_ms });

    return tree_int(run, "id", 0);
}

void workflow_dispatch(struct call *call)
{
    const cJSON *workflow = workflow_find(call->repository, call->params[0]);
    int64_t run_id = call->github->last_run_id + 1; /* of a run that is only pretended */
    AUTO_JSON cJSON *body = NULL;
    struct error err;
    bool wants_details = false;

    if (!workflow)
        return call_not_found(call);
    body = call_body(call);
    if (!body)
        return;
    if (!check_dispatch(call, workflow, body, &err))
        return call_refuse(call, 422, err.message);
    wants_details = call->is_2026 || tree_true(body, "return_run_details");
    if (!call->request->pretend) {
        run_id = start(call, workflow, body);
        call->reply->applied = true;
    }
    if (wants_details)
        return show_details(call, run_id);
    reply_text(call->reply, 204, NULL, "");
}
