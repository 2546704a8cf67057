#include "handlers/deploy/irreversible.h"

#include "handlers/deploy/deploying.h"
#include "handlers/deploy/queue.h"
#include "handlers/deploy/version.h"
#include "handlers/rollback/glass.h"
#include "handlers/rollback/rollback.h"
#include "handlers/watch/page.h"

#include "bot/model/card.h"
#include "bot/model/paths.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"

#include <string.h>

/* ---- is it kept? ---- */

static bool is_getting_traffic(const char *state, const struct deploy_body *body)
{
    return strcmp(state, "verifying") == 0 ||
           ((strcmp(state, "shifting") == 0 || strcmp(state, "switching") == 0) && !body->is_denied);
}

bool irreversible_is_kept(const struct operation *operation, const struct deploy_body *body)
{
    return body->is_irreversible && !body->returning && !PLANTED(IRREVERSIBLE_RETURNED) &&
           (deploy_percent(body) > 0 || is_getting_traffic(operation->state, body));
}

/* ---- words ---- */

const char *irreversible_glass(const struct view *view, const char *target, const struct deploy_body *body)
{
    return glass_words(view, body->service, body->environment, target);
}

static const char *text_of(const struct view *view, const char *name, const char *target,
                           const struct deploy_body *body)
{
    return arena_printf(view->arena,
                        "%s is irreversible: older code cannot run on what it has changed, so its traffic goes back by "
                        "nothing but %s",
                        name, irreversible_glass(view, target, body));
}

const char *irreversible_text(const struct view *view, const struct operation *operation,
                              const struct deploy_body *body)
{
    return text_of(view, queue_name(view, (struct queued){ operation, body }), operation->target, body);
}

const char *irreversible_field(const struct view *view, const struct operation *operation,
                               const struct deploy_body *body)
{
    if (!body->is_irreversible)
        return NULL;
    return arena_printf(view->arena, "from its first traffic on nothing takes that back but %s",
                        irreversible_glass(view, operation->target, body));
}

/* ---- it is kept ---- */

static const char *held_text(const struct deploying *d, const char *why)
{
    return arena_printf(d->view->arena, "%s. It is irreversible, so its traffic stays: `promote` or `retry` it, or %s",
                        why, irreversible_glass(d->view, d->operation->target, d->body));
}

/* Nothing ends it any more but people, and without a deadline nobody comes back to ask them. */
void irreversible_page(struct deploying *d, const char *why)
{
    const char *name = queue_name(d->view, (struct queued){ d->operation, d->body });

    watch_page(
        d->view, d->out,
        &(struct page){
            .subject = arena_printf(d->view->arena, "opsgate: %s of %s is irreversible and held", d->operation->id,
                                    d->operation->target),
            .text = arena_printf(d->view->arena, "%s to %s is held: %s", name, d->operation->target, held_text(d, why)),
        });
}

static void hold(struct deploying *d, const char *why)
{
    deploy_hold(d, held_text(d, why), 0);
    irreversible_page(d, why);
}

static void drop_deadline(struct deploying *d)
{
    d->body->held_until_ms = 0;
    outcome_cancel_timer(d->out, "unanswered");
}

bool irreversible_holds(struct deploying *d, const char *why)
{
    if (!irreversible_is_kept(d->operation, d->body))
        return false;
    if (!d->body->held || d->body->is_denied) {
        hold(d, why);
    } else if (d->body->held_until_ms) { /* they were asked, and their silence counts no more */
        irreversible_page(d, d->body->held);
        drop_deadline(d);
    }
    deploy_keep(d);
    return true;
}

bool irreversible_holds_unmade(struct deploying *d, const char *why)
{
    if (d->body->step == 0 || !irreversible_is_kept(d->operation, d->body))
        return false;
    d->body->step--;
    deploy_move(d, "baking", DEPLOY_NO_DEADLINE_MS);
    deploy_begin_looking(d);
    hold(d, why);
    return true;
}

/* It waits until this one is over, and says so itself; how much traffic this one has changes without it. */
static void tell_rollback(struct deploying *d, const char *rollback)
{
    const char *name = arena_printf(d->view->arena, "%s (`%s`)", d->operation->id, deploy_quote(d, d->body->version));
    cJSON *body = json_object();

    json_set_string(body, "text", text_of(d->view, name, d->operation->target, d->body));
    outcome_message(d->out, rollback, MESSAGE_KEPT_WAITING, body);
}

/* Whoever asked for it saw a deploy without traffic; or did it without the store, and did not know. */
bool irreversible_stays(struct deploying *d, const char *by)
{
    const char *why =
        arena_printf(d->view->arena, "%s was to roll it back, and broke no glass for what is irreversible",
                     by ? by : "another operation");
    const struct operation *rollback = by ? d->view->find_operation(d->view->ctx, by) : NULL;

    if (!irreversible_is_kept(d->operation, d->body))
        return false;
    if (by && !rollback)
        rollback = d->view->find_ended(d->view->ctx, by);
    if (rollback && json_find_string(rollback->body, "break_glass"))
        return false;
    if (rollback && !operation_has_ended(rollback))
        tell_rollback(d, by);
    d->body->is_paused = true;
    d->body->looks++;
    drop_deadline(d);
    deploy_note(d, "stayed", arena_printf(d->view->arena, "paused it at %d %%: %s", (int)deploy_percent(d->body), why),
                NULL, NULL);
    irreversible_page(d, why);
    deploy_keep(d);
    return true;
}

/* ---- it was said ---- */

/* Where releases roll out by themselves whoever types the tag of one alone means the release of it. */
static const char *release_of(const struct release_settings *release, const struct version *version,
                              struct arena *arena)
{
    const char *tag;

    if (release->on != RELEASE_ON_GITHUB_RELEASE || version->kind != VERSION_TAG)
        return NULL;
    tag = arena_printf(arena, "%s%s", release->tag_prefix ? release->tag_prefix : "", version->name);
    return !release->tags || path_matches(release->tags, str_of(tag)) ? tag : NULL;
}

void irreversible_plan(const struct view *view, const struct place *place, const struct version *version,
                       struct deploy_body *body)
{
    const struct release_settings *release = place->environment->release;

    if (!release || !view->settings->github || !place->service->repository)
        return;
    body->irreversible_marker = release->irreversible;
    if (version && !body->is_irreversible && !body->is_reversible)
        body->irreversible_release = release_of(release, version, view->arena);
}

const char *irreversible_asked_text(const struct view *view, const struct operation *operation,
                                    const struct deploy_body *body)
{
    const char *words;

    if (!body->irreversible_release || body->is_release_told || body->image || operation_has_ended(operation) ||
        strcmp(operation->state, "pinning") != 0)
        return NULL;
    words = deploy_words(view, operation->target, body);
    return arena_printf(view->arena,
                        "whether its release `%s` is irreversible; `%s --irreversible`, if it may be, or "
                        "`%s --reversible` goes on without that",
                        card_quote(str_of(body->irreversible_release), DEPLOY_QUOTED_BYTES, view->arena), words, words);
}

/* ---- what the record knows ---- */

static bool has_version(const struct target_version *versions, size_t count, const char *version)
{
    for (size_t i = 0; i < count; i++)
        if (versions[i].image && versions[i].version && strcmp(versions[i].version, version) == 0)
            return true;
    return false;
}

bool irreversible_is_on_record(const struct view *view, const char *target, const char *version)
{
    const struct target *record = view->find_target(view->ctx, target);

    return record && (has_version(record->good, record->good_count, version) ||
                      has_version(record->bad, record->bad_count, version));
}

static bool has_image(const struct target_version *versions, size_t count, const char *image)
{
    for (size_t i = 0; i < count; i++)
        if (versions[i].image && strcmp(versions[i].image, image) == 0)
            return true;
    return false;
}

bool irreversible_is_image_on_record(const struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);

    return target && d->body->image &&
           (has_image(target->good, target->good_count, d->body->image) ||
            has_image(target->bad, target->bad_count, d->body->image));
}

static bool is_said_of(const struct target_version *versions, size_t count, const char *image)
{
    for (size_t i = 0; i < count; i++)
        if (versions[i].is_irreversible && versions[i].image && strcmp(versions[i].image, image) == 0)
            return true;
    return false;
}

/* What brings the very image that serves changes nothing that this one had not changed: to go back from it is no
 * matter. */
void irreversible_learn(struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    const struct target_version *newest =
        target && target->good_count > 0 && !target->doubt ? &target->good[target->good_count - 1] : NULL;
    const char *image = d->body->image;

    if (d->body->keeps_image || (newest && text_equal(image, newest->image)))
        return;
    d->body->is_irreversible = d->body->is_irreversible || d->body->is_marked;
    if (!target || !image)
        return;
    if (is_said_of(target->good, target->good_count, image) || is_said_of(target->bad, target->bad_count, image))
        d->body->is_irreversible = true;
}
