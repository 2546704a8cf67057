/* Slack's side of Socket Mode, asked by a client in plain blocking calls: greetings, envelopes, disconnects, conduct.
 */
#include "slack/socket.h"
#include "slack/socket_frame.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_MS 60000
#define LONG_MS 60000

static struct slack_socket *slack;

static int enter(void **state)
{
    struct error err;

    (void)state;
    slack = slack_socket_create(&err);
    return slack ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    slack_socket_destroy(slack);
    return 0;
}

/* ---- a client ---- */

static void take(int fd, void *bytes, size_t len)
{
    assert_int_equal(recv(fd, bytes, len, MSG_WAITALL), (ssize_t)len);
}

static int call(const char *url, char *ret_head, size_t size)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    struct timeval limit = { .tv_sec = WAIT_MS / 1000 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char request[512];
    size_t len = 0;

    assert_true(text_starts(url, "ws://127.0.0.1:"));
    at.sin_port = htons((uint16_t)strtoul(url + strlen("ws://127.0.0.1:"), NULL, 10));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
             strchr(url + 5, '/'));
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
    for (ret_head[0] = '\0'; ret_head && !strstr(ret_head, "\r\n\r\n") && len + 1 < size; ret_head[++len] = '\0')
        take(fd, ret_head + len, 1);
    return fd;
}

static int connect_to(const char *url)
{
    char head[1024];
    int fd = call(url, head, sizeof(head));

    assert_true(text_starts(head, "HTTP/1.1 101 "));
    assert_non_null(strstr(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")); /* the example of RFC 6455, 1.3 */
    return fd;
}

/* The next message, whole; `ret_frames` may be NULL. A close frame gives "close CODE". */
static char *hear(int fd, int *ret_frames)
{
    AUTO_BUF struct buf whole = BUF(SOCKET_FRAME_MAX_BYTES);
    unsigned char head[2], length[8];
    int frames = 0;

    do {
        size_t len, size;

        take(fd, head, 2);
        assert_false(head[1] & 0x80); /* a server does not mask */
        size = head[1] == 126 ? 2 : head[1] == 127 ? 8 : 0;
        len = size ? 0 : head[1];
        if (size)
            take(fd, length, size);
        for (size_t i = 0; i < size; i++)
            len = len << 8 | length[i];
        for (char c; len > 0; len--) {
            take(fd, &c, 1);
            buf_putc(&whole, c);
        }
        frames++;
    } while (!(head[0] & 0x80));
    if (ret_frames)
        *ret_frames = frames;
    if ((head[0] & 15) == SOCKET_CLOSE)
        return text_format("close %d", (unsigned char)whole.at[0] << 8 | (unsigned char)whole.at[1]);
    return buf_take(&whole);
}

static void expect(int fd, const char *part)
{
    AUTO_FREE char *text = hear(fd, NULL);

    if (!strstr(text, part))
        fail_msg("expected %s in %s", part, text);
}

static void tell(int fd, const char *text)
{
    size_t len = strlen(text);
    unsigned char frame[4 + 4 + 1024] = { 0x81, 0x80 | 126, (unsigned char)(len >> 8), (unsigned char)len, 1, 2, 3, 4 };

    assert_true(len <= 1024);
    for (size_t i = 0; i < len; i++)
        frame[8 + i] = (unsigned char)(text[i] ^ (char)(i % 4 + 1));
    assert_int_equal(send(fd, frame, 8 + len, MSG_NOSIGNAL), (ssize_t)(8 + len));
}

static int join(void)
{
    AUTO_FREE char *url = slack_socket_open(slack);
    int fd;

    assert_non_null(url);
    fd = connect_to(url);
    expect(fd, "{\"type\":\"hello\",\"num_connections\":");
    return fd;
}

/* ---- an envelope on its way ---- */

struct sending {
    pthread_t thread;
    struct slack_socket_envelope envelope;
    int64_t timeout_ms;
    enum slack_socket_fate fate;
    cJSON *payload, *answer;
};

static void *run_sending(void *arg)
{
    struct sending *sending = arg;

    sending->fate = slack_socket_send(slack, &sending->envelope, sending->timeout_ms, &sending->answer);
    return NULL;
}

static void begin_sending(struct sending *sending, const char *type, bool accepts, int64_t timeout_ms)
{
    *sending = (struct sending){ .timeout_ms = timeout_ms, .payload = json_object() };
    json_set_string(sending->payload, "text", "x");
    sending->envelope =
        (struct slack_socket_envelope){ .type = type, .payload = sending->payload, .accepts_payload = accepts };
    assert_int_equal(pthread_create(&sending->thread, NULL, run_sending, sending), 0);
}

static void end_sending(struct sending *sending, enum slack_socket_fate fate, const char *answer)
{
    pthread_join(sending->thread, NULL);
    assert_int_equal(sending->fate, fate);
    assert_int_equal(sending->answer != NULL, answer != NULL);
    if (answer)
        assert_string_equal(tree_text(sending->answer, "text"), answer);
    cJSON_Delete(sending->payload);
    cJSON_Delete(sending->answer);
}

static void acknowledge(int fd, const char *envelope, const char *rest)
{
    AUTO_JSON cJSON *json = NULL;
    struct error err;
    char text[256];

    assert_true(json_parse(str_of(envelope), &json, &err));
    snprintf(text, sizeof(text), "{\"envelope_id\":\"%s\"%s}", tree_text(json, "envelope_id"), rest);
    tell(fd, text);
}

/* ---- tests ---- */

static void an_envelope_is_answered_on_its_connection(void **state)
{
    struct sending sending;
    int fd = join();

    (void)state;
    begin_sending(&sending, "slash_commands", true, LONG_MS);
    {
        AUTO_FREE char *envelope = hear(fd, NULL);

        assert_non_null(strstr(envelope, "\"accepts_response_payload\":true"));
        assert_null(strstr(envelope, "retry_attempt"));
        tell(fd, "{\"envelope_id\":\"another\"}");
        acknowledge(fd, envelope, ",\"payload\":{\"text\":\"done\"}");
    }
    end_sending(&sending, SLACK_SOCKET_ACKNOWLEDGED, "done");
    assert_int_equal(slack_socket_strays(slack), 1);
    begin_sending(&sending, "events_api", false, LONG_MS);
    {
        AUTO_FREE char *envelope = hear(fd, NULL);

        assert_non_null(strstr(envelope, "\"retry_attempt\":0,\"retry_reason\":\"\""));
        acknowledge(fd, envelope, ",\"payload\":{\"text\":\"may not\"}");
    }
    end_sending(&sending, SLACK_SOCKET_ACKNOWLEDGED, NULL);
    close(fd);
}

static void what_nobody_acknowledges_is_told(void **state)
{
    struct sending sending;
    int fd;

    (void)state;
    begin_sending(&sending, "interactive", true, LONG_MS);
    end_sending(&sending, SLACK_SOCKET_NOBODY, NULL);
    fd = join();
    begin_sending(&sending, "interactive", true, 50);
    end_sending(&sending, SLACK_SOCKET_UNANSWERED, NULL);
    slack_socket_conduct(slack, &(struct slack_socket_conduct){ .loses_answers = true });
    expect(fd, "interactive");
    begin_sending(&sending, "interactive", true, 500);
    {
        AUTO_FREE char *envelope = hear(fd, NULL);

        acknowledge(fd, envelope, "");
    }
    end_sending(&sending, SLACK_SOCKET_UNANSWERED, NULL);
    close(fd);
}

static void nobody_waits_for_a_connection_that_has_ended(void **state)
{
    struct sending sending;
    int fd = join();

    (void)state;
    begin_sending(&sending, "interactive", true, 24 * 3600000); /* this test does not end before it does */
    expect(fd, "interactive");
    close(fd);
    end_sending(&sending, SLACK_SOCKET_UNANSWERED, NULL);
}

static void a_ticket_is_good_once(void **state)
{
    AUTO_FREE char *url = slack_socket_open(slack);
    char head[1024];
    int fd = connect_to(url), again = call(url, head, sizeof(head));

    (void)state;
    assert_true(text_starts(head, "HTTP/1.1 403 "));
    close(fd);
    close(again);
}

static void an_eleventh_is_too_many(void **state)
{
    int fds[SLACK_SOCKETS_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        fds[i] = join();
    assert_int_equal(slack_socket_count(slack), SLACK_SOCKETS_MAX);
    {
        AUTO_FREE char *url = slack_socket_open(slack);
        int fd = connect_to(url);

        expect(fd, "too_many_websockets");
        expect(fd, "close 1000");
        close(fd);
    }
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
}

static void payloads_go_to_any_connection(void **state)
{
    int fds[2] = { join(), join() }, got[2] = { 0 };

    (void)state;
    for (int i = 0; i < 40; i++) {
        struct pollfd polled[2] = { { .fd = fds[0], .events = POLLIN }, { .fd = fds[1], .events = POLLIN } };
        struct sending sending;
        int which;

        begin_sending(&sending, "slash_commands", true, LONG_MS);
        assert_int_equal(poll(polled, 2, WAIT_MS), 1);
        which = polled[1].revents ? 1 : 0;
        got[which]++;
        {
            AUTO_FREE char *envelope = hear(fds[which], NULL);

            acknowledge(fds[which], envelope, "");
        }
        end_sending(&sending, SLACK_SOCKET_ACKNOWLEDGED, NULL);
    }
    assert_true(got[0] > 0 && got[1] > 0); /* by chance not: once in 10^12 runs */
    close(fds[0]);
    close(fds[1]);
}

static void disconnects_are_said_to_one_or_all(void **state)
{
    int first = join(), second = join();

    (void)state;
    assert_int_equal(slack_socket_disconnect(slack, "warning", false, false), 1);
    expect(first, "\"reason\":\"warning\"");
    assert_int_equal(slack_socket_count(slack), 2);
    assert_int_equal(slack_socket_disconnect(slack, "link_disabled", true, true), 2);
    expect(first, "\"reason\":\"link_disabled\"");
    expect(first, "close 1000");
    expect(second, "\"reason\":\"link_disabled\"");
    expect(second, "close 1000");
    assert_int_equal(slack_socket_count(slack), 0);
    close(first);
    close(second);
}

static void conduct_changes_what_is_said(void **state)
{
    AUTO_FREE char *url = slack_socket_open(slack), *unsaid = slack_socket_open(slack),
                   *never = slack_socket_open(slack);
    AUTO_FREE char *text = NULL;
    char head[1024];
    int fd, frames;

    (void)state;
    slack_socket_conduct(slack, &(struct slack_socket_conduct){ .fragment_bytes = 10 });
    fd = connect_to(url);
    text = hear(fd, &frames);
    assert_true(text_starts(text, "{\"type\":\"hello\"") && frames > 5);
    slack_socket_conduct(slack, &(struct slack_socket_conduct){ .is_disabled = true });
    assert_null(slack_socket_open(slack));
    slack_socket_conduct(slack, &(struct slack_socket_conduct){ .has_no_hello = true });
    close(fd);
    fd = connect_to(unsaid);
    assert_int_equal(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 100), 0);
    close(fd);
    slack_socket_conduct(slack, &(struct slack_socket_conduct){ .is_silent = true });
    fd = call(never, head, 1);
    assert_int_equal(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 100), 0);
    close(fd);
}

static void bad_frames_end_the_connection(void **state)
{
    static const char *const frames[] = { "\x81\x05hello", "\x01\x80\1\2\3\4",
                                          "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff" };
    static const size_t lengths[] = { 7, 6, 10 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        int fd = join();
        char c;

        assert_int_equal(send(fd, frames[i], lengths[i], MSG_NOSIGNAL), (ssize_t)lengths[i]);
        assert_true(recv(fd, &c, 1, 0) <= 0);
        close(fd);
    }
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(an_envelope_is_answered_on_its_connection),
        IN_A_WORLD(what_nobody_acknowledges_is_told),
        IN_A_WORLD(nobody_waits_for_a_connection_that_has_ended),
        IN_A_WORLD(a_ticket_is_good_once),
        IN_A_WORLD(an_eleventh_is_too_many),
        IN_A_WORLD(payloads_go_to_any_connection),
        IN_A_WORLD(disconnects_are_said_to_one_or_all),
        IN_A_WORLD(conduct_changes_what_is_said),
        IN_A_WORLD(bad_frames_end_the_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
