/* members.c - who is in which group, as the record of the machine that reads it says (verb.h, `memberships`): seen by
 * handlers as view.memberships and by policy as view.members, and new whenever that record is. Of two such records the
 * older one counts. What a stuck one knew last stays known, and gets older, until there is another one. */
#include "bot/engine/internal.h"

#include "policy/members.h"

#define STALE_EVERY_MS MINUTE_MS

void members_forget(struct engine *e, const struct live_operation *live)
{
    if (e->members.of != live)
        return;
    members_clear(e);
}

void members_clear(struct engine *e)
{
    arena_destroy(e->members.compiled_again_in);
    arena_destroy(e->members.kept_in);
    e->members = (struct known_members){ 0 };
}

static void compile(struct engine *e, struct arena *arena)
{
    struct known_members *known = &e->members;
    struct members *members = members_compile(e->config.policy, known->list, known->count, arena);

    members_join(members, known->joins, known->joins_count);
    known->compiled = members;
}

void members_compile_again(struct engine *e)
{
    struct known_members *known = &e->members;

    if (!known->compiled)
        return;
    arena_destroy(known->compiled_again_in);
    known->compiled_again_in = arena_create();
    compile(e, known->compiled_again_in);
}

static void learn(struct known_members *known, const struct machine *machine, const void *body)
{
    known->list = machine->memberships(body, &known->count);
    if (machine->joins)
        known->joins = machine->joins(body, &known->joins_count);
}

/* Its record goes, and nothing reads these any more. */
static void keep(struct engine *e, const struct live_operation *stuck)
{
    struct arena *arena = arena_create();
    cJSON *json = json_copy(stuck->record.body);
    void *body = arena_alloc(arena, stuck->machine->body->size);
    struct error err;

    members_clear(e);
    e->target_changes++;
    e->members.kept_in = arena;
    arena_defer(arena, (void (*)(void *))cJSON_Delete, json);
    if (!shape_from_json(stuck->machine->body, json, arena, body, &err))
        return; /* it was just read like this */
    learn(&e->members, stuck->machine, body);
    compile(e, arena);
}

void members_learn(struct engine *e, const struct live_operation *live)
{
    struct known_members *known = &e->members;

    if (!live->machine || !live->machine->memberships)
        return;
    if (live->record.is_stuck && known->of == live) {
        keep(e, live);
        return;
    }
    if (!records_find_running(e, live->record.id)) {
        members_forget(e, live);
        return;
    }
    if (known->of && known->of != live && known->of->record.created_at_ms <= live->record.created_at_ms)
        return;
    members_clear(e);
    e->target_changes++; /* bot/without_store/targets_copy.h has both */
    known->of = live;
    learn(known, live->machine, live->body);
    compile(e, live->arena);
}

/* Not for each refusal: its record is long, and one reading under way is enough. */
void members_tell_stale(struct batch *b, const char *source)
{
    struct known_members *known = &b->engine->members;
    int64_t now = engine_mono(b->engine);
    cJSON *body;

    if (!known->of || (b->engine->told_stale_at && now - b->engine->told_stale_at < STALE_EVERY_MS))
        return;
    b->engine->told_stale_at = now;
    body = json_object();
    json_set_string(body, "source", source);
    wishes_message(b, "engine", known->of->record.id, MESSAGE_STALE, body);
    cJSON_Delete(body);
}

const struct membership *engine_memberships(const struct engine *engine, size_t *ret_count)
{
    *ret_count = engine->members.count;
    return engine->members.list;
}
