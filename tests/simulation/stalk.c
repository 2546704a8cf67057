/* stalk.c - what waits for its moment: people and trouble that come right when something is under way.
 *
 * By chance alone such meetings are rare. Each scenario waits for some of them; so most of what is under way is still
 * left in peace in most of the scenarios, and comes to all of its ends.
 */
#include "tests/simulation/scenario_internal.h"

#include "bot/base/time.h"
#include "tests/simulation/world_program.h"

#define DENIED_AGAIN_MS (100 * SECOND_MS)

/* ---- without the store ---- */

static void on_store_up_again(void *arg)
{
    struct scenario *s = arg;

    s->is_lonely = false;
    trouble_store_up(arg);
    if (s->is_calm)
        return;
    s->weather.metrics_missing = s->metrics_missing;
    s->weather.metrics_fail = s->metrics_fail;
}

/* Somebody has to know of what bakes; and what the last time has left behind is sorted out first. */
static bool is_time_alone(struct scenario *s)
{
    const struct instance *owner = trouble_pick(s, true);

    return !s->is_lonely && scenario_now_ms(s) >= s->alone_after_ms && owner &&
           engine_status(owner->engine).phase == ENGINE_OWNER;
}

/* What bakes, or is about to, turns bad when nobody can be told, or would have been promoted, or little or nothing more
 * is known of it; it may not have its traffic yet at the first try. Little else goes wrong meanwhile. Now and then it
 * lasts longer than any increase is tried. */
static void leave_alone(struct scenario *s)
{
    int64_t for_ms = scenario_draw(s, 0, 7) ? scenario_draw(s, 20000, 50000) : scenario_draw(s, 60000, 200000);
    int64_t fate = scenario_draw(s, 0, 14);

    if (!is_time_alone(s))
        return;
    story_tell(s->story, "store", "is down while something bakes");
    s->alone_after_ms = scenario_now_ms(s) + for_ms + scenario_draw(s, 5000, 20000);
    s->weather.store_is_down = s->is_lonely = true;
    ledger_store_down(s->ledger, scenario_now_ms(s) + for_ms);
    s->metrics_missing = s->weather.metrics_missing;
    s->metrics_fail = s->weather.metrics_fail;
    s->weather.metrics_missing = fate == 0 ? 1000 : 0;
    s->weather.metrics_fail = fate == 1 ? 500 : 0;
    for (int64_t at_ms = scenario_draw(s, 0, 5000); fate > 1 && at_ms < 20000; at_ms += 6000)
        scheduler_after(s->scheduler, at_ms, 0, trouble_sicken, s, NULL);
    scheduler_after(s->scheduler, for_ms, 0, on_store_up_again, s, NULL);
}

/* ---- trouble ---- */

static void lose_machine(struct scenario *s)
{
    story_tell(s->story, "world", "a machine goes down, and its programs with it");
    world_lose_programs(s->world);
}

static void forget_machine(struct scenario *s)
{
    story_tell(s->story, "world", "somebody removes the directories of programs");
    world_forget_programs(s->world);
}

static void change_owner(struct scenario *s)
{
    if (s->is_gentle)
        return;
    if (scenario_draw(s, 0, 1))
        trouble_crash(s);
    else
        trouble_pause(s);
}

static void meet(struct scenario *s)
{
    s->weather.foreign_is_near = true;
}

/* Of what is about to be judged; the rest is told as ever. */
static void stop_metric(struct scenario *s)
{
    if (s->had_stopped_metric)
        return;
    s->had_stopped_metric = true;
    s->weather.metric_stopped_from_ms = scenario_now_ms(s);
    s->weather.metric_stopped_until_ms = scenario_now_ms(s) + scenario_draw(s, 15000, 45000);
    s->weather.is_latency_stopped = scenario_draw(s, 0, 2) == 0;
    story_tell(s->story, "world", "nobody counts %s any more for a while",
               s->weather.is_latency_stopped ? "latency" : "errors");
}

static void jump(struct scenario *s)
{
    trouble_jump(s);
    if (scenario_draw(s, 0, 1))
        change_owner(s);
}

/* What is to get more of its traffic is forbidden until its bake is over. What is held then goes on baking, and is left
 * in peace for a time. In a storm little comes so far: so also when all is calm. */
static void deny(struct scenario *s)
{
    if (scenario_now_ms(s) < s->deny_after_ms || !ledger_runs_at(s->ledger, RUNNING_BAKING, "shop/staging"))
        return;
    s->deny_after_ms = scenario_now_ms(s) + DENIED_AGAIN_MS;
    reload_for_a_while(s, BOOK_DENIED);
}

/* ---- moments ---- */

static const struct moment {
    enum running which;
    int64_t per_cent; /* of the scenarios wait for it */
    int64_t one_in;   /* of the looks, one or two a second */
    bool goes_on;     /* when all is calm: that is no trouble to the store, to instances or to the network */
    void (*happen)(struct scenario *s);
    const char *command, *text; /* or that is typed by somebody, as in habits[] of people.c */
} moments[] = {
    { RUNNING_SHIFTING, 80, 1, false, leave_alone, NULL, NULL },
    { RUNNING_SHIFTING, 40, 4, false, NULL, "/ops", "pause %S" },
    { RUNNING_VERIFYING, 90, 2, false, leave_alone, NULL, NULL },
    { RUNNING_ROLLOUT, 60, 10, false, meet, NULL, NULL },
    { RUNNING_BAKING, 60, 2, true, deny, NULL, NULL },
    { RUNNING_BAKING, 90, 5, false, leave_alone, NULL, NULL },
    { RUNNING_BAKING, 60, 4, false, people_press_old, NULL, NULL },
    { RUNNING_BAKING, 50, 3, true, refusals_way_back, NULL, NULL },
    { RUNNING_BAKING, 40, 20, true, refusals_slack, NULL, NULL },
    { RUNNING_BAKING, 60, 1, true, stop_metric, NULL, NULL },
    { RUNNING_BAKING, 30, 15, false, trouble_sleep, NULL, NULL },
    { RUNNING_HELD, 60, 6, true, NULL, "/ops", "retry %h" },
    { RUNNING_PAUSED, 80, 4, true, NULL, "/ops", "resume %p" },
    { RUNNING_ROLLOUT, 30, 20, false, change_owner, NULL, NULL },
    { RUNNING_ROLLOUT, 30, 40, false, NULL, "/rollback", "%R" },
    { RUNNING_ROLLOUT, 20, 40, true, NULL, "/deploy", "%R v%d --now" },
    { RUNNING_EARLY, 30, 8, false, NULL, "/rollback", "%E" },
    { RUNNING_GROUP, 40, 12, true, NULL, "/ops", "abort %g" },
    { RUNNING_GROUP, 30, 8, true, trouble_push, NULL, NULL },
    { RUNNING_WAITING, 70, 4, true, NULL, "/rollback", "%G" },
    { RUNNING_PROGRAM, 30, 5, true, NULL, "/ops", "abort %x" },
    { RUNNING_PROGRAM, 40, 6, true, lose_machine, NULL, NULL },
    { RUNNING_PROGRAM, 20, 12, true, forget_machine, NULL, NULL },
    { RUNNING_PROGRAM, 40, 8, false, change_owner, NULL, NULL },
    { RUNNING_WORKFLOW, 40, 5, true, NULL, "/ops", "abort %y" },
    { RUNNING_WORKFLOW, 80, 1, false, hooks_tell, NULL, NULL },
    { RUNNING_WORKER, 30, 40, false, jump, NULL, NULL },
    { RUNNING_UNAPPROVED, 80, 6, true, NULL, "/ops", "approve %u" },
    { RUNNING_VERIFYING, 45, 4, false, NULL, "/ops", "halt it looks bad" },
    { RUNNING_BAKING, 40, 8, false, NULL, "/ops", "lock staging audit" },
    { RUNNING_HALT, 100, 12, false, NULL, "/ops", "unhalt" },
    { RUNNING_LOCK, 100, 16, false, NULL, "/ops", "unlock %l" },
    { RUNNING_LOCK, 100, 2, false, NULL, "/ops", "lock %l --to slack:U0BOB" },
};
_Static_assert(ARRAY_LEN(moments) <= 64, "a bit each");

static void happen(struct scenario *s, const struct moment *moment)
{
    if (moment->happen)
        moment->happen(s);
    else
        people_type(s, moment->command, moment->text);
}

static bool is_time(struct scenario *s, size_t i)
{
    const char *id, *target;

    return (s->moments >> i & 1) && (moments[i].goes_on || !s->is_calm) && !s->weather.store_is_down &&
           ledger_find_running(s->ledger, moments[i].which, &id, &target) &&
           scenario_draw(s, 1, moments[i].one_in) == 1;
}

/* What is held when it is bad is never given back alone: so that one is not the most of them. */
static const char *const often[] = { "shop staging v%d", "shop staging v%d", "shop staging v%d", "docs staging v%d",
                                     "cart staging v%d" };

static void on_look(void *arg)
{
    struct scenario *s = arg;

    for (size_t i = 0; i < ARRAY_LEN(moments); i++)
        if (is_time(s, i))
            happen(s, &moments[i]);
    if (!s->is_calm && !s->is_lonely && scenario_draw(s, 0, 6) == 0)
        people_type(s, "/deploy", often[scenario_draw(s, 0, (int64_t)ARRAY_LEN(often) - 1)]);
    if (s->moments)
        scheduler_after(s->scheduler, scenario_draw(s, 100, 1000), 0, on_look, s, NULL);
}

void stalk_end(struct scenario *s)
{
    s->moments = 0;
}

void stalk_begin(struct scenario *s)
{
    for (size_t i = 0; i < ARRAY_LEN(moments); i++)
        if (scenario_draw(s, 1, 100) <= moments[i].per_cent)
            s->moments |= UINT64_C(1) << i;
    on_look(s);
}
