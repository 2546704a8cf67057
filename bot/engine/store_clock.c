/* store_clock.c - the store's clock, and the steady one by which all is timed that outlives a process.
 *
 * The store's clock may be set, by an hour, back or forward; what was to last five minutes lasts five minutes all the
 * same. So nothing is timed by it. The steady clock is the store's clock less its shift: the sum of all its jumps that
 * were noticed and counted, one number in the store's meta. The commit that counts a jump changes this number alone,
 * and with it every timer, deadline and time in a handler's body keeps what it had left, however many there are; no
 * record is written again, so none can be forgotten, moved twice or left half moved by a crash. A store that has
 * counted none has the shift 0: what was written before there was a steady clock reads on as it is.
 *
 * Whoever watches, owner or standby, carries the steady clock on by its own monotonic clock, which never jumps. Each
 * answer to a lease call tells the store's clock and the shift of one moment: where the two do not make the steady
 * clock, the store's clock has jumped and nobody has counted it yet. The owner does, before anything else is decided;
 * who takes over does, if the owner did not live to. Both look at the difference alone, so it does not matter whose
 * count arrived.
 *
 * Who comes begins with the store's word. It gives way to it once more when a jump is counted that it did not watch:
 * that one was before its time; and when one owner is seen to live on for OWNER_COUNTS_MS and counts nothing: then it
 * has itself slept. Every jump, every owner and every while without a look begins that time anew. In its first
 * NEWCOMER_MS it takes the store's word for everything: a jump of just then, whose owner dies uncounted, looks like
 * time to it. Who has not watched still sees that the clock was set back when the newest commit is of a later time. How
 * much time has passed since then nobody knows: it is taken for none, so that nothing comes too early. What nobody can
 * see is a jump forward while no instance ran, and one back by less than that lasted: they look like time. Nor can
 * somebody who came between two jumps, of which it saw the second after a while without a look, know what a count of
 * both was of: what is left by its own account may have been before its time, or be uncounted still; it goes by that. A
 * jump by less than CLOCK_JUMP_MS may be an answer's way, and is taken for time as well.
 *
 * An answer that was longer on its way than the one before tells an earlier time. The owner's steady clock does not go
 * back by that, nor behind the newest commit of whom it takes over from: it stands still, until it is that late.
 *
 * A date that a person names ("until 22:00"), and whatever is shown or told to others, is of the store's own clock.
 */
#include "bot/engine/internal.h"

#include <stdlib.h>
#include <string.h>

/* For so long it cannot tell what an owner was about to count when it came. */
#define NEWCOMER_MS (2 * STORE_LEASE_MS)
#define OWNER_COUNTS_MS (30 * SECOND_MS) /* an owner that lives, and noticed a jump, has counted it by then */

static void pause_increases(struct engine *e, int64_t by_ms)
{
    engine_logf(e, ENGINE_LOG_WARN, "clock.jumped", "the store's clock moved by %lld ms: increases of traffic pause",
                (long long)by_ms);
    e->increases_after_mono = engine_mono(e) + INCREASE_PAUSE_MS;
}

static bool has_looked_away(const struct engine *e)
{
    return engine_mono(e) - e->store_ms_mono > STORE_LEASE_MS;
}

static bool owner_lives_on(const struct engine *e)
{
    return e->counter_since_mono - e->differs_since_mono > OWNER_COUNTS_MS;
}

/* What an owner left uncounted of an earlier jump, or while we did not look, or before we lost the lease ourselves,
 * tells nothing of this one. */
static bool goes_on_differing(const struct engine *e, const struct lease_answer *answer, bool has_jumped)
{
    return e->clock_differs && e->phase == ENGINE_STANDBY && !has_jumped && !has_looked_away(e) &&
           strcmp(answer->nonce, e->seen_nonce) == 0;
}

/* The store's word against ours. When all agreed until now, and the clock has not moved since, then the shift has: an
 * owner has counted what it watched and we did not. */
static bool gives_way(const struct engine *e, bool has_jumped)
{
    if (e->phase == ENGINE_STANDBY && engine_mono(e) - e->came_mono < NEWCOMER_MS)
        return true;
    return e->clock_differs ? owner_lives_on(e) : !has_jumped;
}

static void set_differs(struct engine *e, bool differs)
{
    e->clock_differs = differs;
    e->is_jump_unwatched = e->is_jump_unwatched && differs;
}

static void learn(struct engine *e, int64_t unix_ms, int64_t steady_ms)
{
    e->store_ms = unix_ms;
    e->steady_ms = steady_ms;
    e->store_ms_mono = engine_mono(e);
    e->steady_told_ms = 0;
}

/* A standby has told nobody anything; and what is further back than an answer's way was no time. */
static void stand_still(struct engine *e, int64_t told_ms)
{
    if (e->phase != ENGINE_STANDBY && told_ms - e->steady_ms <= CLOCK_JUMP_MS)
        e->steady_told_ms = told_ms;
}

/* Whoever comes back begins anew too, when all that the clock jumped by while it did not look has been counted. Where
 * that was not all of it, it knows better than the store's word how much time has passed; and where it had seen a jump
 * before, that may be the one which was counted, however alike the two are. */
static bool was_counted_meanwhile(const struct engine *e, const struct lease_answer *answer, int64_t by_ms)
{
    int64_t counted_ms = answer->shift_ms - e->seen_shift_ms;

    return counted_ms != 0 && !e->clock_differs && has_looked_away(e) && llabs(by_ms - counted_ms) <= CLOCK_JUMP_MS;
}

/* It agreed until now, and hears at once of a count and of a jump that is another one: what was counted it had taken
 * for time. Whichever of the two the count was of, the store's word is right once both are counted; its own is not. */
static bool is_told_of_two(const struct engine *e, const struct lease_answer *answer, int64_t by_ms)
{
    int64_t counted_ms = answer->shift_ms - e->seen_shift_ms;

    return llabs(counted_ms) > CLOCK_JUMP_MS && llabs(by_ms) > CLOCK_JUMP_MS && !e->clock_differs &&
           !has_looked_away(e) && llabs(by_ms - counted_ms) > CLOCK_JUMP_MS;
}

void store_clock_learn(struct engine *e, const struct lease_answer *answer)
{
    int64_t shift_ms = PLANTED(SHIFT_NOT_HEARD) ? 0 : answer->shift_ms, told_ms = answer->unix_ms - shift_ms;
    int64_t by_ms = answer->unix_ms - engine_store_now(e), now_ms = engine_steady_now(e);
    bool has_jumped = llabs(by_ms) > CLOCK_JUMP_MS, agrees = llabs(told_ms - now_ms) <= CLOCK_JUMP_MS;

    if (e->store_ms == 0 || was_counted_meanwhile(e, answer, by_ms) || is_told_of_two(e, answer, by_ms))
        e->came_mono = engine_mono(e);
    e->seen_shift_ms = answer->shift_ms;
    if (engine_mono(e) - e->lease_sent_mono > CLOCK_JUMP_MS)
        return; /* it was on its way for too long to tell the time, also to who has just come */
    if (e->store_ms == 0) {
        learn(e, answer->unix_ms, told_ms);
        return;
    }
    if (has_jumped)
        pause_increases(e, by_ms);
    if (!goes_on_differing(e, answer, has_jumped))
        e->differs_since_mono = engine_mono(e);
    agrees = agrees || gives_way(e, has_jumped);
    set_differs(e, !agrees);
    learn(e, answer->unix_ms, agrees ? told_ms : now_ms);
    stand_still(e, now_ms);
}

void store_clock_taken_over(struct engine *e)
{
    int64_t behind_ms = e->last_commit_ms - engine_steady_now(e);

    stand_still(e, e->last_commit_ms);
    if (behind_ms <= CLOCK_JUMP_MS)
        return;
    pause_increases(e, -behind_ms);
    e->is_jump_unwatched = true;
    e->steady_ms = e->last_commit_ms - (engine_mono(e) - e->store_ms_mono); /* it may have stood still just now */
    set_differs(e, true);
}

bool store_clock_count(struct engine *e)
{
    int64_t by_ms = e->store_ms - e->clock_shift_ms - e->steady_ms;
    struct batch b;
    cJSON *body;

    if (llabs(by_ms) <= CLOCK_JUMP_MS)
        return false;
    e->clock_jumps++;
    e->unwatched_jumps += e->is_jump_unwatched;
    e->clock_shift_ms += by_ms;
    e->jumped_by_ms = e->is_jump_unwatched ? 0 : by_ms;
    e->jumped_at_ms = engine_store_now(e);
    e->is_jump_unwatched = false;
    body = json_object();
    json_set_int(body, "jumps", e->clock_jumps);
    json_set_int(body, "by_ms", by_ms);
    json_set_int(body, "shift_ms", e->clock_shift_ms);
    batch_init(&b, e, arena_create(), NULL);
    batch_put_number(&b, "clock:jumps", e->clock_jumps);
    batch_put_number(&b, "clock:jumps:unwatched", e->unwatched_jumps);
    batch_put_number(&b, "clock:shift", e->clock_shift_ms);
    batch_put_number(&b, "clock:jumped:by", e->jumped_by_ms);
    batch_put_number(&b, "clock:jumped:at", e->jumped_at_ms);
    batch_journal(&b, "clock.jumped", NULL, NULL, body, NULL);
    batch_commit(&b);
    cJSON_Delete(body);
    return true;
}

/* ---- what was received before a jump ---- */

/* From a time that has not come yet: it was received before the clock was set back. From well before the clock was set
 * forward: before that. Between the two nothing tells them apart, nor has to: half a jump is far from both. */
static bool is_of_before(const struct engine *e, int64_t received_at_ms)
{
    if (e->jumped_by_ms > 0)
        return received_at_ms < e->jumped_at_ms - e->jumped_by_ms / 2;
    return received_at_ms > engine_store_now(e) + CLOCK_JUMP_MS;
}

int64_t store_clock_moved(const struct engine *e, int64_t received_at_ms)
{
    return received_at_ms + (is_of_before(e, received_at_ms) ? e->jumped_by_ms : 0);
}

bool store_clock_is_void(const struct engine *e, int64_t received_at_ms, int64_t not_after_ms, bool is_safe)
{
    int64_t by_ms = store_clock_moved(e, received_at_ms) - received_at_ms, now_ms = engine_store_now(e);

    if (received_at_ms + by_ms > now_ms + CLOCK_JUMP_MS) /* another instance may have heard of a jump before us */
        return !is_safe; /* nobody knows how old it is: better asked again than done late; but never a way back */
    return now_ms > not_after_ms + by_ms;
}
