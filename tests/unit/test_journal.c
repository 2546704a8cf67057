/* The journal's chain: what was changed, taken away, put in, cut off or told of somebody else is found; what was erased
 * is not. */
#include "tests/unit/rows.h"

#include "bot/model/journal.h"

#include <stdio.h>
#include <string.h>

#define ENTRIES 4
#define SALT "00112233445566778899aabbccddeeff"

struct copy { /* as it is carried off the machine */
    struct arena *arena;
    cJSON *entries[ENTRIES], *beside[ENTRIES];
    size_t count;
    const char *head;
};

static cJSON *entry_of(struct copy *copy, int64_t n, const char *previous, const cJSON *beside)
{
    cJSON *entry = json_object(), *core = json_object();

    json_set_int(core, "n", n);
    json_set_int(core, "at", 1000 * n);
    json_set_string(core, "kind", "request.accepted");
    json_set_string(entry, "previous", previous);
    json_set_int(entry, "seq", 10 + n);
    json_set_string(entry, "configuration", "c0ffee");
    json_set(entry, "core", core);
    if (beside)
        json_set_string(entry, "personal", journal_digest_beside(SALT, json_find(beside, "values"), copy->arena).text);
    json_set_string(entry, "hash", journal_hash(entry, copy->arena).text);
    return entry;
}

/* Somebody's words stand beside the second and the third. */
static struct copy make_copy(void)
{
    struct copy copy = { .arena = arena_create(), .count = ENTRIES };
    const char *previous = "";

    for (size_t i = 0; i < ENTRIES; i++) {
        if (i == 1 || i == 2) {
            cJSON *values = json_object();

            json_set_string(values, "text", "deploy api production");
            copy.beside[i] = json_object();
            json_set_string(copy.beside[i], "salt", SALT);
            json_set(copy.beside[i], "values", values);
        }
        copy.entries[i] = entry_of(&copy, (int64_t)i + 5, previous, copy.beside[i]);
        previous = json_find_string(copy.entries[i], "hash");
    }
    copy.head = arena_strdup(copy.arena, previous);
    return copy;
}

static void free_copy(struct copy *copy)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        cJSON_Delete(copy->entries[i]);
        cJSON_Delete(copy->beside[i]);
    }
    arena_destroy(copy->arena);
}

/* ---- what is done to it ---- */

static void nothing(struct copy *copy)
{
    (void)copy;
}

static void changes_a_word(struct copy *copy)
{
    json_set_string(cJSON_GetObjectItem(copy->entries[2], "core"), "kind", "request.denied");
}

/* As somebody would who knows how it is made. */
static void changes_it_with_its_hash(struct copy *copy)
{
    changes_a_word(copy);
    json_set_string(copy->entries[2], "hash", journal_hash(copy->entries[2], copy->arena).text);
}

static void changes_when(struct copy *copy)
{
    json_set_int(cJSON_GetObjectItem(copy->entries[1], "core"), "at", 7);
}

static void changes_the_configuration(struct copy *copy)
{
    json_set_string(copy->entries[3], "configuration", "c0ffed");
}

static void takes_away(struct copy *copy, size_t i)
{
    cJSON_Delete(copy->entries[i]);
    cJSON_Delete(copy->beside[i]);
    for (; i + 1 < ENTRIES; i++) {
        copy->entries[i] = copy->entries[i + 1];
        copy->beside[i] = copy->beside[i + 1];
    }
    copy->entries[ENTRIES - 1] = copy->beside[ENTRIES - 1] = NULL;
    copy->count--;
}

static void takes_one_away(struct copy *copy)
{
    takes_away(copy, 1);
}

static void takes_the_last_away(struct copy *copy)
{
    takes_away(copy, ENTRIES - 1);
}

static void takes_the_first_away(struct copy *copy)
{
    takes_away(copy, 0);
}

static void repeats_one(struct copy *copy)
{
    cJSON_Delete(copy->entries[2]);
    cJSON_Delete(copy->beside[2]);
    copy->entries[2] = json_copy(copy->entries[1]);
    copy->beside[2] = json_copy(copy->beside[1]);
}

static void changes_who_asked(struct copy *copy)
{
    json_set_string(cJSON_GetObjectItem(copy->beside[1], "values"), "text", "status");
}

static void erases_who_asked(struct copy *copy)
{
    cJSON_Delete(TAKE(copy->beside[1]));
}

static void puts_words_beside(struct copy *copy)
{
    copy->beside[3] = json_copy(copy->beside[1]);
}

static void puts_nonsense_in(struct copy *copy)
{
    cJSON_Delete(copy->entries[3]);
    copy->entries[3] = json_array();
}

static const struct row {
    const char *name;
    void (*change)(struct copy *copy);
    const char *wrong; /* or NULL: it is whole */
    size_t good, erased;
} rows[] = {
    { "untouched", nothing, NULL, 4, 0 },
    { "a word is changed", changes_a_word, "entry 7 was changed: its hash is not that of its words", 2, 0 },
    { "with its hash", changes_it_with_its_hash, "entry 8 does not follow from entry 7", 3, 0 },
    { "when it was is changed", changes_when, "entry 6 was changed", 1, 0 },
    { "by which configuration is changed", changes_the_configuration, "entry 8 was changed", 3, 0 },
    { "one is taken away", takes_one_away, "entries 6 to 6 are missing", 1, 0 },
    { "the last is cut off", takes_the_last_away, "what followed entry 7 was cut off", 3, 0 },
    { "the oldest are dropped in time", takes_the_first_away, NULL, 3, 0 },
    { "one stands there twice", repeats_one, "entry 6 stands behind entry 6", 2, 0 },
    { "who asked is changed", changes_who_asked, "entry 6: who asked, or what they said, was changed", 1, 0 },
    { "who asked is erased", erases_who_asked, NULL, 4, 1 },
    { "words are put beside", puts_words_beside, "entry 8 has nobody's words", 3, 0 },
    { "something else stands in it", puts_nonsense_in, "behind entry 7 stands what is no entry", 3, 0 },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct copy copy = make_copy();
    struct journal_chain chain = { .wanted[0].hash = copy.head };
    struct error err = { 0 };
    bool is_whole = true;

    row->change(&copy);
    for (size_t i = 0; i < copy.count && is_whole; i++)
        is_whole = journal_chain_take(&chain, copy.entries[i], copy.beside[i], copy.arena, &err);
    is_whole = is_whole && journal_chain_end(&chain, &err);
    assert_int_equal(is_whole, !row->wrong);
    if (row->wrong && !strstr(err.message, row->wrong))
        fail_msg("no \"%s\" in \"%s\"", row->wrong, err.message);
    assert_int_equal(chain.count, row->good);
    assert_int_equal(chain.erased, row->erased);
    free_copy(&copy);
}

/* What other versions wrote is verified by later ones: these are SHA-256 of five lines, and of two. */
static void the_digests_are_a_promise(void **state)
{
    struct copy copy = make_copy();

    (void)state;
    assert_string_equal(json_find_string(copy.entries[0], "hash"),
                        "e740e178e690d865b4802d6b2b0b44ac8481fb3ee410bf20c2573010a1d78fe9");
    assert_string_equal(json_find_string(copy.entries[1], "personal"),
                        "0133e8104b70f6797c411cde6962ad9863dcb7cc97c2950418376c90b3861357");
    free_copy(&copy);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(the_digests_are_a_promise) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
