/* crash_load GOLDEN LEDGER FIFO: webhooks at a pace, whether the answers come or not, and the kill -9 of whoever should
 * answer.
 *
 * Orders come as lines of the pipe:
 *   aim URL              everything goes there from now on
 *   pace N               so many a second, 0: none
 *   large EVERY BYTES    every so many one of GitHub's is so large; 0: none
 *   slow N               so many connections that send a large body, a byte at a time
 *   kill NAME PID...     a handful at once, and while one of them is unanswered: kill -9, all of these
 *   note NAME            what else happens to somebody now
 *   end                  nothing new is sent, what is out is waited for
 *
 * What came of each is a line of the ledger, with tabs: sender, id, sent at and ended at in unix ms, status (0: no
 * answer), 1 when it may have left, Retry-After, how many kills there were before it was sent. A kill is the line:
 * "kill", its name, when in unix ms, how many were unanswered; "note" is one like it. PagerDuty and Alertmanager tell
 * again, with the same id, until it is taken; GitHub does not, but now and then something is delivered a second time.
 */
#include "bot/shell/clock.h"
#include "bot/shell/http_out.h"
#include "tests/e2e/crash/orders.h"
#include "tests/e2e/crash/sender.h"
#include "tests/e2e/crash/slow.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 5
#define BURST 4 /* unanswered when somebody is killed */
#define KILL_WITHIN_MS 4
#define AGAIN_MS 400 /* of who tells again, here */
#define TIMEOUT_MS 15000
#define CONNECTIONS 256
#define KEPT_MAX 20000 /* beyond that nothing is sent */
#define PIDS_MAX 4

struct load {
    struct loop *loop;
    struct http_out *out;
    struct clock clock;
    struct senders *senders;
    struct slow *slow;
    FILE *ledger;
    char url[200];
    int64_t pace, due_us, large_every, large_bytes, count;
    int64_t kept, unanswered; /* kept: not done with, unanswered now or to be told again */
    bool is_ending;
    char kill_name[40];
    int64_t kills;
    pid_t kill_pids[PIDS_MAX];
    size_t kill_count;
};

struct sent {
    struct load *load;
    struct delivery delivery;
    int64_t sent_ms, kills_before;
    bool is_again;
};

static void send_it(struct sent *sent);

static int64_t unix_ms(const struct load *load)
{
    return load->clock.unix_ms(load->clock.ctx);
}

static void end_when_done(struct load *load)
{
    if (load->is_ending && load->kept == 0)
        loop_stop(load->loop);
}

/* ---- deliveries ---- */

static void free_sent(struct sent *sent)
{
    sent->load->kept--;
    delivery_finish(&sent->delivery);
    end_when_done(sent->load);
    free(sent);
}

static void send_again(void *arg)
{
    struct sent *sent = arg;

    sent->is_again = true;
    if (sent->load->is_ending)
        free_sent(sent);
    else
        send_it(sent);
}

static bool is_wanted_again(const struct sent *sent, int status)
{
    if (sent->delivery.sender != SENDER_GITHUB)
        return status == 0 || status == 429 || status >= 500;
    return !sent->is_again && sent->delivery.id[0] == '0'; /* one of sixteen */
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct sent *sent = arg;

    sent->load->unanswered--;
    fprintf(sent->load->ledger, "%s\t%s\t%lld\t%lld\t%d\t%d\t%lld\t%lld\n", sender_names[sent->delivery.sender],
            sent->delivery.id, (long long)sent->sent_ms, (long long)unix_ms(sent->load), answer->status,
            answer->status != 0 || answer->was_sent, (long long)http_answer_retry_after_ms(answer),
            (long long)sent->kills_before);
    if (!sent->load->is_ending && is_wanted_again(sent, answer->status))
        loop_timer_start(sent->load->loop, AGAIN_MS, send_again, sent);
    else
        free_sent(sent);
}

static void send_it(struct sent *sent)
{
    struct load *load = sent->load;
    char url[256];
    struct http_call call = { .method = "POST",
                              .url = url,
                              .headers = sent->delivery.headers,
                              .header_count = sent->delivery.header_count,
                              .body = delivery_body(&sent->delivery),
                              .timeout_ms = TIMEOUT_MS };
    struct error err;

    snprintf(url, sizeof(url), "%s%s", load->url, sender_paths[sent->delivery.sender]);
    sent->sent_ms = unix_ms(load);
    sent->kills_before = load->kills;
    load->unanswered++;
    if (!http_out_start(load->out, &call, on_answer, sent, &err)) {
        fprintf(stderr, "crash_load: %s\n", err.message);
        exit(2);
    }
}

static void send_new(struct load *load)
{
    struct sent *sent;
    bool is_large = load->large_every > 0 && load->count % load->large_every == 0;

    if (load->kept >= KEPT_MAX)
        return;
    load->count++;
    load->kept++;
    sent = xcalloc(1, sizeof(*sent));
    sent->load = load;
    delivery_init(load->senders, is_large ? (size_t)load->large_bytes : 0, &sent->delivery);
    send_it(sent);
}

static void on_tick(void *arg)
{
    struct load *load = arg;

    if (load->is_ending)
        return;
    loop_timer_start(load->loop, TICK_MS, on_tick, load);
    for (load->due_us += load->pace * TICK_MS * 1000; load->due_us >= 1000000; load->due_us -= 1000000)
        send_new(load);
}

/* ---- kill -9 ---- */

static void on_kill(void *arg)
{
    struct load *load = arg;
    int64_t unanswered = load->unanswered;

    if (unanswered == 0) { /* too late: all were taken already */
        send_new(load);
        loop_timer_start(load->loop, 1, on_kill, load);
        return;
    }
    for (size_t i = 0; i < load->kill_count; i++)
        kill(load->kill_pids[i], SIGKILL);
    load->kills++;
    fprintf(load->ledger, "kill\t%s\t%lld\t%lld\n", load->kill_name, (long long)unix_ms(load), (long long)unanswered);
}

static void order_kill(void *arg, struct str rest)
{
    struct load *load = arg;
    struct str name = str_take_word(&rest);
    unsigned char die;
    int64_t pid;
    struct error err;

    snprintf(load->kill_name, sizeof(load->kill_name), STR_FMT, STR_ARG(name));
    load->kill_count = 0;
    for (struct str word = str_take_word(&rest); !str_is_empty(word); word = str_take_word(&rest))
        if (load->kill_count < PIDS_MAX && parse_int(word, 2, INT32_MAX, &pid, &err))
            load->kill_pids[load->kill_count++] = (pid_t)pid;
    for (int i = 0; i < BURST; i++)
        send_new(load);
    load->clock.random(load->clock.ctx, &die, 1);
    loop_timer_start(load->loop, 1 + die % KILL_WITHIN_MS, on_kill, load);
}

static void order_note(void *arg, struct str rest)
{
    struct load *load = arg;
    struct str name = str_take_word(&rest);

    fprintf(load->ledger, "note\t" STR_FMT "\t%lld\t%lld\n", STR_ARG(name), (long long)unix_ms(load),
            (long long)load->unanswered);
}

/* ---- orders ---- */

static void order_aim(void *arg, struct str rest)
{
    struct load *load = arg;
    struct str url = str_take_word(&rest);

    snprintf(load->url, sizeof(load->url), STR_FMT, STR_ARG(url));
}

static void order_pace(void *arg, struct str rest)
{
    struct load *load = arg;
    load->pace = orders_number(&rest);
}

static void order_large(void *arg, struct str rest)
{
    struct load *load = arg;
    load->large_every = orders_number(&rest);
    load->large_bytes = load->large_every > 0 ? orders_number(&rest) : 0;
}

static void order_slow(void *arg, struct str rest)
{
    struct load *load = arg;
    slow_aim(load->slow, load->url, (size_t)orders_number(&rest));
}

static void order_end(void *arg, struct str rest)
{
    struct load *load = arg;
    (void)rest;
    if (load->is_ending)
        return;
    load->is_ending = true;
    slow_aim(load->slow, load->url, 0);
    end_when_done(load);
}

static const struct order orders[] = {
    { "aim", order_aim },   { "pace", order_pace }, { "large", order_large }, { "slow", order_slow },
    { "kill", order_kill }, { "note", order_note }, { "end", order_end },     { NULL, NULL },
};

static bool start(struct load *load, char **argv, struct error *err)
{
    load->clock = clock_system();
    load->senders = senders_create(argv[1], err);
    load->loop = load->senders ? loop_create(err) : NULL;
    if (!load->loop)
        return false;
    load->out = http_out_create(&(struct http_out_options){ .loop = load->loop, .host_max = CONNECTIONS }, err);
    load->ledger = fopen(argv[2], "a");
    if (!load->out || !load->ledger)
        return load->ledger || error_set(err, ERR_INTERNAL, "%s cannot be written", argv[2]);
    setvbuf(load->ledger, NULL, _IOLBF, 0);
    load->slow = slow_create(load->loop);
    loop_timer_start(load->loop, TICK_MS, on_tick, load);
    return orders_start(load->loop, argv[3], orders, load, err) != NULL;
}

int main(int argc, char **argv)
{
    struct load load = { 0 };
    struct error err = { 0 };

    if (argc != 4) {
        fprintf(stderr, "usage: crash_load GOLDEN LEDGER FIFO\n");
        return 2;
    }
    if (!start(&load, argv, &err)) {
        fprintf(stderr, "crash_load: %s\n", err.message);
        return 2;
    }
    loop_run(load.loop);
    fclose(load.ledger);
    http_out_destroy(load.out);
    _exit(0); /* timers of what is not told again are left as they are */
}
