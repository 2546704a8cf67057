/* store_away_acts.c - what the last owner does while no store answers: it gives back, noted before and afterwards. */
#include "bot/engine/away_internal.h"

#include "bot/model/delivery.h"
#include "bot/model/settings.h"

#define NOTE_AGAIN_MS (5 * SECOND_MS)
#define TOLD_MS (10 * MINUTE_MS)      /* a message is tried for so long */
#define GIVING_BACK_MS (24 * HOUR_MS) /* the decrease: nobody else can, and it goes by the split that it expects */

/* ---- what is noted ---- */

static bool note(struct engine *e, struct away_watch *watch)
{
    struct error err;

    if (e->config.note(e->config.ctx, &watch->act, watch->arena, &err))
        return true;
    engine_logf(e, ENGINE_LOG_WARN, "away.note", "%s: %s", watch->operation, err.message);
    return false;
}

static const char *outside_id(struct engine *e, struct arena *arena)
{
    char hex[17];

    engine_random_hex(e, hex, 16);
    return arena_printf(arena, "%s-%s", e->memory.birth, hex);
}

/* Best effort: Slack may be all that is left to tell it by, and what it is told is in the log too. */
static void tell_people(struct engine *e, struct away_watch *watch)
{
    const struct channels_settings *channels = &e->config.settings->slack.channels;
    struct message_delivery delivery = { .channel = channels->alerts ? channels->alerts : channels->deployments };
    const char *name = watch->act.name ? arena_printf(watch->arena, " (%s)", watch->act.name) : "";
    struct effect record = { .schema = STORE_SCHEMA,
                             .kind = EFFECT_MESSAGE,
                             .created_at_ms = engine_store_now(e),
                             .give_up_at_ms = engine_steady_now(e) + TOLD_MS };
    AUTO_JSON cJSON *args = NULL;
    struct error err;
    const char *text;

    engine_logf(e, ENGINE_LOG_WARN, "away.ended", "%s%s of %s: %s: %s", watch->operation, name, watch->act.target,
                watch->act.result, watch->act.summary);
    if (!delivery.channel)
        return;
    delivery.reply.text = arena_printf(watch->arena, "*%s*%s of %s, while no store answers: %s", watch->operation, name,
                                       watch->act.target, watch->act.summary);
    args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE);
    record.id = record.lane = arena_printf(watch->arena, "%s.told", watch->operation);
    record.outside_id = outside_id(e, watch->arena);
    record.args = args;
    text = away_print(watch->arena, &effect_shape, &record);
    engine_must(lanes_put(e, text, false, &err) != NULL, e, "message", &err);
}

void away_end_act(struct engine *e, struct away_watch *watch, const char *result, const char *summary)
{
    watch->act.ended_at_ms = engine_store_now(e);
    watch->act.result = result;
    watch->act.summary = summary;
    note(e, watch); /* or else it is found without an end, and whoever adopts it looks what became of it */
}

/* ---- the way back ---- */

void away_stop_looking(struct engine *e, struct away_watch *watch)
{
    struct live_operation *live = records_find_operation(e, watch->operation);
    struct live_timer *timer, *next;

    watch->is_over = true;
    HASH_ITER(hh, e->timers, timer, next)
        if (strcmp(timer->record.operation, watch->operation) == 0)
            records_drop_timer(e, timer);
    live->record.awaited_count = 0;
    readings_sync(e, live);
}

static struct without_store_act act_of(struct engine *e, const struct away_watch *watch,
                                       const struct live_operation *live, const char *why)
{
    struct arena *arena = watch->arena;

    return (
        struct without_store_act){ .id = outside_id(e, arena),
                                   .operation = watch->operation,
                                   .operation_outside_id = arena_strdup(arena, live->record.outside_id),
                                   .verb = WITHOUT_STORE_RETURN,
                                   .text = WITHOUT_STORE_RETURN,
                                   .principal = { .system = "opsgate", .id = arena_strdup(arena, e->config.instance) },
                                   .target = arena_strdup(arena, live->record.target),
                                   .began_at_ms = engine_store_now(e),
                                   .is_sent = true,
                                   .effect = watch->effect_id,
                                   .args = watch->args,
                                   .why = arena_strdup(arena, why) };
}

static void send(struct engine *e, struct away_watch *watch)
{
    struct effect record = { .id = arena_printf(watch->arena, "%s.alone", watch->operation),
                             .outside_id = watch->effect_id,
                             .schema = STORE_SCHEMA,
                             .kind = watch->kind,
                             .operation = watch->operation,
                             .tag = "alone",
                             .lane = watch->lane,
                             .created_at_ms = engine_store_now(e),
                             .give_up_at_ms = engine_steady_now(e) + GIVING_BACK_MS,
                             .args = watch->args };
    const char *text = away_print(watch->arena, &effect_shape, &record);
    struct error err;

    engine_must(lanes_put(e, text, watch->may_have_tried, &err) != NULL, e, "effect", &err);
}

/* On disk before it leaves: whoever finds the note without an end knows what to look for. */
static void give_back(struct engine *e, struct away_watch *watch, const char *why)
{
    const struct live_operation *live = records_find_operation(e, watch->operation);

    if (!watch->effect_id)
        watch->effect_id = without_store_way_back(live->record.outside_id, watch->arena);
    watch->act = act_of(e, watch, live, why);
    if (!PLANTED(ALONE_UNNOTED) && !note(e, watch)) {
        watch->act.id = NULL;
        watch->not_before_mono = engine_mono(e) + NOTE_AGAIN_MS;
        return;
    }
    engine_logf(e, ENGINE_LOG_WARN, "away.returns", "%s%s%s%s gives the traffic of %s back without the store: %s",
                watch->operation, watch->act.name ? " (" : "", watch->act.name ? watch->act.name : "",
                watch->act.name ? ")" : "", watch->act.target, watch->act.why);
    away_stop_looking(e, watch);
    send(e, watch);
}

/* Decided, and not noted yet. */
void away_try_to_give_back(struct engine *e, struct away_watch *watch)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct live_operation *live = records_find_operation(e, watch->operation);
    const char *why;

    if (watch->act.id || watch->is_over || engine_mono(e) < watch->not_before_mono)
        return;
    if (away_may_go_on(e, live, watch->stored_state, watch->args, arena, &why) && why)
        give_back(e, watch, why);
    else
        away_stop_looking(e, watch);
}

void away_want_back(struct engine *e, struct away_watch *watch, const struct wanted_effect *want)
{
    watch->kind = arena_strdup(watch->arena, want->kind);
    watch->lane = arena_strdup(watch->arena, want->lane);
    watch->args = away_copy_json(watch->arena, want->args);
    away_try_to_give_back(e, watch);
}

/* ---- how it ended ---- */

/* A failed one has found another split than it expected: somebody went on without us, and knows better. */
void away_end_effect(struct engine *e, struct live_effect *effect)
{
    struct away_watch *watch = away_find(e, effect->record.operation);
    enum event_end end = effect->end;
    const char *error = watch ? arena_strdup(watch->arena, effect->error ? effect->error : "") : "";

    lanes_drop(e, effect);
    if (!watch || watch->act.result)
        return;
    if (end == END_DONE)
        away_end_act(e, watch, "done", arena_printf(watch->arena, "its traffic went back: %s", watch->act.why));
    else if (end == END_FAILED)
        away_end_act(
            e, watch, "failed",
            arena_printf(watch->arena, "its traffic was to go back (%s), and did not: %s", watch->act.why, error));
    else
        away_end_act(
            e, watch, "unknown",
            arena_printf(watch->arena, "nobody knows whether its traffic went back (%s): %s", watch->act.why, error));
    tell_people(e, watch);
}
