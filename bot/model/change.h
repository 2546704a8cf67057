/* change.h - a change that others made, as whoever made it tells: a migration, a flag, a piece of infrastructure.
 *
 * `outside_event.body` of the source "api" and the name CHANGE_TOLD has change_told_shape. It is a fact and no request:
 * nothing is done about it, and policy is not asked.
 */
#ifndef OPSGATE_MODEL_CHANGE_H
#define OPSGATE_MODEL_CHANGE_H

#include "bot/base/shape.h"

#define CHANGE_SOURCE "api"
#define CHANGE_TOLD "change.told" /* outside_event.name */

struct change_told {
    const char *token;                 /* a name of api.tokens: who told it */
    const char *id;                    /* the sender's own key, or the one that it was given here */
    const char *title;                 /* in the words of its sender, as the next three: not quoted yet */
    const char *service, *environment; /* they were configured when it was told; or NULL */
    const char *url;                   /* https; or NULL */
    const char *by;                    /* who made it; NULL: nobody said */
    int64_t at_ms;                     /* unix: when it was made, by the time that it was told; in an item 0: then */
};
extern const struct shape change_told_shape;

#endif
