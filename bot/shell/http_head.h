/* http_head.h - is a request's head what it seems? What libmicrohttpd lets through is looked at again here.
 *
 * libmicrohttpd 0.9.75 cuts values at NUL bytes, glues folded lines onto names, takes the first of two Content-Lengths,
 * and prefers Transfer-Encoding to either. It parses in place, so a head without such things is its lines one after
 * another in memory: any other layout is refused. (RFC 9112 sections 3, 5, 6.3) Loop thread only.
 */
#ifndef OPSGATE_SHELL_HTTP_HEAD_H
#define OPSGATE_SHELL_HTTP_HEAD_H

#include <microhttpd.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_head {
    size_t bytes;            /* request line and headers */
    uint64_t content_length; /* 0 when chunked, or without a body */
    bool is_chunked;
    bool waits_for_continue; /* Expect: 100-continue */
};

/* NULL when all is well, with *ret_head filled; else what is wrong, a static text, with a status of 400 in mind.
 * method, target and version are the very pointers libmicrohttpd gave, target_len the target's length when it came:
 * what target points to has been taken apart since, and is not read. */
const char *http_head_check(struct MHD_Connection *connection, const char *method, const char *target,
                            size_t target_len, const char *version, struct http_head *ret_head);

#endif
