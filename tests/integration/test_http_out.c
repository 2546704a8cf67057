/* Calls to the outside: carried as they are, and every answer told as it is. */
#include "tests/integration/http_out_fixture.h"

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
      "the answer is larger than we take" },
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
    assert_int_equal(fixture->result.is_too_large, strstr(fixture->result.failure, "larger than we take") != NULL);
    assert_string_equal(fixture->result.header, "none");
    assert_int_equal(fixture->server->requests, 1); /* and no second try */
    finish(fixture);
}

static void a_call_may_want_less_than_is_taken(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .answer_max_bytes = 1000 });

    (void)state;
    fixture->server->script[0] = (struct reply){ "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", KEEP };
    call(fixture, (struct http_call){ .method = "GET", .answer_max_bytes = 10 });
    assert_int_equal(fixture->result.status, 0);
    assert_true(fixture->result.is_too_large);
    finish(fixture);
}

static void a_body_that_nobody_wants_is_dropped(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .answer_max_bytes = 1000 });

    (void)state;
    fixture->server->script[0] =
        (struct reply){ "HTTP/1.1 200 OK\r\nX-Foo: bar\r\nContent-Length: 5\r\n\r\nhello", KEEP };
    call(fixture, (struct http_call){ .method = "GET", .drops_body = true });
    assert_int_equal(fixture->result.status, 200);
    assert_string_equal(fixture->result.header, "none");
    assert_string_equal(buf_text(&fixture->result.body), "");
    assert_true(fixture->result.took_ms >= 0);
    finish(fixture);
}

static void a_body_that_nobody_wants_is_bounded_all_the_same(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .answer_max_bytes = 1000 });

    (void)state;
    fixture->server->script[0] = (struct reply){
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nhello\r\n5\r\nhello\r\n", KEEP
    };
    call(fixture, (struct http_call){ .method = "GET", .drops_body = true, .answer_max_bytes = 10 });
    assert_int_equal(fixture->result.status, 0);
    assert_true(fixture->result.is_too_large);
    assert_true(fixture->result.was_sent);
    finish(fixture);
}

/* Neither its name nor its connection is the peer's time. */
static void the_way_to_the_peer_is_told_apart(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });

    (void)state;
    fixture->server->script[0] = (struct reply){ OK, KEEP };
    call(fixture, (struct http_call){ .method = "GET" });
    assert_int_equal(fixture->result.status, 200);
    assert_in_range(fixture->result.served_ms, 0, fixture->result.took_ms);
    fixture->server->script[1] = (struct reply){ "", KEEP };
    call(fixture, (struct http_call){ .method = "GET", .timeout_ms = 3000 }); /* time to send it */
    assert_int_equal(fixture->result.status, 0);
    assert_true(fixture->result.was_sent);
    assert_in_range(fixture->result.served_ms, 1, fixture->result.took_ms);
    finish(fixture);
}

static void what_was_not_answered_took_as_long_as_it_might(void **state)
{
    struct fixture *fixture = begin((struct http_out_options){ .proxy = NULL });

    (void)state;
    fixture->server->script[0] = (struct reply){ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", KEEP };
    call(fixture, (struct http_call){ .method = "GET", .timeout_ms = 3000 });
    assert_int_equal(fixture->result.status, 0);
    assert_true(fixture->result.was_sent);
    assert_true(fixture->result.took_ms >= 2999); /* a timer may be up to a millisecond early */
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
    assert_true(fixture->result.is_too_large);
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

static const struct CMUnitTest others[] = {
    cmocka_unit_test(answer_over_the_maximum_is_refused),
    cmocka_unit_test(a_call_may_want_less_than_is_taken),
    cmocka_unit_test(a_body_that_nobody_wants_is_dropped),
    cmocka_unit_test(a_body_that_nobody_wants_is_bounded_all_the_same),
    cmocka_unit_test(the_way_to_the_peer_is_told_apart),
    cmocka_unit_test(what_was_not_answered_took_as_long_as_it_might),
    cmocka_unit_test(endless_headers_are_refused),
    cmocka_unit_test(a_call_that_lost_its_leave_while_it_connected_is_not_sent),
    cmocka_unit_test(large_body_is_sent_whole),
    cmocka_unit_test(malformed_calls_never_start),
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
