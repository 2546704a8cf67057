/* Small files, whole: read with a limit, written so that a reader sees the old or the new one. */
#include "tests/unit/rows.h"

#include "bot/base/buf.h"
#include "bot/base/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char folder[64], path[128];
};

static int setup(void **state)
{
    struct place *place = xcalloc(1, sizeof(*place));

    snprintf(place->folder, sizeof(place->folder), "/tmp/opsgate-test-file.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/store.json", place->folder);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;

    unlink(place->path);
    rmdir(place->folder);
    free(place);
    return 0;
}

static void check_roundtrip(void **state)
{
    const struct place *place = *state;
    AUTO_FREE char *text = NULL, *again = NULL;
    struct error err;
    struct stat about;

    assert_true(file_write(place->path, str_of("first, and longer"), &err));
    assert_true(file_read(place->path, 100, &text, &err));
    assert_string_equal(text, "first, and longer");
    assert_true(file_write(place->path, str_of("second"), &err));
    assert_true(file_read(place->path, 100, &again, &err));
    assert_string_equal(again, "second");
    assert_int_equal(stat(place->path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void check_leftover(void **state)
{
    const struct place *place = *state;
    AUTO_BUF struct buf fresh = BUF(200);
    AUTO_FREE char *text = NULL;
    struct error err;

    buf_addf(&fresh, "%s.new", place->path);
    assert_true(file_write(buf_text(&fresh), str_of("what a crash left behind, longer than the next"), &err));
    assert_true(file_write(place->path, str_of("whole"), &err));
    assert_true(file_read(place->path, 100, &text, &err));
    assert_string_equal(text, "whole");
    assert_int_equal(access(buf_text(&fresh), F_OK), -1);
}

static void check_limit(void **state)
{
    const struct place *place = *state;
    AUTO_FREE char *text = NULL;
    struct error err = { ERR_NONE, "" };

    assert_true(file_write(place->path, str_of("12345678"), &err));
    assert_false(file_read(place->path, 7, &text, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_non_null(strstr(err.message, place->path));
    assert_null(text);
    assert_true(file_read(place->path, 8, &text, &err));
}

static void check_failures(void **state)
{
    const struct place *place = *state;
    AUTO_FREE char *text = NULL, *long_path = xcalloc(5000, 1);
    struct error err = { ERR_NONE, "" };

    assert_false(file_read(place->path, 10, &text, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_false(file_read(place->folder, 10, &text, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_non_null(strstr(err.message, "Is a directory"));
    assert_false(file_write("/nonexistent/folder/file", str_of("x"), &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_non_null(strstr(err.message, "/nonexistent/folder/file.new: No such file"));
    memset(long_path, 'x', 4999);
    assert_false(file_write(long_path, str_of("x"), &err));
    assert_int_equal(err.code, ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "what is written is read, and belongs to us alone", check_roundtrip, setup, teardown, NULL },
        { "what a crash left behind is overwritten", check_leftover, setup, teardown, NULL },
        { "a file over the limit is refused by name", check_limit, setup, teardown, NULL },
        { "each failure says what and where", check_failures, setup, teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
