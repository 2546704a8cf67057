#include "integrations/bounds.h"

#include "bot/base/time.h"

#include <string.h>

#define WHOLE_MAX_BYTES 500 /* addresses, and names of labels, in the widest bounds */

static const struct {
    size_t text_bytes, list;
} steps[] = { { 8192, 100 }, { 2048, 100 }, { 512, 100 }, { 256, 50 }, { 256, 20 }, { 128, 8 }, { 32, 3 } };

bool bounds_narrow(struct bounds *bounds)
{
    if (bounds->step + 1 == ARRAY_LEN(steps))
        return false;
    bounds->step++;
    bounds->is_cut = false;
    return true;
}

static const char *cut_at(struct bounds *bounds, const char *text, size_t max_bytes)
{
    size_t len = max_bytes;

    if (strlen(text) <= max_bytes)
        return text;
    bounds->is_cut = true;
    while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80) /* not between the bytes of one character */
        len--;
    return arena_copy(bounds->arena, (struct str){ text, len });
}

const char *bounds_text(struct bounds *bounds, const cJSON *json, const char *path)
{
    const char *text = json_find_string(json, path);

    return text && text[0] ? cut_at(bounds, text, steps[bounds->step].text_bytes) : NULL;
}

static size_t whole_max(const struct bounds *bounds)
{
    size_t text_bytes = steps[bounds->step].text_bytes;

    return text_bytes < WHOLE_MAX_BYTES ? text_bytes : WHOLE_MAX_BYTES;
}

const char *bounds_whole(struct bounds *bounds, const cJSON *json, const char *path)
{
    const char *text = json_find_string(json, path);

    if (!text || !text[0])
        return NULL;
    if (strlen(text) <= whole_max(bounds))
        return text;
    bounds->is_cut = true;
    return NULL;
}

const char *bounds_page(struct bounds *bounds, const cJSON *json, const char *path)
{
    const char *url = bounds_whole(bounds, json, path);

    if (!url || (!str_starts_with(str_of(url), "https://") && !str_starts_with(str_of(url), "http://")))
        return NULL;
    for (const char *c = url; *c; c++)
        if (*c <= ' ' || *c > '~' || strchr("<>|`\"", *c))
            return NULL;
    return url;
}

bool bounds_has_room(struct bounds *bounds, size_t count)
{
    if (count < steps[bounds->step].list)
        return true;
    bounds->is_cut = true;
    return false;
}

static struct shape_pair *find_pair(struct shape_pair *pairs, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].key, key) == 0)
            return &pairs[i];
    return NULL;
}

struct shape_pair *bounds_pairs(struct bounds *bounds, const cJSON *json, const char *path, size_t *ret_count)
{
    const cJSON *object = json_find(json, path);
    struct shape_pair *pairs = NULL, *pair;
    size_t count = 0;

    *ret_count = 0;
    if (!cJSON_IsObject(object))
        return NULL;
    JSON_EACH(item, object) {
        if (!cJSON_IsString(item) || !item->string || !item->string[0])
            continue;
        if (strlen(item->string) > whole_max(bounds)) {
            bounds->is_cut = true;
            continue;
        }
        pair = find_pair(pairs, count, item->string);
        if (!pair && !bounds_has_room(bounds, count))
            break;
        if (!pair)
            pair = ARENA_PUSH(bounds->arena, pairs, count);
        pair->key = item->string;
        pair->value = cut_at(bounds, item->valuestring, steps[bounds->step].text_bytes);
    }
    *ret_count = count;
    return pairs;
}

int64_t bounds_time(const cJSON *json, const char *path)
{
    const char *text = json_find_string(json, path);
    int64_t unix_ms = 0;
    struct error ignored;

    return text && time_parse(str_of(text), &unix_ms, &ignored) && unix_ms > 0 ? unix_ms : 0;
}
