/* ending.h - what people read when a deploy does not end well: why, what was touched, and what to do next. Pure.
 *
 * What was touched and the next step follow from the state that the operation was in. Texts live in the view's arena.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_ENDING_H
#define OPSGATE_HANDLERS_DEPLOY_ENDING_H

#include "bot/model/event.h"
#include "bot/model/view.h"
#include "handlers/deploy/body.h"
#include "policy/decide.h"

#define DEPLOY_QUOTED_BYTES 400 /* of a peer's words */

/* `sentence` says what happened and why, with the things' names, without the full stop. */
const char *deploy_failure(const struct view *view, const char *target, const char *state,
                           const struct deploy_body *body, const char *sentence);

/* "deploy api staging v1.4.2": what was asked for, as it has to be typed again for this target, which may be one region;
 * values of settings are not told. */
const char *deploy_words(const struct view *view, const char *target, const struct deploy_body *body);

/* Policy said no. */
const char *deploy_refusal(const struct view *view, const char *state, const struct decision *decision);

/* Traffic is shared in a way that is not ours; both as split_text says it. */
const char *deploy_foreign(const struct view *view, const struct deploy_body *body, const char *found,
                           const char *expected);

/* Why an effect or a reading brought nothing: the peer's words, made harmless, or ours. */
const char *deploy_why(const struct event *event, struct arena *arena);

#endif
