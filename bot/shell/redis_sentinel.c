/* redis_sentinel.c - before it connects: where is the master? One sentinel is asked, over a connection of its own; when
 * it cannot tell, or the one that it names is no master, the try is over, and the next try asks the next sentinel. */
#include "bot/shell/redis_connection.h"

#include <hiredis/hiredis.h>
#include <openssl/crypto.h>
#include <stdio.h>

static const struct redis_place *whose_turn(const struct redis *redis)
{
    return &redis->address.sentinels[redis->sentinels_asked % redis->address.sentinels_count];
}

/* The try is over. The owner of `redis` may destroy it in there. */
static void give_up(struct redis *redis, const char *why)
{
    char text[200];

    snprintf(text, sizeof(text), "sentinel %s: %s", whose_turn(redis)->host, why);
    redis_connection_enter(redis);
    redis_connection_drop(redis, text);
    redis_connection_leave(redis);
}

static void on_state(void *arg, bool is_up, const char *why)
{
    if (!is_up)
        give_up(arg, why);
}

/* Names and values. 0 when it does not say. */
static int64_t said_number(const redisReply *reply, const char *name)
{
    int64_t number = 0;
    struct error ignored;

    for (size_t i = 0; reply && reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2)
        if (reply->element[i]->str && reply->element[i + 1]->str && str_is(str_of(reply->element[i]->str), name))
            parse_int(str_of(reply->element[i + 1]->str), 0, INT32_MAX, &number, &ignored);
    return number;
}

/* SENTINEL MASTER. What it says of replicas counts those that are down, too. */
static void on_described(void *arg, const struct redis_answer *answer)
{
    struct redis *redis = arg;

    redis->nodes = 1 + said_number(answer->reply, "num-slaves");
    redis->down_after_ms = said_number(answer->reply, "down-after-milliseconds");
}

/* [host, port], or nil. */
static void on_named(void *arg, const struct redis_answer *answer)
{
    struct redis *redis = arg;
    const redisReply *reply = answer->reply;
    struct redis_address *address = &redis->address;
    int64_t port = 0;
    struct error err = { .code = ERR_NONE };

    if (answer->outcome != REDIS_REPLIED) {
        give_up(redis, answer->message);
        return;
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || !reply->element[0]->str ||
        !reply->element[1]->str || (size_t)reply->element[0]->len >= sizeof(address->host) ||
        !parse_int(str_of(reply->element[1]->str), 1, 65535, &port, &err)) {
        snprintf(err.message, sizeof(err.message), "it knows no master '%s'", address->master);
        give_up(redis, err.message);
        return;
    }
    snprintf(address->host, sizeof(address->host), "%s", reply->element[0]->str);
    address->port = (int)port;
    redis_connection_enter(redis);
    redis_destroy(TAKE(redis->sentinel));
    redis_connection_look_up(redis);
    redis_connection_leave(redis);
}

static void ask(struct redis *redis, const char *words, redis_answered_fn on_answered)
{
    struct redis_command command = REDIS_COMMAND();

    redis_command_words(&command, words);
    redis_command_text(&command, redis->address.master);
    redis_send(redis->sentinel, &command, 0, on_answered, redis);
}

void redis_sentinel_ask(struct redis *redis)
{
    struct redis_address address = { .port = whose_turn(redis)->port };

    snprintf(address.host, sizeof(address.host), "%s", whose_turn(redis)->host);
    snprintf(address.user, sizeof(address.user), "%s", redis->address.sentinel_user);
    snprintf(address.password, sizeof(address.password), "%s", redis->address.sentinel_password);
    redis->state = REDIS_IS_RESOLVING;
    redis->sentinel = redis_create(&(struct redis_options){ .loop = redis->options.loop,
                                                            .resolve = redis->options.resolve,
                                                            .address = &address,
                                                            .client_name = redis->options.client_name,
                                                            .is_bare = true,
                                                            .connect_ms = redis->options.connect_ms,
                                                            .on_state = on_state,
                                                            .arg = redis });
    OPENSSL_cleanse(&address, sizeof(address)); /* it has a copy of its own */
    ask(redis, "SENTINEL MASTER", on_described);
    ask(redis, "SENTINEL GET-MASTER-ADDR-BY-NAME", on_named);
}
