/* loop.h - the one libuv loop: timers, signals, turns, wake-ups from other threads, long work on the pool.
 *
 * Everything here belongs to the loop's thread, except loop_wake_send. Each start gives a handle; what it started runs
 * later, on the loop, never inside start; after cancel it never runs. cancel and destroy accept NULL. A one-shot handle
 * (timer, work) is gone once its callback begins: forget it there, first thing.
 */
#ifndef OPSGATE_SHELL_LOOP_H
#define OPSGATE_SHELL_LOOP_H

#include "bot/base/error.h"

#include <stdint.h>
#include <uv.h>

struct loop;
typedef void (*loop_fn)(void *arg);

/* Also ignores SIGPIPE for the whole process: a peer that is gone is an error of write, not a death. */
struct loop *loop_create(struct error *err);
/* Waits for what is already cancelled: closing handles, work that a pool thread still runs. Whoever started something
 * has cancelled it before; a handle left open is a bug and fails an assertion. Work that hangs longer than
 * LOOP_CLOSE_MAX_MS is left behind with the loop's memory; exit(3) would wait for it, _exit(2) does not. */
void loop_destroy(struct loop *loop);
AUTO_DEFINE(loop)
#define LOOP_CLOSE_MAX_MS 10000

void loop_run(struct loop *loop);       /* until loop_stop, or until nothing is left to wait for */
void loop_run_once(struct loop *loop);  /* one turn; waits for something to happen when nothing has */
void loop_stop(struct loop *loop);      /* loop_run returns after this turn */
uv_loop_t *loop_uv(struct loop *loop);  /* borrowed, for the other shells */
int64_t loop_now_ms(struct loop *loop); /* CLOCK_BOOTTIME, read fresh */

/* Runs fn once, after_ms from now (0: in the next turn). Never NULL. */
struct loop_timer;
struct loop_timer *loop_timer_start(struct loop *loop, int64_t after_ms, loop_fn fn, void *arg);
void loop_timer_cancel(struct loop_timer *timer);

/* Runs fn at each arrival of `number` (SIGTERM, SIGHUP...), until cancelled. NULL with err: the system refused. */
struct loop_signal;
struct loop_signal *loop_signal_start(struct loop *loop, int number, loop_fn fn, void *arg, struct error *err);
void loop_signal_cancel(struct loop_signal *signal);

/* Runs fn once per turn of the loop, after timers and before it waits for descriptors: the place to send what a turn
 * gathered. Does not keep the loop alive, nor wake it. Several run in no particular order. */
struct loop_turn;
struct loop_turn *loop_turn_start(struct loop *loop, loop_fn fn, void *arg);
void loop_turn_cancel(struct loop_turn *turn);

/* Runs fn on the loop soon after loop_wake_send, which any thread may call; many sends may give one run. */
struct loop_wake;
struct loop_wake *loop_wake_create(struct loop *loop, loop_fn fn, void *arg);
void loop_wake_send(struct loop_wake *wake); /* any thread, while the wake lives */
void loop_wake_destroy(struct loop_wake *wake);

/* Runs `work` on a pool thread, then `on_done` on the loop. After cancel `on_done` never runs, but `work` may still be
 * running: what arg points to must outlive it, so `release` (may be NULL) is always called once on the loop, last,
 * after on_done or instead of it. The pool has four threads: nothing that can hang for long belongs here. */
struct loop_work;
struct loop_work *loop_work_start(struct loop *loop, loop_fn work, loop_fn on_done, loop_fn release, void *arg);
void loop_work_cancel(struct loop_work *work);

#endif
