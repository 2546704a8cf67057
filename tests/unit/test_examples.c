/* The examples are good; and whatever leaf of them gets a wrong type or a variable that is not set, whatever key is
 * misspelt, is told where it stands, and nothing that follows from it. */
#include "bot/configuration/yaml.h"

#include "configuration_fixture.h"

#define EXAMPLES SOURCE_DIR "/deploy/examples/"

struct example {
    const char *name;
    char *text;
    struct arena *arena;
    struct yaml_node *root;
    size_t values, keys; /* changed so far */
    size_t faults;       /* changes that were told otherwise than expected */
};

/* ---- the text with one piece replaced ---- */

static size_t offset_of(const char *text, struct yaml_place place)
{
    const char *at = text;

    for (int line = 1; line < place.line; line++)
        at = strchr(at, '\n') + 1;
    for (int column = 1; column < place.column; column++)
        at++;
    return (size_t)(at - text);
}

static size_t raw_length(const char *at, const struct yaml_node *scalar)
{
    return scalar->is_plain ? strlen(scalar->text) : (size_t)(strchr(at + 1, at[0]) - at) + 1;
}

static bool is_told_alone(const struct configuration_errors *errors, struct yaml_place place, const char *words)
{
    return errors->count == 1 && errors->items[0].line == place.line && errors->items[0].column == place.column &&
           strstr(errors->items[0].message, words);
}

static void replace_and_expect(struct example *example, size_t offset, size_t length, const char *with,
                               struct yaml_place place, const char *words)
{
    struct configuration_errors errors = { 0 };
    AUTO_BUF struct buf text = BUF(CONFIGURATION_MAX_BYTES), all = BUF(100000);
    struct configuration *configuration;

    buf_add(&text, example->text, offset);
    buf_puts(&text, with);
    buf_puts(&text, example->text + offset + length);
    configuration = fixture_read(buf_str(&text), &errors);
    configuration_errors_print(&errors, &all);
    if (configuration || !is_told_alone(&errors, place, words)) {
        print_error("%s:%d:%d: '%.*s' became '%s': expected \"%s\" there, and nothing else, but:\n%s\n", example->name,
                    place.line, place.column, (int)length, example->text + offset, with, words,
                    configuration ? "it is good" : buf_text(&all));
        example->faults++;
    }
    configuration_destroy(configuration);
    configuration_errors_finish(&errors);
}

/* ---- wrong types, and variables that are not set ---- */

static const char *wrong_text(const struct shape_field *field)
{
    static const char *const words[] = {
        [SHAPE_INT] = "many",   [SHAPE_BOOL] = "maybe",        [SHAPE_MS] = "soon", [SHAPE_BYTES] = "huge",
        [SHAPE_RATIO] = "half", [SHAPE_ENUM] = "no-such-word", [SHAPE_JSON] = NULL,
    };

    return field->type < ARRAY_LEN(words) ? words[field->type] : NULL;
}

static void change_value(struct example *example, const struct shape_field *field, const struct yaml_node *node)
{
    size_t offset = offset_of(example->text, node->place);
    size_t length = raw_length(example->text + offset, node);
    bool can_be_list = field->type == SHAPE_STRINGS && (field->flags & SHAPE_ONE_OR_MANY);
    bool can_be_mapping = field->of != NULL;

    if (wrong_text(field))
        replace_and_expect(example, offset, length, wrong_text(field), node->place, "expected");
    if (field->type == SHAPE_MS)
        replace_and_expect(example, offset, length, "900000h", node->place, "out of range");
    if (!can_be_mapping)
        replace_and_expect(example, offset, length, "{ wrong: 1 }", node->place, "expected");
    if (!can_be_list)
        replace_and_expect(example, offset, length, "[[wrong]]", node->place, "expected");
    replace_and_expect(example, offset, length, "~", node->place, "expected");
    replace_and_expect(example, offset, length, "\"${env:UNSET}\"", node->place, "variable UNSET is not set");
    example->values++;
}

/* ---- misspelt keys ---- */

static void change_key(struct example *example, const struct yaml_node *node)
{
    AUTO_BUF struct buf wrong = BUF(200), words = BUF(200);
    size_t offset = offset_of(example->text, node->key_place);

    buf_addf(&wrong, "%sx", node->key);
    buf_addf(&words, "did you mean '%s'?", node->key);
    replace_and_expect(example, offset, strlen(node->key), buf_text(&wrong), node->key_place, buf_text(&words));
    example->keys++;
}

/* ---- along the tree and the shapes ---- */

static void change_struct(struct example *example, const struct shape *shape, const struct yaml_node *node);

static void change_children(struct example *example, const struct shape_field *field, const struct yaml_node *node)
{
    static const struct shape_field text = { .name = "an element", .type = SHAPE_STRING };

    for (size_t i = 0; i < node->children_count; i++) {
        const struct yaml_node *child = node->children[i];

        if (field->type == SHAPE_OBJECTS && child->kind == YAML_MAPPING)
            change_struct(example, field->of, child);
        else if (field->type == SHAPE_OBJECTS)
            change_value(example, field, child);
        else
            change_value(example, &text, child);
    }
}

static void change_member(struct example *example, const struct shape_field *field, const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR)
        change_value(example, field, node);
    else if (field->type == SHAPE_OBJECT || field->type == SHAPE_OPTION)
        change_struct(example, field->of, node);
    else
        change_children(example, field, node);
}

static void change_struct(struct example *example, const struct shape *shape, const struct yaml_node *node)
{
    for (size_t i = 0; i < node->children_count; i++) {
        const struct yaml_node *child = node->children[i];

        change_key(example, child);
        change_member(example, shape_find(shape, str_of(child->key)), child);
    }
}

static void on_wrong(void *arg, struct yaml_place place, const char *message)
{
    (void)arg;
    fail_msg("%d:%d: %s", place.line, place.column, message);
}

static void open_example(struct example *example)
{
    AUTO_BUF struct buf path = BUF(1000);

    buf_addf(&path, "%s%s", EXAMPLES, example->name);
    example->text = fixture_load(buf_text(&path));
    example->arena = arena_create();
    example->root = yaml_parse(str_of(example->text), example->arena, on_wrong, NULL);
    assert_non_null(example->root);
}

static void an_example_is_good_and_every_change_to_it_is_told(void **state)
{
    struct example example = { .name = *state };

    open_example(&example);
    configuration_destroy(fixture_good(example.text));
    change_struct(&example, &settings_shape, example.root);
    print_message("%s: %zu values and %zu keys changed\n", example.name, example.values, example.keys);
    assert_true(example.values > 100 && example.keys > 100);
    assert_int_equal(example.faults, 0);
    arena_destroy(example.arena);
    free(example.text);
}

static void no_secret_of_an_example_is_shown(void **state)
{
    struct example example = { .name = *state };
    AUTO(configuration) struct configuration *configuration = NULL;
    AUTO_JSON cJSON *json = NULL;
    AUTO_FREE char *shown = NULL;

    open_example(&example);
    configuration = fixture_good(example.text);
    json = shape_to_json(&settings_shape, &configuration->settings, SHAPE_MASKED);
    shown = json_print(json);
    assert_null(strstr(shown, "secret-of"));
    assert_null(strstr(shown, "token-of"));
    assert_null(strstr(shown, "password-of"));
    assert_null(strstr(shown, "private-key-of"));
    assert_int_equal(configuration->warnings_count, 0);
    arena_destroy(example.arena);
    free(example.text);
}

#define EXAMPLE_TESTS(name)                                                                                            \
    { name ": every change is told", an_example_is_good_and_every_change_to_it_is_told, NULL, NULL, name },            \
    {                                                                                                                  \
        name ": no secret is shown", no_secret_of_an_example_is_shown, NULL, NULL, name                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        EXAMPLE_TESTS("ai-assistant-platform.yaml"),
        EXAMPLE_TESTS("consultantos.yaml"),
        EXAMPLE_TESTS("road-trip-storyteller.yaml"),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
