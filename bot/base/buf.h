/* buf.h - text that grows up to a ceiling fixed when it is made.
 *
 * The first append that would pass the ceiling fails and sticks: a dozen appends need one check. The content is always
 * terminated. What it held is wiped when it goes: it may have been a secret. Not safe for two threads at once.
 */
#ifndef OPSGATE_BASE_BUF_H
#define OPSGATE_BASE_BUF_H

#include "bot/base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *at; /* owned; NULL until the first append */
    size_t len, room, max_bytes;
    bool failed; /* something did not fit; what is there is a prefix */
};

#define BUF(max) ((struct buf){ .max_bytes = (max) })
#define AUTO_BUF __attribute__((cleanup(buf_finish)))

void buf_finish(struct buf *buf);
void buf_clear(struct buf *buf); /* empty again, memory and ceiling kept */
void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_add_str(struct buf *buf, struct str text);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct str buf_str(const struct buf *buf);     /* borrowed, until the next append */
const char *buf_text(const struct buf *buf);   /* terminated, borrowed; "" when empty */
char *buf_take(struct buf *buf);               /* the terminated content, now the caller's; the buf is empty again */
bool buf_check(const struct buf *buf, struct error *err); /* false with ERR_TOO_LARGE when something did not fit */

#endif
