/* page.h - does a page of docs/ say what the program says? A figure that a page quotes is tested where it is made. */
#ifndef OPSGATE_TESTS_UNIT_PAGE_H
#define OPSGATE_TESTS_UNIT_PAGE_H

#include "tests/unit/rows.h"

#include "bot/base/buf.h"
#include "bot/base/file.h"

#include <ctype.h>
#include <string.h>

#define PAGE_MAX_BYTES (1 << 20)

/* Lines are broken wherever they are full, so any white space is one space. */
static inline void page_assert_says(const char *page, const char *words)
{
    AUTO_BUF struct buf path = BUF(1000), text = BUF(PAGE_MAX_BYTES);
    AUTO_FREE char *found = NULL;
    struct error err;

    buf_addf(&path, "%s/%s", SOURCE_DIR, page);
    if (!file_read(buf_text(&path), PAGE_MAX_BYTES, &found, &err))
        fail_msg("%s", err.message);
    for (const char *at = found; *at; at++)
        if (!isspace((unsigned char)*at))
            buf_addf(&text, "%c", *at);
        else if (at == found || !isspace((unsigned char)at[-1]))
            buf_puts(&text, " ");
    if (!strstr(buf_text(&text), words))
        fail_msg("%s does not say \"%s\" any more: it quotes what is tested here", page, words);
}

#endif
