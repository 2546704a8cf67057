#include "bot/shell/redis.h"

#include "bot/base/digest.h"
#include "bot/shell/clock.h"
#include "bot/shell/redis_failure.h"
#include "bot/shell/redis_greeting.h"
#include "bot/shell/redis_queue.h"
#include "bot/shell/redis_watch.h"

#include <assert.h>
#include <fcntl.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define CONNECT_MS 2000
#define DEADLINE_MS 2000
#define SWEEP_MS 20 /* a deadline may come this much late */
#define LOADING_AGAIN_MS 50
#define BACKOFF_FIRST_MS 20
#define BACKOFF_MAX_MS 1000
#define WAITING_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define GRACE_MS 500 /* a command that waited until now still gets this for its answer */

enum state {
    STATE_AWAY, /* waits for its next try */
    STATE_RESOLVING,
    STATE_CONNECTING,
    STATE_GREETING, /* AUTH, SELECT, scripts...; LOADING is waited out here */
    STATE_UP,
    STATE_DRAINING, /* was up, and a command did not run: all answers first, then the greeting again */
};

struct redis {
    struct redis_options options; /* its pointers to text are ours */
    struct redis_address address;
    char sha[SCRIPT_COUNT][41];
    enum state state;
    redisAsyncContext *connection; /* NULL in STATE_AWAY and STATE_RESOLVING */
    struct resolve_query *query;
    struct loop_timer *timer; /* of the state: next try, limit of connecting, next greeting */
    struct loop_timer *sweep; /* set while commands are under way: the next deadline */
    int64_t sweep_at_ms;
    struct redis_queue sent, again, waiting;
    size_t waiting_bytes; /* of `again` and `waiting` */
    size_t greetings;     /* answers of the greeting still to come */
    bool is_loading;      /* one of them was LOADING */
    unsigned failures;    /* since the last good answer */
    unsigned attempts;    /* which address is next */
    int64_t client_id;
    int64_t away_since_ms;
    enum { TOLD_NOTHING, TOLD_DOWN, TOLD_UP } told;
    char trouble[256];   /* why it is not up */
    char complaint[256]; /* the last error reply, until a good answer */
    int busy;            /* calls of ours on the stack that go on using us */
    bool is_closed;      /* destroyed; freed once nobody is busy */
};

static void try_to_connect(void *arg);
static void greet(struct redis *redis);

/* --- callbacks may destroy us: whoever goes on using us afterwards is busy -------------------------------------------
 */

static void enter(void *arg)
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

static void leave(void *arg)
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

static void answer(struct redis_pending *pending, const struct redis_answer *what)
{
    if (!pending->redis->is_closed)
        pending->on_answered(pending->arg, what);
    redis_pending_free(pending);
}

static void answer_unavailable(struct redis_pending *pending, const char *why)
{
    answer(pending, &(struct redis_answer){ .outcome = REDIS_UNAVAILABLE, .message = why });
}

static void set_timer(struct redis *redis, int64_t after_ms, loop_fn fn)
{
    loop_timer_cancel(redis->timer);
    redis->timer = fn ? loop_timer_start(redis->options.loop, after_ms, fn, redis) : NULL;
}

/* --- losing the connection -----------------------------------------------------------------------------------------
 */

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
    bool was_up = redis->state >= STATE_UP;

    redis->connection = NULL;
    redis->state = STATE_AWAY;
    redis->client_id = 0;
    resolve_cancel(redis->query);
    redis->query = NULL;
    redis_queue_put_in_front(&redis->waiting, &redis->again);
    snprintf(redis->trouble, sizeof(redis->trouble), "%s: %s", redis_address_format(&redis->address).text, why);
    if (was_up)
        redis->away_since_ms = loop_now_ms(redis->options.loop);
    set_timer(redis, backoff_ms(redis), try_to_connect);
    redis->failures++;
    return connection;
}

/* We end it. */
static void drop(struct redis *redis, const char *why)
{
    redisAsyncContext *connection = let_go(redis, why);

    if (connection)
        redisAsyncFree(connection); /* in a callback of its own: soon after it */
    tell_state(redis, false);
}

/* hiredis ends it. */
static void on_gone(redisAsyncContext *connection)
{
    struct redis *redis = connection->data;

    if (redis->connection != connection)
        return; /* known already */
    let_go(redis, connection->c.errstr[0] ? connection->c.errstr : "connection lost");
    tell_state(redis, false);
}

/* --- answers -------------------------------------------------------------------------------------------------------
 */

/* Scripts were flushed, or Redis loads its file: once all in flight is answered, greet again and send again. */
static void drain(struct redis *redis)
{
    if (redis->state == STATE_UP) {
        snprintf(redis->trouble, sizeof(redis->trouble), "%s: greeting it again",
                 redis_address_format(&redis->address).text);
        redis->state = STATE_DRAINING;
        redis->away_since_ms = loop_now_ms(redis->options.loop);
    }
}

static void greet_when_drained(struct redis *redis)
{
    if (redis->is_closed || redis->state != STATE_DRAINING || redis->sent.first)
        return;
    redis_queue_put_in_front(&redis->waiting, &redis->again);
    greet(redis);
}

static void on_error_reply(struct redis *redis, struct redis_pending *pending, const redisReply *reply)
{
    struct redis_failure failure = redis_failure_of(reply);

    snprintf(redis->complaint, sizeof(redis->complaint), "%s: %s", redis_address_format(&redis->address).text,
             reply->str);
    if (failure.follow == FOLLOW_AGAIN && redis->connection) {
        redis->waiting_bytes += pending->len;
        redis_queue_put(&redis->again, pending);
        drain(redis);
        return;
    }
    if (failure.follow == FOLLOW_RECONNECT && redis->connection)
        drop(redis, reply->str);
    answer(pending, &(struct redis_answer){ .outcome = failure.outcome, .message = reply->str });
}

static void on_reply(redisAsyncContext *connection, void *reply_pointer, void *arg)
{
    struct redis_pending *pending = arg;
    struct redis *redis = pending->redis;
    const redisReply *reply = reply_pointer;
    struct redis_pending *oldest = redis_queue_take(&redis->sent);

    assert(oldest == pending);
    (void)oldest;
    if (!reply) {
        on_gone(connection);
        answer_unavailable(pending, redis->trouble);
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        on_error_reply(redis, pending, reply);
    } else {
        redis->failures = 0;
        redis->complaint[0] = '\0';
        answer(pending, &(struct redis_answer){ .outcome = REDIS_REPLIED, .reply = reply, .message = "" });
    }
    greet_when_drained(redis);
}

/* hiredis refuses only on a connection that ends, which is not ours any more by then, and without memory. */
static void write_out(struct redis *redis, const char *bytes, size_t len, redisCallbackFn *fn, void *arg)
{
    if (redisAsyncFormattedCommand(redis->connection, fn, arg, bytes, len) != REDIS_OK)
        abort();
}

static void flush(struct redis *redis)
{
    int64_t soonest_ms = loop_now_ms(redis->options.loop) + GRACE_MS;

    while (redis->state == STATE_UP && redis->waiting.first) {
        struct redis_pending *pending = redis_queue_take(&redis->waiting);

        redis->waiting_bytes -= pending->len;
        if (pending->due_at_ms < soonest_ms)
            pending->due_at_ms = soonest_ms;
        redis_queue_put(&redis->sent, pending);
        write_out(redis, pending->bytes, pending->len, on_reply, pending);
    }
}

/* --- greeting ------------------------------------------------------------------------------------------------------
 */

static void come_up(struct redis *redis)
{
    set_timer(redis, 0, NULL);
    redis->state = STATE_UP;
    redis->trouble[0] = '\0';
    tell_state(redis, true);
    if (!redis->is_closed)
        flush(redis);
}

static void on_published(redisAsyncContext *connection, void *reply_pointer, void *arg)
{
    struct redis *redis = arg;
    const redisReply *reply = reply_pointer;

    if (!reply) {
        on_gone(connection);
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
    write_out(redis, bytes, len, on_published, redis);
}

static void on_greet_again(void *arg)
{
    struct redis *redis = arg;

    redis->timer = NULL;
    greet(redis);
}

static void on_greeted(struct redis *redis)
{
    if (redis->is_loading)
        set_timer(redis, LOADING_AGAIN_MS, on_greet_again);
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

static void on_step(redisAsyncContext *connection, void *reply_pointer, void *arg)
{
    struct redis *redis = connection->data;
    const struct redis_greeting_step *step = arg;
    const redisReply *reply = reply_pointer;
    char why[200];

    if (!reply) {
        on_gone(connection);
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
        drop(redis, why);
        return;
    } else if (step->gives_its_id && reply->type == REDIS_REPLY_INTEGER) {
        redis->client_id = reply->integer;
    }
    if (--redis->greetings == 0)
        on_greeted(redis);
}

static void on_connect_limit(void *arg)
{
    struct redis *redis = arg;

    redis->timer = NULL;
    enter(redis);
    drop(redis, "no connection in time");
    leave(redis);
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
    write_out(redis, bytes, len, on_step, (void *)step);
}

static void greet(struct redis *redis)
{
    redis->state = STATE_GREETING;
    redis->is_loading = false;
    redis->greetings = 0;
    set_timer(redis, connect_ms(redis), on_connect_limit);
    for (size_t i = 0; i < REDIS_GREETING_STEPS; i++)
        say(redis, &redis_greeting[i]);
    if (redis->greetings == 0)
        on_greeted(redis);
}

/* --- connecting ----------------------------------------------------------------------------------------------------
 */

static void on_connect(const redisAsyncContext *connection, int status)
{
    struct redis *redis = connection->data;

    if (redis->is_closed || redis->connection != connection)
        return;
    if (status != REDIS_OK) {
        on_gone((redisAsyncContext *)connection);
        return;
    }
    if (!redis->address.path[0])
        redisEnableKeepAlive(&redis->connection->c);
    greet(redis);
}

static void on_disconnect(const redisAsyncContext *connection, int status)
{
    (void)status;
    on_gone((redisAsyncContext *)connection);
}

/* Takes the connection that hiredis began, NULL included. */
static void watch(struct redis *redis, redisAsyncContext *connection)
{
    struct redis_watch_owner owner = { enter, leave, redis };
    struct error err = { .code = ERR_NONE };

    redis->state = STATE_CONNECTING;
    redis->connection = connection;
    if (!connection) {
        drop(redis, "out of memory");
        return;
    }
    connection->data = redis;
    if (connection->err) {
        char why[sizeof(connection->c.errstr)];

        snprintf(why, sizeof(why), "%s", connection->c.errstr);
        drop(redis, why);
        return;
    }
    fcntl(connection->c.fd, F_SETFD, FD_CLOEXEC);
    if (!redis_watch_start(redis->options.loop, connection, &owner, &err)) {
        drop(redis, err.message);
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
    enter(redis);
    if (addresses)
        connect_to(redis, addresses);
    else
        drop(redis, err->message);
    leave(redis);
}

static void look_up(struct redis *redis)
{
    struct resolve_addresses addresses;

    if (resolve_literal(redis->address.host, &addresses)) {
        connect_to(redis, &addresses);
    } else if (!redis->options.resolve) {
        drop(redis, "only a literal address can be used here");
    } else {
        redis->state = STATE_RESOLVING;
        redis->query = resolve_start(redis->options.resolve, redis->address.host, on_resolved, redis);
    }
}

static void try_to_connect(void *arg)
{
    struct redis *redis = arg;

    redis->timer = NULL;
    enter(redis);
    set_timer(redis, connect_ms(redis), on_connect_limit);
    if (redis->address.path[0])
        watch(redis, redisAsyncConnectUnix(redis->address.path));
    else
        look_up(redis);
    leave(redis);
}

/* --- deadlines -----------------------------------------------------------------------------------------------------
 */

static int64_t now_ms(const struct redis *redis)
{
    return loop_now_ms(redis->options.loop);
}

/* Answers what waits and is due; what is not due stays, in order. */
static void give_up_waiting(struct redis *redis, struct redis_queue *queue)
{
    struct redis_queue all = *queue, due = { NULL, NULL };
    int64_t now = now_ms(redis);

    *queue = (struct redis_queue){ NULL, NULL };
    for (struct redis_pending *pending = redis_queue_take(&all); pending; pending = redis_queue_take(&all)) {
        bool is_due = pending->due_at_ms <= now;

        if (is_due)
            redis->waiting_bytes -= pending->len;
        redis_queue_put(is_due ? &due : queue, pending);
    }
    for (struct redis_pending *pending = redis_queue_take(&due); pending; pending = redis_queue_take(&due))
        answer_unavailable(pending, redis->trouble[0] ? redis->trouble : "no answer in time");
}

static void on_sweep(void *arg);

static void sweep_at(struct redis *redis, int64_t due_at_ms)
{
    int64_t now = now_ms(redis);
    int64_t at_ms = due_at_ms < now + SWEEP_MS ? now + SWEEP_MS : due_at_ms;

    if (redis->sweep && redis->sweep_at_ms <= at_ms)
        return;
    loop_timer_cancel(redis->sweep);
    redis->sweep_at_ms = at_ms;
    redis->sweep = loop_timer_start(redis->options.loop, at_ms - now, on_sweep, redis);
}

static void keep_sweeping(struct redis *redis)
{
    const struct redis_queue *queues[] = { &redis->sent, &redis->again, &redis->waiting };

    for (size_t i = 0; i < ARRAY_LEN(queues); i++)
        for (const struct redis_pending *pending = queues[i]->first; pending && !redis->is_closed;
             pending = pending->next)
            sweep_at(redis, pending->due_at_ms);
}

static void on_sweep(void *arg)
{
    struct redis *redis = arg;

    redis->sweep = NULL;
    enter(redis);
    if (redis->connection && redis_queue_has_due(&redis->sent, now_ms(redis)))
        drop(redis, "no answer in time");
    if (!redis->is_closed)
        give_up_waiting(redis, &redis->again);
    if (!redis->is_closed)
        give_up_waiting(redis, &redis->waiting);
    keep_sweeping(redis);
    leave(redis);
}

/* --- what the header promises --------------------------------------------------------------------------------------
 */

static void name_scripts(struct redis *redis)
{
    for (size_t i = 0; i < SCRIPT_COUNT; i++) {
        AUTO_BUF struct buf hex = BUF(40);
        unsigned char sha[20];

        EVP_Digest(scripts[i].text, strlen(scripts[i].text), sha, NULL, EVP_sha1(), NULL);
        hex_add(&hex, sha, sizeof(sha));
        memcpy(redis->sha[i], buf_text(&hex), sizeof(redis->sha[i]));
    }
}

struct redis *redis_create(const struct redis_options *options)
{
    struct redis *redis = xcalloc(1, sizeof(*redis));

    assert(!options->channel || options->on_message);
    redis->options = *options;
    redis->options.client_name = xstrdup(options->client_name);
    redis->options.channel = xstrdup(options->channel);
    redis->address = *options->address;
    redis->options.address = &redis->address;
    redis->away_since_ms = loop_now_ms(options->loop);
    snprintf(redis->trouble, sizeof(redis->trouble), "%s: connecting", redis_address_format(&redis->address).text);
    name_scripts(redis);
    set_timer(redis, 0, try_to_connect);
    return redis;
}

void redis_destroy(struct redis *redis)
{
    redisAsyncContext *connection;

    if (!redis)
        return;
    assert(!redis->is_closed);
    enter(redis);
    redis->is_closed = true;
    connection = TAKE(redis->connection);
    loop_timer_cancel(redis->timer);
    loop_timer_cancel(redis->sweep);
    resolve_cancel(redis->query);
    redis_queue_finish(&redis->again);
    redis_queue_finish(&redis->waiting);
    if (connection)
        redisAsyncFree(connection); /* gives back what was sent, now or when its callback on the stack returns */
    leave(redis);
}

static int64_t due_at_ms(const struct redis *redis, int64_t deadline_ms, size_t len)
{
    int64_t usual_ms = redis->options.deadline_ms ? redis->options.deadline_ms : DEADLINE_MS;
    int64_t now = now_ms(redis);
    bool is_long_away = now - redis->away_since_ms > usual_ms;

    if (redis->state != STATE_UP && (is_long_away || redis->waiting_bytes + len > WAITING_MAX_BYTES))
        return now;
    return now + (deadline_ms ? deadline_ms : usual_ms);
}

void redis_send(struct redis *redis, struct redis_command *command, int64_t deadline_ms, redis_answered_fn on_answered,
                void *arg)
{
    struct redis_pending *pending = xcalloc(1, sizeof(*pending));

    assert(!redis->options.channel && !redis->is_closed);
    pending->redis = redis;
    pending->on_answered = on_answered;
    pending->arg = arg;
    pending->bytes = redis_command_take(command, &pending->len);
    pending->due_at_ms = due_at_ms(redis, deadline_ms, pending->len);
    redis->waiting_bytes += pending->len;
    redis_queue_put(&redis->waiting, pending);
    sweep_at(redis, pending->due_at_ms);
    flush(redis);
}

void redis_run(struct redis *redis, enum script_name script, struct redis_command *command, int64_t deadline_ms,
               redis_answered_fn on_answered, void *arg)
{
    struct redis_command whole = REDIS_COMMAND();

    redis_command_text(&whole, "EVALSHA");
    redis_command_text(&whole, redis->sha[script]);
    buf_add_str(&whole.arguments, buf_str(&command->arguments));
    whole.count += command->count;
    redis_command_finish(command);
    redis_send(redis, &whole, deadline_ms, on_answered, arg);
}

bool redis_is_up(const struct redis *redis)
{
    return redis->state == STATE_UP;
}

const char *redis_trouble(const struct redis *redis)
{
    return redis->trouble[0] ? redis->trouble : redis->complaint;
}

int64_t redis_client_id(const struct redis *redis)
{
    return redis->client_id;
}
