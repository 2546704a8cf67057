/* card.c - how a failover looks to people: what it does, what it may lose, and how long it has taken. */
#include "handlers/failover/failing.h"

#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 300

static const struct {
    const char *text, *now; /* as a step of the card; while it is under way */
    const char *state;
} steps[] = {
    { "Consent", "it waits for consent", APPROVAL_STATE },
    { "Take the database", "it waits for its turn", "queued" },
    { "Check once more", "checking it once more", "checking" },
    { "Send the call", "sending the call", "sending" },
    { "Find out whether it began", "finding out whether it began", "seeking" },
    { "Follow it", "Google is at it", "following" },
    { "Verify", "verifying what serves", "verifying" },
};

static size_t step_of(const char *state)
{
    if (strcmp(state, "asking") == 0)
        state = "seeking";
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        if (strcmp(state, steps[i].state) == 0)
            return i;
    return ARRAY_LEN(steps);
}

/* Consent, and the doubt, are steps only of those that had them. */
static bool is_shown(const struct failover_body *body, const char *state, size_t now)
{
    if (strcmp(steps[now].state, APPROVAL_STATE) == 0)
        return body->approvals.since_ms > 0;
    if (strcmp(steps[now].state, "seeking") == 0)
        return body->doubt || strcmp(state, "seeking") == 0;
    return true;
}

static void add_steps(const struct view *view, const struct operation *operation, const struct failover_body *body,
                      struct card *card)
{
    bool has_ended_badly = operation->result && strcmp(operation->result, "done") != 0;
    bool is_bad = has_ended_badly || operation->is_stuck;
    const char *state = has_ended_badly && body->failed_in ? body->failed_in : operation->state;
    size_t now = step_of(state);

    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        if (is_shown(body, state, i))
            *ARENA_PUSH(view->arena, card->steps, card->steps_count) = (struct card_step){ i < now   ? STEP_OK
                                                                                           : i > now ? STEP_NEXT
                                                                                           : is_bad  ? STEP_BAD
                                                                                                     : STEP_NOW,
                                                                                           steps[i].text };
}

static void add_field(const struct view *view, struct card *card, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) = (struct card_field){ name, value };
}

const char *failing_time_text(const struct view *view, const struct operation *operation,
                              const struct failover_body *body, int64_t until_ms)
{
    int64_t took_ms = until_ms - operation->created_at_ms, rto_ms = body->plan.recovery_time_ms;
    const char *took = arena_strdup(view->arena, duration_about(took_ms > 0 ? took_ms : 0).text);

    if (!rto_ms)
        return arena_printf(view->arena, "%s after it was asked for (no RTO is named)", took);
    return arena_printf(view->arena, "%s %s of %s (RTO)", took_ms <= rto_ms ? "within" : "*late*:", took,
                        duration_about(rto_ms).text);
}

const char *failing_sought_text(const struct failover_body *body, struct arena *arena)
{
    if (body->problem)
        return arena_printf(arena, "Google could not be asked whether it did (%s)", body->problem);
    if (strcmp(body->method, DATABASE_PROMOTION) == 0)
        return "Google lists no promotion since, and its replica is one still";
    return strcmp(body->method, DATABASE_MEMORYSTORE) == 0
               ? "its primary is where it was"
               : "Google lists no failover since, and its primary is where it was";
}

static enum card_tone tone_of(const struct operation *operation)
{
    if (operation->is_stuck)
        return CARD_BAD;
    if (!operation->result)
        return strcmp(operation->state, APPROVAL_STATE) == 0 || strcmp(operation->state, "queued") == 0 ||
                       strcmp(operation->state, "asking") == 0
                   ? CARD_WAITING
                   : CARD_RUNNING;
    if (strcmp(operation->result, "done") == 0)
        return CARD_GOOD;
    return strcmp(operation->result, "failed") == 0 ? CARD_BAD : CARD_WITHOUT_EFFECT;
}

static const char *status_of(const struct view *view, const struct operation *operation,
                             const struct failover_body *body)
{
    size_t now = step_of(operation->state);
    const char *more = body->problem ? body->problem : body->progress, *id = operation->id;

    if (operation->is_stuck)
        return arena_printf(
            view->arena,
            "%s is stuck: its own event crashed opsgate; its database was given back. Look at %s in the "
            "console, and at `opsgate ops show %s`",
            id, body->plan.place.instance, id);
    if (operation->summary)
        return arena_printf(view->arena, "%s: %s", id, operation->summary);
    if (strcmp(operation->state, "asking") == 0)
        return arena_printf(view->arena, "%s *asks*: nobody knows whether it began (%s); %s. It is still looked for",
                            id, body->doubt ? card_quote(str_of(body->doubt), QUOTED_BYTES, view->arena) : "no answer",
                            failing_sought_text(body, view->arena));
    if (body->lacking)
        return arena_printf(view->arena, "%s waits for consent: %s", id, body->lacking);
    return arena_printf(view->arena, "%s: %s%s%s", id, now < ARRAY_LEN(steps) ? steps[now].now : operation->state,
                        more && now >= step_of("seeking") ? "; " : "",
                        more && now >= step_of("seeking") ? card_quote(str_of(more), QUOTED_BYTES, view->arena) : "");
}

static void add_actions(const struct view *view, const struct operation *operation, const struct failover_body *body,
                        struct card *card)
{
    struct card_action approve = { .label = "Approve",
                                   .command = arena_printf(view->arena, "approve %s --look %" PRId64, operation->id,
                                                           body->looks),
                                   .style = ACTION_PRIMARY };
    struct card_action leave = { .label = "Abort",
                                 .command = arena_printf(view->arena, "abort %s", operation->id),
                                 .style = ACTION_DANGER };
    struct card_action again = {
        .label = "Send it once more",
        .command = arena_printf(view->arena, "retry %s --look %" PRId64, operation->id, body->looks),
        .style = ACTION_DANGER,
        .confirm =
            arena_printf(view->arena,
                         "Look at %s in the console first: if the first call is on its way still, it is failed over "
                         "twice.",
                         body->plan.place.instance),
    };

    if (operation->result || operation->is_stuck)
        return;
    if (strcmp(operation->state, "asking") == 0) {
        leave.label = "Leave it";
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) = again;
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) = leave;
    } else if (strcmp(operation->state, APPROVAL_STATE) == 0) {
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) = approve;
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) = leave;
    } else if (strcmp(operation->state, "queued") == 0) {
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) = leave;
    }
}

static const char *time_of(const struct view *view, const struct operation *operation, const struct failover_body *body)
{
    if (body->moved_at_ms > 0)
        return failing_time_text(view, operation, body, body->moved_at_ms);
    if (operation->result || body->sent_at_ms == 0)
        return NULL;
    return body->plan.recovery_time_ms
               ? arena_printf(
                     view->arena, "to be there by %s (RTO %s)",
                     card_time(operation->created_at_ms + body->plan.recovery_time_ms + view->shift_ms, view->arena),
                     duration_about(body->plan.recovery_time_ms).text)
               : NULL;
}

void failing_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct failover_body *body = value;
    const struct failover_plan *plan = &body->plan;

    if (!body->method) /* whoever asked is answered, and there is nothing that others could want to see */
        return;
    card->title = arena_printf(view->arena, "Fail over %s", plan->database);
    card->tone = tone_of(operation);
    card->status = status_of(view, operation, body);
    add_field(view, card, "Way", preflight_method_text(body->method, plan, &body->seen, view->arena));
    add_field(view, card, "Was", preflight_standing(plan, &body->seen, view->arena));
    add_field(view, card, "Data that may be lost", body->loss);
    add_field(view, card, "Accepted to be lost", preflight_accepted(body->method, plan, view->arena));
    add_field(view, card, "Last backup", body->backup);
    add_field(view, card, "Objectives", preflight_objectives(plan, view->arena));
    add_field(view, card, "Time", time_of(view, operation, body));
    add_field(view, card, "Needed by", preflight_needed_by(plan, view->arena));
    add_field(view, card, "Incident", preflight_incidents(plan, view->arena));
    add_field(view, card, "Asked by", principal_mention(&operation->requester, view->arena));
    add_field(view, card, "Approved by", approvals_names(&body->approvals, view->arena));
    add_field(view, card, "Reason", plan->reason);
    add_field(view, card, "Broken glass", broken_shown(&body->glass));
    add_steps(view, operation, body, card);
    add_actions(view, operation, body, card);
    card->footer =
        arena_printf(view->arena, "asked %s%s%s", card_date(operation->created_at_ms + view->shift_ms, view->arena),
                     body->acts ? "\n" : "", body->acts ? body->acts : "");
}
