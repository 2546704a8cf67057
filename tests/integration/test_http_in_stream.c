/* Answers that go on: what is written arrives, at once and in order; who is slow is cut, who leaves is noticed, and
 * nothing spins or stays behind when the server stops. */
#include "tests/integration/http_in_fixture.h"

#include <stdlib.h>
#include <time.h>

#define BACKLOG_BYTES 65536

struct stream { /* one writer, and its client */
    struct fixture *fixture;
    struct raw client;
    struct http_stream *stream;
    bool is_gone;
};

static void on_gone(void *arg)
{
    struct stream *stream = arg;

    stream->is_gone = true;
    stream->stream = NULL;
}

static void begin(struct stream *stream, struct fixture *fixture, size_t backlog_max_bytes)
{
    static const struct http_header fresh = { "Cache-Control", "no-store" };

    *stream = (struct stream){ .fixture = fixture, .client = fixture_connect(fixture) };
    raw_puts(&stream->client, fixture->loop, GET("/hold"));
    fixture_wait_held(fixture, fixture->held_count + 1);
    stream->stream = http_in_stream(TAKE(fixture->held[fixture->held_count - 1]),
                                    &(struct http_stream_options){ .content_type = "text/event-stream",
                                                                   .headers = &fresh,
                                                                   .header_count = 1,
                                                                   .backlog_max_bytes = backlog_max_bytes,
                                                                   .on_gone = on_gone,
                                                                   .arg = stream });
    assert_non_null(stream->stream);
}

static void end(struct stream *stream)
{
    raw_close(&stream->client);
}

static void write_text(struct stream *stream, const char *text)
{
    assert_true(http_stream_write(stream->stream, str_of(text)));
}

static void turn(struct fixture *fixture, int times)
{
    while (times-- > 0)
        raw_turn(fixture->loop, -1, 0);
}

static void what_is_written_arrives_at_once_and_in_order(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ 0 });
    struct stream stream;

    (void)state;
    begin(&stream, fixture, BACKLOG_BYTES);
    assert_true(raw_expect(&stream.client, fixture->loop, "Content-Type: text/event-stream"));
    assert_true(raw_expect(&stream.client, fixture->loop, "Cache-Control: no-store"));
    assert_true(raw_expect(&stream.client, fixture->loop, "X-Request-Id: "));
    write_text(&stream, "one,");
    assert_true(raw_expect(&stream.client, fixture->loop, "one,"));
    write_text(&stream, "two,");
    write_text(&stream, "three,");
    assert_true(raw_expect(&stream.client, fixture->loop, "two,three,"));
    assert_int_equal(http_in_counts(fixture->in).streams, 1);
    assert_int_equal(http_in_counts(fixture->in).requests, 0); /* it takes nobody's place */
    http_stream_end(stream.stream);
    raw_expect_end(&stream.client, fixture->loop);
    assert_true(str_contains(buf_str(&stream.client.got), "\r\n0\r\n")); /* whole */
    turn(fixture, 5);
    assert_false(stream.is_gone); /* its writer knows */
    assert_int_equal(http_in_counts(fixture->in).streams, 0);
    end(&stream);
    fixture_finish(fixture);
}

static int64_t cpu_ms(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static void on_time_over(void *arg)
{
    *(bool *)arg = true;
}

/* A reader that has nothing to give must not be asked in each turn: the loop waits. */
static void while_nothing_is_written_nothing_is_done(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ 0 });
    struct stream stream;
    bool is_over = false;
    int64_t before_ms;

    (void)state;
    begin(&stream, fixture, BACKLOG_BYTES);
    write_text(&stream, "one");
    assert_true(raw_expect(&stream.client, fixture->loop, "one"));
    turn(fixture, 5);
    before_ms = cpu_ms();
    loop_timer_start(fixture->loop, 400, on_time_over, &is_over);
    while (!is_over)
        uv_run(loop_uv(fixture->loop), UV_RUN_ONCE);
    assert_true(cpu_ms() - before_ms < 200);
    http_stream_end(stream.stream);
    end(&stream);
    fixture_finish(fixture);
}

static void who_leaves_is_noticed_without_a_word(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 80 });
    struct stream stream;

    (void)state;
    begin(&stream, fixture, BACKLOG_BYTES);
    write_text(&stream, "one");
    assert_true(raw_expect(&stream.client, fixture->loop, "one"));
    raw_close(&stream.client);
    raw_wait(fixture->loop, &stream.is_gone);
    assert_int_equal(http_in_counts(fixture->in).connections, 0);
    fixture_finish(fixture);
}

static void who_stays_and_reads_is_never_too_late(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 60, .keepalive_ms = 60 });
    struct stream stream;
    bool is_over = false;

    (void)state;
    begin(&stream, fixture, BACKLOG_BYTES);
    write_text(&stream, "one");
    assert_true(raw_expect(&stream.client, fixture->loop, "one"));
    loop_timer_start(fixture->loop, 400, on_time_over, &is_over);
    raw_wait(fixture->loop, &is_over);
    write_text(&stream, "two");
    assert_true(raw_expect(&stream.client, fixture->loop, "two"));
    assert_false(stream.is_gone);
    http_stream_end(stream.stream);
    end(&stream);
    fixture_finish(fixture);
}

/* The kernel takes some, libmicrohttpd a little, and then nobody does. */
static void fill(struct stream *stream, size_t piece_bytes, bool *ret_is_refused)
{
    AUTO_FREE char *piece = xcalloc(1, piece_bytes + 1);
    int64_t end_ms = loop_now_ms(stream->fixture->loop) + RAW_WAIT_MS;

    memset(piece, 'a', piece_bytes);
    while (!*ret_is_refused && !stream->is_gone && loop_now_ms(stream->fixture->loop) < end_ms) {
        *ret_is_refused = !http_stream_write(stream->stream, str_of(piece));
        turn(stream->fixture, 1);
    }
}

static void who_does_not_read_is_cut_and_never_held_without_bound(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ 0 });
    struct stream slow, quick;
    bool is_refused = false;

    (void)state;
    begin(&slow, fixture, BACKLOG_BYTES);
    begin(&quick, fixture, BACKLOG_BYTES);
    fill(&slow, BACKLOG_BYTES / 2, &is_refused);
    assert_true(is_refused);
    raw_wait(fixture->loop, &slow.is_gone);
    write_text(&quick, "still here");
    assert_true(raw_expect(&quick.client, fixture->loop, "still here"));
    http_stream_end(quick.stream);
    end(&slow);
    end(&quick);
    fixture_finish(fixture);
}

static void who_takes_nothing_for_too_long_is_cut(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .request_ms = 150 });
    struct stream stream;
    bool is_refused = false;

    (void)state;
    begin(&stream, fixture, (size_t)256 << 20);
    fill(&stream, BACKLOG_BYTES, &is_refused);
    assert_true(stream.is_gone);
    end(&stream);
    fixture_finish(fixture);
}

static void who_has_gone_before_gets_none(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ .answer_ms = 50 });
    struct raw client = fixture_connect(fixture);

    (void)state;
    raw_puts(&client, fixture->loop, GET("/hold"));
    fixture_wait_held(fixture, 1);
    assert_true(raw_expect(&client, fixture->loop, "503 Service Unavailable")); /* it took too long */
    assert_null(http_in_stream(TAKE(fixture->held[0]), &(struct http_stream_options){ .content_type = "text/plain" }));
    raw_close(&client);
    fixture_finish(fixture);
}

static void head_alone_is_no_stream(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ 0 });
    struct stream stream = { .fixture = fixture, .client = fixture_connect(fixture) };

    (void)state;
    raw_puts(&stream.client, fixture->loop, "HEAD /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    fixture_wait_held(fixture, 1);
    stream.stream =
        http_in_stream(TAKE(fixture->held[0]),
                       &(struct http_stream_options){
                           .content_type = "text/plain", .backlog_max_bytes = 10, .on_gone = on_gone, .arg = &stream });
    assert_non_null(stream.stream);
    raw_wait(fixture->loop, &stream.is_gone);
    assert_true(raw_expect(&stream.client, fixture->loop, "200 OK"));
    end(&stream);
    fixture_finish(fixture);
}

static void on_stopped(void *arg)
{
    ((struct fixture *)arg)->is_stopped = true;
}

static void stopping_ends_them_after_what_was_written(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ 0 });
    struct stream streams[3];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(streams); i++)
        begin(&streams[i], fixture, BACKLOG_BYTES);
    write_text(&streams[1], "the last words");
    http_in_stop(fixture->in, RAW_WAIT_MS, on_stopped, fixture);
    raw_wait(fixture->loop, &fixture->is_stopped);
    for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
        assert_true(streams[i].is_gone);
        raw_expect_end(&streams[i].client, fixture->loop);
    }
    assert_true(str_contains(buf_str(&streams[1].client.got), "the last words"));
    for (size_t i = 0; i < ARRAY_LEN(streams); i++)
        end(&streams[i]);
    fixture_finish(fixture);
}

static void quiescing_ends_them_and_takes_no_new_ones(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ 0 });
    struct stream stream;

    (void)state;
    begin(&stream, fixture, BACKLOG_BYTES);
    http_in_quiesce(fixture->in);
    raw_wait(fixture->loop, &stream.is_gone);
    raw_expect_end(&stream.client, fixture->loop);
    end(&stream);
    fixture_finish(fixture);
}

/* Nobody hears anything any more; what is left belongs to its writer. */
static void destroying_leaves_them_to_their_writers(void **state)
{
    struct fixture *fixture = fixture_begin((struct http_in_limits){ 0 });
    struct stream waiting, full;

    (void)state;
    begin(&waiting, fixture, BACKLOG_BYTES);
    begin(&full, fixture, BACKLOG_BYTES);
    write_text(&full, "never sent");
    http_in_destroy(TAKE(fixture->in));
    assert_false(http_stream_write(waiting.stream, STR_LIT("x")));
    http_stream_end(waiting.stream);
    http_stream_end(full.stream);
    http_stream_end(NULL);
    assert_false(waiting.is_gone || full.is_gone);
    end(&waiting);
    end(&full);
    fixture_finish(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_arrives_at_once_and_in_order),
        cmocka_unit_test(while_nothing_is_written_nothing_is_done),
        cmocka_unit_test(who_leaves_is_noticed_without_a_word),
        cmocka_unit_test(who_stays_and_reads_is_never_too_late),
        cmocka_unit_test(who_does_not_read_is_cut_and_never_held_without_bound),
        cmocka_unit_test(who_takes_nothing_for_too_long_is_cut),
        cmocka_unit_test(who_has_gone_before_gets_none),
        cmocka_unit_test(head_alone_is_no_stream),
        cmocka_unit_test(stopping_ends_them_after_what_was_written),
        cmocka_unit_test(quiescing_ends_them_and_takes_no_new_ones),
        cmocka_unit_test(destroying_leaves_them_to_their_writers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
