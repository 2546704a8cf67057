#include "bot/configuration/yaml.h"

#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct reader {
    struct fy_parser *parser;
    struct arena *arena;
    yaml_wrong_fn wrong;
    void *arg;
    int depth;
    bool has_told;
};

static void tell(struct reader *reader, struct yaml_place place, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void tell(struct reader *reader, struct yaml_place place, const char *fmt, ...)
{
    char message[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    reader->has_told = true;
    reader->wrong(reader->arg, place, message);
}

/* ---- events ---- */

static struct yaml_place place_of(struct fy_event *event)
{
    const struct fy_mark *mark = event ? fy_event_start_mark(event) : NULL;

    return mark ? (struct yaml_place){ mark->line + 1, mark->column + 1 } : (struct yaml_place){ 0, 0 };
}

static bool has_anchor(const struct fy_event *event)
{
    switch (event->type) {
    case FYET_SCALAR:
        return event->scalar.anchor != NULL;
    case FYET_SEQUENCE_START:
        return event->sequence_start.anchor != NULL;
    case FYET_MAPPING_START:
        return event->mapping_start.anchor != NULL;
    default:
        return false;
    }
}

static bool has_tag(const struct fy_event *event)
{
    switch (event->type) {
    case FYET_SCALAR:
        return event->scalar.tag != NULL;
    case FYET_SEQUENCE_START:
        return event->sequence_start.tag != NULL;
    case FYET_MAPPING_START:
        return event->mapping_start.tag != NULL;
    default:
        return false;
    }
}

static void refuse_decorations(struct reader *reader, struct fy_event *event)
{
    if (has_anchor(event))
        tell(reader, place_of(event), "anchors (&name) are not supported: write it out where it is needed");
    if (has_tag(event))
        tell(reader, place_of(event), "tags (!type) are not supported: each key knows its own type");
}

static struct yaml_node *node_new(struct reader *reader, enum yaml_kind kind, struct fy_event *event)
{
    struct yaml_node *node = ARENA_NEW(reader->arena, struct yaml_node);

    node->kind = kind;
    node->place = place_of(event);
    return node;
}

static struct yaml_node *scalar_node(struct reader *reader, struct fy_event *event)
{
    struct yaml_node *node = node_new(reader, YAML_SCALAR, event);
    size_t len = 0;
    const char *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &len) : "";
    enum fy_scalar_style style = event->scalar.value ? fy_token_scalar_style(event->scalar.value) : FYSS_PLAIN;

    if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && node->place.column > 1)
        node->place.column--; /* libfyaml's mark stands behind the quote */
    if (text && memchr(text, '\0', len)) {
        tell(reader, node->place, "a NUL character has no use in a text");
        len = 0;
    }
    node->text = arena_copy(reader->arena, (struct str){ text, text ? len : 0 });
    node->is_plain = style == FYSS_PLAIN;
    return node;
}

static struct yaml_node *alias_node(struct reader *reader, struct fy_event *event)
{
    struct yaml_node *node = node_new(reader, YAML_SCALAR, event);

    tell(reader, node->place, "aliases (*name) are not supported: write it out where it is needed");
    node->text = "alias"; /* so that nothing is missing on top of it */
    return node;
}

/* ---- nodes ---- */

static struct yaml_node *read_node(struct reader *reader, struct fy_event *event);

static bool is_end(const struct fy_event *event)
{
    return event->type == FYET_SEQUENCE_END || event->type == FYET_MAPPING_END;
}

static bool read_list(struct reader *reader, struct yaml_node *list)
{
    for (;;) {
        struct fy_event *event = fy_parser_parse(reader->parser);
        bool was_end = event && is_end(event);
        struct yaml_node *child = event && !was_end ? read_node(reader, event) : NULL;

        fy_parser_event_free(reader->parser, event);
        if (was_end)
            return true;
        if (!child)
            return false;
        if (child->place.line == 0)
            child->place = list->place; /* an empty element stands nowhere */
        *ARENA_PUSH(reader->arena, list->children, list->children_count) = child;
    }
}

static void refuse_twice(struct reader *reader, const struct yaml_node *mapping, const struct yaml_node *key)
{
    const struct yaml_node *first = yaml_find(mapping, key->text);

    if (strcmp(key->text, "<<") == 0 && key->is_plain)
        tell(reader, key->place, "merge keys (<<) are not supported: write it out where it is needed");
    if (first)
        tell(reader, key->place, "'%.80s' is given twice, first in line %d", key->text, first->key_place.line);
}

static bool read_pair(struct reader *reader, struct yaml_node *mapping, struct fy_event *key_event)
{
    struct yaml_node *key = read_node(reader, key_event);
    struct fy_event *event = key ? fy_parser_parse(reader->parser) : NULL;
    struct yaml_node *value = event ? read_node(reader, event) : NULL;

    fy_parser_event_free(reader->parser, event);
    if (!value)
        return false;
    if (key->kind != YAML_SCALAR) {
        tell(reader, key->place, "a key must be a text");
        return true;
    }
    if (mapping->children_count == YAML_KEYS_MAX) {
        tell(reader, key->place, "more than %d keys in one mapping", YAML_KEYS_MAX);
        return false;
    }
    refuse_twice(reader, mapping, key);
    value->key = key->text;
    value->key_place = key->place;
    if (value->place.line == 0)
        value->place = key->place; /* nothing stands nowhere */
    *ARENA_PUSH(reader->arena, mapping->children, mapping->children_count) = value;
    return true;
}

static bool read_mapping(struct reader *reader, struct yaml_node *mapping)
{
    for (;;) {
        struct fy_event *event = fy_parser_parse(reader->parser);
        bool was_end = event && is_end(event);
        bool is_good = event && !was_end && read_pair(reader, mapping, event);

        fy_parser_event_free(reader->parser, event);
        if (was_end)
            return true;
        if (!is_good)
            return false;
    }
}

static struct yaml_node *read_nested(struct reader *reader, struct fy_event *event, enum yaml_kind kind,
                                     bool (*read)(struct reader *, struct yaml_node *))
{
    struct yaml_node *node = node_new(reader, kind, event);
    bool is_good;

    if (reader->depth == YAML_DEPTH_MAX) {
        tell(reader, node->place, "nested deeper than %d levels", YAML_DEPTH_MAX);
        return NULL;
    }
    reader->depth++;
    is_good = read(reader, node);
    reader->depth--;
    return is_good ? node : NULL;
}

/* NULL: the rest cannot be read. */
static struct yaml_node *read_node(struct reader *reader, struct fy_event *event)
{
    refuse_decorations(reader, event);
    switch (event->type) {
    case FYET_SCALAR:
        return scalar_node(reader, event);
    case FYET_SEQUENCE_START:
        return read_nested(reader, event, YAML_LIST, read_list);
    case FYET_MAPPING_START:
        return read_nested(reader, event, YAML_MAPPING, read_mapping);
    case FYET_ALIAS:
        return alias_node(reader, event);
    default:
        return NULL;
    }
}

/* ---- the document ---- */

static bool is_framing(const struct fy_event *event)
{
    return event->type == FYET_STREAM_START || event->type == FYET_DOCUMENT_START || event->type == FYET_DOCUMENT_END ||
           event->type == FYET_STREAM_END;
}

static struct yaml_node *read_document(struct reader *reader)
{
    struct yaml_node *root = NULL;
    bool is_reading = true;

    while (is_reading) {
        struct fy_event *event = fy_parser_parse(reader->parser);

        is_reading = event != NULL;
        if (event && event->type == FYET_DOCUMENT_START && root) {
            tell(reader, place_of(event), "a second document begins; only one is read");
            is_reading = false;
        } else if (event && !is_framing(event)) {
            root = read_node(reader, event);
            is_reading = root != NULL;
        }
        fy_parser_event_free(reader->parser, event);
    }
    return root;
}

/* libfyaml tells its errors through a diag that keeps them; "file:line:column" are separate there. */
static bool tell_collected(struct reader *reader, struct fy_diag *diag)
{
    const struct fy_diag_error *error;
    void *at = NULL;
    bool has_errors = false;

    while ((error = fy_diag_errors_iterate(diag, &at))) {
        if (error->type == FYET_ERROR) {
            tell(reader, (struct yaml_place){ error->line, error->column }, "not YAML: %s",
                 error->msg ? error->msg : "?");
            has_errors = true;
        }
    }
    return has_errors;
}

static struct yaml_node *parse_with(struct fy_diag *diag, struct str text, struct reader *reader)
{
    const struct fy_parse_cfg cfg = {
        .search_path = "",
        .flags =
            FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE | FYPCF_DISABLE_MMAP_OPT,
        .diag = diag,
    };
    struct yaml_node *root = NULL;

    reader->parser = fy_parser_create(&cfg);
    if (reader->parser && fy_parser_set_string(reader->parser, text.at, text.len) == 0)
        root = read_document(reader);
    if (tell_collected(reader, diag))
        root = NULL;
    else if (!root && !reader->has_told)
        tell(reader, (struct yaml_place){ 1, 1 }, "the file says nothing");
    fy_parser_destroy(reader->parser);
    return root;
}

/* Bytes no text has a use for are refused before the parser sees them. */
static bool check_bytes(struct reader *reader, struct str text)
{
    struct str rest = text;
    int line = 0;

    while (rest.len > 0) {
        struct str piece = str_take_until(&rest, '\n');

        line++;
        if (!utf8_is_valid(piece)) {
            tell(reader, (struct yaml_place){ line, 1 }, "this line is not valid UTF-8 text, or holds a NUL character");
            return false;
        }
    }
    return true;
}

static struct fy_diag *collecting_diag(void)
{
    struct fy_diag_cfg cfg;
    struct fy_diag *diag;

    fy_diag_cfg_default(&cfg);
    cfg.fp = NULL;
    diag = fy_diag_create(&cfg);
    if (!diag)
        abort(); /* out of memory */
    fy_diag_set_collect_errors(diag, true);
    return diag;
}

struct yaml_node *yaml_parse(struct str text, struct arena *arena, yaml_wrong_fn wrong, void *arg)
{
    struct reader reader = { .arena = arena, .wrong = wrong, .arg = arg };
    struct fy_diag *diag;
    struct yaml_node *root;

    if (!check_bytes(&reader, text))
        return NULL;
    diag = collecting_diag();
    root = parse_with(diag, text, &reader);
    fy_diag_destroy(diag);
    return root;
}

/* ---- looking at it ---- */

bool yaml_is_nothing(const struct yaml_node *node)
{
    return node->kind == YAML_SCALAR && node->is_plain &&
           (!node->text[0] || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

const char *yaml_kind_name(const struct yaml_node *node)
{
    static const char *const names[] = { "a single value", "a list", "a mapping" };

    return yaml_is_nothing(node) ? "nothing" : names[node->kind];
}

const struct yaml_node *yaml_find(const struct yaml_node *mapping, const char *key)
{
    for (size_t i = 0; i < mapping->children_count; i++)
        if (strcmp(mapping->children[i]->key, key) == 0)
            return mapping->children[i];
    return NULL;
}
