/* What is irreversible ended, and left open what serves: who waits behind it does not take its place unasked. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/deploying.h"

#define CONFIGURATION DECISION_CONFIGURATION "  irreversible_glass: [release-manager]\n"
#define GLASS "`rollback api staging --break-glass TEXT` by `release-manager`"
#define DOUBT_ENDED_AT_MS (DECISION_NOW_MS - 10 * SECOND_MS)
#define IN_DOUBT_TEXT                                                                                                  \
    "*D1000* (`v2.0.0`) ended and left open what serves in api/staging: it is irreversible, so older code cannot run " \
    "on what it has changed"

static const struct doubt_row {
    const char *name;
    unsigned is; /* of the one that ended */
    bool has_served, is_now, is_later, is_in_group, has_program;
    const char *result; /* NULL: it begins */
    bool is_told;       /* that what is irreversible may serve */
} doubt_rows[] = {
    { "who waited for its place does not take that unasked", IRREVERSIBLE, .has_served = true, .result = "refused",
      .is_told = true },
    { "nor does a member whose group was asked for before", IRREVERSIBLE, .has_served = true, .is_later = true,
      .is_in_group = true, .result = "refused", .is_told = true },
    { "nor after a program, which may have done anything", IRREVERSIBLE, .has_program = true, .result = "refused",
      .is_told = true },
    { "what was asked for with that known does, and says so", IRREVERSIBLE, .has_served = true, .is_later = true,
      .is_told = true },
    { "so does --now", IRREVERSIBLE, .has_served = true, .is_now = true, .is_told = true },
    { "without any traffic it leaves nothing behind", IRREVERSIBLE, .has_served = false },
    { "what is not irreversible is gone over by whoever comes next", 0, .has_served = true },
};

struct doubt_scene {
    struct operation ended, waiting[2]; /* D1000; the group D1001, and a deploy of it or of its own */
    struct target target;
};

static const struct deploy_body *set_doubt(struct decision_fixture *fixture, const struct doubt_row *row,
                                           struct doubt_scene *scene)
{
    struct deploy_body *ended = deploy_body_made(fixture, 0, 0, row->is), *own = deploy_body_made(fixture, 0, 0, 0);
    cJSON *json;

    ended->version = "v2.0.0";
    ended->serves_at_ms = row->has_served ? DOUBT_ENDED_AT_MS - MINUTE_MS : 0;
    ended->program = row->has_program ? ARENA_NEW(fixture->arena, struct deploy_program) : NULL;
    json = shape_to_json(&deploy_body_shape, ended, SHAPE_WHOLE);
    arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
    scene->ended = deploy_operation_in("failed");
    scene->ended.id = "D1000";
    scene->ended.body = json;
    scene->ended.changed_at_ms = DOUBT_ENDED_AT_MS - HOUR_MS; /* one that got stuck changed no more */
    scene->ended.ended_at_ms = DOUBT_ENDED_AT_MS;
    scene->waiting[0] = (struct operation){ .id = "D1001", .kind = "group", .state = "running" };
    scene->waiting[0].created_at_ms = DOUBT_ENDED_AT_MS - MINUTE_MS;
    scene->waiting[1] = deploy_operation_in("queued");
    scene->waiting[1].created_at_ms = DOUBT_ENDED_AT_MS + (row->is_later ? SECOND_MS : 0);
    scene->waiting[1].parent = row->is_in_group ? "D1001" : NULL;
    scene->target = (struct target){ .name = "api/staging", .holder = "D1042", .doubt = "D1000" };
    fixture->ended = &scene->ended;
    fixture->operations = scene->waiting;
    fixture->operations_count = 2;
    fixture->targets = &scene->target;
    fixture->ended_count = fixture->targets_count = 1;
    own->is_now = row->is_now;
    return own;
}

static void check_doubt(void **state)
{
    const struct doubt_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct doubt_scene scene;
    const struct deploy_body *own = set_doubt(fixture, row, &scene), *after;
    struct event granted = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED, .from = "engine" };
    struct outcome out;

    outcome_init(&out, fixture->arena, "D1042", scene.waiting[1].outside_id);
    machine_deploy.on_event(&fixture->view, &scene.waiting[1], own, &granted, &out);
    after = out.body;
    if (!row->result) {
        assert_null(out.result);
        assert_string_equal(out.state, "looking");
        assert_int_equal(after->acts_count, row->is_told);
        deploy_assert_says(row->is_told ? after->acts[0].what : NULL, row->is_told ? IN_DOUBT_TEXT : NULL);
        return;
    }
    assert_string_equal(out.result, row->result);
    deploy_assert_says(out.summary, IN_DOUBT_TEXT ". This was asked for before that, and does not take its place");
    deploy_assert_says(
        out.summary,
        "Look there first: `status api staging`; back leads " GLASS
        ". Nothing was changed. Mend that, then ask again: `deploy api staging v1.4.2 --strategy canary`.");
    assert_int_equal(out.effects_count, 1); /* and whoever asked reads it in the thread */
    assert_true(json_find_bool(out.effects[0].args, "is_in_thread", false));
    deploy_assert_says(json_find_string(out.effects[0].args, "reply.text"),
                       "@{slack:U1}: *D1042* does not begin. " IN_DOUBT_TEXT);
}

static struct operation ended_deploy(struct decision_fixture *fixture, const char *id, const struct deploy_body *body)
{
    cJSON *json = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE);
    struct operation operation = deploy_operation_in("failed");

    arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
    operation.id = id;
    operation.body = json;
    operation.ended_at_ms = DOUBT_ENDED_AT_MS;
    return operation;
}

/* What ended in doubt as well, over it, does not hide it; whether that was irreversible and never served, or was not.
 */
static void one_doubt_does_not_hide_another(void **state)
{
    (void)state;
    for (unsigned is = 0; is <= IRREVERSIBLE; is += IRREVERSIBLE) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        struct event granted = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED, .from = "engine" };
        const struct deploy_body *begun;
        struct deploy_body *over = deploy_body_made(fixture, 0, 0, is);
        struct operation ended[2];
        struct doubt_scene scene;
        struct outcome out;

        outcome_init(&out, fixture->arena, "D1042", "birth-0000000000000001");
        begun = set_doubt(fixture, &doubt_rows[3], &scene);
        machine_deploy.on_event(&fixture->view, &scene.waiting[1], begun, &granted, &out);
        begun = out.body;
        assert_string_equal(begun->begun_over, "D1000");
        over->begun_over = begun->begun_over;
        ended[0] = ended_deploy(fixture, "D1041", over);
        ended[1] = scene.ended;
        fixture->ended = ended;
        fixture->ended_count = 2;
        scene.target.doubt = "D1041";
        deploy_assert_says(decision_answer(fixture, &verb_deploy, "deploy api staging v1.5.0", &out), IN_DOUBT_TEXT);
    }
}

/* Whoever asks then is told at once. */
static void the_answer_says_what_it_goes_over(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct doubt_scene scene;
    struct outcome out;

    (void)state;
    set_doubt(fixture, &doubt_rows[0], &scene);
    deploy_assert_says(decision_answer(fixture, &verb_deploy, "deploy api staging v1.5.0", &out),
                       IN_DOUBT_TEXT ". Look there first: this takes its place.");
    scene.target.doubt = NULL;
    assert_null(strstr(decision_answer(fixture, &verb_deploy, "deploy api staging v1.5.0", &out), "Look there first"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "one doubt does not hide another", one_doubt_does_not_hide_another, NULL, NULL, NULL },
        { "the answer says what it goes over", the_answer_says_what_it_goes_over, NULL, NULL, NULL },
    };

    return ROWS(doubt_rows, check_doubt) + cmocka_run_group_tests(tests, NULL, NULL);
}
