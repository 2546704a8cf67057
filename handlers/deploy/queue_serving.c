/* queue_serving.c - what serves a place, for whatever is compared with it: by Cloud Run's own word, where that was
 * asked a moment ago, for somebody may have moved its traffic by hand; else by the record. */
#include "handlers/deploy/queue.h"

#include "bot/model/exchange.h"

#define FRESH_MS MINUTE_MS

/* ---- asking ---- */

static bool is_fresh(const struct deploying *d)
{
    return d->body->served && d->view->now_ms - d->body->served->at_ms < FRESH_MS;
}

bool queue_asks_what_serves(struct deploying *d)
{
    if (is_fresh(d) || d->body->program || d->body->workflow || !d->body->place.service[0])
        return false;
    deploy_keep(d);
    outcome_read(d->out, "serving", READING_SERVICE, shape_to_json(&run_place_shape, &d->body->place, SHAPE_WHOLE),
                 DEPLOY_PIN_DEADLINE_MS);
    return true;
}

/* NULL: it does not tell. */
void queue_keep_serving(struct deploying *d, const struct run_service *service)
{
    struct deploy_served *served = ARENA_NEW(d->view->arena, struct deploy_served);

    served->at_ms = d->view->now_ms;
    served->is_told = service != NULL;
    for (size_t i = 0; service && i < service->wanted_count; i++)
        if (service->wanted[i].percent > 0 && service->wanted[i].revision)
            *ARENA_PUSH(d->view->arena, served->revisions, served->revisions_count) = service->wanted[i].revision;
    d->body->served = served;
}

/* ---- what serves ---- */

static const struct target_version *find(const struct target_version *versions, size_t count, const char *revision)
{
    for (size_t i = count; i > 0; i--)
        if (text_equal(versions[i - 1].revision, revision))
            return &versions[i - 1];
    return NULL;
}

static struct target_version called(const struct target *target, const char *revision)
{
    const struct target_version *known = find(target->good, target->good_count, revision);

    if (!known)
        known = find(target->bad, target->bad_count, revision);
    return known ? *known : (struct target_version){ .revision = revision };
}

struct queue_serving queue_what_serves(const struct deploying *d, const struct target *target)
{
    struct queue_serving serving = { .is_told = is_fresh(d) && d->body->served->is_told,
                                     .is_untold = is_fresh(d) && !d->body->served->is_told };

    for (size_t i = 0; serving.is_told && i < d->body->served->revisions_count; i++)
        *ARENA_PUSH(d->view->arena, serving.versions, serving.count) = called(target, d->body->served->revisions[i]);
    if (!serving.is_told && target->good_count > 0)
        *ARENA_PUSH(d->view->arena, serving.versions, serving.count) = target->good[target->good_count - 1];
    return serving;
}
