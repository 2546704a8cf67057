/* program_look.c - how a run gets on: whether it has ended, and its output from where it was read last. */
#include "bot/carrier/program_output.h"
#include "bot/carrier/program_runs.h"
#include "bot/carrier/program_task.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool program_read_look(struct program_task *task, const cJSON *args, struct error *err)
{
    if (!shape_from_json(&program_look_shape, args, task->arena, &task->look, err))
        return false;
    task->run = task->look.run;
    return (program_runs_is_name(task->run) && task->look.from_byte >= 0) ||
           error_set(err, ERR_INVALID, "it names no run");
}

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
    int fd = open(program_path(task, task->directory, "output"), O_RDONLY | O_CLOEXEC);
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

void program_look_now(void *arg)
{
    struct program_task *task = arg;
    struct child_result result = { .ending = CHILD_EXITED };
    struct program_progress progress = { .has_ended = program_is_there(task->directory) &&
                                                      child_shim_look(task->directory, &result) };

    if (!program_is_there(task->directory)) {
        progress.is_elsewhere = true;
        program_done(task, shape_to_json(&program_progress_shape, &progress, SHAPE_WHOLE));
        return;
    }
    if (progress.has_ended && result.ending == CHILD_NEVER_STARTED) {
        program_never(task, "it was never started: its shim ended before it could be");
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
    program_done(task, shape_to_json(&program_progress_shape, &progress, SHAPE_WHOLE));
}
