/* slack_event.c - POST /slack/events, or an envelope of Socket Mode: mentions and direct messages, which ask, and
 * what happens in the workspace.
 *
 * No connection waits for words: people are answered where they wrote. Slack sends an event again when it was not
 * taken, so whoever could not store it says so by a status, and what can never be read is refused for good.
 */
#include "bot/doors/doors.h"

#include "bot/doors/large.h"
#include "bot/doors/rates.h"
#include "bot/log.h"
#include "integrations/slack/command.h"
#include "integrations/slack/event.h"

#define NOT_NOW_STATUS 503 /* Slack tries again: at once, after one minute, after five */

/* ---- what becomes of one ---- */

struct told { /* waits until the store has it */
    struct door *door;
    struct sender sender;
    struct arena *arena;
    const char *who;        /* asks, and would be told that it was too often; NULL: nobody */
    struct arrival arrival; /* of them: a copy */
    bool is_refusal;        /* it is that, by now */
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

static void on_told(void *arg, enum arrival_is is, const char *why);

/* No connection waits for words, so the owner says them where it was asked: what is stored is the refusal, in place of
 * what was asked. Once an hour, or it would be as much to read as what they may not ask. */
static bool refuse_in_words(struct told *told, const char *again_in)
{
    struct door *door = told->door;
    int64_t now_ms = loop_now_ms(door->options->loop);

    if (!told->who || rates_wait(door->told_too_often, told->who, now_ms) > 0)
        return false;
    rates_count(door->told_too_often, told->who, now_ms);
    told->is_refusal = true;
    told->arrival.body = slack_event_asked_too_often(told->arrival.body, again_in, told->arena);
    door_offer(door, &door_slack, &told->arrival, on_told, told);
    return true;
}

static void on_told(void *arg, enum arrival_is is, const char *why)
{
    struct told *told = arg;
    bool is_taken = is == ARRIVAL_NEW || is == ARRIVAL_DUPLICATE;
    bool is_hopeless = is == ARRIVAL_TOO_LARGE || is == ARRIVAL_MALFORMED || is == ARRIVAL_TOO_OFTEN;

    if (!is_taken)
        log_warn("slack.event_refused", LOG_STR("request", told->arrival.request_id), LOG_STR("why", refusals[is]),
                 LOG_STR("detail", why));
    if (is == ARRIVAL_TOO_OFTEN && refuse_in_words(told, why))
        return;
    if (told->is_refusal && is != ARRIVAL_NEW)
        rates_take_back(told->door->told_too_often, told->who);
    sender_status(&told->sender, is_taken || is_hopeless ? 200 : NOT_NOW_STATUS);
    arena_destroy(told->arena);
    free(told);
}

/* So that it can be offered once more, as what it was refused for. */
static struct arrival copy_arrival(const struct arrival *arrival, struct arena *arena)
{
    struct arrival copy = *arrival;
    const char **keys = arena_alloc(arena, (arrival->keys_count + 1) * sizeof(*keys));

    for (size_t i = 0; i < arrival->keys_count; i++)
        keys[i] = arena_strdup(arena, arrival->keys[i]);
    copy.keys = keys;
    copy.channel = arena_strdup(arena, arrival->channel);
    copy.thread = arena_strdup(arena, arrival->thread);
    copy.user = arena_strdup(arena, arrival->user);
    copy.body = arena_strdup(arena, arrival->body);
    return copy;
}

void door_slack_tell(struct door *door, const struct sender *sender, const struct reply_door *how, const char *team,
                     const struct arrival *arrival)
{
    struct told *told = xcalloc(1, sizeof(*told));

    *told = (struct told){ .door = door, .sender = *sender, .arena = arena_create() };
    if (how && arrival->user && door->settings->limits.requests_per_hour > 0) {
        told->who = arena_printf(told->arena, "%s %s", team, arrival->user);
        told->arrival = copy_arrival(arrival, told->arena);
    } else {
        told->arrival = *arrival;
    }
    told->arrival.request_id = arena_strdup(told->arena, sender->id);
    door_offer(door, how, &told->arrival, on_told, told);
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
        door, sender, asks ? &door_slack : NULL, event->team,
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

static void take_or_refuse(struct door *door, struct http_request *request, const struct slack_event_door *event,
                           const struct error *err)
{
    struct sender sender = sender_http(request);

    if (!err) {
        take(door, &sender, event);
        return;
    }
    door_slack_malformed(door, request->id, err);
    refuse_for_good(request);
}

/* A long message, which stands there twice and more, is read on the pool: it would hold up everybody else. */
struct large_event {
    struct door *door;
    const struct settings *settings; /* the pool may still work when the door has gone */
    struct arena *arena;
    struct str body;
    struct slack_proof proof;
    bool is_genuine, is_good;
    struct slack_event_door event;
    struct error err;
};

static void read_large(void *arg) /* on the pool */
{
    struct large_event *large = arg;

    large->is_genuine = door_slack_is_genuine(large->settings, &large->proof, large->body, &large->err);
    large->is_good =
        large->is_genuine && slack_event_accept(large->body, NULL, large->arena, &large->event, &large->err);
}

static void act_on_large(void *arg, struct http_request *request)
{
    struct large_event *large = arg;

    if (large->is_genuine)
        take_or_refuse(large->door, request, &large->event, large->is_good ? NULL : &large->err);
    else
        door_slack_refuse(large->door, request, &large->err);
    ingress_flush(large->door->ingress); /* no pass over the connections follows that would do it */
}

static void free_large(void *arg)
{
    struct large_event *large = arg;

    arena_destroy(large->arena);
    free(large);
}

static void wait_for_pool(struct door *door, struct http_request *request)
{
    static const struct large_job job = { read_large, act_on_large, free_large };
    struct large_event *large = xcalloc(1, sizeof(*large));

    *large = (struct large_event){ .door = door,
                                   .settings = door->settings,
                                   .arena = arena_create(),
                                   .body = request->body,
                                   .proof = door_slack_proof(door, request) };
    large->proof.timestamp = arena_strdup(large->arena, large->proof.timestamp);
    large->proof.signature = arena_strdup(large->arena, large->proof.signature);
    if (!large_bodies_take(door->large_bodies, request, &job, large)) /* which has Slack try again */
        door->counts->full++;
}

void door_slack_event(void *arg, struct http_request *request)
{
    struct door *door = arg;
    AUTO(arena) struct arena *arena = NULL;
    struct slack_event_door event;
    struct error err;

    if (request->body.len > LARGE_MIN_BYTES) {
        wait_for_pool(door, request);
        return;
    }
    if (!door_slack_knows(door, request))
        return;
    arena = arena_create();
    if (slack_event_accept(request->body, NULL, arena, &event, &err))
        take_or_refuse(door, request, &event, NULL);
    else
        take_or_refuse(door, request, NULL, &err);
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
