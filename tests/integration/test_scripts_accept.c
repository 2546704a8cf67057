/* accept.lua against a real Redis: what is new, what is a duplicate, and when there is no room. */
#include "tests/integration/scripts_fixture.h"

static void new_items_are_appended_with_their_keys(void **state)
{
    (void)state;
    assert_string_equal(accept_items(LIST("k1", "k2", "k3"), LIST("inbox", "2", "a", "inbox:safe", "1", "b")), "0 0");
    assert_string_equal(live_text(&redis, "XLEN %s", P "inbox"), "1");
    assert_string_equal(live_text(&redis, "XLEN %s", P "inbox:safe"), "1");
    assert_true(atol(live_text(&redis, "PTTL k3")) > 50000);
    assert_string_equal(accept_items(LIST(), LIST()), "");
}

static void one_old_key_of_three_makes_a_duplicate(void **state)
{
    (void)state;
    live_do(&redis, "SET k1 1");
    live_do(&redis, "SET k2 1");
    assert_string_equal(accept_items(LIST("k1", "k2", "k3"), LIST("inbox", "3", "a")), "1");
    assert_string_equal(accept_items(LIST("k4", "k5", "k2"), LIST("inbox", "3", "a")), "1");
    assert_string_equal(live_text(&redis, "EXISTS k3 k4 k5"), "0");
    assert_string_equal(live_text(&redis, "EXISTS %s", P "inbox"), "0");
}

static void items_of_one_call_see_each_other(void **state)
{
    (void)state;
    assert_string_equal(
        accept_items(LIST("k1", "k2", "k1", "k3", "k3"),
                     LIST("inbox", "1", "a", "inbox", "2", "b", "inbox:safe", "1", "c", "inbox", "1", "d")),
        "0 1 0 1");
    assert_string_equal(live_text(&redis, "EXISTS k2"), "0");
}

static void ids_count_the_entries(void **state)
{
    AUTO_REPLY redisReply *reply = NULL;

    (void)state;
    assert_string_equal(accept_items(LIST("k1", "k2"), LIST("inbox", "1", "a", "inbox", "1", "b")), "0 0");
    live_do(&redis, "XTRIM %s MAXLEN 0", P "inbox");
    assert_string_equal(accept_items(LIST("k3"), LIST("inbox", "1", "c")), "0");
    reply = live_ask(&redis, "XRANGE %s - +", P "inbox");
    assert_int_equal(reply->elements, 1);
    assert_string_equal(strchr(reply->element[0]->element[0]->str, '-'), "-3");
}

static void the_clock_may_go_back(void **state)
{
    AUTO_REPLY redisReply *reply = NULL;

    (void)state;
    live_do(&redis, "XADD %s 9000000000000-5 e future", P "inbox");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1", "a")), "0");
    reply = live_ask(&redis, "XRANGE %s - +", P "inbox");
    assert_string_equal(reply->element[1]->element[0]->str, "9000000000000-6");
}

static void the_high_water_counts_what_no_commit_consumed(void **state)
{
    AUTO_REPLY redisReply *reply = NULL;
    const char *id;

    (void)state;
    assert_string_equal(
        accept_with("2", LIST("k1", "k2", "k3"), LIST("inbox", "1", "a", "inbox", "1", "b", "inbox", "1", "c")),
        "0 0 2");
    assert_string_equal(live_text(&redis, "EXISTS k3"), "0");
    assert_string_equal(accept_with("2", LIST("k1"), LIST("inbox", "1", "a")), "2"); /* a duplicate is told so too */
    assert_string_equal(accept_with("2", LIST("k4"), LIST("inbox:safe", "1", "s")), "0"); /* its own reserve */
    reply = live_ask(&redis, "XRANGE %s - +", P "inbox");
    id = reply->element[0]->element[0]->str;
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", id, "")), "ok");
    assert_string_equal(accept_with("2", LIST("k3", "k5"), LIST("inbox", "1", "c", "inbox", "1", "d")), "0 2");
    live_do(&redis, "XTRIM %s MAXLEN 0", P "inbox"); /* trimming what is not consumed consumes nothing */
    assert_string_equal(accept_with("2", LIST("k5"), LIST("inbox", "1", "d")), "2");
}

static void a_cursor_beyond_the_end_means_none_waits(void **state)
{
    (void)state;
    assert_string_equal(accept_with("1", LIST("k1"), LIST("inbox", "1", "a")), "0");
    live_do(&redis, "HSET %s cursor:inbox 9000000000000-0", P "meta"); /* no commit moves it there */
    assert_string_equal(accept_with("1", LIST("k2"), LIST("inbox", "1", "a")), "0");
}

static void an_accept_out_of_shape_writes_nothing(void **state)
{
    char *large = xcalloc(1, 1002);

    (void)state;
    memset(large, 'x', 1001);
    assert_string_equal(accept_items(LIST("k1", "k2"), LIST("inbox", "1", "a", "inbox", "1", large)),
                        "ERR accept: an item of the wrong size");
    free(large);
    assert_string_equal(accept_items(LIST("k1", "k2"), LIST("inbox", "1", "a", "dead", "1", "b")),
                        "ERR accept: no such inbox");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1", "a", "inbox", "0", "b")),
                        "ERR accept: an item with the wrong number of keys");
    assert_string_equal(accept_items(LIST("k1", "k2", "k3", "k4"), LIST("inbox", "4", "a")),
                        "ERR accept: an item with the wrong number of keys");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "2", "a")),
                        "ERR accept: an item with the wrong number of keys");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "x", "a")),
                        "ERR accept: an item with the wrong number of keys");
    assert_string_equal(accept_items(LIST("k1", "k2"), LIST("inbox", "1", "a")), "ERR accept: more keys than items");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1")), "ERR accept: an item of the wrong size");
    assert_string_equal(accept_with("many", LIST("k1"), LIST("inbox", "1", "a")), "ERR accept: limit 1 is no number");
    live_do(&redis, "SET %s text", P "inbox:safe");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1", "a")), "ERR accept: the inbox is a string");
    live_do(&redis, "SET %s text", P "meta");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1", "a")), "ERR accept: meta is a string");
    assert_string_equal(live_text(&redis, "EXISTS k1 k2 k3 k4 %s", P "inbox"), "0");
}

/* Numbers of a script are exact up to 2^53: beyond, the next id is the last one again, which XADD refuses. What is
 * refused must leave no key behind, or its sender's next try would be taken for a duplicate. */
static void a_stream_whose_ids_are_used_up_takes_nothing(void **state)
{
    static const struct {
        const char *last, *answer;
    } rows[] = {
        { "4503599627370495-1", "0" }, /* 2^52 - 1 */
        { "1-4503599627370495", "0" },
        { "4503599627370496-1", "ERR accept: the ids of inbox are used up" },
        { "1-4503599627370496", "ERR accept: the ids of inbox are used up" },
        { "9007199254740992-1", "ERR accept: the ids of inbox are used up" },
        { "1-9007199254740992", "ERR accept: the ids of inbox are used up" },
        { "18446744073709551615-1", "ERR accept: the ids of inbox are used up" },
        { "1-18446744073709551615", "ERR accept: the ids of inbox are used up" },
        { "18446744073709551615-18446744073709551615", "ERR accept: the ids of inbox are used up" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool is_new = strcmp(rows[i].answer, "0") == 0;

        live_do(&redis, "DEL k1 k2 k3 %s %s", P "inbox", P "inbox:safe");
        live_do(&redis, "XADD %s %s e last", P "inbox", rows[i].last);
        live_do(&redis, "HSET %s cursor:inbox %s", P "meta", rows[i].last); /* nothing waits */
        assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1", "a")), rows[i].answer);
        assert_string_equal(live_text(&redis, "XLEN %s", P "inbox"), is_new ? "2" : "1");
        assert_string_equal(live_text(&redis, "EXISTS k1"), is_new ? "1" : "0");
        if (is_new)
            continue;
        assert_string_equal(
            accept_items(LIST("k1", "k2", "k3"), LIST("inbox:safe", "1", "s", "inbox", "2", "several keys")),
            rows[i].answer);
        assert_string_equal(live_text(&redis, "EXISTS k1 k2 k3 %s", P "inbox:safe"), "0");
        assert_string_equal(accept_items(LIST("k1"), LIST("inbox:safe", "1", "s")), "0"); /* the other one goes on */
    }
}

/* ---- memory ---- */

static void limit_so_that_used_is(int percent)
{
    AUTO_REPLY redisReply *info = live_ask(&redis, "INFO memory");
    long long used = atoll(strstr(info->str, "used_memory:") + strlen("used_memory:"));

    live_do(&redis, "CONFIG SET maxmemory %lld", used * 100 / percent);
}

static void accept_refuses_early_so_that_commits_have_room(void **state)
{
    (void)state;
    live_do(&redis, "SET ballast %s", live_text(&redis, "ECHO %s", long_text));
    live_do(&redis, "EVAL %s 0", "for i = 1, 100 do redis.call('SET', 'b' .. i, string.rep('x', 100000)) end");
    limit_so_that_used_is(70);
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1", "a")), "0");
    limit_so_that_used_is(85);
    assert_string_equal(accept_items(LIST("k2", "k3"), LIST("inbox", "1", "a", "inbox:safe", "1", "b")), "2 0");
    limit_so_that_used_is(95);
    assert_string_equal(accept_items(LIST("k4"), LIST("inbox:safe", "1", "b")), "2");
    limit_so_that_used_is(110);
    assert_string_equal(accept_items(LIST("k4"), LIST("inbox:safe", "1", "b")), "2");
    assert_true(strncmp(live_text(&redis, "SET x y"), "OOM", 3) == 0);
    assert_string_equal(commit(HEAD(), LIST("put", "operations", "D1", "{}")), "ok");
    assert_string_equal(mark(NONCE, "i1", "1"), "ok");
    assert_string_equal(lease("renew", NONCE, "1", "0").result, "done");
    live_do(&redis, "CONFIG SET maxmemory 0");
    assert_string_equal(accept_items(LIST("k5"), LIST("inbox", "1", "a")), "0");
    live_do(&redis, "CONFIG SET maxmemory 64mb");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(new_items_are_appended_with_their_keys, owned),
        cmocka_unit_test_setup(one_old_key_of_three_makes_a_duplicate, owned),
        cmocka_unit_test_setup(items_of_one_call_see_each_other, owned),
        cmocka_unit_test_setup(ids_count_the_entries, owned),
        cmocka_unit_test_setup(the_clock_may_go_back, owned),
        cmocka_unit_test_setup(the_high_water_counts_what_no_commit_consumed, owned),
        cmocka_unit_test_setup(a_cursor_beyond_the_end_means_none_waits, owned),
        cmocka_unit_test_setup(an_accept_out_of_shape_writes_nothing, owned),
        cmocka_unit_test_setup(a_stream_whose_ids_are_used_up_takes_nothing, owned),
        cmocka_unit_test_setup(accept_refuses_early_so_that_commits_have_room, owned),
    };

    return cmocka_run_group_tests(tests, redis_up, redis_down);
}
