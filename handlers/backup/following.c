/* following.c - what became of a call: taken, refused, or unknown; then it is looked for, and never sent again alone.
 */
#include "handlers/backup/working.h"

#include "handlers/thread.h"

#include "bot/model/card.h"
#include "bot/model/exchange.h"
#include "bot/model/plant.h"

#include <string.h>

#define POLL_MS (3 * SECOND_MS)
#define SEEK_MS (5 * SECOND_MS)
#define SEEK_LATER_MS (30 * SECOND_MS)
#define SEEK_DEADLINE_MS (45 * SECOND_MS)  /* a call that was out has come by then, and is listed */
#define BLIND_DEADLINE_MS (10 * MINUTE_MS) /* so much longer it is looked for alone while Google cannot be asked */
#define FOLLOW_DEADLINE_MS (24 * HOUR_MS)  /* Google itself gives up on an export or an import after that */
#define READ_DEADLINE_MS (20 * SECOND_MS)
#define SHOWN_BYTES 100

/* ---- readings ---- */

static void read_progress(struct working *w)
{
    struct database_look look = { w->body->plan.place, w->body->operation };

    outcome_read(w->out, "progress", READING_DATABASE_OPERATION,
                 shape_to_json(&database_look_shape, &look, SHAPE_WHOLE), READ_DEADLINE_MS);
}

static void seek(struct working *w)
{
    const struct backup_plan *plan = &w->body->plan;
    struct backup_sought sought = {
        .errand = { .place = plan->place,
                    .kind = backup_kind(plan, w->body->stage),
                    .into = backup_here(w),
                    .description = w->body->description,
                    .file = plan->file },
        .known = w->body->known,
        .known_at_ms = w->body->known_at_ms,
        .since_ms = w->body->sent_at_ms + w->view->shift_ms,
    };

    outcome_read(w->out, "sought", READING_BACKUP_SOUGHT, shape_to_json(&backup_sought_shape, &sought, SHAPE_WHOLE),
                 READ_DEADLINE_MS);
}

static bool reads_progress(struct working *w, struct database_progress *ret_progress)
{
    struct error ignored;

    return w->event->end == END_DONE &&
           shape_from_json(&database_progress_shape, w->event->body, w->view->arena, ret_progress, &ignored);
}

void backup_on_poll(struct working *w)
{
    backup_keep(w);
    if (backup_is_in(w, "following"))
        read_progress(w);
    else
        seek(w);
}

/* ---- sending ---- */

/* From here on nobody can say that the database is as it was: half restored or half imported, it is neither. */
static void mark_overwritten(struct working *w)
{
    const char *kind = backup_kind(&w->body->plan, w->body->stage);

    if (strcmp(w->body->stage, BACKUP_REAL) == 0 &&
        (strcmp(kind, BACKUP_RESTORE) == 0 || strcmp(kind, BACKUP_IMPORT) == 0))
        w->body->has_overwritten = true;
}

static void follow(struct working *w, const char *operation)
{
    mark_overwritten(w);
    w->body->operation = operation;
    w->body->doubt = NULL;
    w->body->is_in_doubt = false;
    backup_move(w, "following", FOLLOW_DEADLINE_MS);
    read_progress(w);
}

void backup_seek(struct working *w)
{
    backup_move(w, "seeking", SEEK_DEADLINE_MS);
    seek(w);
}

static void doubt(struct working *w)
{
    w->body->doubt = backup_reason(w);
    w->body->is_in_doubt = true;
    backup_note(w, "in_doubt", "has no answer to the call, and looks whether it began", NULL);
    backup_seek(w);
}

/* This call was not taken; but of one before it nobody knows, and that one may be why. */
static void not_taken(struct working *w, const char *how)
{
    if (!w->body->is_in_doubt) {
        backup_refuse(w, "%s: %s", how, backup_reason(w));
        return;
    }
    w->body->doubt = backup_reason(w);
    backup_seek(w);
}

void backup_on_sent(struct working *w)
{
    const char *operation = w->event->body ? json_find_string(w->event->body, "operation") : NULL;

    switch (w->event->end) {
    case END_DONE:
        if (operation)
            follow(w, operation);
        else
            doubt(w);
        break;
    case END_UNKNOWN:
        if (PLANTED(BACKUP_UNKNOWN_IS_NONE))
            not_taken(w, "No call got through to Google");
        else
            doubt(w);
        break;
    case END_FAILED:
        not_taken(w, "Google refused it");
        break;
    case END_GAVE_UP:
        not_taken(w, "No call got through to Google");
        break;
    case END_CANCELLED:
        not_taken(w, "It was not sent");
        break;
    }
}

/* ---- seeking, asking ---- */

static void found(struct working *w, const struct database_progress *progress)
{
    const char *user = progress->user ? arena_printf(w->view->arena, ", begun by %s",
                                                     card_quote(str_of(progress->user), SHOWN_BYTES, w->view->arena))
                                      : "";

    w->body->is_in_doubt = false;
    w->body->doubt = NULL;
    w->body->problem = NULL;
    backup_note(w, "found", arena_printf(w->view->arena, "found that it began%s", user), NULL);
    outcome_cancel_timer(w->out, "poll");
    if (progress->operation)
        follow(w, progress->operation);
    else
        backup_inspect(w);
}

static const char *sought_text(const struct working *w)
{
    if (w->body->problem)
        return arena_printf(w->view->arena, "it could not be found out (%s)", w->body->problem);
    return "Google lists no such thing since";
}

/* In front of a person: only they can say whether it is to be sent once more. */
void backup_ask(struct working *w)
{
    const char *id = w->operation->id;

    w->body->looks++;
    backup_note(w, "asks", "cannot tell whether it began, and asks", NULL);
    backup_move(w, "asking", 0);
    outcome_timer(w->out, "poll", w->view->now_ms + SEEK_LATER_MS);
    thread_post(
        w->view,
        (struct reply){
            .text = arena_printf(w->view->arena,
                                 "%s: nobody knows whether *%s* began on `%s` (%s): %s. `retry %s` reads it, and sends "
                                 "it once more if it is as it was; `abort %s` leaves it.",
                                 principal_mention(&w->operation->requester, w->view->arena), id, backup_here(w),
                                 w->body->doubt ? w->body->doubt : "no answer", sought_text(w), id, id) },
        w->out);
}

void backup_on_sought(struct working *w)
{
    struct database_progress progress = { 0 };
    bool is_told = reads_progress(w, &progress);
    bool is_blind = w->view->now_ms >= w->body->state_deadline_at_ms + BLIND_DEADLINE_MS;

    w->body->problem = is_told ? NULL : backup_reason(w);
    if (is_told && (progress.operation || progress.has_moved) && !PLANTED(BACKUP_UNSOUGHT))
        found(w, &progress);
    else if (backup_is_in(w, "asking"))
        backup_poll_in(w, SEEK_LATER_MS);
    else if (PLANTED(BACKUP_SENT_AGAIN) && backup_is_late(w))
        backup_check(w);
    else if (backup_is_late(w) && (is_told || is_blind))
        backup_ask(w);
    else
        backup_poll_in(w, SEEK_MS);
}

/* ---- following ---- */

void backup_on_progress(struct working *w)
{
    struct database_progress progress = { 0 };

    if (reads_progress(w, &progress)) {
        w->body->progress = progress.status ? backup_quote(w, progress.status) : NULL;
        w->body->problem = NULL;
        if (progress.is_done && progress.error)
            backup_fail(w, "Google ended the %s on `%s` with an error: %s", backup_kind(&w->body->plan, w->body->stage),
                        backup_here(w), backup_quote(w, progress.error));
        else if (progress.is_done)
            backup_inspect(w);
    } else {
        w->body->problem = backup_reason(w);
    }
    if (w->out->result || w->out->state)
        return;
    if (backup_is_late(w))
        backup_fail(w, "Google has been at it on `%s` for more than %s, and is not done (%s)", backup_here(w),
                    duration_about(FOLLOW_DEADLINE_MS).text,
                    w->body->problem ? w->body->problem : backup_quote(w, w->body->operation));
    else
        backup_poll_in(w, POLL_MS);
}
