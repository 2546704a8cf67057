/* shape.h - rows that describe a struct, so that it is written down once.
 *
 * Configuration, stored records, effect arguments, journal bodies and `--json` are all read and written by walking a
 * shape. A shape says of each member its name, type, range, default, and whether it is secret (masked wherever people
 * look) or personal (erasable from the journal). What is read lives in an arena; strings and lists are never freed alone.
 * Pure; safe on any thread.
 */
#ifndef OPSGATE_BASE_SHAPE_H
#define OPSGATE_BASE_SHAPE_H

#include "bot/base/arena.h"
#include "bot/base/json.h"

#include <stdbool.h>
#include <stdint.h>

enum shape_type {
    SHAPE_STRING,  /* const char *            "text"                                                            */
    SHAPE_INT,     /* int64_t                 12                                                                */
    SHAPE_BOOL,    /* bool                    true                                                              */
    SHAPE_MS,      /* int64_t, milliseconds   "5m" in a file, 300000 in JSON                                    */
    SHAPE_BYTES,   /* int64_t, bytes          "1MiB" in a file (B KiB MiB GiB), 1048576 in JSON                 */
    SHAPE_RATIO,   /* double                  "0.5%" or 0.005 in a file, 0.005 in JSON; min and max in millionths */
    SHAPE_ENUM,    /* an enum (int)           one of `names`; the value is the index                            */
    SHAPE_OBJECT,  /* a struct, inline        { ... }                                                           */
    SHAPE_OPTION,  /* const struct *, or NULL { ... } or missing                                                */
    SHAPE_STRINGS, /* const char **, size_t   [ ... ]                                                           */
    SHAPE_OBJECTS, /* struct *, size_t        [ { ... } ]                                                       */
    SHAPE_MAP,     /* struct shape_pair *, size_t   { key: value, ... }, keys in the order written              */
    SHAPE_JSON,    /* const cJSON *           anything                                                          */
    SHAPE_LINE,    /* int                     no key of its own: the line of the object in its file; 0 from JSON */
};

enum shape_flags {
    SHAPE_REQUIRED = 1,    /* a file without it is refused */
    SHAPE_SECRET = 2,      /* shown as "***"; ${env:} and ${file:} are for these, and allowed in every string */
    SHAPE_PERSONAL = 4,    /* names or texts of people: kept beside the journal entry, so they can be erased */
    SHAPE_ONE_OR_MANY = 8, /* STRINGS: a single scalar stands for a list of one; OBJECTS: a single mapping */
    SHAPE_NONZERO = 16,    /* left out of JSON when zero, false, empty or NULL; absent means that again */
};

struct shape_pair {
    const char *key, *value;
};

struct shape_field {
    const char *name;
    enum shape_type type;
    size_t offset, count_offset; /* of the member; of its size_t count (lists and maps) */
    const struct shape *of;      /* OBJECT, OPTION, OBJECTS */
    const char *const *names;    /* ENUM: NULL-terminated */
    int64_t min, max;            /* INT, MS, BYTES, RATIO: inclusive; STRING, lists: length; both 0 is no limit */
    const char *otherwise;       /* default, written as in a file; NULL: zero, empty, NULL */
    unsigned flags;
    const char *about; /* one line for the reference page and for errors */
};

struct shape {
    const char *name; /* what an instance is called: "a service", "operation" */
    size_t size;
    const struct shape_field *fields;
    size_t count;
    const char *scalar; /* in a file a lone scalar sets this member, as `strategy: all-at-once`, `steps: [5%]`; or NULL */
};

#define SHAPE(called, type, rows)                                                                                      \
    { .name = (called), .size = sizeof(struct type), .fields = (rows), .count = ARRAY_LEN(rows) }
#define SHAPE_OR_SCALAR(called, type, rows, member)                                                                    \
    { .name = (called), .size = sizeof(struct type), .fields = (rows), .count = ARRAY_LEN(rows), .scalar = (member) }

/* A row's offset, checked by the compiler against the member's C type: SHAPE_AT(struct service, const char *, name). */
#define SHAPE_AT(T, ctype, member)                                                                                     \
    (offsetof(T, member) + 0 * sizeof(char[_Generic(((T *)0)->member, ctype: 1, default: -1)]))

#define ROW_STRING(T, m, ...) { .name = #m, .type = SHAPE_STRING, .offset = SHAPE_AT(struct T, const char *, m), __VA_ARGS__ }
#define ROW_INT(T, m, ...) { .name = #m, .type = SHAPE_INT, .offset = SHAPE_AT(struct T, int64_t, m), __VA_ARGS__ }
#define ROW_BOOL(T, m, ...) { .name = #m, .type = SHAPE_BOOL, .offset = SHAPE_AT(struct T, bool, m), __VA_ARGS__ }
#define ROW_MS(T, key, ...) /* member key_ms, key without the unit */                                                  \
    { .name = #key, .type = SHAPE_MS, .offset = SHAPE_AT(struct T, int64_t, key##_ms), __VA_ARGS__ }
#define ROW_BYTES(T, key, ...) /* member key_bytes */                                                                  \
    { .name = #key, .type = SHAPE_BYTES, .offset = SHAPE_AT(struct T, int64_t, key##_bytes), __VA_ARGS__ }
#define ROW_RATIO(T, m, ...) { .name = #m, .type = SHAPE_RATIO, .offset = SHAPE_AT(struct T, double, m), __VA_ARGS__ }
#define ROW_ENUM(T, m, list, ...)                                                                                      \
    { .name = #m, .type = SHAPE_ENUM, .offset = offsetof(struct T, m), .names = (list), __VA_ARGS__ }
#define ROW_OBJECT(T, m, shape, ...)                                                                                   \
    { .name = #m, .type = SHAPE_OBJECT, .offset = offsetof(struct T, m), .of = (shape), __VA_ARGS__ }
#define ROW_OPTION(T, m, shape, ...)                                                                                   \
    { .name = #m, .type = SHAPE_OPTION, .offset = offsetof(struct T, m), .of = (shape), __VA_ARGS__ }
#define ROW_STRINGS_AS(T, m, key, ...) /* with size_t m_count; for a key that is a word of C */                         \
    { .name = (key), .type = SHAPE_STRINGS, .offset = SHAPE_AT(struct T, const char **, m),                            \
      .count_offset = SHAPE_AT(struct T, size_t, m##_count), __VA_ARGS__ }
#define ROW_STRINGS(T, m, ...) ROW_STRINGS_AS(T, m, #m, __VA_ARGS__)
#define ROW_OBJECTS(T, m, shape, ...) /* with size_t m_count */                                                        \
    { .name = #m, .type = SHAPE_OBJECTS, .offset = offsetof(struct T, m),                                              \
      .count_offset = SHAPE_AT(struct T, size_t, m##_count), .of = (shape), __VA_ARGS__ }
#define ROW_MAP(T, m, ...) /* with size_t m_count */                                                                   \
    { .name = #m, .type = SHAPE_MAP, .offset = SHAPE_AT(struct T, struct shape_pair *, m),                             \
      .count_offset = SHAPE_AT(struct T, size_t, m##_count), __VA_ARGS__ }
#define ROW_JSON(T, m, ...) { .name = #m, .type = SHAPE_JSON, .offset = SHAPE_AT(struct T, const cJSON *, m), __VA_ARGS__ }
#define ROW_LINE(T, m) { .name = NULL, .type = SHAPE_LINE, .offset = SHAPE_AT(struct T, int, m) }

/* Which members are written. */
enum shape_view {
    SHAPE_WHOLE,  /* all, secrets in clear: for the store */
    SHAPE_MASKED, /* all, secrets as "***": for people and logs */
};

cJSON *shape_to_json(const struct shape *shape, const void *value, enum shape_view view); /* the caller's */

/* Fills the struct at `value` (zeroed first, defaults set) from JSON; members the shape does not know are passed over: a
 * newer binary wrote them. What it points to lives in the arena. ERR_INVALID names the path. */
bool shape_from_json(const struct shape *shape, const cJSON *json, struct arena *arena, void *value, struct error *err);

/* One scalar as it stands in a file, checked against the row's range and written to its member of `value`. Serves the
 * configuration and defaults. ERR_INVALID says what was expected. */
bool shape_set_scalar(const struct shape_field *field, struct str text, struct arena *arena, void *value, struct error *err);
bool shape_check_range(const struct shape_field *field, const void *value, struct error *err);
void shape_set_defaults(const struct shape *shape, struct arena *arena, void *value); /* aborts on a bad row: a test walks all */
const struct shape_field *shape_find(const struct shape *shape, struct str name);     /* NULL when it has no such key */
/* "from 1s to 1h", "from 1KiB to 32MiB", "length from 1 to 63": nothing for a row without a range. */
void shape_say_range(const struct shape_field *field, struct buf *out);
const char *shape_expects(const struct shape_field *field); /* "a duration such as 30s", "one of a, b": static or thread-local */

#endif
