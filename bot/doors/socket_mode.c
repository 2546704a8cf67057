#include "bot/doors/socket_mode.h"

#include "bot/log.h"
#include "integrations/slack/socket_policy.h"
#include "integrations/url.h"

#include <stdio.h>
#include <string.h>
#include <utlist.h>

#define ASK_MS 10000
#define PING_MS 5000 /* Slack says nothing of pings; its own clients ping so often, and wait so long */
#define HANGUP_MS 30000

struct connection { /* one slot of the policy's */
    struct socket_mode *home;
    int slot;
    struct http_out_call *call; /* while it asks */
    char *url;                  /* between answer and connect: secret */
    struct websocket *websocket;
    uint64_t number; /* which connection this is; 0: none */
    uint64_t token;  /* which of our tokens it was asked for with */
    size_t owed;
};

struct owed { /* an envelope that is out */
    struct socket_envelope envelope;
    struct socket_mode *home; /* NULL: it has ended */
    struct arena *arena;      /* holds the message */
    int slot;
    uint64_t number;
    struct owed *prev, *next;
};

struct socket_mode {
    struct socket_mode_options options;
    struct slack_sockets policy;
    struct connection connections[SLACK_SOCKETS_MAX + 1];
    struct loop_timer *timer;
    struct owed *owed;
    uint64_t last_number;
    uint64_t tokens; /* how many there were before this one */
    struct socket_mode_counts counts;
    char alarm[128];
};

static void happen(struct socket_mode *home, struct slack_socket_happening happening);

static int64_t now_ms(const struct socket_mode *home)
{
    return home->options.clock->mono_ms(home->options.clock->ctx);
}

/* ---- apps.connections.open ---- */

static void wipe(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

static void refuse(struct connection *connection, const char *error, int64_t retry_after_ms, const char *why)
{
    connection->home->counts.refused++;
    log_warn("slack.socket_refused", LOG_INT("slot", connection->slot), LOG_STR("why", why));
    happen(connection->home,
           (struct slack_socket_happening){
               .what = SOCKET_REFUSED, .slot = connection->slot, .error = error, .retry_after_ms = retry_after_ms });
}

static void on_asked(void *arg, const struct http_answer *answer)
{
    struct connection *connection = arg;
    AUTO(arena) struct arena *arena = arena_create();
    const char *error, *url;
    struct error err;

    connection->call = NULL;
    if (connection->token != connection->home->tokens) {
        refuse(connection, NULL, 0, "another token came meanwhile");
        return;
    }
    if (answer->status == 0) {
        refuse(connection, NULL, 0, answer->failure);
        return;
    }
    url = slack_socket_url(answer->body, connection->home->options.api_url, arena, &error, &err);
    if (answer->status == 200 && url) {
        connection->url = xstrdup(url);
        happen(connection->home, (struct slack_socket_happening){ .what = SOCKET_ANSWERED, .slot = connection->slot });
        return;
    }
    refuse(connection, answer->status == 429 ? "ratelimited" : error, http_answer_retry_after_ms(answer),
           url ? arena_printf(arena, "apps.connections.open: status %d", answer->status) : err.message);
}

static void ask(struct connection *connection)
{
    const struct socket_mode_options *options = &connection->home->options;
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);
    AUTO_BUF struct buf bearer = BUF(URL_MAX_BYTES);
    const struct http_header headers[] = {
        { "Authorization", (buf_addf(&bearer, "Bearer %s", options->app_token), buf_text(&bearer)) },
        { "Content-Type", "application/x-www-form-urlencoded" },
    };
    struct error err;

    url_add_base(&url, options->api_url);
    buf_puts(&url, "/apps.connections.open");
    connection->home->counts.asked++;
    connection->token = connection->home->tokens;
    connection->call = http_out_start(options->http_out,
                                      &(struct http_call){ .method = "POST",
                                                           .url = buf_text(&url),
                                                           .headers = headers,
                                                           .header_count = ARRAY_LEN(headers),
                                                           .timeout_ms = ASK_MS,
                                                           .credential = HTTP_NO_CREDENTIAL },
                                      on_asked, connection, &err);
    if (bearer.at)
        explicit_bzero(bearer.at, bearer.len);
    if (!connection->call)
        refuse(connection, NULL, 0, err.message);
}

/* ---- envelopes ---- */

static void tell_owed(struct connection *connection)
{
    happen(connection->home,
           (struct slack_socket_happening){ .what = SOCKET_OWED, .slot = connection->slot, .owed = connection->owed });
}

static bool send_acknowledgement(struct connection *connection, const char *id, const cJSON *payload)
{
    AUTO_FREE char *text = slack_acknowledgement(id, payload);

    return connection->websocket && websocket_send(connection->websocket, str_of(text));
}

/* The connection that brought it; NULL when that has gone. */
static struct connection *connection_of(const struct owed *owed)
{
    struct connection *connection = owed->home ? &owed->home->connections[owed->slot] : NULL;

    return connection && connection->number == owed->number ? connection : NULL;
}

static struct connection *let_go(struct owed *owed)
{
    struct connection *connection = connection_of(owed);

    if (owed->home) {
        DL_DELETE(owed->home->owed, owed);
        owed->home->counts.owed--;
    }
    if (connection)
        connection->owed--;
    return connection;
}

static void free_owed(struct owed *owed)
{
    arena_destroy(owed->arena);
    free(owed);
}

bool socket_mode_acknowledge(struct socket_envelope *envelope, const cJSON *payload)
{
    struct owed *owed = CONTAINER_OF(envelope, struct owed, envelope);
    struct socket_mode *home = owed->home;
    struct connection *connection = let_go(owed);
    bool is_sent = connection && send_acknowledgement(connection, envelope->message.id,
                                                      envelope->message.accepts_payload ? payload : NULL);

    if (is_sent) {
        home->counts.acknowledged++;
        home->counts.late += now_ms(home) - envelope->received_at_ms > SOCKET_MODE_ACKNOWLEDGE_MS;
    } else if (home) {
        home->counts.orphaned++;
    }
    free_owed(owed);
    if (connection)
        tell_owed(connection);
    return is_sent;
}

bool socket_mode_is_waiting(const struct socket_envelope *envelope)
{
    return connection_of(CONTAINER_OF(envelope, const struct owed, envelope)) != NULL;
}

void socket_mode_drop(struct socket_envelope *envelope)
{
    struct owed *owed = CONTAINER_OF(envelope, struct owed, envelope);
    struct socket_mode *home = owed->home;
    struct connection *connection = let_go(owed);

    if (home)
        home->counts.dropped++;
    free_owed(owed);
    if (connection)
        tell_owed(connection);
}

/* Takes the arena that the message lives in. */
static void hand_out(struct connection *connection, const struct slack_message *message, struct arena *arena)
{
    struct socket_mode *home = connection->home;
    struct owed *owed = xcalloc(1, sizeof(*owed));

    *owed = (struct owed){ .envelope = { *message, now_ms(home) },
                           .home = home,
                           .arena = arena,
                           .slot = connection->slot,
                           .number = connection->number };
    DL_APPEND(home->owed, owed);
    home->counts.owed++;
    home->counts.envelopes++;
    home->counts.retried += message->retry_attempt > 0;
    connection->owed++;
    tell_owed(connection);
    home->options.on_envelope(home->options.arg, &owed->envelope);
}

/* What nobody here knows is acknowledged: sent again it would be no better. */
static void on_unknown(struct connection *connection, const struct slack_message *message)
{
    connection->home->counts.unknown++;
    log_warn("slack.socket_unknown", LOG_STR("type", message->type));
    if (message->id)
        send_acknowledgement(connection, message->id, NULL);
}

static void on_message(struct connection *connection, const struct slack_message *message, struct arena **arena)
{
    struct socket_mode *home = connection->home;

    if (message->kind == SLACK_HELLO) {
        home->counts.hellos++;
        log_info("slack.socket_good", LOG_INT("slot", connection->slot), LOG_INT("connections", message->connections));
        happen(home, (struct slack_socket_happening){ .what = SOCKET_HELLO, .slot = connection->slot });
        if (connection->token != home->tokens) /* it was on its way already */
            happen(home, (struct slack_socket_happening){
                             .what = SOCKET_DISCONNECT, .slot = connection->slot, .reason = SLACK_REFRESH });
    } else if (message->kind == SLACK_DISCONNECT) {
        log_info("slack.socket_ends", LOG_INT("slot", connection->slot), LOG_STR("reason", message->reason_text));
        happen(home, (struct slack_socket_happening){
                         .what = SOCKET_DISCONNECT, .slot = connection->slot, .reason = message->reason });
    } else if (message->kind == SLACK_UNKNOWN) {
        on_unknown(connection, message);
    } else if (home->counts.owed == SOCKET_MODE_OWED_MAX) {
        home->counts.overloaded++;
    } else {
        hand_out(connection, message, TAKE(*arena));
    }
}

/* ---- the WebSocket ---- */

static void on_open(void *arg)
{
    struct connection *connection = arg;

    connection->home->counts.opened++;
    happen(connection->home, (struct slack_socket_happening){ .what = SOCKET_OPENED, .slot = connection->slot });
}

static void on_text(void *arg, struct str text)
{
    struct connection *connection = arg;
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_message message;
    struct error err;

    if (slack_message_decode(text, arena, &message, &err)) {
        on_message(connection, &message, &arena);
        return;
    }
    connection->home->counts.malformed++;
    log_warn("slack.socket_malformed", LOG_STR("why", err.message));
}

static void end_connection(struct connection *connection)
{
    connection->websocket = NULL;
    connection->number = 0;
    connection->owed = 0;
}

static void on_closed(void *arg, const struct websocket_end *end)
{
    struct connection *connection = arg;
    struct socket_mode *home = connection->home;

    end_connection(connection);
    home->counts.closed += end->was_open;
    log_info("slack.socket_closed", LOG_INT("slot", connection->slot), LOG_INT("code", end->code),
             LOG_STR("why", end->why));
    happen(home, (struct slack_socket_happening){ .what = SOCKET_CLOSED, .slot = connection->slot });
}

static void connect_to(struct connection *connection)
{
    const struct websocket_options options = { .url = connection->url,
                                               .ping_ms = PING_MS,
                                               .hangup_ms = HANGUP_MS,
                                               .on_open = on_open,
                                               .on_text = on_text,
                                               .on_closed = on_closed,
                                               .arg = connection };
    struct error err;

    connection->websocket = websocket_start(connection->home->options.websockets, &options, &err);
    wipe(&connection->url);
    if (connection->websocket) {
        connection->number = ++connection->home->last_number;
        return;
    }
    log_warn("slack.socket_closed", LOG_INT("slot", connection->slot), LOG_STR("why", err.message));
    happen(connection->home, (struct slack_socket_happening){ .what = SOCKET_CLOSED, .slot = connection->slot });
}

/* ---- the policy's orders ---- */

static void carry_out(struct socket_mode *home, const struct slack_socket_order *order)
{
    struct connection *connection = &home->connections[order->slot >= 0 ? order->slot : 0];

    switch (order->act) {
    case SOCKET_ASK:
        ask(connection);
        break;
    case SOCKET_CONNECT:
        connect_to(connection);
        break;
    case SOCKET_CLOSE:
        log_info("slack.socket_closing", LOG_INT("slot", order->slot), LOG_STR("why", order->why));
        websocket_close(connection->websocket, WEBSOCKET_NORMAL);
        break;
    case SOCKET_ALARM:
    case SOCKET_ALARM_OVER:
        home->counts.is_alarmed = order->act == SOCKET_ALARM;
        home->counts.alarms += home->counts.is_alarmed;
        (void)snprintf(home->alarm, sizeof(home->alarm), "%s", order->why);
        if (home->counts.is_alarmed)
            log_error("slack.socket_alarm", LOG_STR("why", order->why));
        if (home->options.on_alarm)
            home->options.on_alarm(home->options.arg, home->counts.is_alarmed ? order->why : NULL);
        break;
    }
}

static void on_timer(void *arg)
{
    struct socket_mode *home = arg;

    home->timer = NULL;
    happen(home, (struct slack_socket_happening){ .what = SOCKET_TICK });
}

static void set_timer(struct socket_mode *home)
{
    int64_t at_ms = slack_sockets_wake_at_ms(&home->policy), now = now_ms(home);

    loop_timer_cancel(home->timer);
    home->timer =
        at_ms == INT64_MAX ? NULL : loop_timer_start(home->options.loop, at_ms > now ? at_ms - now : 0, on_timer, home);
}

/* An order that fails at once happens inside this one: what it leads to concerns its own slot. */
static void happen(struct socket_mode *home, struct slack_socket_happening happening)
{
    struct slack_socket_order orders[SLACK_SOCKET_ORDERS_MAX];
    size_t count = slack_sockets_step(&home->policy, &happening, now_ms(home), orders);

    for (size_t i = 0; i < count; i++)
        carry_out(home, &orders[i]);
    set_timer(home);
}

const char *socket_mode_alarm(const struct socket_mode *socket_mode)
{
    return socket_mode->counts.is_alarmed ? socket_mode->alarm : NULL;
}

struct socket_mode_counts socket_mode_counts(const struct socket_mode *socket_mode)
{
    struct socket_mode_counts counts = socket_mode->counts;

    counts.good = slack_sockets_good(&socket_mode->policy);
    counts.connections = slack_sockets_connections(&socket_mode->policy);
    return counts;
}

struct socket_mode *socket_mode_create(const struct socket_mode_options *options)
{
    struct socket_mode *home = xcalloc(1, sizeof(*home));
    uint64_t seed;

    home->options = *options;
    for (int slot = 0; slot < (int)ARRAY_LEN(home->connections); slot++)
        home->connections[slot] = (struct connection){ .home = home, .slot = slot };
    options->clock->random(options->clock->ctx, &seed, sizeof(seed));
    slack_sockets_init(&home->policy, (int)options->connections, seed);
    happen(home, (struct slack_socket_happening){ .what = SOCKET_TICK });
    return home;
}

void socket_mode_reconfigure(struct socket_mode *socket_mode, const char *app_token)
{
    bool is_same = strcmp(socket_mode->options.app_token, app_token) == 0;

    socket_mode->options.app_token = app_token;
    if (is_same)
        return;
    socket_mode->tokens++;
    log_info("slack.socket_renewed", LOG_STR("why", "slack.socket_mode.app_token is another one"));
    happen(socket_mode, (struct slack_socket_happening){ .what = SOCKET_RENEW });
}

void socket_mode_leave(struct socket_mode *socket_mode)
{
    happen(socket_mode, (struct slack_socket_happening){ .what = SOCKET_LEAVE });
}

void socket_mode_destroy(struct socket_mode *socket_mode)
{
    struct owed *owed;

    if (!socket_mode)
        return;
    loop_timer_cancel(socket_mode->timer);
    for (size_t i = 0; i < ARRAY_LEN(socket_mode->connections); i++) {
        http_out_cancel(socket_mode->connections[i].call);
        websocket_cancel(socket_mode->connections[i].websocket);
        wipe(&socket_mode->connections[i].url);
    }
    DL_FOREACH(socket_mode->owed, owed)
        owed->home = NULL;
    free(socket_mode);
}
