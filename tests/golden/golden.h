/* golden.h - compares text with a file beside this header; UPDATE_GOLDEN=1 rewrites the file, to be reviewed like code.
 */
#ifndef OPSGATE_TESTS_GOLDEN_GOLDEN_H
#define OPSGATE_TESTS_GOLDEN_GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#define GOLDEN_MAX_BYTES (256 * 1024)

static void golden_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    if (!file)
        fail_msg("%s: cannot be written", path);
    fputs(text, file);
    fclose(file);
}

static void golden_read(const char *path, struct buf *text)
{
    FILE *file = fopen(path, "r");
    char piece[4096];
    size_t len;

    if (!file)
        fail_msg("%s: missing; UPDATE_GOLDEN=1 writes it", path);
    while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_add(text, piece, len);
    fclose(file);
}

static void golden_check(const char *name, const char *text)
{
    AUTO_BUF struct buf expected = BUF(GOLDEN_MAX_BYTES), path = BUF(4096);

    buf_addf(&path, SOURCE_DIR "/tests/golden/%s", name);
    if (getenv("UPDATE_GOLDEN"))
        golden_write(buf_text(&path), text);
    golden_read(buf_text(&path), &expected);
    assert_string_equal(text, buf_text(&expected));
}

#endif
