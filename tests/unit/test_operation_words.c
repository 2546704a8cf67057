/* What people type for an operation, and how one is said to stand. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/operation_words.h"
#include "handlers/status/record.h"
#include "handlers/status/status.h"

/* ---- how it stands ---- */

static const struct standing_row {
    const char *name, *state;
    int64_t percent;
    unsigned is;
    const char *standing;
    const char *kind; /* NULL: a deploy */
    const char *result;
    bool is_stuck, is_returning, is_of_another_schema;
} standing_rows[] = {
    { "it bakes", "baking", 25, 0, .standing = "baking" },
    { "a bake is paused", "baking", 25, PAUSED, .standing = "paused at 25 %" },
    { "a watch too", "watching", 100, PAUSED, .standing = "paused at 100 %" },
    { "a bake is held", "baking", 25, HELD, .standing = "held at 25 %" },
    { "held until somebody answers", "baking", 5, ANSWER_ASKED, .standing = "held at 5 %" },
    { "paused and held", "baking", 25, PAUSED | HELD, .standing = "held at 25 %" },
    { "paused behind a step that was not allowed", "baking", 25, PAUSED | DENIED, .standing = "paused at 25 %" },
    { "the first step was not allowed", "shifting", 0, DENIED, .standing = "held at 0 %" },
    { "paused before any traffic it goes on until then", "checking", 0, PAUSED, .standing = "checking" },
    { "all at once there is no step to wait with", "verifying", 0, PAUSED | AT_ONCE, .standing = "verifying" },
    { "one that gives its traffic back", "returning", 25, PAUSED, .standing = "returning", .is_returning = true },
    { "one that is stuck", "baking", 25, PAUSED, .standing = "stuck", .is_stuck = true },
    { "one that has ended", "aborted", 25, PAUSED, .standing = "aborted", .result = "aborted" },
    { "another kind", "baking", 25, PAUSED, .standing = "baking", .kind = "rollback" },
    { "a body of another version", "baking", 25, PAUSED, .standing = "baking", .is_of_another_schema = true },
};

static struct operation operation_of(const struct standing_row *row, struct decision_fixture *fixture)
{
    struct deploy_body *body = deploy_body_made(fixture, 1, row->percent, row->is);
    struct operation operation = deploy_operation_in(row->state);
    cJSON *json;

    body->returning = row->is_returning ? "it was aborted" : NULL;
    operation.kind = row->kind ? row->kind : operation.kind;
    operation.result = row->result;
    operation.is_stuck = row->is_stuck;
    operation.schema += row->is_of_another_schema;
    json = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE); /* as the record keeps it */
    arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
    operation.body = json;
    return operation;
}

static void check_standing(void **state)
{
    const struct standing_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = operation_of(row, fixture);

    assert_string_equal(operation_standing(&operation, fixture->arena), row->standing);
}

/* A body that cannot be read hides nothing else of it. */
static void check_unreadable(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("baking");

    (void)state;
    assert_string_equal(operation_standing(&operation, fixture->arena), "baking");
    operation.body = decision_json(fixture, "{'is_paused':'yes'}");
    assert_string_equal(operation_standing(&operation, fixture->arena), "baking");
}

/* ---- where it is, and whose ---- */

static const struct place_row {
    const char *name, *kind, *target, *body;
    const char *place; /* NULL: none */
} place_rows[] = {
    { "a deploy is at its target", "deploy", "api/staging", "{'service':'x','environment':'y'}", "api/staging" },
    { "a lock of a place", "lock", NULL, "{'service':'api','environment':'staging'}", "api/staging" },
    { "a lock of an environment", "lock", NULL, "{'environment':'staging'}", "staging" },
    { "a lock of everything", "lock", NULL, "{'reason':'fire'}", "everything" },
    { "the halt", "halt", NULL, "{}", "everything" },
    { "a review is of where the glass was broken", "review", NULL, "{'service':'api','environment':'staging'}",
      "api/staging" },
    { "one of an older version of ours does not say", "review", NULL, "{'rule':'r'}", NULL },
    { "what else has no target has no place", "group", NULL, "{'environment':'staging'}", NULL },
    { "a body that is none", "lock", NULL, NULL, "everything" },
};

static void check_place(void **state)
{
    const struct place_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct operation operation = { .kind = row->kind,
                                         .target = row->target,
                                         .body = row->body ? decision_json(fixture, row->body) : NULL };
    const char *place = operation_place(&operation, fixture->arena);

    if (row->place)
        assert_string_equal(place ? place : "(none)", row->place);
    else
        assert_null(place);
}

static void check_asked_by(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = { .kind = "deploy", .requester = { "github", "12345", NULL, NULL } };

    (void)state;
    assert_string_equal(operation_asked_by(&operation, fixture->arena), "@{github:12345}");
    operation.body = decision_json(fixture, "{'trigger':{'what':'release `v1.7.0` of acme/platform'}}");
    assert_string_equal(operation_asked_by(&operation, fixture->arena), "the release `v1.7.0` of acme/platform");
}

static void check_status(void **state)
{
    static const struct standing_row paused = { "", "baking", 25, PAUSED, .standing = NULL };
    static const struct target here = { .name = "api/staging", .holder = "D1042" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = operation_of(&paused, fixture);
    struct view *view = &fixture->view;
    struct outcome out;

    (void)state;
    fixture->operations = &operation;
    fixture->operations_count = 1;
    fixture->targets = &here;
    fixture->targets_count = 1;
    decision_answer(fixture, &verb_status, "status d1042", &out);
    deploy_assert_says(out.reply->text, "*D1042*: deploy of `v1.4.2` at api/staging by ");
    deploy_assert_says(out.reply->text, ": paused at 25 %");
    assert_string_equal(record_moves(view, "api/staging", &here), "; D1042 deploy is paused at 25 %");
    outcome_init(&out, fixture->arena, "D1043", "birth-00000000000000d8");
    outcome_reply(&out, "here");
    record_list_running(view, "api/staging", &out);
    deploy_assert_says(out.reply->lines[0], "60 s ago: paused at 25 %");
}

/* ---- what is typed ---- */

static const struct typed_row {
    const char *name, *word, *id; /* NULL: it names none */
} typed_rows[] = {
    { "an id", "D14", "D14" },
    { "in lower case", "d14", "D14" },
    { "no number", "d", NULL },
    { "a tail", "d14x", NULL },
    { "nothing", "", NULL },
    { "a look", "l14", NULL },
    { "a service called so", "d7", NULL },
    { "an environment called so", "d8", NULL },
    { "but not in upper case", "D7", "D7" },
};

static void check_typed(void **state)
{
    struct environment_settings environment = { .name = "d8" };
    struct service_settings service = { .name = "d7", .environments = &environment, .environments_count = 1 };
    struct settings settings = { .services = &service, .services_count = 1 };
    const struct typed_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    const char *id = operation_typed(&settings, row->word, arena);

    assert_true(row->id ? id && strcmp(id, row->id) == 0 : !id);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(check_unreadable), cmocka_unit_test(check_asked_by),
                                               cmocka_unit_test(check_status) };

    return ROWS(standing_rows, check_standing) + ROWS(place_rows, check_place) + ROWS(typed_rows, check_typed) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
