/* http_out_fixture.h - a server that does what its script says, and somebody who calls it.
 *
 * All on one thread with the test: the server accepts, reads one request, and gives the next reply of its script.
 */
#ifndef OPSGATE_TESTS_HTTP_OUT_FIXTURE_H
#define OPSGATE_TESTS_HTTP_OUT_FIXTURE_H

#include "bot/shell/http_out.h"
#include "tests/integration/raw.h"

#include <netdb.h>
#include <stdlib.h>

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/* ---- the server ---- */

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

static inline void free_peer(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct peer, poll));
}

static inline void close_peer(struct peer *peer)
{
    for (size_t i = 0; i < ARRAY_LEN(peer->server->peers); i++)
        if (peer->server->peers[i] == peer)
            peer->server->peers[i] = NULL;
    buf_finish(&peer->heard);
    uv_poll_stop(&peer->poll);
    close(peer->fd);
    uv_close((uv_handle_t *)&peer->poll, free_peer);
}

static inline bool is_whole(struct str heard)
{
    const char *end = memmem(heard.at, heard.len, "\r\n\r\n", 4);
    const char *length = heard.len ? memmem(heard.at, heard.len, "Content-Length: ", 16) : NULL;

    if (!end)
        return false;
    return !length || length > end || heard.len >= (size_t)(end + 4 - heard.at) + strtoul(length + 16, NULL, 10);
}

static inline void react(struct peer *peer)
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

static inline void on_peer(uv_poll_t *poll, int status, int events)
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

static inline void on_accept(uv_poll_t *poll, int status, int events)
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

static inline void server_listen(struct server *server, struct loop *loop, const struct sockaddr *address,
                                 socklen_t len)
{
    server->loop = loop;
    server->heard = BUF(1 << 25);
    server->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, address, len), 0);
    assert_int_equal(listen(server->fd, 64), 0);
    uv_poll_init(loop_uv(loop), &server->accepting, server->fd);
    uv_poll_start(&server->accepting, UV_READABLE, on_accept);
}

static inline struct server *server_start(struct loop *loop)
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

static inline void free_server(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct server, accepting));
}

static inline void server_stop(struct server *server)
{
    for (size_t i = 0; i < ARRAY_LEN(server->peers); i++)
        if (server->peers[i])
            close_peer(server->peers[i]);
    buf_finish(&server->heard);
    uv_poll_stop(&server->accepting);
    close(server->fd);
    uv_close((uv_handle_t *)&server->accepting, free_server);
}

/* ---- the caller ---- */

struct result {
    bool is_done, was_sent, is_too_large;
    int count, status;
    int64_t took_ms, served_ms;
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

static inline void on_done(void *arg, const struct http_answer *answer)
{
    struct result *result = arg;
    const char *header = http_answer_header(answer, "x-foo");

    result->is_done = true;
    result->count++;
    result->status = answer->status;
    result->was_sent = answer->was_sent;
    result->is_too_large = answer->is_too_large;
    result->took_ms = answer->took_ms;
    result->served_ms = answer->served_ms;
    assert_int_equal(answer->failure != NULL, answer->status == 0);
    snprintf(result->failure, sizeof(result->failure), "%s", answer->failure ? answer->failure : "");
    snprintf(result->header, sizeof(result->header), "%s", header ? header : "none");
    buf_clear(&result->body);
    buf_add_str(&result->body, answer->body);
}

static int dead_release[2];

static inline int fake_lookup(const char *host, struct resolve_addresses *ret_addresses)
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

static inline struct fixture *begin(struct http_out_options options)
{
    struct fixture *fixture = xcalloc(1, sizeof(*fixture));
    struct error err;

    assert_int_equal(pipe(dead_release), 0);
    fixture->loop = loop_create(&err);
    fixture->resolve = resolve_create(&(struct resolve_options){ .loop = fixture->loop, .lookup = fake_lookup });
    options.loop = fixture->loop;
    options.resolve = fixture->resolve;
    options.connect_ms = options.connect_ms ? options.connect_ms : RAW_WAIT_MS;
    fixture->out = http_out_create(&options, &err);
    assert_non_null(fixture->out);
    fixture->server = server_start(fixture->loop);
    fixture->result.body = BUF(1 << 24);
    snprintf(fixture->url, sizeof(fixture->url), "http://127.0.0.1:%d/a?b=c", fixture->server->port);
    return fixture;
}

static inline void finish(struct fixture *fixture)
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

static inline struct http_out_call *start(struct fixture *fixture, struct http_call call)
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

static inline void call(struct fixture *fixture, struct http_call call)
{
    start(fixture, call);
    raw_wait(fixture->loop, &fixture->result.is_done);
}

static inline bool heard(struct fixture *fixture, const char *text)
{
    return str_contains(buf_str(&fixture->server->heard), text);
}

#endif
