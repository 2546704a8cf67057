#include "bot/configuration_walk.h"

#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SELF "" /* key of the spot of a struct itself */

/* ---- paths ---- */

static void path_add(const struct walk_path *path, bool is_general, struct buf *buf)
{
    if (!path)
        return;
    path_add(path->parent, is_general, buf);
    if (path->key)
        buf_addf(buf, "%s%s", buf->len > 0 ? "." : "", path->key);
    else if (is_general)
        buf_puts(buf, "[]");
    else if (path->name)
        buf_addf(buf, "[%.63s]", path->name);
    else
        buf_addf(buf, "[%zu]", path->index);
}

static const char *path_text(struct walk *walk, const struct walk_path *path, bool is_general)
{
    AUTO_BUF struct buf buf = BUF(1000);

    path_add(path, is_general, &buf);
    return arena_copy(walk->arena, buf_str(&buf));
}

static const struct walk_path *path_key(struct walk *walk, const struct walk_path *parent, const char *key)
{
    struct walk_path *path = ARENA_NEW(walk->arena, struct walk_path);

    *path = (struct walk_path){ .parent = parent, .key = key };
    return path;
}

static const struct walk_path *path_element(struct walk *walk, const struct walk_path *parent, const struct yaml_node *node,
                                            size_t index)
{
    struct walk_path *path = ARENA_NEW(walk->arena, struct walk_path);
    const struct yaml_node *name = node->kind == YAML_MAPPING ? yaml_find(node, "name") : NULL;

    *path = (struct walk_path){ .parent = parent, .index = index };
    if (name && name->kind == YAML_SCALAR && name->text[0] && !strstr(name->text, "${"))
        path->name = name->text;
    return path;
}

/* ---- telling ---- */

/* What is no good text already need not be no good path too. */
static bool is_settled(const struct walk *walk, struct yaml_place place)
{
    for (size_t i = 0; i < walk->settled && place.line > 0; i++)
        if (walk->errors->items[i].line == place.line && walk->errors->items[i].column == place.column)
            return true;
    return false;
}

void walk_wrong_at(struct walk *walk, struct yaml_place place, const char *path, const char *message)
{
    struct configuration_errors *errors = walk->errors;

    if (is_settled(walk, place))
        return;
    if (errors->count == CONFIGURATION_ERRORS_MAX) {
        errors->left_out++;
        return;
    }
    *ARENA_PUSH(errors->arena, errors->items, errors->count) = (struct configuration_error){
        .line = place.line,
        .column = place.column,
        .path = arena_strdup(errors->arena, path),
        .message = arena_strdup(errors->arena, message),
    };
}

static void wrong_here(struct walk *walk, struct yaml_place place, const struct walk_path *path, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

static void wrong_here(struct walk *walk, struct yaml_place place, const struct walk_path *path, const char *fmt, ...)
{
    char message[600];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    walk_wrong_at(walk, place, path_text(walk, path, false), message);
}

static const struct walk_spot *find_spot(const struct walk *walk, const void *owner, const char *key, size_t index)
{
    for (size_t i = 0; i < walk->spots_count; i++) {
        const struct walk_spot *spot = &walk->spots[i];

        if (spot->owner == owner && spot->index == index && strcmp(spot->key, key) == 0)
            return spot;
    }
    return NULL;
}

bool walk_has(const struct walk *walk, const void *owner, const char *key)
{
    return find_spot(walk, owner, key, 0) != NULL;
}

static struct walk_spot nearest_spot(const struct walk *walk, const void *owner, const char *key, long element)
{
    const struct walk_spot *spot = find_spot(walk, owner, key, (size_t)(element + 1));

    if (!spot)
        spot = find_spot(walk, owner, key, 0);
    if (!spot)
        spot = find_spot(walk, owner, SELF, 0);
    return spot ? *spot : (struct walk_spot){ .place = { 1, 1 } };
}

void walk_wrong(struct walk *walk, const void *owner, const char *key, long element, const char *fmt, ...)
{
    struct walk_spot spot = nearest_spot(walk, owner, key, element);
    char message[600];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    walk_wrong_at(walk, spot.place, path_text(walk, spot.path, false), message);
}

void walk_warn(struct walk *walk, const void *owner, const char *key, long element, const char *fmt, ...)
{
    struct walk_spot spot = nearest_spot(walk, owner, key, element);
    char message[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    *ARENA_PUSH(walk->arena, walk->warnings, walk->warnings_count) =
        arena_printf(walk->arena, "%s:%d:%d: %s: %s", walk->source->path, spot.place.line, spot.place.column,
                     path_text(walk, spot.path, false), message);
}

static void note(struct walk *walk, const struct walk_path *path, int line, const char *what)
{
    const char *text = path_text(walk, path, true);

    if (what)
        text = arena_printf(walk->arena, "%s: %s", text, what);
    for (size_t i = 0; i < walk->notes_count; i++) {
        if (strcmp(walk->notes[i].path, text) == 0) {
            walk->notes[i].count++;
            return;
        }
    }
    *ARENA_PUSH(walk->arena, walk->notes, walk->notes_count) = (struct walk_note){ text, 1, line };
}

void walk_not_built(struct walk *walk, const void *owner, const char *key, long element, const char *what)
{
    struct walk_spot spot = nearest_spot(walk, owner, key, element);

    note(walk, spot.path, spot.place.line, what);
}

static void remember(struct walk *walk, const void *owner, const char *key, size_t index, struct yaml_place place,
                     const struct walk_path *path)
{
    *ARENA_PUSH(walk->arena, walk->spots, walk->spots_count) = (struct walk_spot){ owner, key, index, place, path };
}

/* ---- ${env:NAME} and ${file:PATH} ---- */

struct filled {
    struct str text;
    bool is_filled; /* something came from outside: not to be shown */
};

static bool fill_variable(struct walk *walk, const char *name, struct buf *out, struct error *err)
{
    const char *value = walk->source->find_variable(walk->source->arg, name);

    if (!value || !value[0])
        return error_set(err, ERR_NOT_FOUND, "environment variable %.100s is %s", name, value ? "empty" : "not set");
    buf_puts(out, value);
    return true;
}

static const char *beside_the_file(struct walk *walk, const char *path)
{
    char *copy;

    if (path[0] == '/' || !walk->source->path)
        return path;
    copy = arena_strdup(walk->arena, walk->source->path);
    return arena_printf(walk->arena, "%s/%s", dirname(copy), path);
}

static bool fill_file(struct walk *walk, const char *path, struct buf *out, struct error *err)
{
    AUTO_FREE char *text = NULL;
    size_t len;

    if (!walk->source->read_file(walk->source->arg, beside_the_file(walk, path), &text, &len, err))
        return false;
    if (len > 0 && text[len - 1] == '\n')
        len--;
    if (len > 0 && text[len - 1] == '\r')
        len--;
    if (len == 0)
        return error_set(err, ERR_INVALID, "the file %.150s is empty", path);
    buf_add(out, text, len);
    return true;
}

static bool fill_one(struct walk *walk, struct str inside, struct buf *out, struct error *err)
{
    static const struct {
        const char *prefix;
        bool (*fill)(struct walk *, const char *, struct buf *, struct error *);
    } rows[] = { { "env:", fill_variable }, { "file:", fill_file } };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str rest = inside;

        if (str_take_prefix(&rest, rows[i].prefix) && rest.len > 0)
            return rows[i].fill(walk, arena_copy(walk->arena, rest), out, err);
    }
    return error_set(err, ERR_INVALID, "expected ${env:NAME} or ${file:PATH}, found '${%.*s}'",
                     (int)(inside.len < 60 ? inside.len : 60), inside.at);
}

static bool fill(struct walk *walk, const char *text, struct filled *ret, struct error *err)
{
    AUTO_BUF struct buf out = BUF(4 * CONFIGURATION_SECRET_MAX_BYTES);
    const char *at = text, *open, *close;

    while ((open = strstr(at, "${"))) {
        close = strchr(open, '}');
        if (!close)
            return error_set(err, ERR_INVALID, "'${' without its '}'");
        buf_add(&out, at, (size_t)(open - at));
        if (!fill_one(walk, (struct str){ open + 2, (size_t)(close - open - 2) }, &out, err))
            return false;
        at = close + 1;
    }
    if (at == text) {
        *ret = (struct filled){ str_of(text), false };
        return true;
    }
    buf_puts(&out, at);
    if (!buf_check(&out, err))
        return false;
    if (!utf8_is_valid(buf_str(&out)))
        return error_set(err, ERR_INVALID, "what is filled in is not valid UTF-8 text");
    *ret = (struct filled){ str_of(arena_copy(walk->arena, buf_str(&out))), true };
    return true;
}

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

    wrong_here(walk, here->node->place, here->path, "expected %s%s, found %s", shape_expects(here->field), or_scalar,
               yaml_kind_name(here->node));
}

static void expected_text(struct walk *walk, const struct yaml_node *node, const struct walk_path *path)
{
    wrong_here(walk, node->place, path, "expected a text, found %s", yaml_kind_name(node));
}

/* Hides what the error says was found when that is a secret or came from outside. */
static void refused(struct walk *walk, const struct here *here, bool is_hidden, const struct error *err)
{
    const char *found = strstr(err->message, ", found '");

    if (is_hidden && found)
        wrong_here(walk, here->node->place, here->path, "%.*s (what was found is not shown)", (int)(found - err->message),
                   err->message);
    else
        wrong_here(walk, here->node->place, here->path, "%s", err->message);
}

static void suggest_name(struct walk *walk, const struct here *here, struct str text, const struct error *err)
{
    size_t count = 0;
    const char *nearest;

    while (here->field->names[count])
        count++;
    nearest = str_nearest(text, here->field->names, count);
    if (nearest)
        wrong_here(walk, here->node->place, here->path, "%s; did you mean '%s'?", err->message, nearest);
    else
        wrong_here(walk, here->node->place, here->path, "%s", err->message);
}

static void warn_of_secret(struct walk *walk, const struct here *here)
{
    walk_warn(walk, here->value, here->field->name, -1, "a secret stands in the file itself; ${env:NAME} or ${file:PATH} keep it out");
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
    if (!fill(walk, here->node->text, &filled, &err)) {
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
        wrong_here(walk, here->node->place, here->path, "%s", err.message);
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
    if (!fill(walk, node->text, &filled, &err)) {
        wrong_here(walk, node->place, path, "%s", err.message);
        return NULL;
    }
    if ((here->field->flags & SHAPE_SECRET) && !filled.is_filled)
        warn_of_secret(walk, here);
    return arena_copy(walk->arena, filled.text);
}

static void read_strings(struct walk *walk, const struct here *here)
{
    bool is_one = here->node->kind == YAML_SCALAR && (here->field->flags & SHAPE_ONE_OR_MANY) && !yaml_is_nothing(here->node);
    const char **texts;
    size_t count = is_one ? 1 : here->node->children_count, good = 0;

    if (!is_one && here->node->kind != YAML_LIST) {
        expected(walk, here);
        return;
    }
    texts = arena_alloc(walk->arena, (count + 1) * sizeof(*texts));
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *node = is_one ? here->node : here->node->children[i];
        const struct walk_path *path = is_one ? here->path : path_element(walk, here->path, node, i);
        const char *text = read_text(walk, here, node, path);

        if (!text)
            continue;
        remember(walk, here->value, here->field->name, good + 1, node->place, path);
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
        const struct walk_path *path = path_key(walk, here->path, node->key);
        const char *text = read_text(walk, here, node, path);

        if (!text)
            continue;
        remember(walk, here->value, here->field->name, good + 1, node->key_place, path);
        pairs[good++] = (struct shape_pair){ arena_strdup(walk->arena, node->key), text };
    }
    put_list(here, pairs, good);
    check_count(walk, here);
}

/* ---- structs ---- */

static void read_struct(struct walk *walk, const struct shape *shape, const struct yaml_node *node,
                        const struct walk_path *path, void *value);

static void read_objects(struct walk *walk, const struct here *here)
{
    const struct shape *of = here->field->of;
    size_t count = here->node->children_count;
    char *objects;

    if (here->node->kind != YAML_LIST) {
        expected(walk, here);
        return;
    }
    objects = arena_alloc(walk->arena, (count + 1) * of->size);
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *node = here->node->children[i];

        read_struct(walk, of, node, path_element(walk, here->path, node, i), objects + i * of->size);
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
        [SHAPE_STRING] = read_scalar,   [SHAPE_INT] = read_scalar,     [SHAPE_BOOL] = read_scalar,
        [SHAPE_MS] = read_scalar,       [SHAPE_BYTES] = read_scalar,   [SHAPE_RATIO] = read_scalar,
        [SHAPE_ENUM] = read_scalar,     [SHAPE_OBJECT] = read_object,  [SHAPE_OPTION] = read_option,
        [SHAPE_STRINGS] = read_strings, [SHAPE_OBJECTS] = read_objects, [SHAPE_MAP] = read_map,
    };

    readers[here->field->type](walk, here);
}

static void read_member(struct walk *walk, const struct here *here)
{
    bool is_later = (here->field->flags & SHAPE_LATER) && !walk->is_later;

    remember(walk, here->value, here->field->name, 0, here->node->place, here->path);
    if (is_later)
        note(walk, here->path, here->node->key_place.line, NULL);
    walk->is_later = walk->is_later || is_later;
    read_value(walk, here);
    if (is_later)
        walk->is_later = false;
}

static size_t keys_of(const struct shape *shape, const char **names)
{
    size_t count = 0;

    for (size_t i = 0; i < shape->count; i++)
        if (shape->fields[i].name)
            names[count++] = shape->fields[i].name;
    return count;
}

static void unknown_key(struct walk *walk, const struct shape *shape, const struct yaml_node *node,
                        const struct walk_path *path)
{
    const char *names[64];
    size_t count = keys_of(shape, names);
    const char *nearest = str_nearest(str_of(node->key), names, count);
    AUTO_BUF struct buf all = BUF(400);

    for (size_t i = 0; i < count; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", names[i]);
    if (nearest)
        wrong_here(walk, node->key_place, path, "unknown key '%.80s' in %s; did you mean '%s'?", node->key, shape->name, nearest);
    else
        wrong_here(walk, node->key_place, path, "unknown key '%.80s' in %s; it knows %s", node->key, shape->name, buf_text(&all));
}

static void check_missing(struct walk *walk, const struct shape *shape, const struct yaml_node *node,
                          const struct walk_path *path)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct shape_field *field = &shape->fields[i];

        if ((field->flags & SHAPE_REQUIRED) && !yaml_find(node, field->name))
            wrong_here(walk, node->place, path, "missing key '%s' in %s: %s", field->name, shape->name, field->about);
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

    remember(walk, value, here.field->name, 0, node->place, path);
    if (here.field->type == SHAPE_ENUM && shape_find(shape, str_of(node->text)))
        wrong_here(walk, node->place, path, "'%s' needs its settings: expected { %s: { key: value } }", node->text, node->text);
    else
        read_scalar(walk, &here);
}

static void read_struct(struct walk *walk, const struct shape *shape, const struct yaml_node *node,
                        const struct walk_path *path, void *value)
{
    shape_set_defaults(shape, walk->arena, value);
    remember(walk, value, SELF, 0, node->place, path);
    set_line(shape, node->place.line, value);
    if (shape->scalar && node->kind == YAML_SCALAR && !yaml_is_nothing(node)) {
        read_lone_scalar(walk, shape, node, path, value);
        return;
    }
    if (node->kind != YAML_MAPPING) {
        wrong_here(walk, node->place, path, "expected %s, a mapping { key: value }, found %s", shape->name, yaml_kind_name(node));
        return;
    }
    for (size_t i = 0; i < node->children_count; i++) {
        const struct yaml_node *child = node->children[i];
        const struct walk_path *at = path_key(walk, path, child->key);
        const struct here here = { shape_find(shape, str_of(child->key)), child, at, value };

        if (here.field)
            read_member(walk, &here);
        else
            unknown_key(walk, shape, child, at);
    }
    check_missing(walk, shape, node, path);
}

void walk_settings(struct walk *walk, const struct yaml_node *root, struct settings *settings)
{
    read_struct(walk, &settings_shape, root, NULL, settings);
}
