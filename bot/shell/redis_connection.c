#include "bot/shell/redis_connection.h"

#include "bot/shell/clock.h"
#include "bot/shell/redis_greeting.h"
#include "bot/shell/redis_watch.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define CONNECT_MS 2000
#define LOADING_AGAIN_MS 50
#define BACKOFF_FIRST_MS 20
#define BACKOFF_MAX_MS 1000

void redis_connection_enter(void *arg)
{
    struct redis *redis = arg;

    redis->busy++;
}

static void free_redis(struct redis *redis)
{
    OPENSSL_cleanse(&redis->address, sizeof(redis->address));
    free((void *)redis->options.client_name);
    free((void *)redis->options.channel);
    free(redis);
}

void redis_connection_leave(void *arg)
{
    struct redis *redis = arg;

    if (--redis->busy == 0 && redis->is_closed)
        free_redis(redis);
}

/* The owner may destroy us in there. */
static void tell_state(struct redis *redis, bool is_up)
{
    bool is_news = redis->told != (is_up ? TOLD_UP : TOLD_DOWN);

    redis->told = is_up ? TOLD_UP : TOLD_DOWN;
    if (is_news && !redis->is_closed && redis->options.on_state)
        redis->options.on_state(redis->options.arg, is_up, redis->trouble);
}

void redis_connection_set_timer(struct redis *redis, int64_t after_ms, loop_fn fn)
{
    loop_timer_cancel(redis->timer);
    redis->timer = fn ? loop_timer_start(redis->options.loop, after_ms, fn, redis) : NULL;
}

void redis_connection_write(struct redis *redis, const char *bytes, size_t len, redisCallbackFn *fn, void *arg)
{
    if (redisAsyncFormattedCommand(redis->connection, fn, arg, bytes, len) != REDIS_OK)
        abort();
}

/* ---- losing the connection ---- */

static int64_t backoff_ms(const struct redis *redis)
{
    int64_t longest = BACKOFF_FIRST_MS;
    unsigned char dice;

    for (unsigned i = 0; i < redis->failures && longest < BACKOFF_MAX_MS; i++)
        longest *= 2;
    clock_system().random(NULL, &dice, sizeof(dice));
    return longest / 2 + longest * dice / 512; /* from one half to all of it */
}

/* From here on the connection is nobody's: commands wait, and those in flight will be told by hiredis. */
static redisAsyncContext *let_go(struct redis *redis, const char *why)
{
    redisAsyncContext *connection = redis->connection;
    bool was_up = redis->state >= REDIS_IS_UP;

    redis->connection = NULL;
    redis->state = REDIS_IS_AWAY;
    redis->client_id = 0;
    redis->server_id[0] = '\0';
    resolve_cancel(redis->query);
    redis->query = NULL;
    redis_destroy(TAKE(redis->sentinel));
    redis->sentinels_asked++;
    redis_queue_put_in_front(&redis->waiting, &redis->again);
    snprintf(redis->trouble, sizeof(redis->trouble), "%s: %s", redis_address_format(&redis->address).text, why);
    redis->why_left[0] = '\0'; /* which `why` may be */
    if (redis->address.sentinels_count > 0)
        redis->address.host[0] = '\0'; /* asked for again */
    if (was_up)
        redis->away_since_ms = loop_now_ms(redis->options.loop);
    redis_connection_set_timer(redis, backoff_ms(redis), redis_connection_start);
    redis->failures++;
    return connection;
}

void redis_connection_drop(struct redis *redis, const char *why)
{
    redisAsyncContext *connection = let_go(redis, why);

    if (connection)
        redisAsyncFree(connection); /* in a callback of its own: soon after it */
    tell_state(redis, false);
}

void redis_connection_gone(redisAsyncContext *connection)
{
    struct redis *redis = connection->data;

    if (redis->connection != connection)
        return; /* known already */
    let_go(redis, connection->c.errstr[0] ? connection->c.errstr : "connection lost");
    tell_state(redis, false);
}

/* ---- greeting ---- */

static void come_up(struct redis *redis)
{
    redis_connection_set_timer(redis, 0, NULL);
    redis->state = REDIS_IS_UP;
    redis->trouble[0] = '\0';
    tell_state(redis, true);
    if (!redis->is_closed)
        redis_flush(redis);
}

static void on_published(redisAsyncContext *connection, void *reply_pointer, void *arg)
{
    struct redis *redis = arg;
    const redisReply *reply = reply_pointer;

    if (!reply) {
        redis_connection_gone(connection);
        return;
    }
    if (redis->is_closed || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
        return;
    if (strcmp(reply->element[0]->str, "subscribe") == 0) {
        redis->failures = 0;
        come_up(redis);
    } else if (reply->element[2]->type == REDIS_REPLY_STRING) {
        redis->options.on_message(redis->options.arg,
                                  (struct str){ reply->element[2]->str, (size_t)reply->element[2]->len });
    }
}

static void subscribe(struct redis *redis)
{
    struct redis_command command = REDIS_COMMAND();
    AUTO_FREE char *bytes = NULL;
    size_t len;

    redis_command_text(&command, "SUBSCRIBE");
    redis_command_text(&command, redis->options.channel);
    bytes = redis_command_take(&command, &len);
    redis_connection_write(redis, bytes, len, on_published, redis);
}

static void on_greet_again(void *arg)
{
    struct redis *redis = arg;

    redis->timer = NULL;
    redis_connection_greet(redis);
}

static void on_greeted(struct redis *redis)
{
    if (redis->is_loading)
        redis_connection_set_timer(redis, LOADING_AGAIN_MS, on_greet_again);
    else if (redis->options.channel)
        subscribe(redis);
    else
        come_up(redis);
}

static bool is_loading(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR &&
           str_starts_with((struct str){ reply->str, (size_t)reply->len }, "LOADING");
}

/* "run_id:...\r\n" of INFO. */
static void note_server(struct redis *redis, const redisReply *reply)
{
    const char *line = reply->type == REDIS_REPLY_STRING ? strstr(reply->str, "run_id:") : NULL;
    struct str rest = str_of(line ? line + strlen("run_id:") : "");

    snprintf(redis->server_id, sizeof(redis->server_id), STR_FMT, STR_ARG(str_take_until(&rest, '\r')));
}

static bool is_master(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 && reply->element[0]->type == REDIS_REPLY_STRING &&
           strcmp(reply->element[0]->str, "master") == 0;
}

static void on_step(redisAsyncContext *connection, void *reply_pointer, void *arg)
{
    struct redis *redis = connection->data;
    const struct redis_greeting_step *step = arg;
    const redisReply *reply = reply_pointer;
    char why[200];

    if (!reply) {
        redis_connection_gone(connection);
        return;
    }
    if (redis->is_closed || redis->connection != connection)
        return;
    if (is_loading(reply)) {
        snprintf(redis->trouble, sizeof(redis->trouble), "%s: %s", redis_address_format(&redis->address).text,
                 reply->str);
        redis->is_loading = true;
    } else if (reply->type == REDIS_REPLY_ERROR && !step->is_optional) {
        snprintf(why, sizeof(why), "%s: %s", step->name, reply->str);
        redis_connection_drop(redis, why);
        return;
    } else if (step->tells_role && !is_master(reply)) {
        redis_connection_drop(redis, "it is no master");
        return;
    } else if (step->gives_its_id && reply->type == REDIS_REPLY_INTEGER) {
        redis->client_id = reply->integer;
    } else if (step->names_server) {
        note_server(redis, reply);
    }
    if (--redis->greetings == 0)
        on_greeted(redis);
}

static void on_connect_limit(void *arg)
{
    struct redis *redis = arg;

    redis->timer = NULL;
    redis_connection_enter(redis);
    redis_connection_drop(redis, "no connection in time");
    redis_connection_leave(redis);
}

static int64_t connect_ms(const struct redis *redis)
{
    return redis->options.connect_ms ? redis->options.connect_ms : CONNECT_MS;
}

static void say(struct redis *redis, const struct redis_greeting_step *step)
{
    AUTO_COMMAND struct redis_command command = REDIS_COMMAND();
    AUTO_FREE char *bytes = NULL;
    size_t len;

    if (!step->write(step, &redis->options, &command))
        return;
    bytes = redis_command_take(&command, &len);
    redis->greetings++;
    redis_connection_write(redis, bytes, len, on_step, (void *)step);
}

void redis_connection_greet(struct redis *redis)
{
    redis->state = REDIS_IS_GREETING;
    redis->is_loading = false;
    redis->greetings = 0;
    redis_connection_set_timer(redis, connect_ms(redis), on_connect_limit);
    for (size_t i = 0; i < REDIS_GREETING_STEPS; i++)
        say(redis, &redis_greeting[i]);
    if (redis->greetings == 0)
        on_greeted(redis);
}

/* ---- connecting ---- */

static void on_connect(const redisAsyncContext *connection, int status)
{
    struct redis *redis = connection->data;

    if (redis->is_closed || redis->connection != connection)
        return;
    if (status != REDIS_OK) {
        redis_connection_gone((redisAsyncContext *)connection);
        return;
    }
    if (!redis->address.path[0])
        redisEnableKeepAlive(&redis->connection->c);
    redis_connection_greet(redis);
}

static void on_disconnect(const redisAsyncContext *connection, int status)
{
    (void)status;
    redis_connection_gone((redisAsyncContext *)connection);
}

/* Takes the connection that hiredis began, NULL included. */
static void watch(struct redis *redis, redisAsyncContext *connection)
{
    struct redis_watch_owner owner = { redis_connection_enter, redis_connection_leave, redis };
    struct error err = { .code = ERR_NONE };

    redis->state = REDIS_IS_CONNECTING;
    redis->connection = connection;
    if (!connection) {
        redis_connection_drop(redis, "out of memory");
        return;
    }
    connection->data = redis;
    if (connection->err) {
        char why[sizeof(connection->c.errstr)];

        snprintf(why, sizeof(why), "%s", connection->c.errstr);
        redis_connection_drop(redis, why);
        return;
    }
    fcntl(connection->c.fd, F_SETFD, FD_CLOEXEC);
    if (!redis_watch_start(redis->options.loop, connection, &owner, &err)) {
        redis_connection_drop(redis, err.message);
        return;
    }
    redisAsyncSetConnectCallback(connection, on_connect);
    redisAsyncSetDisconnectCallback(connection, on_disconnect);
}

static void connect_to(struct redis *redis, const struct resolve_addresses *addresses)
{
    const char *address = addresses->text[redis->attempts++ % addresses->count];

    watch(redis, redisAsyncConnect(address, redis->address.port));
}

static void on_resolved(void *arg, const struct resolve_addresses *addresses, const struct error *err)
{
    struct redis *redis = arg;

    redis->query = NULL;
    redis_connection_enter(redis);
    if (addresses)
        connect_to(redis, addresses);
    else
        redis_connection_drop(redis, err->message);
    redis_connection_leave(redis);
}

void redis_connection_look_up(struct redis *redis)
{
    struct resolve_addresses addresses;

    if (resolve_literal(redis->address.host, &addresses)) {
        connect_to(redis, &addresses);
    } else if (!redis->options.resolve) {
        redis_connection_drop(redis, "only a literal address can be used here");
    } else {
        redis->state = REDIS_IS_RESOLVING;
        redis->query = resolve_start(redis->options.resolve, redis->address.host, on_resolved, redis);
    }
}

void redis_connection_start(void *arg)
{
    struct redis *redis = arg;

    redis->timer = NULL;
    redis_connection_enter(redis);
    redis_connection_set_timer(redis, connect_ms(redis), on_connect_limit);
    if (redis->address.path[0])
        watch(redis, redisAsyncConnectUnix(redis->address.path));
    else if (redis->address.sentinels_count > 0)
        redis_sentinel_ask(redis);
    else
        redis_connection_look_up(redis);
    redis_connection_leave(redis);
}
