/* proving.c - what came of an errand: the backup is good, the instance serves, the runbook is content, a person says go
 * on, those who need the database answer. */
#include "handlers/backup/working.h"

#include "handlers/control.h"
#include "handlers/operation_words.h"
#include "handlers/runbook/runbook.h"
#include "handlers/thread.h"

#include "bot/model/card.h"
#include "bot/model/plant.h"

#include <string.h>

#define POLL_MS (3 * SECOND_MS)
#define SERVE_DEADLINE_MS (30 * MINUTE_MS)
#define HEALTH_DEADLINE_MS (5 * MINUTE_MS)
#define REMIND_MS (4 * HOUR_MS)
#define VERIFY_NAME "verify"
#define ABORT_NAME "abort"

static bool is_stage(const struct working *w, const char *stage)
{
    return strcmp(w->body->stage, stage) == 0;
}

static bool is_kind(const struct working *w, const char *kind)
{
    return strcmp(backup_kind(&w->body->plan, w->body->stage), kind) == 0;
}

static const char *took(const struct working *w)
{
    int64_t took_ms = w->view->now_ms - w->operation->created_at_ms;

    return arena_strdup(w->view->arena, duration_about(took_ms > 0 ? took_ms : 0).text);
}

/* ---- a backup was made ---- */

static void end_created(struct working *w)
{
    const struct backup_run *run = w->body->made;

    backup_end(w, "`%s` is backed up, %s after it was asked for, as `%s`. To restore it: `backup restore %s %s`.",
               w->body->plan.database, took(w), run->id, w->body->plan.database, run->id);
}

static void on_made(struct working *w, const struct backup_run *run)
{
    if (is_stage(w, BACKUP_SAFETY)) {
        w->body->safety = run;
        backup_next_errand(w);
        backup_note(w, "saved", arena_printf(w->view->arena, "made backup %s of what is there", run->id), NULL);
        backup_check(w);
        return;
    }
    w->body->made = run;
    end_created(w);
}

static void on_run(struct working *w, const struct backup_run *run)
{
    const char *pending[] = { "ENQUEUED", "RUNNING", "OVERDUE" };

    if (run && (strcmp(run->status, BACKUP_GOOD) == 0 || PLANTED(BACKUP_RUNS_IS_GOOD))) {
        on_made(w, run);
        return;
    }
    for (size_t i = 0; run && i < ARRAY_LEN(pending); i++)
        if (strcmp(run->status, pending[i]) == 0)
            run = NULL;
    if (run)
        backup_fail(w, "The backup came to no good end: `%s` is %s%s%s", run->id, backup_quote(w, run->status),
                    run->error ? ": " : "", run->error ? backup_quote(w, run->error) : "");
    else if (backup_is_late(w))
        backup_fail(w, "The backup is not listed as good %s after it was done", duration_about(SERVE_DEADLINE_MS).text);
    else
        backup_poll_in(w, POLL_MS);
}

/* ---- an instance was overwritten ---- */

static void end_exported(struct working *w)
{
    backup_end(w, "`%s` of `%s` is exported to `%s`, %s after it was asked for.", w->body->plan.name,
               w->body->plan.database, w->body->plan.file, took(w));
}

static void verify(struct working *w)
{
    const char **words = NULL;
    size_t count = 0;

    *ARENA_PUSH(w->view->arena, words, count) = w->body->plan.verify;
    if (w->body->plan.tells_instance)
        *ARENA_PUSH(w->view->arena, words, count) = arena_printf(w->view->arena, "instance=%s", backup_here(w));
    *ARENA_PUSH(w->view->arena, words, count) =
        arena_printf(w->view->arena, "--reason=%s verifies what it has restored", w->operation->id);
    w->body->child = NULL;
    backup_move(w, "proving", 0);
    outcome_request(w->out, (struct wanted_request){
                                .name = VERIFY_NAME, .verb = verb_run.name, .words = words, .words_count = count });
}

static const char *proof_text(const struct working *w)
{
    return w->body->proof ? arena_printf(w->view->arena, " Verified by `%s`: %s.", w->body->plan.verify, w->body->proof)
                          : " Nothing verified it: the database names no runbook (`verify`).";
}

static void await_person(struct working *w)
{
    const char *id = w->operation->id;

    w->body->looks++;
    backup_move(w, "proved", 0);
    outcome_timer(w->out, "remind", w->view->now_ms + REMIND_MS);
    thread_post(w->view,
                (struct reply){ .text = arena_printf(w->view->arena,
                                                     "%s: `%s` holds backup `%s` now.%s `promote %s` restores it over "
                                                     "`%s`; `abort %s` leaves it at that.",
                                                     principal_mention(&w->operation->requester, w->view->arena),
                                                     w->body->plan.trial, w->body->plan.id, proof_text(w), id,
                                                     w->body->plan.database, id) },
                w->out);
}

void backup_on_remind(struct working *w)
{
    const char *id = w->operation->id;

    backup_keep(w);
    outcome_timer(w->out, "remind", w->view->now_ms + REMIND_MS);
    thread_post(w->view,
                (struct reply){ .text = arena_printf(w->view->arena,
                                                     "*%s* still waits for a person: `promote %s` restores backup `%s` "
                                                     "over `%s`; `abort %s` leaves it.",
                                                     id, id, w->body->plan.id, w->body->plan.database, id) },
                w->out);
}

/* ---- those who need the database ---- */

static void end_overwritten(struct working *w)
{
    const struct backup_plan *plan = &w->body->plan;

    backup_end(w, "%s, %s after it was asked for.%s%s%s",
               plan->id ? arena_printf(w->view->arena, "`%s` is as backup `%s` has it", plan->database, plan->id)
                        : arena_printf(w->view->arena, "`%s` is imported into `%s` of `%s`", plan->file, plan->name,
                                       plan->database),
               took(w), proof_text(w), needs_text(plan->needs, plan->needs_count, w->view->arena), backup_way_back(w));
}

static bool are_healthy(const struct working *w)
{
    return needs_are_healthy(w->body->plan.needs, w->body->plan.needs_count);
}

static void look_at_services(struct working *w)
{
    if (are_healthy(w)) {
        end_overwritten(w);
        return;
    }
    backup_move(w, "services", HEALTH_DEADLINE_MS);
    needs_look(w->view, w->body->plan.needs, w->body->plan.needs_count, w->out);
}

void backup_on_needs_poll(struct working *w)
{
    backup_keep(w);
    needs_look(w->view, w->body->plan.needs, w->body->plan.needs_count, w->out);
}

void backup_on_need(struct working *w)
{
    struct backup_plan *plan = &w->body->plan;

    plan->needs = needs_copy(plan->needs, plan->needs_count, w->view->arena);
    switch (needs_hear(w->view, w->event, plan->needs, plan->needs_count, w->out)) {
    case NEEDS_NOTHING:
        break;
    case NEEDS_ASKED:
        backup_keep(w);
        break;
    case NEEDS_HEARD:
        if (are_healthy(w))
            end_overwritten(w);
        else if (backup_is_late(w))
            backup_fail(w, "`%s` is restored, but %s later:%s", plan->database, duration_about(HEALTH_DEADLINE_MS).text,
                        needs_text(plan->needs, plan->needs_count, w->view->arena));
        else
            backup_poll_in(w, POLL_MS);
        break;
    }
}

/* ---- one stage after the other ---- */

static void go_on(struct working *w)
{
    if (!is_stage(w, BACKUP_TRIAL))
        look_at_services(w);
    else if (w->body->plan.is_trial_alone)
        backup_end(w, "Backup `%s` of `%s` is restored into `%s`, %s after it was asked for.%s `%s` was not changed.",
                   w->body->plan.id, w->body->plan.database, w->body->plan.trial, took(w), proof_text(w),
                   w->body->plan.database);
    else if (!PLANTED(RESTORE_UNASKED))
        await_person(w);
    else
        backup_next_errand(w), backup_go(w);
}

static void on_serving(struct working *w)
{
    w->body->has_trial = w->body->has_trial || is_stage(w, BACKUP_TRIAL);
    w->body->problem = NULL;
    w->body->proof = NULL;
    backup_note(w, "restored", arena_printf(w->view->arena, "has changed `%s`", backup_here(w)), NULL);
    if (w->body->plan.verify)
        verify(w);
    else
        go_on(w);
}

void backup_inspect(struct working *w)
{
    w->body->progress = NULL;
    w->body->problem = NULL;
    if (is_kind(w, BACKUP_EXPORT)) {
        end_exported(w);
        return;
    }
    backup_move(w, "inspecting", SERVE_DEADLINE_MS);
    backup_see(w, backup_here(w), w->body->description);
}

void backup_on_inspect_poll(struct working *w)
{
    backup_keep(w);
    backup_see(w, backup_here(w), w->body->description);
}

void backup_on_inspected(struct working *w)
{
    struct backups_seen seen = { 0 };
    const char *why;

    if (!backup_sees(w, &seen, &why))
        w->body->problem = why;
    else if (is_kind(w, BACKUP_CREATE)) {
        on_run(w, seen.wanted);
        return;
    } else if (strcmp(seen.state, "RUNNABLE") == 0) {
        on_serving(w);
        return;
    } else {
        w->body->problem = arena_printf(w->view->arena, "`%s` is %s", backup_here(w), backup_quote(w, seen.state));
    }
    if (backup_is_late(w))
        backup_fail(w, "Google says that it is done, and %s later: %s", duration_about(SERVE_DEADLINE_MS).text,
                    w->body->problem);
    else
        backup_poll_in(w, POLL_MS);
}

/* ---- the runbook ---- */

static const char *first_line(const struct working *w, const char *key)
{
    return operation_told(w->event, key, w->view->arena);
}

static bool is_named(const struct working *w, const char *name)
{
    const char *told = json_find_string(w->event->body, "name");

    return told && strcmp(told, name) == 0;
}

static void fail_unproved(struct working *w, const char *why)
{
    backup_fail(w, "`%s` does not verify `%s`: %s", w->body->plan.verify, backup_here(w), why);
}

static void on_child_ended(struct working *w)
{
    const char *result = json_find_string(w->event->body, "result");

    if (backup_is_in(w, "stopping")) {
        backup_abort(w, "It was aborted.");
    } else if (result && strcmp(result, "done") == 0) {
        w->body->proof = first_line(w, "summary");
        go_on(w);
    } else {
        fail_unproved(w, arena_printf(w->view->arena, "%s is %s: %s", w->body->child ? w->body->child : "its run",
                                      result ? backup_quote(w, result) : "over", first_line(w, "summary")));
    }
}

static void ask_child_to_stop(struct working *w)
{
    const char **words = ARENA_NEW(w->view->arena, const char *);

    words[0] = w->body->child;
    outcome_request(w->out, (struct wanted_request){
                                .name = ABORT_NAME, .verb = verb_abort.name, .words = words, .words_count = 1 });
}

/* What was asked for may begin yet, and is ended then. */
void backup_stop_child(struct working *w)
{
    backup_move(w, "stopping", 0);
    if (w->body->child)
        ask_child_to_stop(w);
}

void backup_on_child(struct working *w)
{
    const char *name = w->event->name;

    if (strcmp(name, MESSAGE_CHILD_REFUSED) == 0 && is_named(w, ABORT_NAME)) {
        backup_abort(w, arena_printf(w->view->arena, "It was aborted; %s goes on, for its abort was refused: %s.",
                                     w->body->child, first_line(w, "text")));
    } else if (!is_named(w, VERIFY_NAME)) {
        return;
    } else if (strcmp(name, MESSAGE_CHILD_ENDED) == 0) {
        on_child_ended(w);
    } else if (strcmp(name, MESSAGE_CHILD_REFUSED) == 0) {
        if (backup_is_in(w, "stopping"))
            backup_abort(w, "It was aborted.");
        else
            fail_unproved(w, first_line(w, "text"));
    } else if (strcmp(name, MESSAGE_CHILD_BEGUN) == 0) {
        w->body->child = json_find_string(w->event->body, "operation");
        backup_keep(w);
        if (backup_is_in(w, "stopping"))
            ask_child_to_stop(w);
    }
}
