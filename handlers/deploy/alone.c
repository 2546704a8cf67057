/* alone.c - no store answers: what the last owner may do for a rollout, and how the rollout hears of it afterwards.
 *
 * It may look on, judge as ever, and give back what the record says: from the split that was last verified, or the one
 * of the step on its way, to what served before. That is recorded with every step that is made: `split`, the step,
 * `before`, and the mark that the change will bear (without_store_way_back). When a store answers again, the rollout
 * goes back by its own rows: told by the note that the last owner left, or because it finds that mark outside.
 */
#include "handlers/deploy/deploying.h"

#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/judge.h"

#include "bot/model/plant.h"
#include "bot/model/without_store.h"
#include "handlers/rollback/adopted.h"

#include <string.h>

#define LAST_OWNER "the last owner of the store gave its traffic back while no store answered"

/* ---- while no store answers ---- */

static bool is_one_of(const char *state, const char *const *states, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(states[i], state) == 0)
            return true;
    return false;
}

/* Of an older record nobody knows what became of its rollout: people have been at work by then. */
static bool is_fresh(const struct view *view, const struct operation *operation, const struct deploy_body *body)
{
    int64_t longest_ms = body->limits.max_bake_ms;

    if (body->step < (int64_t)body->steps_count && body->steps[body->step].bake_ms > longest_ms)
        longest_ms = body->steps[body->step].bake_ms;
    if (body->watch_ms > longest_ms && deploy_is_last_step(body))
        longest_ms = body->watch_ms;
    if (body->held_until_ms)
        longest_ms += body->limits.unanswered_ms;
    return view->now_ms - operation->changed_at_ms <= longest_ms;
}

/* From where the record says that traffic is, or is on its way to. */
static bool is_from_here(const struct deploy_body *body, const struct run_traffic *args, struct arena *arena)
{
    struct split expected = { args->expected, args->expected_count };

    return split_equal(expected, deploy_split(body)) ||
           split_equal(expected, split_with(body, deploy_step_percent(body), arena));
}

static bool is_the_way_back(const struct deploy_body *body, const cJSON *giving_back, struct arena *arena)
{
    struct split before = { body->before, body->before_count };
    struct run_traffic args;
    struct error ignored;

    return shape_from_json(&run_traffic_shape, giving_back, arena, &args, &ignored) &&
           split_percent((struct split){ args.expected, args.expected_count }, body->revision) > 0 &&
           is_from_here(body, &args, arena) && split_equal((struct split){ args.wanted, args.wanted_count }, before);
}

/* Bad numbers are bad for everybody. So is what a person aborted: that stands in the inbox, and whoever decides it once
 * more comes to the same. That nobody answered, or that nothing could be told, is so for this instance alone: another
 * one may have been answered. */
static bool is_surely_bad(const struct deploy_body *body, const char *stored_state)
{
    return strcmp(stored_state, "returning") == 0 || body->verdict == JUDGE_FAIL || body->is_aborted;
}

bool deploy_may_go_on_alone(const struct view *view, const struct operation *operation, const void *record,
                            const char *stored_state, const cJSON *giving_back, const char **ret_why)
{
    static const char *const states[] = { "shifting", "switching", "verifying", "baking", "watching", "returning" };
    const struct deploy_body *body = record;
    bool is_going_back = strcmp(operation->state, "returning") == 0;

    *ret_why = body->returning;
    if (body->workflow || body->program || !body->revision || deploy_is_simple(body) ||
        !is_one_of(operation->state, states, ARRAY_LEN(states)) || !(body->limits.is_judged || is_going_back))
        return false;
    if (irreversible_is_kept(operation, body)) /* whatever its numbers: a person breaks the glass */
        return false;
    if (giving_back && !(is_surely_bad(body, stored_state) && is_the_way_back(body, giving_back, view->arena)))
        return false;
    return is_fresh(view, operation, body);
}

/* ---- afterwards ---- */

bool deploy_was_returned_alone(const struct deploying *d, const struct run_service *service, struct split asked)
{
    const char *effect = run_annotation(service, RUN_ANNOTATION_EFFECT);

    return effect && strcmp(effect, without_store_way_back(d->operation->outside_id, d->view->arena)) == 0 &&
           split_equal(asked, split_before(d->body, d->view->arena)) && !PLANTED(ALONE_UNKNOWN);
}

/* It goes back once more by its own rows: so what comes late is fenced off, and Cloud Run has to show it. First the
 * note of what was done has its time to come: it says why. */
void deploy_on_returned_alone(struct deploying *d)
{
    deploy_note_served(d);
    deploy_return_when_ended(d, LAST_OWNER);
}

static void note(struct deploying *d, const struct without_store_act *act, bool is_left_alone)
{
    const char *name = act->name ? arena_printf(d->view->arena, " (%s)", act->name) : "";
    const char *why = is_left_alone ? act->summary : act->why;

    d->body->returned_as = act->name;
    deploy_note(d, "returned_alone",
                arena_printf(d->view->arena, "%s without the store, at %s%s",
                             is_left_alone ? "wanted to give the traffic back" : "gave the traffic back",
                             card_time(act->began_at_ms, d->view->arena), name),
                NULL, why ? card_quote(str_of(why), DEPLOY_QUOTED_BYTES, d->view->arena) : NULL);
}

/* It has begun to, by the mark that it found. */
static void say_why(struct deploying *d, const char *why)
{
    d->body->returning = NULL;
    deploy_mark_bad(d, NULL, why);
    d->body->returning = why;
    if (deploy_is_in(d, "returning") && !d->body->is_giving_back)
        deploy_read_service(d);
}

static void go_back(struct deploying *d, const char *why)
{
    deploy_note_served(d);
    if (deploy_is_in(d, "shifting") && !d->body->is_denied)
        deploy_return_when_ended(d, why);
    else if (deploy_is_in(d, "shifting") || deploy_is_in(d, "verifying") || deploy_is_in(d, "baking") ||
             deploy_is_in(d, "watching") || deploy_is_in(d, "handing-over"))
        deploy_return_after_look(d, why);
    else if (d->body->returning && strcmp(d->body->returning, LAST_OWNER) == 0)
        say_why(d, why);
}

/* Nobody knows whether it got through, and it asked for another split than the record has now: somebody went on since,
 * who saw how the service stood. Where it did get through its mark stands outside, and the next look finds that. */
static bool is_overtaken(const struct deploying *d, const struct without_store_act *act)
{
    struct run_traffic args;
    struct error ignored;

    if (!act->args || (act->result && strcmp(act->result, "done") == 0))
        return false;
    return !shape_from_json(&run_traffic_shape, act->args, d->view->arena, &args, &ignored) ||
           !is_from_here(d->body, &args, d->view->arena);
}

/* Of another store there may be another operation by that name. */
static bool is_of_this(const struct deploying *d, const struct without_store_act *act)
{
    return strcmp(act->target, d->operation->target) == 0 &&
           (!act->operation_outside_id || strcmp(act->operation_outside_id, d->operation->outside_id) == 0);
}

void deploy_on_adopted(struct deploying *d)
{
    const struct without_store_act *act = d->event->arguments;
    bool is_left_alone = !act->is_sent || (act->result && strcmp(act->result, "failed") == 0) || is_overtaken(d, act);

    adopted_journal(act, d->out);
    if (!is_of_this(d, act)) {
        outcome_reply(d->out, "Adopted.");
        return;
    }
    note(d, act, is_left_alone);
    deploy_keep(d);
    if (!is_left_alone)
        go_back(d,
                act->why ? arena_printf(d->view->arena, "%s; that was while no store answered", act->why) : LAST_OWNER);
    outcome_move(d->out, NULL, d->body);
    outcome_reply(d->out, "Adopted.");
}
