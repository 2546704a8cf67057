/* logs.h - what a service on Cloud Run wrote, and what Cloud Run wrote of its requests: READING_LOGS, args logs_look,
 * result logs_found. Instants are unix, of Google's clock. */
#ifndef OPSGATE_MODEL_LOGS_H
#define OPSGATE_MODEL_LOGS_H

#include "bot/base/shape.h"

struct logs_look {
    const char *project, *region, *service;
    bool is_errors;      /* severity ERROR and worse */
    int64_t since_ms;    /* an instant */
    const char *request; /* an id; or NULL */
    const char *grep;    /* a text; or NULL */
    int64_t max;         /* so many of the newest */
};
extern const struct shape logs_look_shape;

struct logs_line {
    int64_t at_ms;
    const char *severity; /* "ERROR"; NULL: it has none */
    const char *revision; /* NULL: nobody told */
    const char *text;     /* one line, cut, without what looks like a secret */
};
extern const struct shape logs_line_shape;

struct logs_found {
    struct logs_line *lines; /* oldest first */
    size_t lines_count;
    int64_t left_out; /* older ones that were read, too */
    bool has_more;    /* and there are more than those */
    const char *link; /* the same in Google's console */
};
extern const struct shape logs_found_shape;

#endif
