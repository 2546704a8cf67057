/* asking_glass.c - the glass that is broken for a deploy: announced rule by rule, so that no deny is passed in silence;
 * and who could break it.
 */
#include "handlers/deploy/asking.h"

#include "handlers/control.h"

#include "policy/explain.h"
#include "policy/policy.h"

#include <string.h>

/* ---- as it begins ---- */

/* Those that deny more traffic, but for what was announced: as long as no glass is broken for them. */
static struct denies denies_unannounced(const struct asking *asking)
{
    struct denies denies = { NULL, 0 };

    denies_add(asking->view, &asking->question, &asking->facts, POLICY_INCREASE, &denies);
    return denies;
}

static struct breaking breaking_of(const struct deploying *d)
{
    const struct broken broken = deploy_broken(d->body);
    struct breaking breaking = broken_by_requester(d->view, d->operation, &broken, "deploy", d->out);

    breaking.review.service = d->body->service;
    breaking.review.environment = d->body->environment;
    breaking.review.version = d->body->version;
    return breaking;
}

static void take(struct deploying *d, const struct broken *broken)
{
    d->body->glasses = broken->denies;
    d->body->glasses_count = broken->denies_count;
}

/* NULL: nothing was passed. */
static void tell(struct deploying *d, const struct principal *who, const char *what)
{
    if (what)
        deploy_add_act(d, (struct deploy_act){ .who = principal_mention(who, d->view->arena), .what = what });
}

void deploy_announce_glass(struct deploying *d, const struct decision *decision)
{
    const struct breaking breaking = breaking_of(d);
    struct broken broken = deploy_broken(d->body);
    struct asking asking;

    if (!decision->broken)
        return;
    asking = asking_of(d->view, d->operation, d->body);
    tell(d, breaking.who, broken_pass(&breaking, &asking.question, &asking.facts, &broken));
    take(d, &broken);
}

/* ---- the glass, while it runs ---- */

static struct decision decide_with(const void *ctx, const struct broken *broken)
{
    const struct deploying *d = ctx;
    struct deploy_body body = *d->body;

    body.glasses = broken->denies;
    body.glasses_count = broken->denies_count;
    return deploy_ask_policy(d->view, d->operation, &body, POLICY_INCREASE);
}

bool deploy_break_glass(struct deploying *d, const char *reason, bool *ret_is_needless)
{
    const struct request *request = d->event->request;
    const struct asking asking = asking_of(d->view, d->operation, d->body);
    struct broken broken = deploy_broken(d->body);
    const char *what;

    if (!broken_break(breaking_of(d), d->operation, request, reason, denies_unannounced(&asking), decide_with, d,
                      &broken, &what))
        return false;
    take(d, &broken);
    tell(d, &request->principal, what);
    *ret_is_needless = !what;
    return true;
}

/* ---- whom it takes ---- */

static bool is_held_otherwise(const struct asking *asking, const struct deploy_body *body)
{
    const struct view *view = asking->view;
    struct explanation all;

    if (asking_is_unknown(view, body) || asking_find_hold(asking, body))
        return true;
    all = policy_explain(view->policy, &asking->question, &asking->facts, POLICY_INCREASE, view->arena);
    for (size_t i = 0; i < all.rules_count; i++)
        if (all.rules[i].outcome == EXPLAIN_NEEDS)
            return true;
    return false;
}

const char *deploy_glass_text(const struct view *view, const struct operation *operation,
                              const struct deploy_body *body)
{
    struct asking asking;
    struct denies denies;
    const char *who;

    if (!body->is_denied || body->is_paused || body->returning || operation_has_ended(operation))
        return NULL;
    asking = asking_of(view, operation, body);
    denies = denies_unannounced(&asking);
    if (denies.count == 0 || is_held_otherwise(&asking, body))
        return NULL;
    who = broken_who(view, operation, &denies);
    if (!who)
        return NULL;
    return arena_printf(view->arena, "it takes %s: `retry %s --break-glass TEXT`", who, operation->id);
}
