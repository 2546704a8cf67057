/* requests.h - what is measured: a slash command as Slack sends and signs it, and an event as GitHub does. Each has an id
 * of its own, so that none is a duplicate, and all of one kind have one length: numbers are padded.
 */
#ifndef OPSGATE_TESTS_BENCH_REQUESTS_H
#define OPSGATE_TESTS_BENCH_REQUESTS_H

#include "bot/model/http.h"

#include <stdint.h>

#define BENCH_HEADERS_MAX 4

struct bench_request {
    struct http_header headers[BENCH_HEADERS_MAX];
    size_t header_count;
    char values[BENCH_HEADERS_MAX][128]; /* of those headers, that are made */
    char body[4096];
};

struct bench_kind {
    const char *name, *path;
    int status;          /* of an answer that is what it should be */
    size_t min_bytes;    /* a shorter one says nothing: of a command, it did not come in time to be inline */
    const char *answer;  /* about as large as the real one */
    void (*make)(int64_t number, struct bench_request *ret_request);
};
extern const struct bench_kind bench_kinds[]; /* ends with a row without a name */

const struct bench_kind *bench_kind_find(const char *name); /* NULL: there is none */

#endif
