#include "handlers/backup/working.h"

#include "handlers/deploy/ending.h"
#include "handlers/operation_words.h"

#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define READ_DEADLINE_MS (30 * SECOND_MS)
#define QUOTED_BYTES 300
#define SENTENCE_BYTES 1200

/* ---- small moves ---- */

void backup_move(struct working *w, const char *state, int64_t deadline_ms)
{
    w->body->state_deadline_at_ms = w->view->now_ms + deadline_ms;
    outcome_move(w->out, state, w->body);
}

void backup_keep(struct working *w)
{
    outcome_move(w->out, NULL, w->body);
}

void backup_next_errand(struct working *w)
{
    w->body->stage = backup_next_stage(&w->body->plan, w->body->stage);
    w->body->sends = 0;
    w->body->known = NULL;
}

void backup_poll_in(struct working *w, int64_t ms)
{
    backup_keep(w);
    outcome_timer(w->out, "poll", w->view->now_ms + ms);
}

bool backup_is_in(const struct working *w, const char *state)
{
    return strcmp(w->operation->state, state) == 0;
}

bool backup_is_late(const struct working *w)
{
    return w->view->now_ms >= w->body->state_deadline_at_ms;
}

const char *backup_quote(const struct working *w, const char *words)
{
    return card_quote(str_of(words ? words : ""), QUOTED_BYTES, w->view->arena);
}

const char *backup_reason(const struct working *w)
{
    return deploy_why(w->event, w->view->arena);
}

const char *backup_here(const struct working *w)
{
    return backup_instance(&w->body->plan, w->body->stage);
}

void backup_see(struct working *w, const char *instance, const char *description)
{
    const struct backup_plan *plan = &w->body->plan;
    struct backup_look look = {
        .place = plan->place,
        .instance = instance,
        .kind = backup_kind(plan, w->body->stage),
        .id = description ? NULL : plan->id,
        .description = description,
    };

    outcome_read(w->out, "seen", READING_BACKUPS, shape_to_json(&backup_look_shape, &look, SHAPE_WHOLE),
                 READ_DEADLINE_MS);
}

bool backup_sees(struct working *w, struct backups_seen *ret_seen, const char **ret_why)
{
    struct error err;

    if (w->event->end != END_DONE)
        *ret_why = backup_reason(w);
    else if (shape_from_json(&backups_seen_shape, w->event->body, w->view->arena, ret_seen, &err))
        return true;
    else
        *ret_why = backup_quote(w, err.message);
    return false;
}

void backup_note(struct working *w, const char *kind, const char *what, const struct request *request)
{
    cJSON *body = json_object();

    w->body->acts = operation_acts_with(w->view, w->body->acts, request ? &request->principal : NULL, what);
    json_set_string(body, "state", w->operation->state);
    json_set_string(body, "stage", w->body->stage);
    json_set_string(body, "instance", backup_here(w));
    json_set_int(body, "sends", w->body->sends);
    outcome_journal(w->out, arena_printf(w->view->arena, "backup.%s", kind), body,
                    request ? principal_personal(&request->principal) : NULL);
}

/* ---- how it ends ---- */

static const char *sentence_of(const struct working *w, const char *fmt, va_list args)
{
    char text[SENTENCE_BYTES];

    vsnprintf(text, sizeof(text), fmt, args);
    return arena_strdup(w->view->arena, text);
}

static void close_body(struct working *w, bool is_bad)
{
    w->body->failed_in = is_bad ? w->operation->state : NULL;
    outcome_cancel_timer(w->out, "unapproved");
    outcome_cancel_timer(w->out, "poll");
    outcome_cancel_timer(w->out, "remind");
    outcome_move(w->out, NULL, w->body);
}

const char *backup_way_back(const struct working *w)
{
    const struct backup_plan *plan = &w->body->plan;

    if (!w->body->has_overwritten || !w->body->safety)
        return w->body->has_overwritten ? " Nothing goes back: no backup of what was there was made." : "";
    return arena_printf(w->view->arena, " To go back: `backup restore %s %s`.", plan->database,
                        w->body->safety->id);
}

/* What of it stands, whatever comes now. */
static const char *touched(const struct working *w)
{
    const struct backup_plan *plan = &w->body->plan;
    struct arena *arena = w->view->arena;
    const char *text = "";

    if (w->body->has_trial)
        text = arena_printf(arena, " `%s` holds backup `%s`.", plan->trial, plan->id);
    if (w->body->safety)
        text = arena_printf(arena, "%s Backup `%s` was made of what was there.", text, w->body->safety->id);
    if (!w->body->has_overwritten && !w->body->is_in_doubt && (backup_overwrites(plan) || plan->is_trial_alone))
        return arena_printf(arena, "%s The database itself was not changed.", text);
    return arena_printf(arena, "%s%s", text, backup_way_back(w));
}

void backup_refuse(struct working *w, const char *fmt, ...)
{
    const char *sentence;
    va_list args;

    va_start(args, fmt);
    sentence = sentence_of(w, fmt, args);
    va_end(args);
    close_body(w, true);
    if (w->body->has_trial || w->body->safety || w->body->has_overwritten)
        outcome_end(w->out, "failed", "failed", "%s.%s", sentence, touched(w));
    else
        outcome_end(w->out, "refused", "refused", "%s. Nothing was changed.", sentence);
}

void backup_abort(struct working *w, const char *sentence)
{
    close_body(w, true);
    outcome_end(w->out, "aborted", "aborted", "%s%s", sentence, touched(w));
}

void backup_fail(struct working *w, const char *fmt, ...)
{
    const char *sentence;
    va_list args;

    va_start(args, fmt);
    sentence = sentence_of(w, fmt, args);
    va_end(args);
    close_body(w, true);
    outcome_end(w->out, "failed", "failed", "%s.%s By hand: `gcloud sql operations list --instance=%s --project=%s`.",
                sentence, touched(w), backup_here(w), w->body->plan.place.project);
}

void backup_end(struct working *w, const char *fmt, ...)
{
    const char *sentence;
    va_list args;

    va_start(args, fmt);
    sentence = sentence_of(w, fmt, args);
    va_end(args);
    close_body(w, false);
    outcome_end(w->out, "done", "done", "%s", sentence);
}
