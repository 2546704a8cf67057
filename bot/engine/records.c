/* records.c - operations, targets, timers and messages in memory, each read from the very text that is stored. */
#include "bot/engine/internal.h"

#include <string.h>

static bool parse_record(const char *text, const struct shape *shape, struct arena *arena, void *record,
                         struct error *err)
{
    cJSON *json = json_parse_in(arena, str_of(text), err);

    return json && shape_from_json(shape, json, arena, record, err);
}

/* ---- operations ---- */

static const struct machine *find_machine(const struct engine *e, const char *kind)
{
    for (const struct machine *const *m = e->config.machines; *m; m++)
        if (strcmp((*m)->kind, kind) == 0)
            return *m;
    return NULL;
}

/* The body as today's schema has it; the upgrades take it there step by step. False: they do not get there. */
static bool upgrade_body(const struct machine *machine, struct operation *record, struct arena *arena)
{
    cJSON *body;

    if (record->schema == machine->schema)
        return true;
    body = json_copy(record->body);
    for (size_t i = 0; i < machine->upgrades_count; i++) {
        if (machine->upgrades[i].from_schema == record->schema) {
            body = machine->upgrades[i].upgrade(body);
            record->schema++;
        }
    }
    arena_defer(arena, (void (*)(void *))cJSON_Delete, body);
    record->body = body;
    return record->schema == machine->schema;
}

static bool read_body(struct live_operation *live, struct error *err)
{
    const struct machine *machine = live->machine;
    void *value = arena_alloc(live->arena, machine->body->size);

    if (!upgrade_body(machine, &live->record, live->arena))
        return error_set(err, ERR_INVALID, "schema %lld, known up to %lld", (long long)live->record.schema,
                         (long long)machine->schema);
    live->body = value;
    return shape_from_json(machine->body, live->record.body, live->arena, value, err);
}

bool records_read_operation(const struct engine *e, const char *text, struct arena *arena, struct operation *ret_record,
                            struct error *err)
{
    const struct machine *machine;

    if (!parse_record(text, &operation_shape, arena, ret_record, err))
        return false;
    machine = find_machine(e, ret_record->kind);
    if (machine)
        upgrade_body(machine, ret_record, arena);
    return true;
}

struct live_operation *records_find_operation(const struct engine *e, const char *id)
{
    struct live_operation *found = NULL;

    if (id)
        HASH_FIND_STR(e->operations, id, found);
    return found;
}

struct live_operation *records_find_running(const struct engine *e, const char *id)
{
    struct live_operation *live = records_find_operation(e, id);

    return live && live->machine && !operation_has_ended(&live->record) && !live->record.is_stuck ? live : NULL;
}

struct live_operation *records_put_operation(struct engine *e, const char *text, struct error *err)
{
    struct live_operation fresh = { .arena = arena_create() }, *live;

    if (!parse_record(text, &operation_shape, fresh.arena, &fresh.record, err)) {
        arena_destroy(fresh.arena);
        return NULL;
    }
    fresh.machine = find_machine(e, fresh.record.kind);
    if (fresh.machine && !read_body(&fresh, err)) {
        arena_destroy(fresh.arena);
        return NULL;
    }
    live = records_find_operation(e, fresh.record.id);
    if (live) { /* the key moves with the arena: out and in again */
        HASH_DEL(e->operations, live);
        arena_destroy(live->arena);
    } else {
        live = xcalloc(1, sizeof(*live));
        live->effects = lanes_count_of(e, fresh.record.id); /* those that its own first decision recorded */
    }
    live->record = fresh.record;
    live->body = fresh.body;
    live->machine = fresh.machine;
    live->arena = fresh.arena;
    live->recorded_seq = e->seq + (e->phase == ENGINE_OWNER ? 1 : 0); /* by the commit being made */
    HASH_ADD_KEYPTR(hh, e->operations, live->record.id, strlen(live->record.id), live);
    members_learn(e, live);
    return live;
}

void records_drop_operation(struct engine *e, struct live_operation *operation)
{
    members_forget(e, operation);
    HASH_DEL(e->operations, operation);
    arena_destroy(operation->arena);
    free(operation);
}

struct live_operation *records_find_asked(const struct engine *e, const char *id)
{
    struct live_operation *live = records_find_operation(e, id);

    return live && live->record.is_stuck && live->machine && live->machine->holds_on &&
                   !operation_has_ended(&live->record)
               ? live
               : records_find_running(e, id);
}

/* ---- targets ---- */

struct live_target *records_find_target(const struct engine *e, const char *name)
{
    struct live_target *found = NULL;

    if (name)
        HASH_FIND_STR(e->targets, name, found);
    return found;
}

struct live_target *records_put_target(struct engine *e, const char *text, struct error *err)
{
    struct arena *arena = arena_create();
    struct target record;
    struct live_target *live;

    if (!parse_record(text, &target_shape, arena, &record, err)) {
        arena_destroy(arena);
        return NULL;
    }
    live = records_find_target(e, record.name);
    if (live) {
        HASH_DEL(e->targets, live);
        arena_destroy(live->arena);
    } else {
        live = xcalloc(1, sizeof(*live));
    }
    live->record = record;
    live->arena = arena;
    HASH_ADD_KEYPTR(hh, e->targets, live->record.name, strlen(live->record.name), live);
    e->target_changes++;
    return live;
}

size_t engine_targets(const struct engine *e, const struct target **list, size_t max, uint64_t *ret_changes)
{
    struct live_target *live, *next;
    size_t count = 0;

    HASH_ITER(hh, e->targets, live, next) {
        if (count < max)
            list[count] = &live->record;
        count++;
    }
    *ret_changes = e->target_changes;
    return count;
}

/* ---- timers ---- */

struct live_timer *records_put_timer(struct engine *e, const char *key, const char *text, struct error *err)
{
    struct arena *arena = arena_create();
    struct timer record;
    struct live_timer *live = NULL;

    if (!parse_record(text, &timer_shape, arena, &record, err)) {
        arena_destroy(arena);
        return NULL;
    }
    HASH_FIND_STR(e->timers, key, live);
    if (live)
        records_drop_timer(e, live);
    live = xcalloc(1, sizeof(*live));
    live->key = xstrdup(key);
    live->record = record;
    live->arena = arena;
    HASH_ADD_KEYPTR(hh, e->timers, live->key, strlen(live->key), live);
    return live;
}

void records_drop_timer(struct engine *e, struct live_timer *timer)
{
    HASH_DEL(e->timers, timer);
    arena_destroy(timer->arena);
    free(timer->key);
    free(timer);
}

/* ---- messages, in the order they were sent ---- */

static int by_order(const struct live_message *a, const struct live_message *b)
{
    return (a->record.order > b->record.order) - (a->record.order < b->record.order);
}

bool records_put_message(struct engine *e, const char *text, struct error *err)
{
    struct live_message *live = xcalloc(1, sizeof(*live));

    live->arena = arena_create();
    if (!parse_record(text, &message_shape, live->arena, &live->record, err)) {
        arena_destroy(live->arena);
        free(live);
        return false;
    }
    DL_INSERT_INORDER(e->messages, live, by_order);
    return true;
}

void records_drop_message(struct engine *e, struct live_message *message)
{
    DL_DELETE(e->messages, message);
    arena_destroy(message->arena);
    free(message);
}

void records_clear(struct engine *e)
{
    struct live_operation *operation, *next_operation;
    struct live_target *target, *next_target;
    struct live_timer *timer, *next_timer;
    struct live_message *message, *next_message;
    struct crash_count *crash, *next_crash;

    HASH_ITER(hh, e->operations, operation, next_operation)
        records_drop_operation(e, operation);
    members_clear(e);
    ended_clear(e);
    HASH_ITER(hh, e->targets, target, next_target) {
        HASH_DEL(e->targets, target);
        arena_destroy(target->arena);
        free(target);
    }
    HASH_ITER(hh, e->timers, timer, next_timer)
        records_drop_timer(e, timer);
    DL_FOREACH_SAFE(e->messages, message, next_message)
        records_drop_message(e, message);
    HASH_ITER(hh, e->crashes, crash, next_crash) {
        HASH_DEL(e->crashes, crash);
        free(crash->input);
        free(crash);
    }
}

/* ---- what handlers see ---- */

static const struct operation *view_operation(const void *ctx, const char *id)
{
    const struct live_operation *live = records_find_operation(ctx, id);

    return live ? &live->record : NULL;
}

static const struct target *view_target(const void *ctx, const char *name)
{
    const struct live_target *live = records_find_target(ctx, name);

    return live ? &live->record : NULL;
}

static int by_age(const struct live_operation *a, const struct live_operation *b)
{
    size_t a_len = strlen(a->record.id), b_len = strlen(b->record.id);

    return a_len != b_len ? (a_len > b_len ? 1 : -1) : strcmp(a->record.id, b->record.id);
}

static size_t view_operations(const void *ctx, const struct operation **list, size_t max)
{
    struct engine *e = (struct engine *)(uintptr_t)ctx; /* sorting changes the order of a walk, nothing else */
    struct live_operation *operation, *next;
    size_t count = 0;

    HASH_SORT(e->operations, by_age);
    HASH_ITER(hh, e->operations, operation, next) {
        if (count < max)
            list[count] = &operation->record;
        count++;
    }
    return count;
}

struct view records_view(const struct engine *e, struct arena *arena)
{
    size_t parked_count;
    const struct parked *parked = parking_list(e, arena, &parked_count);

    return (struct view){
        .settings = e->config.settings,
        .policy = e->config.policy,
        .verbs = e->config.verbs,
        .now_ms = engine_steady_now(e),
        .shift_ms = engine_store_now(e) - engine_steady_now(e),
        .clock_jumps = e->unwatched_jumps,
        .parked = parked,
        .parked_count = parked_count,
        .facts = e->config.facts,
        .memberships = e->members.list,
        .memberships_count = e->members.count,
        .members = e->members.compiled,
        .is_observing = observing_is_on(e),
        .adoption = e->adopted.n,
        .adopted_at_ms = e->adopted_steady_ms,
        .adopted_by = e->adopted.by[0] ? e->adopted.by : NULL,
        .arena = arena,
        .ctx = e,
        .find_operation = view_operation,
        .find_ended = ended_find,
        .find_target = view_target,
        .list_operations = view_operations,
        .list_ended = ended_list,
    };
}

bool engine_view(const struct engine *engine, struct arena *arena, struct view *ret_view)
{
    if (engine->phase != ENGINE_OWNER)
        return false;
    *ret_view = records_view(engine, arena);
    return true;
}
