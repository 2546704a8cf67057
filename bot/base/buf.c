#include "bot/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_ROOM 64

static void let_go(const struct buf *buf)
{
    if (buf->at)
        explicit_bzero(buf->at, buf->room);
    free(buf->at);
}

void buf_finish(struct buf *buf)
{
    let_go(buf);
    *buf = BUF(buf->max_bytes);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->at)
        buf->at[0] = '\0';
}

static bool make_room(struct buf *buf, size_t more)
{
    size_t room = buf->room ? buf->room : FIRST_ROOM;

    if (buf->failed || more > buf->max_bytes - buf->len) {
        buf->failed = true;
        return false;
    }
    while (room < buf->len + more + 1)
        room *= 2;
    if (room > buf->room) {
        char *grown = xrealloc(NULL, room); /* and not realloc(3), which would leave what it moves behind */

        if (buf->len > 0)
            memcpy(grown, buf->at, buf->len);
        let_go(buf);
        buf->at = grown;
        buf->room = room;
    }
    return true;
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if (!make_room(buf, len))
        return;
    if (len > 0)
        memcpy(buf->at + buf->len, bytes, len);
    buf->len += len;
    buf->at[buf->len] = '\0';
}

void buf_add_str(struct buf *buf, struct str text)
{
    buf_add(buf, text.at, text.len);
}

void buf_puts(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_putc(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_addf(struct buf *buf, const char *fmt, ...)
{
    va_list args, again;
    int len;

    va_start(args, fmt);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len >= 0 && make_room(buf, (size_t)len)) {
        vsnprintf(buf->at + buf->len, (size_t)len + 1, fmt, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

struct str buf_str(const struct buf *buf)
{
    return (struct str){ buf->at, buf->len };
}

const char *buf_text(const struct buf *buf)
{
    return buf->at ? buf->at : "";
}

char *buf_take(struct buf *buf)
{
    char *text = buf->at ? buf->at : xstrdup("");

    *buf = BUF(buf->max_bytes);
    return text;
}

bool buf_check(const struct buf *buf, struct error *err)
{
    return !buf->failed || error_set(err, ERR_TOO_LARGE, "longer than %zu bytes", buf->max_bytes);
}
