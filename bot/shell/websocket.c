#include "bot/shell/websocket_inner.h"

#include <curl/curl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_MS 10000
#define HANDSHAKE_MS 10000
#define PING_MS 5000
#define HANGUP_MS 30000

/* --- the end of a connection ---------------------------------------------------------------------------------------
 */

static void set_why(struct websocket *websocket, const char *why)
{
    if (!websocket->why[0])
        snprintf(websocket->why, sizeof(websocket->why), "%s", why);
}

static void free_websocket(struct websocket *websocket)
{
    struct outgoing *one;

    while ((one = TAILQ_FIRST(&websocket->queue))) {
        TAILQ_REMOVE(&websocket->queue, one, link);
        free(one); /* NOLINT(clang-analyzer-unix.Malloc): TAILQ_REMOVE does change the head */
    }
    loop_timer_cancel(websocket->deadline);
    loop_timer_cancel(websocket->soon);
    resolve_cancel(websocket->query);
    buf_finish(&websocket->message);
    curl_free(websocket->scheme);
    curl_free(websocket->host);
    free(websocket->path);
    free(websocket);
}

/* The library has let go, or never had it: the one way out. */
static void end_websocket(struct websocket *websocket)
{
    struct websockets *home = websocket->home;
    struct websocket_end end = { .was_open = websocket->was_open, .code = websocket->code, .why = websocket->why };

    if (websocket->wsi)
        lws_set_wsi_user(websocket->wsi, NULL); /* what it still says of it concerns nobody */
    TAILQ_REMOVE(&home->all, websocket, link);
    home->count--;
    set_why(websocket, "closed");
    if (websocket->options.on_closed)
        websocket->options.on_closed(websocket->options.arg, &end);
    free_websocket(websocket);
    websockets_finish_if_over(home);
}

/* The socket is shut first: otherwise bytes that wait would be waited for. Outside the
 * library's callbacks only; `websocket` is gone afterwards. */
void websocket_cut(struct websocket *websocket, const char *why)
{
    struct lws *wsi = websocket->wsi;

    set_why(websocket, why);
    if (wsi) {
        int fd = lws_get_socket_fd(wsi);

        lws_set_wsi_user(wsi, NULL);
        websocket->wsi = NULL;
        if (fd >= 0)
            shutdown(fd, SHUT_RDWR);
        lws_set_timeout(wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
        lws_cancel_service(websocket->home->context); /* so that it looks at its timers, which nothing else wakes */
    }
    end_websocket(websocket);
}

static void on_deadline(void *arg)
{
    static const char *const whys[] = {
        [RESOLVING] = "no connection in time",
        [CONNECTING] = "no connection in time",
        [UPGRADING] = "no answer to the upgrade",
        [FLUSHING] = "closed, and it took no bytes",
        [CLOSING] = "closed, and the close was not answered",
    };
    struct websocket *websocket = arg;

    websocket->deadline = NULL;
    websocket_cut(websocket, whys[websocket->phase]);
}

static void set_deadline(struct websocket *websocket, int64_t after_ms, loop_fn fn)
{
    loop_timer_cancel(websocket->deadline);
    websocket->deadline = loop_timer_start(websocket->home->options.loop, after_ms, fn, websocket);
}

/* --- the close frame -----------------------------------------------------------------------------------------------
 */

/* The library loses a close frame that is asked for inside its callbacks; so this runs outside of them. */
static void on_soon(void *arg)
{
    struct websocket *websocket = arg;

    websocket->soon = NULL;
    if (websocket->phase != FLUSHING || !websocket->wsi) {
        websocket_cut(websocket, "closed before it was open");
        return;
    }
    websocket->phase = CLOSING;
    lws_close_reason(websocket->wsi, (enum lws_close_status)websocket->code, NULL, 0);
    lws_set_timeout(websocket->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC); /* may end it */
}

static void act_soon(struct websocket *websocket)
{
    if (!websocket->soon)
        websocket->soon = loop_timer_start(websocket->home->options.loop, 0, on_soon, websocket);
}

static void begin_close(struct websocket *websocket, int code, const char *why)
{
    if (websocket->phase > OPEN)
        return;
    set_why(websocket, why);
    if (websocket->phase < OPEN) {
        loop_timer_cancel(websocket->soon);
        websocket->soon = NULL;
        resolve_cancel(websocket->query);
        websocket->query = NULL;
        act_soon(websocket);
        return;
    }
    websocket->phase = FLUSHING;
    websocket->code = code;
    buf_finish(&websocket->message);
    set_deadline(websocket, WEBSOCKET_CLOSE_MS, on_deadline);
    lws_callback_on_writable(websocket->wsi);
}

void websocket_close(struct websocket *websocket, int code)
{
    begin_close(websocket, code, "closed by us");
}

void websocket_cancel(struct websocket *websocket)
{
    if (!websocket)
        return;
    websocket->options.on_closed = NULL;
    begin_close(websocket, WEBSOCKET_GOING_AWAY, "closed by us");
}

/* --- an open connection --------------------------------------------------------------------------------------------
 */

static int64_t now_ms(const struct websocket *websocket)
{
    return loop_now_ms(websocket->home->options.loop);
}

static void heard(struct websocket *websocket)
{
    websocket->heard_at_ms = now_ms(websocket);
    websocket->pinged_at_ms = 0;
}

static void on_ping_due(void *arg)
{
    struct websocket *websocket = arg;
    const struct websocket_options *options = &websocket->options;
    int64_t now = now_ms(websocket);

    websocket->deadline = NULL;
    /* A ping must have been out for long: a machine that slept wakes with bytes unread, and they count. */
    if (websocket->pinged_at_ms && now - websocket->heard_at_ms >= options->hangup_ms &&
        now - websocket->pinged_at_ms >= (options->hangup_ms - options->ping_ms) / 2) {
        websocket_cut(websocket, "silent: neither a message nor an answer to our pings");
        return;
    }
    if (!websocket->pinged_at_ms)
        websocket->pinged_at_ms = now;
    websocket->wants_ping = true;
    lws_callback_on_writable(websocket->wsi);
    set_deadline(websocket, options->ping_ms, on_ping_due);
}

static void on_established(struct websocket *websocket)
{
    if (websocket->phase > OPEN || websocket->soon) /* closed meanwhile */
        return;
    websocket->phase = OPEN;
    websocket->was_open = true;
    heard(websocket);
    set_deadline(websocket, websocket->options.ping_ms, on_ping_due);
    if (websocket->options.on_open)
        websocket->options.on_open(websocket->options.arg);
}

static void hand_out(struct websocket *websocket)
{
    AUTO_BUF struct buf message = websocket->message; /* ours now: the owner may close in its callback */

    websocket->message = BUF(websocket->options.message_max_bytes);
    if (websocket->options.on_text && websocket->options.on_closed)
        websocket->options.on_text(websocket->options.arg, buf_str(&message));
}

static void on_received(struct websocket *websocket, const char *at, size_t len)
{
    struct lws *wsi = websocket->wsi;

    heard(websocket);
    if (websocket->phase != OPEN)
        return;
    if (lws_is_first_fragment(wsi)) {
        websocket->is_ignoring = lws_frame_is_binary(wsi);
        buf_clear(&websocket->message);
    }
    if (websocket->is_ignoring)
        return;
    buf_add(&websocket->message, at, len);
    if (websocket->message.failed ||
        lws_remaining_packet_payload(wsi) > websocket->options.message_max_bytes - websocket->message.len)
        begin_close(websocket, WEBSOCKET_TOO_LARGE, "a message was larger than we take");
    else if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0)
        hand_out(websocket);
}

bool websocket_send(struct websocket *websocket, struct str text)
{
    struct outgoing *one;

    if (websocket->phase != OPEN || websocket->queue_bytes + text.len > websocket->options.queue_max_bytes)
        return false;
    one = xcalloc(1, sizeof(*one) + LWS_PRE + text.len + 1);
    one->len = text.len;
    if (text.len > 0)
        memcpy(one->bytes + LWS_PRE, text.at, text.len);
    TAILQ_INSERT_TAIL(&websocket->queue, one, link);
    websocket->queue_bytes += text.len;
    lws_callback_on_writable(websocket->wsi);
    return true;
}

/* One frame for each call: then the library buffers at most that one. Not 0: the connection is to die. */
static int on_writable(struct websocket *websocket)
{
    struct outgoing *one = TAILQ_FIRST(&websocket->queue);
    int sent = 0;

    if (websocket->wants_ping && websocket->phase == OPEN) {
        unsigned char ping[LWS_PRE + 1];

        websocket->wants_ping = false;
        sent = lws_write(websocket->wsi, ping + LWS_PRE, 0, LWS_WRITE_PING);
    } else if (one) {
        TAILQ_REMOVE(&websocket->queue, one, link);
        websocket->queue_bytes -= one->len;
        sent = lws_write(websocket->wsi, one->bytes + LWS_PRE, one->len, LWS_WRITE_TEXT);
        free(one);
    } else if (websocket->phase == FLUSHING) {
        act_soon(websocket);
        return 0;
    }
    if (sent < 0) {
        set_why(websocket, "the connection takes no bytes");
        return -1;
    }
    if (!TAILQ_EMPTY(&websocket->queue) || websocket->phase == FLUSHING)
        lws_callback_on_writable(websocket->wsi);
    return 0;
}

static void on_peer_closes(struct websocket *websocket, const unsigned char *at, size_t len)
{
    if (websocket->phase == FLUSHING) { /* the library answers it; nothing of ours can be sent any more */
        loop_timer_cancel(websocket->soon);
        websocket->soon = NULL;
        websocket->phase = CLOSING;
    }
    if (websocket->phase != OPEN)
        return;
    websocket->code = len >= 2 ? at[0] << 8 | at[1] : WEBSOCKET_NO_CODE;
    set_why(websocket, "closed by the peer");
    websocket->phase = CLOSING;
    set_deadline(websocket, WEBSOCKET_CLOSE_MS, on_deadline);
}

/* --- the library's callback ----------------------------------------------------------------------------------------
 */

static int check_certificate(struct websocket *websocket, X509_STORE_CTX *chain, size_t is_good)
{
    char why[160];

    if (is_good)
        return 0;
    snprintf(why, sizeof(why), "its certificate is not good: %s",
             X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain)));
    set_why(websocket, why);
    return 0; /* the library refuses it */
}

static void on_handshake_sent(struct websocket *websocket)
{
    if (websocket->phase != CONNECTING)
        return;
    websocket->phase = UPGRADING;
    set_deadline(websocket, websocket->options.handshake_ms, on_deadline);
}

/* The library lets go of it. */
static void on_lost(struct websocket *websocket, const char *why)
{
    set_why(websocket, why);
    lws_set_wsi_user(websocket->wsi, NULL);
    websocket->wsi = NULL;
    if (websocket->is_calling)
        websocket->has_failed = true; /* the call that began it tells */
    else
        end_websocket(websocket);
}

static void on_failed(struct websocket *websocket, const char *at, size_t len)
{
    char why[160];

    snprintf(why, sizeof(why), "no connection: %.*s", (int)(at ? strnlen(at, len) : 0), at ? at : "");
    on_lost(websocket, why);
}

int websocket_on_library(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct websocket *websocket = user;

    /* This one comes with the library's SSL object in place of the owner. */
    if (reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION) {
        websocket = lws_wsi_user(wsi);
        return websocket ? check_certificate(websocket, user, len) : 0;
    }
    if (!websocket)
        return 0;
    websocket->wsi = wsi;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        on_handshake_sent(websocket);
        break;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        on_established(websocket);
        break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        on_received(websocket, in, len);
        break;
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        heard(websocket);
        break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writable(websocket);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        on_peer_closes(websocket, in, len);
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        on_failed(websocket, in, len);
        break;
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP: /* before the upgrade was answered */
    case LWS_CALLBACK_WSI_DESTROY:
        on_lost(websocket, websocket->was_open ? "the connection broke" : "no connection: it broke at its beginning");
        break;
    default:
        break;
    }
    return 0;
}

/* --- a new connection ----------------------------------------------------------------------------------------------
 */

static void connect_to(struct websocket *websocket, const char *address)
{
    char host[WEBSOCKET_HOST_MAX_BYTES + 16];
    bool is_tls = strcmp(websocket->scheme, "wss") == 0;
    bool is_usual = websocket->port == (is_tls ? 443 : 80);
    struct lws_client_connect_info info = {
        .context = websocket->home->context,
        .address = address,
        .port = websocket->port,
        .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (is_tls ? LCCSCF_USE_SSL : 0),
        .path = websocket->path,
        .host = host,
        .local_protocol_name = "messages",
        .ietf_version_or_minus_one = -1,
        .userdata = websocket,
        .alpn = "http/1.1",
    };
    const struct lws *wsi;

    if (is_usual)
        snprintf(host, sizeof(host), "%s", websocket->host);
    else
        snprintf(host, sizeof(host), "%s:%d", websocket->host, websocket->port);
    websocket->phase = CONNECTING;
    websocket->is_calling = true;
    wsi = lws_client_connect_via_info(&info);
    websocket->is_calling = false;
    if (wsi && !websocket->has_failed)
        return;
    websocket->wsi = NULL;
    set_why(websocket, "no connection");
    end_websocket(websocket);
}

static void on_addresses(void *arg, const struct resolve_addresses *addresses, const struct error *err)
{
    struct websocket *websocket = arg;

    websocket->query = NULL;
    if (!addresses) {
        websocket_cut(websocket, err->message);
        return;
    }
    connect_to(websocket, addresses->text[websocket->home->attempts++ % addresses->count]);
}

static void on_literal(void *arg)
{
    struct websocket *websocket = arg;
    struct resolve_addresses addresses;
    struct error err = { 0 };

    websocket->soon = NULL;
    if (resolve_literal(websocket->host, &addresses)) {
        on_addresses(websocket, &addresses, NULL);
        return;
    }
    error_set(&err, ERR_INVALID, "%s: nobody here looks up names", websocket->host);
    on_addresses(websocket, NULL, &err);
}

static void set_defaults(struct websocket_options *options)
{
    options->connect_ms = options->connect_ms ? options->connect_ms : CONNECT_MS;
    options->handshake_ms = options->handshake_ms ? options->handshake_ms : HANDSHAKE_MS;
    options->ping_ms = options->ping_ms ? options->ping_ms : PING_MS;
    options->hangup_ms = options->hangup_ms ? options->hangup_ms : HANGUP_MS;
    options->message_max_bytes = options->message_max_bytes ? options->message_max_bytes : WEBSOCKET_MESSAGE_MAX_BYTES;
    options->queue_max_bytes = options->queue_max_bytes ? options->queue_max_bytes : WEBSOCKET_QUEUE_MAX_BYTES;
}

struct websocket *websocket_start(struct websockets *websockets, const struct websocket_options *options,
                                  struct error *err)
{
    struct websocket *websocket = xcalloc(1, sizeof(*websocket));

    TAILQ_INIT(&websocket->queue);
    websocket->home = websockets;
    websocket->code = WEBSOCKET_NO_CLOSE;
    websocket->options = *options;
    set_defaults(&websocket->options);
    websocket->message = BUF(websocket->options.message_max_bytes);
    if (!websocket_read_url(websocket, options->url, err) ||
        (websockets->count >= WEBSOCKETS_MAX && !error_set(err, ERR_UNAVAILABLE, "too many connections at once"))) {
        free_websocket(websocket);
        return NULL;
    }
    websocket->options.url = NULL; /* not ours */
    TAILQ_INSERT_TAIL(&websockets->all, websocket, link);
    websockets->count++;
    set_deadline(websocket, websocket->options.connect_ms, on_deadline);
    if (websockets->options.resolve)
        websocket->query = resolve_start(websockets->options.resolve, websocket->host, on_addresses, websocket);
    else
        websocket->soon = loop_timer_start(websockets->options.loop, 0, on_literal, websocket);
    return websocket;
}
