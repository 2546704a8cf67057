/* Socket Mode against a small Slack: envelopes, acknowledgements, connections that are replaced, refused and broken. */
#include "bot/doors/socket_mode.h"
#include "bot/log.h"
#include "bot/shell/clock.h"
#include "tests/integration/websocket_server.h"

#include <sys/mman.h>

#define LINKS_MAX 64

/* What the test tells the processes of the server, and what they count. */
static struct shared {
    int asks, links;
    char error[32];                    /* apps.connections.open says so */
    volatile char commands[LINKS_MAX]; /* for each connection, from 1: what it does next */
} * shared;

static struct world {
    struct loop *loop;
    struct resolve *resolve;
    struct http_out *http_out;
    struct websockets *websockets;
    struct socket_mode *socket_mode;
    struct clock clock;
    struct ws_server server;
    struct socket_envelope *held[16];
    size_t held_count;
    bool acknowledges; /* at once, with a payload */
    int alarms, alarms_over;
    char alarm[128], api_url[64];
} world;

/* ---- the small Slack ---- */

static void answer_ask(struct ws_peer *peer)
{
    char body[512], head[256];
    const char *host = strcasestr(peer->head, "\r\nHost: ");
    bool is_known = strcasestr(peer->head, "\r\nAuthorization: Bearer xapp-test\r\n") != NULL;

    __atomic_add_fetch(&shared->asks, 1, __ATOMIC_SEQ_CST);
    if (shared->error[0] || !is_known || !host)
        snprintf(body, sizeof(body), "{\"ok\":false,\"error\":\"%s\"}", is_known ? shared->error : "not_authed");
    else
        snprintf(body, sizeof(body), "{\"ok\":true,\"url\":\"ws://%.*s/link/?ticket=%d\"}",
                 (int)strcspn(host + 8, "\r"), host + 8, peer->number);
    snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n", strlen(body));
    ws_give(peer, head, strlen(head));
    ws_give(peer, body, strlen(body));
    ws_report(peer, "asked");
}

static void obey(struct ws_peer *peer, int link, char command)
{
    static const struct {
        char command;
        const char *text;
    } says[] = {
        { 'w', "{\"type\":\"disconnect\",\"reason\":\"warning\"}" },
        { 'r', "{\"type\":\"disconnect\",\"reason\":\"refresh_requested\"}" },
        { 'l', "{\"type\":\"disconnect\",\"reason\":\"link_disabled\"}" },
        { 'c',
          "{\"type\":\"slash_commands\",\"envelope_id\":\"c\",\"accepts_response_payload\":true,\"payload\":{\"text\":\"x\"}}" },
        { 'i', "{\"type\":\"interactive\",\"envelope_id\":\"i\",\"accepts_response_payload\":false,\"payload\":{}}" },
        { 'e', "{\"type\":\"events_api\",\"envelope_id\":\"e\",\"retry_attempt\":1,\"payload\":{}}" },
        { 'u', "{\"type\":\"moon\",\"envelope_id\":\"u\",\"payload\":{}}" },
        { 'b', "{\"type\":\"events_api\"" },
    };

    shared->commands[link] = '\0'; /* first: the next one may come as soon as this one is seen */
    if (command == 'k')
        _exit(0);
    if (command == 'x')
        ws_close(peer, 1001, "bye");
    for (size_t i = 0; i < ARRAY_LEN(says); i++)
        if (says[i].command == command)
            ws_text(peer, says[i].text);
}

static void serve_link(struct ws_peer *peer, int link)
{
    struct buf got = BUF(1 << 20);

    ws_answer_upgrade(peer);
    ws_text(peer, "{\"type\":\"hello\",\"num_connections\":1}");
    ws_report(peer, "link %d;", link);
    for (;;) {
        struct pollfd one = { .fd = peer->fd, .events = POLLIN };
        int opcode;

        if (shared->commands[link])
            obey(peer, link, shared->commands[link]);
        if (poll(&one, 1, 5) <= 0)
            continue;
        opcode = ws_read(peer, &got);
        if (opcode == WS_TEXT)
            ws_report(peer, "%d says %s", link, buf_text(&got));
        if (opcode == WS_PING)
            ws_frame(peer, true, WS_PONG, "", 0);
        if (opcode == WS_CLOSE || opcode < 0) {
            ws_report(peer, "%d over %d;", link, opcode);
            if (opcode == WS_CLOSE)
                ws_frame(peer, true, WS_CLOSE, buf_text(&got), got.len);
            _exit(0);
        }
    }
}

static void slack(struct ws_peer *peer)
{
    ws_read_head(peer);
    if (strncmp(peer->head, "POST /api/apps.connections.open ", 32) == 0)
        answer_ask(peer);
    else
        serve_link(peer, __atomic_add_fetch(&shared->links, 1, __ATOMIC_SEQ_CST));
}

/* ---- the world ---- */

static void take_envelope(void *arg, struct socket_envelope *envelope)
{
    (void)arg;
    if (world.acknowledges) {
        AUTO_JSON cJSON *payload = json_object();

        json_set_string(payload, "text", "done");
        socket_mode_acknowledge(envelope, payload);
    } else {
        world.held[world.held_count++] = envelope;
    }
}

static void take_alarm(void *arg, const char *why)
{
    (void)arg;
    world.alarms += why != NULL;
    world.alarms_over += why == NULL;
    if (why)
        snprintf(world.alarm, sizeof(world.alarm), "%s", why);
}

static void begin(int connections)
{
    snprintf(world.api_url, sizeof(world.api_url), "http://127.0.0.1:%d/api/", world.server.port);
    world.socket_mode = socket_mode_create(&(struct socket_mode_options){ .loop = world.loop,
                                                                          .http_out = world.http_out,
                                                                          .websockets = world.websockets,
                                                                          .clock = &world.clock,
                                                                          .api_url = world.api_url,
                                                                          .app_token = "xapp-test",
                                                                          .connections = connections,
                                                                          .on_envelope = take_envelope,
                                                                          .on_alarm = take_alarm });
}

static int enter(void **state)
{
    struct error err;

    (void)state;
    memset(&world, 0, sizeof(world));
    memset(shared, 0, sizeof(*shared));
    log_set_level(LOG_LEVEL_ERROR);
    world.clock = clock_system();
    world.loop = loop_create(&err);
    world.resolve = resolve_create(&(struct resolve_options){ .loop = world.loop });
    world.http_out = http_out_create(
        &(struct http_out_options){ .loop = world.loop, .resolve = world.resolve, .connect_ms = RAW_WAIT_MS }, &err);
    world.websockets =
        websockets_create(&(struct websockets_options){ .loop = world.loop, .resolve = world.resolve }, &err);
    assert_non_null(world.websockets);
    ws_server_begin(&world.server, slack, NULL, NULL);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    socket_mode_destroy(world.socket_mode);
    while (world.held_count > 0)
        socket_mode_drop(world.held[--world.held_count]);
    http_out_destroy(world.http_out);
    websockets_destroy(world.websockets);
    resolve_destroy(world.resolve);
    loop_destroy(world.loop);
    ws_server_end(&world.server);
    return 0;
}

static struct socket_mode_counts counts(void)
{
    return socket_mode_counts(world.socket_mode);
}

#define WAIT_UNTIL(condition)                                                                                          \
    do {                                                                                                               \
        int64_t end_ms_ = loop_now_ms(world.loop) + RAW_WAIT_MS;                                                       \
        while (!(condition) && loop_now_ms(world.loop) < end_ms_)                                                      \
            raw_turn(world.loop, -1, 0);                                                                               \
        assert_true(condition);                                                                                        \
    } while (0)

static void wait_said(const char *text)
{
    ws_server_wait(&world.server, world.loop, text, 1);
}

/* ---- tests ---- */

static void envelopes_come_and_are_acknowledged_where_they_came(void **state)
{
    (void)state;
    begin(2);
    WAIT_UNTIL(counts().good == 2);
    assert_int_equal(shared->links, 2);
    shared->commands[2] = 'c';
    WAIT_UNTIL(world.held_count == 1);
    assert_int_equal(world.held[0]->message.kind, SLACK_COMMAND);
    assert_string_equal(json_find_string(world.held[0]->message.payload, "text"), "x");
    assert_int_equal(counts().owed, 1);
    assert_int_equal(ws_server_count(&world.server, "says"), 0); /* nothing is acknowledged by itself */
    world.acknowledges = true;
    shared->commands[1] = 'i';
    wait_said("1 says {\"envelope_id\":\"i\"}\n"); /* which accepts no payload */
    shared->commands[1] = 'c';
    wait_said("1 says {\"envelope_id\":\"c\",\"payload\":{\"text\":\"done\"}}\n");
    socket_mode_acknowledge(world.held[--world.held_count], NULL);
    wait_said("2 says {\"envelope_id\":\"c\"}\n");
    assert_int_equal(counts().acknowledged, 3);
    assert_int_equal(counts().owed, 0);
    assert_int_equal(counts().envelopes, 3);
}

static void a_refreshed_connection_is_replaced_before_it_is_closed(void **state)
{
    (void)state;
    begin(2);
    WAIT_UNTIL(counts().good == 2);
    shared->commands[1] = 'r';
    wait_said("link 3;");
    wait_said("1 over 8;");
    WAIT_UNTIL(counts().connections == 2 && counts().good == 2);
    assert_true(strstr(buf_text(&world.server.said), "link 3;") < strstr(buf_text(&world.server.said), "1 over 8;"));
}

static void what_is_owed_is_acknowledged_before_the_old_one_closes(void **state)
{
    (void)state;
    begin(1);
    WAIT_UNTIL(counts().good == 1);
    shared->commands[1] = 'e';
    WAIT_UNTIL(world.held_count == 1);
    shared->commands[1] = 'w';
    wait_said("link 2;");
    WAIT_UNTIL(counts().hellos == 2);
    assert_int_equal(counts().connections, 2);
    socket_mode_acknowledge(world.held[--world.held_count], NULL);
    wait_said("1 over 8;");
    assert_non_null(strstr(buf_text(&world.server.said), "1 says {\"envelope_id\":\"e\"}\n"));
    assert_int_equal(counts().retried, 1);
}

static void an_acknowledgement_without_its_connection_is_counted(void **state)
{
    (void)state;
    begin(1);
    WAIT_UNTIL(counts().good == 1);
    shared->commands[1] = 'e';
    WAIT_UNTIL(world.held_count == 1);
    shared->commands[1] = 'k';
    wait_said("link 2;");
    WAIT_UNTIL(counts().good == 1);
    socket_mode_acknowledge(world.held[--world.held_count], NULL);
    assert_int_equal(counts().orphaned, 1);
    assert_int_equal(counts().acknowledged, 0);
    world.acknowledges = true; /* and what comes next goes where it came from */
    shared->commands[2] = 'i';
    wait_said("2 says");
    assert_int_equal(ws_server_count(&world.server, "says"), 1);
}

static void a_dropped_envelope_is_not_acknowledged(void **state)
{
    (void)state;
    begin(1);
    WAIT_UNTIL(counts().good == 1);
    shared->commands[1] = 'e';
    WAIT_UNTIL(world.held_count == 1);
    socket_mode_drop(world.held[--world.held_count]);
    world.acknowledges = true;
    shared->commands[1] = 'i';
    wait_said("1 says {\"envelope_id\":\"i\"}\n");
    assert_int_equal(ws_server_count(&world.server, "says"), 1);
    assert_int_equal(counts().dropped, 1);
}

static void odd_messages_are_counted_and_the_unknown_acknowledged(void **state)
{
    (void)state;
    world.acknowledges = true;
    begin(1);
    WAIT_UNTIL(counts().good == 1);
    shared->commands[1] = 'b';
    WAIT_UNTIL(counts().malformed == 1);
    shared->commands[1] = 'u';
    wait_said("1 says {\"envelope_id\":\"u\"}\n");
    assert_int_equal(counts().unknown, 1);
    assert_int_equal(counts().envelopes, 0);
}

static void a_bad_token_is_an_alarm(void **state)
{
    (void)state;
    snprintf(shared->error, sizeof(shared->error), "invalid_auth");
    begin(2);
    WAIT_UNTIL(counts().refused == 2);
    assert_int_equal(world.alarms, 1);
    assert_string_equal(world.alarm, "invalid_auth");
    assert_true(counts().is_alarmed);
}

static void socket_mode_switched_off_is_an_alarm(void **state)
{
    (void)state;
    begin(1);
    WAIT_UNTIL(counts().good == 1);
    shared->commands[1] = 'l';
    wait_said("1 over 8;");
    WAIT_UNTIL(counts().connections == 0);
    assert_int_equal(world.alarms, 1);
    assert_int_equal(shared->asks, 1); /* slowly again */
}

static void connections_that_break_come_back(void **state)
{
    (void)state;
    begin(2);
    WAIT_UNTIL(counts().good == 2);
    for (int i = 1; i <= 4; i++) {
        shared->commands[i] = i % 2 ? 'k' : 'x';
        WAIT_UNTIL(counts().hellos == (uint64_t)i + 2 && counts().good == 2);
    }
    assert_int_equal(world.alarms, 0);
    assert_int_equal(counts().closed, 4);
}

static void a_transient_refusal_is_tried_again(void **state)
{
    (void)state;
    snprintf(shared->error, sizeof(shared->error), "internal_error");
    begin(1);
    WAIT_UNTIL(counts().refused >= 2);
    shared->error[0] = '\0';
    WAIT_UNTIL(counts().good == 1);
    assert_int_equal(world.alarms, 0);
}

static void who_leaves_acknowledges_first_and_comes_not_back(void **state)
{
    (void)state;
    begin(2);
    WAIT_UNTIL(counts().good == 2);
    shared->commands[1] = 'c';
    WAIT_UNTIL(world.held_count == 1);
    socket_mode_leave(world.socket_mode);
    wait_said("2 over 8;");
    assert_true(socket_mode_is_waiting(world.held[0]));
    assert_int_equal(ws_server_count(&world.server, "1 over"), 0);
    assert_true(socket_mode_acknowledge(world.held[--world.held_count], NULL));
    wait_said("1 over 8;");
    assert_non_null(strstr(buf_text(&world.server.said), "1 says {\"envelope_id\":\"c\"}\n"));
    WAIT_UNTIL(counts().connections == 0);
    assert_int_equal(shared->asks, 2);
}

static void envelopes_may_outlive_it(void **state)
{
    (void)state;
    begin(1);
    WAIT_UNTIL(counts().good == 1);
    shared->commands[1] = 'c';
    WAIT_UNTIL(world.held_count == 1);
    socket_mode_destroy(world.socket_mode);
    world.socket_mode = NULL;
    assert_false(socket_mode_is_waiting(world.held[0]));
    assert_false(socket_mode_acknowledge(world.held[--world.held_count], NULL));
    wait_said("1 over 8;"); /* politely */
    assert_int_equal(ws_server_count(&world.server, "says"), 0);
}

static void the_end_may_come_after_any_turn(void **state)
{
    (void)state;
    for (int turns = 0; turns < 30; turns++) {
        begin(3);
        for (int i = 0; i < turns; i++)
            raw_turn(world.loop, -1, 0);
        socket_mode_destroy(world.socket_mode);
        world.socket_mode = NULL;
    }
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(envelopes_come_and_are_acknowledged_where_they_came),
        IN_A_WORLD(a_refreshed_connection_is_replaced_before_it_is_closed),
        IN_A_WORLD(what_is_owed_is_acknowledged_before_the_old_one_closes),
        IN_A_WORLD(an_acknowledgement_without_its_connection_is_counted),
        IN_A_WORLD(a_dropped_envelope_is_not_acknowledged),
        IN_A_WORLD(odd_messages_are_counted_and_the_unknown_acknowledged),
        IN_A_WORLD(a_bad_token_is_an_alarm),
        IN_A_WORLD(socket_mode_switched_off_is_an_alarm),
        IN_A_WORLD(connections_that_break_come_back),
        IN_A_WORLD(a_transient_refusal_is_tried_again),
        IN_A_WORLD(who_leaves_acknowledges_first_and_comes_not_back),
        IN_A_WORLD(envelopes_may_outlive_it),
        IN_A_WORLD(the_end_may_come_after_any_turn),
    };

    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
