/* Calls to the outside: carried as they are, once, and honest about whether the peer may have seen them. */
#include "bot/shell/http_out.h"
#include "tests/integration/raw.h"

#include <netdb.h>
#include <stdlib.h>

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/* A server of one thread with the test: it accepts, reads one request, and does what its script says. */
enum ending { KEEP, CLOSE };
struct reply {
    const char *says; /* "": nothing */
    enum ending ending;
};

struct server {
    struct loop *loop;
    uv_poll_t accepting;
    int fd, port;
    struct reply script[16];
    size_t requests, accepted;
    struct buf heard; /* every request, one after another */
    struct peer *peers[64];
};

struct peer {
    struct server *server;
    uv_poll_t poll;
    int fd;
    struct buf heard;
};

static void free_peer(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct peer, poll));
}

static void close_peer(struct peer *peer)
{
    for (size_t i = 0; i < ARRAY_LEN(peer->server->peers); i++)
        if (peer->server->peers[i] == peer)
            peer->server->peers[i] = NULL;
    buf_finish(&peer->heard);
    uv_poll_stop(&peer->poll);
    close(peer->fd);
    uv_close((uv_handle_t *)&peer->poll, free_peer);
}

static bool is_whole(struct str heard)
{
    const char *end = memmem(heard.at, heard.len, "\r\n\r\n", 4);
    const char *length = heard.len ? memmem(heard.at, heard.len, "Content-Length: ", 16) : NULL;

    if (!end)
        return false;
    return !length || length > end || heard.len >= (size_t)(end + 4 - heard.at) + strtoul(length + 16, NULL, 10);
}

static void react(struct peer *peer)
{
    struct server *server = peer->server;
    const struct reply *reply = &server->script[server->requests % ARRAY_LEN(server->script)];

    server->requests++;
    buf_add_str(&server->heard, buf_str(&peer->heard));
    buf_clear(&peer->heard);
    if (reply->says)
        assert_true(send(peer->fd, reply->says, strlen(reply->says), MSG_NOSIGNAL) >= 0 || errno == EPIPE);
    if (reply->ending == CLOSE)
        close_peer(peer);
}

static void on_peer(uv_poll_t *poll, int status, int events)
{
    struct peer *peer = CONTAINER_OF(poll, struct peer, poll);
    char bytes[65536];
    ssize_t got = recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    (void)status, (void)events;
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        close_peer(peer);
        return;
    }
    buf_add(&peer->heard, bytes, (size_t)got);
    if (is_whole(buf_str(&peer->heard)))
        react(peer);
}

static void on_accept(uv_poll_t *poll, int status, int events)
{
    struct server *server = CONTAINER_OF(poll, struct server, accepting);
    struct peer *peer = xcalloc(1, sizeof(*peer));

    (void)status, (void)events;
    peer->server = server;
    peer->heard = BUF(1 << 24);
    peer->fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(peer->fd >= 0 && server->accepted < ARRAY_LEN(server->peers));
    server->peers[server->accepted++] = peer;
    uv_poll_init(loop_uv(server->loop), &peer->poll, peer->fd);
    uv_poll_start(&peer->poll, UV_READABLE, on_peer);
}

static void server_listen(struct server *server, struct loop *loop, const struct sockaddr *address, socklen_t len)
{
    server->loop = loop;
    server->heard = BUF(1 << 25);
    server->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, address, len), 0);
    assert_int_equal(listen(server->fd, 64), 0);
    uv_poll_init(loop_uv(loop), &server->accepting, server->fd);
    uv_poll_start(&server->accepting, UV_READABLE, on_accept);
}

static struct server *server_start(struct loop *loop)
{
    struct server *server = xcalloc(1, sizeof(*server));
    struct sockaddr_in here = { .sin_family = AF_INET };
    socklen_t len = sizeof(here);

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server_listen(server, loop, (struct sockaddr *)&here, len);
    getsockname(server->fd, (struct sockaddr *)&here, &len);
    server->port = ntohs(here.sin_port);
    return server;
}

static void free_server(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct server, accepting));
}

static void server_stop(struct server *server)
{
    for (size_t i = 0; i < ARRAY_LEN(server->peers); i++)
        if (server->peers[i])
            close_peer(server->peers[i]);
    buf_finish(&server->heard);
    uv_poll_stop(&server->accepting);
    close(server->fd);
    uv_close((uv_handle_t *)&server->accepting, free_server);
}

/* --- the caller ----------------------------------------------------------------------------------------------------
 */

struct result {
    bool is_done, was_sent;
    int count, status;
    char failure[256], header[256];
    struct buf body;
};

struct fixture {
    struct loop *loop;
    struct resolve *resolve;
    struct http_out *out;
    struct server *server;
    struct result result;
    char url[128];
};

static void on_done(void *arg, const struct http_answer *answer)
{
    struct result *result = arg;
    const char *header = http_answer_header(answer, "x-foo");

    result->is_done = true;
    result->count++;
    result->status = answer->status;
    result->was_sent = answer->was_sent;
    assert_int_equal(answer->failure != NULL, answer->status == 0);
    snprintf(result->failure, sizeof(result->failure), "%s", answer->failure ? answer->failure : "");
    snprintf(result->header, sizeof(result->header), "%s", header ? header : "none");
    buf_clear(&result->body);
    buf_add_str(&result->body, answer->body);
}

static int dead_release[2];

static int fake_lookup(const char *host, struct resolve_addresses *ret_addresses)
{
    char byte;

    if (strcmp(host, "dead.example") == 0 && read(dead_release[0], &byte, 1) != 1)
        return EAI_AGAIN;
    if (strcmp(host, "known.example") != 0)
        return EAI_NONAME;
    snprintf(ret_addresses->text[0], sizeof(ret_addresses->text[0]), "127.0.0.1");
    ret_addresses->count = 1;
    return 0;
}

static struct fixture *begin(struct http_out_options options)
{
    struct fixture *fixture = xcalloc(1, sizeof(*fixture));
    struct error err;

    assert_int_equal(pipe(dead_release), 0);
    fixture->loop = loop_create(&err);
    fixture->resolve = resolve_create(&(struct resolve_options){ .loop = fixture->loop, .lookup = fake_lookup });
    options.loop = fixture->loop;
    options.resolve = fixture->resolve;
    fixture->out = http_out_create(&options, &err);
    assert_non_null(fixture->out);
    fixture->server = server_start(fixture->loop);
    fixture->result.body = BUF(1 << 24);
    snprintf(fixture->url, sizeof(fixture->url), "http://127.0.0.1:%d/a?b=c", fixture->server->port);
    return fixture;
}

static void finish(struct fixture *fixture)
{
    http_out_destroy(fixture->out);
    resolve_destroy(fixture->resolve);
    server_stop(fixture->server);
    close(dead_release[1]);
    loop_destroy(fixture->loop);
    close(dead_release[0]);
    buf_finish(&fixture->result.body);
    free(fixture);
}

static struct http_out_call *start(struct fixture *fixture, struct http_call call)
{
    struct http_out_call *handle;
    struct error err;

    fixture->result.is_done = false;
    call.url = call.url ? call.url : fixture->url;
    call.method = call.method ? call.method : "GET";
    call.timeout_ms = call.timeout_ms ? call.timeout_ms : RAW_WAIT_MS;
    handle = http_out_start(fixture->out, &call, on_done, &fixture->result, &err);
    assert_non_null(handle);
    assert_false(fixture->result.is_done); /* later, never inside */
    return handle;
}

static void call(struct fixture *fixture, struct http_call call)
{
    start(fixture, call);
    raw_wait(fixture->loop, &fixture->result.is_done);
}

static bool heard(struct fixture *fixture, const char *text)
{
    return str_contains(buf_str(&fixture->server->heard), text);
}

/* --- tests ---------------------------------------------------------------------------------------------------------
 */

static const struct method_row {
    const char *name, *method;
    struct str body;
    const char *first_line, *length; /* "": no Content-Length */
} method_rows[] = {
    { "GET carries no body", "GET", { "", 0 }, "GET /a?b=c HTTP/1.1\r\n", "" },
    { "HEAD waits for no body", "HEAD", { "", 0 }, "HEAD /a?b=c HTTP/1.1\r\n", "" },
    { "POST carries its bytes", "POST", { "a\0b", 3 }, "POST /a?b=c HTTP/1.1\r\n", "Content-Length: 3\r\n" },
    { "POST without a body says so", "POST", { "", 0 }, "POST /a?b=c HTTP/1.1\r\n", "Content-Length: 0\r\n" },
    { "PATCH carries its bytes", "PATCH", { "{}", 2 }, "PATCH /a?b=c HTTP/1.1\r\n", "Content-Length: 2\r\n" },
    { "PUT carries its bytes", "PUT", { "{}", 2 }, "PUT /a?b=c HTTP/1.1\r\n", "Content-Length: 2\r\n" },
    { "DELETE is sent", "DELETE", { "", 0 }, "DELETE /a?b=c HTTP/1.1\r\n", "" },
};

static void check_method(void **state)
{
    const struct method_row *row = *state;
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });
    const struct http_header headers[] = { { "X-Foo", "bar" }, { "X-Empty", "" } };

    fixture->server->script[0] =
        (struct reply){ "HTTP/1.1 201 Created\r\nX-FOO:  Bar \r\nContent-Length: 0\r\n\r\n", KEEP };
    call(fixture,
         (struct http_call){ .method = row->method, .body = row->body, .headers = headers, .header_count = 2 });
    assert_int_equal(fixture->result.status, 201);
    assert_true(fixture->result.was_sent);
    assert_string_equal(fixture->result.header, "Bar");
    assert_true(str_starts_with(buf_str(&fixture->server->heard), row->first_line));
    assert_true(heard(fixture, *row->length ? row->length : "Host: 127.0.0.1"));
    assert_int_equal(heard(fixture, "Content-Length"), *row->length != 0);
    assert_true(heard(fixture, "X-Foo: bar\r\n") && heard(fixture, "X-Empty:\r\n"));
    assert_false(heard(fixture, "Content-Type") || heard(fixture, "Expect") || heard(fixture, "Cookie"));
    if (row->body.len > 0)
        assert_memory_equal(fixture->server->heard.at + fixture->server->heard.len - row->body.len, row->body.at,
                            row->body.len);
    finish(fixture);
}

struct leave {
    bool is_given;
    size_t asked;
};

static bool may_send(void *arg)
{
    struct leave *leave = arg;

    leave->asked++;
    return leave->is_given;
}

static void call_with_leave(struct fixture *fixture, struct leave *leave, const char *method)
{
    http_out_ask_first(start(fixture, (struct http_call){ .method = method, .body = STR_LIT("x") }), may_send, leave);
    raw_wait(fixture->loop, &fixture->result.is_done);
}

static void a_call_that_lost_its_leave_while_it_connected_is_not_sent(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });
    struct leave leave = { .is_given = false };

    (void)state;
    fixture->server->script[0] = fixture->server->script[1] = (struct reply){ OK, KEEP };
    call_with_leave(fixture, &leave, "POST");
    assert_int_equal(leave.asked, 1);
    assert_int_equal(fixture->result.status, 0);
    assert_false(fixture->result.was_sent);
    assert_string_equal(fixture->result.failure, HTTP_OUT_HELD_BACK);
    leave.is_given = true;
    call_with_leave(fixture, &leave, "POST");
    assert_int_equal(fixture->result.status, 200);
    leave.is_given = false;
    call_with_leave(fixture, &leave, "POST"); /* the connection stands already: it is asked all the same */
    assert_int_equal(leave.asked, 3);
    assert_false(fixture->result.was_sent);
    assert_int_equal(fixture->server->requests, 1);
    finish(fixture);
}

static const struct answer_row {
    const char *name;
    struct reply reply;
    int status;
    const char *body; /* or, with status 0, a part of the failure */
} answer_rows[] = {
    { "a body of known length is whole", { OK, KEEP }, 200, "ok" },
    { "a chunked body is put together",
      { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", KEEP },
      200,
      "ok" },
    { "a body up to the end of the connection is whole", { "HTTP/1.1 200 OK\r\n\r\nok", CLOSE }, 200, "ok" },
    { "an error status is an answer", { "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno", KEEP }, 500, "no" },
    { "a redirect is not followed",
      { "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", KEEP },
      302,
      "" },
    { "an interim answer is not the answer", { "HTTP/1.1 103 Early Hints\r\nX-Foo: no\r\n\r\n" OK, KEEP }, 200, "ok" },
    { "a body cut short is no answer",
      { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", CLOSE },
      0,
      "transfer closed" },
    { "a connection closed after reading is no answer", { NULL, CLOSE }, 0, "" },
    { "something else than HTTP is no answer", { "220 smtp.example.com\r\n", CLOSE }, 0, "" },
    { "an announced answer over the maximum is refused",
      { "HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n", KEEP },
      0,
      "Maximum file size exceeded" },
};

static void check_answer(void **state)
{
    const struct answer_row *row = *state;
    struct fixture *fixture = begin((struct http_out_options){ .answer_max_bytes = 10000 });

    fixture->server->script[0] = row->reply;
    call(fixture, (struct http_call){ .method = "POST", .body = STR_LIT("x") });
    assert_int_equal(fixture->result.status, row->status);
    assert_true(fixture->result.was_sent);
    if (row->status == 0)
        assert_non_null(strstr(fixture->result.failure, row->body));
    else
        assert_string_equal(buf_text(&fixture->result.body), row->body);
    assert_string_equal(fixture->result.header, "none");
    assert_int_equal(fixture->server->requests, 1); /* and no second try */
    finish(fixture);
}

static void answer_over_the_maximum_is_refused(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .answer_max_bytes = 1000 });
    AUTO_BUF struct buf text = BUF(4096);

    (void)state;
    buf_puts(&text, "HTTP/1.1 200 OK\r\n\r\n");
    for (int i = 0; i < 2000; i++)
        buf_putc(&text, 'a');
    fixture->server->script[0] = (struct reply){ buf_text(&text), CLOSE };
    call(fixture, (struct http_call){ .method = "GET" });
    assert_int_equal(fixture->result.status, 0);
    assert_true(fixture->result.was_sent);
    assert_string_equal(fixture->result.failure, "the answer is larger than we take");
    finish(fixture);
}

static void endless_headers_are_refused(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });
    AUTO_BUF struct buf text = BUF(1 << 20);

    (void)state;
    buf_puts(&text, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 2000; i++)
        buf_puts(&text, "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
    fixture->server->script[0] = (struct reply){ buf_text(&text), CLOSE };
    call(fixture, (struct http_call){ .method = "GET" });
    assert_int_equal(fixture->result.status, 0);
    assert_non_null(strstr(fixture->result.failure, "headers"));
    finish(fixture);
}

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
    call(fixture, (struct http_call){ .method = "POST", .body = STR_LIT("x"), .timeout_ms = 50 });
    assert_int_equal(fixture->result.status, 0);
    assert_true(fixture->result.was_sent);
    assert_string_equal(fixture->result.failure, "no answer within 50 ms");
    finish(fixture);
}

static void server_that_never_accepts_did_not_see_it(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .host_max = 1 });
    struct result first = { .body = BUF(1000) };
    struct error err;
    struct http_call occupying = { .method = "GET", .url = fixture->url, .timeout_ms = 10000 };

    (void)state;
    fixture->server->script[0] = (struct reply){ NULL, KEEP };
    assert_non_null(http_out_start(fixture->out, &occupying, on_done, &first, &err));
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
    for (int i = 0; i < 5; i++)
        raw_turn(fixture->loop, -1, 0);
    call(fixture, (struct http_call){ .method = "POST", .body = STR_LIT("x") });
    assert_int_equal(fixture->result.status, 200);
    assert_int_equal(fixture->server->accepted, 2);
    finish(fixture);
}

static void large_body_is_sent_whole(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });
    AUTO_FREE char *bytes = xcalloc(1, 3000000);

    (void)state;
    memset(bytes, 'z', 3000000);
    fixture->server->script[0] = (struct reply){ OK, KEEP };
    call(fixture, (struct http_call){ .method = "POST", .body = { bytes, 3000000 } });
    assert_int_equal(fixture->result.status, 200);
    assert_true(heard(fixture, "Content-Length: 3000000\r\n"));
    assert_true(fixture->server->heard.len > 3000000);
    finish(fixture);
}

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
    assert_true(gaps[0] < 2000); /* blocked resolvers cost seconds; a busy machine does not */
    loop_turn_cancel(turn);
    finish(fixture);
    buf_finish(&dead.body);
}

static void cancelled_call_is_silent(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });
    struct result other = { .body = BUF(1000) };
    struct http_call get = { .method = "GET", .url = fixture->url, .timeout_ms = 10000 };
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

static void malformed_calls_never_start(void **state)
{
    static const struct http_header split = { "X-Foo", "a\r\nX-Bar: b" }, odd = { "X Foo", "a" };
    const struct http_call bad[] = {
        { .method = "GET", .url = "ftp://127.0.0.1/" },
        { .method = "GET", .url = "file:///etc/passwd" },
        { .method = "GET", .url = "nonsense" },
        { .method = "GET", .url = "" },
        { .method = "GET", .url = "http://user:secret@127.0.0.1/" },
        { .method = "GET", .url = "http://127.0.0.1/\r\nX-Foo: a" },
        { .method = "GE T", .url = "http://127.0.0.1/" },
        { .method = "", .url = "http://127.0.0.1/" },
        { .method = "GET", .url = "http://127.0.0.1/", .headers = &split, .header_count = 1 },
        { .method = "GET", .url = "http://127.0.0.1/", .headers = &odd, .header_count = 1 },
    };
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err;

        assert_null(http_out_start(fixture->out, &bad[i], on_done, &fixture->result, &err));
        assert_int_equal(err.code, ERR_INVALID);
        assert_null(strstr(err.message, "secret"));
    }
    assert_int_equal(fixture->result.count, 0);
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

static const struct CMUnitTest others[] = {
    cmocka_unit_test(answer_over_the_maximum_is_refused),
    cmocka_unit_test(endless_headers_are_refused),
    cmocka_unit_test(refused_connection_was_not_sent),
    cmocka_unit_test(silent_server_times_out_and_may_have_seen_it),
    cmocka_unit_test(server_that_never_accepts_did_not_see_it),
    cmocka_unit_test(a_call_that_lost_its_leave_while_it_connected_is_not_sent),
    cmocka_unit_test(connection_is_used_again),
    cmocka_unit_test(connection_that_dies_under_a_post_is_not_tried_again),
    cmocka_unit_test(connection_that_dies_under_a_post_without_body_is_not_tried_again),
    cmocka_unit_test(connection_closed_between_calls_is_replaced),
    cmocka_unit_test(large_body_is_sent_whole),
    cmocka_unit_test(name_is_resolved_by_the_resolver),
    cmocka_unit_test(unknown_name_was_not_sent),
    cmocka_unit_test(dead_name_server_blocks_nobody),
    cmocka_unit_test(cancelled_call_is_silent),
    cmocka_unit_test(many_calls_share_few_connections),
    cmocka_unit_test(environment_proxy_is_not_used),
    cmocka_unit_test(configured_proxy_gets_the_whole_url),
    cmocka_unit_test(unix_socket_is_called),
    cmocka_unit_test(malformed_calls_never_start),
    cmocka_unit_test(destroy_with_calls_in_flight_is_clean),
};

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(method_rows) + ARRAY_LEN(answer_rows)];
    size_t count = 0;
    int failures;

    for (size_t i = 0; i < ARRAY_LEN(method_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = method_rows[i].name,
                                              .test_func = check_method,
                                              .initial_state = (void *)(uintptr_t)&method_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(answer_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = answer_rows[i].name,
                                              .test_func = check_answer,
                                              .initial_state = (void *)(uintptr_t)&answer_rows[i] };
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    return failures + cmocka_run_group_tests(others, NULL, NULL);
}
