/* What was done without a store is on disk before anything goes out, and handed over once. */
#include "tests/unit/rows.h"

#include "bot/base/file.h"
#include "bot/without_store/without_store_file.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

/* ---- who acts, and who is dead ---- */

static struct without_store_hold take(struct place *place)
{
    struct without_store_hold hold;
    struct error err;

    if (!without_store_take(place->dir, &hold, &err))
        fail_msg("%s", err.message);
    assert_true(hold.is_locked);
    return hold;
}

static struct without_store_act held_act(const char *id, const struct without_store_hold *hold)
{
    struct without_store_act act = act_of(id);

    act.name = hold->name;
    act.host = "here";
    act.is_locked = true;
    return act;
}

static const char *over(struct place *place, const char *host, int64_t now_ms)
{
    struct without_store_acts acts;
    const char *ids = "";
    struct error err;

    if (!without_store_read_over(place->dir, host, now_ms, place->arena, &acts, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < acts.count; i++)
        ids = arena_printf(place->arena, "%s%s%s", ids, i ? " " : "", acts.acts[i].id);
    return ids;
}

/* Also of those that were refused before they wrote anything, and of those that were adopted. */
static void no_two_acts_have_one_name(void **state)
{
    struct place *place = *state;
    struct without_store_hold one = take(place), two = take(place), three, four;
    struct without_store_act first = held_act("b-1", &one), second = held_act("b-2", &two);
    struct error err;

    assert_string_equal(one.name, "W1");
    assert_string_equal(two.name, "W2");
    write_act(place, &second);
    without_store_let_go(&two);
    three = take(place);
    assert_string_equal(three.name, "W3"); /* W1 is free in the file, and held */
    without_store_let_go(&three);
    write_act(place, &first);
    without_store_let_go(&one);
    assert_true(without_store_adopted(place->dir, "b-1", &err));
    assert_true(without_store_adopted(place->dir, "b-2", &err));
    four = take(place);
    assert_string_equal(four.name, "W3");
    without_store_let_go(&four);
    without_store_let_go(&four); /* twice does no harm */
}

static void whoever_lives_is_never_taken_for_dead(void **state)
{
    struct place *place = *state;
    struct without_store_hold hold = take(place);
    struct without_store_act act = held_act("b-1", &hold);

    write_act(place, &act);
    assert_string_equal(over(place, "here", 1000), "");
    assert_string_equal(over(place, "here", 1000 + DAY_MS), ""); /* Cloud Run may be away for long */
    without_store_let_go(&hold);
    assert_string_equal(over(place, "here", 1000), "b-1"); /* at once */
}

/* A child that only waits to be killed: its lock goes with it, whatever it had open. */
static void a_killed_process_lets_go(void **state)
{
    struct place *place = *state;
    struct without_store_act act = act_of("b-1");
    int ready[2], status;
    char byte;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct without_store_hold hold;
        struct error err;

        if (!without_store_take(place->dir, &hold, &err) || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    act.name = "W1";
    act.host = "here";
    act.is_locked = true;
    write_act(place, &act);
    assert_string_equal(over(place, "here", 1000), "");
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_string_equal(over(place, "here", 1000), "b-1");
    close(ready[0]);
    close(ready[1]);
}

/* What nobody here can know the process of is waited for. */
static void what_came_from_elsewhere_is_dead_after_a_while(void **state)
{
    static const struct {
        const char *name, *host;
        bool is_locked;
    } rows[] = {
        { "W1", "elsewhere", true }, /* a lock of another machine is not seen here */
        { "W1", "here", false },     /* its file system had none */
        { "W1", NULL, true },
        { NULL, NULL, false }, /* of an older version */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct place *place = *state;
        struct without_store_act act = act_of(arena_printf(place->arena, "b-%zu", i));

        act.name = rows[i].name;
        act.host = rows[i].host;
        act.is_locked = rows[i].is_locked;
        write_act(place, &act);
        assert_string_equal(over(place, "here", 1000 + WITHOUT_STORE_DEAD_AFTER_MS), "");
        assert_string_equal(over(place, "here", 1001 + WITHOUT_STORE_DEAD_AFTER_MS), act.id);
        act.result = "done";
        write_act(place, &act);
        assert_string_equal(over(place, "here", 1000), act.id);
        assert_true(without_store_adopted(place->dir, act.id, &(struct error){ 0 }));
    }
}

/* No name of a stranger's makes us look at bytes that are none. */
static void hostile_names_are_nobodys_lock(void **state)
{
    static const char *const names[] = { "W0", "W-1", "W99999999999999999999", "W", "", "w1", "W1;x" };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct place *place = *state;
        struct without_store_act act = act_of(arena_printf(place->arena, "b-%zu", i));

        act.name = names[i];
        act.host = "here";
        act.is_locked = true;
        write_act(place, &act);
        assert_string_equal(over(place, "here", 1000), "");
    }
}

/* ---- the targets ---- */

static void targets_come_back_as_they_were(void **state)
{
    struct place *place = *state;
    struct target_version good = { .version = "v1", .image = "i", .revision = "api-1", .operation = "D1", .at_ms = 5 };
    struct target target = { .name = "api/production", .schema = 1, .good = &good, .good_count = 1 };
    const char *members[] = { "slack:U1", "slack:U2" };
    struct membership group = { .source = "slack-group:S1", .read_at_ms = 7, .members = members, .members_count = 2 };
    struct target_list list = { .targets = &target, .targets_count = 1, .memberships = &group, .memberships_count = 1 },
                       found;
    struct error err;

    assert_true(targets_file_write(place->dir, &list, &err));
    assert_true(targets_file_read(place->dir, place->arena, &found, &err));
    assert_int_equal(found.targets_count, 1);
    assert_string_equal(found.targets[0].good[0].revision, "api-1");
    assert_int_equal(found.memberships_count, 1);
    assert_int_equal(found.memberships[0].read_at_ms, 7);
    assert_string_equal(found.memberships[0].members[1], "slack:U2");
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
        cmocka_unit_test_setup_teardown(no_two_acts_have_one_name, enter, leave),
        cmocka_unit_test_setup_teardown(whoever_lives_is_never_taken_for_dead, enter, leave),
        cmocka_unit_test_setup_teardown(a_killed_process_lets_go, enter, leave),
        cmocka_unit_test_setup_teardown(what_came_from_elsewhere_is_dead_after_a_while, enter, leave),
        cmocka_unit_test_setup_teardown(hostile_names_are_nobodys_lock, enter, leave),
        cmocka_unit_test_setup_teardown(targets_come_back_as_they_were, enter, leave),
        cmocka_unit_test_setup_teardown(a_broken_copy_is_said_so, enter, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
