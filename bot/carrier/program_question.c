/* program_question.c - a program is asked, and its last line is the answer. */
#include "bot/carrier/program_output.h"
#include "bot/carrier/program_task.h"

#include <inttypes.h>
#include <string.h>

bool program_read_question(struct program_task *task, const cJSON *args, struct error *err)
{
    if (!shape_from_json(&program_question_shape, args, task->arena, &task->question, err))
        return false;
    return (task->question.argv_count > 0 && task->question.argv[0][0] && task->question.timeout_ms > 0) ||
           error_set(err, ERR_INVALID, "it names no program");
}

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
    program_done(task, json);
    if (why)
        program_never(task, why);
    task->child = NULL;
    task->on_end(task->arg, &task->end);
    program_task_release(task);
}

void program_ask(struct program_task *task)
{
    const char **argv = arena_alloc(task->arena, (task->question.argv_count + 1) * sizeof(*argv));
    struct child_options options = { .argv = argv,
                                     .environment = program_environment(task, NULL),
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
        program_never(task, arena_printf(task->arena, "it could not be started: %s", err.message));
}
