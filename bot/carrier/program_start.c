/* program_start.c - a program is started once, under its shim; and stopped. */
#include "bot/carrier/program_runs.h"
#include "bot/carrier/program_task.h"
#include "bot/log.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define STOP_AGAIN_MS 300

void program_prepare_start(void *arg)
{
    struct program_task *task = arg;

    if (mkdir(task->runs, 0700) != 0 && errno != EEXIST)
        program_never(task, arena_printf(task->arena, "%s: %s", task->runs, strerror(errno)));
    else if (!program_is_there(task->directory))
        program_runs_sweep(task->runs, PROGRAMS_KEPT - 1, task->arena); /* this one is not among them yet */
}

static const char *const *argv_of(const struct program_task *task)
{
    const char **argv = arena_alloc(task->arena, (task->start.argv_count + 1) * sizeof(*argv));

    memcpy(argv, task->start.argv, task->start.argv_count * sizeof(*argv));
    return argv;
}

static void end_started(struct program_task *task)
{
    cJSON *result = json_object();

    json_set_string(result, "run", task->run);
    program_done(task, result);
}

/* A try before this one, of another instance with a data_dir of its own, cannot be looked up from here. It is followed
 * as if it had been one: whoever asks how it gets on is told that nothing is known. */
static bool may_run_elsewhere(const struct program_task *task)
{
    return !task->is_first_try && !task->is_alone && !program_is_there(task->directory);
}

void program_begin(struct program_task *task)
{
    const char *name = task->start.runbook;
    const struct runbook_settings *runbook =
        name ? settings_find_runbook(task->programs->options.settings, name) : NULL;
    const char *shim = task->programs->options.shim;
    struct child_shim_options options = {
        .shim = shim ? shim : "/proc/self/exe",
        .directory = task->directory,
        .argv = argv_of(task),
        .environment = program_environment(task, runbook),
        .timeout_ms = task->start.timeout_ms,
        .output_max_bytes = PROGRAM_OUTPUT_MAX_BYTES,
    };
    struct error err;

    if (!task->may_send(task->may_send_arg)) {
        task->end = (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "this instance may not start it any more" };
        return;
    }
    if (may_run_elsewhere(task))
        log_warn("program.elsewhere", LOG_STR("run", task->run));
    else if (name && !runbook && !program_is_there(task->directory)) {
        program_never(task, "its runbook is in no configuration any more");
        return;
    } else if (!child_shim_start(task->programs->options.loop, &options, &err)) {
        program_never(task, arena_printf(task->arena, "the program could not be started: %s", err.message));
        return;
    } else
        log_info("program.started", LOG_STR("run", task->run), LOG_STR("program", task->start.argv[0]));
    end_started(task);
}

static const char *check_start(const struct program_task *task)
{
    if (!program_runs_is_name(task->run))
        return "its effect's id is none that a directory can be named after";
    if (task->start.argv_count == 0 || !task->start.argv[0][0])
        return "it names no program";
    return NULL;
}

bool program_read_start(struct program_task *task, const cJSON *args, struct error *err)
{
    const char *wrong;

    if (!shape_from_json(&program_start_shape, args, task->arena, &task->start, err))
        return false;
    wrong = check_start(task);
    return !wrong || error_set(err, ERR_INVALID, "%s", wrong);
}

/* ---- stop ---- */

void program_stop_now(void *arg)
{
    struct program_task *task = arg;
    cJSON *result;
    struct error err = { .message = "" };
    bool is_stopped = child_shim_stop(task->directory, &err);

    if (!is_stopped && err.code != ERR_NOT_FOUND) {
        task->end = (struct attempt_end){ .result = ATTEMPT_AGAIN,
                                          .error = arena_strdup(task->arena, err.message),
                                          .after_ms = STOP_AGAIN_MS };
        return;
    }
    result = json_object();
    json_set_bool(result, "stopped", is_stopped);
    program_done(task, result);
}
