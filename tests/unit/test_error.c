/* A failure tells its story: a code for the program, a sentence for the person. */
#include "tests/unit/rows.h"

#include "bot/base/error.h"

#include <errno.h>
#include <string.h>

static void check_set(void **state)
{
    struct error err;

    (void)state;
    assert_false(error_set(&err, ERR_STALE, "%d s old", 301));
    assert_int_equal(err.code, ERR_STALE);
    assert_string_equal(err.message, "301 s old");
}

static void check_wrap(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, ERR_INVALID, "no such key");
    assert_false(error_wrap(&err, "%s:%d", "policy.yaml", 12));
    assert_false(error_wrap(&err, "start"));
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.message, "start: policy.yaml:12: no such key");
}

static void check_errno(void **state)
{
    struct error err;

    (void)state;
    errno = ENOSPC;
    assert_false(error_errno(&err, "%s", "/var/lib/opsgate"));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_string_equal(err.message, "/var/lib/opsgate: No space left on device");
}

static void check_cut(void **state)
{
    struct error err;
    char text[600];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    error_set(&err, ERR_INVALID, "%s", text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
    error_wrap(&err, "in front");
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
    assert_memory_equal(err.message, "in front: xxx", 13);
    error_wrap(&err, "%s", text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void check_within_itself(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, ERR_CONFLICT, "taken");
    error_wrap(&err, "%s again", err.message);
    assert_string_equal(err.message, "taken again: taken");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "a failure has a code and a sentence", check_set, NULL, NULL, NULL },
        { "a wrap puts the context in front and keeps the code", check_wrap, NULL, NULL, NULL },
        { "the system's refusal is told in its own words", check_errno, NULL, NULL, NULL },
        { "a story that is too long loses its end, not its beginning", check_cut, NULL, NULL, NULL },
        { "a story may be wrapped in itself", check_within_itself, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
