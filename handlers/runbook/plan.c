#include "handlers/runbook/plan.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "bot/model/request.h"
#include "bot/model/secrets.h"
#include "bot/model/settings.h"
#include "handlers/blanks.h"
#include "handlers/runbook/flush.h"
#include "handlers/runbook/runbook.h"

#include <string.h>

#define SHOWN_BYTES 400
#define QUOTED_BYTES 60

struct planning {
    const struct view *view;
    const struct run_wish *wish;
    struct blank *blanks; /* for each argument, and RUNBOOK_TODAY */
    size_t blanks_count;
    struct secrets secrets;
    struct runbook_body *body;
};

/* ---- what is shown ---- */

static const char *word_shown(const char *word, struct arena *arena)
{
    return word[0] && !strpbrk(word, " \t\n") ? word : arena_printf(arena, "'%s'", word);
}

static const char *masked(const struct planning *p, const char *text)
{
    struct arena *arena = p->view->arena;

    return secrets_quote(str_of(secrets_mask(&p->secrets, text, arena)), SHOWN_BYTES, arena);
}

static const char *line_of(const struct planning *p, const char *const *argv, size_t count)
{
    const char *line = "";

    for (size_t i = 0; i < count; i++)
        line = arena_printf(p->view->arena, "%s%s%s", line, i ? " " : "", word_shown(argv[i], p->view->arena));
    return masked(p, line);
}

/* ---- steps ---- */

static bool fill_argv(const struct planning *p, const char **texts, size_t count, struct run_step *step,
                      struct error *err)
{
    const struct settings *settings = p->view->settings;

    if (!blanks_fill_all(texts, count, p->blanks, p->blanks_count, p->view->arena, &step->argv, err))
        return false;
    step->argv_count = count;
    step->shown = line_of(p, step->argv, count);
    return (step->kind != RUN_PROGRAM && step->kind != RUN_CHECK) ||
           !runbook_flushes_store(settings, p->wish->runbook, step->argv, count, p->view->arena) ||
           error_set(err, ERR_DENIED, "it would empty opsgate's own store");
}

static bool is_target_of(const char *service, const char *environment, const char *target)
{
    struct str rest = str_of(target);

    return str_take_prefix(&rest, service) && str_take_prefix(&rest, "/") && str_equal(rest, str_of(environment));
}

/* A look, and what goes into another instance alone, waits for nothing. */
static bool waits_for_backup(const char *const *words, size_t count, const char *target)
{
    for (size_t i = 0; i < count; i++)
        if (str_starts_with(str_of(words[i]), "--into"))
            return false;
    return count > 1 && strcmp(words[0], "list") != 0 && strcmp(words[1], target) == 0;
}

bool run_would_wait(const struct settings *settings, const char *verb, const char *const *words, size_t count,
                    const char *target)
{
    static const char *const changes[] = { "deploy", "rollback", "set", "restart", "scale", "traffic" };
    bool rotates = strcmp(verb, verb_rotate.name) == 0;
    const struct runbook_settings *other = count == 0 ? NULL
                                           : rotates  ? settings_find_rotating(settings, words[0])
                                                      : settings_find_runbook(settings, words[0]);

    if (rotates || strcmp(verb, verb_run.name) == 0)
        return other && other->target && strcmp(other->target, target) == 0;
    if (strcmp(verb, "failover") == 0)
        return count > 0 && strcmp(words[0], target) == 0;
    if (strcmp(verb, "backup") == 0)
        return waits_for_backup(words, count, target);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++)
        if (strcmp(changes[i], verb) == 0)
            return (count > 1 && is_target_of(words[0], words[1], target)) ||
                   (count > 0 && settings->services_count == 1 &&
                    is_target_of(settings->services[0].name, words[0], target));
    return false;
}

static bool fill_verb(const struct planning *p, const struct runbook_step *from, struct run_step *step,
                      struct error *err)
{
    struct str rest = str_of(from->verb), verb = str_take_word(&rest);
    struct request request = { .verb = arena_copy(p->view->arena, verb) };
    const char **texts;

    if (!request_split(rest, p->view->arena, &request, err)) /* before it is filled in: a value is never two words */
        return false;
    texts = arena_alloc(p->view->arena, (request.words_count + 1) * sizeof(*texts));
    texts[0] = request.verb;
    for (size_t i = 0; i < request.words_count; i++)
        texts[i + 1] = request.words[i];
    if (!fill_argv(p, texts, request.words_count + 1, step, err))
        return false;
    return !p->wish->runbook->target ||
           !run_would_wait(p->view->settings, step->argv[0], step->argv + 1, step->argv_count - 1,
                           p->wish->runbook->target) ||
           error_set(err, ERR_CONFLICT, "it would wait for ever for %s, which the run itself holds",
                     p->wish->runbook->target);
}

static int64_t timeout_of(const struct runbook_step *from)
{
    return from->timeout_ms ? from->timeout_ms : from->run || from->check ? RUNBOOK_STEP_TIMEOUT_MS : 0;
}

static bool fill_step(const struct planning *p, const struct runbook_step *from, struct run_step *step,
                      struct error *err)
{
    const char *text;

    step->timeout_ms = timeout_of(from);
    step->every_ms = from->check ? from->every_ms : 0;
    step->wait_ms = from->wait_ms;
    step->may_fail = from->may_fail;
    step->repeats = from->on_crash == ON_CRASH_REPEAT || from->check;
    step->kind = from->run      ? RUN_PROGRAM
                 : from->check  ? RUN_CHECK
                 : from->verb   ? RUN_VERB
                 : from->manual ? RUN_MANUAL
                                : RUN_WAIT;
    if (from->run)
        return fill_argv(p, from->run, from->run_count, step, err);
    if (from->check)
        return fill_argv(p, from->check, from->check_count, step, err);
    if (from->verb)
        return fill_verb(p, from, step, err);
    if (!from->manual)
        return true;
    if (!blanks_fill(from->manual, p->blanks, p->blanks_count, p->view->arena, &text, err))
        return false;
    step->shown = masked(p, text);
    return true;
}

static bool fill_steps(const struct planning *p, struct error *err)
{
    const struct runbook_settings *runbook = p->wish->runbook;

    p->body->steps = arena_alloc(p->view->arena, runbook->steps_count * sizeof(*p->body->steps));
    p->body->steps_count = runbook->steps_count;
    for (size_t i = 0; i < runbook->steps_count; i++) {
        const struct runbook_step *from = &runbook->steps[i];
        struct run_step *step = &p->body->steps[i];

        *step = (struct run_step){ .name = from->name ? from->name : arena_printf(p->view->arena, "%zu", i + 1) };
        if (!fill_step(p, from, step, err)) {
            const char *why = arena_strdup(p->view->arena, err->message);

            return error_set(err, ERR_INVALID, "Step %s of `%s` cannot be run so: %s. Nothing was done.",
                             run_step_called(p->body, i, p->view->arena), runbook->name, why);
        }
    }
    return true;
}

/* ---- what is left out ---- */

static const char *skippable_names(const struct planning *p)
{
    const char *names = NULL;

    for (size_t i = 0; i < p->body->steps_count; i++)
        if (p->wish->runbook->steps[i].skippable)
            names =
                arena_printf(p->view->arena, "%s%s`%s`", names ? names : "", names ? ", " : "", p->body->steps[i].name);
    return names ? names : "none";
}

static bool skip(const struct planning *p, const char *name, struct error *err)
{
    for (size_t i = 0; i < p->body->steps_count; i++) {
        if (strcmp(p->body->steps[i].name, name) != 0)
            continue;
        p->body->steps[i].mark = RUN_SKIPPED;
        p->body->steps[i].told = "by --skip";
        return p->wish->runbook->steps[i].skippable ||
               error_set(err, ERR_INVALID, "Step `%s` of `%s` cannot be left out. What can: %s. Nothing was done.",
                         name, p->wish->runbook->name, skippable_names(p));
    }
    return error_set(err, ERR_INVALID, "`%s` has no step `%s` to be left out. What can be: %s. Nothing was done.",
                     p->wish->runbook->name, card_quote(str_of(name), QUOTED_BYTES, p->view->arena),
                     skippable_names(p));
}

static bool leave_out(const struct planning *p, struct error *err)
{
    size_t left = 0;

    for (size_t i = 0; i < p->wish->skips_count; i++)
        if (!skip(p, p->wish->skips[i], err))
            return false;
    for (size_t i = 0; i < p->body->steps_count; i++) {
        struct run_step *step = &p->body->steps[i];

        if (p->wish->is_checks_only && step->kind != RUN_CHECK && step->mark == RUN_TODO) {
            step->mark = RUN_SKIPPED;
            step->told = "by --checks-only";
        }
        left += step->mark == RUN_TODO;
    }
    return left > 0 || error_set(err, ERR_INVALID, "That leaves no step of `%s` to be run. Nothing was done.",
                                 p->wish->runbook->name);
}

static bool goes_on_from(const struct operation *operation, const char *id)
{
    const char *again_of = json_find_string(operation->body, "again_of");

    return strcmp(operation->kind, machine_runbook.kind) == 0 && again_of && strcmp(again_of, id) == 0;
}

/* Else what the one after it did would be done twice. */
static const struct operation *find_onward(const struct view *view, const char *id)
{
    size_t live_count = view->list_operations(view->ctx, NULL, 0),
           count = live_count + view->list_ended(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, live_count);
    view->list_ended(view->ctx, all + live_count, count - live_count);
    for (size_t i = 0; i < count; i++)
        if (goes_on_from(all[i], id))
            return all[i];
    return NULL;
}

/* What it did is done, and what it left out stays so. */
static bool go_on_from(const struct planning *p, struct error *err)
{
    const struct operation *again = p->wish->again, *onward = find_onward(p->view, again->id);
    struct runbook_body before;
    size_t done = 0;

    if (strcmp(again->kind, machine_runbook.kind) != 0 || !operation_has_ended(again) || !again->result ||
        strcmp(again->result, "done") == 0 ||
        !shape_from_json(&runbook_body_shape, again->body, p->view->arena, &before, err))
        return error_set(err, ERR_INVALID, "%s is no run that ended before it was done. Nothing was done.", again->id);
    if (onward)
        return error_set(err, ERR_CONFLICT,
                         "%s went on from %s already: look at that one, `status %s`. Nothing was done.", onward->id,
                         again->id, onward->id);
    if (strcmp(before.digest, p->body->digest) != 0)
        return error_set(err, ERR_CONFLICT,
                         "%s was another run: its runbook has changed since, or what it was given was other. Run it "
                         "anew: `%s`. Nothing was done.",
                         again->id, run_line(&before, p->view->arena));
    for (size_t i = 0; i < before.steps_count; i++) {
        struct run_step *step = &p->body->steps[i];

        if (!run_step_is_over(&before.steps[i]))
            continue;
        step->mark = before.steps[i].mark;
        step->told =
            step->mark == RUN_DONE ? arena_printf(p->view->arena, "by %s", again->id) : before.steps[i].told;
        done++;
    }
    p->body->again_of = again->id;
    p->body->is_checks_only = before.is_checks_only;
    return done < before.steps_count ||
           error_set(err, ERR_CONFLICT, "%s has no step left. Nothing was done.", again->id);
}

/* ---- the whole ---- */

static bool is_of_the_file(const struct runbook_arg *arg, const char *value)
{
    for (size_t i = 0; i < arg->one_of_count; i++)
        if (strcmp(arg->one_of[i], value) == 0)
            return true;
    return arg->otherwise && strcmp(arg->otherwise, value) == 0;
}

const char *run_today(const struct view *view)
{
    struct time_text now = time_format(view_unix_ms(view));

    return arena_printf(view->arena, "%.4s%.2s%.2s", now.text, now.text + 5, now.text + 8);
}

/* What goes on after midnight goes on with what it made. */
static const char *today(const struct planning *p)
{
    const char *before = p->wish->again ? json_find_string(p->wish->again->body, "day") : NULL;

    return before ? before : run_today(p->view);
}

static void take_values(struct planning *p)
{
    const struct runbook_settings *runbook = p->wish->runbook;

    for (size_t i = 0; i < runbook->args_count; i++) {
        const struct shape_pair *value = &p->wish->values[i];

        *ARENA_PUSH(p->view->arena, p->blanks, p->blanks_count) =
            (struct blank){ value->key, value->value, is_of_the_file(&runbook->args[i], value->value) };
        *ARENA_PUSH(p->view->arena, p->body->args, p->body->args_count) = *value;
    }
    *ARENA_PUSH(p->view->arena, p->blanks, p->blanks_count) = (struct blank){ RUNBOOK_TODAY, today(p), true };
}

static void take_place(const struct planning *p)
{
    const struct service_settings *service;
    const struct environment_settings *environment;
    const char *target = p->wish->runbook->target;

    if (!target)
        return;
    if (settings_find_target(p->view->settings, target, &service, &environment)) {
        p->body->service = service->name;
        p->body->environment = environment->name;
    } else {
        p->body->database = target;
    }
}

static const char *digest_of(const struct runbook_body *body, struct arena *arena)
{
    cJSON *json = shape_to_json(&runbook_body_shape, body, SHAPE_WHOLE);
    AUTO_FREE char *text = json_print(json);

    cJSON_Delete(json);
    return arena_strdup(arena, digest_hex(digest_sha256(str_of(text))).text);
}

bool run_plan(const struct view *view, const struct run_wish *wish, struct runbook_body *ret_body, struct error *err)
{
    struct planning p = { .view = view, .wish = wish, .secrets = { .arena = view->arena }, .body = ret_body };

    *ret_body = (struct runbook_body){ .runbook = wish->runbook->name,
                                       .digest = "",
                                       .timeout_ms = wish->runbook->timeout_ms,
                                       .is_destructive = wish->runbook->destructive };
    secrets_add_settings(&p.secrets, view->settings);
    take_values(&p);
    take_place(&p);
    if (!fill_steps(&p, err))
        return false;
    ret_body->digest = digest_of(ret_body, view->arena);
    ret_body->day = today(&p); /* the steps that have it tell it to the digest */
    ret_body->is_checks_only = wish->is_checks_only;
    return wish->again ? go_on_from(&p, err) : leave_out(&p, err);
}

bool run_question(const struct view *view, const struct principal *principal, const char *source, const char *target,
                  const char *runbook, struct question *ret_question)
{
    const struct service_settings *service = NULL;
    const struct environment_settings *environment = NULL;
    const struct database_settings *database = NULL;
    struct label_list labels = { NULL, 0 };
    const struct runbook_settings *of = settings_find_runbook(view->settings, runbook);

    *ret_question = (struct question){ .principal = *principal,
                                       .verb = of ? runbook_ruled_as(of) : verb_run.name,
                                       .source = source,
                                       .runbook = runbook };
    if (!target)
        return true;
    if (settings_find_target(view->settings, target, &service, &environment)) {
        labels = settings_labels(service, environment, view->arena);
        ret_question->service = service->name;
        ret_question->environment = environment->name;
    } else if ((database = settings_find_database(view->settings, target)) != NULL) {
        labels = (struct label_list){ database->labels, database->labels_count };
        ret_question->database = database->name;
        ret_question->environment = database->environment;
    }
    ret_question->labels = labels.labels;
    ret_question->labels_count = labels.labels_count;
    return service || database;
}

void run_ask_as_failover(struct question *question)
{
    question->verb = "failover";
    question->runbook = NULL;
}

static bool is_twin(const struct operation *operation, const struct runbook_body *body, struct arena *arena)
{
    struct runbook_body other;
    struct error ignored;

    if (strcmp(operation->kind, machine_runbook.kind) != 0 || operation_has_ended(operation) ||
        !shape_from_json(&runbook_body_shape, operation->body, arena, &other, &ignored) ||
        strcmp(other.runbook, body->runbook) != 0 || other.args_count != body->args_count)
        return false;
    for (size_t i = 0; i < body->args_count; i++)
        if (strcmp(other.args[i].key, body->args[i].key) != 0 || strcmp(other.args[i].value, body->args[i].value) != 0)
            return false;
    return true;
}

const struct operation *run_find_twin(const struct view *view, const struct runbook_body *body)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (is_twin(all[i], body, view->arena))
            return all[i];
    return NULL;
}

/* ---- in words ---- */

const char *run_step_words(const struct run_step *step, struct arena *arena)
{
    const char *limit =
        step->timeout_ms ? arena_printf(arena, ", for %s at most", duration_exact(step->timeout_ms).text) : "";

    switch ((enum run_kind)step->kind) {
    case RUN_PROGRAM:
        return arena_printf(arena, "run `%s`%s", step->shown, limit);
    case RUN_CHECK:
        return arena_printf(arena, "check `%s` every %s until it exits with 0%s", step->shown,
                            duration_exact(step->every_ms).text, limit);
    case RUN_VERB:
        return arena_printf(arena, "ask for `%s`, and wait for its end%s", step->shown, limit);
    case RUN_MANUAL:
        return arena_printf(arena, "a person confirms: %s%s", step->shown, limit);
    case RUN_WAIT:
        break;
    }
    return arena_printf(arena, "wait %s", duration_exact(step->wait_ms).text);
}

const char *run_args_words(const struct runbook_body *body, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < body->args_count; i++)
        text = arena_printf(arena, "%s%s%s=%s", text, i ? " " : "", body->args[i].key,
                            card_quote(str_of(body->args[i].value), QUOTED_BYTES * 4, arena));
    return text;
}

const char *run_line(const struct runbook_body *body, struct arena *arena)
{
    const char *args = run_args_words(body, arena);

    return arena_printf(arena, "run %s%s%s", body->runbook, args[0] ? " " : "", args);
}
