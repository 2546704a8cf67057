/* standing.c - a block that stands: until its time is over, or somebody asks for its end; and how its rule goes.
 *
 * What a person changed or took away meanwhile is theirs: it is told, and left alone.
 */
#include "handlers/protection/guarding.h"

#include "handlers/deploy/ending.h"
#include "handlers/protection/rule.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/event.h"

#include <inttypes.h>
#include <string.h>

#define POLL_MS SECOND_MS
#define LATER_MS (5 * SECOND_MS)
#define OVERDUE_MS (5 * MINUTE_MS)
#define NEVER_MS (15 * MINUTE_MS) /* what nobody answered for comes no more */
#define UNSEEN_MS (30 * SECOND_MS)
#define LEAVE_DEADLINE_MS (3 * MINUTE_MS)

static bool is_in(const struct guarding *g, const char *state)
{
    return strcmp(g->operation->state, state) == 0;
}

/* A runbook of which this is a step goes on, and waits for no end that may be days away. */
static void tell_parent(struct guarding *g)
{
    cJSON *body;

    if (!g->operation->parent || !g->view->find_operation(g->view->ctx, g->operation->parent))
        return;
    body = json_object();
    json_set_string(body, "name", g->operation->parent_name);
    json_set_string(body, "operation", g->operation->id);
    json_set_string(body, "result", "done");
    json_set_string(body, "summary", g->body->becomes);
    outcome_message(g->out, g->operation->parent, MESSAGE_CHILD_STANDS, body);
}

void guarding_stand(struct guarding *g)
{
    guarding_journal(g, "blocked", NULL);
    tell_parent(g);
    g->body->operation = NULL;
    g->body->doubt = g->body->problem = NULL;
    g->body->was_seen = true;
    guarding_move(g, "blocked", 0);
}

static const char *of_range(const struct guarding *g, const char *of_a_preview, const char *of_a_block)
{
    return arena_printf(g->view->arena, g->body->is_preview ? of_a_preview : of_a_block, g->body->range);
}

/* It may stand, so it has its end: nobody is kept away for ever because an answer was lost. */
void guarding_stay_unseen(struct guarding *g, const struct armor_seen *seen, const char *why)
{
    bool is_first = !is_in(g, "unseen");
    int64_t since_ms = g->view->now_ms - (g->body->until_ms - g->body->for_ms);

    if (seen && !g->body->operation && since_ms >= NEVER_MS) {
        guarding_fail_unmade(g, arena_printf(g->view->arena, "no answer came to it, and within %s no rule either",
                                             duration_about(NEVER_MS).text));
        return;
    }

    g->body->problem = why;
    guarding_move(g, "unseen", UNSEEN_MS);
    outcome_timer(g->out, "poll", g->view->now_ms + UNSEEN_MS);
    if (is_first)
        guarding_post(
            g, arena_printf(g->view->arena,
                            "%s: *%s*: nobody can see whether %s: %s. It is looked for on, and whatever stands of it "
                            "ends %s; `unblock %s` ends it now.",
                            principal_mention(&g->operation->requester, g->view->arena), g->operation->id,
                            of_range(g, "the preview of `%s` stands", "`%s` is blocked"), why,
                            card_date(g->body->until_ms + g->view->shift_ms, g->view->arena),
                            guarding_handle(g->operation, g->body)));
}

/* ---- it goes ---- */

static void take_away(struct guarding *g)
{
    struct armor_unblock unblock = {
        .place = g->body->place, .priority = g->body->priority, .range = g->body->range, .mark = g->body->mark
    };

    outcome_cancel_timer(g->out, "over");
    outcome_cancel_timer(g->out, "poll");
    g->body->operation = NULL;
    outcome_effect(
        g->out, (struct wanted_effect){
                    .kind = EFFECT_UNBLOCK,
                    .lane = arena_printf(g->view->arena, "armor:%s/%s", g->body->place.project, g->body->place.policy),
                    .tag = "remove",
                    .args = shape_to_json(&armor_unblock_shape, &unblock, SHAPE_WHOLE),
                });
    guarding_move(g, "removing", 0);
}

void guarding_on_gone(struct guarding *g)
{
    outcome_cancel_timer(g->out, "over");
    g->body->operation = NULL;
    guarding_move(g, "leaving", LEAVE_DEADLINE_MS);
    guarding_read(g);
}

/* While its rule is only on its way there is nothing to take away; and what could not be sent yet comes too late. */
void guarding_on_over(struct guarding *g)
{
    if (is_in(g, "blocked") || is_in(g, "unseen")) {
        g->body->problem = NULL;
        take_away(g);
        return;
    }
    if (is_in(g, "changing"))
        outcome_cancel_effects(g->out, "change");
    guarding_keep(g);
    outcome_timer(g->out, "over", g->view->now_ms + LATER_MS);
}

/* Its rule is still there: nobody is in yet. */
static void answer_end(struct guarding *g)
{
    const char *id = g->operation->id, *range = g->body->range;
    const char *wider = guarding_blocked_by_wider(g->view, g->body->protection, range);

    if (g->body->is_preview)
        outcome_reply(g->out, "*%s* ends: once its rule is gone, nothing is logged for the preview of `%s` any more.",
                      id, range);
    else if (wider)
        outcome_reply(g->out, "*%s* ends, but `%s` stays %s.", id, range, wider);
    else
        outcome_reply(g->out,
                      "*%s* ends: once its rule is gone, `%s` is let in again. Cloud Armor takes minutes to act on it "
                      "everywhere.",
                      id, range);
}

static const char *who_and_why(const struct guarding *g)
{
    const char *who = principal_mention(&g->event->request->principal, g->view->arena);
    const struct protection_body *asked = g->event->arguments;

    return asked && asked->reason ? arena_printf(g->view->arena, "%s: %s", who, asked->reason) : who;
}

void guarding_on_unblock(struct guarding *g)
{
    const struct protection_body *asked = g->event->arguments;
    const char *id = g->operation->id;
    struct decision decision;

    if (is_in(g, "removing") || is_in(g, "leaving")) {
        outcome_reply(g->out, "*%s*: %s already.", id,
                      of_range(g, "the preview of `%s` is being ended", "`%s` is being let in again"));
        return;
    }
    if (!is_in(g, "blocked") && !is_in(g, "unseen") && !is_in(g, "overdue")) {
        outcome_refuse(g->out, "*%s* %s yet (%s). %s Nothing was done.", id,
                       of_range(g, "is no preview of `%s`", "does not block `%s`"), g->operation->state,
                       is_in(g, APPROVAL_STATE) ? arena_printf(g->view->arena, "`abort %s` ends it.", id)
                                                : "It takes seconds: ask once more then.");
        return;
    }
    if (!guarding_may_end(g, &decision))
        return;
    g->body->ended_by = who_and_why(g);
    g->body->problem = NULL;
    guarding_journal(g, "ended", g->event->request);
    answer_end(g);
    if (asked)
        broken_tell_asker(&asked->glass, &decision, g->out);
    take_away(g);
}

/* ---- until it is seen to be gone ---- */

static void fall_behind(struct guarding *g, const char *why)
{
    bool is_first = !g->body->problem;

    g->body->problem = why;
    g->body->operation = NULL;
    guarding_move(g, "overdue", 0);
    outcome_timer(g->out, "poll", g->view->now_ms + OVERDUE_MS);
    if (is_first)
        guarding_post(g,
                      arena_printf(g->view->arena, "%s: *%s*: %s, though that is over: %s. It is tried again every %s.",
                                   principal_mention(&g->operation->requester, g->view->arena), g->operation->id,
                                   of_range(g, "the preview of `%s` still stands", "`%s` is still blocked"), why,
                                   duration_about(OVERDUE_MS).text));
}

void guarding_on_removed(struct guarding *g)
{
    if (g->event->end != END_DONE) {
        fall_behind(g, deploy_why(g->event, g->view->arena));
        return;
    }
    g->body->operation = json_find_string(g->event->body, "operation");
    guarding_move(g, "leaving", LEAVE_DEADLINE_MS);
    guarding_read(g);
}

/* By whom, the card says: nothing personal stands in how a thing ended. */
static const char *how_it_ended(const struct guarding *g)
{
    if (g->body->operation)
        return g->body->ended_by ? "it was ended before its time" : "its time is over";
    return g->body->was_seen ? "its rule was gone already" : "its rule never came, or was gone already";
}

static void end_gone(struct guarding *g, const struct armor_seen *seen)
{
    const char *still =
        g->body->is_preview ? NULL : guarding_blocked_by(g->view, g->body->protection, seen, g->body->range);

    g->body->is_still_blocked = still != NULL;
    if (still)
        guarding_end(g, "done", "%s, but `%s` is still %s", how_it_ended(g), g->body->range, still);
    else
        guarding_end(g, "done", "%s: %s; back: `block %s %s for %s%s`",
                     of_range(g, "the preview of `%s` is over",
                              g->body->operation ? "`%s` is let in again" : "`%s` is not blocked"),
                     how_it_ended(g), g->body->protection, g->body->range, duration_format(g->body->for_ms).text,
                     g->body->is_preview ? " --preview" : "");
}

static void end_changed(struct guarding *g, const struct armor_rule *rule)
{
    guarding_end(g, "failed",
                 "somebody changed rule %" PRId64 ", %s, so it was left alone: look at it in the console, or at "
                 "`blocks`",
                 rule->priority, of_range(g, "a preview of `%s`", "which blocked `%s`"));
    guarding_post(g, arena_printf(g->view->arena,
                                  "%s: *%s*%s is over, and its rule %" PRId64 " was left as somebody changed it.",
                                  principal_mention(&g->operation->requester, g->view->arena), g->operation->id,
                                  g->body->is_preview ? ", a preview," : "", rule->priority));
}

void guarding_on_leaving(struct guarding *g)
{
    const struct armor_rule *marked, *there;
    struct armor_seen seen;
    const char *why = "Cloud Armor still shows its rule";
    bool is_read = guarding_sees(g, &seen, &why);

    marked = is_read ? armor_rule_marked(&seen, g->body->mark) : NULL;
    there = is_read ? armor_rule_at(&seen, g->body->priority) : NULL;
    if (is_read && !marked && there && !g->body->operation && rule_is_of(there, g->body->range)) {
        end_changed(g, there); /* the mark itself was taken out of it */
    } else if (is_read && !marked) {
        end_gone(g, &seen);
    } else if (is_read && (marked->priority != g->body->priority || !rule_is_of(marked, g->body->range))) {
        end_changed(g, marked);
    } else if (is_read && seen.problem) {
        fall_behind(g, card_quote(str_of(seen.problem), 300, g->view->arena));
    } else if (guarding_is_late(g)) {
        fall_behind(g, why);
    } else {
        guarding_poll(g, POLL_MS);
    }
}

void guarding_on_overdue(struct guarding *g)
{
    take_away(g);
}
