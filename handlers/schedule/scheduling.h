/* scheduling.h - one event's decision about schedules, and what the files of this folder share. Only for this folder.
 */
#ifndef OPSGATE_HANDLERS_SCHEDULE_SCHEDULING_H
#define OPSGATE_HANDLERS_SCHEDULE_SCHEDULING_H

#include "bot/base/time.h"
#include "bot/model/event.h"
#include "bot/model/outcome.h"
#include "bot/model/settings.h"
#include "bot/model/view.h"
#include "handlers/schedule/body.h"
#include "handlers/schedule/cron.h"

struct scheduling {
    const struct view *view;
    struct schedules_body *body; /* ours to change, with its list and their runs */
    const struct event *event;   /* NULL: it begins */
    struct outcome *out;
};

/* ---- kept.c ---- */

/* As the configuration has it; both are NULL where it has it no more. */
struct scheduled {
    const struct runbook_settings *runbook;
    const struct runbook_schedule *schedule;
};
struct scheduled schedule_find(const struct settings *settings, const char *name);
/* Its times, as they are reckoned. False: what is kept cannot be read (any more). */
bool schedule_times(const struct view *view, const struct schedule_kept *kept, struct cron *ret_cron,
                    const struct zone **ret_zone);
struct schedule_kept *schedule_kept_find(const struct schedules_body *body, const char *name); /* or NULL */
struct schedule_run *schedule_at_work(const struct schedule_kept *kept);                       /* or NULL */

void schedule_note(struct scheduling *s, const char *kind, const struct schedule_kept *kept,
                   const struct schedule_run *run); /* "schedule.KIND" in the journal */

/* ---- words.c ---- */

/* "Tue 24 Nov 2026 02:00 Europe/Berlin" */
const char *schedule_wall(const struct view *view, const struct schedule_kept *kept, int64_t unix_ms);
const char *schedule_next_words(const struct view *view, const struct schedule_kept *kept);
/* "due DATE: done, D12: SUMMARY" */
const char *schedule_run_words(const struct view *view, const struct schedule_kept *kept,
                               const struct schedule_run *run);

/* ---- told.c ---- */

/* Into the schedule's channel, its owner called by name. */
void schedule_tell_owner(struct scheduling *s, const struct schedule_kept *kept, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void schedule_tell(struct scheduling *s, const struct schedule_kept *kept, const char *fmt, ...)
    PRINTF_LIKE(3, 4); /* a line, and nobody is called */

/* ---- due.c ---- */

void schedule_tick(struct scheduling *s); /* whatever is due by now is run, and when it looks again */
void schedule_on_begun(struct scheduling *s);
void schedule_on_refused(struct scheduling *s);
void schedule_on_ended(struct scheduling *s);
void schedule_on_waits(struct scheduling *s);

/* ---- pause.c ---- */

enum schedules_act { SCHEDULES_LIST, SCHEDULES_SHOW, SCHEDULES_PAUSE, SCHEDULES_RESUME };
struct schedules_arguments {
    enum schedules_act act;
    const char *name; /* NULL: all */
    int64_t for_ms;   /* pause; 0: until it is resumed */
};
void schedule_on_request(struct scheduling *s);
void schedule_end_pause(struct scheduling *s, struct schedule_kept *kept); /* its time is over */

#endif
