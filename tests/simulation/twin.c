#include "tests/simulation/twin_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HASH_START 2166136261U
#define HASH_PRIME 16777619U

const struct twin_branch_row twin_branches[TWIN_BRANCH_COUNT] = {
#define TWIN_ROW(name, about, simulated) [TWIN_##name] = { (about), (simulated) },
    TWIN_BRANCHES(TWIN_ROW)
#undef TWIN_ROW
};

void twin_came_by(struct twin *twin, enum twin_branch branch)
{
    twin->branches[branch]++;
}

/* ---- hashes ---- */

static uint32_t hash_of(const char *text) /* FNV-1a */
{
    uint32_t hash = HASH_START;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * HASH_PRIME;
    return hash;
}

static struct twin_pair *find_pair(const struct twin_hash *map, const char *field)
{
    uint32_t hash = hash_of(field);

    for (size_t i = 0; i < map->count; i++)
        if (map->pairs[i].hash == hash && strcmp(map->pairs[i].field, field) == 0)
            return &map->pairs[i];
    return NULL;
}

void twin_put_pair(struct twin_hash *map, const char *field, struct str value)
{
    struct twin_pair *pair = find_pair(map, field);

    if (!pair) {
        if (map->count == map->room) {
            map->room = map->room ? map->room * 2 : 16;
            map->pairs = xrealloc(map->pairs, map->room * sizeof(*map->pairs));
        }
        pair = &map->pairs[map->count++];
        *pair = (struct twin_pair){ .hash = hash_of(field), .field = xstrdup(field) };
    }
    free(pair->value);
    pair->value = str_copy(value);
    pair->len = value.len;
}

bool twin_drop_pair(struct twin_hash *map, const char *field)
{
    struct twin_pair *pair = find_pair(map, field);

    if (!pair)
        return false;
    free(pair->field);
    free(pair->value);
    *pair = map->pairs[--map->count];
    return true;
}

const char *twin_meta(const struct twin *twin, const char *field, const char *otherwise)
{
    const struct twin_pair *pair = find_pair(&twin->hashes[STORE_META], field);

    return pair ? pair->value : otherwise;
}

void twin_set_meta(struct twin *twin, const char *field, const char *value)
{
    twin_put_pair(&twin->hashes[STORE_META], field, str_of(value));
}

/* ---- streams and ids ---- */

struct twin_stream *twin_stream(struct twin *twin, enum store_place place)
{
    return &twin->streams[place - TWIN_HASHES];
}

bool twin_is_hex32(const char *text)
{
    return strlen(text) == 32 && strspn(text, "0123456789abcdefABCDEF") == 32;
}

bool twin_is_later(struct twin_id a, struct twin_id b)
{
    return a.ms > b.ms || (a.ms == b.ms && a.n > b.n);
}

bool twin_parse_number(struct str text, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (text.len == 0 || (text.len > 1 && text.at[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint64_t digit = (uint64_t)(text.at[i] - '0');

        if (text.at[i] < '0' || text.at[i] > '9' || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return true;
}

bool twin_id_parse(const char *text, struct twin_id *ret_id)
{
    const char *dash = strchr(text, '-');
    struct twin_id id;

    if (!dash || !twin_parse_number((struct str){ text, (size_t)(dash - text) }, &id.ms) ||
        !twin_parse_number(str_of(dash + 1), &id.n))
        return false;
    *ret_id = id;
    return true;
}

const char *twin_id_text(struct twin_id id, struct arena *arena)
{
    return arena_printf(arena, "%" PRIu64 "-%" PRIu64, id.ms, id.n);
}

void twin_append_entry(struct twin_stream *stream, struct twin_id id, struct str value)
{
    if (stream->count == stream->room) {
        stream->room = stream->room ? stream->room * 2 : 16;
        stream->entries = xrealloc(stream->entries, stream->room * sizeof(*stream->entries));
    }
    stream->entries[stream->count++] = (struct twin_entry){ .id = id, .value = str_copy(value), .len = value.len };
    stream->last = id;
}

void twin_append_now(struct twin *twin, struct twin_stream *stream, struct str value) /* as XADD with '*' */
{
    struct twin_id id = { (uint64_t)twin->now_ms, 0 };

    if (id.ms <= stream->last.ms)
        id = (struct twin_id){ stream->last.ms, stream->last.n + 1 };
    twin_append_entry(stream, id, value);
}

void twin_drop_first(struct twin_stream *stream)
{
    free(stream->entries[stream->first].value);
    stream->entries[stream->first++].value = NULL;
}

void twin_drop_entry(struct twin_stream *stream, struct twin_id id)
{
    size_t at = stream->first;

    while (at < stream->count && (stream->entries[at].id.ms != id.ms || stream->entries[at].id.n != id.n))
        at++;
    if (at == stream->count)
        return;
    free(stream->entries[at].value);
    memmove(stream->entries + at, stream->entries + at + 1, (--stream->count - at) * sizeof(stream->entries[0]));
}

/* ---- dedupe keys ---- */

struct twin_key *twin_find_key(struct twin *twin, const char *text)
{
    uint32_t hash = hash_of(text);

    for (size_t i = 0; i < twin->key_count; i++)
        if (twin->keys[i].hash == hash && strcmp(twin->keys[i].key, text) == 0)
            return twin->keys[i].until_ms > twin->now_ms ? &twin->keys[i] : NULL;
    return NULL;
}

void twin_forget_key(struct twin *twin, const char *key)
{
    uint32_t hash = hash_of(key);

    for (size_t i = 0; i < twin->key_count; i++) {
        if (twin->keys[i].hash != hash || strcmp(twin->keys[i].key, key) != 0)
            continue;
        free(twin->keys[i].key);
        twin->keys[i] = twin->keys[--twin->key_count];
        return;
    }
}

void twin_set_key(struct twin *twin, const char *text)
{
    twin_forget_key(twin, text);
    if (twin->key_count == twin->key_room) {
        twin->key_room = twin->key_room ? twin->key_room * 2 : 16;
        twin->keys = xrealloc(twin->keys, twin->key_room * sizeof(*twin->keys));
    }
    twin->keys[twin->key_count++] = (struct twin_key){ .hash = hash_of(text),
                                                       .key = xstrdup(text),
                                                       .until_ms = twin->now_ms + twin->limits.dedupe_ms };
}

/* ---- create, copy, destroy ---- */

struct twin *twin_create(uint64_t *branches)
{
    struct twin *twin = xcalloc(1, sizeof(*twin));

    twin->branches = branches;
    twin->limits = (struct twin_limits){
        .high_water = { 10000, 1000 },
        .memory_percent = { 80, 90 },
        .dedupe_ms = STORE_DEDUPE_MS,
        .item_max_bytes = STORE_ITEM_MAX_BYTES,
        .item_keys_max = STORE_ITEM_KEYS_MAX,
        .writes_max = STORE_WRITES_MAX,
        .value_max_bytes = STORE_VALUE_MAX_BYTES,
        .field_max_bytes = STORE_FIELD_MAX_BYTES,
    };
    return twin;
}

struct twin *twin_copy(const struct twin *twin)
{
    struct twin *copy = xcalloc(1, sizeof(*copy));

    copy->now_ms = twin->now_ms;
    copy->used_bytes = twin->used_bytes;
    copy->max_bytes = twin->max_bytes;
    copy->limits = twin->limits;
    copy->branches = twin->branches;
    memcpy(copy->is_other, twin->is_other, sizeof(copy->is_other));
    for (size_t h = 0; h < TWIN_HASHES; h++)
        for (size_t i = 0; i < twin->hashes[h].count; i++)
            twin_put_pair(&copy->hashes[h], twin->hashes[h].pairs[i].field,
                          (struct str){ twin->hashes[h].pairs[i].value, twin->hashes[h].pairs[i].len });
    for (size_t s = 0; s < ARRAY_LEN(twin->streams); s++) {
        const struct twin_stream *stream = &twin->streams[s];

        for (size_t i = stream->first; i < stream->count; i++)
            twin_append_entry(&copy->streams[s], stream->entries[i].id,
                              (struct str){ stream->entries[i].value, stream->entries[i].len });
        copy->streams[s].last = stream->last;
    }
    for (size_t i = 0; i < twin->key_count; i++) {
        twin_set_key(copy, twin->keys[i].key);
        copy->keys[copy->key_count - 1].until_ms = twin->keys[i].until_ms;
    }
    return copy;
}

void twin_destroy(struct twin *twin)
{
    if (!twin)
        return;
    for (size_t h = 0; h < TWIN_HASHES; h++) {
        while (twin->hashes[h].count > 0)
            twin_drop_pair(&twin->hashes[h], twin->hashes[h].pairs[0].field);
        free(twin->hashes[h].pairs);
    }
    for (size_t s = 0; s < ARRAY_LEN(twin->streams); s++) {
        for (size_t i = twin->streams[s].first; i < twin->streams[s].count; i++)
            free(twin->streams[s].entries[i].value);
        free(twin->streams[s].entries);
    }
    for (size_t i = 0; i < twin->key_count; i++)
        free(twin->keys[i].key);
    free(twin->keys);
    free(twin);
}

/* ---- reading ---- */

void twin_load(const struct twin *twin, struct arena *arena, struct store_snapshot *snapshot)
{
    *snapshot = (struct store_snapshot){ 0 };
    for (enum store_place place = 0; place < TWIN_HASHES; place++) {
        const struct twin_hash *map = &twin->hashes[place];
        struct store_pair *pairs;

        if (place == STORE_PERSONAL)
            continue;
        pairs = arena_alloc(arena, map->count * sizeof(*pairs));
        for (size_t i = 0; i < map->count; i++)
            pairs[i] = (struct store_pair){
                .field = arena_strdup(arena, map->pairs[i].field),
                .value = { arena_copy(arena, (struct str){ map->pairs[i].value, map->pairs[i].len }),
                           map->pairs[i].len },
            };
        snapshot->places[place].pairs = pairs;
        snapshot->places[place].count = map->count;
    }
    snapshot->inbox_last_id = twin_id_text(twin->streams[STORE_INBOX - TWIN_HASHES].last, arena);
    snapshot->inbox_safe_last_id = twin_id_text(twin->streams[STORE_INBOX_SAFE - TWIN_HASHES].last, arena);
}

static size_t read_after(const struct twin_stream *stream, const char *after, size_t max, struct arena *arena,
                         const struct store_entry **ret_entries)
{
    struct twin_id id = { 0, 0 };
    struct store_entry *entries = NULL;
    size_t count = 0, at = stream->count;

    twin_id_parse(after, &id);
    while (at > stream->first && twin_is_later(stream->entries[at - 1].id, id))
        at--;
    for (; at < stream->count && count < max; at++) {
        const struct twin_entry *from = &stream->entries[at];
        struct store_entry *entry = ARENA_PUSH(arena, entries, count);

        entry->id = twin_id_text(from->id, arena);
        entry->value = (struct str){ arena_copy(arena, (struct str){ from->value, from->len }), from->len };
    }
    *ret_entries = entries;
    return count;
}

void twin_read(const struct twin *twin, const char *after_safe, const char *after_inbox, size_t count,
               struct arena *arena, struct store_entries *entries)
{
    entries->safe_count =
        read_after(&twin->streams[STORE_INBOX_SAFE - TWIN_HASHES], after_safe, count, arena, &entries->safe);
    entries->inbox_count =
        read_after(&twin->streams[STORE_INBOX - TWIN_HASHES], after_inbox, count, arena, &entries->inbox);
}

/* ---- what no script does ---- */

void twin_put(struct twin *twin, enum store_place place, const char *field, const char *value)
{
    twin_put_pair(&twin->hashes[place], field, str_of(value));
}

bool twin_drop(struct twin *twin, enum store_place place, const char *field)
{
    return twin_drop_pair(&twin->hashes[place], field);
}

const char *twin_get(const struct twin *twin, enum store_place place, const char *field)
{
    const struct twin_pair *pair = find_pair(&twin->hashes[place], field);

    return pair ? pair->value : NULL;
}

int64_t twin_seq(const struct twin *twin)
{
    struct error ignored;
    int64_t seq = 0;

    parse_int(str_of(twin_meta(twin, "seq", "0")), 0, INT64_MAX, &seq, &ignored);
    return seq;
}
