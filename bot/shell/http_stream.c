/* http_stream.c - an answer that goes on: bytes now and then, until either side has enough.
 *
 * Between two pieces the connection is suspended: a reader that has nothing to give would make libmicrohttpd ask again
 * in every turn. A client that left is so noticed by the sweep, or by the next piece. What a client does not take is
 * held up to a ceiling, for as long as a request may take; then it is cut.
 *
 * A stream has two holders: whoever writes, until http_stream_end or on_gone, and libmicrohttpd's response. Whoever
 * lets go last frees it.
 */
#include "bot/shell/http_server.h"

#include <string.h>

#define BLOCK_BYTES 4096 /* at most, in one call of the reader */

struct http_stream {
    struct http_in *in;             /* NULL once that is destroyed */
    struct http_exchange *exchange; /* NULL once the connection has let go */
    struct http_stream_options options;
    char *bytes; /* not taken yet */
    size_t len;
    bool is_ended;                 /* nothing comes any more */
    bool is_gone;                  /* its client has, and on_gone is due */
    bool has_writer, has_response; /* that still hold it */
    TAILQ_ENTRY(http_stream) link;
};

static void free_unheld(struct http_stream *stream)
{
    if (stream->has_writer || stream->has_response)
        return;
    free(stream->bytes);
    free(stream);
}

static void let_writer_go(struct http_stream *stream)
{
    stream->has_writer = false;
    if (stream->in)
        TAILQ_REMOVE(&stream->in->streams, stream, link);
    free_unheld(stream);
}

/* ---- what libmicrohttpd asks for ---- */

static ssize_t give(void *arg, uint64_t at, char *room, size_t room_bytes)
{
    struct http_stream *stream = arg;
    struct http_exchange *exchange = stream->exchange;
    size_t len = stream->len < room_bytes ? stream->len : room_bytes;

    (void)at;
    if (!exchange)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (len > 0) {
        memcpy(room, stream->bytes, len);
        stream->len -= len;
        memmove(stream->bytes, stream->bytes + len, stream->len);
        http_server_enter(exchange->conn, HTTP_PHASE_STREAMING); /* it takes: its time begins anew */
        return (ssize_t)len;
    }
    if (stream->is_ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    exchange->is_suspended = true;
    MHD_suspend_connection(exchange->conn->mhd);
    return 0;
}

static void on_response_freed(void *arg)
{
    struct http_stream *stream = arg;

    stream->has_response = false;
    free_unheld(stream);
}

static void wake(struct http_stream *stream)
{
    struct http_exchange *exchange = stream->exchange;

    if (!exchange || !exchange->is_suspended)
        return;
    exchange->is_suspended = false;
    MHD_resume_connection(exchange->conn->mhd);
    http_server_mark_dirty(exchange->in);
}

/* ---- begun ---- */

static void add_headers(struct MHD_Response *response, const struct http_exchange *exchange,
                        const struct http_stream_options *options)
{
    MHD_add_response_header(response, "X-Request-Id", exchange->id);
    MHD_add_response_header(response, "Content-Type", options->content_type);
    MHD_add_response_header(response, "Connection", "close");
    for (size_t i = 0; i < options->header_count; i++)
        MHD_add_response_header(response, options->headers[i].name, options->headers[i].value);
}

struct http_stream *http_stream_begin(struct http_exchange *exchange, const struct http_stream_options *options)
{
    struct http_stream *stream = xcalloc(1, sizeof(*stream));

    stream->options = *options;
    stream->in = exchange->in;
    stream->exchange = exchange;
    stream->has_writer = stream->has_response = true;
    exchange->response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, give, stream, on_response_freed);
    if (!exchange->response)
        abort(); /* out of memory */
    add_headers(exchange->response, exchange, options);
    exchange->status = MHD_HTTP_OK;
    exchange->stream = stream;
    TAILQ_INSERT_TAIL(&stream->in->streams, stream, link);
    return stream;
}

bool http_stream_write(struct http_stream *stream, struct str bytes)
{
    struct http_exchange *exchange = stream->exchange;

    if (!exchange || stream->is_ended)
        return false;
    if (bytes.len > stream->options.backlog_max_bytes - stream->len) {
        http_conn_cut(exchange->conn);
        wake(stream); /* libmicrohttpd has to notice */
        return false;
    }
    if (stream->len == 0)
        http_server_enter(exchange->conn, HTTP_PHASE_STREAMING); /* so long it has for this */
    stream->bytes = xrealloc(stream->bytes, stream->len + bytes.len);
    memcpy(stream->bytes + stream->len, bytes.at, bytes.len);
    stream->len += bytes.len;
    wake(stream);
    return true;
}

bool http_stream_is_owed(const struct http_stream *stream)
{
    return stream->len > 0;
}

void http_stream_stop(struct http_stream *stream)
{
    stream->is_ended = true;
    wake(stream);
}

void http_stream_end(struct http_stream *stream)
{
    if (!stream)
        return;
    http_stream_stop(stream);
    let_writer_go(stream);
}

/* ---- over ---- */

void http_stream_over(struct http_stream *stream)
{
    stream->exchange = NULL;
    stream->is_gone = stream->has_writer;
    if (stream->is_gone)
        http_server_mark_dirty(stream->in);
}

/* A writer may do anything when it hears of it: each time from the beginning. */
void http_stream_tell_gone(struct http_in *in)
{
    struct http_stream *stream;

    do {
        TAILQ_FOREACH(stream, &in->streams, link)
        if (stream->is_gone)
            break;
        if (stream) {
            void (*on_gone)(void *arg) = stream->options.on_gone;
            void *arg = stream->options.arg;

            let_writer_go(stream);
            on_gone(arg);
        }
    } while (stream);
}

void http_stream_forget_all(struct http_in *in)
{
    struct http_stream *stream;

    while ((stream = TAILQ_FIRST(&in->streams))) {
        TAILQ_REMOVE(&in->streams, stream, link);
        stream->in = NULL;
    }
}

unsigned http_stream_count(const struct http_in *in)
{
    const struct http_stream *stream;
    unsigned count = 0;

    TAILQ_FOREACH(stream, &in->streams, link)
    count++;
    return count;
}
