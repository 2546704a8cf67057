/* The loop's handles: once, later, never after cancel - and nothing left over when it closes. */
#include "bot/shell/clock.h"
#include "bot/shell/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct count {
    struct loop *loop;
    int runs, wanted;
};

static void count_run(void *arg)
{
    struct count *count = arg;

    if (++count->runs >= count->wanted)
        loop_stop(count->loop);
}

static struct loop *make_loop(void)
{
    struct error err;
    struct loop *loop = loop_create(&err);

    assert_non_null(loop);
    return loop;
}

static void timer_runs_once_and_later(void **state)
{
    AUTO(loop) struct loop *loop = make_loop();
    struct count count = { .loop = loop, .wanted = 1 };
    int64_t before_ms = loop_now_ms(loop);

    (void)state;
    loop_timer_start(loop, 20, count_run, &count);
    assert_int_equal(count.runs, 0);
    loop_run(loop);
    assert_int_equal(count.runs, 1);
    assert_true(loop_now_ms(loop) - before_ms >= 19);
    loop_run(loop); /* nothing left: returns */
    assert_int_equal(count.runs, 1);
}

static void timer_of_zero_does_not_run_inside_start(void **state)
{
    AUTO(loop) struct loop *loop = make_loop();
    struct count count = { .loop = loop, .wanted = 1 };

    (void)state;
    loop_timer_start(loop, 0, count_run, &count);
    assert_int_equal(count.runs, 0);
    loop_run(loop);
    assert_int_equal(count.runs, 1);
}

static void cancelled_timer_stays_silent(void **state)
{
    AUTO(loop) struct loop *loop = make_loop();
    struct count count = { .loop = loop, .wanted = 1 };

    (void)state;
    loop_timer_cancel(loop_timer_start(loop, 0, count_run, &count));
    loop_timer_cancel(NULL);
    loop_run(loop);
    assert_int_equal(count.runs, 0);
}

static void signal_is_heard_each_time(void **state)
{
    AUTO(loop) struct loop *loop = make_loop();
    struct count count = { .loop = loop, .wanted = 1 };
    struct error err;
    struct loop_signal *handle = loop_signal_start(loop, SIGUSR1, count_run, &count, &err);

    (void)state;
    assert_non_null(handle);
    raise(SIGUSR1);
    loop_run(loop);
    raise(SIGUSR1);
    loop_run(loop);
    assert_int_equal(count.runs, 2);
    loop_signal_cancel(handle);
}

static void turn_runs_once_per_iteration_and_keeps_nothing_alive(void **state)
{
    AUTO(loop) struct loop *loop = make_loop();
    struct count turns = { .loop = loop, .wanted = 1000 }, timer = { .loop = loop, .wanted = 1000 };
    struct loop_turn *turn = loop_turn_start(loop, count_run, &turns);

    (void)state;
    loop_timer_start(loop, 0, count_run, &timer);
    loop_run(loop); /* ends although the turn is still there */
    assert_int_equal(timer.runs, 1);
    assert_true(turns.runs >= 1);
    loop_turn_cancel(turn);
}

static void *send_from_thread(void *wake)
{
    loop_wake_send(wake);
    return NULL;
}

static void wake_from_another_thread_runs_on_the_loop(void **state)
{
    AUTO(loop) struct loop *loop = make_loop();
    struct count count = { .loop = loop, .wanted = 1 };
    struct loop_wake *wake = loop_wake_create(loop, count_run, &count);
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, send_from_thread, wake), 0);
    loop_run(loop);
    pthread_join(thread, NULL);
    assert_int_equal(count.runs, 1);
    loop_wake_destroy(wake);
}

struct job {
    struct loop *loop;
    pthread_t ran_on;
    int started[2]; /* a pipe: the work waits for a byte */
    bool has_worked, is_done, is_released;
};

static void work_on_pool(void *arg)
{
    struct job *job = arg;
    char byte;

    job->ran_on = pthread_self();
    job->has_worked = read(job->started[0], &byte, 1) == 1;
}

static void work_done(void *arg)
{
    struct job *job = arg;

    job->is_done = true;
}

static void work_released(void *arg)
{
    struct job *job = arg;

    job->is_released = true;
    loop_stop(job->loop);
}

static void work_runs_elsewhere_and_ends_on_the_loop(void **state)
{
    AUTO(loop) struct loop *loop = make_loop();
    struct job job = { .loop = loop };

    (void)state;
    assert_int_equal(pipe(job.started), 0);
    loop_work_start(loop, work_on_pool, work_done, work_released, &job);
    assert_int_equal(write(job.started[1], "x", 1), 1);
    loop_run(loop);
    assert_true(job.has_worked && job.is_done && job.is_released);
    assert_false(pthread_equal(job.ran_on, pthread_self()));
    close(job.started[0]);
    close(job.started[1]);
}

static void cancelled_work_is_silent_and_still_released(void **state)
{
    AUTO(loop) struct loop *loop = make_loop();
    struct job job = { .loop = loop };
    struct loop_work *work;

    (void)state;
    assert_int_equal(pipe(job.started), 0);
    work = loop_work_start(loop, work_on_pool, work_done, work_released, &job);
    loop_work_cancel(work);
    assert_int_equal(write(job.started[1], "x", 1), 1);
    loop_run(loop);
    assert_true(job.is_released);
    assert_false(job.is_done);
    close(job.started[0]);
    close(job.started[1]);
}

static void destroy_waits_for_work_that_still_runs(void **state)
{
    struct loop *loop = make_loop();
    struct job job = { .loop = loop };

    (void)state;
    assert_int_equal(pipe(job.started), 0);
    loop_work_cancel(loop_work_start(loop, work_on_pool, work_done, work_released, &job));
    assert_int_equal(write(job.started[1], "x", 1), 1);
    loop_destroy(loop);
    assert_true(job.is_released);
    close(job.started[0]);
    close(job.started[1]);
}

static void clock_runs_on_and_dice_differ(void **state)
{
    struct clock clock = clock_system();
    unsigned char a[32] = { 0 }, b[32] = { 0 };

    (void)state;
    assert_true(clock.mono_ms(clock.ctx) <= clock.mono_ms(clock.ctx));
    assert_true(clock.unix_ms(clock.ctx) > INT64_C(1700000000000));
    clock.random(clock.ctx, a, sizeof(a));
    clock.random(clock.ctx, b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timer_runs_once_and_later),
        cmocka_unit_test(timer_of_zero_does_not_run_inside_start),
        cmocka_unit_test(cancelled_timer_stays_silent),
        cmocka_unit_test(signal_is_heard_each_time),
        cmocka_unit_test(turn_runs_once_per_iteration_and_keeps_nothing_alive),
        cmocka_unit_test(wake_from_another_thread_runs_on_the_loop),
        cmocka_unit_test(work_runs_elsewhere_and_ends_on_the_loop),
        cmocka_unit_test(cancelled_work_is_silent_and_still_released),
        cmocka_unit_test(destroy_waits_for_work_that_still_runs),
        cmocka_unit_test(clock_runs_on_and_dice_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
