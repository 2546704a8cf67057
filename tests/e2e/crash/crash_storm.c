/* crash_storm GOLDEN LEDGER FIFO: GitHub's webhooks in an open loop, faster than anything takes them: signed
 * beforehand, each with an id of its own, over many connections, a few behind one another on each, whatever comes back.
 *
 * Orders come as lines of the pipe:
 *   aim URL           everything goes there
 *   connections N     so many of them, from now on; one that is closed is opened again
 *   pace N            so many a second are to leave, 0: none; one for which no connection has room does not
 *   end               nothing new is sent; it ends once all that left is answered, or its connection gone
 *
 * A line of the ledger is as crash_load writes it: 0 for one whose connection was closed, which may not have left wholly;
 * what was answered was.
 */
#include "bot/base/mem.h"
#include "bot/shell/clock.h"
#include "tests/e2e/crash/orders.h"
#include "tests/e2e/crash/sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 5
#define DEPTH 2 /* unanswered on one connection */
#define CONNECTIONS_MAX 1000
#define AGAIN_MS 20
#define KINDS 5 /* of bodies */
#define HEAD_MAX_BYTES 512
#define ANSWER_MAX_BYTES 4096

struct request { /* of one kind: all but its id */
    char head[HEAD_MAX_BYTES];
    struct str body;
};

struct sent {
    uint64_t number;
    int64_t sent_ms;
};

struct conn {
    struct storm *storm;
    uv_tcp_t tcp;
    uv_connect_t connecting;
    bool is_open;
    struct sent sent[DEPTH]; /* the oldest first */
    size_t count;
    char answer[ANSWER_MAX_BYTES + 1];
    size_t len;
};

struct storm {
    struct loop *loop;
    struct clock clock;
    struct senders *senders;
    struct request requests[KINDS];
    struct sockaddr_in address;
    struct conn *conns;
    size_t conns_count, next;
    FILE *ledger;
    int64_t pace, due_us, unanswered;
    uint64_t number;
    uint32_t run; /* in every id */
    bool is_ending;
};

struct writing {
    uv_write_t request;
    char head[HEAD_MAX_BYTES];
};

static void open_conn(void *arg);

static int64_t unix_ms(const struct storm *storm)
{
    return storm->clock.unix_ms(storm->clock.ctx);
}

/* ---- what became of it ---- */

static void end_when_done(struct storm *storm)
{
    if (storm->is_ending && storm->unanswered == 0)
        loop_stop(storm->loop);
}

static void format_id(const struct storm *storm, uint64_t number, char *ret_id, size_t room)
{
    snprintf(ret_id, room, "%08x-0000-4000-8000-%012llx", storm->run, (unsigned long long)number);
}

static void tell_first(struct conn *conn, int status, int64_t retry_after_ms)
{
    struct storm *storm = conn->storm;
    char id[40];

    format_id(storm, conn->sent[0].number, id, sizeof(id));
    fprintf(storm->ledger, "github\t%s\t%lld\t%lld\t%d\t1\t%lld\n", id, (long long)conn->sent[0].sent_ms,
            (long long)unix_ms(storm), status, (long long)retry_after_ms);
    memmove(conn->sent, conn->sent + 1, --conn->count * sizeof(conn->sent[0]));
    storm->unanswered--;
    end_when_done(storm);
}

/* ---- answers ---- */

static int64_t header_of(const char *head, const char *name)
{
    const char *at = strcasestr(head, name);
    struct str value = str_of(at ? at + strlen(name) : "");
    int64_t number = 0;
    struct error err;

    value = str_trim(str_take_until(&value, '\r'));
    return parse_int(value, 0, INT32_MAX, &number, &err) ? number : 0;
}

/* The length of the first whole answer, which is told; 0: it is not all there yet. */
static size_t take_answer(struct conn *conn)
{
    char *end = strstr(conn->answer, "\r\n\r\n");
    size_t len;
    struct str line = str_of(conn->answer), status;
    int64_t number = 0;
    struct error err;

    if (!end || conn->count == 0)
        return 0;
    *end = '\0'; /* the headers alone are searched */
    len = (size_t)(end + 4 - conn->answer) + (size_t)header_of(conn->answer, "\r\nContent-Length:");
    if (len <= conn->len) {
        str_take_word(&line);
        status = str_take_word(&line);
        (void)parse_int(status, 100, 599, &number, &err);
        tell_first(conn, (int)number, header_of(conn->answer, "\r\nRetry-After:") * 1000);
    }
    *end = '\r';
    return len <= conn->len ? len : 0;
}

/* ---- connections ---- */

static void on_closed(uv_handle_t *handle)
{
    struct conn *conn = handle->data;

    if (!conn->storm->is_ending)
        loop_timer_start(conn->storm->loop, AGAIN_MS, open_conn, conn);
}

static void leave(struct conn *conn)
{
    conn->is_open = false;
    while (conn->count > 0)
        tell_first(conn, 0, 0);
    if (!uv_is_closing((uv_handle_t *)&conn->tcp))
        uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_buf)
{
    struct conn *conn = handle->data;

    (void)wanted;
    *ret_buf = uv_buf_init(conn->answer + conn->len, (unsigned)(ANSWER_MAX_BYTES - conn->len));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct conn *conn = stream->data;
    size_t len;

    (void)buf;
    if (got <= 0) {
        if (got < 0)
            leave(conn);
        return;
    }
    conn->len += (size_t)got;
    conn->answer[conn->len] = '\0';
    while ((len = take_answer(conn)) > 0) {
        conn->len -= len;
        memmove(conn->answer, conn->answer + len, conn->len + 1);
    }
}

static void on_connected(uv_connect_t *connecting, int status)
{
    struct conn *conn = connecting->data;

    if (status < 0) {
        leave(conn);
        return;
    }
    conn->is_open = true;
    uv_read_start((uv_stream_t *)&conn->tcp, on_room, on_read);
}

static void open_conn(void *arg)
{
    struct conn *conn = arg;

    conn->len = 0;
    uv_tcp_init(loop_uv(conn->storm->loop), &conn->tcp);
    uv_tcp_nodelay(&conn->tcp, 1);
    conn->tcp.data = conn->connecting.data = conn;
    if (uv_tcp_connect(&conn->connecting, &conn->tcp, (const struct sockaddr *)&conn->storm->address, on_connected) !=
        0)
        leave(conn);
}

/* ---- requests ---- */

static void prepare(struct storm *storm)
{
    for (size_t i = 0; i < KINDS;) {
        struct delivery delivery;

        delivery_init(storm->senders, 0, &delivery);
        if (delivery.sender == SENDER_GITHUB) {
            struct request *request = &storm->requests[i++];

            request->body = *delivery.body;
            snprintf(request->head, sizeof(request->head),
                     "POST %s HTTP/1.1\r\nHost: opsgate\r\nContent-Type: application/json\r\nX-GitHub-Event: %s\r\n"
                     "X-Hub-Signature-256: %s\r\nContent-Length: %zu\r\nX-GitHub-Delivery: ",
                     sender_paths[SENDER_GITHUB], delivery.event, delivery.signature, request->body.len);
        }
        delivery_finish(&delivery);
    }
}

static void on_written(uv_write_t *writing, int status)
{
    (void)status; /* who cannot be written to is read from, and left there */
    free(writing->data);
}

static void send_to(struct storm *storm, struct conn *conn)
{
    const struct request *request = &storm->requests[storm->number % KINDS];
    struct writing *writing = xcalloc(1, sizeof(*writing));
    char id[40];
    uv_buf_t bufs[2];

    format_id(storm, storm->number, id, sizeof(id));
    snprintf(writing->head, sizeof(writing->head), "%s%s\r\n\r\n", request->head, id);
    writing->request.data = writing;
    bufs[0] = uv_buf_init(writing->head, (unsigned)strlen(writing->head));
    bufs[1] = uv_buf_init((char *)request->body.at, (unsigned)request->body.len);
    conn->sent[conn->count++] = (struct sent){ storm->number++, unix_ms(storm) };
    storm->unanswered++;
    if (uv_write(&writing->request, (uv_stream_t *)&conn->tcp, bufs, 2, on_written) != 0) {
        free(writing);
        leave(conn);
    }
}

/* A connection whose last request is not wholly written is a full one: what counts as sent has left. */
static bool has_room(const struct conn *conn)
{
    return conn->is_open && conn->count < DEPTH && conn->tcp.write_queue_size == 0;
}

static void send_one(struct storm *storm)
{
    for (size_t i = 0; i < storm->conns_count; i++) {
        struct conn *conn = &storm->conns[storm->next++ % storm->conns_count];

        if (has_room(conn)) {
            send_to(storm, conn);
            return;
        }
    }
}

static void on_tick(void *arg)
{
    struct storm *storm = arg;

    if (storm->is_ending)
        return;
    loop_timer_start(storm->loop, TICK_MS, on_tick, storm);
    for (storm->due_us += storm->pace * TICK_MS * 1000; storm->due_us >= 1000000; storm->due_us -= 1000000)
        send_one(storm);
}

/* ---- orders ---- */

static void order_aim(void *arg, struct str rest)
{
    struct storm *storm = arg;
    struct str url = str_take_word(&rest), host;
    char address[64];
    int64_t port = 0;
    struct error err;

    str_take_prefix(&url, "http://");
    host = str_take_until(&url, ':');
    snprintf(address, sizeof(address), STR_FMT, STR_ARG(host));
    if (!parse_int(url, 1, 65535, &port, &err) || uv_ip4_addr(address, (int)port, &storm->address) != 0)
        fprintf(stderr, "crash_storm: that is no http://ADDRESS:PORT\n");
}

static void order_connections(void *arg, struct str rest)
{
    struct storm *storm = arg;
    int64_t wanted = orders_number(&rest);

    while ((int64_t)storm->conns_count < wanted && storm->conns_count < CONNECTIONS_MAX) {
        storm->conns[storm->conns_count].storm = storm;
        open_conn(&storm->conns[storm->conns_count++]);
    }
}

static void order_pace(void *arg, struct str rest)
{
    struct storm *storm = arg;
    storm->pace = orders_number(&rest);
}

static void order_end(void *arg, struct str rest)
{
    struct storm *storm = arg;

    (void)rest;
    storm->is_ending = true;
    end_when_done(storm);
}

static const struct order orders[] = {
    { "aim", order_aim }, { "connections", order_connections }, { "pace", order_pace }, { "end", order_end },
    { NULL, NULL },
};

static bool start(struct storm *storm, char **argv, struct error *err)
{
    storm->clock = clock_system();
    storm->clock.random(storm->clock.ctx, (unsigned char *)&storm->run, sizeof(storm->run));
    storm->senders = senders_create(argv[1], err);
    storm->loop = storm->senders ? loop_create(err) : NULL;
    if (!storm->loop)
        return false;
    storm->ledger = fopen(argv[2], "a");
    if (!storm->ledger)
        return error_set(err, ERR_INTERNAL, "%s cannot be written", argv[2]);
    storm->conns = xcalloc(CONNECTIONS_MAX, sizeof(*storm->conns));
    prepare(storm);
    loop_timer_start(storm->loop, TICK_MS, on_tick, storm);
    return orders_start(storm->loop, argv[3], orders, storm, err) != NULL;
}

int main(int argc, char **argv)
{
    static struct storm storm;
    struct error err = { 0 };

    if (argc != 4) {
        fprintf(stderr, "usage: crash_storm GOLDEN LEDGER FIFO\n");
        return 2;
    }
    if (!start(&storm, argv, &err)) {
        fprintf(stderr, "crash_storm: %s\n", err.message);
        return 2;
    }
    loop_run(storm.loop);
    fclose(storm.ledger);
    _exit(0); /* connections are left as they are */
}
