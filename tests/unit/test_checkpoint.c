/* A copy of the journal with signed checkpoints: whatever was changed, cut out, cut off or made anew is found from the
 * copy alone; what cannot be known is not called proven. */
#include "tests/unit/rows.h"

#include "bot/model/checkpoint.h"

#include <stdio.h>
#include <string.h>

#define LINES_MAX 40

struct copy {
    struct arena *arena;
    char *private, *stranger;
    struct ed25519_keys keys;
    cJSON *lines[LINES_MAX];
    size_t count, second_file; /* the line that another file begins with; 0: there is one */
    char head[65];
    int64_t n;
    bool is_unkeyed;
};

static void add_line(struct copy *copy, cJSON *line)
{
    assert_true(copy->count < LINES_MAX);
    copy->lines[copy->count++] = line;
}

static cJSON *entry_of(int64_t n, const char *previous, const char *kind, struct arena *arena)
{
    cJSON *entry = json_object(), *core = json_object();

    json_set_int(core, "n", n);
    json_set_int(core, "at", 1000 * n);
    json_set_string(core, "kind", kind);
    json_set_string(entry, "previous", previous);
    json_set_int(entry, "seq", n);
    json_set_string(entry, "configuration", "c0ffee");
    json_set(entry, "core", core);
    json_set_string(entry, "hash", journal_hash(entry, arena).text);
    return entry;
}

static void add_entry(struct copy *copy, const char *kind)
{
    cJSON *entry = entry_of(++copy->n, copy->head, kind, copy->arena);

    snprintf(copy->head, sizeof(copy->head), "%s", json_find_string(entry, "hash"));
    add_line(copy, entry);
}

static cJSON *checkpoint_of(struct copy *copy, const char *why, const char *pem, const char *store)
{
    struct checkpoint checkpoint = {
        .store = store, .head = copy->head, .instance = "one", .why = why, .n = copy->n, .at_ms = 1000 * copy->n + 1
    };
    struct error err;
    const char *line = checkpoint_line(&checkpoint, pem, copy->arena, &err);
    cJSON *json;

    assert_non_null(line);
    assert_true(json_parse(str_of(line), &json, &err));
    return json;
}

static void add_checkpoint(struct copy *copy, const char *why)
{
    add_line(copy, checkpoint_of(copy, why, copy->private, "b1"));
}

/* 0 begin, 1-3 entries 1-3, 4 checkpoint, 5-7 entries 4-6, 8 checkpoint, 9 entry 7 */
static void make(struct copy *copy)
{
    char *public, *strangers;
    struct error err;

    *copy = (struct copy){ .arena = arena_create() };
    assert_true(ed25519_generate(copy->arena, &copy->private, &public, &err));
    assert_true(ed25519_generate(copy->arena, &copy->stranger, &strangers, &err));
    assert_true(ed25519_read_public(public, &copy->keys, &err));
    add_checkpoint(copy, "begin");
    for (int i = 0; i < 3; i++)
        add_entry(copy, "request.denied");
    add_checkpoint(copy, "entries");
    for (int i = 0; i < 3; i++)
        add_entry(copy, "request.accepted");
    add_checkpoint(copy, "time");
    add_entry(copy, "request.denied");
}

static void take_out(struct copy *copy, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++)
        cJSON_Delete(copy->lines[i]);
    memmove(&copy->lines[from], &copy->lines[from + count], (copy->count - from - count) * sizeof(copy->lines[0]));
    copy->count -= count;
}

static void nothing(struct copy *copy)
{
    (void)copy;
}

static void denial_made_consent(struct copy *copy)
{
    json_set_string(cJSON_GetObjectItem(copy->lines[2], "core"), "kind", "request.accepted");
}

/* As somebody would who can write, knows how the chain is made, and has no key. */
static void chain_made_anew(struct copy *copy)
{
    char head[65] = "";

    for (size_t i = 0; i < copy->count; i++) {
        cJSON *anew;

        if (json_find(copy->lines[i], "checkpoint"))
            continue;
        anew = entry_of(json_find_int(copy->lines[i], "core.n", 0), head, "request.accepted", copy->arena);
        snprintf(head, sizeof(head), "%s", json_find_string(anew, "hash"));
        cJSON_Delete(copy->lines[i]);
        copy->lines[i] = anew;
    }
}

static void anew_without_checkpoints(struct copy *copy)
{
    chain_made_anew(copy);
    for (size_t i = copy->count; i-- > 0;)
        if (json_find(copy->lines[i], "checkpoint"))
            take_out(copy, i, 1);
}

static void checkpoint_changed(struct copy *copy)
{
    json_set_int(cJSON_GetObjectItem(copy->lines[8], "checkpoint"), "at", 1);
}

static void checkpoint_of_a_stranger(struct copy *copy)
{
    cJSON_Delete(copy->lines[0]);
    copy->n = 0;
    copy->head[0] = '\0';
    copy->lines[0] = checkpoint_of(copy, "begin", copy->stranger, "b1");
}

static void with_a_new_key(struct copy *copy)
{
    struct error err;

    assert_true(ed25519_public_of(copy->stranger, &copy->keys.keys[copy->keys.count++], &err));
    add_line(copy, checkpoint_of(copy, "stop", copy->stranger, "b1"));
}

static void of_another_store(struct copy *copy)
{
    add_line(copy, checkpoint_of(copy, "stop", copy->private, "b2"));
}

static void entry_cut_out(struct copy *copy)
{
    take_out(copy, 5, 1);
}

static void end_cut_off(struct copy *copy)
{
    take_out(copy, 5, 5);
}

static void end_cut_off_but_its_checkpoint(struct copy *copy)
{
    take_out(copy, 5, 3);
}

static void beginning_cut_off(struct copy *copy)
{
    take_out(copy, 0, 3);
}

/* What is left begins with a line that is signed: but not as the beginning of a file. */
static void beginning_cut_off_at_a_checkpoint(struct copy *copy)
{
    take_out(copy, 0, 4);
}

static void first_entry_cut_off(struct copy *copy)
{
    take_out(copy, 1, 1);
}

static void rotated(struct copy *copy)
{
    copy->second_file = copy->count;
    add_checkpoint(copy, "begin");
    add_entry(copy, "request.denied");
    add_checkpoint(copy, "stop");
}

static void rotated_without_the_first(struct copy *copy)
{
    rotated(copy);
    take_out(copy, 0, copy->second_file);
    copy->second_file = 0;
}

static void end_of_the_first_cut_off(struct copy *copy)
{
    rotated(copy);
    take_out(copy, --copy->second_file, 1);
}

/* Two instances' files: the second has what the first has, from entry 5 on, and more. */
static void overlapping(struct copy *copy)
{
    size_t end = copy->count;

    add_entry(copy, "request.denied");
    copy->second_file = end;
    for (size_t i = 6; i < end; i++)
        add_line(copy, json_copy(copy->lines[i]));
    add_line(copy, copy->lines[end]);
    memmove(&copy->lines[end], &copy->lines[end + 1], (copy->count - end - 1) * sizeof(copy->lines[0]));
    copy->count--;
    add_checkpoint(copy, "stop");
}

static void keyless(struct copy *copy)
{
    end_cut_off_but_its_checkpoint(copy);
    copy->is_unkeyed = true;
}

static const struct row {
    const char *name;
    void (*alter)(struct copy *copy);
    const char *broken; /* "" : it is whole */
    int64_t proven, unproven;
} rows[] = {
    { "a whole copy is proven to its newest checkpoint", nothing, "", 6, 1 },
    { "a changed entry is found", denial_made_consent, "entry 2 was changed", 0, 0 },
    { "a chain made anew does not fit its checkpoints", chain_made_anew,
      "the checkpoint of 1970-01-01T00:00:03.001Z is of entry 3", 0, 0 },
    { "and without them nothing is proven", anew_without_checkpoints, "no checkpoint is in it", 0, 0 },
    { "a changed checkpoint is found", checkpoint_changed, "was changed: its signature is not of these words", 0, 0 },
    { "one signed with another key is not believed", checkpoint_of_a_stranger, "which is not among the 1 given", 0, 0 },
    { "unless that key is given, too: it was replaced", with_a_new_key, "", 7, 0 },
    { "a checkpoint of another store is none of this one", of_another_store, "is of another store", 0, 0 },
    { "an entry cut out is found", entry_cut_out, "entries 4 to 4 are missing", 0, 0 },
    { "of what is cut off at its end it says how far it is proven", end_cut_off, "", 3, 0 },
    { "a checkpoint whose entries were cut out is found", end_cut_off_but_its_checkpoint, "stands behind entry 3", 0,
      0 },
    { "also without a key", keyless, "stands behind entry 3", 0, 0 },
    { "what is cut off at its beginning is found", beginning_cut_off,
      "it begins with entry 3, and no checkpoint says so", 0, 0 },
    { "also when it is cut off just before a checkpoint", beginning_cut_off_at_a_checkpoint,
      "it begins with entry 4, and no checkpoint says so", 0, 0 },
    { "also when its first line is left", first_entry_cut_off, "the file begins behind entry 0", 0, 0 },
    { "a file behind another goes on with it", rotated, "", 8, 0 },
    { "and is proven alone, from where it begins", rotated_without_the_first, "", 8, 0 },
    { "what is cut off between two files is found", end_of_the_first_cut_off, "missing between two files", 0, 0 },
    { "files of two instances may have some entries both", overlapping, "", 8, 0 },
};

static bool take_all(struct copy *copy, struct copy_proof *proof, struct error *err)
{
    for (size_t i = 0; i < copy->count; i++) {
        if (i > 0 && i == copy->second_file && !copy_proof_next_file(proof, err))
            return false;
        if (!copy_proof_take(proof, copy->lines[i], copy->arena, err))
            return false;
    }
    return copy_proof_end(proof, err);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct copy copy;
    struct copy_proof proof = { .keys = NULL };
    struct error err = { .message = "" };
    bool is_whole;

    make(&copy);
    row->alter(&copy);
    proof.keys = copy.is_unkeyed ? NULL : &copy.keys;
    is_whole = take_all(&copy, &proof, &err);
    if (is_whole != !row->broken[0] || !strstr(err.message, row->broken))
        fail_msg("%s: \"%s\"", is_whole ? "whole" : "not whole", err.message);
    if (is_whole) {
        assert_int_equal(proof.proven.n, row->proven);
        assert_int_equal(copy_proof_unproven(&proof), row->unproven);
    }
    for (size_t i = 0; i < copy.count; i++)
        cJSON_Delete(copy.lines[i]);
    arena_destroy(copy.arena);
}

static void a_key_that_is_none_is_refused(void **state)
{
    static const char *const texts[] = { "", "secret",
                                         "-----BEGIN PRIVATE KEY-----\nMC4\n-----END PRIVATE KEY-----\n" };
    struct ed25519_keys keys;
    struct ed25519_key key;
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_false(ed25519_public_of(texts[i], &key, &err));
        assert_false(ed25519_read_public(texts[i], &keys, &err));
    }
}

int main(void)
{
    const struct CMUnitTest keys[] = { cmocka_unit_test(a_key_that_is_none_is_refused) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(keys, NULL, NULL);
}
