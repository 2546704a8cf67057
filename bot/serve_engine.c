#include "bot/server.h"

#include "bot/doors/decode.h"
#include "bot/log.h"
#include "handlers/facts.h"
#include "handlers/registry.h"

#define REMEMBER_EVERY_MS 500

static void engine_turn_now(void *arg);

void server_schedule_turn(struct server *s, int64_t after_ms)
{
    loop_timer_cancel(s->turn);
    s->turn = loop_timer_start(s->loop, after_ms, engine_turn_now, s);
}

static void engine_turn_now(void *arg)
{
    struct server *s = arg;
    int64_t next_ms;

    s->turn = NULL;
    next_ms = engine_turn(s->engine);
    if (engine_status(s->engine).phase == ENGINE_STOPPED)
        server_engine_stopped(s);
    else
        server_schedule_turn(s, next_ms);
}

static void on_wake(void *ctx)
{
    struct server *s = ctx;

    if (s->engine)
        server_schedule_turn(s, 0);
}

void server_write_memory(void *arg)
{
    struct server *s = arg;
    struct error err;

    s->remember = NULL;
    if (!memory_file_write(s->settings->data_dir, &s->memory, &err))
        log_error("memory.write", LOG_STR("error", err.message));
    else
        s->is_memory_new = false;
}

static void on_remember(void *ctx, const struct engine_memory *memory)
{
    struct server *s = ctx;
    bool is_first = !s->memory.birth[0];

    s->memory = *memory;
    s->is_memory_new = true;
    if (is_first)
        server_write_memory(s);
    else if (!s->remember)
        s->remember = loop_timer_start(s->loop, REMEMBER_EVERY_MS, server_write_memory, s);
}

static void on_log(void *ctx, enum engine_log level, const char *event, const char *text)
{
    (void)ctx;
    if (level == ENGINE_LOG_WARN)
        log_warn(event, LOG_STR("text", text));
    else
        log_info(event, LOG_STR("text", text));
}

static bool on_note(void *ctx, struct without_store_act *act, struct arena *arena, struct error *err)
{
    const struct server *s = ctx;

    return last_owner_note(s->last_owner, act, arena, err);
}

int64_t server_store_unix_ms(void *ctx)
{
    struct server *s = ctx;

    return s->engine ? engine_status(s->engine).store_unix_ms : 0;
}

/* While it is down nothing is handed to it: an answer that never comes would only be waited for. Nor while it may be
 * another one than we know: what that one has taken is told to nobody any more. */
static int64_t time_to_adopt(void *ctx)
{
    struct server *s = ctx;

    if (!s->store || !store_redis_is_up(s->store) || !s->engine || !engine_knows_store(s->engine, s->store_up_mono))
        return 0;
    return server_store_unix_ms(s);
}

static bool is_owned(void *ctx, const char **ret_birth, int64_t *ret_seq)
{
    struct server *s = ctx;
    struct engine_status status;

    *ret_birth = s->memory.birth;
    *ret_seq = s->memory.seq;
    if (!s->engine)
        return false;
    status = engine_status(s->engine);
    return status.phase == ENGINE_OWNER && status.is_lease_good;
}

static void start_audit_copy(struct server *s)
{
    s->audit_copy = audit_copy_start(&(struct audit_copy_options){ .loop = s->loop,
                                                                   .clock = &s->clock,
                                                                   .store = s->store,
                                                                   .settings = &s->settings->audit,
                                                                   .instance = s->instance,
                                                                   .owned = is_owned,
                                                                   .ctx = s });
    s->health.audit_copy = s->audit_copy;
}

void server_start_engine(struct server *s)
{
    s->last_owner = last_owner_create(s->settings->data_dir);
    s->engine = engine_create(&(struct engine_config){
        .instance = s->instance,
        .store = &s->store_interface,
        .carrier = &s->carrier_interface,
        .clock = &s->clock,
        .settings = s->settings,
        .settings_digest = s->configuration->digest.text,
        .policy = s->policy,
        .rights = s->rights,
        .verbs = verbs,
        .machines = machines,
        .listeners = listeners,
        .facts = facts_of_view,
        .effect_kinds = effect_kinds,
        .effect_kinds_count = effect_kinds_count,
        .decode = decode_item,
        .observer = metrics_observer(&s->metrics),
        .memory = s->memory,
        .died_by_own_signal = s->died_by_own_signal,
        .ctx = s,
        .wake = on_wake,
        .remember = on_remember,
        .log = on_log,
        .note = on_note,
    });
    s->health.engine = s->api.engine = s->engine;
    s->api.store = s->store;
    s->adoption = adoption_start(&(struct adoption_options){ .loop = s->loop,
                                                             .store = &s->store_interface,
                                                             .data_dir = s->settings->data_dir,
                                                             .store_unix_ms = time_to_adopt,
                                                             .ctx = s });
    s->targets_copy = targets_copy_start(s->loop, s->engine, s->settings->data_dir);
    start_audit_copy(s);
    server_schedule_turn(s, 0);
}
