#include "bot/shell/embedded.h"

#include "bot/shell/child.h"
#include "bot/shell/lock_file.h"
#include "bot/shell/redis.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define TICK_MS 20          /* while something is awaited */
#define ADOPTED_TICK_MS 250 /* how soon the death of one that is not our child is seen */
#define HOLDERS_MAX 8       /* redis-server, and a child of its own that rewrites its file */
#define LOG_MAX_BYTES INT64_C(1048576)
#define STORY_BYTES 1024

enum phase {
    PHASE_ADOPTING,        /* the lock is taken: does its holder answer? */
    PHASE_STOPPING_ORPHAN, /* it does not */
    PHASE_STARTING,
    PHASE_READY,
    PHASE_STOPPING,
    PHASE_OVER, /* stopped, died, or never came */
};

struct embedded {
    struct embedded_options options; /* its pointers to text are ours */
    char *directory, *own_lock_path, *redis_lock_path, *log_path;
    char url[EMBEDDED_URL_MAX];
    int own_lock;
    enum phase phase;
    struct child *child; /* NULL when adopted, or ended */
    pid_t pid;
    struct redis *redis;
    struct loop_timer *tick;
    int64_t until_ms; /* of the phase, or of the present way of stopping */
    size_t stop_step;
    loop_fn on_stopped;
    void *stopped_arg;
};

static void on_tick(void *arg);

/* --- paths ---------------------------------------------------------------------------------------------------------
 */

static char *path_of(const char *directory, const char *name)
{
    AUTO_BUF struct buf path = BUF(PATH_MAX);

    buf_addf(&path, "%s/%s", directory, name);
    return buf_take(&path);
}

/* A socket's path holds 107 bytes. A longer one is reached through a descriptor of its directory, which stays open for
 * the life of the process: the url is handed to whoever connects, now or later. */
static bool write_url(const char *directory, char *ret_url, size_t room, struct error *err)
{
    AUTO_FREE char *path = path_of(directory, "redis.sock");
    int fd;

    if (strlen(path) <= REDIS_PATH_MAX && !strchr(path, '?')) {
        snprintf(ret_url, room, "unix://%s", path);
        return true;
    }
    fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "%s", directory);
    snprintf(ret_url, room, "unix:///proc/self/fd/%d/redis.sock", fd);
    return true;
}

static const struct {
    int64_t magic;
    const char *name, *why;
} forgetful[] = {
    { OVERLAYFS_SUPER_MAGIC, "overlay", "is thrown away with the container" },
    { TMPFS_MAGIC, "tmpfs", "is memory: a reboot empties it" },
    { RAMFS_MAGIC, "ramfs", "is memory: a reboot empties it" },
};

static bool check_file_system(const char *data_dir, bool is_ephemeral_accepted, struct error *err)
{
    struct statfs about;

    if (statfs(data_dir, &about) != 0)
        return error_errno(err, "data_dir %s", data_dir);
    for (size_t i = 0; i < ARRAY_LEN(forgetful) && !is_ephemeral_accepted; i++)
        if ((int64_t)about.f_type == forgetful[i].magic)
            return error_set(err, ERR_INVALID,
                             "data_dir %s is on %s, which %s: mount a volume there, or set store.ephemeral: accepted",
                             data_dir, forgetful[i].name, forgetful[i].why);
    return true;
}

static bool make_directory(const char *directory, struct error *err)
{
    struct stat about;

    if (mkdir(directory, 0700) == 0)
        return true;
    if (lstat(directory, &about) != 0)
        return error_errno(err, "%s", directory);
    if (!S_ISDIR(about.st_mode))
        return error_set(err, ERR_INVALID, "%s is no directory", directory);
    if (about.st_uid != geteuid())
        return error_set(err, ERR_DENIED, "%s belongs to another user", directory);
    return chmod(directory, 0700) == 0 || error_errno(err, "%s", directory);
}

/* --- what it said last ---------------------------------------------------------------------------------------------
 */

static char *read_tail(const char *path)
{
    char *tail = xcalloc(1, STORY_BYTES + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    off_t from = end > STORY_BYTES ? end - STORY_BYTES : 0;

    if (end > 0 && pread(fd, tail, STORY_BYTES, from) < 0)
        tail[0] = '\0';
    if (fd >= 0)
        close(fd);
    return tail;
}

/* Its last lines, as many as fit into `room` bytes, joined by " | "; of the very last one at least the beginning. */
static void read_last_lines(const char *path, char *ret_text, size_t room)
{
    AUTO_FREE char *tail = read_tail(path);
    struct str rest = str_trim(str_of(tail));
    size_t len = 0;

    snprintf(ret_text, room, "%s", "it said nothing");
    while (!str_is_empty(rest)) {
        const char *end = memrchr(rest.at, '\n', rest.len);
        size_t before = end ? (size_t)(end + 1 - rest.at) : 0;
        struct str line = str_trim((struct str){ rest.at + before, rest.len - before });
        AUTO_FREE char *later = len > 0 ? xstrdup(ret_text) : NULL;

        if (later && len + line.len + strlen(" | ") >= room)
            break;
        snprintf(ret_text, room, STR_FMT "%s%s", STR_ARG(line), later ? " | " : "", later ? later : "");
        len = strlen(ret_text);
        rest = str_trim((struct str){ rest.at, before });
    }
}

static void rotate_log(struct embedded *embedded)
{
    AUTO_FREE char *old = path_of(embedded->directory, "redis.log.old");
    struct stat about;

    if (stat(embedded->log_path, &about) == 0 && about.st_size > LOG_MAX_BYTES)
        rename(embedded->log_path, old); /* if not, it grows on */
}

/* --- phases --------------------------------------------------------------------------------------------------------
 */

static int64_t now_ms(const struct embedded *embedded)
{
    return loop_now_ms(embedded->options.loop);
}

static void tick_after(struct embedded *embedded, int64_t after_ms)
{
    loop_timer_cancel(embedded->tick);
    embedded->tick = loop_timer_start(embedded->options.loop, after_ms, on_tick, embedded);
}

static void enter_phase(struct embedded *embedded, enum phase phase, int64_t limit_ms)
{
    embedded->phase = phase;
    embedded->until_ms = now_ms(embedded) + limit_ms;
    tick_after(embedded, TICK_MS);
}

static void be_over(struct embedded *embedded)
{
    embedded->phase = PHASE_OVER;
    embedded->pid = 0;
    loop_timer_cancel(embedded->tick);
    embedded->tick = NULL;
    redis_destroy(embedded->redis);
    embedded->redis = NULL;
}

static void signal_holders(const struct embedded *embedded, int number)
{
    pid_t pids[HOLDERS_MAX];
    size_t count = lock_file_holders(embedded->redis_lock_path, pids, ARRAY_LEN(pids));

    for (size_t i = 0; i < count; i++)
        kill(pids[i], number);
}

/* The last that we do: the owner may destroy us. */
static void fail(struct embedded *embedded, const struct error *err)
{
    be_over(embedded);
    signal_holders(embedded, SIGTERM);
    embedded->options.on_ready(embedded->options.arg, false, err);
}

static void be_ready(struct embedded *embedded, pid_t pid)
{
    bool was_adopted = embedded->child == NULL;

    embedded->phase = PHASE_READY;
    embedded->pid = pid;
    loop_timer_cancel(embedded->tick);
    embedded->tick = NULL;
    if (was_adopted)
        tick_after(embedded, ADOPTED_TICK_MS);
    embedded->options.on_ready(embedded->options.arg, was_adopted, NULL);
}

static void die(struct embedded *embedded, const char *how)
{
    char lines[STORY_BYTES], story[STORY_BYTES + 128];

    be_over(embedded);
    read_last_lines(embedded->log_path, lines, sizeof(lines));
    snprintf(story, sizeof(story), "the embedded redis-server %s: %s", how, lines);
    embedded->options.on_died(embedded->options.arg, story);
}

/* --- is it the right one that answers? -----------------------------------------------------------------------------
 */

static bool is_ours(const struct embedded *embedded, pid_t pid)
{
    pid_t pids[HOLDERS_MAX];
    size_t count;

    if (embedded->child)
        return child_pid(embedded->child) == pid;
    count = lock_file_holders(embedded->redis_lock_path, pids, ARRAY_LEN(pids));
    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid)
            return true;
    return false;
}

static pid_t process_id(const redisReply *reply)
{
    struct str info = { reply->str, reply->type == REDIS_REPLY_STRING ? (size_t)reply->len : 0 };
    struct error err;
    int64_t pid = 0;

    while (info.len > 0) {
        struct str line = str_trim(str_take_until(&info, '\n'));

        if (str_take_prefix(&line, "process_id:"))
            parse_int(line, 1, INT32_MAX, &pid, &err);
    }
    return (pid_t)pid;
}

static void on_memory_set(void *arg, const struct redis_answer *answer)
{
    (void)arg, (void)answer; /* an adopted one may have been started with another limit; the probe tells what holds */
}

static void set_memory(struct embedded *embedded)
{
    struct redis_command command = REDIS_COMMAND();

    redis_command_words(&command, "CONFIG SET maxmemory");
    redis_command_int(&command, embedded->options.maxmemory_bytes);
    redis_send(embedded->redis, &command, 0, on_memory_set, NULL);
}

static void on_info(void *arg, const struct redis_answer *answer)
{
    struct embedded *embedded = arg;
    pid_t pid = answer->outcome == REDIS_REPLIED ? process_id(answer->reply) : 0;
    bool is_awaited = embedded->phase == PHASE_ADOPTING || embedded->phase == PHASE_STARTING;

    if (!is_awaited || pid == 0 || !is_ours(embedded, pid))
        return; /* the phase's limit decides */
    if (!embedded->child)
        set_memory(embedded);
    be_ready(embedded, pid);
}

static void on_state(void *arg, bool is_up, const char *why)
{
    struct embedded *embedded = arg;
    struct redis_command command = REDIS_COMMAND();

    (void)why;
    if (!is_up || embedded->phase == PHASE_READY)
        return;
    redis_command_words(&command, "INFO server");
    redis_send(embedded->redis, &command, 0, on_info, embedded);
}

static bool connect_to_it(struct embedded *embedded, struct error *err)
{
    struct redis_address address;
    struct redis_options options = { .loop = embedded->options.loop,
                                     .address = &address,
                                     .client_name = "opsgate-embedded",
                                     .on_state = on_state,
                                     .arg = embedded };

    if (embedded->redis)
        return true;
    if (!redis_address_parse(embedded->url, &address, err))
        return false;
    embedded->redis = redis_create(&options);
    return true;
}

/* --- starting ------------------------------------------------------------------------------------------------------
 */

static void on_exit_of_child(void *arg, const struct child_result *result)
{
    struct embedded *embedded = arg;
    char how[64], lines[200];
    struct error err;

    embedded->child = NULL;
    snprintf(how, sizeof(how), result->ending == CHILD_SIGNALLED ? "was killed by signal %d" : "exited with status %d",
             result->ending == CHILD_SIGNALLED ? result->signal : result->status);
    if (embedded->phase == PHASE_READY) {
        die(embedded, how);
    } else if (embedded->phase == PHASE_STARTING) {
        read_last_lines(embedded->log_path, lines, sizeof(lines));
        error_set(&err, ERR_UNAVAILABLE, "the embedded redis-server %s: %s", how, lines);
        fail(embedded, &err);
    }
}

/* The lock that we hold goes over to the child; ours is closed, so that it is the child's alone. */
static bool spawn(struct embedded *embedded, int lock, struct error *err)
{
    char maxmemory[24];
    const char *argv[] = {
        embedded->options.redis_server,
        "--port",
        "0",
        "--unixsocket",
        "redis.sock", /* relative: a path of any length will do */
        "--unixsocketperm",
        "700",
        "--daemonize",
        "no",
        "--databases",
        "1",
        "--maxclients",
        "256",
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
        "--no-appendfsync-on-rewrite",
        "no",
        "--auto-aof-rewrite-percentage",
        "100",
        "--auto-aof-rewrite-min-size",
        "32mb",
        "--aof-load-truncated",
        "yes",
        "--save",
        "",
        "--maxmemory",
        maxmemory,
        "--maxmemory-policy",
        "noeviction",
        NULL,
    };
    struct child_options options = {
        .argv = argv,
        .directory = embedded->directory,
        .output_path = embedded->log_path,
        .inherit_fd = lock,
        .on_exit = on_exit_of_child,
        .arg = embedded,
    };

    snprintf(maxmemory, sizeof(maxmemory), "%" PRId64, embedded->options.maxmemory_bytes);
    embedded->child = child_start(embedded->options.loop, &options, err);
    close(lock);
    return embedded->child != NULL;
}

static bool start_with(struct embedded *embedded, int lock, struct error *err)
{
    AUTO_FREE char *socket_path = path_of(embedded->directory, "redis.sock");

    unlink(socket_path); /* nobody holds the lock, so nobody listens there */
    rotate_log(embedded);
    if (!spawn(embedded, lock, err) || !connect_to_it(embedded, err))
        return false;
    enter_phase(embedded, PHASE_STARTING, embedded->options.ready_ms);
    return true;
}

static bool start_or_adopt(struct embedded *embedded, struct error *err)
{
    int lock;

    if (lock_file_take(embedded->redis_lock_path, &lock, err))
        return start_with(embedded, lock, err);
    if (err->code != ERR_CONFLICT || !connect_to_it(embedded, err))
        return false;
    enter_phase(embedded, PHASE_ADOPTING, embedded->options.adopt_ms);
    return true;
}

/* --- stopping ------------------------------------------------------------------------------------------------------
 */

static void on_shut_down(void *arg, const struct redis_answer *answer)
{
    struct embedded *embedded = arg;

    if (answer->outcome == REDIS_REFUSED)
        embedded->until_ms = 0; /* it says no: the next way at the next tick */
}

static void stop_by_command(struct embedded *embedded)
{
    struct redis_command command = REDIS_COMMAND();

    redis_command_words(&command, "SHUTDOWN NOSAVE"); /* the append-only file is flushed and fsynced all the same */
    if (embedded->redis && redis_is_up(embedded->redis))
        redis_send(embedded->redis, &command, EMBEDDED_STOP_MS, on_shut_down, embedded);
    else
        embedded->until_ms = 0;
    redis_command_finish(&command);
}

static void stop_by_term(struct embedded *embedded)
{
    signal_holders(embedded, SIGTERM);
}

static void stop_by_kill(struct embedded *embedded)
{
    signal_holders(embedded, SIGKILL);
}

static void (*const stop_steps[])(struct embedded *embedded) = { stop_by_command, stop_by_term, stop_by_kill };

static void next_stop_step(struct embedded *embedded)
{
    embedded->until_ms = now_ms(embedded) + EMBEDDED_STOP_MS;
    if (embedded->stop_step < ARRAY_LEN(stop_steps))
        stop_steps[embedded->stop_step++](embedded);
}

static void begin_to_stop(struct embedded *embedded, enum phase phase)
{
    enter_phase(embedded, phase, EMBEDDED_STOP_MS);
    embedded->stop_step = 0;
    next_stop_step(embedded);
}

static void be_stopped(struct embedded *embedded)
{
    loop_fn on_stopped = embedded->on_stopped;
    void *arg = embedded->stopped_arg;

    be_over(embedded);
    on_stopped(arg);
}

/* --- ticks: what each phase awaits -----------------------------------------------------------------------------------
 */

static bool is_late(const struct embedded *embedded)
{
    return now_ms(embedded) >= embedded->until_ms;
}

static void restart(struct embedded *embedded)
{
    struct error err;

    if (!start_or_adopt(embedded, &err))
        fail(embedded, &err);
}

static void tick_adopting(struct embedded *embedded)
{
    bool is_loading = strstr(redis_trouble(embedded->redis), "LOADING") != NULL;

    if (lock_file_is_free(embedded->redis_lock_path)) {
        restart(embedded);
    } else if (is_late(embedded) && is_loading) {
        enter_phase(embedded, PHASE_ADOPTING, embedded->options.ready_ms);
    } else if (is_late(embedded)) {
        begin_to_stop(embedded, PHASE_STOPPING_ORPHAN);
    } else {
        tick_after(embedded, TICK_MS);
    }
}

static void tick_stopping_orphan(struct embedded *embedded)
{
    struct error err;

    if (lock_file_is_free(embedded->redis_lock_path)) {
        restart(embedded);
        return;
    }
    if (is_late(embedded) && embedded->stop_step == ARRAY_LEN(stop_steps)) {
        error_set(&err, ERR_UNAVAILABLE, "%s is held by a process that cannot be stopped", embedded->redis_lock_path);
        fail(embedded, &err);
        return;
    }
    if (is_late(embedded))
        next_stop_step(embedded);
    tick_after(embedded, TICK_MS);
}

static void tick_starting(struct embedded *embedded)
{
    struct error err;

    if (!is_late(embedded)) {
        tick_after(embedded, TICK_MS);
        return;
    }
    error_set(&err, ERR_UNAVAILABLE, "the embedded redis-server is not ready in time: %s",
              redis_trouble(embedded->redis));
    fail(embedded, &err);
}

static void tick_ready(struct embedded *embedded)
{
    if (lock_file_is_free(embedded->redis_lock_path))
        die(embedded, "that we had adopted ended");
    else
        tick_after(embedded, ADOPTED_TICK_MS);
}

static void tick_stopping(struct embedded *embedded)
{
    if (!embedded->child && lock_file_is_free(embedded->redis_lock_path)) {
        be_stopped(embedded);
        return;
    }
    if (is_late(embedded))
        next_stop_step(embedded);
    tick_after(embedded, TICK_MS);
}

static void (*const ticks[])(struct embedded *embedded) = {
    [PHASE_ADOPTING] = tick_adopting, [PHASE_STOPPING_ORPHAN] = tick_stopping_orphan,
    [PHASE_STARTING] = tick_starting, [PHASE_READY] = tick_ready,
    [PHASE_STOPPING] = tick_stopping,
};

static void on_tick(void *arg)
{
    struct embedded *embedded = arg;

    embedded->tick = NULL;
    ticks[embedded->phase](embedded);
}

/* --- what the header promises --------------------------------------------------------------------------------------
 */

static void set_defaults(struct embedded_options *options)
{
    options->redis_server = xstrdup(options->redis_server ? options->redis_server : "redis-server");
    options->data_dir = realpath(options->data_dir, NULL);
    if (!options->maxmemory_bytes)
        options->maxmemory_bytes = EMBEDDED_MEMORY_BYTES;
    if (!options->ready_ms)
        options->ready_ms = EMBEDDED_READY_MS;
    if (!options->adopt_ms)
        options->adopt_ms = EMBEDDED_ADOPT_MS;
}

static bool take_data_dir(struct embedded *embedded, struct error *err)
{
    const char *data_dir = embedded->options.data_dir;

    if (!check_file_system(data_dir, embedded->options.is_ephemeral_accepted, err))
        return false;
    embedded->directory = path_of(data_dir, "redis");
    embedded->own_lock_path = path_of(data_dir, "opsgate.lock");
    embedded->redis_lock_path = path_of(data_dir, "redis.lock");
    embedded->log_path = path_of(embedded->directory, "redis.log");
    if (!lock_file_take(embedded->own_lock_path, &embedded->own_lock, err)) {
        if (err->code == ERR_CONFLICT)
            error_set(err, ERR_CONFLICT, "another opsgate runs on data_dir %s", data_dir);
        return false;
    }
    return make_directory(embedded->directory, err) &&
           write_url(embedded->directory, embedded->url, sizeof(embedded->url), err);
}

struct embedded *embedded_start(const struct embedded_options *options, struct error *err)
{
    AUTO(embedded) struct embedded *embedded = xcalloc(1, sizeof(*embedded));

    embedded->own_lock = -1;
    embedded->options = *options;
    set_defaults(&embedded->options);
    if (!embedded->options.data_dir) {
        error_errno(err, "data_dir %s", options->data_dir);
        return NULL;
    }
    if (!take_data_dir(embedded, err) || !start_or_adopt(embedded, err))
        return NULL;
    return TAKE(embedded);
}

const char *embedded_url(const struct embedded *embedded)
{
    return embedded->url;
}

pid_t embedded_pid(const struct embedded *embedded)
{
    return embedded->pid;
}

void embedded_stop(struct embedded *embedded, loop_fn on_stopped, void *arg)
{
    embedded->on_stopped = on_stopped;
    embedded->stopped_arg = arg;
    begin_to_stop(embedded, PHASE_STOPPING);
}

void embedded_destroy(struct embedded *embedded)
{
    if (!embedded)
        return;
    loop_timer_cancel(embedded->tick);
    redis_destroy(embedded->redis);
    child_forget(embedded->child);
    if (embedded->own_lock >= 0)
        close(embedded->own_lock);
    free((void *)embedded->options.redis_server);
    free((void *)embedded->options.data_dir);
    free(embedded->directory);
    free(embedded->own_lock_path);
    free(embedded->redis_lock_path);
    free(embedded->log_path);
    free(embedded);
}

bool embedded_url_of(const char *data_dir, char *ret_url, size_t room, struct error *err)
{
    AUTO_FREE char *whole = realpath(data_dir, NULL);
    AUTO_FREE char *directory = NULL;

    if (!whole)
        return error_errno(err, "data_dir %s", data_dir);
    directory = path_of(whole, "redis");
    return write_url(directory, ret_url, room, err);
}
