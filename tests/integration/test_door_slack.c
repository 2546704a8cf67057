/* Slack's doors: HTTP and Socket Mode give the same inputs, and each sender hears what makes it behave. */
#include "bot/doors/decode.h"
#include "integrations/slack/command.h"
#include "tests/integration/ingress_fixture.h"

#define HOOK "https://hooks.slack.com/actions/T0HOME/1/a"

/* ---- a sender as Socket Mode makes them ---- */

static struct guest {
    size_t answers;
    int status;
    char body[2048];
} guest;

static void hear(void *arg, const struct http_reply *reply)
{
    struct guest *heard = arg;

    heard->answers++;
    heard->status = reply->status;
    snprintf(heard->body, sizeof(heard->body), STR_FMT, STR_ARG(reply->body));
}

static bool always(const void *arg)
{
    (void)arg;
    return true;
}

typedef void (*enter_fn)(struct door *door, const struct sender *sender, const cJSON *payload);

static void come_in(enter_fn door, const char *payload, bool is_deaf)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;
    const cJSON *json = json_parse_in(arena, str_of(payload), &err);
    const struct sender sender = { .id = "11111111-2222",
                                   .received_at_ms = loop_now_ms(world.loop),
                                   .is_deaf = is_deaf,
                                   .answer = hear,
                                   .is_waiting = always,
                                   .arg = &guest };

    if (!json)
        fail_msg("%s: %s", err.message, payload);
    guest = (struct guest){ 0 };
    door(ingress_door(world.ingress), &sender, json);
    ingress_flush(world.ingress);
}

/* ---- the same inputs ---- */

#define PERSON                                                                                                         \
    "\"team\":{\"id\":\"T0HOME\"},\"user\":{\"id\":\"U0ANN\",\"username\":\"ann\",\"team_id\":\"T0HOME\"},"            \
    "\"trigger_id\":\"1.2.3\""
#define BUTTON(more)                                                                                                   \
    "{\"type\":\"block_actions\"," PERSON more ",\"channel\":{\"id\":\"C0OPS\"},\"actions\":["                         \
    "{\"type\":\"button\",\"action_id\":\"opsgate.1.abort\",\"value\":\"abort D1\"}]}"
#define VIEW(type, callback, blocks)                                                                                   \
    "{\"type\":\"" type "\"," PERSON ",\"view\":{\"id\":\"V0VIEW\",\"callback_id\":\"" callback "\","                  \
    "\"private_metadata\":\"{\\\"command\\\":\\\"deploy\\\",\\\"channel\\\":\\\"C0OPS\\\"}\"," blocks                  \
    "\"state\":{\"values\":{\"1\":{\"word.service\":{\"type\":\"plain_text_input\",\"value\":\"api\"}}}}}}"
#define SHORTCUT "{\"type\":\"shortcut\"," PERSON ",\"callback_id\":\"opsgate.help\"}"
#define MESSAGE_SHORTCUT                                                                                               \
    "{\"type\":\"message_action\"," PERSON ",\"callback_id\":\"opsgate.help\",\"response_url\":\"" HOOK "\","          \
    "\"channel\":{\"id\":\"C0OPS\"},\"message_ts\":\"1700000000.000100\",\"message\":{\"text\":\"look\"}}"
#define EVENT(id, event)                                                                                               \
    "{\"type\":\"event_callback\",\"team_id\":\"T0HOME\",\"event_id\":\"" id "\",\"event_time\":1700000000,"           \
    "\"authorizations\":[{\"user_id\":\"U0BOT\",\"is_bot\":true}],\"event\":{" event "}}"
#define WRITTEN_S "1732147200"
#define SAID(type, more)                                                                                               \
    "\"type\":\"" type "\",\"user\":\"U0ANN\",\"text\":\"<@U0BOT> status api\",\"ts\":\"" WRITTEN_S ".000100\","       \
    "\"channel\":\"C0OPS\",\"event_ts\":\"1732147200.000100\"" more
#define MENTION EVENT("Ev1", SAID("app_mention", ""))
#define SAID_IN_CHANNEL EVENT("Ev2", SAID("message", ",\"channel_type\":\"channel\""))
#define BOTS_MENTION EVENT("Ev3", SAID("app_mention", ",\"bot_id\":\"B0\""))
#define OWN_MENTION                                                                                                    \
    EVENT("Ev4", "\"type\":\"message\",\"user\":\"U0BOT\",\"text\":\"<@U0BOT> help\",\"ts\":\"1.1\",\"channel\":\"C0\"")
#define DIRECT                                                                                                         \
    EVENT("Ev5", "\"type\":\"message\",\"channel_type\":\"im\",\"user\":\"U0ANN\",\"text\":\"help\","                  \
                 "\"ts\":\"1732147200.000100\",\"channel\":\"D0ANN\"")
#define ARCHIVED EVENT("Ev6", "\"type\":\"channel_archive\",\"channel\":\"C0OPS\",\"user\":\"U0ANN\"")

static const struct way {
    const char *name;
    const char *path, *type;
    const char *http; /* the body; NULL: as `payload`, NULL and form: `payload=` before it */
    enter_fn door;
    const char *payload; /* of the envelope */
} ways[] = {
    { "a command gives the same input both ways", "/slack/commands", NULL,
      "team_id=T0HOME&user_id=U0ANN&user_name=ann&channel_id=C0OPS&command=%2Fdeploy&text=api+%E2%80%9Ca+b%E2%80%9D+%26amp%3B%3D%25%2B"
      "&trigger_id=1.2.3&is_enterprise_install=false&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1",
      door_slack_command_envelope,
      "{\"team_id\":\"T0HOME\",\"user_id\":\"U0ANN\",\"user_name\":\"ann\",\"channel_id\":\"C0OPS\",\"command\":\"/deploy\","
      "\"text\":\"api \u201ca b\u201d &amp;=%+\",\"trigger_id\":\"1.2.3\",\"is_enterprise_install\":false,"
      "\"enterprise_id\":null,\"response_url\":\"https://hooks.slack.com/commands/1\"}" },
    { "so does a pressed button", "/slack/interactions", NULL, NULL, door_slack_interaction_envelope,
      BUTTON(",\"response_url\":\"" HOOK "\"") },
    { "so does one pressed in a modal", "/slack/interactions", NULL, NULL, door_slack_interaction_envelope,
      BUTTON("") },
    { "so does a modal that was sent", "/slack/interactions", NULL, NULL, door_slack_interaction_envelope,
      VIEW("view_submission", "opsgate.modal", "") },
    { "so does a modal that was left", "/slack/interactions", NULL, NULL, door_slack_interaction_envelope,
      VIEW("view_closed", "opsgate.modal", "") },
    { "so does a shortcut of the menu", "/slack/interactions", NULL, NULL, door_slack_interaction_envelope, SHORTCUT },
    { "so does one of a message", "/slack/interactions", NULL, NULL, door_slack_interaction_envelope,
      MESSAGE_SHORTCUT },
    { "so does a mention", "/slack/events", "application/json", NULL, door_slack_event_envelope, MENTION },
    { "so does the message that it stands in", "/slack/events", "application/json", NULL, door_slack_event_envelope,
      SAID_IN_CHANNEL },
    { "so does a direct message", "/slack/events", "application/json", NULL, door_slack_event_envelope, DIRECT },
    { "so does a fact", "/slack/events", "application/json", NULL, door_slack_event_envelope, ARCHIVED },
};

static struct raw signed_post(const char *path, const char *type, const char *body)
{
    struct raw raw = raw_connect(http_in_port(world.in));
    char more[512], timestamp[32];

    snprintf(timestamp, sizeof(timestamp), "%lld", (long long)time(NULL));
    snprintf(more, sizeof(more), "X-Slack-Request-Timestamp: %s\r\nX-Slack-Signature: %s\r\n", timestamp,
             slack_signature_make(SECRET, timestamp, str_of(body)).text);
    post(&raw, path, type ? type : "application/x-www-form-urlencoded", more, str_of(body));
    return raw;
}

static struct raw event_post(const char *body)
{
    return signed_post("/slack/events", "application/json", body);
}

static struct raw interaction_post(struct arena *arena, const char *payload)
{
    return signed_post("/slack/interactions", NULL, arena_printf(arena, "payload=%s", payload));
}

static struct raw post_way(struct arena *arena, const struct way *way)
{
    if (way->type)
        return signed_post(way->path, way->type, way->payload);
    return way->http ? signed_post(way->path, NULL, way->http) : interaction_post(arena, way->payload);
}

static void take_item(struct arena *arena, struct inbox_item *ret_item, struct decoded *ret_decoded)
{
    struct error err;
    const cJSON *json = json_parse_in(arena, str_of(world.last_item), &err);

    if (!json || !shape_from_json(&inbox_item_shape, json, arena, ret_item, &err) ||
        !decode_item(ret_item, arena, ret_decoded, &err))
        fail_msg("%s: %s", err.message, world.last_item);
}

static void assert_same(const char *a, const char *b)
{
    if (!a || !b)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

static void assert_same_items(const struct inbox_item *a, const struct inbox_item *b)
{
    assert_same(a->source, b->source);
    assert_same(a->kind, b->kind);
    assert_int_equal(a->keys_count, b->keys_count);
    for (size_t i = 0; i < a->keys_count; i++)
        assert_same(a->keys[i], b->keys[i]);
    assert_int_equal(a->not_after, b->not_after);
    assert_same(a->reply_to.door, b->reply_to.door);
    assert_same(a->reply_to.instance, b->reply_to.instance);
    assert_same(a->reply_to.url, b->reply_to.url);
    assert_same(a->reply_to.channel, b->reply_to.channel);
    assert_same(a->reply_to.thread, b->reply_to.thread);
    assert_same(a->reply_to.user, b->reply_to.user);
    assert_int_equal(a->reply_to.is_for_one, b->reply_to.is_for_one);
    assert_int_equal(a->reply_to.inline_until_ms == 0, b->reply_to.inline_until_ms == 0);
}

static void assert_same_requests(const struct request *a, const struct request *b)
{
    assert_true(principal_equal(&a->principal, &b->principal));
    assert_same(a->principal.name, b->principal.name);
    assert_same(a->principal.team, "T0HOME");
    assert_same(a->verb, b->verb);
    assert_same(a->text, b->text);
    assert_int_equal(a->words_count, b->words_count);
    for (size_t i = 0; i < a->words_count; i++)
        assert_same(a->words[i], b->words[i]);
    assert_int_equal(a->quoted_words, b->quoted_words);
    assert_same(a->channel, b->channel);
    assert_same(a->trigger, b->trigger);
    assert_int_equal(!a->about, !b->about);
    if (a->about)
        assert_same(a->about->ts, b->about->ts);
}

static void assert_same_events(const struct outside_event *a, const struct outside_event *b)
{
    assert_same(a->id, b->id);
    assert_same(a->source, b->source);
    assert_same(a->name, b->name);
    assert_same(a->subject, b->subject);
    assert_same(a->meaning, b->meaning);
    assert_true(principal_equal(&a->principal, &b->principal));
    assert_true(cJSON_Compare(a->body, b->body, true));
}

/* As if it were written just now, and by a clock that is ahead: so it has as long as at any other door. */
static const char *written_now(const char *payload, struct arena *arena)
{
    AUTO_BUF struct buf text = BUF(1 << 16);
    struct str rest = str_of(payload);

    while (rest.len > 0) {
        if (str_take_prefix(&rest, WRITTEN_S))
            buf_addf(&text, "%lld", (long long)time(NULL) + 3600);
        else
            buf_putc(&text, *rest.at), rest.at++, rest.len--;
    }
    return arena_copy(arena, buf_str(&text));
}

static void check_way(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct way now = *(const struct way *)*state, *way = &now;
    struct inbox_item by_http, by_socket;
    struct decoded http, socket;
    struct raw raw;

    enter(NULL);
    way->payload = written_now(way->payload, arena);
    raw = post_way(arena, way);
    wait_for_items(1);
    take_item(arena, &by_http, &http);
    come_in(way->door, way->payload, false);
    wait_for_items(2);
    take_item(arena, &by_socket, &socket);
    assert_same_items(&by_http, &by_socket);
    assert_int_equal(http.kind, socket.kind);
    if (http.kind == DECODED_REQUEST)
        assert_same_requests(&http.request, &socket.request);
    else
        assert_same_events(&http.event, &socket.event);
    assert_int_equal(guest.answers, 0); /* nothing is acknowledged before it is durable */
    raw_close(&raw);
    leave(NULL);
}

/* ---- events: a status for Slack, words for nobody ---- */

static const struct outcome_row {
    const char *name;
    enum store_status status;
    enum accept_result result;
    const char *http;
    int socket; /* 503: left unacknowledged */
} outcome_rows[] = {
    { "a new event is taken", STORE_OK, ACCEPT_NEW, "HTTP/1.1 200 ", 200 },
    { "so is one that comes again", STORE_OK, ACCEPT_DUPLICATE, "HTTP/1.1 200 ", 200 },
    { "when too much waits Slack shall try again", STORE_OK, ACCEPT_FULL, "HTTP/1.1 503 ", 503 },
    { "and when nobody knows", STORE_UNAVAILABLE, ACCEPT_NEW, "HTTP/1.1 503 ", 503 },
    { "and when the store cannot write", STORE_NOT_NOW, ACCEPT_NEW, "HTTP/1.1 503 ", 503 },
};

static void check_outcome(void **state)
{
    const struct outcome_row *row = *state;
    struct raw raw;

    enter(NULL);
    raw = event_post(MENTION);
    wait_for_items(1);
    answer_held(row->status, row->result);
    expect(&raw, row->http, "Content-Length: 0\r\n");
    come_in(door_slack_event_envelope, MENTION, true);
    answer_held(row->status, row->result);
    assert_int_equal(guest.answers, 1);
    assert_int_equal(guest.status, row->socket);
    assert_string_equal(guest.body, "");
    leave(NULL);
}

static void an_event_without_a_store_is_not_taken(void **state)
{
    struct raw raw;

    (void)state;
    world.state = (struct ingress_store){ INGRESS_STORE_DOWN, "Connection refused" };
    raw = event_post(MENTION);
    expect(&raw, "HTTP/1.1 503 ", "Content-Length: 0\r\n");
    come_in(door_slack_event_envelope, MENTION, true);
    assert_int_equal(guest.status, 503);
    world.state = (struct ingress_store){ INGRESS_STORE_FOREIGN, "another store" };
    come_in(door_slack_event_envelope, MENTION, true);
    assert_int_equal(guest.status, 503);
    assert_int_equal(world.items, 0);
}

static void a_mention_that_comes_as_two_events_has_one_key(void **state)
{
    static const char key[] = "slack-message:T0HOME:C0OPS:1732147200.000100";

    (void)state;
    come_in(door_slack_event_envelope, MENTION, true);
    assert_non_null(strstr(world.last_item, key));
    assert_non_null(strstr(world.last_item, "slack-event:T0HOME:Ev1"));
    come_in(door_slack_event_envelope, SAID_IN_CHANNEL, true);
    assert_non_null(strstr(world.last_item, key));
    assert_non_null(strstr(world.last_item, "slack-event:T0HOME:Ev2"));
    assert_int_equal(world.items, 2);
}

static void what_machines_say_asks_for_nothing(void **state)
{
    static const char *const events[] = { BOTS_MENTION, OWN_MENTION };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        struct raw raw = event_post(events[i]);

        expect(&raw, "HTTP/1.1 200 ", "Content-Length: 0\r\n");
        come_in(door_slack_event_envelope, events[i], true);
        assert_int_equal(guest.status, 200);
    }
    assert_int_equal(ingress_counts(world.ingress).passed_over, 4);
    assert_int_equal(world.items, 0);
}

static void an_event_that_makes_no_sense_is_refused_for_good(void **state)
{
    struct raw raw = event_post("{\"type\":\"event_callback\"");

    (void)state;
    expect(&raw, "HTTP/1.1 400 ", "X-Slack-No-Retry: 1\r\n");
    come_in(door_slack_event_envelope, "{\"type\":\"event_callback\"}", true);
    assert_int_equal(guest.status, 200); /* an acknowledgement: it would make no more sense the next time */
    raw = raw_connect(http_in_port(world.in));
    post(&raw, "/slack/events", "application/json", "", STR_LIT(MENTION));
    expect(&raw, "HTTP/1.1 401 ", "signature");
    assert_int_equal(ingress_counts(world.ingress).malformed, 2);
    assert_int_equal(ingress_counts(world.ingress).forged, 1);
    assert_int_equal(world.items, 0);
}

static void slacks_test_of_the_address_gets_its_challenge_and_nothing_unsigned_does(void **state)
{
    static const char test[] = "{\"type\":\"url_verification\",\"challenge\":\"3eZbrw1a\"}";
    struct raw raw = event_post(test);

    (void)state;
    expect(&raw, "HTTP/1.1 200 ", "\r\n\r\n3eZbrw1a");
    raw = raw_connect(http_in_port(world.in));
    post(&raw, "/slack/events", "application/json", "", str_of(test));
    expect(&raw, "HTTP/1.1 401 ", "signature");
}

/* Slack's clock may be ahead: what came long after it was written is told so by its codec, and not thrown away. */
static void a_mention_is_void_a_minute_after_it_was_written(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    int64_t now_s = (int64_t)time(NULL);
    struct inbox_item item;
    struct decoded decoded;
    struct error err;

    (void)state;
    come_in(door_slack_event_envelope,
            arena_printf(arena,
                         EVENT("Ev7", "\"type\":\"app_mention\",\"user\":\"U0ANN\",\"text\":\"<@U0BOT> help\","
                                      "\"channel\":\"C0OPS\",\"ts\":\"%lld.000100\""),
                         (long long)now_s - 30),
            true);
    take_item(arena, &item, &decoded);
    assert_true(item.not_after > STORE_MS && item.not_after <= STORE_MS + 30 * 1000); /* by the store's clock */
    assert_int_equal(decoded.kind, DECODED_REQUEST); /* though the store's clock is years behind */
    come_in(door_slack_event_envelope, MENTION, true);
    assert_true(
        shape_from_json(&inbox_item_shape, json_parse_in(arena, str_of(world.last_item), &err), arena, &item, &err));
    assert_int_equal(item.not_after, STORE_MS + PERSON_REQUEST_VOID_MS);
    assert_false(decode_item(&item, arena, &decoded, &err));
    assert_non_null(strstr(err.message, "too late"));
}

/* ---- too often: no connection waits for words, so the owner says them where it was asked ---- */

static void mention(struct arena *arena, const char *user, const char *id, const char *command)
{
    come_in(door_slack_event_envelope,
            arena_printf(arena,
                         EVENT("Ev%s", "\"type\":\"app_mention\",\"user\":\"%s\",\"text\":\"<@U0BOT> %s\","
                                       "\"channel\":\"C0OPS\",\"ts\":\"%lld.000%s\""),
                         id, user, command, (long long)time(NULL), id),
            true);
}

static void assert_last_item_refuses(struct arena *arena, const char *user)
{
    struct inbox_item item;
    struct decoded decoded;
    struct error err;

    assert_true(
        shape_from_json(&inbox_item_shape, json_parse_in(arena, str_of(world.last_item), &err), arena, &item, &err));
    assert_false(decode_item(&item, arena, &decoded, &err));
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.message, "asked too often within the hour, and may again in "));
    assert_string_equal(item.reply_to.channel, "C0OPS");
    assert_string_equal(item.reply_to.user, user);
}

static void who_mentions_too_often_is_told_once_where_they_asked(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    stop_doors();
    world.settings.limits.requests_per_hour = 1;
    start_doors();
    mention(arena, "U0ANN", "101", "status");
    answer_held(STORE_OK, ACCEPT_NEW);
    assert_int_equal(guest.status, 200);
    mention(arena, "U0ANN", "102", "status");
    assert_int_equal(world.items, 2);
    assert_last_item_refuses(arena, "U0ANN");
    assert_int_equal(guest.answers, 0); /* not before it is durable */
    answer_held(STORE_UNAVAILABLE, ACCEPT_NEW);
    assert_int_equal(guest.status, 503); /* Slack brings it again, and it is told then */
    mention(arena, "U0ANN", "102", "status");
    assert_last_item_refuses(arena, "U0ANN");
    answer_held(STORE_OK, ACCEPT_NEW);
    assert_int_equal(guest.status, 200);
    assert_int_equal(world.items, 3);
    for (int i = 0; i < 20; i++) { /* no flood */
        mention(arena, "U0ANN", "103", "status");
        assert_int_equal(guest.answers, 1);
        assert_int_equal(guest.status, 200);
    }
    assert_int_equal(world.items, 3);
    mention(arena, "U0ANN", "104", "rollback api production"); /* the way back */
    answer_held(STORE_OK, ACCEPT_NEW);
    mention(arena, "U0BOB", "105", "status"); /* somebody else */
    answer_held(STORE_OK, ACCEPT_NEW);
    assert_int_equal(world.items, 5);
    mention(arena, "U0BOB", "106", "status");
    assert_last_item_refuses(arena, "U0BOB");
    answer_held(STORE_OK, ACCEPT_NEW);
    assert_int_equal(ingress_counts(world.ingress).too_often, 23);
}

/* ---- commands and modals: words where they were asked ---- */

#define COMMAND                                                                                                          \
    "{\"team_id\":\"T0HOME\",\"user_id\":\"U0ANN\",\"command\":\"/ops\",\"trigger_id\":\"1.2\",\"response_url\":\"" HOOK \
    "\"}"

static void assert_guest_hears(int status, const char *text)
{
    assert_int_equal(guest.answers, 1);
    assert_int_equal(guest.status, status);
    if (!strstr(guest.body, text))
        fail_msg("no '%s' in: %s", text, guest.body);
}

static void a_command_by_socket_hears_that_the_store_is_down(void **state)
{
    (void)state;
    world.state = (struct ingress_store){ INGRESS_STORE_DOWN, "Connection refused" };
    come_in(door_slack_command_envelope, COMMAND, false);
    assert_guest_hears(200, "NOT accepted");
    assert_int_equal(world.refusals, 0);
}

static void a_command_whose_acknowledgement_takes_no_words_is_told_by_its_address(void **state)
{
    (void)state;
    come_in(door_slack_command_envelope, COMMAND, true);
    assert_non_null(strstr(world.last_item, "\"inline_until_ms\":0"));
    answer_held(STORE_OK, ACCEPT_FULL);
    assert_guest_hears(200, "");
    assert_string_equal(guest.body, "");
    assert_int_equal(world.refusals, 1);
    assert_string_equal(world.refusal_url, HOOK);
}

static void a_command_that_makes_no_sense_is_left_unacknowledged(void **state)
{
    static const char *const payloads[] = {
        "{}",
        "{\"team_id\":\"T0\",\"user_id\":\"U0\",\"command\":{\"a\":1}}",
        "{\"team_id\":\"T0\",\"user_id\":\"U0\",\"command\":\"/ops\",\"ssl_check\":\"1\"}",
        "{\"team_id\":\"T0\",\"user_id\":\"U0\",\"command\":\"/ops\",\"response_url\":\"https://evil.example/\"}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
        come_in(door_slack_command_envelope, payloads[i], false);
        assert_guest_hears(400, "");
    }
    assert_int_equal(ingress_counts(world.ingress).malformed, ARRAY_LEN(payloads));
    assert_int_equal(world.items, 0);
}

static void a_modal_is_answered_where_it_stands(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    static const struct reply done = { .text = "Begun." };
    struct inbox_item item;
    struct decoded decoded;

    (void)state;
    come_in(door_slack_interaction_envelope, VIEW("view_submission", "opsgate.modal", ""), false);
    take_item(arena, &item, &decoded);
    answer_held(STORE_OK, ACCEPT_NEW);
    assert_int_equal(guest.answers, 0);
    assert_true(replies_deliver(world.replies, item.reply_to.connection, &done, NULL, NULL));
    assert_guest_hears(200, "\"response_action\":\"update\"");
    assert_guest_hears(200, "Begun.");
}

static void a_modal_that_is_not_taken_stays_open_and_says_why(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct raw raw = interaction_post(arena, VIEW("view_submission", "opsgate.modal", ""));

    (void)state;
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_FULL);
    expect(&raw, "HTTP/1.1 200 ", "{\"response_action\":\"errors\",\"errors\":{\"1\":\"NOT accepted");
    world.state = (struct ingress_store){ INGRESS_STORE_DOWN, "Connection refused" };
    come_in(door_slack_interaction_envelope, VIEW("view_submission", "opsgate.modal", ""), false);
    assert_guest_hears(200, "{\"response_action\":\"errors\",\"errors\":{\"1\":\"NOT accepted");
    come_in(door_slack_interaction_envelope, VIEW("view_submission", "opsgate.modal", ""), true);
    assert_guest_hears(503, ""); /* its acknowledgement would close it, and take no words */
}

static void a_modal_of_others_is_refused_in_words(void **state)
{
    (void)state;
    come_in(door_slack_interaction_envelope,
            VIEW("view_submission", "others",
                 "\"blocks\":[{\"type\":\"divider\"},{\"type\":\"input\",\"block_id\":\"b7\"}],"),
            false);
    assert_guest_hears(200, "{\"response_action\":\"errors\",\"errors\":{\"b7\":\"opsgate does not know this form");
    come_in(door_slack_interaction_envelope, VIEW("view_submission", "others", ""), false);
    assert_guest_hears(200, "{\"response_action\":\"update\"");
    assert_guest_hears(200, "opsgate does not know this form");
    come_in(door_slack_interaction_envelope, VIEW("view_closed", "others", ""), false);
    assert_guest_hears(200, "");
    assert_int_equal(world.items, 0);
}

/* ---- who can be told nothing ---- */

static void a_shortcut_that_cannot_be_told_shows_slacks_own_error(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct raw raw = interaction_post(arena, SHORTCUT);

    (void)state;
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_FULL);
    expect(&raw, "HTTP/1.1 503 ", "Content-Length: 0\r\n");
    come_in(door_slack_interaction_envelope, SHORTCUT, true);
    answer_held(STORE_UNAVAILABLE, ACCEPT_NEW);
    assert_guest_hears(503, "");
    come_in(door_slack_interaction_envelope, SHORTCUT, true);
    answer_held(STORE_OK, ACCEPT_NEW);
    assert_guest_hears(200, "");
    assert_int_equal(world.refusals, 0);
}

static void an_end_with_senders_who_wait_is_clean(void **state)
{
    (void)state;
    come_in(door_slack_command_envelope, COMMAND, false);
    come_in(door_slack_event_envelope, MENTION, true);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(an_event_without_a_store_is_not_taken),
        IN_A_WORLD(a_mention_that_comes_as_two_events_has_one_key),
        IN_A_WORLD(what_machines_say_asks_for_nothing),
        IN_A_WORLD(an_event_that_makes_no_sense_is_refused_for_good),
        IN_A_WORLD(slacks_test_of_the_address_gets_its_challenge_and_nothing_unsigned_does),
        IN_A_WORLD(a_mention_is_void_a_minute_after_it_was_written),
        IN_A_WORLD(who_mentions_too_often_is_told_once_where_they_asked),
        IN_A_WORLD(a_command_by_socket_hears_that_the_store_is_down),
        IN_A_WORLD(a_command_whose_acknowledgement_takes_no_words_is_told_by_its_address),
        IN_A_WORLD(a_command_that_makes_no_sense_is_left_unacknowledged),
        IN_A_WORLD(a_modal_is_answered_where_it_stands),
        IN_A_WORLD(a_modal_that_is_not_taken_stays_open_and_says_why),
        IN_A_WORLD(a_modal_of_others_is_refused_in_words),
        IN_A_WORLD(a_shortcut_that_cannot_be_told_shows_slacks_own_error),
        IN_A_WORLD(an_end_with_senders_who_wait_is_clean),
    };
    struct CMUnitTest both[ARRAY_LEN(ways)], rows[ARRAY_LEN(outcome_rows)];

    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        both[i] = (struct CMUnitTest){ .name = ways[i].name,
                                       .test_func = check_way,
                                       .initial_state = (void *)(uintptr_t)&ways[i] };
    for (size_t i = 0; i < ARRAY_LEN(outcome_rows); i++)
        rows[i] = (struct CMUnitTest){ .name = outcome_rows[i].name,
                                       .test_func = check_outcome,
                                       .initial_state = (void *)(uintptr_t)&outcome_rows[i] };
    return cmocka_run_group_tests(both, NULL, NULL) + cmocka_run_group_tests(rows, NULL, NULL) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
