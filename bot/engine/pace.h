/* pace.h - how fast effects may go that a peer counts, a seat for each of its limits. Pure.
 *
 * A seat lets some go at once, and from then on one after the other, as evenly as its limit allows: so it is not hit. A
 * peer that says 429 all the same is left alone until its Retry-After is over, by all that go through the seat; and for a
 * while after that, the longer the longer it was to be left alone, the seat is half as fast, or half of that when it is
 * hit again.
 *
 * A limit of `a_minute` is never passed in any minute besides, however many go at once: such a minute begins with an
 * answer, for nobody knows when on the way the peer counted.
 *
 * Each waits for the answer of the one before, for two seconds: of many that leave together more than one would hit the
 * limit. What can wait goes only while the seat could let some more go besides.
 */
#ifndef OPSGATE_ENGINE_PACE_H
#define OPSGATE_ENGINE_PACE_H

#include "bot/model/effect.h"

#define PACE_SLOW_MS (10 * 60 * 1000)       /* at most, after a limit was hit */
#define PACE_CLOSED_MAX_MS (10 * 60 * 1000) /* whatever a peer says: then it is asked again */
#define PACE_HALVED_MAX 3             /* in a row: an eighth is always let through */
#define PACE_A_MINUTE_MAX 20          /* of a limit's `a_minute` */

struct pace;

struct pace *pace_create(void);
void pace_destroy(struct pace *pace);

/* From when on the next one may go through the seat; it may be past. */
int64_t pace_free_mono(const struct pace *pace, const char *seat, const struct effect_limit *limit, bool can_wait,
                       int64_t mono_ms);
void pace_take(struct pace *pace, const char *seat, const struct effect_limit *limit, int64_t mono_ms); /* one goes */
void pace_give_back(struct pace *pace, const char *seat, int64_t mono_ms); /* it was answered, or cut off */
/* 429: `after_ms` is its Retry-After; 0: it did not say. */
void pace_hit(struct pace *pace, const char *seat, int64_t after_ms, int64_t mono_ms);
size_t pace_seats(const struct pace *pace); /* how many are kept: such as were used lately */

#endif
