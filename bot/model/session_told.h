/* session_told.h - who signed in to the dashboard, or left it: an instance tells the owner, so that it is in the journal.
 *
 * Nobody hears of it (listener.h), and nothing comes of it. Sessions themselves are one instance's, and in no store.
 */
#ifndef OPSGATE_MODEL_SESSION_TOLD_H
#define OPSGATE_MODEL_SESSION_TOLD_H

#include "bot/model/inbox.h"
#include "bot/model/outside_event.h"

#define SESSION_SOURCE "opsgate" /* of its inbox item, and of the event; no other door gives it */
#define SESSION_KIND "session"

#define SESSION_SIGNED_IN "dashboard.signed_in" /* names of the event */
#define SESSION_SIGNED_OUT "dashboard.signed_out"

struct session_told {
    const char *name; /* one of them */
    const char *by;   /* the provider's issuer, or "link": of `opsgate dashboard` on the host */
    struct principal who;
};
extern const struct shape session_told_shape;

/* The event in an item of SESSION_KIND. ERR_INVALID. Pure; any thread. */
bool session_told_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                         struct error *err);

#endif
