/* test_twin_scripts.c - the twin against the real scripts on a real redis-server.
 *
 * Random sequences of calls, valid ones and every kind of invalid one, go to both; after each the answers and the whole
 * state must be the same. Everything derives from the sequence's seed. A run that met one of the scripts' branches
 * fewer than a hundred times fails too. usage: test_twin_scripts [first seed] [sequences]
 */

#include "tests/simulation/both.h"
#include "tests/simulation/twin_internal.h"

#include <inttypes.h>
#include <stdio.h>

#define SEQUENCES 5000
#define CALLS_MIN 10
#define CALLS_MAX 60
#define BRANCH_MIN 100

/* ---- what happens to a store from outside ---- */

static void clear_place(struct both *both, enum store_place place)
{
    if (place < TWIN_HASHES) {
        while (both->twin->hashes[place].count > 0)
            twin_drop(both->twin, place, both->twin->hashes[place].pairs[0].field);
    } else {
        struct twin_stream *stream = twin_stream(both->twin, place);

        for (size_t i = stream->first; i < stream->count; i++)
            free(stream->entries[i].value);
        stream->first = stream->count = 0;
        stream->last = (struct twin_id){ 0, 0 };
    }
}

static void break_place(struct both *both)
{
    enum store_place place = (enum store_place)both_draw(both, 0, STORE_PLACES - 1);

    both_say(both, "%s becomes a string", store_place_names[place]);
    both_run(both, "SET %s %s", store_place_names[place], "x");
    clear_place(both, place);
    both->twin->is_other[place] = true;
}

static void heal_places(struct both *both)
{
    both_say(both, "what was broken is empty");
    for (enum store_place place = 0; place < STORE_PLACES; place++) {
        if (!both->twin->is_other[place])
            continue;
        both_run(both, "DEL %s%s", store_place_names[place], "");
        both->twin->is_other[place] = false;
    }
}

/* No script writes such an entry. It takes nothing from then on, so that it must be rare. */
static void use_up_ids(struct both *both)
{
    enum store_place place = both_rarely(both, 50) ? STORE_INBOX : STORE_INBOX_SAFE;
    struct twin_stream *stream = twin_stream(both->twin, place);
    struct twin_id id = { stream->last.ms > 0 ? stream->last.ms : 1, UINT64_C(1) << 52 };

    if (both->twin->is_other[place] || stream->last.n >= id.n || !both_rarely(both, 30))
        return;
    both_say(both, "the ids of %s are used up", store_place_names[place]);
    both_run(both, arena_printf(both->arena, "XADD %s %%s e %%s", store_place_names[place]),
             twin_id_text(id, both->arena), "x");
    twin_append_entry(stream, id, str_of("x"));
}

static void put_meta(struct both *both, const char *field, const char *value)
{
    if (both->twin->is_other[STORE_META])
        return;
    both_say(both, "meta %s is %s", field, value);
    both_run(both, "HSET meta %s %s", field, value);
    twin_put(both->twin, STORE_META, field, value);
}

static void change_meta(struct both *both)
{
    static const struct {
        const char *field, *value;
    } rows[] = { { "counter", "x" }, { "counter", "7" }, { "schema", "" },  { "schema", "1" },
                 { "schema", "2" },  { "birth", "b1" },  { "birth", "b1" }, { "birth", "" } };
    size_t i = (size_t)both_draw(both, 0, (int64_t)ARRAY_LEN(rows) - 1);

    put_meta(both, rows[i].field, rows[i].value);
}

static void forget_keys(struct both *both)
{
    const char *key = arena_printf(both->arena, "key:%" PRId64, both_draw(both, 0, DEDUPE_KEYS - 1));

    both_say(both, "%s has lived long enough", key);
    both_run(both, "DEL %s%s", key, "");
    twin_forget_key(both->twin, key);
}

static const struct {
    int64_t weight;
    void (*call)(struct both *both);
} calls[] = {
    { 25, both_call_accept }, { 70, both_call_commit }, { 6, both_call_mark },
    { 20, both_call_lease },  { 2, break_place },       { 3, heal_places },
    { 2, change_meta },       { 8, forget_keys },       { 1, use_up_ids },
};

static void call_any(struct both *both)
{
    int64_t sum = 0, at;
    size_t i;

    for (i = 0; i < ARRAY_LEN(calls); i++)
        sum += calls[i].weight;
    at = both_draw(both, 0, sum - 1);
    for (i = 0; at >= calls[i].weight; i++)
        at -= calls[i].weight;
    calls[i].call(both);
}

/* ---- a sequence ---- */

static void run_sequence(struct both *both, uint64_t seed, uint64_t *branches)
{
    int count;

    both->seed = seed;
    both->dice.state = seed * 7919;
    both->last_commit[0] = '\0';
    both->twin = twin_create(branches);
    both->twin->limits = (struct twin_limits){ .high_water = { 5, 4 },
                                               .memory_percent = { 80, 90 },
                                               .dedupe_ms = 3600000,
                                               .item_max_bytes = 20,
                                               .item_keys_max = 3,
                                               .writes_max = 8,
                                               .value_max_bytes = 16,
                                               .field_max_bytes = 24 };
    both_run(both, "FLUSHALL%s%s", "", "");
    if (!both_rarely(both, 10)) {
        put_meta(both, "birth", "b1");
        put_meta(both, "schema", "1");
    }
    count = (int)both_draw(both, CALLS_MIN, CALLS_MAX);
    for (both->call = 0; both->call < count; both->call++) {
        both->arena = arena_create();
        both->story[0] = '\0';
        call_any(both);
        both_same_state(both);
        arena_destroy(both->arena);
    }
    twin_destroy(both->twin);
}

int main(int argc, char **argv)
{
    struct both both = { .redis = NULL };
    uint64_t branches[TWIN_BRANCH_COUNT] = { 0 };
    int64_t first = 1, sequences = SEQUENCES;
    struct error ignored;
    bool is_enough = true;

    if (argc > 1)
        parse_int(str_of(argv[1]), 0, INT64_MAX, &first, &ignored);
    if (argc > 2)
        parse_int(str_of(argv[2]), 1, INT64_MAX, &sequences, &ignored);
    both.redis = both_start_server();
    both_load_scripts(&both);
    for (int64_t i = 0; i < sequences; i++)
        run_sequence(&both, (uint64_t)(first + i), branches);
    for (size_t i = 0; i < TWIN_BRANCH_COUNT; i++) {
        bool is_low = branches[i] < BRANCH_MIN;

        printf("%8" PRIu64 "  %s%s\n", branches[i], twin_branches[i].about, is_low ? "   <-- too rare" : "");
        is_enough = is_enough && !is_low;
    }
    printf("%" PRId64 " sequences: the twin does what the scripts do\n", sequences);
    for (int i = 0; i < SCRIPTS; i++)
        free(both.sha[i]);
    redisFree(both.redis);
    return is_enough || sequences < SEQUENCES ? 0 : 1;
}
