/* raw.h - a client that sends exactly the bytes it is told, while the loop under test turns in the same thread.
 *
 * Waiting is never for a fixed time: it ends as soon as what is awaited is there, and fails the test after RAW_WAIT_MS.
 */
#ifndef OPSGATE_TESTS_RAW_H
#define OPSGATE_TESTS_RAW_H

#include "bot/base/buf.h"
#include "bot/shell/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define RAW_WAIT_MS 60000 /* valgrind on a busy machine included */

struct raw {
    int fd;
    struct buf got;
    bool is_over; /* the peer closed */
};

static inline void raw_turn(struct loop *loop, int fd, short events)
{
    struct pollfd one = { .fd = fd, .events = events };

    uv_run(loop_uv(loop), UV_RUN_NOWAIT);
    poll(&one, 1, 1);
}

/* Turns the loop until *is_done, or fails. */
static inline void raw_wait(struct loop *loop, const bool *is_done)
{
    int64_t end_ms = loop_now_ms(loop) + RAW_WAIT_MS;

    while (!*is_done && loop_now_ms(loop) < end_ms)
        raw_turn(loop, -1, 0);
    assert_true(*is_done);
}

static inline struct raw raw_connect(int port)
{
    struct raw raw = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .got = BUF(64 << 20) };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(raw.fd, (struct sockaddr *)&to, sizeof(to)), 0);
    fcntl(raw.fd, F_SETFL, O_NONBLOCK);
    return raw;
}

static inline struct raw raw_connect_unix(const char *path)
{
    struct raw raw = { .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), .got = BUF(64 << 20) };
    struct sockaddr_un to = { .sun_family = AF_UNIX };

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    assert_int_equal(connect(raw.fd, (struct sockaddr *)&to, sizeof(to)), 0);
    fcntl(raw.fd, F_SETFL, O_NONBLOCK);
    return raw;
}

static inline void raw_close(struct raw *raw)
{
    if (raw->fd >= 0)
        close(raw->fd);
    raw->fd = -1;
    buf_finish(&raw->got);
}

/* false: the peer has closed and takes no more. */
static inline bool raw_send(struct raw *raw, struct loop *loop, struct str bytes)
{
    int64_t end_ms = loop_now_ms(loop) + RAW_WAIT_MS;

    while (bytes.len > 0 && loop_now_ms(loop) < end_ms) {
        ssize_t sent = send(raw->fd, bytes.at, bytes.len, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            return false;
        if (sent > 0) {
            bytes.at += sent;
            bytes.len -= (size_t)sent;
        }
        raw_turn(loop, raw->fd, POLLOUT);
    }
    assert_int_equal(bytes.len, 0);
    return true;
}

static inline bool raw_puts(struct raw *raw, struct loop *loop, const char *text)
{
    return raw_send(raw, loop, str_of(text));
}

static inline void raw_take(struct raw *raw)
{
    char bytes[65536];
    ssize_t got = recv(raw->fd, bytes, sizeof(bytes), 0);

    if (got > 0)
        buf_add(&raw->got, bytes, (size_t)got);
    else if (got == 0 || errno != EAGAIN)
        raw->is_over = true;
}

/* Turns the loop until the peer has said `text`, or closed; tells which. */
static inline bool raw_expect(struct raw *raw, struct loop *loop, const char *text)
{
    int64_t end_ms = loop_now_ms(loop) + RAW_WAIT_MS;

    while (!str_contains(buf_str(&raw->got), text) && !raw->is_over && loop_now_ms(loop) < end_ms) {
        raw_turn(loop, raw->fd, POLLIN);
        raw_take(raw);
    }
    return str_contains(buf_str(&raw->got), text);
}

static inline void raw_expect_end(struct raw *raw, struct loop *loop)
{
    raw_expect(raw, loop, "\xff never said \xff");
    assert_true(raw->is_over);
}

#endif
