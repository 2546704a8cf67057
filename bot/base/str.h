/* str.h - a borrowed run of bytes, and cursors over it.
 *
 * A struct str owns nothing and may hold any byte, NUL included. Pure; safe on any thread.
 */
#ifndef OPSGATE_BASE_STR_H
#define OPSGATE_BASE_STR_H

#include "bot/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    const char *at; /* not terminated; may be NULL when len is 0 */
    size_t len;     /* bytes */
};

#define STR_LIT(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_FMT "%.*s"
#define STR_ARG(text) (int)(text).len, ((text).at ? (text).at : "")

struct str str_of(const char *text); /* NULL gives the empty string */
bool str_is_empty(struct str text);
bool str_equal(struct str a, struct str b);
bool str_is(struct str text, const char *literal);
bool str_equal_nocase(struct str a, struct str b); /* ASCII only */
bool text_equal(const char *a, const char *b);         /* both are there, and the same */
bool text_equal_or_none(const char *a, const char *b); /* likewise, or neither is */
bool str_starts_with(struct str text, const char *prefix);
bool str_ends_with(struct str text, const char *suffix);
bool str_contains(struct str text, const char *needle);
struct str str_trim(struct str text); /* without ASCII white space at both ends */
char *str_copy(struct str text);      /* terminated; the caller frees it */
void str_lower(char *text);           /* in place; ASCII only, whatever the locale */

/* '*' in the pattern is any run of bytes, '?' any one: linear in both but for '*'. */
bool str_fits(struct str text, const char *pattern, bool is_any_case);

/* Cursors: take a piece off the front of *rest. */
bool str_take_prefix(struct str *rest, const char *prefix);  /* false, and *rest as it was, when it does not start so */
struct str str_take_until(struct str *rest, char separator); /* the separator is eaten; without one, all of it */
struct str str_take_word(struct str *rest);                  /* next run without white space; empty at the end */

/* Whole decimal numbers, no sign but '-', no white space, within [min, max]; ERR_INVALID names the range. */
bool parse_int(struct str text, int64_t min, int64_t max, int64_t *ret_value, struct error *err);

bool utf8_is_valid(struct str text);    /* RFC 3629; NUL counts as invalid: no text we take has a use for it */
char *utf8_repair(struct str text);     /* a copy with a '?' for each byte that is not valid; the caller frees it */
size_t edit_distance(struct str a, struct str b); /* Damerau-Levenshtein, adjacent swaps count 1; texts over 64 bytes: SIZE_MAX */

/* The candidate nearest to `text` that a person could have meant, or NULL when none is near enough. */
const char *str_nearest(struct str text, const char *const *candidates, size_t count);

#endif
