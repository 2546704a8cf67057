/* serve_supervisor.c - what systemd is told (Type=notify): ready, reloading, stopping, how it stands, and that it is
 * alive.
 *
 * Ready: as /health/ready is; or as far as it comes by itself: whoever is told why the store is not there, or is not
 * ours, gains nothing from a start that is taken for failed, and begun anew.
 *
 * Alive: the watchdog is fed from a turn of the loop, and only while the store answers, or is known not to. A store
 * that is away is no reason to end us: the next process would find it no better, nobody would hear "NOT accepted"
 * meanwhile, and the last owner, who alone can give a bad canary's traffic back then, would be gone. What starves the
 * watchdog is a loop that does not turn, and a connection that is taken for up and over which nothing was answered all
 * the while: both are faults of ours that a new process does not have. Its SIGABRT counts as a crash of our own: an
 * input that hangs us is tried three times, and then lies in dead letters.
 */
#include "bot/server.h"

#include "bot/shell/notify.h"
#include "bot/shell/store_redis.h"

#include <stdio.h>
#include <string.h>

#define FEEDS_A_WATCHDOG 4      /* three may be missed */
#define LOOK_EVERY_MS 10000     /* at how it stands, where nobody watches */
#define START_LOOK_MS 100       /* until it is ready */
#define START_PATIENCE_MS 20000 /* from then on it is as ready as it can be; far less than TimeoutStartSec= */
#define STOP_BESIDE_MS 20000    /* what an end takes besides graceful_shutdown_timeout: the doors, the private Redis */

struct supervisor {
    struct server *server;
    struct notify *notify;
    struct loop_timer *look;
    int64_t watchdog_ms;
    int64_t since_mono;
    uint64_t answers; /* of the store, when the watchdog was fed last */
    bool is_ready;    /* and it was told so */
    char status[256]; /* as it was told */
};

static uint64_t answers_of_store(const struct server *s)
{
    const struct histograms *times = s->store ? store_redis_times(s->store) : NULL;
    uint64_t count = 0;

    for (size_t i = 0; times && i < times->count; i++)
        count += times->list[i].count;
    return count;
}

static bool is_store_known_down(const struct server *s)
{
    return s->store && !store_redis_is_up(s->store) && store_redis_trouble(s->store)[0];
}

static bool is_as_ready_as_can_be(const struct supervisor *v)
{
    struct server *s = v->server;

    return health_is_ready(&s->health) || is_store_known_down(s) ||
           (s->engine && engine_status(s->engine).phase == ENGINE_REFUSED) ||
           loop_now_ms(s->loop) - v->since_mono > START_PATIENCE_MS;
}

static void describe(const struct server *s, char *text, size_t size)
{
    struct engine_status status = { .phase = ENGINE_STANDBY };

    if (s->engine)
        status = engine_status(s->engine);
    if (is_store_known_down(s))
        snprintf(text, size, "nothing is accepted, the store is down: %s", store_redis_trouble(s->store));
    else if (!s->engine)
        snprintf(text, size, "the store is being started");
    else if (status.phase == ENGINE_REFUSED)
        snprintf(text, size, "refused: %s", status.why);
    else if (status.phase == ENGINE_STANDBY)
        snprintf(text, size, "standing by for %s", status.owner && status.owner[0] ? status.owner : "nobody yet");
    else
        snprintf(text, size, "deciding");
}

static void tell_status(struct supervisor *v)
{
    char status[sizeof(v->status)], lines[sizeof(v->status) + 16];

    describe(v->server, status, sizeof(status));
    for (char *at = status; (at = strchr(at, '\n'));)
        *at = ' '; /* it would begin another word of the protocol */
    if (strcmp(status, v->status) == 0)
        return;
    snprintf(lines, sizeof(lines), "STATUS=%s", status);
    if (notify_send(v->notify, lines))
        memcpy(v->status, status, sizeof(status));
}

static void feed_watchdog(struct supervisor *v)
{
    const struct server *s = v->server;
    uint64_t answers = answers_of_store(s);
    bool is_expected = s->engine && store_redis_is_up(s->store) && !s->is_stopping;

    if (is_expected && answers == v->answers)
        return;
    if (notify_send(v->notify, "WATCHDOG=1"))
        v->answers = answers;
}

static int64_t next_look_ms(const struct supervisor *v)
{
    int64_t every_ms = v->watchdog_ms ? v->watchdog_ms / FEEDS_A_WATCHDOG : LOOK_EVERY_MS;

    if (every_ms > LOOK_EVERY_MS)
        every_ms = LOOK_EVERY_MS;
    return v->is_ready || every_ms < START_LOOK_MS ? every_ms : START_LOOK_MS;
}

static void on_look(void *arg)
{
    struct supervisor *v = arg;

    v->look = NULL;
    if (!v->is_ready && !v->server->is_stopping && is_as_ready_as_can_be(v))
        v->is_ready = notify_send(v->notify, "READY=1");
    if (!v->server->is_stopping)
        tell_status(v);
    if (v->watchdog_ms)
        feed_watchdog(v);
    v->look = loop_timer_start(v->server->loop, next_look_ms(v), on_look, v);
}

void server_start_supervisor(struct server *s)
{
    struct notify *notify = notify_open();
    struct supervisor *v;

    if (!notify)
        return;
    v = s->supervisor = xcalloc(1, sizeof(*v));
    v->server = s;
    v->notify = notify;
    v->watchdog_ms = notify_watchdog_ms();
    v->since_mono = loop_now_ms(s->loop);
    v->look = loop_timer_start(s->loop, 0, on_look, v);
}

void server_end_supervisor(struct server *s)
{
    struct supervisor *v = TAKE(s->supervisor);

    if (!v)
        return;
    loop_timer_cancel(v->look);
    notify_close(v->notify);
    free(v);
}

void server_tell_reloading(struct server *s)
{
    char lines[64];

    if (!s->supervisor)
        return;
    snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(clock_mono_ns() / 1000));
    notify_send(s->supervisor->notify, lines);
}

/* Unlike the first time it has to be told now: it is waited for. Where it was not ready before, it is by then. */
void server_tell_reloaded(struct server *s)
{
    if (s->supervisor)
        s->supervisor->is_ready = notify_send(s->supervisor->notify, "READY=1");
}

void server_tell_stopping(struct server *s)
{
    char lines[64];

    if (!s->supervisor)
        return;
    snprintf(lines, sizeof(lines), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld",
             (long long)(s->settings->graceful_shutdown_timeout_ms + STOP_BESIDE_MS) * 1000);
    notify_send(s->supervisor->notify, lines);
}
