/* Every row of every shape is sane. */
#include "bot/base/shape.h"
#include "bot/model/card.h"
#include "bot/model/cloud_run.h"
#include "bot/model/delivery.h"
#include "bot/model/effect.h"
#include "bot/model/inbox.h"
#include "bot/model/modal.h"
#include "bot/model/operation.h"
#include "bot/model/settings.h"
#include "bot/model/slack_event.h"
#include "bot/model/slack_message.h"
#include "bot/model/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define VISITED_MAX 300

static const struct shape *const roots[] = {
    &settings_shape,
    &reply_shape,
    &card_shape,
    &run_place_shape,
    &run_service_shape,
    &run_new_revision_shape,
    &run_traffic_shape,
    &registry_tag_shape,
    &health_probe_shape,
    &card_delivery_shape,
    &message_delivery_shape,
    &reply_delivery_shape,
    &effect_shape,
    &inbox_item_shape,
    &operation_shape,
    &timer_shape,
    &message_shape,
    &principal_shape,
    &reply_address_shape,
    &target_shape,
    &request_message_shape,
    &modal_delivery_shape,
    &modal_value_shape,
    &slack_channel_event_shape,
    &slack_member_event_shape,
    &slack_home_event_shape,
    &slack_access_event_shape,
    &slack_group_event_shape,
    &slack_view_event_shape,
    &slack_reaction_event_shape,
    &slack_message_ask_shape,
    &slack_message_read_shape,
};

static const struct shape *visited[VISITED_MAX];
static size_t visited_count, settings_count; /* the first of them belong to the configuration */

static void visit(const struct shape *shape)
{
    for (size_t i = 0; i < visited_count; i++)
        if (visited[i] == shape)
            return;
    assert_true(visited_count < VISITED_MAX);
    visited[visited_count++] = shape;
    for (size_t i = 0; i < shape->count; i++)
        if (shape->fields[i].of)
            visit(shape->fields[i].of);
}

static int visit_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
        visit(roots[i]);
        settings_count = settings_count ? settings_count : visited_count;
    }
    return 0;
}

#define EACH_FIELD(shape, field, shapes)                                                                               \
    for (size_t s_ = 0; s_ < (shapes); s_++)                                                                           \
        for (const struct shape *shape = visited[s_]; shape; shape = NULL)                                             \
            for (const struct shape_field *field = shape->fields; field < shape->fields + shape->count; field++)

static size_t size_of(const struct shape_field *field)
{
    static const size_t sizes[] = {
        [SHAPE_STRING] = sizeof(char *),
        [SHAPE_INT] = 8,
        [SHAPE_BOOL] = sizeof(bool),
        [SHAPE_MS] = 8,
        [SHAPE_BYTES] = 8,
        [SHAPE_RATIO] = sizeof(double),
        [SHAPE_ENUM] = sizeof(int),
        [SHAPE_OBJECT] = 0,
        [SHAPE_OPTION] = sizeof(void *),
        [SHAPE_STRINGS] = sizeof(void *),
        [SHAPE_OBJECTS] = sizeof(void *),
        [SHAPE_MAP] = sizeof(void *),
        [SHAPE_JSON] = sizeof(void *),
        [SHAPE_LINE] = sizeof(int),
    };

    return field->type == SHAPE_OBJECT ? field->of->size : sizes[field->type];
}

static void every_row_lies_inside_its_struct(void **state)
{
    (void)state;
    EACH_FIELD(shape, field, visited_count)
    {
        assert_true(field->offset + size_of(field) <= shape->size);
        assert_true(field->count_offset + sizeof(size_t) <= shape->size || field->count_offset == 0);
    }
}

static void no_two_rows_share_a_name_or_a_member(void **state)
{
    (void)state;
    EACH_FIELD(shape, field, visited_count)
    {
        for (const struct shape_field *other = shape->fields; other < field; other++) {
            if (field->offset == other->offset)
                fail_msg("%s: %s and %s are one member", shape->name, field->name, other->name);
            if (field->name && other->name && strcmp(field->name, other->name) == 0)
                fail_msg("%s: %s twice", shape->name, field->name);
        }
    }
}

static void every_default_is_a_good_value(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;

    (void)state;
    EACH_FIELD(shape, field, visited_count)
    {
        void *value = arena_alloc(arena, shape->size);

        if (field->otherwise && !shape_set_scalar(field, str_of(field->otherwise), arena, value, &err))
            fail_msg("%s: %s: default '%s': %s", shape->name, field->name, field->otherwise, err.message);
        if (field->otherwise)
            assert_false(field->flags & SHAPE_REQUIRED);
    }
}

static void every_range_has_a_beginning_before_its_end(void **state)
{
    (void)state;
    EACH_FIELD(shape, field, visited_count)
    if (field->min > field->max)
        fail_msg("%s: %s: from %lld to %lld", shape->name, field->name, (long long)field->min, (long long)field->max);
}

static void every_reference_to_another_shape_is_there(void **state)
{
    (void)state;
    EACH_FIELD(shape, field, visited_count)
    {
        bool needs_shape = field->type == SHAPE_OBJECT || field->type == SHAPE_OPTION || field->type == SHAPE_OBJECTS;

        assert_int_equal(needs_shape, field->of != NULL);
        assert_int_equal(field->type == SHAPE_ENUM, field->names != NULL);
        assert_int_equal(field->type == SHAPE_LINE, field->name == NULL);
        if (shape->scalar)
            assert_non_null(shape_find(shape, str_of(shape->scalar)));
    }
}

static void every_key_of_the_configuration_says_what_it_is_for_and_how_much(void **state)
{
    (void)state;
    EACH_FIELD(shape, field, settings_count)
    {
        bool has_no_range = field->type == SHAPE_BOOL || field->type == SHAPE_ENUM || field->type == SHAPE_OBJECT ||
                            field->type == SHAPE_OPTION || field->type == SHAPE_LINE;

        if (field->name && (!field->about || !field->about[0]))
            fail_msg("%s: %s says nothing about itself", shape->name, field->name);
        if (!has_no_range && field->max == 0)
            fail_msg("%s: %s has no range", shape->name, field->name);
        assert_true(shape->count <= 64);
    }
}

static bool has_required_row(const struct shape *shape)
{
    for (size_t i = 0; i < shape->count; i++)
        if (shape->fields[i].flags & SHAPE_REQUIRED)
            return true;
    return false;
}

static void no_section_that_may_be_missing_has_keys_that_must_not(void **state)
{
    (void)state;
    EACH_FIELD(shape, field, settings_count)
    {
        if (field->type == SHAPE_OBJECT && !(field->flags & SHAPE_REQUIRED) && has_required_row(field->of))
            fail_msg("%s: %s may be missing, but what is in it may not", shape->name, field->name);
        if (field->type == SHAPE_OBJECT && field->offset == 0)
            fail_msg("%s: %s has the address of its owner: errors could not tell them apart", shape->name, field->name);
    }
}

static void defaults_survive_json(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    for (size_t i = 0; i < visited_count; i++) {
        void *value = arena_alloc(arena, visited[i]->size), *again = arena_alloc(arena, visited[i]->size);
        AUTO_JSON cJSON *json = NULL, *json_again = NULL;
        struct error err;

        shape_set_defaults(visited[i], arena, value);
        json = shape_to_json(visited[i], value, SHAPE_WHOLE);
        if (has_required_row(visited[i]) || !shape_from_json(visited[i], json, arena, again, &err))
            continue; /* what is required is null in an empty one */
        json_again = shape_to_json(visited[i], again, SHAPE_WHOLE);
        assert_true(cJSON_Compare(json, json_again, true));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_lies_inside_its_struct),
        cmocka_unit_test(no_two_rows_share_a_name_or_a_member),
        cmocka_unit_test(every_default_is_a_good_value),
        cmocka_unit_test(every_range_has_a_beginning_before_its_end),
        cmocka_unit_test(every_reference_to_another_shape_is_there),
        cmocka_unit_test(every_key_of_the_configuration_says_what_it_is_for_and_how_much),
        cmocka_unit_test(no_section_that_may_be_missing_has_keys_that_must_not),
        cmocka_unit_test(defaults_survive_json),
    };

    return cmocka_run_group_tests(tests, visit_all, NULL);
}
