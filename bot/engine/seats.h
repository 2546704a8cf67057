/* seats.h - what effects wait for that a peer refuses (parking.c): one seat for each credential, or for the permission for one
 * kind of effect in one lane, or for several that need the same. They live in memory, and of each the record knows only that it was told.
 * Only for parking*.c.
 */
#ifndef OPSGATE_ENGINE_SEATS_H
#define OPSGATE_ENGINE_SEATS_H

#include "bot/engine/internal.h"

#define PROBE_EVERY_MS HOUR_MS /* so often one is let through */

struct parked_seat {
    char *name, *why;
    int64_t since_ms;     /* steady clock */
    int64_t refused_mono; /* the last time */
    int64_t probe_at_mono, swept_mono;
    size_t lanes;                    /* that wait for it */
    size_t effects;                  /* as count_waiting() found last */
    const struct effect_kind *kind;  /* what may not be done, and waits; NULL: all that goes with the credential */
    struct lane *lane;               /* where; NULL: nothing waits there just now, or `kind` is NULL */
    struct parked_seat *next_lacked; /* of the same lane */
    const struct live_effect *probe; /* on its way, for all of them; or NULL */
    bool is_way_back, is_courtesy, is_told;
    bool is_of_pages;  /* they go with it, so that nothing may try it: not forgotten before a reload */
    bool is_over;      /* it is taken again */
    bool is_forgotten; /* likewise gone, and nobody knows whether it is */
    struct parked_seat *prev, *next;
};

struct seat_wish { /* what was refused, or taken */
    const char *kind, *lane;
    const struct effect_kind *parks; /* NULL: it does not */
    bool is_way_back, is_courtesy;
};
struct seat_wish seats_wish_of(const struct live_effect *effect);
bool seats_parks(const struct effect_kind *kind); /* it waits for whatever it is refused for */

/* What of this effect's waits for it: a credential that is refused says more than a permission. NULL: nothing does. */
struct parked_seat *seats_holder(const struct live_effect *effect);
bool seats_wait_for(const struct live_effect *effect, const struct parked_seat *seat);

/* It was refused so. NULL: there are too many seats; for the way back another one is forgotten. */
struct parked_seat *seats_note(struct engine *e, const struct seat_wish *wish, const struct attempt_end *end);
void seats_park(struct lane *lane, struct parked_seat *seat);
void seats_free(struct engine *e, struct parked_seat *seat); /* a try got through: all that wait for it go */
void seats_take_back(struct engine *e, const struct seat_wish *wish, const char *seat); /* likewise, by its name; or NULL */
void seats_drop(struct engine *e, struct parked_seat *seat);

#endif
