#include "tree.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

cJSON *tree_get(const cJSON *tree, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(tree, key);
}

const char *tree_text(const cJSON *tree, const char *key)
{
    return cJSON_GetStringValue(tree_get(tree, key));
}

const char *tree_text_or(const cJSON *tree, const char *key, const char *otherwise)
{
    const char *text = tree_text(tree, key);

    return text ? text : otherwise;
}

int64_t tree_int(const cJSON *tree, const char *key, int64_t otherwise)
{
    const cJSON *item = tree_get(tree, key);

    if (!cJSON_IsNumber(item) || fabs(item->valuedouble) > 9e15 || floor(item->valuedouble) < item->valuedouble)
        return otherwise;
    return (int64_t)item->valuedouble;
}

bool tree_true(const cJSON *tree, const char *key)
{
    return cJSON_IsTrue(tree_get(tree, key));
}

bool tree_has_text(const cJSON *tree, const char *key, const char *value)
{
    return text_is(tree_text(tree, key), value);
}

cJSON *tree_find(const cJSON *list, const char *key, const char *value)
{
    cJSON *item = NULL;

    cJSON_ArrayForEach(item, list) {
        if (tree_has_text(item, key, value))
            return item;
    }
    return NULL;
}

bool tree_equal(const cJSON *a, const cJSON *b)
{
    return (!a && !b) || (a && b && cJSON_Compare(a, b, true));
}

void tree_set_text(cJSON *tree, const char *key, const char *value)
{
    cJSON *item = value && *value ? cJSON_CreateString(value) : NULL; /* first: `value` may live in what we replace */

    cJSON_DeleteItemFromObjectCaseSensitive(tree, key);
    if (item)
        cJSON_AddItemToObject(tree, key, item);
}

static char *text_vformat(const char *fmt, va_list args)
{
    char *text = NULL;

    if (vasprintf(&text, fmt, args) < 0)
        abort();
    return text;
}

void tree_set_textf(cJSON *tree, const char *key, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    AUTO_FREE char *text = text_vformat(fmt, args);
    va_end(args);
    tree_set_text(tree, key, text);
}

void tree_copy(cJSON *to, const cJSON *from, const char *key)
{
    const cJSON *item = tree_get(from, key);

    if (item)
        json_set(to, key, json_copy(item));
}

void tree_keep_last(cJSON *list, int count)
{
    for (int size = cJSON_GetArraySize(list); size > count; size--)
        cJSON_DeleteItemFromArray(list, 0);
}

/* The values of a map are data, and an env's value is a choice that was made: they stay whatever they are. */
static bool is_kept_empty(const char *name)
{
    static const char *const kept[] = { "labels", "annotations", "limits", "nodeSelector", "value" };

    for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
        if (text_is(name, kept[i]))
            return true;
    }
    return false;
}

static bool is_default(const cJSON *item)
{
    if (cJSON_IsObject(item) || cJSON_IsArray(item))
        return !item->child;
    if (cJSON_IsString(item))
        return !*item->valuestring;
    return cJSON_IsFalse(item) || cJSON_IsNull(item) || (cJSON_IsNumber(item) && fabs(item->valuedouble) < 1e-300);
}

void tree_leave_out_defaults(cJSON *tree)
{
    for (cJSON *item = tree->child, *next = NULL; item; item = next) {
        next = item->next;
        if ((cJSON_IsObject(item) || cJSON_IsArray(item)) && !is_kept_empty(item->string))
            tree_leave_out_defaults(item);
        if (cJSON_IsObject(tree) && is_default(item) && !text_is(item->string, "value"))
            cJSON_Delete(cJSON_DetachItemViaPointer(tree, item));
    }
}

char *text_format(const char *fmt, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, fmt);
    text = text_vformat(fmt, args);
    va_end(args);
    return text;
}

bool text_is(const char *text, const char *other)
{
    return text && other && strcmp(text, other) == 0;
}

bool text_starts(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

size_t text_chars(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80; /* every byte but UTF-8's followers */
    return count;
}
