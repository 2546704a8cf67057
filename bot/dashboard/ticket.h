/* ticket.h - links that let in once: asked for on the host, by whoever may use `opsgate run` there.
 *
 * In memory, of one instance; only digests are kept. Good for TICKET_MS, and for one use. Time is an argument. Loop
 * thread only.
 */
#ifndef OPSGATE_DASHBOARD_TICKET_H
#define OPSGATE_DASHBOARD_TICKET_H

#include "bot/dashboard/session.h"

#define TICKET_MS (5 * 60 * 1000)
#define TICKETS_MAX 16 /* then the oldest is no good any more */
#define TICKET_USER_MAX 256

struct ticket {
    struct digest id;
    char user[TICKET_USER_MAX]; /* of this machine; "": none is here */
    int64_t made_mono;
};
struct tickets { /* zeroed at first; nothing to release */
    struct ticket kept[TICKETS_MAX];
};

struct session_id tickets_make(struct tickets *tickets, const struct clock *clock, const char *user, int64_t now_mono);
/* Whose it is, in ret_user, and it is used up. False: it is nobody's, used, or too old. */
bool tickets_take(struct tickets *tickets, struct str ticket, int64_t now_mono, char ret_user[TICKET_USER_MAX]);

#endif
