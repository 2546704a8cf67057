/* instance.c - an engine's lives: its clock and turns, and how it starts, stops and dies. */
#include "tests/simulation/scenario_internal.h"

#include "handlers/facts.h"
#include "tests/simulation/bell.h"

#include <inttypes.h>
#include <string.h>

static int64_t clock_mono(void *ctx)
{
    struct instance *instance = ctx;

    return scenario_now_ms(instance->scenario) + instance->mono_offset_ms;
}

static int64_t clock_unix(void *ctx)
{
    struct instance *instance = ctx;

    return WORLD_EPOCH_MS + scenario_now_ms(instance->scenario);
}

static void clock_random(void *ctx, void *bytes, size_t len)
{
    struct instance *instance = ctx;
    unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++)
        at[i] = (unsigned char)dice_next(&instance->dice);
    ledger_drew(instance->scenario->ledger, instance->actor, bytes, len);
}

/* ---- its turns ---- */

struct turn {
    struct instance *instance;
    unsigned actor;
    int64_t planned_ms;
};

static void stop_if_stopped(struct instance *instance);

/* Some commands crash whoever decides them. A decoder is given no context, so this says whose turn it is. */
static struct instance *deciding;

static bool decode(const struct inbox_item *item, struct arena *arena, struct decoded *ret_decoded, struct error *err)
{
    if (strstr(item->body, POISON))
        deciding->is_dying = true;
    return door_decode(item, arena, ret_decoded, err);
}

static void on_turn(void *arg)
{
    struct turn *turn = arg;
    struct instance *instance = turn->instance;
    bool is_wanted = instance->actor == turn->actor && instance->next_turn_ms == turn->planned_ms;

    free(turn);
    if (!is_wanted)
        return;
    instance->next_turn_ms = INT64_MAX;
    deciding = instance;
    instance_plan_turn(instance, engine_turn(instance->engine));
    if (instance->is_dying)
        instance_crash(instance);
    else
        stop_if_stopped(instance);
}

void instance_plan_turn(struct instance *instance, int64_t delay_ms)
{
    int64_t at_ms = scenario_now_ms(instance->scenario) + delay_ms;
    struct turn *turn;

    if (at_ms >= instance->next_turn_ms)
        return;
    instance->next_turn_ms = at_ms;
    turn = xcalloc(1, sizeof(*turn));
    *turn = (struct turn){ instance, instance->actor, at_ms };
    scheduler_after(instance->scenario->scheduler, delay_ms, instance->actor, on_turn, turn, free);
}

static void on_wake(void *ctx)
{
    instance_plan_turn(ctx, 0);
}

static void on_remember(void *ctx, const struct engine_memory *memory)
{
    struct instance *instance = ctx;

    instance->memory_before = instance->memory;
    instance->memory = *memory;
}

static void on_heard(void *ctx, int64_t sent_ms, int64_t at_ms)
{
    struct instance *instance = ctx;

    ledger_heard_clock(instance->scenario->ledger, instance->actor, sent_ms, at_ms);
}

struct doom { /* a crash that is on its way */
    struct instance *instance;
    unsigned actor; /* this life's */
};

static void on_doom(void *arg)
{
    struct doom *doom = arg;
    struct instance *instance = doom->instance;
    bool is_still = instance->actor == doom->actor && !instance->scenario->is_calm;

    free(doom);
    if (is_still)
        instance_crash(instance);
}

void instance_doom_after(struct instance *instance, int64_t delay_ms)
{
    struct doom *doom = xcalloc(1, sizeof(*doom));

    *doom = (struct doom){ instance, instance->actor };
    scheduler_after(instance->scenario->scheduler, delay_ms, instance->actor, on_doom, doom, free);
}

static void on_log(void *ctx, enum engine_log level, const char *event, const char *text)
{
    struct instance *instance = ctx;

    (void)level;
    story_tell(instance->scenario->story, instance->name, "%s: %s", event, text);
    if (strcmp(event, "owner.taken") == 0 && scenario_draw(instance->scenario, 0, 9) == 0)
        reload_soon(instance, scenario_draw(instance->scenario, 0, 4));
    if (strcmp(event, "owner.taken") == 0 && scenario_draw(instance->scenario, 0, 7) == 0)
        instance_doom_after(
            instance, scenario_draw(instance->scenario, 0, 4)); /* loading takes no longer: seldom hit by chance */
}

static bool tell_inline(void *ctx, const char *name, const char *connection, const char *text)
{
    struct scenario *s = ctx;

    for (size_t i = 0; i < s->connection_count; i++) {
        struct connection *c = &s->connections[i];

        if (strcmp(c->id, connection) != 0)
            continue;
        for (size_t k = 0; k < s->instance_count; k++) {
            bool holds = strcmp(s->instances[k].name, name) == 0 && s->instances[k].actor == c->actor;

            if (!holds || c->is_answered || c->until_ms < scenario_now_ms(s) ||
                scheduler_is_paused(s->scheduler, c->actor))
                continue;
            c->is_answered = true;
            ledger_told(s->ledger, connection, text);
            return true;
        }
    }
    return false;
}

/* ---- its life ---- */

static void instance_start(struct instance *instance)
{
    struct scenario *s = instance->scenario;
    struct sim_carrier_options carrier = {
        .scheduler = s->scheduler,
        .world = s->world,
        .story = s->story,
        .settings = instance->book->settings,
        .actor = ++s->lives,
        .instance = instance->name,
        .machine = s->has_one_machine ? "machine" : instance->name,
        .is_alone = s->has_one_machine,
        .more_rows = s->house->rows,
        .more_count = ARRAY_LEN(s->house->rows),
        .tell_inline = tell_inline,
        .reload = reload_read,
        .reload_arg = instance,
        .ctx = s,
    };
    struct engine_config config = {
        .instance = instance->name,
        .clock = &instance->clock,
        .settings = instance->book->settings,
        .settings_digest = instance->book->digests[instance->copy],
        .policy = instance->book->policy,
        .rights = instance->book->rights,
        .verbs = s->house->verbs,
        .machines = s->house->machines,
        .listeners = s->house->listeners,
        .facts = facts_of_view,
        .effect_kinds = s->house->kinds,
        .effect_kinds_count = s->house->kinds_count,
        .decode = decode,
        .memory = instance->memory,
        .died_by_own_signal = instance->died_by_own_signal,
        .ctx = instance,
        .wake = on_wake,
        .remember = on_remember,
        .log = on_log,
        .note = notes_write,
    };

    instance->is_dying = false;
    instance->actor = s->lives;
    instance->clock = (struct clock){ instance, clock_mono, clock_unix, clock_random };
    instance->dice.state = dice_next(&s->dice);
    instance->mono_offset_ms = scenario_draw(s, 1000, 100000000);
    instance->next_turn_ms = INT64_MAX;
    instance->link = sim_link_create(s->store, instance->actor, on_heard, instance);
    carrier.store = sim_link_store(instance->link);
    instance->carrier = sim_carrier_create(&carrier);
    config.store = sim_link_store(instance->link);
    config.carrier = sim_carrier_interface(instance->carrier);
    story_tell(s->story, instance->name, "starts; it remembers seq %" PRId64, instance->memory.seq);
    ledger_lives(s->ledger, instance->name, instance->actor);
    ledger_configured(s->ledger, instance->name, instance->book, config.settings_digest);
    instance->engine = engine_create(&config);
    instance->is_handing_over = false;
    notes_start(instance);
    instance_plan_turn(instance, 0);
}

void instance_restart(void *arg)
{
    struct instance *instance = arg;

    if (instance->engine)
        return;
    reload_start(instance);
    instance_start(instance);
}

static void end_instance(struct instance *instance, int64_t restart_ms)
{
    struct scenario *s = instance->scenario;

    scheduler_forget(s->scheduler, instance->actor);
    sim_link_cut(instance->link, instance->is_dying);
    engine_destroy(instance->engine);
    sim_carrier_destroy(instance->carrier);
    instance->engine = NULL;
    instance->carrier = NULL;
    instance->actor = 0;
    scheduler_after(s->scheduler, restart_ms, 0, instance_restart, instance, NULL);
}

static void stop_if_stopped(struct instance *instance)
{
    if (engine_status(instance->engine).phase != ENGINE_STOPPED)
        return;
    story_tell(instance->scenario->story, instance->name, "has stopped");
    instance->died_by_own_signal = false;
    end_instance(instance, scenario_draw(instance->scenario, 100, 8000));
}

bool instance_is_owner(const struct instance *instance)
{
    enum engine_phase phase = engine_status(instance->engine).phase;

    return phase == ENGINE_OWNER || phase == ENGINE_STOPPING || phase == ENGINE_LOADING;
}

void instance_crash(struct instance *instance)
{
    struct scenario *s = instance->scenario;
    enum engine_phase phase = engine_status(instance->engine).phase;
    size_t attempts = sim_carrier_attempts(instance->carrier), commits = sim_link_commits_out(instance->link);

    scenario_count(s, FAULT_CRASHED);
    if (phase == ENGINE_OWNER)
        scenario_count(s, FAULT_CRASHED_OWNER);
    if (phase == ENGINE_LOADING)
        scenario_count(s, FAULT_CRASHED_LOADING);
    if (phase == ENGINE_STOPPING)
        scenario_count(s, FAULT_CRASHED_STOPPING);
    if (commits > 0)
        scenario_count(s, FAULT_CRASHED_COMMITTING);
    if (attempts > 0)
        scenario_count(s, FAULT_CRASHED_CALLING);
    story_tell(s->story, instance->name, "CRASHES as %s, %zu commits and %zu attempts out", engine_phase_names[phase],
               commits, attempts);
    if (scenario_draw(s, 0, 1) == 0)
        instance->memory = instance->memory_before;
    instance->died_by_own_signal = instance->is_dying || scenario_draw(s, 0, 9) == 0;
    if (instance->is_dying)
        scenario_count(s, FAULT_POISONED);
    end_instance(instance, scenario_draw(s, 50, 15000));
}
