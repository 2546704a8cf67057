#include "bot/shell/redis_watch.h"

#include <hiredis/async.h>

struct redis_watch {
    uv_poll_t poll;
    redisAsyncContext *connection; /* NULL once hiredis let go */
    struct redis_watch_owner owner;
    int events;
};

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct redis_watch *watch = CONTAINER_OF(poll, struct redis_watch, poll);
    struct redis_watch_owner owner = watch->owner;

    if (status < 0)
        watch->events = 0; /* libuv has stopped watching */
    owner.on_enter(owner.arg);
    if (watch->connection && (status < 0 || (events & UV_READABLE)))
        redisAsyncHandleRead(watch->connection);
    if (watch->connection && (status < 0 || (events & UV_WRITABLE)))
        redisAsyncHandleWrite(watch->connection);
    owner.on_leave(owner.arg);
}

static void want(struct redis_watch *watch, int events)
{
    if (!watch->connection || watch->events == events)
        return;
    watch->events = events;
    if (events)
        uv_poll_start(&watch->poll, events, on_poll);
    else
        uv_poll_stop(&watch->poll);
}

static void add_read(void *arg)
{
    struct redis_watch *watch = arg;

    want(watch, watch->events | UV_READABLE);
}

static void del_read(void *arg)
{
    struct redis_watch *watch = arg;

    want(watch, watch->events & ~UV_READABLE);
}

static void add_write(void *arg)
{
    struct redis_watch *watch = arg;

    want(watch, watch->events | UV_WRITABLE);
}

static void del_write(void *arg)
{
    struct redis_watch *watch = arg;

    want(watch, watch->events & ~UV_WRITABLE);
}

static void on_closed(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct redis_watch, poll));
}

static void clean_up(void *arg)
{
    struct redis_watch *watch = arg;

    watch->connection = NULL;
    uv_close((uv_handle_t *)&watch->poll, on_closed);
}

bool redis_watch_start(struct loop *loop, struct redisAsyncContext *connection, const struct redis_watch_owner *owner,
                       struct error *err)
{
    AUTO_FREE struct redis_watch *watch = xcalloc(1, sizeof(*watch));
    int rc = uv_poll_init(loop_uv(loop), &watch->poll, connection->c.fd);

    if (rc != 0)
        return error_set(err, ERR_INTERNAL, "watching a socket: %s", uv_strerror(rc));
    watch->connection = connection;
    watch->owner = *owner;
    connection->ev.addRead = add_read;
    connection->ev.delRead = del_read;
    connection->ev.addWrite = add_write;
    connection->ev.delWrite = del_write;
    connection->ev.cleanup = clean_up;
    connection->ev.data = TAKE(watch);
    return true;
}
