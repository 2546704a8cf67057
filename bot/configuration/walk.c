#include "bot/configuration/walk.h"

#include "bot/configuration/fill.h"
#include "bot/configuration/tell.h"

#include <string.h>

/* ---- values ---- */

struct here { /* the value that is looked at */
    const struct shape_field *field;
    const struct yaml_node *node;
    const struct walk_path *path;
    void *value; /* the struct the field is a member of */
};

static void *member_of(const struct here *here)
{
    return (char *)here->value + here->field->offset;
}

static void put_list(const struct here *here, const void *list, size_t count)
{
    memcpy(member_of(here), &list, sizeof(list));
    memcpy((char *)here->value + here->field->count_offset, &count, sizeof(count));
}

static void expected(struct walk *walk, const struct here *here)
{
    const char *or_scalar = here->field->of && here->field->of->scalar ? " or a single value" : "";

    walk_wrong_here(walk, here->node->place, here->path, "expected %s%s, found %s", shape_expects(here->field),
                    or_scalar, yaml_kind_name(here->node));
}

static void expected_text(struct walk *walk, const struct yaml_node *node, const struct walk_path *path)
{
    walk_wrong_here(walk, node->place, path, "expected a text, found %s", yaml_kind_name(node));
}

/* Hides what the error says was found when that is a secret or came from outside. */
static void refused(struct walk *walk, const struct here *here, bool is_hidden, const struct error *err)
{
    const char *found = strstr(err->message, ", found '");

    if (is_hidden && found)
        walk_wrong_here(walk, here->node->place, here->path, "%.*s (what was found is not shown)",
                        (int)(found - err->message), err->message);
    else
        walk_wrong_here(walk, here->node->place, here->path, "%s", err->message);
}

static void suggest_name(struct walk *walk, const struct here *here, struct str text, const struct error *err)
{
    size_t count = 0;
    const char *nearest;

    while (here->field->names[count])
        count++;
    nearest = str_nearest(text, here->field->names, count);
    if (nearest)
        walk_wrong_here(walk, here->node->place, here->path, "%s; did you mean '%s'?", err->message, nearest);
    else
        walk_wrong_here(walk, here->node->place, here->path, "%s", err->message);
}

static void warn_of_secret(struct walk *walk, const struct here *here)
{
    walk_warn(walk, here->value, here->field->name, -1,
              "a secret stands in the file itself; ${env:NAME} or ${file:PATH} keep it out");
}

static void read_scalar(struct walk *walk, const struct here *here)
{
    struct filled filled;
    struct error err;
    bool is_secret = here->field->flags & SHAPE_SECRET;

    if (here->node->kind != YAML_SCALAR || yaml_is_nothing(here->node)) {
        expected(walk, here);
        return;
    }
    if (!configuration_fill(walk->source, walk->arena, here->node->text, &filled, &err)) {
        refused(walk, here, is_secret, &err);
        return;
    }
    if (is_secret && !filled.is_filled)
        warn_of_secret(walk, here);
    if (shape_set_scalar(here->field, filled.text, walk->arena, here->value, &err))
        return;
    if (here->field->type == SHAPE_ENUM && !filled.is_filled)
        suggest_name(walk, here, filled.text, &err);
    else
        refused(walk, here, is_secret || filled.is_filled, &err);
}

static void check_count(struct walk *walk, const struct here *here)
{
    struct error err;

    if (!shape_check_range(here->field, here->value, &err))
        walk_wrong_here(walk, here->node->place, here->path, "%s", err.message);
}

/* One text of a list or mapping; NULL was told. */
static const char *read_text(struct walk *walk, const struct here *here, const struct yaml_node *node,
                             const struct walk_path *path)
{
    struct filled filled;
    struct error err;

    if (node->kind != YAML_SCALAR || yaml_is_nothing(node) || !node->text[0]) {
        expected_text(walk, node, path);
        return NULL;
    }
    if (!configuration_fill(walk->source, walk->arena, node->text, &filled, &err)) {
        walk_wrong_here(walk, node->place, path, "%s", err.message);
        return NULL;
    }
    if ((here->field->flags & SHAPE_SECRET) && !filled.is_filled)
        warn_of_secret(walk, here);
    return arena_copy(walk->arena, filled.text);
}

static void read_strings(struct walk *walk, const struct here *here)
{
    bool is_one =
        here->node->kind == YAML_SCALAR && (here->field->flags & SHAPE_ONE_OR_MANY) && !yaml_is_nothing(here->node);
    const char **texts;
    size_t count = is_one ? 1 : here->node->children_count, good = 0;

    if (!is_one && here->node->kind != YAML_LIST) {
        expected(walk, here);
        return;
    }
    texts = arena_alloc(walk->arena, (count + 1) * sizeof(*texts));
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *node = is_one ? here->node : here->node->children[i];
        const struct walk_path *path = is_one ? here->path : walk_path_element(walk, here->path, node, i);
        const char *text = read_text(walk, here, node, path);

        if (!text)
            continue;
        walk_remember(walk, here->value, here->field->name, good + 1, node, path);
        texts[good++] = text;
    }
    put_list(here, texts, good);
    if (good == count) /* else the same would be told twice */
        check_count(walk, here);
}

static void read_map(struct walk *walk, const struct here *here)
{
    struct shape_pair *pairs;
    size_t good = 0;

    if (here->node->kind != YAML_MAPPING) {
        expected(walk, here);
        return;
    }
    pairs = arena_alloc(walk->arena, (here->node->children_count + 1) * sizeof(*pairs));
    for (size_t i = 0; i < here->node->children_count; i++) {
        const struct yaml_node *node = here->node->children[i];
        const struct walk_path *path = walk_path_key(walk, here->path, node->key);
        const char *text = read_text(walk, here, node, path);

        if (!text)
            continue;
        walk_remember(walk, here->value, here->field->name, good + 1, node, path)->place = node->key_place;
        pairs[good++] = (struct shape_pair){ arena_strdup(walk->arena, node->key), text };
    }
    put_list(here, pairs, good);
    if (good == here->node->children_count)
        check_count(walk, here);
}

/* ---- structs ---- */

static void read_struct(struct walk *walk, const struct shape *shape, const struct yaml_node *node,
                        const struct walk_path *path, void *value);

static void read_objects(struct walk *walk, const struct here *here)
{
    const struct shape *of = here->field->of;
    bool is_one = here->node->kind == YAML_MAPPING && (here->field->flags & SHAPE_ONE_OR_MANY);
    size_t count = is_one ? 1 : here->node->children_count;
    char *objects;

    if (!is_one && here->node->kind != YAML_LIST) {
        expected(walk, here);
        return;
    }
    objects = arena_alloc(walk->arena, (count + 1) * of->size);
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *node = is_one ? here->node : here->node->children[i];
        const struct walk_path *path = is_one ? here->path : walk_path_element(walk, here->path, node, i);

        read_struct(walk, of, node, path, objects + i * of->size);
    }
    put_list(here, objects, count);
    check_count(walk, here);
}

static void read_option(struct walk *walk, const struct here *here)
{
    void *object = arena_alloc(walk->arena, here->field->of->size);

    read_struct(walk, here->field->of, here->node, here->path, object);
    memcpy(member_of(here), &object, sizeof(object));
}

static void read_object(struct walk *walk, const struct here *here)
{
    read_struct(walk, here->field->of, here->node, here->path, member_of(here));
}

static void read_value(struct walk *walk, const struct here *here)
{
    static void (*const readers[])(struct walk *, const struct here *) = {
        [SHAPE_STRING] = read_scalar,   [SHAPE_INT] = read_scalar,      [SHAPE_BOOL] = read_scalar,
        [SHAPE_MS] = read_scalar,       [SHAPE_BYTES] = read_scalar,    [SHAPE_RATIO] = read_scalar,
        [SHAPE_ENUM] = read_scalar,     [SHAPE_OBJECT] = read_object,   [SHAPE_OPTION] = read_option,
        [SHAPE_STRINGS] = read_strings, [SHAPE_OBJECTS] = read_objects, [SHAPE_MAP] = read_map,
    };

    readers[here->field->type](walk, here);
}

static void read_member(struct walk *walk, const struct here *here)
{
    walk_remember(walk, here->value, here->field->name, 0, here->node, here->path);
    read_value(walk, here);
}

static size_t keys_of(const struct shape *shape, const char **names)
{
    size_t count = 0;

    for (size_t i = 0; i < shape->count; i++)
        if (shape->fields[i].name)
            names[count++] = shape->fields[i].name;
    return count;
}

/* What was meant by it stands in the file, and could not be read: nobody shall miss it. */
static void unknown_key(struct walk *walk, const struct shape *shape, const struct yaml_node *mapping,
                        const struct yaml_node *node, const struct walk_path *path, const void *value)
{
    const char *names[64];
    size_t count = keys_of(shape, names);
    const char *nearest = str_nearest(str_of(node->key), names, count);
    AUTO_BUF struct buf all = BUF(400);

    for (size_t i = 0; i < count; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", names[i]);
    if (nearest && !yaml_find(mapping, nearest))
        walk_remember(walk, value, nearest, 0, node, path)->place = node->key_place;
    if (nearest)
        walk_wrong_here(walk, node->key_place, path, "unknown key '%.80s' in %s; did you mean '%s'?", node->key,
                        shape->name, nearest);
    else
        walk_wrong_here(walk, node->key_place, path, "unknown key '%.80s' in %s; it knows %s", node->key, shape->name,
                        buf_text(&all));
}

static void check_missing(struct walk *walk, const struct shape *shape, const struct yaml_node *node,
                          const struct walk_path *path, const void *value)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct shape_field *field = &shape->fields[i];

        if ((field->flags & SHAPE_REQUIRED) && !yaml_find(node, field->name) && !walk_has(walk, value, field->name))
            walk_wrong_here(walk, node->place, path, "missing key '%s' in %s; it is for: %s", field->name, shape->name,
                            field->about);
    }
}

static void set_line(const struct shape *shape, int line, void *value)
{
    for (size_t i = 0; i < shape->count; i++)
        if (shape->fields[i].type == SHAPE_LINE)
            memcpy((char *)value + shape->fields[i].offset, &line, sizeof(line));
}

static void read_lone_scalar(struct walk *walk, const struct shape *shape, const struct yaml_node *node,
                             const struct walk_path *path, void *value)
{
    const struct here here = { shape_find(shape, str_of(shape->scalar)), node, path, value };

    walk_remember(walk, value, here.field->name, 0, node, path);
    if (here.field->type == SHAPE_ENUM && shape_find(shape, str_of(node->text)))
        walk_wrong_here(walk, node->place, path, "'%s' needs its settings: expected { %s: { key: value } }", node->text,
                        node->text);
    else
        read_scalar(walk, &here);
}

static void read_struct(struct walk *walk, const struct shape *shape, const struct yaml_node *node,
                        const struct walk_path *path, void *value)
{
    shape_set_defaults(shape, walk->arena, value);
    walk_remember(walk, value, WALK_SELF, 0, node, path);
    set_line(shape, node->place.line, value);
    if (shape->scalar && node->kind == YAML_SCALAR && !yaml_is_nothing(node)) {
        read_lone_scalar(walk, shape, node, path, value);
        return;
    }
    if (node->kind != YAML_MAPPING) {
        walk_wrong_here(walk, node->place, path, "expected %s, a mapping { key: value }, found %s", shape->name,
                        yaml_kind_name(node));
        return;
    }
    for (size_t i = 0; i < node->children_count; i++) {
        const struct yaml_node *child = node->children[i];
        const struct walk_path *at = walk_path_key(walk, path, child->key);
        const struct here here = { shape_find(shape, str_of(child->key)), child, at, value };

        if (here.field)
            read_member(walk, &here);
        else
            unknown_key(walk, shape, node, child, at, value);
    }
    check_missing(walk, shape, node, path, value);
}

void walk_settings(struct walk *walk, const struct yaml_node *root, struct settings *settings)
{
    read_struct(walk, &settings_shape, root, NULL, settings);
}

void *walk_list(struct walk *walk, const struct shape *of, const struct yaml_node *root, size_t *ret_count)
{
    char *objects = arena_alloc(walk->arena, (root->children_count + 1) * of->size);

    *ret_count = 0;
    if (root->kind != YAML_LIST) {
        walk_wrong_here(walk, root->place, NULL, "expected a list of %s, found %s", of->name, yaml_kind_name(root));
        return objects;
    }
    for (; *ret_count < root->children_count; (*ret_count)++)
        read_struct(walk, of, root->children[*ret_count], NULL, objects + *ret_count * of->size);
    return objects;
}
