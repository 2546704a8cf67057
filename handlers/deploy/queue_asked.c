/* queue_asked.c - what whoever asks for a deploy is told of the line at once: who is before it, and whom it will stop.
 */
#include "handlers/deploy/queue.h"

#include "handlers/control.h"
#include "handlers/deploy/deploy.h"

#include <string.h>

/* ---- --now: the right to abort ---- */

bool queue_may_abort(const struct view *view, const struct request *request, const struct place *place,
                     struct outcome *out)
{
    const struct facts facts = view_facts(view);
    struct question question;
    struct decision decision;

    place_ask(request, place, view->arena, &question);
    question.verb = verb_abort.name;
    question.is_safe_direction = true;
    decision = policy_decide(view->policy, &question, &facts, POLICY_WHOLE);
    if (decision.verdict == VERDICT_ALLOW)
        return true;
    outcome_refuse(out, "*Denied*: `--now` aborts what runs, and %s%s%s%s. Nothing was done.", decision.reason,
                   decision.rule ? " (" : "", decision.rule ? decision.rule : "", decision.rule ? ")" : "");
    if (decision.turn[0])
        outcome_reply_line(out, "%s", decision.turn);
    outcome_reply_line(out, "Without `--now` it waits for its turn.");
    return false;
}

/* ---- the answer ---- */

/* It has no record yet: it stands behind all who wait. */
static struct operation operation_to_be(const struct outcome *out)
{
    return (struct operation){
        .id = out->operation_id, .kind = machine_deploy.kind, .state = out->state, .target = out->target
    };
}

/* Those who go before it, and yet come after it, for they have something to bring that it does not. */
static void tell_who_stays(const struct view *view, struct queued self, struct outcome *out)
{
    const struct target *target = view->find_target(view->ctx, self.operation->target);

    for (size_t i = 0; target && i < target->waiting_count; i++) {
        struct queued other;

        if (queue_read(view, view->find_operation(view->ctx, target->waiting[i]), &other) && !other.body->is_way_back &&
            !queue_supersedes(view, self, other))
            outcome_reply_line(out, "%s still waits, and comes after it: `abort %s` if it should not.",
                               queue_name(view, other), other.operation->id);
    }
}

static void tell_now(const struct view *view, struct queued self, struct outcome *out)
{
    struct queued running;

    if (queue_find_aborted(view, self.operation, &running))
        outcome_reply_line(out, "Once it is pinned and allowed, %s is aborted for it: its traffic goes back first.",
                           queue_name(view, running));
    else if (queue_behind(view, self))
        outcome_reply_line(out, "It waits %s, which `--now` does not abort.", queue_behind(view, self));
    tell_who_stays(view, self, out);
}

/* One that was typed the same, and is pinned: whether the name still means its image is known once this one is, too. */
static const struct operation *find_same_name(const struct view *view, struct queued self)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count && self.body->env_count == 0; i++) {
        struct queued other;

        if (queue_read(view, all[i], &other) && !operation_has_ended(all[i]) && !all[i]->is_stuck &&
            strcmp(all[i]->target, self.operation->target) == 0 && other.body->env_count == 0 &&
            strcmp(other.body->version, self.body->version) == 0 && !deploy_is_being_aborted(all[i]) &&
            (!self.body->is_now || queue_has_target(view, all[i])))
            return all[i];
    }
    return NULL;
}

void queue_tell(const struct view *view, const struct deploy_body *body, struct outcome *out)
{
    const struct operation operation = operation_to_be(out);
    const struct queued self = { &operation, body };
    const struct operation *same = find_same_name(view, self);
    const char *behind = queue_behind(view, self), *superseded = queue_superseded(view, self);

    if (same) {
        outcome_reply_line(out,
                           "%s brings `%s` there already: if that still means the very same image, this one ends at "
                           "once, and nothing is done twice.",
                           same->id, body->version);
        return;
    }
    if (body->is_now)
        tell_now(view, self, out);
    else if (behind)
        outcome_reply_line(out, "It waits %s.", behind);
    if (superseded)
        outcome_reply_line(out, "Once it is pinned and allowed, it supersedes %s.", superseded);
}
