/* program_argv.c - from settings to what a program is started with. */
#include "handlers/deploy/program.h"

#include "handlers/deploy/deploy.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/plan.h"

#include "bot/model/card.h"

#include <string.h>

/* ---- what may stand in an argv ---- */

/* No shell reads it, but a script may hand it on to one. */
static bool check_value(const char *name, const char *value, struct error *err)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@+";

    if (!value || !value[0])
        return error_set(err, ERR_INVALID, "{%s} is empty", name);
    if (value[0] == '-')
        return error_set(err, ERR_INVALID, "{%s} begins with `-`, and a program could take it for an option", name);
    return strspn(value, harmless) == strlen(value) ||
           error_set(err, ERR_INVALID, "{%s} holds other characters than letters, digits and `._-/:@+`", name);
}

struct blank { /* what is filled in */
    const char *name, *value;
};

static bool add_blank(struct buf *out, struct str *rest, const struct blank *blanks, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(blanks[i].name);

        if (rest->len < len + 2 || rest->at[len + 1] != '}' || memcmp(rest->at + 1, blanks[i].name, len) != 0)
            continue;
        if (!check_value(blanks[i].name, blanks[i].value, err))
            return false;
        buf_puts(out, blanks[i].value);
        *rest = (struct str){ rest->at + len + 2, rest->len - len - 2 };
        return true;
    }
    buf_putc(out, *rest->at); /* a brace of its own */
    *rest = (struct str){ rest->at + 1, rest->len - 1 };
    return true;
}

static bool fill(const char *text, const struct blank *blanks, size_t count, struct arena *arena,
                 const char **ret_filled, struct error *err)
{
    AUTO_BUF struct buf out = BUF(16 * 1024);
    struct str rest = str_of(text);

    while (rest.len > 0) {
        if (*rest.at == '{') {
            if (!add_blank(&out, &rest, blanks, count, err))
                return false;
            continue;
        }
        buf_putc(&out, *rest.at);
        rest = (struct str){ rest.at + 1, rest.len - 1 };
    }
    *ret_filled = arena_copy(arena, buf_str(&out));
    return buf_check(&out, err);
}

bool deploy_program_argv(const struct deploy_body *body, const char *operation_id, struct arena *arena,
                         const char ***ret_argv, struct error *err)
{
    const struct blank blanks[] = {
        { "version", body->version },
        { "image", body->image },
        { "commit", body->commit ? body->commit->sha : NULL },
        { "environment", body->environment },
        { "service", body->service },
        { "operation", operation_id },
    };
    const struct deploy_program *program = body->program;
    const char **argv = arena_alloc(arena, (program->argv_count + 1) * sizeof(*argv));

    for (size_t i = 0; i < program->argv_count; i++)
        if (!fill(program->argv[i], blanks, ARRAY_LEN(blanks), arena, &argv[i], err))
            return false;
    *ret_argv = argv;
    return true;
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
