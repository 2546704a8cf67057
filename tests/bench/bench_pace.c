/* bench_pace KIND URL PER_SECOND SECONDS: requests at a fixed pace, whether the answers come or not (an open loop).
 *
 * Each one's time runs from when it was due, not from when it could be sent: a server that stalls is not spared the
 * ones that had to wait meanwhile. Prints one line: sent, answered as they should be, failed, and p50, p99 and the
 * longest in ms.
 */
#include "bot/shell/http_out.h"
#include "tests/bench/requests.h"
#include "tests/bench/times.h"

#include <string.h>

#define NUMBERS_FROM INT64_C(5000000000) /* so that no id is one of bench_requests */

struct pace {
    struct loop *loop;
    struct http_out *out;
    const struct bench_kind *kind;
    const char *url;
    int64_t per_second, total, sent, ended, answered, failed;
    double began_ms, *took_ms; /* of each that was answered as it should be */
};

struct sent {
    struct pace *pace;
    double due_ms;
};

static double now_ms(void)
{
    return (double)uv_hrtime() / 1e6;
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct sent *sent = arg;
    struct pace *pace = sent->pace;

    if (answer->status == pace->kind->status && answer->body.len >= pace->kind->min_bytes)
        pace->took_ms[pace->answered++] = now_ms() - sent->due_ms;
    else
        pace->failed++;
    free(sent);
    if (++pace->ended == pace->total)
        loop_stop(pace->loop);
}

static void send_one(struct pace *pace, double due_ms)
{
    struct bench_request request = { .header_count = 0 };
    struct http_call call = { .method = "POST", .url = pace->url, .headers = request.headers, .timeout_ms = 5000 };
    struct sent *sent = xcalloc(1, sizeof(*sent));
    struct error err;

    pace->kind->make(NUMBERS_FROM + pace->sent, &request);
    call.header_count = request.header_count;
    call.body = str_of(request.body);
    *sent = (struct sent){ pace, due_ms };
    pace->sent++;
    if (!http_out_start(pace->out, &call, on_answer, sent, &err)) {
        fprintf(stderr, "bench_pace: %s\n", err.message);
        exit(2);
    }
}

static void on_tick(void *arg);
static void tick_again(struct pace *pace)
{
    loop_timer_start(pace->loop, 1, on_tick, pace);
}

static void on_tick(void *arg)
{
    struct pace *pace = arg;
    double at_ms = now_ms();

    while (pace->sent < pace->total) {
        double due_ms = pace->began_ms + (double)pace->sent * 1000.0 / (double)pace->per_second;

        if (due_ms > at_ms)
            break;
        send_one(pace, due_ms);
    }
    if (pace->sent < pace->total)
        tick_again(pace);
}

int main(int argc, char **argv)
{
    struct error err;
    struct pace pace = { .kind = argc == 5 ? bench_kind_find(argv[1]) : NULL, .url = argc > 2 ? argv[2] : "" };
    int64_t seconds;

    if (!pace.kind || !parse_int(str_of(argv[3]), 1, 100000, &pace.per_second, &err) ||
        !parse_int(str_of(argv[4]), 1, 3600, &seconds, &err)) {
        fprintf(stderr, "usage: bench_pace command|event URL PER_SECOND SECONDS\n");
        return 2;
    }
    pace.loop = loop_create(&err);
    if (pace.loop)
        pace.out = http_out_create(&(struct http_out_options){ .loop = pace.loop, .host_max = 256 }, &err);
    if (!pace.out) {
        fprintf(stderr, "bench_pace: %s\n", err.message);
        return 2;
    }
    pace.total = pace.per_second * seconds;
    pace.took_ms = xcalloc((size_t)pace.total, sizeof(double));
    pace.began_ms = now_ms();
    tick_again(&pace);
    loop_run(pace.loop);
    printf("%lld %lld %lld ", (long long)pace.sent, (long long)pace.answered, (long long)pace.failed);
    times_tell(pace.took_ms, (size_t)pace.answered);
    http_out_destroy(pace.out);
    loop_destroy(pace.loop);
    free(pace.took_ms);
    return 0;
}
