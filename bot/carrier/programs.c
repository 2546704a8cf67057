#include "bot/carrier/programs.h"

#include "bot/carrier/program_output.h"
#include "bot/carrier/program_runs.h"
#include "bot/model/secrets.h"
#include "bot/log.h"
#include "bot/model/program.h"
#include "bot/shell/child.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STOP_AGAIN_MS 300

struct programs {
    struct programs_options options;
    struct arena *arena;
    struct secrets ever; /* of every configuration so far: a program that runs may hold one that a reload took away */
};

struct program_task {
    struct programs *programs;
    struct arena *arena; /* all of the task; what the pool thread touches is here, and nothing else is */
    const struct row *row;
    const char *directory, *runs; /* this run's; where all are */
    const char *run;
    const char *home;
    bool is_first_try;
    may_send_fn may_send;
    void *may_send_arg;
    bool is_alone; /* the store is ours: no other instance can have tried */
    struct program_start start;
    struct program_look look;
    struct program_question question;
    struct child *child; /* that answers it */
    const char *said, *complaint; /* its last line so far; of stderr */
    struct secrets secrets;
    struct attempt_end end;
    struct loop_work *work;
    program_ended_fn on_end;
    void *arg;
};

/* ---- how a task ends ---- */

static void end_never(struct program_task *task, const char *error)
{
    task->end = (struct attempt_end){ .result = ATTEMPT_NEVER, .error = error };
}

static void end_done(struct program_task *task, cJSON *result)
{
    arena_defer(task->arena, (void (*)(void *))cJSON_Delete, result);
    task->end = (struct attempt_end){ .result = ATTEMPT_DONE, .body = result };
}

/* ---- directories ---- */

static const char *path_in(const struct program_task *task, const char *directory, const char *name)
{
    return arena_printf(task->arena, "%s/%s", directory, name);
}

static bool is_there(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0;
}

/* ---- start ---- */

static void prepare_start(void *arg)
{
    struct program_task *task = arg;

    if (mkdir(task->runs, 0700) != 0 && errno != EEXIST)
        end_never(task, arena_printf(task->arena, "%s: %s", task->runs, strerror(errno)));
    else if (!is_there(task->directory))
        program_runs_sweep(task->runs, PROGRAMS_KEPT - 1, task->arena); /* this one is not among them yet */
}

static const char *variable(const struct program_task *task, const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return arena_printf(task->arena, "%s=%s", name, value && value[0] ? value : otherwise);
}

static const char *const *environment_of(const struct program_task *task, const struct runbook_settings *runbook)
{
    const char **list = NULL;
    size_t count = 0;

    *ARENA_PUSH(task->arena, list, count) =
        variable(task, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    *ARENA_PUSH(task->arena, list, count) = variable(task, "HOME", task->home);
    *ARENA_PUSH(task->arena, list, count) = variable(task, "LANG", "C.UTF-8");
    if (getenv("TZ"))
        *ARENA_PUSH(task->arena, list, count) = variable(task, "TZ", "UTC");
    for (size_t i = 0; runbook && i < runbook->environment_count; i++)
        *ARENA_PUSH(task->arena, list, count) =
            arena_printf(task->arena, "%s=%s", runbook->environment[i].key, runbook->environment[i].value);
    *ARENA_PUSH(task->arena, list, count) = NULL;
    return list;
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
    end_done(task, result);
}

/* A try before this one, of another instance with a data_dir of its own, cannot be looked up from here. It is followed
 * as if it had been one: whoever asks how it gets on is told that nothing is known. */
static bool may_run_elsewhere(const struct program_task *task)
{
    return !task->is_first_try && !task->is_alone && !is_there(task->directory);
}

static void begin(struct program_task *task)
{
    const char *name = task->start.runbook;
    const struct runbook_settings *runbook =
        name ? settings_find_runbook(task->programs->options.settings, name) : NULL;
    const char *shim = task->programs->options.shim;
    struct child_shim_options options = {
        .shim = shim ? shim : "/proc/self/exe",
        .directory = task->directory,
        .argv = argv_of(task),
        .environment = environment_of(task, runbook),
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
    else if (name && !runbook && !is_there(task->directory)) {
        end_never(task, "its runbook is in no configuration any more");
        return;
    } else if (!child_shim_start(task->programs->options.loop, &options, &err)) {
        end_never(task, arena_printf(task->arena, "the program could not be started: %s", err.message));
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

/* ---- look ---- */

static bool read_window(struct program_task *task, int fd, int64_t at, struct str *ret_raw)
{
    char *bytes = arena_alloc(task->arena, PROGRAM_WINDOW_BYTES);
    ssize_t got = pread(fd, bytes, PROGRAM_WINDOW_BYTES, at);

    if (got < 0)
        return false;
    *ret_raw = (struct str){ bytes, (size_t)got };
    return true;
}

/* Enough before the end for a chunk, with a line before it that is not told. */
static int64_t tail_begin(const struct program_task *task, int64_t size)
{
    int64_t begin = size - PROGRAM_WINDOW_BYTES / 4;

    return begin > task->look.from_byte ? begin : task->look.from_byte;
}

static bool read_output(struct program_task *task, struct program_progress *progress)
{
    int fd = open(path_in(task, task->directory, "output"), O_RDONLY | O_CLOEXEC);
    struct program_output output = { .text_max_bytes = PROGRAM_CHUNK_MAX_BYTES, .secrets = &task->secrets };
    struct stat status = { .st_size = 0 };
    int64_t at = task->look.from_byte;
    size_t taken = 0;
    bool is_read;

    progress->to_byte = at;
    if (fd < 0)
        return errno == ENOENT;
    if (fstat(fd, &status) == 0 && task->look.is_tail)
        at = tail_begin(task, status.st_size);
    is_read = read_window(task, fd, at, &output.raw);
    close(fd);
    if (!is_read)
        return false;
    output.begins_anywhere = at != task->look.from_byte;
    output.is_end = progress->has_ended && at + (int64_t)output.raw.len >= status.st_size;
    output.is_cut = progress->dropped_bytes > 0 || progress->is_lost;
    if (task->look.is_tail) {
        progress->output = program_output_tail(&output, task->arena);
        taken = output.raw.len;
    } else {
        progress->output = program_output_take(&output, task->arena, &taken);
    }
    progress->to_byte = at + (int64_t)taken;
    progress->is_all = output.is_end && progress->to_byte >= status.st_size;
    return true;
}

static void look_now(void *arg)
{
    struct program_task *task = arg;
    struct child_result result = { .ending = CHILD_EXITED };
    struct program_progress progress = { .has_ended =
                                             is_there(task->directory) && child_shim_look(task->directory, &result) };

    if (!is_there(task->directory)) {
        progress.is_elsewhere = true;
        end_done(task, shape_to_json(&program_progress_shape, &progress, SHAPE_WHOLE));
        return;
    }
    if (progress.has_ended && result.ending == CHILD_NEVER_STARTED) {
        end_never(task, "it was never started: its shim ended before it could be");
        return;
    }
    progress.exit_status = result.status;
    progress.signal = result.signal;
    progress.is_timed_out = result.was_timed_out;
    progress.is_lost = result.ending == CHILD_LOST;
    progress.dropped_bytes = result.dropped_bytes;
    if (!read_output(task, &progress)) {
        task->end = (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "its output cannot be read" };
        return;
    }
    if (progress.output && !progress.output[0])
        progress.output = NULL;
    end_done(task, shape_to_json(&program_progress_shape, &progress, SHAPE_WHOLE));
}

/* ---- stop ---- */

static void stop_now(void *arg)
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
    end_done(task, result);
}

/* ---- ask ---- */

static void release(void *arg);

static void on_line(void *arg, enum child_stream stream, struct str line)
{
    struct program_task *task = arg;
    struct str text = str_trim(line);

    if (text.len > 0)
        *(stream == CHILD_STDOUT ? &task->said : &task->complaint) = arena_copy(task->arena, text);
}

static const char *fit_to_be_shown(struct program_task *task, const char *words)
{
    const struct program_output output = { .raw = str_of(words ? words : ""),
                                           .is_end = true,
                                           .text_max_bytes = PROGRAM_SAID_MAX_BYTES,
                                           .secrets = &task->secrets };
    size_t taken;

    return program_output_take(&output, task->arena, &taken);
}

static const char *why_no_answer(struct program_task *task, const struct child_result *result, const char *said)
{
    const char *complaint = fit_to_be_shown(task, task->complaint);

    if (result->was_timed_out)
        return arena_printf(task->arena, "it did not end in %" PRId64 " s", task->question.timeout_ms / 1000);
    if (result->ending != CHILD_EXITED)
        return arena_printf(task->arena, "it was ended by signal %d", result->signal);
    if (result->status != 0)
        return arena_printf(task->arena, "it ended with %d%s%s", result->status, *complaint ? ": " : "", complaint);
    return *said ? NULL : "it said nothing";
}

static void on_answered(void *arg, const struct child_result *result)
{
    struct program_task *task = arg;
    const char *said = fit_to_be_shown(task, task->said), *why = why_no_answer(task, result, said);
    cJSON *json = json_object();

    json_set_string(json, "said", said);
    end_done(task, json);
    if (why)
        end_never(task, why);
    task->child = NULL;
    task->on_end(task->arg, &task->end);
    release(task);
}

static void begin_to_ask(struct program_task *task)
{
    const char **argv = arena_alloc(task->arena, (task->question.argv_count + 1) * sizeof(*argv));
    struct child_options options = { .argv = argv,
                                     .environment = environment_of(task, NULL),
                                     .directory = task->home,
                                     .output_max_bytes = PROGRAM_WINDOW_BYTES,
                                     .timeout_ms = task->question.timeout_ms,
                                     .kill_after_ms = 1000,
                                     .on_line = on_line,
                                     .on_exit = on_answered,
                                     .arg = task };
    struct error err;

    memcpy(argv, task->question.argv, task->question.argv_count * sizeof(*argv));
    task->child = child_start(task->programs->options.loop, &options, &err);
    if (!task->child)
        end_never(task, arena_printf(task->arena, "it could not be started: %s", err.message));
}

/* ---- what there is to do ---- */

static bool read_start(struct program_task *task, const cJSON *args, struct error *err)
{
    const char *wrong;

    if (!shape_from_json(&program_start_shape, args, task->arena, &task->start, err))
        return false;
    wrong = check_start(task);
    return !wrong || error_set(err, ERR_INVALID, "%s", wrong);
}

static bool read_look(struct program_task *task, const cJSON *args, struct error *err)
{
    if (!shape_from_json(&program_look_shape, args, task->arena, &task->look, err))
        return false;
    task->run = task->look.run;
    return (program_runs_is_name(task->run) && task->look.from_byte >= 0) ||
           error_set(err, ERR_INVALID, "it names no run");
}

static bool read_question(struct program_task *task, const cJSON *args, struct error *err)
{
    if (!shape_from_json(&program_question_shape, args, task->arena, &task->question, err))
        return false;
    return (task->question.argv_count > 0 && task->question.argv[0][0] && task->question.timeout_ms > 0) ||
           error_set(err, ERR_INVALID, "it names no program");
}

static void do_nothing(void *arg)
{
    (void)arg;
}

static const struct row {
    const char *kind;
    bool (*read)(struct program_task *task, const cJSON *args, struct error *err);
    loop_fn on_pool;
    void (*on_loop)(struct program_task *task); /* after it, unless that has ended the task; or NULL */
} rows[] = {
    { EFFECT_PROGRAM, read_start, prepare_start, begin },
    { EFFECT_PROGRAM_STOP, read_look, stop_now, NULL },
    { READING_PROGRAM, read_look, look_now, NULL },
    { READING_PROGRAM_SAYS, read_question, do_nothing, begin_to_ask },
};

static const struct row *find_row(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].kind, kind) == 0)
            return &rows[i];
    return NULL;
}

bool programs_carry(const char *kind)
{
    return find_row(kind) != NULL;
}

/* ---- tasks ---- */

static void release(void *arg)
{
    struct program_task *task = arg;

    if (task->child) /* it is still asked: on_answered, or a cancel */
        return;
    arena_destroy(task->arena);
    free(task);
}

static void on_pool_done(void *arg)
{
    struct program_task *task = arg;

    task->work = NULL;
    if (!task->end.error && !task->end.body && task->row->on_loop)
        task->row->on_loop(task);
    if (!task->child)
        task->on_end(task->arg, &task->end);
}

static void add_secret(void *arg, const char *secret)
{
    secrets_add(arg, secret);
}

static void gather_secrets(struct program_task *task)
{
    const struct credential_source *credentials = task->programs->options.credentials;

    task->secrets.arena = task->arena;
    secrets_add_settings(&task->secrets, task->programs->options.settings);
    for (size_t i = 0; i < task->programs->ever.count; i++)
        secrets_add(&task->secrets, task->programs->ever.texts[i].at);
    if (credentials && credentials->tell)
        credentials->tell(credentials->ctx, add_secret, &task->secrets);
}

struct program_task *programs_start(struct programs *programs, const struct program_job *job, program_ended_fn on_end,
                                    void *arg)
{
    const struct settings *settings = programs->options.settings;
    struct program_task *task = xcalloc(1, sizeof(*task));
    struct error err;
    bool is_read;

    *task = (struct program_task){
        .programs = programs,
        .arena = arena_create(),
        .row = find_row(job->kind),
        .is_first_try = job->is_first_try,
        .may_send = job->may_send,
        .may_send_arg = job->may_send_arg,
        .is_alone = strcmp(settings->store.url, "embedded") == 0,
        .on_end = on_end,
        .arg = arg,
    };
    task->run = arena_strdup(task->arena, job->effect_id);
    is_read = task->row->read(task, job->args, &err);
    task->home = arena_strdup(task->arena, settings->data_dir);
    task->runs = path_in(task, settings->data_dir, "runs");
    task->directory = path_in(task, task->runs, task->run ? task->run : "");
    if (!is_read)
        end_never(task, arena_strdup(task->arena, err.message));
    else if (task->row->on_pool == look_now || task->row->on_loop == begin_to_ask)
        gather_secrets(task);
    task->work =
        loop_work_start(programs->options.loop, is_read ? task->row->on_pool : do_nothing, on_pool_done, release, task);
    return task;
}

void program_task_cancel(struct program_task *task)
{
    if (task && task->child) {
        child_cancel(TAKE(task->child));
        release(task);
    } else if (task) {
        loop_work_cancel(TAKE(task->work));
    }
}

struct programs *programs_create(const struct programs_options *options)
{
    struct programs *programs = xcalloc(1, sizeof(*programs));

    programs->options = *options;
    programs->arena = programs->ever.arena = arena_create();
    secrets_add_settings(&programs->ever, options->settings);
    return programs;
}

void programs_reconfigure(struct programs *programs, const struct settings *settings)
{
    programs->options.settings = settings;
    secrets_add_settings(&programs->ever, settings);
}

void programs_destroy(struct programs *programs)
{
    arena_destroy(programs->arena);
    free(programs);
}
