/* same.c - the same twice: another deploy of the place brings the very same image already, so one of the two is enough.
 */
#include "handlers/deploy/deploying.h"

#include "handlers/deploy/queue.h"

#include <string.h>

bool deploy_is_being_aborted(const struct operation *operation)
{
    return json_find(operation->body, "returning") || json_find(operation->body, "program.stopping") ||
           text_equal(operation->state, "cancelling");
}

/* Who says it need not wait for GitHub, as that one does. */
static bool waits_for_mark(const cJSON *body)
{
    return json_find(body, "irreversible_release") && !json_find(body, "image") &&
           !json_find_bool(body, "is_release_told", false);
}

/* A tag may move between two deploys of it, so only images tell once they are known; a digest never moves. Other
 * settings make another deploy. */
static bool brings_the_same(const struct operation *operation, const struct deploy_sought *sought)
{
    const cJSON *body = operation->body;
    const char *their_image = json_find_string(body, "image");

    if (deploy_is_being_aborted(operation) || json_find(body, "env") || json_find(body, "tune") || (sought->is_mark_said && waits_for_mark(body)))
        return false;
    if (sought->image && their_image)
        return text_equal(sought->image, their_image);
    return text_equal(sought->version, json_find_string(body, "version")) &&
           (!their_image || strncmp(sought->version, "sha256:", 7) == 0);
}

const struct operation *deploy_find_same(const struct view *view, const char *id, const char *target,
                                         const struct deploy_sought *sought)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        if (id && strcmp(all[i]->id, id) == 0)
            return NULL; /* those after it are younger: they are the ones that give way */
        if (strcmp(all[i]->kind, "deploy") == 0 && text_equal(all[i]->target, target) && !all[i]->is_stuck &&
            !operation_has_ended(all[i]) && (!sought->is_now || queue_has_target(view, all[i])) &&
            brings_the_same(all[i], sought))
            return all[i];
    }
    return NULL;
}

bool deploy_is_the_only_one(struct deploying *d)
{
    const struct deploy_sought sought = { .version = d->body->version,
                                          .image = d->body->image,
                                          .is_now = d->body->is_now,
                                          .is_mark_said = !d->body->irreversible_release };
    const struct operation *same =
        d->body->env_count > 0 || d->body->tune ? NULL : deploy_find_same(d->view, d->operation->id, d->operation->target, &sought);

    if (!same)
        return true;
    d->body->failed_in = d->state;
    d->body->same = same->id;
    deploy_keep(d);
    outcome_end(d->out, "refused", "refused",
                "%s does that already: the same image to %s. Nothing was changed; the card of %s tells the rest.",
                same->id, d->operation->target, same->id);
    return false;
}
