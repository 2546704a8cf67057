#include "bot/shell/linger.h"

#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define DROP_BYTES 65536
#define DROPS_PER_TURN 16

struct lingering {
    uv_poll_t poll;
    struct loop_timer *limit;
    struct linger_list *list;
    TAILQ_ENTRY(lingering) link;
    int fd;
};

struct linger_list {
    struct loop *loop;
    TAILQ_HEAD(lingering_head, lingering) all;
    unsigned count;
};

struct linger_list *linger_create(struct loop *loop)
{
    struct linger_list *list = xcalloc(1, sizeof(*list));

    list->loop = loop;
    TAILQ_INIT(&list->all);
    return list;
}

static void on_closed(uv_handle_t *poll)
{
    free(CONTAINER_OF(poll, struct lingering, poll));
}

static void let_go(struct lingering *one)
{
    TAILQ_REMOVE(&one->list->all, one, link);
    one->list->count--;
    loop_timer_cancel(one->limit);
    uv_poll_stop(&one->poll);
    close(one->fd);
    uv_close((uv_handle_t *)&one->poll, on_closed);
}

static void on_limit(void *arg)
{
    struct lingering *one = arg;

    one->limit = NULL;
    let_go(one);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct lingering *one = CONTAINER_OF(poll, struct lingering, poll);
    static char dropped[DROP_BYTES];
    ssize_t got = 1;

    (void)events;
    for (int i = 0; i < DROPS_PER_TURN && got > 0; i++)
        got = recv(one->fd, dropped, sizeof(dropped), MSG_DONTWAIT);
    if (status != 0 || got == 0)
        let_go(one);
}

void linger_add(struct linger_list *list, int fd)
{
    struct lingering *one;

    if (list->count >= LINGER_MAX) {
        close(fd);
        return;
    }
    one = xcalloc(1, sizeof(*one));
    one->list = list;
    one->fd = fd;
    if (uv_poll_init(loop_uv(list->loop), &one->poll, fd) != 0) {
        close(fd);
        free(one);
        return;
    }
    shutdown(fd, SHUT_WR);
    uv_poll_start(&one->poll, UV_READABLE, on_readable);
    one->limit = loop_timer_start(list->loop, LINGER_MS, on_limit, one);
    TAILQ_INSERT_TAIL(&list->all, one, link);
    list->count++;
}

void linger_destroy(struct linger_list *list)
{
    struct lingering *one;

    if (!list)
        return;
    while ((one = TAILQ_FIRST(&list->all)))
        let_go(one);
    free(list);
}
