/* lanes.c - effects on their way: lanes, tries, backoff, giving up.
 *
 * A lane is first in first out with one in flight, but for updates of cards (updates.c), and for what calls somebody:
 * that goes before whatever else waits. The next goes when the commit that consumed the last one's result is confirmed.
 * An effect goes when the commit that recorded it is confirmed.
 */
#include "bot/engine/internal.h"

#include <string.h>

#define HELD_AGAIN_MS SECOND_MS /* is it still held, or over? */

static int by_order(const struct live_effect *a, const struct live_effect *b)
{
    return (a->record.order > b->record.order) - (a->record.order < b->record.order);
}

static struct lane *get_lane(struct engine *e, const char *name)
{
    struct lane *lane = NULL;

    HASH_FIND_STR(e->lanes, name, lane);
    if (!lane) {
        lane = xcalloc(1, sizeof(*lane));
        lane->name = xstrdup(name);
        HASH_ADD_KEYPTR(hh, e->lanes, lane->name, strlen(lane->name), lane);
    }
    return lane;
}

static void drop_lane_if_empty(struct engine *e, struct lane *lane)
{
    if (lane->first || lane->blocked_seq > e->confirmed_seq || engine_mono(e) < lane->quiet_until_mono)
        return;
    parking_leave(lane);
    HASH_DEL(e->lanes, lane);
    free(lane->name);
    free(lane);
}

static void free_effect(struct live_effect *effect)
{
    cJSON_Delete(effect->result);
    free(effect->again_why);
    free(effect->error);
    arena_destroy(effect->arena);
    free(effect);
}

int64_t lanes_oldest(const struct engine *e)
{
    const struct live_effect *effect, *next;
    int64_t now_ms = engine_steady_now(e), oldest_ms = 0;

    HASH_ITER(hh, e->effects, effect, next)
        if (now_ms - effect->record.created_at_ms > oldest_ms)
            oldest_ms = now_ms - effect->record.created_at_ms;
    return oldest_ms;
}

/* Puts a record into its lane, or changes the one that stands there (the started mark of an ASK). */
struct live_effect *lanes_put(struct engine *e, const char *text, bool is_inherited, struct error *err)
{
    struct arena *arena = arena_create();
    cJSON *json = json_parse_in(arena, str_of(text), err);
    struct live_effect *live;
    struct live_operation *operation;
    struct effect record;

    if (!json || !shape_from_json(&effect_shape, json, arena, &record, err)) {
        arena_destroy(arena);
        return NULL;
    }
    live = xcalloc(1, sizeof(*live));
    live->record = record;
    live->arena = arena;
    live->kind = effect_kind_find(e->config.effect_kinds, e->config.effect_kinds_count, record.kind);
    if (!live->kind) {
        error_set(err, ERR_INVALID, "no effect is called '%s' here", record.kind);
        free_effect(live);
        return NULL;
    }
    live->is_inherited = is_inherited;
    live->place = record.order;
    live->lane = get_lane(e, record.lane);
    DL_INSERT_INORDER(live->lane->first, live, by_order);
    HASH_ADD_KEYPTR(hh, e->effects, live->record.id, strlen(live->record.id), live);
    operation = records_find_operation(e, record.operation);
    if (operation)
        operation->effects++;
    return live;
}

void lanes_drop(struct engine *e, struct live_effect *effect)
{
    struct live_operation *operation = records_find_operation(e, effect->record.operation);

    if (operation && operation->effects > 0)
        operation->effects--;
    if (effect->phase == EFFECT_ENDED)
        DL_DELETE2(e->ended, effect, ended_prev, ended_next);
    parking_forget(effect);
    HASH_DEL(e->effects, effect);
    DL_DELETE(effect->lane->first, effect);
    effect->lane->blocked_seq = PLANTED(LANE_IGNORED) ? 0 : e->seq + 1; /* of the commit being made */
    free_effect(effect);
}

size_t lanes_count_of(const struct engine *e, const char *operation)
{
    struct live_effect *effect, *tmp;
    size_t count = 0;

    HASH_ITER(hh, e->effects, effect, tmp)
        if (effect->record.operation && strcmp(effect->record.operation, operation) == 0)
            count++;
    return count;
}

/* The first card of an operation whose thread somebody posts into next, or that is pinned next: without it there is
 * none. */
static bool is_waited_for(const struct engine *e, const struct live_effect *card)
{
    const struct live_operation *operation = records_find_operation(e, card->record.operation);
    const struct live_effect *behind;

    if (!operation || operation->record.card_ts || strcmp(card->record.kind, EFFECT_CARD) != 0)
        return false;
    for (behind = card->next; behind; behind = behind->next)
        if (behind->record.operation && strcmp(behind->record.operation, operation->record.id) == 0 &&
            (strcmp(behind->record.kind, EFFECT_MESSAGE) == 0 || strcmp(behind->record.kind, EFFECT_PIN) == 0))
            return true;
    return false;
}

static bool gives_way(const struct engine *e, const struct live_effect *effect)
{
    return effect->phase == EFFECT_WAITING && !is_waited_for(e, effect);
}

struct live_effect *lanes_find_waiting(struct engine *e, const struct effect_kind *kind, const char *key)
{
    struct live_effect *effect, *tmp;

    HASH_ITER(hh, e->effects, effect, tmp)
        if (effect->kind == kind && effect->record.key && strcmp(effect->record.key, key) == 0 && gives_way(e, effect))
            return effect;
    return NULL;
}

const struct live_effect *lanes_find_card(const struct engine *e, const char *operation)
{
    const struct live_effect *effect, *tmp;

    HASH_ITER(hh, e->effects, effect, tmp)
        if (strcmp(effect->record.kind, EFFECT_CARD) == 0 && effect->record.operation &&
            strcmp(effect->record.operation, operation) == 0 && !(gives_way(e, effect) && parking_holds(effect)))
            return effect;
    return NULL;
}

/* ---- what a dead owner had out ----
 *
 * After an unclean exit the calls of the dead owner may still arrive, each until the deadline of its try: it asked for
 * its lease before every call, so that is counted from our first moment as the owner. Two sorts of kinds do not bear
 * it: what is looked for (a look misses what arrives after it, and it would be done twice), and that of which the
 * latest wins (a late one would stand over a newer). Of these kinds what follows waits for it, and nothing else:
 *   - what was found in the store, and what takes the place of that: is_inherited;
 *   - what comes into a lane where one of those ended with no try of ours, called off or given up: nobody heard what
 *     became of it, so it is as if it were out still: quiet_until_mono of the lane.
 *
 * What we want ourselves meets nothing else that it would not have met under the dead owner, had that one lived on. For
 * nothing leaves before the store has it, and a commit under the lease of before is refused. So what is out belongs
 *   - to one that we found. Is it of our lane, ours stands behind it; only what is meant to goes past: what calls
 *     somebody, a decrease, an update of another card. Is it of our key, in whatever lane, ours took its place. Else
 *     both might have been out at once under one owner, in any order. Nor is one taken for the other: what is looked
 *     for is known by its own id (a message, a comment, a page, a program, a workflow), or by what only effects of one
 *     lane or key share (a card, a channel, a deployment, a bookmark, a file, a note, words on the status page);
 *   - or to one that the store has no more: it ended, was cut off, or gave way to a newer one that ended. The dead
 *     owner itself waited for it no longer. */
static bool bears_late_calls(const struct effect_kind *kind)
{
    return kind->in_doubt != DOUBT_LOOK_UP && !kind->is_latest_wins;
}

/* When all has arrived that a dead owner had out of this kind. */
static int64_t arrived_mono(const struct engine *e, const struct effect_kind *kind)
{
    return e->took_cleanly || bears_late_calls(kind) ? 0 : e->owner_since_mono + kind->attempt_ms;
}

static void keep_quiet(const struct engine *e, const struct live_effect *ended)
{
    int64_t until_mono = ended->is_inherited ? arrived_mono(e, ended->kind) : 0;

    if (until_mono > ended->lane->quiet_until_mono)
        ended->lane->quiet_until_mono = until_mono;
}

static int64_t quiet_until_mono(const struct engine *e, const struct live_effect *effect)
{
    int64_t until_mono = effect->is_inherited ? arrived_mono(e, effect->kind) : 0;

    if (bears_late_calls(effect->kind) || until_mono > effect->lane->quiet_until_mono)
        return until_mono;
    return effect->lane->quiet_until_mono;
}

/* ---- ends ---- */

void lanes_end(struct engine *e, struct live_effect *effect, enum event_end end, const cJSON *result, const char *error)
{
    char *sentence = xstrdup(error); /* it may be the effect's own, of an earlier try */

    effect->phase = EFFECT_ENDED;
    effect->end = end;
    effect->result = json_copy(result);
    free(effect->error);
    effect->error = sentence;
    keep_quiet(e, effect);
    DL_APPEND2(e->ended, effect, ended_prev, ended_next);
    engine_wake(e);
}

void lanes_end_cancelled(struct engine *e, struct live_effect *effect)
{
    lanes_end(e, effect, effect->is_inherited ? END_UNKNOWN : END_CANCELLED, NULL, effect->record.cancelled);
}

/* Full jitter: anywhere between now and the doubled limit. */
static int64_t backoff_ms(struct engine *e, int64_t tries)
{
    int64_t limit_ms = BACKOFF_FIRST_MS;
    uint32_t dice;

    for (int64_t i = 1; i < tries && limit_ms < BACKOFF_MAX_MS; i++)
        limit_ms *= 2;
    e->config.clock->random(e->config.clock->ctx, &dice, sizeof(dice));
    return (limit_ms < BACKOFF_MAX_MS ? limit_ms : BACKOFF_MAX_MS) * (int64_t)(dice % 1000) / 1000 + 50;
}

static int64_t asked_not_before(const struct engine *e, const struct effect_kind *kind, const struct attempt_end *end)
{
    int64_t after_ms = end->after_ms;

    if (kind->limit && after_ms > PACE_CLOSED_MAX_MS)
        after_ms = PACE_CLOSED_MAX_MS;
    if (kind->is_decrease && after_ms > EFFECT_DECREASE_PATIENCE_MS)
        after_ms = EFFECT_DECREASE_PATIENCE_MS;
    return after_ms > 0 ? engine_mono(e) + after_ms : 0;
}

/* An outage costs none. */
void lanes_count_try(struct live_effect *effect, const struct attempt_end *end)
{
    if (!end->is_outage || effect->tries == 0)
        effect->tries++;
}

void lanes_wait_as_asked(struct live_effect *effect, int64_t not_before_mono)
{
    effect->asked_not_before_mono = not_before_mono;
    if (effect->not_before_mono < not_before_mono)
        effect->not_before_mono = not_before_mono;
}

/* Does a newer one of its kind and key stand behind it? Then that one goes instead, and looks for what this one left.
 */
static bool is_overtaken(const struct engine *e, struct live_effect *effect, const struct attempt_end *end)
{
    struct live_effect *newer;

    if (!effect->kind->is_latest_wins || !effect->record.key || is_waited_for(e, effect))
        return false;
    for (newer = effect->next; newer; newer = newer->next) {
        if (newer->kind != effect->kind || !newer->record.key || strcmp(newer->record.key, effect->record.key) != 0)
            continue;
        newer->is_inherited = newer->is_inherited || effect->is_inherited || end->may_have_happened;
        lanes_wait_as_asked(newer, asked_not_before(e, newer->kind, end));
        updates_replace(newer, effect);
        return true;
    }
    return false;
}

static void try_again(struct engine *e, struct live_effect *effect, const struct attempt_end *end)
{
    int64_t wait_ms;

    if (effect->record.cancelled) {
        effect->is_inherited = effect->is_inherited || end->may_have_happened;
        lanes_end_cancelled(e, effect);
        return;
    }
    if (effect->kind->in_doubt == DOUBT_ASK && end->may_have_happened && !PLANTED(ASK_REPEATED)) {
        lanes_end(e, effect, END_UNKNOWN, NULL, end->error);
        return;
    }
    if (is_overtaken(e, effect, end)) {
        lanes_end(e, effect, END_CANCELLED, NULL, "a newer one takes its place");
        return;
    }
    lanes_count_try(effect, end);
    wait_ms = backoff_ms(e, effect->tries);
    effect->phase = EFFECT_WAITING;
    effect->is_inherited = effect->is_inherited || end->may_have_happened;
    effect->not_before_mono = engine_mono(e) + wait_ms;
    lanes_wait_as_asked(effect, asked_not_before(e, effect->kind, end));
    free(effect->error);
    effect->error = xstrdup(end->error);
    effect->repeats++;
    free(effect->again_why);
    effect->again_why = xstrdup(end->error);
}

void lanes_wait_now(struct engine *e, struct live_effect *effect)
{
    if (effect->phase == EFFECT_WAITING)
        effect->not_before_mono = effect->asked_not_before_mono = engine_mono(e);
}

/* A person has to mend something: until then it fails, is tried on, or parks, as its kind says. */
static void on_refused(struct engine *e, struct live_effect *effect, const struct attempt_end *end)
{
    int64_t patience_mono = engine_mono(e) + EFFECT_DECREASE_PATIENCE_MS;

    try_again(e, effect, end);
    if (effect->kind->refused == REFUSED_TRIES_ON && effect->not_before_mono > patience_mono)
        effect->not_before_mono = patience_mono;
}

/* This try was refused, but an earlier one of the same increase may have raised traffic, or do so yet: who takes it for
 * not done would leave that there. */
static bool may_have_arrived(const struct live_effect *effect)
{
    return effect->kind->is_increase && effect->is_inherited;
}

static void on_attempt_ended(void *arg, const char *id, int64_t number, const struct attempt_end *end)
{
    struct engine *e = arg;
    struct live_effect *effect = NULL;

    HASH_FIND_STR(e->effects, id, effect);
    if (!effect || effect->phase != EFFECT_IN_FLIGHT || effect->attempt != number)
        return;
    engine_wake(e);
    updates_ended(e, effect, end);
    if (parking_takes(e, effect, end)) {
        together_let_go(e, effect, end);
        on_refused(e, effect, end);
        return;
    }
    parking_ended(e, effect, end);
    if (together_ended(e, effect, end))
        try_again(e, effect, end);
    else if (end->result == ATTEMPT_DONE)
        lanes_end(e, effect, END_DONE, end->body, NULL);
    else if (end->result == ATTEMPT_NEVER)
        lanes_end(e, effect, end->is_unclear || may_have_arrived(effect) ? END_UNKNOWN : END_FAILED, NULL, end->error);
    else
        try_again(e, effect, end);
}

/* ---- tries ---- */

static bool may_send(void *arg)
{
    const struct engine *e = arg;

    return (engine_lease_is_good(e) && !e->release_sent) || away_is_on(e);
}

/* When the store's clock was set forward, who knows whether it is right now or was before? What is looked for at a peer
 * is looked for by the earlier of the two: who looks too far back finds it all the same. But for a day at most. */
static int64_t clock_ahead_ms(const struct engine *e)
{
    int64_t shift_ms = engine_store_now(e) - engine_steady_now(e);

    return shift_ms < 0 ? 0 : shift_ms < DAY_MS ? shift_ms : DAY_MS;
}

static void start_attempt(struct engine *e, struct live_effect *effect)
{
    struct live_operation *operation = records_find_operation(e, effect->record.operation);
    AUTO_JSON cJSON *together = together_begin(e, effect);
    struct effect record = effect->record;
    struct attempt attempt = {
        .effect = &record,
        .kind = effect->kind,
        .number = ++effect->attempt,
        .card_channel = operation ? operation->record.card_channel : NULL,
        .card_ts = operation ? operation->record.card_ts : NULL,
        .operation_outside_id = operation ? operation->record.outside_id : NULL,
        .is_first_try = together_is_first_try(effect),
        .is_untried = effect->tries == 0,
        .is_in_doubt = together_is_in_doubt(effect),
        .now_ms = engine_store_now(e),
        .ahead_ms = clock_ahead_ms(e),
        .may_send = may_send,
        .on_done = on_attempt_ended,
        .arg = e,
    };

    if (PLANTED(EFFECT_FORGOTTEN_EARLY)) {
        struct batch b;

        batch_init(&b, e, arena_create(), NULL);
        batch_drop(&b, STORE_EFFECTS, effect->record.id);
        batch_commit(&b);
    }
    if (together)
        record.args = together;
    effect->phase = EFFECT_IN_FLIGHT;
    effect->configuration = e->configuration;
    parking_started(effect);
    updates_started(e, effect);
    e->config.carrier->attempt(e->config.carrier->ctx, &attempt);
}

/* The durable mark before the only try of an effect that nothing can look up. */
static void mark_started(struct engine *e, struct live_effect *effect)
{
    struct batch b;
    cJSON *json;

    batch_init(&b, e, arena_create(), NULL);
    effect->record.is_started = true;
    json = shape_to_json(&effect_shape, &effect->record, SHAPE_WHOLE);
    batch_put(&b, STORE_EFFECTS, effect->record.id, json_print_in(b.arena, json));
    cJSON_Delete(json);
    effect->phase = EFFECT_MARKING;
    effect->recorded_seq = e->seq + 1;
    batch_commit(&b);
}

int64_t lanes_may_start_mono(const struct engine *e, const struct live_effect *effect)
{
    int64_t at_mono = observing_holds(e, effect) ? engine_mono(e) + HELD_AGAIN_MS : quiet_until_mono(e, effect);

    if (effect->not_before_mono > at_mono)
        at_mono = effect->not_before_mono;
    if (effect->kind->is_increase && e->increases_after_mono > at_mono)
        at_mono = e->increases_after_mono;
    if (parking_holds(effect) && parking_may_start_mono(effect) > at_mono)
        at_mono = parking_may_start_mono(effect);
    if (updates_free_mono(e, effect) > at_mono)
        at_mono = updates_free_mono(e, effect);
    return at_mono;
}

static bool is_confirmed(const struct engine *e, int64_t seq)
{
    return seq <= e->confirmed_seq || PLANTED(EFFECT_BEFORE_COMMIT);
}

static bool is_asked_first(const struct live_effect *effect)
{
    return effect->kind->is_increase || effect->kind->is_asked_first;
}

/* An operation that has ended, or is stuck, has lost its target: it raises and begins nothing there any more. */
static bool is_forbidden(const struct engine *e, const struct live_effect *effect)
{
    const struct live_operation *operation = records_find_operation(e, effect->record.operation);

    return is_asked_first(effect) && operation && operation_has_ended(&operation->record);
}

static void forbid(struct engine *e, struct live_effect *effect, const char *why)
{
    lanes_end(e, effect, effect->is_inherited ? END_UNKNOWN : END_CANCELLED, NULL, why);
}

/* Its machine is asked before every try: what allowed it may not be so any more. */
static bool may_increase(struct engine *e, const struct live_effect *effect, struct error *err)
{
    const struct live_operation *operation = records_find_operation(e, effect->record.operation);
    AUTO(arena) struct arena *arena = NULL;
    struct view view;

    if (!is_asked_first(effect) || !operation || !operation->machine || !operation->machine->may_increase)
        return true;
    arena = arena_create();
    view = records_view(e, arena);
    return operation->machine->may_increase(&view, &operation->record, operation->body, &effect->record, err);
}

static void try(struct engine *e, struct live_effect *effect)
{
    static const struct attempt_end none = { 0 }; /* it was kept for a thread, and that has its message now */
    struct error err;

    if (is_overtaken(e, effect, &none))
        lanes_end(e, effect, END_CANCELLED, NULL, "a newer one takes its place");
    else if (!may_increase(e, effect, &err))
        forbid(e, effect, err.message);
    else if (effect->kind->in_doubt == DOUBT_ASK && !effect->record.is_started)
        mark_started(e, effect);
    else
        start_attempt(e, effect);
}

/* Is it known in the store what its machine would be asked about? Else an increase would go on the word of a decision
 * that a crash takes back: of the resume that is not in the store yet, while the pause before it is. */
static bool is_settled(const struct engine *e, const struct live_effect *effect)
{
    const struct live_operation *operation = records_find_operation(e, effect->record.operation);

    return !is_asked_first(effect) || !operation || operation->recorded_seq <= e->confirmed_seq;
}

static const char *why_no_try(const struct engine *e, const struct live_effect *effect)
{
    if (effect->error)
        return effect->error;
    return observing_holds(e, effect) ? "nobody confirmed the store that was adopted" : "no try got through in time";
}

static void give_up(struct engine *e, struct live_effect *effect)
{
    const char *why = why_no_try(e, effect);

    engine_logf(e, ENGINE_LOG_WARN, "effect.given_up", "%s %s: %s", effect->record.kind, effect->record.id, why);
    lanes_end(e, effect, END_GAVE_UP, NULL, why);
}

void lanes_try(struct engine *e, struct live_effect *effect)
{
    if (!is_settled(e, effect))
        return;
    if (effect->phase == EFFECT_MARKING && effect->recorded_seq <= e->confirmed_seq) {
        try(e, effect);
        return;
    }
    if (effect->phase != EFFECT_WAITING || !is_confirmed(e, effect->recorded_seq))
        return;
    if (is_forbidden(e, effect))
        forbid(e, effect, "its operation has ended");
    else if (effect->kind->in_doubt == DOUBT_ASK && effect->record.is_started && effect->is_inherited &&
             !PLANTED(ASK_REPEATED))
        lanes_end(e, effect, END_UNKNOWN, NULL, "the try before was cut off");
    else if (engine_steady_now(e) >= effect->record.give_up_at_ms)
        give_up(e, effect);
    else if (engine_mono(e) >= lanes_may_start_mono(e, effect))
        try(e, effect);
}

static bool is_out(const struct live_effect *effect)
{
    return effect->phase == EFFECT_MARKING || effect->phase == EFFECT_IN_FLIGHT;
}

/* What is parked holds nothing back but what waits for the same: of all that is, the one that may be tried first. What
 * calls somebody goes before whatever else waits. */
static struct live_effect *first_not_held(const struct engine *e, const struct lane *lane)
{
    struct live_effect *effect, *first = NULL, *held = NULL;

    DL_FOREACH(lane->first, effect) {
        if (updates_has(e, effect))
            continue;
        if (!parking_holds(effect))
            first = !first || (effect->record.goes_first && !first->record.goes_first) ? effect : first;
        else if (!held || parking_may_start_mono(effect) < parking_may_start_mono(held))
            held = effect;
    }
    return first ? first : held;
}

/* First in, first out, and not before the last result is committed. But a decrease waits for nothing but another
 * decrease: what was out in its lane is cut off, what only waits to be tried goes after it, nor does it wait for a
 * result on its way into the store. Nothing begins before it while its own record is on its way there. */
static struct live_effect *next_in(const struct engine *e, const struct lane *lane)
{
    struct live_effect *effect;

    DL_FOREACH(lane->first, effect) {
        if (is_out(effect) && !updates_has(e, effect))
            return effect;
        if (effect->phase == EFFECT_WAITING && effect->kind->is_decrease)
            return effect;
    }
    return lane->blocked_seq > e->confirmed_seq ? NULL : first_not_held(e, lane);
}

void lanes_turn(struct engine *e)
{
    struct lane *lane, *next;

    if (e->commits_in_doubt || !(engine_lease_is_good(e) || away_is_on(e)))
        return;
    HASH_ITER(hh, e->lanes, lane, next) {
        struct live_effect *effect = next_in(e, lane), *after;

        if (PLANTED(LANE_IGNORED)) {
            DL_FOREACH_SAFE(lane->first, effect, after)
                lanes_try(e, effect);
        } else if (effect) {
            lanes_try(e, effect);
        }
        drop_lane_if_empty(e, lane);
    }
    updates_turn(e);
}

int64_t lanes_next_mono(struct engine *e)
{
    int64_t next_mono = updates_next_mono(e);
    struct lane *lane, *tmp;

    HASH_ITER(hh, e->lanes, lane, tmp) {
        const struct live_effect *effect = next_in(e, lane);
        int64_t at_mono;

        if (!effect || effect->phase != EFFECT_WAITING || effect->recorded_seq > e->confirmed_seq ||
            !is_settled(e, effect))
            continue; /* an answer will wake us */
        at_mono = lanes_may_start_mono(e, effect);
        next_mono = at_mono < next_mono ? at_mono : next_mono;
    }
    return next_mono;
}

void lanes_clear(struct engine *e)
{
    struct live_effect *effect, *next_effect;
    struct lane *lane, *next_lane;

    HASH_ITER(hh, e->effects, effect, next_effect) {
        HASH_DEL(e->effects, effect);
        free_effect(effect);
    }
    e->ended = NULL;
    parking_clear(e);
    HASH_ITER(hh, e->lanes, lane, next_lane) {
        HASH_DEL(e->lanes, lane);
        free(lane->name);
        free(lane);
    }
}
