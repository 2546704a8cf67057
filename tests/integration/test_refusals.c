/* Refusals go where a request came from: once, a few at a time, and none is waited for. */
#include "bot/doors/refusals.h"
#include "tests/integration/http_in_fixture.h"

static struct world {
    struct fixture *peer;
    struct http_out *out;
    struct refusals *refusals;
    char url[128];
} world;

static int enter(void **state)
{
    struct http_out_options options = { .loop = NULL };
    struct error err;

    (void)state;
    world.peer = fixture_begin((struct http_in_limits){ 0 });
    options.loop = world.peer->loop;
    options.host_max = REFUSALS_MAX + 8;
    world.out = http_out_create(&options, &err);
    world.refusals = refusals_create(world.out);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    refusals_destroy(world.refusals);
    http_out_destroy(world.out);
    fixture_finish(world.peer);
    return 0;
}

static void say(const char *path, const char *text)
{
    snprintf(world.url, sizeof(world.url), "http://127.0.0.1:%d%s", http_in_port(world.peer->in), path);
    refusals_say(world.refusals, "r1", world.url, "application/json", str_of(text));
}

static void wait_for(const size_t *count, size_t wanted)
{
    int64_t end_ms = loop_now_ms(world.peer->loop) + RAW_WAIT_MS;

    while (*count < wanted && loop_now_ms(world.peer->loop) < end_ms)
        raw_turn(world.peer->loop, -1, 0);
    assert_int_equal(*count, wanted);
}

static void a_refusal_is_posted_as_it_is(void **state)
{
    (void)state;
    say("/json", "{\"text\":\"NOT accepted\"}");
    wait_for(&world.peer->handed, 1);
    assert_string_equal(buf_text(&world.peer->last_body), "{\"text\":\"NOT accepted\"}");
}

static void no_more_are_under_way_than_a_few(void **state)
{
    (void)state;
    for (size_t i = 0; i < REFUSALS_MAX + 5; i++)
        say("/hold", "{}");
    wait_for(&world.peer->held_count, REFUSALS_MAX);
    fixture_release(world.peer, 0);
    while (world.peer->sent == 0)
        raw_turn(world.peer->loop, -1, 0);
    for (int i = 0; i < 50; i++) /* the others were dropped: none comes later */
        raw_turn(world.peer->loop, -1, 0);
    assert_int_equal(world.peer->held_count, REFUSALS_MAX);
    say("/hold", "{}"); /* and there is room again */
    wait_for(&world.peer->held_count, REFUSALS_MAX + 1);
}

static void an_end_with_refusals_out_is_clean(void **state)
{
    (void)state;
    say("/hold", "{}");
    say("/hold", "{}");
    wait_for(&world.peer->held_count, 2);
}

static void an_address_that_takes_nothing_is_left_alone(void **state)
{
    (void)state;
    say("/nothing", "{}");
    refusals_say(world.refusals, "r1", "http://127.0.0.1:1/x", "application/json", STR_LIT("{}"));
    refusals_say(world.refusals, "r1", "no address", "application/json", STR_LIT("{}"));
    say("/json", "{}"); /* later ones go on */
    wait_for(&world.peer->handed, 1);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_refusal_is_posted_as_it_is),
        IN_A_WORLD(no_more_are_under_way_than_a_few),
        IN_A_WORLD(an_end_with_refusals_out_is_clean),
        IN_A_WORLD(an_address_that_takes_nothing_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
