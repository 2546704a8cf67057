/* standing.c - what is always at work: operations that nobody asks for, one of each machine that stands (verb.h).
 *
 * Whoever has loaded the store begins those that it does not hold, and tells the others that there is a new owner. Each
 * is a commit of its own; one that did not arrive is decided anew, for then all is loaded anew.
 */
#include "bot/engine/internal.h"

#define SOURCE "opsgate" /* no door gives it */

static const struct live_operation *find_at_work(const struct engine *e, const struct machine *machine)
{
    for (const struct live_operation *live = e->operations; live; live = live->hh.next)
        if (strcmp(live->record.kind, machine->kind) == 0 && records_find_running(e, live->record.id))
            return live;
    return NULL;
}

static void tell(struct engine *e, const char *operation)
{
    struct arena *arena = arena_create();
    const char *id = arena_strdup(arena, operation);
    cJSON *body = json_object();
    struct batch b;

    batch_init(&b, e, arena, NULL);
    wishes_message(&b, "engine", id, MESSAGE_OWNER, body);
    cJSON_Delete(body);
    batch_commit(&b);
}

/* False: it is not wanted here. */
static bool begin(struct engine *e, const struct machine *machine)
{
    struct arena *arena = arena_create();
    struct view view = records_view(e, arena);
    struct request request = { .id = machine->kind,
                               .source = SOURCE,
                               .principal = { .system = "local", .id = SOURCE } };
    struct asker asker = { .request = &request };
    struct outcome out;
    struct batch b;
    char hex[17];

    engine_random_hex(e, hex, 16);
    outcome_init(&out, arena, look_id(e->last_look + 1, arena), arena_printf(arena, "%s-%s", e->memory.birth, hex));
    machine->stand(&view, &out);
    if (!out.begins) {
        arena_destroy(arena);
        return false;
    }
    batch_init(&b, e, arena, NULL);
    apply(&b, &out, NULL, &asker);
    batch_commit(&b);
    return true;
}

const struct operation *engine_standing(const struct engine *engine, const char *kind)
{
    const struct machine *const *machine = engine->config.machines;
    const struct live_operation *live;

    while (*machine && strcmp((*machine)->kind, kind) != 0)
        machine++;
    live = *machine && engine->phase == ENGINE_OWNER ? find_at_work(engine, *machine) : NULL;
    return live ? &live->record : NULL;
}

bool standing_begin(struct engine *e)
{
    const struct machine *machine;

    if (e->phase != ENGINE_OWNER)
        return false;
    if (e->standing_tenure != e->tenure) {
        e->standing_tenure = e->tenure;
        e->standing_seen = 0;
    }
    while ((machine = e->config.machines[e->standing_seen]) != NULL) {
        const struct live_operation *live;

        e->standing_seen++;
        if (!machine->stand)
            continue;
        live = find_at_work(e, machine);
        if (live)
            tell(e, live->record.id);
        if (live || begin(e, machine))
            return true;
    }
    return false;
}
