/* What the last owner does without a store stands in its file before it is done, under a number and a lock of its own.
 */
#include "tests/unit/rows.h"

#include "bot/base/file.h"
#include "bot/without_store/last_owner.h"
#include "bot/without_store/without_store_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char dir[64], path[128];
    struct arena *arena;
    struct last_owner *owner;
};

static int enter(void **state)
{
    struct place *place = xcalloc(1, sizeof(*place));

    snprintf(place->dir, sizeof(place->dir), "/tmp/opsgate-test-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    snprintf(place->path, sizeof(place->path), "%s/without-store.jsonl", place->dir);
    place->arena = arena_create();
    place->owner = last_owner_create(place->dir);
    *state = place;
    return 0;
}

static int leave(void **state)
{
    struct place *place = *state;

    last_owner_destroy(place->owner);
    unlink(place->path);
    rmdir(place->dir);
    arena_destroy(place->arena);
    free(place);
    return 0;
}

static struct without_store_act act_of(const char *id)
{
    return (struct without_store_act){ .id = id,
                                       .verb = WITHOUT_STORE_RETURN,
                                       .principal = { .system = "opsgate", .id = "one" },
                                       .target = "api/production",
                                       .operation = "D7",
                                       .effect = "birth-7-back",
                                       .why = "it is bad",
                                       .is_sent = true,
                                       .began_at_ms = 1000 };
}

static struct without_store_acts over(const struct place *place)
{
    struct without_store_acts acts;
    struct error err;

    assert_true(without_store_read_over(place->dir, without_store_host(place->arena), 2000, place->arena, &acts, &err));
    return acts;
}

static void check_room(void **state)
{
    const struct place *place = *state;
    struct without_store_acts acts;
    struct stat is;
    struct error err;

    assert_int_equal(stat(place->path, &is), 0);
    assert_int_equal(is.st_size, 0); /* the room is behind its end */
    assert_true(without_store_read(place->dir, place->arena, &acts, &err));
    assert_int_equal(acts.count + acts.unreadable, 0);
}

static void check_act(void **state)
{
    struct place *place = *state;
    struct without_store_act act = act_of("birth-1");
    struct without_store_acts acts;
    struct error err;

    assert_true(last_owner_note(place->owner, &act, place->arena, &err));
    assert_string_equal(act.name, "W1");
    assert_true(without_store_read(place->dir, place->arena, &acts, &err));
    assert_int_equal(acts.count, 1);
    assert_string_equal(acts.acts[0].operation, "D7");
    assert_string_equal(acts.acts[0].effect, "birth-7-back");
    assert_true(acts.acts[0].is_sent);
    assert_int_equal(over(place).count, 0); /* somebody is at work on it */
    act.result = "done";
    act.ended_at_ms = 1500;
    assert_true(last_owner_note(place->owner, &act, place->arena, &err));
    acts = over(place);
    assert_int_equal(acts.count, 1);
    assert_string_equal(acts.acts[0].result, "done");
}

static void check_two(void **state)
{
    struct place *place = *state;
    struct without_store_act first = act_of("birth-1"), second = act_of("birth-2");
    struct without_store_acts acts;
    struct error err;

    assert_true(last_owner_note(place->owner, &first, place->arena, &err));
    assert_true(last_owner_note(place->owner, &second, place->arena, &err));
    assert_string_equal(second.name, "W2");
    second.result = "failed";
    assert_true(last_owner_note(place->owner, &second, place->arena, &err));
    acts = over(place);
    assert_int_equal(acts.count, 1);
    assert_string_equal(acts.acts[0].id, "birth-2");
}

static void check_death(void **state)
{
    struct place *place = *state;
    struct without_store_act act = act_of("birth-1");
    struct without_store_acts acts;
    struct error err;

    assert_true(last_owner_note(place->owner, &act, place->arena, &err));
    last_owner_destroy(place->owner); /* as its process goes */
    place->owner = NULL;
    acts = over(place);
    assert_int_equal(acts.count, 1);
    assert_null(acts.acts[0].result);
}

static void check_no_place(void **state)
{
    struct place *place = *state;
    struct last_owner *nowhere = last_owner_create("/nowhere/at/all");
    struct without_store_act act = act_of("birth-1");
    struct error err;

    assert_false(last_owner_note(nowhere, &act, place->arena, &err));
    assert_null(act.name);
    last_owner_destroy(nowhere);
}

#define TEST(sentence, test)                                                                                           \
    {                                                                                                                  \
        sentence, test, enter, leave, NULL                                                                             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("room is put aside, and reads as nothing", check_room),
        TEST("an act is on file, and nobody else's until it ends", check_act),
        TEST("two at once have a number each", check_two),
        TEST("one that is left behind is over with its process", check_death),
        TEST("what cannot be written is told", check_no_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
