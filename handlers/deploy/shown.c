#include "handlers/deploy/shown.h"

#include <string.h>

#define EVERY_MS (10 * SECOND_MS)
#define EARLY_MS SECOND_MS        /* the answers of two looks may be nearer to each other than the looks are */
#define WATCHED_STEP_MS MINUTE_MS /* a shorter one is watched by somebody */
#define EACH_MS (2 * SECOND_MS)   /* for each of several that are looked at */
#define PAUSED_MS (6 * SECOND_MS) /* likewise of one that is paused, which leaves its turn to the others */

static const char *numbers_name(const struct deploy_limits *limits) /* of the reading */
{
    return limits->probes ? "probes" : limits->is_judged ? "measure" : "service";
}

static bool brings_numbers(const struct deploying *d)
{
    return d->event->kind == EVENT_READING && (deploy_is_in(d, "baking") || deploy_is_in(d, "watching")) &&
           strcmp(d->event->name, numbers_name(&d->body->limits)) == 0;
}

static bool is_true_still(const struct deploy_body *body)
{
    return body->shown.at_ms && body->shown.look == body->looks && body->shown.verdict == body->verdict;
}

static bool is_looked_at(const struct operation *operation, bool with_paused)
{
    return strcmp(operation->kind, "deploy") == 0 && !operation->is_stuck &&
           (with_paused || !json_find_bool(operation->body, "is_paused", false)) &&
           (strcmp(operation->state, "baking") == 0 || strcmp(operation->state, "watching") == 0);
}

/* This one and all others: their numbers stand on cards, too. */
static int64_t count_looked_at(const struct view *view, bool with_paused)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **list = arena_alloc(view->arena, (count + 1) * sizeof(*list));
    int64_t looked_at = 0;

    view->list_operations(view->ctx, list, count);
    for (size_t i = 0; i < count; i++)
        looked_at += is_looked_at(list[i], with_paused);
    return looked_at;
}

static int64_t every_ms(const struct deploying *d)
{
    const struct deploy_body *body = d->body;
    int64_t asked_ms = deploy_is_last_step(body) ? body->watch_ms : body->steps[body->step].bake_ms;
    int64_t alone_ms = asked_ms < WATCHED_STEP_MS ? 0 : EVERY_MS;
    int64_t looked_at = count_looked_at(d->view, body->is_paused);
    int64_t among_ms = looked_at > 1 ? looked_at * (body->is_paused ? PAUSED_MS : EACH_MS) : 0;

    return among_ms > alone_ms ? among_ms : alone_ms;
}

static bool is_due(const struct deploying *d)
{
    int64_t passed_ms = d->view->now_ms - d->body->shown.at_ms;

    return passed_ms >= every_ms(d) - EARLY_MS || passed_ms < 0;
}

void shown_refresh(struct deploying *d)
{
    struct deploy_body *body = d->body;

    if (!brings_numbers(d)) {
        if (!is_true_still(body))
            body->shown = (struct deploy_shown){ .at_ms = 0 };
    } else if (!is_true_still(body) || is_due(d)) {
        body->shown = (struct deploy_shown){ .at_ms = d->view->now_ms,
                                             .look = body->looks,
                                             .verdict = body->verdict,
                                             .observed_ms = body->observed_ms,
                                             .verdict_why = body->verdict_why,
                                             .measured = body->measured };
        if (body->probing)
            body->shown.probed = body->probing->probed;
    }
}

bool shown_can_wait(const struct deploying *d, const struct deploy_body *before)
{
    const struct deploy_body *body = d->body;

    return brings_numbers(d) && !d->out->state && !d->out->result && before->shown.at_ms &&
           before->looks == body->looks && before->verdict == body->verdict && before->is_paused == body->is_paused &&
           before->acts_count == body->acts_count && text_equal_or_none(before->held, body->held) &&
           text_equal_or_none(before->problem, body->problem) && text_equal_or_none(before->returning, body->returning);
}

struct numbers shown_numbers(const struct operation *operation, const struct deploy_body *body)
{
    if (is_true_still(body) && !operation->result)
        return (struct numbers){ body->shown.observed_ms, body->shown.verdict_why, &body->shown.measured,
                                 body->probing ? &body->shown.probed : NULL };
    return (struct numbers){ body->observed_ms, body->verdict_why, &body->measured,
                             body->probing ? &body->probing->probed : NULL };
}
