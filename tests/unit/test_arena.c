/* Memory of one piece of work: aligned, zeroed, let go all at once. */
#include "tests/unit/rows.h"

#include "bot/base/arena.h"

#include <stdio.h>
#include <string.h>

#define PUSHES 1000

struct element {
    int64_t number;
    const char *text;
    char padding[5];
};

static void check_push(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct element *list = NULL;
    size_t count = 0;

    (void)state;
    for (int64_t i = 0; i < PUSHES; i++) {
        struct element *fresh = ARENA_PUSH(arena, list, count);

        assert_ptr_equal(fresh, &list[i]);
        assert_true(fresh->number == 0 && fresh->text == NULL);
        fresh->number = i;
        fresh->text = "text";
        memset(fresh->padding, 0x55, sizeof(fresh->padding));
        assert_int_equal(count, (size_t)i + 1);
    }
    for (int64_t i = 0; i < PUSHES; i++)
        assert_true(list[i].number == i && strcmp(list[i].text, "text") == 0);
}

/* The room grows at 0, 1, 2, 4, 8...: an array must not run into what was allocated after it. */
static void check_push_beside(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    int64_t *list = NULL;
    char *beside[64];
    size_t count = 0;

    (void)state;
    for (int64_t i = 0; i < 64; i++) {
        *ARENA_PUSH(arena, list, count) = -1;
        beside[i] = arena_alloc(arena, 1);
        assert_int_equal(*beside[i], 0);
        *beside[i] = 'b';
    }
    for (int64_t i = 0; i < 64; i++)
        assert_true(list[i] == -1 && *beside[i] == 'b');
}

static void check_two_lists(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char **first = NULL, **second = NULL;
    size_t first_count = 0, second_count = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        *ARENA_PUSH(arena, first, first_count) = "first";
        *ARENA_PUSH(arena, second, second_count) = "second";
    }
    for (size_t i = 0; i < 100; i++) {
        assert_string_equal(first[i], "first");
        assert_string_equal(second[i], "second");
    }
}

static void check_alloc(void **state)
{
    static const size_t sizes[] = { 0, 1, 15, 16, 17, 4095, 4096, 4097, 100000, 3 };
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    for (size_t round = 0; round < 20; round++) {
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
            char *memory = arena_alloc(arena, sizes[i]);

            assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
            for (size_t k = 0; k < sizes[i]; k++)
                if (memory[k] != 0)
                    fail_msg("byte %zu of %zu is not zero", k, sizes[i]);
            memset(memory, 0xee, sizes[i]);
        }
    }
}

static void check_texts(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    char *text = arena_copy(arena, (struct str){ "a\0bc", 3 });
    AUTO_FREE char *expected = xcalloc(9001, 1);

    (void)state;
    assert_memory_equal(text, "a\0b\0", 4);
    assert_string_equal(arena_copy(arena, (struct str){ NULL, 0 }), "");
    assert_null(arena_strdup(arena, NULL));
    assert_string_equal(arena_strdup(arena, "x"), "x");
    assert_string_equal(arena_printf(arena, "%s", ""), "");
    assert_string_equal(arena_printf(arena, "D%d.%d", 1042, 7), "D1042.7");
    memset(expected, 'y', 9000);
    assert_string_equal(arena_printf(arena, "%s", expected), expected);
}

struct letter {
    char letter, *log;
};

static void note(void *value)
{
    const struct letter *letter = value;
    size_t len = strlen(letter->log);

    letter->log[len] = letter->letter;
}

static void check_defer(void **state)
{
    char log[8] = "";
    struct letter letters[] = { { 'a', log }, { 'b', log }, { 'c', log } };
    struct arena *arena = arena_create();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(letters); i++)
        arena_defer(arena, note, &letters[i]);
    assert_string_equal(log, "");
    arena_destroy(arena);
    assert_string_equal(log, "cba");
    arena_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "a thousand pushes keep every element, and each begins zeroed", check_push, NULL, NULL, NULL },
        { "a growing list stays off its neighbours", check_push_beside, NULL, NULL, NULL },
        { "two lists grow side by side", check_two_lists, NULL, NULL, NULL },
        { "memory is zeroed and aligned, however large", check_alloc, NULL, NULL, NULL },
        { "texts are copied whole and terminated", check_texts, NULL, NULL, NULL },
        { "what was deferred runs when the arena goes, newest first", check_defer, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
