/* websocket_server.h - the other end of a WebSocket, made by hand so that it can misbehave: a process for the port and one
 * for each connection, each running a script in plain blocking calls. (RFC 6455) What they report comes to the test as
 * lines.
 */
#ifndef OPSGATE_TESTS_WEBSOCKET_SERVER_H
#define OPSGATE_TESTS_WEBSOCKET_SERVER_H

#include "tests/integration/raw.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { WS_CONTINUED, WS_TEXT, WS_BINARY, WS_CLOSE = 8, WS_PING, WS_PONG };

struct ws_peer { /* in the connection's process */
    int fd, report, number; /* number: from 1, in the order of connections */
    SSL *ssl;
    char head[16384];
};
typedef void (*ws_script_fn)(struct ws_peer *peer);

struct ws_server {
    pid_t pid; /* the leader of its group */
    int port, reports;
    struct buf said;
};

/* ---- the server's side: every failure ends the process, and the test sees it by what it waits for ---- */

static inline void ws_report(struct ws_peer *peer, const char *fmt, ...)
{
    char line[512];
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(line, sizeof(line) - 1, fmt, args);
    va_end(args);
    line[len++] = '\n';
    if (write(peer->report, line, (size_t)len) != len)
        _exit(9);
}

static inline void ws_give(struct ws_peer *peer, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t done = peer->ssl ? SSL_write(peer->ssl, at, (int)len) : send(peer->fd, at, len, MSG_NOSIGNAL);

        if (done <= 0)
            _exit(1);
        at += done;
        len -= (size_t)done;
    }
}

static inline bool ws_take(struct ws_peer *peer, void *bytes, size_t len)
{
    char *at = bytes;

    while (len > 0) {
        ssize_t done = peer->ssl ? SSL_read(peer->ssl, at, (int)len) : recv(peer->fd, at, len, 0);

        if (done <= 0)
            return false;
        at += done;
        len -= (size_t)done;
    }
    return true;
}

static inline void ws_read_head(struct ws_peer *peer)
{
    size_t len = 0;

    while (len < sizeof(peer->head) - 1 && ws_take(peer, peer->head + len, 1)) {
        peer->head[++len] = '\0';
        if (len >= 4 && memcmp(peer->head + len - 4, "\r\n\r\n", 4) == 0)
            return;
    }
    _exit(2);
}

static inline void ws_answer_upgrade(struct ws_peer *peer) /* its head has been read */
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char key[128] = "", answer[256], accept[64];
    unsigned char digest[EVP_MAX_MD_SIZE];
    const char *at;

    at = strcasestr(peer->head, "\r\nSec-WebSocket-Key: ");
    if (!at)
        _exit(3);
    at += strlen("\r\nSec-WebSocket-Key: ");
    snprintf(key, sizeof(key), "%.*s%s", (int)strcspn(at, "\r"), at, magic);
    EVP_Digest(key, strlen(key), digest, NULL, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)accept, digest, 20);
    snprintf(answer, sizeof(answer),
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\n\r\n",
             accept);
    ws_give(peer, answer, strlen(answer));
}

static inline void ws_upgrade(struct ws_peer *peer)
{
    ws_read_head(peer);
    ws_answer_upgrade(peer);
}

/* `len` is the frame's claim; as many bytes follow as `bytes` holds, by ws_give. */
static inline void ws_frame_head(struct ws_peer *peer, bool is_final, int opcode, size_t len)
{
    unsigned char head[10] = { (unsigned char)((is_final ? 0x80 : 0) | opcode) };
    size_t size = 2;

    if (len < 126) {
        head[1] = (unsigned char)len;
    } else {
        size = len < 65536 ? 4 : 10;
        head[1] = len < 65536 ? 126 : 127;
        for (size_t i = size, rest = len; i > 2; rest >>= 8)
            head[--i] = (unsigned char)rest;
    }
    ws_give(peer, head, size);
}

static inline void ws_frame(struct ws_peer *peer, bool is_final, int opcode, const void *bytes, size_t len)
{
    ws_frame_head(peer, is_final, opcode, len);
    ws_give(peer, bytes, len);
}

static inline void ws_text(struct ws_peer *peer, const char *text)
{
    ws_frame(peer, true, WS_TEXT, text, strlen(text));
}

static inline void ws_close(struct ws_peer *peer, int code, const char *why)
{
    unsigned char bytes[125] = { (unsigned char)(code >> 8), (unsigned char)code };

    memcpy(bytes + 2, why, strlen(why));
    ws_frame(peer, true, WS_CLOSE, bytes, 2 + strlen(why));
}

/* The next frame, unmasked and terminated; -1 at the end of the connection. A client that does not mask is an error. */
static inline int ws_read(struct ws_peer *peer, struct buf *ret)
{
    unsigned char head[8], mask[4];
    size_t len, extra;
    int opcode;
    char c;

    buf_clear(ret);
    if (!ws_take(peer, head, 2))
        return -1;
    opcode = head[0] & 15;
    if (!(head[1] & 0x80))
        _exit(4);
    len = head[1] & 127;
    extra = len == 126 ? 2 : len == 127 ? 8 : 0;
    if (extra && !ws_take(peer, head, extra))
        return -1;
    if (extra)
        len = 0;
    for (size_t i = 0; i < extra; i++)
        len = len << 8 | head[i];
    if (!ws_take(peer, mask, 4))
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (!ws_take(peer, &c, 1))
            return -1;
        buf_putc(ret, (char)(c ^ mask[i % 4]));
    }
    return opcode;
}

/* Reports every frame until the end, answers pings and closes: "text ...", "ping", "close 1000", "gone". */
static inline void ws_attend(struct ws_peer *peer)
{
    struct buf got = BUF(64 << 20);
    int opcode;

    while ((opcode = ws_read(peer, &got)) >= 0) {
        const unsigned char *at = (const unsigned char *)buf_text(&got);

        if (opcode == WS_TEXT) {
            ws_report(peer, "text %.200s", (const char *)at);
        } else if (opcode == WS_PING) {
            ws_report(peer, "ping");
            ws_frame(peer, true, WS_PONG, at, got.len);
        } else if (opcode == WS_PONG) {
            ws_report(peer, "pong %.50s", (const char *)at);
        } else if (opcode == WS_CLOSE) {
            ws_report(peer, "close %d", got.len >= 2 ? at[0] << 8 | at[1] : 1005);
            ws_frame(peer, true, WS_CLOSE, at, got.len);
            break;
        }
    }
    buf_finish(&got);
    ws_report(peer, "gone");
}

static inline void ws_run_peer(struct ws_peer peer, ws_script_fn script, const char *certificate, const char *key)
{
    SSL_CTX *tls = NULL;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    if (certificate) {
        tls = SSL_CTX_new(TLS_server_method());
        if (SSL_CTX_use_certificate_file(tls, certificate, SSL_FILETYPE_PEM) != 1 ||
            SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
            _exit(5);
        peer.ssl = SSL_new(tls);
        SSL_set_fd(peer.ssl, peer.fd);
        if (SSL_accept(peer.ssl) != 1) {
            ws_report(&peer, "tls refused");
            _exit(0);
        }
        ws_report(&peer, "sni %s", SSL_get_servername(peer.ssl, TLSEXT_NAMETYPE_host_name));
    }
    script(&peer);
    if (peer.ssl)
        SSL_shutdown(peer.ssl);
    _exit(0);
}

static inline void ws_run_server(int listener, int report, ws_script_fn script, const char *certificate, const char *key)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    signal(SIGCHLD, SIG_IGN);
    for (int number = 1;; number++) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            _exit(6);
        if (fork() == 0)
            ws_run_peer((struct ws_peer){ .fd = fd, .report = report, .number = number }, script, certificate, key);
        close(fd);
    }
}

/* ---- the test's side ---- */

/* certificate NULL: without TLS. */
static inline void ws_server_begin(struct ws_server *server, ws_script_fn script, const char *certificate,
                                   const char *key)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t len = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ends[2];

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(listener, 64), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    *server = (struct ws_server){ .port = ntohs(at.sin_port), .reports = ends[0], .said = BUF(16 << 20) };
    server->pid = fork();
    if (server->pid == 0) {
        close(ends[0]);
        ws_run_server(listener, ends[1], script, certificate, key);
    }
    setpgid(server->pid, server->pid); /* whoever comes first */
    close(listener);
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

static inline void ws_server_end(struct ws_server *server)
{
    if (server->pid <= 0)
        return;
    kill(-server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    close(server->reports);
    buf_finish(&server->said);
    server->pid = 0;
}

static inline void ws_server_listen(struct ws_server *server)
{
    char bytes[65536];
    ssize_t got;

    while ((got = read(server->reports, bytes, sizeof(bytes))) > 0)
        buf_add(&server->said, bytes, (size_t)got);
}

static inline size_t ws_server_count(struct ws_server *server, const char *text)
{
    size_t count = 0;

    ws_server_listen(server);
    for (const char *at = buf_text(&server->said); (at = strstr(at, text)); at += strlen(text))
        count++;
    return count;
}

/* Turns the loop until the server has reported `text` so often. */
static inline void ws_server_wait(struct ws_server *server, struct loop *loop, const char *text, size_t times)
{
    int64_t end_ms = loop_now_ms(loop) + RAW_WAIT_MS;

    while (ws_server_count(server, text) < times && loop_now_ms(loop) < end_ms)
        raw_turn(loop, -1, 0);
    if (ws_server_count(server, text) < times)
        fail_msg("the server did not report \"%s\" %zu times, but: %s", text, times, buf_text(&server->said));
}

#endif
