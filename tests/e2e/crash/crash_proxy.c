/* crash_proxy LISTEN UPSTREAM FIFO: stands between opsgate and its Redis, from one unix socket to another.
 *
 * Orders come as lines of the pipe:
 *   delay MS   whatever arrives, in either direction, goes on so much later; 0: at once
 *   cut        every connection that stands is closed, with what is on its way; new ones are welcome
 *   end
 */
#include "bot/base/mem.h"
#include "tests/e2e/crash/orders.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <utlist.h>

struct proxy {
    struct loop *loop;
    uv_pipe_t listener;
    const char *upstream;
    int64_t delay_ms;
    struct link *links;
};

struct link { /* one connection of opsgate's, and ours beyond it */
    struct proxy *proxy;
    struct link *next, *previous;
    uv_pipe_t ends[2]; /* 0: opsgate's, 1: the one to Redis */
    uv_connect_t connecting;
    struct parcel *late[2]; /* to each end, in the order they came: a stream never overtakes itself */
    int held; /* whatever still points here */
    bool is_closing;
};

struct parcel { /* bytes on their way */
    struct link *link;
    struct parcel *next;
    int to;
    uv_write_t writing;
    uv_buf_t bytes;
};

static void let_go(struct link *link)
{
    if (--link->held == 0)
        free(link);
}

static void on_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

static void cut(struct link *link)
{
    if (link->is_closing)
        return;
    link->is_closing = true;
    if (link->previous)
        link->previous->next = link->next;
    else
        link->proxy->links = link->next;
    if (link->next)
        link->next->previous = link->previous;
    uv_close((uv_handle_t *)&link->ends[0], on_closed);
    uv_close((uv_handle_t *)&link->ends[1], on_closed);
}

/* ---- bytes ---- */

static void drop(struct parcel *parcel)
{
    struct link *link = parcel->link;

    free(parcel->bytes.base);
    free(parcel);
    let_go(link);
}

static void on_written(uv_write_t *writing, int status)
{
    struct parcel *parcel = writing->data;

    if (status < 0)
        cut(parcel->link);
    drop(parcel);
}

static void deliver(struct parcel *parcel)
{
    struct link *link = parcel->link;

    parcel->writing.data = parcel;
    if (link->is_closing ||
        uv_write(&parcel->writing, (uv_stream_t *)&link->ends[parcel->to], &parcel->bytes, 1, on_written) != 0)
        drop(parcel);
}

/* The time of one has come: the first one goes, which may be another when the delay has become shorter. There is a timer
 * for each that waits, and each that waits holds its link. */
static void deliver_first(struct link *link, int to)
{
    struct parcel *first = link->late[to];

    LL_DELETE(link->late[to], first);
    deliver(first);
}

static void deliver_to_opsgate(void *link)
{
    deliver_first(link, 0);
}

static void deliver_to_redis(void *link)
{
    deliver_first(link, 1);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_buf)
{
    (void)handle;
    *ret_buf = uv_buf_init(xcalloc(1, wanted), (unsigned)wanted);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct link *link = stream->data;
    struct parcel *parcel;

    if (got <= 0) {
        free(buf->base);
        if (got < 0)
            cut(link);
        return;
    }
    parcel = xcalloc(1, sizeof(*parcel));
    *parcel = (struct parcel){ .link = link,
                               .to = stream == (uv_stream_t *)&link->ends[0],
                               .bytes = uv_buf_init(buf->base, (unsigned)got) };
    link->held++;
    if (link->proxy->delay_ms == 0 && !link->late[parcel->to]) {
        deliver(parcel);
        return;
    }
    LL_APPEND(link->late[parcel->to], parcel);
    loop_timer_start(link->proxy->loop, link->proxy->delay_ms, parcel->to ? deliver_to_redis : deliver_to_opsgate,
                     link);
}

/* ---- connections ---- */

static void on_connected(uv_connect_t *connecting, int status)
{
    struct link *link = connecting->data;

    if (status < 0) {
        cut(link);
        return;
    }
    for (int i = 0; i < 2; i++)
        uv_read_start((uv_stream_t *)&link->ends[i], on_room, on_read);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct proxy *proxy = listener->data;
    struct link *link;

    if (status < 0)
        return;
    link = xcalloc(1, sizeof(*link));
    *link = (struct link){ .proxy = proxy, .held = 2, .next = proxy->links };
    if (proxy->links)
        proxy->links->previous = link;
    proxy->links = link;
    for (int i = 0; i < 2; i++) {
        uv_pipe_init(loop_uv(proxy->loop), &link->ends[i], 0);
        link->ends[i].data = link;
    }
    link->connecting.data = link;
    if (uv_accept(listener, (uv_stream_t *)&link->ends[0]) != 0)
        cut(link);
    else
        uv_pipe_connect(&link->connecting, &link->ends[1], proxy->upstream, on_connected);
}

/* ---- orders ---- */

static void order_delay(void *arg, struct str rest)
{
    struct proxy *proxy = arg;

    proxy->delay_ms = orders_number(&rest);
}

static void order_cut(void *arg, struct str rest)
{
    struct proxy *proxy = arg;

    (void)rest;
    while (proxy->links)
        cut(proxy->links);
}

static void order_end(void *arg, struct str rest)
{
    (void)arg;
    (void)rest;
    _exit(0);
}

static const struct order orders[] = {
    { "delay", order_delay }, { "cut", order_cut }, { "end", order_end }, { NULL, NULL }
};

int main(int argc, char **argv)
{
    struct proxy proxy = { .upstream = argc == 4 ? argv[2] : NULL };
    struct error err = { 0 };
    int failure;

    if (argc != 4) {
        fprintf(stderr, "usage: crash_proxy LISTEN UPSTREAM FIFO\n");
        return 2;
    }
    proxy.loop = loop_create(&err);
    if (!proxy.loop || !orders_start(proxy.loop, argv[3], orders, &proxy, &err)) {
        fprintf(stderr, "crash_proxy: %s\n", err.message);
        return 2;
    }
    uv_pipe_init(loop_uv(proxy.loop), &proxy.listener, 0);
    proxy.listener.data = &proxy;
    failure = uv_pipe_bind(&proxy.listener, argv[1]);
    if (failure == 0)
        failure = uv_listen((uv_stream_t *)&proxy.listener, 64, on_connection);
    if (failure != 0) {
        fprintf(stderr, "crash_proxy: %s: %s\n", argv[1], uv_strerror(failure));
        return 2;
    }
    loop_run(proxy.loop);
    return 0;
}
