/* redis_queue.h - commands on their way, first in first out. Used by redis.c and redis_connection.c. Pure. */
#ifndef OPSGATE_SHELL_REDIS_QUEUE_H
#define OPSGATE_SHELL_REDIS_QUEUE_H

#include "bot/shell/redis.h"

struct redis_pending {
    struct redis *redis;
    struct redis_pending *next;
    char *bytes; /* owned; kept until it is answered, in case it has to be sent again */
    size_t len;
    int64_t due_at_ms;
    redis_answered_fn on_answered;
    void *arg;
};

struct redis_queue { /* zeroed when empty */
    struct redis_pending *first, *last;
};

void redis_queue_put(struct redis_queue *queue, struct redis_pending *pending);
struct redis_pending *redis_queue_take(struct redis_queue *queue);                   /* NULL when empty */
void redis_queue_put_in_front(struct redis_queue *queue, struct redis_queue *front); /* *front is empty afterwards */
bool redis_queue_has_due(const struct redis_queue *queue, int64_t now_ms);
void redis_queue_finish(struct redis_queue *queue); /* frees what is in it */
void redis_pending_free(struct redis_pending *pending);

#endif
