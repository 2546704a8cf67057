/* unchanged.c - settings alone: the image that serves is the one to keep, whatever it is called; and it may change
 * until the deploy begins. */
#include "handlers/deploy/deploying.h"

#include "handlers/deploy/evidence.h"
#include "handlers/deploy/tune.h"

#include <string.h>

static const char *version_that_serves(const struct deploying *d, const struct run_service *service)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    const char *digest = strchr(service->image, '@');

    for (size_t i = target ? target->good_count : 0; i > 0; i--)
        if (text_equal(target->good[i - 1].revision, service->serving))
            return target->good[i - 1].version;
    return digest ? digest + 1 : d->body->version;
}

/* Before it is known what a `set` would change there is no card, and perhaps nothing was to be done at all. */
static void fail_to_keep(struct deploying *d, const char *sentence)
{
    if (!tune_refuse(d, sentence))
        deploy_fail(d, "%s", sentence);
}

static bool take_serving_image(struct deploying *d, const struct run_service *service)
{
    if (!service->serving || !service->image || !strchr(service->image, '@')) {
        fail_to_keep(d, arena_printf(d->view->arena,
                                     "Cloud Run does not tell by digest which image of %s serves, so it cannot be "
                                     "kept: %s",
                                     d->body->place.service,
                                     d->body->tune ? "bring a version by `deploy` first" : "name a version"));
        return false;
    }
    d->body->image = service->image;
    d->body->version = version_that_serves(d, service);
    return true;
}

/* What was asked of policy, of GitHub and of people was about the other one. */
static bool is_allowed_anew(struct deploying *d)
{
    struct deploy_body anew = *d->body;
    struct decision decision;

    anew.built_of = NULL;
    anew.github_checks = NULL;
    anew.authors = NULL;
    anew.approvals = (struct approvals){ 0 };
    decision = deploy_ask_policy(d->view, d->operation, &anew, POLICY_WHOLE);
    if (decision.verdict != VERDICT_ALLOW)
        return false;
    *d->body = anew;
    d->body->built_of = evidence_commit(d->view, d->body); /* the record forgets */
    deploy_announce_glass(d, &decision);
    return true;
}

bool deploy_keep_serving_image(struct deploying *d, const struct run_service *service)
{
    const char *image = d->body->image, *version = d->body->version;

    if (!take_serving_image(d, service))
        return false;
    if (!image || text_equal(image, d->body->image) || is_allowed_anew(d))
        return true;
    deploy_end_refused(d,
                       "what serves changed from `%s` to `%s` since that was allowed to be kept, and what it needs was "
                       "given for that alone: ask again",
                       deploy_quote(d, version), deploy_quote(d, d->body->version));
    return false;
}

void deploy_on_serving(struct deploying *d)
{
    struct run_service service;
    const char *why;

    if (!deploy_sees(d, &service, &why))
        fail_to_keep(d, arena_printf(d->view->arena, "Cloud Run did not tell what serves %s: %s",
                                     d->body->place.service, why));
    else if (take_serving_image(d, &service) && (!d->body->tune || tune_is_known(d, &service)))
        deploy_pinned(d);
}
