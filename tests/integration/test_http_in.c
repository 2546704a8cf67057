/* What is asked of the server, well-formed and odd: each request gets one answer, and handlers see whole requests only.
 */
#include "bot/shell/listen.h"
#include "tests/integration/http_in_fixture.h"

#include <sys/stat.h>

#define HEAD(line) line " HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED HEAD("POST /x") "Transfer-Encoding: chunked\r\n\r\n"

/* The whole conversation on a connection of its own: what is sent, and what stands somewhere in the answer. */
static const struct row {
    const char *name;
    struct str sent;
    const char *answer; /* "": the connection is closed without a word */
    bool closes;
    bool is_handed; /* a handler saw it */
} rows[] = {
#define R(name, sent, answer, ending, seen)                                                                            \
    {                                                                                                                  \
        name, { sent, sizeof(sent) - 1 }, answer, ending, seen                                                         \
    }
#define OPEN false
#define CLOSES true
#define REFUSED false
#define HANDED true
    R("a GET is handed out", GET("/x"), "200 OK", OPEN, HANDED),
    R("a GET row answers HEAD", HEAD("HEAD /x") "\r\n", "200 OK", OPEN, HANDED),
    R("a body of known length is handed out", HEAD("POST /x") "Content-Length: 3\r\n\r\nabc", "200 OK", OPEN, HANDED),
    R("a chunked body is handed out", CHUNKED "3\r\nabc\r\n0\r\n\r\n", "200 OK", OPEN, HANDED),
    R("trailers are let pass", CHUNKED "3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n", "200 OK", OPEN, HANDED),
    R("100-continue is answered", HEAD("POST /x") "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n", "100 Continue",
      OPEN, REFUSED),
    R("an unknown path is 404", GET("/y"), "404 Not Found", OPEN, REFUSED),
    R("a known path with another method is 405", HEAD("DELETE /x") "\r\n", "Allow: GET, HEAD, POST\r\n", OPEN, REFUSED),
    R("a refused small body leaves the connection usable", HEAD("PUT /x") "Content-Length: 3\r\n\r\nabc" GET("/x"),
      "echo", OPEN, HANDED),
    R("a prefix row takes what is below", GET("/tree/of/life"), "200 OK", OPEN, HANDED),
    R("a prefix row does not take less", GET("/tree"), "404 Not Found", OPEN, REFUSED),
    R("a local row is not there for TCP", GET("/local"), "404 Not Found", OPEN, REFUSED),
    R("escapes in the path are undone", GET("/%78"), "200 OK", OPEN, HANDED),
    R("the absolute form is taken", HEAD("GET http://elsewhere/x") "\r\n", "200 OK", OPEN, HANDED),
    R("HTTP/1.0 needs no Host", "GET /x HTTP/1.0\r\n\r\n", "200 OK", CLOSES, HANDED),
    R("the expected type is taken, whatever its case and parameters",
      HEAD("POST /json") "Content-Type: Application/JSON; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}", "200 OK", OPEN,
      HANDED),
    R("another type is 415", HEAD("POST /json") "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", "415 ", OPEN,
      REFUSED),
    R("no type is 415", HEAD("POST /json") "Content-Length: 2\r\n\r\n{}", "415 ", OPEN, REFUSED),
    R("a body where none is taken is 413", HEAD("GET /x") "Content-Length: 1\r\n\r\na", "413 ", OPEN, REFUSED),
    R("an announced body over the limit is 413 before it is sent",
      HEAD("POST /x") "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n", "413 ", CLOSES, REFUSED),
    R("a huge Content-Length is refused", HEAD("POST /x") "Content-Length: 9223372036854775807\r\n\r\n", "413 ", CLOSES,
      REFUSED),
    R("a Content-Length beyond numbers is refused", HEAD("POST /x") "Content-Length: 99999999999999999999\r\n\r\n",
      "413 ", CLOSES, REFUSED),
    R("two Content-Lengths are refused", HEAD("POST /x") "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "400 ",
      CLOSES, REFUSED),
    R("two different Content-Lengths are refused", HEAD("POST /x") "Content-Length: 3\r\nContent-Length: 9\r\n\r\nabc",
      "400 ", CLOSES, REFUSED),
    R("a list as Content-Length is refused", HEAD("POST /x") "Content-Length: 3, 3\r\n\r\nabc", "400 ", CLOSES,
      REFUSED),
    R("a sign in Content-Length is refused", HEAD("POST /x") "Content-Length: +3\r\n\r\nabc", "400 ", CLOSES, REFUSED),
    R("Content-Length beside chunked is refused",
      HEAD("POST /x") "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "400 ", CLOSES,
      REFUSED),
    R("another Transfer-Encoding is refused", HEAD("POST /x") "Transfer-Encoding: gzip\r\n\r\nabc", "400 ", CLOSES,
      REFUSED),
    R("chunked twice is refused",
      HEAD("POST /x") "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400 ", CLOSES,
      REFUSED),
    R("a chunk size that is none is refused", CHUNKED "zz\r\nabc\r\n0\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a chunk longer than it says is refused", CHUNKED "3\r\nabcdef\r\n0\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a chunk size beyond numbers is refused", CHUNKED "ffffffffffffffffff\r\nabc", "413 ", CLOSES, REFUSED),
    R("no Host is refused", "GET /x HTTP/1.1\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("two Hosts are refused", HEAD("GET /x") "Host: b\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a NUL byte in a value is refused", HEAD("GET /x") "X-Foo: a\0b\r\nX-Bar: c\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a NUL byte in the last value is refused", HEAD("GET /x") "X-Foo: a\0b\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a NUL byte at the very end is refused", HEAD("GET /x") "X-Foo: a\0\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a NUL byte in a name is refused", HEAD("GET /x") "X-F\0oo: a\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a NUL byte in the path is refused", HEAD("GET /x\0y") "\r\n", "400 ", CLOSES, REFUSED),
    R("a NUL byte in the query is refused", HEAD("GET /x?a\0y") "\r\n", "400 ", CLOSES, REFUSED),
    R("an escaped NUL byte is refused", GET("/x%00y"), "400 ", CLOSES, REFUSED),
    R("a broken escape is refused", GET("/x%zz"), "400 ", CLOSES, REFUSED),
    R("a path that is no UTF-8 is refused", GET("/x%ff"), "400 ", CLOSES, REFUSED),
    R("a folded header is refused", HEAD("GET /x") "X-Foo: a\r\n b\r\nX-Bar: c\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a folded last header is refused", HEAD("GET /x") "X-Foo: a\r\n\tb\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a blank before the colon is refused", HEAD("GET /x") "X-Foo : a\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a header without a colon is refused", HEAD("GET /x") "X-Foo\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a header without a name is refused", HEAD("GET /x") ": a\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a lone CR in a value is refused", HEAD("GET /x") "X-Foo: a\rb\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a blank in the path is refused", HEAD("GET /x y") "\r\n", "400 ", CLOSES, REFUSED),
    R("a method that is none is refused", HEAD("GE(T /x") "\r\n", "400 ", CLOSES, REFUSED),
    R("a target without a path is refused", HEAD("OPTIONS *") "\r\n", "400 ", CLOSES, REFUSED),
    R("a request line without a version is refused", "GET /x\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("HTTP/2 is told that it is not spoken", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 ", CLOSES, REFUSED),
    R("a TLS greeting is closed", "\x16\x03\x01\x02\r\n\r\n", "", CLOSES, REFUSED),
    R("empty lines before a request are let pass", "\r\n\r\n" GET("/x"), "200 OK", OPEN, HANDED),
    R("bare line feeds are let pass", "GET /x HTTP/1.1\nHost: a\n\n", "200 OK", OPEN, HANDED),
    R("an empty Host names nobody, and is let pass", "GET /x HTTP/1.1\r\nHost:\r\n\r\n", "200 OK", OPEN, HANDED),
    R("a Host with a port is taken", "GET /x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "200 OK", OPEN, HANDED),
    R("a Host with a path is refused", "GET /x HTTP/1.1\r\nHost: a/x\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a Host with a user is refused", "GET /x HTTP/1.1\r\nHost: b@a\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a Host with a blank is refused", "GET /x HTTP/1.1\r\nHost: a b\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("two Hosts in one line are refused", "GET /x HTTP/1.1\r\nHost: a, b\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a Host with markup is refused", "GET /x HTTP/1.1\r\nHost: <b>\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("the authority form is refused", HEAD("CONNECT a:443") "\r\n", "400 ", CLOSES, REFUSED),
    R("chunks are none of HTTP/1.0's", "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400 ",
      CLOSES, REFUSED),
    R("an empty Content-Length is refused", HEAD("POST /x") "Content-Length:\r\n\r\nabc", "400 ", CLOSES, REFUSED),
    R("a negative Content-Length is refused", HEAD("POST /x") "Content-Length: -1\r\n\r\nabc", "400 ", CLOSES,
      REFUSED),
    R("a Content-Length in another base is refused", HEAD("POST /x") "Content-Length: 0x3\r\n\r\nabc", "400 ", CLOSES,
      REFUSED),
    R("two numbers in Content-Length are refused", HEAD("POST /x") "Content-Length: 3 3\r\n\r\nabc", "400 ", CLOSES,
      REFUSED),
    R("a Content-Length with a blank before its colon is refused",
      HEAD("POST /x") "Content-Length : 3\r\n\r\nabc", "400 ", CLOSES, REFUSED),
    R("a Transfer-Encoding with a blank before its colon is refused",
      HEAD("POST /x") "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a folded Transfer-Encoding is refused", HEAD("POST /x") "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
      "400 ", CLOSES, REFUSED),
    R("a list of codings is refused", HEAD("POST /x") "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "400 ",
      CLOSES, REFUSED),
    R("a coding that only looks like chunked is refused",
      HEAD("POST /x") "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("chunked in any case is chunked", HEAD("POST /x") "transfer-encoding:CHUNKED\r\n\r\n0\r\n\r\n", "200 OK", OPEN,
      HANDED),
    R("an extension of a chunk is let pass", CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n", "200 OK", OPEN, HANDED),
    R("a chunk size with a sign is refused", CHUNKED "+3\r\nabc\r\n0\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a negative chunk size is refused", CHUNKED "-3\r\nabc\r\n0\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a chunk size that says its base is refused", CHUNKED "0x3\r\nabc\r\n0\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("a chunk size behind a blank is refused", CHUNKED " 3\r\nabc\r\n0\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("no chunk size is refused", CHUNKED "\r\nabc\r\n0\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("what follows a refused chunked body is a request of its own",
      HEAD("PUT /x") "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" GET("/x"), "echo", OPEN, HANDED),
    R("a length among the trailers is no length", CHUNKED "3\r\nabc\r\n0\r\nContent-Length: 99\r\n\r\n" GET("/y"),
      "404 Not Found", OPEN, HANDED),
    R("an expectation that is not known is let pass", HEAD("POST /x") "Expect: a-wonder\r\nContent-Length: 3\r\n\r\nabc",
      "200 OK", OPEN, HANDED),
    R("a version that is none is refused", "GET /x HTTP/1.1x\r\nHost: a\r\n\r\n", "400 ", CLOSES, REFUSED),
    R("HTTP/0.9 is not spoken", "GET /x HTTP/0.9\r\nHost: a\r\n\r\n", "505 ", CLOSES, REFUSED),
    R("empty values and blanks around values are let pass", HEAD("GET /x") "A:\r\nB: \r\nC:  \tc \t\r\nD:d\r\n\r\n",
      "200 OK", OPEN, HANDED),
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);

    raw_send(&client, fixture->loop, row->sent);
    if (*row->answer)
        assert_true(raw_expect(&client, fixture->loop, row->answer));
    if (row->closes)
        raw_expect_end(&client, fixture->loop);
    else
        assert_false(client.is_over);
    assert_int_equal(fixture->handed > 0, row->is_handed);
    raw_close(&client);
    fixture_finish(fixture);
}

static void refusal_is_a_problem_document_with_its_id(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    raw_puts(&client, fixture->loop, "GET /y HTTP/1.1\r\nHost: a\r\nX-Request-Id: Abc.1_2-3\r\n\r\n");
    assert_true(raw_expect(&client, fixture->loop,
                           "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
                           "\"detail\":\"there is nothing at this path\",\"request_id\":\"Abc.1_2-3\"}"));
    assert_true(raw_expect(&client, fixture->loop, "Content-Type: application/problem+json\r\n"));
    assert_true(raw_expect(&client, fixture->loop, "X-Request-Id: Abc.1_2-3\r\n"));
    raw_close(&client);
    fixture_finish(fixture);
}

static void handlers_problem_is_one_too(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    raw_puts(&client, fixture->loop, GET("/refuse"));
    assert_true(raw_expect(&client, fixture->loop, "\"detail\":\"the store is down\""));
    assert_true(raw_expect(&client, fixture->loop, "Retry-After: 1\r\n"));
    raw_close(&client);
    fixture_finish(fixture);
}

static void foreign_request_id_is_replaced_when_odd(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    raw_puts(&client, fixture->loop, "GET /x HTTP/1.1\r\nHost: a\r\nX-Request-Id: a<b>\r\n\r\n");
    assert_true(raw_expect(&client, fixture->loop, "echo"));
    assert_false(str_contains(buf_str(&client.got), "a<b>"));
    assert_true(str_contains(buf_str(&client.got), "X-Request-Id: "));
    raw_close(&client);
    fixture_finish(fixture);
}

static void body_arrives_byte_for_byte(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);
    AUTO_FREE char *bytes = xcalloc(1, 1 << 20);

    (void)state;
    for (size_t i = 0; i < 1 << 20; i++)
        bytes[i] = (char)(i * 31 + i / 251); /* NUL bytes and all others */
    raw_puts(&client, fixture->loop, "POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n");
    raw_send(&client, fixture->loop, (struct str){ bytes, 1 << 20 });
    assert_true(raw_expect(&client, fixture->loop, "echo"));
    assert_int_equal(fixture->last_body.len, 1 << 20);
    assert_memory_equal(fixture->last_body.at, bytes, 1 << 20);
    assert_int_equal(http_in_counts(fixture->in).body_bytes, 0); /* given back */
    raw_close(&client);
    fixture_finish(fixture);
}

static void request_in_single_bytes_is_whole(void **state)
{
    static const char text[] = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab\0cd";
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        raw_send(&client, fixture->loop, (struct str){ text + i, 1 });
    assert_true(raw_expect(&client, fixture->loop, "echo"));
    assert_memory_equal(fixture->last_body.at, "ab\0cd", 5);
    raw_close(&client);
    fixture_finish(fixture);
}

static void headers_and_parameters_are_found(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    raw_puts(&client, fixture->loop, "GET /tell?b=1&a=x%20y%2Bz+w HTTP/1.1\r\nHost: a\r\nX-Foo: Bar\r\n\r\n");
    assert_true(raw_expect(&client, fixture->loop, "foo=Bar a=x y+z w"));
    raw_puts(&client, fixture->loop, GET("/tell?ab=1"));
    assert_true(raw_expect(&client, fixture->loop, "foo=none a=none"));
    raw_close(&client);
    fixture_finish(fixture);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    raw_puts(&client, fixture->loop, GET("/hold") GET("/x") GET("/y"));
    fixture_wait_held(fixture, 1);
    assert_int_equal(fixture->handed, 1); /* the second waits behind the first */
    fixture_release(fixture, 0);
    assert_true(raw_expect(&client, fixture->loop, "HTTP/1.1 404"));
    assert_true(strstr(buf_text(&client.got), "held") < strstr(buf_text(&client.got), "echo"));
    raw_close(&client);
    fixture_finish(fixture);
}

static void later_answer_is_delivered_and_told(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    raw_puts(&client, fixture->loop, GET("/hold"));
    fixture_wait_held(fixture, 1);
    assert_true(http_in_is_waiting(fixture->held[0]));
    fixture_release(fixture, 0);
    assert_int_equal(fixture->sent, 0); /* later, never inside */
    assert_true(raw_expect(&client, fixture->loop, "held"));
    while (fixture->sent + fixture->unsent == 0)
        raw_turn(fixture->loop, -1, 0);
    assert_int_equal(fixture->sent, 1);
    assert_int_equal(fixture->unsent, 0);
    raw_close(&client);
    fixture_finish(fixture);
}

static void answer_to_a_client_that_left_is_harmless(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);
    bool is_told = false;

    (void)state;
    raw_puts(&client, fixture->loop, GET("/hold"));
    fixture_wait_held(fixture, 1);
    raw_close(&client);
    while (http_in_is_waiting(fixture->held[0]))
        raw_turn(fixture->loop, -1, 0);
    fixture_release(fixture, 0);
    while (!is_told) {
        raw_turn(fixture->loop, -1, 0);
        is_told = fixture->sent + fixture->unsent > 0;
    }
    assert_int_equal(fixture->unsent, 1);
    fixture_finish(fixture);
}

/* The kernel may be slow to tell of it, seldom: one of many tries is enough. */
static void answer_that_meets_a_client_who_just_left_was_not_sent(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });

    (void)state;
    for (int i = 0; i < 50; i++) {
        struct raw client = fixture_connect(fixture);

        raw_puts(&client, fixture->loop, GET("/hold"));
        fixture_wait_held(fixture, (size_t)i + 1);
        fixture_release(fixture, (size_t)i); /* it is there still */
        raw_close(&client);                  /* and not any more when the answer is written */
        while (fixture->sent + fixture->unsent == i)
            raw_turn(fixture->loop, -1, 0);
    }
    assert_true(fixture->unsent > 0);
    fixture_finish(fixture);
}

static void requests_of_one_turn_make_one_batch(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw clients[20];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        clients[i] = fixture_connect(fixture);
        assert_int_equal(send(clients[i].fd, GET("/hold"), sizeof(GET("/hold")) - 1, 0), sizeof(GET("/hold")) - 1);
    }
    fixture_wait_held(fixture, ARRAY_LEN(clients));
    assert_in_range(fixture->turns, 1,
                    ARRAY_LEN(clients) / 2); /* not all come in the very same turn, if the kernel is busy */
    for (size_t i = 0; i < ARRAY_LEN(clients); i++)
        fixture_release(fixture, i);
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        assert_true(raw_expect(&clients[i], fixture->loop, "held"));
        raw_close(&clients[i]);
    }
    fixture_finish(fixture);
}

static void unix_socket_tells_who_is_there(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    char path[64];
    struct stat file;
    struct error err;
    struct raw client;

    (void)state;
    snprintf(path, sizeof(path), "/tmp/opsgate-test-%d.sock", (int)getpid());
    assert_true(http_in_listen(fixture->in, path, &err));
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    client = raw_connect_unix(path);
    raw_puts(&client, fixture->loop, GET("/local"));
    assert_true(raw_expect(&client, fixture->loop, "echo"));
    assert_true(fixture->last_is_local);
    assert_int_equal(fixture->last_uid, getuid());
    assert_int_equal(strncmp(fixture->last_peer, "unix:", 5), 0);
    raw_close(&client);
    fixture_finish(fixture);
    assert_int_equal(stat(path, &file), -1); /* removed again */
}

static void stale_socket_file_is_replaced_and_a_living_one_is_not(void **state)
{
    struct error err;
    char path[64];
    int first, second;

    (void)state;
    snprintf(path, sizeof(path), "/tmp/opsgate-test-stale-%d.sock", (int)getpid());
    assert_true(listen_open(path, &first, &err));
    assert_false(listen_open(path, &second, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    close(first); /* the file stays, as after a kill */
    assert_true(listen_open(path, &second, &err));
    close(second);
    unlink(path);
}

static void bad_addresses_are_explained(void **state)
{
    static const char *const bad[] = { "", "nowhere", "127.0.0.1:99999", "example.com:80", "[::1:80", "127.0.0.1:" };
    int fd;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err;

        assert_false(listen_open(bad[i], &fd, &err));
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, "listen "));
    }
}

static void inherited_socket_serves(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct error err;
    int fd, port;
    struct raw client;

    (void)state;
    assert_true(listen_open("127.0.0.1:0", &fd, &err));
    port = listen_port(fd);
    assert_true(http_in_listen_fd(fixture->in, fd, &err));
    client = raw_connect(port);
    raw_puts(&client, fixture->loop, GET("/x"));
    assert_true(raw_expect(&client, fixture->loop, "echo"));
    raw_close(&client);
    assert_int_equal(listen_inherited_count(), 0);
    fixture_finish(fixture);
}

/* --- gates ----------------------------------------------------------------------------------------------------------
 */

static void a_gate_refuses_by_the_head_alone(void **state)
{
    static const char *const heads[] = {
        HEAD("POST /gate") "Content-Length: 1000000\r\n\r\n",
        HEAD("POST /gate") "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    };
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = RAW_WAIT_MS * 2 });

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        struct raw client = fixture_connect(fixture);

        raw_puts(&client, fixture->loop, heads[i]); /* and nothing of the body */
        assert_true(raw_expect(&client, fixture->loop, "who are you?"));
        assert_true(str_contains(buf_str(&client.got), "HTTP/1.1 401 "));
        raw_expect_end(&client, fixture->loop);
        raw_close(&client);
    }
    assert_int_equal(fixture->looked, ARRAY_LEN(heads));
    assert_int_equal(fixture->handed, 0);
    fixture_finish(fixture);
}

static void after_a_small_body_refused_by_a_gate_the_connection_goes_on(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 0 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    raw_puts(&client, fixture->loop, HEAD("POST /gate") "Content-Length: 3\r\n\r\nabc");
    assert_true(raw_expect(&client, fixture->loop, "who are you?"));
    raw_puts(&client, fixture->loop, HEAD("POST /gate") "X-Foo: a\r\nContent-Length: 3\r\n\r\nabc");
    assert_true(raw_expect(&client, fixture->loop, "echo"));
    assert_true(str_is(buf_str(&fixture->last_body), "abc"));
    assert_int_equal(fixture->looked, 2);
    assert_int_equal(fixture->handed, 1);
    raw_close(&client);
    fixture_finish(fixture);
}

static void chunks_that_a_gate_refuses_are_not_kept(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = RAW_WAIT_MS * 2 });
    struct raw client = fixture_connect(fixture);
    AUTO_BUF struct buf text = BUF(1 << 20);

    (void)state;
    buf_puts(&text, HEAD("POST /gate") "Transfer-Encoding: chunked\r\n\r\nfffff\r\n");
    for (size_t i = 0; i < 30000; i++)
        buf_putc(&text, 'a');
    raw_send(&client, fixture->loop, buf_str(&text));
    while (fixture->looked == 0)
        raw_turn(fixture->loop, -1, 0);
    assert_int_equal(http_in_counts(fixture->in).body_bytes, 0);
    for (size_t i = 0; i < 90000; i++)
        buf_putc(&text, 'a');
    raw_send(&client, fixture->loop, (struct str){ text.at + text.len - 90000, 90000 });
    assert_true(raw_expect(&client, fixture->loop, "who are you?")); /* though the chunk never ends */
    raw_expect_end(&client, fixture->loop);
    raw_close(&client);
    fixture_finish(fixture);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(refusal_is_a_problem_document_with_its_id),
        cmocka_unit_test(handlers_problem_is_one_too),
        cmocka_unit_test(foreign_request_id_is_replaced_when_odd),
        cmocka_unit_test(body_arrives_byte_for_byte),
        cmocka_unit_test(request_in_single_bytes_is_whole),
        cmocka_unit_test(headers_and_parameters_are_found),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(later_answer_is_delivered_and_told),
        cmocka_unit_test(answer_to_a_client_that_left_is_harmless),
        cmocka_unit_test(answer_that_meets_a_client_who_just_left_was_not_sent),
        cmocka_unit_test(requests_of_one_turn_make_one_batch),
        cmocka_unit_test(unix_socket_tells_who_is_there),
        cmocka_unit_test(stale_socket_file_is_replaced_and_a_living_one_is_not),
        cmocka_unit_test(bad_addresses_are_explained),
        cmocka_unit_test(inherited_socket_serves),
        cmocka_unit_test(a_gate_refuses_by_the_head_alone),
        cmocka_unit_test(after_a_small_body_refused_by_a_gate_the_connection_goes_on),
        cmocka_unit_test(chunks_that_a_gate_refuses_are_not_kept),
    };
    struct CMUnitTest tests[ARRAY_LEN(rows)];
    int failures;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    return failures + cmocka_run_group_tests(others, NULL, NULL);
}
