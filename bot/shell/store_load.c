/* store_load.c - reading a store back: all records at once, and what arrived after the cursors. */

#include "bot/shell/store_call.h"

#include <hiredis/hiredis.h>
#include <string.h>

#define LOAD_MS INT64_C(60000) /* a large store takes its time */

/* --- load: one MULTI, so that all of it is of one moment -------------------------------------------------------------
 */

static const enum store_place loaded[] = { STORE_META,     STORE_OPERATIONS, STORE_ENDED, STORE_TARGETS, STORE_TIMERS,
                                           STORE_MESSAGES, STORE_EFFECTS,    STORE_HEARD, STORE_TRYING };

static bool parse_hash(struct store_call *call, const redisReply *reply, enum store_place place)
{
    struct store_pair *pairs;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements % 2 != 0)
        return false;
    pairs = arena_alloc(call->arena, (reply->elements / 2 + 1) * sizeof(*pairs));
    for (size_t i = 0; i < reply->elements / 2; i++) {
        const redisReply *value = reply->element[2 * i + 1];

        pairs[i].field = reply->element[2 * i]->str; /* hiredis ends its strings with a NUL */
        pairs[i].value = (struct str){ value->str, (size_t)value->len };
    }
    call->is.snapshot.places[place].pairs = pairs;
    call->is.snapshot.places[place].count = reply->elements / 2;
    return true;
}

/* XINFO STREAM, a flat list of names and values; a stream that is not there is an error of its own. */
static const char *parse_last_id(const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR)
        return strstr(reply->str, "no such key") ? "0-0" : NULL;
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2)
        if (strcmp(reply->element[i]->str, "last-generated-id") == 0)
            return reply->element[i + 1]->str;
    return NULL;
}

/* Of two masters the one that is read must be the one that is written to: what else it holds is another history. */
static bool is_of_writer(struct store_call *call)
{
    struct store_redis *store = call->store;

    if (store->address.sentinels_count == 0 ||
        strcmp(redis_server_id(store->reader), redis_server_id(store->writer)) == 0)
        return true;
    redis_reconnect(store->reader, "it is not the master that is written to");
    return false;
}

/* Delivers at once: the snapshot borrows from the reply. */
static void parse_loaded(struct store_call *call, const redisReply *reply)
{
    size_t hashes = ARRAY_LEN(loaded);
    bool is_whole = reply->type == REDIS_REPLY_ARRAY && reply->elements == hashes + 2;

    for (size_t i = 0; is_whole && i < hashes; i++)
        is_whole = parse_hash(call, reply->element[i], loaded[i]);
    if (!is_whole || !is_of_writer(call))
        return;
    call->is.snapshot.inbox_last_id = parse_last_id(reply->element[hashes]);
    call->is.snapshot.inbox_safe_last_id = parse_last_id(reply->element[hashes + 1]);
    if (call->is.snapshot.inbox_last_id && call->is.snapshot.inbox_safe_last_id)
        call->status = STORE_OK;
}

static void deliver_loaded(struct store_call *call)
{
    call->fn.loaded(call->arg, call->status, call->status == STORE_OK ? &call->is.snapshot : NULL);
}

static void on_queued(void *arg, const struct redis_answer *answer)
{
    (void)arg, (void)answer; /* EXEC tells of any that was refused */
}

static void queue_one(struct store_redis *store, const char *words, int place)
{
    struct redis_command command = REDIS_COMMAND();

    redis_command_words(&command, words);
    if (place >= 0)
        store_call_key(store, &command, (enum store_place)place);
    redis_send(store->reader, &command, LOAD_MS, on_queued, NULL);
}

static void on_unblocked(void *arg, const struct redis_answer *answer)
{
    (void)arg, (void)answer; /* whether it blocked or not, it does not now */
}

/* The read under way ends as if its time were over. Sent on the other connection: its own is busy waiting. */
static void end_read(struct store_redis *store)
{
    struct redis_command command = REDIS_COMMAND();

    if (!store->read || redis_client_id(store->reader) == 0)
        return;
    redis_command_words(&command, "CLIENT UNBLOCK");
    redis_command_int(&command, redis_client_id(store->reader));
    redis_send(store->writer, &command, 0, on_unblocked, NULL);
}

void store_load(void *ctx, store_loaded_fn on_done, void *arg)
{
    struct store_redis *store = ctx;
    struct store_call *call = store_call_start(store, arg);
    struct redis_command exec = REDIS_COMMAND();

    call->fn.loaded = on_done;
    call->parse = parse_loaded;
    call->deliver = deliver_loaded;
    end_read(store);
    queue_one(store, "MULTI", -1);
    for (size_t i = 0; i < ARRAY_LEN(loaded); i++)
        queue_one(store, "HGETALL", (int)loaded[i]);
    queue_one(store, "XINFO STREAM", STORE_INBOX);
    queue_one(store, "XINFO STREAM", STORE_INBOX_SAFE);
    redis_command_text(&exec, "EXEC");
    redis_send(store->reader, &exec, LOAD_MS, store_call_on_answered, call);
}

/* --- read ----------------------------------------------------------------------------------------------------------
 */

static struct str entry_value(const redisReply *fields)
{
    for (size_t i = 0; fields->type == REDIS_REPLY_ARRAY && i + 1 < fields->elements; i += 2)
        if (strcmp(fields->element[i]->str, "e") == 0)
            return (struct str){ fields->element[i + 1]->str, (size_t)fields->element[i + 1]->len };
    return (struct str){ NULL, 0 };
}

const struct store_entry *store_call_entries(struct store_call *call, const redisReply *reply, size_t *ret_count)
{
    struct store_entry *entries = arena_alloc(call->arena, (reply->elements + 1) * sizeof(*entries));

    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *entry = reply->element[i];

        entries[i].id = entry->element[0]->str;
        entries[i].value = entry_value(entry->element[1]);
    }
    *ret_count = reply->elements;
    return entries;
}

static void parse_stream(struct store_call *call, const redisReply *stream)
{
    struct str key = { stream->element[0]->str, (size_t)stream->element[0]->len };
    struct store_entries *entries = &call->is.entries;

    if (str_ends_with(key, ":inbox:safe"))
        entries->safe = store_call_entries(call, stream->element[1], &entries->safe_count);
    else
        entries->inbox = store_call_entries(call, stream->element[1], &entries->inbox_count);
}

static void parse_read(struct store_call *call, const redisReply *reply)
{
    if ((reply->type != REDIS_REPLY_ARRAY && reply->type != REDIS_REPLY_NIL) || !is_of_writer(call))
        return;
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        parse_stream(call, reply->element[i]);
    call->status = STORE_OK;
}

static void deliver_read(struct store_call *call)
{
    call->fn.read(call->arg, call->status, call->status == STORE_OK ? &call->is.entries : NULL);
}

static int64_t usual_ms(const struct store_redis *store)
{
    return store->options.deadline_ms ? store->options.deadline_ms : 2000;
}

void store_read(void *ctx, const char *after_safe, const char *after_inbox, size_t count, int64_t wait_ms,
                store_read_fn on_done, void *arg)
{
    struct store_redis *store = ctx;
    struct store_call *call = store_call_start(store, arg);
    struct redis_command command = REDIS_COMMAND();

    call->fn.read = on_done;
    call->parse = parse_read;
    call->deliver = deliver_read;
    end_read(store);
    store->read = call;
    redis_command_words(&command, "XREAD COUNT");
    redis_command_int(&command, (int64_t)count);
    if (wait_ms > 0) { /* BLOCK 0 would be for ever */
        redis_command_text(&command, "BLOCK");
        redis_command_int(&command, wait_ms);
    }
    redis_command_text(&command, "STREAMS");
    store_call_key(store, &command, STORE_INBOX_SAFE);
    store_call_key(store, &command, STORE_INBOX);
    redis_command_text(&command, after_safe);
    redis_command_text(&command, after_inbox);
    redis_send(store->reader, &command, (wait_ms > 0 ? wait_ms : 0) + usual_ms(store), store_call_on_answered, call);
}
