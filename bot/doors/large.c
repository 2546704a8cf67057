#include "bot/doors/large.h"

#include <utlist.h>

struct large {
    struct large_bodies *bodies;
    const struct large_job *job;
    void *arg;
    struct http_request *request; /* NULL once it was handed on */
    struct loop_work *work;
    struct large *prev, *next;
};

struct large_bodies {
    struct loop *loop;
    struct large *running;
    struct large *waiting; /* in the order they came */
    size_t waiting_count;
};

struct large_bodies *large_bodies_create(struct loop *loop)
{
    struct large_bodies *bodies = xcalloc(1, sizeof(*bodies));

    bodies->loop = loop;
    return bodies;
}

static void refuse(struct large *large, const char *why)
{
    http_in_problem(TAKE(large->request), 503, NULL, why);
}

static void let_go(struct large *large)
{
    large->job->let_go(large->arg);
    free(large);
}

static void read_body(void *arg) /* on the pool */
{
    const struct large *large = arg;

    large->job->read(large->arg);
}

static void on_released(void *arg)
{
    struct large *large = arg;

    if (large->request) /* opsgate stops; its body was being read until now */
        refuse(large, "Not accepted: opsgate is stopping.");
    let_go(large);
}

static void start_next(struct large_bodies *bodies);

static void on_read(void *arg)
{
    struct large *large = arg;

    large->work = NULL;
    large->bodies->running = NULL;
    large->job->act(large->arg, TAKE(large->request));
    start_next(large->bodies);
}

static void start_next(struct large_bodies *bodies)
{
    while (bodies->waiting && !bodies->running) {
        struct large *large = bodies->waiting;

        DL_DELETE(bodies->waiting, large);
        bodies->waiting_count--;
        if (http_in_is_waiting(large->request)) {
            bodies->running = large;
            large->work = loop_work_start(bodies->loop, read_body, on_read, on_released, large);
        } else { /* whoever sent it counts it as lost, and sends it again or not */
            refuse(large, NULL);
            let_go(large);
        }
    }
}

bool large_bodies_take(struct large_bodies *bodies, struct http_request *request, const struct large_job *job,
                       void *arg)
{
    struct large *large = xcalloc(1, sizeof(*large));

    *large = (struct large){ .bodies = bodies, .job = job, .arg = arg, .request = request };
    if (bodies->waiting_count == LARGE_WAITING_MAX) {
        refuse(large, "Not accepted: too many large bodies are waiting. Send it again.");
        let_go(large);
        return false;
    }
    DL_APPEND(bodies->waiting, large);
    bodies->waiting_count++;
    start_next(bodies);
    return true;
}

bool large_bodies_are_busy(const struct large_bodies *bodies)
{
    return bodies->running || bodies->waiting;
}

void large_bodies_destroy(struct large_bodies *bodies)
{
    struct large *large, *next;

    if (!bodies)
        return;
    if (bodies->running)
        loop_work_cancel(bodies->running->work); /* answered once its body is not read any more */
    DL_FOREACH_SAFE(bodies->waiting, large, next) {
        refuse(large, "Not accepted: opsgate is stopping.");
        let_go(large);
    }
    free(bodies);
}
