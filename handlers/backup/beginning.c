/* beginning.c - what comes before a call: looked at, in line, checked once more, and sent. */
#include "handlers/backup/arguments.h"
#include "handlers/backup/working.h"

#include "bot/model/card.h"
#include "bot/model/exchange.h"
#include "bot/model/plant.h"

#include <string.h>

#define DESCRIPTION_BYTES 200

void backup_begin(const struct view *view, const struct backup_plan *plan, struct outcome *out)
{
    struct backup_body *body = ARENA_NEW(view->arena, struct backup_body);
    struct working w = { .view = view, .body = body, .out = out };

    body->plan = *plan;
    body->glass.reason = plan->break_glass;
    body->stage = backup_first_stage(plan);
    outcome_begin(out, machine_backup.kind, plan->database, "looking", body);
    backup_see(&w, plan->is_trial_alone ? plan->trial : plan->place.instance, NULL);
}

/* ---- looking ---- */

static void answer_refusal(struct working *w, const struct backup_judged *found)
{
    outcome_refuse(w->out, "It cannot be done now, to %s: %s. %s Nothing was done.",
                   backup_words(&w->body->plan, w->view->arena), found->refusal,
                   found->next ? found->next : "Ask again later.");
    backup_refuse(w, "It cannot be done now: %s", found->refusal);
}

static void answer_denied(struct working *w, const struct decision *decision)
{
    outcome_refuse(w->out, "*Denied*: %s. Nothing was done.", backup_denial(decision, w->view->arena));
    if (decision->turn[0])
        outcome_reply_line(w->out, "%s", decision->turn);
    broken_tell_refused(&w->body->glass, decision, w->out);
    backup_refuse(w, "%s", backup_denial(decision, w->view->arena));
}

static void answer_begun(struct working *w, const struct decision *decision, const char *how)
{
    outcome_reply(w->out, "*%s* is to %s%s.", w->operation->id, backup_words(&w->body->plan, w->view->arena), how);
    if (w->body->from)
        outcome_reply_line(w->out, "The backup: %s.", backup_run_text(w->view, w->body->from));
    if (w->body->loss)
        outcome_reply_line(w->out, "Lost by it: %s.", w->body->loss);
    backup_tell_steps(&w->body->plan, w->out);
    broken_tell_asker(&w->body->glass, decision, w->out);
}

static void decide(struct working *w)
{
    struct decision decision = backup_ask_policy(w->view, w->operation, w->body, POLICY_WHOLE);

    if (decision.verdict == VERDICT_ALLOW) {
        answer_begun(w, &decision, "");
        backup_break_glass(w, &decision);
        backup_go(w);
    } else if (!decision_waits_for_people(&decision)) {
        answer_denied(w, &decision);
    } else if (backup_await(w, &decision)) {
        answer_begun(w, &decision, arena_printf(w->view->arena, " once it has consent (%s)", w->body->lacking));
    } else {
        outcome_refuse(w->out, "*%s* ended: %s", w->operation->id, w->out->summary);
    }
}

void backup_on_looked(struct working *w)
{
    const char *stage = w->body->plan.is_trial_alone ? BACKUP_TRIAL : BACKUP_REAL, *why;
    struct backup_judged found;
    struct backups_seen seen;

    if (!backup_sees(w, &seen, &why)) {
        outcome_refuse(w->out, "`%s` cannot be read: %s. Nothing was done.", w->body->plan.database, why);
        backup_refuse(w, "It cannot be read: %s", why);
        return;
    }
    found = backup_judge(w->view, &w->body->plan, stage, &seen);
    w->body->from = seen.wanted;
    w->body->loss = found.loss;
    if (seen.wanted)
        w->body->plan.id = seen.wanted->id; /* the newest is that one from now on */
    if (found.refusal)
        answer_refusal(w, &found);
    else
        decide(w);
}

/* ---- queued ---- */

/* The other instance is nobody else's, and what is done there keeps nobody from the database. */
void backup_go(struct working *w)
{
    if (strcmp(w->body->stage, BACKUP_TRIAL) == 0) {
        backup_check(w);
        return;
    }
    backup_move(w, "queued", 0);
    w->out->claims = w->operation->target;
}

void backup_on_yield(struct working *w)
{
    const char *by = json_find_string(w->event->body, "by");

    backup_abort(w, arena_printf(w->view->arena, "%s took its place.", by ? backup_quote(w, by) : "Another operation"));
}

void backup_on_granted(struct working *w)
{
    backup_check(w);
}

/* ---- checking ---- */

static bool makes_backup(const struct working *w)
{
    return strcmp(backup_kind(&w->body->plan, w->body->stage), BACKUP_CREATE) == 0;
}

/* What was meant, and which operation it was: so that it is found again, and by people, too. */
static const char *description_of(const struct working *w)
{
    const struct backup_plan *plan = &w->body->plan;
    struct arena *arena = w->view->arena;
    const char *why = plan->why ? plan->why : "made on request";

    if (strcmp(w->body->stage, BACKUP_SAFETY) == 0)
        why = plan->id ? arena_printf(arena, "before backup %s is restored", plan->id) : "before an import";
    return arena_printf(arena, "%.*s (" BACKUP_MARK "%s, %s)", DESCRIPTION_BYTES, why, w->operation->id,
                        w->operation->outside_id);
}

void backup_check(struct working *w)
{
    w->body->description = makes_backup(w) ? description_of(w) : NULL;
    backup_move(w, "checking", 0);
    backup_see(w, backup_here(w), NULL);
}

static void journal_judged(const struct working *w, const struct decision *decision)
{
    const struct backup_plan *plan = &w->body->plan;
    cJSON *entry = json_object();

    json_set_string(entry, "database", plan->database);
    json_set_string(entry, "change", backup_kind(plan, w->body->stage));
    json_set_string(entry, "instance", backup_here(w));
    json_set_string(entry, "backup", plan->id);
    json_set_string(entry, "file", plan->file);
    json_set_string(entry, "rule", decision->allowed_by);
    outcome_journal(w->out, "backup.judged", entry, NULL);
}

static struct backup_errand errand_of(const struct working *w)
{
    const struct backup_plan *plan = &w->body->plan;

    return (struct backup_errand){
        .place = plan->place,
        .kind = backup_kind(plan, w->body->stage),
        .into = backup_here(w),
        .id = plan->id,
        .description = w->body->description,
        .file = plan->file,
        .database = plan->name,
    };
}

static void send_call(struct working *w, const struct backups_seen *seen)
{
    struct backup_errand errand = errand_of(w);

    w->body->known = seen->last ? seen->last->name : NULL;
    w->body->known_at_ms = seen->last ? seen->last->began_at_ms : 0;
    if (!w->body->is_in_doubt) /* else the first is sought, too */
        w->body->sent_at_ms = w->view->now_ms;
    w->body->sends++;
    w->body->operation = NULL;
    w->body->problem = NULL;
    backup_move(w, "sending", 0);
    outcome_effect(w->out, (struct wanted_effect){
                               .kind = EFFECT_BACKUP,
                               .lane = arena_printf(w->view->arena, "target:%s", w->operation->target),
                               .tag = "backup",
                               .args = shape_to_json(&backup_errand_shape, &errand, SHAPE_WHOLE),
                           });
}

/* An earlier call is in doubt, and by what is seen now it may have begun. A backup is known by its words: others make
 * some, too. */
static bool may_have_begun(const struct working *w, const struct backups_seen *seen)
{
    if (!w->body->description)
        return seen->last && (!w->body->known || strcmp(seen->last->name, w->body->known) != 0);
    for (size_t i = 0; i < seen->runs_count; i++)
        if (seen->runs[i].description && strcmp(seen->runs[i].description, w->body->description) == 0)
            return true;
    return false;
}

/* What an earlier call may have begun is not left alone: it is as before somebody had it sent again. */
static void stop(struct working *w, const char *why)
{
    if (!w->body->is_in_doubt) {
        backup_refuse(w, "%s", why);
        return;
    }
    w->body->problem = why;
    backup_ask(w);
}

static void send_if_allowed(struct working *w, const struct backups_seen *seen)
{
    struct decision decision = backup_ask_policy(w->view, w->operation, w->body, POLICY_WHOLE);
    struct backup_judged found = backup_judge(w->view, &w->body->plan, w->body->stage, seen);

    if (found.refusal) {
        stop(w, arena_printf(w->view->arena, "It was stopped right before the call: %s", found.refusal));
    } else if (decision.verdict != VERDICT_ALLOW) {
        stop(w, backup_denial(&decision, w->view->arena));
    } else {
        backup_break_glass(w, &decision);
        w->body->loss = found.loss;
        w->body->allowed_by = decision.allowed_by;
        journal_judged(w, &decision);
        send_call(w, seen);
    }
}

void backup_on_checked(struct working *w)
{
    struct backups_seen seen;
    const char *why;

    if (!backup_sees(w, &seen, &why)) {
        stop(w, arena_printf(w->view->arena, "It was stopped right before the call, for it cannot be read: %s", why));
    } else if (w->body->is_in_doubt && may_have_begun(w, &seen) && !PLANTED(BACKUP_UNSOUGHT)) {
        backup_seek(w);
    } else {
        send_if_allowed(w, &seen);
    }
}
