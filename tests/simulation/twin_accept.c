/* twin_accept.c - accept.lua as a function. */
#include "tests/simulation/twin_internal.h"

#include "bot/model/plant.h"

#define ID_MAX (UINT64_C(1) << 52)

static const char *accept_fault(struct twin *twin, const struct store_item *items, size_t count)
{
    if (twin->is_other[STORE_META]) {
        twin_came_by(twin, TWIN_ACCEPT_META_TYPE);
        return "meta is a string";
    }
    if (twin->is_other[STORE_INBOX] || twin->is_other[STORE_INBOX_SAFE]) {
        twin_came_by(twin, TWIN_ACCEPT_STREAM_TYPE);
        return "the inbox is a string";
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].bytes.len > twin->limits.item_max_bytes) {
            twin_came_by(twin, TWIN_ACCEPT_SIZE);
            return "an item of the wrong size";
        }
        if (items[i].key_count < 1 || items[i].key_count > twin->limits.item_keys_max) {
            twin_came_by(twin, TWIN_ACCEPT_KEYS);
            return "an item with the wrong number of keys";
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct twin_id last = twin_stream(twin, items[i].is_safe ? STORE_INBOX_SAFE : STORE_INBOX)->last;

        if (last.ms >= ID_MAX || last.n >= ID_MAX) {
            twin_came_by(twin, TWIN_ACCEPT_IDS);
            return items[i].is_safe ? "the ids of inbox:safe are used up" : "the ids of inbox are used up";
        }
    }
    return NULL;
}

static uint64_t count_waiting(const struct twin *twin, bool is_safe, const struct twin_stream *stream)
{
    struct twin_id cursor = { 0, 0 };

    twin_id_parse(twin_meta(twin, is_safe ? "cursor:inbox:safe" : "cursor:inbox", "0-0"), &cursor);
    if (!twin_is_later(stream->last, cursor))
        return 0;
    return stream->last.n > cursor.n ? stream->last.n - cursor.n : 1;
}

static enum accept_result accept_item(struct twin *twin, const struct store_item *item)
{
    size_t i = item->is_safe ? 1 : 0;
    struct twin_stream *stream = twin_stream(twin, item->is_safe ? STORE_INBOX_SAFE : STORE_INBOX);
    struct twin_id id = { (uint64_t)twin->now_ms, stream->last.n + 1 };

    if (count_waiting(twin, item->is_safe, stream) >= (uint64_t)twin->limits.high_water[i]) {
        twin_came_by(twin, TWIN_ACCEPT_HIGH_WATER);
        return ACCEPT_FULL;
    }
    if (twin->max_bytes > 0 && twin->used_bytes * 100 >= twin->max_bytes * twin->limits.memory_percent[i]) {
        twin_came_by(twin, TWIN_ACCEPT_MEMORY);
        return ACCEPT_FULL;
    }
    for (size_t k = 0; k < item->key_count; k++)
        if (twin_find_key(twin, item->keys[k])) {
            twin_came_by(twin, TWIN_ACCEPT_DUPLICATE);
            return ACCEPT_DUPLICATE;
        }
    if (id.ms < stream->last.ms)
        id.ms = stream->last.ms;
    twin_came_by(twin, TWIN_ACCEPT_NEW);
    for (size_t k = 0; k < item->key_count; k++)
        twin_set_key(twin, item->keys[k]);
    if (twin->watch.on_accepted)
        twin->watch.on_accepted(twin->watch.ctx, item->is_safe, id, item->bytes);
    if (PLANTED(DEDUPE_WITHOUT_APPEND) && id.n % 3 == 0)
        return ACCEPT_NEW;
    twin_append_entry(stream, id, item->bytes);
    twin->used_bytes += (int64_t)item->bytes.len;
    return ACCEPT_NEW;
}

bool twin_accept(struct twin *twin, const struct store_item *items, size_t count, enum accept_result *results,
                 const char **ret_reason)
{
    int64_t used_bytes = twin->used_bytes; /* Redis is asked anew at each call */

    *ret_reason = accept_fault(twin, items, count);
    if (*ret_reason)
        return false;
    for (size_t i = 0; i < count; i++)
        results[i] = accept_item(twin, &items[i]);
    twin->used_bytes = used_bytes;
    return true;
}
