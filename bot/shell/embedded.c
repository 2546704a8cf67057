#include "bot/shell/embedded.h"

#include "bot/shell/embedded_place.h"
#include "bot/shell/embedded_server.h"
#include "bot/shell/lock_file.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 20          /* while something is awaited */
#define ADOPTED_TICK_MS 250 /* how soon the death of one that is not our child is seen */

static void on_tick(void *arg);

/* ---- phases ---- */

static int64_t now_ms(const struct embedded *embedded)
{
    return loop_now_ms(embedded->options.loop);
}

static void tick_after(struct embedded *embedded, int64_t after_ms)
{
    loop_timer_cancel(embedded->tick);
    embedded->tick = loop_timer_start(embedded->options.loop, after_ms, on_tick, embedded);
}

void embedded_enter_phase(struct embedded *embedded, enum embedded_phase phase, int64_t limit_ms)
{
    embedded->phase = phase;
    embedded->until_ms = now_ms(embedded) + limit_ms;
    tick_after(embedded, TICK_MS);
}

static void be_over(struct embedded *embedded)
{
    embedded->phase = EMBEDDED_IS_OVER;
    embedded->pid = 0;
    loop_timer_cancel(embedded->tick);
    embedded->tick = NULL;
    redis_destroy(embedded->redis);
    embedded->redis = NULL;
}

static void signal_holders(const struct embedded *embedded, int number)
{
    pid_t pids[EMBEDDED_HOLDERS_MAX];
    size_t count = lock_file_holders(embedded->redis_lock_path, pids, ARRAY_LEN(pids));

    for (size_t i = 0; i < count; i++)
        kill(pids[i], number);
}

void embedded_fail(struct embedded *embedded, const struct error *err)
{
    be_over(embedded);
    signal_holders(embedded, SIGTERM);
    embedded->options.on_ready(embedded->options.arg, false, err);
}

void embedded_be_ready(struct embedded *embedded, pid_t pid)
{
    bool was_adopted = embedded->child == NULL;

    embedded->phase = EMBEDDED_IS_READY;
    embedded->pid = pid;
    loop_timer_cancel(embedded->tick);
    embedded->tick = NULL;
    if (was_adopted)
        tick_after(embedded, ADOPTED_TICK_MS);
    embedded->options.on_ready(embedded->options.arg, was_adopted, NULL);
}

void embedded_die(struct embedded *embedded, const char *how)
{
    char lines[EMBEDDED_STORY_BYTES], story[EMBEDDED_STORY_BYTES + 128];

    be_over(embedded);
    embedded_log_last_lines(embedded->log_path, lines, sizeof(lines));
    snprintf(story, sizeof(story), "the embedded redis-server %s: %s", how, lines);
    embedded->options.on_died(embedded->options.arg, story);
}

/* ---- stopping ---- */

static void on_shut_down(void *arg, const struct redis_answer *answer)
{
    struct embedded *embedded = arg;

    if (answer->outcome == REDIS_REFUSED)
        embedded->until_ms = 0; /* it says no: the next way at the next tick */
}

static void stop_by_command(struct embedded *embedded)
{
    struct redis_command command = REDIS_COMMAND();

    redis_command_words(&command, "SHUTDOWN NOSAVE"); /* the append-only file is flushed and fsynced all the same */
    if (embedded->redis && redis_is_up(embedded->redis))
        redis_send(embedded->redis, &command, EMBEDDED_STOP_MS, on_shut_down, embedded);
    else
        embedded->until_ms = 0;
    redis_command_finish(&command);
}

static void stop_by_term(struct embedded *embedded)
{
    signal_holders(embedded, SIGTERM);
}

static void stop_by_kill(struct embedded *embedded)
{
    signal_holders(embedded, SIGKILL);
}

static void (*const stop_steps[])(struct embedded *embedded) = { stop_by_command, stop_by_term, stop_by_kill };

static void next_stop_step(struct embedded *embedded)
{
    embedded->until_ms = now_ms(embedded) + EMBEDDED_STOP_MS;
    if (embedded->stop_step < ARRAY_LEN(stop_steps))
        stop_steps[embedded->stop_step++](embedded);
}

static void begin_to_stop(struct embedded *embedded, enum embedded_phase phase)
{
    embedded_enter_phase(embedded, phase, EMBEDDED_STOP_MS);
    embedded->stop_step = 0;
    next_stop_step(embedded);
}

static void be_stopped(struct embedded *embedded)
{
    loop_fn on_stopped = embedded->on_stopped;
    void *arg = embedded->stopped_arg;

    be_over(embedded);
    on_stopped(arg);
}

/* ---- ticks: what each phase awaits ---- */

static bool is_late(const struct embedded *embedded)
{
    return now_ms(embedded) >= embedded->until_ms;
}

static void restart(struct embedded *embedded)
{
    struct error err;

    if (!embedded_start_or_adopt(embedded, &err))
        embedded_fail(embedded, &err);
}

static void tick_adopting(struct embedded *embedded)
{
    bool is_loading = strstr(redis_trouble(embedded->redis), "LOADING") != NULL;

    if (lock_file_is_free(embedded->redis_lock_path)) {
        restart(embedded);
    } else if (is_late(embedded) && is_loading) {
        embedded_enter_phase(embedded, EMBEDDED_IS_ADOPTING, embedded->options.ready_ms);
    } else if (is_late(embedded)) {
        begin_to_stop(embedded, EMBEDDED_IS_STOPPING_ORPHAN);
    } else {
        tick_after(embedded, TICK_MS);
    }
}

static void tick_stopping_orphan(struct embedded *embedded)
{
    struct error err;

    if (lock_file_is_free(embedded->redis_lock_path)) {
        restart(embedded);
        return;
    }
    if (is_late(embedded) && embedded->stop_step == ARRAY_LEN(stop_steps)) {
        error_set(&err, ERR_UNAVAILABLE, "%s is held by a process that cannot be stopped", embedded->redis_lock_path);
        embedded_fail(embedded, &err);
        return;
    }
    if (is_late(embedded))
        next_stop_step(embedded);
    tick_after(embedded, TICK_MS);
}

static void tick_starting(struct embedded *embedded)
{
    struct error err;

    if (!is_late(embedded)) {
        tick_after(embedded, TICK_MS);
        return;
    }
    error_set(&err, ERR_UNAVAILABLE, "the embedded redis-server is not ready in time: %s",
              redis_trouble(embedded->redis));
    embedded_fail(embedded, &err);
}

static void tick_ready(struct embedded *embedded)
{
    if (lock_file_is_free(embedded->redis_lock_path))
        embedded_die(embedded, "that we had adopted ended");
    else
        tick_after(embedded, ADOPTED_TICK_MS);
}

static void tick_stopping(struct embedded *embedded)
{
    if (!embedded->child && lock_file_is_free(embedded->redis_lock_path)) {
        be_stopped(embedded);
        return;
    }
    if (is_late(embedded))
        next_stop_step(embedded);
    tick_after(embedded, TICK_MS);
}

static void (*const ticks[])(struct embedded *embedded) = {
    [EMBEDDED_IS_ADOPTING] = tick_adopting, [EMBEDDED_IS_STOPPING_ORPHAN] = tick_stopping_orphan,
    [EMBEDDED_IS_STARTING] = tick_starting, [EMBEDDED_IS_READY] = tick_ready,
    [EMBEDDED_IS_STOPPING] = tick_stopping,
};

static void on_tick(void *arg)
{
    struct embedded *embedded = arg;

    embedded->tick = NULL;
    ticks[embedded->phase](embedded);
}

/* ---- what the header promises ---- */

static void set_defaults(struct embedded_options *options)
{
    options->redis_server = xstrdup(options->redis_server ? options->redis_server : "redis-server");
    options->data_dir = realpath(options->data_dir, NULL);
    if (!options->maxmemory_bytes)
        options->maxmemory_bytes = EMBEDDED_MEMORY_BYTES;
    if (!options->ready_ms)
        options->ready_ms = EMBEDDED_READY_MS;
    if (!options->adopt_ms)
        options->adopt_ms = EMBEDDED_ADOPT_MS;
}

static bool take_data_dir(struct embedded *embedded, struct error *err)
{
    const char *data_dir = embedded->options.data_dir;

    if (!embedded_check_file_system(data_dir, embedded->options.is_ephemeral_accepted, err))
        return false;
    embedded->directory = embedded_path(data_dir, "redis");
    embedded->own_lock_path = embedded_path(data_dir, "opsgate.lock");
    embedded->redis_lock_path = embedded_path(data_dir, "redis.lock");
    embedded->log_path = embedded_path(embedded->directory, "redis.log");
    if (!lock_file_take(embedded->own_lock_path, &embedded->own_lock, err)) {
        if (err->code == ERR_CONFLICT)
            error_set(err, ERR_CONFLICT, "another opsgate runs on data_dir %s", data_dir);
        return false;
    }
    return embedded_make_directory(embedded->directory, err) &&
           embedded_write_url(embedded->directory, embedded->url, sizeof(embedded->url), err);
}

struct embedded *embedded_start(const struct embedded_options *options, struct error *err)
{
    AUTO(embedded) struct embedded *embedded = xcalloc(1, sizeof(*embedded));

    embedded->own_lock = -1;
    embedded->options = *options;
    set_defaults(&embedded->options);
    if (!embedded->options.data_dir) {
        error_errno(err, "data_dir %s", options->data_dir);
        return NULL;
    }
    if (!take_data_dir(embedded, err) || !embedded_start_or_adopt(embedded, err))
        return NULL;
    return TAKE(embedded);
}

const char *embedded_url(const struct embedded *embedded)
{
    return embedded->url;
}

pid_t embedded_pid(const struct embedded *embedded)
{
    return embedded->pid;
}

const struct aof_cut *embedded_cut(const struct embedded *embedded)
{
    return &embedded->cut;
}

void embedded_stop(struct embedded *embedded, loop_fn on_stopped, void *arg)
{
    embedded->on_stopped = on_stopped;
    embedded->stopped_arg = arg;
    begin_to_stop(embedded, EMBEDDED_IS_STOPPING);
}

void embedded_destroy(struct embedded *embedded)
{
    if (!embedded)
        return;
    loop_timer_cancel(embedded->tick);
    redis_destroy(embedded->redis);
    child_forget(embedded->child);
    if (embedded->own_lock >= 0)
        close(embedded->own_lock);
    free((void *)embedded->options.redis_server);
    free((void *)embedded->options.data_dir);
    free(embedded->directory);
    free(embedded->own_lock_path);
    free(embedded->redis_lock_path);
    free(embedded->log_path);
    free(embedded);
}
