/* store_page.c - some entries of a stream, some fields of a hash, a dedupe key: for whoever only looks. */
#include "bot/shell/store_call.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>

static void deliver_page(struct store_call *call)
{
    call->fn.page(call->arg, call->status, call->is.page.list, call->is.page.count);
}

static void parse_page(struct store_call *call, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY)
        return;
    call->is.page.list = store_call_entries(call, reply, &call->is.page.count);
    call->status = STORE_OK;
}

void store_redis_page(struct store_redis *store, const struct store_page *page, store_page_fn on_done, void *arg)
{
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();

    call->fn.page = on_done;
    call->parse = parse_page;
    call->deliver = deliver_page;
    redis_command_text(&command, page->is_newest_first ? "XREVRANGE" : "XRANGE");
    store_call_key(store, &command, page->place);
    redis_command_text(&command, page->is_newest_first ? page->to : page->from);
    redis_command_text(&command, page->is_newest_first ? page->from : page->to);
    redis_command_text(&command, "COUNT");
    redis_command_int(&command, (int64_t)page->count);
    redis_send(store->writer, &command, 0, store_call_on_answered, call);
}

/* The fields were noted when it was sent: is.page has them without values. */
static void parse_fields(struct store_call *call, const redisReply *reply)
{
    struct store_entry *list = arena_alloc(call->arena, (call->is.page.count + 1) * sizeof(*list));

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != call->is.page.count)
        return;
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *value = reply->element[i];

        list[i].id = call->is.page.list[i].id;
        if (value->type == REDIS_REPLY_STRING)
            list[i].value = (struct str){ arena_copy(call->arena, (struct str){ value->str, (size_t)value->len }),
                                          (size_t)value->len };
    }
    call->is.page.list = list;
    call->status = STORE_OK;
}

void store_redis_fields(struct store_redis *store, enum store_place place, const char *const *fields, size_t count,
                        store_page_fn on_done, void *arg)
{
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();
    struct store_entry *list = arena_alloc(call->arena, (count + 1) * sizeof(*list));

    call->fn.page = on_done;
    call->parse = parse_fields;
    call->deliver = deliver_page;
    redis_command_text(&command, "HMGET");
    store_call_key(store, &command, place);
    for (size_t i = 0; i < count; i++) {
        list[i].id = arena_strdup(call->arena, fields[i]);
        redis_command_text(&command, fields[i]);
    }
    call->is.page.list = list;
    call->is.page.count = count;
    redis_send(store->writer, &command, 0, store_call_on_answered, call);
}

void store_redis_journal(struct store_redis *store, const char *from, size_t count, store_page_fn on_done, void *arg)
{
    store_redis_page(store,
                     &(struct store_page){ .place = STORE_JOURNAL, .from = from, .to = "+", .count = count }, on_done,
                     arg);
}

void store_redis_personal(struct store_redis *store, const int64_t *numbers, size_t count, store_page_fn on_done,
                          void *arg)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char **fields = arena_alloc(arena, (count + 1) * sizeof(*fields));

    for (size_t i = 0; i < count; i++)
        fields[i] = arena_printf(arena, "%" PRId64, numbers[i]);
    store_redis_fields(store, STORE_PERSONAL, fields, count, on_done, arg);
}

/* ---- a dedupe key ---- */

static void parse_seen(struct store_call *call, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_INTEGER)
        return;
    call->is.receivers = reply->integer;
    call->status = STORE_OK;
}

static void deliver_seen(struct store_call *call)
{
    call->fn.told(call->arg, call->status == STORE_OK ? call->is.receivers : -1);
}

void store_redis_seen(struct store_redis *store, const char *key, store_told_fn on_done, void *arg)
{
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();

    call->fn.told = on_done;
    call->parse = parse_seen;
    call->deliver = deliver_seen;
    redis_command_text(&command, "EXISTS");
    redis_command_addf(&command, "%sseen:%s", store->prefix, key);
    redis_send(store->writer, &command, 0, store_call_on_answered, call);
}
