/* card.c - how it looks to people: what is done to what, what is lost by it, and how far it is. */
#include "handlers/backup/working.h"

#include "bot/model/card.h"

#include <inttypes.h>

#define QUOTED_BYTES 300

/* ---- its steps ---- */

static void add_step(const struct view *view, struct card *card, enum step_mark mark, const char *text)
{
    *ARENA_PUSH(view->arena, card->steps, card->steps_count) = (struct card_step){ mark, text };
}

static const char *stage_text(const struct backup_plan *plan, const char *stage, struct arena *arena)
{
    if (text_equal(stage, BACKUP_TRIAL))
        return arena_printf(arena, "Restore it into %s", plan->trial);
    if (text_equal(stage, BACKUP_SAFETY))
        return "Back up what is there";
    return text_equal(plan->action, BACKUP_CREATE)    ? "Make the backup"
           : text_equal(plan->action, BACKUP_EXPORT)  ? "Export"
           : text_equal(plan->action, BACKUP_RESTORE) ? arena_printf(arena, "Restore it over %s", plan->database)
                                                      : "Import";
}

static bool has_ended_badly(const struct operation *operation)
{
    return (operation->result && !text_equal(operation->result, "done")) || operation->is_stuck;
}

static void add_stages(const struct view *view, const struct operation *operation, const struct backup_body *body,
                       struct card *card)
{
    const struct backup_plan *plan = &body->plan;
    bool is_done = text_equal(operation->result, "done"), is_bad = has_ended_badly(operation), is_before = true;
    bool waits = text_equal(operation->state, "proved");

    for (const char *stage = backup_first_stage(plan); stage; stage = backup_next_stage(plan, stage)) {
        bool is_now = text_equal(stage, body->stage);

        add_step(view, card,
                 is_done || (is_before && !is_now) || (is_now && waits) ? STEP_OK
                 : !is_now                                              ? STEP_NEXT
                 : is_bad                                               ? STEP_BAD
                                                                        : STEP_NOW,
                 stage_text(plan, stage, view->arena));
        is_before = is_before && !is_now;
        if (text_equal(stage, BACKUP_TRIAL) && !plan->is_trial_alone)
            add_step(view, card,
                     is_before || is_done ? STEP_OK
                     : waits              ? STEP_NOW
                                          : STEP_NEXT,
                     "A person has it done in the database itself");
    }
}

static void add_steps(const struct view *view, const struct operation *operation, const struct backup_body *body,
                      struct card *card)
{
    if (body->approvals.since_ms > 0)
        add_step(view, card,
                 !text_equal(operation->state, APPROVAL_STATE) && !body->lacking ? STEP_OK
                 : has_ended_badly(operation)                                    ? STEP_BAD
                                                                                 : STEP_NOW,
                 "Consent");
    add_stages(view, operation, body, card);
}

/* ---- in a sentence ---- */

static const struct {
    const char *state, *now;
} words[] = {
    { "looking", "looking at it" },
    { "queued", "it waits for its turn" },
    { "checking", "checking it once more" },
    { "sending", "sending the call" },
    { "seeking", "finding out whether it began" },
    { "following", "Google is at it" },
    { "inspecting", "looking at what came of it" },
    { "proving", "verifying what was restored" },
    { "stopping", "it is aborted; the run that verifies it ends first" },
    { "services", "asking the services that need it" },
};

static const char *now_text(const char *state)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (text_equal(words[i].state, state))
            return words[i].now;
    return state;
}

static const char *status_of(const struct view *view, const struct operation *operation, const struct backup_body *body)
{
    const char *more = body->problem ? body->problem : body->progress, *id = operation->id;
    struct arena *arena = view->arena;

    if (operation->is_stuck)
        return arena_printf(
            arena,
            "%s is stuck: its own event crashed opsgate; its database was given back. Look at %s in the "
            "console, and at `opsgate ops show %s`",
            id, backup_instance(&body->plan, body->stage), id);
    if (operation->summary)
        return arena_printf(arena, "%s: %s", id, operation->summary);
    if (text_equal(operation->state, "asking"))
        return arena_printf(arena, "%s *asks*: nobody knows whether it began (%s). It is still looked for", id,
                            body->doubt ? card_quote(str_of(body->doubt), QUOTED_BYTES, arena) : "no answer");
    if (text_equal(operation->state, "proved"))
        return arena_printf(arena, "%s: `%s` holds the backup; a person has it restored over `%s`, or leaves it", id,
                            body->plan.trial, body->plan.database);
    if (body->lacking)
        return arena_printf(arena, "%s waits for consent: %s", id, body->lacking);
    return arena_printf(arena, "%s: %s%s%s", id, now_text(operation->state), more ? "; " : "",
                        more ? card_quote(str_of(more), QUOTED_BYTES, arena) : "");
}

static enum card_tone tone_of(const struct operation *operation)
{
    if (operation->is_stuck)
        return CARD_BAD;
    if (!operation->result)
        return text_equal(operation->state, APPROVAL_STATE) || text_equal(operation->state, "queued") ||
                       text_equal(operation->state, "asking") || text_equal(operation->state, "proved")
                   ? CARD_WAITING
                   : CARD_RUNNING;
    return text_equal(operation->result, "done")     ? CARD_GOOD
           : text_equal(operation->result, "failed") ? CARD_BAD
                                                     : CARD_WITHOUT_EFFECT;
}

/* ---- its buttons ---- */

static void add_action(const struct view *view, struct card *card, struct card_action action)
{
    *ARENA_PUSH(view->arena, card->actions, card->actions_count) = action;
}

static void add_actions(const struct view *view, const struct operation *operation, const struct backup_body *body,
                        struct card *card)
{
    const char *id = operation->id, *here = backup_instance(&body->plan, body->stage);
    struct card_action leave = { .label = "Abort",
                                 .command = arena_printf(view->arena, "abort %s", id),
                                 .style = ACTION_DANGER };

    if (operation->result || operation->is_stuck)
        return;
    if (text_equal(operation->state, "asking")) {
        add_action(
            view, card,
            (struct card_action){
                .label = "Send it once more",
                .command = arena_printf(view->arena, "retry %s --look %" PRId64, id, body->looks),
                .style = ACTION_DANGER,
                .confirm = arena_printf(view->arena,
                                        "Look at %s in the console first: if the first call is on its way still, "
                                        "it is done twice.",
                                        here) });
        leave.label = "Leave it";
    } else if (text_equal(operation->state, "proved")) {
        add_action(view, card,
                   (struct card_action){
                       .label = arena_printf(view->arena, "Restore it over %s", body->plan.database),
                       .command = arena_printf(view->arena, "promote %s --look %" PRId64, id, body->looks),
                       .style = ACTION_DANGER,
                       .confirm = arena_printf(view->arena, "Everything written to %s since the backup is lost.",
                                               body->plan.database) });
        leave.label = "Leave it";
    } else if (text_equal(operation->state, APPROVAL_STATE)) {
        add_action(
            view, card,
            (struct card_action){ .label = "Approve",
                                  .command = arena_printf(view->arena, "approve %s --look %" PRId64, id, body->looks),
                                  .style = ACTION_PRIMARY });
    } else if (!text_equal(operation->state, "queued") && !text_equal(operation->state, "proving")) {
        return;
    }
    add_action(view, card, leave);
}

/* ---- all of it ---- */

static void add_field(const struct view *view, struct card *card, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) = (struct card_field){ name, value };
}

static const char *title_of(const struct backup_plan *plan, struct arena *arena)
{
    if (text_equal(plan->action, BACKUP_CREATE))
        return arena_printf(arena, "Back %s up", plan->database);
    if (text_equal(plan->action, BACKUP_EXPORT))
        return arena_printf(arena, "Export %s", plan->database);
    if (text_equal(plan->action, BACKUP_IMPORT))
        return arena_printf(arena, "Import into %s", plan->database);
    return plan->is_trial_alone ? arena_printf(arena, "Restore %s into %s", plan->database, plan->trial)
                                : arena_printf(arena, "Restore %s", plan->database);
}

void backup_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct backup_body *body = value;
    const struct backup_plan *plan = &body->plan;

    if (text_equal(operation->state, "looking") ||
        text_equal(body->failed_in, "looking")) /* whoever asked is answered */
        return;
    card->title = title_of(plan, view->arena);
    card->tone = tone_of(operation);
    card->status = status_of(view, operation, body);
    add_field(view, card, "Backup",
              body->from   ? backup_run_dated(view, body->from)
              : body->made ? backup_run_dated(view, body->made)
                           : NULL);
    add_field(view, card, "File", plan->file);
    add_field(view, card, "Lost by it", body->loss);
    add_field(view, card, "Safety backup",
              body->safety       ? backup_run_dated(view, body->safety)
              : plan->is_unsaved ? "*none*: nothing brings back what was there"
                                 : NULL);
    add_field(view, card, "Verified by",
              plan->verify ? arena_printf(view->arena, "`%s`%s%s", plan->verify, body->child ? ", " : "",
                                          body->child ? body->child : "")
                           : NULL);
    add_field(view, card, "Needed by", needs_names(plan->needs, plan->needs_count, view->arena));
    add_field(view, card, "Asked by", principal_mention(&operation->requester, view->arena));
    add_field(view, card, "Approved by", approvals_names(&body->approvals, view->arena));
    add_field(view, card, "Reason", plan->reason ? plan->reason : plan->why);
    add_field(view, card, "Broken glass", broken_shown(&body->glass));
    add_steps(view, operation, body, card);
    add_actions(view, operation, body, card);
    card->footer =
        arena_printf(view->arena, "asked %s%s%s", card_date(operation->created_at_ms + view->shift_ms, view->arena),
                     body->acts ? "\n" : "", body->acts ? body->acts : "");
}
