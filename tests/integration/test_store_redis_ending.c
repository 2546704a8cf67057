/* The end of a store: nobody is called afterwards, and a callback may be what ends it. */
#include "tests/integration/store_redis_fixture.h"

static void after_destroy_nobody_is_called(void **state)
{
    (void)state;
    own_the_store();
    begin();
    for (int64_t seq = 1; seq <= 20; seq++)
        start_commit(NONCE, seq);
    world.store.read(world.store.ctx, "0-0", "0-0", 1, 5000, on_read, NULL);
    world.store.load(world.store.ctx, on_loaded, NULL);
    start_accept("k", false, "x");
    store_redis_destroy(TAKE(world.shell));
    run_for_ms(50);
    assert_int_equal(world.answers, 0);
}

static void destroy_it(void *arg, enum store_status status, const char *reason)
{
    (void)arg, (void)status, (void)reason;
    world.answers++;
    store_redis_destroy(TAKE(world.shell));
}

static void start_commit_that_destroys(void)
{
    world.store.commit(world.store.ctx, &(struct store_commit){ .nonce = NONCE, .seq = 1, .id = OTHER }, destroy_it,
                       NULL);
}

static void a_callback_may_destroy_the_store(void **state)
{
    (void)state;
    own_the_store();
    begin();
    start_commit_that_destroys();
    start_commit(NONCE, 2);
    start_accept("k", false, "x");
    run_until_answers(1);
    run_for_ms(50);
    assert_int_equal(world.answers, 1);
}

static void a_callback_may_destroy_it_when_the_server_died(void **state)
{
    (void)state;
    own_the_store();
    kill(world.redis.pid, SIGSTOP);
    begin();
    start_commit_that_destroys();
    start_commit(NONCE, 2);
    start_accept("k", false, "x");
    run_for_ms(20);
    live_kill(&world.redis);
    run_until_answers(1);
    run_for_ms(50);
    assert_int_equal(world.answers, 1);
}

static void a_callback_may_destroy_it_at_the_deadline(void **state)
{
    struct store_redis_options options = usual_options();

    (void)state;
    own_the_store();
    store_redis_destroy(world.shell);
    options.deadline_ms = 100;
    open_store(&options);
    run_for_ms(50);
    kill(world.redis.pid, SIGSTOP);
    begin();
    start_commit_that_destroys();
    start_commit(NONCE, 2);
    run_until_answers(1);
    run_for_ms(50);
    assert_int_equal(world.answers, 1);
    kill(world.redis.pid, SIGCONT);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(after_destroy_nobody_is_called),
        IN_A_WORLD(a_callback_may_destroy_the_store),
        IN_A_WORLD(a_callback_may_destroy_it_when_the_server_died),
        IN_A_WORLD(a_callback_may_destroy_it_at_the_deadline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
