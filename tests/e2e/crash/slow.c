#include "tests/e2e/crash/slow.h"

#include "bot/base/mem.h"
#include "bot/base/str.h"

#include <stdio.h>
#include <string.h>

#define BYTE_EVERY_MS 100
#define AGAIN_MS 200
#define HEAD                                                                                                           \
    "POST /github/webhook HTTP/1.1\r\nHost: opsgate\r\nContent-Type: application/json\r\n"                             \
    "X-Hub-Signature-256: sha256=0\r\nContent-Length: 20000000\r\n\r\n{"

struct client {
    struct slow *slow;
    uv_tcp_t tcp;
    uv_connect_t connecting;
    struct loop_timer *timer;
};

struct slow {
    struct loop *loop;
    struct sockaddr_in address;
    size_t wanted, count; /* count: clients that live */
};

static void come(void *arg);

static void on_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    struct slow *slow = client->slow;

    free(client);
    if (slow->count-- <= slow->wanted)
        loop_timer_start(slow->loop, AGAIN_MS, come, slow);
}

static void leave(struct client *client)
{
    loop_timer_cancel(client->timer);
    client->timer = NULL;
    if (!uv_is_closing((uv_handle_t *)&client->tcp))
        uv_close((uv_handle_t *)&client->tcp, on_closed);
}

static bool send_text(struct client *client, const char *text)
{
    uv_buf_t buf = uv_buf_init((char *)text, (unsigned)strlen(text));

    return uv_try_write((uv_stream_t *)&client->tcp, &buf, 1) >= 0;
}

static void on_due(void *arg)
{
    struct client *client = arg;

    client->timer = NULL;
    if (client->slow->count > client->slow->wanted || !send_text(client, " "))
        leave(client);
    else
        client->timer = loop_timer_start(client->slow->loop, BYTE_EVERY_MS, on_due, client);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_buf)
{
    static char ignored[4096];

    (void)handle;
    (void)wanted;
    *ret_buf = uv_buf_init(ignored, sizeof(ignored));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    (void)buf;
    if (got < 0)
        leave(stream->data);
}

static void on_connected(uv_connect_t *connecting, int status)
{
    struct client *client = connecting->data;

    if (status < 0 || !send_text(client, HEAD)) {
        leave(client);
        return;
    }
    uv_read_start((uv_stream_t *)&client->tcp, on_room, on_read);
    client->timer = loop_timer_start(client->slow->loop, BYTE_EVERY_MS, on_due, client);
}

static void come(void *arg)
{
    struct slow *slow = arg;
    struct client *client;

    if (slow->count >= slow->wanted)
        return;
    client = xcalloc(1, sizeof(*client));
    slow->count++;
    client->slow = slow;
    uv_tcp_init(loop_uv(slow->loop), &client->tcp);
    client->tcp.data = client->connecting.data = client;
    if (uv_tcp_connect(&client->connecting, &client->tcp, (const struct sockaddr *)&slow->address, on_connected) != 0)
        leave(client);
}

struct slow *slow_create(struct loop *loop)
{
    struct slow *slow = xcalloc(1, sizeof(*slow));

    slow->loop = loop;
    return slow;
}

void slow_aim(struct slow *slow, const char *url, size_t count)
{
    struct str rest = str_of(url), host;
    char address[64];
    int64_t port = 0;
    struct error err;

    slow->wanted = count;
    if (count == 0)
        return;
    str_take_prefix(&rest, "http://");
    host = str_take_until(&rest, ':');
    snprintf(address, sizeof(address), STR_FMT, STR_ARG(host));
    if (!parse_int(rest, 1, 65535, &port, &err) || uv_ip4_addr(address, (int)port, &slow->address) != 0)
        return;
    while (slow->count < slow->wanted)
        come(slow);
}
