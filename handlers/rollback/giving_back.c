/* giving_back.c - a rollout that is not irreversible itself, where to go further takes a glass that nobody broke: its
 * traffic goes back to what served beside it, as if it had been aborted. The rollout has been stopped by then, so to be
 * refused would leave its traffic where it is, judged by nobody. */
#include "handlers/rollback/rolling.h"

#include "handlers/deploy/split.h"
#include "handlers/rollback/glass.h"

static struct split before_rollout(const struct rollback_body *body)
{
    return (struct split){ body->rollout_before, body->rollout_before_count };
}

/* ---- may it? ---- */

static bool is_rollout_left(const struct rollback_body *body)
{
    return body->aborts_traffic && body->from.revision && !body->from.is_irreversible &&
           (!body->stopped || text_equal(body->from.revision, body->stopped->revision));
}

static bool can_serve_again(const struct rollback_body *body)
{
    for (size_t i = 0; i < body->rollout_before_count; i++)
        for (size_t k = 0; k < body->skipped_count; k++)
            if (text_equal(body->rollout_before[i].revision, body->skipped[k]))
                return false;
    return body->rollout_before_count > 0;
}

/* Whatever else has traffic was given it by somebody else. */
static bool is_between(const struct rollback_body *body)
{
    for (size_t i = 0; i < body->before_count; i++)
        if (body->before[i].percent > 0 && !text_equal(body->before[i].revision, body->from.revision) &&
            split_percent(before_rollout(body), body->before[i].revision) == 0)
            return false;
    return true;
}

/* ---- it does ---- */

static struct target_version find_version(const struct target *target, const char *revision)
{
    for (size_t i = target ? target->good_count : 0; i > 0; i--)
        if (text_equal(target->good[i - 1].revision, revision))
            return target->good[i - 1];
    return (struct target_version){ .version = revision, .revision = revision };
}

void rollback_aim_back(struct rolling *r)
{
    struct rollback_body *body = r->body;
    const struct run_share *most = &body->rollout_before[0];

    for (size_t i = 1; i < body->rollout_before_count; i++)
        if (body->rollout_before[i].percent > most->percent)
            most = &body->rollout_before[i];
    body->gives_back = true;
    body->to = find_version(r->view->find_target(r->view->ctx, r->operation->target), most->revision);
    body->version = body->to.version;
    body->is_recorded = false;
    body->previous = body->below = body->further = NULL;
    body->compared_from = body->from.revision; /* it served beside it until now, so nothing is asked about it */
    body->compared_to = body->to.revision;
    body->is_compared = true;
    body->preflight = NULL;
}

bool rollback_gives_back(struct rolling *r)
{
    if (!is_rollout_left(r->body) || !can_serve_again(r->body) || !is_between(r->body))
        return false;
    rollback_aim_back(r);
    return true;
}

void rollback_end_given_back(struct rolling *r)
{
    const struct glass glass = glass_of(r->body, r->operation->target);

    outcome_move(r->out, NULL, r->body);
    outcome_end(r->out, "done", "done", "The traffic of `%s` is back where it was before it: %s. No further: %s",
                rollback_quote(r, r->body->from.version), split_text(before_rollout(r->body), r->view->arena),
                glass_sentence(r->view, &glass));
}
