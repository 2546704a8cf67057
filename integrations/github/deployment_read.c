#include "integrations/github/deployment_read.h"

#include "bot/base/time.h"
#include "bot/model/deployment.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"

#include <inttypes.h>
#include <string.h>

#define NAME_MAX_BYTES 255
#define STATUSES_MAX 100

struct looking {
    struct dialog dialog;
    const struct exchange *exchange;
    struct deployment_ask ask;
    const char *what;
};

/* NULL: looking->dialog.step is what to return. `path`: behind the repository's own. */
static const cJSON *read(struct looking *looking, const char *path)
{
    const struct http_answer *answer = dialog_ask(
        &looking->dialog, github_call(looking->exchange, "GET", looking->ask.repository, path, (struct str){ 0 }));

    if (!answer)
        return NULL;
    if (answer->status == 200)
        return github_json(looking->exchange, looking->what, answer, &looking->dialog.step);
    looking->dialog.step = github_refused(looking->exchange, looking->what, looking->ask.repository, answer);
    return NULL;
}

static const char *name_in(const cJSON *json, const char *path)
{
    const char *name = json_find_string(json, path);

    return name && name[0] && strlen(name) <= NAME_MAX_BYTES ? name : NULL;
}

/* False: the answer makes no sense. */
static bool decode(const struct looking *looking, const cJSON *json, struct deployment_now *ret)
{
    int64_t app = json_find_int(json, "performed_via_github_app.id", 0);
    const char *made = json_find_string(json, "created_at");
    struct error ignored;

    *ret = (struct deployment_now){
        .sha = json_find_string(json, "sha"),
        .ref = name_in(json, "ref"),
        .environment = name_in(json, "environment"),
        .task = name_in(json, "task"),
        .creator = name_in(json, "creator.login"),
        .operation = deployment_operation(json_find(json, "payload"), looking->exchange->arena),
        .app = app > 0 ? arena_printf(looking->exchange->arena, "%" PRId64, app) : NULL,
    };
    return json_find_int(json, "id", 0) == looking->ask.deployment && github_is_sha(ret->sha) && ret->ref &&
           ret->environment && ret->task && made && time_parse(str_of(made), &ret->created_at_ms, &ignored) &&
           ret->created_at_ms > 0;
}

static const char *newest_state(const cJSON *statuses)
{
    const char *state = NULL;
    int64_t newest = 0;

    JSON_EACH(status, statuses) {
        int64_t id = json_find_int(status, "id", 0);

        if (id > newest) {
            newest = id;
            state = name_in(status, "state");
        }
    }
    return state;
}

struct exchange_step github_deployment_read(const struct exchange *exchange)
{
    struct looking looking = { .dialog = DIALOG(exchange), .exchange = exchange };
    struct deployment_now now;
    const cJSON *json;
    const char *path;
    struct error err;

    if (!shape_from_json(&deployment_ask_shape, exchange->args, exchange->arena, &looking.ask, &err))
        return exchange_never(exchange, "GitHub: %s", err.message);
    if (!github_repository_is_valid(str_of(looking.ask.repository)) || looking.ask.deployment <= 0)
        return exchange_never(exchange, "GitHub: %" PRId64 " in `%.100s` is no deployment", looking.ask.deployment,
                              looking.ask.repository);
    looking.what = arena_printf(exchange->arena, "deployment %" PRId64 " in %.140s", looking.ask.deployment,
                                looking.ask.repository);
    path = arena_printf(exchange->arena, "/deployments/%" PRId64, looking.ask.deployment);
    json = read(&looking, path);
    if (!json)
        return looking.dialog.step;
    if (!decode(&looking, json, &now))
        return exchange_again(exchange, "GitHub's answer about the %s made no sense", looking.what);
    json = read(&looking, arena_printf(exchange->arena, "%s/statuses?per_page=%d", path, STATUSES_MAX));
    if (!json)
        return looking.dialog.step;
    if (!cJSON_IsArray(json))
        return exchange_again(exchange, "GitHub's answer about the %s made no sense: no statuses", looking.what);
    now.state = newest_state(json);
    json = read(&looking, "");
    if (!json)
        return looking.dialog.step;
    now.default_branch = name_in(json, "default_branch");
    if (!now.default_branch)
        return exchange_again(exchange, "GitHub's answer about %s made no sense: no default branch",
                              looking.ask.repository);
    return exchange_done(exchange, shape_to_json(&deployment_now_shape, &now, SHAPE_WHOLE));
}
