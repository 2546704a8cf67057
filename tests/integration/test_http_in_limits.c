/* Too slow, too large, too many, and stopping: the server keeps its bounds, and says so while it can. */
#include "tests/integration/http_in_fixture.h"

#include <stdlib.h>
#include <sys/resource.h>

static void add_repeated(struct buf *text, char c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_putc(text, c);
}

/* Says `first`, then one more byte now and then, until it is cut; returns how long that took. */
static int64_t drip(struct fixture *fixture, struct raw *client, const char *first)
{
    int64_t start_ms = loop_now_ms(fixture->loop), next_ms = start_ms;

    raw_puts(client, fixture->loop, first);
    while (!client->is_over && loop_now_ms(fixture->loop) - start_ms < RAW_WAIT_MS) {
        if (loop_now_ms(fixture->loop) >= next_ms) {
            send(client->fd, "a", 1, MSG_NOSIGNAL);
            next_ms = loop_now_ms(fixture->loop) + 10;
        }
        raw_turn(fixture->loop, client->fd, POLLIN);
        raw_take(client);
    }
    return loop_now_ms(fixture->loop) - start_ms;
}

#define POST(path) "POST " path " HTTP/1.1\r\nHost: a\r\n"
#define LATE "408 Request Timeout"

static const struct dripper {
    const char *name, *first, *answer;
} drippers[] = {
    { "a client that drips its request line is cut", "GET /", LATE },
    { "a client that drips its headers is cut", "GET /x HTTP/1.1\r\nHost: a\r\nX-Foo: ", LATE },
    { "a client that drips its body is cut", POST("/x") "Content-Length: 900\r\n\r\n", LATE },
    { "a client that drips chunks is cut", POST("/x") "Transfer-Encoding: chunked\r\n\r\n300\r\n", LATE },
    { "a client that drips a refused body is told its refusal",
      "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n", "405 Method Not Allowed" },
    { "a client that drips its second request is cut", GET("/x") "GET /x HTTP/1.1\r\nX-Foo: ", LATE },
    { "a sender that never repeats what is 4xx is told to come again",
      POST("/later") "X-Foo: a\r\nContent-Length: 900\r\n\r\n", "503 Service Unavailable" },
    { "whom its gate refused is told so", POST("/later") "Content-Length: 900\r\n\r\n", "401 Unauthorized" },
};

static void check_dripper(void **state)
{
    const struct dripper *row = *state;
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 100 });
    bool is_told = false;

    for (int tries = 0; tries < 20 && !is_told;
         tries++) { /* a machine that stood still cuts it before its head is read */
        struct raw client = fixture_connect(fixture);
        int64_t took_ms = drip(fixture, &client, row->first);

        assert_true(client.is_over);
        assert_true(took_ms >= 99);
        is_told = str_contains(buf_str(&client.got), row->answer);
        assert_true(is_told || str_contains(buf_str(&client.got), LATE));
        raw_close(&client);
    }
    assert_true(is_told);
    assert_int_equal(fixture->put_off, strstr(row->answer, "503") ? 1 : 0);
    fixture_finish(fixture);
}

static void silent_client_is_cut(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 50 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    raw_expect_end(&client, fixture->loop);
    raw_close(&client);
    fixture_finish(fixture);
}

static void idle_connection_lives_longer_than_a_request_and_then_goes(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 3000, .keepalive_ms = 3500 });
    struct raw client = fixture_connect(fixture);
    int64_t start_ms;

    (void)state;
    start_ms = loop_now_ms(fixture->loop);
    raw_puts(&client, fixture->loop, GET("/x"));
    assert_true(raw_expect(&client, fixture->loop, "echo"));
    raw_expect_end(&client, fixture->loop);
    assert_true(loop_now_ms(fixture->loop) - start_ms >= 3500);
    assert_false(str_contains(buf_str(&client.got), " 408 ")); /* it asked for nothing */
    raw_close(&client);
    fixture_finish(fixture);
}

static void client_that_takes_no_answer_is_cut(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 3000 }); /* time to ask for it */
    struct raw client = fixture_connect(fixture);
    AUTO_FREE char *large = xcalloc(1, (size_t)32 << 20); /* more than all socket buffers */
    bool is_told = false;

    (void)state;
    raw_puts(&client, fixture->loop, GET("/hold"));
    fixture_wait_held(fixture, 1);
    http_in_answer(fixture->held[0], &(struct http_reply){ .status = 200,
                                                           .body = { large, (size_t)32 << 20 },
                                                           .on_sent = fixture_on_sent,
                                                           .arg = fixture });
    fixture->held[0] = NULL;
    while (!is_told) {
        raw_turn(fixture->loop, -1, 0);
        is_told = fixture->sent + fixture->unsent > 0;
    }
    assert_int_equal(fixture->unsent, 1);
    raw_close(&client);
    fixture_finish(fixture);
}

static void handler_that_is_late_is_answered_for(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .answer_ms = 50 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    raw_puts(&client, fixture->loop, "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    assert_true(raw_expect(&client, fixture->loop, "503 Service Unavailable"));
    assert_true(raw_expect(&client, fixture->loop, "Retry-After: 1\r\n"));
    assert_false(http_in_is_waiting(fixture->held[0]));
    assert_true(str_is(fixture->held[0]->body, "abc")); /* still the handler's */
    assert_null(http_request_header(fixture->held[0], "Host"));
    fixture_release(fixture, 0); /* changes nothing */
    raw_puts(&client, fixture->loop, GET("/x"));
    assert_true(raw_expect(&client, fixture->loop, "echo"));
    assert_false(str_contains(buf_str(&client.got), "held"));
    assert_int_equal(fixture->unsent, 1);
    assert_int_equal(http_in_counts(fixture->in).requests, 0);
    assert_int_equal(http_in_counts(fixture->in).unanswered, 1);
    raw_close(&client);
    fixture_finish(fixture);
}

static void release_first(void *arg)
{
    fixture_release(arg, 0);
}

static void who_stood_still_answers_what_was_due_before_it_was_late(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .answer_ms = 2000 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    raw_puts(&client, fixture->loop, GET("/hold"));
    fixture_wait_held(fixture, 1);
    loop_timer_start(fixture->loop, 1900, release_first, fixture);
    usleep(3 * 1000 * 1000); /* the machine, not the test */
    assert_true(raw_expect(&client, fixture->loop, "\r\n\r\nheld"));
    raw_close(&client);
    fixture_finish(fixture);
}

static void who_stood_still_reads_what_came_meanwhile(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 2000 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    while (http_in_counts(fixture->in).connections == 0)
        raw_turn(fixture->loop, -1, 0);
    assert_true(send(client.fd, GET("/x"), sizeof(GET("/x")) - 1, 0) > 0);
    usleep(3 * 1000 * 1000);
    assert_true(raw_expect(&client, fixture->loop, "\r\n\r\necho"));
    raw_close(&client);
    fixture_finish(fixture);
}

static void body_that_grows_over_the_limit_is_413(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);
    AUTO_BUF struct buf text = BUF(1 << 20);

    (void)state;
    buf_puts(&text, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n");
    add_repeated(&text, 'a', 1001);
    buf_puts(&text, "\r\n0\r\n\r\n" GET("/x"));
    raw_send(&client, fixture->loop, buf_str(&text));
    assert_true(raw_expect(&client, fixture->loop, "413 Content Too Large"));
    assert_true(raw_expect(&client, fixture->loop, "echo")); /* the connection goes on */
    assert_int_equal(fixture->handed, 1);
    raw_close(&client);
    fixture_finish(fixture);
}

static void endless_body_is_told_and_cut(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 10000 });
    struct raw client = fixture_connect(fixture);
    AUTO_BUF struct buf text = BUF(1 << 20);

    (void)state;
    buf_puts(&text, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n");
    add_repeated(&text, 'a', 200000);
    raw_send(&client, fixture->loop, buf_str(&text));
    assert_true(raw_expect(&client, fixture->loop, "413 Content Too Large"));
    raw_expect_end(&client, fixture->loop);
    raw_close(&client);
    fixture_finish(fixture);
}

static void large_body_sent_without_asking_still_gets_its_413(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);
    AUTO_BUF struct buf text = BUF(16 << 20);

    (void)state;
    buf_puts(&text, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n");
    add_repeated(&text, 'a', 8000000);
    assert_true(raw_send(&client, fixture->loop, buf_str(&text))); /* and is not reset while it still sends */
    assert_true(raw_expect(&client, fixture->loop, "413 Content Too Large"));
    raw_close(&client);
    fixture_finish(fixture);
}

static const struct header_row {
    const char *name;
    size_t line_bytes, lines;
    const char *answer;
} header_rows[] = {
    { "headers under the limit are taken", 15000, 1, "200 OK" },
    { "many headers under the limit are taken", 100, 100, "200 OK" },
    { "one header over the limit is 431", 17000, 1, "431 " },
    { "one header far over the limit is 431", 200000, 1, "431 " },
    { "too many headers are 431", 10, 5000, "431 " },
};

static void check_headers(void **state)
{
    const struct header_row *row = *state;
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .header_max_bytes = 16384 });
    struct raw client = fixture_connect(fixture);
    AUTO_BUF struct buf text = BUF(1 << 20);

    buf_puts(&text, "GET /x HTTP/1.1\r\nHost: a\r\n");
    for (size_t i = 0; i < row->lines; i++) {
        buf_puts(&text, "X-Foo: ");
        add_repeated(&text, 'a', row->line_bytes);
        buf_puts(&text, "\r\n");
    }
    buf_puts(&text, "\r\n");
    raw_send(&client, fixture->loop, buf_str(&text));
    assert_true(raw_expect(&client, fixture->loop, row->answer));
    raw_close(&client);
    fixture_finish(fixture);
}

/* What stands between and behind chunks is kept nowhere and told to nobody: it must end, too. */
static const struct flood_row {
    const char *name, *first, *again;
} flood_rows[] = {
    { "an endless extension of a chunk is cut", POST("/x") "Transfer-Encoding: chunked\r\n\r\n3;a=", "a" },
    { "an endless chunk size is cut", POST("/x") "Transfer-Encoding: chunked\r\n\r\n", "0" },
    { "endless trailers are cut", POST("/x") "Transfer-Encoding: chunked\r\n\r\n0\r\n", "X-T: a\r\n" },
    { "an endless trailer is cut", POST("/x") "Transfer-Encoding: chunked\r\n\r\n0\r\nX-T: ", "a" },
    { "an endless target is cut", "GET /", "a" },
    { "an endless method is cut", "", "A" },
    { "endless empty lines are cut", "", "\r\n" },
};

static void check_flood(void **state)
{
    const struct flood_row *row = *state;
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .header_max_bytes = 16384, .request_ms = 500 });
    struct raw client = fixture_connect(fixture);
    AUTO_BUF struct buf text = BUF(1 << 20);

    buf_puts(&text, row->first);
    while (buf_str(&text).len < 400000)
        buf_puts(&text, row->again);
    send(client.fd, buf_text(&text), buf_str(&text).len, MSG_NOSIGNAL); /* as much as it takes */
    raw_expect_end(&client, fixture->loop);
    assert_int_equal(fixture->handed, 0);
    raw_close(&client);
    fixture_finish(fixture);
}

static void full_house_is_503_except_for_vital_rows(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .requests_max = 2 });
    struct raw a = fixture_connect(fixture), b = fixture_connect(fixture), c = fixture_connect(fixture);

    (void)state;
    raw_puts(&a, fixture->loop, GET("/hold"));
    raw_puts(&b, fixture->loop, GET("/hold"));
    fixture_wait_held(fixture, 2);
    raw_puts(&c, fixture->loop, GET("/x"));
    assert_true(raw_expect(&c, fixture->loop, "503 Service Unavailable"));
    raw_puts(&c, fixture->loop, GET("/live"));
    assert_true(raw_expect(&c, fixture->loop, "echo"));
    fixture_release(fixture, 0);
    raw_puts(&c, fixture->loop, GET("/tell"));
    assert_true(raw_expect(&c, fixture->loop, "foo=none"));
    raw_close(&a);
    raw_close(&b);
    raw_close(&c);
    fixture_finish(fixture);
}

static const struct reserve {
    const char *name;
    unsigned requests_max, machines; /* so many of them may wait */
} reserves[] = {
    { "machines leave an eighth to people", 80, 70 },
    { "and never less than four", 16, 12 },
    { "of few they leave half", 6, 3 },
    { "of two they leave one", 2, 1 },
    { "one is for everybody", 1, 1 },
};

/* As many of them as may, each on a connection of its own; one more gets 503. */
static void fill_with_machines(struct fixture *fixture, struct raw *clients, unsigned count)
{
    for (unsigned i = 0; i <= count; i++) {
        clients[i] = fixture_connect(fixture);
        raw_puts(&clients[i], fixture->loop, GET("/machine"));
        if (i < count)
            fixture_wait_held(fixture, i + 1);
    }
    assert_true(raw_expect(&clients[count], fixture->loop, "503 Service Unavailable"));
    assert_int_equal(http_in_counts(fixture->in).machines, count);
}

static void check_reserve(void **state)
{
    const struct reserve *row = *state;
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .requests_max = row->requests_max });
    struct raw machines[80], person = fixture_connect(fixture), people[80];
    unsigned left = row->requests_max - row->machines;

    fill_with_machines(fixture, machines, row->machines);
    raw_puts(&person, fixture->loop, GET("/x"));
    assert_true(raw_expect(&person, fixture->loop, left > 0 ? "echo" : "503 Service Unavailable"));
    for (unsigned i = 0; i < left; i++) { /* people may fill what is theirs, and no more */
        people[i] = fixture_connect(fixture);
        raw_puts(&people[i], fixture->loop, GET("/hold"));
        fixture_wait_held(fixture, row->machines + i + 1);
    }
    buf_clear(&person.got);
    raw_puts(&person, fixture->loop, GET("/tell"));
    assert_true(raw_expect(&person, fixture->loop, "503 Service Unavailable"));
    fixture_release(fixture, 0); /* a machine has gone, and the next one may come */
    assert_int_equal(http_in_counts(fixture->in).machines, row->machines - 1);
    raw_puts(&machines[row->machines], fixture->loop, GET("/machine"));
    fixture_wait_held(fixture, row->requests_max + 1);
    for (unsigned i = 0; i <= row->machines; i++)
        raw_close(&machines[i]);
    for (unsigned i = 0; i < left; i++)
        raw_close(&people[i]);
    raw_close(&person);
    fixture_finish(fixture);
}

static void bodies_share_one_budget(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .body_total_max_bytes = 1000 });
    struct raw a = fixture_connect(fixture), b = fixture_connect(fixture), c = fixture_connect(fixture);
    AUTO_BUF struct buf text = BUF(1 << 16);

    (void)state;
    buf_puts(&text, "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 600\r\n\r\n");
    add_repeated(&text, 'a', 600);
    raw_send(&a, fixture->loop, buf_str(&text));
    fixture_wait_held(fixture, 1);
    assert_int_equal(http_in_counts(fixture->in).body_bytes, 600);
    raw_send(&b, fixture->loop, buf_str(&text)); /* known from Content-Length */
    assert_true(raw_expect(&b, fixture->loop, "503 Service Unavailable"));
    raw_puts(&c, fixture->loop, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 9; i++) /* known only as it comes */
        raw_puts(&c, fixture->loop, "32\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
    raw_puts(&c, fixture->loop, "0\r\n\r\n");
    assert_true(raw_expect(&c, fixture->loop, "503 Service Unavailable"));
    fixture_release(fixture, 0);
    assert_true(raw_expect(&a, fixture->loop, "held"));
    assert_int_equal(http_in_counts(fixture->in).body_bytes, 0);
    raw_close(&a);
    raw_close(&b);
    raw_close(&c);
    fixture_finish(fixture);
}

/* Anybody may begin to send large bodies, and never end: they have three quarters, and no more. */
static void large_bodies_leave_room_for_small_ones(void **state)
{
    enum { LARGE = 100000, SMALL = 60000 };
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .body_total_max_bytes = 4 * LARGE });
    struct raw large[3], more = fixture_connect(fixture), growing = fixture_connect(fixture), small[2];
    AUTO_BUF struct buf text = BUF(1 << 20);

    (void)state;
    buf_addf(&text, POST("/hold") "Content-Length: %d\r\n\r\n", LARGE);
    add_repeated(&text, 'a', LARGE);
    for (size_t i = 0; i < ARRAY_LEN(large); i++) {
        large[i] = fixture_connect(fixture);
        raw_send(&large[i], fixture->loop, buf_str(&text));
        fixture_wait_held(fixture, i + 1);
    }
    raw_send(&more, fixture->loop, buf_str(&text));
    assert_true(raw_expect(&more, fixture->loop, "503 Service Unavailable"));
    raw_puts(&growing, fixture->loop, POST("/hold") "Transfer-Encoding: chunked\r\n\r\n10100\r\n");
    buf_clear(&text);
    add_repeated(&text, 'a', 0x10100);
    buf_puts(&text, "\r\n0\r\n\r\n");
    raw_send(&growing, fixture->loop, buf_str(&text)); /* large only in the end */
    assert_true(raw_expect(&growing, fixture->loop, "503 Service Unavailable"));
    buf_clear(&text);
    buf_addf(&text, POST("/hold") "Content-Length: %d\r\n\r\n", SMALL);
    add_repeated(&text, 'a', SMALL);
    for (size_t i = 0; i < ARRAY_LEN(small); i++) {
        small[i] = fixture_connect(fixture);
        raw_send(&small[i], fixture->loop, buf_str(&text));
        if (i == 0)
            fixture_wait_held(fixture, ARRAY_LEN(large) + 1);
    }
    assert_true(raw_expect(&small[1], fixture->loop, "503 Service Unavailable")); /* all have one bound */
    assert_int_equal(http_in_counts(fixture->in).body_bytes, 3 * LARGE + SMALL);
    for (size_t i = 0; i < ARRAY_LEN(large); i++)
        raw_close(&large[i]);
    for (size_t i = 0; i < ARRAY_LEN(small); i++)
        raw_close(&small[i]);
    raw_close(&more);
    raw_close(&growing);
    fixture_finish(fixture);
}

static const struct put_off_row {
    const char *name, *head;
    size_t header_bytes, body_bytes;
    const char *answer;
    size_t put_off;
} put_off_rows[] = {
    { "too large by its length, it is to come again", POST("/later") "X-Foo: a\r\nContent-Length: 1001\r\n", 0, 1001,
      "503 Service Unavailable", 1 },
    { "far too large, it is to come again", POST("/later") "X-Foo: a\r\nContent-Length: 9000000\r\n", 0, 0,
      "503 Service Unavailable", 1 },
    { "grown too large, it is to come again", POST("/later") "X-Foo: a\r\nTransfer-Encoding: chunked\r\n", 0, 1001,
      "503 Service Unavailable", 1 },
    { "with too large headers, it is to come again", POST("/later") "X-Foo: a\r\n", 17000, 0, "503 Service Unavailable",
      1 },
    { "whom its gate refuses is not put off", POST("/later") "Content-Length: 1001\r\n", 0, 1001, "401 Unauthorized",
      0 },
    { "nor with too large headers", POST("/later"), 17000, 0, "401 Unauthorized", 0 },
    { "a row that does not ask for it is 413", POST("/gate") "X-Foo: a\r\nContent-Length: 9000000\r\n", 0, 0,
      "413 Content Too Large", 0 },
    { "a row that does not ask for it is 431", POST("/gate") "X-Foo: a\r\n", 17000, 0,
      "431 Request Header Fields Too Large", 0 },
};

static void check_put_off(void **state)
{
    const struct put_off_row *row = *state;
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = RAW_WAIT_MS * 2 });
    struct raw client = fixture_connect(fixture);
    AUTO_BUF struct buf text = BUF(1 << 20);
    bool is_chunked = strstr(row->head, "chunked");

    buf_puts(&text, row->head);
    if (row->header_bytes > 0) {
        buf_puts(&text, "X-Long: ");
        add_repeated(&text, 'a', row->header_bytes);
        buf_puts(&text, "\r\n");
    }
    buf_puts(&text, "\r\n");
    if (is_chunked)
        buf_addf(&text, "%zx\r\n", row->body_bytes);
    add_repeated(&text, 'a', row->body_bytes);
    if (is_chunked)
        buf_puts(&text, "\r\n0\r\n\r\n");
    raw_send(&client, fixture->loop, buf_str(&text));
    assert_true(raw_expect(&client, fixture->loop, row->answer));
    assert_int_equal(str_contains(buf_str(&client.got), "Retry-After: 1\r\n"), row->put_off > 0);
    assert_int_equal(fixture->put_off, row->put_off);
    assert_int_equal(fixture->handed, 0);
    assert_int_equal(http_in_counts(fixture->in).body_bytes, 0);
    raw_close(&client);
    fixture_finish(fixture);
}

static void connection_too_many_is_told(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .connections_max = 2 });
    struct raw a = fixture_connect(fixture), b = fixture_connect(fixture), c;

    (void)state;
    raw_puts(&a, fixture->loop, GET("/x"));
    raw_puts(&b, fixture->loop, GET("/x"));
    assert_true(raw_expect(&a, fixture->loop, "echo") && raw_expect(&b, fixture->loop, "echo"));
    c = fixture_connect(fixture);
    assert_true(raw_expect(&c, fixture->loop, "503 Service Unavailable"));
    raw_expect_end(&c, fixture->loop);
    raw_close(&a);
    while (http_in_counts(fixture->in).connections == 2)
        raw_turn(fixture->loop, -1, 0);
    raw_close(&c);
    c = fixture_connect(fixture);
    raw_puts(&c, fixture->loop, GET("/x"));
    assert_true(raw_expect(&c, fixture->loop, "echo"));
    raw_close(&b);
    raw_close(&c);
    fixture_finish(fixture);
}

static void no_descriptor_left_is_survived(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);
    struct rlimit before, tight;
    int64_t first_ms, passed_ms;
    int next_fd = dup(client.fd);

    (void)state;
    close(next_fd);
    getrlimit(RLIMIT_NOFILE, &before);
    tight = (struct rlimit){ .rlim_cur = (rlim_t)next_fd, .rlim_max = before.rlim_max };
    setrlimit(RLIMIT_NOFILE, &tight);
    while (http_in_counts(fixture->in).accept_failures == 0)
        raw_turn(fixture->loop, -1, 0);
    first_ms = loop_now_ms(fixture->loop);
    for (int i = 0; i < 50; i++)
        raw_turn(fixture->loop, -1, 0);
    passed_ms = loop_now_ms(fixture->loop) - first_ms;
    assert_true((int64_t)http_in_counts(fixture->in).accept_failures <= 2 + passed_ms / 50); /* it pauses, for 100 ms */
    setrlimit(RLIMIT_NOFILE, &before);
    raw_close(&client); /* the first may have been dropped meanwhile: valgrind does that */
    client = fixture_connect(fixture);
    raw_puts(&client, fixture->loop, GET("/x"));
    assert_true(raw_expect(&client, fixture->loop, "echo"));
    raw_close(&client);
    fixture_finish(fixture);
}

static void three_hundred_at_once_are_all_answered(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    static struct raw clients[300];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        clients[i] = fixture_connect(fixture);
        assert_true(send(clients[i].fd, GET("/hold"), sizeof(GET("/hold")) - 1, 0) > 0);
        if (i % 50 == 0)
            raw_turn(fixture->loop, -1, 0);
    }
    fixture_wait_held(fixture, ARRAY_LEN(clients));
    for (size_t i = 0; i < ARRAY_LEN(clients); i++)
        fixture_release(fixture, i);
    for (size_t i = 0; i < ARRAY_LEN(clients); i++)
        assert_true(raw_expect(&clients[i], fixture->loop, "held"));
    for (size_t i = 0; i < ARRAY_LEN(clients); i++)
        raw_close(&clients[i]);
    assert_int_equal(fixture->sent, 300);
    fixture_finish(fixture);
}

static void count_turn(void *arg)
{
    ++*(int *)arg;
}

static void stop_loop(void *arg)
{
    loop_stop(arg);
}

static void waiting_costs_no_turns(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);
    struct loop_turn *turn;
    int turns = 0;

    (void)state;
    raw_puts(&client, fixture->loop, GET("/x") GET("/hold"));
    fixture_wait_held(fixture, 1);
    turn = loop_turn_start(fixture->loop, count_turn, &turns);
    loop_timer_start(fixture->loop, 50, stop_loop, fixture->loop);
    loop_run(fixture->loop); /* a loop that spins makes thousands of turns here */
    assert_true(turns < 20);
    loop_turn_cancel(turn);
    fixture_release(fixture, 0);
    assert_true(raw_expect(&client, fixture->loop, "held"));
    raw_close(&client);
    fixture_finish(fixture);
}

/* --- stopping ------------------------------------------------------------------------------------------------------
 */

static void on_stopped(void *arg)
{
    struct fixture *fixture = arg;

    assert_false(fixture->is_stopped);
    fixture->is_stopped = true;
}

static void stop_answers_what_waits_and_ends(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw waiting = fixture_connect(fixture), idle = fixture_connect(fixture);

    (void)state;
    raw_puts(&idle, fixture->loop, GET("/x"));
    assert_true(raw_expect(&idle, fixture->loop, "echo"));
    raw_puts(&waiting, fixture->loop, GET("/hold"));
    fixture_wait_held(fixture, 1);
    http_in_stop(fixture->in, RAW_WAIT_MS, on_stopped, fixture);
    assert_false(fixture->is_stopped);
    assert_true(raw_expect(&waiting, fixture->loop, "503 Service Unavailable"));
    assert_true(raw_expect(&waiting, fixture->loop, "opsgate is stopping"));
    raw_expect_end(&waiting, fixture->loop);
    raw_expect_end(&idle, fixture->loop);
    raw_wait(fixture->loop, &fixture->is_stopped);
    fixture_release(fixture, 0); /* too late, harmless */
    raw_close(&waiting);
    raw_close(&idle);
    fixture_finish(fixture);
}

static void stop_cuts_what_does_not_end(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw slow = fixture_connect(fixture);

    (void)state;
    raw_puts(&slow, fixture->loop, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nabc");
    http_in_stop(fixture->in, 30, on_stopped, fixture);
    raw_wait(fixture->loop, &fixture->is_stopped);
    raw_expect_end(&slow, fixture->loop);
    raw_close(&slow);
    fixture_finish(fixture);
}

static void quiet_server_lets_the_waiting_end_and_refuses_the_new(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw waiting = fixture_connect(fixture), next = fixture_connect(fixture), probe = fixture_connect(fixture);

    (void)state;
    raw_puts(&waiting, fixture->loop, GET("/hold"));
    fixture_wait_held(fixture, 1);
    http_in_quiesce(fixture->in);
    raw_puts(&next, fixture->loop, GET("/x"));
    assert_true(raw_expect(&next, fixture->loop, "503 Service Unavailable"));
    raw_puts(&probe, fixture->loop, GET("/live"));
    assert_true(raw_expect(&probe, fixture->loop, "echo"));
    fixture_release(fixture, 0);
    assert_true(raw_expect(&waiting, fixture->loop, "held"));
    raw_expect_end(&waiting, fixture->loop);
    raw_expect_end(&next, fixture->loop);
    raw_close(&waiting);
    raw_close(&next);
    raw_close(&probe);
    fixture_finish(fixture);
}

/* Some machines never tell again what they were refused. */
static void quiet_server_still_takes_what_machines_tell(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw machine = fixture_connect(fixture), late = fixture_connect(fixture);

    (void)state;
    raw_puts(&machine, fixture->loop, "G"); /* accepted before */
    raw_puts(&late, fixture->loop, "G");
    while (http_in_counts(fixture->in).connections < 2)
        raw_turn(fixture->loop, -1, 0);
    http_in_quiesce(fixture->in);
    raw_puts(&machine, fixture->loop, "ET /machine HTTP/1.1\r\nHost: a\r\n\r\n");
    fixture_wait_held(fixture, 1);
    fixture_release(fixture, 0);
    assert_true(raw_expect(&machine, fixture->loop, "200 OK"));
    raw_expect_end(&machine, fixture->loop);
    http_in_stop(fixture->in, RAW_WAIT_MS, on_stopped, fixture);
    raw_puts(&late, fixture->loop, "ET /machine HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(raw_expect(&late, fixture->loop, "503 Service Unavailable"));
    raw_wait(fixture->loop, &fixture->is_stopped);
    raw_close(&machine);
    raw_close(&late);
    fixture_finish(fixture);
}

/* Whoever would look or count may be gone then. */
static void quiet_server_asks_no_gate(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = RAW_WAIT_MS * 2 });
    struct raw growing = fixture_connect(fixture), next = fixture_connect(fixture);
    AUTO_BUF struct buf text = BUF(4096);

    (void)state;
    add_repeated(&text, 'a', 1001);
    raw_puts(&growing, fixture->loop, POST("/later") "X-Foo: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n");
    while (fixture->looked == 0)
        raw_turn(fixture->loop, -1, 0);
    raw_puts(&next, fixture->loop, "P"); /* accepted before */
    while (http_in_counts(fixture->in).connections < 2)
        raw_turn(fixture->loop, -1, 0);
    http_in_quiesce(fixture->in);
    raw_puts(&next, fixture->loop, "OST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    assert_true(raw_expect(&next, fixture->loop, "503 Service Unavailable"));
    raw_send(&growing, fixture->loop, buf_str(&text));
    raw_puts(&growing, fixture->loop, "\r\n0\r\n\r\n");
    assert_true(raw_expect(&growing, fixture->loop, "the body is too large"));
    assert_true(str_contains(buf_str(&growing.got), "503 Service Unavailable"));
    assert_int_equal(fixture->looked, 1);
    assert_int_equal(fixture->put_off, 0);
    raw_close(&growing);
    raw_close(&next);
    fixture_finish(fixture);
}

static void destroy_with_everything_in_flight_is_clean(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw clients[6];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(clients); i++)
        clients[i] = fixture_connect(fixture);
    raw_puts(&clients[0], fixture->loop, GET("/hold"));
    raw_puts(&clients[1], fixture->loop, "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    fixture_wait_held(fixture, 2);
    raw_puts(&clients[2], fixture->loop, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nabc");
    raw_puts(&clients[3], fixture->loop, "GET /x HT");
    raw_puts(&clients[4], fixture->loop, GET("/x"));
    fixture_release(fixture, 1); /* answered, and not yet written */
    http_in_stop(fixture->in, 1000, on_stopped, fixture);
    fixture_finish(fixture); /* instead of waiting: silent, and the requests still owed are answered after it */
    for (size_t i = 0; i < ARRAY_LEN(clients); i++)
        raw_close(&clients[i]);
}

static const struct CMUnitTest others[] = {
    cmocka_unit_test(silent_client_is_cut),
    cmocka_unit_test(idle_connection_lives_longer_than_a_request_and_then_goes),
    cmocka_unit_test(client_that_takes_no_answer_is_cut),
    cmocka_unit_test(handler_that_is_late_is_answered_for),
    cmocka_unit_test(who_stood_still_answers_what_was_due_before_it_was_late),
    cmocka_unit_test(who_stood_still_reads_what_came_meanwhile),
    cmocka_unit_test(body_that_grows_over_the_limit_is_413),
    cmocka_unit_test(endless_body_is_told_and_cut),
    cmocka_unit_test(large_body_sent_without_asking_still_gets_its_413),
    cmocka_unit_test(full_house_is_503_except_for_vital_rows),
    cmocka_unit_test(bodies_share_one_budget),
    cmocka_unit_test(large_bodies_leave_room_for_small_ones),
    cmocka_unit_test(connection_too_many_is_told),
    cmocka_unit_test(no_descriptor_left_is_survived),
    cmocka_unit_test(three_hundred_at_once_are_all_answered),
    cmocka_unit_test(waiting_costs_no_turns),
    cmocka_unit_test(stop_answers_what_waits_and_ends),
    cmocka_unit_test(stop_cuts_what_does_not_end),
    cmocka_unit_test(quiet_server_lets_the_waiting_end_and_refuses_the_new),
    cmocka_unit_test(quiet_server_still_takes_what_machines_tell),
    cmocka_unit_test(quiet_server_asks_no_gate),
    cmocka_unit_test(destroy_with_everything_in_flight_is_clean),
};

int main(void)
{
    struct CMUnitTest
        tests[ARRAY_LEN(drippers) + ARRAY_LEN(header_rows) + ARRAY_LEN(flood_rows) + ARRAY_LEN(put_off_rows) +
              ARRAY_LEN(reserves)];
    int failures = cmocka_run_group_tests(others, NULL, NULL);
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(drippers); i++)
        tests[count++] = (struct CMUnitTest){ .name = drippers[i].name,
                                              .test_func = check_dripper,
                                              .initial_state = (void *)(uintptr_t)&drippers[i] };
    for (size_t i = 0; i < ARRAY_LEN(header_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = header_rows[i].name,
                                              .test_func = check_headers,
                                              .initial_state = (void *)(uintptr_t)&header_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(flood_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = flood_rows[i].name,
                                              .test_func = check_flood,
                                              .initial_state = (void *)(uintptr_t)&flood_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(put_off_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = put_off_rows[i].name,
                                              .test_func = check_put_off,
                                              .initial_state = (void *)(uintptr_t)&put_off_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(reserves); i++)
        tests[count++] = (struct CMUnitTest){ .name = reserves[i].name,
                                              .test_func = check_reserve,
                                              .initial_state = (void *)(uintptr_t)&reserves[i] };
    return failures + cmocka_run_group_tests(tests, NULL, NULL);
}
