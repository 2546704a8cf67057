#include "bot/dashboard/errand.h"

#include <utlist.h>

struct errand {
    struct errands *errands;
    struct exchange_run *run;
    struct http_out_call *call;
    struct loop_timer *timer; /* to begin, and then its deadline */
    cJSON *args;
    errand_done_fn on_done;
    void *arg;
    struct errand *prev, *next;
};

struct errands {
    struct errands_options options;
    struct errand *list;
    size_t count;
};

struct errands *errands_create(const struct errands_options *options)
{
    struct errands *errands = xcalloc(1, sizeof(*errands));

    errands->options = *options;
    return errands;
}

/* Lets go first, then tells. */
static void end(struct errand *errand, bool is_told)
{
    struct errand ended = *errand;

    DL_DELETE(ended.errands->list, errand);
    ended.errands->count--;
    http_out_cancel(ended.call);
    loop_timer_cancel(ended.timer);
    free(errand);
    ended.on_done(ended.arg, is_told ? exchange_run_end(ended.run) : NULL);
    exchange_run_destroy(ended.run);
    cJSON_Delete(ended.args);
}

void errands_destroy(struct errands *errands)
{
    if (!errands)
        return;
    while (errands->list)
        end(errands->list, false);
    free(errands);
}

bool errands_is_idle(const struct errands *errands)
{
    return errands->count == 0;
}

static void go_on(struct errand *errand);

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct errand *errand = arg;

    errand->call = NULL;
    exchange_run_answer(errand->run, answer);
    go_on(errand);
}

/* Makes the next call, or ends. A call that cannot be made is answered as one that never left. */
static void go_on(struct errand *errand)
{
    const struct http_call *call;

    while ((call = exchange_run_next(errand->run)) != NULL) {
        struct http_answer answer = { .was_sent = false };
        struct error err;

        errand->call = http_out_start(errand->errands->options.http_out, call, on_answer, errand, &err);
        if (errand->call)
            return;
        answer.failure = err.message;
        exchange_run_answer(errand->run, &answer);
    }
    end(errand, true);
}

static void on_late(void *arg)
{
    struct errand *errand = arg;

    errand->timer = NULL;
    exchange_run_expire(errand->run);
    end(errand, true);
}

static void on_begin(void *arg)
{
    struct errand *errand = arg;

    errand->timer = loop_timer_start(errand->errands->options.loop, ERRAND_MS, on_late, errand);
    go_on(errand);
}

static bool may_send(void *arg) /* it only asks, and changes nothing: no lease is needed */
{
    (void)arg;
    return true;
}

bool errands_start(struct errands *errands, exchange_fn step, const struct settings *settings, cJSON *args,
                   errand_done_fn on_done, void *arg)
{
    struct errand *errand;

    if (errands->count == ERRANDS_MAX) {
        cJSON_Delete(args);
        return false;
    }
    errand = xcalloc(1, sizeof(*errand));
    *errand = (struct errand){ .errands = errands, .args = args, .on_done = on_done, .arg = arg };
    errand->run = exchange_run_create(
        &(struct exchange_run_options){ .step = step,
                                        .settings = settings,
                                        .credentials = errands->options.credentials,
                                        .args = args,
                                        .unix_ms = errands->options.clock->unix_ms(errands->options.clock->ctx),
                                        .may_send = may_send });
    errand->timer = loop_timer_start(errands->options.loop, 0, on_begin, errand);
    DL_APPEND(errands->list, errand);
    errands->count++;
    return true;
}
