/* store_entry.c - one entry of a stream, read back: a dead letter, or a delivery that is kept. */
#include "bot/shell/store_call.h"

#include <hiredis/hiredis.h>
#include <string.h>

/* XRANGE with one id: [[id, [name, value, ...]]], or []. */
static void parse_entry(struct store_call *call, const redisReply *reply)
{
    const redisReply *fields;

    if (reply->type != REDIS_REPLY_ARRAY)
        return;
    call->status = STORE_OK;
    if (reply->elements == 0)
        return;
    fields = reply->element[0]->elements == 2 ? reply->element[0]->element[1] : NULL;
    for (size_t i = 0; fields && fields->type == REDIS_REPLY_ARRAY && i + 1 < fields->elements; i += 2) {
        struct str value = { fields->element[i + 1]->str, (size_t)fields->element[i + 1]->len };

        if (strcmp(fields->element[i]->str, "e") == 0)
            call->is.entry = (struct str){ arena_copy(call->arena, value), value.len };
    }
}

static void deliver_entry(struct store_call *call)
{
    call->fn.entry(call->arg, call->status, call->is.entry);
}

void store_redis_entry(struct store_redis *store, enum store_place place, const char *id, store_entry_fn on_done,
                       void *arg)
{
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();

    call->fn.entry = on_done;
    call->parse = parse_entry;
    call->deliver = deliver_entry;
    redis_command_text(&command, "XRANGE");
    store_call_key(store, &command, place);
    redis_command_text(&command, id);
    redis_command_text(&command, id);
    redis_command_words(&command, "COUNT 1");
    redis_send(store->writer, &command, 0, store_call_on_answered, call);
}
