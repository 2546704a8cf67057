#include "bot/server.h"

#include "bot/cli/exit.h"
#include "bot/cli/store_url.h"
#include "bot/log.h"

#include <string.h>

#define EMBEDDED_AGAIN_MS 1000  /* before one that fails is tried again */
#define EMBEDDED_SERVED_MS 5000 /* so long: the next one is started at once */
#define PROBE_AGAIN_MS 1000

/* ---- step by step: each calls the next when it has its answer ---- */

static void on_born(void *arg, enum store_status status, const char *birth)
{
    struct server *s = arg;

    if (status == STORE_OK)
        log_info("store.birth", LOG_STR("birth", birth));
    if (!s->is_stopping)
        server_start_engine(s);
}

/* A store of our own that nobody has ever used, and a data_dir that knows none: a birth. Elsewhere a person decides. */
static void on_birth_read(void *arg, enum store_status status, const char *birth)
{
    struct server *s = arg;

    if (s->is_stopping)
        return;
    if (status != STORE_OK || birth[0] || !s->embedded || s->memory.birth[0]) {
        server_start_engine(s);
        return;
    }
    store_redis_birth_create(s->store, store_birth_make(&s->clock).text, on_born, s);
}

static void probe_store(void *arg);

static void on_probed(void *arg, const struct store_probe *probe)
{
    struct server *s = arg;

    if (s->is_stopping)
        return;
    s->probe = *probe;
    if (probe->status != STORE_OK) {
        log_warn("store.unreachable", LOG_STR("why", store_redis_trouble(s->store)));
        s->again = loop_timer_start(s->loop, PROBE_AGAIN_MS, probe_store, s);
        return;
    }
    if (probe->refusal[0]) {
        log_error("store.refused", LOG_STR("why", probe->refusal));
        server_stop(s, CLI_USAGE);
        return;
    }
    log_info("store.probed", LOG_STR("redis", probe->version), LOG_STR("guarantee", probe->guarantee));
    if (probe->warning[0])
        log_warn("store.weak", LOG_STR("why", probe->warning));
    store_redis_birth_read(s->store, on_birth_read, s);
}

static void probe_store(void *arg)
{
    struct server *s = arg;

    s->again = NULL;
    store_redis_probe(s->store, on_probed, s);
}

static void on_told(void *arg, struct str message)
{
    struct server *s = arg;

    if (s->carrier)
        carrier_told(s->carrier, message);
}

static void on_store_state(void *arg, bool is_up, const char *why)
{
    struct server *s = arg;

    if (is_up) {
        s->store_up_mono = s->clock.mono_ms(s->clock.ctx);
        log_info("store.up");
    } else {
        log_warn("store.down", LOG_STR("why", why));
    }
}

static struct carrier_options carrier_options_of(struct server *s)
{
    return (struct carrier_options){ .loop = s->loop,
                                     .http_out = s->http_out,
                                     .replies = s->replies,
                                     .store = s->store,
                                     .settings = s->settings,
                                     .credentials = &s->credential_source,
                                     .instance = s->instance,
                                     .reload = server_reload,
                                     .reload_arg = s };
}

static bool connect_store(struct server *s, const char *url, struct error *err)
{
    struct store_redis_options options = {
        .loop = s->loop,
        .resolve = s->resolve,
        .url = url,
        .login = store_login(&s->settings->store),
        .name = s->settings->store.name,
        .instance = s->instance,
        .replicas = s->settings->store.replicas,
        .inbox_high_water = s->settings->limits.inbox_max,
        .is_embedded = strcmp(s->settings->store.url, "embedded") == 0,
        .is_ephemeral_accepted = s->settings->store.ephemeral == EPHEMERAL_ACCEPTED,
        .on_told = on_told,
        .on_state = on_store_state,
        .arg = s,
    };
    struct carrier_options carrier;

    s->store = store_redis_create(&options, err);
    if (!s->store)
        return error_wrap(err, "store.url");
    s->store_interface = store_redis_interface(s->store);
    s->health.store = s->store;
    metrics_watch_store(&s->metrics, s->loop, s->store);
    carrier = carrier_options_of(s);
    s->carrier = carrier_create(&carrier);
    s->carrier_interface = carrier_interface(s->carrier);
    s->health.carrier = s->carrier;
    probe_store(s);
    return true;
}

/* ---- the embedded server ---- */

static bool start_embedded(struct server *s, struct error *err);

static void start_embedded_again(void *arg)
{
    struct server *s = arg;
    struct error err;

    s->again = NULL;
    if (!start_embedded(s, &err)) {
        log_error("embedded.start", LOG_STR("error", err.message));
        s->again = loop_timer_start(s->loop, EMBEDDED_AGAIN_MS, start_embedded_again, s);
    }
}

static void restart_embedded(struct server *s, int64_t after_ms)
{
    embedded_destroy(TAKE(s->embedded));
    if (!s->is_stopping)
        s->again = loop_timer_start(s->loop, after_ms, start_embedded_again, s);
}

static void log_cut(const struct aof_cut *cut)
{
    if (cut->bytes > 0)
        log_warn("aof.cut", LOG_STR("file", cut->path), LOG_INT("at_byte", cut->at_byte), LOG_INT("bytes", cut->bytes),
                 LOG_STR("kept_in", cut->kept_in));
}

static void on_embedded_ready(void *arg, bool was_adopted, const struct error *problem)
{
    struct server *s = arg;
    struct error err;

    log_cut(embedded_cut(s->embedded));
    if (problem) {
        log_error("embedded.failed", LOG_STR("error", problem->message));
        if (s->store) /* it has served: a full disk may have room again, so we answer "NOT accepted" and go on trying */
            restart_embedded(s, EMBEDDED_AGAIN_MS);
        else
            server_stop(s, CLI_UNREACHABLE);
        return;
    }
    s->embedded_ready_mono = s->clock.mono_ms(s->clock.ctx);
    log_info("embedded.ready", LOG_BOOL("adopted", was_adopted), LOG_INT("pid", embedded_pid(s->embedded)));
    if (!s->store && !s->is_stopping && !connect_store(s, embedded_url(s->embedded), &err)) {
        log_error("store.failed", LOG_STR("error", err.message));
        server_stop(s, CLI_USAGE);
    }
}

static void on_embedded_died(void *arg, const char *story)
{
    struct server *s = arg;
    int64_t served_ms = s->clock.mono_ms(s->clock.ctx) - s->embedded_ready_mono;
    int64_t again_ms = served_ms > EMBEDDED_SERVED_MS ? 0 : EMBEDDED_AGAIN_MS;

    log_error("embedded.died", LOG_STR("story", story), LOG_INT("served_ms", served_ms), LOG_INT("again_ms", again_ms));
    restart_embedded(s, again_ms);
}

static bool start_embedded(struct server *s, struct error *err)
{
    struct embedded_options options = {
        .loop = s->loop,
        .data_dir = s->settings->data_dir,
        .maxmemory_bytes = s->settings->store.memory_bytes,
        .is_ephemeral_accepted = s->settings->store.ephemeral == EPHEMERAL_ACCEPTED,
        .on_ready = on_embedded_ready,
        .on_died = on_embedded_died,
        .arg = s,
    };

    s->embedded = embedded_start(&options, err);
    return s->embedded != NULL;
}

bool server_start_store(struct server *s, struct error *err)
{
    return strcmp(s->settings->store.url, "embedded") == 0 ? start_embedded(s, err)
                                                           : connect_store(s, s->settings->store.url, err);
}
