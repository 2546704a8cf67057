/* twin_commit.c - commit.lua as functions: everything is checked, then everything is written. */
#include "tests/simulation/twin_internal.h"

#include "bot/model/plant.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
    twin_came_by(twin, place < TWIN_HASHES ? TWIN_WRITE_HASH_TYPE : TWIN_WRITE_STREAM_TYPE);
    return arena_printf(arena, "%s is stored as something else", store_place_names[place]);
}

static const char *value_fault(struct twin *twin, struct str value)
{
    if (value.len <= twin->limits.value_max_bytes)
        return NULL;
    twin_came_by(twin, TWIN_WRITE_VALUE);
    return "a value that is too large";
}

static const char *hash_fault(struct twin *twin, enum store_place place, const char *field, struct str value,
                              struct arena *arena)
{
    const char *fault;

    if (place >= TWIN_HASHES) {
        twin_came_by(twin, TWIN_WRITE_NO_HASH);
        return arena_printf(arena, "%s is no hash", store_place_names[place]);
    }
    if (place == STORE_META && is_reserved(field)) {
        twin_came_by(twin, TWIN_WRITE_RESERVED);
        return arena_printf(arena, "meta %s is for the scripts alone", field);
    }
    if (*field == '\0' || strlen(field) > twin->limits.field_max_bytes) {
        twin_came_by(twin, TWIN_WRITE_FIELD);
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
    struct twin_id id;

    if (write->place == STORE_DEAD && !twin_id_parse(write->field, &id))
        return "a dead letter that is no id";
    if (write->place == STORE_DEAD)
        return type_fault(check->twin, write->place, check->arena);
    return hash_fault(check->twin, write->place, write->field, str_of(""), check->arena);
}

/* How many entries an append leaves: 1 to 15 digits. */
static bool kept_parse(const char *text, uint64_t *ret_kept)
{
    return strlen(text) <= 15 && twin_parse_number(str_of(text), ret_kept) && *ret_kept > 0;
}

static const char *check_append(struct check *check, const struct store_write *write)
{
    const char *fault;
    uint64_t kept;

    if (write->place != STORE_JOURNAL && write->place != STORE_DEAD) {
        twin_came_by(check->twin, TWIN_WRITE_APPEND_PLACE);
        return arena_printf(check->arena, "nothing is appended to %s", store_place_names[write->place]);
    }
    if (write->place == STORE_JOURNAL && !check->commit->journal_after) {
        twin_came_by(check->twin, TWIN_WRITE_APPEND_HEADS);
        return "a journal entry without heads";
    }
    if (write->field[0] && !kept_parse(write->field, &kept)) {
        twin_came_by(check->twin, TWIN_WRITE_APPEND_LENGTH);
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
    twin_id_parse(twin_meta(check->twin, cursor_name(place), "0-0"), &id);
    return id;
}

static const char *check_cursor(struct check *check, const struct store_write *write)
{
    size_t i = write->place == STORE_INBOX ? 0 : 1;
    struct twin_id id, before;
    const char *fault;

    if (write->place != STORE_INBOX && write->place != STORE_INBOX_SAFE) {
        twin_came_by(check->twin, TWIN_WRITE_CURSOR_PLACE);
        return arena_printf(check->arena, "%s has no cursor", store_place_names[write->place]);
    }
    if (!twin_id_parse(write->field, &id)) {
        twin_came_by(check->twin, TWIN_WRITE_CURSOR_ID);
        return "a cursor that is no id";
    }
    before = cursor_of(check, write->place);
    if (!twin_is_later(id, before)) {
        twin_came_by(check->twin, TWIN_WRITE_CURSOR_BACK);
        return arena_printf(check->arena, "the cursor of %s is at %s already", store_place_names[write->place],
                            twin_id_text(before, check->arena));
    }
    fault = type_fault(check->twin, write->place, check->arena);
    if (fault)
        return fault;
    if (twin_is_later(id, twin_stream(check->twin, write->place)->last)) {
        twin_came_by(check->twin, TWIN_WRITE_CURSOR_BEYOND);
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
        twin_came_by(check->twin, TWIN_WRITE_TRIM_PLACE);
        return arena_printf(check->arena, "%s is no stream", store_place_names[write->place]);
    }
    if (!twin_id_parse(write->field, &id)) {
        twin_came_by(check->twin, TWIN_WRITE_TRIM_ID);
        return "a trim to something that is no id";
    }
    if ((write->place == STORE_INBOX || write->place == STORE_INBOX_SAFE) &&
        twin_is_later(id, cursor_of(check, write->place))) {
        twin_came_by(check->twin, TWIN_WRITE_TRIM_BEYOND);
        return arena_printf(check->arena, "a trim beyond the cursor of %s", store_place_names[write->place]);
    }
    return type_fault(check->twin, write->place, check->arena);
}

static void trim(struct twin_stream *stream, struct twin_id below)
{
    while (stream->first < stream->count && twin_is_later(below, stream->entries[stream->first].id))
        twin_drop_first(stream);
}

static void write_put(struct twin *twin, const struct store_write *write)
{
    twin_put_pair(&twin->hashes[write->place], write->field, write->value);
}

static void write_drop(struct twin *twin, const struct store_write *write)
{
    struct twin_id id;

    if (write->place != STORE_DEAD)
        twin_drop_pair(&twin->hashes[write->place], write->field);
    else if (twin_id_parse(write->field, &id))
        twin_drop_entry(twin_stream(twin, write->place), id);
}

static void write_append(struct twin *twin, const struct store_write *write)
{
    struct twin_stream *stream = twin_stream(twin, write->place);
    uint64_t kept;

    twin_append_now(twin, stream, write->value);
    while (write->field[0] && kept_parse(write->field, &kept) && stream->count - stream->first > kept)
        twin_drop_first(stream);
}

static void write_cursor(struct twin *twin, const struct store_write *write)
{
    twin_set_meta(twin, cursor_name(write->place), write->field);
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
        twin_came_by(check->twin, TWIN_WRITE_VERB);
        return "no such verb";
    }
    if ((size_t)write->place >= STORE_PLACES) {
        twin_came_by(check->twin, TWIN_WRITE_PLACE);
        return "no such place";
    }
    return verbs[write->verb].check(check, write);
}

static const char *journal_fault(struct check *check)
{
    const struct store_commit *commit = check->commit;

    if (!commit->journal_after)
        return NULL;
    if (strcmp(twin_meta(check->twin, "journal", ""), commit->journal_before) != 0) {
        twin_came_by(check->twin, TWIN_COMMIT_HEAD);
        return "the journal has another head";
    }
    if (*commit->journal_after == '\0' || strlen(commit->journal_after) > check->twin->limits.field_max_bytes) {
        twin_came_by(check->twin, TWIN_COMMIT_HEAD_SIZE);
        return "a field of the wrong size";
    }
    return NULL;
}

static const char *commit_fault(struct check *check)
{
    const struct store_commit *commit = check->commit;
    const char *fault;

    if (!twin_is_hex32(commit->id)) {
        twin_came_by(check->twin, TWIN_COMMIT_ID);
        return "a commit id that is not 32 hex digits";
    }
    if (commit->count > check->twin->limits.writes_max) {
        twin_came_by(check->twin, TWIN_COMMIT_COUNT);
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
    const char *owner = twin_meta(twin, "nonce", "");

    if (twin->is_other[STORE_META]) {
        twin_came_by(twin, TWIN_COMMIT_META_TYPE);
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
        twin_set_meta(twin, "journal", commit->journal_after);
    snprintf(seq, sizeof(seq), "%" PRId64, commit->seq);
    twin_set_meta(twin, "commit", commit->id);
    twin_set_meta(twin, "seq", seq);
    if (twin->watch.on_commit)
        twin->watch.on_commit(twin->watch.ctx, commit);
}

enum store_status twin_commit(struct twin *twin, const struct store_commit *commit, struct arena *arena,
                              const char **ret_reason)
{
    struct check check = { .twin = twin, .commit = commit, .arena = arena };
    enum store_status status;

    *ret_reason = "";
    if (!is_owner(twin, commit->nonce, &status, ret_reason)) {
        if (status == STORE_STALE_NONCE)
            twin_came_by(twin, *twin_meta(twin, "nonce", "") ? TWIN_COMMIT_STALE_NONCE : TWIN_COMMIT_NO_OWNER);
        return status;
    }
    if (strcmp(twin_meta(twin, "commit", ""), commit->id) == 0) {
        twin_came_by(twin, TWIN_COMMIT_RESENT);
        return STORE_OK;
    }
    if (!PLANTED(SEQ_NOT_CHECKED) && twin_seq(twin) != commit->seq - 1) {
        twin_came_by(twin, TWIN_COMMIT_STALE_SEQ);
        return STORE_STALE_SEQ;
    }
    *ret_reason = commit_fault(&check);
    if (*ret_reason)
        return STORE_INVALID;
    *ret_reason = "";
    twin_came_by(twin, TWIN_COMMIT_DONE);
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
            twin_came_by(twin, TWIN_MARK_STALE_NONCE);
        return status;
    }
    *ret_reason = hash_fault(twin, STORE_TRYING, input_id, value, arena);
    if (*ret_reason) {
        twin_came_by(twin, TWIN_MARK_INVALID);
        return STORE_INVALID;
    }
    *ret_reason = "";
    twin_came_by(twin, TWIN_MARK_DONE);
    twin_put_pair(&twin->hashes[STORE_TRYING], input_id, value);
    if (twin->watch.on_mark)
        twin->watch.on_mark(twin->watch.ctx, input_id, value);
    return STORE_OK;
}
