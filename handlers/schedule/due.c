/* due.c - what is due is run, once; and what became of that. */
#include "handlers/schedule/scheduling.h"

#include "bot/model/card.h"
#include "bot/model/plant.h"
#include "handlers/operation_words.h"
#include "handlers/runbook/runbook.h"
#include "handlers/schedule/schedule.h"

#include <string.h>

#define LATE_MS (5 * MINUTE_MS)    /* so late a run is missed: less is a restart, or another instance that took over */
#define LOOK_MS MINUTE_MS          /* at least so often it looks at the clock, which somebody may set */
#define SET_BACK_MS (25 * HOUR_MS) /* a clock that was so far ahead was wrong: what was run by it is forgotten */
#define COUNTED_MAX 1000

/* ---- a run ---- */

/* The oldest go; one that is at work stays, or nobody would know that it is. */
static struct schedule_run *add_run(struct scheduling *s, struct schedule_kept *kept, int64_t due_ms, int64_t passed)
{
    struct schedule_run *runs = NULL;
    size_t count = 0, over = kept->runs_count >= SCHEDULE_RUNS_KEPT ? kept->runs_count - SCHEDULE_RUNS_KEPT + 1 : 0;

    for (size_t i = 0; i < kept->runs_count; i++) {
        if (over > 0 && kept->runs[i].result)
            over--;
        else
            *ARENA_PUSH(s->view->arena, runs, count) = kept->runs[i];
    }
    *ARENA_PUSH(s->view->arena, runs, count) = (struct schedule_run){ .due_ms = due_ms, .passed = passed };
    kept->runs = runs;
    kept->runs_count = count;
    return &runs[count - 1];
}

/* A run that never began. */
static void close_run(struct scheduling *s, const struct schedule_kept *kept, struct schedule_run *run,
                      const char *result, const char *summary)
{
    run->result = result;
    run->summary = summary;
    run->waits = NULL;
    run->ended_ms = view_unix_ms(s->view);
    schedule_note(s, "ended", kept, run);
}

/* "nightly@2026-11-24T01:00:00.000Z": each due time is asked for by a name of its own. */
static const char *run_name(const struct scheduling *s, const struct schedule_kept *kept, int64_t due_ms)
{
    return arena_printf(s->view->arena, "%s@%s", kept->name, time_format(due_ms).text);
}

static void start(struct scheduling *s, struct schedule_kept *kept, int64_t due_ms, int64_t passed)
{
    const struct scheduled of = schedule_find(s->view->settings, kept->name);
    struct principal *who = ARENA_NEW(s->view->arena, struct principal);
    const char *name = run_name(s, kept, due_ms), **words = NULL;
    size_t count = 0;

    *who = (struct principal){ .system = SCHEDULE_SYSTEM, .id = kept->name };
    *ARENA_PUSH(s->view->arena, words, count) = of.runbook->name;
    for (size_t i = 0; i < of.schedule->args_count; i++)
        *ARENA_PUSH(s->view->arena, words, count) =
            arena_printf(s->view->arena, "%s=%s", of.schedule->args[i].key, of.schedule->args[i].value);
    schedule_note(s, "due", kept, add_run(s, kept, due_ms, passed));
    outcome_request(s->out, (struct wanted_request){ .name = name,
                                                     .verb = verb_run.name,
                                                     .words = words,
                                                     .words_count = count,
                                                     .requester = who,
                                                     .source = SCHEDULE_SYSTEM,
                                                     .request_id = name });
}

/* ---- it is due ---- */

struct due {
    int64_t first_ms, last_ms, passed;
    bool is_missed; /* the first of them long ago */
};

static const char *passed_words(const struct scheduling *s, const struct due *due)
{
    return due->passed == 1 ? "was due"
                            : arena_printf(s->view->arena, "was due %s%lld times since",
                                           due->passed == COUNTED_MAX ? "more than " : "", (long long)due->passed);
}

static void leave_out(struct scheduling *s, struct schedule_kept *kept, const struct due *due)
{
    const char *why = "opsgate did not run then";

    close_run(s, kept, add_run(s, kept, due->last_ms, due->passed), "missed", why);
    schedule_tell_owner(s, kept, "%s %s, and %s: left out, as it says (`missed: skip`). It is %s.",
                        passed_words(s, due), schedule_wall(s->view, kept, due->first_ms), why,
                        schedule_next_words(s->view, kept));
}

static void overlap(struct scheduling *s, struct schedule_kept *kept, const struct due *due)
{
    const struct runbook_schedule *schedule = schedule_find(s->view->settings, kept->name).schedule;
    const struct schedule_run *before = schedule_at_work(kept);
    const char *since = schedule_wall(s->view, kept, before->due_ms),
               *operation = before->operation ? before->operation : "its last run";

    if (schedule->overlap == OVERLAP_QUEUE) {
        kept->queued_ms = due->last_ms;
        kept->queued_passed += due->passed;
        schedule_tell(s, kept, "is due, and waits for %s, at work since %s.", operation, since);
        schedule_note(s, "queued", kept, before);
        return;
    }
    close_run(s, kept, add_run(s, kept, due->last_ms, due->passed), "skipped",
              arena_printf(s->view->arena, "%s was still at work", operation));
    schedule_tell_owner(s, kept, "%s %s, and was left out: %s, due %s, is still at work.", passed_words(s, due),
                        schedule_wall(s->view, kept, due->first_ms), operation, since);
}

static void run_due(struct scheduling *s, struct schedule_kept *kept, const struct due *due)
{
    const struct runbook_schedule *schedule = schedule_find(s->view->settings, kept->name).schedule;
    int64_t late_ms = view_unix_ms(s->view) - due->last_ms;

    if (due->is_missed && schedule->missed == MISSED_SKIP && late_ms > LATE_MS) {
        leave_out(s, kept, due);
        return;
    }
    if (schedule_at_work(kept)) {
        overlap(s, kept, due);
        return;
    }
    if (due->is_missed)
        schedule_tell_owner(s, kept, "%s %s, and opsgate did not run then: it is run now, once, %s late.",
                            passed_words(s, due), schedule_wall(s->view, kept, due->first_ms),
                            duration_about(view_unix_ms(s->view) - due->first_ms).text);
    start(s, kept, due->last_ms, due->passed);
}

/* The clock was set back behind what was due already: that is not run again, unless it had been far ahead. What was
 * reckoned by such a clock would come in years. */
static void heed_clock(struct scheduling *s, struct schedule_kept *kept, const struct cron *cron,
                       const struct zone *zone)
{
    int64_t now_ms = view_unix_ms(s->view), next_ms;
    bool was_far = kept->last_due_ms > now_ms + SET_BACK_MS;

    if (was_far)
        kept->last_due_ms = now_ms;
    next_ms = cron_next(cron, zone, kept->last_due_ms > now_ms ? kept->last_due_ms : now_ms);
    if (!was_far && kept->next_ms <= next_ms + SET_BACK_MS)
        return;
    kept->next_ms = next_ms;
    schedule_tell_owner(s, kept, "goes by the clock again, which was far ahead and was set back. It is %s.",
                        schedule_next_words(s->view, kept));
}

/* What it was reckoned to be due at counts, whatever a newer tz database says. */
static struct due due_of(const struct schedule_kept *kept, const struct cron *cron, const struct zone *zone,
                         int64_t now_ms)
{
    struct due due = { .first_ms = kept->next_ms, .last_ms = kept->next_ms, .passed = 1 };
    int64_t last_ms = cron_last(cron, zone, kept->next_ms + 1, now_ms);

    if (last_ms != CRON_NEVER) {
        due.last_ms = last_ms;
        due.passed += cron_count(cron, zone, kept->next_ms + 1, now_ms, COUNTED_MAX - 1);
    }
    due.is_missed = now_ms - due.first_ms > LATE_MS;
    return due;
}

static void look_at(struct scheduling *s, struct schedule_kept *kept)
{
    int64_t now_ms = view_unix_ms(s->view);
    const struct zone *zone;
    struct cron cron;
    struct due due;

    if (!schedule_find(s->view->settings, kept->name).schedule || !schedule_times(s->view, kept, &cron, &zone))
        return; /* gone with another configuration, which is heard of in a moment */
    heed_clock(s, kept, &cron, zone);
    if (kept->is_paused && kept->paused_until_ms && kept->paused_until_ms <= now_ms)
        schedule_end_pause(s, kept);
    if (kept->next_ms > now_ms)
        return;
    due = due_of(kept, &cron, zone, now_ms);
    kept->next_ms = cron_next(&cron, zone, now_ms);
    if (kept->is_paused || (PLANTED(DUE_LOST) && now_ms - due.last_ms > 500))
        return;
    kept->last_due_ms = due.last_ms;
    run_due(s, kept, &due);
}

void schedule_tick(struct scheduling *s)
{
    int64_t now_ms = view_unix_ms(s->view), next_ms = now_ms + LOOK_MS;

    for (size_t i = 0; i < s->body->list_count; i++) {
        struct schedule_kept *kept = &s->body->list[i];

        if (!schedule_find(s->view->settings, kept->name).schedule)
            continue; /* out of the file: MESSAGE_OWNER, which comes with each file, takes it out here, too */
        look_at(s, kept);
        if (kept->next_ms < next_ms)
            next_ms = kept->next_ms;
    }
    outcome_timer(s->out, "due", s->view->now_ms + (next_ms > now_ms ? next_ms - now_ms : 0));
}

/* ---- what became of it ---- */

/* The run that the event is about, by the name that it was asked for with. */
static struct schedule_run *find_run(const struct scheduling *s, struct schedule_kept **ret_kept)
{
    const char *name = json_find_string(s->event->body, "name");

    for (size_t i = 0; name && i < s->body->list_count; i++)
        for (size_t k = 0; k < s->body->list[i].runs_count; k++) {
            struct schedule_run *run = &s->body->list[i].runs[k];

            *ret_kept = &s->body->list[i];
            if (!run->result && strcmp(run_name(s, *ret_kept, run->due_ms), name) == 0)
                return run;
        }
    return NULL;
}

/* By its own state, as it is when this is read; the same is told once. */
static void tell_waiting(struct scheduling *s, const struct schedule_kept *kept, struct schedule_run *run)
{
    const struct operation *operation = run->operation ? s->view->find_operation(s->view->ctx, run->operation) : NULL;
    const char *why = operation ? runbook_waits_for(operation, s->view->arena) : NULL;

    if (!why || (run->waits && strcmp(run->waits, why) == 0))
        return;
    run->waits = why;
    schedule_tell_owner(s, kept, "waits for somebody (*%s*): %s.", run->operation, why);
}

void schedule_on_begun(struct scheduling *s)
{
    struct schedule_kept *kept;
    struct schedule_run *run = find_run(s, &kept);

    if (!run)
        return;
    run->operation = json_find_string(s->event->body, "operation");
    tell_waiting(s, kept, run); /* it did at once, and knew of nobody to be told */
}

/* What was due meanwhile; unless it was taken out of the file, or paused. */
static void go_on(struct scheduling *s, struct schedule_kept *kept)
{
    int64_t due_ms = kept->queued_ms, passed = kept->queued_passed;

    kept->queued_ms = kept->queued_passed = 0;
    if (due_ms && !kept->is_paused && schedule_find(s->view->settings, kept->name).schedule)
        start(s, kept, due_ms, passed);
}

static const char *told(const struct scheduling *s, const char *key)
{
    return operation_told(s->event, key, s->view->arena);
}

void schedule_on_refused(struct scheduling *s)
{
    struct schedule_kept *kept;
    struct schedule_run *run = find_run(s, &kept);

    if (!run)
        return;
    close_run(s, kept, run, "refused", told(s, "text"));
    schedule_tell_owner(s, kept, "was due %s, and was refused: %s. It is %s.",
                        schedule_wall(s->view, kept, run->due_ms), run->summary, schedule_next_words(s->view, kept));
    go_on(s, kept);
}

void schedule_on_ended(struct scheduling *s)
{
    const char *result = json_find_string(s->event->body, "result"),
               *id = json_find_string(s->event->body, "operation");
    struct schedule_kept *kept;
    struct schedule_run *run = find_run(s, &kept);

    if (!run)
        return;
    run->operation = id ? id : run->operation;
    close_run(s, kept, run, result ? result : "failed", told(s, "summary"));
    if (strcmp(run->result, "done") == 0)
        schedule_tell(s, kept, "is done (*%s*): %s. It is %s.", run->operation, run->summary,
                      schedule_next_words(s->view, kept));
    else
        schedule_tell_owner(s, kept, "%s%s (*%s*): %s. It is %s.", strcmp(run->result, "failed") == 0 ? "" : "was ",
                            run->result, run->operation, run->summary, schedule_next_words(s->view, kept));
    go_on(s, kept);
}

void schedule_on_waits(struct scheduling *s)
{
    struct schedule_kept *kept;
    struct schedule_run *run = find_run(s, &kept);

    if (run)
        tell_waiting(s, kept, run);
}
