/* card.c - how a run looks: its steps, what it waits for, and what one may decide now. */
#include "handlers/runbook/running.h"

#include "bot/model/settings.h"
#include "handlers/operation_words.h"
#include "handlers/runbook/plan.h"

#include <inttypes.h>
#include <string.h>

struct showing {
    const struct view *view;
    const struct operation *operation;
    const struct runbook_body *body;
    struct arena *arena;
    struct card *card;
};

static bool is_in(const struct showing *s, const char *state)
{
    return strcmp(s->operation->state, state) == 0;
}

static const struct run_step *now(const struct showing *s)
{
    int64_t last = (int64_t)s->body->steps_count - 1;

    return &s->body->steps[s->body->at < last ? s->body->at : last];
}

/* ---- steps ---- */

static const char *instant(const struct showing *s, int64_t at_ms)
{
    return card_time(at_ms + s->view->shift_ms, s->arena);
}

static const char *standing(const struct showing *s, const struct run_step *step)
{
    bool took_time = step->began_at_ms && step->ended_at_ms - step->began_at_ms >= SECOND_MS;

    switch ((enum run_mark)step->mark) {
    case RUN_TODO:
        return "";
    case RUN_NOW:
        return arena_printf(s->arena, " (since %s%s%s)", instant(s, step->began_at_ms), step->child ? ": " : "",
                            step->child ? step->child : "");
    case RUN_SKIPPED:
        return arena_printf(s->arena, ": left out %s", step->told);
    case RUN_DONE:
    case RUN_FAILED:
        break;
    }
    return arena_printf(
        s->arena, ": %s%s%s%s%s%s", run_mark_names[step->mark], step->told ? ", " : "", step->told ? step->told : "",
        step->by ? " by " : "", step->by ? step->by : "",
        took_time ? arena_printf(s->arena, ", after %s", duration_about(step->ended_at_ms - step->began_at_ms).text)
                  : "");
}

static void add_steps(const struct showing *s)
{
    static const enum step_mark marks[] = {
        [RUN_TODO] = STEP_NEXT,  [RUN_NOW] = STEP_NOW,      [RUN_DONE] = STEP_OK,
        [RUN_FAILED] = STEP_BAD, [RUN_SKIPPED] = STEP_NEXT,
    };

    for (size_t i = 0; i < s->body->steps_count; i++) {
        const struct run_step *step = &s->body->steps[i];

        *ARENA_PUSH(s->arena, s->card->steps, s->card->steps_count) =
            (struct card_step){ marks[step->mark],
                                arena_printf(s->arena, "%s: %s%s", run_step_called(s->body, i, s->arena),
                                             run_step_words(step, s->arena), standing(s, step)) };
    }
}

/* ---- what it does now ---- */

#define LOOKS_OF_A_CHECK                                                                                               \
    3 /* the first rows below: a check goes through them again and again, and its card stays as it is */

static const char *now_text(const struct showing *s)
{
    static const struct {
        const char *state, *text;
    } rows[] = {
        { "launching", "its program is being started" },
        { "executing", "its program runs" },
        { "again", "it is checked again" },
        { "asking", "it is asked for" },
        { "following", "its end is waited for" },
        { "confirming", "a person has to do it, and confirm it" },
        { "waiting", "time has to pass" },
        { "paused", "paused before it" },
        { "stopping", "it is being ended" },
    };
    const char *called = run_step_called(s->body, (size_t)(now(s) - s->body->steps), s->arena);

    if (is_in(s, APPROVAL_STATE))
        return arena_printf(s->arena, "waiting for %s", s->body->lacking);
    if (is_in(s, "queued"))
        return arena_printf(s->arena, "waiting for %s", s->operation->target);
    if (is_in(s, "held"))
        return arena_printf(s->arena, "held before step %s: %s", called, s->body->held);
    if (is_in(s, "doubting"))
        return arena_printf(s->arena, "how did step %s end? %s", called, s->body->problem);
    if (s->body->stopping)
        return arena_printf(s->arena, "it ends: %s", s->body->stopping);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (is_in(s, rows[i].state))
            return arena_printf(s->arena, "step %s: %s%s", called,
                                i < LOOKS_OF_A_CHECK && now(s)->kind == RUN_CHECK ? "it is checked until it is so"
                                                                                  : rows[i].text,
                                s->body->is_paused && !is_in(s, "paused") ? "; paused behind it" : "");
    return s->operation->state;
}

static enum card_tone tone(const struct showing *s)
{
    const char *result = s->operation->result;

    if (s->operation->is_stuck)
        return CARD_BAD;
    if (!result)
        return is_in(s, "confirming") || is_in(s, "doubting") || is_in(s, "held") || is_in(s, "paused") ||
                       is_in(s, APPROVAL_STATE)
                   ? CARD_WAITING
                   : CARD_RUNNING;
    return strcmp(result, "done") == 0 ? CARD_GOOD : strcmp(result, "refused") == 0 ? CARD_WITHOUT_EFFECT : CARD_BAD;
}

/* ---- fields ---- */

static void field(const struct showing *s, const char *name, const char *value)
{
    if (value && value[0])
        *ARENA_PUSH(s->arena, s->card->fields, s->card->fields_count) = (struct card_field){ name, value };
}

static void add_fields(const struct showing *s)
{
    const struct approvals *approvals = &s->body->approvals;

    field(s, "Asked by", operation_asked_by(s->operation, s->arena));
    field(s, "With", run_args_words(s->body, s->arena));
    field(s, "Changes", s->operation->target);
    field(s, "Goes on from", s->body->again_of);
    field(s, "Only", s->body->is_checks_only ? "its checks" : NULL);
    field(s, "Reason", s->body->reason);
    field(s, "Broken glass", broken_shown(&s->body->glass));
    field(s, "To break the glass", is_in(s, "held") ? run_glass_text(s->view, s->operation, s->body) : NULL);
    field(s, "Consent asked of", s->operation->result ? NULL : approvals_asked(approvals, 0, s->arena));
    field(s, "Consent by", approvals_names(approvals, s->arena));
    field(s, "Ended by", s->body->stop ? principal_mention(&s->body->stop->by, s->arena) : NULL);
    field(s, "Problem", s->operation->result || is_in(s, "doubting") ? NULL : s->body->problem);
}

/* ---- buttons ---- */

static void add_action(const struct showing *s, const char *label, const char *verb, bool is_of_this_step, int style,
                       const char *confirm)
{
    const char *look = is_of_this_step ? arena_printf(s->arena, " --look %" PRId64, s->body->looks) : "";

    *ARENA_PUSH(s->arena, s->card->actions, s->card->actions_count) = (struct card_action){
        .label = label,
        .command = arena_printf(s->arena, "%s %s%s", verb, s->operation->id, look),
        .style = style,
        .confirm = confirm,
    };
}

static void add_actions(const struct showing *s)
{
    if (s->operation->is_stuck || s->body->stopping)
        return;
    if (s->operation->result) {
        if (strcmp(s->operation->result, "failed") == 0 && !s->body->is_destructive &&
            !s->body->is_failover) /* else its target is typed again */
            add_action(s, "Retry from there", "retry", false, ACTION_PLAIN,
                       "The step that failed is run again, and the rest after it.");
        return;
    }
    if (is_in(s, APPROVAL_STATE))
        add_action(s, "Approve", "approve", false, ACTION_PRIMARY, NULL);
    if (is_in(s, "confirming"))
        add_action(s, "It is done", "promote", true, ACTION_PRIMARY, "You say that this was done.");
    if (is_in(s, "doubting")) {
        add_action(s, "Run it again", "retry", true, ACTION_PLAIN, "The step is run once more.");
        add_action(s, "Take it as done", "promote", true, ACTION_PLAIN, "You say that the step was done.");
    }
    if (is_in(s, "held"))
        add_action(s, "Try again", "retry", true, ACTION_PRIMARY, NULL);
    if (s->body->is_paused)
        add_action(s, "Resume", "resume", false, ACTION_PRIMARY, NULL);
    else if (!is_in(s, APPROVAL_STATE) && !is_in(s, "queued"))
        add_action(s, "Pause", "pause", false, ACTION_PLAIN, NULL);
    add_action(s, "Abort", "abort", false, ACTION_DANGER, "What runs is stopped, and no further step begins.");
}

static const char *title(const struct showing *s)
{
    const struct runbook_settings *runbook = settings_find_runbook(s->view->settings, s->body->runbook);
    const char *on = s->operation->target, *rotates = runbook ? runbook->rotates : NULL;

    if (s->body->is_failover)
        return arena_printf(s->arena, "Fail over %s by %s", on, s->body->runbook);
    return arena_printf(s->arena, "%s %s%s%s%s%s", rotates ? "Rotate" : "Run", rotates ? rotates : s->body->runbook,
                        rotates ? " by " : "", rotates ? s->body->runbook : "", on ? " on " : "", on ? on : "");
}

void run_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct runbook_body *body = value;
    const struct showing s = { view, operation, body, view->arena, card };

    card->title = title(&s);
    card->tone = tone(&s);
    card->status = arena_printf(view->arena, "%s: %s", operation->id,
                                operation->is_stuck ? "stuck: its own event crashed opsgate; what runs for it may go on"
                                : operation->summary ? operation->summary
                                                     : now_text(&s));
    add_fields(&s);
    add_steps(&s);
    if (operation->result) { /* while it runs, the thread tells */
        card->table = now(&s)->tail;
        card->table_count = now(&s)->tail_count;
    }
    add_actions(&s);
    card->footer =
        arena_printf(view->arena, "asked %s", card_date(operation->created_at_ms + view->shift_ms, view->arena));
}
