/* programs.c - steps that are programs: started once, followed to their end, stopped; a check is made again and again.
 */
#include "handlers/runbook/running.h"

#include "bot/model/exchange.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"

#include <string.h>

#define FOLLOW_EVERY_MS (2 * SECOND_MS)
#define LOOK_DEADLINE_MS (30 * SECOND_MS)
#define SILENCE_MS (10 * MINUTE_MS) /* over its time limit without any answer: nothing can be known any more */
#define ELSEWHERE_MS MINUTE_MS      /* over its time limit: by then it was stopped there, whatever the clocks say */
#define REMIND_MS (30 * MINUTE_MS)
#define REPEATS_MAX 3

static const char *name_of(const struct running *r)
{
    return program_feed_name(run_now(r)->argv[0], r->view->arena);
}

static bool is_check(const struct running *r)
{
    return run_now(r)->kind == RUN_CHECK;
}

/* Of a check what was left of its whole time then. */
static int64_t limit_ms(const struct running *r, int64_t then_ms)
{
    const struct run_step *step = run_now(r);
    int64_t left_ms = step->began_at_ms + step->timeout_ms - then_ms;

    return is_check(r) ? (left_ms > SECOND_MS ? left_ms : SECOND_MS) : step->timeout_ms;
}

/* ---- it is started ---- */

void run_launch(struct running *r)
{
    struct run_step *step = run_now(r);
    struct program_start args = { .argv = step->argv,
                                  .argv_count = step->argv_count,
                                  .runbook = r->body->runbook,
                                  .timeout_ms = limit_ms(r, r->view->now_ms) };

    r->body->run = NULL;
    r->body->is_elsewhere = false;
    r->body->feed.from_byte = 0;
    r->body->feed.is_tailing = r->body->feed.is_last_look = false;
    r->body->feed.late_posts = 0;
    step->tries++;
    run_move(r, "launching");
    outcome_effect(r->out, (struct wanted_effect){
                               .kind = EFFECT_PROGRAM,
                               .tag = "program",
                               .args = shape_to_json(&program_start_shape, &args, SHAPE_WHOLE),
                           });
}

static void look(struct running *r)
{
    struct program_look args = { r->body->run, r->body->feed.from_byte, r->body->feed.is_tailing };

    run_keep(r);
    outcome_read(r->out, "progress", READING_PROGRAM, shape_to_json(&program_look_shape, &args, SHAPE_WHOLE),
                 LOOK_DEADLINE_MS);
}

static void look_later(struct running *r)
{
    run_keep(r);
    outcome_timer(r->out, "follow", r->view->now_ms + FOLLOW_EVERY_MS);
}

static void send_stop(struct running *r)
{
    struct program_look args = { .run = r->body->run };

    run_move(r, "stopping");
    outcome_effect(r->out, (struct wanted_effect){
                               .kind = EFFECT_PROGRAM_STOP,
                               .tag = "stop",
                               .args = shape_to_json(&program_look_shape, &args, SHAPE_WHOLE),
                           });
}

static void on_started(struct running *r, const char *run)
{
    r->body->run = run;
    r->body->started_at_ms = r->view->now_ms;
    if (!run) {
        run_step_failed(r, "nothing tells where `%s` runs", name_of(r));
        return;
    }
    if (r->body->stopping)
        send_stop(r);
    else
        run_move(r, "executing");
    look(r);
}

void run_on_launched(struct running *r)
{
    if (r->event->end == END_DONE) {
        on_started(r, json_find_string(r->event->body, "run"));
    } else if (r->event->end == END_CANCELLED && r->body->stopping) {
        run_step_failed(r, "`%s` was not started", name_of(r));
    } else if (r->event->end == END_CANCELLED) { /* something forbids it by now: this try was none */
        run_now(r)->tries--;
        run_hold(r, run_reason(r));
    } else if (r->event->end == END_FAILED) {
        run_step_failed(r, "`%s` could not be started: %s", name_of(r), run_reason(r));
    } else { /* it may run since before a crash: it is looked for where it would be */
        on_started(r, r->event->effect_outside_id);
    }
}

/* ---- its end ---- */

void run_on_again(struct running *r)
{
    run_launch(r);
}

static void check_again(struct running *r, const char *how)
{
    struct run_step *step = run_now(r);
    int64_t next_ms = r->view->now_ms + step->every_ms;

    if (r->body->stopping || next_ms >= step->began_at_ms + step->timeout_ms) {
        run_step_failed(r, "it did not come true within %s: %s%s", duration_exact(step->timeout_ms).text, how,
                        program_feed_last_words(&r->body->feed, r->view->arena));
        return;
    }
    r->body->problem = how;
    run_move(r, "again");
    outcome_timer(r->out, "again", next_ms);
}

/* By a person, or once more by itself. */
static void ask_how_it_ended(struct running *r, const char *why)
{
    struct run_step *step = run_now(r);

    if (r->body->stopping) {
        run_step_failed(r, "how `%s` ended is not known: %s", name_of(r), why);
    } else if (is_check(r)) {
        check_again(r, why);
    } else if ((step->repeats || PLANTED(RUN_REPEATED_UNASKED)) && step->tries < REPEATS_MAX) {
        r->body->is_repeated = true;
        r->body->problem = why;
        run_note(r, "step_repeated", NULL);
        run_post(r, "*%s* runs step %s once more: how `%s` ended is not known: %s.", r->operation->id,
                 run_step_called(r->body, (size_t)r->body->at, r->view->arena), name_of(r), why);
        run_launch(r);
    } else {
        r->body->problem = why;
        r->body->reminders = 0;
        run_move(r, "doubting");
        run_tell_waits(r);
        run_note(r, "step_in_doubt", NULL);
        outcome_timer(r->out, "remind", r->view->now_ms + REMIND_MS);
        run_post(r,
                 "*%s*: how did step %s end? Nobody knows of `%s`: %s. `retry %s` runs it again, `promote %s` takes it "
                 "as done, `abort %s` ends the run.",
                 r->operation->id, run_step_called(r->body, (size_t)r->body->at, r->view->arena), name_of(r), why,
                 r->operation->id, r->operation->id, r->operation->id);
    }
}

static void on_ended(struct running *r, const struct program_progress *progress)
{
    struct run_step *step = run_now(r);
    const char *how = program_feed_ended(progress, name_of(r), limit_ms(r, r->body->started_at_ms), r->view->arena);

    step->exit_status = progress->exit_status;
    if (progress->is_lost)
        ask_how_it_ended(r, "it was killed with its shim, or the machine went down");
    else if (!progress->signal && !progress->is_timed_out && progress->exit_status == 0)
        run_step_done(r, how);
    else if (is_check(r))
        check_again(r, how);
    else
        run_step_failed(r, "%s%s", how, program_feed_last_words(&r->body->feed, r->view->arena));
}

static void on_answer(struct running *r, const struct program_progress *progress)
{
    const struct program_feed_teller teller = { r->view, r->operation->id, name_of(r), is_check(r) };
    struct program_feed *feed = &r->body->feed;

    r->body->is_elsewhere = false;
    r->body->problem = r->body->is_repeated || is_check(r) ? r->body->problem : NULL;
    if (is_check(r) && progress->output)
        feed->tail_count = 0; /* of this try alone */
    program_feed_tell(feed, &teller, progress, r->out);
    if (!progress->has_ended)
        look_later(r);
    else if (program_feed_is_over(feed, progress))
        on_ended(r, progress);
    else
        look(r);
}

/* It may run as long as its time limit allows: before that is over it is not run once more, and no step follows. */
static void on_elsewhere(struct running *r)
{
    const char *why = arena_printf(r->view->arena,
                                   "nothing is known of it here: it was started on another machine, or never, or "
                                   "`runs/%s` was removed from data_dir",
                                   r->body->run);

    r->body->is_elsewhere = true;
    if (is_check(r) || r->view->now_ms >= r->body->started_at_ms + run_now(r)->timeout_ms + ELSEWHERE_MS) {
        ask_how_it_ended(r, why);
        return;
    }
    r->body->problem = arena_printf(r->view->arena, "%s. It may run there until its time limit of %s is over", why,
                                    duration_about(run_now(r)->timeout_ms).text);
    look_later(r);
}

/* ---- executing, stopping ---- */

void run_on_follow(struct running *r)
{
    if (r->body->run)
        look(r);
}

static bool is_silent_for_long(const struct running *r)
{
    return r->view->now_ms >= r->body->started_at_ms + run_now(r)->timeout_ms + SILENCE_MS;
}

void run_on_progress(struct running *r)
{
    struct program_progress progress;
    struct error err;

    if (r->event->end == END_DONE &&
        shape_from_json(&program_progress_shape, r->event->body, r->view->arena, &progress, &err)) {
        if (progress.is_elsewhere)
            on_elsewhere(r);
        else
            on_answer(r, &progress);
    } else if (r->event->end == END_FAILED || is_silent_for_long(r)) {
        ask_how_it_ended(r, run_reason(r));
    } else {
        r->body->problem = run_reason(r);
        look_later(r);
    }
}

void run_on_posted(struct running *r)
{
    r->body->feed.is_posting = false;
    run_keep(r);
}

void run_on_stop_ended(struct running *r)
{
    if (r->event->end == END_DONE)
        return;
    r->body->problem = arena_printf(r->view->arena, "it cannot be stopped: %s", run_reason(r));
    run_keep(r);
}

bool run_program_runs(const struct running *r)
{
    return run_is_in(r, "launching") || run_is_in(r, "executing");
}

void run_stop_program(struct running *r)
{
    if (run_is_in(r, "executing")) {
        send_stop(r);
        return;
    }
    outcome_cancel_effects(r->out, "program"); /* unless it is under way: then its end comes, and tells */
    r->body->looks++;
    run_keep(r);
}

void run_let_go(struct running *r)
{
    run_step_failed(r,
                    "how `%s` ended is not known: it was started on another machine, and cannot be stopped from here",
                    name_of(r));
}
