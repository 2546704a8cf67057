#include "bot/health.h"

#include "bot/audit/copy.h"
#include "bot/base/time.h"
#include "bot/doors/socket_mode.h"
#include "bot/doors/token.h"
#include "bot/health_watch.h"
#include "bot/metrics/metrics.h"
#include "bot/shell/open_files.h"

#include <stdio.h>
#include <string.h>

#define METRICS_MAX_BYTES (1024 * 1024)

bool health_is_ready(struct health *health)
{
    struct engine_status status;
    bool is_ready;

    if (!health->engine || health->is_stopping)
        return false;
    status = engine_status(health->engine);
    is_ready = status.phase == ENGINE_STANDBY ? status.store_unix_ms != 0
                                              : status.phase == ENGINE_OWNER || status.phase == ENGINE_LOADING;
    is_ready = is_ready || (health->was_ready && status.phase == ENGINE_STANDBY);
    health->was_ready = health->was_ready || is_ready;
    return is_ready;
}

static void answer_status(struct http_request *request, bool is_good)
{
    struct http_reply reply = { .status = is_good ? 200 : 503,
                                .content_type = "application/json",
                                .body =
                                    is_good ? STR_LIT("{\"status\":\"ok\"}\n") : STR_LIT("{\"status\":\"not ok\"}\n") };

    http_in_answer(request, &reply);
}

static void on_live(void *arg, struct http_request *request)
{
    (void)arg;
    answer_status(request, true);
}

static void on_ready(void *arg, struct http_request *request)
{
    answer_status(request, health_is_ready(arg));
}

static void on_startup(void *arg, struct http_request *request)
{
    struct health *health = arg;

    answer_status(request, health_is_ready(health) || health->was_ready);
}

/* ---- detailed ---- */

static bool is_admin(const struct health *health, const struct http_request *request)
{
    return request->is_local || token_find(&health->settings->api, http_request_header(request, "Authorization"));
}

static cJSON *store_to_json(const struct health *health)
{
    cJSON *json = json_object();
    const char *trouble = health->store ? store_redis_trouble(health->store) : "";

    json_set_bool(json, "up", health->store && store_redis_is_up(health->store));
    json_set_string(json, "trouble", trouble[0] ? trouble : NULL); /* also of one that is there, and cannot write */
    if (health->probe && health->probe->version[0]) {
        json_set_string(json, "redis", health->probe->version);
        json_set_string(json, "guarantee", health->probe->guarantee);
        json_set_string(json, "warning", health->probe->warning[0] ? health->probe->warning : NULL);
        json_set_string(json, "appendfsync", health->probe->appendfsync);
        json_set_int(json, "replicas", health->probe->replicas);
    }
    return json;
}

/* By whom, and since when it is only observed. */
static cJSON *adoption_to_json(const struct engine_status *status)
{
    cJSON *json = json_object();

    json_set_bool(json, "observing", status->is_observing);
    json_set_int(json, "at", status->adopted_at_ms);
    json_set_string(json, "by", status->adopted_by);
    if (status->confirmed_at_ms) {
        json_set_int(json, "confirmed_at", status->confirmed_at_ms);
        json_set_string(json, "confirmed_by", status->confirmed_by);
    }
    return json;
}

static cJSON *engine_to_json(const struct engine *engine)
{
    struct engine_status status = engine_status(engine);
    cJSON *json = json_object();

    json_set_string(json, "phase", engine_phase_names[status.phase]);
    json_set_string(json, "why", status.why && status.why[0] ? status.why : NULL);
    json_set_string(json, "owner", status.owner);
    json_set_bool(json, "lease_good", status.is_lease_good);
    if (status.adopted_at_ms)
        json_set(json, "adopted", adoption_to_json(&status));
    json_set_int(json, "seq", status.seq);
    json_set_int(json, "operations", (int64_t)status.operations);
    json_set_int(json, "effects", (int64_t)status.effects);
    json_set_int(json, "timers", (int64_t)status.timers);
    json_set_int(json, "unreadable", (int64_t)status.unreadable);
    json_set_int(json, "dead_letters", (int64_t)status.dead_letters);
    json_set_int(json, "inputs_waiting", (int64_t)status.inputs_waiting);
    json_set_int(json, "commits_in_flight", (int64_t)status.commits_in_flight);
    return json;
}

static cJSON *socket_mode_to_json(const struct socket_mode *socket_mode)
{
    struct socket_mode_counts counts = socket_mode_counts(socket_mode);
    cJSON *json = json_object();

    json_set_int(json, "connections", (int64_t)counts.connections);
    json_set_int(json, "good", (int64_t)counts.good);
    json_set_string(json, "alarm", socket_mode_alarm(socket_mode));
    json_set_int(json, "owed", (int64_t)counts.owed);
    json_set_int(json, "envelopes", (int64_t)counts.envelopes);
    json_set_int(json, "acknowledged", (int64_t)counts.acknowledged);
    json_set_int(json, "late", (int64_t)counts.late);
    json_set_int(json, "dropped", (int64_t)counts.dropped);
    json_set_int(json, "retried", (int64_t)counts.retried);
    return json;
}

static cJSON *audit_to_json(const struct health *health)
{
    struct audit_copy_status status = audit_copy_status(health->audit_copy);
    cJSON *json = json_object();

    json_set_int(json, "holds", (int64_t)health->settings->audit.hold_count);
    if (!status.file)
        return json;
    json_set_string(json, "copy", status.file);
    json_set_bool(json, "writing", status.is_writing);
    json_set_string(json, "trouble", status.trouble);
    json_set_int(json, "entry", status.n);
    json_set_int(json, "missing", (int64_t)status.missing);
    json_set_int(json, "checkpoint_entry", status.checkpoint_n);
    json_set_int(json, "checkpoint_at", status.checkpoint_at_ms);
    return json;
}

/* Told only where they do not suffice: then clients may find no place before limits.connections_max says so. */
static void add_open_files(cJSON *json, const struct limits_settings *limits)
{
    int64_t wanted = limits->connections_max + OPEN_FILES_BESIDE, most = open_files_most();
    cJSON *files;

    if (wanted <= most)
        return;
    files = json_set(json, "open_files", json_object());
    json_set_int(files, "limit", most);
    json_set_int(files, "wanted", wanted);
}

static void on_detailed(void *arg, struct http_request *request)
{
    struct health *health = arg;
    AUTO_FREE char *text = NULL;
    struct http_reply reply;
    cJSON *json;

    if (!is_admin(health, request)) {
        http_in_problem(request, 401, NULL, "For admins: an API token as bearer, or the local socket.");
        return;
    }
    json = json_object();
    json_set_bool(json, "ready", health_is_ready(health));
    json_set_string(json, "instance", health->instance);
    json_set_string(json, "version", OPSGATE_VERSION);
    json_set_int(json, "uptime_s", (loop_now_ms(health->loop) - health->started_mono) / 1000);
    json_set(json, "store", store_to_json(health));
    if (health->engine)
        json_set(json, "engine", engine_to_json(health->engine));
    if (health->engine)
        health_watch_add(json, health->engine);
    if (health->settings->audit.copy || health->settings->audit.hold_count > 0)
        json_set(json, "audit", audit_to_json(health));
    add_open_files(json, &health->settings->limits);
    if (health->socket_mode)
        json_set(json, "socket_mode", socket_mode_to_json(health->socket_mode));
    text = json_print(json);
    cJSON_Delete(json);
    reply = (struct http_reply){ .status = 200, .content_type = "application/json", .body = str_of(text) };
    http_in_answer(request, &reply);
}

/* ---- metrics ---- */

static void on_metrics(void *arg, struct http_request *request)
{
    struct health *health = arg;
    AUTO_BUF struct buf buf = BUF(METRICS_MAX_BYTES);
    struct http_reply reply;

    if (!health->settings->metrics.enabled || !health->engine) {
        http_in_problem(request, health->engine ? 404 : 503, NULL,
                        health->engine ? "Metrics are switched off." : "Starting.");
        return;
    }
    metrics_write(health, &buf);
    reply = (struct http_reply){ .status = 200,
                                 .content_type = "text/plain; version=0.0.4; charset=utf-8",
                                 .body = buf_str(&buf) };
    http_in_answer(request, &reply);
}

static const struct http_route rows[] = {
    { "GET", "/health/live", 0, NULL, on_live, HTTP_ROUTE_VITAL, NULL },
    { "GET", "/health/ready", 0, NULL, on_ready, HTTP_ROUTE_VITAL, NULL },
    { "GET", "/health/startup", 0, NULL, on_startup, HTTP_ROUTE_VITAL, NULL },
    { "GET", "/health/detailed", 0, NULL, on_detailed, HTTP_ROUTE_VITAL, NULL },
    { "GET", "/health/metrics", 0, NULL, on_metrics, HTTP_ROUTE_VITAL, NULL },
    { "GET", "/health", 0, NULL, on_ready, HTTP_ROUTE_VITAL, NULL },
    { "GET", "/metrics", 0, NULL, on_metrics, HTTP_ROUTE_VITAL, NULL },
};

struct http_routes health_routes(struct health *health)
{
    return (struct http_routes){ rows, ARRAY_LEN(rows), health };
}
