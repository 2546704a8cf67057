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

/* What a server says, in its directory. For the child, before it becomes the server. */
__attribute__((unused)) static void live_log_to(const char *dir)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/log", dir);
    dup2(open(path, O_WRONLY | O_CREAT | O_APPEND, 0600), STDOUT_FILENO);
}

/* Its last lines, to stderr. */
__attribute__((unused)) static void live_tell_log(const char *dir, int lines)
{
    char count[16], path[96];
    pid_t pid;

    snprintf(count, sizeof(count), "-n%d", lines);
    snprintf(path, sizeof(path), "%s/log", dir);
    fflush(stderr);
    pid = fork();
    if (pid == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execlp("tail", "tail", count, path, NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
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
    live_log_to(redis->dir);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

/* Ends the test: a server that has ended, or does not answer, says why in its log. */
__attribute__((unused)) static void live_give_up(const struct live_redis *redis, const char *wanted, const char *found)
{
    fprintf(stderr, "%s: wanted %s, found %s\n", redis->socket, wanted, found);
    live_tell_log(redis->dir, 12);
    abort();
}

__attribute__((unused)) static void live_connect(struct live_redis *redis)
{
    for (int i = 0; i < 3000 && !redis->db; i++) {
        redisContext *db = redisConnectUnix(redis->socket);
        int status;

        if (redis->pid > 0 && waitpid(redis->pid, &status, WNOHANG) == redis->pid)
            live_give_up(redis, "a server", "that it has ended");

        if (db && !db->err)
            redis->db = db;
        else if (db)
            redisFree(db);
        if (!redis->db)
            live_pause_ms(20);
    }
    if (!redis->db)
        live_give_up(redis, "a server", "that nobody listens");
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
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        live_give_up(redis, format, reply ? reply->str : redis->db->errstr);
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

        if (!info || !info->str)
            live_give_up(redis, wanted, "no answer");
        is_so = strstr(info->str, wanted) != NULL;
        if (!is_so && i == 5999)
            live_give_up(redis, wanted, info->str);
        freeReplyObject(info);
        live_pause_ms(10);
    }
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
    const char *answer = "";

    live_connect(redis);
    for (int i = 0; i < 6000 && strcmp(answer, "PONG") != 0; i++) {
        answer = live_text(redis, "PING");
        if (strcmp(answer, "PONG") != 0)
            live_pause_ms(10);
    }
    if (strcmp(answer, "PONG") != 0)
        live_give_up(redis, "PONG", answer);
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
