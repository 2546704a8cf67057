#include "bot/base/shape.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MASK "***"
#define MILLION 1000000.0

static void *member(const struct shape_field *field, const void *value)
{
    return (char *)(uintptr_t)value + field->offset;
}

static size_t *count_of(const struct shape_field *field, const void *value)
{
    return (size_t *)(void *)((char *)(uintptr_t)value + field->count_offset);
}

static void *pointer_at(const void *at)
{
    void *pointer;

    memcpy(&pointer, at, sizeof(pointer));
    return pointer;
}

static void put_pointer(void *at, const void *pointer)
{
    memcpy(at, &pointer, sizeof(pointer));
}

const struct shape_field *shape_find(const struct shape *shape, struct str name)
{
    for (size_t i = 0; i < shape->count; i++)
        if (shape->fields[i].name && str_is(name, shape->fields[i].name))
            return &shape->fields[i];
    return NULL;
}

/* ---- what a row expects, in words ---- */

static const char *expects_names(const struct shape_field *field)
{
    static _Thread_local char words[400];
    AUTO_BUF struct buf buf = BUF(sizeof(words) - 1);

    buf_puts(&buf, "one of ");
    for (size_t i = 0; field->names[i]; i++)
        buf_addf(&buf, "%s%s", i ? ", " : "", field->names[i]);
    snprintf(words, sizeof(words), "%s", buf_text(&buf));
    return words;
}

const char *shape_expects(const struct shape_field *field)
{
    static const char *const words[] = {
        [SHAPE_STRING] = "a text",
        [SHAPE_INT] = "a whole number",
        [SHAPE_BOOL] = "true or false",
        [SHAPE_MS] = "a duration such as 30s, 5m or 48h",
        [SHAPE_BYTES] = "a size such as 512KiB or 1MiB",
        [SHAPE_RATIO] = "a share such as 0.5% or 0.005, or a plain number",
        [SHAPE_OBJECT] = "a mapping { key: value }",
        [SHAPE_OPTION] = "a mapping { key: value }",
        [SHAPE_STRINGS] = "a list of texts",
        [SHAPE_OBJECTS] = "a list of mappings",
        [SHAPE_MAP] = "a mapping of texts",
        [SHAPE_JSON] = "any value",
        [SHAPE_LINE] = "nothing",
    };

    return field->type == SHAPE_ENUM ? expects_names(field) : words[field->type];
}

/* ---- scalars as they stand in a file ---- */

static bool not_what_is_expected(const struct shape_field *field, struct str text, struct error *err)
{
    return error_set(err, ERR_INVALID, "expected %s, found '%.*s'", shape_expects(field),
                     (int)(text.len < 60 ? text.len : 60), text.at ? text.at : "");
}

static bool parse_bytes(struct str text, int64_t *ret_value)
{
    static const struct {
        const char *suffix;
        int64_t factor;
    } rows[] = { { "KiB", 1024 }, { "MiB", 1024 * 1024 }, { "GiB", 1024 * 1024 * 1024 }, { "B", 1 }, { "", 1 } };
    struct error ignored;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str number = text;

        if (!str_ends_with(text, rows[i].suffix))
            continue;
        number.len -= strlen(rows[i].suffix);
        return parse_int(number, 0, INT64_MAX / rows[i].factor, ret_value, &ignored) &&
               (*ret_value *= rows[i].factor, true);
    }
    return false;
}

static bool parse_ratio(struct str text, double *ret_value)
{
    bool is_percent = str_ends_with(text, "%");
    struct str number = { text.at, text.len - (is_percent ? 1 : 0) };
    AUTO_FREE char *copy = str_copy(number);
    char *end;
    double value;

    if (number.len == 0 || strspn(copy, "0123456789.") != number.len)
        return false;
    value = strtod(copy, &end);
    if (*end || !isfinite(value))
        return false;
    *ret_value = is_percent ? value / 100 : value;
    return true;
}

static bool parse_enum(const struct shape_field *field, struct str text, int *ret_value)
{
    for (int i = 0; field->names[i]; i++) {
        if (str_is(text, field->names[i])) {
            *ret_value = i;
            return true;
        }
    }
    return false;
}

static bool parse_bool(struct str text, bool *ret_value)
{
    *ret_value = str_is(text, "true");
    return *ret_value || str_is(text, "false");
}

bool shape_set_scalar(const struct shape_field *field, struct str text, struct arena *arena, void *value,
                      struct error *err)
{
    void *at = member(field, value);
    bool is_good;

    switch (field->type) {
    case SHAPE_STRING:
        put_pointer(at, arena_copy(arena, text));
        is_good = true;
        break;
    case SHAPE_INT:
        is_good = parse_int(text, INT64_MIN, INT64_MAX, at, err);
        break;
    case SHAPE_BOOL:
        is_good = parse_bool(text, at);
        break;
    case SHAPE_MS:
        is_good = duration_parse(text, at, err);
        break;
    case SHAPE_BYTES:
        is_good = parse_bytes(text, at);
        break;
    case SHAPE_RATIO:
        is_good = parse_ratio(text, at);
        break;
    case SHAPE_ENUM:
        is_good = parse_enum(field, text, at);
        break;
    case SHAPE_STRINGS: {
        const char **one = arena_alloc(arena, sizeof(*one));

        is_good = (field->flags & SHAPE_ONE_OR_MANY) != 0;
        one[0] = arena_copy(arena, text);
        put_pointer(at, one);
        *count_of(field, value) = 1;
        break;
    }
    default:
        is_good = false;
    }
    return is_good ? shape_check_range(field, value, err) : not_what_is_expected(field, text, err);
}

static void say_bytes(int64_t bytes, struct buf *out) /* in the largest unit that is exact */
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB" };
    size_t unit = 0;

    while (bytes > 0 && bytes % 1024 == 0 && unit + 1 < ARRAY_LEN(units)) {
        bytes /= 1024;
        unit++;
    }
    buf_addf(out, "%" PRId64 "%s", bytes, units[unit]);
}

static void say_limit(const struct shape_field *field, int64_t limit, struct buf *out)
{
    if (field->type == SHAPE_MS)
        buf_puts(out, duration_format(limit).text);
    else if (field->type == SHAPE_RATIO && field->max <= MILLION) /* a share */
        buf_addf(out, "%g%%", (double)limit * 100 / MILLION);
    else if (field->type == SHAPE_RATIO)
        buf_addf(out, "%g", (double)limit / MILLION);
    else if (field->type == SHAPE_BYTES)
        say_bytes(limit, out);
    else
        buf_addf(out, "%" PRId64, limit);
}

void shape_say_range(const struct shape_field *field, struct buf *out)
{
    static const char *const measures[] = {
        [SHAPE_STRING] = "length ", [SHAPE_STRINGS] = "count ", [SHAPE_OBJECTS] = "count ",
        [SHAPE_MAP] = "count ",     [SHAPE_LINE] = NULL,
    };

    if (field->min == 0 && field->max == 0)
        return;
    buf_addf(out, "%sfrom ", measures[field->type] ? measures[field->type] : "");
    say_limit(field, field->min, out);
    buf_puts(out, " to ");
    say_limit(field, field->max, out);
}

static bool out_of_range(const struct shape_field *field, struct error *err)
{
    AUTO_BUF struct buf range = BUF(200);

    shape_say_range(field, &range);
    return error_set(err, ERR_INVALID, "out of range: %s", buf_text(&range));
}

bool shape_check_range(const struct shape_field *field, const void *value, struct error *err)
{
    const void *at = member(field, value);
    const char *text;
    int64_t number;

    if (field->min == 0 && field->max == 0)
        return true;
    switch (field->type) {
    case SHAPE_INT:
    case SHAPE_MS:
    case SHAPE_BYTES:
        memcpy(&number, at, sizeof(number));
        return (number >= field->min && number <= field->max) || out_of_range(field, err);
    case SHAPE_RATIO: {
        double ratio;

        memcpy(&ratio, at, sizeof(ratio));
        return (ratio >= (double)field->min / MILLION && ratio <= (double)field->max / MILLION) ||
               out_of_range(field, err);
    }
    case SHAPE_STRING:
        text = pointer_at(at);
        number = text ? (int64_t)strlen(text) : 0;
        return (number >= field->min && number <= field->max) || out_of_range(field, err);
    case SHAPE_STRINGS:
    case SHAPE_OBJECTS:
    case SHAPE_MAP:
        number = (int64_t)*count_of(field, value);
        return (number >= field->min && number <= field->max) || out_of_range(field, err);
    default:
        return true;
    }
}

void shape_set_defaults(const struct shape *shape, struct arena *arena, void *value)
{
    struct error err;

    memset(value, 0, shape->size);
    for (size_t i = 0; i < shape->count; i++) {
        const struct shape_field *field = &shape->fields[i];

        if (field->type == SHAPE_OBJECT)
            shape_set_defaults(field->of, arena, member(field, value));
        else if (field->otherwise && !shape_set_scalar(field, str_of(field->otherwise), arena, value, &err))
            abort();
    }
}

/* ---- to JSON ---- */

static bool is_zero(const struct shape_field *field, const void *value)
{
    const void *at = member(field, value);
    const char *text;

    switch (field->type) {
    case SHAPE_STRING:
        text = pointer_at(at);
        return !text || !text[0];
    case SHAPE_INT:
    case SHAPE_MS:
    case SHAPE_BYTES:
        return *(const int64_t *)at == 0;
    case SHAPE_RATIO:
        return fpclassify(*(const double *)at) == FP_ZERO;
    case SHAPE_BOOL:
        return !*(const bool *)at;
    case SHAPE_ENUM:
        return *(const int *)at == 0;
    case SHAPE_OPTION:
    case SHAPE_JSON:
        return pointer_at(at) == NULL;
    case SHAPE_STRINGS:
    case SHAPE_OBJECTS:
    case SHAPE_MAP:
        return *count_of(field, value) == 0;
    default:
        return false;
    }
}

static cJSON *strings_to_json(const struct shape_field *field, const void *value, bool is_masked)
{
    const char **texts = pointer_at(member(field, value));
    cJSON *array = json_array();

    for (size_t i = 0; i < *count_of(field, value); i++)
        json_add_string(array, is_masked ? MASK : texts[i]);
    return array;
}

static cJSON *objects_to_json(const struct shape_field *field, const void *value, enum shape_view view)
{
    const char *objects = pointer_at(member(field, value));
    cJSON *array = json_array();

    for (size_t i = 0; i < *count_of(field, value); i++)
        json_add(array, shape_to_json(field->of, objects + i * field->of->size, view));
    return array;
}

static cJSON *map_to_json(const struct shape_field *field, const void *value, bool is_masked)
{
    const struct shape_pair *pairs = pointer_at(member(field, value));
    cJSON *object = json_object();

    for (size_t i = 0; i < *count_of(field, value); i++)
        json_set_string(object, pairs[i].key, is_masked ? MASK : pairs[i].value);
    return object;
}

static cJSON *field_to_json(const struct shape_field *field, const void *value, enum shape_view view)
{
    const void *at = member(field, value);
    bool is_masked = view == SHAPE_MASKED && (field->flags & SHAPE_SECRET) && !is_zero(field, value);

    switch (field->type) {
    case SHAPE_STRING:
        return pointer_at(at) ? json_string(is_masked ? MASK : pointer_at(at)) : cJSON_CreateNull();
    case SHAPE_INT:
    case SHAPE_MS:
    case SHAPE_BYTES:
        return cJSON_CreateNumber((double)*(const int64_t *)at);
    case SHAPE_RATIO:
        return cJSON_CreateNumber(*(const double *)at);
    case SHAPE_BOOL:
        return cJSON_CreateBool(*(const bool *)at);
    case SHAPE_ENUM:
        return cJSON_CreateString(field->names[*(const int *)at]);
    case SHAPE_OBJECT:
        return shape_to_json(field->of, at, view);
    case SHAPE_OPTION:
        return pointer_at(at) ? shape_to_json(field->of, pointer_at(at), view) : cJSON_CreateNull();
    case SHAPE_STRINGS:
        return strings_to_json(field, value, is_masked);
    case SHAPE_OBJECTS:
        return objects_to_json(field, value, view);
    case SHAPE_MAP:
        return map_to_json(field, value, is_masked);
    case SHAPE_JSON:
        return is_masked ? cJSON_CreateString(MASK) : pointer_at(at) ? json_copy(pointer_at(at)) : cJSON_CreateNull();
    default:
        return NULL;
    }
}

cJSON *shape_to_json(const struct shape *shape, const void *value, enum shape_view view)
{
    cJSON *object = json_object();

    for (size_t i = 0; i < shape->count; i++) {
        const struct shape_field *field = &shape->fields[i];

        if (field->type != SHAPE_LINE && !((field->flags & SHAPE_NONZERO) && is_zero(field, value)))
            json_set(object, field->name, field_to_json(field, value, view));
    }
    return object;
}

/* ---- from JSON ---- */

static bool expected(const struct shape_field *field, struct error *err)
{
    return error_set(err, ERR_INVALID, "expected %s", shape_expects(field));
}

static bool strings_from_json(const struct shape_field *field, const cJSON *json, struct arena *arena, void *value,
                              struct error *err)
{
    const char **texts = NULL;
    size_t count = 0;

    if (!cJSON_IsArray(json))
        return expected(field, err);
    JSON_EACH(item, json) {
        if (!cJSON_IsString(item))
            return expected(field, err);
        *ARENA_PUSH(arena, texts, count) = arena_strdup(arena, item->valuestring);
    }
    put_pointer(member(field, value), texts);
    *count_of(field, value) = count;
    return true;
}

static bool objects_from_json(const struct shape_field *field, const cJSON *json, struct arena *arena, void *value,
                              struct error *err)
{
    size_t count = (size_t)cJSON_GetArraySize(json), i = 0;
    char *objects = arena_alloc(arena, count * field->of->size);

    if (!cJSON_IsArray(json))
        return expected(field, err);
    JSON_EACH(item, json) {
        if (!shape_from_json(field->of, item, arena, objects + i * field->of->size, err))
            return error_wrap(err, "%zu", i);
        i++;
    }
    put_pointer(member(field, value), objects);
    *count_of(field, value) = count;
    return true;
}

static bool map_from_json(const struct shape_field *field, const cJSON *json, struct arena *arena, void *value,
                          struct error *err)
{
    struct shape_pair *pairs = NULL;
    size_t count = 0;

    if (!cJSON_IsObject(json))
        return expected(field, err);
    JSON_EACH(item, json) {
        if (!cJSON_IsString(item))
            return expected(field, err);
        *ARENA_PUSH(arena, pairs, count) =
            (struct shape_pair){ arena_strdup(arena, item->string), arena_strdup(arena, item->valuestring) };
    }
    put_pointer(member(field, value), pairs);
    *count_of(field, value) = count;
    return true;
}

static bool option_from_json(const struct shape_field *field, const cJSON *json, struct arena *arena, void *value,
                             struct error *err)
{
    void *object = arena_alloc(arena, field->of->size);

    if (!shape_from_json(field->of, json, arena, object, err))
        return false;
    put_pointer(member(field, value), object);
    return true;
}

static bool field_from_json(const struct shape_field *field, const cJSON *json, struct arena *arena, void *value,
                            struct error *err)
{
    void *at = member(field, value);

    switch (field->type) {
    case SHAPE_STRING:
        if (!cJSON_IsString(json))
            return expected(field, err);
        put_pointer(at, arena_strdup(arena, json->valuestring));
        return true;
    case SHAPE_INT:
    case SHAPE_MS:
    case SHAPE_BYTES:
        return json_get_int(json, "", at, err) || expected(field, err);
    case SHAPE_RATIO:
        if (!cJSON_IsNumber(json))
            return expected(field, err);
        memcpy(at, &json->valuedouble, sizeof(double));
        return true;
    case SHAPE_BOOL:
        return json_get_bool(json, "", at, err) || expected(field, err);
    case SHAPE_ENUM:
        return (cJSON_IsString(json) && parse_enum(field, str_of(json->valuestring), at)) || expected(field, err);
    case SHAPE_OBJECT:
        return shape_from_json(field->of, json, arena, at, err);
    case SHAPE_OPTION:
        return option_from_json(field, json, arena, value, err);
    case SHAPE_STRINGS:
        return strings_from_json(field, json, arena, value, err);
    case SHAPE_OBJECTS:
        return objects_from_json(field, json, arena, value, err);
    case SHAPE_MAP:
        return map_from_json(field, json, arena, value, err);
    case SHAPE_JSON: {
        cJSON *copy = json_copy(json);

        arena_defer(arena, (void (*)(void *))cJSON_Delete, copy);
        put_pointer(at, copy);
        return true;
    }
    default:
        return true;
    }
}

bool shape_from_json(const struct shape *shape, const cJSON *json, struct arena *arena, void *value, struct error *err)
{
    shape_set_defaults(shape, arena, value);
    if (!cJSON_IsObject(json))
        return error_set(err, ERR_INVALID, "expected an object for %s", shape->name);
    for (size_t i = 0; i < shape->count; i++) {
        const struct shape_field *field = &shape->fields[i];
        const cJSON *item = field->name ? cJSON_GetObjectItemCaseSensitive(json, field->name) : NULL;

        if (!item || cJSON_IsNull(item)) {
            if (field->flags & SHAPE_REQUIRED)
                return error_set(err, ERR_INVALID, "%s: missing", field->name);
            continue;
        }
        if (!field_from_json(field, item, arena, value, err))
            return error_wrap(err, "%s", field->name);
    }
    return true;
}
