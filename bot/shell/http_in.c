#include "bot/shell/clock.h"
#include "bot/shell/http_in.h"

#include "bot/base/time.h"
#include "bot/shell/http_server.h"
#include "bot/shell/http_target.h"
#include "bot/shell/listen.h"

#include <inttypes.h>
#include <stdio.h>

#define SWEEPS_PER_LIMIT 8

static void on_pass(uv_idle_t *pass);

void http_server_mark_dirty(struct http_in *in)
{
    uv_idle_start(&in->pass, on_pass);
}

void http_server_enter(struct http_conn *conn, enum http_phase phase)
{
    http_conn_enter(conn, phase, loop_now_ms(conn->in->options.loop));
}

/* --- how many wait for their answer ---------------------------------------------------------------------------------
 */

static bool is_of_machine(const struct http_exchange *exchange)
{
    return exchange->match.route && (exchange->match.route->flags & HTTP_ROUTE_MACHINE);
}

void http_server_begin_waiting(struct http_exchange *exchange)
{
    exchange->in->counts.requests++;
    if (is_of_machine(exchange))
        exchange->in->counts.machines++;
}

void http_server_end_waiting(struct http_exchange *exchange)
{
    exchange->in->counts.requests--;
    if (is_of_machine(exchange))
        exchange->in->counts.machines--;
}

static unsigned kept_for_people(unsigned requests_max)
{
    unsigned kept = requests_max / HTTP_PEOPLE_SHARE;

    if (kept < HTTP_PEOPLE_MIN)
        kept = HTTP_PEOPLE_MIN;
    return kept < requests_max / 2 ? kept : requests_max / 2;
}

/* A storm of webhooks is when people need the way back: however many come, some room is theirs. */
bool http_server_is_full(const struct http_exchange *exchange)
{
    const struct http_in *in = exchange->in;
    unsigned max = in->limits.requests_max;

    return in->counts.requests >= max || (is_of_machine(exchange) && in->counts.machines >= max - kept_for_people(max));
}

/* --- answers -------------------------------------------------------------------------------------------------------
 */

static void resume(struct http_exchange *exchange)
{
    exchange->is_suspended = false;
    http_server_enter(exchange->conn, exchange->stream ? HTTP_PHASE_STREAMING : HTTP_PHASE_WRITING);
    MHD_resume_connection(exchange->conn->mhd);
    http_server_mark_dirty(exchange->in);
}

static bool is_open(const struct http_exchange *exchange)
{
    return exchange->conn && exchange->is_suspended;
}

/* Our own answer to a request that waits: the handler's, if it ever comes, will find nobody. */
static void answer_unavailable(struct http_exchange *exchange, const char *detail)
{
    struct http_problem problem = { .status = MHD_HTTP_SERVICE_UNAVAILABLE,
                                    .detail = detail,
                                    .request_id = exchange->id };

    exchange->in->counts.refused++;
    http_exchange_set_problem(exchange, &problem, exchange->in->is_quiet);
    resume(exchange);
}

static void end_owing(struct http_exchange *exchange)
{
    exchange->is_owed = false;
    if (exchange->in) {
        TAILQ_REMOVE(&exchange->in->owed, exchange, link);
        http_server_end_waiting(exchange);
    }
    http_exchange_release_body(exchange);
}

static void drop_answer(struct http_exchange *exchange, const struct http_reply *reply)
{
    exchange->on_sent = reply->on_sent;
    exchange->on_sent_arg = reply->arg;
    http_exchange_note_sent(exchange, false);
    http_exchange_free_unheld(exchange);
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
    histograms_add(&exchange->in->times, exchange->match.route->path, clock_mono_ns() - exchange->started_ns);
    http_exchange_set_reply(exchange, reply, exchange->in->is_quiet);
    if (http_conn_has_hung_up(exchange->conn))
        http_exchange_note_sent(exchange, false); /* written all the same, in case it was only a half-closed client */
    resume(exchange);
}

struct http_stream *http_in_stream(struct http_request *request, const struct http_stream_options *options)
{
    struct http_exchange *exchange = CONTAINER_OF(request, struct http_exchange, request);
    struct http_stream *stream;

    end_owing(exchange);
    if (!is_open(exchange)) {
        http_exchange_free_unheld(exchange);
        return NULL;
    }
    exchange->in->counts.answered++;
    stream = http_stream_begin(exchange, options);
    resume(exchange);
    return stream;
}

/* `again`: seconds, for Retry-After; NULL: never. */
static void answer_problem(struct http_request *request, const struct http_problem *problem, const char *again)
{
    const struct http_header retry = { "Retry-After", again };
    AUTO_BUF struct buf json = BUF(HTTP_PROBLEM_MAX_BYTES);

    http_problem_print(problem, &json);
    http_in_answer(request, &(struct http_reply){ .status = problem->status,
                                                  .content_type = HTTP_PROBLEM_TYPE,
                                                  .headers = again ? &retry : NULL,
                                                  .header_count = again ? 1 : 0,
                                                  .body = buf_str(&json) });
}

void http_in_problem(struct http_request *request, int status, const char *title, const char *detail)
{
    answer_problem(
        request,
        &(struct http_problem){ .status = status, .title = title, .detail = detail, .request_id = request->id },
        status == MHD_HTTP_SERVICE_UNAVAILABLE ? "1" : NULL);
}

void http_in_too_often(struct http_request *request, const char *detail, int64_t again_ms)
{
    char again[24];

    snprintf(again, sizeof(again), "%" PRId64, (again_ms + SECOND_MS - 1) / SECOND_MS);
    answer_problem(
        request,
        &(struct http_problem){ .status = MHD_HTTP_TOO_MANY_REQUESTS, .detail = detail, .request_id = request->id },
        again);
}

bool http_in_is_waiting(const struct http_request *request)
{
    const struct http_exchange *exchange = CONTAINER_OF((uintptr_t)request, struct http_exchange, request);

    return is_open(exchange) && !http_conn_has_hung_up(exchange->conn);
}

/* From when it was read until there is an answer: also while the body is still on its way. */
static bool has_headers(const struct http_exchange *exchange)
{
    return exchange->conn && !exchange->response && !exchange->was_queued;
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    const struct http_exchange *exchange = CONTAINER_OF((uintptr_t)request, struct http_exchange, request);

    return has_headers(exchange) ? MHD_lookup_connection_value(exchange->conn->mhd, MHD_HEADER_KIND, name) : NULL;
}

struct all_values {
    const char *name;
    struct buf *values;
};

static enum MHD_Result on_value(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct all_values *all = arg;

    (void)kind;
    if (value && str_equal_nocase(str_of(name), str_of(all->name)))
        buf_addf(all->values, "%s%s", all->values->len > 0 ? "," : "", value);
    return MHD_YES;
}

void http_request_header_all(const struct http_request *request, const char *name, struct buf *ret_values)
{
    const struct http_exchange *exchange = CONTAINER_OF((uintptr_t)request, struct http_exchange, request);

    if (has_headers(exchange))
        MHD_get_connection_values(exchange->conn->mhd, MHD_HEADER_KIND, on_value,
                                  &(struct all_values){ name, ret_values });
}

bool http_request_query(const struct http_request *request, const char *name, char **ret_value)
{
    return http_target_parameter(request->query, name, ret_value);
}

/* --- the pass: once per turn, when something happened --------------------------------------------------------------
 */

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
    struct http_note_head due = STAILQ_HEAD_INITIALIZER(due);
    struct http_note *note;

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
    http_server_mark_dirty(in);
}

static void plan_next_pass(struct http_in *in)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;

    loop_timer_cancel(TAKE(in->again));
    if (MHD_get_timeout(in->daemon, &wait_ms) == MHD_NO)
        return;
    if (wait_ms == 0)
        http_server_mark_dirty(in);
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
    http_stream_tell_gone(in);
    if (in->daemon)
        plan_next_pass(in);
    if (in->daemon && in->is_stopping && TAILQ_EMPTY(&in->conns))
        end_drain(in);
}

static void on_sockets(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    http_server_mark_dirty(CONTAINER_OF(poll, struct http_in, poll));
}

/* --- deadlines -----------------------------------------------------------------------------------------------------
 */

/* What was refused already, and only waits for the rest of its body, is told that. */
static void say_late(struct http_conn *conn)
{
    struct http_exchange *exchange = conn->exchange;
    static const char detail[] = "the request did not arrive in time";

    conn->in->counts.refused++;
    if (exchange)
        http_exchange_blame(exchange, MHD_HTTP_REQUEST_TIMEOUT, detail);
    http_conn_say(conn, exchange ? exchange->refusal : MHD_HTTP_REQUEST_TIMEOUT,
                  exchange ? exchange->refusal_detail : detail);
}

static void end_late(struct http_conn *conn)
{
    switch (conn->phase) {
    case HTTP_PHASE_WAITING:
        conn->in->counts.unanswered++;
        answer_unavailable(conn->exchange, "no answer was ready in time");
        return;
    case HTTP_PHASE_READING:
        say_late(conn);
        break;
    case HTTP_PHASE_WRITING:
    case HTTP_PHASE_STREAMING:
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

static void sweep(void *arg)
{
    struct http_in *in = arg;
    struct http_conn *conn;
    int64_t now = loop_now_ms(in->options.loop);

    in->sweep = NULL;
    TAILQ_FOREACH(conn, &in->conns, link) {
        if (!conn->is_cut && http_conn_is_late(conn, &in->limits, now))
            end_late(conn);
        else if (conn->phase == HTTP_PHASE_STREAMING && http_conn_has_hung_up(conn))
            http_stream_stop(conn->exchange->stream); /* suspended, it would not be noticed */
    }
    if (!TAILQ_EMPTY(&in->conns))
        http_server_watch(in);
}

/* A loop that stood still has everything due at once: answers that were to come before ours, and bytes that came in
 * time. They go first. */
static void on_sweep(void *arg)
{
    struct http_in *in = arg;

    in->sweep = loop_timer_start(in->options.loop, 1, sweep, in);
}

void http_server_watch(struct http_in *in)
{
    if (!in->sweep)
        in->sweep = loop_timer_start(in->options.loop, sweep_ms(&in->limits), on_sweep, in);
}

/* --- create, stop, destroy -----------------------------------------------------------------------------------------
 */

bool http_in_listen(struct http_in *in, const char *address, struct error *err)
{
    int fd;

    return listen_open(address, &fd, err) && http_door_open(in, fd, address[0] == '/' ? address : NULL, err);
}

bool http_in_listen_fd(struct http_in *in, int fd, struct error *err)
{
    return http_door_open(in, fd, NULL, err);
}

int http_in_port(const struct http_in *in)
{
    return http_door_port(in);
}

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

static void free_in(struct http_in *in)
{
    histograms_clear(&in->times);
    free(in);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_in *in = handle->data;

    if (--in->handles == 0)
        free_in(in);
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
    TAILQ_INIT(&in->streams);
    in->daemon = http_intake_start(in);
    if (!in->daemon) {
        free_in(in);
        error_set(err, ERR_INTERNAL, "http server: libmicrohttpd does not start");
        return NULL;
    }
    if (!start_handles(in, err)) {
        MHD_stop_daemon(in->daemon);
        free_in(in);
        return NULL;
    }
    in->lingering = linger_create(options->loop);
    return in;
}

void http_in_quiesce(struct http_in *in)
{
    struct http_conn *conn;

    TAILQ_FOREACH(conn, &in->conns, link)
    if (conn->exchange && conn->exchange->stream)
        http_stream_stop(conn->exchange->stream); /* who follows it goes to another instance */
    in->is_quiet = true;
    http_door_close_all(in);
}

/* Not yet handed out: nobody will ever hear of it. */
static void withdraw_ready(struct http_in *in)
{
    struct http_exchange *exchange;

    while ((exchange = TAILQ_FIRST(&in->ready))) {
        TAILQ_REMOVE(&in->ready, exchange, link);
        http_server_end_waiting(exchange);
        http_exchange_release_body(exchange);
    }
}

static void answer_all(struct http_in *in)
{
    struct http_conn *conn;

    withdraw_ready(in);
    TAILQ_FOREACH(conn, &in->conns, link)
    if (conn->exchange && conn->exchange->stream)
        http_stream_stop(conn->exchange->stream);
    else if (conn->exchange && conn->exchange->is_suspended)
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
    http_stream_tell_gone(in);
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

    TAILQ_FOREACH(conn, &in->conns, link)
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
    http_server_mark_dirty(in);
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
    struct http_note *note;

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
    http_stream_forget_all(in);
    forget_owed(in);
    uv_close((uv_handle_t *)&in->poll, on_handle_closed);
    uv_close((uv_handle_t *)&in->pass, on_handle_closed);
}

const struct histograms *http_in_times(const struct http_in *in)
{
    return &in->times;
}

struct http_in_counts http_in_counts(const struct http_in *in)
{
    struct http_in_counts counts = in->counts;

    counts.streams = http_stream_count(in);
    return counts;
}
