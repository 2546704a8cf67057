/* Was an operation asked for before the last way back of its target? By whoever asked for it first, and by time. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"

#define AT_MS DECISION_NOW_MS /* of the way back, D26 */

static const struct row {
    const char *name, *asker, *parent; /* of D50 */
    const char *first;                 /* that stands, besides; NULL: it is gone */
    int64_t after_ms;                  /* the oldest that stands was asked for so long after the way back */
    bool is_adopted, is_of_older_record, is_later;
} rows[] = {
    { "what was asked for before", "D20", NULL, NULL, -1, .is_later = true },
    { "at the same time the number tells", "D20", NULL, NULL, 0, .is_later = true },
    { "what was asked for later", "D50", NULL, NULL, .after_ms = 1 },
    { "what is known by its number alone", "D20", NULL, NULL, -1, .is_of_older_record = true, .is_later = true },
    { "a later number", "D50", NULL, NULL, 1, .is_of_older_record = true },
    { "an adopted one's number came later than it", "D20", NULL, NULL, 1, .is_adopted = true },
    { "whose look was made before", "D50", "L7", "L7", -1, .is_later = true },
    { "whose look was made later", "D50", "L7", "L7", .after_ms = 1 },
    { "whose look is gone counts by itself", "D50", "L7", NULL, .after_ms = 1 },
    { "also when that was before", "D20", "L7", NULL, -1, .is_later = true },
    { "a look's number is in no order with an operation's", "L16", NULL, NULL, -1, .is_of_older_record = true },
    { "nor is one of which nothing is known", "L7", NULL, NULL, .after_ms = 0 },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operations[] = {
        { .id = row->asker,
          .kind = "group",
          .state = "running",
          .parent = row->parent,
          .created_at_ms = AT_MS + (row->first ? HOUR_MS : row->after_ms) },
        { .id = row->first, .kind = "trigger", .state = "following", .created_at_ms = AT_MS + row->after_ms },
    };
    struct target target = { .name = "api/staging",
                             .way_back = "D26",
                             .way_back_at_ms = row->is_of_older_record ? 0 : AT_MS };
    bool is_unknown = strcmp(row->asker, "L7") == 0;

    fixture->operations = operations;
    fixture->operations_count = is_unknown ? 0 : row->first ? 2 : 1;
    if (row->is_adopted)
        target.way_back = "D60";
    if (row->is_later)
        assert_string_equal(view_find_later_way_back(&fixture->view, &target, row->asker), target.way_back);
    else
        assert_null(view_find_later_way_back(&fixture->view, &target, row->asker));
}

static void nothing_was_asked_for_later_where_no_way_back_was(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target target = { .name = "api/staging" };

    (void)state;
    assert_null(view_find_later_way_back(&fixture->view, &target, "D20"));
    assert_null(view_find_later_way_back(&fixture->view, NULL, "D20"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "where no way back was", nothing_was_asked_for_later_where_no_way_back_was, NULL, NULL, NULL },
    };
    int failed = ROWS(rows, check_row);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
