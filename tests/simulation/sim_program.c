#include "tests/simulation/sim_program.h"

#include "bot/model/effect.h"
#include "bot/model/exchange.h"

#include <string.h>

static struct attempt_end never(const char *error)
{
    return (struct attempt_end){ .result = ATTEMPT_NEVER, .error = error };
}

static struct attempt_end done(cJSON *body, struct arena *arena)
{
    arena_defer(arena, (void (*)(void *))cJSON_Delete, body);
    return (struct attempt_end){ .result = ATTEMPT_DONE, .body = body };
}

/* A try before this one may run on another machine, where nobody can look: it is followed as if it did. */
static struct attempt_end start(struct world *world, const struct sim_program *program, struct arena *arena)
{
    bool may_run_elsewhere = !program->is_first_try && !program->is_alone &&
                             !world_program_is_there(world, program->machine, program->effect);
    struct program_start args;
    struct error err;
    cJSON *body;

    if (!shape_from_json(&program_start_shape, program->args, arena, &args, &err))
        return never(arena_strdup(arena, err.message));
    if (!may_run_elsewhere)
        world_program_start(world, program->machine, program->effect, &args);
    body = json_object();
    json_set_string(body, "run", program->effect);
    return done(body, arena);
}

static struct attempt_end look(struct world *world, const struct sim_program *program, struct arena *arena)
{
    struct program_progress progress = { .is_elsewhere = true };
    struct program_look args;
    struct error err;

    if (!shape_from_json(&program_look_shape, program->args, arena, &args, &err))
        return never(arena_strdup(arena, err.message));
    world_program_look(world, program->machine, &args, arena, &progress);
    return done(shape_to_json(&program_progress_shape, &progress, SHAPE_WHOLE), arena);
}

static struct attempt_end stop(struct world *world, const struct sim_program *program, struct arena *arena)
{
    struct program_look args;
    struct error err;
    cJSON *body;

    if (!shape_from_json(&program_look_shape, program->args, arena, &args, &err))
        return never(arena_strdup(arena, err.message));
    body = json_object();
    json_set_bool(body, "stopped", world_program_stop(world, program->machine, args.run));
    return done(body, arena);
}

static const struct {
    const char *kind;
    struct attempt_end (*carry)(struct world *world, const struct sim_program *program, struct arena *arena);
} rows[] = { { EFFECT_PROGRAM, start }, { EFFECT_PROGRAM_STOP, stop }, { READING_PROGRAM, look } };

bool sim_program_carries(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].kind, kind) == 0)
            return true;
    return false;
}

struct attempt_end sim_program_carry(struct world *world, const struct sim_program *program, struct arena *arena)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].kind, program->kind) == 0)
            return rows[i].carry(world, program, arena);
    return never("nothing carries this kind");
}
