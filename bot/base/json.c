#include "bot/base/json.h"

#include <endian.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define JSON_MAX_DEPTH 64
#define STAGE_BYTES 512
#define WORD_BYTES sizeof(uint64_t)
#define ESCAPE_BYTES 6               /* of the longest: \u001f */
#define PLAIN_MAX 1e15               /* below it a whole number is printed with all its digits */
#define EXACT_MAX 9007199254740991.0 /* 2^53 - 1: 2^53 may have been its neighbour, which a double rounds to it */

/* Of eight bytes, how many until the first that is a quote, a backslash or below a blank. */
static size_t plain_in_word(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t word, quote, backslash, found;

    memcpy(&word, at, WORD_BYTES);
    word = le64toh(word);
    quote = word ^ ones * '"';
    backslash = word ^ ones * '\\';
    found = ((word - ones * ' ') | (quote - ones) | (backslash - ones)) & ~word & tops;
    return found ? (size_t)__builtin_ctzll(found) / 8 : WORD_BYTES; /* above the lowest bit there may be wrong ones */
}

static bool is_plain(char c)
{
    return c != '"' && c != '\\' && (unsigned char)c >= ' ';
}

size_t json_plain_len(const char *at, const char *end)
{
    const char *start = at;

    while ((size_t)(end - at) >= WORD_BYTES) {
        size_t plain = plain_in_word(at);

        at += plain;
        if (plain < WORD_BYTES)
            return (size_t)(at - start);
    }
    while (at < end && is_plain(*at))
        at++;
    return (size_t)(at - start);
}

/* One pass over the text before cJSON sees it: nesting (its own limit is 1000 and it recurses) and \u0000. */
static bool is_tame(struct str text, struct error *err)
{
    bool in_string = false;
    int depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c;

        if (in_string)
            i += json_plain_len(text.at + i, text.at + text.len);
        if (i == text.len)
            break;
        c = text.at[i];
        if (in_string && c == '\\') {
            struct str rest = { text.at + i, text.len - i };

            if (rest.len > 1 && rest.at[1] == 'u' && str_starts_with(rest, "\\u0000"))
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

/* ---- printing: what cJSON prints, byte for byte, without its passes over each text and its way with numbers ---- */

static size_t escape(char *to, unsigned char c)
{
    static const char letters[' '] = { ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't' };

    if (c < ' ' && !letters[c])
        return (size_t)snprintf(to, ESCAPE_BYTES + 1, "\\u%04x", c);
    to[0] = '\\';
    to[1] = c < ' ' ? letters[c] : (char)c;
    return 2;
}

static void print_text(struct buf *buf, const char *text)
{
    const char *end = text + strlen(text);
    char stage[STAGE_BYTES];
    size_t len = 0;

    stage[len++] = '"';
    while (text < end) {
        size_t plain = is_plain(*text);

        if (len > sizeof(stage) - 2 * WORD_BYTES) {
            buf_add(buf, stage, len);
            len = 0;
        }
        if ((size_t)(end - text) >= WORD_BYTES) {
            memcpy(stage + len, text, WORD_BYTES); /* what of it is not plain is written over */
            plain = plain_in_word(text);
        } else {
            stage[len] = *text;
        }
        text += plain;
        len += plain;
        if (plain < WORD_BYTES && text < end && !is_plain(*text))
            len += escape(stage + len, (unsigned char)*text++);
    }
    stage[len++] = '"';
    buf_add(buf, stage, len);
}

static void print_number(struct buf *buf, double number)
{
    bool is_plain = fabs(number) < PLAIN_MAX && number == floor(number) && (number != 0 || !signbit(number));
    char text[32];

    if (!isfinite(number)) {
        snprintf(text, sizeof(text), "null");
    } else if (is_plain) {
        snprintf(text, sizeof(text), "%" PRId64, (int64_t)number);
    } else {
        double again;

        snprintf(text, sizeof(text), "%1.15g", number);
        again = strtod(text, NULL);
        if (fabs(again - number) > fmax(fabs(number), fabs(again)) * DBL_EPSILON)
            snprintf(text, sizeof(text), "%1.17g", number);
    }
    buf_puts(buf, text);
}

static void print_value(struct buf *buf, const cJSON *json);

static void print_items(struct buf *buf, const cJSON *json, char open, char close)
{
    buf_putc(buf, open);
    JSON_EACH(item, json) {
        if (item != json->child)
            buf_putc(buf, ',');
        if (open == '{') {
            print_text(buf, item->string);
            buf_putc(buf, ':');
        }
        print_value(buf, item);
    }
    buf_putc(buf, close);
}

static void print_value(struct buf *buf, const cJSON *json)
{
    switch (json->type & 0xff) {
    case cJSON_String:
        print_text(buf, json->valuestring);
        break;
    case cJSON_Number:
        print_number(buf, json->valuedouble);
        break;
    case cJSON_Object:
        print_items(buf, json, '{', '}');
        break;
    case cJSON_Array:
        print_items(buf, json, '[', ']');
        break;
    case cJSON_True:
    case cJSON_False:
        buf_puts(buf, json->type & cJSON_True ? "true" : "false");
        break;
    case cJSON_Raw:
        buf_puts(buf, json->valuestring);
        break;
    default:
        buf_puts(buf, "null");
        break;
    }
}

void json_print_to(struct buf *buf, const cJSON *json)
{
    print_value(buf, json);
}

char *json_print(const cJSON *json)
{
    struct buf buf = BUF(SIZE_MAX / 4);

    print_value(&buf, json);
    return buf_take(&buf);
}

char *json_print_in(struct arena *arena, const cJSON *json)
{
    AUTO_BUF struct buf buf = BUF(SIZE_MAX / 4);

    print_value(&buf, json);
    return arena_copy(arena, buf_str(&buf));
}
