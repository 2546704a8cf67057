#include "bot/shell/redis.h"

#include "bot/base/digest.h"
#include "bot/shell/redis_connection.h"
#include "bot/shell/redis_failure.h"

#include <assert.h>
#include <hiredis/hiredis.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define DEADLINE_MS 2000
#define SWEEP_MS 20 /* a deadline may come this much late */
#define WAITING_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define GRACE_MS 500 /* a command that waited until now still gets this for its answer */

/* ---- answers ---- */

static void answer(struct redis_pending *pending, const struct redis_answer *what)
{
    if (!pending->redis->is_closed)
        pending->on_answered(pending->arg, what);
    redis_pending_free(pending);
}

static void answer_without(struct redis_pending *pending, enum redis_outcome outcome, const char *why)
{
    answer(pending, &(struct redis_answer){ .outcome = outcome, .message = why });
}

/* Scripts were flushed, Redis loads its file, or it is the wrong one now: first all in flight is answered, so that each
 * command knows whether it ran. */
static void drain(struct redis *redis)
{
    if (redis->state == REDIS_IS_UP) {
        snprintf(redis->trouble, sizeof(redis->trouble), "%s: greeting it again",
                 redis_address_format(&redis->address).text);
        redis->state = REDIS_IS_DRAINING;
        redis->away_since_ms = loop_now_ms(redis->options.loop);
    }
}

/* Then it is greeted again, or left. */
static void go_on_when_drained(struct redis *redis)
{
    if (redis->is_closed || redis->state != REDIS_IS_DRAINING || redis->sent.first)
        return;
    if (redis->why_left[0]) {
        redis_connection_drop(redis, redis->why_left);
        return;
    }
    redis_queue_put_in_front(&redis->waiting, &redis->again);
    redis_connection_greet(redis);
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
    if (failure.follow == FOLLOW_RECONNECT && redis->connection) {
        snprintf(redis->why_left, sizeof(redis->why_left), "%s", reply->str);
        drain(redis);
    }
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
        redis_connection_gone(connection);
        answer_without(pending, REDIS_UNAVAILABLE, redis->trouble);
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        on_error_reply(redis, pending, reply);
    } else {
        redis->failures = 0;
        redis->complaint[0] = '\0';
        answer(pending, &(struct redis_answer){ .outcome = REDIS_REPLIED, .reply = reply, .message = "" });
    }
    go_on_when_drained(redis);
}

void redis_flush(struct redis *redis)
{
    int64_t soonest_ms = loop_now_ms(redis->options.loop) + GRACE_MS;

    while (redis->state == REDIS_IS_UP && redis->waiting.first) {
        struct redis_pending *pending = redis_queue_take(&redis->waiting);

        redis->waiting_bytes -= pending->len;
        if (pending->due_at_ms < soonest_ms)
            pending->due_at_ms = soonest_ms;
        redis_queue_put(&redis->sent, pending);
        redis_connection_write(redis, pending->bytes, pending->len, on_reply, pending);
    }
}

/* ---- deadlines ---- */

static int64_t now_ms(const struct redis *redis)
{
    return loop_now_ms(redis->options.loop);
}

/* Answers what waits, so did not run, and is due; what is not due stays, in order. */
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
        answer_without(pending, REDIS_NOT_NOW, redis->trouble[0] ? redis->trouble : "no answer in time");
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
    redis_connection_enter(redis);
    if (redis->connection && redis_queue_has_due(&redis->sent, now_ms(redis)))
        redis_connection_drop(redis, "no answer in time");
    if (!redis->is_closed)
        give_up_waiting(redis, &redis->again);
    if (!redis->is_closed)
        give_up_waiting(redis, &redis->waiting);
    keep_sweeping(redis);
    redis_connection_leave(redis);
}

/* ---- what the header promises ---- */

static void name_scripts(struct redis *redis)
{
    for (size_t i = 0; i < SCRIPT_COUNT; i++) {
        AUTO_BUF struct buf hex = BUF(40);
        unsigned char sha[20];

        EVP_Digest(scripts[i].text.at, scripts[i].text.len, sha, NULL, EVP_sha1(), NULL);
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
    redis_connection_set_timer(redis, 0, redis_connection_start);
    return redis;
}

void redis_destroy(struct redis *redis)
{
    redisAsyncContext *connection;

    if (!redis)
        return;
    assert(!redis->is_closed);
    redis_connection_enter(redis);
    redis->is_closed = true;
    connection = TAKE(redis->connection);
    loop_timer_cancel(redis->timer);
    loop_timer_cancel(redis->sweep);
    resolve_cancel(redis->query);
    redis_destroy(TAKE(redis->sentinel));
    redis_queue_finish(&redis->again);
    redis_queue_finish(&redis->waiting);
    if (connection)
        redisAsyncFree(connection); /* gives back what was sent, now or when its callback on the stack returns */
    redis_connection_leave(redis);
}

static int64_t due_at_ms(const struct redis *redis, int64_t deadline_ms, size_t len)
{
    int64_t usual_ms = redis->options.deadline_ms ? redis->options.deadline_ms : DEADLINE_MS;
    int64_t now = now_ms(redis);
    bool is_long_away = now - redis->away_since_ms > usual_ms;

    if (redis->state != REDIS_IS_UP && (is_long_away || redis->waiting_bytes + len > WAITING_MAX_BYTES))
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
    redis_flush(redis);
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
    return redis->state == REDIS_IS_UP;
}

const char *redis_trouble(const struct redis *redis)
{
    return redis->trouble[0] ? redis->trouble : redis->complaint;
}

const char *redis_server_id(const struct redis *redis)
{
    return redis->server_id;
}

int64_t redis_nodes(const struct redis *redis)
{
    return redis->nodes;
}

int64_t redis_down_after_ms(const struct redis *redis)
{
    return redis->down_after_ms;
}

void redis_reconnect(struct redis *redis, const char *why)
{
    redis_connection_enter(redis);
    if (redis->connection)
        redis_connection_drop(redis, why);
    redis_connection_leave(redis);
}

int64_t redis_client_id(const struct redis *redis)
{
    return redis->client_id;
}
