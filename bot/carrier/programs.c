#include "bot/carrier/programs.h"

#include "bot/carrier/program_task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- how a task ends ---- */

void program_never(struct program_task *task, const char *error)
{
    task->end = (struct attempt_end){ .result = ATTEMPT_NEVER, .error = error };
}

void program_done(struct program_task *task, cJSON *result)
{
    arena_defer(task->arena, (void (*)(void *))cJSON_Delete, result);
    task->end = (struct attempt_end){ .result = ATTEMPT_DONE, .body = result };
}

/* ---- directories ---- */

const char *program_path(const struct program_task *task, const char *directory, const char *name)
{
    return arena_printf(task->arena, "%s/%s", directory, name);
}

bool program_is_there(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0;
}

/* ---- its environment ---- */

static const char *variable(const struct program_task *task, const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return arena_printf(task->arena, "%s=%s", name, value && value[0] ? value : otherwise);
}

const char *const *program_environment(const struct program_task *task, const struct runbook_settings *runbook)
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

/* ---- what there is to do ---- */

static void do_nothing(void *arg)
{
    (void)arg;
}

static const struct program_row {
    const char *kind;
    bool (*read)(struct program_task *task, const cJSON *args, struct error *err);
    loop_fn on_pool;
    void (*on_loop)(struct program_task *task); /* after it, unless that has ended the task; or NULL */
} rows[] = {
    { EFFECT_PROGRAM, program_read_start, program_prepare_start, program_begin },
    { EFFECT_PROGRAM_STOP, program_read_look, program_stop_now, NULL },
    { READING_PROGRAM, program_read_look, program_look_now, NULL },
    { READING_PROGRAM_SAYS, program_read_question, do_nothing, program_ask },
};

static const struct program_row *find_row(const char *kind)
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

void program_task_release(void *arg)
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
    task->runs = program_path(task, settings->data_dir, "runs");
    task->directory = program_path(task, task->runs, task->run ? task->run : "");
    if (!is_read)
        program_never(task, arena_strdup(task->arena, err.message));
    else if (task->row->on_pool == program_look_now || task->row->on_loop == program_ask)
        gather_secrets(task);
    task->work = loop_work_start(programs->options.loop, is_read ? task->row->on_pool : do_nothing, on_pool_done,
                                 program_task_release, task);
    return task;
}

void program_task_cancel(struct program_task *task)
{
    if (task && task->child) {
        child_cancel(TAKE(task->child));
        program_task_release(task);
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
