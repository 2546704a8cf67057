/* adopt.lua against a real Redis: a person's word about a store that data_dir does not know. */
#include "tests/integration/scripts_fixture.h"

#define OURS "0123456789abcdef0123456789abcdef"
#define THEIRS "fedcba9876543210fedcba9876543210"
#define NEW_BIRTH "00000000000000000000000000000000"

static const char *adopt_as(const char *by, const char *birth, const char *seq, const char *adoptions)
{
    struct words words = { .count = 0 };

    add_all(&words, (const char *const[]){ P "meta", "adopt", by, birth, seq, adoptions, NEW_BIRTH, NULL });
    return said(run(SCRIPT_ADOPT, 1, &words));
}

static const char *adopt(const char *birth, const char *seq, const char *adoptions)
{
    return adopt_as("ann", birth, seq, adoptions);
}

static const char *confirm(void)
{
    struct words words = { .count = 0 };

    add_all(&words, (const char *const[]){ P "meta", "confirm", "ann", NULL });
    return said(run(SCRIPT_ADOPT, 1, &words));
}

/* At seq 5, where data_dir knows 9. */
static int older(void **state)
{
    (void)state;
    live_do(&redis, "FLUSHALL");
    live_do(&redis, "HSET %s birth %s seq 5", P "meta", OURS);
    return 0;
}

static bool is_marked(const char *field, const char *part)
{
    return strstr(live_text(&redis, "HGET %s %s", P "meta", field), part) != NULL;
}

static void what_is_known_is_left_as_it_is(void **state)
{
    (void)state;
    assert_string_equal(adopt(OURS, "5", "0"), "known");
    assert_string_equal(adopt(OURS, "4", "0"), "known");
    assert_string_equal(live_text(&redis, "HLEN %s", P "meta"), "2");
}

static void an_older_store_is_adopted_once(void **state)
{
    (void)state;
    assert_string_equal(adopt(OURS, "9", "0"), "done");
    assert_true(is_marked("adopted", "{\"n\":1,\"at\":1"));
    assert_true(is_marked("adopted", "\"by\":\"ann\",\"over\":\"" OURS "\",\"over_seq\":9,\"seq\":5}"));
    assert_string_equal(adopt_as("bob", OURS, "9", "0"), "before");
    assert_true(is_marked("adopted", "\"by\":\"ann\""));
    assert_string_equal(adopt(OURS, "6", "1"), "done"); /* of a data_dir that has followed it: a copy again */
    assert_true(is_marked("adopted", "{\"n\":2,"));
    assert_string_equal(live_text(&redis, "HGET %s birth", P "meta"), OURS);
}

static void each_data_dir_needs_its_own_word(void **state)
{
    (void)state;
    assert_string_equal(adopt(THEIRS, "9", "0"), "done");
    assert_string_equal(adopt(OURS, "9", "0"), "done");
    assert_true(is_marked("adopted", "{\"n\":2,"));
    assert_string_equal(adopt(THEIRS, "9", "7"), "done"); /* it has seen more of them than this store */
    assert_true(is_marked("adopted", "{\"n\":8,"));
}

static void an_empty_store_is_born(void **state)
{
    (void)state;
    live_do(&redis, "DEL %s", P "meta");
    assert_string_equal(adopt(OURS, "9", "0"), "done");
    assert_string_equal(live_text(&redis, "HGET %s birth", P "meta"), NEW_BIRTH);
    assert_true(is_marked("adopted", "\"seq\":0}"));
}

static void only_what_was_observed_is_confirmed(void **state)
{
    (void)state;
    assert_string_equal(confirm(), "nothing");
    adopt(OURS, "9", "0");
    assert_string_equal(confirm(), "unseen");
    assert_string_equal(live_text(&redis, "HEXISTS %s confirmed", P "meta"), "0");
    live_do(&redis, "HSET %s adopted:journalled 1", P "meta");
    assert_string_equal(confirm(), "done");
    assert_true(is_marked("confirmed", "{\"n\":1,\"at\":1"));
    assert_string_equal(confirm(), "nothing");
    adopt(OURS, "9", "1");
    assert_string_equal(confirm(), "unseen");
}

static void hostile_words_do_no_harm(void **state)
{
    static const char *const wrong[][3] = {
        { "short", "9", "0" }, { OURS, "x", "0" }, { OURS, "-1", "0" },
        { OURS, "9", "" },     { "", "9", "0" },   { "\"" THEIRS, "9", "0" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_string_equal(adopt(wrong[i][0], wrong[i][1], wrong[i][2]), "ERR adopt: not a word that it knows");
    assert_string_equal(live_text(&redis, "HLEN %s", P "meta"), "2");
    assert_string_equal(adopt_as("a\",\"n\":99,\"x\":\"", OURS, "9", "0"), "done");
    assert_true(is_marked("adopted", "{\"n\":1,"));
    assert_true(is_marked("adopted", "\"by\":\"a???n??99??x???\""));
    live_do(&redis, "SET %s text", P "meta");
    assert_string_equal(adopt(OURS, "9", "0"), "ERR adopt: meta is a string");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_known_is_left_as_it_is, older),
        cmocka_unit_test_setup(an_older_store_is_adopted_once, older),
        cmocka_unit_test_setup(each_data_dir_needs_its_own_word, older),
        cmocka_unit_test_setup(an_empty_store_is_born, older),
        cmocka_unit_test_setup(only_what_was_observed_is_confirmed, older),
        cmocka_unit_test_setup(hostile_words_do_no_harm, older),
    };

    return cmocka_run_group_tests(tests, redis_up, redis_down);
}
