/* live_redis.h - a redis-server of the test's own, on a unix socket in a directory of its own.
 *
 * For tests that are one file each: everything is static. A failed step ends the test program.
 */
#ifndef OPSGATE_TESTS_LIVE_REDIS_H
#define OPSGATE_TESTS_LIVE_REDIS_H

#include "bot/base/mem.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIVE_ARGS_MAX 24

struct live_redis {
    char dir[64], socket[80], url[96];
    const char *args[LIVE_ARGS_MAX]; /* beyond the usual ones, NULL ends them */
    pid_t pid;                       /* 0 when it is not running */
    redisContext *db;                /* a plain connection for looking and meddling; NULL when it is not running */
};

#define live_must(what) live_check((what), #what, __FILE__, __LINE__)
__attribute__((unused)) static void live_check(bool is_fine, const char *what, const char *file, int line)
{
    if (is_fine)
        return;
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

__attribute__((unused)) static void live_pause_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static void live_exec(const struct live_redis *redis)
{
    const char *argv[LIVE_ARGS_MAX + 24] = { "redis-server", "--port",       "0",   "--unixsocket",
                                             redis->socket,  "--save",       "",    "--dir",
                                             redis->dir,     "--appendonly", "yes", "--appendfsync",
                                             "always" };
    size_t count = 13;

    for (size_t i = 0; redis->args[i]; i++)
        argv[count++] = redis->args[i];
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nothing behind */
    dup2(open("/dev/null", O_RDWR), STDOUT_FILENO);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

__attribute__((unused)) static void live_connect(struct live_redis *redis)
{
    for (int i = 0; i < 3000 && !redis->db; i++) {
        redisContext *db = redisConnectUnix(redis->socket);

        if (db && !db->err)
            redis->db = db;
        else if (db)
            redisFree(db);
        if (!redis->db)
            live_pause_ms(20);
    }
    live_must(redis->db);
}

__attribute__((unused)) static redisReply *live_ask(struct live_redis *redis, const char *format, ...)
{
    redisReply *reply;
    va_list args;

    va_start(args, format);
    reply = redisvCommand(redis->db, format, args);
    va_end(args);
    live_must(reply);
    return reply;
}

#define AUTO_REPLY __attribute__((cleanup(live_free_reply)))
__attribute__((unused)) static void live_free_reply(redisReply **reply)
{
    if (*reply)
        freeReplyObject(*reply);
}

__attribute__((unused)) static void live_do(struct live_redis *redis, const char *format, ...)
{
    redisReply *reply;
    va_list args;

    va_start(args, format);
    reply = redisvCommand(redis->db, format, args);
    va_end(args);
    live_must(reply && reply->type != REDIS_REPLY_ERROR);
    freeReplyObject(reply);
}

/* A text or number as text, "" for nil; valid until the next call. */
__attribute__((unused)) static const char *live_text(struct live_redis *redis, const char *format, ...)
{
    static char text[4096];
    redisReply *reply;
    va_list args;

    va_start(args, format);
    reply = redisvCommand(redis->db, format, args);
    va_end(args);
    live_must(reply);
    if (reply->type == REDIS_REPLY_INTEGER)
        snprintf(text, sizeof(text), "%lld", reply->integer);
    else
        snprintf(text, sizeof(text), "%s", reply->str ? reply->str : "");
    freeReplyObject(reply);
    return text;
}

/* Until a part of INFO says so: "aof_rewrite_in_progress:0". */
__attribute__((unused)) static void live_wait_for(struct live_redis *redis, const char *section, const char *wanted)
{
    bool is_so = false;

    for (int i = 0; i < 6000 && !is_so; i++) {
        redisReply *info = redisCommand(redis->db, "INFO %s", section);

        live_must(info && info->str);
        is_so = strstr(info->str, wanted) != NULL;
        freeReplyObject(info);
        live_pause_ms(10);
    }
    live_must(is_so);
}

__attribute__((unused)) static void live_run_again(struct live_redis *redis)
{
    redis->pid = fork();
    live_must(redis->pid >= 0);
    if (redis->pid == 0)
        live_exec(redis);
}

__attribute__((unused)) static void live_wait_until_loaded(struct live_redis *redis)
{
    live_connect(redis);
    for (int i = 0; i < 6000 && strcmp(live_text(redis, "PING"), "PONG") != 0; i++)
        live_pause_ms(10);
    live_must(strcmp(live_text(redis, "PING"), "PONG") == 0);
}

__attribute__((unused)) static void live_start(struct live_redis *redis)
{
    snprintf(redis->dir, sizeof(redis->dir), "/tmp/opsgate-test-XXXXXX");
    live_must(mkdtemp(redis->dir));
    snprintf(redis->socket, sizeof(redis->socket), "%s/s", redis->dir);
    snprintf(redis->url, sizeof(redis->url), "unix://%s", redis->socket);
    live_run_again(redis);
    live_wait_until_loaded(redis);
}

__attribute__((unused)) static void live_kill(struct live_redis *redis)
{
    if (redis->db)
        redisFree(redis->db);
    redis->db = NULL;
    if (redis->pid <= 0)
        return;
    kill(redis->pid, SIGKILL);
    waitpid(redis->pid, NULL, 0);
    redis->pid = 0;
}

__attribute__((unused)) static void live_remove(const char *dir)
{
    pid_t pid;

    live_must(strncmp(dir, "/tmp/opsgate-test-", 18) == 0);
    pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", dir, NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

__attribute__((unused)) static void live_stop(struct live_redis *redis)
{
    live_kill(redis);
    live_remove(redis->dir);
}

#endif
