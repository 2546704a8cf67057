/* adopt.lua against a real Redis: a person's word about a store that data_dir does not know. */
#include "tests/integration/scripts_fixture.h"

#define OURS "0123456789abcdef0123456789abcdef"
#define THEIRS "fedcba9876543210fedcba9876543210"
#define NEW_BIRTH "00000000000000000000000000000000"

static const char *adopt_as(const char *by, const char *birth, const char *seq, const char *adoption)
{
    struct words words = { .count = 0 };

    add_all(&words, (const char *const[]){ P "meta", "adopt", by, birth, seq, adoption, NEW_BIRTH, "1042", NULL });
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

/* Which adoption it is, as text. */
static const char *number_of_adoption(void)
{
    static char number[32];
    const char *text = live_text(&redis, "HGET %s adopted", P "meta");

    assert_int_equal(strncmp(text, "{\"n\":", 5), 0);
    snprintf(number, sizeof(number), "%.*s", (int)strspn(text + 5, "0123456789"), text + 5);
    return number;
}

static void is_a_later_one(const char *than)
{
    assert_true(strtoll(number_of_adoption(), NULL, 10) > strtoll(than, NULL, 10));
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
    char first[32];

    (void)state;
    assert_string_equal(adopt(OURS, "9", "0"), "done");
    assert_true(is_marked("adopted", "\"by\":\"ann\",\"over_seq\":9,\"seq\":5,\"operations\":1042,\"over\":\"" OURS
                                     "\",\"others\":[]}"));
    assert_string_equal(adopt_as("bob", OURS, "9", "0"), "before");
    assert_true(is_marked("adopted", "\"by\":\"ann\""));
    snprintf(first, sizeof(first), "%s", number_of_adoption());
    assert_string_equal(adopt(OURS, "6", first), "done"); /* of a data_dir that has followed it: a copy again */
    is_a_later_one(first);
    assert_string_equal(live_text(&redis, "HGET %s birth", P "meta"), OURS);
}

static void each_data_dir_needs_its_own_word(void **state)
{
    char first[32];

    (void)state;
    assert_string_equal(adopt(THEIRS, "9", "0"), "done");
    snprintf(first, sizeof(first), "%s", number_of_adoption());
    assert_string_equal(adopt(OURS, "9", "0"), "done");
    is_a_later_one(first);
    assert_string_equal(adopt(THEIRS, "9", "9000000000000"), "done"); /* it has seen a later one than this store */
    assert_string_equal(number_of_adoption(), "9000000000001");
}

/* It is at work for somebody else by now: a data_dir of long ago joins it, and puts nobody into observing. */
static void whose_place_was_taken_before_joins(void **state)
{
    char last[32];

    (void)state;
    assert_string_equal(adopt(OURS, "9", "0"), "done");
    assert_string_equal(adopt(THEIRS, "9", "0"), "done");
    snprintf(last, sizeof(last), "%s", number_of_adoption());
    assert_string_equal(adopt(OURS, "9", "0"), "before");
    live_do(&redis, "HSET %s seq 12", P "meta");
    assert_string_equal(adopt(OURS, "9", "0"), "known");
    assert_string_equal(adopt(THEIRS, "9", "0"), "before");
    live_do(&redis, "HSET %s adopted:journalled %s", P "meta", last);
    assert_string_equal(confirm(), "done");
    assert_string_equal(adopt(THEIRS, "9", "0"), "joined");
    assert_string_equal(number_of_adoption(), last);
}

/* By two data_dirs that know nothing of each other: whoever has followed the one takes it for no other. */
static void two_adoptions_of_one_copy_are_two(void **state)
{
    char first[32];

    (void)state;
    assert_string_equal(adopt(OURS, "9", "0"), "done");
    snprintf(first, sizeof(first), "%s", number_of_adoption());
    do {
        older(NULL);
        assert_string_equal(adopt(OURS, "9", "0"), "done");
    } while (strcmp(number_of_adoption(), first) == 0); /* within the same millisecond */
    is_a_later_one(first);
}

/* A mark never grows beyond what its readers take. */
static void only_the_last_births_are_named(void **state)
{
    char birth[40], mark[600];

    (void)state;
    for (int i = 0; i < 12; i++) {
        snprintf(birth, sizeof(birth), "%032x", i + 1);
        assert_string_equal(adopt_as("a-name-that-is-much-longer-than-anybody-has-on-a-host-that-we-know-of", birth,
                                     "9007199254740991", "0"),
                            "done");
    }
    snprintf(mark, sizeof(mark), "%s", live_text(&redis, "HGET %s adopted", P "meta"));
    assert_in_range(strlen(mark), 1, STORE_MARK_MAX_BYTES - 1);
    assert_non_null(
        strstr(mark, "\"over\":\"0000000000000000000000000000000c\",\"others\":[\"0000000000000000000000000000000b\""));
    assert_string_equal(adopt("00000000000000000000000000000009", "9", "0"), "before");
    assert_string_equal(adopt("00000000000000000000000000000001", "9", "0"), "done");
}

static void an_empty_store_is_born(void **state)
{
    (void)state;
    live_do(&redis, "DEL %s", P "meta");
    assert_string_equal(adopt(OURS, "9", "0"), "done");
    assert_string_equal(live_text(&redis, "HGET %s birth", P "meta"), NEW_BIRTH);
    assert_true(is_marked("adopted", "\"seq\":0,"));
}

static void only_what_was_observed_is_confirmed(void **state)
{
    char first[32];

    (void)state;
    assert_string_equal(confirm(), "nothing");
    adopt(OURS, "9", "0");
    assert_string_equal(confirm(), "unseen");
    assert_string_equal(live_text(&redis, "HEXISTS %s confirmed", P "meta"), "0");
    snprintf(first, sizeof(first), "%s", number_of_adoption());
    live_do(&redis, "HSET %s adopted:journalled %s", P "meta", first);
    assert_string_equal(confirm(), "done");
    assert_true(is_marked("confirmed", first));
    assert_string_equal(confirm(), "nothing");
    adopt(OURS, "9", first);
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
        cmocka_unit_test_setup(whose_place_was_taken_before_joins, older),
        cmocka_unit_test_setup(two_adoptions_of_one_copy_are_two, older),
        cmocka_unit_test_setup(only_the_last_births_are_named, older),
        cmocka_unit_test_setup(an_empty_store_is_born, older),
        cmocka_unit_test_setup(only_what_was_observed_is_confirmed, older),
        cmocka_unit_test_setup(hostile_words_do_no_harm, older),
    };

    return cmocka_run_group_tests(tests, redis_up, redis_down);
}
