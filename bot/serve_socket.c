/* serve_socket.c - Slack by Socket Mode: the connections, and each envelope as a sender at the doors that HTTP has too.
 */
#include "bot/server.h"

#include "bot/base/digest.h"
#include "bot/doors/doors.h"
#include "bot/log.h"

#include <string.h>

#include <utlist.h>

struct socket_sender { /* an envelope that waits for its answer; then whoever answered waits to be told */
    struct server *server;
    struct socket_envelope *envelope; /* NULL: answered */
    char id[HTTP_REQUEST_ID_MAX + 1];
    void (*on_sent)(void *arg, bool was_sent);
    void *arg;
    bool was_sent;
    struct loop_timer *later;
    struct socket_sender *prev, *next; /* of the server's, while `later` runs */
};

/* ---- answers ---- */

/* Lets go of it, and tells whoever answered. */
static void end_sender(struct socket_sender *sender)
{
    struct socket_sender told = *sender;

    DL_DELETE(sender->server->socket_senders, sender);
    loop_timer_cancel(sender->later);
    free(sender);
    told.on_sent(told.arg, told.was_sent);
}

static void on_later(void *arg)
{
    struct socket_sender *sender = arg;

    sender->later = NULL;
    end_sender(sender);
}

/* What Slack takes as an answer is JSON. */
static bool acknowledge(struct socket_envelope *envelope, struct str body)
{
    AUTO_JSON cJSON *payload = NULL;
    struct error ignored;

    if (body.len > 0)
        (void)json_parse(body, &payload, &ignored);
    return socket_mode_acknowledge(envelope, payload);
}

static void answer(void *arg, const struct http_reply *reply)
{
    struct socket_sender *sender = arg;
    struct socket_envelope *envelope = TAKE(sender->envelope);

    if (reply->status >= 200 && reply->status < 300)
        sender->was_sent = acknowledge(envelope, reply->body);
    else
        socket_mode_drop(envelope);
    if (!reply->on_sent) {
        free(sender);
        return;
    }
    sender->on_sent = reply->on_sent;
    sender->arg = reply->arg;
    DL_APPEND(sender->server->socket_senders, sender);
    sender->later = loop_timer_start(sender->server->loop, 0, on_later, sender);
}

static bool is_waiting(const void *arg)
{
    const struct socket_sender *sender = arg;

    return socket_mode_is_waiting(sender->envelope);
}

/* ---- envelopes ---- */

static const struct {
    enum slack_message_kind kind;
    void (*enter)(struct door *door, const struct sender *sender, const cJSON *payload);
} doors[] = {
    { SLACK_COMMAND, door_slack_command_envelope },
    { SLACK_INTERACTION, door_slack_interaction_envelope },
    { SLACK_EVENT, door_slack_event_envelope },
};

/* The envelope's own id, so that Slack's log and ours tell of the same; one that is none of ours is known by its
 * digest. */
static void name_sender(struct socket_sender *sender, const char *id)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    bool is_good = id[0] && strlen(id) <= HTTP_REQUEST_ID_MAX && strspn(id, letters) == strlen(id);
    struct digest_hex digest = digest_hex(digest_sha256(str_of(id)));

    (void)snprintf(sender->id, sizeof(sender->id), "%s", is_good ? id : digest.text);
}

static void on_envelope(void *arg, struct socket_envelope *envelope)
{
    struct server *s = arg;
    struct socket_sender *guest = xcalloc(1, sizeof(*guest));
    const struct slack_message *message = &envelope->message;
    const struct sender sender = { .id = guest->id,
                                   .received_at_ms = loop_now_ms(s->loop),
                                   .is_deaf = !message->accepts_payload,
                                   .answer = answer,
                                   .is_waiting = is_waiting,
                                   .arg = guest };

    guest->server = s;
    guest->envelope = envelope;
    name_sender(guest, message->id);
    for (size_t i = 0; i < ARRAY_LEN(doors); i++)
        if (doors[i].kind == message->kind) {
            doors[i].enter(ingress_door(s->ingress), &sender, message->payload);
            return; /* it may have been answered, and then the envelope is gone */
        }
}

/* ---- beginning and end ---- */

static void on_log(void *arg, const char *line)
{
    (void)arg;
    log_warn("websocket.complaint", LOG_STR("text", line));
}

bool server_start_socket(struct server *s, struct error *err)
{
    const struct slack_settings *slack = &s->settings->slack;

    if (!slack->socket_mode)
        return true;
    s->websockets = websockets_create(
        &(struct websockets_options){ .loop = s->loop, .resolve = s->resolve, .on_log = on_log }, err);
    if (!s->websockets)
        return error_wrap(err, "slack.socket_mode");
    s->socket_turn = loop_turn_start(s->loop, ingress_flush, s->ingress);
    s->socket_mode = socket_mode_create(&(struct socket_mode_options){ .loop = s->loop,
                                                                       .http_out = s->http_out,
                                                                       .websockets = s->websockets,
                                                                       .clock = &s->clock,
                                                                       .api_url = slack->api_url,
                                                                       .app_token = slack->socket_mode->app_token,
                                                                       .connections = slack->socket_mode->connections,
                                                                       .on_envelope = on_envelope,
                                                                       .arg = s });
    s->health.socket_mode = s->socket_mode;
    return true;
}

void server_leave_socket(struct server *s)
{
    if (s->socket_mode)
        socket_mode_leave(s->socket_mode);
}

void server_end_socket(struct server *s)
{
    s->health.socket_mode = NULL;
    while (s->socket_senders)
        end_sender(s->socket_senders);
    loop_turn_cancel(TAKE(s->socket_turn));
    socket_mode_destroy(TAKE(s->socket_mode));
    websockets_destroy(TAKE(s->websockets));
}
