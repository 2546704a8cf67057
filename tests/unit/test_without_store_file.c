/* What was done without a store is on disk before anything goes out, and handed over once. */
#include "tests/unit/rows.h"

#include "bot/base/file.h"
#include "bot/without_store_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
    char dir[64];
    struct arena *arena;
};

static int enter(void **state)
{
    struct place *place = xcalloc(1, sizeof(*place));

    snprintf(place->dir, sizeof(place->dir), "/tmp/opsgate-test-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    place->arena = arena_create();
    *state = place;
    return 0;
}

static int leave(void **state)
{
    struct place *place = *state;
    const char *names[] = { "without-store.jsonl", "targets.json" };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(arena_printf(place->arena, "%s/%s", place->dir, names[i]));
    rmdir(place->dir);
    arena_destroy(place->arena);
    free(place);
    return 0;
}

static struct without_store_act act_of(const char *id)
{
    return (struct without_store_act){ .id = id,
                                       .verb = "rollback",
                                       .text = "rollback api production",
                                       .principal = { .system = "local", .id = "root" },
                                       .target = "api/production",
                                       .began_at_ms = 1000 };
}

static struct without_store_acts read_all(struct place *place)
{
    struct without_store_acts acts;
    struct error err;

    if (!without_store_read(place->dir, place->arena, &acts, &err))
        fail_msg("%s", err.message);
    return acts;
}

static void write_act(struct place *place, const struct without_store_act *act)
{
    struct error err;

    if (!without_store_write(place->dir, act, &err))
        fail_msg("%s", err.message);
}

static void no_file_is_no_acts(void **state)
{
    assert_int_equal(read_all(*state).count, 0);
}

static void the_last_word_of_an_act_counts(void **state)
{
    struct place *place = *state;
    struct without_store_act act = act_of("b-1");
    struct target_version good = { .version = "v1", .revision = "api-1" };
    struct without_store_acts acts;
    struct error err;

    write_act(place, &act);
    assert_true(without_store_note(place->dir, "b-1", "run.return", NULL, &err));
    assert_null(read_all(place).acts[0].result);
    act.result = "done";
    act.good = &good;
    write_act(place, &act);
    acts = read_all(place);
    assert_int_equal(acts.count, 1);
    assert_string_equal(acts.acts[0].result, "done");
    assert_string_equal(acts.acts[0].good->revision, "api-1");
}

static void what_is_adopted_is_not_told_again(void **state)
{
    struct place *place = *state;
    struct without_store_act one = act_of("b-1"), two = act_of("b-2");
    struct without_store_acts acts;
    struct error err;

    write_act(place, &one);
    write_act(place, &two);
    assert_true(without_store_adopted(place->dir, "b-1", &err));
    acts = read_all(place);
    assert_int_equal(acts.count, 1);
    assert_string_equal(acts.acts[0].id, "b-2");
}

/* The machine died in the middle of a line; what is written afterwards must not be lost with it. */
static void a_torn_line_is_passed_over(void **state)
{
    struct place *place = *state;
    struct without_store_act one = act_of("b-1"), two = act_of("b-2");
    struct without_store_acts acts;
    FILE *file;

    write_act(place, &one);
    file = fopen(arena_printf(place->arena, "%s/without-store.jsonl", place->dir), "a");
    fputs("\n{\"act\":{\"id\":\"b-3\",\"ver", file);
    fclose(file);
    write_act(place, &two);
    acts = read_all(place);
    assert_int_equal(acts.count, 2);
    assert_int_equal(acts.unreadable, 1);
    assert_string_equal(acts.acts[1].id, "b-2");
}

static void targets_come_back_as_they_were(void **state)
{
    struct place *place = *state;
    struct target_version good = { .version = "v1", .image = "i", .revision = "api-1", .operation = "D1", .at_ms = 5 };
    struct target target = { .name = "api/production", .schema = 1, .good = &good, .good_count = 1 };
    struct target_list list = { .targets = &target, .targets_count = 1 }, found;
    struct error err;

    assert_true(targets_file_write(place->dir, &list, &err));
    assert_true(targets_file_read(place->dir, place->arena, &found, &err));
    assert_int_equal(found.targets_count, 1);
    assert_string_equal(found.targets[0].good[0].revision, "api-1");
}

static void a_broken_copy_is_said_so(void **state)
{
    struct place *place = *state;
    struct target_list found;
    struct error err;

    assert_true(
        file_write(arena_printf(place->arena, "%s/targets.json", place->dir), str_of("{\"targets\":[{}]}"), &err));
    assert_false(targets_file_read(place->dir, place->arena, &found, &err));
    assert_non_null(strstr(err.message, "targets.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_file_is_no_acts, enter, leave),
        cmocka_unit_test_setup_teardown(the_last_word_of_an_act_counts, enter, leave),
        cmocka_unit_test_setup_teardown(what_is_adopted_is_not_told_again, enter, leave),
        cmocka_unit_test_setup_teardown(a_torn_line_is_passed_over, enter, leave),
        cmocka_unit_test_setup_teardown(targets_come_back_as_they_were, enter, leave),
        cmocka_unit_test_setup_teardown(a_broken_copy_is_said_so, enter, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
