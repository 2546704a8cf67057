/* bench_pace URL PER_SECOND SECONDS: commands at a fixed pace, whether the answers come or not (an open loop).
 *
 * Each command's time runs from when it was due, not from when it could be sent: a server that stalls is not spared the
 * ones that had to wait meanwhile. Prints one line: sent, answered inline, failed, and p50, p99 and the longest in ms.
 */
#include "bot/shell/http_out.h"
#include "tests/bench/command.h"

#include <stdlib.h>
#include <string.h>

#define NUMBERS_FROM INT64_C(5000000000) /* so that no trigger id is one of bench_requests */

struct pace {
    struct loop *loop;
    struct http_out *out;
    const char *url;
    int64_t per_second, total, sent, ended, inline_count, failed;
    double began_ms, *took_ms; /* of each that was answered inline */
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

    if (answer->status == 200 && answer->body.len >= BENCH_INLINE_MIN_BYTES)
        pace->took_ms[pace->inline_count++] = now_ms() - sent->due_ms;
    else
        pace->failed++;
    free(sent);
    if (++pace->ended == pace->total)
        loop_stop(pace->loop);
}

static void send_one(struct pace *pace, double due_ms)
{
    struct bench_command command = bench_command_make(NUMBERS_FROM + pace->sent);
    const struct http_header headers[] = {
        { "Content-Type", BENCH_TYPE },
        { "X-Slack-Request-Timestamp", command.timestamp },
        { "X-Slack-Signature", command.signature.text },
    };
    const struct http_call call = { .method = "POST",
                                    .url = pace->url,
                                    .headers = headers,
                                    .header_count = ARRAY_LEN(headers),
                                    .body = str_of(command.body),
                                    .timeout_ms = 5000 };
    struct sent *sent = xcalloc(1, sizeof(*sent));
    struct error err;

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

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double percentile(const struct pace *pace, int64_t percent)
{
    return pace->inline_count ? pace->took_ms[(pace->inline_count - 1) * percent / 100] : 0;
}

int main(int argc, char **argv)
{
    struct error err;
    struct pace pace = { .url = argc > 1 ? argv[1] : "" };
    int64_t seconds;

    if (argc != 4 || !parse_int(str_of(argv[2]), 1, 100000, &pace.per_second, &err) ||
        !parse_int(str_of(argv[3]), 1, 3600, &seconds, &err)) {
        fprintf(stderr, "usage: bench_pace URL PER_SECOND SECONDS\n");
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
    qsort(pace.took_ms, (size_t)pace.inline_count, sizeof(double), by_size);
    printf("%lld %lld %lld %.2f %.2f %.2f\n", (long long)pace.sent, (long long)pace.inline_count,
           (long long)pace.failed, percentile(&pace, 50), percentile(&pace, 99), percentile(&pace, 100));
    http_out_destroy(pace.out);
    loop_destroy(pace.loop);
    free(pace.took_ms);
    return 0;
}
