#include "bot/shell/loop.h"

#include "bot/shell/clock.h"

#include <assert.h>
#include <signal.h>

struct loop {
    uv_loop_t uv;
    struct clock clock;
};

struct loop *loop_create(struct error *err)
{
    AUTO_FREE struct loop *loop = xcalloc(1, sizeof(*loop));
    int rc = uv_loop_init(&loop->uv);

    if (rc != 0) {
        error_set(err, ERR_INTERNAL, "event loop: %s", uv_strerror(rc));
        return NULL;
    }
    signal(SIGPIPE, SIG_IGN);
    loop->clock = clock_system();
    return TAKE(loop);
}

static void on_close_limit(uv_timer_t *limit)
{
    uv_stop(limit->loop);
}

static void wait_for_closing(struct loop *loop)
{
    uv_timer_t limit;

    uv_run(&loop->uv, UV_RUN_NOWAIT); /* swallows a loop_stop that no loop_run has seen */
    uv_timer_init(&loop->uv, &limit);
    uv_timer_start(&limit, on_close_limit, LOOP_CLOSE_MAX_MS, 0);
    uv_unref((uv_handle_t *)&limit);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&limit, NULL);
    uv_run(&loop->uv, UV_RUN_NOWAIT);
}

static void count_open(uv_handle_t *handle, void *arg)
{
    unsigned *open = arg;

    if (!uv_is_closing(handle))
        (*open)++;
}

void loop_destroy(struct loop *loop)
{
    unsigned open = 0;

    if (!loop)
        return;
    wait_for_closing(loop);
    if (uv_loop_close(&loop->uv) == 0) {
        free(loop);
        return;
    }
    uv_walk(&loop->uv, count_open, &open);
    if (open > 0)
        uv_print_all_handles(&loop->uv, stderr);
    assert(open == 0); /* otherwise a pool thread hangs, and still points into the loop */
}

void loop_run(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_run_once(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_ONCE);
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

uv_loop_t *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

int64_t loop_now_ms(struct loop *loop)
{
    return loop->clock.mono_ms(loop->clock.ctx);
}

/* --- timers --------------------------------------------------------------------------------------------------------
 */

struct loop_timer {
    uv_timer_t uv;
    loop_fn fn;
    void *arg;
};

static void free_timer(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct loop_timer, uv));
}

static void on_timer(uv_timer_t *handle)
{
    struct loop_timer *timer = CONTAINER_OF(handle, struct loop_timer, uv);
    loop_fn fn = timer->fn;
    void *arg = timer->arg;

    loop_timer_cancel(timer);
    fn(arg);
}

struct loop_timer *loop_timer_start(struct loop *loop, int64_t after_ms, loop_fn fn, void *arg)
{
    struct loop_timer *timer = xcalloc(1, sizeof(*timer));

    timer->fn = fn;
    timer->arg = arg;
    uv_timer_init(&loop->uv, &timer->uv);
    uv_update_time(&loop->uv); /* a turn may have taken long: count from now, not from its beginning */
    uv_timer_start(&timer->uv, on_timer, after_ms > 0 ? (uint64_t)after_ms : 0, 0);
    return timer;
}

void loop_timer_cancel(struct loop_timer *timer)
{
    if (timer)
        uv_close((uv_handle_t *)&timer->uv, free_timer);
}

/* --- signals -------------------------------------------------------------------------------------------------------
 */

struct loop_signal {
    uv_signal_t uv;
    loop_fn fn;
    void *arg;
};

static void free_signal(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct loop_signal, uv));
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct loop_signal *signal = CONTAINER_OF(handle, struct loop_signal, uv);

    (void)number;
    signal->fn(signal->arg);
}

struct loop_signal *loop_signal_start(struct loop *loop, int number, loop_fn fn, void *arg, struct error *err)
{
    struct loop_signal *signal = xcalloc(1, sizeof(*signal));
    int rc = uv_signal_init(&loop->uv, &signal->uv);

    if (rc != 0) {
        free(signal); /* not known to libuv yet */
        error_set(err, ERR_INTERNAL, "signal %d: %s", number, uv_strerror(rc));
        return NULL;
    }
    signal->fn = fn;
    signal->arg = arg;
    rc = uv_signal_start(&signal->uv, on_signal, number);
    if (rc == 0)
        return signal;
    loop_signal_cancel(signal);
    error_set(err, ERR_INTERNAL, "signal %d: %s", number, uv_strerror(rc));
    return NULL;
}

void loop_signal_cancel(struct loop_signal *signal)
{
    if (signal)
        uv_close((uv_handle_t *)&signal->uv, free_signal);
}

/* --- turns ---------------------------------------------------------------------------------------------------------
 */

struct loop_turn {
    uv_prepare_t uv;
    loop_fn fn;
    void *arg;
};

static void free_turn(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct loop_turn, uv));
}

static void on_turn(uv_prepare_t *handle)
{
    struct loop_turn *turn = CONTAINER_OF(handle, struct loop_turn, uv);

    turn->fn(turn->arg);
}

struct loop_turn *loop_turn_start(struct loop *loop, loop_fn fn, void *arg)
{
    struct loop_turn *turn = xcalloc(1, sizeof(*turn));

    turn->fn = fn;
    turn->arg = arg;
    uv_prepare_init(&loop->uv, &turn->uv);
    uv_prepare_start(&turn->uv, on_turn);
    uv_unref((uv_handle_t *)&turn->uv);
    return turn;
}

void loop_turn_cancel(struct loop_turn *turn)
{
    if (turn)
        uv_close((uv_handle_t *)&turn->uv, free_turn);
}

/* --- wake-ups from other threads -----------------------------------------------------------------------------------
 */

struct loop_wake {
    uv_async_t uv;
    loop_fn fn;
    void *arg;
};

static void free_wake(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct loop_wake, uv));
}

static void on_wake(uv_async_t *handle)
{
    struct loop_wake *wake = CONTAINER_OF(handle, struct loop_wake, uv);

    wake->fn(wake->arg);
}

struct loop_wake *loop_wake_create(struct loop *loop, loop_fn fn, void *arg)
{
    struct loop_wake *wake = xcalloc(1, sizeof(*wake));

    wake->fn = fn;
    wake->arg = arg;
    uv_async_init(&loop->uv, &wake->uv, on_wake); /* the loop made its own descriptor for this when it was created */
    return wake;
}

void loop_wake_send(struct loop_wake *wake)
{
    uv_async_send(&wake->uv);
}

void loop_wake_destroy(struct loop_wake *wake)
{
    if (wake)
        uv_close((uv_handle_t *)&wake->uv, free_wake);
}

/* --- long work on the pool -----------------------------------------------------------------------------------------
 */

struct loop_work {
    uv_work_t uv;
    loop_fn work, on_done, release; /* on_done is NULL once cancelled */
    void *arg;
};

static void on_pool(uv_work_t *request)
{
    struct loop_work *work = CONTAINER_OF(request, struct loop_work, uv);

    work->work(work->arg);
}

static void on_worked(uv_work_t *request, int status)
{
    struct loop_work *work = CONTAINER_OF(request, struct loop_work, uv);

    (void)status; /* UV_ECANCELED only after our cancel, which took on_done away */
    if (work->on_done)
        work->on_done(work->arg);
    if (work->release)
        work->release(work->arg);
    free(work);
}

struct loop_work *loop_work_start(struct loop *loop, loop_fn work_fn, loop_fn on_done, loop_fn release, void *arg)
{
    struct loop_work *work = xcalloc(1, sizeof(*work));

    *work = (struct loop_work){ .work = work_fn, .on_done = on_done, .release = release, .arg = arg };
    uv_queue_work(&loop->uv, &work->uv, on_pool, on_worked); /* fails only without a work function */
    return work;
}

void loop_work_cancel(struct loop_work *work)
{
    if (!work)
        return;
    work->on_done = NULL;
    uv_cancel((uv_req_t *)&work->uv); /* refused when it runs already: then release waits for its end */
}
