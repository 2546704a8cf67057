/* trouble.c - what goes wrong in a scenario: to instances, the store, the network and the world. */
#include "tests/simulation/scenario_internal.h"

#include "bot/base/time.h"
#include "tests/simulation/world_program.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define GENTLER 3 /* times less is lost where rollouts are to get far before all is calm */
#define NOTICED_MS (5 * SECOND_MS) /* a jump by less may be taken for a slow answer */

struct instance *trouble_pick(struct scenario *s, bool prefers_owner)
{
    size_t first = (size_t)scenario_draw(s, 0, (int64_t)s->instance_count - 1);

    for (int wants_owner = prefers_owner ? 1 : 0; wants_owner >= 0; wants_owner--)
        for (size_t i = 0; i < s->instance_count; i++) {
            struct instance *instance = &s->instances[(first + i) % s->instance_count];

            if (instance->engine && (!wants_owner || instance_is_owner(instance)))
                return instance;
        }
    return NULL;
}

void trouble_draw_weather(struct scenario *s)
{
    struct weather *w = &s->weather;
    int64_t milder = s->is_gentle ? GENTLER : 1, store = scenario_draw(s, 0, 2) * scenario_draw(s, 0, 40) / milder,
            http = scenario_draw(s, 0, 2) * scenario_draw(s, 0, 60) / milder;

    w->store_lost_request = store;
    w->store_lost_reply = scenario_draw(s, 3, 6) * store;
    w->store_late_request = scenario_draw(s, 0, 1) * store * 4;
    w->store_slow = scenario_draw(s, 0, 100);
    w->store_no_memory = scenario_draw(s, 0, 3) == 0 ? scenario_draw(s, 0, 100) : 0;
    w->http_never_sent = http / 2;
    w->http_lost_request = http;
    w->http_lost_answer = scenario_draw(s, 0, 2) * http;
    w->http_late_request = http / 2;
    w->http_slow = scenario_draw(s, 0, 200);
    w->http_limited = scenario_draw(s, 0, 60) / milder;
    w->http_error = scenario_draw(s, 0, 60) / milder;
    w->revision_fails = scenario_draw(s, 0, 200);
    w->revision_slow = scenario_draw(s, 0, 200);
    w->unhealthy = scenario_draw(s, 0, 100);
    w->foreign_meets = scenario_draw(s, 0, 2) ? scenario_draw(s, 0, 400) : 0;
    w->breaks = scenario_draw(s, 300, 900);
    w->metrics_missing = scenario_draw(s, 0, 1) ? 0 : scenario_draw(s, 0, 150);
    w->metrics_fail = scenario_draw(s, 0, 1) ? 0 : scenario_draw(s, 0, 200);
    w->metrics_lag_ms = scenario_draw(s, 0, 1) ? 0 : scenario_draw(s, 0, 5) ? scenario_draw(s, 500, 8000) : 180000;
    w->metrics_lost = scenario_draw(s, 0, 1) ? 0 : scenario_draw(s, 0, 200);
    w->metrics_lost_seed = (uint64_t)scenario_draw(s, 0, INT32_MAX);
}

void trouble_crash(struct scenario *s)
{
    struct instance *instance = trouble_pick(s, scenario_draw(s, 0, 2) > 0);

    if (instance)
        instance_crash(instance);
}

static void do_stop(struct scenario *s)
{
    struct instance *instance = trouble_pick(s, scenario_draw(s, 0, 2) > 0);

    if (!instance)
        return;
    scenario_count(s, FAULT_STOPPED);
    story_tell(s->story, instance->name, "is asked to stop");
    engine_stop(instance->engine, scenario_draw(s, 0, 8000));
    instance_plan_turn(instance, 0);
    if (scenario_draw(s, 0, 3) > 0)
        instance_doom_after(instance, scenario_draw(s, 0, 1500));
}

void trouble_pause(struct scenario *s)
{
    struct instance *instance = trouble_pick(s, scenario_draw(s, 0, 3) > 0);
    int64_t for_ms = scenario_draw(s, 0, 1) ? scenario_draw(s, 50, 2500) : scenario_draw(s, 2500, 15000);

    if (!instance)
        return;
    scenario_count(s, FAULT_PAUSED);
    if (instance_is_owner(instance) && for_ms > STORE_LEASE_MS)
        scenario_count(s, FAULT_PAUSED_OWNER);
    story_tell(s->story, instance->name, "is paused for %" PRId64 " ms", for_ms);
    scheduler_pause(s->scheduler, instance->actor, for_ms);
    ledger_sleeps(s->ledger, instance->actor, scenario_now_ms(s) + for_ms);
}

static void jump(struct scenario *s, int64_t by_ms)
{
    unsigned witnesses[INSTANCES_MAX];
    size_t count = 0;

    story_tell(s->story, "store", "its clock jumps by %" PRId64 " ms", by_ms);
    sim_store_jump(s->store, by_ms);
    ledger_date_jumped(s->ledger, by_ms);
    for (size_t i = 0; i < s->instance_count && llabs(by_ms) >= NOTICED_MS; i++)
        if (s->instances[i].engine && engine_status(s->instances[i].engine).store_unix_ms)
            witnesses[count++] = s->instances[i].actor;
    ledger_clock_jumped(s->ledger, by_ms, witnesses, count);
}

void trouble_jump(struct scenario *s)
{
    int64_t by_ms = scenario_draw(s, 0, 2) ? scenario_draw(s, 1000, 90000) : HOUR_MS;

    scenario_count(s, FAULT_CLOCK_JUMPED);
    jump(s, by_ms * (scenario_draw(s, 0, 1) ? 1 : -1));
}

void trouble_sleep(struct scenario *s)
{
    int64_t for_ms = scenario_draw(s, 6000, 16000);

    scenario_count(s, FAULT_SLEPT);
    story_tell(s->story, "world", "all instances sleep for %" PRId64 " ms", for_ms);
    for (size_t i = 0; i < s->instance_count; i++)
        if (s->instances[i].engine)
            scheduler_pause(s->scheduler, s->instances[i].actor, for_ms);
    jump(s, scenario_draw(s, 0, 1500) - for_ms);
    for (size_t i = 0; i < s->instance_count; i++)
        if (s->instances[i].engine)
            ledger_sleeps(s->ledger, s->instances[i].actor, scenario_now_ms(s) + for_ms);
}

void trouble_store_up(void *arg)
{
    struct scenario *s = arg;

    s->weather.store_is_down = false;
}

static void do_store_down(struct scenario *s)
{
    int64_t for_ms = scenario_draw(s, 200, 9000);

    story_tell(s->story, "store", "is down for a while");
    s->weather.store_is_down = true;
    ledger_store_down(s->ledger, scenario_now_ms(s) + for_ms);
    scheduler_after(s->scheduler, for_ms, 0, trouble_store_up, s, NULL);
}

static void on_joined(void *arg)
{
    struct scenario *s = arg;

    s->weather.cut_off_actor = 0;
}

void trouble_sicken(void *arg)
{
    struct scenario *s = arg;

    if (s->is_calm || !(s->weather.store_is_down || s->weather.cut_off_actor))
        return;
    story_tell(s->story, "world", "whatever is new and has traffic is ill from now on");
    world_break_newest(s->world);
}

/* It goes on, and another one takes over. */
static void do_cut_off(struct scenario *s)
{
    struct instance *instance = trouble_pick(s, true);
    int64_t for_ms = scenario_draw(s, 5000, 40000);

    if (!instance || !instance_is_owner(instance) || s->weather.cut_off_actor)
        return;
    scenario_count(s, FAULT_STORE_CUT_OFF);
    story_tell(s->story, instance->name, "is cut off from the store for %" PRId64 " ms", for_ms);
    s->weather.cut_off_actor = instance->actor;
    ledger_cut_off(s->ledger, instance->name, scenario_now_ms(s) + for_ms + 2 * SECOND_MS);
    ledger_sleeps(s->ledger, instance->actor, scenario_now_ms(s) + for_ms + 2 * SECOND_MS);
    for (int64_t at_ms = scenario_draw(s, 0, 8000); at_ms < 20000; at_ms += 6000)
        scheduler_after(s->scheduler, at_ms, 0, trouble_sicken, s, NULL);
    scheduler_after(s->scheduler, for_ms, 0, on_joined, s, NULL);
}

void trouble_end_full(void *arg)
{
    struct scenario *s = arg;

    s->weather.store_is_full = false;
    sim_store_twin(s->store)->limits.high_water[0] = 10000;
}

static void do_store_full(struct scenario *s)
{
    if (scenario_draw(s, 0, 1))
        s->weather.store_is_full = true;
    else
        sim_store_twin(s->store)->limits.high_water[0] = scenario_draw(s, 0, 2);
    scheduler_after(s->scheduler, scenario_draw(s, 500, 8000), 0, trouble_end_full, s, NULL);
}

static void put_schema(struct scenario *s, int64_t schema)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, schema);
    twin_put(sim_store_twin(s->store), STORE_META, "schema", text);
}

void trouble_end_newer(void *arg)
{
    struct scenario *s = arg;

    put_schema(s, STORE_SCHEMA);
}

static void do_newer(struct scenario *s)
{
    scenario_count(s, FAULT_STORE_NEWER);
    story_tell(s->story, "store", "has a newer schema for a while");
    put_schema(s, STORE_SCHEMA + 1);
    scheduler_after(s->scheduler, scenario_draw(s, 500, 9000), 0, trouble_end_newer, s, NULL);
}

static void do_peer_down(struct scenario *s)
{
    int64_t until_ms = scenario_now_ms(s) + scenario_draw(s, 500, 45000);

    int64_t *const peers[] = { &s->weather.slack_down_until_ms, &s->weather.google_down_until_ms,
                               &s->weather.github_down_until_ms };

    *peers[scenario_draw(s, 0, (int64_t)ARRAY_LEN(peers) - 1)] = until_ms;
}

static void do_expire(struct scenario *s)
{
    world_expire_tokens(s->world);
}

void trouble_foreign(struct scenario *s)
{
    const char *place;

    if (scenario_draw(s, 0, 2) > 0) {
        place = world_foreign_traffic(s->world);
        if (place && scenario_draw(s, 0, 1)) /* whoever does that often wants the rollout to stop */
            people_stop(s, place);
    } else {
        story_tell(s->story, "world", "somebody else edits a service");
        world_foreign_edit(s->world);
    }
}

static void do_tag(struct scenario *s)
{
    char tag[8];

    for (int i = 0; i < 12; i++) {
        snprintf(tag, sizeof(tag), "v%d", (int)scenario_draw(s, 1, 30));
        world_set_tag(s->world, tag, scenario_draw(s, 0, 2) == 0);
    }
}

void trouble_push(struct scenario *s)
{
    story_tell(s->story, "world", "somebody pushes new images under the old tags");
    world_push_images(s->world);
}

static void do_hand(struct scenario *s)
{
    story_tell(s->story, "world", "somebody dispatches the workflow by hand");
    world_dispatch_by_hand(s->world);
}

static void do_machine(struct scenario *s)
{
    if (scenario_draw(s, 0, 3) > 0) {
        story_tell(s->story, "world", "a machine goes down, and its programs with it");
        world_lose_programs(s->world);
    } else {
        story_tell(s->story, "world", "somebody removes the directories of programs");
        world_forget_programs(s->world);
    }
}

static void do_members(struct scenario *s)
{
    for (int64_t i = scenario_draw(s, 1, 4); i > 0; i--)
        story_tell(s->story, "world", "%s", world_change_members(s->world));
}

static const struct {
    int64_t weight;
    void (*happen)(struct scenario *s);
} troubles[] = {
    { 30, trouble_crash },
    { 24, do_stop },
    { 30, trouble_pause },
    { 6, trouble_jump },
    { 20, trouble_draw_weather },
    { 12, trouble_sleep },
    { 8, do_store_down },
    { 20, do_cut_off },
    { 8, do_store_full },
    { 5, do_newer },
    { 6, do_peer_down },
    { 6, do_expire },
    { 20, trouble_foreign },
    { 8, do_tag },
    { 12, trouble_push },
    { 34, do_machine },
    { 14, do_hand },
    { 30, reload_trouble },
    { 26, do_members },
    { 24, refusals_trouble },
};

void trouble_make(struct scenario *s)
{
    int64_t sum = 0, at;
    size_t i;

    for (i = 0; i < ARRAY_LEN(troubles); i++)
        sum += troubles[i].weight;
    at = scenario_draw(s, 0, sum - 1);
    for (i = 0; at >= troubles[i].weight; i++)
        at -= troubles[i].weight;
    if (s->is_gentle && (troubles[i].happen == trouble_crash || troubles[i].happen == trouble_pause))
        trouble_draw_weather(s);
    else
        troubles[i].happen(s);
}

/* ---- the store is lost ---- */

static int64_t lowest_memory(const struct scenario *s)
{
    int64_t seq = INT64_MAX;

    for (size_t i = 0; i < s->instance_count; i++) {
        int64_t known = s->instances[i].memory.birth[0] ? s->instances[i].memory.seq : 0;

        if (s->instances[i].memory_before.birth[0] == '\0')
            known = 0;
        else if (s->instances[i].memory_before.seq < known)
            known = s->instances[i].memory_before.seq;
        seq = known < seq ? known : seq;
    }
    return seq;
}

static struct twin *older_copy(struct scenario *s)
{
    for (size_t i = 0; i < COPIES_MAX; i++)
        if (s->copies[i].twin && s->copies[i].seq < lowest_memory(s))
            return TAKE(s->copies[i].twin);
    return NULL;
}

static struct twin *empty_copy(struct scenario *s, const char *birth)
{
    struct twin *twin = twin_create(sim_store_twin(s->store)->branches);

    if (birth) {
        twin_put(twin, STORE_META, "birth", birth);
        twin_put(twin, STORE_META, "schema", "1");
        twin_put(twin, STORE_META, "seq", "100000");
    }
    return twin;
}

bool trouble_lose_store(struct scenario *s)
{
    struct twin *twin = NULL;

    if (lowest_memory(s) == 0)
        return false;
    if (s->ending == ENDING_ROLLED_BACK)
        twin = older_copy(s);
    else if (s->ending == ENDING_EMPTIED)
        twin = empty_copy(s, NULL);
    else if (s->ending == ENDING_FOREIGN)
        twin = empty_copy(s, "ffffffffffffffffffffffffffffffff");
    if (!twin)
        return false;
    if (s->ending == ENDING_ROLLED_BACK) /* of whatever binary its copy was: that one has gone again */
        twin_put(twin, STORE_META, "schema", "1");
    scenario_count(s, s->ending == ENDING_ROLLED_BACK ? FAULT_STORE_ROLLED_BACK
                      : s->ending == ENDING_EMPTIED   ? FAULT_STORE_EMPTIED
                                                      : FAULT_STORE_FOREIGN);
    story_tell(s->story, "store", "IS LOST: another one comes back in its place");
    ledger_store_is_lost(s->ledger);
    s->is_store_lost = true;
    if (twin_get(sim_store_twin(s->store), STORE_META, "last:operation"))
        s->numbers_seen = strtoll(twin_get(sim_store_twin(s->store), STORE_META, "last:operation"), NULL, 10);
    sim_store_replace(s->store, twin);
    return true;
}
