/* tree.h - what the sandbox needs of JSON trees beyond bot/base/json.h: trees that are kept and changed.
 *
 * The sandbox speaks the JSON of other people's APIs, so most of what it keeps is kept in exactly that shape. Getters
 * borrow from the tree, accept NULL for it, take a member's plain name (dots and all) and see a wrong type as missing.
 */
#ifndef SANDBOX_TREE_H
#define SANDBOX_TREE_H

#include "bot/base/json.h"

#include <stdbool.h>
#include <stdint.h>

cJSON *tree_get(const cJSON *tree, const char *key);
const char *tree_text(const cJSON *tree, const char *key); /* NULL when missing */
const char *tree_text_or(const cJSON *tree, const char *key, const char *otherwise);
int64_t tree_int(const cJSON *tree, const char *key, int64_t otherwise);   /* a whole JSON number, never a text */
bool tree_true(const cJSON *tree, const char *key);                        /* only JSON's true */
bool tree_has_text(const cJSON *tree, const char *key, const char *value); /* is that member this very text? */
cJSON *tree_find(const cJSON *list, const char *key, const char *value);   /* first element with that text member */
bool tree_equal(const cJSON *a, const cJSON *b);                           /* NULL equals only NULL */

void tree_set_text(cJSON *tree, const char *key, const char *value); /* "" and NULL remove the member: Google's way */
void tree_set_textf(cJSON *tree, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);
void tree_copy(cJSON *to, const cJSON *from,
               const char *key);             /* deep; leaves `to` alone when `from` has no such member */
void tree_keep_last(cJSON *list, int count); /* drops elements from the front */

void tree_leave_out_defaults(
    cJSON *tree); /* protobuf's JSON: no zero, false, empty text, list or object; maps keep theirs */

char *text_format(const char *fmt, ...) PRINTF_LIKE(1, 2); /* the caller frees */
bool text_is(const char *text, const char *other);         /* NULL is no text at all */
bool text_starts(const char *text, const char *start);
size_t text_chars(const char *text); /* characters of UTF-8, not bytes */

#endif
