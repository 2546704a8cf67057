/* Text that grows up to its ceiling; the first failure sticks. */
#include "tests/unit/rows.h"

#include "bot/base/buf.h"

#include <stdio.h>
#include <string.h>

static void check_ceiling(void **state)
{
    AUTO_BUF struct buf buf = BUF(10);
    struct error err;

    (void)state;
    buf_puts(&buf, "0123456789");
    assert_true(buf_check(&buf, &err));
    buf_putc(&buf, 'x');
    assert_false(buf_check(&buf, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_string_equal(buf_text(&buf), "0123456789");
}

static void check_sticks(void **state)
{
    AUTO_BUF struct buf buf = BUF(4);
    struct error err;

    (void)state;
    buf_puts(&buf, "ab");
    buf_puts(&buf, "cde");
    buf_puts(&buf, "f"); /* would fit, but the text would have a hole */
    buf_addf(&buf, "%d", 1);
    buf_add(&buf, "", 0);
    assert_string_equal(buf_text(&buf), "ab");
    assert_false(buf_check(&buf, &err));
    buf_clear(&buf);
    assert_true(buf_check(&buf, &err));
    buf_puts(&buf, "wxyz");
    assert_string_equal(buf_text(&buf), "wxyz");
    assert_true(buf_check(&buf, &err));
}

static void check_format(void **state)
{
    AUTO_BUF struct buf buf = BUF(7);

    (void)state;
    buf_addf(&buf, "%s-%03d", "abc", 7);
    assert_string_equal(buf_text(&buf), "abc-007");
    assert_false(buf.failed);
    buf_addf(&buf, "%s", "");
    assert_false(buf.failed);
    buf_addf(&buf, "%s", "8");
    assert_true(buf.failed);
    assert_string_equal(buf_text(&buf), "abc-007");
}

static void check_growth(void **state)
{
    AUTO_BUF struct buf buf = BUF(100000);

    (void)state;
    for (int i = 0; i < 20000; i++)
        buf_addf(&buf, "%05d", i);
    assert_int_equal(buf.len, 100000);
    assert_false(buf.failed);
    for (size_t i = 0; i < 20000; i += 777) {
        char expected[16];

        snprintf(expected, sizeof(expected), "%05d", (int)i);
        assert_memory_equal(buf.at + i * 5, expected, 5);
    }
}

static void check_bytes(void **state)
{
    AUTO_BUF struct buf buf = BUF(16);

    (void)state;
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf_str(&buf).len, 0);
    buf_add(&buf, "a\0b", 3);
    buf_add_str(&buf, (struct str){ NULL, 0 });
    assert_int_equal(buf_str(&buf).len, 3);
    assert_memory_equal(buf_str(&buf).at, "a\0b", 4); /* and terminated */
}

static void check_take(void **state)
{
    AUTO_BUF struct buf buf = BUF(16);
    AUTO_FREE char *nothing = buf_take(&buf), *text = NULL;

    (void)state;
    assert_string_equal(nothing, "");
    buf_puts(&buf, "mine");
    text = buf_take(&buf);
    assert_string_equal(text, "mine");
    assert_string_equal(buf_text(&buf), "");
    buf_puts(&buf, "0123456789abcdef"); /* the ceiling is kept */
    assert_false(buf.failed);
    buf_putc(&buf, 'x');
    assert_true(buf.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "the ceiling itself is reached, and not passed", check_ceiling, NULL, NULL, NULL },
        { "after the first failure nothing is added any more", check_sticks, NULL, NULL, NULL },
        { "a format fits whole, or not at all", check_format, NULL, NULL, NULL },
        { "growing keeps what is there", check_growth, NULL, NULL, NULL },
        { "any byte may stand in it, and the end is terminated", check_bytes, NULL, NULL, NULL },
        { "taking the content leaves an empty buffer with its ceiling", check_take, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
