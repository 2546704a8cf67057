/* Calls to the outside: once, over few connections, and honest about whether the peer may have seen them. */
#include "tests/integration/http_out_fixture.h"

/* ---- may the peer have seen it? ---- */

static void refused_connection_was_not_sent(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });

    (void)state;
    call(fixture, (struct http_call){ .method = "POST", .url = "http://127.0.0.1:1/", .body = STR_LIT("x") });
    assert_int_equal(fixture->result.status, 0);
    assert_false(fixture->result.was_sent);
    assert_true(fixture->result.failure[0] != '\0');
    finish(fixture);
}

static void silent_server_times_out_and_may_have_seen_it(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });

    (void)state;
    fixture->server->script[0] = (struct reply){ NULL, KEEP };
    call(fixture,
         (struct http_call){ .method = "POST", .body = STR_LIT("x"), .timeout_ms = 3000 }); /* time to send it */
    assert_int_equal(fixture->result.status, 0);
    assert_true(fixture->result.was_sent);
    assert_string_equal(fixture->result.failure, "no answer within 3000 ms");
    finish(fixture);
}

static void server_that_never_accepts_did_not_see_it(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .host_max = 1 });
    struct result first = { .body = BUF(1000) };
    struct error err;
    struct http_call occupying = { .method = "GET", .url = fixture->url, .timeout_ms = 2 * RAW_WAIT_MS };

    (void)state;
    fixture->server->script[0] = (struct reply){ NULL, KEEP };
    assert_non_null(http_out_start(fixture->out, &occupying, on_done, &first, &err));
    while (fixture->server->requests == 0)
        raw_turn(fixture->loop, -1, 0);
    call(fixture, (struct http_call){ .method = "POST", .body = STR_LIT("x"), .timeout_ms = 50 });
    assert_false(fixture->result.was_sent); /* it waited for the one connection to the host */
    assert_false(first.is_done);
    assert_int_equal(fixture->server->accepted, 1);
    finish(fixture); /* cancels the first: silence */
    assert_false(first.is_done);
    buf_finish(&first.body);
}

static void connection_is_used_again(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });

    (void)state;
    for (int i = 0; i < 5; i++) {
        fixture->server->script[i] = (struct reply){ OK, KEEP };
        call(fixture, (struct http_call){ .method = "POST", .body = STR_LIT("x") });
        assert_int_equal(fixture->result.status, 200);
    }
    assert_int_equal(fixture->server->requests, 5);
    assert_int_equal(fixture->server->accepted, 1);
    finish(fixture);
}

/* The trap: curl would send it again on a new connection, and the peer would see it twice. */
static void connection_that_dies_under_a_post_is_not_tried_again(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });

    (void)state;
    fixture->server->script[0] = (struct reply){ OK, KEEP };
    fixture->server->script[1] = (struct reply){ NULL, CLOSE };
    fixture->server->script[2] = (struct reply){ OK, KEEP };
    call(fixture, (struct http_call){ .method = "POST", .body = STR_LIT("x") });
    assert_int_equal(fixture->result.status, 200);
    call(fixture, (struct http_call){ .method = "POST", .body = STR_LIT("x") });
    assert_int_equal(fixture->result.status, 0);
    assert_true(fixture->result.was_sent);
    assert_int_equal(fixture->server->requests, 2);
    finish(fixture);
}

static void connection_that_dies_under_a_post_without_body_is_not_tried_again(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });

    (void)state;
    fixture->server->script[0] = (struct reply){ OK, KEEP };
    fixture->server->script[1] = (struct reply){ NULL, CLOSE };
    call(fixture, (struct http_call){ .method = "GET" });
    call(fixture, (struct http_call){ .method = "POST" });
    assert_int_equal(fixture->result.status, 0);
    assert_true(fixture->result.was_sent);
    assert_int_equal(fixture->server->requests, 2);
    finish(fixture);
}

static void connection_closed_between_calls_is_replaced(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });

    (void)state;
    fixture->server->script[0] = (struct reply){ OK, CLOSE };
    fixture->server->script[1] = (struct reply){ OK, KEEP };
    call(fixture, (struct http_call){ .method = "POST", .body = STR_LIT("x") });
    for (int i = 0; i < 100; i++) /* until the kernel has told our side, however busy it is */
        raw_turn(fixture->loop, -1, 0);
    call(fixture, (struct http_call){ .method = "POST", .body = STR_LIT("x") });
    assert_int_equal(fixture->result.status, 200);
    assert_int_equal(fixture->server->accepted, 2);
    finish(fixture);
}

/* ---- names ---- */

static void name_is_resolved_by_the_resolver(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });
    char url[128];

    (void)state;
    fixture->server->script[0] = fixture->server->script[1] = (struct reply){ OK, KEEP };
    snprintf(url, sizeof(url), "http://known.example:%d/", fixture->server->port);
    call(fixture, (struct http_call){ .url = url });
    assert_int_equal(fixture->result.status, 200);
    assert_true(heard(fixture, "Host: known.example:"));
    snprintf(url, sizeof(url), "http://localhost:%d/", fixture->server->port);
    call(fixture, (struct http_call){ .url = url });
    assert_int_equal(fixture->result.status, 200);
    finish(fixture);
}

static void unknown_name_was_not_sent(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });

    (void)state;
    call(fixture, (struct http_call){ .method = "POST", .url = "http://unknown.example/", .body = STR_LIT("x") });
    assert_int_equal(fixture->result.status, 0);
    assert_false(fixture->result.was_sent);
    assert_non_null(strstr(fixture->result.failure, "unknown.example"));
    finish(fixture);
}

static void note_gap(void *arg)
{
    int64_t *longest_ms = arg; /* [0]; [1] is the last look */
    struct timespec now;
    int64_t now_ms;

    clock_gettime(CLOCK_MONOTONIC, &now);
    now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (longest_ms[1] && now_ms - longest_ms[1] > longest_ms[0])
        longest_ms[0] = now_ms - longest_ms[1];
    longest_ms[1] = now_ms;
}

static void dead_name_server_blocks_nobody(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });
    struct result dead = { .body = BUF(1000) };
    struct http_call to_dead = { .method = "GET", .url = "http://dead.example/", .timeout_ms = 50 };
    struct error err;
    int64_t gaps[2] = { 0, 0 };
    struct loop_turn *turn = loop_turn_start(fixture->loop, note_gap, gaps);

    (void)state;
    fixture->server->script[0] = (struct reply){ OK, KEEP };
    assert_non_null(http_out_start(fixture->out, &to_dead, on_done, &dead, &err));
    call(fixture, (struct http_call){ .method = "GET" });
    assert_int_equal(fixture->result.status, 200);
    raw_wait(fixture->loop, &dead.is_done);
    assert_int_equal(dead.status, 0);
    assert_false(dead.was_sent);
    assert_true(gaps[0] < RAW_WAIT_MS / 2); /* a resolver that blocks the loop never comes back here */
    loop_turn_cancel(turn);
    finish(fixture);
    buf_finish(&dead.body);
}

/* ---- many calls, and their end ---- */

static void cancelled_call_is_silent(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });
    struct result other = { .body = BUF(1000) };
    struct http_call get = { .method = "GET", .url = fixture->url, .timeout_ms = RAW_WAIT_MS };
    struct error err;

    (void)state;
    fixture->server->script[0] = fixture->server->script[1] = (struct reply){ OK, KEEP };
    http_out_cancel(start(fixture, (struct http_call){ .method = "GET" }));
    http_out_cancel(start(fixture, (struct http_call){ .url = "http://dead.example/" }));
    http_out_cancel(NULL);
    assert_non_null(http_out_start(fixture->out, &get, on_done, &other, &err));
    raw_wait(fixture->loop, &other.is_done);
    assert_int_equal(fixture->result.count, 0);
    finish(fixture);
    buf_finish(&other.body);
}

static void many_calls_share_few_connections(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .host_max = 4 });
    static struct result results[50];
    struct http_call get = { .method = "GET", .url = fixture->url, .timeout_ms = RAW_WAIT_MS };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fixture->server->script); i++)
        fixture->server->script[i] = (struct reply){ OK, KEEP };
    for (size_t i = 0; i < ARRAY_LEN(results); i++) {
        struct error err;

        results[i].body = BUF(100);
        assert_non_null(http_out_start(fixture->out, &get, on_done, &results[i], &err));
    }
    for (size_t i = 0; i < ARRAY_LEN(results); i++) {
        raw_wait(fixture->loop, &results[i].is_done);
        assert_int_equal(results[i].status, 200);
        buf_finish(&results[i].body);
    }
    assert_true(fixture->server->accepted <= 4);
    finish(fixture);
}

static void destroy_with_calls_in_flight_is_clean(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });

    (void)state;
    start(fixture, (struct http_call){ .method = "GET" });
    start(fixture, (struct http_call){ .url = "http://dead.example/" });
    for (int i = 0; i < 5; i++)
        raw_turn(fixture->loop, -1, 0);
    start(fixture, (struct http_call){ .method = "POST", .body = STR_LIT("x") });
    finish(fixture);
}

/* ---- by another way ---- */

static void environment_proxy_is_not_used(void **state)
{
    struct fixture *fixture;

    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    fixture = begin((struct http_out_options){ .proxy = NULL });
    fixture->server->script[0] = (struct reply){ OK, KEEP };
    call(fixture, (struct http_call){ .method = "GET" });
    assert_int_equal(fixture->result.status, 200);
    unsetenv("http_proxy");
    finish(fixture);
}

static void configured_proxy_gets_the_whole_url(void **state)
{
    struct error err;
    struct loop *loop = loop_create(&err);
    struct server *server = server_start(loop);
    struct resolve *resolve = resolve_create(&(struct resolve_options){ .loop = loop, .lookup = fake_lookup });
    struct result result = { .body = BUF(100) };
    struct http_call get = { .method = "GET", .url = "http://outside.example/a", .timeout_ms = RAW_WAIT_MS };
    char proxy[64];
    struct http_out *out;

    (void)state;
    snprintf(proxy, sizeof(proxy), "http://known.example:%d", server->port);
    out = http_out_create(&(struct http_out_options){ .loop = loop, .resolve = resolve, .proxy = proxy }, &err);
    server->script[0] = (struct reply){ OK, KEEP };
    assert_non_null(http_out_start(out, &get, on_done, &result, &err));
    raw_wait(loop, &result.is_done);
    assert_int_equal(result.status, 200);
    assert_true(str_starts_with(buf_str(&server->heard), "GET http://outside.example/a HTTP/1.1\r\n"));
    http_out_destroy(out);
    resolve_destroy(resolve);
    server_stop(server);
    buf_finish(&result.body);
    loop_destroy(loop);
}

static void unix_socket_is_called(void **state)
{
    struct error err;
    struct loop *loop = loop_create(&err);
    struct server *server = xcalloc(1, sizeof(*server));
    struct sockaddr_un here = { .sun_family = AF_UNIX };
    struct result result = { .body = BUF(100) };
    struct http_call get = { .method = "POST", .url = "http://opsgate/a", .timeout_ms = RAW_WAIT_MS };
    struct http_out *out;

    (void)state;
    snprintf(here.sun_path, sizeof(here.sun_path), "/tmp/opsgate-test-out-%d.sock", (int)getpid());
    server_listen(server, loop, (struct sockaddr *)&here, sizeof(here));
    out = http_out_create(&(struct http_out_options){ .loop = loop, .unix_path = here.sun_path }, &err);
    server->script[0] = (struct reply){ OK, KEEP };
    assert_non_null(http_out_start(out, &get, on_done, &result, &err));
    raw_wait(loop, &result.is_done);
    assert_int_equal(result.status, 200);
    http_out_destroy(out);
    server_stop(server);
    unlink(here.sun_path);
    buf_finish(&result.body);
    loop_destroy(loop);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_connection_was_not_sent),
        cmocka_unit_test(silent_server_times_out_and_may_have_seen_it),
        cmocka_unit_test(server_that_never_accepts_did_not_see_it),
        cmocka_unit_test(connection_is_used_again),
        cmocka_unit_test(connection_that_dies_under_a_post_is_not_tried_again),
        cmocka_unit_test(connection_that_dies_under_a_post_without_body_is_not_tried_again),
        cmocka_unit_test(connection_closed_between_calls_is_replaced),
        cmocka_unit_test(name_is_resolved_by_the_resolver),
        cmocka_unit_test(unknown_name_was_not_sent),
        cmocka_unit_test(dead_name_server_blocks_nobody),
        cmocka_unit_test(cancelled_call_is_silent),
        cmocka_unit_test(many_calls_share_few_connections),
        cmocka_unit_test(environment_proxy_is_not_used),
        cmocka_unit_test(configured_proxy_gets_the_whole_url),
        cmocka_unit_test(unix_socket_is_called),
        cmocka_unit_test(destroy_with_calls_in_flight_is_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
