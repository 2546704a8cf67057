/* One line of what changes back: names, never values, and never a line without end. */
#include "tests/unit/rows.h"

#include "handlers/rollback/preflight.h"

#include <string.h>

static struct shape_pair settings_a[] = { { "GONE", "1" }, { "SAME", "2" }, { "CHANGED", "3" } };
static struct shape_pair settings_b[] = { { "SAME", "2" }, { "CHANGED", "4" }, { "NEW", "5" } };
static struct shape_pair secrets_a[] = { { "DB_URL", "projects/p/secrets/s:3" } };
static struct shape_pair secrets_b[] = { { "DB_URL", "projects/p/secrets/s:2" } };
static struct shape_pair limits_a[] = { { "cpu", "1" }, { "memory", "512Mi" } };
static struct shape_pair limits_b[] = { { "cpu", "2" }, { "memory", "512Mi" } };
static struct shape_pair hostile[] = { { "*A*", "x" }, { "`rm -rf`", "x" }, { "@{slack:U1}", "x" }, { "\n\n", NULL } };
static struct shape_pair many[] = { { "A", "" }, { "B", "" }, { "C", "" }, { "D", "" }, { "E", "" },
                                    { "F", "" }, { "G", "" }, { "H", "" }, { "I", "" }, { "J", "" } };

#define SETTINGS(list) .settings = (list), .settings_count = ARRAY_LEN(list)

static const struct row {
    const char *name;
    struct run_revision from, to;
    const char *line;
    bool is_from_unknown;
} rows[] = {
    { "the same all over", { .image = "a", SETTINGS(settings_a), .min_instances = 2 },
      { .image = "b", SETTINGS(settings_a), .is_ready = true, .min_instances = 2 },
      .line = "settings, secrets and scaling as they are; warm: yes (ready, min instances 2)" },
    { "everything changes",
      { .image = "a", SETTINGS(settings_a), .secrets = secrets_a, .secrets_count = 1, .limits = limits_a,
        .limits_count = 2, .min_instances = 2, .max_instances = 10 },
      { .image = "b", SETTINGS(settings_b), .secrets = secrets_b, .secrets_count = 1, .limits = limits_b,
        .limits_count = 2, .min_instances = 1, .max_instances = 20, .is_ready = true },
      .line = "settings ~CHANGED +NEW −GONE; secrets ~DB_URL; limits ~cpu; scaling min 2→1 max 10→20; "
              "warm: yes (ready, min instances 1)" },
    { "only settings, of the same image", { .image = "a", SETTINGS(settings_a), .min_instances = 1 },
      { .image = "a", .is_ready = true, .min_instances = 1 },
      .line = "the same image; settings −GONE −SAME −CHANGED; warm: yes (ready, min instances 1)" },
    { "cold", { .image = "a" }, { .image = "b", .is_ready = true },
      .line = "settings, secrets and scaling as they are; warm: no (ready, min instances 0: the first requests wait for "
              "a cold start)" },
    { "in reach, and so warm", { .image = "a", .min_instances = 2 },
      { .image = "b", .is_ready = true, .min_instances = 2, .is_minimum_known = true, .minimum_now = 2 },
      .line = "settings, secrets and scaling as they are; warm: yes (ready, min instances 2)" },
    { "out of reach, and so cold whatever its minimum", { .image = "a", .min_instances = 2 },
      { .image = "b", .is_ready = true, .min_instances = 2, .is_minimum_known = true },
      .line = "settings, secrets and scaling as they are; warm: no (ready; without traffic or a tag its min instances 2 "
              "are not kept up: the first requests wait for a cold start)" },
    { "not ready", { .image = "a" }, { .image = "b", .min_instances = 3 },
      .line = "scaling min 0→3; warm: no (not ready)" },
    { "what serves is gone", .to = { .image = "b", .is_ready = true, .min_instances = 1 }, .is_from_unknown = true,
      .line = "what serves now could not be compared; warm: yes (ready, min instances 1)" },
    { "a long list is counted", { .image = "a", .min_instances = 1 }, { SETTINGS(many), .is_ready = true, .min_instances = 1 },
      .line = "settings +A +B +C +D +E +F +G +H and 2 more; warm: yes (ready, min instances 1)" },
    { "hostile names are harmless, and a value that is missing is none", { .image = "a", .min_instances = 1 },
      { SETTINGS(hostile), .is_ready = true, .min_instances = 1 },
      .line = "settings + A  +'rm -rf' + {slack:U1} +  ; warm: yes (ready, min instances 1)" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();

    assert_string_equal(rollback_preflight(row->is_from_unknown ? NULL : &row->from, &row->to, arena), row->line);
}

static void values_are_never_told(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct run_revision from = { .secrets = secrets_a, .secrets_count = 1 };
    struct run_revision to = { .secrets = secrets_b, .secrets_count = 1, .is_ready = true };

    (void)state;
    assert_null(strstr(rollback_preflight(&from, &to, arena), "projects/"));
}

static void a_revision_is_found_by_its_name(void **state)
{
    struct run_revision list[] = { { .revision = "a" }, { .revision = "b" } };
    struct run_revisions revisions = { list, 2 };

    (void)state;
    assert_ptr_equal(rollback_find_revision(&revisions, "b"), &list[1]);
    assert_null(rollback_find_revision(&revisions, "c"));
    assert_null(rollback_find_revision(&revisions, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_never_told),
        cmocka_unit_test(a_revision_is_found_by_its_name),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
