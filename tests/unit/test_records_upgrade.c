/* Records written by an older opsgate are read as today's; those of a newer one are left alone. */
#include "tests/unit/engine_fixture.h"

/* Schema 1 had `words`, one text. Schema 2 called it `script`. Schema 3, today's, has a list. */
static cJSON *to_2(cJSON *body)
{
    json_set_string(body, "script", json_find_string(body, "words"));
    cJSON_DeleteItemFromObjectCaseSensitive(body, "words");
    return body;
}

static cJSON *to_3(cJSON *body)
{
    AUTO_FREE char *script = str_copy(str_of(json_find_string(body, "script")));

    json_add_string(json_set(body, "script", json_array()), script);
    return body;
}

static const struct upgrade upgrades[] = { { 1, to_2 }, { 2, to_3 } };

#define RECORD(schema, body)                                                                                           \
    "{\"id\":\"D5\",\"outside_id\":\"b-5\",\"kind\":\"errand\",\"schema\":" schema ",\"state\":\"running\","           \
    "\"target\":\"" ERRAND_TARGET "\",\"requester\":{\"system\":\"slack\",\"id\":\"U1\"},\"created_at_ms\":1,"         \
    "\"changed_at_ms\":1,\"effects_made\":0,\"generation\":0,\"new_in_schema_9\":true,\"body\":" body "}"

static const struct row {
    const char *name, *record;
    bool is_read;
} rows[] = {
    { "the first schema, through two upgrades", RECORD("1", "{\"words\":\"good\",\"heard\":\"\"}"), true },
    { "the second, through one", RECORD("2", "{\"script\":\"good\",\"heard\":\"\"}"), true },
    { "today's as it is", RECORD("3", "{\"script\":[\"good\"],\"heard\":\"\"}"), true },
    { "a member that only a newer one knows is passed over",
      RECORD("3", "{\"script\":[\"good\"],\"heard\":\"\",\"x\":1}"), true },
    { "a newer schema is not guessed at", RECORD("4", "{\"script\":[\"good\"],\"heard\":\"\"}"), false },
    { "a schema that never was", RECORD("0", "{\"script\":[\"good\"],\"heard\":\"\"}"), false },
    { "a body that is not what its schema says", RECORD("3", "{\"script\":7,\"heard\":\"\"}"), false },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct world *world = world_create();
    struct node *node = world_node(world);
    struct machine machine = errand_machine;
    void *made = world;

    machine.schema = 3;
    machine.upgrades = upgrades;
    machine.upgrades_count = ARRAY_LEN(upgrades);
    world->machines[0] = &machine;
    fake_put(world->store, STORE_OPERATIONS, "D5", row->record);
    fake_put(world->store, STORE_META, "last:operation", "5");
    fake_put(world->store, STORE_TIMERS, "D5/t", "{\"operation\":\"D5\",\"name\":\"t\",\"at_ms\":1}");
    node_start(node);
    world_advance(world, 1000);
    if (row->is_read) {
        assert_string_equal(world_heard(world, "D5"), "timer:t|");
        assert_true(json_find_int(world_operation(world, "D5"), "schema", 0) == 3); /* written back as today's */
        assert_non_null(world_record(world, STORE_TARGETS, ERRAND_TARGET)); /* the word it still had to do was done */
    } else {
        assert_string_equal(fake_get(world->store, STORE_OPERATIONS, "D5"), row->record);
        assert_int_equal(engine_status(node->engine).operations, 0);
    }
    world_teardown(&made);
}

/* A target of before knows no ends: it is read with none, and keeps all else when the first comes. */
static void check_target(void **state)
{
    struct world *world = world_create();
    void *made = world;
    const cJSON *target;

    (void)state;
    fake_put(world->store, STORE_TARGETS, ERRAND_TARGET,
             "{\"name\":\"" ERRAND_TARGET
             "\",\"schema\":1,\"good\":[{\"version\":\"v1\",\"image\":\"i1\",\"revision\":\"r1\","
             "\"operation\":\"D1\",\"at_ms\":1}],\"new_in_schema_9\":true}");
    node_start(world_node(world));
    world_advance(world, 1000);
    world_say(world, "U1 do over:v2:good,good:v2:r2:i2,end");
    target = world_record(world, STORE_TARGETS, ERRAND_TARGET);
    assert_int_equal(cJSON_GetArraySize(json_find(target, "ends")), 1);
    assert_string_equal(json_find_string(target, "ends.0.version"), "v2");
    assert_string_equal(json_find_string(target, "good.0.version"), "v1");
    assert_string_equal(json_find_string(target, "good.1.version"), "v2");
    world_teardown(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = { { "a target of before knows no ends", check_target, NULL, NULL, NULL } };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
