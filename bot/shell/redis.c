#include "bot/shell/redis.h"

#include "bot/base/digest.h"
#include "bot/shell/clock.h"
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
#define SWEEP_MS 20          /* a deadline may come this much late */
#define LOADING_AGAIN_MS 50
#define BACKOFF_FIRST_MS 20
#define BACKOFF_MAX_MS 1000
#define WAITING_MAX_BYTES (64 * 1024 * 1024)

enum state {
    STATE_AWAY,       /* waits for its next try */
    STATE_RESOLVING,
    STATE_CONNECTING,
    STATE_GREETING,   /* AUTH, SELECT, scripts...; LOADING is waited out here */
    STATE_UP,
    STATE_DRAINING,   /* was up, and a command did not run: all answers first, then the greeting again */
};

struct pending { /* a command on its way */
    struct redis *redis;
    struct pending *next;
    char *bytes;
    size_t len;
    int64_t due_at_ms;
    redis_answered_fn on_answered;
    void *arg;
};

struct queue {
    struct pending *first, *last;
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
    struct queue sent, again, waiting;
    size_t waiting_bytes; /* of `again` and `waiting` */
    size_t greetings;  /* answers of the greeting still to come */
    bool is_loading;   /* one of them was LOADING */
    unsigned failures; /* since the last good answer */
    unsigned attempts; /* which address is next */
    int64_t client_id;
    int64_t away_since_ms;
    char trouble[256];
    int busy;       /* calls of ours on the stack that go on using us */
    bool is_closed; /* destroyed; freed once nobody is busy */
};

static void try_to_connect(void *arg);
static void greet(struct redis *redis);

/* --- queues -------------------------------------------------------------------------------------------------------- */

static void queue_put(struct queue *queue, struct pending *pending)
{
    pending->next = NULL;
    if (queue->last)
        queue->last->next = pending;
    else
        queue->first = pending;
    queue->last = pending;
}

static struct pending *queue_take(struct queue *queue)
{
    struct pending *pending = queue->first;

    if (pending)
        queue->first = pending->next;
    if (!queue->first)
        queue->last = NULL;
    return pending;
}

static void queue_put_in_front(struct queue *queue, struct queue *front)
{
    if (!front->first)
        return;
    front->last->next = queue->first;
    queue->first = front->first;
    if (!queue->last)
        queue->last = front->last;
    *front = (struct queue){ NULL, NULL };
}

static bool queue_has_due(const struct queue *queue, int64_t now_ms)
{
    for (const struct pending *pending = queue->first; pending; pending = pending->next)
        if (pending->due_at_ms <= now_ms)
            return true;
    return false;
}

static void free_pending(struct pending *pending)
{
    free(pending->bytes);
    free(pending);
}

static void free_queue(struct queue *queue)
{
    for (struct pending *pending = queue_take(queue); pending; pending = queue_take(queue))
        free_pending(pending);
}

/* --- callbacks may destroy us: whoever goes on using us afterwards is busy ------------------------------------------- */

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

static void tell_state(struct redis *redis, bool is_up)
{
    if (!redis->is_closed && redis->options.on_state)
        redis->options.on_state(redis->options.arg, is_up, redis->trouble);
}

static void answer(struct pending *pending, const struct redis_answer *what)
{
    if (!pending->redis->is_closed)
        pending->on_answered(pending->arg, what);
    free_pending(pending);
}

static void answer_unavailable(struct pending *pending, const char *why)
{
    answer(pending, &(struct redis_answer){ .outcome = REDIS_UNAVAILABLE, .message = why });
}

static void set_timer(struct redis *redis, int64_t after_ms, loop_fn fn)
{
    loop_timer_cancel(redis->timer);
    redis->timer = fn ? loop_timer_start(redis->options.loop, after_ms, fn, redis) : NULL;
}

/* --- losing the connection ----------------------------------------------------------------------------------------- */

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
    queue_put_in_front(&redis->waiting, &redis->again);
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

/* --- answers ------------------------------------------------------------------------------------------------------- */

enum follow { FOLLOW_NOTHING, FOLLOW_RECONNECT, FOLLOW_AGAIN };

/* What an error's first word means. Any other: the same command meets it again. */
static const struct failure {
    const char *word;
    enum redis_outcome outcome;
    enum follow follow;
} failures[] = {
    { "NOSCRIPT", REDIS_UNAVAILABLE, FOLLOW_AGAIN },      /* flushed: it did not run */
    { "LOADING", REDIS_UNAVAILABLE, FOLLOW_AGAIN },       /* it did not run */
    { "OOM", REDIS_NO_MEMORY, FOLLOW_NOTHING },
    { "READONLY", REDIS_UNAVAILABLE, FOLLOW_RECONNECT },  /* a replica now; the name may lead to the new master */
    { "MASTERDOWN", REDIS_UNAVAILABLE, FOLLOW_RECONNECT },
    { "UNBLOCKED", REDIS_UNAVAILABLE, FOLLOW_RECONNECT }, /* became a replica while we waited there */
    { "MISCONF", REDIS_UNAVAILABLE, FOLLOW_NOTHING },     /* its disk refuses writes */
    { "NOREPLICAS", REDIS_UNAVAILABLE, FOLLOW_NOTHING },
    { "BUSY", REDIS_UNAVAILABLE, FOLLOW_NOTHING },        /* someone's script does not end */
    { "NOAUTH", REDIS_UNAVAILABLE, FOLLOW_RECONNECT },
    { "CLUSTERDOWN", REDIS_UNAVAILABLE, FOLLOW_NOTHING },
};

static struct failure failure_of(const redisReply *reply)
{
    struct str rest = { reply->str, (size_t)reply->len };
    struct str word = str_take_word(&rest);

    for (size_t i = 0; i < ARRAY_LEN(failures); i++)
        if (str_is(word, failures[i].word))
            return failures[i];
    return (struct failure){ NULL, REDIS_REFUSED, FOLLOW_NOTHING };
}

static bool is_word(const redisReply *reply, const char *word)
{
    return reply->type == REDIS_REPLY_ERROR && str_starts_with((struct str){ reply->str, (size_t)reply->len }, word);
}

/* Scripts were flushed, or Redis loads its file: once all in flight is answered, greet again and send again. */
static void drain(struct redis *redis)
{
    if (redis->state == STATE_UP) {
        snprintf(redis->trouble, sizeof(redis->trouble), "%s: greeting it again", redis_address_format(&redis->address).text);
        redis->state = STATE_DRAINING;
    }
}

static void greet_when_drained(struct redis *redis)
{
    if (redis->is_closed || redis->state != STATE_DRAINING || redis->sent.first)
        return;
    queue_put_in_front(&redis->waiting, &redis->again);
    greet(redis);
}

static void on_error_reply(struct redis *redis, struct pending *pending, const redisReply *reply)
{
    struct failure failure = failure_of(reply);

    if (failure.follow == FOLLOW_AGAIN && redis->connection) {
        redis->waiting_bytes += pending->len;
        queue_put(&redis->again, pending);
        drain(redis);
        return;
    }
    if (failure.follow == FOLLOW_RECONNECT && redis->connection)
        drop(redis, reply->str);
    answer(pending, &(struct redis_answer){ .outcome = failure.outcome, .message = reply->str });
}

static void on_reply(redisAsyncContext *connection, void *reply_pointer, void *arg)
{
    struct pending *pending = arg;
    struct redis *redis = pending->redis;
    const redisReply *reply = reply_pointer;
    struct pending *oldest = queue_take(&redis->sent);

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
        answer(pending, &(struct redis_answer){ .outcome = REDIS_REPLIED, .reply = reply, .message = "" });
    }
    greet_when_drained(redis);
}

static void flush(struct redis *redis)
{
    while (redis->state == STATE_UP && redis->waiting.first) {
        struct pending *pending = queue_take(&redis->waiting);

        redis->waiting_bytes -= pending->len;
        queue_put(&redis->sent, pending);
        redisAsyncFormattedCommand(redis->connection, on_reply, pending, pending->bytes, pending->len);
    }
}

/* --- greeting ------------------------------------------------------------------------------------------------------ */

struct step {
    const char *name;
    bool (*write)(const struct redis *redis, struct redis_command *command); /* false: not needed */
    void (*on_reply)(struct redis *redis, const redisReply *reply);          /* may be NULL */
    bool is_optional;                                                        /* an error is no obstacle */
};

static bool write_auth(const struct redis *redis, struct redis_command *command)
{
    redis_command_text(command, "AUTH");
    if (redis->address.user[0])
        redis_command_text(command, redis->address.user);
    redis_command_text(command, redis->address.password);
    return redis->address.password[0] != '\0';
}

static bool write_select(const struct redis *redis, struct redis_command *command)
{
    redis_command_text(command, "SELECT");
    redis_command_int(command, redis->address.db);
    return redis->address.db != 0;
}

static bool write_name(const struct redis *redis, struct redis_command *command)
{
    redis_command_words(command, "CLIENT SETNAME");
    redis_command_text(command, redis->options.client_name);
    return redis->options.client_name != NULL;
}

static bool write_id(const struct redis *redis, struct redis_command *command)
{
    redis_command_words(command, "CLIENT ID");
    return !redis->options.channel;
}

static void keep_id(struct redis *redis, const redisReply *reply)
{
    redis->client_id = reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
}

static bool write_script(const struct redis *redis, struct redis_command *command, enum script_name script)
{
    redis_command_words(command, "SCRIPT LOAD");
    redis_command_text(command, scripts[script].text);
    return !redis->options.channel;
}

static bool write_accept(const struct redis *redis, struct redis_command *command)
{
    return write_script(redis, command, SCRIPT_ACCEPT);
}

static bool write_commit(const struct redis *redis, struct redis_command *command)
{
    return write_script(redis, command, SCRIPT_COMMIT);
}

static bool write_lease(const struct redis *redis, struct redis_command *command)
{
    return write_script(redis, command, SCRIPT_LEASE);
}

static const struct step steps[] = {
    { "AUTH", write_auth, NULL, false },
    { "SELECT", write_select, NULL, false },
    { "CLIENT SETNAME", write_name, NULL, true },
    { "CLIENT ID", write_id, keep_id, true },
    { "loading accept.lua", write_accept, NULL, false },
    { "loading commit.lua", write_commit, NULL, false },
    { "loading lease.lua", write_lease, NULL, false },
};

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
    redisAsyncFormattedCommand(redis->connection, on_published, redis, bytes, len);
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

static void on_step(redisAsyncContext *connection, void *reply_pointer, void *arg)
{
    struct redis *redis = connection->data;
    const struct step *step = arg;
    const redisReply *reply = reply_pointer;
    char why[200];

    if (!reply) {
        on_gone(connection);
        return;
    }
    if (redis->is_closed || redis->connection != connection)
        return;
    if (is_word(reply, "LOADING")) {
        snprintf(redis->trouble, sizeof(redis->trouble), "%s: %s", redis_address_format(&redis->address).text, reply->str);
        redis->is_loading = true;
    } else if (reply->type == REDIS_REPLY_ERROR && !step->is_optional) {
        snprintf(why, sizeof(why), "%s: %s", step->name, reply->str);
        drop(redis, why);
        return;
    } else if (step->on_reply) {
        step->on_reply(redis, reply);
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

static void greet(struct redis *redis)
{
    redis->state = STATE_GREETING;
    redis->is_loading = false;
    redis->greetings = 0;
    set_timer(redis, connect_ms(redis), on_connect_limit);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        AUTO_COMMAND struct redis_command command = REDIS_COMMAND();
        AUTO_FREE char *bytes = NULL;
        size_t len;

        if (!steps[i].write(redis, &command))
            continue;
        bytes = redis_command_take(&command, &len);
        redis->greetings++;
        redisAsyncFormattedCommand(redis->connection, on_step, (void *)&steps[i], bytes, len);
    }
    if (redis->greetings == 0)
        on_greeted(redis);
}

/* --- connecting ---------------------------------------------------------------------------------------------------- */

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

/* --- deadlines ----------------------------------------------------------------------------------------------------- */

static int64_t now_ms(const struct redis *redis)
{
    return loop_now_ms(redis->options.loop);
}

/* Answers what waits and is due; what is not due stays, in order. */
static void give_up_waiting(struct redis *redis, struct queue *queue)
{
    struct queue all = *queue, due = { NULL, NULL };
    int64_t now = now_ms(redis);

    *queue = (struct queue){ NULL, NULL };
    for (struct pending *pending = queue_take(&all); pending; pending = queue_take(&all)) {
        bool is_due = pending->due_at_ms <= now;

        if (is_due)
            redis->waiting_bytes -= pending->len;
        queue_put(is_due ? &due : queue, pending);
    }
    for (struct pending *pending = queue_take(&due); pending; pending = queue_take(&due))
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
    const struct queue *queues[] = { &redis->sent, &redis->again, &redis->waiting };

    for (size_t i = 0; i < ARRAY_LEN(queues); i++)
        for (const struct pending *pending = queues[i]->first; pending && !redis->is_closed; pending = pending->next)
            sweep_at(redis, pending->due_at_ms);
}

static void on_sweep(void *arg)
{
    struct redis *redis = arg;

    redis->sweep = NULL;
    enter(redis);
    if (redis->connection && queue_has_due(&redis->sent, now_ms(redis)))
        drop(redis, "no answer in time");
    if (!redis->is_closed)
        give_up_waiting(redis, &redis->again);
    if (!redis->is_closed)
        give_up_waiting(redis, &redis->waiting);
    keep_sweeping(redis);
    leave(redis);
}

/* --- what the header promises -------------------------------------------------------------------------------------- */

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
    redis->options.address = NULL;
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
    free_queue(&redis->again);
    free_queue(&redis->waiting);
    if (connection)
        redisAsyncFree(connection); /* gives back what was sent, now or when its callback on the stack returns */
    leave(redis);
}

static int64_t due_at_ms(const struct redis *redis, int64_t deadline_ms, size_t len)
{
    int64_t usual_ms = redis->options.deadline_ms ? redis->options.deadline_ms : DEADLINE_MS;
    int64_t now = now_ms(redis);
    bool is_long_away = redis->state < STATE_UP && now - redis->away_since_ms > usual_ms;

    if (is_long_away || redis->waiting_bytes + len > WAITING_MAX_BYTES)
        return now;
    return now + (deadline_ms ? deadline_ms : usual_ms);
}

void redis_send(struct redis *redis, struct redis_command *command, int64_t deadline_ms, redis_answered_fn on_answered,
                void *arg)
{
    struct pending *pending = xcalloc(1, sizeof(*pending));

    assert(!redis->options.channel && !redis->is_closed);
    pending->redis = redis;
    pending->on_answered = on_answered;
    pending->arg = arg;
    pending->bytes = redis_command_take(command, &pending->len);
    pending->due_at_ms = due_at_ms(redis, deadline_ms, pending->len);
    redis->waiting_bytes += pending->len;
    queue_put(&redis->waiting, pending);
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
    return redis->trouble;
}

int64_t redis_client_id(const struct redis *redis)
{
    return redis->client_id;
}
