/* doubt.h - who ended and left open what serves, where that may be irreversible (irreversible.h).
 *
 * The target names the last one that ended so. It hides none before it: a deploy and a way back remember over which one
 * they began, and a way back what it was to leave. Pure.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_DOUBT_H
#define OPSGATE_HANDLERS_DEPLOY_DOUBT_H

#include "bot/model/view.h"

struct deploying;
struct outcome;

struct doubt {
    const struct operation *operation; /* a deploy, or a way back, that has ended */
    const char *version, *revision;    /* what may serve, and is irreversible; revision NULL: not Cloud Run's */
    bool is_way_back;                  /* and was to leave that version */
    bool may_serve;                    /* false: a deploy that had no traffic, as far as was heard */
    const char *begun_over;            /* leads further: one before it; or NULL */
};

/* The first one from `id` on; NULL: nobody. False: there is none. */
bool doubt_find(const struct view *view, const char *id, struct doubt *ret);
/* Likewise from the last one of the target on, and what it left may serve. */
bool doubt_find_serving(const struct view *view, const char *target, struct doubt *ret);
/* That one's id, for whoever begins there to remember; NULL: there is none. */
const char *doubt_begins_over(const struct view *view, const char *target);

/* To whoever asks for a deploy there now: what it goes over, and to look first. */
void doubt_tell(const struct view *view, const char *target, struct outcome *out);

/* ---- only for this folder ---- */

/* Its turn has come where one has ended so. False: it was asked for before anybody could know, so it has ended, and
 * says what to look at and what to type. A way back passes, and so does `--now`. */
bool doubt_may_be_left(struct deploying *d);
void doubt_note_left(struct deploying *d); /* it begins all the same: on the card, and in the journal */

#endif
