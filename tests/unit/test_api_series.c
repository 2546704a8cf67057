/* Figures of rollouts, look by look: each once, the newest last, of so many looks and so many rollouts. */
#include "tests/unit/rows.h"

#include "bot/api/series.h"
#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"

#include <string.h>

struct looked {
    struct arena *arena;
    struct series *series;
};

static void look(struct looked *looked, const char *id, int64_t at_ms, int requests)
{
    struct deploy_step steps[] = { { .percent = 5 }, { .percent = 100 } };
    const struct deploy_body body = {
        .service = "api",
        .environment = "production",
        .place = { .project = "acme", .region = "us-central1", .service = "api" },
        .version = "v1",
        .repository = "acme/platform",
        .steps = steps,
        .steps_count = ARRAY_LEN(steps),
        .verdict = JUDGE_PASS,
        .measured = { .at_ms = at_ms, .canary = { .requests = { true, requests }, .errors = { true, 1 } } }
    };
    cJSON *json = shape_to_json(&deploy_body_shape, &body, SHAPE_WHOLE);
    const struct operation operation = {
        .id = id, .kind = machine_deploy.kind, .schema = machine_deploy.schema, .body = json
    };

    series_take(looked->series, &operation, looked->arena);
    cJSON_Delete(json);
}

static const cJSON *told(struct looked *looked, const char *id)
{
    cJSON *json = series_json(looked->series, id);

    arena_defer(looked->arena, (void (*)(void *))cJSON_Delete, json);
    return json;
}

static int begin(void **state)
{
    static struct looked looked;

    looked = (struct looked){ arena_create(), series_create() };
    *state = &looked;
    return 0;
}

static int end(void **state)
{
    struct looked *looked = *state;

    series_destroy(looked->series);
    arena_destroy(looked->arena);
    return 0;
}

static void each_look_is_there_once(void **state)
{
    struct looked *looked = *state;
    const cJSON *list;

    look(looked, "D1", 0, 1); /* nothing was measured yet */
    assert_int_equal(cJSON_GetArraySize(told(looked, "D1")), 0);
    look(looked, "D1", 1000, 10);
    look(looked, "D1", 1000, 10); /* the record was written for another reason */
    look(looked, "D1", 2000, 20);
    look(looked, "D2", 1500, 7);
    list = told(looked, "D1");
    assert_int_equal(cJSON_GetArraySize(list), 2);
    assert_string_equal(json_find_string(list, "0.at"), "1970-01-01T00:00:01.000Z");
    assert_string_equal(json_find_string(list, "0.verdict"), "pass");
    assert_int_equal(json_find_int(list, "1.canary.requests", 0), 20);
    assert_int_equal(json_find_int(list, "1.percent", 0), 5);
    assert_true(json_find(list, "1.canary.error_rate")->valuedouble > 0.04);
    assert_null(json_find(list, "1.baseline.requests")); /* null: nobody knows */
    assert_int_equal(cJSON_GetArraySize(told(looked, "D2")), 1);
    assert_int_equal(cJSON_GetArraySize(told(looked, "D3")), 0);
}

static void only_so_many_looks_are_kept_the_newest(void **state)
{
    struct looked *looked = *state;
    const cJSON *list;

    for (int64_t i = 1; i <= SERIES_POINTS_MAX + 5; i++)
        look(looked, "D1", i * 1000, (int)i);
    list = told(looked, "D1");
    assert_int_equal(cJSON_GetArraySize(list), SERIES_POINTS_MAX);
    assert_int_equal(json_find_int(list, "0.canary.requests", 0), 6);
}

static void only_so_many_rollouts_are_kept_those_that_were_looked_at(void **state)
{
    struct looked *looked = *state;

    for (int64_t i = 1; i <= SERIES_MAX; i++)
        look(looked, arena_printf(looked->arena, "D%d", (int)i), 1000, 1);
    look(looked, "D1", 2000, 1);
    look(looked, "D1000", 1000, 1);
    assert_int_equal(cJSON_GetArraySize(told(looked, "D1")), 2);
    assert_int_equal(cJSON_GetArraySize(told(looked, "D2")), 0);
    assert_int_equal(cJSON_GetArraySize(told(looked, "D1000")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_look_is_there_once, begin, end),
        cmocka_unit_test_setup_teardown(only_so_many_looks_are_kept_the_newest, begin, end),
        cmocka_unit_test_setup_teardown(only_so_many_rollouts_are_kept_those_that_were_looked_at, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
