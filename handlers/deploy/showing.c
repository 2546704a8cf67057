#include "handlers/deploy/showing.h"

#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/queue.h"
#include "handlers/hold/hold.h"

#include "bot/base/time.h"

#include <string.h>

#define SHOWN_BYTES 150 /* of a name from outside */
#define ACTS_SHOWN 8
#define NEAR_MS (12 * HOUR_MS)

bool showing_is_in(const struct showing *s, const char *state)
{
    return strcmp(s->operation->state, state) == 0;
}

bool showing_has_ended_badly(const struct showing *s)
{
    return s->operation->result && strcmp(s->operation->result, "done") != 0;
}

/* Nothing is wrong: another one does it, or comes in its place. */
static bool is_anothers(const struct showing *s)
{
    return (s->body->same || s->body->superseded_by) && !s->operation->is_stuck;
}

enum card_tone showing_tone(const struct showing *s)
{
    if (is_anothers(s))
        return CARD_WITHOUT_EFFECT;
    if (s->operation->is_stuck || showing_has_ended_badly(s))
        return CARD_BAD;
    if (s->operation->result)
        return CARD_GOOD;
    if (s->body->returning)
        return CARD_BAD;
    return s->body->held || s->body->is_paused || showing_is_in(s, "queued") || showing_is_in(s, "awaiting-artifact") ||
                   showing_is_in(s, "awaiting-checks") || showing_is_in(s, "awaiting-approval")
               ? CARD_WAITING
               : CARD_RUNNING;
}

/* ---- stages ---- */

size_t showing_stage(const struct stage *stages, size_t count, const char *state)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < ARRAY_LEN(stages[i].states); k++)
            if (text_equal(state, stages[i].states[k]))
                return i;
    return count;
}

size_t showing_stage_now(const struct showing *s, const struct stage *stages, size_t count)
{
    return showing_stage(stages, count, showing_has_ended_badly(s) ? s->body->failed_in : s->operation->state);
}

bool showing_leaves_out(const struct stage *stages, size_t i, size_t now)
{
    return i != now && strncmp(stages[i].states[0], "awaiting-", strlen("awaiting-")) == 0;
}

void showing_step(const struct showing *s, size_t i, size_t now, const char *text)
{
    bool is_bad = showing_has_ended_badly(s) || s->operation->is_stuck || s->body->returning;
    enum step_mark mark = i < now ? STEP_OK : i > now ? STEP_NEXT : is_bad ? STEP_BAD : STEP_NOW;

    if (is_anothers(s)) /* nothing of it was done, nor will be */
        return;
    *ARENA_PUSH(s->arena, s->card->steps, s->card->steps_count) = (struct card_step){ mark, text };
}

/* ---- words ---- */

const char *showing_code(const struct showing *s, const char *words)
{
    return words ? arena_printf(s->arena, "`%s`", card_quote(str_of(words), SHOWN_BYTES, s->arena)) : NULL;
}

/* Of what is far from when it was asked for, a time alone says too little. */
const char *showing_instant(const struct showing *s, int64_t at_ms)
{
    int64_t apart_ms = at_ms - s->operation->created_at_ms, unix_ms = at_ms + s->view->shift_ms;

    return apart_ms > -NEAR_MS && apart_ms < NEAR_MS ? card_time(unix_ms, s->arena) : card_date(unix_ms, s->arena);
}

int64_t showing_percent(const struct showing *s, size_t step)
{
    return step + 1 >= s->body->steps_count ? 100 : s->body->steps[step].percent;
}

/* "api/production/us-east1" */
const char *showing_region(const struct showing *s)
{
    struct str rest = str_of(s->operation->target);

    str_take_until(&rest, '/');
    str_take_until(&rest, '/');
    return rest.len > 0 ? rest.at : "";
}

void showing_field(const struct showing *s, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(s->arena, s->card->fields, s->card->fields_count) = (struct card_field){ name, value };
}

void showing_line(const struct showing *s)
{
    const struct queued self = { s->operation, s->body };

    showing_field(s, "GitHub is asked", irreversible_asked_text(s->view, s->operation, s->body));
    showing_field(s, "Now", queue_now(s->view, self));
    showing_field(s, "Asked for later", queue_overtaken(s->view, self));
}

void showing_hold(const struct showing *s, bool is_to_come)
{
    const struct operation *hold;

    if (!is_to_come || operation_has_ended(s->operation) || s->body->returning || s->body->is_way_back)
        return;
    hold = hold_find(s->view, s->body->service, s->body->environment, "deploy", &s->operation->requester);
    if (hold)
        showing_field(s, "Held", hold_reason(hold, s->arena));
}

/* While it waits for its turn: behind whom. */
static const char *waiting_text(const struct showing *s, const char *now)
{
    const char *behind =
        showing_is_in(s, "queued") ? queue_behind(s->view, (struct queued){ s->operation, s->body }) : NULL;

    if (!behind)
        return now;
    return arena_printf(s->arena, "waits %s%s", behind, s->body->is_paused ? "; paused before any traffic" : "");
}

const char *showing_status(const struct showing *s, const char *now, const char *besides)
{
    const struct operation *operation = s->operation;

    if (operation->is_stuck)
        return arena_printf(s->arena,
                            "%s is stuck: its own event crashed opsgate; its target was given back%s. Look at what it "
                            "has done before you deploy %s again: `opsgate ops show %s`",
                            operation->id, besides, operation->target, operation->id);
    now = operation->summary ? now : waiting_text(s, now);
    if (operation->summary || !s->body->problem)
        return arena_printf(s->arena, "%s: %s", operation->id, operation->summary ? operation->summary : now);
    return arena_printf(s->arena, "%s: %s (%s)", operation->id, now, s->body->problem);
}

const char *showing_footer(const struct showing *s)
{
    size_t first = s->body->acts_count > ACTS_SHOWN ? s->body->acts_count - ACTS_SHOWN : 0;
    const char *text =
        arena_printf(s->arena, "asked %s", card_date(s->operation->created_at_ms + s->view->shift_ms, s->arena));

    for (size_t i = first; i < s->body->acts_count; i++)
        text = arena_printf(s->arena, "%s\n%s %s %s", text, showing_instant(s, s->body->acts[i].at_ms),
                            s->body->acts[i].who, s->body->acts[i].what);
    return text;
}

const char *showing_lacking(const struct showing *s)
{
    const char *lacking = s->body->lacking;

    return arena_printf(s->arena, "waiting for consent%s%s, until %s", lacking ? ": " : "", lacking ? lacking : "",
                        showing_instant(s, s->body->approvals.until_ms));
}

/* What serves may be another by now, and a card is not shown anew for that: so it says with what it was compared. */
static const char *as_read(const struct showing *s, const char *text, bool is_compared)
{
    const char *before = deploy_change_before(s->view, s->operation, s->body);

    if (text && before)
        return arena_printf(s->arena, "%s\nThat was read when %s served, which has changed since", text, before);
    return text && is_compared ? arena_printf(s->arena, "%s\nCompared with %s", text, s->body->change->against) : text;
}

static void showing_change(const struct showing *s)
{
    const struct deploy_change *change = s->body->change;

    if (!change)
        return;
    showing_field(
        s, "Brings",
        as_read(s, deploy_commits_text(s->body, s->arena), change->is_told && change->base && change->against));
    showing_field(s, "Way back", as_read(s, change->way_back, false));
}

void showing_approval(const struct showing *s)
{
    if (showing_is_in(s, "awaiting-approval")) {
        showing_field(s, "Asked", approvals_asked(&s->body->approvals, 0, s->arena));
        showing_change(s);
    } else if (s->body->change && s->body->change->is_told) {
        showing_field(s, "Brings", deploy_commits_text(s->body, s->arena)); /* as it was when it began */
    }
    showing_field(s, "Approved by", approvals_names(&s->body->approvals, s->arena));
}

/* Without the look of the card: of two who press it both count. */
void showing_approve(const struct showing *s)
{
    const char *now = queue_now(s->view, (struct queued){ s->operation, s->body });

    if (!showing_is_in(s, "awaiting-approval") || s->operation->is_stuck)
        return;
    *ARENA_PUSH(s->arena, s->card->actions, s->card->actions_count) = (struct card_action){
        .label = "Approve",
        .command = arena_printf(s->arena, "approve %s", s->operation->id),
        .style = ACTION_PRIMARY,
        .confirm = arena_printf(s->arena, "What this card shows goes to %s%s%s.%s", s->operation->target,
                                now ? "; it " : "", now ? now : "",
                                s->body->is_irreversible ? " It is irreversible: no verdict takes it back." : ""),
    };
}
