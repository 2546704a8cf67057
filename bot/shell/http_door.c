#include "bot/shell/http_server.h"
#include "bot/shell/listen.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_PER_TURN 64
#define ACCEPT_PAUSE_MS 100 /* when the process has no descriptor left */

struct http_listener {
    uv_poll_t poll;
    struct http_in *in;
    int fd;
    struct loop_timer *pause;
    char *path; /* of a unix socket that we made; NULL: nothing to remove */
    TAILQ_ENTRY(http_listener) link;
};

static void add_connection(struct http_in *in, int fd)
{
    struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
    socklen_t len = sizeof(address);

    getpeername(fd, (struct sockaddr *)&address, &len);
    in->arriving = http_conn_create(in, fd, loop_now_ms(in->options.loop));
    MHD_add_connection(in->daemon, fd, (const struct sockaddr *)&address, len); /* closes fd when it fails */
    http_conn_destroy(TAKE(in->arriving));                                      /* still here only then */
    http_server_watch(in);
    http_server_mark_dirty(in);
}

static void turn_away(struct http_in *in, int fd)
{
    struct http_conn conn = { .in = in, .fd = fd };

    in->counts.refused++;
    http_conn_say(&conn, MHD_HTTP_SERVICE_UNAVAILABLE, "too many connections");
    linger_add(in->lingering, fd);
}

static void poll_listener(struct http_listener *listener);

static void on_pause_over(void *arg)
{
    struct http_listener *listener = arg;

    listener->pause = NULL;
    poll_listener(listener);
}

/* Without a free descriptor the socket would stay readable and the loop would spin. */
static void pause_listener(struct http_listener *listener)
{
    listener->in->counts.accept_failures++;
    uv_poll_stop(&listener->poll);
    listener->pause = loop_timer_start(listener->in->options.loop, ACCEPT_PAUSE_MS, on_pause_over, listener);
}

static bool is_passing(int number)
{
    return number == EAGAIN || number == EINTR || number == ECONNABORTED;
}

static void on_arrival(uv_poll_t *poll, int status, int events)
{
    struct http_listener *listener = CONTAINER_OF(poll, struct http_listener, poll);
    struct http_in *in = listener->in;

    (void)status, (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            if (!is_passing(errno))
                pause_listener(listener);
            return;
        }
        if (in->counts.connections >= in->limits.connections_max)
            turn_away(in, fd);
        else
            add_connection(in, fd);
    }
}

static void poll_listener(struct http_listener *listener)
{
    uv_poll_start(&listener->poll, UV_READABLE, on_arrival);
}

static void on_listener_closed(uv_handle_t *poll)
{
    struct http_listener *listener = CONTAINER_OF(poll, struct http_listener, poll);

    free(listener->path);
    free(listener);
}

static void close_listener(struct http_listener *listener)
{
    loop_timer_cancel(TAKE(listener->pause));
    TAILQ_REMOVE(&listener->in->listeners, listener, link);
    uv_poll_stop(&listener->poll);
    if (listener->path)
        unlink(listener->path);
    close(listener->fd);
    uv_close((uv_handle_t *)&listener->poll, on_listener_closed);
}

bool http_door_open(struct http_in *in, int fd, const char *path, struct error *err)
{
    struct http_listener *listener = xcalloc(1, sizeof(*listener));
    int rc = uv_poll_init(loop_uv(in->options.loop), &listener->poll, fd);

    if (rc != 0) {
        free(listener);
        close(fd);
        return error_set(err, ERR_INTERNAL, "listening socket: %s", uv_strerror(rc));
    }
    listener->in = in;
    listener->fd = fd;
    listener->path = xstrdup(path);
    TAILQ_INSERT_TAIL(&in->listeners, listener, link);
    poll_listener(listener);
    return true;
}

void http_door_close_all(struct http_in *in)
{
    struct http_listener *listener;

    while ((listener = TAILQ_FIRST(&in->listeners)))
        close_listener(listener);
}

int http_door_port(const struct http_in *in)
{
    const struct http_listener *listener;

    TAILQ_FOREACH(listener, &in->listeners, link)
    if (listen_port(listener->fd) > 0)
        return listen_port(listener->fd);
    return 0;
}
