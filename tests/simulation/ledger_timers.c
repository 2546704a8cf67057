/* ledger_timers.c - what is timed takes as long as it was to take, by a clock that nobody sets.
 *
 * Each commit says in its `last:at` what time it was, by the steady clock, for whoever decided it. So two things can be
 * asked exactly, and together they are all: nothing that is timed is used before its time by that clock; and that clock
 * goes as time does. It may be off from then on only when somebody comes to own the store who cannot know of a jump of
 * the store's clock that nobody has counted yet, or of what a count was; whoever knew the time before may bring it
 * back. It begins with what the store's own clock tells whoever hears that first, and not with the first commit: that
 * one may be of somebody who came after a jump, while who heard the store before it sleeps. A timer has fired when one
 * commit uses it and sets it again, or when the bell that waited for it rings.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "tests/simulation/bell.h"
#include "tests/simulation/world.h"

#include <inttypes.h>
#include <string.h>

#define SMALL_JUMP_MS (5 * SECOND_MS) /* of the clock: it is taken for time, as an answer's way is */
#define COMMIT_ID_BYTES 16
#define COUNTS_MS (30 * SECOND_MS) /* an owner that lives, and noticed a jump, has counted it by then */
#define IGNORED_MS MINUTE_MS       /* a jump that an owner for so long did not know of is known to nobody any more */
#define NEWCOMER_MS (10 * SECOND_MS)
#define WAY_MAX_MS (2 * SECOND_MS)   /* an answer that took longer does not tell the time */
#define HANG_MAX_MS (90 * SECOND_MS) /* of calm, beyond the time that it was to last */

static struct known_timer *find(const struct ledger *ledger, const char *key)
{
    for (size_t i = 0; i < ledger->timers_count; i++)
        if (strcmp(ledger->timers[i].key, key) == 0)
            return &ledger->timers[i];
    return NULL;
}

/* The bell's operation has rung: its timer was used by that. */
static bool has_rung(const struct ledger *ledger, const struct known_timer *timer)
{
    struct str rest = str_of(timer->key), operation = str_take_until(&rest, '/');

    for (size_t i = 0; i < ledger->effects_count; i++)
        if (ledger_is_same(ledger->effects[i]->kind, EFFECT_RING) && ledger->effects[i]->operation &&
            str_is(operation, ledger->effects[i]->operation))
            return true;
    return false;
}

static void check_fired(struct ledger *ledger, const struct known_timer *timer)
{
    if (ledger->decided_at_ms >= timer->due_ms || runbooks_moved(ledger, timer->key))
        return;
    ledger_complain(ledger, "a timer does not come early",
                    "%s has come %" PRId64 " ms before its time, by the clock of whoever used it", timer->key,
                    timer->due_ms - ledger->decided_at_ms);
}

/* ---- what a commit writes ---- */

void timers_write(struct ledger *ledger, const struct store_write *write)
{
    struct known_timer *timer = write->place == STORE_TIMERS ? find(ledger, write->field) : NULL;
    AUTO_JSON cJSON *json = NULL;
    struct error err;

    if (write->place == STORE_META && write->verb == STORE_PUT) {
        if (strcmp(write->field, "last:at") == 0)
            parse_int(write->value, INT64_MIN, INT64_MAX, &ledger->decided_at_ms, &err);
        ledger->has_counted = ledger->has_counted || strcmp(write->field, "clock:jumps") == 0;
    }
    if (write->place == STORE_TIMERS && write->verb == STORE_DROP && timer)
        timer->is_dropped = true;
    if (write->place != STORE_TIMERS || write->verb != STORE_PUT || !json_parse(write->value, &json, &err))
        return;
    if (!timer) {
        timer = ARENA_PUSH(ledger->arena, ledger->timers, ledger->timers_count);
        *timer = (struct known_timer){ .key = arena_strdup(ledger->arena, write->field) };
    }
    timer->set_at_ms = json_find_int(json, "at_ms", 0);
}

/* ---- the steady clock ---- */

static void begin_anew(struct ledger *ledger, unsigned owner);

/* A commit comes when it gets through: many are sent again, one behind the other, so that it may be long after its
 * decision, however good the lease is. But its id is drawn in the instant in which its time is read. */
void ledger_drew(struct ledger *ledger, unsigned actor, const unsigned char *bytes, size_t len)
{
    const struct life *life = timers_find_life(ledger, actor);
    AUTO_BUF struct buf hex = BUF(2 * COMMIT_ID_BYTES);

    if (len != COMMIT_ID_BYTES)
        return;
    hex_add(&hex, bytes, len);
    *ARENA_PUSH(ledger->arena, ledger->drawn, ledger->drawn_count) =
        (struct drawn){ arena_strdup(ledger->arena, buf_text(&hex)), ledger_now_ms(ledger), life ? life->told_ms : 0 };
}

static struct drawn when_drawn(struct ledger *ledger, const char *id)
{
    for (size_t i = ledger->drawn_count; i > 0; i--)
        if (strcmp(ledger->drawn[i - 1].id, id) == 0)
            return ledger->drawn[i - 1];
    ledger_complain(ledger, "who decides draws the commit's id", "nobody has drawn %s", id);
    return (struct drawn){ id, ledger_now_ms(ledger), 0 };
}

static bool is_near(const struct ledger *ledger, int64_t off_ms, int64_t known_ms)
{
    return llabs(off_ms - known_ms) <= SMALL_JUMP_MS + ledger->unnoticed_ms;
}

static bool was_known(const struct ledger *ledger, int64_t off_ms)
{
    for (size_t i = 0; i < ledger->offs_count; i++)
        if (is_near(ledger, off_ms, ledger->offs_ms[i]))
            return true;
    return false;
}

static void know(struct ledger *ledger, int64_t off_ms)
{
    if (!was_known(ledger, off_ms))
        *ARENA_PUSH(ledger->arena, ledger->offs_ms, ledger->offs_count) = off_ms;
}

void timers_begin(struct ledger *ledger)
{
    ledger->off_ms = WORLD_EPOCH_MS;
    know(ledger, ledger->off_ms);
}

/* Nobody has heard of the store yet, or whoever did is gone, and none has tried to own it: no commit is on its way. */
static bool is_unheard(const struct ledger *ledger, size_t witnesses)
{
    return witnesses == 0 && ledger->drawn_count == 0 && !ledger->is_jump_open;
}

/* Nobody knew the time before. */
static void begin_later(struct ledger *ledger, int64_t by_ms)
{
    ledger->off_ms += by_ms;
    ledger->offs_count = 0;
    know(ledger, ledger->off_ms);
}

/* Nobody who knew it counts a jump any more when an owner that did not know of it lives on: behind the newest of them,
 * for each begins that time anew for whoever saw it. A commit shows that its owner lived when it decided it, and not
 * that it still does when that comes. */
static void see_ignored(struct ledger *ledger, unsigned owner, int64_t at_ms)
{
    int64_t since_ms;

    if (owner != ledger->ignorant) {
        ledger->ignorant = owner;
        ledger->ignorant_ms = at_ms;
    }
    since_ms = ledger->ignorant_ms > ledger->noticed_ms ? ledger->ignorant_ms : ledger->noticed_ms;
    if (at_ms - since_ms > IGNORED_MS)
        ledger->is_jump_open = false;
}

/* The clock may have jumped once more since its owner was last told of it: while the count was on its way, or just
 * before. That one is still known to nobody but to who saw it. */
static void see_counted(struct ledger *ledger, const struct drawn *drawn)
{
    ledger->is_jump_open = drawn->told_ms < ledger->noticed_ms;
    ledger->open_ms = ledger->noticed_ms;
}

static struct life *find_life(const struct ledger *ledger, unsigned actor)
{
    for (size_t i = 0; i < ledger->lives_count; i++)
        if (ledger->lives[i].actor == actor)
            return &ledger->lives[i];
    return NULL;
}

const struct life *timers_find_life(const struct ledger *ledger, unsigned actor)
{
    return find_life(ledger, actor);
}

/* Somebody who could not know of a jump has put the clock forward by it; who takes over, and knows better, finds the
 * newest commit to be of a later time than its own. How much has passed since that one nobody can tell then: it is
 * taken for none, so that all comes late, and nothing early. */
static bool is_held_back(const struct ledger *ledger, unsigned owner)
{
    int64_t since_ms = ledger->decided_at_ms - ledger->decided_before_ms;

    return ledger->unsure_ms >= 0 && owner != ledger->decided_by && since_ms >= 0 && since_ms <= SMALL_JUMP_MS;
}

/* Whoever owns the store renews its lease, and has its time to count the newest jump. */
static void hold(struct ledger *ledger, struct life *life, bool is_taken)
{
    int64_t now_ms = ledger_now_ms(ledger), since_ms;

    if (is_taken || now_ms - life->held_ms > STORE_LEASE_MS)
        life->held_since_ms = now_ms;
    life->held_ms = now_ms;
    since_ms = life->held_since_ms > ledger->noticed_ms ? life->held_since_ms : ledger->noticed_ms;
    if (now_ms - since_ms > COUNTS_MS)
        life->lived_on_ms = now_ms;
}

void timers_leased(struct ledger *ledger, enum lease_action action, const char *instance)
{
    for (size_t i = 0; i < ledger->lives_count; i++)
        if (action != LEASE_RELEASE && strcmp(ledger->lives[i].instance, instance) == 0)
            hold(ledger, &ledger->lives[i], action == LEASE_TAKE);
}

int64_t timers_held_until(const struct ledger *ledger, const char *instance)
{
    for (size_t i = 0; i < ledger->lives_count; i++)
        if (strcmp(ledger->lives[i].instance, instance) == 0)
            return ledger->lives[i].held_ms + STORE_LEASE_MS;
    return 0;
}

/* Another one has owned the store for so long since the clock jumped, without a gap, and counted nothing: who saw it
 * jump takes it that it slept itself. */
static bool gave_way(const struct ledger *ledger, unsigned owner)
{
    for (size_t i = 0; i < ledger->lives_count; i++)
        if (ledger->lives[i].actor != owner && ledger->lives[i].lived_on_ms > ledger->open_ms)
            return true;
    return false;
}

/* It came between two jumps of which none was counted yet, and saw the second alone. When both are counted at once, it
 * cannot tell whether what is left by its own account was before it came, or is one more that nobody has counted: it
 * may have been asleep when that one came, so that it knows the sum of what it saw, and not of how many. */
static bool is_unsure(const struct ledger *ledger, unsigned owner)
{
    const struct life *life = find_life(ledger, owner);

    return life && life->is_unsure;
}

/* How far the clock of whoever decided this commit is off from time itself: as it was, unless it cannot know better. */
static void check_clock(struct ledger *ledger, const char *commit_id)
{
    struct drawn drawn = when_drawn(ledger, commit_id);
    int64_t off_ms = ledger->decided_at_ms - drawn.at_ms;
    unsigned owner = ledger_life(ledger, ledger->lease_instance);
    bool may_err = is_unsure(ledger, owner) ||
                   (ledger->is_jump_open && (!ledger_is_witness(ledger, owner) || gave_way(ledger, owner)));

    if (ledger->decided_at_ms < ledger->decided_before_ms)
        ledger_complain(ledger, "the clock by which all is timed never goes back",
                        "by %s's it is %" PRId64 " ms earlier", ledger->lease_instance,
                        ledger->decided_before_ms - ledger->decided_at_ms);
    if (!is_near(ledger, off_ms, ledger->off_ms)) {
        if (may_err || is_held_back(ledger, owner))
            ledger->unsure_ms = ledger_now_ms(ledger);
        else if (!was_known(ledger, off_ms))
            ledger_complain(ledger, "the clock by which all is timed goes as time does",
                            "by %s's it is %" PRId64 " ms later than by the one before", ledger->lease_instance,
                            off_ms - ledger->off_ms);
        ledger->off_since_ms = ledger_now_ms(ledger);
        ledger->off_ms = off_ms;
    }
    know(ledger, off_ms);
    if (ledger->off_ms < off_ms)
        ledger->off_ms = off_ms;
    if (may_err)
        see_ignored(ledger, owner, drawn.at_ms);
    else if (ledger->has_counted)
        see_counted(ledger, &drawn);
    if (ledger->has_counted)
        begin_anew(ledger, owner);
    /* What it took for the time is in the record now. */
    if (is_unsure(ledger, owner) && drawn.told_ms >= ledger->noticed_ms)
        find_life(ledger, owner)->is_unsure = false;
    ledger->decided_by = owner;
    ledger->decided_before_ms = ledger->decided_at_ms;
}

void timers_commit(struct ledger *ledger, const struct store_commit *commit)
{
    check_clock(ledger, commit->id);
    ledger->has_counted = false;
    for (size_t i = 0; i < ledger->timers_count; i++) {
        struct known_timer *timer = &ledger->timers[i];

        if (timer->is_dropped && timer->is_there && (timer->set_at_ms || has_rung(ledger, timer)))
            check_fired(ledger, timer);
        if (timer->set_at_ms) {
            timer->is_there = true;
            timer->recorded_ms = ledger_now_ms(ledger);
            timer->due_ms = timer->set_at_ms;
        } else if (timer->is_dropped) {
            timer->is_there = false;
        }
        timer->is_dropped = false;
        timer->set_at_ms = 0;
    }
}

/* ---- the clock ---- */

unsigned ledger_life(const struct ledger *ledger, const char *instance)
{
    for (size_t i = 0; i < ledger->lives_count; i++)
        if (strcmp(ledger->lives[i].instance, instance) == 0)
            return ledger->lives[i].actor;
    return 0;
}

void ledger_lives(struct ledger *ledger, const char *instance, unsigned actor)
{
    for (size_t i = 0; i < ledger->lives_count; i++) {
        if (strcmp(ledger->lives[i].instance, instance) != 0)
            continue;
        ledger->lives[i].actor = actor;
        ledger->lives[i].since_ms = ledger_now_ms(ledger);
        ledger->lives[i].is_unsure = ledger->lives[i].has_heard = false;
        ledger->lives[i].told_ms = ledger->lives[i].counted_ms = 0;
        return;
    }
    *ARENA_PUSH(ledger->arena, ledger->lives, ledger->lives_count) = (struct life){
        .instance = arena_strdup(ledger->arena, instance), .actor = actor, .since_ms = ledger_now_ms(ledger)
    };
}

/* Who starts while no store answers watches its clock from the first time that it is told of it, and not before: it
 * cannot tell a jump of just then from what an owner is about to count, however long it has waited for that word. */
void ledger_heard_clock(struct ledger *ledger, unsigned actor, int64_t sent_ms, int64_t at_ms)
{
    struct life *life = find_life(ledger, actor);
    int64_t now_ms = ledger_now_ms(ledger);

    if (!life || now_ms - sent_ms > WAY_MAX_MS)
        return;
    life->told_ms = at_ms;
    if (life->has_heard)
        return;
    life->has_heard = true;
    if (life->since_ms < now_ms)
        life->since_ms = now_ms;
}

/* When it hears of the store again, and a jump was counted meanwhile, it begins anew as who has just come. */
void ledger_sleeps(struct ledger *ledger, unsigned actor, int64_t until_ms)
{
    for (size_t i = 0; i < ledger->lives_count; i++)
        if (ledger->lives[i].actor == actor && ledger->lives[i].since_ms < until_ms)
            ledger->lives[i].since_ms = until_ms;
}

/* So does whoever had not heard of the store for a while just now; who that is nobody can tell from outside. */
static void begin_anew(struct ledger *ledger, unsigned owner)
{
    for (size_t i = 0; i < ledger->lives_count; i++) {
        struct life *life = &ledger->lives[i];

        if (life->actor == owner)
            continue;
        life->counted_ms = ledger_now_ms(ledger);
        if (life->since_ms < life->counted_ms)
            life->since_ms = life->counted_ms;
    }
}

bool ledger_is_witness(const struct ledger *ledger, unsigned life)
{
    for (size_t i = 0; i < ledger->witnesses_count; i++)
        if (ledger->witnesses[i] == life)
            return true;
    return false;
}

/* Long enough to know a jump from what an owner was about to count when it came; and it was told since the last count,
 * or it will be told of that and of the jump at once. */
static bool has_watched(const struct ledger *ledger, unsigned actor)
{
    const struct life *life = find_life(ledger, actor);

    return life && ledger_now_ms(ledger) - life->since_ms > NEWCOMER_MS && life->told_ms >= life->counted_ms;
}

static void see_second(struct ledger *ledger, unsigned actor)
{
    struct life *life = find_life(ledger, actor);

    if (life && ledger->is_jump_open && life->since_ms > ledger->open_ms && !ledger_is_witness(ledger, actor))
        life->is_unsure = true;
}

/* Of two of which none was counted yet, only who saw both knows how far the clock is off. */
void ledger_clock_jumped(struct ledger *ledger, int64_t by_ms, const unsigned *witnesses, size_t count)
{
    bool is_noticed = llabs(by_ms) >= SMALL_JUMP_MS;
    unsigned kept[LEDGER_WITNESSES_MAX];
    size_t kept_count = 0;

    for (size_t i = 0; i < count; i++)
        see_second(ledger, witnesses[i]);
    for (size_t i = 0; i < count && i < LEDGER_WITNESSES_MAX; i++)
        if (has_watched(ledger, witnesses[i]) && (!ledger->is_jump_open || ledger_is_witness(ledger, witnesses[i])))
            kept[kept_count++] = witnesses[i];
    memcpy(ledger->witnesses, kept, kept_count * sizeof(kept[0]));
    ledger->witnesses_count = kept_count;
    ledger->jumped_ms = ledger_now_ms(ledger);
    if (is_noticed && is_unheard(ledger, count))
        begin_later(ledger, by_ms);
    else
        timers_jumped(ledger, by_ms, is_noticed); /* of which nobody may live to know */
}

void timers_jumped(struct ledger *ledger, int64_t by_ms, bool is_noticed)
{
    if (is_noticed && !ledger->is_jump_open)
        ledger->open_ms = ledger_now_ms(ledger);
    if (is_noticed)
        ledger->noticed_ms = ledger_now_ms(ledger);
    ledger->is_jump_open = ledger->is_jump_open || is_noticed;
    if (!is_noticed)
        ledger->unnoticed_ms += llabs(by_ms);
}

/* It comes when its time has come by the clock that is gone by now, and that may just have been brought back. */
void timers_check(struct ledger *ledger)
{
    int64_t now_ms = ledger_now_ms(ledger);

    for (size_t i = 0; i < ledger->timers_count; i++) {
        const struct known_timer *timer = &ledger->timers[i];
        int64_t due_ms = timer->due_ms - ledger->off_ms;

        due_ms = due_ms > ledger->calm_ms ? due_ms : ledger->calm_ms;
        due_ms = due_ms > ledger->off_since_ms ? due_ms : ledger->off_since_ms;
        due_ms = due_ms > timer->recorded_ms ? due_ms : timer->recorded_ms;
        if (timer->is_there && now_ms - due_ms > ledger->unnoticed_ms + HANG_MAX_MS)
            ledger_complain(ledger, "a timer does not hang", "%s was to come %" PRId64 " ms ago", timer->key,
                            now_ms - due_ms);
    }
}
