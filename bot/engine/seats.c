#include "bot/engine/seats.h"

#include "bot/model/plant.h"

#include <stdio.h>
#include <stdlib.h>

#define SEATS_MAX 64 /* and those of the way back besides: it is always told */
#define NAME_BYTES 400

/* ---- which one ---- */

bool seats_parks(const struct effect_kind *kind)
{
    return kind->refused == REFUSED_PARKS || (kind->is_decrease && PLANTED(DECREASE_PARKED));
}

static const char *permission_of(const struct effect_kind *kind)
{
    return kind->permission ? kind->permission : kind->name;
}

static bool is_for_same(const struct effect_kind *one, const struct effect_kind *other)
{
    return one == other || strcmp(permission_of(one), permission_of(other)) == 0;
}

struct seat_wish seats_wish_of(const struct live_effect *effect)
{
    return (struct seat_wish){ .kind = effect->kind->name,
                               .lane = effect->lane->name,
                               .parks = seats_parks(effect->kind) ? effect->kind : NULL,
                               .is_way_back = effect->kind->is_decrease,
                               .is_courtesy = effect->kind->is_courtesy };
}

/* All of a credential, or the one thing that it may not do in one place. */
static void name_of(const struct seat_wish *wish, const char *seat, enum exchange_refusal refusal, char *ret_name)
{
    if (refusal == REFUSAL_PERMISSION)
        snprintf(ret_name, NAME_BYTES, "%s %s %s", seat, wish->parks ? permission_of(wish->parks) : wish->kind,
                 wish->lane);
    else
        snprintf(ret_name, NAME_BYTES, "%s", seat);
}

static struct parked_seat *find(const struct engine *e, const char *name)
{
    struct parked_seat *seat;

    DL_FOREACH(e->seats, seat)
        if (strcmp(seat->name, name) == 0)
            return seat;
    return NULL;
}

struct parked_seat *seats_holder(const struct live_effect *effect)
{
    struct parked_seat *seat = effect->lane->lacked;

    if (!seats_parks(effect->kind) || effect->lane->seat)
        return seats_parks(effect->kind) ? effect->lane->seat : NULL;
    while (seat && !is_for_same(seat->kind, effect->kind))
        seat = seat->next_lacked;
    return seat;
}

bool seats_wait_for(const struct live_effect *effect, const struct parked_seat *seat)
{
    return effect->phase == EFFECT_WAITING && seats_holder(effect) == seat;
}

/* ---- lanes wait for it ---- */

static void leave_lacked(struct parked_seat *seat)
{
    if (!seat->lane)
        return;
    LL_DELETE2(seat->lane->lacked, seat, next_lacked);
    seat->lane = NULL;
    seat->lanes = 0;
}

static void leave_seat(struct lane *lane)
{
    if (lane->seat)
        lane->seat->lanes--;
    lane->seat = NULL;
}

void parking_leave(struct lane *lane)
{
    leave_seat(lane);
    while (lane->lacked)
        leave_lacked(lane->lacked);
}

void seats_park(struct lane *lane, struct parked_seat *seat)
{
    if (!seat->kind) {
        leave_seat(lane);
        lane->seat = seat;
        seat->lanes++;
    } else if (seat->lane != lane) {
        leave_lacked(seat);
        LL_PREPEND2(lane->lacked, seat, next_lacked);
        seat->lane = lane;
        seat->lanes = 1;
    }
}

/* Of each lane the first that waited for it goes now. */
static void let_go(struct engine *e, struct parked_seat *seat)
{
    struct live_effect *effect, *first;
    struct lane *lane, *tmp;

    HASH_ITER(hh, e->lanes, lane, tmp) {
        first = NULL;
        DL_FOREACH(lane->first, effect)
            if (!first && seats_wait_for(effect, seat))
                first = effect;
        if (lane->seat == seat)
            leave_seat(lane);
        if (first)
            lanes_wait_now(e, first);
    }
    leave_lacked(seat);
    seat->probe = NULL;
}

/* ---- they come and go ---- */

void seats_drop(struct engine *e, struct parked_seat *seat)
{
    DL_DELETE(e->seats, seat);
    free(seat->name);
    free(seat->why);
    free(seat);
}

/* False: there are too many. For the way back the newest other one is forgotten. */
static bool make_room(struct engine *e, bool is_way_back)
{
    struct parked_seat *seat, *newest = NULL;
    size_t count = 0;

    DL_FOREACH(e->seats, seat) {
        count++;
        newest = seat->is_way_back ? newest : seat;
    }
    if (count < SEATS_MAX || !is_way_back)
        return count < SEATS_MAX;
    if (newest) {
        let_go(e, newest);
        seats_drop(e, newest);
    }
    return true;
}

static bool is_of_pages(const struct seat_wish *wish, const struct attempt_end *end)
{
    bool is_theirs = end->seat && (strcmp(end->seat, "slack") == 0 || strcmp(end->seat, "mail") == 0);

    return is_theirs && (end->refusal == REFUSAL_CREDENTIAL || strcmp(wish->kind, EFFECT_MESSAGE) == 0 ||
                         strcmp(wish->kind, EFFECT_MAIL) == 0);
}

static struct parked_seat *begin_seat(struct engine *e, const char *name, const struct seat_wish *wish,
                                      enum exchange_refusal refusal)
{
    struct parked_seat *seat = xcalloc(1, sizeof(*seat));

    seat->name = xstrdup(name);
    seat->kind = refusal == REFUSAL_PERMISSION ? wish->parks : NULL;
    seat->is_courtesy = refusal == REFUSAL_PERMISSION && wish->is_courtesy;
    seat->since_ms = engine_steady_now(e);
    seat->probe_at_mono = engine_mono(e) + PROBE_EVERY_MS;
    seat->swept_mono = engine_mono(e);
    DL_APPEND(e->seats, seat);
    return seat;
}

struct parked_seat *seats_note(struct engine *e, const struct seat_wish *wish, const struct attempt_end *end)
{
    char name[NAME_BYTES];
    struct parked_seat *seat;

    name_of(wish, end->seat ? end->seat : wish->kind, end->refusal, name);
    seat = find(e, name);
    if (!seat && !make_room(e, wish->is_way_back))
        return NULL;
    if (!seat)
        seat = begin_seat(e, name, wish, end->refusal);
    free(seat->why);
    seat->why = xstrdup(end->error ? end->error : "it is refused");
    seat->refused_mono = engine_mono(e);
    seat->is_over = seat->is_forgotten = false;
    seat->is_of_pages = is_of_pages(wish, end);
    if (wish->is_way_back && !seat->is_way_back) {
        seat->is_way_back = true;
        seat->is_told = false;
    }
    return seat;
}

void seats_free(struct engine *e, struct parked_seat *seat)
{
    let_go(e, seat);
    seat->is_over = true;
    if (!seat->is_told)
        seats_drop(e, seat);
}

void seats_take_back(struct engine *e, const struct seat_wish *wish, const char *seat)
{
    static const enum exchange_refusal refusals[] = { REFUSAL_CREDENTIAL, REFUSAL_PERMISSION };
    struct parked_seat *found;
    char name[NAME_BYTES];

    for (size_t i = 0; e->seats && seat && i < ARRAY_LEN(refusals); i++) {
        name_of(wish, seat, refusals[i], name);
        found = find(e, name);
        if (found && !found->is_over)
            seats_free(e, found);
    }
}

void parking_clear(struct engine *e)
{
    struct parked_seat *seat, *next;
    struct lane *lane, *tmp;

    HASH_ITER(hh, e->lanes, lane, tmp)
        parking_leave(lane);
    DL_FOREACH_SAFE(e->seats, seat, next)
        seats_drop(e, seat);
}
