/* buttons.c - what one may decide now about a deploy by Cloud Run: each types a command, with the look of its card. */
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/judge.h"
#include "handlers/deploy/showing.h"
#include "handlers/place.h"

#include <inttypes.h>

static void add_action(const struct showing *s, const char *label, const char *verb, enum action_style style,
                       const char *confirm)
{
    *ARENA_PUSH(s->arena, s->card->actions, s->card->actions_count) = (struct card_action){
        .label = label,
        .command = arena_printf(s->arena, "%s %s --look %" PRId64, verb, s->operation->id, s->body->looks),
        .style = style,
        .confirm = confirm,
    };
}

/* What policy would refuse now is no answer to recommend; it stays, for that may be over before the card is shown anew.
 */
static bool is_refused(const struct showing *s, bool is_first)
{
    struct error ignored;

    return (is_first || !deploy_is_last_step(s->body)) && !deploy_may_raise(s->view, s->operation, s->body, &ignored);
}

static void add_promote(const struct showing *s)
{
    bool is_first = showing_is_in(s, "shifting");
    const char *label = s->body->verdict == JUDGE_FAIL ? "Promote anyway"
                        : deploy_is_last_step(s->body) && !is_first
                            ? "Call it good"
                            : arena_printf(s->arena, "Promote to %" PRId64 " %%",
                                           showing_percent(s, (size_t)s->body->step + !is_first));

    add_action(s, label, "promote", is_refused(s, is_first) ? ACTION_PLAIN : ACTION_PRIMARY,
               s->body->verdict == JUDGE_FAIL ? "Its numbers are over a limit. Give it more traffic all the same?"
                                              : NULL);
}

static void add_way_back(const struct showing *s, bool has_traffic)
{
    if (has_traffic)
        add_action(s, "Roll back", "abort", ACTION_DANGER,
                   arena_printf(s->arena, "All traffic of %s goes back to what served before.", s->operation->target));
    else
        add_action(s, "Abort", "abort", ACTION_PLAIN, NULL);
}

static void add_rollback(const struct showing *s)
{
    *ARENA_PUSH(s->arena, s->card->actions, s->card->actions_count) = (struct card_action){
        .label = "Roll back",
        .command = arena_printf(s->arena, "rollback %s %s%s --from %s", s->body->service, s->body->environment,
                                place_region_option(s->operation->target, s->arena), s->operation->id),
        .style = ACTION_DANGER,
        .confirm = arena_printf(s->arena, "All traffic of %s goes back to the version before.", s->operation->target),
    };
}

void showing_buttons(const struct showing *s)
{
    bool is_waiting = showing_is_in(s, "shifting") && s->body->is_denied; /* for the first step */
    bool is_looking = showing_is_in(s, "baking") || showing_is_in(s, "watching");

    if (s->operation->is_stuck || s->body->returning || showing_has_ended_badly(s) || showing_is_in(s, "handing-over"))
        return;
    if (s->operation->result) {
        if (!s->body->is_irreversible) /* that takes words, which no button has */
            add_rollback(s);
        return;
    }
    showing_approve(s);
    if (showing_is_in(s, "awaiting-approval") || showing_is_in(s, "awaiting-checks")) {
        add_action(s, "Abort", "abort", ACTION_PLAIN, NULL);
        return;
    }
    if ((is_looking || is_waiting) && !s->body->is_paused)
        add_promote(s);
    if (s->body->is_paused)
        add_action(s, "Resume", "resume", ACTION_PLAIN, NULL);
    else if (s->body->strategy != STRATEGY_ALL_AT_ONCE)
        add_action(s, "Pause", "pause", ACTION_PLAIN, NULL);
    if (s->body->held && !s->body->is_paused)
        add_action(s, "Retry", "retry", ACTION_PLAIN, NULL);
    if (irreversible_is_kept(s->operation, s->body))
        return;
    add_way_back(s, is_looking || showing_is_in(s, "verifying") || (showing_is_in(s, "shifting") && !is_waiting));
}
