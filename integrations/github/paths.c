#include "integrations/github/paths.h"

#include "bot/model/paths.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"

#include <string.h>

#define FILES_MAX 300      /* of which GitHub tells in one comparison */
#define PATH_MAX_BYTES 500 /* longer ones are not judged */

static struct exchange_step done(const struct exchange *exchange, const struct paths_read *read)
{
    return exchange_done(exchange, shape_to_json(&paths_read_shape, read, SHAPE_WHOLE));
}

static struct exchange_step unknown(const struct exchange *exchange, const struct paths_ask *ask, const char *relation,
                                    const char *why)
{
    struct paths_read read = { .relation = relation, .unknown = why };

    for (size_t i = 0; i < ask->groups_count; i++)
        *ARENA_PUSH(exchange->arena, read.touched, read.touched_count) = ask->groups[i].name;
    return done(exchange, &read);
}

static const char *relation_of(const cJSON *json)
{
    static const char *const relations[] = { "ahead", "behind", "identical", "diverged" };
    const char *status = json_find_string(json, "status");

    for (size_t i = 0; status && i < ARRAY_LEN(relations); i++)
        if (strcmp(relations[i], status) == 0)
            return relations[i];
    return NULL;
}

static bool is_judged(const char *path)
{
    return path && path[0] && strlen(path) <= PATH_MAX_BYTES;
}

/* NULL: all of them are there to be judged. */
static const char *fault_of(const cJSON *files, const char *relation)
{
    if (!relation || strcmp(relation, "behind") == 0 || strcmp(relation, "diverged") == 0)
        return "what shall serve does not simply follow what serves"; /* and GitHub lists what came since they parted */
    if (cJSON_GetArraySize(files) >= FILES_MAX)
        return "more files are changed than GitHub lists";
    JSON_EACH(file, files) {
        const cJSON *previous = json_find(file, "previous_filename");

        if (!is_judged(json_find_string(file, "filename")) ||
            (previous && !cJSON_IsNull(previous) && !is_judged(json_find_string(file, "previous_filename"))))
            return "the name of a changed file is missing, or too long to be judged";
    }
    return NULL;
}

static bool is_touched_by(const struct paths_group *group, const char *path)
{
    for (size_t i = 0; path && i < group->paths_count; i++)
        if (path_matches(group->paths[i], str_of(path)))
            return true;
    return false;
}

static bool is_touched(const struct paths_group *group, const cJSON *files)
{
    JSON_EACH(file, files) {
        if (is_touched_by(group, json_find_string(file, "filename")) ||
            is_touched_by(group, json_find_string(file, "previous_filename")))
            return true;
    }
    return false;
}

static struct exchange_step judge(const struct exchange *exchange, const struct paths_ask *ask, const char *what,
                                  const cJSON *json)
{
    const cJSON *files = json_find(json, "files");
    struct paths_read read = { .relation = relation_of(json) };
    const char *fault;

    if (!cJSON_IsArray(files))
        return exchange_again(exchange, "GitHub's answer about %s made no sense: no files", what);
    fault = fault_of(files, read.relation);
    if (fault)
        return unknown(exchange, ask, read.relation, fault);
    for (size_t i = 0; i < ask->groups_count; i++)
        if (is_touched(&ask->groups[i], files))
            *ARENA_PUSH(exchange->arena, read.touched, read.touched_count) = ask->groups[i].name;
    return done(exchange, &read);
}

/* False: *ret_step is the end. */
static bool read_ask(const struct exchange *exchange, struct paths_ask *ask, struct exchange_step *ret_step)
{
    struct error err;

    if (!shape_from_json(&paths_ask_shape, exchange->args, exchange->arena, ask, &err))
        *ret_step = exchange_never(exchange, "GitHub: %s", err.message);
    else if (!github_repository_is_valid(str_of(ask->repository)))
        *ret_step =
            exchange_never(exchange, "GitHub: `%.100s` is no repository such as acme/platform", ask->repository);
    else if (!github_is_sha(ask->base) || !github_is_sha(ask->head))
        *ret_step = exchange_never(exchange, "GitHub: two commits' whole shas were expected");
    else
        return true;
    return false;
}

struct exchange_step github_paths_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct paths_ask ask;
    const char *what;
    const cJSON *json;

    if (!read_ask(exchange, &ask, &dialog.step))
        return dialog.step;
    if (strcmp(ask.base, ask.head) == 0)
        return done(exchange, &(struct paths_read){ .relation = "identical" });
    what = arena_printf(exchange->arena, "comparison of %.12s with %.12s in %s", ask.base, ask.head, ask.repository);
    answer = dialog_ask(&dialog,
                        github_call(exchange, "GET", ask.repository,
                                    arena_printf(exchange->arena, "/compare/%s...%s?per_page=1", ask.base, ask.head),
                                    (struct str){ 0 }));
    if (!answer)
        return dialog.step;
    if (answer->status == 404)
        return unknown(exchange, &ask, NULL, "GitHub cannot compare the two commits");
    if (answer->is_too_large)
        return unknown(exchange, &ask, NULL, "more is changed than GitHub's comparison can tell");
    if (answer->status != 200)
        return github_refused(exchange, what, ask.repository, answer);
    json = github_json(exchange, what, answer, &dialog.step);
    return json ? judge(exchange, &ask, what, json) : dialog.step;
}
