/* pause.c - people pause a schedule, and resume it. What is due meanwhile is not run, and is not missed. */
#include "handlers/schedule/scheduling.h"

#include "handlers/schedule/schedule.h"

#include <inttypes.h>

static void note(struct scheduling *s, const char *kind, const struct schedule_kept *kept)
{
    cJSON *body = json_object();

    json_set_string(body, "schedule", kept->name);
    if (kept->paused_until_ms)
        json_set_string(body, "until", time_format(kept->paused_until_ms).text);
    outcome_journal(s->out, kind, body, s->event->request ? principal_personal(&s->event->request->principal) : NULL);
}

static void lift(struct scheduling *s, struct schedule_kept *kept)
{
    const struct zone *zone;
    struct cron cron;

    kept->is_paused = false;
    kept->paused_until_ms = 0;
    kept->paused_by = NULL;
    if (schedule_times(s->view, kept, &cron, &zone))
        kept->next_ms = cron_next(
            &cron, zone, view_unix_ms(s->view) > kept->last_due_ms ? view_unix_ms(s->view) : kept->last_due_ms);
}

void schedule_end_pause(struct scheduling *s, struct schedule_kept *kept)
{
    const char *by = kept->paused_by;

    lift(s, kept);
    schedule_note(s, "resumed", kept, NULL);
    schedule_tell(s, kept, "is at work again: the pause by %s is over. It is %s.", by,
                  schedule_next_words(s->view, kept));
}

static void pause_it(struct scheduling *s, struct schedule_kept *kept, int64_t for_ms)
{
    const struct schedule_run *run = schedule_at_work(kept);

    kept->is_paused = true;
    kept->paused_until_ms = for_ms ? view_unix_ms(s->view) + for_ms : 0;
    kept->paused_by = principal_mention(&s->event->request->principal, s->view->arena);
    kept->queued_ms = kept->queued_passed = 0;
    note(s, "schedule.paused", kept);
    outcome_reply(s->out, "The schedule *%s* is %s. `schedules resume %s` takes that back.", kept->name,
                  schedule_next_words(s->view, kept), kept->name);
    if (run && run->operation)
        outcome_reply_line(s->out, "*%s*, which it began, goes on: `abort %s` ends it.", run->operation,
                           run->operation);
}

static void resume_it(struct scheduling *s, struct schedule_kept *kept)
{
    if (!kept->is_paused) {
        outcome_reply(s->out, "The schedule *%s* is not paused. It is %s.", kept->name,
                      schedule_next_words(s->view, kept));
        return;
    }
    lift(s, kept);
    note(s, "schedule.resumed", kept);
    outcome_reply(s->out, "The schedule *%s* is at work again: %s. What was due meanwhile is not made up for.",
                  kept->name, schedule_next_words(s->view, kept));
}

void schedule_on_request(struct scheduling *s)
{
    const struct schedules_arguments *arguments = s->event->arguments;
    struct schedule_kept *kept = schedule_kept_find(s->body, arguments->name);

    if (!kept)
        outcome_refuse(s->out,
                       "The schedule `%s` has just come with another configuration. Nothing was done: ask again.",
                       arguments->name);
    else if (arguments->act == SCHEDULES_PAUSE)
        pause_it(s, kept, arguments->for_ms);
    else
        resume_it(s, kept);
}
