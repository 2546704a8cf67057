#include "bot/serve.h"

#include "bot/adoption.h"
#include "bot/carrier.h"
#include "bot/cli_exit.h"
#include "bot/credentials.h"
#include "bot/engine/engine.h"
#include "bot/health.h"
#include "bot/ingress.h"
#include "bot/log.h"
#include "bot/memory_file.h"
#include "bot/refusals.h"
#include "bot/shell/clock.h"
#include "bot/shell/embedded.h"
#include "bot/shell/http_in.h"
#include "bot/shell/http_out.h"
#include "bot/shell/listen.h"
#include "bot/shell/resolve.h"
#include "bot/shell/store_redis.h"
#include "bot/targets_copy.h"
#include "handlers/registry.h"
#include "policy/policy.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REMEMBER_EVERY_MS 500
#define EMBEDDED_AGAIN_MS 1000
#define PROBE_AGAIN_MS 1000
#define DRAIN_MS 2000
#define ACCEPT_WARN_EVERY_MS 60000

struct server {
    const struct configuration *configuration;
    const struct settings *settings;
    struct arena *arena;
    struct loop *loop;
    struct clock clock;
    char instance[80];

    struct embedded *embedded; /* NULL: the store is someone else's server */
    struct resolve *resolve;
    struct store_redis *store;
    struct store store_interface;
    struct store_probe probe;
    struct http_out *http_out;
    struct credentials *credentials;
    struct credential_source credential_source;
    struct replies *replies;
    struct refusals *refusals;
    struct carrier_shell *carrier;
    struct carrier carrier_interface;
    struct ingress *ingress;
    struct http_in *http_in;
    struct http_routes routes[2];
    struct policy *policy;
    struct engine *engine;
    struct adoption *adoption;
    struct targets_copy *targets_copy;
    struct engine_memory memory; /* on file, or on its way there: */
    bool is_memory_new;          /* not written yet */
    bool died_by_own_signal;
    struct health health;
    uint64_t accept_failures_told;
    int64_t accept_warned_mono; /* 0: never */

    struct loop_timer *turn, *remember, *again;
    struct loop_turn *log_turn;
    struct loop_signal *term, *interrupt, *hangup;
    bool is_stopping, is_closing; /* asked to; the engine has, and the doors go */
    int exit_code;
};

static void stop(struct server *s, int exit_code);

/* ---- the engine's turns ---- */

static void engine_turn_now(void *arg);

static void schedule_turn(struct server *s, int64_t after_ms)
{
    loop_timer_cancel(s->turn);
    s->turn = loop_timer_start(s->loop, after_ms, engine_turn_now, s);
}

static void on_engine_stopped(struct server *s);

static void engine_turn_now(void *arg)
{
    struct server *s = arg;
    int64_t next_ms;

    s->turn = NULL;
    next_ms = engine_turn(s->engine);
    if (engine_status(s->engine).phase == ENGINE_STOPPED)
        on_engine_stopped(s);
    else
        schedule_turn(s, next_ms);
}

static void on_wake(void *ctx)
{
    struct server *s = ctx;

    if (s->engine)
        schedule_turn(s, 0);
}

static void write_memory(void *arg)
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
        write_memory(s);
    else if (!s->remember)
        s->remember = loop_timer_start(s->loop, REMEMBER_EVERY_MS, write_memory, s);
}

static void on_log(void *ctx, enum engine_log level, const char *event, const char *text)
{
    (void)ctx;
    if (level == ENGINE_LOG_WARN)
        log_warn(event, LOG_STR("text", text));
    else
        log_info(event, LOG_STR("text", text));
}

static int64_t store_unix_ms(void *ctx)
{
    struct server *s = ctx;

    return s->engine ? engine_status(s->engine).store_unix_ms : 0;
}

static struct ingress_store store_down(const char *why)
{
    return (struct ingress_store){ .is = INGRESS_STORE_DOWN, .why = why };
}

static struct ingress_store store_state(void *ctx)
{
    struct server *s = ctx;
    struct engine_status status;

    if (!s->store)
        return store_down("it is being started");
    if (!store_redis_is_up(s->store))
        return store_down(store_redis_trouble(s->store));
    if (!s->engine)
        return store_down("it is being looked at");
    status = engine_status(s->engine);
    if (status.phase == ENGINE_REFUSED)
        return (struct ingress_store){ .is = INGRESS_STORE_FOREIGN, .why = status.why };
    return status.store_unix_ms ? (struct ingress_store){ .is = INGRESS_STORE_UP }
                                : store_down("it is being looked at");
}

/* ---- start, step by step: each calls the next when it has its answer ---- */

static void start_engine(struct server *s)
{
    s->engine = engine_create(&(struct engine_config){
        .instance = s->instance,
        .store = &s->store_interface,
        .carrier = &s->carrier_interface,
        .clock = &s->clock,
        .settings = s->settings,
        .settings_digest = s->configuration->digest.text,
        .policy = s->policy,
        .verbs = verbs,
        .machines = machines,
        .effect_kinds = effect_kinds,
        .effect_kinds_count = effect_kinds_count,
        .decode = ingress_decode,
        .memory = s->memory,
        .died_by_own_signal = s->died_by_own_signal,
        .ctx = s,
        .wake = on_wake,
        .remember = on_remember,
        .log = on_log,
    });
    s->health.engine = s->engine;
    s->adoption = adoption_start(&(struct adoption_options){ .loop = s->loop,
                                                             .store = &s->store_interface,
                                                             .data_dir = s->settings->data_dir,
                                                             .store_unix_ms = store_unix_ms,
                                                             .ctx = s });
    s->targets_copy = targets_copy_start(s->loop, s->engine, s->settings->data_dir);
    schedule_turn(s, 0);
}

static void on_born(void *arg, enum store_status status, const char *birth)
{
    struct server *s = arg;

    if (status == STORE_OK)
        log_info("store.birth", LOG_STR("birth", birth));
    if (!s->is_stopping)
        start_engine(s);
}

/* A store of our own that nobody has ever used, and a data_dir that knows none: a birth. Elsewhere a person decides. */
static void on_birth_read(void *arg, enum store_status status, const char *birth)
{
    struct server *s = arg;

    if (s->is_stopping)
        return;
    if (status != STORE_OK || birth[0] || !s->embedded || s->memory.birth[0]) {
        start_engine(s);
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
        stop(s, CLI_USAGE);
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
    (void)arg;
    if (is_up)
        log_info("store.up");
    else
        log_warn("store.down", LOG_STR("why", why));
}

static struct carrier_options carrier_options_of(struct server *s)
{
    return (struct carrier_options){ .loop = s->loop,
                                     .http_out = s->http_out,
                                     .replies = s->replies,
                                     .store = s->store,
                                     .settings = s->settings,
                                     .credentials = &s->credential_source,
                                     .instance = s->instance };
}

static bool connect_store(struct server *s, const char *url, struct error *err)
{
    struct store_redis_options options = {
        .loop = s->loop,
        .resolve = s->resolve,
        .url = url,
        .name = s->settings->store.name,
        .instance = s->instance,
        .replicas = s->settings->store.replicas,
        .inbox_high_water = s->settings->limits.inbox_max,
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

static void restart_embedded_later(struct server *s)
{
    embedded_destroy(TAKE(s->embedded));
    if (!s->is_stopping)
        s->again = loop_timer_start(s->loop, EMBEDDED_AGAIN_MS, start_embedded_again, s);
}

static void on_embedded_ready(void *arg, bool was_adopted, const struct error *problem)
{
    struct server *s = arg;
    struct error err;

    if (problem) {
        log_error("embedded.failed", LOG_STR("error", problem->message));
        if (s->store) /* it has served: a full disk may have room again, so we answer "NOT accepted" and go on trying */
            restart_embedded_later(s);
        else
            stop(s, CLI_UNREACHABLE);
        return;
    }
    log_info("embedded.ready", LOG_BOOL("adopted", was_adopted), LOG_INT("pid", embedded_pid(s->embedded)));
    if (!s->store && !s->is_stopping && !connect_store(s, embedded_url(s->embedded), &err)) {
        log_error("store.failed", LOG_STR("error", err.message));
        stop(s, CLI_USAGE);
    }
}

static void on_embedded_died(void *arg, const char *story)
{
    struct server *s = arg;

    log_error("embedded.died", LOG_STR("story", story));
    restart_embedded_later(s);
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

static bool start_store(struct server *s, struct error *err)
{
    return strcmp(s->settings->store.url, "embedded") == 0 ? start_embedded(s, err)
                                                           : connect_store(s, s->settings->store.url, err);
}

/* ---- the doors ---- */

/* Where http_in listens: what a supervisor handed down (its queue outlives a restart), else `listen`. */
static bool listen_outside(struct server *s, struct error *err)
{
    int count = listen_inherited_count();

    for (int i = 0; i < count; i++) {
        int fd;

        if (!listen_inherited(i, &fd, err) || !http_in_listen_fd(s->http_in, fd, err))
            return false;
    }
    return count > 0 || http_in_listen(s->http_in, s->settings->listen, err);
}

static const char *absolute_path(struct server *s, const char *path)
{
    char here[4096];

    if (path[0] == '/' || !getcwd(here, sizeof(here)))
        return path;
    return arena_printf(s->arena, "%s/%s", here, path);
}

static bool start_doors(struct server *s, struct error *err)
{
    const struct limits_settings *limits = &s->settings->limits;
    const char *local = absolute_path(s, settings_local_socket(s->settings, s->arena));
    const char *group = s->settings->local_socket_group;
    struct http_in_options options = {
        .loop = s->loop,
        .routes = s->routes,
        .routes_count = ARRAY_LEN(s->routes),
        .on_turn = ingress_flush,
        .limits = { .header_max_bytes = (size_t)limits->header_max_bytes,
                    .body_total_max_bytes = (size_t)limits->bodies_max_bytes,
                    .connections_max = (unsigned)limits->connections_max,
                    .requests_max = (unsigned)limits->requests_in_flight,
                    .request_ms = limits->request_timeout_ms,
                    .answer_ms = limits->answer_timeout_ms,
                    .keepalive_ms = limits->idle_timeout_ms },
    };

    s->replies = replies_create(s->loop);
    s->refusals = refusals_create(s->http_out);
    s->ingress = ingress_create(&(struct ingress_options){ .loop = s->loop,
                                                           .store = &s->store_interface,
                                                           .replies = s->replies,
                                                           .settings = s->settings,
                                                           .verbs = verbs,
                                                           .instance = s->instance,
                                                           .store_unix_ms = store_unix_ms,
                                                           .store_state = store_state,
                                                           .ctx = s,
                                                           .refuse = refusals_say,
                                                           .refuse_arg = s->refusals });
    options.on_turn_arg = s->ingress;
    s->health.ingress = s->ingress;
    s->health.replies = s->replies;
    s->routes[0] = ingress_routes(s->ingress);
    s->routes[1] = health_routes(&s->health);
    s->http_in = http_in_create(&options, err);
    s->health.http_in = s->http_in;
    return s->http_in && listen_outside(s, err) && http_in_listen(s->http_in, local, err) &&
           (!group || listen_share(local, group, err) || error_wrap(err, "local_socket_group"));
}

/* ---- stop: not ready, no intake, answers, drain, last commit, lease, shells, embedded Redis last ---- */

static void leave_loop(void *arg)
{
    struct server *s = arg;

    embedded_destroy(TAKE(s->embedded));
    loop_stop(s->loop);
}

static void on_doors_closed(void *arg)
{
    struct server *s = arg;

    loop_timer_cancel(TAKE(s->remember));
    loop_timer_cancel(TAKE(s->turn));
    if (s->is_memory_new)
        write_memory(s);
    s->health.carrier = NULL;
    s->health.store = NULL;
    s->health.engine = NULL;
    store_redis_destroy(TAKE(s->store));
    adoption_cancel(TAKE(s->adoption));
    targets_copy_cancel(TAKE(s->targets_copy));
    engine_destroy(TAKE(s->engine)); /* no answer of the store can reach it any more, and it silences the carrier */
    carrier_destroy(TAKE(s->carrier));
    if (s->embedded)
        embedded_stop(s->embedded, leave_loop, s);
    else
        leave_loop(s);
}

static void on_engine_stopped(struct server *s)
{
    if (s->is_closing)
        return; /* it was woken once more, by an answer that came late */
    s->is_closing = true;
    if (s->http_in)
        http_in_stop(s->http_in, DRAIN_MS, on_doors_closed, s);
    else
        on_doors_closed(s);
}

static void on_drained(void *arg)
{
    struct server *s = arg;

    s->again = NULL;
    if (!s->engine) {
        on_engine_stopped(s);
        return;
    }
    if (engine_status(s->engine).phase == ENGINE_REFUSED) { /* a person may just have removed the file */
        loop_timer_cancel(TAKE(s->remember));
        s->is_memory_new = false;
    }
    engine_stop(s->engine, s->settings->graceful_shutdown_timeout_ms / 2);
    schedule_turn(s, 0);
}

static void stop(struct server *s, int exit_code)
{
    if (s->is_stopping)
        return;
    log_info("server.stopping");
    s->is_stopping = s->health.is_stopping = true;
    s->exit_code = exit_code;
    loop_timer_cancel(TAKE(s->again));
    if (s->http_in)
        http_in_quiesce(s->http_in);
    /* those who wait still get their answers: a decision and its reply take milliseconds */
    s->again =
        loop_timer_start(s->loop, s->replies && replies_waiting(s->replies) ? INLINE_REPLY_MS : 0, on_drained, s);
}

static void on_signal(void *arg)
{
    stop(arg, 0);
}

static void on_hangup(void *arg)
{
    (void)arg;
    log_warn("configuration.reload",
             LOG_STR("text", "reading the configuration again is not built yet; restart instead"));
}

/* ---- put together, taken apart ---- */

static bool make_data_dir(const char *path, struct error *err)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return error_errno(err, "data_dir %s", path);
    return access(path, W_OK) == 0 || error_errno(err, "data_dir %s", path);
}

static void name_instance(struct server *s)
{
    unsigned char bytes[3];
    char host[48] = "opsgate";

    gethostname(host, sizeof(host) - 1);
    s->clock.random(s->clock.ctx, bytes, sizeof(bytes));
    snprintf(s->instance, sizeof(s->instance), "%s-%d-%02x%02x%02x", host, (int)getpid(), bytes[0], bytes[1], bytes[2]);
}

static void watch_doors(struct server *s)
{
    uint64_t failures = s->http_in ? http_in_counts(s->http_in).accept_failures : 0;
    int64_t now_mono;

    if (failures == s->accept_failures_told)
        return;
    now_mono = loop_now_ms(s->loop);
    if (s->accept_warned_mono && now_mono - s->accept_warned_mono < ACCEPT_WARN_EVERY_MS)
        return;
    log_warn("http.accept_failed", LOG_INT("times", failures - s->accept_failures_told),
             LOG_STR("text", "no descriptor was left for a client: raise the limit of open files (ulimit -n)"));
    s->accept_failures_told = failures;
    s->accept_warned_mono = now_mono;
}

static void on_turn(void *arg)
{
    watch_doors(arg);
    log_flush();
}

static bool start_signals(struct server *s, struct error *err)
{
    s->term = loop_signal_start(s->loop, SIGTERM, on_signal, s, err);
    s->interrupt = s->term ? loop_signal_start(s->loop, SIGINT, on_signal, s, err) : NULL;
    s->hangup = s->interrupt ? loop_signal_start(s->loop, SIGHUP, on_hangup, s, err) : NULL;
    return s->hangup != NULL;
}

static bool start(struct server *s, struct error *err)
{
    struct resolve_options resolve = { .loop = NULL };
    struct http_out_options out = { .loop = NULL };

    s->loop = loop_create(err);
    if (!s->loop || !make_data_dir(s->settings->data_dir, err) ||
        !memory_file_read(s->settings->data_dir, &s->memory, err))
        return false;
    s->log_turn = loop_turn_start(s->loop, on_turn, s);
    s->died_by_own_signal = memory_file_watch_crashes(s->settings->data_dir, err);
    s->health.loop = s->loop;
    s->health.started_mono = loop_now_ms(s->loop);
    resolve.loop = out.loop = s->loop;
    out.resolve = s->resolve = resolve_create(&resolve);
    s->http_out = http_out_create(&out, err);
    s->credentials = s->http_out ? credentials_create(s->settings, &s->clock, err) : NULL;
    if (!s->credentials)
        return false;
    s->credential_source = credentials_source(s->credentials);
    s->policy = policy_compile(s->settings, NULL, s->arena);
    return start_signals(s, err) && start_doors(s, err) && start_store(s, err);
}

static void take_apart(struct server *s)
{
    loop_timer_cancel(s->turn);
    loop_timer_cancel(s->remember);
    loop_timer_cancel(s->again);
    loop_turn_cancel(s->log_turn);
    loop_signal_cancel(s->term);
    loop_signal_cancel(s->interrupt);
    loop_signal_cancel(s->hangup);
    store_redis_destroy(s->store);
    adoption_cancel(s->adoption);
    targets_copy_cancel(s->targets_copy);
    engine_destroy(s->engine);
    carrier_destroy(s->carrier);
    ingress_destroy(s->ingress);
    replies_destroy(s->replies);
    refusals_destroy(s->refusals);
    http_in_destroy(s->http_in);
    http_out_destroy(s->http_out);
    resolve_destroy(s->resolve);
    credentials_destroy(s->credentials);
    embedded_destroy(s->embedded);
    loop_destroy(s->loop);
    arena_destroy(s->arena);
}

static void tell_what_is_not_built(const struct configuration *configuration)
{
    for (size_t i = 0; i < configuration->not_built_count; i++)
        log_warn("configuration.not_built", LOG_STR("part", configuration->not_built[i]));
    for (size_t i = 0; i < configuration->warnings_count; i++)
        log_warn("configuration.warning", LOG_STR("text", configuration->warnings[i]));
}

int serve(const struct configuration *configuration)
{
    struct server server = { .configuration = configuration,
                             .settings = &configuration->settings,
                             .arena = arena_create(),
                             .clock = clock_system(),
                             .exit_code = 0 };
    struct error err;

    server.health.settings = server.settings;
    server.health.instance = server.instance;
    server.health.probe = &server.probe;
    name_instance(&server);
    tell_what_is_not_built(configuration);
    if (start(&server, &err)) {
        log_info("server.started", LOG_STR("listen", server.settings->listen), LOG_STR("instance", server.instance),
                 LOG_STR("version", OPSGATE_VERSION));
        loop_run(server.loop);
        log_info("server.stopped");
    } else {
        log_error("server.failed", LOG_STR("error", err.message));
        server.exit_code = err.code == ERR_UNAVAILABLE ? CLI_UNREACHABLE : CLI_USAGE;
    }
    take_apart(&server);
    return server.exit_code;
}
