/* courier.h - webhooks on their way to opsgate: in lines, first in first out, each tried until its sender lets it go.
 *
 * The senders (pagerduty/, alertmanager/) put parcels in, and say after each try what becomes of them; dispatch.c carries
 * them. Not thread-safe: the world's lock covers it.
 */
#ifndef SANDBOX_COURIER_H
#define SANDBOX_COURIER_H

#include "tree.h"

struct parcel {
    const char *sender; /* a literal: "pagerduty", "alertmanager" */
    char *id;           /* the same on each try */
    char *owner;        /* whose queue it is: a subscription, a group */
    char *line;         /* those before it in its line go first */
    char *url, *body;
    char *about; /* what it tells, for the log: "incident.triggered" */
    int64_t made_at_ms, due_at_ms;
    int64_t tries;
    bool is_out; /* being delivered: it may not be freed */
    struct parcel *next;
};

struct courier {
    struct parcel *parcels; /* oldest first */
    int64_t generation;     /* grows when all are thrown away: what was out then is nobody's any more */
};

void courier_clear(struct courier *courier);
struct parcel *courier_add(struct courier *courier, const struct parcel *wanted); /* copies its texts */
void courier_drop_owner(struct courier *courier, const char *owner);             /* also one that is out */
void courier_drop(struct courier *courier, const char *id);
struct parcel *courier_find(struct courier *courier, const char *id);
struct parcel *courier_next(struct courier *courier, int64_t now_ms); /* due, first of its line, not out; or NULL */
int64_t courier_wakes_at(const struct courier *courier, int64_t otherwise_ms);
cJSON *courier_state(const struct courier *courier, const char *sender); /* [{id, owner, about, tries}] */

#endif
