#include "bot/shell/store_reader.h"

#include "bot/shell/redis_address.h"
#include "bot/shell/redis_command.h"
#include "bot/shell/redis_master.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

struct store_reader {
    redisContext *context;
    char prefix[128];
    char where[300]; /* for errors */
};

#define AUTO_REPLY __attribute__((cleanup(auto_reply)))
static void auto_reply(redisReply **reply)
{
    if (*reply)
        freeReplyObject(*reply);
}

/* NULL with err unless the reply is of `type` (or nil, for REDIS_REPLY_STRING). */
static redisReply *ask(struct store_reader *reader, struct redis_command *command, int type, struct error *err)
{
    AUTO_FREE char *bytes = NULL;
    AUTO_REPLY redisReply *reply = NULL;
    void *got = NULL;
    size_t len;

    bytes = redis_command_take(command, &len);
    if (redisAppendFormattedCommand(reader->context, bytes, len) != REDIS_OK ||
        redisGetReply(reader->context, &got) != REDIS_OK || !got) {
        error_set(err, ERR_UNAVAILABLE, "%s: %s", reader->where, reader->context->errstr);
        return NULL;
    }
    reply = got;
    if (reply->type == REDIS_REPLY_ERROR) {
        bool is_wrong = strncmp(reply->str, "WRONGTYPE", 9) == 0;

        error_set(err, is_wrong ? ERR_INVALID : ERR_UNAVAILABLE, "%s: %s", reader->where, reply->str);
        return NULL;
    }
    if (reply->type != type && !(type == REDIS_REPLY_STRING && reply->type == REDIS_REPLY_NIL)) {
        error_set(err, ERR_INVALID, "%s: an answer of another kind than asked for", reader->where);
        return NULL;
    }
    return TAKE(reply);
}

static bool greet(struct store_reader *reader, const struct redis_address *address, struct error *err)
{
    struct redis_command auth = REDIS_COMMAND(), select_db = REDIS_COMMAND();
    AUTO_REPLY redisReply *authenticated = NULL;
    AUTO_REPLY redisReply *selected = NULL;

    if (address->password[0]) {
        redis_command_text(&auth, "AUTH");
        if (address->user[0])
            redis_command_text(&auth, address->user);
        redis_command_text(&auth, address->password);
        authenticated = ask(reader, &auth, REDIS_REPLY_STATUS, err);
        if (!authenticated)
            return false;
    }
    redis_command_text(&select_db, "SELECT");
    redis_command_int(&select_db, address->db);
    selected = ask(reader, &select_db, REDIS_REPLY_STATUS, err);
    return selected != NULL;
}

struct store_reader *store_reader_open(const struct store_reader_options *options, struct error *err)
{
    AUTO_STORE_READER struct store_reader *reader = xcalloc(1, sizeof(*reader));
    struct timeval patience = { .tv_sec = STORE_READER_MS / 1000 };
    struct redis_address address;
    bool is_greeted;

    if (!redis_address_parse(options->url, &address, err) ||
        !redis_address_log_in(&address, &options->login, err) ||
        !redis_master_find(&address, STORE_READER_MS, err))
        return NULL;
    snprintf(reader->where, sizeof(reader->where), "%s", redis_address_format(&address).text);
    snprintf(reader->prefix, sizeof(reader->prefix), "og:{%s}:", options->name ? options->name : "default");
    reader->context = address.path[0] ? redisConnectUnixWithTimeout(address.path, patience)
                                      : redisConnectWithTimeout(address.host, address.port, patience);
    if (!reader->context || reader->context->err) {
        error_set(err, ERR_UNAVAILABLE, "%s: %s", reader->where,
                  reader->context ? reader->context->errstr : "out of memory");
        return NULL;
    }
    redisSetTimeout(reader->context, patience);
    is_greeted = greet(reader, &address, err);
    explicit_bzero(&address, sizeof(address));
    return is_greeted ? TAKE(reader) : NULL;
}

void store_reader_close(struct store_reader *reader)
{
    if (!reader)
        return;
    if (reader->context)
        redisFree(reader->context);
    free(reader);
}

static struct redis_command about(struct store_reader *reader, const char *verb, enum store_place place)
{
    struct redis_command command = REDIS_COMMAND();

    redis_command_text(&command, verb);
    redis_command_addf(&command, "%s%s", reader->prefix, store_place_names[place]);
    return command;
}

static struct str kept(struct arena *arena, const redisReply *reply)
{
    struct str value = { reply->str, (size_t)reply->len };

    return (struct str){ arena_copy(arena, value), value.len };
}

bool store_reader_hash(struct store_reader *reader, enum store_place place, struct arena *arena,
                       struct store_pair **ret_pairs, size_t *ret_count, struct error *err)
{
    struct redis_command command = about(reader, "HGETALL", place);
    AUTO_REPLY redisReply *reply = ask(reader, &command, REDIS_REPLY_ARRAY, err);
    struct store_pair *pairs;

    if (!reply)
        return false;
    pairs = arena_alloc(arena, (reply->elements / 2 + 1) * sizeof(*pairs));
    for (size_t i = 0; i < reply->elements / 2; i++) {
        pairs[i].field = kept(arena, reply->element[2 * i]).at;
        pairs[i].value = kept(arena, reply->element[2 * i + 1]);
    }
    *ret_pairs = pairs;
    *ret_count = reply->elements / 2;
    return true;
}

bool store_reader_field(struct store_reader *reader, enum store_place place, const char *field, struct arena *arena,
                        struct str *ret_value, struct error *err)
{
    struct redis_command command = about(reader, "HGET", place);
    AUTO_REPLY redisReply *reply = NULL;

    redis_command_text(&command, field);
    reply = ask(reader, &command, REDIS_REPLY_STRING, err);
    if (!reply)
        return false;
    if (reply->type == REDIS_REPLY_NIL)
        return error_set(err, ERR_NOT_FOUND, "no '%s' among the %s", field, store_place_names[place]);
    *ret_value = kept(arena, reply);
    return true;
}

/* [id, [name, value, ...]] */
static bool keep_entry(struct arena *arena, const redisReply *reply, struct store_entry *entry)
{
    const redisReply *fields;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || reply->element[1]->type != REDIS_REPLY_ARRAY)
        return false;
    fields = reply->element[1];
    entry->id = kept(arena, reply->element[0]).at;
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        if (strcmp(fields->element[i]->str, "e") == 0)
            entry->value = kept(arena, fields->element[i + 1]);
    return true;
}

bool store_reader_entries(struct store_reader *reader, enum store_place place, const struct store_range *range,
                          struct arena *arena, struct store_entry **ret_entries, size_t *ret_count, struct error *err)
{
    struct redis_command command = about(reader, range->is_newest_first ? "XREVRANGE" : "XRANGE", place);
    AUTO_REPLY redisReply *reply = NULL;
    struct store_entry *entries;

    redis_command_text(&command, range->is_newest_first ? range->to : range->from);
    redis_command_text(&command, range->is_newest_first ? range->from : range->to);
    redis_command_text(&command, "COUNT");
    redis_command_int(&command, (int64_t)range->count);
    reply = ask(reader, &command, REDIS_REPLY_ARRAY, err);
    if (!reply)
        return false;
    entries = arena_alloc(arena, (reply->elements + 1) * sizeof(*entries));
    for (size_t i = 0; i < reply->elements; i++)
        if (!keep_entry(arena, reply->element[i], &entries[i]))
            return error_set(err, ERR_INVALID, "%s holds something that is no entry", store_place_names[place]);
    *ret_entries = entries;
    *ret_count = reply->elements;
    return true;
}
