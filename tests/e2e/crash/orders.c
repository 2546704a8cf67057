#include "tests/e2e/crash/orders.h"

#include "bot/base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 400

struct orders {
    uv_pipe_t pipe;
    const struct order *rows;
    void *arg;
    char line[LINE_MAX_BYTES];
    size_t len;
};

static void obey(struct orders *orders, struct str line)
{
    struct str name = str_take_word(&line);

    for (const struct order *row = orders->rows; row->name; row++)
        if (str_is(name, row->name)) {
            row->obey(orders->arg, line);
            return;
        }
    fprintf(stderr, "no such order: " STR_FMT "\n", STR_ARG(name));
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_buf)
{
    struct orders *orders = handle->data;

    (void)wanted;
    if (orders->len == sizeof(orders->line)) /* no order is so long */
        orders->len = 0;
    *ret_buf = uv_buf_init(orders->line + orders->len, (unsigned)(sizeof(orders->line) - orders->len));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct orders *orders = stream->data;
    char *end;

    (void)buf;
    if (got < 0)
        return;
    orders->len += (size_t)got;
    while ((end = memchr(orders->line, '\n', orders->len))) {
        size_t len = (size_t)(end - orders->line) + 1;

        obey(orders, (struct str){ orders->line, len - 1 });
        memmove(orders->line, end + 1, orders->len - len);
        orders->len -= len;
    }
}

struct orders *orders_start(struct loop *loop, const char *fifo, const struct order *rows, void *arg, struct error *err)
{
    struct orders *orders;
    int fd = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        error_set(err, ERR_INTERNAL, "%s cannot be read", fifo);
        return NULL;
    }
    orders = xcalloc(1, sizeof(*orders));
    orders->rows = rows;
    orders->arg = arg;
    uv_pipe_init(loop_uv(loop), &orders->pipe, 0);
    orders->pipe.data = orders;
    uv_pipe_open(&orders->pipe, fd);
    uv_read_start((uv_stream_t *)&orders->pipe, on_room, on_read);
    return orders;
}

int64_t orders_number(struct str *rest)
{
    struct str word = str_take_word(rest);
    int64_t number = 0;
    struct error err;

    if (!parse_int(word, 0, INT32_MAX, &number, &err))
        fprintf(stderr, "an order without its number: %s\n", err.message);
    return number;
}
