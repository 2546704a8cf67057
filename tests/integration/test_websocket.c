/* WebSocket connections against a server that misbehaves in every way we could think of. */
#include "bot/shell/websocket.h"
#include "tests/integration/websocket_server.h"

#include <netdb.h>

static struct world {
    struct loop *loop;
    struct resolve *resolve;
    struct websockets *websockets;
    struct ws_server server;
    char folder[64], certificate[96], key[96], ca[96]; /* TLS */
    char log[4096];
} world;

struct seen { /* of one connection */
    struct websocket *websocket;
    bool is_open, is_closed;
    size_t messages, bytes;
    struct buf last;
    int code;
    bool was_open;
    char why[256];
    void (*on_message)(struct seen *seen);
};

static void note_open(void *arg)
{
    struct seen *seen = arg;

    assert_false(seen->is_open || seen->is_closed);
    seen->is_open = true;
}

static void note_text(void *arg, struct str message)
{
    struct seen *seen = arg;

    assert_true(seen->is_open && !seen->is_closed);
    seen->messages++;
    seen->bytes += message.len;
    seen->last.max_bytes = 64 << 20;
    buf_clear(&seen->last);
    buf_add_str(&seen->last, message);
    if (seen->on_message)
        seen->on_message(seen);
}

static void note_closed(void *arg, const struct websocket_end *end)
{
    struct seen *seen = arg;

    assert_false(seen->is_closed);
    seen->is_closed = true;
    seen->websocket = NULL;
    seen->code = end->code;
    seen->was_open = end->was_open;
    snprintf(seen->why, sizeof(seen->why), "%s", end->why);
}

static void note_log(void *arg, const char *line)
{
    (void)arg;
    snprintf(world.log, sizeof(world.log), "%s", line);
}

static void create_websockets(const char *ca_file)
{
    struct error err = { 0 };

    world.websockets = websockets_create(
        &(struct websockets_options){
            .loop = world.loop, .resolve = world.resolve, .ca_file = ca_file, .on_log = note_log },
        &err);
    if (!world.websockets)
        fail_msg("%s", err.message);
}

static int enter_loop(void)
{
    struct error err;

    world.loop = loop_create(&err);
    world.resolve = resolve_create(&(struct resolve_options){ .loop = world.loop });
    return world.loop ? 0 : -1;
}

static int enter(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    return enter_loop();
}

static int leave(void **state)
{
    (void)state;
    websockets_destroy(world.websockets);
    resolve_destroy(world.resolve);
    loop_destroy(world.loop);
    ws_server_end(&world.server);
    if (world.folder[0]) {
        unlink(world.certificate);
        unlink(world.key);
        unlink(world.ca);
        rmdir(world.folder);
    }
    return 0;
}

static struct websocket *start_with(struct seen *seen, struct websocket_options options, const char *host,
                                    const char *scheme)
{
    char url[256];
    struct error err = { 0 };

    snprintf(url, sizeof(url), "%s://%s:%d/link/?ticket=a%%20b&x=1", scheme, host, world.server.port);
    options.connect_ms = options.connect_ms ? options.connect_ms : RAW_WAIT_MS;
    options.handshake_ms = options.handshake_ms ? options.handshake_ms : RAW_WAIT_MS;
    options.url = url;
    options.on_open = note_open;
    options.on_text = note_text;
    options.on_closed = note_closed;
    options.arg = seen;
    if (!world.websockets)
        create_websockets(NULL);
    seen->websocket = websocket_start(world.websockets, &options, &err);
    if (!seen->websocket)
        fail_msg("%s", err.message);
    memset(url, 'x', sizeof(url)); /* it keeps nothing of ours */
    return seen->websocket;
}

static void serve(ws_script_fn script)
{
    ws_server_begin(&world.server, script, NULL, NULL);
}

static struct websocket *start(struct seen *seen)
{
    return start_with(seen, (struct websocket_options){ 0 }, "127.0.0.1", "ws");
}

static void wait_messages(struct seen *seen, size_t count)
{
    int64_t end_ms = loop_now_ms(world.loop) + RAW_WAIT_MS;

    while (seen->messages < count && !seen->is_closed && loop_now_ms(world.loop) < end_ms)
        raw_turn(world.loop, -1, 0);
    assert_int_equal(seen->messages, count);
}

static void finish(struct seen *seen)
{
    buf_finish(&seen->last);
}

/* ---- messages ---- */

static void greet(struct ws_peer *peer)
{
    ws_upgrade(peer);
    ws_report(peer, "path %.*s", (int)strcspn(peer->head + 4, " "), peer->head + 4);
    ws_report(peer, "host %.40s", strcasestr(peer->head, "\r\nHost: ") + 8);
    ws_report(peer, strcasestr(peer->head, "Sec-WebSocket-Extensions") ? "extensions" : "plain");
    ws_text(peer, "hello");
    ws_attend(peer);
}

static void a_message_comes_and_one_goes(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    serve(greet);
    start(&seen);
    assert_false(websocket_send(seen.websocket, STR_LIT("too early")));
    wait_messages(&seen, 1);
    assert_string_equal(buf_text(&seen.last), "hello");
    assert_true(websocket_send(seen.websocket, STR_LIT("{\"a\":1}")));
    assert_true(websocket_send(seen.websocket, STR_LIT("")));
    assert_true(websocket_send(seen.websocket, STR_LIT("last")));
    ws_server_wait(&world.server, world.loop, "text last", 1);
    assert_non_null(strstr(buf_text(&world.server.said), "path /link/?ticket=a%20b&x=1\n"));
    assert_non_null(strstr(buf_text(&world.server.said), "host 127.0.0.1:"));
    assert_non_null(strstr(buf_text(&world.server.said), "plain\n"));
    assert_non_null(strstr(buf_text(&world.server.said), "text {\"a\":1}\ntext \ntext last"));
    websocket_close(seen.websocket, WEBSOCKET_NORMAL);
    assert_false(websocket_send(seen.websocket, STR_LIT("too late")));
    websocket_close(seen.websocket, WEBSOCKET_GOING_AWAY); /* the first one counts */
    raw_wait(world.loop, &seen.is_closed);
    ws_server_wait(&world.server, world.loop, "close 1000", 1);
    assert_int_equal(seen.code, 1000);
    assert_true(seen.was_open);
    finish(&seen);
}

static void in_pieces(struct ws_peer *peer)
{
    static char large[300 * 1024];

    ws_upgrade(peer);
    memset(large, 'x', sizeof(large));
    ws_frame(peer, false, WS_TEXT, "one ", 4);
    ws_frame(peer, true, WS_PING, "between", 7);
    ws_frame(peer, false, WS_CONTINUED, "", 0);
    ws_frame(peer, false, WS_CONTINUED, "two ", 4);
    ws_frame(peer, true, WS_CONTINUED, "three", 5);
    ws_frame(peer, true, WS_BINARY, large, sizeof(large)); /* nobody wants it */
    ws_frame(peer, true, WS_TEXT, large, sizeof(large));
    ws_frame(peer, false, WS_TEXT, large, sizeof(large));
    ws_frame(peer, true, WS_CONTINUED, large, sizeof(large));
    ws_frame(peer, true, WS_TEXT, "", 0);
    ws_attend(peer);
}

static void keep_first(struct seen *seen)
{
    if (seen->messages == 1)
        assert_string_equal(buf_text(&seen->last), "one two three");
    if (seen->messages == 2)
        assert_int_equal(seen->last.len, 300 * 1024);
    if (seen->messages == 3)
        assert_int_equal(seen->last.len, 600 * 1024);
}

static void fragments_and_large_frames_are_whole_messages(void **state)
{
    struct seen seen = { .on_message = keep_first };

    (void)state;
    serve(in_pieces);
    start(&seen);
    wait_messages(&seen, 4);
    assert_int_equal(seen.bytes, 13 + 900 * 1024);
    ws_server_wait(&world.server, world.loop, "pong between", 1);
    finish(&seen);
}

static void a_thousand(struct ws_peer *peer)
{
    struct buf got = BUF(1 << 20);
    char text[64];

    ws_upgrade(peer);
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof(text), "%d", i);
        ws_text(peer, text);
    }
    for (int i = 0; i < 1000;) {
        snprintf(text, sizeof(text), "%d", i);
        if (ws_read(peer, &got) != WS_TEXT)
            continue;
        if (strcmp(buf_text(&got), text) != 0)
            _exit(7);
        i++;
    }
    ws_report(peer, "all thousand in order");
    ws_attend(peer);
}

static void echo(struct seen *seen)
{
    assert_int_equal(strtol(buf_text(&seen->last), NULL, 10), seen->messages - 1);
    assert_true(websocket_send(seen->websocket, buf_str(&seen->last)));
}

static void a_thousand_messages_keep_their_order(void **state)
{
    struct seen seen = { .on_message = echo };

    (void)state;
    serve(a_thousand);
    start(&seen);
    ws_server_wait(&world.server, world.loop, "all thousand in order", 1);
    assert_int_equal(seen.messages, 1000);
    finish(&seen);
}

static void large_claim(struct ws_peer *peer)
{
    static char piece[40 * 1024];

    ws_upgrade(peer);
    ws_frame_head(peer, true, WS_TEXT, (size_t)1 << 40);
    ws_give(peer, piece, sizeof(piece)); /* the rest is never sent */
    ws_attend(peer);
}

static void large_in_pieces(struct ws_peer *peer)
{
    static char piece[60 * 1024];

    ws_upgrade(peer);
    ws_frame(peer, false, WS_TEXT, piece, sizeof(piece));
    ws_frame(peer, false, WS_CONTINUED, piece, sizeof(piece));
    ws_attend(peer);
}

static void check_too_large(ws_script_fn script)
{
    struct seen seen = { 0 };

    serve(script);
    start_with(&seen, (struct websocket_options){ .message_max_bytes = 100 * 1024 }, "127.0.0.1", "ws");
    raw_wait(world.loop, &seen.is_closed);
    assert_int_equal(seen.code, WEBSOCKET_TOO_LARGE);
    assert_int_equal(seen.messages, 0);
    ws_server_wait(&world.server, world.loop, "close 1009", 1);
    finish(&seen);
}

static void a_frame_that_claims_too_much_closes_with_1009(void **state)
{
    (void)state;
    check_too_large(large_claim);
}

static void fragments_that_grow_too_large_close_with_1009(void **state)
{
    (void)state;
    check_too_large(large_in_pieces);
}

/* ---- closing ---- */

static void closes(struct ws_peer *peer)
{
    ws_upgrade(peer);
    ws_text(peer, "hello");
    ws_close(peer, 1001, "restarting");
    ws_attend(peer);
}

static void the_peer_closes_and_sees_its_close_answered(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    serve(closes);
    start(&seen);
    raw_wait(world.loop, &seen.is_closed);
    assert_int_equal(seen.messages, 1);
    assert_int_equal(seen.code, 1001);
    assert_string_equal(seen.why, "closed by the peer");
    ws_server_wait(&world.server, world.loop, "close 1001", 1);
    finish(&seen);
}

static void breaks(struct ws_peer *peer)
{
    ws_upgrade(peer);
    ws_text(peer, "hello");
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
    close(peer->fd);
}

static void a_connection_that_breaks_is_closed_once(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    serve(breaks);
    start(&seen);
    raw_wait(world.loop, &seen.is_closed);
    assert_int_equal(seen.code, WEBSOCKET_NO_CLOSE);
    finish(&seen);
}

static void deaf(struct ws_peer *peer) /* never reads, never answers */
{
    ws_upgrade(peer);
    ws_text(peer, "hello");
    for (;;)
        pause();
}

static void a_close_that_nobody_answers_ends_all_the_same(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    serve(deaf);
    start(&seen);
    wait_messages(&seen, 1);
    websocket_close(seen.websocket, WEBSOCKET_NORMAL);
    assert_false(seen.is_closed);
    raw_wait(world.loop, &seen.is_closed);
    assert_int_equal(seen.code, 1000);
    finish(&seen);
}

static void what_waits_is_bounded_and_a_deaf_peer_can_be_closed(void **state)
{
    static char much[512 * 1024];
    struct seen seen = { 0 };
    int taken = 0;

    (void)state;
    serve(deaf);
    start(&seen);
    wait_messages(&seen, 1);
    memset(much, 'x', sizeof(much));
    for (int i = 0; i < 200 && websocket_send(seen.websocket, (struct str){ much, sizeof(much) }); i++) {
        taken++;
        for (int turn = 0; turn < 5; turn++)
            raw_turn(world.loop, -1, 0);
    }
    assert_in_range(taken, 2, 199); /* what the kernel holds, and then two */
    websocket_close(seen.websocket, WEBSOCKET_NORMAL);
    raw_wait(world.loop, &seen.is_closed);
    finish(&seen);
}

static void what_waits_is_sent_before_the_close(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    serve(greet);
    start(&seen);
    wait_messages(&seen, 1);
    for (int i = 0; i < 50; i++)
        assert_true(websocket_send(seen.websocket, STR_LIT("owed")));
    websocket_close(seen.websocket, WEBSOCKET_NORMAL);
    raw_wait(world.loop, &seen.is_closed);
    ws_server_wait(&world.server, world.loop, "close 1000", 1);
    assert_int_equal(ws_server_count(&world.server, "text owed"), 50);
    finish(&seen);
}

/* ---- silence ---- */

static void a_stopped_peer_is_hung_up_on(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    serve(greet);
    start_with(&seen, (struct websocket_options){ .ping_ms = 50, .hangup_ms = 6000 }, "127.0.0.1", "ws");
    ws_server_wait(&world.server, world.loop, "ping", 3); /* answered ones keep it open */
    assert_false(seen.is_closed);
    kill(-world.server.pid, SIGSTOP);
    raw_wait(world.loop, &seen.is_closed);
    assert_non_null(strstr(seen.why, "silent"));
    assert_int_equal(seen.code, WEBSOCKET_NO_CLOSE);
    finish(&seen);
}

static void talks_but_answers_no_ping(struct ws_peer *peer)
{
    ws_upgrade(peer);
    for (int i = 0; i < 60; i++) {
        ws_text(peer, "still here");
        usleep(130 * 1000); /* the peer's pace, not the test's */
    }
    ws_report(peer, "spoke for long");
    for (;;)
        pause();
}

static void messages_are_a_sign_of_life(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    serve(talks_but_answers_no_ping);
    start_with(&seen, (struct websocket_options){ .ping_ms = 20, .hangup_ms = 6000 }, "127.0.0.1", "ws");
    wait_messages(&seen, 60);
    raw_wait(world.loop, &seen.is_closed);
    assert_non_null(strstr(seen.why, "silent"));
    finish(&seen);
}

/* ---- beginnings that fail ---- */

static void says_nothing(struct ws_peer *peer)
{
    ws_read_head(peer);
    ws_report(peer, "asked");
    for (;;)
        pause();
}

static void a_silent_handshake_times_out(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    serve(says_nothing);
    start_with(&seen, (struct websocket_options){ .handshake_ms = 300 }, "127.0.0.1", "ws");
    raw_wait(world.loop, &seen.is_closed);
    assert_false(seen.was_open);
    assert_string_equal(seen.why, "no answer to the upgrade");
    finish(&seen);
}

static void a_tls_server_that_says_nothing_times_out(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    serve(says_nothing); /* it never sees a head: it waits for the end of one */
    start_with(&seen, (struct websocket_options){ .connect_ms = 300 }, "localhost", "wss");
    raw_wait(world.loop, &seen.is_closed);
    assert_string_equal(seen.why, "no connection in time");
    finish(&seen);
}

static const char *wrong_answer;
static void answers_wrong(struct ws_peer *peer)
{
    ws_read_head(peer);
    ws_give(peer, wrong_answer, strlen(wrong_answer));
    ws_attend(peer);
}

static void a_wrong_answer_to_the_upgrade_is_no_connection(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct seen seen = { 0 };

        wrong_answer = answers[i];
        serve(answers_wrong);
        start_with(&seen, (struct websocket_options){ .handshake_ms = 1000 }, "127.0.0.1", "ws");
        raw_wait(world.loop, &seen.is_closed);
        assert_false(seen.was_open);
        assert_true(seen.why[0]);
        ws_server_end(&world.server);
    }
}

static void a_port_where_nobody_listens_is_no_connection(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    world.server.port = 1;
    start(&seen);
    assert_false(seen.is_closed); /* later, never inside the start */
    raw_wait(world.loop, &seen.is_closed);
    assert_false(seen.was_open);
}

static int knows_no_name(const char *host, struct resolve_addresses *ret_addresses)
{
    (void)host, (void)ret_addresses;
    return EAI_NONAME;
}

static void a_name_that_nobody_knows_is_no_connection(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    resolve_destroy(world.resolve);
    world.resolve = resolve_create(&(struct resolve_options){ .loop = world.loop, .lookup = knows_no_name });
    world.server.port = 1;
    start_with(&seen, (struct websocket_options){ 0 }, "slack.invalid", "wss");
    raw_wait(world.loop, &seen.is_closed);
    assert_non_null(strstr(seen.why, "slack.invalid"));
}

static void bad_urls_are_refused_at_once(void **state)
{
    static const char *const urls[] = {
        "",          "http://a/", "wss://",          "ws://a:0/", "ws://a:99999/",
        "ws://u@h/", "ws://a b/", "ws://a/\r\nX: y", "not a url", "wss://a/ x",
    };
    char large[WEBSOCKET_PATH_MAX_BYTES + 64] = "wss://a/";
    struct error err;

    (void)state;
    create_websockets(NULL);
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        err = (struct error){ 0 };
        if (websocket_start(world.websockets, &(struct websocket_options){ .url = urls[i] }, &err))
            fail_msg("taken: %s", urls[i]);
        assert_int_equal(err.code, ERR_INVALID);
    }
    memset(large + 8, 'x', WEBSOCKET_PATH_MAX_BYTES);
    assert_null(websocket_start(world.websockets, &(struct websocket_options){ .url = large }, &err));
    memset(large + 6, 'x', 200);
    assert_null(websocket_start(world.websockets, &(struct websocket_options){ .url = large }, &err));
}

static void there_are_never_too_many_at_once(void **state)
{
    struct seen seen[WEBSOCKETS_MAX] = { 0 };
    struct error err;

    (void)state;
    serve(greet);
    for (size_t i = 0; i < ARRAY_LEN(seen); i++)
        start(&seen[i]);
    assert_null(websocket_start(world.websockets, &(struct websocket_options){ .url = "ws://127.0.0.1/" }, &err));
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    for (size_t i = 0; i < ARRAY_LEN(seen); i++)
        wait_messages(&seen[i], 1);
    for (size_t i = 0; i < ARRAY_LEN(seen); i++)
        finish(&seen[i]);
}

/* ---- TLS ---- */

static void run(const char *fmt, ...)
{
    char command[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(command, sizeof(command), fmt, args);
    va_end(args);
    assert_int_equal(system(command), 0);
}

static void make_certificate(void)
{
    snprintf(world.folder, sizeof(world.folder), "/tmp/test_websocket.XXXXXX");
    assert_non_null(mkdtemp(world.folder));
    snprintf(world.certificate, sizeof(world.certificate), "%s/c.pem", world.folder);
    snprintf(world.key, sizeof(world.key), "%s/k.pem", world.folder);
    snprintf(world.ca, sizeof(world.ca), "%s/ca.pem", world.folder);
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout %s -out %s -days 2 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null",
        world.key, world.certificate);
    run("cp %s %s", world.certificate, world.ca);
}

static void serve_tls(ws_script_fn script)
{
    make_certificate();
    ws_server_begin(&world.server, script, world.certificate, world.key);
}

static void tls_works_and_names_the_host(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    serve_tls(greet);
    create_websockets(world.ca);
    start_with(&seen, (struct websocket_options){ 0 }, "localhost", "wss");
    wait_messages(&seen, 1);
    assert_true(websocket_send(seen.websocket, STR_LIT("secret")));
    ws_server_wait(&world.server, world.loop, "text secret", 1);
    assert_non_null(strstr(buf_text(&world.server.said), "sni localhost\n"));
    websocket_close(seen.websocket, WEBSOCKET_NORMAL);
    raw_wait(world.loop, &seen.is_closed);
    ws_server_wait(&world.server, world.loop, "close 1000", 1);
    finish(&seen);
}

static void large_frames_come_whole_through_tls(void **state)
{
    struct seen seen = { .on_message = keep_first };

    (void)state;
    serve_tls(in_pieces);
    create_websockets(world.ca);
    start_with(&seen, (struct websocket_options){ 0 }, "localhost", "wss");
    wait_messages(&seen, 4);
    assert_int_equal(seen.bytes, 13 + 900 * 1024);
    finish(&seen);
}

static void check_refused(const char *ca_file, const char *host, const char *why)
{
    struct seen seen = { 0 };

    create_websockets(ca_file);
    start_with(&seen, (struct websocket_options){ 0 }, host, "wss");
    raw_wait(world.loop, &seen.is_closed);
    assert_false(seen.was_open);
    if (!strstr(seen.why, why))
        fail_msg("%s", seen.why);
    ws_server_wait(&world.server, world.loop, "tls refused", 1);
}

static void an_unknown_authority_is_refused(void **state)
{
    (void)state;
    serve_tls(greet);
    check_refused(NULL, "localhost", "self-signed");
}

static int everything_is_here(const char *host, struct resolve_addresses *ret_addresses)
{
    (void)host;
    *ret_addresses = (struct resolve_addresses){ .text = { "127.0.0.1" }, .count = 1 };
    return 0;
}

static void another_host_name_is_refused(void **state)
{
    (void)state;
    serve_tls(greet);
    resolve_destroy(world.resolve);
    world.resolve = resolve_create(&(struct resolve_options){ .loop = world.loop, .lookup = everything_is_here });
    check_refused(world.ca, "wss.slack.com", "ostname mismatch");
}

/* ---- ends at any moment ---- */

static void cancel_in_callback(struct seen *seen)
{
    websocket_cancel(seen->websocket);
}

static void a_cancelled_connection_says_nothing_more(void **state)
{
    struct seen seen = { .on_message = cancel_in_callback };

    (void)state;
    serve(a_thousand);
    start(&seen);
    wait_messages(&seen, 1);
    for (int i = 0; i < 50; i++)
        raw_turn(world.loop, -1, 0);
    assert_int_equal(seen.messages, 1);
    assert_false(seen.is_closed);
    finish(&seen);
}

static void destroy_in_callback(struct seen *seen)
{
    (void)seen;
    websockets_destroy(world.websockets);
    world.websockets = NULL;
}

static void everything_may_be_destroyed_inside_a_callback(void **state)
{
    struct seen seen = { .on_message = destroy_in_callback }, other = { 0 };

    (void)state;
    serve(greet);
    start(&other);
    start(&seen);
    wait_messages(&seen, 1);
    ws_server_wait(&world.server, world.loop, "close 1001", 1); /* and is polite */
    assert_false(seen.is_closed || other.is_closed);
    finish(&seen);
    finish(&other);
}

static void the_end_may_come_after_any_turn(void **state)
{
    (void)state;
    serve(closes);
    for (int turns = 0; turns < 25; turns++) {
        struct seen seen[3] = { 0 };

        for (int i = 0; i < 3; i++)
            start(&seen[i]);
        for (int i = 0; i < turns; i++)
            raw_turn(world.loop, -1, 0);
        if (turns % 3 == 0 && seen[0].websocket)
            websocket_cancel(seen[0].websocket);
        if (turns % 3 == 1 && seen[0].websocket)
            websocket_close(seen[0].websocket, WEBSOCKET_NORMAL);
        websockets_destroy(world.websockets);
        world.websockets = NULL;
        for (int i = 0; i < turns % 4; i++)
            raw_turn(world.loop, -1, 0);
        resolve_destroy(world.resolve);
        loop_destroy(world.loop);
        assert_int_equal(enter_loop(), 0);
        for (int i = 0; i < 3; i++)
            finish(&seen[i]);
    }
}

static void a_second_owner_is_refused(void **state)
{
    const struct websockets_options options = { .loop = world.loop };
    struct error err = { 0 };

    (void)state;
    create_websockets(NULL);
    assert_null(websockets_create(&options, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
}

static void a_close_before_it_is_open_ends_it(void **state)
{
    struct seen seen = { 0 };

    (void)state;
    serve(says_nothing);
    start(&seen);
    websocket_close(seen.websocket, WEBSOCKET_NORMAL);
    assert_false(seen.is_closed);
    raw_wait(world.loop, &seen.is_closed);
    assert_false(seen.was_open);
    seen = (struct seen){ 0 };
    start(&seen);
    ws_server_wait(&world.server, world.loop, "asked", 1);
    websocket_close(seen.websocket, WEBSOCKET_NORMAL);
    raw_wait(world.loop, &seen.is_closed);
    assert_int_equal(seen.code, WEBSOCKET_NO_CLOSE);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_message_comes_and_one_goes),
        IN_A_WORLD(fragments_and_large_frames_are_whole_messages),
        IN_A_WORLD(a_thousand_messages_keep_their_order),
        IN_A_WORLD(a_frame_that_claims_too_much_closes_with_1009),
        IN_A_WORLD(fragments_that_grow_too_large_close_with_1009),
        IN_A_WORLD(the_peer_closes_and_sees_its_close_answered),
        IN_A_WORLD(a_connection_that_breaks_is_closed_once),
        IN_A_WORLD(a_close_that_nobody_answers_ends_all_the_same),
        IN_A_WORLD(what_waits_is_bounded_and_a_deaf_peer_can_be_closed),
        IN_A_WORLD(what_waits_is_sent_before_the_close),
        IN_A_WORLD(a_stopped_peer_is_hung_up_on),
        IN_A_WORLD(messages_are_a_sign_of_life),
        IN_A_WORLD(a_silent_handshake_times_out),
        IN_A_WORLD(a_tls_server_that_says_nothing_times_out),
        IN_A_WORLD(a_wrong_answer_to_the_upgrade_is_no_connection),
        IN_A_WORLD(a_port_where_nobody_listens_is_no_connection),
        IN_A_WORLD(a_name_that_nobody_knows_is_no_connection),
        IN_A_WORLD(bad_urls_are_refused_at_once),
        IN_A_WORLD(there_are_never_too_many_at_once),
        IN_A_WORLD(tls_works_and_names_the_host),
        IN_A_WORLD(large_frames_come_whole_through_tls),
        IN_A_WORLD(an_unknown_authority_is_refused),
        IN_A_WORLD(another_host_name_is_refused),
        IN_A_WORLD(a_cancelled_connection_says_nothing_more),
        IN_A_WORLD(everything_may_be_destroyed_inside_a_callback),
        IN_A_WORLD(the_end_may_come_after_any_turn),
        IN_A_WORLD(a_second_owner_is_refused),
        IN_A_WORLD(a_close_before_it_is_open_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
