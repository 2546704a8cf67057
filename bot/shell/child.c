#include "bot/shell/child.h"

#include "bot/base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <unistd.h>

#define KILL_AFTER_MS 5000
#define OUTPUT_MAX_BYTES 1048576
#define OUTPUT_GRACE_MS 200 /* after its end, for what is still in the pipes; its own children may hold them open */
#define LINE_MAX_BYTES 65536
#define FIRST_FREE_FD 3

static const char *const clean_environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                                 "LANG=C.UTF-8", NULL };

struct outlet {
    uv_pipe_t pipe;
    struct child *child;
    enum child_stream stream;
    struct buf line; /* begun and not yet ended */
    bool is_open;    /* until its end is read */
    char chunk[16384];
};

struct child {
    uv_process_t process;
    struct outlet outlets[2];
    struct loop *loop;
    struct child_options options; /* without what was only borrowed for the start */
    struct loop_timer *timeout, *kill, *grace;
    struct child_result result;
    size_t output_bytes;
    pid_t pid;
    bool has_exited, is_silent;
    unsigned handles; /* libuv has not let go of yet */
};

/* --- the end -------------------------------------------------------------------------------------------------------
 */

static void on_handle_closed(uv_handle_t *handle)
{
    struct child *child = handle->data;

    if (--child->handles == 0)
        free(child);
}

static void close_handle(struct child *child, uv_handle_t *handle)
{
    handle->data = child;
    uv_close(handle, on_handle_closed);
}

static void stop_timers(struct child *child)
{
    loop_timer_cancel(TAKE(child->timeout));
    loop_timer_cancel(TAKE(child->kill));
    loop_timer_cancel(TAKE(child->grace));
}

static void close_outlets(struct child *child)
{
    for (size_t i = 0; i < ARRAY_LEN(child->outlets); i++) {
        struct outlet *outlet = &child->outlets[i];

        buf_finish(&outlet->line);
        if (outlet->child)
            close_handle(child, (uv_handle_t *)&outlet->pipe);
        outlet->child = NULL;
        outlet->is_open = false;
    }
}

static void release(struct child *child)
{
    stop_timers(child);
    close_outlets(child);
    close_handle(child, (uv_handle_t *)&child->process);
}

static void tell_line(struct outlet *outlet)
{
    struct child *child = outlet->child;

    child->options.on_line(child->options.arg, outlet->stream, buf_str(&outlet->line));
    buf_clear(&outlet->line);
}

static void tell_rest(struct child *child)
{
    for (size_t i = 0; i < ARRAY_LEN(child->outlets); i++)
        if (child->outlets[i].line.len > 0 && !child->is_silent)
            tell_line(&child->outlets[i]);
}

static void end(struct child *child)
{
    struct child_result result;
    struct child_options options = child->options;

    tell_rest(child);
    if (child->is_silent) /* the last line led to a cancel, which let go already */
        return;
    result = child->result;
    release(child);
    if (options.on_exit)
        options.on_exit(options.arg, &result);
}

static bool has_open_outlet(const struct child *child)
{
    return child->outlets[0].is_open || child->outlets[1].is_open;
}

static void on_grace_over(void *arg)
{
    struct child *child = arg;

    child->grace = NULL;
    end(child);
}

static void end_when_over(struct child *child)
{
    if (!child->has_exited)
        return;
    if (!has_open_outlet(child))
        end(child);
    else if (!child->grace)
        child->grace = loop_timer_start(child->loop, OUTPUT_GRACE_MS, on_grace_over, child);
}

static void on_process_exit(uv_process_t *process, int64_t status, int number)
{
    struct child *child = CONTAINER_OF(process, struct child, process);

    child->has_exited = true;
    child->result.ending = number ? CHILD_SIGNALLED : CHILD_EXITED;
    child->result.status = (int)status;
    child->result.signal = number;
    stop_timers(child);
    if (child->is_silent)
        release(child);
    else
        end_when_over(child);
}

/* --- stopping ------------------------------------------------------------------------------------------------------
 */

static void signal_group(const struct child *child, int number)
{
    if (!child->has_exited) /* until then the number cannot belong to anybody else */
        kill(-child->pid, number);
}

static void on_kill(void *arg)
{
    struct child *child = arg;

    child->kill = NULL;
    signal_group(child, SIGKILL);
}

void child_stop(struct child *child)
{
    if (child->has_exited || child->kill)
        return;
    signal_group(child, SIGTERM);
    child->kill = loop_timer_start(child->loop, child->options.kill_after_ms, on_kill, child);
}

static void on_timeout(void *arg)
{
    struct child *child = arg;

    child->timeout = NULL;
    child->result.was_timed_out = true;
    child_stop(child);
}

void child_cancel(struct child *child)
{
    if (!child || child->is_silent)
        return;
    child->is_silent = true;
    if (child->has_exited) {
        release(child);
        return;
    }
    signal_group(child, SIGKILL);
    stop_timers(child);
    close_outlets(child); /* the process itself is waited for: on_process_exit lets go */
}

void child_forget(struct child *child)
{
    if (!child || child->is_silent)
        return;
    child->is_silent = true;
    release(child);
}

pid_t child_pid(const struct child *child)
{
    return child->pid;
}

/* --- what it says --------------------------------------------------------------------------------------------------
 */

static void take_byte(struct outlet *outlet, char c)
{
    if (c != '\n')
        buf_putc(&outlet->line, c);
    if (c == '\n' || outlet->line.len == LINE_MAX_BYTES)
        tell_line(outlet);
}

static void take_output(struct outlet *outlet, struct str bytes)
{
    struct child *child = outlet->child;
    size_t room = child->options.output_max_bytes - child->output_bytes;

    if (bytes.len > room) {
        child->result.output_was_cut = true;
        bytes.len = room;
    }
    child->output_bytes += bytes.len;
    for (size_t i = 0; i < bytes.len && !child->is_silent; i++)
        take_byte(outlet, bytes.at[i]);
}

static void give_chunk(uv_handle_t *pipe, size_t suggested, uv_buf_t *ret_chunk)
{
    struct outlet *outlet = CONTAINER_OF(pipe, struct outlet, pipe);

    (void)suggested;
    *ret_chunk = uv_buf_init(outlet->chunk, sizeof(outlet->chunk));
}

static void on_output(uv_stream_t *stream, ssize_t got, const uv_buf_t *chunk)
{
    struct outlet *outlet = CONTAINER_OF(stream, struct outlet, pipe);
    struct child *child = outlet->child;

    if (got > 0) {
        take_output(outlet, (struct str){ chunk->base, (size_t)got });
        return;
    }
    if (got == 0)
        return; /* nothing now */
    uv_read_stop(stream);
    outlet->is_open = false;
    end_when_over(child);
}

/* --- starting ------------------------------------------------------------------------------------------------------
 */

static void close_on_exec(int fd)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Kernels before 5.11, and some sandboxes, have no close_range with this flag. */
static void close_all_on_exec(void)
{
    DIR *directory = opendir("/proc/self/fd");
    struct dirent *entry;

    if (!directory)
        return;
    while ((entry = readdir(directory))) {
        struct error ignored;
        int64_t fd;

        if (parse_int(str_of(entry->d_name), FIRST_FREE_FD, INT32_MAX, &fd, &ignored))
            close_on_exec((int)fd);
    }
    closedir(directory);
}

/* Libraries open sockets without the flag. libuv has no moment between fork and exec to close them in, but marking them
 * all here does the same: this process never execs in place, and libuv takes the mark off what the child shall have. */
static void leave_nothing_open(void)
{
    if (close_range(FIRST_FREE_FD, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        close_all_on_exec();
}

static void open_outlet(struct child *child, size_t index, uv_stdio_container_t *ret_stdio)
{
    struct outlet *outlet = &child->outlets[index];

    uv_pipe_init(loop_uv(child->loop), &outlet->pipe, 0);
    child->handles++;
    outlet->child = child;
    outlet->stream = index == 0 ? CHILD_STDOUT : CHILD_STDERR;
    outlet->line = BUF(LINE_MAX_BYTES);
    ret_stdio->flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
    ret_stdio->data.stream = (uv_stream_t *)&outlet->pipe;
}

static void inherit(int fd, uv_stdio_container_t *ret_stdio)
{
    ret_stdio->flags = UV_INHERIT_FD;
    ret_stdio->data.fd = fd;
}

static void read_outlets(struct child *child)
{
    for (size_t i = 0; i < ARRAY_LEN(child->outlets); i++)
        if (child->outlets[i].child) {
            child->outlets[i].is_open = true;
            uv_read_start((uv_stream_t *)&child->outlets[i].pipe, give_chunk, on_output);
        }
}

static char **as_argv(const char *const *list)
{
    return (char **)(uintptr_t)list; /* libuv and exec promise not to write */
}

static int spawn(struct child *child, const struct child_options *options, int output_fd)
{
    uv_stdio_container_t stdio[4] = { { .flags = UV_IGNORE } };
    uv_process_options_t how = { .exit_cb = on_process_exit,
                                 .file = options->argv[0],
                                 .args = as_argv(options->argv),
                                 .env = as_argv(options->environment ? options->environment : clean_environment),
                                 .cwd = options->directory,
                                 .flags = UV_PROCESS_DETACHED, /* setsid: a session, and so a group, of its own */
                                 .stdio_count = options->inherit_fd > 0 ? 4 : 3,
                                 .stdio = stdio };

    for (size_t i = 0; i < ARRAY_LEN(child->outlets); i++)
        if (output_fd >= 0)
            inherit(output_fd, &stdio[1 + i]);
        else if (options->on_line)
            open_outlet(child, i, &stdio[1 + i]);
    if (options->inherit_fd > 0)
        inherit(options->inherit_fd, &stdio[3]);
    leave_nothing_open();
    child->handles++;
    return uv_spawn(loop_uv(child->loop), &child->process, &how);
}

static struct child_options kept_options(const struct child_options *options)
{
    return (struct child_options){
        .output_max_bytes = options->output_max_bytes ? options->output_max_bytes : OUTPUT_MAX_BYTES,
        .timeout_ms = options->timeout_ms,
        .kill_after_ms = options->kill_after_ms ? options->kill_after_ms : KILL_AFTER_MS,
        .on_line = options->on_line,
        .on_exit = options->on_exit,
        .arg = options->arg,
    };
}

static bool open_output(const char *path, int *ret_fd, struct error *err)
{
    *ret_fd = -1;
    if (!path)
        return true;
    *ret_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return *ret_fd >= 0 || error_errno(err, "%s", path);
}

struct child *child_start(struct loop *loop, const struct child_options *options, struct error *err)
{
    struct child *child;
    int output_fd, rc;

    if (!open_output(options->output_path, &output_fd, err))
        return NULL;
    child = xcalloc(1, sizeof(*child));
    child->loop = loop;
    child->options = kept_options(options);
    rc = spawn(child, options, output_fd);
    if (output_fd >= 0)
        close(output_fd);
    if (rc != 0) {
        release(child);
        error_set(err, rc == UV_ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "%s: %s", options->argv[0], uv_strerror(rc));
        return NULL;
    }
    child->pid = child->process.pid;
    read_outlets(child);
    if (options->timeout_ms > 0)
        child->timeout = loop_timer_start(loop, options->timeout_ms, on_timeout, child);
    return child;
}
