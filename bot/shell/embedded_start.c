#include "bot/shell/aof_mend.h"
#include "bot/shell/embedded_place.h"
#include "bot/shell/embedded_server.h"
#include "bot/shell/lock_file.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* ---- is it the right one that answers? ---- */

static bool is_ours(const struct embedded *embedded, pid_t pid)
{
    pid_t pids[EMBEDDED_HOLDERS_MAX];
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
    bool is_awaited = embedded->phase == EMBEDDED_IS_ADOPTING || embedded->phase == EMBEDDED_IS_STARTING;

    if (!is_awaited || pid == 0 || !is_ours(embedded, pid))
        return; /* the phase's limit decides */
    if (!embedded->child)
        set_memory(embedded);
    embedded_be_ready(embedded, pid);
}

static void on_state(void *arg, bool is_up, const char *why)
{
    struct embedded *embedded = arg;
    struct redis_command command = REDIS_COMMAND();

    (void)why;
    if (!is_up || embedded->phase == EMBEDDED_IS_READY)
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

/* ---- starting ---- */

static void on_exit_of_child(void *arg, const struct child_result *result)
{
    struct embedded *embedded = arg;
    char how[64], lines[200];
    struct error err;

    embedded->child = NULL;
    snprintf(how, sizeof(how), result->ending == CHILD_SIGNALLED ? "was killed by signal %d" : "exited with status %d",
             result->ending == CHILD_SIGNALLED ? result->signal : result->status);
    if (embedded->phase == EMBEDDED_IS_READY) {
        embedded_die(embedded, how);
    } else if (embedded->phase == EMBEDDED_IS_STARTING) {
        embedded_log_last_lines(embedded->log_path, lines, sizeof(lines));
        error_set(&err, ERR_UNAVAILABLE, "the embedded redis-server %s: %s", how, lines);
        embedded_fail(embedded, &err);
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
        "--auto-aof-rewrite-percentage", /* rare: whoever asks while one ends waits for the disk with it */
        "120",
        "--auto-aof-rewrite-min-size", /* read in 150 ms when it starts again */
        "64mb",
        "--aof-load-truncated",
        "yes",
        "--rdbcompression", /* most of what a rewrite computes, on a core that others wait for */
        "no",
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
    AUTO_FREE char *socket_path = embedded_path(embedded->directory, "redis.sock");

    unlink(socket_path); /* nobody holds the lock, so nobody listens there */
    embedded_log_rotate(embedded->directory, embedded->log_path);
    if (!aof_mend(embedded->directory, &embedded->cut, err)) {
        close(lock);
        return false;
    }
    if (!spawn(embedded, lock, err) || !connect_to_it(embedded, err))
        return false;
    embedded_enter_phase(embedded, EMBEDDED_IS_STARTING, embedded->options.ready_ms);
    return true;
}

bool embedded_start_or_adopt(struct embedded *embedded, struct error *err)
{
    int lock;

    if (lock_file_take(embedded->redis_lock_path, &lock, err))
        return start_with(embedded, lock, err);
    if (err->code != ERR_CONFLICT || !connect_to_it(embedded, err))
        return false;
    embedded_enter_phase(embedded, EMBEDDED_IS_ADOPTING, embedded->options.adopt_ms);
    return true;
}
