#include "bot/shell/exec_shim.h"

#include "bot/base/buf.h"
#include "bot/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_MAX_BYTES 1048576
#define OUTPUT_GRACE_MS 200  /* after the program's end, for what is still in the pipe; others may hold it open */
#define NOT_FOUND_STATUS 127 /* as shells do */
#define NEVER_MS INT64_MAX

struct shim {
    /* from the command line */
    bool is_detached;
    int lock_fd; /* 0: not handed over */
    int64_t timeout_ms, output_max_bytes;
    int64_t open_files; /* soft limit of the program; 0: as it is */
    const char *directory;
    char **program;

    int dir_fd, output_fd, pipe_fd, signal_fd;
    pid_t pid;
    int64_t output_bytes, dropped_bytes;
    int64_t stop_at_ms, kill_at_ms, end_at_ms; /* NEVER_MS: not planned */
    bool has_exited, is_output_over, was_timed_out;
    int wait_status;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now); /* the shim is a program of its own, without a clock to be given */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- files ---------------------------------------------------------------------------------------------------------
 */

static bool write_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.at, bytes.len);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes.at += written;
            bytes.len -= (size_t)written;
        }
    }
    return true;
}

/* Whole or not at all, also after a power failure. */
static bool write_file(const struct shim *shim, const char *name, const char *temporary, struct str text)
{
    int fd = openat(shim->dir_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool is_written;

    if (fd < 0)
        return false;
    is_written = write_all(fd, text) && fsync(fd) == 0;
    close(fd);
    return is_written && renameat(shim->dir_fd, temporary, shim->dir_fd, name) == 0 && fsync(shim->dir_fd) == 0;
}

static bool exists(const struct shim *shim, const char *name)
{
    return faccessat(shim->dir_fd, name, F_OK, 0) == 0;
}

static bool write_pid(const struct shim *shim)
{
    AUTO_BUF struct buf text = BUF(32);

    buf_addf(&text, "%d\n", (int)getpid());
    return write_file(shim, "pid", "pid.new", buf_str(&text));
}

static bool write_exit(const struct shim *shim)
{
    AUTO_BUF struct buf text = BUF(96);

    if (WIFSIGNALED(shim->wait_status))
        buf_addf(&text, "signalled %d", WTERMSIG(shim->wait_status));
    else
        buf_addf(&text, "exited %d", WEXITSTATUS(shim->wait_status));
    if (shim->was_timed_out)
        buf_puts(&text, " timed-out");
    if (shim->dropped_bytes > 0)
        buf_addf(&text, " cut %lld", (long long)shim->dropped_bytes);
    buf_putc(&text, '\n');
    return write_file(shim, "exit", "exit.new", buf_str(&text));
}

/* A descriptor that was handed over holds the lock already; flock(2) of it again succeeds. */
static bool take_lock(struct shim *shim)
{
    int fd = shim->lock_fd;

    if (fd == 0)
        fd = openat(shim->dir_fd, "lock", O_RDWR | O_CREAT, 0600);
    return fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* --- the program ---------------------------------------------------------------------------------------------------
 */

/* What opsgate raised for itself: a program that uses select(2) cannot bear it. */
static void give_back_files(int64_t soft)
{
    struct rlimit limit;

    if (soft == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = (rlim_t)soft;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void become_program(const struct shim *shim, int output, pid_t parent)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(NOT_FOUND_STATUS); /* the shim died before it could be said what happens then */
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    give_back_files(shim->open_files);
    execvp(shim->program[0], shim->program);
    dprintf(STDERR_FILENO, "exec-shim: %s: %s\n", shim->program[0], strerror(errno));
    _exit(NOT_FOUND_STATUS);
}

static bool start_program(struct shim *shim)
{
    int ends[2];
    pid_t parent = getpid();

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    shim->pipe_fd = ends[0];
    fcntl(shim->pipe_fd, F_SETFL, O_NONBLOCK);
    shim->pid = fork();
    if (shim->pid == 0)
        become_program(shim, ends[1], parent);
    close(ends[1]);
    if (shim->pid < 0)
        return false;
    setpgid(shim->pid, shim->pid); /* here too: whoever comes first, a signal to the group finds it */
    return true;
}

static void begin_stop(struct shim *shim)
{
    shim->stop_at_ms = NEVER_MS;
    if (shim->kill_at_ms != NEVER_MS || shim->has_exited)
        return;
    kill(-shim->pid, SIGTERM);
    shim->kill_at_ms = now_ms() + EXEC_SHIM_KILL_AFTER_MS;
}

/* --- waiting -------------------------------------------------------------------------------------------------------
 */

static void keep_output(struct shim *shim, struct str bytes)
{
    int64_t room = shim->output_max_bytes - shim->output_bytes;

    if ((int64_t)bytes.len > room) {
        shim->dropped_bytes += (int64_t)bytes.len - room;
        bytes.len = (size_t)room;
    }
    if (!write_all(shim->output_fd, bytes))
        shim->dropped_bytes += (int64_t)bytes.len; /* a full disk must not stop the program */
    shim->output_bytes += (int64_t)bytes.len;
}

static void read_output(struct shim *shim)
{
    char bytes[16384];
    ssize_t got = read(shim->pipe_fd, bytes, sizeof(bytes));

    if (got > 0)
        keep_output(shim, (struct str){ bytes, (size_t)got });
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        shim->is_output_over = true;
}

/* What the program left behind becomes a child of ours, so that a stop can wait for the whole group. */
static void reap(struct shim *shim)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != shim->pid)
            continue;
        shim->has_exited = true;
        shim->wait_status = status;
        shim->end_at_ms = now_ms() + OUTPUT_GRACE_MS;
    }
}

/* While a child of ours is in it, its number cannot belong to anybody else. */
static bool has_group(const struct shim *shim)
{
    siginfo_t info;

    return waitid(P_PGID, (id_t)shim->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static bool is_being_stopped(const struct shim *shim)
{
    return shim->kill_at_ms != NEVER_MS;
}

static bool is_over(const struct shim *shim)
{
    return shim->has_exited && shim->is_output_over && !(is_being_stopped(shim) && has_group(shim));
}

static void read_signal(struct shim *shim)
{
    struct signalfd_siginfo info;

    if (read(shim->signal_fd, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo == SIGCHLD)
        reap(shim);
    else
        begin_stop(shim);
}

static void act_on_time(struct shim *shim)
{
    int64_t now = now_ms();

    if (now >= shim->stop_at_ms && !shim->has_exited) {
        shim->was_timed_out = true;
        begin_stop(shim);
    }
    if (now >= shim->kill_at_ms && has_group(shim)) {
        kill(-shim->pid, SIGKILL);
        shim->kill_at_ms = now + EXEC_SHIM_KILL_AFTER_MS;
    }
    if (now >= shim->end_at_ms) {
        shim->end_at_ms = NEVER_MS;
        shim->is_output_over = true;
    }
}

static int wait_ms(const struct shim *shim)
{
    int64_t next = shim->stop_at_ms;

    if (shim->kill_at_ms < next)
        next = shim->kill_at_ms;
    if (shim->end_at_ms < next)
        next = shim->end_at_ms;
    if (next == NEVER_MS)
        return -1;
    next -= now_ms();
    return next < 0 ? 0 : next > INT32_MAX ? INT32_MAX : (int)next;
}

static void wait_for_program(struct shim *shim)
{
    while (!is_over(shim)) {
        struct pollfd fds[] = {
            { .fd = shim->signal_fd, .events = POLLIN },
            { .fd = shim->is_output_over ? -1 : shim->pipe_fd, .events = POLLIN },
        };

        if (poll(fds, ARRAY_LEN(fds), wait_ms(shim)) < 0 && errno != EINTR)
            return;
        if (fds[0].revents)
            read_signal(shim);
        if (fds[1].revents)
            read_output(shim);
        act_on_time(shim);
    }
}

/* --- command line, and the way through -----------------------------------------------------------------------------
 */

static bool block_signals(struct shim *shim)
{
    sigset_t wanted;

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    shim->signal_fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    return shim->signal_fd >= 0;
}

static bool parse_number(const char *text, int64_t *ret_number)
{
    struct error ignored;

    return parse_int(str_of(text), 0, INT64_C(1) << 40, ret_number, &ignored);
}

static bool parse_option(struct shim *shim, const char *name, const char *value)
{
    int64_t number;

    if (!value || !parse_number(value, &number))
        return false;
    if (strcmp(name, "--timeout-ms") == 0)
        shim->timeout_ms = number;
    else if (strcmp(name, "--output-max-bytes") == 0)
        shim->output_max_bytes = number;
    else if (strcmp(name, "--open-files") == 0)
        shim->open_files = number;
    else if (strcmp(name, "--lock-fd") == 0 && number < INT32_MAX)
        shim->lock_fd = (int)number;
    else
        return false;
    return true;
}

static bool parse_arguments(struct shim *shim, char **arguments)
{
    while (*arguments && strncmp(*arguments, "--", 2) == 0) {
        if (strcmp(*arguments, "--detach") == 0) {
            shim->is_detached = true;
            arguments++;
        } else if (parse_option(shim, arguments[0], arguments[1])) {
            arguments += 2;
        } else {
            return false;
        }
    }
    if (!arguments[0] || !arguments[1] || strcmp(arguments[1], "--") != 0 || !arguments[2])
        return false;
    shim->directory = arguments[0];
    shim->program = arguments + 2;
    return true;
}

static enum exec_shim_status open_directory(struct shim *shim)
{
    shim->dir_fd = open(shim->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (shim->dir_fd < 0)
        return EXEC_SHIM_BROKEN;
    if (!take_lock(shim) || exists(shim, "pid") || exists(shim, "exit"))
        return EXEC_SHIM_TAKEN;
    return EXEC_SHIM_DONE;
}

static enum exec_shim_status run(struct shim *shim)
{
    shim->output_fd = openat(shim->dir_fd, "output", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (shim->output_fd < 0 || !block_signals(shim) || !write_pid(shim) || !start_program(shim))
        return EXEC_SHIM_BROKEN;
    if (shim->timeout_ms > 0)
        shim->stop_at_ms = now_ms() + shim->timeout_ms;
    wait_for_program(shim);
    return write_exit(shim) ? EXEC_SHIM_DONE : EXEC_SHIM_BROKEN;
}

int exec_shim_main(int argc, char **argv)
{
    struct shim shim = {
        .output_max_bytes = OUTPUT_MAX_BYTES, .stop_at_ms = NEVER_MS, .kill_at_ms = NEVER_MS, .end_at_ms = NEVER_MS
    };
    enum exec_shim_status status;

    if (argc < 2 || !parse_arguments(&shim, argv + 2)) {
        fputs("usage: opsgate exec-shim [--detach] [--lock-fd N] [--timeout-ms N] [--output-max-bytes N] "
              "[--open-files N] DIR -- PROGRAM ARGUMENT...\n",
              stderr);
        return EXEC_SHIM_USAGE;
    }
    if (shim.is_detached && fork() != 0)
        return EXEC_SHIM_DONE; /* the lock's descriptor is shared with the child, and stays held there */
    signal(SIGPIPE, SIG_IGN);
    status = open_directory(&shim);
    return (int)(status == EXEC_SHIM_DONE ? run(&shim) : status);
}
