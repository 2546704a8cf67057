/* program_argv.c - from settings to what a program is started with. */
#include "handlers/deploy/program.h"

#include "handlers/blanks.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/plan.h"

#include <string.h>

bool deploy_program_argv(const struct deploy_body *body, const char *operation_id, struct arena *arena,
                         const char ***ret_argv, struct error *err)
{
    const struct blank blanks[] = {
        { "version", body->version, false },
        { "image", body->image, false },
        { "commit", body->commit ? body->commit->sha : NULL, false },
        { "environment", body->environment, false },
        { "service", body->service, false },
        { "operation", operation_id, false },
    };
    const struct deploy_program *program = body->program;

    return blanks_fill_all(program->argv, program->argv_count, blanks, ARRAY_LEN(blanks), arena, ret_argv, err);
}

/* ---- the plan ---- */

static bool has_blank(const char *const *argv, size_t count, const char *blank)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(argv[i], blank))
            return true;
    return false;
}

bool deploy_program_can_carry_out(const struct place *place, struct error *err)
{
    const struct program_driver *driver = place->environment->driver.program;

    if (strategy_kind(&place->environment->strategy) != STRATEGY_ALL_AT_ONCE)
        return error_set(err, ERR_INVALID,
                         "`%s` is deployed by a program, and opsgate cannot give it traffic step by step. Nothing was "
                         "done: make its strategy all-at-once in the configuration.",
                         place->target);
    return place->service->artifact ||
           !(has_blank(driver->deploy, driver->deploy_count, "{image}") ||
             has_blank(driver->rollback, driver->rollback_count, "{image}")) ||
           error_set(err, ERR_INVALID,
                     "The program of `%s` asks for {image}, and `%s` has no artifact. Nothing was done: name it in the "
                     "configuration, as artifact.image of `%s`.",
                     place->target, place->service->name, place->service->name);
}

const struct deploy_program *deploy_program_of(const struct place *place, bool is_rollback, struct arena *arena)
{
    const struct program_driver *driver = place->environment->driver.program;
    struct deploy_program *program = ARENA_NEW(arena, struct deploy_program);
    bool has_own = is_rollback && driver->rollback_count > 0;

    *program = (struct deploy_program){
        .argv = has_own ? driver->rollback : driver->deploy,
        .argv_count = has_own ? driver->rollback_count : driver->deploy_count,
        .timeout_ms = driver->timeout_ms,
        .repeats = driver->on_crash == ON_CRASH_REPEAT,
    };
    return program;
}
