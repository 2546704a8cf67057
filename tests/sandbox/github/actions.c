#include "github/actions.h"

#include "github/happenings.h"

#include <stdio.h>
#include <string.h>

#define RUNS_KEPT_MAX 2000
#define TAKES_MAX_MS (24 * 3600 * 1000)
#define EXPRESSION_MAX_BYTES 4096

static const char *const conclusions[] = { "success",   "failure",         "cancelled", "skipped",        "neutral",
                                           "timed_out", "action_required", "stale",     "startup_failure" };

/* clang-format off */
static const struct {
    const char *name;
    int64_t otherwise;
} times[] = {
    { "appear_ms", 300 }, /* from the dispatch to its run in the lists */
    { "queue_ms",  300 },
    { "run_ms",   1500 },
    { "cancel_ms", 200 }, /* from "cancel" to its end */
};
/* clang-format on */

static bool is_conclusion(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(conclusions); i++) {
        if (text_is(text, conclusions[i]))
            return true;
    }
    return false;
}

/* ---- workflows ---- */

static cJSON *add_workflow(struct github *github, struct repository *repository, const char *file)
{
    cJSON *workflow = json_add(repository->workflows, json_object());
    cJSON *steps = NULL;

    json_set_int(workflow, "id", ++github->last_workflow_id);
    json_set_string(workflow, "file", file);
    json_set_string(workflow, "name", file);
    json_set_bool(workflow, "dispatch", true);
    json_set_bool(workflow, "disabled", false);
    json_set(workflow, "inputs", json_object());
    steps = json_set(workflow, "steps", json_array());
    json_add_string(steps, "Set up job");
    json_add_string(steps, "Check out");
    json_add_string(steps, "Deploy");
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        json_set_int(workflow, times[i].name, times[i].otherwise);
    json_set_string(workflow, "conclusion", "success");
    return workflow;
}

static bool check_workflow(const cJSON *wanted, struct error *err)
{
    const cJSON *steps = tree_get(wanted, "steps");

    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        int64_t takes_ms = tree_int(wanted, times[i].name, -1);

        if (tree_get(wanted, times[i].name) && (takes_ms < 0 || takes_ms > TAKES_MAX_MS))
            return error_set(err, ERR_INVALID, "'%s' is a number of milliseconds, a day at most", times[i].name);
    }
    if (tree_get(wanted, "conclusion") && !is_conclusion(tree_text(wanted, "conclusion")))
        return error_set(err, ERR_INVALID, "'conclusion' is one of GitHub's, such as success or failure");
    if (tree_get(wanted, "inputs") && !cJSON_IsObject(tree_get(wanted, "inputs")))
        return error_set(err, ERR_INVALID, "'inputs' is an object of {required, default, type, options}");
    if (steps && (!cJSON_IsArray(steps) || !steps->child))
        return error_set(err, ERR_INVALID, "'steps' is a list of names");
    return true;
}

bool workflow_set(struct github *github, struct repository *repository, const cJSON *wanted, struct error *err)
{
    static const char *const members[] = {
        "name", "dispatch", "disabled", "inputs", "run_name", "steps", "conclusion"
    };
    const char *file = tree_text(wanted, "file");
    cJSON *workflow = workflow_find(repository, file);

    if (!file || strchr(file, '/'))
        return error_set(err, ERR_INVALID, "'file' is a file's name, such as deploy.yml");
    if (!check_workflow(wanted, err))
        return false;
    workflow = workflow ? workflow : add_workflow(github, repository, file);
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        tree_copy(workflow, wanted, members[i]);
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        tree_copy(workflow, wanted, times[i].name);
    return true;
}

static cJSON *find_by_id(const cJSON *list, const char *id)
{
    int64_t number = 0;
    struct error err;
    cJSON *item = NULL;

    if (!parse_int(str_of(id), 1, INT64_C(1) << 53, &number, &err))
        return NULL;
    cJSON_ArrayForEach(item, list) {
        if (tree_int(item, "id", 0) == number)
            return item;
    }
    return NULL;
}

cJSON *workflow_find(const struct repository *repository, const char *file_or_id)
{
    cJSON *found = tree_find(repository->workflows, "file", file_or_id);

    return found ? found : find_by_id(repository->workflows, file_or_id);
}

/* ---- inputs ---- */

static bool is_option(const cJSON *options, const char *value)
{
    JSON_EACH(option, options) {
        if (text_is(cJSON_GetStringValue(option), value))
            return true;
    }
    return false;
}

static bool check_input(const cJSON *declared, const cJSON *given, struct error *err)
{
    const char *value = cJSON_GetStringValue(given);

    if (!value && tree_true(declared, "required") && !tree_text(declared, "default"))
        return error_set(err, ERR_INVALID, "Required input '%.100s' not provided", declared->string);
    if (value && tree_has_text(declared, "type", "choice") && !is_option(tree_get(declared, "options"), value))
        return error_set(err, ERR_INVALID, "Provided value '%.60s' for input '%.60s' not in the list of allowed values",
                         value, declared->string);
    if (value && tree_has_text(declared, "type", "boolean") && !text_is(value, "true") && !text_is(value, "false"))
        return error_set(err, ERR_INVALID, "Provided value '%.60s' for input '%.60s' is not a boolean", value,
                         declared->string);
    return true;
}

/* All of them in one sentence, as a JSON list. */
static bool check_unexpected(const cJSON *declared, const cJSON *inputs, struct error *err)
{
    AUTO_JSON cJSON *strangers = json_array();

    JSON_EACH(given, inputs) {
        if (!tree_get(declared, given->string))
            json_add_string(strangers, given->string);
    }
    if (!strangers->child)
        return true;
    AUTO_FREE char *names = json_print(strangers);
    return error_set(err, ERR_INVALID, "Unexpected inputs provided: %.200s", names);
}

bool workflow_check_inputs(const cJSON *workflow, const cJSON *inputs, struct error *err)
{
    const cJSON *declared = tree_get(workflow, "inputs");
    size_t chars = 0;

    if (inputs && !cJSON_IsObject(inputs))
        return error_set(err, ERR_INVALID, "Invalid request.\n\nFor 'links/1/schema', 'inputs' is not an object.");
    if (cJSON_GetArraySize(inputs) > INPUTS_MAX)
        return error_set(err, ERR_INVALID, "Invalid request.\n\nFor 'inputs', more than %d properties.", INPUTS_MAX);
    JSON_EACH(given, inputs) {
        if (!cJSON_IsString(given))
            return error_set(err, ERR_INVALID, "Invalid request.\n\nFor 'properties/%.60s', it is not a string.",
                             given->string);
        chars += text_chars(given->string) + text_chars(given->valuestring);
    }
    if (chars > INPUTS_MAX_CHARS)
        return error_set(err, ERR_INVALID, "inputs are too large.");
    if (!check_unexpected(declared, inputs, err))
        return false;
    JSON_EACH(input, declared) {
        if (!check_input(input, tree_get(inputs, input->string), err))
            return false;
    }
    return true;
}

static cJSON *fill_inputs(const cJSON *workflow, const cJSON *given)
{
    cJSON *inputs = json_object();

    JSON_EACH(declared, tree_get(workflow, "inputs")) {
        json_set_string(inputs, declared->string,
                        tree_text_or(given, declared->string, tree_text_or(declared, "default", "")));
    }
    return inputs;
}

/* What ${{ EXPRESSION }} stands for in a run-name; anything else is nothing, as in a workflow. */
static const char *evaluate(struct str expression, const cJSON *inputs, const struct run_seed *seed)
{
    AUTO_FREE char *name = NULL;

    if (str_is(expression, "github.actor"))
        return seed->actor;
    if (str_is(expression, "github.ref_name"))
        return seed->ref;
    if (!str_take_prefix(&expression, "inputs.") && !str_take_prefix(&expression, "github.event.inputs."))
        return "";
    name = str_copy(expression);
    return tree_text_or(inputs, name, "");
}

static char *make_title(const cJSON *workflow, const cJSON *inputs, const struct run_seed *seed)
{
    const char *at = tree_text(workflow, "run_name");
    AUTO_BUF struct buf title = BUF(EXPRESSION_MAX_BYTES);

    while (at && *at) {
        const char *begin = strstr(at, "${{"), *end = begin ? strstr(begin, "}}") : NULL;

        buf_add(&title, at, end ? (size_t)(begin - at) : strlen(at));
        if (!end)
            break;
        buf_puts(&title, evaluate(str_trim((struct str){ begin + 3, (size_t)(end - begin - 3) }), inputs, seed));
        at = end + 2;
    }
    if (str_is_empty(str_trim(buf_str(&title))))
        return xstrdup(tree_text(workflow, "name"));
    return buf_take(&title);
}

/* ---- runs ---- */

static void plan(cJSON *run, const cJSON *workflow, int64_t start_ms)
{
    json_set_int(run, "starts_at_ms", start_ms + tree_int(workflow, "queue_ms", 0));
    json_set_int(run, "ends_at_ms", tree_int(run, "starts_at_ms", 0) + tree_int(workflow, "run_ms", 0));
    json_set_int(run, "planned_ms", tree_int(workflow, "run_ms", 0));
    json_set_string(run, "status", "queued");
    json_set_string(run, "outcome", tree_text(workflow, "conclusion"));
    tree_set_text(run, "conclusion", NULL);
}

static int64_t count_runs(const struct repository *repository, const char *file)
{
    int64_t count = 0;

    JSON_EACH(run, repository->runs) {
        count += tree_has_text(run, "file", file);
    }
    return count;
}

const cJSON *run_start(struct github *github, struct repository *repository, const cJSON *workflow,
                       const struct run_seed *seed)
{
    cJSON *run = json_object();
    cJSON *inputs = json_set(run, "inputs", fill_inputs(workflow, seed->inputs));
    AUTO_FREE char *title = make_title(workflow, inputs, seed);
    const char *file = tree_text(workflow, "file");

    github->last_run_id += 1013; /* everybody else's runs come in between */
    json_set_int(run, "id", github->last_run_id);
    json_set_string(run, "file", file);
    json_set_int(run, "workflow_id", tree_int(workflow, "id", 0));
    json_set_string(run, "name", tree_text(workflow, "run_name") ? title : tree_text(workflow, "name"));
    json_set_string(run, "display_title", title);
    json_set_string(run, "event", seed->event);
    json_set_string(run, "head_branch", seed->ref);
    json_set_string(run, "head_sha", tree_text(repository_resolve(repository, seed->ref), "sha"));
    json_set_string(run, "actor", seed->actor);
    json_set_int(run, "run_number", count_runs(repository, file) + 1);
    json_set_int(run, "run_attempt", 1);
    json_set_int(run, "created_at_ms", seed->now_ms);
    json_set_int(run, "appears_at_ms", seed->now_ms + tree_int(workflow, "appear_ms", 0));
    json_set_int(run, "updated_at_ms", seed->now_ms);
    json_set(run, "steps", json_copy(tree_get(workflow, "steps")));
    plan(run, workflow, tree_int(run, "appears_at_ms", 0));
    json_add(repository->runs, run);
    tree_keep_last(repository->runs, RUNS_KEPT_MAX);
    told_run(github, repository, run, "requested", seed->now_ms);
    return run;
}

cJSON *run_find_by_id(const struct repository *repository, const char *id)
{
    return find_by_id(repository->runs, id);
}

void run_cancel(const struct repository *repository, cJSON *run, int64_t now_ms)
{
    const cJSON *workflow = workflow_find(repository, tree_text(run, "file"));
    int64_t end_ms = now_ms + tree_int(workflow, "cancel_ms", 0);

    json_set_string(run, "outcome", "cancelled");
    if (end_ms < tree_int(run, "ends_at_ms", 0))
        json_set_int(run, "ends_at_ms", end_ms);
    json_set_int(run, "updated_at_ms", now_ms);
}

void run_again(struct github *github, struct repository *repository, cJSON *run, int64_t now_ms)
{
    json_set_int(run, "run_attempt", tree_int(run, "run_attempt", 1) + 1);
    json_set_int(run, "updated_at_ms", now_ms);
    plan(run, workflow_find(repository, tree_text(run, "file")), now_ms);
    told_run(github, repository, run, "requested", now_ms);
}

static const char *status_at(const cJSON *run, int64_t now_ms)
{
    if (now_ms >= tree_int(run, "ends_at_ms", 0))
        return "completed";
    return now_ms >= tree_int(run, "starts_at_ms", 0) ? "in_progress" : "queued";
}

bool runs_advance(struct github *github, struct repository *repository, int64_t now_ms)
{
    bool happened = false;
    cJSON *run = NULL;

    cJSON_ArrayForEach(run, repository->runs) {
        const char *status = status_at(run, now_ms);

        if (tree_has_text(run, "status", "completed") || tree_has_text(run, "status", status))
            continue;
        json_set_string(run, "status", status);
        json_set_int(run, "updated_at_ms", now_ms);
        if (text_is(status, "completed"))
            json_set_string(run, "conclusion", tree_text(run, "outcome"));
        if (!text_is(status, "queued"))
            told_run(github, repository, run, status, now_ms);
        happened = true;
    }
    return happened;
}
