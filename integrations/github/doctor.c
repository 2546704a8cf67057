#include "integrations/github/doctor.h"

#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"
#include "integrations/url.h"

#include <inttypes.h>
#include <string.h>

#define OUR_PATH "/github/webhook"
#define HOOKS_MAX 5 /* of one repository, that lead to us */
#define MEND_APP "give the GitHub App that permission, and accept it where it is installed"

static const struct shape_field ask_rows[] = {
    ROW_STRING(github_doctor_ask, repository, .flags = SHAPE_REQUIRED),
    ROW_BOOL(github_doctor_ask, is_app),
    ROW_BOOL(github_doctor_ask, needs_actions),
    ROW_BOOL(github_doctor_ask, needs_checks),
    ROW_BOOL(github_doctor_ask, needs_comments),
    ROW_BOOL(github_doctor_ask, needs_deployments),
    ROW_INT(github_doctor_ask, hook),
    ROW_STRING(github_doctor_ask, organization),
};
const struct shape github_doctor_ask_shape = SHAPE("a repository to look at", github_doctor_ask, ask_rows);

struct look {
    struct dialog dialog;
    const struct exchange *exchange;
    struct github_doctor_ask ask;
    struct findings found;
};

static bool is_owner(const char *text) /* NULL: none is named */
{
    return !text || (text[0] && !strpbrk(text, "/?#%. "));
}

static bool begin(struct look *look, const struct exchange *exchange)
{
    struct error err;

    *look = (struct look){ .dialog = DIALOG(exchange), .exchange = exchange };
    if (!shape_from_json(&github_doctor_ask_shape, exchange->args, exchange->arena, &look->ask, &err))
        look->dialog.step = exchange_never(exchange, "GitHub: %s", err.message);
    else if (!github_repository_is_valid(str_of(look->ask.repository)) || !is_owner(look->ask.organization))
        look->dialog.step =
            exchange_never(exchange, "GitHub: `%.100s` is no repository such as acme/platform", look->ask.repository);
    else
        return true;
    return false;
}

static void add(struct look *look, struct finding finding)
{
    findings_add(&look->found, look->exchange->arena, finding);
}

static struct http_call repository_call(const struct look *look, const char *path)
{
    return github_call(look->exchange, "GET", look->ask.repository, path, (struct str){ 0 });
}

static struct http_call as_app(struct http_call call)
{
    call.credential = HTTP_GITHUB_APP;
    call.audience = NULL;
    return call;
}

/* The answer's JSON; NULL: dialog.step is what to return. */
static const cJSON *read_json(struct look *look, const char *what, const struct http_answer *answer)
{
    return github_json(look->exchange, what, answer, &look->dialog.step);
}

/* ---- as an App: installed there, with what permissions? ---- */

static bool is_granted(const cJSON *installation, const char *name, const char *level)
{
    const char *granted = json_find_string(json_find(installation, "permissions"), name);

    return granted && (strcmp(granted, level) == 0 || strcmp(granted, "write") == 0 || strcmp(granted, "admin") == 0);
}

static void check_permissions(struct look *look, const char *subject, const cJSON *installation)
{
    const struct {
        const char *name, *level, *text;
        bool is_needed;
        enum finding_mark mark;
    } needed[] = {
        { "contents", "read", "Contents: read is missing: commits and releases cannot be looked up", true,
          FINDING_BAD },
        { "actions", "write", "Actions: write is missing: workflows cannot be started", look->ask.needs_actions,
          FINDING_BAD },
        { "checks", "read", "Checks: read is missing: the green checks that policy asks for cannot be seen",
          look->ask.needs_checks, FINDING_BAD },
        { "statuses", "read", "Commit statuses: read is missing: the green checks that policy asks for cannot be seen",
          look->ask.needs_checks, FINDING_BAD },
        { "pull_requests", "read", "Pull requests: read is missing: no comment on one is obeyed",
          look->ask.needs_comments, FINDING_BAD },
        { "issues", "write", "Issues: write is missing: no comment is read, reacted to or answered",
          look->ask.needs_comments, FINDING_BAD },
        { "deployments", "write", "Deployments: write is missing: its rollouts are not shown on GitHub",
          !look->ask.needs_deployments, FINDING_OPEN },
        { "deployments", "write",
          "Deployments: write is missing: no deployment that is made there rolls out, or is told how it goes",
          look->ask.needs_deployments, FINDING_BAD },
    };

    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (needed[i].is_needed && !is_granted(installation, needed[i].name, needed[i].level))
            add(look, (struct finding){ needed[i].mark, subject, needed[i].text, MEND_APP });
}

static bool look_at_installation(struct look *look, const char *subject)
{
    const struct http_answer *answer = dialog_ask(&look->dialog, as_app(repository_call(look, "/installation")));
    const cJSON *json;

    if (!answer)
        return false;
    if (answer->status == 401)
        look->dialog.step = exchange_never(look->exchange, "GitHub refuses the App's key: are github.app.id and "
                                                           "github.app.private_key of one App, and is this machine's "
                                                           "clock right?");
    else if (answer->status == 404)
        look->dialog.step = exchange_never(look->exchange, "the GitHub App is not installed there: install it on %s",
                                           look->ask.repository);
    else if (answer->status != 200)
        look->dialog.step = github_refused(look->exchange, "the App's installation", look->ask.repository, answer);
    else if ((json = read_json(look, "the App's installation", answer))) {
        if (json_find_string(json, "suspended_at"))
            add(look, (struct finding){ FINDING_BAD, subject, "the App's installation is suspended",
                                        "unsuspend it: the organisation's settings, GitHub Apps" });
        check_permissions(look, subject, json);
        return true;
    }
    return false;
}

/* ---- what is left of the hour ---- */

static bool read_header(const struct http_answer *answer, const char *name, int64_t *ret_value)
{
    struct error ignored;

    return parse_int(str_of(http_answer_header(answer, name)), 0, INT64_MAX / 100, ret_value, &ignored);
}

static void check_rate(struct look *look, const char *subject, const struct http_answer *answer)
{
    int64_t left = 0, limit = 0;

    if (!read_header(answer, "x-ratelimit-remaining", &left) || !read_header(answer, "x-ratelimit-limit", &limit)) {
        add(look, (struct finding){ FINDING_GOOD, subject, "it can be read", NULL });
        return;
    }
    add(look, (struct finding){
                  left * 10 < limit ? FINDING_BAD : FINDING_GOOD, subject,
                  arena_printf(look->exchange->arena,
                               "it can be read; %" PRId64 " of %" PRId64 " calls are left this hour", left, limit),
                  left * 10 < limit ? "give opsgate a token or an App of its own: what else uses this one?" : NULL });
}

struct exchange_step github_doctor_repository(const struct exchange *exchange)
{
    const struct http_answer *answer;
    const char *subject;
    struct look look;

    if (!begin(&look, exchange))
        return look.dialog.step;
    subject = arena_printf(exchange->arena, "GitHub %.100s", look.ask.repository);
    if (look.ask.is_app && !look_at_installation(&look, subject))
        return look.dialog.step;
    answer = dialog_ask(&look.dialog, repository_call(&look, ""));
    if (!answer)
        return look.dialog.step;
    if (answer->status != 200)
        return github_refused(exchange, "repository", look.ask.repository, answer);
    if (!read_json(&look, "the repository", answer))
        return look.dialog.step;
    check_rate(&look, subject, answer);
    return findings_done(exchange, &look.found);
}

/* ---- webhooks ---- */

/* The first that fits; together they hold every number, as the last answer of a hook may be any. */
static const struct {
    int64_t from, to;
    const char *mend;
} refusals[] = {
    { 401, 401, "its secret is none of github.webhook_secrets: let both have the same, and redeliver" },
    { 404, 405, "its address has to end in " OUR_PATH },
    { 300, 399, "GitHub follows no redirect: its address has to be the one that answers" },
    { 500, 599, "what stands before opsgate, or opsgate's store, was down: is that over? Then redeliver" },
    { INT64_MIN, 0, "GitHub got no answer: can its address be reached from outside, and is its certificate good?" },
    { 1, INT64_MAX, "GitHub shows the answer under Recent Deliveries: what does it say?" },
};

static const char *mend_of(int64_t status)
{
    size_t i = 0;

    while (status < refusals[i].from || status > refusals[i].to)
        i++;
    return refusals[i].mend;
}

/* `list` is newest first. */
static void judge_deliveries(struct look *look, const char *subject, const cJSON *list)
{
    int64_t status = json_find_int(list, "0.status_code", 0);
    struct finding finding = { FINDING_GOOD, subject, NULL, NULL };

    if (!cJSON_IsArray(list) || !list->child) {
        finding.mark = FINDING_OPEN;
        finding.text = "nothing was delivered in the last three days";
    } else if (status >= 200 && status < 300) {
        finding.text = arena_printf(look->exchange->arena, "the last one was answered %" PRId64, status);
    } else {
        finding.mark = FINDING_BAD;
        finding.text = status > 0 ? arena_printf(look->exchange->arena, "the last one was answered %" PRId64, status)
                                  : "the last one was not answered";
        finding.mend = mend_of(status);
    }
    add(look, finding);
}

/* A refusal to show them, and not a limit: told, and no reason to do without webhooks. */
static bool is_hidden(struct look *look, const char *subject, const struct http_answer *answer)
{
    int64_t left = 1;

    (void)read_header(answer, "x-ratelimit-remaining", &left);
    if ((answer->status != 403 && answer->status != 404) || http_answer_retry_after_ms(answer) > 0 || left == 0)
        return false;
    add(look, (struct finding){ FINDING_OPEN, subject, "GitHub does not let opsgate see its hooks",
                                "with the permission Webhooks: read, what was missed is caught up with" });
    return true;
}

static bool read_log(struct look *look, const char *subject, struct http_call call)
{
    const struct http_answer *answer = dialog_ask(&look->dialog, call);
    const cJSON *list;

    if (!answer)
        return false;
    if (is_hidden(look, subject, answer))
        return true;
    if (answer->status != 200) {
        look->dialog.step = github_refused(look->exchange, "the log of deliveries", look->ask.repository, answer);
        return false;
    }
    list = read_json(look, "the log of deliveries", answer);
    if (list)
        judge_deliveries(look, subject, list);
    return list != NULL;
}

/* A call to another path than one of the repository. */
static struct http_call call_to(const struct look *look, const char *path)
{
    struct http_call call = repository_call(look, "");
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, look->exchange->settings->github->api_url);
    buf_puts(&url, path);
    call.url = arena_copy(look->exchange->arena, buf_str(&url));
    return call;
}

static struct http_call hook_call(const struct look *look, int64_t hook)
{
    const char *path = arena_printf(look->exchange->arena, "/hooks/%" PRId64 "/deliveries?per_page=10", hook);

    if (!look->ask.organization)
        return repository_call(look, path);
    return call_to(look, arena_printf(look->exchange->arena, "/orgs/%s%s", look->ask.organization, path));
}

static bool is_ours(const cJSON *hook)
{
    const char *url = json_find_string(hook, "config.url");

    return url && str_ends_with(str_of(url), OUR_PATH) && json_find_int(hook, "id", 0) > 0;
}

static bool read_hooks(struct look *look, const char *subject, const cJSON *hooks)
{
    int count = 0;

    JSON_EACH(hook, cJSON_IsArray(hooks) ? hooks : NULL) {
        if (!is_ours(hook) || count == HOOKS_MAX)
            continue;
        count++;
        if (!json_find_bool(hook, "active", true))
            add(look, (struct finding){ FINDING_BAD, subject, "the hook is switched off",
                                        "switch it on: the repository's settings, Webhooks, Active" });
        else if (!read_log(look, subject, hook_call(look, json_find_int(hook, "id", 0))))
            return false;
    }
    if (count == 0)
        add(look, (struct finding){ FINDING_OPEN, subject, "the repository has no hook that leads to " OUR_PATH,
                                    "unless an organisation's does: the repository's settings, Webhooks, Add" });
    return true;
}

/* No hook is named: those that the repository has. */
static bool look_at_hooks(struct look *look, const char *subject)
{
    const struct http_answer *answer = dialog_ask(&look->dialog, repository_call(look, "/hooks?per_page=100"));
    const cJSON *hooks;

    if (!answer)
        return false;
    if (is_hidden(look, subject, answer))
        return true;
    if (answer->status != 200) {
        look->dialog.step = github_refused(look->exchange, "the list of hooks", look->ask.repository, answer);
        return false;
    }
    hooks = read_json(look, "the list of hooks", answer);
    return hooks && read_hooks(look, subject, hooks);
}

struct exchange_step github_doctor_deliveries(const struct exchange *exchange)
{
    const char *subject, *owner;
    struct look look;
    bool is_done;

    if (!begin(&look, exchange))
        return look.dialog.step;
    owner = look.ask.organization ? look.ask.organization : look.ask.repository;
    subject = arena_printf(exchange->arena, "GitHub webhooks of %.100s", owner);
    if (look.ask.hook > 0)
        is_done = read_log(&look, subject, hook_call(&look, look.ask.hook));
    else if (look.ask.is_app)
        is_done = read_log(&look, "GitHub webhooks", as_app(call_to(&look, "/app/hook/deliveries?per_page=10")));
    else
        is_done = look_at_hooks(&look, subject);
    return is_done ? findings_done(exchange, &look.found) : look.dialog.step;
}
