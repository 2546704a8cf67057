/* ledger_timers.c - what is timed takes as long as it was to take, by a clock that nobody sets.
 *
 * A commit that records a timer says in its `last:at` what time it was for whoever decided it: how long the timer is to
 * last is the difference, whatever clock both are of. It has fired when one commit uses it and sets it again, or when
 * the bell that waited for it rings. What was recorded before a jump of which nobody could know who lived on is left
 * out.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"
#include "tests/simulation/bell.h"

#include <inttypes.h>
#include <string.h>

#define COMMIT_MAX_MS (12 * SECOND_MS) /* between a decision and its commit, at most */
#define NEWCOMER_MS (10 * SECOND_MS)
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
    int64_t passed_ms = ledger_now_ms(ledger) - timer->recorded_ms;

    if (timer->recorded_ms <= ledger->unsure_ms || passed_ms >= timer->lasts_ms - COMMIT_MAX_MS - timer->unnoticed_ms)
        return;
    ledger_complain(ledger, "a timer does not come early",
                    "%s was to come after %" PRId64 " ms, and has come after %" PRId64, timer->key, timer->lasts_ms,
                    passed_ms);
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
        *timer = (struct known_timer){ .key = arena_strdup(ledger->arena, write->field), .recorded_ms = -1 };
    }
    timer->set_at_ms = json_find_int(json, "at_ms", 0);
}

/* Somebody owns the store who did not know the time before the clock jumped, and it was not counted before. */
static void see_owner(struct ledger *ledger)
{
    if (!ledger->is_jump_open)
        return;
    if (!ledger_is_witness(ledger, ledger_life(ledger, ledger->lease_instance)))
        ledger->unsure_ms = ledger_now_ms(ledger);
    else if (!ledger->has_counted)
        return;
    ledger->is_jump_open = false;
}

void timers_commit(struct ledger *ledger)
{
    see_owner(ledger);
    ledger->has_counted = false;
    for (size_t i = 0; i < ledger->timers_count; i++) {
        struct known_timer *timer = &ledger->timers[i];

        if (timer->is_dropped && timer->recorded_ms >= 0 && (timer->set_at_ms || has_rung(ledger, timer)))
            check_fired(ledger, timer);
        if (timer->set_at_ms) {
            timer->recorded_ms = ledger_now_ms(ledger);
            timer->lasts_ms = timer->set_at_ms - ledger->decided_at_ms;
            timer->unnoticed_ms = 0;
        } else if (timer->is_dropped) {
            timer->recorded_ms = -1;
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
        return;
    }
    *ARENA_PUSH(ledger->arena, ledger->lives, ledger->lives_count) =
        (struct life){ arena_strdup(ledger->arena, instance), actor, ledger_now_ms(ledger) };
}

bool ledger_is_witness(const struct ledger *ledger, unsigned life)
{
    for (size_t i = 0; i < ledger->witnesses_count; i++)
        if (ledger->witnesses[i] == life)
            return true;
    return false;
}

/* Long enough to know a jump from what an owner was about to count when it came. */
static bool has_watched(const struct ledger *ledger, unsigned actor)
{
    for (size_t i = 0; i < ledger->lives_count; i++)
        if (ledger->lives[i].actor == actor)
            return ledger_now_ms(ledger) - ledger->lives[i].since_ms > NEWCOMER_MS;
    return false;
}

/* Of two of which none was counted yet, only who saw both knows how far the clock is off. */
void ledger_clock_jumped(struct ledger *ledger, int64_t by_ms, const unsigned *witnesses, size_t count)
{
    unsigned kept[LEDGER_WITNESSES_MAX];
    size_t kept_count = 0;

    for (size_t i = 0; i < count && i < LEDGER_WITNESSES_MAX; i++)
        if (has_watched(ledger, witnesses[i]) && (!ledger->is_jump_open || ledger_is_witness(ledger, witnesses[i])))
            kept[kept_count++] = witnesses[i];
    memcpy(ledger->witnesses, kept, kept_count * sizeof(kept[0]));
    ledger->witnesses_count = kept_count;
    ledger->jumped_ms = ledger_now_ms(ledger);
    timers_jumped(ledger, by_ms, count > 0);
}

void timers_jumped(struct ledger *ledger, int64_t by_ms, bool is_noticed)
{
    ledger->is_jump_open = ledger->is_jump_open || is_noticed;
    for (size_t i = 0; i < ledger->timers_count && !is_noticed; i++)
        ledger->timers[i].unnoticed_ms += llabs(by_ms);
}

void timers_check(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->timers_count; i++) {
        const struct known_timer *timer = &ledger->timers[i];
        int64_t since_ms = timer->recorded_ms > ledger->calm_ms ? timer->recorded_ms : ledger->calm_ms;

        if (timer->recorded_ms < 0 || timer->recorded_ms <= ledger->unsure_ms)
            continue;
        if (ledger_now_ms(ledger) - since_ms >
            (timer->lasts_ms > 0 ? timer->lasts_ms : 0) + timer->unnoticed_ms + HANG_MAX_MS)
            ledger_complain(ledger, "a timer does not hang",
                            "%s was to come after %" PRId64 " ms, and %" PRId64 " have passed", timer->key,
                            timer->lasts_ms, ledger_now_ms(ledger) - timer->recorded_ms);
    }
}
