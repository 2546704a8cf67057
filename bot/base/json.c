#include "bot/base/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define JSON_MAX_DEPTH 64
#define EXACT_MAX 9007199254740991.0 /* 2^53 - 1: 2^53 may have been its neighbour, which a double rounds to it */

/* One pass over the text before cJSON sees it: nesting (its own limit is 1000 and it recurses) and \u0000. */
static bool is_tame(struct str text, struct error *err)
{
    bool in_string = false;
    int depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (in_string && c == '\\') {
            struct str rest = { text.at + i, text.len - i };

            if (str_starts_with(rest, "\\u0000"))
                return error_set(err, ERR_INVALID, "JSON: \\u0000 at byte %zu", i);
            i++;
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && (c == '{' || c == '[')) {
            if (++depth > JSON_MAX_DEPTH)
                return error_set(err, ERR_INVALID, "JSON: nested deeper than %d", JSON_MAX_DEPTH);
        } else if (!in_string && (c == '}' || c == ']')) {
            depth--;
        }
    }
    return true;
}

bool json_parse(struct str text, cJSON **ret_json, struct error *err)
{
    const char *end = NULL;
    cJSON *json;

    if (text.len > JSON_MAX_BYTES)
        return error_set(err, ERR_TOO_LARGE, "JSON: %zu bytes, at most %d", text.len, JSON_MAX_BYTES);
    if (!utf8_is_valid(text))
        return error_set(err, ERR_INVALID, "JSON: not valid UTF-8");
    if (!is_tame(text, err))
        return false;
    json = cJSON_ParseWithLengthOpts(text.at ? text.at : "", text.len, &end, 0);
    if (!json)
        return error_set(err, ERR_INVALID, "JSON: malformed at byte %zu",
                         end && text.at ? (size_t)(end - text.at) : (size_t)0);
    if (str_trim((struct str){ end, text.len - (size_t)(end - text.at) }).len > 0) {
        cJSON_Delete(json);
        return error_set(err, ERR_INVALID, "JSON: something follows the value at byte %zu", (size_t)(end - text.at));
    }
    *ret_json = json;
    return true;
}

static void release_json(void *json)
{
    cJSON_Delete(json);
}

cJSON *json_parse_in(struct arena *arena, struct str text, struct error *err)
{
    cJSON *json;

    if (!json_parse(text, &json, err))
        return NULL;
    arena_defer(arena, release_json, json);
    return json;
}

static const cJSON *step(const cJSON *json, struct str name)
{
    struct error ignored;
    int64_t index;

    if (cJSON_IsArray(json))
        return parse_int(name, 0, INT32_MAX, &index, &ignored) ? cJSON_GetArrayItem(json, (int)index) : NULL;
    JSON_EACH(item, json)
        if (item->string && str_is(name, item->string))
            return item;
    return NULL;
}

const cJSON *json_find(const cJSON *json, const char *path)
{
    struct str rest = str_of(path);

    while (json && rest.len > 0)
        json = step(json, str_take_until(&rest, '.'));
    return json && !cJSON_IsNull(json) ? json : NULL;
}

const char *json_find_string(const cJSON *json, const char *path)
{
    const cJSON *found = json_find(json, path);

    return cJSON_IsString(found) ? found->valuestring : NULL;
}

/* An exact integer, from a number or from a string of digits (how Google writes int64). */
static bool is_exact_int(const cJSON *json, int64_t *ret_value)
{
    struct error ignored;

    if (cJSON_IsString(json))
        return parse_int(str_of(json->valuestring), -(int64_t)EXACT_MAX, (int64_t)EXACT_MAX, ret_value, &ignored);
    if (!cJSON_IsNumber(json) || fabs(json->valuedouble) > EXACT_MAX || json->valuedouble != floor(json->valuedouble))
        return false;
    *ret_value = (int64_t)json->valuedouble;
    return true;
}

int64_t json_find_int(const cJSON *json, const char *path, int64_t otherwise)
{
    int64_t value;

    return is_exact_int(json_find(json, path), &value) ? value : otherwise;
}

bool json_find_bool(const cJSON *json, const char *path, bool otherwise)
{
    const cJSON *found = json_find(json, path);

    return cJSON_IsBool(found) ? cJSON_IsTrue(found) : otherwise;
}

static bool wrong(const cJSON *found, const char *path, const char *expected, struct error *err)
{
    return error_set(err, ERR_INVALID, found ? "%s: expected %s" : "%s: missing (expected %s)", path, expected);
}

bool json_get_string(const cJSON *json, const char *path, const char **ret_text, struct error *err)
{
    const cJSON *found = json_find(json, path);

    if (!cJSON_IsString(found))
        return wrong(found, path, "a string", err);
    *ret_text = found->valuestring;
    return true;
}

bool json_get_int(const cJSON *json, const char *path, int64_t *ret_value, struct error *err)
{
    const cJSON *found = json_find(json, path);

    return is_exact_int(found, ret_value) || wrong(found, path, "a whole number within 2^53", err);
}

bool json_get_bool(const cJSON *json, const char *path, bool *ret_value, struct error *err)
{
    const cJSON *found = json_find(json, path);

    if (!cJSON_IsBool(found))
        return wrong(found, path, "true or false", err);
    *ret_value = cJSON_IsTrue(found);
    return true;
}

static cJSON *or_die(cJSON *json)
{
    if (!json)
        abort(); /* out of memory, as everywhere */
    return json;
}

cJSON *json_object(void)
{
    return or_die(cJSON_CreateObject());
}

cJSON *json_array(void)
{
    return or_die(cJSON_CreateArray());
}

cJSON *json_set(cJSON *object, const char *name, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    if (!cJSON_AddItemToObject(object, name, or_die(value)))
        abort();
    return value;
}

cJSON *json_string(const char *text)
{
    AUTO_FREE char *repaired = utf8_is_valid(str_of(text)) ? NULL : utf8_repair(str_of(text));

    return or_die(cJSON_CreateString(repaired ? repaired : text));
}

void json_set_string(cJSON *object, const char *name, const char *text)
{
    if (text)
        json_set(object, name, json_string(text));
}

void json_set_str(cJSON *object, const char *name, struct str text)
{
    AUTO_FREE char *copy = str_copy(text);

    json_set_string(object, name, copy);
}

void json_set_int(cJSON *object, const char *name, int64_t value)
{
    json_set(object, name, cJSON_CreateNumber((double)value));
}

void json_set_double(cJSON *object, const char *name, double value)
{
    json_set(object, name, cJSON_CreateNumber(value));
}

void json_set_bool(cJSON *object, const char *name, bool value)
{
    json_set(object, name, cJSON_CreateBool(value));
}

cJSON *json_add(cJSON *array, cJSON *value)
{
    if (!cJSON_AddItemToArray(array, or_die(value)))
        abort();
    return value;
}

void json_add_string(cJSON *array, const char *text)
{
    json_add(array, json_string(text));
}

cJSON *json_copy(const cJSON *json)
{
    return json ? or_die(cJSON_Duplicate(json, true)) : NULL;
}

char *json_print(const cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);

    if (!text)
        abort();
    return text;
}

char *json_print_in(struct arena *arena, const cJSON *json)
{
    AUTO_FREE char *text = json_print(json);

    return arena_strdup(arena, text);
}

void json_print_to(struct buf *buf, const cJSON *json)
{
    AUTO_FREE char *text = json_print(json);

    buf_puts(buf, text);
}
