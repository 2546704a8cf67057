#include "server.h"

#include "control.h"
#include "google/metadata.h"
#include "page.h"
#include "slack/api.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_MAX_BYTES (4 << 20)
#define CONNECTIONS_MAX 400
#define IDLE_TIMEOUT_S 120

struct server {
    int listen_fd;
    uint16_t port;
    char host[64];
    struct world *world;
    bool quiet;
    struct MHD_Daemon *daemon;
};

/* One request while its body is still arriving. */
struct visit {
    struct buf body;
};

/* ---- the simulated services ---- */

static void serve_slack(struct world *world, const struct request *request, struct reply *reply)
{
    slack_serve_api(world->slack, request, reply);
}

static void serve_response(struct world *world, const struct request *request, struct reply *reply)
{
    slack_serve_response(world->slack, request, reply);
}

static void serve_upload(struct world *world, const struct request *request, struct reply *reply)
{
    slack_serve_upload(world->slack, request, reply);
}

static void serve_run(struct world *world, const struct request *request, struct reply *reply)
{
    run_serve(world->run, world->tokens, request, reply);
}

static void serve_app(struct world *world, const struct request *request, struct reply *reply)
{
    run_serve_app(world->run, world->tokens, request, reply);
}

static void serve_github(struct world *world, const struct request *request, struct reply *reply)
{
    github_serve(world->github, request, reply);
}

static void serve_pagerduty(struct world *world, const struct request *request, struct reply *reply)
{
    pagerduty_serve(world->pagerduty, request, reply);
}

static void serve_statuspage(struct world *world, const struct request *request, struct reply *reply)
{
    statuspage_serve(world->statuspage, request, reply);
}

static void serve_prometheus(struct world *world, const struct request *request, struct reply *reply)
{
    prometheus_serve(world->prometheus, request, reply);
}

static void serve_monitoring(struct world *world, const struct request *request, struct reply *reply)
{
    monitoring_serve(world->monitoring, world->run, world->databases, world->tokens, request, reply);
}

static void serve_sqladmin(struct world *world, const struct request *request, struct reply *reply)
{
    database_serve_sql(world->databases, world->tokens, request, reply);
}

static void serve_redis(struct world *world, const struct request *request, struct reply *reply)
{
    database_serve_redis(world->databases, world->tokens, request, reply);
}

static void serve_compute(struct world *world, const struct request *request, struct reply *reply)
{
    armor_serve(world->armor, world->tokens, request, reply);
}

static void serve_logging(struct world *world, const struct request *request, struct reply *reply)
{
    logging_serve(world->logging, world->tokens, request, reply);
}

static void serve_registry(struct world *world, const struct request *request, struct reply *reply)
{
    registry_serve(world->registry, world->tokens, request, reply);
}

static void serve_metadata(struct world *world, const struct request *request, struct reply *reply)
{
    metadata_serve(world->tokens, request, reply);
}

static void serve_openid(struct world *world, const struct request *request, struct reply *reply)
{
    openid_serve(world->openid, world->slack, request, reply);
}

static void serve_token(struct world *world, const struct request *request, struct reply *reply)
{
    oauth_serve(world->oauth, world->tokens, request, reply);
}

static const struct service_door {
    const char *prefix; /* cut off before the service sees the path */
    const char *name;   /* in the call log and for faults */
    void (*serve)(struct world *world, const struct request *request, struct reply *reply); /* under the lock */
} doors[] = {
    { "/slack/api", "slack", serve_slack },
    { "/slack/response", "response", serve_response },
    { "/slack/upload", "upload", serve_upload },
    { "/run", "run", serve_run },
    { "/app", "app", serve_app },
    { "/prometheus", "prometheus", serve_prometheus },
    { "/monitoring", "monitoring", serve_monitoring },
    { "/sqladmin", "sqladmin", serve_sqladmin },
    { "/redis", "redis", serve_redis },
    { "/compute", "compute", serve_compute },
    { "/logging", "logging", serve_logging },
    { "/github", "github", serve_github },
    { "/pagerduty", "pagerduty", serve_pagerduty },
    { "/statuspage", "statuspage", serve_statuspage },
    { "/registry", "registry", serve_registry },
    { "/metadata", "metadata", serve_metadata },
    { "/token", "metadata", serve_token },
    { "/openid", "openid", serve_openid },
};

/* A row more than the doors: a fault may come before, instead of, or after what the service does. Holds the lock,
 * except while it waits. False: close the connection without an answer. */
static bool serve_in_world(struct world *world, const struct service_door *door, struct request *request,
                           struct reply *reply)
{
    int64_t n = calls_begin(&world->calls, door->name, request);
    struct fault fault = faults_take(&world->faults, door->name, request->method, request->path);
    bool silent = fault.kind->answer == ANSWER_NOTHING;

    world_touch(world);
    world_sleep(world, request->now_ms + world->latency_ms + (fault.kind->waits_before ? fault.value : 0));
    request->now_ms = world_now_ms();
    request->pretend = fault.kind->pretends;
    if (fault.kind->happens)
        door->serve(world, request, reply);
    fault_answer(&fault, door->name, request, reply);
    calls_applied(&world->calls, n, reply->applied);
    world_touch(world);
    if (fault.kind->waits_after)
        world_sleep(world, world_now_ms() + fault.value);
    calls_end(&world->calls, n,
              &(struct call_end){ .status = silent ? 0 : reply->status,
                                  .applied = reply->applied,
                                  .fault = text_is(fault.kind->name, "none") ? NULL : fault.kind->name,
                                  .now_ms = world_now_ms() });
    world_touch(world);
    return !silent;
}

static bool is_below(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(path, prefix, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static void serve_page(const char *path, struct reply *reply)
{
    const char *wanted = strcmp(path, "/") == 0 ? "index.html" : path + 1;

    for (size_t i = 0; i < page_files_count; i++) {
        if (!text_is(wanted, page_files[i].name))
            continue;
        reply_text(reply, 200, page_files[i].type, page_files[i].text.at);
        reply_header(reply, "Cache-Control", "no-store");
        return;
    }
    reply_text(reply, 404, "text/plain; charset=utf-8", "The sandbox has no such page.\n");
}

static bool serve(struct server *server, struct request *request, struct reply *reply)
{
    const char *path = request->path;
    bool answered = true;

    if (is_below(path, "/_sandbox")) {
        request->path = path + strlen("/_sandbox");
        control_serve(server->world, request, reply);
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(doors); i++) {
        if (!is_below(path, doors[i].prefix))
            continue;
        request->path = path + strlen(doors[i].prefix);
        world_lock(server->world);
        answered = serve_in_world(server->world, &doors[i], request, reply);
        world_unlock(server->world);
        return answered;
    }
    serve_page(path, reply);
    return true;
}

/* ---- libmicrohttpd ---- */

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct reply *reply)
{
    size_t len = reply->body ? strlen(reply->body) : 0;
    struct MHD_Response *response = reply->stream;
    enum MHD_Result result = MHD_NO;

    if (!response)
        response = MHD_create_response_from_buffer(len, reply->body ? reply->body : "", MHD_RESPMEM_MUST_COPY);
    if (reply->type)
        MHD_add_response_header(response, "Content-Type", reply->type);
    for (size_t i = 0; i < REPLY_HEADERS_MAX && reply->headers[i].name; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    result = MHD_queue_response(connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer(struct server *server, struct MHD_Connection *connection, const char *method,
                              const char *url, const struct visit *visit)
{
    struct request request = {
        .method = method, .path = url, .body = buf_str(&visit->body), .now_ms = world_now_ms(), .connection = connection
    };
    struct reply reply = { .status = 200 };
    enum MHD_Result result = MHD_NO; /* closes the connection */

    if (visit->body.failed)
        reply_text(&reply, 413, "text/plain; charset=utf-8", "too large\n");
    if (visit->body.failed || serve(server, &request, &reply))
        result = send_reply(connection, &reply);
    if (!server->quiet && !is_below(url, "/_sandbox") && *url && url[1])
        fprintf(stderr, "%s %s %d\n", method, url, result == MHD_YES ? reply.status : 0);
    reply_finish(&reply);
    return result;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *len, void **context)
{
    struct server *server = arg;
    struct visit *visit = *context;

    (void)version;
    if (!visit) {
        visit = xcalloc(1, sizeof *visit);
        visit->body = BUF(BODY_MAX_BYTES);
        *context = visit;
        return MHD_YES;
    }
    if (*len > 0) {
        buf_add(&visit->body, bytes, *len);
        *len = 0;
        return MHD_YES;
    }
    return answer(server, connection, method, url, visit);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why)
{
    struct visit *visit = *context;

    (void)arg;
    (void)connection;
    (void)why;
    if (!visit)
        return;
    buf_finish(&visit->body);
    free(visit);
    *context = NULL;
}

/* ---- the port ---- */

static bool parse_address(const char *listen_at, struct sockaddr_in *address, struct error *err)
{
    struct str port_text = str_of(listen_at);
    AUTO_FREE char *host = str_copy(str_take_until(&port_text, ':'));
    int64_t port = 0;

    if (!parse_int(port_text, 0, 65535, &port, err))
        return error_wrap(err, "--listen %s: port", listen_at);
    *address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    if (inet_pton(AF_INET, host, &address->sin_addr) != 1)
        return error_set(err, ERR_INVALID, "--listen %s: needs an IPv4 address and a port, like 127.0.0.1:9080",
                         listen_at);
    return true;
}

static bool open_port(struct server *server, struct sockaddr_in *address, struct error *err)
{
    socklen_t size = sizeof *address;
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    server->listen_fd = fd; /* from here on server_destroy closes it */
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, (const struct sockaddr *)address, size) != 0 || listen(fd, 128) != 0 ||
        getsockname(fd, (struct sockaddr *)address, &size) != 0)
        return error_errno(err, "cannot listen");
    server->port = ntohs(address->sin_port);
    return true;
}

struct server *server_bind(const char *listen_at, struct error *err)
{
    AUTO(server) struct server *server = xcalloc(1, sizeof *server);
    struct sockaddr_in address = { 0 };

    server->listen_fd = -1;
    if (!parse_address(listen_at, &address, err))
        return NULL;
    if (!open_port(server, &address, err)) {
        error_wrap(err, "%s", listen_at);
        return NULL;
    }
    return TAKE(server);
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

bool server_start(struct server *server, struct world *world, bool quiet, struct error *err)
{
    server->world = world;
    server->quiet = quiet;
    server->daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0, NULL, NULL,
        on_request, server, MHD_OPTION_LISTEN_SOCKET, server->listen_fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        NULL, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_END);
    return server->daemon || error_set(err, ERR_INTERNAL, "libmicrohttpd would not start");
}

void server_destroy(struct server *server)
{
    if (!server)
        return;
    if (server->daemon)
        MHD_stop_daemon(server->daemon); /* closes the listening socket too */
    else if (server->listen_fd >= 0)
        close(server->listen_fd);
    free(server);
}
