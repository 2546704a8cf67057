/* verb.c - `run`: which runbooks there are, what one would do, and its beginning. */
#include "handlers/runbook/runbook.h"

#include "bot/model/settings.h"
#include "handlers/hold/glass.h"
#include "handlers/operation_words.h"
#include "handlers/runbook/arguments.h"
#include "handlers/runbook/plan.h"
#include "handlers/runbook/running.h"

#include <string.h>

#define QUOTED_BYTES 60
#define REASON_MAX_BYTES 300

static const struct verb_option options[] = {
    { .name = "reason", .takes_value = true },
    { .name = "break-glass", .takes_value = true },
    { .name = "dry-run" },
    { .name = "skip", .takes_value = true, .is_repeatable = true },
    { .name = "checks-only" },
    { .name = "confirm", .takes_value = true },
    { .name = "again", .takes_value = true },
};

struct run_arguments {
    const struct runbook_settings *runbook; /* NULL: which are there? */
    struct runbook_body body;
    bool is_dry_run;
    const char *confirm; /* or NULL */
};

/* ---- which one ---- */

static const struct runbook_settings *find_runbook(const struct view *view, const char *name, struct error *err)
{
    const struct settings *settings = view->settings;
    const struct runbook_settings *runbook = settings_find_runbook(settings, name);
    const char **names = NULL, *nearest;
    size_t count = 0;

    if (runbook)
        return runbook;
    for (size_t i = 0; i < settings->runbooks_count; i++)
        *ARENA_PUSH(view->arena, names, count) = settings->runbooks[i].name;
    nearest = str_nearest(str_of(name), names, count);
    error_set(err, ERR_NOT_FOUND, "There is no runbook `%s`%s%s%s Nothing was done; `run` alone lists them.",
              card_quote(str_of(name), QUOTED_BYTES, view->arena), nearest ? ". Did you mean `" : "",
              nearest ? nearest : "", nearest ? "`?" : ".");
    return NULL;
}

/* ---- what it takes ---- */

static bool check_confirm(const struct view *view, const struct runbook_settings *runbook, const char *confirm,
                          struct error *err)
{
    if (!confirm)
        return true;
    if (!runbook->destructive)
        return error_set(err, ERR_INVALID, "`%s` is not destructive, and takes no `--confirm`. Nothing was done.",
                         runbook->name);
    return strcmp(confirm, runbook->target) == 0 ||
           error_set(err, ERR_INVALID,
                     "`--confirm %s` is not the name of what it changes. Nothing was done: look once more at what you "
                     "mean to change.",
                     card_quote(str_of(confirm), QUOTED_BYTES, view->arena));
}

static bool find_again(const struct view *view, const struct request *request, const char *typed,
                       const struct operation **ret_again, struct error *err)
{
    const char *id = typed ? operation_typed(view->settings, typed, view->arena) : NULL;

    *ret_again = id ? operation_find_seen(view, request, id) : NULL;
    return !typed || *ret_again ||
           error_set(err, ERR_NOT_FOUND, "There is no operation `%s`, or it ended long ago. Nothing was done.",
                     card_quote(str_of(typed), QUOTED_BYTES, view->arena));
}

/* Only looked at here: the rest goes by the policy of failover, and by the database's name, typed once more. */
static bool is_no_failover(const struct view *view, const struct runbook_settings *runbook, const struct typed *typed,
                           struct error *err)
{
    const struct database_settings *database = settings_find_failed_over(view->settings, runbook);

    return !database || typed_option(typed, "dry-run") || typed_option(typed, "checks-only") ||
           error_set(err, ERR_INVALID,
                     "`%s` fails *%s* over: `failover %s` tells what it would do, and how. Nothing was done.",
                     runbook->name, database->name, database->name);
}

/* `dry-run` for `--dry-run`: as a value it would be a run in earnest. */
static bool check_words(const struct view *view, const struct run_arguments *arguments, const struct typed *typed,
                        struct error *err)
{
    for (size_t i = 1; i < typed->words_count; i++)
        for (size_t k = 0; k < ARRAY_LEN(options); k++)
            if (strcmp(typed->words[i], options[k].name) == 0 &&
                !runbook_has_choice(arguments->runbook, typed->words[i]))
                return error_set(err, ERR_INVALID,
                                 "Is `--%s` meant? A value that is called so is given by its name: `%s`. Nothing was done.",
                                 options[k].name, runbook_usage(arguments->runbook, view->arena));
    return true;
}

/* An option without a runbook is no question of what there is. */
static bool check_nothing_else(const struct typed *typed, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (typed_option(typed, options[i].name))
            return error_set(err, ERR_INVALID, "Which runbook? `--%s` needs its name first; `run` alone lists them. Nothing was done.",
                             options[i].name);
    return true;
}

static bool read_wish(const struct view *view, const struct request *request, const struct typed *typed,
                      struct run_arguments *arguments, struct error *err)
{
    struct run_wish wish = { .runbook = arguments->runbook,
                             .is_checks_only = typed_option(typed, "checks-only") != NULL };
    const char *reason = typed_option(typed, "reason");
    struct shape_pair *values;

    wish.skips_count = typed_list(typed, "skip", &wish.skips);
    if (!is_no_failover(view, wish.runbook, typed, err) || !check_words(view, arguments, typed, err) ||
        !check_confirm(view, wish.runbook, typed_option(typed, "confirm"), err) ||
        !find_again(view, request, typed_option(typed, "again"), &wish.again, err) ||
        !runbook_arguments_read(wish.runbook, typed->words + 1, typed->words_count - 1, view->arena, &values, err))
        return false;
    if (wish.again && (wish.skips_count > 0 || wish.is_checks_only))
        return error_set(err, ERR_INVALID,
                         "`--again` goes on with the steps that are left, as they were asked for: no `--skip` and no "
                         "`--checks-only` go with it. Nothing was done.");
    wish.values = values;
    if (!run_plan(view, &wish, &arguments->body, err) ||
        !broken_read(typed, view->arena, &arguments->body.glass.reason, err))
        return false;
    arguments->confirm = typed_option(typed, "confirm");
    arguments->is_dry_run = typed_option(typed, "dry-run") != NULL;
    arguments->body.reason = reason ? card_quote(str_of(reason), REASON_MAX_BYTES, view->arena) : NULL;
    return true;
}

/* Who may ask for help may ask what there is: each is told what they may run. */
static void ask_for_list(const struct request *request, struct question *ret_question)
{
    *ret_question = (struct question){ .principal = request->principal, .verb = "help", .source = request->source };
}

static bool asks(const struct view *view, const struct request *request, struct question *ret_question,
                 const void **ret_arguments, struct error *err)
{
    struct run_arguments *arguments = ARENA_NEW(view->arena, struct run_arguments);
    struct typed typed;

    *ret_arguments = arguments;
    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err))
        return false;
    if (typed.words_count == 0) {
        ask_for_list(request, ret_question);
        return check_nothing_else(&typed, err);
    }
    arguments->runbook = find_runbook(view, typed.words[0], err);
    if (!arguments->runbook || !read_wish(view, request, &typed, arguments, err))
        return false;
    run_question(view, &request->principal, request->source, arguments->runbook->target, arguments->runbook->name,
                 ret_question);
    ret_question->reason = arguments->body.reason;
    ret_question->break_glass = arguments->body.glass.reason;
    return true;
}

bool runbook_ask_again(const struct view *view, const struct request *request, const struct operation *operation,
                       const char *break_glass, struct question *ret_question, const void **ret_arguments,
                       struct error *err)
{
    struct run_arguments *arguments = ARENA_NEW(view->arena, struct run_arguments);
    struct run_wish wish = { .again = operation };
    struct runbook_body before;

    if (!shape_from_json(&runbook_body_shape, operation->body, view->arena, &before, err))
        return false;
    if (before.is_failover)
        return error_set(
            err, ERR_INVALID,
            "%s failed `%s` over: `failover %s` tells the line that begins it anew, by today's rules. Nothing "
            "was done.",
            operation->id, before.database, before.database);
    wish.runbook = arguments->runbook = find_runbook(view, before.runbook, err);
    if (!wish.runbook)
        return false;
    if (wish.runbook->args_count != before.args_count)
        return error_set(err, ERR_CONFLICT, "%s was another run: `%s` takes other arguments now. Nothing was done.",
                         operation->id, before.runbook);
    wish.values = before.args;
    if (!run_plan(view, &wish, &arguments->body, err))
        return false;
    arguments->body.reason = before.reason;
    arguments->body.glass.reason = break_glass;
    run_question(view, &request->principal, request->source, wish.runbook->target, before.runbook, ret_question);
    ret_question->reason = before.reason;
    ret_question->break_glass = break_glass;
    *ret_arguments = arguments;
    return true;
}

/* ---- answers without an operation ---- */

static void say_list(const struct view *view, const struct request *request, struct outcome *out)
{
    const struct settings *settings = view->settings;
    const struct facts facts = view_facts(view);
    size_t shown = 0;

    outcome_reply(out, "Runbooks that you may run:");
    for (size_t i = 0; i < settings->runbooks_count; i++) {
        const struct runbook_settings *runbook = &settings->runbooks[i];
        struct decision decision;
        struct question question;

        run_question(view, &request->principal, request->source, runbook->target, runbook->name, &question);
        decision = policy_decide(view->policy, &question, &facts, POLICY_STATIC);
        if (decision.verdict == VERDICT_DENY)
            continue;
        shown++;
        outcome_reply_line(out, "`%s`%s%s%s%s", runbook_usage(runbook, view->arena), runbook->about ? ": " : "",
                           runbook->about ? runbook->about : "", runbook->target ? ", on " : "",
                           runbook->target ? runbook->target : "");
    }
    if (shown == 0)
        outcome_reply(out, settings->runbooks_count == 0
                               ? "There is no runbook: the configuration lists none under `runbooks`."
                               : "There is no runbook that you may run.");
}

static void say_steps(const struct view *view, const struct runbook_body *body, struct outcome *out)
{
    for (size_t i = 0; i < body->steps_count; i++)
        outcome_reply_line(
            out, "%s: %s%s%s%s", run_step_called(body, i, view->arena), run_step_words(&body->steps[i], view->arena),
            body->steps[i].mark == RUN_SKIPPED ? " (left out "
            : body->steps[i].mark == RUN_DONE  ? " (done "
                                               : "",
            body->steps[i].mark == RUN_TODO ? "" : body->steps[i].told, body->steps[i].mark == RUN_TODO ? "" : ")");
}

static void say_dry_run(const struct view *view, const struct run_arguments *arguments, struct outcome *out)
{
    const char *target = arguments->runbook->target;

    outcome_reply(out, "`%s` would do this%s%s; nothing was run:", run_line(&arguments->body, view->arena),
                  target ? " to " : "", target ? target : "");
    say_steps(view, &arguments->body, out);
}

/* As it was typed; of `retry D7`, or its button, what that means. */
static const char *typed_anew(const struct view *view, const struct request *request, const struct runbook_body *body)
{
    const char *words = "run";

    if (strcmp(request->verb, verb_run.name) != 0)
        return arena_printf(view->arena, "%s --again %s%s", run_line(body, view->arena), body->again_of,
                            body->glass.reason ? " --break-glass ..." : "");
    for (size_t i = 0; i < request->words_count; i++)
        words = arena_printf(view->arena, "%s %s", words,
                             strpbrk(request->words[i], " \t") ? arena_printf(view->arena, "\"%s\"", request->words[i])
                                                               : request->words[i]);
    return card_quote(str_of(words), REASON_MAX_BYTES, view->arena);
}

static void say_destructive(const struct view *view, const struct request *request,
                            const struct run_arguments *arguments, struct outcome *out)
{
    outcome_refuse(out, "`%s` is destructive: what it does to *%s* cannot be undone. Nothing was done yet.",
                   run_line(&arguments->body, view->arena), arguments->runbook->target);
    say_steps(view, &arguments->body, out);
    outcome_reply_line(out, "If you mean that, say its name: `%s --confirm %s`",
                       typed_anew(view, request, &arguments->body), arguments->runbook->target);
}

/* ---- it begins ---- */

static void say_begun(const struct view *view, const struct running *r, const struct question *question,
                      struct outcome *out)
{
    const struct target *target = r->operation->target ? view->find_target(view->ctx, r->operation->target) : NULL;
    const char *line = run_line(r->body, view->arena);

    if (out->result) {
        outcome_reply(out, "*%s*: `%s` has ended: %s", out->operation_id, line, out->summary);
        return;
    }
    outcome_reply(out, "*%s*: `%s`, %zu step%s.", out->operation_id, line, r->body->steps_count,
                  r->body->steps_count == 1 ? "" : "s");
    if (run_is_in(r, APPROVAL_STATE))
        approvals_tell_to_come(view, question, out);
    else if (run_is_in(r, "held"))
        outcome_reply_line(out, "It is held: %s.", r->body->held);
    else if (target && target->holder)
        outcome_reply_line(out, "It waits for `%s`, which %s has.", r->operation->target, target->holder);
    if (view->settings->slack.channels.deployments)
        outcome_reply_line(out, "Follow it in %s.", view->settings->slack.channels.deployments);
}

static bool is_alone(const struct view *view, const struct runbook_body *body, struct outcome *out)
{
    const struct operation *twin = run_find_twin(view, body);

    if (twin)
        outcome_refuse(out, "*%s* runs `%s` already, %s. Nothing was done: `abort %s` ends it.", twin->id,
                       run_line(body, view->arena), twin->state, twin->id);
    return !twin;
}

static void begin_run(const struct view *view, const struct request *request, const struct question *question,
                      const char *target, const struct runbook_body *planned, struct outcome *out)
{
    struct runbook_body *body = ARENA_NEW(view->arena, struct runbook_body);
    const struct operation self = { .id = out->operation_id,
                                    .target = target,
                                    .state = "begun",
                                    .source = request->source,
                                    .requester = request->principal,
                                    .request_id = request->id,
                                    .created_at_ms = view->now_ms };
    struct running r = { view, &self, "begun", body, NULL, out };
    struct decision decision;

    *body = *planned;
    if (!is_alone(view, body, out))
        return;
    decision = run_ask_policy(view, &self, body, POLICY_WHOLE);
    if (decision.verdict != VERDICT_ALLOW && !decision_waits_for_people(&decision)) {
        outcome_refuse(out, "*Not now*: %s. Nothing was done.", run_denial(&decision, view->arena));
        if (decision.turn[0])
            outcome_reply_line(out, "%s", decision.turn);
        broken_tell_refused(&body->glass, &decision, out);
        return;
    }
    outcome_begin(out, machine_runbook.kind, self.target, "begun", body);
    run_break_glass(&r, &decision);
    if (decision.verdict == VERDICT_ALLOW)
        run_start(&r);
    else
        run_await_consent(&r, &decision);
    say_begun(view, &r, question, out);
    if (!run_is_in(&r, APPROVAL_STATE) || !decision.broken) /* else it is told with what is to come */
        broken_tell_asker(&body->glass, &decision, out);
}

static void begin(const struct view *view, const struct request *request, const struct question *question,
                  const void *value, struct outcome *out)
{
    const struct run_arguments *arguments = value;

    if (!arguments->runbook)
        say_list(view, request, out);
    else if (arguments->is_dry_run)
        say_dry_run(view, arguments, out);
    else if (arguments->runbook->destructive && !arguments->confirm)
        say_destructive(view, request, arguments, out);
    else
        begin_run(view, request, question, arguments->runbook->target, &arguments->body, out);
}

/* ---- as a failover ---- */

bool runbook_plan_failover(const struct view *view, const struct database_settings *database, const char *reason,
                           const char *break_glass, const struct runbook_body **ret_body, struct error *err)
{
    const struct runbook_settings *runbook = settings_find_runbook(view->settings, database->runbook);
    struct runbook_body *body = ARENA_NEW(view->arena, struct runbook_body);
    struct run_wish wish = { .runbook = runbook };
    struct shape_pair *values;

    if (!runbook)
        return error_set(err, ERR_NOT_FOUND,
                         "`%s` is failed over by the runbook `%s`, and there is none. Nothing was done.",
                         database->name, database->runbook);
    if (!runbook_arguments_read(runbook, NULL, 0, view->arena, &values, err))
        return false;
    wish.values = values;
    if (!run_plan(view, &wish, body, err))
        return false;
    body->is_failover = true;
    body->glass.reason = break_glass;
    body->recovery_time_ms = database->recovery_time_ms;
    body->reason = reason;
    *ret_body = body;
    return true;
}

void runbook_tell_steps(const struct view *view, const struct runbook_body *body, struct outcome *out)
{
    say_steps(view, body, out);
}

void runbook_begin_failover(const struct view *view, const struct request *request, const struct question *question,
                            const struct runbook_body *body, struct outcome *out)
{
    begin_run(view, request, question, body->database, body, out);
}

static const char *const details[] = {
    "`run` alone lists the runbooks that you may run; `run reset zone=a` or `run reset a` runs one",
    "`--dry-run`: each step as it would be; nothing is run",
    "`--skip STEP`: without that step, where the runbook lets it be left out",
    "`--checks-only`: only its checks, which change nothing",
    "`--confirm TARGET`: of a destructive one, the name of what it changes",
    BROKEN_DETAIL,
    "`--again D7`: go on where that run ended; what it did is not done again",
    "`pause`, `resume`, `abort` with its number; `promote` confirms a step that a person does; `retry` runs what failed again",
    NULL,
};

const struct verb verb_run = {
    .name = "run",
    .usage = "run [NAME [ARGUMENT=VALUE...] [--dry-run] [--skip STEP] [--checks-only] [--confirm TARGET] [--again D7] "
             "[--reason TEXT] [--break-glass TEXT]]",
    .summary = "run a procedure of the configuration, step by step",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .takes_glass = true,
    .is_asked_again = true,
    .asks = asks,
    .refused = hold_refused,
    .begin = begin,
};
