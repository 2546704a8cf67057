/* Which version a rollback leaves and where it goes: one step down the stack of good versions, never back up. */
#include "tests/unit/rows.h"

#include "bot/base/time.h"
#include "handlers/rollback/goal.h"

#include <string.h>

#define NOW (100 * MINUTE_MS)
#define GOODS_MAX 4

static struct target_version good_or_bad(const char *version, const char *revision, int64_t minute)
{
    return (struct target_version){ version, "img", revision, "D1", minute * MINUTE_MS, NULL, NULL, false };
}

static const struct row {
    const char *name;
    const char *good, *bad;           /* "v1@10 v2@20": versions and the minute; v1 runs on revision r1 */
    const char *split;                /* "r2=100"; NULL: only the record is known */
    const char *leaving;              /* version of a running rollout, or NULL */
    const char *previous, *annotated; /* annotations */
    const char *skipped;              /* revisions */
    const char *doubt;
    const char *from, *to; /* versions; NULL: not known, none */
    const char *below;     /* revision; NULL: none */
    const char *further;
    bool is_recorded;
} rows[] = {
    { "from the newest good version to the one before it", .good = "v1@10 v2@20 v3@30", .split = "r3=100", .from = "v3",
      .to = "v2", .below = "r1", .is_recorded = true },
    { "the record alone knows as much", .good = "v1@10 v2@20 v3@30", .from = "v3", .to = "v2", .below = "r1",
      .is_recorded = true },
    { "from a canary in the middle to the newest good version", .good = "v1@10 v2@20", .split = "r2=95 r3=5",
      .from = "r3", .to = "v2", .below = "r1", .is_recorded = true },
    { "from a running rollout to the newest good version, even before it has traffic", .good = "v1@10 v2@20",
      .split = "r2=100", .leaving = "v3", .from = "v3", .to = "v2", .below = "r1", .is_recorded = true },
    { "from a rollout that became good in the last moment to the one before it", .good = "v1@10 v2@20 v3@99",
      .split = "r3=100", .leaving = "v3", .from = "v3", .to = "v2", .below = "r1", .is_recorded = true },
    { "from a rollout that failed, and is known as bad", .good = "v1@10 v2@20", .bad = "v3@90", .split = "r2=75 r3=25",
      .from = "v3", .to = "v2", .below = "r1", .is_recorded = true },
    { "from a stranger's revision, named by the annotation when it serves alone", .good = "v1@10", .split = "x=100",
      .annotated = "v9", .from = "v9", .to = "v1", .is_recorded = true },
    { "of strangers the one with most traffic", .good = "v1@10", .split = "x=30 y=60 r1=10", .from = "y", .to = "v1",
      .is_recorded = true },
    { "a second rollback goes further back, never up again", .good = "v1@10 v2@20", .bad = "v3@95", .split = "r2=100",
      .from = "v2", .to = "v1", .is_recorded = true, .further = "goes further back: `v3` was left 5 min ago by D1" },
    { "so it says by the record alone", .good = "v1@10 v2@95", .bad = "v3@95", .from = "v2", .to = "v1",
      .is_recorded = true, .further = "goes further back: `v3` was left 5 min ago by D1" },
    { "what was left before the last deploy is old news", .good = "v1@10 v2@20 v4@99", .bad = "v3@95",
      .split = "r4=100", .from = "v4", .to = "v2", .below = "r1", .is_recorded = true },
    { "from the middle of the stack to the one below", .good = "v1@10 v2@20 v3@30", .split = "r2=100", .from = "v2",
      .to = "v1", .is_recorded = true, .further = "goes further back: `v3` is newer, and serves no more" },
    { "a split among good versions leaves the newest of them", .good = "v1@10 v2@20 v3@30", .split = "r2=95 r3=5",
      .from = "v3", .to = "v2", .below = "r1", .is_recorded = true },
    { "a bad version is passed over", .good = "v1@10 v2@20 v3@30", .bad = "v2@25", .split = "r3=100", .from = "v3",
      .to = "v1", .is_recorded = true },
    { "one that became good again later is not bad", .good = "v1@10 v2@20 v3@30", .bad = "v2@15", .split = "r3=100",
      .from = "v3", .to = "v2", .below = "r1", .is_recorded = true },
    { "a bad one is no way back, though nothing else is recorded", .good = "v2@20 v3@30", .bad = "v2@25",
      .split = "r3=100", .from = "v3" },
    { "where the next one would go is never bad", .good = "v1@10 v2@20 v3@30", .bad = "v1@25", .split = "r3=100",
      .from = "v3", .to = "v2", .is_recorded = true },
    { "a revision that cannot serve is passed over", .good = "v1@10 v2@20 v3@30", .split = "r3=100", .skipped = "r2",
      .from = "v3", .to = "v1", .is_recorded = true },
    { "all of them cannot serve", .good = "v1@10 v2@20", .split = "r2=100", .skipped = "r1", .from = "v2" },
    { "nothing below the only good version", .good = "v1@10", .split = "r1=100", .from = "v1" },
    { "nothing recorded: the annotation names the revision", .split = "x=100", .annotated = "v9", .previous = "w",
      .from = "v9", .to = "w" },
    { "nothing recorded, in the middle of a rollout: back to what served before it, though that serves most",
      .split = "w=75 x=25", .annotated = "v9", .previous = "w", .from = "x", .to = "w" },
    { "however small it is by now", .split = "w=1 x=99", .annotated = "v9", .previous = "w", .from = "x", .to = "w" },
    { "whichever comes first", .split = "x=25 w=75", .annotated = "v9", .previous = "w", .from = "x", .to = "w" },
    { "nothing below: likewise", .good = "v1@10", .split = "r1=100", .previous = "w", .from = "v1", .to = "w" },
    { "the stack goes before the annotation", .good = "v1@10 v2@20", .split = "r2=100", .previous = "w", .from = "v2",
      .to = "v1", .is_recorded = true },
    { "an annotation that names what serves leads nowhere", .split = "x=100", .previous = "x", .from = "x" },
    { "an annotation that names what was left as bad leads nowhere", .split = "x=100", .bad = "v3@90", .previous = "r3",
      .from = "x" },
    { "nor up the stack again", .good = "v1@10 v2@20", .split = "r1=100", .previous = "r2", .from = "v1",
      .further = NULL },
    { "nor where it cannot serve", .split = "x=100", .previous = "w", .skipped = "w", .from = "x" },
    { "in doubt the record does not claim to know what serves", .good = "v1@10 v2@20", .doubt = "D9", .to = "v2",
      .below = "r1", .is_recorded = true },
    { "nothing is known at all", .good = NULL },
    { "no traffic at all goes to the newest good version", .good = "v1@10 v2@20", .split = "r1=0", .to = "v2",
      .below = "r1", .is_recorded = true },
    { "a version's name is harmless in what people read", .good = "v1@10 v2@20", .bad = "`*v3@95", .split = "r2=100",
      .from = "v2", .to = "v1", .is_recorded = true, .further = "goes further back: `' v3` was left 5 min ago by D1" },
};

static size_t read_versions(const char *text, struct target_version *versions, struct arena *arena)
{
    struct str rest = str_of(text), word;
    size_t count = 0;

    for (word = str_take_word(&rest); word.len; word = str_take_word(&rest)) {
        struct str name = str_take_until(&word, '@');
        const char *version = arena_copy(arena, name);
        int64_t minute;
        struct error err;

        assert_true(count < GOODS_MAX && parse_int(word, 0, 1000, &minute, &err));
        versions[count++] =
            good_or_bad(version, arena_printf(arena, "r%s", version + strcspn(version, "0123456789")), minute);
    }
    return count;
}

static size_t read_split(const char *text, struct run_share *shares, struct arena *arena)
{
    struct str rest = str_of(text), word;
    size_t count = 0;

    for (word = str_take_word(&rest); word.len; word = str_take_word(&rest)) {
        const char *revision = arena_copy(arena, str_take_until(&word, '='));
        struct error err;

        shares[count].revision = revision;
        assert_true(count < GOODS_MAX && parse_int(word, 0, 100, &shares[count++].percent, &err));
    }
    return count;
}

static void assert_text(const char *found, const char *expected)
{
    if (expected && found)
        assert_string_equal(found, expected);
    else if (expected != found)
        fail_msg("%s instead of %s", found ? found : "nothing", expected ? expected : "nothing");
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct target_version good[GOODS_MAX], bad[GOODS_MAX], leaving[GOODS_MAX];
    struct run_share split[GOODS_MAX] = { 0 };
    struct target target = { .name = "api/production", .good = good, .bad = bad, .doubt = row->doubt };
    struct rollback_sight sight = { .split = split,
                                    .split_count = read_split(row->split, split, arena),
                                    .previous = row->previous,
                                    .version = row->annotated,
                                    .skipped = &row->skipped,
                                    .skipped_count = row->skipped != NULL };
    struct rollback_choice choice;

    target.good_count = read_versions(row->good, good, arena);
    target.bad_count = read_versions(row->bad, bad, arena);
    sight.target = row->good || row->bad ? &target : NULL;
    if (row->leaving && read_versions(arena_printf(arena, "%s@0", row->leaving), leaving, arena))
        sight.leaving = leaving;
    choice = rollback_choose(&sight, NOW, arena);
    assert_text(choice.from.version, row->from);
    assert_text(choice.to.version, row->to);
    assert_text(choice.previous, row->below);
    assert_text(choice.further, row->further);
    assert_int_equal(choice.is_recorded, row->is_recorded);
    assert_int_equal(choice.to.revision != NULL, row->to != NULL);
}

/* Each rollback takes what it left out of the stack, as the engine does: so many go down, and none goes up. */
/* A second deploy of what serves was stopped: what is left is the first one, and it bears the same name. */
static void of_two_of_one_name_the_one_that_is_left_is_named(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct target_version good[] = { good_or_bad("v1", "r1", 10), good_or_bad("v2", "r2", 20) };
    struct target_version bad[] = { good_or_bad("v2", "r3", 95) };
    struct target target = { .name = "api/production", .good = good, .good_count = 2, .bad = bad, .bad_count = 1 };
    struct run_share split[] = { { .revision = "r2", .percent = 100 } };
    struct rollback_sight sight = { .target = &target, .split = split, .split_count = 1 };
    struct rollback_choice choice;

    (void)state;
    good[1].operation = "D2";
    bad[0].operation = "D3";
    choice = rollback_choose(&sight, 100 * MINUTE_MS, arena);
    assert_string_equal(choice.from.revision, "r2");
    assert_string_equal(choice.to.revision, "r1");
    assert_string_equal(choice.further, "leaves `v2` of D2: a newer try of it, D3, was left already, 5 min ago");
}

static void rollbacks_in_a_row_never_come_back(void **state)
{
    struct target_version good[] = { good_or_bad("v1", "r1", 10), good_or_bad("v2", "r2", 20),
                                     good_or_bad("v3", "r3", 30) };
    struct target_version bad[3];
    struct target target = { .good = good, .good_count = 3, .bad = bad };
    static const char *const goals[] = { "v2", "v1", NULL };
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(goals); i++) {
        struct run_share serves = { good[target.good_count - 1].revision, 100, NULL, NULL };
        struct rollback_sight sight = { .target = &target, .split = &serves, .split_count = 1 };
        struct rollback_choice choice = rollback_choose(&sight, NOW, arena);

        assert_text(choice.to.version, goals[i]);
        if (!goals[i])
            break;
        assert_int_equal(choice.further != NULL, i > 0);
        bad[target.bad_count++] = (struct target_version){ "x", "img", choice.from.revision, "D1", NOW, NULL, NULL, false };
        target.good_count--;
        good[target.good_count - 1].at_ms = NOW;
    }
}

/* Settings alone make a revision of the same version: then its name tells which. */
static void versions_of_one_name_are_told_by_revision(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct target_version good[] = { good_or_bad("v1", "a", 10), good_or_bad("v1", "b", 20),
                                     good_or_bad("v1", "c", 30) };
    struct run_share split[] = { { .revision = "a", .percent = 10 }, { .revision = "b", .percent = 90 } };
    struct target target = { .name = "api/production", .good = good, .good_count = ARRAY_LEN(good) };
    struct rollback_sight sight = { .target = &target, .split = split, .split_count = ARRAY_LEN(split) };
    struct rollback_choice choice = rollback_choose(&sight, NOW, arena);

    (void)state;
    assert_string_equal(rollback_name(&choice.from, &choice.to, arena), "v1 (b)");
    assert_string_equal(rollback_name(&choice.to, &choice.from, arena), "v1 (a)");
    assert_string_equal(choice.further, "goes further back: `v1 (c)` is newer, and serves no more");
    assert_string_equal(rollback_name(&good[0], &(struct target_version){ .version = "v2" }, arena), "v1");
    assert_string_equal(rollback_name(&good[0], &good[0], arena), "v1");
    assert_null(rollback_name(&(struct target_version){ 0 }, &(struct target_version){ 0 }, arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(of_two_of_one_name_the_one_that_is_left_is_named),
                                        cmocka_unit_test(versions_of_one_name_are_told_by_revision),
                                        cmocka_unit_test(rollbacks_in_a_row_never_come_back) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
