/* door_slack_event.c - POST /slack/events, or an envelope of Socket Mode: mentions and direct messages, which ask, and
 * what happens in the workspace.
 *
 * No connection waits for words: people are answered where they wrote. Slack sends an event again when it was not
 * taken, so whoever could not store it says so by a status, and what can never be read is refused for good.
 */
#include "bot/doors.h"

#include "bot/log.h"
#include "integrations/slack/command.h"
#include "integrations/slack/event.h"

#define NOT_NOW_STATUS 503 /* Slack tries again: at once, after one minute, after five */

/* ---- what becomes of one ---- */

struct told { /* waits until the store has it */
    struct sender sender;
    char *request_id;
};

static const char *const refusals[] = {
    [ARRIVAL_FULL] = "too much waits",
    [ARRIVAL_TOO_OFTEN] = "this person asks too often",
    [ARRIVAL_IN_DOUBT] = "the store did not confirm it",
    [ARRIVAL_NO_STORE] = "the store is down",
    [ARRIVAL_FOREIGN] = "the store is another one",
    [ARRIVAL_TOO_LARGE] = "it is too large",
    [ARRIVAL_MALFORMED] = "it is not valid UTF-8",
};

static void on_told(void *arg, enum arrival_is is, const char *why)
{
    struct told *told = arg;
    bool is_taken = is == ARRIVAL_NEW || is == ARRIVAL_DUPLICATE;
    bool is_hopeless = is == ARRIVAL_TOO_LARGE || is == ARRIVAL_MALFORMED || is == ARRIVAL_TOO_OFTEN;

    if (!is_taken)
        log_warn("slack.event_refused", LOG_STR("request", told->request_id), LOG_STR("why", refusals[is]),
                 LOG_STR("detail", why));
    sender_status(&told->sender, is_taken || is_hopeless ? 200 : NOT_NOW_STATUS);
    free(told->request_id);
    free(told);
}

void door_slack_tell(struct door *door, const struct sender *sender, const struct reply_door *how,
                     const struct arrival *arrival)
{
    struct told *told = xcalloc(1, sizeof(*told));
    struct arrival named = *arrival;

    *told = (struct told){ *sender, xstrdup(sender->id) };
    named.request_id = told->request_id;
    door_offer(door, how, &named, on_told, told);
}

/* ---- events ---- */

/* How long ago it was written, by our clock: the store's may be set to another time than Slack's. */
static int64_t age_ms(const struct door *door, const struct slack_event_door *event)
{
    return event->written_at_ms ? door->unix_ms(door->ctx) - event->written_at_ms : 0;
}

/* From when it was written, and never longer than at any other door, for Slack's clock may be ahead of ours. What comes
 * later than that is accepted, and told so by its codec. How long it has left our clock tells; until when, the store's.
 */
static int64_t void_at_ms(const struct door *door, int64_t age_ms)
{
    int64_t left_ms = PERSON_REQUEST_VOID_MS - age_ms;

    return left_ms > 0 && left_ms < PERSON_REQUEST_VOID_MS ? door->options->store_unix_ms(door->options->ctx) + left_ms
                                                           : 0;
}

static void accept_event(struct door *door, const struct sender *sender, const struct slack_event_door *event)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct reply_address *to = &event->reply_to;
    bool asks = event->is == SLACK_EVENT_ASKED;
    int64_t age = asks ? age_ms(door, event) : 0;
    bool is_late = age > PERSON_REQUEST_VOID_MS;

    door_slack_tell(
        door, sender, asks ? &door_slack : NULL,
        &(struct arrival){ .source = SLACK_SOURCE,
                           .kind = event->kind,
                           .keys = event->keys,
                           .keys_count = event->keys_count,
                           .is_fact = !asks,
                           .not_after_ms = asks ? void_at_ms(door, age) : 0,
                           .channel = to->channel,
                           .thread = to->thread,
                           .user = to->user,
                           .is_for_one = to->is_for_one,
                           .body = is_late ? slack_event_asked_late(event->body, age, arena) : event->body });
}

static void answer_challenge(const struct sender *sender, const char *challenge)
{
    struct http_reply reply = { .status = 200, .content_type = "text/plain", .body = str_of(challenge) };

    sender_answer(sender, &reply);
}

static void take(struct door *door, const struct sender *sender, const struct slack_event_door *event)
{
    switch (event->is) {
    case SLACK_EVENT_ASKED:
    case SLACK_EVENT_TOLD:
        accept_event(door, sender, event);
        break;
    case SLACK_EVENT_CHALLENGE:
        answer_challenge(sender, event->challenge);
        break;
    case SLACK_EVENT_LIMITED:
        log_warn("slack.events_limited", LOG_STR("team", event->team), LOG_INT("minute_unix_ms", event->limited_at_ms),
                 LOG_STR("text", "Slack holds events back: more than 30,000 came within an hour"));
        sender_status(sender, 200);
        break;
    case SLACK_EVENT_IGNORED:
        door->counts->passed_over++;
        log_debug("slack.ignored", LOG_STR("request", sender->id), LOG_STR("type", event->type),
                  LOG_STR("why", event->why));
        sender_status(sender, 200);
        break;
    }
}

static void refuse_for_good(struct http_request *request)
{
    static const struct http_header never[] = { { "X-Slack-No-Retry", "1" } };
    struct http_reply reply = { .status = 400, .headers = never, .header_count = ARRAY_LEN(never) };

    http_in_answer(request, &reply);
}

void door_slack_event(void *arg, struct http_request *request)
{
    struct door *door = arg;
    AUTO(arena) struct arena *arena = arena_create();
    struct sender sender = sender_http(request);
    struct slack_event_door event;
    struct error err;

    if (!door_slack_knows(door, request))
        return;
    if (slack_event_accept(request->body, NULL, arena, &event, &err)) {
        take(door, &sender, &event);
        return;
    }
    door_slack_malformed(door, request->id, &err);
    refuse_for_good(request);
}

/* What makes no sense is acknowledged: sent again it would make no more. */
void door_slack_event_envelope(struct door *door, const struct sender *sender, const cJSON *payload)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_event_door event;
    struct error err;

    if (slack_event_accept_payload(payload, NULL, arena, &event, &err)) {
        take(door, sender, &event);
        return;
    }
    door_slack_malformed(door, sender->id, &err);
    sender_status(sender, 200);
}
