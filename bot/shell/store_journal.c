/* store_journal.c - the journal read back, page by page, for whoever copies it; and what stands beside its entries. */
#include "bot/shell/store_call.h"

#include <hiredis/hiredis.h>
#include <string.h>

/* XRANGE: [[id, [name, value, ...]], ...]. */
static bool parse_page(struct store_call *call, const redisReply *reply)
{
    struct store_entry *entries = arena_alloc(call->arena, (reply->elements + 1) * sizeof(*entries));

    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *entry = reply->element[i];

        if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
            return false;
        entries[i].id = store_call_text(call, entry->element[0]);
        for (size_t k = 0; k + 1 < entry->element[1]->elements; k += 2) {
            const redisReply *value = entry->element[1]->element[k + 1];
            struct str text = { value->str, (size_t)value->len };

            if (strcmp(entry->element[1]->element[k]->str, "e") == 0)
                entries[i].value = (struct str){ arena_copy(call->arena, text), text.len };
        }
    }
    call->is.page.entries = entries;
    call->is.page.count = reply->elements;
    return true;
}

static void parse_journal(struct store_call *call, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ARRAY && parse_page(call, reply))
        call->status = STORE_OK;
}

static void deliver_page(struct store_call *call)
{
    call->fn.page(call->arg, call->status, call->is.page.entries, call->status == STORE_OK ? call->is.page.count : 0);
}

void store_redis_journal(struct store_redis *store, const char *from, size_t count, store_page_fn on_done, void *arg)
{
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();

    call->fn.page = on_done;
    call->parse = parse_journal;
    call->deliver = deliver_page;
    redis_command_text(&command, "XRANGE");
    store_call_key(store, &command, STORE_JOURNAL);
    redis_command_text(&command, from);
    redis_command_words(&command, "+ COUNT");
    redis_command_int(&command, (int64_t)count);
    redis_send(store->writer, &command, 0, store_call_on_answered, call);
}

/* HMGET: as many as were asked for, of each its text or nothing. */
static void parse_personal(struct store_call *call, const redisReply *reply)
{
    struct store_entry *entries;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != call->is.page.count)
        return;
    entries = arena_alloc(call->arena, (reply->elements + 1) * sizeof(*entries));
    for (size_t i = 0; i < reply->elements; i++) {
        struct str text = { reply->element[i]->str, (size_t)reply->element[i]->len };

        if (reply->element[i]->type == REDIS_REPLY_STRING)
            entries[i].value = (struct str){ arena_copy(call->arena, text), text.len };
    }
    call->is.page.entries = entries;
    call->status = STORE_OK;
}

void store_redis_personal(struct store_redis *store, const int64_t *numbers, size_t count, store_page_fn on_done,
                          void *arg)
{
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();

    call->fn.page = on_done;
    call->parse = parse_personal;
    call->deliver = deliver_page;
    call->is.page.count = count;
    redis_command_text(&command, "HMGET");
    store_call_key(store, &command, STORE_PERSONAL);
    for (size_t i = 0; i < count; i++)
        redis_command_int(&command, numbers[i]);
    redis_send(store->writer, &command, 0, store_call_on_answered, call);
}
