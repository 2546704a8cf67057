/* credentials_watching.h - one event's decision of "watch.credentials", and what its two sources share: what the engine tells
 * (credentials_refused.c), and what is asked round by round (credentials_tested.c). Only for credentials*.c.
 */
#ifndef OPSGATE_HANDLERS_WATCH_CREDENTIALS_WATCHING_H
#define OPSGATE_HANDLERS_WATCH_CREDENTIALS_WATCHING_H

#include "handlers/watch/credentials.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/parked.h"

#define CREDENTIALS_ASK "test:" /* a reading; behind it stands the subject */
#define CREDENTIALS_ROUND "look"
#define CREDENTIALS_REMINDER "remind"

struct watching {
    const struct view *view;
    struct credentials_watch *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

/* ---- credentials.c ---- */

const char *credentials_quote(const struct watching *w, const char *words); /* NULL: none were given */
void credentials_page(struct watching *w, const char *subject, const char *text); /* and again, as long as it is so */

/* ---- credentials_refused.c: what the engine tells ---- */

void credentials_on_refused(struct watching *w);
void credentials_on_accepted(struct watching *w);
/* An owner of before was told so; this one has tried since, and nothing was refused. */
void credentials_forget_refused(struct watching *w);
void credentials_note_paged(struct watching *w, const struct parked *refused); /* lately: it is not told again so soon */
/* "`slack` refuses opsgate: token_revoked. What is to be shown there waits (12)." */
const char *credentials_refused_words(const struct parked *refused, struct arena *arena);

/* ---- credentials_tested.c: what is asked ---- */

void credentials_begin_round(struct watching *w);
void credentials_rest(struct watching *w, int64_t ms); /* until the next round */
void credentials_on_answered(struct watching *w);

#endif
