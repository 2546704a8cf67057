#include "bot/shell/redis_master.h"

#include "bot/base/str.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

static redisReply *ask(redisContext *context, const char *master)
{
    return context && !context->err ? redisCommand(context, "SENTINEL GET-MASTER-ADDR-BY-NAME %s", master) : NULL;
}

/* [host, port], or nil. */
static bool read_answer(const redisReply *reply, struct redis_address *address, struct error *err)
{
    int64_t port = 0;

    if (!reply)
        return error_set(err, ERR_UNAVAILABLE, "no answer");
    if (reply->type == REDIS_REPLY_ERROR)
        return error_set(err, ERR_DENIED, "%s", reply->str);
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || !reply->element[0]->str ||
        !reply->element[1]->str || (size_t)reply->element[0]->len >= sizeof(address->host) ||
        !parse_int(str_of(reply->element[1]->str), 1, 65535, &port, err))
        return error_set(err, ERR_UNAVAILABLE, "it knows no master '%s'", address->master);
    memcpy(address->host, reply->element[0]->str, (size_t)reply->element[0]->len + 1);
    address->port = (int)port;
    return true;
}

/* False with err: it does not let us in. */
static bool log_in(redisContext *context, const struct redis_address *address, struct error *err)
{
    redisReply *reply;
    bool is_in;

    if (!context || context->err || !address->sentinel_password[0])
        return true;
    reply = address->sentinel_user[0]
                ? redisCommand(context, "AUTH %s %s", address->sentinel_user, address->sentinel_password)
                : redisCommand(context, "AUTH %s", address->sentinel_password);
    is_in = reply && reply->type != REDIS_REPLY_ERROR;
    if (!is_in)
        error_set(err, reply ? ERR_DENIED : ERR_UNAVAILABLE, "AUTH: %s", reply ? reply->str : "no answer");
    if (reply)
        freeReplyObject(reply);
    return is_in;
}

static bool ask_one(const struct redis_place *sentinel, struct timeval patience, struct redis_address *address,
                    struct error *err)
{
    redisContext *context = redisConnectWithTimeout(sentinel->host, sentinel->port, patience);
    redisReply *reply = NULL;
    bool is_found;

    if (context && !context->err)
        redisSetTimeout(context, patience);
    is_found = log_in(context, address, err);
    if (is_found)
        reply = ask(context, address->master);
    is_found = is_found && read_answer(reply, address, err);
    if (reply)
        freeReplyObject(reply);
    if (context)
        redisFree(context);
    return is_found;
}

bool redis_master_find(struct redis_address *address, int64_t timeout_ms, struct error *err)
{
    struct timeval patience = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
    bool is_found = address->sentinels_count == 0;
    struct error denied = { .code = ERR_NONE };

    for (size_t i = 0; i < address->sentinels_count && !is_found; i++) {
        const struct redis_place *sentinel = &address->sentinels[i];

        is_found = ask_one(sentinel, patience, address, err) ||
                   error_wrap(err, "sentinel %s:%d", sentinel->host, sentinel->port);
        if (!is_found && err->code == ERR_DENIED)
            denied = *err;
    }
    if (!is_found && denied.code != ERR_NONE)
        *err = denied; /* who refuses us is there, whatever the others are */
    return is_found;
}
