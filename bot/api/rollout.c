#include "bot/api/rollout.h"

#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/deploying.h"

#include <string.h>

static const char *const strategy_names[] = {
    [STRATEGY_ALL_AT_ONCE] = "all-at-once", [STRATEGY_CANARY] = "canary", [STRATEGY_BLUE_GREEN] = "blue-green"
};
static const char *const verdict_names[] = { [JUDGE_NONE] = "none",
                                             [JUDGE_WAIT] = "wait",
                                             [JUDGE_PASS] = "pass",
                                             [JUDGE_FAIL] = "fail",
                                             [JUDGE_INCONCLUSIVE] = "inconclusive" };

static void set_value(cJSON *json, const char *name, struct measure_value value)
{
    if (value.is_known)
        json_set_double(json, name, value.value);
    else
        json_set(json, name, cJSON_CreateNull());
}

static void set_limit(cJSON *json, const char *name, double limit)
{
    set_value(json, name, (struct measure_value){ limit > 0, limit });
}

static cJSON *revision_figures(const struct measured_revision *found)
{
    bool are_known = found->requests.is_known && found->errors.is_known && found->requests.value > 0;
    cJSON *json = json_object();

    set_value(json, "requests", found->requests);
    set_value(json, "errors", found->errors);
    set_value(json, "error_rate",
              (struct measure_value){ are_known, are_known ? found->errors.value / found->requests.value : 0 });
    set_value(json, "p50_ms", (struct measure_value){ found->p50_s.is_known, found->p50_s.value * 1000 });
    set_value(json, "p95_ms", (struct measure_value){ found->p95_s.is_known, found->p95_s.value * 1000 });
    return json;
}

static cJSON *figures(const struct deploy_body *body)
{
    cJSON *json = json_object();

    api_set_unix(json, "at", body->measured.at_ms);
    json_set_int(json, "step", body->step);
    json_set_int(json, "percent", deploy_step_percent(body));
    json_set_string(json, "verdict", verdict_names[body->verdict]);
    json_set(json, "canary", revision_figures(&body->measured.canary));
    json_set(json, "baseline", revision_figures(&body->measured.baseline));
    return json;
}

static cJSON *plan(const struct deploy_body *body)
{
    cJSON *list = json_array();

    for (size_t i = 0; i < body->steps_count; i++) {
        cJSON *step = json_add(list, json_object());

        json_set_int(step, "percent", body->steps[i].percent);
        json_set_int(step, "bake_ms", body->steps[i].bake_ms);
    }
    return list;
}

static cJSON *limits(const struct deploy_limits *limits)
{
    cJSON *json = json_object();

    json_set_bool(json, "judged", limits->is_judged);
    set_limit(json, "error_rate", limits->error_rate);
    set_limit(json, "errors_vs_baseline", limits->errors_vs_baseline);
    set_limit(json, "latency_p95_ms", (double)limits->latency_p95_ms);
    set_limit(json, "latency_vs_baseline", limits->latency_vs_baseline);
    return json;
}

static bool is_known(int64_t value, size_t count)
{
    return value >= 0 && (size_t)value < count;
}

static int64_t bake_of(const struct deploy_body *body)
{
    if (!is_known(body->step, body->steps_count))
        return 0;
    return (size_t)body->step + 1 == body->steps_count ? body->watch_ms : body->steps[body->step].bake_ms;
}

static void add_progress(const struct api_call *call, const struct operation *operation, const struct deploy_body *body,
                         cJSON *json)
{
    json_set_int(json, "step", body->step);
    json_set_int(json, "percent", body->steps_count ? deploy_percent(body) : 0);
    json_set_int(json, "observed_ms", body->observed_ms);
    json_set_int(json, "bake_ms", bake_of(body));
    json_set_bool(json, "watching", strcmp(operation->state, "watching") == 0);
    json_set_bool(json, "paused", body->is_paused);
    api_set_plain(call, json, "held", body->held);
    api_set_time(call, json, "held_until", body->held_until_ms);
    api_set_plain(call, json, "returning", body->returning);
}

cJSON *api_rollout(const struct api_call *call, const struct operation *operation)
{
    struct deploy_body body;
    struct error ignored;
    cJSON *json, *verdict;

    if (strcmp(operation->kind, machine_deploy.kind) != 0 || operation->schema != machine_deploy.schema ||
        !operation->body || !shape_from_json(machine_deploy.body, operation->body, call->arena, &body, &ignored))
        return cJSON_CreateNull();
    json = json_object();
    json_set_string(json, "strategy",
                    is_known(body.strategy, ARRAY_LEN(strategy_names)) ? strategy_names[body.strategy] : NULL);
    json_set_string(json, "driver", body.program ? "program" : body.workflow ? "github_actions" : "cloud_run");
    json_set(json, "plan", plan(&body));
    json_set_int(json, "watch_ms", body.watch_ms);
    add_progress(call, operation, &body, json);
    api_set_text(json, "image", body.image);
    api_set_text(json, "revision", body.revision);
    api_set_text(json, "previous", body.previous);
    json_set(json, "limits", limits(&body.limits));
    verdict = json_set(json, "verdict", json_object());
    json_set_string(verdict, "is",
                    is_known(body.verdict, ARRAY_LEN(verdict_names)) ? verdict_names[body.verdict] : "none");
    api_set_plain(call, verdict, "why", body.verdict_why);
    json_set(json, "measured", body.measured.at_ms ? figures(&body) : cJSON_CreateNull());
    return json;
}
