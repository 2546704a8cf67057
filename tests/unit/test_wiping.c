/* What may have held a secret is wiped before it is given back: whatever is freed here is looked at first. */
#include "bot/base/arena.h"
#include "bot/base/buf.h"
#include "bot/base/mem.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SECRET "xoxb-of-a-test-and-of-nobody-else"

static size_t freed, left_behind;

void __real_free(void *memory);
void __wrap_free(void *memory);

void __wrap_free(void *memory)
{
    if (memory) {
        freed++;
        left_behind += memmem(memory, malloc_usable_size(memory), SECRET, strlen(SECRET)) != NULL;
    }
    __real_free(memory);
}

static int enter(void **state)
{
    (void)state;
    freed = left_behind = 0;
    return 0;
}

static void nothing_was_left(void)
{
    assert_true(freed > 0);
    assert_int_equal(left_behind, 0);
}

static void what_is_freed_is_looked_at(void **state)
{
    (void)state;
    free(xstrdup(SECRET));
    assert_int_equal(left_behind, 1);
}

static void an_arena_leaves_nothing(void **state)
{
    struct arena *arena = arena_create();

    (void)state;
    for (int i = 0; i < 1000; i++)
        arena_strdup(arena, SECRET);
    arena_destroy(arena);
    nothing_was_left();
}

static void a_buffer_leaves_nothing_when_it_grows_or_goes(void **state)
{
    struct buf buf = BUF(1 << 20);

    (void)state;
    for (int i = 0; i < 1000; i++)
        buf_puts(&buf, SECRET);
    assert_true(str_starts_with(buf_str(&buf), SECRET));
    buf_clear(&buf);
    buf_puts(&buf, "harmless");
    buf_finish(&buf);
    nothing_was_left();
}

static void a_text_that_leaves_its_scope_leaves_nothing(void **state)
{
    (void)state;
    {
        AUTO_SECRET char *text = xstrdup(SECRET);

        assert_non_null(text);
    }
    nothing_was_left();
}

static void libraries_leave_nothing(void **state)
{
    char *text = xstrdup(SECRET);

    (void)state;
    text = wipe_and_realloc(text, 4096);
    assert_string_equal(text, SECRET);
    text = wipe_and_realloc(text, strlen(SECRET) + 1);
    assert_string_equal(text, SECRET);
    wipe_and_free(text);
    wipe_and_free(NULL);
    nothing_was_left();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_freed_is_looked_at, enter),
        cmocka_unit_test_setup(an_arena_leaves_nothing, enter),
        cmocka_unit_test_setup(a_buffer_leaves_nothing_when_it_grows_or_goes, enter),
        cmocka_unit_test_setup(a_text_that_leaves_its_scope_leaves_nothing, enter),
        cmocka_unit_test_setup(libraries_leave_nothing, enter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
