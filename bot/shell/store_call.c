#include "bot/shell/store_call.h"

#include "bot/shell/clock.h"

#include <hiredis/hiredis.h>

struct store_call *store_call_start(struct store_redis *store, void *arg)
{
    struct store_call *call = xcalloc(1, sizeof(*call));

    call->store = store;
    call->arena = arena_create();
    call->status = STORE_UNAVAILABLE;
    call->arg = arg;
    call->started_ns = clock_mono_ns();
    call->next = store->calls;
    call->previous = &store->calls;
    if (call->next)
        call->next->previous = &call->next;
    store->calls = call;
    return call;
}

static void leave_store(struct store_call *call)
{
    if (call->store->read == call)
        call->store->read = NULL;
    *call->previous = call->next;
    if (call->next)
        call->next->previous = call->previous;
}

static void free_call(struct store_call *call)
{
    arena_destroy(call->arena);
    free(call);
}

void store_call_free(struct store_call *call)
{
    leave_store(call);
    free_call(call);
}

static void deliver(struct store_call *call)
{
    if (call->timed)
        histograms_add(&call->store->times, call->timed, clock_mono_ns() - call->started_ns);
    leave_store(call); /* first: the callback may destroy the store, and every call that it still has */
    call->deliver(call);
    free_call(call);
}

static void on_waited(void *arg, bool has_arrived)
{
    struct store_call *call = arg;

    if (!has_arrived && call->is_write && call->status == STORE_OK)
        call->status = STORE_UNAVAILABLE;
    deliver(call);
}

static const enum store_status status_of[] = {
    [REDIS_REPLIED] = STORE_UNAVAILABLE, /* until parse knows better */
    [REDIS_NO_MEMORY] = STORE_NO_MEMORY,
    [REDIS_REFUSED] = STORE_UNAVAILABLE,
    [REDIS_NOT_NOW] = STORE_NOT_NOW,
    [REDIS_UNAVAILABLE] = STORE_UNAVAILABLE,
};

void store_call_on_answered(void *arg, const struct redis_answer *answer)
{
    struct store_call *call = arg;

    call->status = status_of[answer->outcome];
    if (answer->outcome == REDIS_REPLIED)
        call->parse(call, answer->reply);
    if (call->store->replicas && call->is_write)
        replicas_wait(call->store->replicas, redis_server_id(call->store->writer), on_waited, call);
    else
        deliver(call);
}

const char *store_call_text(struct store_call *call, const struct redisReply *reply)
{
    bool is_text = reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;

    return is_text ? arena_copy(call->arena, (struct str){ reply->str, (size_t)reply->len }) : "";
}

void store_call_key(struct store_redis *store, struct redis_command *command, enum store_place place)
{
    redis_command_addf(command, "%s%s", store->prefix, store_place_names[place]);
}
