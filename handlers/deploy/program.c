/* program.c - a program is started, followed, and maybe stopped: launching, executing, stopping. */
#include "handlers/deploy/program.h"

#include "handlers/control.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/doubt.h"
#include "handlers/deploy/way_back.h"

#include "bot/model/exchange.h"
#include "bot/model/plant.h"
#include "bot/model/program.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FOLLOW_EVERY_MS (2 * SECOND_MS)
#define LOOK_DEADLINE_MS (30 * SECOND_MS)
#define LAUNCH_DEADLINE_MS (6 * MINUTE_MS)
#define SILENCE_MS (10 * MINUTE_MS) /* over its time limit without any answer: nothing can be known any more */
#define ELSEWHERE_MS MINUTE_MS      /* over its time limit: by then it was stopped there, whatever the clocks say */
#define SENTENCE_BYTES 1500

/* Ours to change: the body that came belongs to the engine. */
static struct deploy_program *change(struct deploying *d)
{
    struct deploy_program *program = ARENA_NEW(d->view->arena, struct deploy_program);

    *program = *d->body->program;
    d->body->program = program;
    return program;
}

static const char *name_of(const struct deploying *d)
{
    return program_feed_name(d->body->program->argv[0], d->view->arena);
}

/* ---- how it ends ---- */

static void mark_bad(struct deploying *d, const char *left, const char *why)
{
    struct target_version *bad = ARENA_NEW(d->view->arena, struct target_version);

    if (d->body->is_way_back) { /* its way back failed, and not what it goes back to */
        deploy_mark_left(d);
        return;
    }
    *bad = (struct target_version){
        .version = d->body->version,
        .image = d->body->image ? d->body->image : d->body->version,
        .revision = d->operation->id,
        .operation = d->operation->id,
        .at_ms = d->view->now_ms,
        .left = left,
        .why = why,
        .is_irreversible = d->body->is_irreversible,
    };
    d->out->bad = bad;
}

/* `may_have_run`: what serves is not known then, and the version has shown itself bad. */
static void end_badly(struct deploying *d, const char *result, bool may_have_run, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
static void end_badly(struct deploying *d, const char *result, bool may_have_run, const char *fmt, ...)
{
    bool was_run_before = !may_have_run && d->body->program->is_repeated; /* the first one did */
    char sentence[SENTENCE_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    may_have_run = may_have_run || was_run_before;
    if (may_have_run)
        mark_bad(d, strcmp(result, "aborted") == 0 ? TARGET_LEFT_BY_ABORT : NULL,
                 arena_strdup(d->view->arena, sentence));
    d->body->failed_in = d->state;
    deploy_keep(d);
    d->out->leaves_doubt = may_have_run;
    if (may_have_run)
        outcome_end(d->out, result, result,
                    "%s. %sWhat serves now is not known: look at it, then `deploy %s %s %s`, or `rollback %s %s`.",
                    sentence, was_run_before ? "How its first run ended is not known. " : "", d->body->service,
                    d->body->environment, d->body->version, d->body->service, d->body->environment);
    else
        outcome_end(d->out, result, result, "%s. Nothing was started.", sentence);
}

static void end_done(struct deploying *d)
{
    struct target_version *good = ARENA_NEW(d->view->arena, struct target_version);

    *good = (struct target_version){
        .version = d->body->version,
        .image = d->body->image ? d->body->image : d->body->version,
        .revision = d->body->is_way_back ? d->body->revision : d->operation->id,
        .operation = d->operation->id,
        .at_ms = d->view->now_ms,
        .is_irreversible = d->body->is_irreversible,
    };
    d->out->good = good;
    d->out->is_return = d->body->is_way_back;
    if (d->body->is_way_back)
        deploy_mark_left(d);
    deploy_keep(d);
    outcome_end(d->out, "done", "done", "`%s` brought %s %s`%s` after %s", name_of(d), d->operation->target,
                d->body->is_way_back ? "back to " : "to ", deploy_quote(d, d->body->version),
                duration_about(d->view->now_ms - d->operation->created_at_ms).text);
}

/* ---- launching ---- */

static void launch(struct deploying *d)
{
    struct deploy_program *program = change(d);
    struct program_start args = { .argv_count = program->argv_count, .timeout_ms = program->timeout_ms };
    struct error err;

    program->run = NULL;
    program->is_elsewhere = false;
    program->feed.from_byte = 0;
    program->feed.is_tailing = false;
    if (!deploy_program_argv(d->body, d->operation->id, d->view->arena, &args.argv, &err)) {
        end_badly(d, "failed", false, "`%s` cannot be started: %s", name_of(d), deploy_quote(d, err.message));
        return;
    }
    deploy_move(d, "launching", LAUNCH_DEADLINE_MS);
    outcome_effect(d->out, (struct wanted_effect){
                               .kind = EFFECT_PROGRAM,
                               .lane = deploy_lane(d),
                               .tag = "program",
                               .args = shape_to_json(&program_start_shape, &args, SHAPE_WHOLE),
                           });
}

/* A way back needs nobody's further leave. */
void deploy_program_on_granted(struct deploying *d)
{
    if (!d->body->is_way_back && !deploy_may_start(d))
        return;
    doubt_note_left(d);
    launch(d);
}

static void look(struct deploying *d)
{
    const struct deploy_program *program = d->body->program;
    struct program_look args = { program->run, program->feed.from_byte, program->feed.is_tailing };

    deploy_keep(d);
    outcome_read(d->out, "progress", READING_PROGRAM, shape_to_json(&program_look_shape, &args, SHAPE_WHOLE),
                 LOOK_DEADLINE_MS);
}

static void look_later(struct deploying *d)
{
    deploy_keep(d);
    outcome_timer(d->out, "follow", d->view->now_ms + FOLLOW_EVERY_MS);
}

static void send_stop(struct deploying *d)
{
    struct program_look args = { .run = d->body->program->run };

    deploy_move(d, "stopping", SILENCE_MS);
    outcome_effect(d->out, (struct wanted_effect){
                               .kind = EFFECT_PROGRAM_STOP,
                               .tag = "stop",
                               .args = shape_to_json(&program_look_shape, &args, SHAPE_WHOLE),
                           });
}

static void on_started(struct deploying *d)
{
    struct deploy_program *program = change(d);

    program->run = json_find_string(d->event->body, "run");
    program->started_at_ms = d->view->now_ms;
    if (!program->run) {
        end_badly(d, "failed", true, "Nothing tells where `%s` runs", name_of(d));
        return;
    }
    if (program->stopping && !PLANTED(PROGRAM_NOT_STOPPED))
        send_stop(d);
    else
        deploy_move(d, "executing", program->timeout_ms + SILENCE_MS);
    look(d);
}

void deploy_program_on_launched(struct deploying *d)
{
    const char *stopping = d->body->program->stopping;

    if (d->event->end == END_DONE)
        on_started(d);
    else if (stopping && d->event->end == END_CANCELLED)
        end_badly(d, "aborted", false, "%s", stopping);
    else if (d->event->end == END_CANCELLED) /* something forbids it by now */
        end_badly(d, d->body->program->is_repeated ? "failed" : "refused", false, "`%s` was not %s: %s", name_of(d),
                  d->body->program->is_repeated ? "run once more" : "started", deploy_reason(d));
    else if (d->event->end == END_FAILED)
        end_badly(d, "failed", false, "`%s` could not be started: %s", name_of(d), deploy_reason(d));
    else
        end_badly(d, "failed", true, "Nothing can tell whether `%s` was started: %s", name_of(d), deploy_reason(d));
}

/* ---- what it writes ---- */

void deploy_program_on_posted(struct deploying *d)
{
    change(d)->feed.is_posting = false;
    deploy_keep(d);
}

/* ---- its end ---- */

static void repeat(struct deploying *d, const char *why)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    if (!d->body->is_way_back && decision.verdict != VERDICT_ALLOW) { /* it ran once, and nobody knows how far */
        end_badly(d, "failed", true, "How `%s` ended is not known: %s. It is not run once more: %s%s%s%s", name_of(d),
                  why, decision.reason, decision.rule ? " (" : "", decision.rule ? decision.rule : "",
                  decision.rule ? ")" : "");
        return;
    }
    deploy_announce_glass(d, &decision);
    change(d)->is_repeated = true;
    d->body->problem = why;
    deploy_note(d, "repeated", "ran the program once more", NULL, why);
    launch(d);
}

static void on_unknown(struct deploying *d, const char *why)
{
    const struct deploy_program *program = d->body->program;

    if (program->stopping)
        end_badly(d, "aborted", true, "%s; how `%s` ended is not known: %s", program->stopping, name_of(d), why);
    else if ((program->repeats || PLANTED(PROGRAM_REPEATED)) && !program->is_repeated)
        repeat(d, why);
    else
        end_badly(d, "failed", true, "How `%s` ended is not known: %s%s", name_of(d), why,
                  program->is_repeated ? " (it was run twice)" : "");
}

/* It may run as long as its time limit allows. Before that is over it is not run once more, and nobody else gets the
 * target: two at once are worse than a wait. */
static void on_elsewhere(struct deploying *d)
{
    struct deploy_program *program = change(d);
    const char *why = arena_printf(d->view->arena,
                                   "nothing is known of it here: it was started on another machine, or `runs/%s` was "
                                   "removed from data_dir",
                                   program->run);

    program->is_elsewhere = true;
    if (d->view->now_ms >= program->started_at_ms + program->timeout_ms + ELSEWHERE_MS ||
        PLANTED(PROGRAM_ELSEWHERE_OVER)) {
        on_unknown(d, why);
        return;
    }
    d->body->problem = arena_printf(d->view->arena, "%s. It may run there until its time limit of %s is over", why,
                                    duration_about(program->timeout_ms).text);
    look_later(d);
}

static void on_ended(struct deploying *d, const struct program_progress *progress)
{
    const char *stopping = d->body->program->stopping,
               *how = program_feed_ended(progress, name_of(d), d->body->program->timeout_ms, d->view->arena);

    if (progress->is_lost && !PLANTED(PROGRAM_LOST_IS_WELL))
        on_unknown(d, "it was killed with its shim, or the machine went down");
    else if (stopping)
        end_badly(d, "aborted", true, "%s; %s", stopping, how);
    else if (progress->signal || progress->is_timed_out || (progress->exit_status && !PLANTED(PROGRAM_STATUS_IGNORED)))
        end_badly(d, "failed", true, "%s%s", how, program_feed_last_words(&d->body->program->feed, d->view->arena));
    else
        end_done(d);
}

static void on_answer(struct deploying *d, const struct program_progress *progress)
{
    const struct program_feed_teller teller = { .view = d->view, .operation = d->operation->id, .program = name_of(d) };
    struct deploy_program *program = change(d);

    program->is_elsewhere = false;
    d->body->problem = program->is_repeated ? d->body->problem : NULL;
    program_feed_tell(&program->feed, &teller, progress, d->out);
    if (!progress->has_ended)
        look_later(d);
    else if (program_feed_is_over(&program->feed, progress))
        on_ended(d, progress);
    else
        look(d);
}

/* ---- executing, stopping ---- */

void deploy_program_on_follow(struct deploying *d)
{
    look(d);
}

void deploy_program_on_progress(struct deploying *d)
{
    struct program_progress progress;
    struct error err;

    if (d->event->end == END_DONE &&
        shape_from_json(&program_progress_shape, d->event->body, d->view->arena, &progress, &err)) {
        if (progress.is_elsewhere)
            on_elsewhere(d);
        else
            on_answer(d, &progress);
    } else if (d->event->end == END_FAILED || deploy_is_late(d)) {
        on_unknown(d, deploy_reason(d));
    } else {
        d->body->problem = deploy_reason(d);
        look_later(d);
    }
}

void deploy_program_on_stop_ended(struct deploying *d)
{
    if (d->event->end == END_DONE)
        return;
    d->body->problem = arena_printf(d->view->arena, "it cannot be stopped: %s", deploy_reason(d));
    deploy_keep(d);
}

static void stop(struct deploying *d, const char *why)
{
    change(d)->stopping = why;
    d->body->looks++;
    if (deploy_is_in(d, "executing")) {
        send_stop(d);
        return;
    }
    if (PLANTED(PROGRAM_ABORT_HASTY)) {
        end_badly(d, "aborted", false, "%s", why);
        return;
    }
    outcome_cancel_effects(d->out, "program"); /* unless it is under way: then its end comes, and tells */
    deploy_keep(d);
}

/* ---- what people ask ---- */

static bool is_begun(const struct deploying *d)
{
    return deploy_is_in(d, "launching") || deploy_is_in(d, "executing") || deploy_is_in(d, "stopping");
}

/* It cannot be stopped from here, nor seen to end: people may know more, and need not wait for its time limit. */
static void let_go(struct deploying *d, const char *reason)
{
    deploy_note(d, "aborted", "aborted", d->event->request, reason);
    end_badly(d, "aborted", true,
              "It was aborted; how `%s` ended is not known: it was started on another machine, and cannot be stopped "
              "from here",
              name_of(d));
    outcome_reply(d->out, "*%s* is aborted. But `%s` was started on another machine, and may run there.",
                  d->operation->id, name_of(d));
}

static void abort_it(struct deploying *d)
{
    const struct control_arguments *given = d->event->arguments;

    if (d->body->program->is_elsewhere) {
        let_go(d, given->reason);
        return;
    }
    if (d->body->program->stopping) {
        outcome_reply(d->out, "%s is being stopped already.", d->operation->id);
        return;
    }
    deploy_note(d, "aborted", "aborted", d->event->request, given->reason);
    stop(d, "it was aborted");
    outcome_reply(d->out, "*%s* is aborted: `%s` is being stopped.", d->operation->id, name_of(d));
}

bool deploy_program_on_request(struct deploying *d)
{
    bool is_abort = strcmp(d->event->name, verb_abort.name) == 0;

    if (is_abort && !is_begun(d))
        return false;
    if (is_abort)
        abort_it(d);
    else
        outcome_refuse(d->out, "%s runs a program, and takes no `%s`: `abort %s` stops it. Nothing was done.",
                       d->operation->id, d->event->name, d->operation->id);
    return true;
}

bool deploy_program_on_yield(struct deploying *d)
{
    const char *by = json_find_string(d->event->body, "by");

    if (!is_begun(d))
        return false;
    if (!d->body->program->stopping)
        stop(d, arena_printf(d->view->arena, "%s rolls %s back", by ? by : "Another operation", d->operation->target));
    return true;
}
