#include "bot/shell/redis_queue.h"

void redis_queue_put(struct redis_queue *queue, struct redis_pending *pending)
{
    pending->next = NULL;
    if (queue->last)
        queue->last->next = pending;
    else
        queue->first = pending;
    queue->last = pending;
}

struct redis_pending *redis_queue_take(struct redis_queue *queue)
{
    struct redis_pending *pending = queue->first;

    if (pending)
        queue->first = pending->next;
    if (!queue->first)
        queue->last = NULL;
    return pending;
}

void redis_queue_put_in_front(struct redis_queue *queue, struct redis_queue *front)
{
    if (!front->first)
        return;
    front->last->next = queue->first;
    queue->first = front->first;
    if (!queue->last)
        queue->last = front->last;
    *front = (struct redis_queue){ NULL, NULL };
}

bool redis_queue_has_due(const struct redis_queue *queue, int64_t now_ms)
{
    for (const struct redis_pending *pending = queue->first; pending; pending = pending->next)
        if (pending->due_at_ms <= now_ms)
            return true;
    return false;
}

void redis_pending_free(struct redis_pending *pending)
{
    free(pending->bytes);
    free(pending);
}

void redis_queue_finish(struct redis_queue *queue)
{
    for (struct redis_pending *pending = redis_queue_take(queue); pending; pending = redis_queue_take(queue))
        redis_pending_free(pending);
}
