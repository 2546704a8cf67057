#include "bot/shell/http_conn.h"

#include "bot/shell/http_problem.h"
#include "bot/shell/http_server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

static void describe_local(struct http_conn *conn)
{
    struct ucred peer = { .pid = 0, .uid = (uid_t)-1 };
    socklen_t len = sizeof(peer);

    conn->is_local = true;
    if (getsockopt(conn->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        peer.uid = (uid_t)-1; /* nobody: never mistaken for root */
    conn->peer_uid = peer.uid;
    snprintf(conn->peer, sizeof(conn->peer), "unix:%d", (int)peer.pid);
}

static void describe_tcp(struct http_conn *conn, const struct sockaddr_storage *address, socklen_t len)
{
    char host[INET6_ADDRSTRLEN + 1], port[8];
    bool is_v6 = address->ss_family == AF_INET6;

    if (getnameinfo((const struct sockaddr *)address, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        snprintf(conn->peer, sizeof(conn->peer), "unknown");
    else
        snprintf(conn->peer, sizeof(conn->peer), is_v6 ? "[%s]:%s" : "%s:%s", host, port);
}

struct http_conn *http_conn_create(struct http_in *in, int fd, int64_t now_ms)
{
    struct http_conn *conn = xcalloc(1, sizeof(*conn));
    struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
    socklen_t len = sizeof(address);

    conn->in = in;
    conn->fd = fd;
    conn->peer_uid = (uid_t)-1;
    getpeername(fd, (struct sockaddr *)&address, &len);
    if (address.ss_family == AF_UNIX)
        describe_local(conn);
    else
        describe_tcp(conn, &address, len);
    http_conn_enter(conn, HTTP_PHASE_READING, now_ms);
    return conn;
}

void http_conn_destroy(struct http_conn *conn)
{
    free(conn);
}

void http_conn_enter(struct http_conn *conn, enum http_phase phase, int64_t now_ms)
{
    conn->phase = phase;
    conn->phase_at_ms = now_ms;
}

bool http_conn_is_late(const struct http_conn *conn, const struct http_in_limits *limits, int64_t now_ms)
{
    const int64_t allowed_ms[] = {
        [HTTP_PHASE_READING] = limits->request_ms,
        [HTTP_PHASE_WAITING] = limits->answer_ms,
        [HTTP_PHASE_WRITING] = limits->request_ms,
        [HTTP_PHASE_STREAMING] = limits->request_ms,
        [HTTP_PHASE_IDLE] = limits->keepalive_ms,
    };

    if (conn->phase == HTTP_PHASE_STREAMING && !http_stream_is_owed(conn->exchange->stream))
        return false;
    return now_ms - conn->phase_at_ms >= allowed_ms[conn->phase];
}

bool http_conn_has_hung_up(const struct http_conn *conn)
{
    struct pollfd one = { .fd = conn->fd, .events = POLLRDHUP };

    return poll(&one, 1, 0) > 0 && (one.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* A client that merely has read all and closed is not that: its end is half a close, and no error. */
bool http_conn_was_reset(const struct http_conn *conn)
{
    struct pollfd one = { .fd = conn->fd };

    return poll(&one, 1, 0) > 0 && (one.revents & (POLLHUP | POLLERR));
}

void http_conn_say(const struct http_conn *conn, int status, const char *detail)
{
    AUTO_BUF struct buf response = BUF(HTTP_PROBLEM_MAX_BYTES);
    char id[HTTP_REQUEST_ID_MAX + 1];
    struct http_problem problem = { .status = status, .detail = detail, .request_id = id };

    if (conn->exchange)
        problem.request_id = conn->exchange->id;
    else
        http_exchange_make_id(id);
    http_problem_print_response(&problem, &response);
    if (send(conn->fd, response.at, response.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return; /* a client that does not read is not told; it will be cut */
}

void http_conn_cut(struct http_conn *conn)
{
    if (conn->is_cut)
        return;
    conn->is_cut = true;
    shutdown(conn->fd, SHUT_RDWR);
}
