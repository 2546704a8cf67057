/* http_in_fixture.h - a server on the loop with some routes, and what its handlers saw. */
#ifndef OPSGATE_TESTS_HTTP_IN_FIXTURE_H
#define OPSGATE_TESTS_HTTP_IN_FIXTURE_H

#include "bot/shell/http_in.h"
#include "tests/integration/raw.h"

#define HELD_MAX 512
#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

struct fixture {
    struct loop *loop;
    struct http_in *in;
    struct http_routes routes;
    struct http_request *held[HELD_MAX]; /* what /hold owes; NULL once answered */
    size_t held_count, handed, turns;
    size_t looked, put_off; /* by the gates */
    int sent, unsent;
    bool is_stopped;

    char last_path[256], last_peer[64];
    struct buf last_body;
    uid_t last_uid;
    bool last_is_local;
};

static inline void fixture_on_sent(void *arg, bool was_sent)
{
    struct fixture *fixture = arg;

    if (was_sent)
        fixture->sent++;
    else
        fixture->unsent++;
}

static inline void fixture_answer(struct fixture *fixture, struct http_request *request, const char *text)
{
    http_in_answer(request, &(struct http_reply){ .status = 200,
                                                  .content_type = "text/plain",
                                                  .body = str_of(text),
                                                  .on_sent = fixture_on_sent,
                                                  .arg = fixture });
}

static inline void fixture_echo(void *arg, struct http_request *request)
{
    struct fixture *fixture = arg;

    fixture->handed++;
    snprintf(fixture->last_path, sizeof(fixture->last_path), "%s", request->path);
    snprintf(fixture->last_peer, sizeof(fixture->last_peer), "%s", request->peer);
    fixture->last_is_local = request->is_local;
    fixture->last_uid = request->peer_uid;
    buf_clear(&fixture->last_body);
    buf_add_str(&fixture->last_body, request->body);
    fixture_answer(fixture, request, "echo");
}

static inline void fixture_hold(void *arg, struct http_request *request)
{
    struct fixture *fixture = arg;

    fixture->handed++;
    assert_true(fixture->held_count < HELD_MAX);
    fixture->held[fixture->held_count++] = request;
}

static inline void fixture_release(struct fixture *fixture, size_t index)
{
    struct http_request *request = fixture->held[index];

    fixture->held[index] = NULL;
    if (request)
        fixture_answer(fixture, request, "held");
}

static inline void fixture_tell(void *arg, struct http_request *request)
{
    struct fixture *fixture = arg;
    AUTO_BUF struct buf text = BUF(4096);
    AUTO_FREE char *a = NULL;
    const char *foo = http_request_header(request, "x-FOO");

    buf_addf(&text, "foo=%s a=", foo ? foo : "none");
    buf_puts(&text, http_request_query(request, "a", &a) ? a : "none");
    fixture_answer(fixture, request, buf_text(&text));
}

static inline void fixture_refuse(void *arg, struct http_request *request)
{
    (void)arg;
    http_in_problem(request, 503, NULL, "the store is down");
}

/* Whoever says nothing by X-Foo may not send a body. */
static inline struct http_refusal fixture_refuses_head(void *arg, const struct http_request *request)
{
    struct fixture *fixture = arg;

    fixture->looked++;
    assert_non_null(request->peer);
    assert_int_equal(request->body.len, 0);
    if (http_request_header(request, "X-Foo"))
        return (struct http_refusal){ .status = 0 };
    return (struct http_refusal){ 401, "who are you?" };
}

static inline void fixture_on_put_off(void *arg, const struct http_request *request, const char *why)
{
    struct fixture *fixture = arg;

    assert_non_null(http_request_header(request, "X-Foo"));
    assert_true(why && why[0]);
    fixture->put_off++;
}

static const struct http_gate fixture_gate = { .refuses_head = fixture_refuses_head };
static const struct http_gate fixture_later = { fixture_refuses_head, fixture_on_put_off };

static const struct http_route fixture_rows[] = {
    { "GET", "/x", 0, NULL, fixture_echo, 0, NULL },
    { "POST", "/x", 1000, NULL, fixture_echo, 0, NULL },
    { "POST", "/big", 1 << 20, NULL, fixture_echo, 0, NULL },
    { "GET", "/hold", 0, NULL, fixture_hold, 0, NULL },
    { "POST", "/hold", 100000, NULL, fixture_hold, 0, NULL },
    { "GET", "/machine", 0, NULL, fixture_hold, HTTP_ROUTE_MACHINE, NULL },
    { "GET", "/tell", 0, NULL, fixture_tell, 0, NULL },
    { "POST", "/json", 1000, "application/json", fixture_echo, 0, NULL },
    { "GET", "/live", 0, NULL, fixture_echo, HTTP_ROUTE_VITAL, NULL },
    { "GET", "/local", 0, NULL, fixture_echo, HTTP_ROUTE_LOCAL, NULL },
    { "GET", "/tree/", 0, NULL, fixture_echo, HTTP_ROUTE_PREFIX, NULL },
    { "GET", "/refuse", 0, NULL, fixture_refuse, 0, NULL },
    { "POST", "/gate", 1 << 20, NULL, fixture_echo, 0, &fixture_gate },
    { "POST", "/later", 1000, NULL, fixture_echo, 0, &fixture_later },
};

static inline void fixture_on_turn(void *arg)
{
    ((struct fixture *)arg)->turns++;
}

static inline struct fixture *fixture_begin(struct http_in_limits limits)
{
    struct fixture *fixture = xcalloc(1, sizeof(*fixture));
    struct error err;

    limits.request_ms = limits.request_ms ? limits.request_ms : RAW_WAIT_MS * 2; /* a slow machine is no late client */
    limits.answer_ms = limits.answer_ms ? limits.answer_ms : RAW_WAIT_MS * 2;
    fixture->last_body = BUF(1 << 21);
    fixture->routes = (struct http_routes){ fixture_rows, ARRAY_LEN(fixture_rows), fixture };
    fixture->loop = loop_create(&err);
    fixture->in = http_in_create(&(struct http_in_options){ .loop = fixture->loop,
                                                            .routes = &fixture->routes,
                                                            .routes_count = 1,
                                                            .on_turn = fixture_on_turn,
                                                            .on_turn_arg = fixture,
                                                            .limits = limits },
                                 &err);
    assert_non_null(fixture->in);
    assert_true(http_in_listen(fixture->in, "127.0.0.1:0", &err));
    return fixture;
}

static inline void fixture_finish(struct fixture *fixture)
{
    http_in_destroy(fixture->in);
    for (size_t i = 0; i < fixture->held_count; i++)
        fixture_release(fixture, i); /* answers after the end are allowed, and free the request */
    loop_destroy(fixture->loop);
    buf_finish(&fixture->last_body);
    free(fixture);
}

static inline struct raw fixture_connect(struct fixture *fixture)
{
    return raw_connect(http_in_port(fixture->in));
}

static inline void fixture_wait_held(struct fixture *fixture, size_t count)
{
    int64_t end_ms = loop_now_ms(fixture->loop) + RAW_WAIT_MS;

    while (fixture->held_count < count && loop_now_ms(fixture->loop) < end_ms)
        raw_turn(fixture->loop, -1, 0);
    assert_int_equal(fixture->held_count, count);
}

#endif
