/* How a request goes through here:
 *
 *   accept -> on_connection -> on_target (first line) -> on_access: head, body..., end -> suspended, in `ready`
 *   -> after MHD_run: the handler, in `owed` -> http_in_answer -> resumed -> on_access: response -> on_completed
 *
 * Nothing calls MHD_run but on_pass, once per turn and only when something happened (mark_dirty), and no handler runs
 * inside it. libmicrohttpd in this mode wakes nobody when a connection is resumed: the dirty mark does.
 */
#include "bot/shell/http_in.h"

#include "bot/log.h"
#include "bot/shell/http_conn.h"
#include "bot/shell/http_exchange.h"
#include "bot/shell/http_problem.h"
#include "bot/shell/http_target.h"
#include "bot/shell/linger.h"
#include "bot/shell/listen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ACCEPTS_PER_TURN 64
#define ACCEPT_PAUSE_MS 100 /* when the process has no descriptor left */
#define DROP_MAX_BYTES 65536 /* of a refused body are read, so that the connection can go on */
#define SWEEPS_PER_LIMIT 8
#define POOL_PER_HEAD 3 /* libmicrohttpd's own entries for the headers, and the answer's head, share the pool */

struct listener {
    uv_poll_t poll;
    struct http_in *in;
    int fd;
    struct loop_timer *pause;
    char *path; /* of a unix socket that we made; NULL: nothing to remove */
    TAILQ_ENTRY(listener) link;
};

struct note { /* an on_sent that is due */
    void (*on_sent)(void *arg, bool was_sent);
    void *arg;
    bool was_sent;
    STAILQ_ENTRY(note) link;
};

struct http_in {
    struct http_in_options options;
    struct http_in_limits limits;
    struct MHD_Daemon *daemon; /* NULL once stopped */
    uv_poll_t poll;            /* libmicrohttpd's epoll descriptor */
    uv_idle_t pass;            /* runs on_pass in the next turn, and keeps that from waiting */
    struct linger_list *lingering;
    TAILQ_HEAD(listener_head, listener) listeners;
    TAILQ_HEAD(conn_head, http_conn) conns;
    TAILQ_HEAD(exchange_head, http_exchange) ready, owed;
    STAILQ_HEAD(note_head, note) notes;
    struct loop_timer *sweep, *again, *drain, *stopped;
    struct http_conn *arriving; /* from accept to on_connection, inside one call */
    struct http_in_counts counts;
    loop_fn on_stopped;
    void *on_stopped_arg;
    bool is_quiet, is_stopping;
    unsigned handles; /* libuv has not let go of yet */
};

static int64_t now_ms(struct http_in *in)
{
    return loop_now_ms(in->options.loop);
}

static void on_pass(uv_idle_t *pass);

static void mark_dirty(struct http_in *in)
{
    uv_idle_start(&in->pass, on_pass);
}

/* --- the end of an exchange ---------------------------------------------------------------------------------------- */

static void add_note(struct http_in *in, struct http_exchange *exchange, bool was_sent)
{
    struct note *note;

    if (!in || !exchange->on_sent)
        return;
    note = xcalloc(1, sizeof(*note));
    *note = (struct note){ .on_sent = exchange->on_sent, .arg = exchange->on_sent_arg, .was_sent = was_sent };
    exchange->on_sent = NULL;
    STAILQ_INSERT_TAIL(&in->notes, note, link);
    mark_dirty(in);
}

static void release_body(struct http_exchange *exchange)
{
    if (exchange->in)
        exchange->in->counts.body_bytes -= exchange->body.len;
    buf_finish(&exchange->body);
    exchange->request.body = (struct str){ .len = 0 };
}

static void free_unheld(struct http_exchange *exchange)
{
    if (exchange->conn || exchange->is_owed)
        return;
    release_body(exchange);
    http_exchange_destroy(exchange);
}

static void detach(struct http_exchange *exchange)
{
    exchange->conn->exchange = NULL;
    exchange->conn = NULL;
    free_unheld(exchange);
}

/* --- answers ------------------------------------------------------------------------------------------------------- */

static void enter(struct http_conn *conn, enum http_phase phase)
{
    http_conn_enter(conn, phase, now_ms(conn->in));
}

static void resume(struct http_exchange *exchange)
{
    exchange->is_suspended = false;
    enter(exchange->conn, HTTP_PHASE_WRITING);
    MHD_resume_connection(exchange->conn->mhd);
    mark_dirty(exchange->in);
}

static enum MHD_Result queue_response(struct http_exchange *exchange)
{
    enum MHD_Result result =
        MHD_queue_response(exchange->conn->mhd, (unsigned)exchange->status, exchange->response);

    MHD_destroy_response(exchange->response);
    exchange->response = NULL;
    exchange->was_queued = result == MHD_YES;
    enter(exchange->conn, HTTP_PHASE_WRITING);
    return result;
}

static void set_problem(struct http_exchange *exchange, const struct http_problem *problem, bool is_last)
{
    static const struct http_header retry = { "Retry-After", "1" };
    AUTO_BUF struct buf json = BUF(HTTP_PROBLEM_MAX_BYTES);
    struct http_reply reply = { .status = problem->status, .content_type = HTTP_PROBLEM_TYPE };

    http_problem_print(problem, &json);
    reply.body = buf_str(&json);
    if (problem->status == MHD_HTTP_SERVICE_UNAVAILABLE) {
        reply.headers = &retry;
        reply.header_count = 1;
    }
    http_exchange_set_reply(exchange, &reply, is_last);
}

static void add_allow(struct http_exchange *exchange)
{
    AUTO_BUF struct buf allow = BUF(256);
    const struct http_in_options *options = &exchange->in->options;

    http_routes_allow(options->routes, options->routes_count, exchange->path, exchange->conn->is_local, &allow);
    MHD_add_response_header(exchange->response, "Allow", buf_text(&allow));
}

static enum MHD_Result queue_refusal(struct http_exchange *exchange, bool is_last)
{
    struct http_problem problem = {
        .status = exchange->refusal, .detail = exchange->refusal_detail, .request_id = exchange->id
    };

    exchange->in->counts.refused++;
    set_problem(exchange, &problem, is_last || exchange->in->is_quiet);
    if (exchange->refusal == MHD_HTTP_METHOD_NOT_ALLOWED)
        add_allow(exchange);
    return queue_response(exchange);
}

static bool is_open(const struct http_exchange *exchange)
{
    return exchange->conn && exchange->is_suspended;
}

/* Our own answer to a request that waits: the handler's, if it ever comes, will find nobody. */
static void answer_unavailable(struct http_exchange *exchange, const char *detail)
{
    struct http_problem problem = {
        .status = MHD_HTTP_SERVICE_UNAVAILABLE, .detail = detail, .request_id = exchange->id
    };

    exchange->in->counts.refused++;
    set_problem(exchange, &problem, exchange->in->is_quiet);
    resume(exchange);
}

static void end_owing(struct http_exchange *exchange)
{
    exchange->is_owed = false;
    if (exchange->in) {
        TAILQ_REMOVE(&exchange->in->owed, exchange, link);
        exchange->in->counts.requests--;
    }
    release_body(exchange);
}

static void drop_answer(struct http_exchange *exchange, const struct http_reply *reply)
{
    struct http_exchange late = { .on_sent = reply->on_sent, .on_sent_arg = reply->arg };

    add_note(exchange->in, &late, false);
    free_unheld(exchange);
}

void http_in_answer(struct http_request *request, const struct http_reply *reply)
{
    struct http_exchange *exchange = CONTAINER_OF(request, struct http_exchange, request);

    end_owing(exchange);
    if (!is_open(exchange)) {
        drop_answer(exchange, reply);
        return;
    }
    exchange->in->counts.answered++;
    http_exchange_set_reply(exchange, reply, exchange->in->is_quiet);
    if (http_conn_has_hung_up(exchange->conn))
        add_note(exchange->in, exchange, false); /* written all the same, in case it was only a half-closed client */
    resume(exchange);
}

void http_in_problem(struct http_request *request, int status, const char *title, const char *detail)
{
    static const struct http_header retry = { "Retry-After", "1" };
    AUTO_BUF struct buf json = BUF(HTTP_PROBLEM_MAX_BYTES);
    struct http_problem problem = { .status = status, .title = title, .detail = detail, .request_id = request->id };
    bool is_later = status == MHD_HTTP_SERVICE_UNAVAILABLE;

    http_problem_print(&problem, &json);
    http_in_answer(request, &(struct http_reply){ .status = status,
                                                  .content_type = HTTP_PROBLEM_TYPE,
                                                  .headers = is_later ? &retry : NULL,
                                                  .header_count = is_later ? 1 : 0,
                                                  .body = buf_str(&json) });
}

bool http_in_is_waiting(const struct http_request *request)
{
    const struct http_exchange *exchange = CONTAINER_OF((uintptr_t)request, struct http_exchange, request);

    return is_open(exchange) && !http_conn_has_hung_up(exchange->conn);
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    const struct http_exchange *exchange = CONTAINER_OF((uintptr_t)request, struct http_exchange, request);

    return is_open(exchange) ? MHD_lookup_connection_value(exchange->conn->mhd, MHD_HEADER_KIND, name) : NULL;
}

bool http_request_query(const struct http_request *request, const char *name, char **ret_value)
{
    return http_target_parameter(request->query, name, ret_value);
}

/* --- refusals: the first rule that finds something ----------------------------------------------------------------- */

static bool is_vital(const struct http_exchange *exchange)
{
    return exchange->match.route && (exchange->match.route->flags & HTTP_ROUTE_VITAL);
}

static bool is_over_budget(const struct http_exchange *exchange, uint64_t more_bytes)
{
    const struct http_in *in = exchange->in;

    return !is_vital(exchange) && more_bytes > in->limits.body_total_max_bytes - in->counts.body_bytes;
}

static void check_head(struct http_exchange *exchange)
{
    if (exchange->head.bytes > exchange->in->limits.header_max_bytes)
        http_exchange_refuse(exchange, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large");
}

static void check_route(struct http_exchange *exchange)
{
    if (!exchange->match.is_path_known)
        http_exchange_refuse(exchange, MHD_HTTP_NOT_FOUND, "there is nothing at this path");
    else if (!exchange->match.route)
        http_exchange_refuse(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "the path does not take this method");
}

static void check_load(struct http_exchange *exchange)
{
    const struct http_in *in = exchange->in;

    if (is_vital(exchange))
        return;
    if (in->is_quiet)
        http_exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "opsgate is stopping");
    else if (in->counts.requests >= in->limits.requests_max)
        http_exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "too many requests wait for their answer");
}

static void check_budget(struct http_exchange *exchange)
{
    if (is_over_budget(exchange, exchange->head.content_length))
        http_exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "too many bytes wait to be handled");
}

static void check_type(struct http_exchange *exchange)
{
    const char *wanted = exchange->match.route ? exchange->match.route->content_type : NULL;

    if (wanted && !http_target_is_type(
                      MHD_lookup_connection_value(exchange->conn->mhd, MHD_HEADER_KIND, "Content-Type"), wanted))
        http_exchange_refuse(exchange, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "the Content-Type is not the one expected");
}

static void check_length(struct http_exchange *exchange)
{
    if (exchange->match.route && exchange->head.content_length > exchange->match.route->body_max_bytes)
        http_exchange_refuse(exchange, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
}

static void (*const checks[])(struct http_exchange *exchange) = {
    check_head, check_route, check_load, check_type, check_length, check_budget,
};

static void find_route(struct http_exchange *exchange)
{
    const struct http_in_options *options = &exchange->in->options;

    exchange->match = http_routes_find(options->routes, options->routes_count, exchange->method, exchange->path,
                                       exchange->conn->is_local);
}

/* --- what libmicrohttpd calls -------------------------------------------------------------------------------------- */

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
    release_body(exchange);
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
        http_exchange_refuse(exchange, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
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
    exchange->request.received_at_ms = now_ms(in);
    exchange->is_suspended = true;
    MHD_suspend_connection(exchange->conn->mhd);
    enter(exchange->conn, HTTP_PHASE_WAITING);
    TAILQ_INSERT_TAIL(&in->ready, exchange, link);
    in->counts.requests++;
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
    return exchange->response ? queue_response(exchange) : take_end(exchange);
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
        enter(conn, HTTP_PHASE_READING);
    return conn->exchange;
}

static void on_completed(void *arg, struct MHD_Connection *mhd, void **state, enum MHD_RequestTerminationCode why)
{
    struct http_exchange *exchange = *state;

    (void)arg, (void)mhd;
    *state = NULL;
    if (!exchange)
        return;
    enter(exchange->conn, HTTP_PHASE_IDLE);
    if (!exchange->was_queued) /* libmicrohttpd refused it by itself, or the client has gone */
        exchange->conn->has_leftover = true;
    add_note(exchange->in, exchange, exchange->was_queued && why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    detach(exchange);
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

/* --- the pass: once per turn, when something happened -------------------------------------------------------------- */

static void hand_out(struct http_in *in)
{
    struct http_exchange *exchange;
    bool handed = false;

    while ((exchange = TAILQ_FIRST(&in->ready))) {
        TAILQ_REMOVE(&in->ready, exchange, link);
        TAILQ_INSERT_TAIL(&in->owed, exchange, link);
        exchange->is_owed = true;
        handed = true;
        exchange->match.route->handle(exchange->match.arg, &exchange->request);
    }
    if (handed && in->options.on_turn)
        in->options.on_turn(in->options.on_turn_arg);
}

static void tell_sent(struct http_in *in)
{
    struct note_head due = STAILQ_HEAD_INITIALIZER(due);
    struct note *note;

    STAILQ_CONCAT(&due, &in->notes);
    while ((note = STAILQ_FIRST(&due))) {
        STAILQ_REMOVE_HEAD(&due, link);
        note->on_sent(note->arg, note->was_sent);
        free(note);
    }
}

static void on_again(void *arg)
{
    struct http_in *in = arg;

    in->again = NULL;
    mark_dirty(in);
}

static void plan_next_pass(struct http_in *in)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;

    loop_timer_cancel(TAKE(in->again));
    if (MHD_get_timeout(in->daemon, &wait_ms) == MHD_NO)
        return;
    if (wait_ms == 0)
        mark_dirty(in);
    else
        in->again = loop_timer_start(in->options.loop, (int64_t)wait_ms, on_again, in);
}

static void end_drain(struct http_in *in);

static void on_pass(uv_idle_t *pass)
{
    struct http_in *in = CONTAINER_OF(pass, struct http_in, pass);

    uv_idle_stop(pass);
    if (in->daemon) {
        MHD_run(in->daemon);
        hand_out(in);
    }
    tell_sent(in);
    if (in->daemon)
        plan_next_pass(in);
    if (in->daemon && in->is_stopping && TAILQ_EMPTY(&in->conns))
        end_drain(in);
}

static void on_sockets(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    mark_dirty(CONTAINER_OF(poll, struct http_in, poll));
}

/* --- deadlines ----------------------------------------------------------------------------------------------------- */

static void end_late(struct http_conn *conn)
{
    switch (conn->phase) {
    case HTTP_PHASE_WAITING:
        answer_unavailable(conn->exchange, "no answer was ready in time");
        return;
    case HTTP_PHASE_READING:
        conn->in->counts.refused++;
        http_conn_say(conn, MHD_HTTP_REQUEST_TIMEOUT, "the request did not arrive in time");
        break;
    case HTTP_PHASE_WRITING:
    case HTTP_PHASE_IDLE:
        break;
    }
    http_conn_cut(conn);
}

static int64_t sweep_ms(const struct http_in_limits *limits)
{
    int64_t shortest_ms = limits->request_ms;

    if (limits->answer_ms < shortest_ms)
        shortest_ms = limits->answer_ms;
    if (limits->keepalive_ms < shortest_ms)
        shortest_ms = limits->keepalive_ms;
    return shortest_ms / SWEEPS_PER_LIMIT + 1;
}

static void plan_sweep(struct http_in *in);

static void on_sweep(void *arg)
{
    struct http_in *in = arg;
    struct http_conn *conn;
    int64_t now = now_ms(in);

    in->sweep = NULL;
    TAILQ_FOREACH (conn, &in->conns, link)
        if (!conn->is_cut && http_conn_is_late(conn, &in->limits, now))
            end_late(conn);
    if (!TAILQ_EMPTY(&in->conns))
        plan_sweep(in);
}

static void plan_sweep(struct http_in *in)
{
    if (!in->sweep)
        in->sweep = loop_timer_start(in->options.loop, sweep_ms(&in->limits), on_sweep, in);
}

/* --- accepting ----------------------------------------------------------------------------------------------------- */

static void add_connection(struct http_in *in, int fd)
{
    struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
    socklen_t len = sizeof(address);

    getpeername(fd, (struct sockaddr *)&address, &len);
    in->arriving = http_conn_create(in, fd, now_ms(in));
    MHD_add_connection(in->daemon, fd, (const struct sockaddr *)&address, len); /* closes fd when it fails */
    http_conn_destroy(TAKE(in->arriving));                                      /* still here only then */
    plan_sweep(in);
    mark_dirty(in);
}

static void turn_away(struct http_in *in, int fd)
{
    struct http_conn conn = { .in = in, .fd = fd };

    in->counts.refused++;
    http_conn_say(&conn, MHD_HTTP_SERVICE_UNAVAILABLE, "too many connections");
    linger_add(in->lingering, fd);
}

static void poll_listener(struct listener *listener);

static void on_pause_over(void *arg)
{
    struct listener *listener = arg;

    listener->pause = NULL;
    poll_listener(listener);
}

/* Without a free descriptor the socket would stay readable and the loop would spin. */
static void pause_listener(struct listener *listener, int number)
{
    log_warn("http_in.accept_failed", LOG_STR("error", strerror(number)));
    uv_poll_stop(&listener->poll);
    listener->pause = loop_timer_start(listener->in->options.loop, ACCEPT_PAUSE_MS, on_pause_over, listener);
}

static bool is_passing(int number)
{
    return number == EAGAIN || number == EINTR || number == ECONNABORTED;
}

static void on_arrival(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = CONTAINER_OF(poll, struct listener, poll);
    struct http_in *in = listener->in;

    (void)status, (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            if (!is_passing(errno))
                pause_listener(listener, errno);
            return;
        }
        if (in->counts.connections >= in->limits.connections_max)
            turn_away(in, fd);
        else
            add_connection(in, fd);
    }
}

static void poll_listener(struct listener *listener)
{
    uv_poll_start(&listener->poll, UV_READABLE, on_arrival);
}

static void on_listener_closed(uv_handle_t *poll)
{
    struct listener *listener = CONTAINER_OF(poll, struct listener, poll);

    free(listener->path);
    free(listener);
}

static void close_listener(struct listener *listener)
{
    loop_timer_cancel(TAKE(listener->pause));
    TAILQ_REMOVE(&listener->in->listeners, listener, link);
    uv_poll_stop(&listener->poll);
    if (listener->path)
        unlink(listener->path);
    close(listener->fd);
    uv_close((uv_handle_t *)&listener->poll, on_listener_closed);
}

static bool listen_on(struct http_in *in, int fd, const char *path, struct error *err)
{
    struct listener *listener = xcalloc(1, sizeof(*listener));
    int rc = uv_poll_init(loop_uv(in->options.loop), &listener->poll, fd);

    if (rc != 0) {
        free(listener);
        close(fd);
        return error_set(err, ERR_INTERNAL, "listening socket: %s", uv_strerror(rc));
    }
    listener->in = in;
    listener->fd = fd;
    listener->path = xstrdup(path);
    TAILQ_INSERT_TAIL(&in->listeners, listener, link);
    poll_listener(listener);
    return true;
}

bool http_in_listen(struct http_in *in, const char *address, struct error *err)
{
    int fd;

    return listen_open(address, &fd, err) && listen_on(in, fd, address[0] == '/' ? address : NULL, err);
}

bool http_in_listen_fd(struct http_in *in, int fd, struct error *err)
{
    return listen_on(in, fd, NULL, err);
}

int http_in_port(const struct http_in *in)
{
    const struct listener *listener;

    TAILQ_FOREACH (listener, &in->listeners, link)
        if (listen_port(listener->fd) > 0)
            return listen_port(listener->fd);
    return 0;
}

/* --- create, stop, destroy ----------------------------------------------------------------------------------------- */

static void set_default_bytes(size_t *value, size_t otherwise)
{
    *value = *value ? *value : otherwise;
}

static void set_default_count(unsigned *value, unsigned otherwise)
{
    *value = *value ? *value : otherwise;
}

static void set_default_ms(int64_t *value, int64_t otherwise)
{
    *value = *value ? *value : otherwise;
}

static struct http_in_limits with_defaults(struct http_in_limits limits)
{
    set_default_bytes(&limits.header_max_bytes, 16384);
    set_default_bytes(&limits.body_total_max_bytes, (size_t)64 << 20);
    set_default_count(&limits.connections_max, 1024);
    set_default_count(&limits.requests_max, 512);
    set_default_ms(&limits.request_ms, 10000);
    set_default_ms(&limits.answer_ms, 30000);
    set_default_ms(&limits.keepalive_ms, 75000);
    return limits;
}

static struct MHD_Daemon *start_daemon(struct http_in *in)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
                            on_access, in, MHD_OPTION_NOTIFY_COMPLETED, on_completed, in,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, in, MHD_OPTION_URI_LOG_CALLBACK, on_target,
                            in, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_CONNECTION_LIMIT,
                            in->limits.connections_max + 1, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            in->limits.header_max_bytes * POOL_PER_HEAD, MHD_OPTION_CONNECTION_TIMEOUT, 0U,
                            MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_in *in = handle->data;

    if (--in->handles == 0)
        free(in);
}

static bool start_handles(struct http_in *in, struct error *err)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(in->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    int rc = info ? uv_poll_init(loop_uv(in->options.loop), &in->poll, info->epoll_fd) : UV_EINVAL;

    if (rc != 0)
        return error_set(err, ERR_INTERNAL, "http server: %s", uv_strerror(rc));
    uv_idle_init(loop_uv(in->options.loop), &in->pass);
    in->poll.data = in->pass.data = in;
    in->handles = 2;
    uv_poll_start(&in->poll, UV_READABLE, on_sockets);
    return true;
}

struct http_in *http_in_create(const struct http_in_options *options, struct error *err)
{
    struct http_in *in = xcalloc(1, sizeof(*in));

    in->options = *options;
    in->limits = with_defaults(options->limits);
    TAILQ_INIT(&in->listeners);
    TAILQ_INIT(&in->conns);
    TAILQ_INIT(&in->ready);
    TAILQ_INIT(&in->owed);
    STAILQ_INIT(&in->notes);
    in->daemon = start_daemon(in);
    if (!in->daemon) {
        free(in);
        error_set(err, ERR_INTERNAL, "http server: libmicrohttpd does not start");
        return NULL;
    }
    if (!start_handles(in, err)) {
        MHD_stop_daemon(in->daemon);
        free(in);
        return NULL;
    }
    in->lingering = linger_create(options->loop);
    return in;
}

void http_in_quiesce(struct http_in *in)
{
    struct listener *listener;

    in->is_quiet = true;
    while ((listener = TAILQ_FIRST(&in->listeners)))
        close_listener(listener);
}

/* Not yet handed out: nobody will ever hear of it. */
static void withdraw_ready(struct http_in *in)
{
    struct http_exchange *exchange;

    while ((exchange = TAILQ_FIRST(&in->ready))) {
        TAILQ_REMOVE(&in->ready, exchange, link);
        in->counts.requests--;
        release_body(exchange);
    }
}

static void answer_all(struct http_in *in)
{
    struct http_conn *conn;

    withdraw_ready(in);
    TAILQ_FOREACH (conn, &in->conns, link)
        if (conn->exchange && conn->exchange->is_suspended)
            answer_unavailable(conn->exchange, "opsgate is stopping");
}

/* With a suspended connection left, MHD_stop_daemon would end the process. */
static void stop_daemon(struct http_in *in)
{
    answer_all(in);
    uv_poll_stop(&in->poll); /* before its descriptor is closed */
    loop_timer_cancel(TAKE(in->sweep));
    loop_timer_cancel(TAKE(in->again));
    loop_timer_cancel(TAKE(in->drain));
    MHD_stop_daemon(TAKE(in->daemon));
}

static void on_stop_over(void *arg)
{
    struct http_in *in = arg;

    in->stopped = NULL;
    tell_sent(in);
    in->on_stopped(in->on_stopped_arg);
}

static void end_drain(struct http_in *in)
{
    stop_daemon(in);
    in->stopped = loop_timer_start(in->options.loop, 0, on_stop_over, in);
}

static void on_drain_over(void *arg)
{
    struct http_in *in = arg;

    in->drain = NULL;
    end_drain(in);
}

static void cut_idle(struct http_in *in)
{
    struct http_conn *conn;

    TAILQ_FOREACH (conn, &in->conns, link)
        if (conn->phase == HTTP_PHASE_IDLE)
            http_conn_cut(conn);
}

void http_in_stop(struct http_in *in, int64_t drain_ms, loop_fn on_stopped, void *arg)
{
    in->on_stopped = on_stopped;
    in->on_stopped_arg = arg;
    in->is_stopping = true;
    http_in_quiesce(in);
    answer_all(in);
    cut_idle(in);
    in->drain = loop_timer_start(in->options.loop, drain_ms, on_drain_over, in);
    mark_dirty(in);
}

static void forget_owed(struct http_in *in)
{
    struct http_exchange *exchange;

    while ((exchange = TAILQ_FIRST(&in->owed))) {
        TAILQ_REMOVE(&in->owed, exchange, link);
        exchange->in = NULL;
    }
}

static void drop_notes(struct http_in *in)
{
    struct note *note;

    while ((note = STAILQ_FIRST(&in->notes))) {
        STAILQ_REMOVE_HEAD(&in->notes, link);
        free(note);
    }
}

void http_in_destroy(struct http_in *in)
{
    if (!in)
        return;
    http_in_quiesce(in);
    linger_destroy(TAKE(in->lingering));
    if (in->daemon)
        stop_daemon(in);
    loop_timer_cancel(TAKE(in->stopped));
    drop_notes(in);
    forget_owed(in);
    uv_close((uv_handle_t *)&in->poll, on_handle_closed);
    uv_close((uv_handle_t *)&in->pass, on_handle_closed);
}

struct http_in_counts http_in_counts(const struct http_in *in)
{
    return in->counts;
}
