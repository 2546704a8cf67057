/* test_twin_scripts.c - the twin against the real scripts on a real redis-server.
 *
 * Random sequences of calls, valid ones and every kind of invalid one, go to both; after each the answers and the whole
 * state must be the same. Everything derives from the sequence's seed. A run that met one of the scripts' branches
 * fewer than a hundred times fails too. usage: test_twin_scripts [first seed] [sequences]
 */
#include "tests/simulation/scheduler.h"
#include "tests/simulation/twin.h"

#include <hiredis/hiredis.h>

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
#define SEQUENCES 5000
#define CALLS_MIN 10
#define CALLS_MAX 60
#define BRANCH_MIN 100
#define ARGUMENTS_MAX 256
#define DEDUPE_KEYS 8

enum script { ACCEPT, COMMIT, LEASE, SCRIPTS };
static const char *const script_files[SCRIPTS] = { "accept", "commit", "lease" };

struct both { /* the same store twice */
    redisContext *redis;
    char *sha[SCRIPTS];
    struct twin *twin;
    struct dice dice;
    struct arena *arena; /* of this call */
    uint64_t seed;
    int call;
    char last_commit[40];
    char story[4096]; /* the call, in words */
};

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

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "test_twin_scripts: %s: %s\n", what, why);
    exit(1);
}

static redisContext *start_server(void)
{
    AUTO_FREE char *socket = NULL;
    struct timespec pause = { .tv_nsec = 20000000 };

    if (!mkdtemp(directory) || asprintf(&socket, "%s/redis.sock", directory) < 0)
        die("mkdtemp", directory);
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
    die("redis-server", "it does not answer");
}

static redisReply *command(struct both *both, const char *fmt, ...)
{
    va_list args;
    redisReply *reply;

    va_start(args, fmt);
    reply = redisvCommand(both->redis, fmt, args);
    va_end(args);
    if (!reply)
        die("redis", both->redis->errstr);
    if (reply->type == REDIS_REPLY_ERROR)
        die(fmt, reply->str);
    return reply;
}

static void run_command(struct both *both, const char *fmt, const char *a, const char *b)
{
    freeReplyObject(command(both, fmt, a, b));
}

static void load_scripts(struct both *both)
{
    for (int i = 0; i < SCRIPTS; i++) {
        char path[512], text[32768];
        size_t len;
        FILE *file;
        redisReply *reply;

        snprintf(path, sizeof(path), OPSGATE_SOURCE_DIR "/bot/shell/scripts/%s.lua", script_files[i]);
        file = fopen(path, "r");
        if (!file)
            die(path, "cannot be read");
        len = fread(text, 1, sizeof(text) - 1, file);
        text[len] = '\0';
        fclose(file);
        reply = command(both, "SCRIPT LOAD %s", text);
        both->sha[i] = xstrdup(reply->str);
        freeReplyObject(reply);
    }
}

/* ---- calling a script ---- */

struct arguments {
    const char *at[ARGUMENTS_MAX];
    size_t len[ARGUMENTS_MAX];
    int count;
};

static void add_str(struct arguments *arguments, struct str text)
{
    if (arguments->count == ARGUMENTS_MAX)
        die("arguments", "too many");
    arguments->at[arguments->count] = text.at ? text.at : "";
    arguments->len[arguments->count++] = text.len;
}

static void add(struct arguments *arguments, const char *text)
{
    add_str(arguments, str_of(text));
}

static void add_int(struct both *both, struct arguments *arguments, int64_t value)
{
    add(arguments, arena_printf(both->arena, "%" PRId64, value));
}

static redisReply *call_script(struct both *both, enum script script, int keys, const struct arguments *rest)
{
    struct arguments all = { .count = 0 };
    redisReply *reply;

    add(&all, "EVALSHA");
    add(&all, both->sha[script]);
    add_int(both, &all, keys);
    for (int i = 0; i < rest->count; i++)
        add_str(&all, (struct str){ rest->at[i], rest->len[i] });
    reply = redisCommandArgv(both->redis, all.count, all.at, all.len);
    if (!reply)
        die("redis", both->redis->errstr);
    return reply;
}

static _Noreturn void differ(struct both *both, const char *what, const char *redis, const char *twin)
{
    fprintf(stderr, "seed %" PRIu64 ", call %d differs: %s\n  script: %s\n  twin:   %s\n  call:   %s\n", both->seed,
            both->call, what, redis, twin, both->story);
    exit(1);
}

static void same(struct both *both, const char *what, const char *redis, const char *twin)
{
    if (strcmp(redis, twin) != 0)
        differ(both, what, redis, twin);
}

static const char *number_text(struct both *both, int64_t value)
{
    return arena_printf(both->arena, "%" PRId64, value);
}

/* ---- the whole state ---- */

static void same_hash(struct both *both, enum store_place place, const redisReply *reply)
{
    const struct twin_hash *map = &both->twin->hashes[place];

    same(both, arena_printf(both->arena, "number of fields of %s", store_place_names[place]),
         number_text(both, (int64_t)reply->elements / 2), number_text(both, (int64_t)map->count));
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const char *value = twin_get(both->twin, place, reply->element[i]->str);

        same(both, arena_printf(both->arena, "%s %s", store_place_names[place], reply->element[i]->str),
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

    same(both, arena_printf(both->arena, "number of entries of %s", store_place_names[place]),
         number_text(both, (int64_t)reply->elements), number_text(both, (int64_t)(stream->count - stream->first)));
    for (size_t i = 0; i < reply->elements; i++) {
        struct twin_entry *entry = &stream->entries[stream->first + i];
        const redisReply *fields = reply->element[i]->element[1];

        if (place == STORE_JOURNAL || place == STORE_DEAD)
            adopt_id(stream, entry, reply->element[i]->element[0]->str);
        same(both, arena_printf(both->arena, "id of an entry of %s", store_place_names[place]),
             reply->element[i]->element[0]->str, twin_id_text(entry->id, both->arena));
        same(both, arena_printf(both->arena, "an entry of %s", store_place_names[place]), fields->element[1]->str,
             entry->value);
    }
}

static redisReply *next_reply(struct both *both)
{
    void *reply = NULL;

    if (redisGetReply(both->redis, &reply) != REDIS_OK || !reply)
        die("redis", both->redis->errstr);
    return reply;
}

static void same_state(struct both *both)
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
        same(both, arena_printf(both->arena, "dedupe key %zu", i), reply->element[i]->str ? "stands" : "is free",
             stands ? "stands" : "is free");
    }
    freeReplyObject(reply);
}

/* The scripts use the server's clock: the twin's is set to what the newest ids say. */
static void learn_clock(struct both *both)
{
    for (enum store_place place = STORE_JOURNAL; place < STORE_PLACES; place++) {
        redisReply *reply;
        struct twin_id id;

        if (both->twin->is_other[place])
            continue;
        reply = command(both, "XREVRANGE %s + - COUNT 1", store_place_names[place]);
        if (reply->elements == 1 && twin_id_parse(reply->element[0]->element[0]->str, &id) &&
            (int64_t)id.ms > both->twin->now_ms)
            both->twin->now_ms = (int64_t)id.ms;
        freeReplyObject(reply);
    }
}

/* ---- dice ---- */

static int64_t draw(struct both *both, int64_t low, int64_t high)
{
    return dice_between(&both->dice, low, high);
}

static bool rarely(struct both *both, int64_t per_cent)
{
    return draw(both, 0, 99) < per_cent;
}

static const char *pick(struct both *both, const char *const *list, size_t count)
{
    return list[draw(both, 0, (int64_t)count - 1)];
}

static const char *draw_text(struct both *both, size_t len)
{
    char *text = arena_alloc(both->arena, len + 1);

    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + draw(both, 0, 25));
    return text;
}

static const char *draw_nonce(struct both *both)
{
    static const char *const nonces[] = { "00000000000000000000000000000001", "00000000000000000000000000000002",
                                          "0000000000000000000000000000000A" };
    const char *owner = twin_get(both->twin, STORE_META, "nonce");

    if (owner && *owner && rarely(both, 75))
        return arena_strdup(both->arena, owner);
    if (rarely(both, 10))
        return rarely(both, 50) ? "" : "0000000000000000000000000000000g";
    return pick(both, nonces, ARRAY_LEN(nonces));
}

static const char *draw_id(struct both *both, enum store_place place)
{
    static const char *const odd[] = { "",
                                       "5",
                                       "a-1",
                                       "1-b",
                                       "01-1",
                                       "1-01",
                                       "1-",
                                       "-1",
                                       "18446744073709551616-1",
                                       "18446744073709551615-18446744073709551615",
                                       "0-0",
                                       "1-1 " };
    const struct twin_stream *stream;
    struct twin_id id;

    if (rarely(both, 8))
        return pick(both, odd, ARRAY_LEN(odd) - (rarely(both, 90) ? 3 : 0));
    if (place < TWIN_HASHES || place >= STORE_PLACES)
        return "1-1";
    stream = twin_stream(both->twin, place);
    if (stream->count == stream->first)
        return "0-1";
    id = stream->entries[draw(both, (int64_t)stream->first, (int64_t)stream->count - 1)].id;
    id.n += rarely(both, 10) ? 1 : 0;
    return twin_id_text(id, both->arena);
}

static void say(struct both *both, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct both *both, const char *fmt, ...)
{
    size_t used = strlen(both->story);
    va_list args;

    va_start(args, fmt);
    vsnprintf(both->story + used, sizeof(both->story) - used, fmt, args);
    va_end(args);
}

/* ---- accept ---- */

static void call_accept(struct both *both)
{
    struct arguments rest = { .count = 0 };
    struct store_item items[4];
    enum accept_result results[ARRAY_LEN(items)];
    size_t count = (size_t)draw(both, 1, (int64_t)ARRAY_LEN(items)), keys_count = 0;
    const struct twin_limits *limits = &both->twin->limits;
    static const char *const memories[] = { "0", "1", "100000000000" };
    size_t memory = rarely(both, 20) ? (size_t)draw(both, 1, 2) : 0;
    const char *reason = NULL;
    redisReply *reply;
    bool is_good;

    add(&rest, "inbox");
    add(&rest, "inbox:safe");
    add(&rest, "meta");
    say(both, "accept, memory %s:", memories[memory]);
    for (size_t i = 0; i < count; i++) {
        size_t keys = rarely(both, 4) ? (size_t)draw(both, 0, 1) * 4 : (size_t)draw(both, 1, 3);
        const char **list = arena_alloc(both->arena, keys * sizeof(*list));

        for (size_t k = 0; k < keys; k++) {
            list[k] = arena_printf(both->arena, "key:%" PRId64, draw(both, 0, DEDUPE_KEYS - 1));
            add(&rest, list[k]);
        }
        items[i] = (struct store_item){ .keys = list, .key_count = keys, .is_safe = rarely(both, 40) };
        items[i].bytes =
            str_of(draw_text(both, rarely(both, 4) ? limits->item_max_bytes + 1 : (size_t)draw(both, 0, 8)));
        keys_count += keys;
        say(both, " [%s, %zu keys from %s, %zu bytes]", items[i].is_safe ? "safe" : "inbox", keys, keys ? list[0] : "-",
            items[i].bytes.len);
    }
    add_int(both, &rest, limits->high_water[0]);
    add_int(both, &rest, limits->high_water[1]);
    add_int(both, &rest, limits->memory_percent[0]);
    add_int(both, &rest, limits->memory_percent[1]);
    add_int(both, &rest, limits->dedupe_ms);
    add_int(both, &rest, (int64_t)limits->item_max_bytes);
    add_int(both, &rest, (int64_t)limits->item_keys_max);
    for (size_t i = 0; i < count; i++) {
        add(&rest, items[i].is_safe ? "inbox:safe" : "inbox");
        add_int(both, &rest, (int64_t)items[i].key_count);
        add_str(&rest, items[i].bytes);
    }
    if (memory > 0)
        run_command(both, "CONFIG SET maxmemory %s%s", memories[memory], "");
    reply = call_script(both, ACCEPT, 3 + (int)keys_count, &rest);
    if (memory > 0)
        run_command(both, "CONFIG SET maxmemory %s%s", "0", "");
    learn_clock(both);
    both->twin->max_bytes = memory == 1 ? 1 : memory == 2 ? INT64_C(100000000000) : 0;
    both->twin->used_bytes = 1000;
    is_good = twin_accept(both->twin, items, count, results, &reason);
    if (!is_good || reply->type == REDIS_REPLY_ERROR) {
        same(both, "the error", reply->type == REDIS_REPLY_ERROR ? reply->str : "none",
             is_good ? "none" : arena_printf(both->arena, "ERR accept: %s", reason));
    } else {
        for (size_t i = 0; i < count; i++)
            same(both, arena_printf(both->arena, "result %zu", i), number_text(both, reply->element[i]->integer),
                 number_text(both, (int64_t)results[i]));
    }
    freeReplyObject(reply);
}

/* ---- commit and mark ---- */

static const char *draw_field(struct both *both, enum store_place place)
{
    static const char *const fields[] = { "a", "b", "c", "d" };
    static const char *const reserved[] = { STORE_META_RESERVED };

    if (place == STORE_META && rarely(both, 15))
        return pick(both, reserved, ARRAY_LEN(reserved));
    if (rarely(both, 3))
        return draw_text(both, rarely(both, 50) ? 0 : both->twin->limits.field_max_bytes + 1);
    return pick(both, fields, ARRAY_LEN(fields));
}

static struct store_write draw_write(struct both *both)
{
    static const enum store_place fit[][4] = {
        [STORE_APPEND] = { STORE_JOURNAL, STORE_DEAD, STORE_DEAD, STORE_DEAD },
        [STORE_CURSOR] = { STORE_INBOX, STORE_INBOX_SAFE, STORE_INBOX, STORE_INBOX_SAFE },
        [STORE_TRIM] = { STORE_INBOX, STORE_INBOX_SAFE, STORE_DEAD, STORE_JOURNAL },
    };
    static const char *const lengths[] = { "1", "2", "3", "999999999999999", "1000000000000000", "0", "01", "x" };
    struct store_write write = { .verb = (enum store_verb)draw(both, STORE_PUT, STORE_TRIM), .field = "" };

    if (write.verb <= STORE_DROP)
        write.place = (enum store_place)draw(both, 0, TWIN_HASHES - 1);
    else
        write.place = fit[write.verb][draw(both, 0, 3)];
    if (rarely(both, 5))
        write.place =
            rarely(both, 15) ? STORE_PLACES : (enum store_place)draw(both, 0, STORE_PLACES - 1); /* the last is none */
    if (rarely(both, 1))
        write.verb = (enum store_verb)(STORE_TRIM + 1);
    if (write.verb == STORE_DROP && rarely(both, 20))
        write.place = STORE_DEAD;
    if (write.verb == STORE_DROP && write.place == STORE_DEAD && !rarely(both, 10))
        write.field = draw_id(both, write.place);
    else if (write.verb == STORE_PUT || write.verb == STORE_DROP)
        write.field = draw_field(both, write.place);
    else if (write.verb == STORE_CURSOR || write.verb == STORE_TRIM)
        write.field = draw_id(both, write.place);
    else if (write.verb == STORE_APPEND && rarely(both, 20))
        write.field = pick(both, lengths, ARRAY_LEN(lengths));
    write.value =
        str_of(draw_text(both, rarely(both, 3) ? both->twin->limits.value_max_bytes + 1 : (size_t)draw(both, 0, 9)));
    return write;
}

static const char *draw_commit_id(struct both *both)
{
    char *id;

    if (both->last_commit[0] && rarely(both, 10))
        return both->last_commit;
    if (rarely(both, 3))
        return rarely(both, 50) ? "abc" : "0000000000000000000000000000000x";
    id = arena_alloc(both->arena, 33);
    for (size_t i = 0; i < 32; i++)
        id[i] = "0123456789abcdef"[draw(both, 0, 15)];
    return id;
}

/* "write 1: the journal has another head": the number says nothing then. */
static const char *without_number(const char *reason)
{
    const char *colon = strncmp(reason, "write ", 6) == 0 ? strstr(reason, ": ") : NULL;

    return colon ? colon + 2 : reason;
}

static void same_status(struct both *both, const redisReply *reply, enum store_status status, const char *reason)
{
    static const char *const words[] = { [STORE_OK] = "ok",
                                         [STORE_STALE_NONCE] = "stale nonce",
                                         [STORE_STALE_SEQ] = "stale seq",
                                         [STORE_INVALID] = "invalid" };
    const char *script = reply->type == REDIS_REPLY_ERROR ? reply->str : reply->element[0]->str;

    same(both, "the answer", script, words[status]);
    if (status != STORE_INVALID)
        return;
    script = reply->element[1]->str;
    if (strncmp(reason, "write ", 6) == 0)
        same(both, "the reason", script, reason);
    else
        same(both, "the reason", without_number(script), without_number(reason));
}

static void add_places(struct arguments *rest)
{
    for (size_t i = 0; i < STORE_PLACES; i++)
        add(rest, store_place_names[i]);
}

static void add_commit(struct both *both, struct arguments *rest, const struct store_commit *commit)
{
    static const char *const names[] = { "put", "drop", "append", "cursor", "trim", "burn" };
    const struct twin_limits *limits = &both->twin->limits;

    add_places(rest);
    add(rest, "commit");
    add(rest, commit->nonce);
    add_int(both, rest, commit->seq - 1);
    add_int(both, rest, commit->seq);
    add(rest, commit->id);
    add(rest, commit->journal_after ? "1" : "0");
    add(rest, commit->journal_before);
    add(rest, commit->journal_after);
    add_int(both, rest, (int64_t)limits->writes_max);
    add_int(both, rest, (int64_t)limits->value_max_bytes);
    add_int(both, rest, (int64_t)limits->field_max_bytes);
    for (size_t i = 0; i < commit->count; i++) {
        add(rest, names[commit->writes[i].verb]);
        add(rest, commit->writes[i].place < STORE_PLACES ? store_place_names[commit->writes[i].place] : "nowhere");
        add(rest, commit->writes[i].field);
        add_str(rest, commit->writes[i].value);
        say(both, " %s %s '%s' (%zu)", names[commit->writes[i].verb],
            commit->writes[i].place < STORE_PLACES ? store_place_names[commit->writes[i].place] : "nowhere",
            commit->writes[i].field, commit->writes[i].value.len);
    }
}

static void draw_heads(struct both *both, struct store_commit *commit)
{
    const char *head = twin_get(both->twin, STORE_META, "journal");

    if (rarely(both, 40))
        return;
    commit->journal_before = rarely(both, 7) ? "another" : arena_strdup(both->arena, head ? head : "");
    commit->journal_after = rarely(both, 5)
                                ? draw_text(both, rarely(both, 50) ? 0 : both->twin->limits.field_max_bytes + 1)
                                : draw_text(both, 8);
}

static void call_commit(struct both *both)
{
    struct arguments rest = { .count = 0 };
    struct store_write writes[12];
    struct store_commit commit = { .writes = writes, .nonce = draw_nonce(both), .id = draw_commit_id(both) };
    enum store_status status;
    const char *reason;
    redisReply *reply;

    commit.seq = twin_seq(both->twin) + 1 + (rarely(both, 7) ? draw(both, -1, 1) : 0);
    commit.count = (size_t)(rarely(both, 5) ? draw(both, 9, 12) : draw(both, 0, 4)); /* at most 8 are allowed */
    draw_heads(both, &commit);
    say(both, "commit %s, seq %" PRId64 ", heads %s -> %s:", commit.id, commit.seq,
        commit.journal_before ? commit.journal_before : "-", commit.journal_after ? commit.journal_after : "-");
    for (size_t i = 0; i < commit.count; i++)
        writes[i] = draw_write(both);
    add_commit(both, &rest, &commit);
    reply = call_script(both, COMMIT, STORE_PLACES, &rest);
    learn_clock(both);
    status = twin_commit(both->twin, &commit, both->arena, &reason);
    same_status(both, reply, status, reason);
    if (status == STORE_OK)
        snprintf(both->last_commit, sizeof(both->last_commit), "%s", commit.id);
    freeReplyObject(reply);
}

static void call_mark(struct both *both)
{
    struct arguments rest = { .count = 0 };
    const char *nonce = draw_nonce(both), *input = draw_field(both, STORE_TRYING), *reason;
    struct str value = str_of(draw_text(both, rarely(both, 6) ? both->twin->limits.value_max_bytes + 1 : 5));
    enum store_status status;
    redisReply *reply;

    say(both, "mark '%s' (%zu) by %s", input, value.len, nonce);
    add_places(&rest);
    add(&rest, "mark");
    add(&rest, nonce);
    add(&rest, input);
    add_str(&rest, value);
    add_int(both, &rest, (int64_t)both->twin->limits.value_max_bytes);
    add_int(both, &rest, (int64_t)both->twin->limits.field_max_bytes);
    reply = call_script(both, COMMIT, STORE_PLACES, &rest);
    status = twin_mark(both->twin, nonce, input, value, both->arena, &reason);
    same_status(both, reply, status, reason);
    freeReplyObject(reply);
}

/* ---- lease ---- */

static void same_answer(struct both *both, const redisReply *reply, const struct lease_answer *answer)
{
    static const char *const results[] = { "done", "held", "too new", "no birth" };
    const char *twin[] = { results[answer->result],
                           answer->birth,
                           answer->nonce,
                           answer->instance,
                           number_text(both, answer->counter),
                           number_text(both, answer->seq),
                           reply->element[6]->str, /* the clock is the server's own */
                           answer->was_clean ? "1" : "0",
                           number_text(both, answer->shift_ms) };

    for (size_t i = 0; i < ARRAY_LEN(twin); i++)
        same(both, arena_printf(both->arena, "part %zu of the answer", i + 1), reply->element[i]->str, twin[i]);
}

static void call_lease(struct both *both)
{
    static const char *const actions[] = { "look", "take", "renew", "release" };
    static const char *const instances[] = { "north", "south" };
    struct arguments rest = { .count = 0 };
    struct error ignored;
    struct lease_call call = { .action = (enum lease_action)draw(both, LEASE_LOOK, LEASE_RELEASE),
                               .nonce = draw_nonce(both),
                               .instance = pick(both, instances, ARRAY_LEN(instances)),
                               .schema = rarely(both, 5) ? draw(both, 0, 2) : 1 };
    struct lease_answer answer;
    const char *reason = "", *counter = twin_get(both->twin, STORE_META, "counter");
    redisReply *reply;
    bool is_good;

    if (call.action == LEASE_RELEASE && rarely(both, 60))
        call.action = LEASE_TAKE; /* commits need an owner */
    if (!parse_int(str_of(counter ? counter : "0"), 0, INT64_MAX, &call.counter, &ignored))
        call.counter = 0;
    call.counter += rarely(both, 40) ? 1 : 0;
    say(both, "lease %s by %s of %s, counter %" PRId64 ", schema %" PRId64, actions[call.action], call.nonce,
        call.instance, call.counter, call.schema);
    add(&rest, "meta");
    add(&rest, actions[call.action]);
    add(&rest, call.nonce);
    add(&rest, call.instance);
    add_int(both, &rest, call.schema);
    add_int(both, &rest, call.counter);
    reply = call_script(both, LEASE, 1, &rest);
    is_good = twin_lease(both->twin, &call, &answer, &reason);
    if (!is_good || reply->type == REDIS_REPLY_ERROR)
        same(both, "the error", reply->type == REDIS_REPLY_ERROR ? reply->str : "none",
             is_good ? "none" : arena_printf(both->arena, "ERR lease: %s", reason));
    else
        same_answer(both, reply, &answer);
    freeReplyObject(reply);
}

/* ---- what happens to a store from outside ---- */

static void clear_place(struct both *both, enum store_place place)
{
    if (place < TWIN_HASHES) {
        while (both->twin->hashes[place].count > 0)
            twin_drop(both->twin, place, both->twin->hashes[place].pairs[0].field);
    } else {
        struct twin_stream *stream = twin_stream(both->twin, place);

        for (size_t i = stream->first; i < stream->count; i++)
            free(stream->entries[i].value);
        stream->first = stream->count = 0;
        stream->last = (struct twin_id){ 0, 0 };
    }
}

static void break_place(struct both *both)
{
    enum store_place place = (enum store_place)draw(both, 0, STORE_PLACES - 1);

    say(both, "%s becomes a string", store_place_names[place]);
    run_command(both, "SET %s %s", store_place_names[place], "x");
    clear_place(both, place);
    both->twin->is_other[place] = true;
}

static void heal_places(struct both *both)
{
    say(both, "what was broken is empty");
    for (enum store_place place = 0; place < STORE_PLACES; place++) {
        if (!both->twin->is_other[place])
            continue;
        run_command(both, "DEL %s%s", store_place_names[place], "");
        both->twin->is_other[place] = false;
    }
}

static void put_meta(struct both *both, const char *field, const char *value)
{
    if (both->twin->is_other[STORE_META])
        return;
    say(both, "meta %s is %s", field, value);
    run_command(both, "HSET meta %s %s", field, value);
    twin_put(both->twin, STORE_META, field, value);
}

static void change_meta(struct both *both)
{
    static const struct {
        const char *field, *value;
    } rows[] = { { "counter", "x" }, { "counter", "7" }, { "schema", "" },  { "schema", "1" },
                 { "schema", "2" },  { "birth", "b1" },  { "birth", "b1" }, { "birth", "" } };
    size_t i = (size_t)draw(both, 0, (int64_t)ARRAY_LEN(rows) - 1);

    put_meta(both, rows[i].field, rows[i].value);
}

static void forget_keys(struct both *both)
{
    const char *key = arena_printf(both->arena, "key:%" PRId64, draw(both, 0, DEDUPE_KEYS - 1));

    say(both, "%s has lived long enough", key);
    run_command(both, "DEL %s%s", key, "");
    twin_forget_key(both->twin, key);
}

static const struct {
    int64_t weight;
    void (*call)(struct both *both);
} calls[] = {
    { 25, call_accept }, { 70, call_commit }, { 6, call_mark },   { 20, call_lease },
    { 2, break_place },  { 3, heal_places },  { 2, change_meta }, { 8, forget_keys },
};

static void call_any(struct both *both)
{
    int64_t sum = 0, at;
    size_t i;

    for (i = 0; i < ARRAY_LEN(calls); i++)
        sum += calls[i].weight;
    at = draw(both, 0, sum - 1);
    for (i = 0; at >= calls[i].weight; i++)
        at -= calls[i].weight;
    calls[i].call(both);
}

/* ---- a sequence ---- */

static void run_sequence(struct both *both, uint64_t seed, uint64_t *branches)
{
    int count;

    both->seed = seed;
    both->dice.state = seed * 7919;
    both->last_commit[0] = '\0';
    both->twin = twin_create(branches);
    both->twin->limits = (struct twin_limits){ .high_water = { 5, 4 },
                                               .memory_percent = { 80, 90 },
                                               .dedupe_ms = 3600000,
                                               .item_max_bytes = 20,
                                               .item_keys_max = 3,
                                               .writes_max = 8,
                                               .value_max_bytes = 16,
                                               .field_max_bytes = 24 };
    run_command(both, "FLUSHALL%s%s", "", "");
    if (!rarely(both, 10)) {
        put_meta(both, "birth", "b1");
        put_meta(both, "schema", "1");
    }
    count = (int)draw(both, CALLS_MIN, CALLS_MAX);
    for (both->call = 0; both->call < count; both->call++) {
        both->arena = arena_create();
        both->story[0] = '\0';
        call_any(both);
        same_state(both);
        arena_destroy(both->arena);
    }
    twin_destroy(both->twin);
}

int main(int argc, char **argv)
{
    struct both both = { .redis = NULL };
    uint64_t branches[TWIN_BRANCH_COUNT] = { 0 };
    int64_t first = 1, sequences = SEQUENCES;
    struct error ignored;
    bool is_enough = true;

    if (argc > 1)
        parse_int(str_of(argv[1]), 0, INT64_MAX, &first, &ignored);
    if (argc > 2)
        parse_int(str_of(argv[2]), 1, INT64_MAX, &sequences, &ignored);
    both.redis = start_server();
    load_scripts(&both);
    for (int64_t i = 0; i < sequences; i++)
        run_sequence(&both, (uint64_t)(first + i), branches);
    for (size_t i = 0; i < TWIN_BRANCH_COUNT; i++) {
        bool is_low = branches[i] < BRANCH_MIN;

        printf("%8" PRIu64 "  %s%s\n", branches[i], twin_branches[i].about, is_low ? "   <-- too rare" : "");
        is_enough = is_enough && !is_low;
    }
    printf("%" PRId64 " sequences: the twin does what the scripts do\n", sequences);
    for (int i = 0; i < SCRIPTS; i++)
        free(both.sha[i]);
    redisFree(both.redis);
    return is_enough || sequences < SEQUENCES ? 0 : 1;
}
