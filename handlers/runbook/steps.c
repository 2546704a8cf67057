/* steps.c - from one step to the next, and how a run is ended before its last. */
#include "handlers/runbook/running.h"

#include "handlers/runbook/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_BYTES 1000
#define TAIL_KEPT 5 /* lines of each step, once it is over */

static const struct {
    void (*begin)(struct running *r);
    bool changes; /* policy, locks and the halt are asked before it begins */
} kinds[] = {
    [RUN_PROGRAM] = { run_launch, true },   [RUN_CHECK] = { run_launch, false },
    [RUN_VERB] = { run_ask_request, true }, [RUN_MANUAL] = { run_ask_person, true },
    [RUN_WAIT] = { run_wait, false },
};

/* ---- it begins ---- */

void run_start(struct running *r)
{
    if (r->operation->target) {
        run_move(r, "queued");
        r->out->claims = r->operation->target;
        return;
    }
    if (r->body->timeout_ms)
        outcome_timer(r->out, "over", r->view->now_ms + r->body->timeout_ms);
    run_go_on(r);
}

/* Judged again: it may have waited for long. */
void run_on_granted(struct running *r)
{
    struct decision decision = run_ask_policy(r->view, r->operation, r->body, POLICY_WHOLE);

    if (decision.verdict != VERDICT_ALLOW) {
        run_refuse(r, &decision);
        return;
    }
    run_break_glass(r, &decision);
    if (r->body->timeout_ms)
        outcome_timer(r->out, "over", r->view->now_ms + r->body->timeout_ms);
    run_go_on(r);
}

/* ---- the next step ---- */

/* Of a failover: was it in time? */
static const char *objective_text(const struct running *r)
{
    int64_t took_ms = r->view->now_ms - r->operation->created_at_ms;

    if (!r->body->is_failover)
        return "";
    if (!r->body->recovery_time_ms)
        return " (no RTO is named)";
    return arena_printf(r->view->arena, ", %s %s (RTO)",
                        took_ms <= r->body->recovery_time_ms ? "within" : "*later than*",
                        duration_about(r->body->recovery_time_ms).text);
}

static void end_done(struct running *r)
{
    size_t skipped = 0, failed = 0;

    for (size_t i = 0; i < r->body->steps_count; i++) {
        skipped += r->body->steps[i].mark == RUN_SKIPPED;
        failed += r->body->steps[i].mark == RUN_FAILED;
    }
    run_end(r, "done", "`%s` is done after %s%s: %zu step%s%s%s", run_line(r->body, r->view->arena),
            duration_about(r->view->now_ms - r->operation->created_at_ms).text, objective_text(r),
            r->body->steps_count - skipped, r->body->steps_count - skipped == 1 ? "" : "s",
            failed ? arena_printf(r->view->arena, ", %zu of them failed, as it may", failed) : "",
            skipped ? arena_printf(r->view->arena, ", %zu left out", skipped) : "");
}

static bool find_next(struct running *r)
{
    while (r->body->at < (int64_t)r->body->steps_count && run_now(r)->mark != RUN_TODO)
        r->body->at++;
    return r->body->at < (int64_t)r->body->steps_count;
}

static void begin_step(struct running *r)
{
    struct run_step *step = run_now(r);

    step->mark = RUN_NOW;
    step->told = NULL;
    step->began_at_ms = r->view->now_ms;
    r->body->held = NULL;
    r->body->problem = NULL;
    r->body->is_repeated = false;
    run_note(r, "step_began", NULL);
    kinds[step->kind].begin(r);
}

void run_hold(struct running *r, const char *why)
{
    const char *glass;
    bool is_new = !r->body->held, was_run = run_now(r)->kind == RUN_PROGRAM && run_now(r)->tries > 0;

    run_now(r)->mark = RUN_TODO;
    r->body->held =
        was_run ? arena_printf(r->view->arena, "%s; it was run before, and how that ended is not known", why) : why;
    run_move(r, "held");
    if (!is_new)
        return;
    run_tell_waits(r);
    glass = run_glass_text(r->view, r->operation, r->body);
    run_post(r, "*%s* is held before step %s: %s. `retry %s` asks again, `abort %s` ends it.%s%s%s", r->operation->id,
             run_step_called(r->body, (size_t)r->body->at, r->view->arena), r->body->held, r->operation->id,
             r->operation->id, glass ? " To break the glass " : "", glass ? glass : "", glass ? "." : "");
}

void run_go_on(struct running *r)
{
    struct decision decision;

    if (!find_next(r)) {
        end_done(r);
        return;
    }
    if (r->body->is_paused) {
        run_move(r, "paused");
        return;
    }
    decision = run_ask_policy(r->view, r->operation, r->body, POLICY_INCREASE);
    if (kinds[run_now(r)->kind].changes && decision.verdict != VERDICT_ALLOW)
        run_hold(r, run_denial(&decision, r->view->arena));
    else
        begin_step(r);
}

/* ---- a step is over ---- */

static void close_step(struct running *r, enum run_mark mark, const char *told)
{
    struct run_step *step = run_now(r);
    struct program_feed *feed = &r->body->feed;
    size_t first = feed->tail_count > TAIL_KEPT ? feed->tail_count - TAIL_KEPT : 0;
    cJSON *body = json_object(), *lines = NULL;

    step->mark = mark;
    step->told = told;
    step->ended_at_ms = r->view->now_ms;
    step->tail = feed->tail + first;
    step->tail_count = feed->tail_count - first;
    *feed = (struct program_feed){ .posts = feed->posts, .posted_at_ms = feed->posted_at_ms };
    r->body->run = NULL;
    r->body->is_elsewhere = false;
    outcome_cancel_timer(r->out, "step-over");
    outcome_cancel_timer(r->out, "remind");
    json_set_string(body, "step", run_step_called(r->body, (size_t)r->body->at, r->view->arena));
    json_set_string(body, "result", run_mark_names[mark]);
    json_set_string(body, "told", told);
    if (step->tail_count > 0)
        lines = json_set(body, "tail", json_array());
    for (size_t i = 0; i < step->tail_count; i++)
        json_add_string(lines, step->tail[i]);
    outcome_journal(r->out, "runbook.step_ended", body, NULL);
}

static void go_to_next(struct running *r)
{
    r->body->at++;
    run_go_on(r);
}

void run_step_done(struct running *r, const char *told)
{
    close_step(r, RUN_DONE, told);
    if (r->body->stopping)
        run_end(r, r->body->stopping_as, "%s; step %s had ended well by then", r->body->stopping,
                run_step_called(r->body, (size_t)r->body->at, r->view->arena));
    else
        go_to_next(r);
}

void run_step_failed(struct running *r, const char *fmt, ...)
{
    const char *called = run_step_called(r->body, (size_t)r->body->at, r->view->arena);
    char text[SENTENCE_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    close_step(r, RUN_FAILED, arena_strdup(r->view->arena, text));
    if (r->body->stopping)
        run_end(r, r->body->stopping_as, "%s; step %s: %s", r->body->stopping, called, text);
    else if (run_now(r)->may_fail)
        go_to_next(r);
    else
        run_end(r, "failed", "Step %s: %s", called, text);
}

/* ---- it is to end ---- */

static bool has_child(const struct running *r)
{
    return run_is_in(r, "asking") || run_is_in(r, "following");
}

static void end_now(struct running *r)
{
    if (run_now(r)->mark == RUN_NOW)
        close_step(r, RUN_FAILED, r->body->stopping);
    run_end(r, r->body->stopping_as, "%s", r->body->stopping);
}

void run_keep_stop(struct running *r, const char *as, const char *why, const struct request *by)
{
    struct run_stop *stop = ARENA_NEW(r->view->arena, struct run_stop);

    r->body->stopping = why;
    r->body->stopping_as = as;
    if (by) {
        *stop = (struct run_stop){ by->principal, by->source, by->id };
        r->body->stop = stop;
    }
}

void run_stop(struct running *r, const char *as, const char *why, const struct request *by)
{
    run_keep_stop(r, as, why, by);
    if (run_program_runs(r))
        run_stop_program(r);
    else if (has_child(r))
        run_abort_child(r);
    else
        end_now(r);
}

static bool is_late(const struct running *r)
{
    return !r->body->stopping && !run_is_in(r, APPROVAL_STATE) && !run_is_in(r, "queued");
}

void run_on_over(struct running *r)
{
    if (is_late(r))
        run_stop(r, "failed",
                 arena_printf(r->view->arena, "It took longer than %s", duration_exact(r->body->timeout_ms).text),
                 NULL);
}

void run_on_step_over(struct running *r)
{
    const char *limit = duration_exact(run_now(r)->timeout_ms).text;

    if (r->body->stopping)
        return;
    if (run_is_in(r, "confirming"))
        run_step_failed(r, "nobody confirmed it within %s", limit);
    else
        run_stop(r, "failed",
                 arena_printf(r->view->arena, "Step %s took longer than %s",
                              run_step_called(r->body, (size_t)r->body->at, r->view->arena), limit),
                 NULL);
}

void run_on_yield(struct running *r)
{
    const char *by = json_find_string(r->event->body, "by");

    if (!r->body->stopping)
        run_stop(r, "aborted",
                 arena_printf(r->view->arena, "%s rolls %s back", by ? by : "Another operation", r->operation->target),
                 NULL);
}
