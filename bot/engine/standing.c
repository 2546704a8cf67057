/* standing.c - what is always at work: operations that nobody asks for, one of each machine that stands (verb.h).
 *
 * Whoever has loaded the store begins those that it does not hold, and tells the others that there is a new owner; so it does
 * when the configuration is another one, and when what was refused is tried again (configured.c). Each
 * is a commit of its own; one that did not arrive is decided anew, for then all is loaded anew. Two of a kind are there
 * when a record could not be read for a while: the younger one ends. What crashes its owner as it begins is left out in
 * the end.
 */
#include "bot/engine/internal.h"

#include <stdio.h>
#include <string.h>

#define SOURCE "opsgate" /* no door gives it */

static bool is_younger(const struct live_operation *a, const struct live_operation *b)
{
    return a->record.created_at_ms != b->record.created_at_ms ? a->record.created_at_ms > b->record.created_at_ms
                                                              : strcmp(a->record.id, b->record.id) > 0;
}

/* The oldest one: it knows of what was missed before the others began. NULL: none is. And the youngest, when there are
 * more. */
static const struct live_operation *find_at_work(const struct engine *e, const struct machine *machine,
                                                 struct live_operation **ret_surplus)
{
    struct live_operation *oldest = NULL, *youngest = NULL;

    for (struct live_operation *live = e->operations; live; live = live->hh.next) {
        if (strcmp(live->record.kind, machine->kind) != 0 || !records_find_running(e, live->record.id))
            continue;
        oldest = !oldest || is_younger(oldest, live) ? live : oldest;
        youngest = !youngest || is_younger(live, youngest) ? live : youngest;
    }
    *ret_surplus = youngest == oldest ? NULL : youngest;
    return oldest;
}

static void end(struct engine *e, struct live_operation *surplus, const struct live_operation *stays)
{
    struct arena *arena = arena_create();
    struct outcome out;
    struct batch b;

    outcome_init(&out, arena, surplus->record.id, surplus->record.outside_id);
    outcome_end(&out, "done", "done", "%s does the same: its record could not be read when this one began",
                stays->record.id);
    batch_init(&b, e, arena, NULL);
    apply(&b, &out, surplus, NULL);
    batch_commit(&b);
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

/* Begins it where it is wanted. False: nothing is written, it is not. */
static bool begin(struct engine *e, const struct machine *machine, const char *mark)
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
    if (!out.begins && strcmp(e->marked, mark) != 0) {
        arena_destroy(arena);
        return false;
    }
    batch_init(&b, e, arena, NULL);
    b.mark = arena_strdup(arena, mark);
    if (out.begins)
        apply(&b, &out, NULL, &asker);
    batch_commit(&b);
    return true;
}

const struct operation *engine_standing(const struct engine *engine, const char *kind)
{
    const struct machine *const *machine = engine->config.machines;
    const struct live_operation *live;
    struct live_operation *ignored;

    while (*machine && strcmp((*machine)->kind, kind) != 0)
        machine++;
    live = *machine && engine->phase == ENGINE_OWNER ? find_at_work(engine, *machine, &ignored) : NULL;
    return live ? &live->record : NULL;
}

/* It crashed whoever began it, again and again: opsgate goes on without. */
static void leave_out(struct engine *e, const struct machine *machine)
{
    engine_logf(e, ENGINE_LOG_WARN, "standing.left_out",
                "%s: beginning it crashed opsgate too often: it is not at work", machine->kind);
}

/* True: something is on its way for it, or it waits for its mark. False: nothing is to be done for it. */
static bool see_to(struct engine *e, const struct machine *machine)
{
    char mark[80];
    struct live_operation *surplus;
    const struct live_operation *live = find_at_work(e, machine, &surplus);

    if (surplus) {
        end(e, surplus, live);
        return true; /* and there may be more */
    }
    snprintf(mark, sizeof(mark), "stand:%s", machine->kind);
    if (!live && trying_has_killed_enough(e, mark)) {
        leave_out(e, machine);
        e->standing_seen++;
        return false;
    }
    if (!live && !trying_may_decide(e, mark))
        return true;
    e->standing_seen++;
    if (live)
        tell(e, live->record.id);
    else if (!begin(e, machine, mark))
        return false;
    return true;
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
        if (!machine->stand)
            e->standing_seen++;
        else if (see_to(e, machine))
            return true;
    }
    return false;
}
