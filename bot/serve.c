#include "bot/serve.h"

#include "bot/cli/exit.h"
#include "bot/log.h"
#include "bot/model/reload.h"
#include "bot/server.h"
#include "bot/shell/listen.h"
#include "bot/shell/open_files.h"
#include "handlers/registry.h"
#include "handlers/runbook/asked.h"
#include "policy/lint.h"
#include "policy/policy.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAIN_MS 2000
#define COPY_END_MS 2000 /* of the journal's copy, when its disk or its store are slow */
#define DOORS_WAIT_MS 2000
#define DOORS_LOOK_MS 20
#define LARGE_BYTES (256 * 1024)
#define ACCEPT_WARN_EVERY_MS 60000
#define ALARM_AFTER_MS 2000 /* a burst is told as one */

/* ---- the doors ---- */

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
    return status.store_unix_ms ? (struct ingress_store){ INGRESS_STORE_UP, store_redis_trouble(s->store) }
                                : store_down("it is being looked at");
}

static bool listen_on_inherited(struct server *s, struct error *err)
{
    for (int i = 0; i < listen_inherited_count(); i++) {
        int fd;

        if (!listen_inherited(i, &fd, err) || !http_in_listen_fd(s->http_in, fd, err))
            return false;
    }
    return true;
}

/* In the queue of a socket that was handed down whoever comes waits, and is better off there than answered that nothing is
 * accepted yet: until the store is up, or for as long as Slack has patience for an answer. */
static void open_when_up(void *arg)
{
    struct server *s = arg;
    struct error err;

    s->doors_wait = NULL;
    if (s->is_stopping)
        return;
    if (store_state(s).is != INGRESS_STORE_UP && loop_now_ms(s->loop) - s->health.started_mono < DOORS_WAIT_MS) {
        s->doors_wait = loop_timer_start(s->loop, DOORS_LOOK_MS, open_when_up, s);
    } else if (!listen_on_inherited(s, &err)) {
        log_error("server.failed", LOG_STR("error", err.message));
        server_stop(s, CLI_USAGE);
    }
}

/* Where http_in listens: what a supervisor handed down (its queue outlives a restart), else `listen`. */
static bool listen_outside(struct server *s, struct error *err)
{
    if (listen_inherited_count() == 0)
        return http_in_listen(s->http_in, s->settings->listen, err);
    s->doors_wait = loop_timer_start(s->loop, 0, open_when_up, s);
    return true;
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
                                                           .store_unix_ms = server_store_unix_ms,
                                                           .store_state = store_state,
                                                           .ctx = s,
                                                           .refuse = refusals_say,
                                                           .refuse_arg = s->refusals,
                                                           .alarm_after_ms = ALARM_AFTER_MS });
    options.on_turn_arg = s->ingress;
    s->health.ingress = s->api.ingress = s->ingress;
    s->api.loop = s->loop;
    api_start(&s->api);
    s->health.replies = s->replies;
    s->routes[0] = ingress_routes(s->ingress);
    s->routes[1] = health_routes(&s->health);
    s->routes[2] = api_routes(&s->api);
    s->dashboard = dashboard_create(&(struct dashboard_options){ .loop = s->loop,
                                                                 .clock = &s->clock,
                                                                 .settings = s->settings,
                                                                 .ingress = s->ingress,
                                                                 .http_out = s->http_out,
                                                                 .credentials = &s->credential_source });
    s->routes[3] = dashboard_routes(s->dashboard);
    s->api.sessions = dashboard_sessions(s->dashboard);
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
        server_write_memory(s);
    s->health.carrier = NULL;
    s->health.store = NULL;
    metrics_leave_store(&s->metrics);
    s->health.engine = s->api.engine = NULL;
    server_end_socket(s); /* before the store, whose end has envelopes left unacknowledged: Slack sends events again */
    store_redis_destroy(TAKE(s->store));
    api_leave_store(&s->api);
    if (s->ingress)
        ingress_leave_store(s->ingress); /* the loop runs on: what it holds back must not go there any more */
    adoption_cancel(TAKE(s->adoption));
    targets_copy_cancel(TAKE(s->targets_copy));
    s->health.audit_copy = NULL;
    audit_copy_cancel(TAKE(s->audit_copy));
    engine_destroy(TAKE(s->engine)); /* no answer of the store can reach it any more, and it silences the carrier */
    last_owner_destroy(TAKE(s->last_owner));
    carrier_destroy(TAKE(s->carrier));
    if (s->embedded)
        embedded_stop(s->embedded, leave_loop, s);
    else
        leave_loop(s);
}

static void close_doors(void *arg)
{
    struct server *s = arg;

    if (s->http_in)
        http_in_stop(s->http_in, DRAIN_MS, on_doors_closed, s);
    else
        on_doors_closed(s);
}

void server_engine_stopped(struct server *s)
{
    if (s->is_closing)
        return; /* it was woken once more, by an answer that came late */
    s->is_closing = true;
    if (s->audit_copy)
        audit_copy_finish(s->audit_copy, COPY_END_MS, close_doors, s);
    else
        close_doors(s);
}

static void on_drained(void *arg)
{
    struct server *s = arg;

    s->again = NULL;
    if (!s->engine) {
        server_engine_stopped(s);
        return;
    }
    if (engine_status(s->engine).phase == ENGINE_REFUSED) { /* a person may just have removed the file */
        loop_timer_cancel(TAKE(s->remember));
        s->is_memory_new = false;
    }
    engine_stop(s->engine, s->settings->graceful_shutdown_timeout_ms / 2);
    server_schedule_turn(s, 0);
}

void server_stop(struct server *s, int exit_code)
{
    if (s->is_stopping)
        return;
    log_info("server.stopping");
    server_tell_stopping(s);
    s->is_stopping = s->health.is_stopping = true;
    s->exit_code = exit_code;
    loop_timer_cancel(TAKE(s->again));
    loop_timer_cancel(TAKE(s->doors_wait));
    if (s->http_in)
        http_in_quiesce(s->http_in);
    server_leave_socket(s);
    /* those who wait still get their answers: a decision and its reply take milliseconds */
    s->again =
        loop_timer_start(s->loop, s->replies && replies_waiting(s->replies) ? INLINE_REPLY_MS : 0, on_drained, s);
}

static void on_signal(void *arg)
{
    server_stop(arg, 0);
}

static void on_hangup(void *arg)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct server *s = arg;
    struct reloaded ignored; /* the log has it */

    if (!s->is_stopping)
        server_reload(s, NULL, arena, &ignored);
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
    s->credentials = s->http_out ? credentials_create(s->settings, &s->clock) : NULL;
    if (!s->credentials || !credentials_reconfigure(s->credentials, s->settings, err))
        return false;
    s->credential_source = credentials_source(s->credentials);
    s->policy = policy_compile(s->settings, NULL, s->configuration->zones, s->arena);
    s->rights = server_rights(s->configuration, s->arena);
    return start_signals(s, err) && start_doors(s, err) && server_start_store(s, err) && server_start_socket(s, err);
}

/* It ends as it was asked to: who asks once more, until the very end, changes nothing about its exit status. */
static void end_signals(struct server *s)
{
    loop_signal_cancel(s->term);
    loop_signal_cancel(s->interrupt);
    loop_signal_cancel(s->hangup);
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

static void take_apart(struct server *s)
{
    loop_timer_cancel(s->turn);
    loop_timer_cancel(s->remember);
    loop_timer_cancel(s->again);
    loop_timer_cancel(s->doors_wait);
    loop_turn_cancel(s->log_turn);
    end_signals(s);
    server_end_supervisor(s);
    server_end_socket(s);
    store_redis_destroy(s->store);
    api_leave_store(&s->api);
    adoption_cancel(s->adoption);
    targets_copy_cancel(s->targets_copy);
    audit_copy_cancel(s->audit_copy);
    engine_destroy(s->engine);
    last_owner_destroy(s->last_owner);
    carrier_destroy(s->carrier);
    ingress_destroy(s->ingress); /* who waits for a name is told so, and that may be the dashboard's */
    dashboard_destroy(s->dashboard);
    replies_destroy(s->replies);
    refusals_destroy(s->refusals);
    http_in_destroy(s->http_in);
    api_finish(&s->api);
    http_out_destroy(s->http_out);
    resolve_destroy(s->resolve);
    credentials_destroy(s->credentials);
    embedded_destroy(s->embedded);
    loop_destroy(s->loop);
    metrics_finish(&s->metrics);
    server_drop_earlier(s);
    configuration_destroy(s->reloaded);
    arena_destroy(s->arena);
}

static void tell_refused_releases(const struct configuration *configuration)
{
    const struct lint_input input = { .settings = &configuration->settings,
                                      .step_asks = runbook_step_asks,
                                      .zones = configuration->zones };
    struct arena *arena = arena_create();
    size_t count;
    const struct lint_finding *findings = policy_lint_releases(&input, arena, &count);

    for (size_t i = 0; i < count; i++)
        log_warn("configuration.warning", LOG_STR("text", findings[i].sentence), LOG_STR("rule", findings[i].rule));
    arena_destroy(arena);
}

void server_tell_configuration(const struct configuration *configuration)
{
    for (size_t i = 0; i < configuration->warnings_count; i++)
        log_warn("configuration.warning", LOG_STR("text", configuration->warnings[i]));
    tell_refused_releases(configuration);
}

static void raise_open_files(const struct limits_settings *limits)
{
    int64_t wanted = limits->connections_max + OPEN_FILES_BESIDE;

    open_files_raise();
    if (open_files_most() < wanted)
        log_warn("server.open_files", LOG_INT("limit", open_files_most()), LOG_INT("wanted", wanted),
                 LOG_STR("text", "limits.connections_max is more than the limit of open files holds: raise that "
                                 "(LimitNOFILE in its unit, ulimit -Hn), or lower the former"));
}

int serve(const struct configuration *configuration)
{
    struct server server = { .configuration = configuration,
                             .settings = &configuration->settings,
                             .arena = arena_create(),
                             .clock = clock_system(),
                             .exit_code = 0 };
    struct error err;

    /* A large body goes back to the system once it is let go of: left alone, malloc keeps ever larger ones in its heap,
     * with the holes between them. */
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    server.health.settings = server.api.settings = server.settings;
    server.health.instance = server.instance;
    server.health.probe = &server.probe;
    server.health.metrics = &server.metrics;
    name_instance(&server);
    server_tell_configuration(configuration);
    raise_open_files(&server.settings->limits);
    if (start(&server, &err)) {
        log_info("server.started", LOG_STR("listen", server.settings->listen), LOG_STR("instance", server.instance),
                 LOG_STR("version", OPSGATE_VERSION));
        server_start_supervisor(&server);
        loop_run(server.loop);
        log_info("server.stopped");
    } else {
        log_error("server.failed", LOG_STR("error", err.message));
        server.exit_code = err.code == ERR_UNAVAILABLE ? CLI_UNREACHABLE : CLI_USAGE;
    }
    take_apart(&server);
    return server.exit_code;
}
