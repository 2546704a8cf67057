#include "handlers/deploy/pagerduty_told.h"

#include "handlers/change_told.h"
#include "handlers/deploy/deploying.h"
#include "handlers/image.h"

#include <string.h>

static const struct words {
    const char *doing, *done;
} rolling_out = { "Rolling out", "Rolled out" }, rolling_back = { "Rolling back", "Rolled back" },
  restarting = { "Restarting", "Restarted" }, setting = { "Changing settings of", "Changed settings of" };

static const struct words *words_of(const struct deploy_body *body)
{
    if (body->is_way_back)
        return &rolling_back;
    if (body->tune && strcmp(body->tune->verb, "restart") == 0)
        return &restarting;
    return body->tune || body->keeps_image ? &setting : &rolling_out;
}

/* What served until now, as it is on record, or as Cloud Run calls it. */
static const char *before(const struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    const char *previous = d->body->previous;

    for (size_t i = target ? target->good_count : 0; i > 0; i--) {
        const struct target_version *good = &target->good[i - 1];

        if (!previous || (good->revision && strcmp(good->revision, previous) == 0))
            return good->version ? version_short(good->version, d->view->arena) : previous;
    }
    return previous;
}

static struct change_words story_of(const struct deploying *d, const struct words *words)
{
    const char *version = version_short(d->body->version, d->view->arena), *place = change_told_place(d->operation);
    struct change_words story = { .doing = words->doing,
                                  .done = words->done,
                                  .service = d->body->service,
                                  .environment = d->body->environment,
                                  .reason = d->body->reason,
                                  .returned = d->body->returning };

    if (words == &rolling_out || words == &rolling_back) {
        story.version = version;
        story.before = d->body->is_change_told ? d->body->changed_from : before(d);
    }
    story.what = words == &rolling_out ? arena_printf(d->view->arena, "%s %s to %s", d->body->service, version, place)
                 : words == &rolling_back
                     ? arena_printf(d->view->arena, "%s in %s to %s", d->body->service, place, version)
                     : arena_printf(d->view->arena, "%s in %s", d->body->service, place);
    return story;
}

void pagerduty_told_follow(struct deploying *d)
{
    struct change_words story;

    if (!change_told_wants(d->view, d->operation, d->out, d->body->is_change_told))
        return;
    story = story_of(d, words_of(d->body));
    d->body->is_change_told = change_told_follow(d->view, d->operation, &story, d->body->is_change_told, d->out);
    d->body->changed_from = story.before;
    outcome_move(d->out, NULL, d->body);
}
