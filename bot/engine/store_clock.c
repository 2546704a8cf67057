/* store_clock.c - the store's clock, by which all is timed that outlives a process; and what is known of its jumps.
 *
 * Whoever watches it, owner or standby, notices a jump against its own monotonic clock, which never jumps. Who has not
 * watched it still sees that it was set back, if the newest commit is of a later time. A jump that was noticed is
 * counted in the store by the next owner that knows of it: handlers, who ask no clock, find another number in their
 * view than at their last look. What nobody can know is a jump while no instance ran, unless the clock is behind the
 * newest commit then.
 */
#include "bot/engine/internal.h"

#include <stdlib.h>

/* A count behind this commit is of this jump, unless one of an earlier jump may still be on its way. */
static int64_t counted_behind(const struct engine *e)
{
    bool is_alone =
        !e->clock_has_jumped || (e->jump_seq == 0 && engine_mono(e) - e->jump_noted_mono > 2 * STORE_LEASE_MS);

    return is_alone ? e->memory.seq : INT64_MAX;
}

static void note_jump(struct engine *e, int64_t by_ms)
{
    engine_logf(e, ENGINE_LOG_WARN, "clock.jumped", "the store's clock moved by %lld ms: increases of traffic pause",
                (long long)by_ms);
    e->increases_after_mono = engine_mono(e) + INCREASE_PAUSE_MS;
    e->jump_after_seq = counted_behind(e);
    e->jump_noted_mono = engine_mono(e);
    e->clock_has_jumped = true;
    e->jump_seq = 0; /* what a commit on its way counts was an earlier one */
}

void store_clock_learn(struct engine *e, int64_t unix_ms)
{
    int64_t expected_ms = engine_store_now(e), now_mono = engine_mono(e);

    if (expected_ms != 0 && now_mono - e->lease_sent_mono > CLOCK_JUMP_MS)
        return; /* it was on its way for too long to tell the time */
    if (expected_ms != 0 && llabs(expected_ms - unix_ms) > CLOCK_JUMP_MS)
        note_jump(e, unix_ms - expected_ms);
    e->store_ms = unix_ms;
    e->store_ms_mono = now_mono;
}

void store_clock_taken_over(struct engine *e)
{
    int64_t passed_ms = engine_store_now(e) - e->last_commit_ms;

    if (e->clock_counted_seq > e->jump_after_seq)
        e->clock_has_jumped = false; /* whoever owned the store then has counted it */
    if (passed_ms < -CLOCK_JUMP_MS)
        note_jump(e, passed_ms);
}

bool store_clock_count(struct engine *e)
{
    struct batch b;
    cJSON *body;

    if (e->jump_seq != 0 && e->jump_seq <= e->confirmed_seq) {
        e->clock_has_jumped = false;
        e->jump_seq = 0;
    }
    if (!e->clock_has_jumped || e->jump_seq != 0)
        return false;
    e->clock_jumps++;
    e->jump_seq = e->seq + 1;
    body = json_object();
    json_set_int(body, "jumps", e->clock_jumps);
    batch_init(&b, e, arena_create(), NULL);
    batch_put(&b, STORE_META, "clock:jumps", arena_printf(b.arena, "%lld", (long long)e->clock_jumps));
    batch_put(&b, STORE_META, "clock:counted", arena_printf(b.arena, "%lld", (long long)e->jump_seq));
    batch_journal(&b, "clock.jumped", NULL, NULL, body, NULL);
    batch_commit(&b);
    cJSON_Delete(body);
    return true;
}
