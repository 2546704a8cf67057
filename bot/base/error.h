/* error.h - a failure tells its story: a code for the program, a sentence for the person reading it at 3 a.m.
 *
 * A struct error lives on the caller's stack; there is nothing to free. A function that can fail returns bool and takes
 * `struct error *err` last, never NULL; err is written only when it returns false. Log an error once, where it is
 * handled; on the way up only error_wrap it. Safe on any thread.
 */
#ifndef OPSGATE_BASE_ERROR_H
#define OPSGATE_BASE_ERROR_H

#include "bot/base/mem.h"

#include <stdbool.h>

enum err_code {
    ERR_NONE,
    ERR_INVALID,     /* what was given is malformed or out of range; the same again fails again */
    ERR_DENIED,      /* not genuine, or not allowed */
    ERR_STALE,       /* genuine, but too old */
    ERR_NOT_FOUND,   /* the thing named does not exist */
    ERR_CONFLICT,    /* someone else changed it, or it exists already */
    ERR_TOO_LARGE,   /* over a limit in bytes or count */
    ERR_UNAVAILABLE, /* not now; the same later may work */
    ERR_INTERNAL,    /* the system refused what it always grants; errno's story is in the message */
};

struct error {
    enum err_code code;
    char message[256]; /* cut at its end when longer; always terminated */
};

/* Both always return false, so a failure is one line. error_wrap puts "context: " in front of the message. */
bool error_set(struct error *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool error_wrap(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool error_errno(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3); /* ERR_INTERNAL, "...: strerror(errno)" */

#endif
