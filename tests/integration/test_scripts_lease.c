/* lease.lua against a real Redis: whose the store is. */
#include "tests/integration/scripts_fixture.h"

static void the_first_take_is_clean(void **state)
{
    struct leased before = lease("look", "", "1", "0");
    struct leased taken = lease("take", NONCE, "1", "99");

    (void)state;
    assert_string_equal(before.result, "done");
    assert_string_equal(before.nonce, "");
    assert_string_equal(before.counter, "0");
    assert_string_equal(before.seq, "0");
    assert_string_equal(before.clean, "1");
    assert_string_equal(taken.result, "done");
    assert_string_equal(taken.birth, "b1");
    assert_string_equal(taken.nonce, NONCE);
    assert_string_equal(taken.instance, "host-1");
    assert_string_equal(taken.counter, "1");
    assert_string_equal(taken.clean, "1");
    assert_int_equal(strlen(taken.unix_ms), 13);
    assert_string_equal(lease("look", "", "1", "0").clean, "0");
}

static void a_standing_counter_may_be_taken_over(void **state)
{
    struct leased taken;

    (void)state;
    assert_string_equal(lease("take", OTHER, "1", "6").result, "held");
    assert_string_equal(lease("renew", NONCE, "1", "0").counter, "8");
    assert_string_equal(lease("take", OTHER, "1", "7").result, "held");
    assert_string_equal(live_text(&redis, "HGET %s nonce", P "meta"), NONCE);
    taken = lease("take", OTHER, "1", "8");
    assert_string_equal(taken.result, "done");
    assert_string_equal(taken.counter, "9");
    assert_string_equal(taken.clean, "0");
    assert_string_equal(lease("renew", NONCE, "1", "0").result, "held");
    assert_string_equal(lease("release", NONCE, "1", "0").result, "held");
    assert_string_equal(live_text(&redis, "HGET %s nonce", P "meta"), OTHER);
}

static void a_release_hands_over_at_once(void **state)
{
    struct leased released = lease("release", NONCE, "1", "0");
    struct leased again = lease("release", NONCE, "1", "0");
    struct leased taken;

    (void)state;
    assert_string_equal(released.result, "done");
    assert_string_equal(released.nonce, "");
    assert_string_equal(released.instance, "host-1");
    assert_string_equal(released.counter, "7");
    assert_string_equal(released.clean, "1");
    assert_string_equal(again.result, "done");
    assert_string_equal(lease("renew", NONCE, "1", "0").result, "held");
    assert_string_equal(lease("renew", "", "1", "0").result, "held");
    assert_string_equal(live_text(&redis, "HGET %s released", P "meta"), "1");
    taken = lease("take", OTHER, "1", "0");
    assert_string_equal(taken.result, "done");
    assert_string_equal(taken.clean, "1");
    assert_string_equal(live_text(&redis, "HGET %s released", P "meta"), "0");
}

static void a_store_without_birth_is_nobodys(void **state)
{
    static const char *const actions[] = { "look", "take", "renew", "release" };

    (void)state;
    live_do(&redis, "FLUSHALL");
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        assert_string_equal(lease(actions[i], NONCE, "1", "0").result, "no birth");
    assert_int_equal(keys_in_store(), 0);
}

static void a_newer_store_refuses_and_an_older_is_raised(void **state)
{
    static const char *const actions[] = { "look", "take", "renew", "release" };

    (void)state;
    live_do(&redis, "HSET %s schema 12", P "meta");
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        assert_string_equal(lease(actions[i], NONCE, "9", "7").result, "too new");
    assert_string_equal(live_text(&redis, "HGET %s counter", P "meta"), "7");
    assert_string_equal(lease("look", "", "13", "7").result, "done");
    assert_string_equal(lease("renew", NONCE, "13", "7").result, "done");
    assert_string_equal(live_text(&redis, "HGET %s schema", P "meta"), "12");
    assert_string_equal(lease("take", OTHER, "13", "8").result, "done");
    assert_string_equal(live_text(&redis, "HGET %s schema", P "meta"), "13");
    live_do(&redis, "HDEL %s schema", P "meta");
    assert_string_equal(lease("take", NONCE, "13", "9").result, "done");
    assert_string_equal(live_text(&redis, "HGET %s schema", P "meta"), "13");
}

static void the_shift_of_the_clock_comes_with_it(void **state)
{
    (void)state;
    assert_string_equal(lease("look", "", "1", "0").shift, "0");
    live_do(&redis, "HSET %s clock:shift -3600000", P "meta");
    assert_string_equal(lease("look", "", "1", "0").shift, "-3600000");
    assert_string_equal(lease("renew", NONCE, "1", "0").shift, "-3600000");
}

static void the_last_number_comes_with_it(void **state)
{
    (void)state;
    assert_string_equal(lease("look", "", "1", "0").last_operation, "0");
    live_do(&redis, "HSET %s last:operation 1042", P "meta");
    assert_string_equal(lease("look", "", "1", "0").last_operation, "1042");
}

static void a_lease_out_of_shape_is_an_error(void **state)
{
    (void)state;
    assert_string_equal(lease("steal", NONCE, "1", "7").result, "ERR lease: no such action");
    assert_string_equal(lease("take", "short", "1", "7").result, "ERR lease: a nonce that is not 32 hex digits");
    assert_string_equal(lease("take", OTHER, "x", "7").result, "ERR lease: counter or schema is no number");
    live_do(&redis, "HSET %s counter x", P "meta");
    assert_string_equal(lease("take", OTHER, "1", "x").result, "ERR lease: counter or schema is no number");
    live_do(&redis, "SET %s text", P "meta");
    assert_string_equal(lease("look", OTHER, "1", "x").result, "ERR lease: meta is a string");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_first_take_is_clean, born),
        cmocka_unit_test_setup(a_standing_counter_may_be_taken_over, owned),
        cmocka_unit_test_setup(a_release_hands_over_at_once, owned),
        cmocka_unit_test_setup(a_store_without_birth_is_nobodys, born),
        cmocka_unit_test_setup(a_newer_store_refuses_and_an_older_is_raised, owned),
        cmocka_unit_test_setup(the_shift_of_the_clock_comes_with_it, owned),
        cmocka_unit_test_setup(the_last_number_comes_with_it, owned),
        cmocka_unit_test_setup(a_lease_out_of_shape_is_an_error, owned),
    };

    return cmocka_run_group_tests(tests, redis_up, redis_down);
}
