#include "integrations/github/deployment.h"

#include "bot/base/time.h"
#include "bot/model/deployment.h"
#include "bot/model/plant.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"
#include "integrations/url.h"

#include <inttypes.h>
#include <string.h>

#define PER_PAGE 100
#define PAGES_MAX 3
#define APPEARS_AFTER_MS (10 * SECOND_MS) /* in the lists, after it was made */
#define MISSED_AFTER_MS (2 * MINUTE_MS)   /* its making stood before the status, and has ended: it failed then */
#define DESCRIPTION_MAX_BYTES 140         /* GitHub counts characters: so many bytes are never more */
#define ENVIRONMENT_MAX_BYTES 255

static bool is_text(const char *text, size_t max_bytes)
{
    return text && text[0] && strlen(text) <= max_bytes;
}

/* Of one whose number is known nothing else has to be. */
static bool is_good(const struct deployment *of)
{
    bool is_findable = github_is_sha(of->sha) && is_text(of->environment, ENVIRONMENT_MAX_BYTES) &&
                       is_text(of->task, ENVIRONMENT_MAX_BYTES) && is_text(of->operation, ENVIRONMENT_MAX_BYTES);

    return github_repository_is_valid(str_of(of->repository)) && of->deployment >= 0 &&
           (of->deployment > 0 || is_findable);
}

static struct exchange_step not_good(const struct exchange *exchange, const struct deployment *of)
{
    return exchange_never(exchange,
                          "GitHub: a deployment of a whole commit's sha in a repository such as acme/platform "
                          "was expected, not of `%.100s` in `%.100s`",
                          of->sha ? of->sha : "", of->repository);
}

static const char *what_of(const struct exchange *exchange, const struct deployment *of)
{
    return of->deployment > 0
               ? arena_printf(exchange->arena, "deployment %" PRId64 " in %.140s", of->deployment, of->repository)
               : arena_printf(exchange->arena, "deployment of %.12s to %.100s in %.140s", of->sha, of->environment,
                              of->repository);
}

static const char *cut(const struct exchange *exchange, const char *words)
{
    AUTO_FREE char *whole = utf8_repair(str_of(words)); /* GitHub gives it back so, and it is compared */
    size_t len = strlen(whole);

    if (len > DESCRIPTION_MAX_BYTES) {
        len = DESCRIPTION_MAX_BYTES;
        while (len > 0 && ((unsigned char)whole[len] & 0xC0) == 0x80) /* not within a character */
            len--;
    }
    return arena_copy(exchange->arena, (struct str){ whole, len });
}

/* Nothing tells whether it was made: it is looked for, but not before it can be found. */
static struct exchange_step refused(const struct exchange *exchange, const struct deployment *of,
                                    const struct http_answer *answer)
{
    struct exchange_step step = github_refused(exchange, what_of(exchange, of), of->repository, answer);

    if (step.next == NEXT_AGAIN && (answer->status == 0 || answer->status >= 500) && step.after_ms < APPEARS_AFTER_MS)
        step.after_ms = APPEARS_AFTER_MS;
    return step;
}

/* The id of what was made, in `name`; an answer without one is looked for. */
static struct exchange_step made(const struct exchange *exchange, const struct deployment *of,
                                 const struct http_answer *answer, const char *name)
{
    struct exchange_step step;
    const cJSON *json = github_json(exchange, what_of(exchange, of), answer, &step);
    struct error ignored;
    cJSON *result;
    int64_t id;

    if (!json || !json_get_int(json, "id", &id, &ignored) || id <= 0) {
        step = exchange_again(exchange, "GitHub's answer about the %s made no sense: no id", what_of(exchange, of));
        step.after_ms = APPEARS_AFTER_MS;
        return step;
    }
    result = json_object();
    json_set_int(result, name, id);
    return exchange_done(exchange, result);
}

/* ---- looking for it ---- */

static const char *first_page(const struct exchange *exchange, const struct deployment *of)
{
    AUTO_BUF struct buf path = BUF(URL_MAX_BYTES);

    buf_addf(&path, "/deployments?sha=%s&environment=", of->sha);
    url_add_encoded(&path, str_of(of->environment));
    buf_puts(&path, "&task=");
    url_add_encoded(&path, str_of(of->task));
    buf_addf(&path, "&per_page=%d", PER_PAGE);
    return arena_copy(exchange->arena, buf_str(&path));
}

static int64_t find_in(const struct exchange *exchange, const cJSON *page, const struct deployment *of)
{
    JSON_EACH(item, page) {
        const char *operation = deployment_operation(json_find(item, "payload"), exchange->arena);
        int64_t id = json_find_int(item, "id", 0);

        if (operation && strcmp(operation, of->operation) == 0 && id > 0)
            return id;
    }
    return 0;
}

/* *ret_id 0: there is none. False: dialog->step is what to return. */
static bool find(struct dialog *dialog, const struct deployment *of, int64_t *ret_id)
{
    const struct exchange *exchange = dialog->exchange;
    struct http_call call = github_call(exchange, "GET", of->repository, first_page(exchange, of), (struct str){ 0 });

    *ret_id = 0;
    for (size_t page = 0; call.url && page < PAGES_MAX; page++) {
        const struct http_answer *answer = dialog_ask(dialog, call);
        const cJSON *json;

        if (!answer)
            return false;
        if (answer->status != 200) {
            dialog->step = github_refused(exchange, what_of(exchange, of), of->repository, answer);
            return false;
        }
        json = github_json(exchange, what_of(exchange, of), answer, &dialog->step);
        if (!json)
            return false;
        *ret_id = find_in(exchange, json, of);
        if (*ret_id > 0)
            return true;
        call.url = github_next_page(exchange, call.url, answer, NULL);
    }
    if (call.url)
        dialog->step = exchange_never(exchange,
                                      "GitHub shows more than %d deployments such as the %s, and ours is not "
                                      "among them",
                                      PAGES_MAX * PER_PAGE, what_of(exchange, of));
    return !call.url;
}

/* ---- a deployment ---- */

static struct str deployment_body(const struct exchange *exchange, const struct deployment_made *args)
{
    AUTO_JSON cJSON *body = json_object();
    cJSON *payload;

    json_set_string(body, "ref", args->of.sha);
    json_set_string(body, "task", args->of.task);
    json_set_bool(body, "auto_merge", false);
    json_set(body, "required_contexts", json_array());
    payload = json_set(body, "payload", json_object());
    json_set_string(payload, DEPLOYMENT_PAYLOAD, args->of.operation);
    json_set_string(payload, "operation", args->name);
    json_set_string(payload, "service", args->service);
    json_set_string(payload, "version", args->version);
    json_set_string(body, "environment", args->of.environment);
    json_set_string(
        body, "description",
        cut(exchange, arena_printf(exchange->arena, "%s: %s %s", args->name, args->service, args->version)));
    return str_of(json_print_in(exchange->arena, body));
}

static struct exchange_step deployment_answered(const struct exchange *exchange, const struct deployment *of,
                                                const struct http_answer *answer)
{
    if (answer->status == 201)
        return made(exchange, of, answer, "deployment");
    if (answer->status == 202)
        return exchange_never(exchange, "GitHub made no %s: it merged a branch instead, which it was asked not to do",
                              what_of(exchange, of));
    return refused(exchange, of, answer);
}

static struct exchange_step found(const struct exchange *exchange, int64_t id)
{
    cJSON *result = json_object();

    json_set_int(result, "deployment", id);
    return exchange_done(exchange, result);
}

struct exchange_step github_deployment_make(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct deployment_made args;
    struct error err;
    int64_t id = 0;

    if (!shape_from_json(&deployment_made_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "GitHub: %s", err.message);
    if (args.of.deployment != 0 || !is_good(&args.of))
        return not_good(exchange, &args.of);
    if (!exchange->is_first_try && !PLANTED(DEPLOYMENT_TWICE) && !find(&dialog, &args.of, &id))
        return dialog.step;
    if (id > 0)
        return found(exchange, id);
    answer = dialog_ask(
        &dialog, github_call(exchange, "POST", args.of.repository, "/deployments", deployment_body(exchange, &args)));
    return answer ? deployment_answered(exchange, &args.of, answer) : dialog.step;
}

/* ---- a status ---- */

static const char *statuses_path(const struct exchange *exchange, int64_t deployment, const char *rest)
{
    return arena_printf(exchange->arena, "/deployments/%" PRId64 "/statuses%s", deployment, rest);
}

/* What made it stood before this in the lane, and has ended, maybe only now: it shows soon, or was never made. */
static struct exchange_step missing(const struct exchange *exchange, const struct deployment_status_made *args)
{
    struct exchange_step step;

    if (!exchange->is_untried && !exchange->is_first_try && exchange->unix_ms - args->asked_at_ms >= MISSED_AFTER_MS)
        return exchange_never(exchange, "GitHub shows no %s that is ours, so it cannot be told how it goes",
                              what_of(exchange, &args->of));
    step = exchange_again(exchange, "GitHub does not show the %s yet", what_of(exchange, &args->of));
    step.after_ms = APPEARS_AFTER_MS;
    return step;
}

static bool is_told(const cJSON *status, const struct deployment_status_made *args, const char *description)
{
    const char *state = json_find_string(status, "state"), *words = json_find_string(status, "description");

    return state && words && strcmp(state, args->state) == 0 && strcmp(words, description) == 0;
}

/* True: *ret_told is the status' id, or 0. False: dialog->step is what to return. */
static bool find_status(struct dialog *dialog, const struct deployment_status_made *args, const char *description,
                        int64_t *ret_told)
{
    const struct exchange *exchange = dialog->exchange;
    const char *what = what_of(exchange, &args->of);
    const struct http_answer *answer =
        dialog_ask(dialog, github_call(exchange, "GET", args->of.repository,
                                       statuses_path(exchange, args->of.deployment,
                                                     arena_printf(exchange->arena, "?per_page=%d", PER_PAGE)),
                                       (struct str){ 0 }));
    const cJSON *json;

    *ret_told = 0;
    if (!answer)
        return false;
    if (answer->status != 200) {
        dialog->step = github_refused(exchange, what, args->of.repository, answer);
        return false;
    }
    json = github_json(exchange, what, answer, &dialog->step);
    JSON_EACH(status, json) {
        if (is_told(status, args, description) && json_find_int(status, "id", 0) > 0)
            *ret_told = json_find_int(status, "id", 0);
    }
    return json != NULL;
}

static struct str status_body(const struct exchange *exchange, const struct deployment_status_made *args,
                              const char *description)
{
    AUTO_JSON cJSON *body = json_object();

    json_set_string(body, "state", args->state);
    json_set_string(body, "description", description);
    json_set_string(body, "environment_url", github_page(args->environment_url));
    json_set_string(body, "log_url", github_page(args->log_url));
    json_set_bool(body, "auto_inactive", false);
    return str_of(json_print_in(exchange->arena, body));
}

static struct exchange_step told_already(const struct exchange *exchange, int64_t id)
{
    cJSON *result = json_object();

    json_set_int(result, "status", id);
    return exchange_done(exchange, result);
}

static struct exchange_step tell(struct dialog *dialog, const struct deployment_status_made *args)
{
    const struct exchange *exchange = dialog->exchange;
    const char *description = cut(exchange, args->description);
    const struct http_answer *answer;
    int64_t told = 0;

    if (!exchange->is_first_try && !find_status(dialog, args, description, &told))
        return dialog->step;
    if (told > 0)
        return told_already(exchange, told);
    answer = dialog_ask(dialog, github_call(exchange, "POST", args->of.repository,
                                            statuses_path(exchange, args->of.deployment, ""),
                                            status_body(exchange, args, description)));
    if (!answer)
        return dialog->step;
    return answer->status == 201 ? made(exchange, &args->of, answer, "status") : refused(exchange, &args->of, answer);
}

struct exchange_step github_deployment_status_make(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct deployment_status_made args;
    struct error err;

    if (!shape_from_json(&deployment_status_made_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "GitHub: %s", err.message);
    if (!is_good(&args.of))
        return not_good(exchange, &args.of);
    if (args.of.deployment == 0) {
        if (!find(&dialog, &args.of, &args.of.deployment))
            return dialog.step;
        if (args.of.deployment == 0)
            return missing(exchange, &args);
    }
    return tell(&dialog, &args);
}
