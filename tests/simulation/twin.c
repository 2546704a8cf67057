#include "tests/simulation/twin.h"
#include "bot/model/plant.h"

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

static void came_by(struct twin *twin, enum twin_branch branch)
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

static void put_pair(struct twin_hash *map, const char *field, struct str value)
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

static bool drop_pair(struct twin_hash *map, const char *field)
{
    struct twin_pair *pair = find_pair(map, field);

    if (!pair)
        return false;
    free(pair->field);
    free(pair->value);
    *pair = map->pairs[--map->count];
    return true;
}

static const char *meta(const struct twin *twin, const char *field, const char *otherwise)
{
    const struct twin_pair *pair = find_pair(&twin->hashes[STORE_META], field);

    return pair ? pair->value : otherwise;
}

static void set_meta(struct twin *twin, const char *field, const char *value)
{
    put_pair(&twin->hashes[STORE_META], field, str_of(value));
}

/* ---- streams and ids ---- */

struct twin_stream *twin_stream(struct twin *twin, enum store_place place)
{
    return &twin->streams[place - TWIN_HASHES];
}

static bool is_later(struct twin_id a, struct twin_id b)
{
    return a.ms > b.ms || (a.ms == b.ms && a.n > b.n);
}

static bool u64_parse(struct str text, uint64_t *ret_value)
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

    if (!dash || !u64_parse((struct str){ text, (size_t)(dash - text) }, &id.ms) || !u64_parse(str_of(dash + 1), &id.n))
        return false;
    *ret_id = id;
    return true;
}

const char *twin_id_text(struct twin_id id, struct arena *arena)
{
    return arena_printf(arena, "%" PRIu64 "-%" PRIu64, id.ms, id.n);
}

static void append_entry(struct twin_stream *stream, struct twin_id id, struct str value)
{
    if (stream->count == stream->room) {
        stream->room = stream->room ? stream->room * 2 : 16;
        stream->entries = xrealloc(stream->entries, stream->room * sizeof(*stream->entries));
    }
    stream->entries[stream->count++] = (struct twin_entry){ .id = id, .value = str_copy(value), .len = value.len };
    stream->last = id;
}

static void append_now(struct twin *twin, struct twin_stream *stream, struct str value) /* as XADD with '*' */
{
    struct twin_id id = { (uint64_t)twin->now_ms, 0 };

    if (id.ms <= stream->last.ms)
        id = (struct twin_id){ stream->last.ms, stream->last.n + 1 };
    append_entry(stream, id, value);
}

static void drop_first(struct twin_stream *stream)
{
    free(stream->entries[stream->first].value);
    stream->entries[stream->first++].value = NULL;
}

static void trim(struct twin_stream *stream, struct twin_id below)
{
    while (stream->first < stream->count && is_later(below, stream->entries[stream->first].id))
        drop_first(stream);
}

/* ---- dedupe keys ---- */

static struct twin_key *find_key(struct twin *twin, const char *text)
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

static void set_key(struct twin *twin, const char *text)
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
            put_pair(&copy->hashes[h], twin->hashes[h].pairs[i].field,
                     (struct str){ twin->hashes[h].pairs[i].value, twin->hashes[h].pairs[i].len });
    for (size_t s = 0; s < ARRAY_LEN(twin->streams); s++) {
        const struct twin_stream *stream = &twin->streams[s];

        for (size_t i = stream->first; i < stream->count; i++)
            append_entry(&copy->streams[s], stream->entries[i].id,
                         (struct str){ stream->entries[i].value, stream->entries[i].len });
        copy->streams[s].last = stream->last;
    }
    for (size_t i = 0; i < twin->key_count; i++) {
        set_key(copy, twin->keys[i].key);
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
            drop_pair(&twin->hashes[h], twin->hashes[h].pairs[0].field);
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

/* ---- accept ---- */

static const char *accept_fault(struct twin *twin, const struct store_item *items, size_t count)
{
    if (twin->is_other[STORE_META]) {
        came_by(twin, TWIN_ACCEPT_META_TYPE);
        return "meta is a string";
    }
    if (twin->is_other[STORE_INBOX] || twin->is_other[STORE_INBOX_SAFE]) {
        came_by(twin, TWIN_ACCEPT_STREAM_TYPE);
        return "the inbox is a string";
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].bytes.len > twin->limits.item_max_bytes) {
            came_by(twin, TWIN_ACCEPT_SIZE);
            return "an item of the wrong size";
        }
        if (items[i].key_count < 1 || items[i].key_count > twin->limits.item_keys_max) {
            came_by(twin, TWIN_ACCEPT_KEYS);
            return "an item with the wrong number of keys";
        }
    }
    return NULL;
}

static uint64_t count_waiting(const struct twin *twin, bool is_safe, const struct twin_stream *stream)
{
    struct twin_id cursor = { 0, 0 };

    twin_id_parse(meta(twin, is_safe ? "cursor:inbox:safe" : "cursor:inbox", "0-0"), &cursor);
    if (!is_later(stream->last, cursor))
        return 0;
    return stream->last.n > cursor.n ? stream->last.n - cursor.n : 1;
}

static enum accept_result accept_item(struct twin *twin, const struct store_item *item)
{
    size_t i = item->is_safe ? 1 : 0;
    struct twin_stream *stream = twin_stream(twin, item->is_safe ? STORE_INBOX_SAFE : STORE_INBOX);
    struct twin_id id = { (uint64_t)twin->now_ms, stream->last.n + 1 };

    if (count_waiting(twin, item->is_safe, stream) >= (uint64_t)twin->limits.high_water[i]) {
        came_by(twin, TWIN_ACCEPT_HIGH_WATER);
        return ACCEPT_FULL;
    }
    if (twin->max_bytes > 0 && twin->used_bytes * 100 >= twin->max_bytes * twin->limits.memory_percent[i]) {
        came_by(twin, TWIN_ACCEPT_MEMORY);
        return ACCEPT_FULL;
    }
    for (size_t k = 0; k < item->key_count; k++)
        if (find_key(twin, item->keys[k])) {
            came_by(twin, TWIN_ACCEPT_DUPLICATE);
            return ACCEPT_DUPLICATE;
        }
    if (id.ms < stream->last.ms)
        id.ms = stream->last.ms;
    came_by(twin, TWIN_ACCEPT_NEW);
    for (size_t k = 0; k < item->key_count; k++)
        set_key(twin, item->keys[k]);
    if (twin->watch.on_accepted)
        twin->watch.on_accepted(twin->watch.ctx, item->is_safe, id, item->bytes);
    if (PLANTED(DEDUPE_WITHOUT_APPEND) && id.n % 3 == 0)
        return ACCEPT_NEW;
    append_entry(stream, id, item->bytes);
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

/* ---- commit ---- */

struct check {
    struct twin *twin;
    const struct store_commit *commit;
    struct twin_id cursors[2]; /* as the writes up to here leave them */
    bool moved[2];
    struct arena *arena;
};

static bool is_reserved(const char *field)
{
    static const char *const reserved[] = { STORE_META_RESERVED };

    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (strcmp(field, reserved[i]) == 0)
            return true;
    return false;
}

static const char *type_fault(struct twin *twin, enum store_place place, struct arena *arena)
{
    if (!twin->is_other[place])
        return NULL;
    came_by(twin, place < TWIN_HASHES ? TWIN_WRITE_HASH_TYPE : TWIN_WRITE_STREAM_TYPE);
    return arena_printf(arena, "%s is stored as something else", store_place_names[place]);
}

static const char *value_fault(struct twin *twin, struct str value)
{
    if (value.len <= twin->limits.value_max_bytes)
        return NULL;
    came_by(twin, TWIN_WRITE_VALUE);
    return "a value that is too large";
}

static const char *hash_fault(struct twin *twin, enum store_place place, const char *field, struct str value,
                              struct arena *arena)
{
    const char *fault;

    if (place >= TWIN_HASHES) {
        came_by(twin, TWIN_WRITE_NO_HASH);
        return arena_printf(arena, "%s is no hash", store_place_names[place]);
    }
    if (place == STORE_META && is_reserved(field)) {
        came_by(twin, TWIN_WRITE_RESERVED);
        return arena_printf(arena, "meta %s is for the scripts alone", field);
    }
    if (*field == '\0' || strlen(field) > twin->limits.field_max_bytes) {
        came_by(twin, TWIN_WRITE_FIELD);
        return "a field of the wrong size";
    }
    fault = value_fault(twin, value);
    return fault ? fault : type_fault(twin, place, arena);
}

static const char *check_put(struct check *check, const struct store_write *write)
{
    return hash_fault(check->twin, write->place, write->field, write->value, check->arena);
}

static const char *check_drop(struct check *check, const struct store_write *write)
{
    return hash_fault(check->twin, write->place, write->field, str_of(""), check->arena);
}

/* How many entries an append leaves: 1 to 15 digits. */
static bool kept_parse(const char *text, uint64_t *ret_kept)
{
    return strlen(text) <= 15 && u64_parse(str_of(text), ret_kept) && *ret_kept > 0;
}

static const char *check_append(struct check *check, const struct store_write *write)
{
    const char *fault;
    uint64_t kept;

    if (write->place != STORE_JOURNAL && write->place != STORE_DEAD) {
        came_by(check->twin, TWIN_WRITE_APPEND_PLACE);
        return arena_printf(check->arena, "nothing is appended to %s", store_place_names[write->place]);
    }
    if (write->place == STORE_JOURNAL && !check->commit->journal_after) {
        came_by(check->twin, TWIN_WRITE_APPEND_HEADS);
        return "a journal entry without heads";
    }
    if (write->field[0] && !kept_parse(write->field, &kept)) {
        came_by(check->twin, TWIN_WRITE_APPEND_LENGTH);
        return "a length that is no number";
    }
    fault = value_fault(check->twin, write->value);
    return fault ? fault : type_fault(check->twin, write->place, check->arena);
}

static const char *cursor_name(enum store_place place)
{
    return place == STORE_INBOX ? "cursor:inbox" : "cursor:inbox:safe";
}

static struct twin_id cursor_of(const struct check *check,
                                enum store_place place) /* as the writes up to here leave it */
{
    size_t i = place == STORE_INBOX ? 0 : 1;
    struct twin_id id = { 0, 0 };

    if (check->moved[i])
        return check->cursors[i];
    twin_id_parse(meta(check->twin, cursor_name(place), "0-0"), &id);
    return id;
}

static const char *check_cursor(struct check *check, const struct store_write *write)
{
    size_t i = write->place == STORE_INBOX ? 0 : 1;
    struct twin_id id, before;
    const char *fault;

    if (write->place != STORE_INBOX && write->place != STORE_INBOX_SAFE) {
        came_by(check->twin, TWIN_WRITE_CURSOR_PLACE);
        return arena_printf(check->arena, "%s has no cursor", store_place_names[write->place]);
    }
    if (!twin_id_parse(write->field, &id)) {
        came_by(check->twin, TWIN_WRITE_CURSOR_ID);
        return "a cursor that is no id";
    }
    before = cursor_of(check, write->place);
    if (!is_later(id, before)) {
        came_by(check->twin, TWIN_WRITE_CURSOR_BACK);
        return arena_printf(check->arena, "the cursor of %s is at %s already", store_place_names[write->place],
                            twin_id_text(before, check->arena));
    }
    fault = type_fault(check->twin, write->place, check->arena);
    if (fault)
        return fault;
    if (is_later(id, twin_stream(check->twin, write->place)->last)) {
        came_by(check->twin, TWIN_WRITE_CURSOR_BEYOND);
        return arena_printf(check->arena, "a cursor beyond the last entry of %s", store_place_names[write->place]);
    }
    check->cursors[i] = id;
    check->moved[i] = true;
    return NULL;
}

static const char *check_trim(struct check *check, const struct store_write *write)
{
    struct twin_id id;

    if (write->place < TWIN_HASHES) {
        came_by(check->twin, TWIN_WRITE_TRIM_PLACE);
        return arena_printf(check->arena, "%s is no stream", store_place_names[write->place]);
    }
    if (!twin_id_parse(write->field, &id)) {
        came_by(check->twin, TWIN_WRITE_TRIM_ID);
        return "a trim to something that is no id";
    }
    if ((write->place == STORE_INBOX || write->place == STORE_INBOX_SAFE) &&
        is_later(id, cursor_of(check, write->place))) {
        came_by(check->twin, TWIN_WRITE_TRIM_BEYOND);
        return arena_printf(check->arena, "a trim beyond the cursor of %s", store_place_names[write->place]);
    }
    return type_fault(check->twin, write->place, check->arena);
}

static void write_put(struct twin *twin, const struct store_write *write)
{
    put_pair(&twin->hashes[write->place], write->field, write->value);
}

static void write_drop(struct twin *twin, const struct store_write *write)
{
    drop_pair(&twin->hashes[write->place], write->field);
}

static void write_append(struct twin *twin, const struct store_write *write)
{
    struct twin_stream *stream = twin_stream(twin, write->place);
    uint64_t kept;

    append_now(twin, stream, write->value);
    while (write->field[0] && kept_parse(write->field, &kept) && stream->count - stream->first > kept)
        drop_first(stream);
}

static void write_cursor(struct twin *twin, const struct store_write *write)
{
    set_meta(twin, cursor_name(write->place), write->field);
}

static void write_trim(struct twin *twin, const struct store_write *write)
{
    struct twin_id below;

    if (twin_id_parse(write->field, &below))
        trim(twin_stream(twin, write->place), below);
}

static const struct {
    const char *(*check)(struct check *check, const struct store_write *write);
    void (*write)(struct twin *twin, const struct store_write *write);
} verbs[] = {
    [STORE_PUT] = { check_put, write_put },          [STORE_DROP] = { check_drop, write_drop },
    [STORE_APPEND] = { check_append, write_append }, [STORE_CURSOR] = { check_cursor, write_cursor },
    [STORE_TRIM] = { check_trim, write_trim },
};

static const char *write_fault(struct check *check, const struct store_write *write)
{
    if ((size_t)write->verb >= ARRAY_LEN(verbs)) {
        came_by(check->twin, TWIN_WRITE_VERB);
        return "no such verb";
    }
    if ((size_t)write->place >= STORE_PLACES) {
        came_by(check->twin, TWIN_WRITE_PLACE);
        return "no such place";
    }
    return verbs[write->verb].check(check, write);
}

static bool is_hex32(const char *text)
{
    return strlen(text) == 32 && strspn(text, "0123456789abcdefABCDEF") == 32;
}

static const char *journal_fault(struct check *check)
{
    const struct store_commit *commit = check->commit;

    if (!commit->journal_after)
        return NULL;
    if (strcmp(meta(check->twin, "journal", ""), commit->journal_before) != 0) {
        came_by(check->twin, TWIN_COMMIT_HEAD);
        return "the journal has another head";
    }
    if (*commit->journal_after == '\0' || strlen(commit->journal_after) > check->twin->limits.field_max_bytes) {
        came_by(check->twin, TWIN_COMMIT_HEAD_SIZE);
        return "a field of the wrong size";
    }
    return NULL;
}

static const char *commit_fault(struct check *check)
{
    const struct store_commit *commit = check->commit;
    const char *fault;

    if (!is_hex32(commit->id)) {
        came_by(check->twin, TWIN_COMMIT_ID);
        return "a commit id that is not 32 hex digits";
    }
    if (commit->count > check->twin->limits.writes_max) {
        came_by(check->twin, TWIN_COMMIT_COUNT);
        return "the wrong number of writes";
    }
    fault = journal_fault(check);
    if (fault)
        return fault;
    for (size_t i = 0; i < commit->count; i++) {
        fault = write_fault(check, &commit->writes[i]);
        if (fault)
            return arena_printf(check->arena, "write %zu: %s", i + 1, fault);
    }
    return NULL;
}

/* The nonce's and meta's checks, which commit and mark share. */
static bool is_owner(struct twin *twin, const char *nonce, enum store_status *ret_status, const char **ret_reason)
{
    const char *owner = meta(twin, "nonce", "");

    if (twin->is_other[STORE_META]) {
        came_by(twin, TWIN_COMMIT_META_TYPE);
        *ret_reason = "meta is stored as something else";
        *ret_status = STORE_INVALID;
        return false;
    }
    *ret_status = STORE_STALE_NONCE;
    return *owner != '\0' && strcmp(owner, nonce) == 0;
}

static void write_all(struct twin *twin, const struct store_commit *commit)
{
    char seq[32];

    for (size_t i = 0; i < commit->count; i++) {
        verbs[commit->writes[i].verb].write(twin, &commit->writes[i]);
        if (twin->watch.on_write)
            twin->watch.on_write(twin->watch.ctx, commit, &commit->writes[i]);
    }
    if (commit->journal_after)
        set_meta(twin, "journal", commit->journal_after);
    snprintf(seq, sizeof(seq), "%" PRId64, commit->seq);
    set_meta(twin, "commit", commit->id);
    set_meta(twin, "seq", seq);
    if (twin->watch.on_commit)
        twin->watch.on_commit(twin->watch.ctx, commit);
}

int64_t twin_seq(const struct twin *twin)
{
    struct error ignored;
    int64_t seq = 0;

    parse_int(str_of(meta(twin, "seq", "0")), 0, INT64_MAX, &seq, &ignored);
    return seq;
}

enum store_status twin_commit(struct twin *twin, const struct store_commit *commit, struct arena *arena,
                              const char **ret_reason)
{
    struct check check = { .twin = twin, .commit = commit, .arena = arena };
    enum store_status status;

    *ret_reason = "";
    if (!is_owner(twin, commit->nonce, &status, ret_reason)) {
        if (status == STORE_STALE_NONCE)
            came_by(twin, *meta(twin, "nonce", "") ? TWIN_COMMIT_STALE_NONCE : TWIN_COMMIT_NO_OWNER);
        return status;
    }
    if (strcmp(meta(twin, "commit", ""), commit->id) == 0) {
        came_by(twin, TWIN_COMMIT_RESENT);
        return STORE_OK;
    }
    if (!PLANTED(SEQ_NOT_CHECKED) && twin_seq(twin) != commit->seq - 1) {
        came_by(twin, TWIN_COMMIT_STALE_SEQ);
        return STORE_STALE_SEQ;
    }
    *ret_reason = commit_fault(&check);
    if (*ret_reason)
        return STORE_INVALID;
    *ret_reason = "";
    came_by(twin, TWIN_COMMIT_DONE);
    write_all(twin, commit);
    return STORE_OK;
}

enum store_status twin_mark(struct twin *twin, const char *nonce, const char *input_id, struct str value,
                            struct arena *arena, const char **ret_reason)
{
    enum store_status status;

    *ret_reason = "";
    if (!is_owner(twin, nonce, &status, ret_reason)) {
        if (status == STORE_STALE_NONCE)
            came_by(twin, TWIN_MARK_STALE_NONCE);
        return status;
    }
    *ret_reason = hash_fault(twin, STORE_TRYING, input_id, value, arena);
    if (*ret_reason) {
        came_by(twin, TWIN_MARK_INVALID);
        return STORE_INVALID;
    }
    *ret_reason = "";
    came_by(twin, TWIN_MARK_DONE);
    put_pair(&twin->hashes[STORE_TRYING], input_id, value);
    if (twin->watch.on_mark)
        twin->watch.on_mark(twin->watch.ctx, input_id, value);
    return STORE_OK;
}

/* ---- lease ---- */

static void raise_counter(struct twin *twin)
{
    struct error ignored;
    int64_t counter = 0;
    char text[32];

    parse_int(str_of(meta(twin, "counter", "0")), 0, INT64_MAX, &counter, &ignored);
    snprintf(text, sizeof(text), "%" PRId64, counter + 1);
    set_meta(twin, "counter", text);
}

static int64_t number_of(const char *text) /* -1: it is none */
{
    struct error ignored;
    int64_t number = -1;

    return strspn(text, "0123456789") == strlen(text) && parse_int(str_of(text), 0, INT64_MAX, &number, &ignored)
               ? number
               : -1;
}

static enum lease_result lease_take(struct twin *twin, const struct lease_call *call)
{
    bool was_free = *meta(twin, "nonce", "") == '\0';
    char schema[32];

    if (!was_free && number_of(meta(twin, "counter", "0")) != call->counter) {
        came_by(twin, TWIN_LEASE_TAKE_HELD);
        return LEASE_HELD;
    }
    came_by(twin, was_free ? TWIN_LEASE_TAKEN_FREE : TWIN_LEASE_TAKEN_OVER);
    set_meta(twin, "nonce", call->nonce);
    set_meta(twin, "instance", call->instance);
    set_meta(twin, "released", "0");
    if (number_of(meta(twin, "schema", "0")) < call->schema) {
        snprintf(schema, sizeof(schema), "%" PRId64, call->schema);
        set_meta(twin, "schema", schema);
    }
    raise_counter(twin);
    return LEASE_DONE;
}

static enum lease_result lease_renew(struct twin *twin, const struct lease_call *call)
{
    const char *nonce = meta(twin, "nonce", "");

    if (*nonce == '\0' || strcmp(nonce, call->nonce) != 0) {
        came_by(twin, TWIN_LEASE_RENEW_HELD);
        return LEASE_HELD;
    }
    came_by(twin, TWIN_LEASE_RENEWED);
    raise_counter(twin);
    return LEASE_DONE;
}

static enum lease_result lease_release(struct twin *twin, const struct lease_call *call)
{
    const char *nonce = meta(twin, "nonce", "");

    if (*nonce == '\0') {
        came_by(twin, TWIN_LEASE_RELEASE_FREE);
        return LEASE_DONE;
    }
    if (strcmp(nonce, call->nonce) != 0) {
        came_by(twin, TWIN_LEASE_RELEASE_HELD);
        return LEASE_HELD;
    }
    came_by(twin, TWIN_LEASE_RELEASED);
    set_meta(twin, "nonce", "");
    set_meta(twin, "released", "1");
    return LEASE_DONE;
}

static enum lease_result lease_act(struct twin *twin, const struct lease_call *call)
{
    enum lease_result result;

    if (*meta(twin, "birth", "") == '\0') {
        came_by(twin, TWIN_LEASE_NO_BIRTH);
        return LEASE_NO_BIRTH;
    }
    if (number_of(meta(twin, "schema", "0")) > call->schema) {
        came_by(twin, TWIN_LEASE_TOO_NEW);
        return LEASE_TOO_NEW;
    }
    switch (call->action) {
    case LEASE_TAKE:
        result = lease_take(twin, call);
        break;
    case LEASE_RENEW:
        result = lease_renew(twin, call);
        break;
    case LEASE_RELEASE:
        result = lease_release(twin, call);
        break;
    case LEASE_LOOK:
    default:
        came_by(twin, TWIN_LEASE_LOOKED);
        return LEASE_DONE;
    }
    if (result == LEASE_DONE && twin->watch.on_lease)
        twin->watch.on_lease(twin->watch.ctx, call->action, call->nonce, call->instance);
    return result;
}

bool twin_lease(struct twin *twin, const struct lease_call *call, struct lease_answer *answer, const char **ret_reason)
{
    bool was_free = *meta(twin, "nonce", "") == '\0';

    if (twin->is_other[STORE_META]) {
        came_by(twin, TWIN_LEASE_META_TYPE);
        *ret_reason = "meta is a string";
        return false;
    }
    if (number_of(meta(twin, "counter", "0")) < 0 || number_of(meta(twin, "schema", "0")) < 0) {
        came_by(twin, TWIN_LEASE_NO_NUMBER);
        *ret_reason = "counter or schema is no number";
        return false;
    }
    if (call->action == LEASE_TAKE && !is_hex32(call->nonce)) {
        came_by(twin, TWIN_LEASE_NONCE);
        *ret_reason = "a nonce that is not 32 hex digits";
        return false;
    }
    answer->status = STORE_OK;
    answer->result = lease_act(twin, call);
    answer->birth = meta(twin, "birth", "");
    answer->nonce = meta(twin, "nonce", "");
    answer->instance = meta(twin, "instance", "");
    answer->counter = number_of(meta(twin, "counter", "0"));
    answer->seq = twin_seq(twin);
    answer->unix_ms = twin->now_ms;
    answer->was_clean = was_free || *answer->nonce == '\0';
    return true;
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
    while (at > stream->first && is_later(stream->entries[at - 1].id, id))
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
    put_pair(&twin->hashes[place], field, str_of(value));
}

bool twin_drop(struct twin *twin, enum store_place place, const char *field)
{
    return drop_pair(&twin->hashes[place], field);
}

const char *twin_get(const struct twin *twin, enum store_place place, const char *field)
{
    const struct twin_pair *pair = find_pair(&twin->hashes[place], field);

    return pair ? pair->value : NULL;
}
