/* keeping.c - blue-green: the revision that served before stays in reach for a time.
 *
 * What is in reach, by traffic or by a tag, has as many instances up as its own minimum says; a minimum of the service
 * goes where the traffic goes. A revision never changes, so one that was made without a minimum of its own stays
 * deployable, but goes cold: opsgate says which, and `min_instances` makes the next ones with it.
 */
#include "handlers/deploy/deploying.h"

#include "handlers/deploy/keep.h"
#include "handlers/deploy/revision.h"

#include "bot/model/exchange.h"

#include <inttypes.h>
#include <string.h>

#define TELL_DEADLINE_MS (30 * SECOND_MS)

void deploy_begin_keeping(struct deploying *d, const struct run_service *service)
{
    struct run_revisions_ask ask = { .place = d->body->place, .revisions = &d->body->previous, .revisions_count = 1 };

    if (d->body->keep_ms == 0)
        return;
    d->body->kept_tag = deploy_find_tag(service, d->body->previous, d->view->arena);
    d->body->is_tag_given = !d->body->kept_tag;
    if (d->body->is_tag_given)
        d->body->kept_tag = deploy_given_tag(d->view, d->operation);
    outcome_read(d->out, "kept", READING_REVISIONS, shape_to_json(&run_revisions_ask_shape, &ask, SHAPE_WHOLE),
                 TELL_DEADLINE_MS);
}

/* A courtesy: nobody waits for it. */
void deploy_on_kept_told(struct deploying *d)
{
    struct run_revisions revisions;
    struct error ignored;

    if (d->event->end == END_DONE &&
        shape_from_json(&run_revisions_shape, d->event->body, d->view->arena, &revisions, &ignored) &&
        revisions.revisions_count == 1) {
        d->body->is_minimum_known = true;
        d->body->kept_instances = revisions.revisions[0].min_instances;
    }
    deploy_keep(d);
}

/* The tag comes with the switch and goes with the way back: each in one call, from exactly the split that is expected.
 */
void deploy_keep_in_reach(const struct deploying *d, bool is_increase, struct run_traffic *args)
{
    struct run_share *wanted = NULL;
    size_t count = 0;

    if (!d->body->is_tag_given)
        return;
    if (!is_increase) {
        args->remove_tags = &d->body->kept_tag;
        args->remove_tags_count = 1;
        return;
    }
    if (!deploy_is_last_step(d->body))
        return;
    for (size_t i = 0; i < args->wanted_count; i++)
        *ARENA_PUSH(d->view->arena, wanted, count) = args->wanted[i];
    *ARENA_PUSH(d->view->arena, wanted, count) =
        (struct run_share){ .revision = d->body->previous, .tag = d->body->kept_tag };
    args->wanted = wanted;
    args->wanted_count = count;
}

/* ---- handing-over ---- */

bool deploy_hand_over(struct deploying *d)
{
    struct keep_body body = {
        .service = d->body->service,
        .environment = d->body->environment,
        .place = d->body->place,
        .revision = d->body->previous,
        .tag = d->body->kept_tag,
        .keep_ms = d->body->keep_ms,
    };

    if (!d->body->kept_tag || d->body->keeper)
        return false;
    deploy_release_hold(d);
    d->body->is_paused = false;
    d->body->looks++;
    deploy_move(d, "handing-over", DEPLOY_NO_DEADLINE_MS);
    keep_ask(d->operation, &body, d->out);
    return true;
}

void deploy_on_handed_over(struct deploying *d)
{
    d->body->keeper = json_find_string(d->event->body, "operation");
    if (!d->body->keeper)
        deploy_note(d, "not_kept", arena_printf(d->view->arena, "left `%s` its tag", d->body->previous), NULL,
                    json_find_string(d->event->body, "text"));
    deploy_end_good(d);
}

/* ---- for cards ---- */

static const char *warmth_text(const struct deploy_body *body, struct arena *arena)
{
    if (!body->is_minimum_known)
        return "whether it stays warm is not known";
    if (body->kept_instances > 0)
        return arena_printf(arena, "warm: its minimum is %" PRId64 " instance%s", body->kept_instances,
                            body->kept_instances == 1 ? "" : "s");
    return "deployable at once, but cold: its minimum is 0 instances";
}

const char *deploy_kept_text(const struct view *view, const struct operation *operation, const struct deploy_body *body)
{
    struct arena *arena = view->arena;
    const char *revision;

    if (!body->kept_tag || body->returning || (operation->result && !body->keeper))
        return NULL;
    revision = card_quote(str_of(body->previous), DEPLOY_QUOTED_BYTES, arena);
    if (!operation->result)
        return arena_printf(arena, "`%s`, for %s after it is good · %s", revision, duration_about(body->keep_ms).text,
                            warmth_text(body, arena));
    return arena_printf(arena, "`%s` until %s, by %s · tag `%s` · %s", revision,
                        card_date(operation->ended_at_ms + view->shift_ms + body->keep_ms, arena), body->keeper,
                        card_quote(str_of(body->kept_tag), DEPLOY_QUOTED_BYTES, arena), warmth_text(body, arena));
}
