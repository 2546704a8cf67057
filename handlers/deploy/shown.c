#include "handlers/deploy/shown.h"

#include <string.h>

#define EVERY_MS (10 * SECOND_MS)
#define EARLY_MS SECOND_MS        /* the answers of two looks may be nearer to each other than the looks are */
#define WATCHED_STEP_MS MINUTE_MS /* a shorter one is watched by somebody */

static bool brings_numbers(const struct deploying *d)
{
    return d->event->kind == EVENT_READING && (deploy_is_in(d, "baking") || deploy_is_in(d, "watching")) &&
           strcmp(d->event->name, d->body->limits.is_judged ? "measure" : "service") == 0;
}

static bool is_true_still(const struct deploy_body *body)
{
    return body->shown.at_ms && body->shown.look == body->looks && body->shown.verdict == body->verdict;
}

static bool is_due(const struct deploying *d)
{
    const struct deploy_body *body = d->body;
    int64_t asked_ms = deploy_is_last_step(body) ? body->watch_ms : body->steps[body->step].bake_ms;
    int64_t passed_ms = d->view->now_ms - body->shown.at_ms;

    return asked_ms < WATCHED_STEP_MS || passed_ms >= EVERY_MS - EARLY_MS || passed_ms < 0;
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
    }
}

struct numbers shown_numbers(const struct operation *operation, const struct deploy_body *body)
{
    if (is_true_still(body) && !operation->result)
        return (struct numbers){ body->shown.observed_ms, body->shown.verdict_why, &body->shown.measured };
    return (struct numbers){ body->observed_ms, body->verdict_why, &body->measured };
}
