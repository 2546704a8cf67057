/* json.h - JSON read by path into typed variables, and built by calls that cannot fail. (RFC 8259, on cJSON.)
 *
 * A path names members with dots and elements with numbers: "traffic.0.revision". Strings that are read are borrowed
 * from the tree. Objects refuse nothing unknown: senders add fields. Pure; safe on any thread.
 */
#ifndef OPSGATE_BASE_JSON_H
#define OPSGATE_BASE_JSON_H

#include "bot/base/arena.h"
#include "bot/base/buf.h"

#include <cjson/cJSON.h>

#include <stdint.h>

#define JSON_MAX_BYTES (32 * 1024 * 1024)

static inline void auto_json_delete(cJSON **value)
{
    cJSON_Delete(*value);
}
#define AUTO_JSON __attribute__((cleanup(auto_json_delete)))

/* Whole documents only: valid UTF-8, no NUL even as \u0000 (a C string would end there and mean something else), nesting
 * at most 64. The tree is the caller's: cJSON_Delete, or AUTO_JSON. */
bool json_parse(struct str text, cJSON **ret_json, struct error *err);
cJSON *json_parse_in(struct arena *arena, struct str text, struct error *err); /* goes with the arena; NULL on error */

const cJSON *json_find(const cJSON *json, const char *path); /* NULL when missing or null */
const char *json_find_string(const cJSON *json, const char *path); /* NULL when missing or no string */
int64_t json_find_int(const cJSON *json, const char *path, int64_t otherwise); /* also from "123", as Google writes int64 */
bool json_find_bool(const cJSON *json, const char *path, bool otherwise);

/* ERR_INVALID names the path and what was expected. */
bool json_get_string(const cJSON *json, const char *path, const char **ret_text, struct error *err);
bool json_get_int(const cJSON *json, const char *path, int64_t *ret_value, struct error *err); /* exact: within +-2^53 */
bool json_get_bool(const cJSON *json, const char *path, bool *ret_value, struct error *err);

#define JSON_EACH(item, array) for (const cJSON *item = (array) ? (array)->child : NULL; item; item = item->next)

/* What is built can always be parsed again: in a text, a byte that is not valid UTF-8 becomes '?'. Sentences quote
 * strangers and are cut to fit, in the middle of a character too. */
cJSON *json_object(void);
cJSON *json_array(void);
cJSON *json_string(const char *text);
void json_set_string(cJSON *object, const char *name, const char *text); /* NULL leaves it out */
void json_set_str(cJSON *object, const char *name, struct str text);
void json_set_int(cJSON *object, const char *name, int64_t value);
void json_set_bool(cJSON *object, const char *name, bool value);
void json_set_double(cJSON *object, const char *name, double value);
cJSON *json_set(cJSON *object, const char *name, cJSON *value); /* takes value; replaces an older one; returns value */
cJSON *json_add(cJSON *array, cJSON *value);                    /* takes value; returns it */
void json_add_string(cJSON *array, const char *text);
cJSON *json_copy(const cJSON *json); /* deep; NULL gives NULL */

/* How many bytes from `at` on, `end` at most, stand in a JSON text for themselves: no quote, no backslash, nothing below a
 * blank. Most of a document is that: whoever looks for its marks may skip so many. */
size_t json_plain_len(const char *at, const char *end);

char *json_print(const cJSON *json);                            /* compact; the caller frees it */
char *json_print_in(struct arena *arena, const cJSON *json);    /* compact, in the arena */
void json_print_to(struct buf *buf, const cJSON *json);

#endif
