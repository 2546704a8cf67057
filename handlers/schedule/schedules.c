/* schedules.c - the machine: what stands, as the configuration wants it, and which event does what. */
#include "handlers/schedule/schedule.h"

#include "handlers/schedule/scheduling.h"

#include "bot/model/plant.h"

#include <string.h>

#define STATE "watching"

/* ---- as the file has them ---- */

static struct schedule_kept made_new(const struct view *view, const struct runbook_settings *runbook,
                                     const struct runbook_schedule *schedule, const struct schedule_kept *before)
{
    struct schedule_kept kept = { .name = schedule_name(runbook, schedule), .next_ms = CRON_NEVER };
    int64_t after_ms = view_unix_ms(view);
    const struct zone *zone;
    struct cron cron;

    if (before) {
        kept = *before;
        after_ms = before->last_due_ms > after_ms ? before->last_due_ms : after_ms;
    }
    kept.cron = schedule->cron;
    kept.zone = schedule->zone;
    if (schedule_times(view, &kept, &cron, &zone))
        kept.next_ms = cron_next(&cron, zone, after_ms);
    return kept;
}

/* One whose times are as they were keeps what is due; what is due of one with others begins now. */
static void follow_settings(struct scheduling *s)
{
    const struct settings *settings = s->view->settings;
    struct schedules_body next = { NULL, 0 };

    for (size_t i = 0; i < settings->runbooks_count; i++)
        for (size_t k = 0; k < settings->runbooks[i].schedule_count; k++) {
            const struct runbook_settings *runbook = &settings->runbooks[i];
            const struct runbook_schedule *schedule = &runbook->schedule[k];
            const struct schedule_kept *before = schedule_kept_find(s->body, schedule_name(runbook, schedule));
            struct schedule_kept *kept = ARENA_PUSH(s->view->arena, next.list, next.list_count);

            if (before && strcmp(before->cron, schedule->cron) == 0 && strcmp(before->zone, schedule->zone) == 0) {
                *kept = *before;
                continue;
            }
            *kept = made_new(s->view, runbook, schedule, before);
            schedule_note(s, "planned", kept, NULL);
        }
    for (size_t i = 0; i < s->body->list_count; i++)
        if (!schedule_kept_find(&next, s->body->list[i].name))
            schedule_note(s, "dropped", &s->body->list[i], NULL);
    *s->body = next;
}

static void on_owner(struct scheduling *s)
{
    follow_settings(s);
    for (size_t i = 0; i < s->body->list_count && PLANTED(DUE_TWICE); i++)
        if (s->body->list[i].last_due_ms)
            s->body->list[i].next_ms = s->body->list[i].last_due_ms;
    if (s->body->list_count == 0)
        outcome_end(s->out, "done", "done", "nothing is run by itself any more: no runbook has a schedule");
    else
        schedule_tick(s);
}

/* ---- what stands ---- */

static const struct move {
    enum event_kind kind;
    const char *name; /* NULL: any */
    void (*decide)(struct scheduling *s);
} moves[] = {
    { EVENT_TIMER, "due", schedule_tick },
    { EVENT_MESSAGE, MESSAGE_OWNER, on_owner },
    { EVENT_MESSAGE, MESSAGE_CHILD_BEGUN, schedule_on_begun },
    { EVENT_MESSAGE, MESSAGE_CHILD_REFUSED, schedule_on_refused },
    { EVENT_MESSAGE, MESSAGE_CHILD_ENDED, schedule_on_ended },
    { EVENT_MESSAGE, MESSAGE_RUN_WAITS, schedule_on_waits },
    { EVENT_REQUEST, NULL, schedule_on_request },
};

/* Ours to change: what the record has stays as it is. */
static struct schedules_body *own_body(const struct schedules_body *body, struct arena *arena)
{
    struct schedules_body *own = ARENA_NEW(arena, struct schedules_body);

    for (size_t i = 0; i < body->list_count; i++) {
        struct schedule_kept *kept = ARENA_PUSH(arena, own->list, own->list_count);

        *kept = body->list[i];
        kept->runs = arena_alloc(arena, (kept->runs_count + 1) * sizeof(*kept->runs));
        for (size_t k = 0; k < kept->runs_count; k++)
            kept->runs[k] = body->list[i].runs[k];
    }
    return own;
}

static void on_event(const struct view *view, const struct operation *operation, const void *body,
                     const struct event *event, struct outcome *out)
{
    struct scheduling s = { view, own_body(body, view->arena), event, out };

    (void)operation;
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || (moves[i].name && strcmp(moves[i].name, event->name) != 0))
            continue;
        moves[i].decide(&s);
        outcome_move(out, out->state, s.body);
        return;
    }
}

static void stand(const struct view *view, struct outcome *out)
{
    struct scheduling s = { view, ARENA_NEW(view->arena, struct schedules_body), NULL, out };

    follow_settings(&s);
    if (s.body->list_count == 0)
        return;
    outcome_begin(out, machine_schedules.kind, NULL, STATE, s.body);
    schedule_tick(&s);
}

const struct machine machine_schedules = {
    .kind = "watch.schedules",
    .schema = 1,
    .body = &schedules_body_shape,
    .stand = stand,
    .on_event = on_event,
};
