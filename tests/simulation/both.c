#include "tests/simulation/both.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef OPSGATE_SOURCE_DIR
#define OPSGATE_SOURCE_DIR "."
#endif

static const char *const script_files[SCRIPTS] = { "accept", "commit", "lease" };

/* ---- redis-server, our own ---- */

static char directory[] = "/tmp/opsgate-twin-XXXXXX";
static pid_t server;

static void stop_server(void)
{
    AUTO_FREE char *path = NULL;

    if (server > 0) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
    }
    if (asprintf(&path, "%s/redis.sock", directory) > 0)
        unlink(path);
    rmdir(directory);
}

_Noreturn void both_die(const char *what, const char *why)
{
    fprintf(stderr, "test_twin_scripts: %s: %s\n", what, why);
    exit(1);
}

redisContext *both_start_server(void)
{
    AUTO_FREE char *socket = NULL;
    struct timespec pause = { .tv_nsec = 20000000 };

    if (!mkdtemp(directory) || asprintf(&socket, "%s/redis.sock", directory) < 0)
        both_die("mkdtemp", directory);
    server = fork();
    if (server == 0) {
        int null = open("/dev/null", O_RDWR);

        dup2(null, 1);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly",
               "no", "--dir", directory, (char *)NULL);
        _exit(127);
    }
    atexit(stop_server);
    for (int i = 0; i < 3000; i++) { /* a minute: the machine may be busy */
        redisContext *redis = redisConnectUnix(socket);

        if (redis && !redis->err)
            return redis;
        redisFree(redis);
        nanosleep(&pause, NULL);
    }
    both_die("redis-server", "it does not answer");
}

redisReply *both_command(struct both *both, const char *fmt, ...)
{
    va_list args;
    redisReply *reply;

    va_start(args, fmt);
    reply = redisvCommand(both->redis, fmt, args);
    va_end(args);
    if (!reply)
        both_die("redis", both->redis->errstr);
    if (reply->type == REDIS_REPLY_ERROR)
        both_die(fmt, reply->str);
    return reply;
}

void both_run(struct both *both, const char *fmt, const char *a, const char *b)
{
    freeReplyObject(both_command(both, fmt, a, b));
}

void both_load_scripts(struct both *both)
{
    for (int i = 0; i < SCRIPTS; i++) {
        char path[512], text[32768];
        size_t len;
        FILE *file;
        redisReply *reply;

        snprintf(path, sizeof(path), OPSGATE_SOURCE_DIR "/bot/shell/scripts/%s.lua", script_files[i]);
        file = fopen(path, "r");
        if (!file)
            both_die(path, "cannot be read");
        len = fread(text, 1, sizeof(text) - 1, file);
        text[len] = '\0';
        fclose(file);
        reply = both_command(both, "SCRIPT LOAD %s", text);
        both->sha[i] = xstrdup(reply->str);
        freeReplyObject(reply);
    }
}

/* ---- calling a script ---- */

void arguments_add_str(struct arguments *arguments, struct str text)
{
    if (arguments->count == ARGUMENTS_MAX)
        both_die("arguments", "too many");
    arguments->at[arguments->count] = text.at ? text.at : "";
    arguments->len[arguments->count++] = text.len;
}

void arguments_add(struct arguments *arguments, const char *text)
{
    arguments_add_str(arguments, str_of(text));
}

void arguments_add_int(struct both *both, struct arguments *arguments, int64_t value)
{
    arguments_add(arguments, arena_printf(both->arena, "%" PRId64, value));
}

redisReply *both_call(struct both *both, enum script script, int keys, const struct arguments *rest)
{
    struct arguments all = { .count = 0 };
    redisReply *reply;

    arguments_add(&all, "EVALSHA");
    arguments_add(&all, both->sha[script]);
    arguments_add_int(both, &all, keys);
    for (int i = 0; i < rest->count; i++)
        arguments_add_str(&all, (struct str){ rest->at[i], rest->len[i] });
    reply = redisCommandArgv(both->redis, all.count, all.at, all.len);
    if (!reply)
        both_die("redis", both->redis->errstr);
    return reply;
}

static _Noreturn void differ(struct both *both, const char *what, const char *redis, const char *twin)
{
    fprintf(stderr, "seed %" PRIu64 ", call %d differs: %s\n  script: %s\n  twin:   %s\n  call:   %s\n", both->seed,
            both->call, what, redis, twin, both->story);
    exit(1);
}

void both_same(struct both *both, const char *what, const char *redis, const char *twin)
{
    if (strcmp(redis, twin) != 0)
        differ(both, what, redis, twin);
}

const char *both_number(struct both *both, int64_t value)
{
    return arena_printf(both->arena, "%" PRId64, value);
}

/* ---- the whole state ---- */

static void same_hash(struct both *both, enum store_place place, const redisReply *reply)
{
    const struct twin_hash *map = &both->twin->hashes[place];

    both_same(both, arena_printf(both->arena, "number of fields of %s", store_place_names[place]),
              both_number(both, (int64_t)reply->elements / 2), both_number(both, (int64_t)map->count));
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const char *value = twin_get(both->twin, place, reply->element[i]->str);

        both_same(both, arena_printf(both->arena, "%s %s", store_place_names[place], reply->element[i]->str),
                  reply->element[i + 1]->str, value ? value : "(missing)");
    }
}

/* Journal and dead letters get their ids from Redis, by a clock that goes on while the script runs: only their order is
 * promised. The twin takes them over, so that later trims mean the same entries. */
static void adopt_id(struct twin_stream *stream, struct twin_entry *entry, const char *id)
{
    struct twin_id found;

    if (!twin_id_parse(id, &found))
        return;
    entry->id = found;
    stream->last = found;
}

static void same_stream(struct both *both, enum store_place place, const redisReply *reply)
{
    struct twin_stream *stream = twin_stream(both->twin, place);

    both_same(both, arena_printf(both->arena, "number of entries of %s", store_place_names[place]),
              both_number(both, (int64_t)reply->elements), both_number(both, (int64_t)(stream->count - stream->first)));
    for (size_t i = 0; i < reply->elements; i++) {
        struct twin_entry *entry = &stream->entries[stream->first + i];
        const redisReply *fields = reply->element[i]->element[1];

        if (place == STORE_JOURNAL || place == STORE_DEAD)
            adopt_id(stream, entry, reply->element[i]->element[0]->str);
        both_same(both, arena_printf(both->arena, "id of an entry of %s", store_place_names[place]),
                  reply->element[i]->element[0]->str, twin_id_text(entry->id, both->arena));
        both_same(both, arena_printf(both->arena, "an entry of %s", store_place_names[place]), fields->element[1]->str,
                  entry->value);
    }
}

static redisReply *next_reply(struct both *both)
{
    void *reply = NULL;

    if (redisGetReply(both->redis, &reply) != REDIS_OK || !reply)
        both_die("redis", both->redis->errstr);
    return reply;
}

void both_same_state(struct both *both)
{
    redisReply *reply;

    for (enum store_place place = 0; place < STORE_PLACES; place++)
        if (both->twin->is_other[place])
            redisAppendCommand(both->redis, "GET %s", store_place_names[place]);
        else if (place < TWIN_HASHES)
            redisAppendCommand(both->redis, "HGETALL %s", store_place_names[place]);
        else
            redisAppendCommand(both->redis, "XRANGE %s - +", store_place_names[place]);
    redisAppendCommand(both->redis, "MGET key:0 key:1 key:2 key:3 key:4 key:5 key:6 key:7");
    for (enum store_place place = 0; place < STORE_PLACES; place++) {
        reply = next_reply(both);
        if (reply->type == REDIS_REPLY_ERROR)
            differ(both, store_place_names[place], reply->str, "-");
        if (!both->twin->is_other[place] && place < TWIN_HASHES)
            same_hash(both, place, reply);
        else if (!both->twin->is_other[place])
            same_stream(both, place, reply);
        freeReplyObject(reply);
    }
    reply = next_reply(both);
    for (size_t i = 0; i < DEDUPE_KEYS; i++) {
        bool stands = false;

        for (size_t k = 0; k < both->twin->key_count; k++)
            stands = stands || strcmp(both->twin->keys[k].key, arena_printf(both->arena, "key:%zu", i)) == 0;
        both_same(both, arena_printf(both->arena, "dedupe key %zu", i), reply->element[i]->str ? "stands" : "is free",
                  stands ? "stands" : "is free");
    }
    freeReplyObject(reply);
}

/* The scripts use the server's clock: the twin's is set to what the newest ids say. */
void both_learn_clock(struct both *both)
{
    for (enum store_place place = STORE_JOURNAL; place < STORE_PLACES; place++) {
        redisReply *reply;
        struct twin_id id;

        if (both->twin->is_other[place])
            continue;
        reply = both_command(both, "XREVRANGE %s + - COUNT 1", store_place_names[place]);
        if (reply->elements == 1 && twin_id_parse(reply->element[0]->element[0]->str, &id) &&
            (int64_t)id.ms > both->twin->now_ms)
            both->twin->now_ms = (int64_t)id.ms;
        freeReplyObject(reply);
    }
}

void both_say(struct both *both, const char *fmt, ...)
{
    size_t used = strlen(both->story);
    va_list args;

    va_start(args, fmt);
    vsnprintf(both->story + used, sizeof(both->story) - used, fmt, args);
    va_end(args);
}
