#include "bot/engine/pace.h"

#include "bot/base/str.h"
#include "bot/base/time.h"

#include <string.h>

#include <uthash.h>

#define ANSWER_MS (2 * SECOND_MS)  /* a peer that takes longer holds nothing back */
#define UNTOLD_MS (30 * SECOND_MS) /* a peer that says 429, and not for how long */
#define SLOW_TIMES 20              /* as long as it was closed; PACE_SLOW_MS at most */

struct seat {
    char *name;
    int64_t due_mono;    /* when the next one would go if all went evenly; `burst` - 1 may go before theirs */
    int64_t out_mono;    /* one is out: the next does not go before */
    int64_t closed_mono; /* nothing goes before */
    int64_t slow_mono;   /* halved until then */
    int64_t halved;      /* how often */
    int64_t over_mono[PACE_A_MINUTE_MAX]; /* of `a_minute`, a ring: when the minute of each of the last ones is over, or
                                             0 */
    size_t next;                          /* of the ring */
    UT_hash_handle hh;
};

struct pace {
    struct seat *seats;
};

struct pace *pace_create(void)
{
    return xcalloc(1, sizeof(struct pace));
}

static void forget(struct pace *pace, struct seat *seat)
{
    HASH_DEL(pace->seats, seat);
    free(seat->name);
    free(seat);
}

void pace_destroy(struct pace *pace)
{
    struct seat *seat, *next;

    if (!pace)
        return;
    HASH_ITER(hh, pace->seats, seat, next)
        forget(pace, seat);
    free(pace);
}

/* Its place in the ring of the one that `others` followed. */
static size_t place_of(const struct seat *seat, int64_t others)
{
    return (seat->next + PACE_A_MINUTE_MAX - 1 - (size_t)others) % PACE_A_MINUTE_MAX;
}

static void forget_old(struct pace *pace, int64_t mono_ms)
{
    struct seat *seat, *next;

    HASH_ITER(hh, pace->seats, seat, next)
        if (seat->due_mono < mono_ms && seat->closed_mono < mono_ms && seat->slow_mono < mono_ms &&
            seat->over_mono[place_of(seat, 0)] < mono_ms)
            forget(pace, seat);
}

static struct seat *find(const struct pace *pace, const char *name)
{
    struct seat *seat = NULL;

    HASH_FIND_STR(pace->seats, name, seat);
    return seat;
}

static struct seat *get(struct pace *pace, const char *name, int64_t mono_ms)
{
    struct seat *seat = find(pace, name);

    if (seat)
        return seat;
    forget_old(pace, mono_ms);
    seat = xcalloc(1, sizeof(*seat));
    seat->name = xstrdup(name);
    HASH_ADD_KEYPTR(hh, pace->seats, seat->name, strlen(seat->name), seat);
    return seat;
}

static int64_t halved(const struct seat *seat, int64_t mono_ms)
{
    return mono_ms < seat->slow_mono ? seat->halved : 0;
}

static int64_t every_ms(const struct seat *seat, const struct effect_limit *limit, int64_t mono_ms)
{
    return (MINUTE_MS << halved(seat, mono_ms)) / limit->per_minute;
}

/* So much before it is due one may go. What can wait leaves half of a burst to others. */
static int64_t early_ms(const struct seat *seat, const struct effect_limit *limit, bool can_wait, int64_t mono_ms)
{
    int64_t burst = limit->burst >> halved(seat, mono_ms), ahead = can_wait ? burst / 2 - 1 : burst - 1;

    return ahead > 0 ? ahead * every_ms(seat, limit, mono_ms) : 0;
}

/* Another one would be one too many before. */
static int64_t minute_free_mono(const struct seat *seat, const struct effect_limit *limit, int64_t mono_ms)
{
    int64_t a_minute = limit->a_minute >> halved(seat, mono_ms);

    return limit->a_minute > 0 ? seat->over_mono[place_of(seat, a_minute - 1)] : 0;
}

int64_t pace_free_mono(const struct pace *pace, const char *name, const struct effect_limit *limit, bool can_wait,
                       int64_t mono_ms)
{
    const struct seat *seat = find(pace, name);
    int64_t free_mono;

    if (!seat)
        return mono_ms;
    free_mono = seat->due_mono - early_ms(seat, limit, can_wait, mono_ms);
    if (free_mono < seat->out_mono)
        free_mono = seat->out_mono;
    if (free_mono < minute_free_mono(seat, limit, mono_ms))
        free_mono = minute_free_mono(seat, limit, mono_ms);
    return free_mono > seat->closed_mono ? free_mono : seat->closed_mono;
}

void pace_take(struct pace *pace, const char *name, const struct effect_limit *limit, int64_t mono_ms)
{
    struct seat *seat = get(pace, name, mono_ms);

    seat->due_mono = (seat->due_mono > mono_ms ? seat->due_mono : mono_ms) + every_ms(seat, limit, mono_ms);
    seat->out_mono = mono_ms + ANSWER_MS;
    if (limit->a_minute > 0) {
        seat->over_mono[seat->next] = mono_ms + MINUTE_MS;
        seat->next = (seat->next + 1) % PACE_A_MINUTE_MAX;
    }
}

void pace_give_back(struct pace *pace, const char *name, int64_t mono_ms)
{
    struct seat *seat = find(pace, name);

    if (!seat || seat->out_mono == 0)
        return;
    seat->out_mono = 0;
    if (seat->over_mono[place_of(seat, 0)] > 0)
        seat->over_mono[place_of(seat, 0)] = mono_ms + MINUTE_MS;
}

/* One that was out longer than others waited for it may be told the same: that is one hit. */
void pace_hit(struct pace *pace, const char *name, int64_t after_ms, int64_t mono_ms)
{
    struct seat *seat = get(pace, name, mono_ms);
    int64_t closed_ms = after_ms <= 0 ? UNTOLD_MS : after_ms < PACE_CLOSED_MAX_MS ? after_ms : PACE_CLOSED_MAX_MS;
    int64_t slow_ms = closed_ms * SLOW_TIMES < PACE_SLOW_MS ? closed_ms * SLOW_TIMES : PACE_SLOW_MS;
    int64_t closed_mono = mono_ms + closed_ms, slow_mono = closed_mono + slow_ms;

    if (mono_ms >= seat->closed_mono)
        seat->halved = halved(seat, mono_ms) < PACE_HALVED_MAX ? halved(seat, mono_ms) + 1 : PACE_HALVED_MAX;
    if (seat->closed_mono < closed_mono)
        seat->closed_mono = closed_mono;
    if (seat->slow_mono < slow_mono)
        seat->slow_mono = slow_mono;
    if (seat->due_mono < seat->closed_mono)
        seat->due_mono = seat->closed_mono;
}

size_t pace_seats(const struct pace *pace)
{
    return HASH_COUNT(pace->seats);
}
