/* parking_told.c - what waits for a credential to be mended, turn by turn: told once, and again when it is taken; let
 * go when it is too much; kept, durably, when it shows how things are.
 */
#include "bot/engine/seats.h"

#define WAITING_MAX 1000 /* effects of one seat: of more the oldest go, first those that no newer one replaces */
#define SWEEP_EVERY_MS MINUTE_MS
#define SEEN_FOR_MS                                                                                                    \
    (HOUR_MS + 5 * MINUTE_MS) /* nothing waits, and nothing was refused for so long: nobody knows how it is */
#define KEPT_MS DAY_MS
#define KEPT_AGAIN_MS (2 * HOUR_MS) /* before it ends */
#define KEPT_AT_MOST_MS (7 * DAY_MS)

/* ---- what waits ---- */

static void count_waiting(const struct engine *e)
{
    struct live_effect *effect, *tmp;
    struct parked_seat *seat;

    if (!e->seats)
        return;
    DL_FOREACH(e->seats, seat)
        seat->effects = 0;
    HASH_ITER(hh, e->effects, effect, tmp)
        if (parking_holds(effect))
            seats_holder(effect)->effects++;
}

/* Of one operation's cards no newer one may ever come: those go last. */
static bool goes_before(const struct live_effect *a, const struct live_effect *b)
{
    return a->kind->is_latest_wins != b->kind->is_latest_wins ? b->kind->is_latest_wins
                                                              : a->record.order < b->record.order;
}

static struct live_effect *first_to_go(const struct engine *e, const struct parked_seat *seat)
{
    struct live_effect *effect, *tmp, *first = NULL;

    HASH_ITER(hh, e->effects, effect, tmp)
        if (seats_wait_for(effect, seat) && (!first || goes_before(effect, first)))
            first = effect;
    return first;
}

static void let_go_of_surplus(struct engine *e, const struct parked_seat *seat)
{
    struct live_effect *first;
    size_t count;

    count_waiting(e);
    count = seat->effects;
    while (count-- > WAITING_MAX && (first = first_to_go(e, seat)) != NULL) {
        engine_logf(e, ENGINE_LOG_WARN, "effect.given_up", "%s %s: too much waits for %s", first->record.kind,
                    first->record.id, seat->name);
        lanes_end(e, first, END_GAVE_UP, NULL, "too much waits for a credential to be mended");
    }
}

static bool is_to_be_kept(const struct engine *e, const struct live_effect *effect, const struct parked_seat *seat)
{
    return seats_wait_for(effect, seat) && effect->kind->is_latest_wins && effect->recorded_seq <= e->confirmed_seq &&
           effect->record.give_up_at_ms < engine_steady_now(e) + KEPT_AGAIN_MS &&
           engine_store_now(e) - effect->record.created_at_ms < KEPT_AT_MOST_MS;
}

/* What shows how things are is as right tomorrow: durably, so that who takes over does not give it up. True: a commit
 * is on its way. */
static bool keep(struct engine *e, const struct parked_seat *seat)
{
    struct live_effect *effect, *tmp;
    bool has_begun = false;
    struct batch b;

    HASH_ITER(hh, e->effects, effect, tmp) {
        if (!is_to_be_kept(e, effect, seat))
            continue;
        if (!has_begun)
            batch_init(&b, e, arena_create(), NULL);
        has_begun = true;
        effect->record.give_up_at_ms = engine_steady_now(e) + KEPT_MS;
        batch_put(&b, STORE_EFFECTS, effect->record.id, batch_print(&b, &effect_shape, &effect->record));
        effect->recorded_seq = e->seq + 1;
    }
    if (has_begun)
        batch_commit(&b);
    return has_begun;
}

/* ---- told ---- */

/* As counted last. */
static struct parked parked_of(const struct parked_seat *seat)
{
    return (struct parked){ .seat = seat->name,
                            .why = seat->why,
                            .since_ms = seat->since_ms,
                            .effects = (int64_t)seat->effects,
                            .is_way_back = seat->is_way_back,
                            .is_courtesy = seat->is_courtesy };
}

static const struct operation *find_listener(const struct engine *e)
{
    for (size_t i = 0; e->config.machines[i]; i++)
        if (e->config.machines[i]->hears_refusals)
            return engine_standing(e, e->config.machines[i]->kind);
    return NULL;
}

static void tell(struct engine *e, struct parked_seat *seat)
{
    const struct operation *listener = find_listener(e);
    bool is_gone = seat->is_over || seat->is_forgotten;
    AUTO_JSON cJSON *body = NULL;
    struct parked parked;
    struct batch b;

    count_waiting(e);
    parked = parked_of(seat);
    body = shape_to_json(&parked_shape, &parked, SHAPE_WHOLE);
    batch_init(&b, e, arena_create(), NULL);
    if (seat->is_forgotten)
        json_set_bool(body, "is_forgotten", true);
    if (!seat->is_forgotten)
        batch_journal(&b, is_gone ? MESSAGE_ACCEPTED : MESSAGE_REFUSED, NULL, NULL, body, NULL);
    if (listener)
        wishes_message(&b, "engine", arena_strdup(b.arena, listener->id), is_gone ? MESSAGE_ACCEPTED : MESSAGE_REFUSED,
                       body);
    batch_commit(&b);
    seat->is_told = true;
    if (is_gone)
        seats_drop(e, seat);
}

static bool is_swept(const struct engine *e, const struct parked_seat *seat)
{
    return engine_mono(e) < seat->swept_mono + SWEEP_EVERY_MS;
}

bool parking_turn(struct engine *e)
{
    struct parked_seat *seat, *next;

    if (e->phase != ENGINE_OWNER)
        return false;
    DL_FOREACH_SAFE(e->seats, seat, next) {
        seat->is_forgotten = !seat->is_over && !seat->is_of_pages && seat->lanes == 0 &&
                             engine_mono(e) - seat->refused_mono > SEEN_FOR_MS;
        if (!seat->is_told || seat->is_over || seat->is_forgotten) {
            tell(e, seat);
            return true;
        }
        if (is_swept(e, seat))
            continue;
        seat->swept_mono = engine_mono(e);
        let_go_of_surplus(e, seat);
        if (keep(e, seat))
            return true;
    }
    return false;
}

int64_t parking_next_mono(const struct engine *e)
{
    int64_t now_mono = engine_mono(e), next_mono = INT64_MAX;
    const struct parked_seat *seat;

    DL_FOREACH(e->seats, seat) {
        int64_t at_mono = seat->swept_mono + SWEEP_EVERY_MS;

        at_mono = at_mono > now_mono ? at_mono : now_mono + SECOND_MS; /* nothing can be written just now */
        next_mono = at_mono < next_mono ? at_mono : next_mono;
    }
    return next_mono;
}

/* ---- for those who look ---- */

const struct parked *parking_list(const struct engine *e, struct arena *arena, size_t *ret_count)
{
    struct parked *list = NULL;
    const struct parked_seat *seat;

    *ret_count = 0;
    count_waiting(e);
    DL_FOREACH(e->seats, seat) {
        struct parked parked = parked_of(seat);

        if (seat->is_over)
            continue;
        parked.seat = arena_strdup(arena, seat->name);
        parked.why = arena_strdup(arena, seat->why);
        *ARENA_PUSH(arena, list, *ret_count) = parked;
    }
    return list;
}

const struct parked *engine_parked(const struct engine *e, struct arena *arena, size_t *ret_count)
{
    return parking_list(e, arena, ret_count);
}

size_t parking_count(const struct engine *e)
{
    const struct parked_seat *seat;
    size_t count = 0;

    count_waiting(e);
    DL_FOREACH(e->seats, seat)
        count += seat->effects;
    return count;
}
