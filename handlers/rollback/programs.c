/* programs.c - the way back where a program or a workflow changes the environment: what was good before is deployed
 * again, by the same driver. Where nothing has run yet there is nothing to take back: to stop what is to come is all.
 */
#include "handlers/rollback/rollback.h"

#include "handlers/deploy/way_back.h"
#include "handlers/rollback/claimants.h"
#include "handlers/rollback/goal.h"
#include "handlers/rollback/rolling.h"

/* Nobody holds the target, so nothing of them runs, nor will: the rollback is in front of them. In doubt what serves is
 * not known, and is taken back. */
static bool only_comes(const struct target *target, const struct rollback_claimants *claimants)
{
    return rollback_are_early(claimants) && !(target && (target->holder || target->doubt));
}

static void begin_stopping(const struct view *view, const struct place *place, const char *reason,
                           const struct rollback_claimants *claimants, struct outcome *out)
{
    struct rollback_sight sight = { .target = view->find_target(view->ctx, place->target), .keeps = true };
    struct rollback_choice choice = rollback_choose(&sight, view->now_ms, view->arena);
    struct rollback_body *body = ARENA_NEW(view->arena, struct rollback_body);

    *body = (struct rollback_body){
        .service = place->service->name,
        .environment = place->environment->name,
        .reason = reason,
        .place = { "", "", "" },
        .aborts = rollback_name_stopped(claimants, view->arena),
        .stops = true,
        .to = choice.to,
        .version = choice.to.version,
        .is_recorded = choice.is_recorded,
        .below = choice.below,
    };
    outcome_begin(out, machine_rollback.kind, place->target, "queued", body);
    out->claims = place->target;
    out->claims_first = true;
    rollback_answer_stopping(view, body, false, out);
}

void rollback_begin_program(const struct view *view, const struct request *request, const struct place *place,
                            const char *from, const char *reason, const char *break_glass, struct outcome *out)
{
    const struct target *target = view->find_target(view->ctx, place->target);
    struct rollback_claimants claimants = rollback_find_claimants(view, target, place->target);
    const char *aborts = rollback_name_stopped(&claimants, view->arena);

    if (!from && only_comes(target, &claimants)) {
        begin_stopping(view, place, reason, &claimants, out);
        return;
    }
    deploy_way_back_begin(view, request, place, from, reason, break_glass, out);
    if (out->begins && aborts)
        outcome_reply_line(out, "It aborts %s.", aborts);
}
