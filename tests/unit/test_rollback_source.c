/* Without a store: an old copy of the records, and what the service says of itself. Which one is followed, and where
 * to. */
#include "tests/unit/rows.h"

#include "bot/base/time.h"
#include "handlers/rollback/goal.h"
#include "handlers/rollback/source.h"

#include <string.h>

#define NOW (1000 * MINUTE_MS)
#define MADE (NOW - 3 * HOUR_MS)
#define MAX 5

static const struct row {
    const char *name;
    const char *good, *bad;         /* of the copy: "1 2" is v1 on r1, v2 on r2; NULL: there is no copy */
    const char *split;              /* "r2=100" */
    const char *version, *previous; /* annotations, or NULL */
    enum rollback_source_kind kind;
    const char *to;    /* revision gone back to; NULL: it ends as refused */
    const char *below; /* recorded below it, or NULL */
    const char *says;  /* part of the sentence */
} rows[] = {
    { "both say the same: the copy, which knows more", .good = "1 2 3", .split = "r3=100", .version = "v3",
      .previous = "r2", .kind = ROLLBACK_BY_COPY, .to = "r2", .below = "r1",
      .says =
          "Where back to (`v2`) is read from the copy of the records, 3 h old; the service's own annotations say the "
          "same" },
    { "in the middle of the stack too", .good = "1 2 3", .split = "r2=100", .version = "v2", .previous = "r1",
      .kind = ROLLBACK_BY_COPY, .to = "r1", .says = "say the same" },
    { "during a canary", .good = "1 2", .split = "r2=75 r3=25", .version = "v3", .previous = "r2",
      .kind = ROLLBACK_BY_COPY, .to = "r2", .below = "r1", .says = "say the same" },
    { "the copy alone, where the service says nothing", .good = "1 2", .split = "r2=100", .kind = ROLLBACK_BY_COPY,
      .to = "r1", .says = "3 h old; the service's own annotations name no version before" },
    { "what the service names serves already: somebody else switched", .good = "1 2 3", .split = "r2=100",
      .version = "v3", .previous = "r2", .kind = ROLLBACK_BY_COPY, .to = "r1",
      .says = "name `r2`, which serves already or is known as bad" },
    { "what the service names is known as bad", .good = "1 3", .bad = "2", .split = "r3=100", .version = "v3",
      .previous = "r2", .kind = ROLLBACK_BY_COPY, .to = "r1", .says = "known as bad" },

    { "what serves came after the copy: the service", .good = "1 2", .split = "r9=100", .version = "v9",
      .previous = "r8", .kind = ROLLBACK_BY_SERVICE, .to = "r8",
      .says =
          "Where back to (revision `r8`) is what the service itself says, in its annotations of the last change of "
          "traffic (version `v9`, operation `b-12`): nothing that the copy of the records, 3 h old, calls good serves "
          "now" },
    { "came after it, and goes back to its top", .good = "1 2", .split = "r9=100", .version = "v9", .previous = "r2",
      .kind = ROLLBACK_BY_COPY, .to = "r2", .below = "r1", .says = "say the same" },
    { "another version before than the copy knows: the service", .good = "1 2 3", .split = "r3=100", .version = "v3",
      .previous = "r7", .kind = ROLLBACK_BY_SERVICE, .to = "r7",
      .says = "the copy of the records, 3 h old, does not know that change, and would go to `v2`" },
    { "further down than the copy would go: the one between is left for a reason", .good = "1 2 3", .split = "r3=100",
      .version = "v3", .previous = "r1", .kind = ROLLBACK_BY_SERVICE, .to = "r1", .says = "would go to `v2`" },
    { "the copy knows only what serves", .good = "2", .split = "r2=100", .version = "v2", .previous = "r1",
      .kind = ROLLBACK_BY_SERVICE, .to = "r1", .says = "knows no good version before the one that serves" },
    { "the copy knows nothing good", .good = "", .split = "r2=100", .version = "v2", .previous = "r1",
      .kind = ROLLBACK_BY_SERVICE, .to = "r1", .says = "knows no good version" },
    { "no copy", .split = "r2=100", .version = "v2", .previous = "r1", .kind = ROLLBACK_BY_SERVICE, .to = "r1",
      .says = "there is no copy of the records of this target" },
    { "no copy, and a canary: what serves most is not what is left", .split = "r1=75 r2=25", .version = "v2",
      .previous = "r1", .kind = ROLLBACK_BY_SERVICE, .to = "r1", .says = "there is no copy" },
    { "a canary that came after the copy", .good = "1 2", .split = "r8=95 r9=5", .version = "v9", .previous = "r8",
      .kind = ROLLBACK_BY_SERVICE, .to = "r8", .says = "calls good serves now" },

    { "neither: nothing good serves, and the service says nothing", .good = "1 2", .split = "r9=100",
      .kind = ROLLBACK_BY_NOBODY,
      .says = "Nobody can tell where back to: nothing that the copy of the records, 3 h old, "
              "calls good serves now, and the service's own annotations name no version before" },
    { "neither: what the service names serves", .good = "1 2", .split = "r9=100", .version = "v9", .previous = "r9",
      .kind = ROLLBACK_BY_NOBODY, .says = "which serves already" },
    { "neither: what the service names was bad", .good = "1 2", .bad = "8", .split = "r9=100", .version = "v9",
      .previous = "r8", .kind = ROLLBACK_BY_NOBODY, .says = "known as bad" },
    { "neither: no copy, no annotation", .split = "r9=100", .kind = ROLLBACK_BY_NOBODY, .says = "there is no copy" },
    { "neither: nothing serves at all", .good = "1 2", .split = "", .kind = ROLLBACK_BY_NOBODY, .says = "Nobody" },
    { "a hostile annotation is harmless", .split = "r9=100", .version = "*v9*`", .previous = "<!channel>`",
      .kind = ROLLBACK_BY_SERVICE, .to = "<!channel>`", .says = "(version ` v9 '`" },
};

struct world {
    struct target target;
    struct target_version good[MAX], bad[MAX];
    struct run_share split[MAX];
    struct shape_pair annotations[3];
    struct run_service service;
};

static size_t read_versions(const char *text, struct target_version *versions, struct arena *arena)
{
    struct str rest = str_of(text ? text : ""), word;
    size_t count = 0;

    while ((word = str_take_word(&rest)).len > 0) {
        versions[count] = (struct target_version){ .version = arena_printf(arena, "v%.*s", (int)word.len, word.at),
                                                   .revision = arena_printf(arena, "r%.*s", (int)word.len, word.at),
                                                   .operation = "D1" };
        versions[count].at_ms = MADE - DAY_MS + (int64_t)count;
        count++;
    }
    return count;
}

static void fill(const struct row *row, struct world *world, struct arena *arena)
{
    struct str rest = str_of(row->split), word;
    struct error err;

    world->target.name = "api/production";
    world->target.good = world->good;
    world->target.good_count = read_versions(row->good, world->good, arena);
    world->target.bad = world->bad;
    world->target.bad_count = read_versions(row->bad, world->bad, arena);
    for (size_t i = 0; i < world->target.bad_count; i++)
        world->bad[i].at_ms = MADE;
    world->service.wanted = world->split;
    while ((word = str_take_word(&rest)).len > 0) {
        struct run_share *share = &world->split[world->service.wanted_count++];

        share->revision = arena_copy(arena, str_take_until(&word, '='));
        assert_true(parse_int(word, 0, 100, &share->percent, &err));
    }
    world->service.annotations = world->annotations;
    world->annotations[world->service.annotations_count++] = (struct shape_pair){ RUN_ANNOTATION_OPERATION, "b-12" };
    if (row->version)
        world->annotations[world->service.annotations_count++] =
            (struct shape_pair){ RUN_ANNOTATION_VERSION, row->version };
    if (row->previous)
        world->annotations[world->service.annotations_count++] =
            (struct shape_pair){ RUN_ANNOTATION_PREVIOUS, row->previous };
}

static void assert_same(const char *found, const char *wanted)
{
    assert_int_equal(found != NULL, wanted != NULL);
    if (wanted)
        assert_string_equal(found, wanted);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct world world = { 0 };
    struct rollback_source source;
    struct rollback_choice choice;
    struct rollback_sight sight;

    fill(row, &world, arena);
    source = rollback_source_of(row->good ? &world.target : NULL, MADE, &world.service, NOW, arena);
    assert_int_equal(source.kind, row->kind);
    if (!strstr(source.sentence, row->says))
        assert_string_equal(source.sentence, row->says);
    sight = (struct rollback_sight){ .target = source.target, /* as the rollback itself does then */
                                     .split = world.split,
                                     .split_count = world.service.wanted_count,
                                     .version = row->version,
                                     .previous = row->previous };
    choice = rollback_choose(&sight, NOW, arena);
    assert_same(choice.to.revision, row->to);
    assert_same(choice.previous, row->below);
}

/* The store may have gone away under a rollout: what that had on its way is fenced off. */
static void whoever_held_the_target_leaves_it_in_doubt(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct world world = { 0 };

    (void)state;
    fill(&rows[0], &world, arena);
    world.target.holder = "D9";
    assert_string_equal(rollback_source_of(&world.target, MADE, &world.service, NOW, arena).target->doubt, "D9");
    world.target.doubt = "D8";
    assert_string_equal(rollback_source_of(&world.target, MADE, &world.service, NOW, arena).target->doubt, "D8");
    world.target.holder = world.target.doubt = NULL;
    assert_null(rollback_source_of(&world.target, MADE, &world.service, NOW, arena).target->doubt);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(whoever_held_the_target_leaves_it_in_doubt) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
