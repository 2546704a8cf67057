#include "bot/shell/http_exchange.h"

#include "bot/shell/clock.h"
#include "bot/shell/http_server.h"
#include "bot/shell/http_target.h"

#include <stdio.h>
#include <string.h>

#define ID_RANDOM_BYTES 10

void http_exchange_make_id(char id[HTTP_REQUEST_ID_MAX + 1])
{
    struct clock clock = clock_system();
    unsigned char dice[ID_RANDOM_BYTES];
    size_t len = 0;

    clock.random(clock.ctx, dice, sizeof(dice));
    for (size_t i = 0; i < sizeof(dice); i++)
        len += (size_t)snprintf(id + len, HTTP_REQUEST_ID_MAX + 1 - len, "%02x", dice[i]);
}

struct http_exchange *http_exchange_create(struct http_in *in, struct http_conn *conn, const char *target)
{
    struct http_exchange *exchange = xcalloc(1, sizeof(*exchange));

    exchange->in = in;
    exchange->conn = conn;
    exchange->target = xstrdup(target);
    exchange->started_ns = clock_mono_ns();
    exchange->came_at = target;
    http_exchange_make_id(exchange->id);
    exchange->request.id = exchange->id;
    return exchange;
}

void http_exchange_destroy(struct http_exchange *exchange)
{
    if (!exchange)
        return;
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    buf_finish(&exchange->body);
    free(exchange->target);
    free(exchange->method);
    free(exchange->path);
    free(exchange);
}

void http_exchange_refuse(struct http_exchange *exchange, int status, const char *detail)
{
    if (exchange->refusal)
        return;
    exchange->refusal = status;
    exchange->refusal_detail = detail;
}

void http_exchange_blame(struct http_exchange *exchange, int status, const char *detail)
{
    const struct http_gate *gate = exchange->match.route ? exchange->match.route->gate : NULL;
    bool is_put_off = gate && gate->on_put_off;

    if (exchange->refusal)
        return;
    if (is_put_off && !exchange->in->is_quiet)
        gate->on_put_off(exchange->match.arg, &exchange->request, detail);
    http_exchange_refuse(exchange, is_put_off ? MHD_HTTP_SERVICE_UNAVAILABLE : status, detail);
}

static void take_id(struct http_exchange *exchange, struct MHD_Connection *connection)
{
    const char *id = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Request-Id");

    if (http_target_is_request_id(id))
        snprintf(exchange->id, sizeof(exchange->id), "%s", id);
}

bool http_exchange_take_head(struct http_exchange *exchange, struct MHD_Connection *connection, const char *method,
                             const char *version)
{
    const char *wrong =
        http_head_check(connection, method, exchange->came_at, strlen(exchange->target), version, &exchange->head);
    struct error err;

    exchange->method = xstrdup(method);
    exchange->request.method = exchange->method;
    if (!wrong)
        take_id(exchange, connection);
    if (!wrong && !http_target_parse(str_of(exchange->target), &exchange->path, &exchange->request.query, &err))
        wrong = "the request's target is malformed";
    if (wrong) {
        http_exchange_refuse(exchange, MHD_HTTP_BAD_REQUEST, wrong);
        return false;
    }
    exchange->request.path = exchange->path;
    return true;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    MHD_add_response_header(response, name, value); /* refuses names and values with line ends */
}

void http_exchange_set_reply(struct http_exchange *exchange, const struct http_reply *reply, bool is_last)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        reply->body.len, (void *)(uintptr_t)(reply->body.at ? reply->body.at : ""), MHD_RESPMEM_MUST_COPY);

    if (!response)
        abort(); /* out of memory */
    add_header(response, "X-Request-Id", exchange->id);
    if (reply->content_type)
        add_header(response, "Content-Type", reply->content_type);
    for (size_t i = 0; i < reply->header_count; i++)
        add_header(response, reply->headers[i].name, reply->headers[i].value);
    if (is_last)
        add_header(response, "Connection", "close");
    exchange->response = response;
    exchange->status = reply->status;
    exchange->on_sent = reply->on_sent;
    exchange->on_sent_arg = reply->arg;
}

void http_exchange_set_problem(struct http_exchange *exchange, const struct http_problem *problem, bool is_last)
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

enum MHD_Result http_exchange_queue(struct http_exchange *exchange)
{
    enum MHD_Result result = MHD_queue_response(exchange->conn->mhd, (unsigned)exchange->status, exchange->response);

    MHD_destroy_response(exchange->response);
    exchange->response = NULL;
    exchange->was_queued = result == MHD_YES;
    http_server_enter(exchange->conn, exchange->stream ? HTTP_PHASE_STREAMING : HTTP_PHASE_WRITING);
    return result;
}

/* --- the end -------------------------------------------------------------------------------------------------------
 */

void http_exchange_note_sent(struct http_exchange *exchange, bool was_sent)
{
    struct http_in *in = exchange->in;
    struct http_note *note;

    if (!in || !exchange->on_sent)
        return;
    note = xcalloc(1, sizeof(*note));
    *note = (struct http_note){ .on_sent = exchange->on_sent, .arg = exchange->on_sent_arg, .was_sent = was_sent };
    exchange->on_sent = NULL;
    STAILQ_INSERT_TAIL(&in->notes, note, link);
    http_server_mark_dirty(in);
}

void http_exchange_release_body(struct http_exchange *exchange)
{
    if (exchange->in)
        exchange->in->counts.body_bytes -= exchange->body.len;
    buf_finish(&exchange->body);
    exchange->request.body = (struct str){ .len = 0 };
}

void http_exchange_free_unheld(struct http_exchange *exchange)
{
    if (exchange->conn || exchange->is_owed)
        return;
    http_exchange_release_body(exchange);
    http_exchange_destroy(exchange);
}

void http_exchange_detach(struct http_exchange *exchange)
{
    exchange->conn->exchange = NULL;
    exchange->conn = NULL;
    http_exchange_free_unheld(exchange);
}
