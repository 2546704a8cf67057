#include "bot/shell/http_server.h"
#include "bot/shell/http_target.h"

#include <string.h>
#include <unistd.h>

#define DROP_MAX_BYTES 65536 /* of a refused body are read, so that the connection can go on */
/* Of each connection, for the head; libmicrohttpd's own entries for the headers, and the answer's head, share it. All of it
 * stays resident, and is cleared after each request. */
#define POOL_BYTES(head_max_bytes) ((head_max_bytes) * 5 / 2)

/* --- refusals: the first rule that finds something -----------------------------------------------------------------
 */

static bool is_vital(const struct http_exchange *exchange)
{
    return exchange->match.route && (exchange->match.route->flags & HTTP_ROUTE_VITAL);
}

static bool is_small(const struct http_exchange *exchange, uint64_t more_bytes)
{
    return exchange->head.content_length <= HTTP_SMALL_BODY_MAX_BYTES &&
           exchange->body.len + more_bytes <= HTTP_SMALL_BODY_MAX_BYTES;
}

/* A few large bodies, which anybody may begin to send, would shut every door. */
static bool is_over_budget(const struct http_exchange *exchange, uint64_t more_bytes)
{
    const struct http_in *in = exchange->in;
    size_t total = in->limits.body_total_max_bytes, kept = is_small(exchange, more_bytes) ? 0 : total / HTTP_SMALL_SHARE;

    return !is_vital(exchange) && in->counts.body_bytes + more_bytes > total - kept;
}

static void check_head(struct http_exchange *exchange)
{
    if (exchange->head.bytes > exchange->in->limits.header_max_bytes)
        http_exchange_blame(exchange, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large");
}

static void check_route(struct http_exchange *exchange)
{
    if (!exchange->match.is_path_known)
        http_exchange_refuse(exchange, MHD_HTTP_NOT_FOUND, "there is nothing at this path");
    else if (!exchange->match.route)
        http_exchange_refuse(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "the path does not take this method");
}

/* What machines tell over a connection that was open already: making that durable takes milliseconds, and some of them never
 * tell it twice. People would wait for what an instance that leaves decides. */
static bool is_taken_to_the_end(const struct http_exchange *exchange)
{
    return !exchange->in->is_stopping && exchange->match.route && (exchange->match.route->flags & HTTP_ROUTE_MACHINE);
}

static void check_load(struct http_exchange *exchange)
{
    const struct http_in *in = exchange->in;

    if (is_vital(exchange))
        return;
    if (in->is_quiet && !is_taken_to_the_end(exchange))
        http_exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "opsgate is stopping");
    else if (http_server_is_full(exchange))
        http_exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "too many requests wait for their answer");
}

/* Behind check_load: while opsgate stops, whoever would look may be gone. */
static void check_gate(struct http_exchange *exchange)
{
    const struct http_gate *gate = exchange->match.route ? exchange->match.route->gate : NULL;
    struct http_refusal refusal;

    if (exchange->refusal || !gate || !gate->refuses_head)
        return;
    refusal = gate->refuses_head(exchange->match.arg, &exchange->request);
    if (refusal.status)
        http_exchange_refuse(exchange, refusal.status, refusal.detail);
}

static void check_budget(struct http_exchange *exchange)
{
    if (is_over_budget(exchange, exchange->head.content_length))
        http_exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "too many bytes wait to be handled");
}

static void check_type(struct http_exchange *exchange)
{
    const char *wanted = exchange->match.route ? exchange->match.route->content_type : NULL;

    if (wanted &&
        !http_target_is_type(MHD_lookup_connection_value(exchange->conn->mhd, MHD_HEADER_KIND, "Content-Type"), wanted))
        http_exchange_refuse(exchange, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "the Content-Type is not the one expected");
}

static void check_length(struct http_exchange *exchange)
{
    if (exchange->match.route && exchange->head.content_length > exchange->match.route->body_max_bytes)
        http_exchange_blame(exchange, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
}

static void (*const checks[])(struct http_exchange *exchange) = {
    check_route, check_load, check_type, check_gate, check_head, check_length, check_budget,
};

static void find_route(struct http_exchange *exchange)
{
    const struct http_in_options *options = &exchange->in->options;

    exchange->match = http_routes_find(options->routes, options->routes_count, exchange->method, exchange->path,
                                       exchange->conn->is_local);
}

/* --- saying no -----------------------------------------------------------------------------------------------------
 */

static void add_allow(struct http_exchange *exchange)
{
    AUTO_BUF struct buf allow = BUF(256);
    const struct http_in_options *options = &exchange->in->options;

    http_routes_allow(options->routes, options->routes_count, exchange->path, exchange->conn->is_local, &allow);
    MHD_add_response_header(exchange->response, "Allow", buf_text(&allow));
}

static enum MHD_Result queue_refusal(struct http_exchange *exchange, bool is_last)
{
    struct http_problem problem = { .status = exchange->refusal,
                                    .detail = exchange->refusal_detail,
                                    .request_id = exchange->id };

    exchange->in->counts.refused++;
    http_exchange_set_problem(exchange, &problem, is_last || exchange->in->is_quiet);
    if (exchange->refusal == MHD_HTTP_METHOD_NOT_ALLOWED)
        add_allow(exchange);
    return http_exchange_queue(exchange);
}

/* --- what libmicrohttpd calls --------------------------------------------------------------------------------------
 */

static void fill_request(struct http_exchange *exchange)
{
    const struct http_conn *conn = exchange->conn;

    memcpy(exchange->peer, conn->peer, sizeof(exchange->peer)); /* the handler may outlive the connection */
    exchange->request.peer = exchange->peer;
    exchange->request.is_local = conn->is_local;
    exchange->request.peer_uid = conn->peer_uid;
    exchange->body = BUF(exchange->match.route ? exchange->match.route->body_max_bytes : 0);
}

static enum MHD_Result refuse_now(struct http_exchange *exchange)
{
    exchange->conn->has_leftover = true;
    return queue_refusal(exchange, true);
}

/* The head of a refused request is enough when much would follow, or the client asks before it sends. */
static bool can_refuse_later(const struct http_exchange *exchange)
{
    return !exchange->head.waits_for_continue && exchange->head.content_length <= DROP_MAX_BYTES;
}

static enum MHD_Result take_head(struct http_exchange *exchange, const char *method, const char *version)
{
    exchange->has_head = true;
    if (!http_exchange_take_head(exchange, exchange->conn->mhd, method, version))
        return refuse_now(exchange);
    find_route(exchange);
    fill_request(exchange);
    for (size_t i = 0; i < ARRAY_LEN(checks); i++)
        checks[i](exchange);
    if (exchange->refusal && !can_refuse_later(exchange))
        return refuse_now(exchange);
    return MHD_YES;
}

static enum MHD_Result drop_body(struct http_exchange *exchange, size_t len)
{
    http_exchange_release_body(exchange);
    exchange->dropped_bytes += len;
    if (exchange->dropped_bytes <= DROP_MAX_BYTES)
        return MHD_YES;
    exchange->in->counts.refused++;
    http_conn_say(exchange->conn, exchange->refusal, exchange->refusal_detail);
    exchange->conn->has_leftover = true;
    return MHD_NO; /* closes */
}

static enum MHD_Result take_body(struct http_exchange *exchange, const char *data, size_t len)
{
    if (!exchange->refusal && len > exchange->body.max_bytes - exchange->body.len)
        http_exchange_blame(exchange, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
    if (!exchange->refusal && is_over_budget(exchange, len))
        http_exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "too many bytes wait to be handled");
    if (exchange->refusal)
        return drop_body(exchange, len);
    buf_add(&exchange->body, data, len);
    exchange->in->counts.body_bytes += len;
    return MHD_YES;
}

static enum MHD_Result take_end(struct http_exchange *exchange)
{
    struct http_in *in = exchange->in;

    check_load(exchange); /* again: a slow body may have arrived in another world */
    if (exchange->refusal)
        return queue_refusal(exchange, false);
    exchange->request.body = buf_str(&exchange->body);
    exchange->request.received_at_ms = loop_now_ms(in->options.loop);
    exchange->is_suspended = true;
    MHD_suspend_connection(exchange->conn->mhd);
    http_server_enter(exchange->conn, HTTP_PHASE_WAITING);
    TAILQ_INSERT_TAIL(&in->ready, exchange, link);
    http_server_begin_waiting(exchange);
    return MHD_YES;
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *mhd, const char *url, const char *method,
                                 const char *version, const char *data, size_t *data_len, void **state)
{
    struct http_exchange *exchange = *state;
    size_t len = *data_len;

    (void)arg, (void)mhd, (void)url;
    if (!exchange)
        return MHD_NO;
    *data_len = 0; /* all of it is taken, one way or the other */
    if (!exchange->has_head) {
        *data_len = len;
        return take_head(exchange, method, version);
    }
    if (len > 0)
        return take_body(exchange, data, len);
    return exchange->response ? http_exchange_queue(exchange) : take_end(exchange);
}

static struct http_conn *conn_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

static void *on_target(void *arg, const char *target, struct MHD_Connection *mhd)
{
    struct http_in *in = arg;
    struct http_conn *conn = conn_of(mhd);

    if (!conn || !target)
        return NULL;
    conn->exchange = http_exchange_create(in, conn, target);
    if (conn->phase == HTTP_PHASE_IDLE)
        http_server_enter(conn, HTTP_PHASE_READING);
    return conn->exchange;
}

static void on_completed(void *arg, struct MHD_Connection *mhd, void **state, enum MHD_RequestTerminationCode why)
{
    struct http_exchange *exchange = *state;

    (void)arg, (void)mhd;
    *state = NULL;
    if (!exchange)
        return;
    http_server_enter(exchange->conn, HTTP_PHASE_IDLE);
    if (exchange->stream)
        http_stream_over(exchange->stream);
    if (!exchange->was_queued) /* libmicrohttpd refused it by itself, or the client has gone */
        exchange->conn->has_leftover = true;
    /* who gave up between our last look and the writing is told another way */
    http_exchange_note_sent(exchange, exchange->was_queued && why == MHD_REQUEST_TERMINATED_COMPLETED_OK &&
                                          !http_conn_was_reset(exchange->conn));
    http_exchange_detach(exchange);
}

static void begin_connection(struct http_in *in, struct MHD_Connection *mhd, void **socket_context)
{
    struct http_conn *conn = TAKE(in->arriving);

    conn->mhd = mhd;
    *socket_context = conn;
    TAILQ_INSERT_TAIL(&in->conns, conn, link);
    in->counts.connections++;
}

static void end_connection(struct http_in *in, struct http_conn *conn)
{
    int fd = conn->has_leftover && !conn->is_cut && in->lingering ? dup(conn->fd) : -1;

    if (fd >= 0)
        linger_add(in->lingering, fd);
    TAILQ_REMOVE(&in->conns, conn, link);
    in->counts.connections--;
    http_conn_destroy(conn);
}

static void on_connection(void *arg, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_in *in = arg;

    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        begin_connection(in, mhd, socket_context);
    else if (*socket_context)
        end_connection(in, *socket_context);
}

static size_t leave_escaped(void *arg, struct MHD_Connection *mhd, char *text)
{
    (void)arg, (void)mhd;
    return strlen(text); /* http_target.c decodes, and refuses what cannot be */
}

struct MHD_Daemon *http_intake_start(struct http_in *in)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
                            on_access, in, MHD_OPTION_NOTIFY_COMPLETED, on_completed, in, MHD_OPTION_NOTIFY_CONNECTION,
                            on_connection, in, MHD_OPTION_URI_LOG_CALLBACK, on_target, in, MHD_OPTION_UNESCAPE_CALLBACK,
                            leave_escaped, NULL, MHD_OPTION_CONNECTION_LIMIT, in->limits.connections_max + 1,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES(in->limits.header_max_bytes),
                            MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
}
