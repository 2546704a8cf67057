/* line.c - calls that a peer counts wait their turn: looks.h. */
#include "bot/carrier/internal.h"

#include <utlist.h>

static void on_turn(void *arg)
{
    struct carrier_job *job = arg;

    job->later = NULL;
    job->awaits = NULL;
    carrier_job_go_on(job);
}

static void wait(struct carrier_job *job, int64_t wait_ms)
{
    loop_timer_cancel(job->later);
    job->later = loop_timer_start(job->carrier->options.loop, wait_ms, on_turn, job);
}

enum line carrier_line_take(struct carrier_job *job, const struct http_call *call)
{
    struct carrier_shell *carrier = job->carrier;
    bool is_further = text_equal(call->limit, job->limit);
    int64_t wait_ms = looks_take(carrier->looks, call->limit, is_further, loop_now_ms(carrier->options.loop));

    if (wait_ms > LOOKS_WAIT_MAX_MS) {
        job->limit = NULL;
        job->held_ms = wait_ms;
        return LINE_TOO_LONG;
    }
    if (wait_ms > 0) {
        job->awaits = call->limit;
        wait(job, wait_ms);
        return LINE_WAITS;
    }
    job->limit = call->limit;
    return LINE_GOES;
}

/* Whoever has waited longest for that looks at once whether it is their turn: it may be sooner than it looked. */
void carrier_line_answered(struct carrier_job *job, const struct http_answer *answer)
{
    struct carrier_shell *carrier = job->carrier;
    struct carrier_job *other;

    looks_answered(carrier->looks, job->limit, answer, loop_now_ms(carrier->options.loop));
    DL_FOREACH(carrier->jobs, other)
        if (text_equal(job->limit, other->awaits)) {
            wait(other, 0);
            return;
        }
}
