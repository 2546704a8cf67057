/* Socket Mode's messages, and the machine that opens and closes connections: every rule, then anything at random. */
#include "integrations/slack/socket.h"
#include "integrations/slack/socket_policy.h"
#include "tests/unit/rows.h"

#define API_URL "http://127.0.0.1:9080/slack/api"

#include <stdio.h>
#include <string.h>

/* ---- messages ---- */

static const struct message_row {
    const char *name, *text;
    bool is_good;
    enum slack_message_kind kind;
    enum slack_disconnect reason;
    const char *id;
    bool has_payload, accepts;
} message_rows[] = {
    { .name = "hello",
      .text = "{\"type\":\"hello\",\"num_connections\":2,\"connection_info\":{\"app_id\":\"A0\"}}",
      .is_good = true,
      .kind = SLACK_HELLO },
    { .name = "hello with nothing else", .text = "{\"type\":\"hello\"}", .is_good = true, .kind = SLACK_HELLO },
    { .name = "a warning",
      .text = "{\"type\":\"disconnect\",\"reason\":\"warning\"}",
      .is_good = true,
      .kind = SLACK_DISCONNECT,
      .reason = SLACK_WARNING },
    { .name = "a refresh",
      .text = "{\"type\":\"disconnect\",\"reason\":\"refresh_requested\",\"debug_info\":{}}",
      .is_good = true,
      .kind = SLACK_DISCONNECT,
      .reason = SLACK_REFRESH },
    { .name = "the link is disabled",
      .text = "{\"type\":\"disconnect\",\"reason\":\"link_disabled\"}",
      .is_good = true,
      .kind = SLACK_DISCONNECT,
      .reason = SLACK_LINK_DISABLED },
    { .name = "too many",
      .text = "{\"type\":\"disconnect\",\"reason\":\"too_many_websockets\"}",
      .is_good = true,
      .kind = SLACK_DISCONNECT,
      .reason = SLACK_TOO_MANY },
    { .name = "a reason nobody knows",
      .text = "{\"type\":\"disconnect\",\"reason\":\"moon\"}",
      .is_good = true,
      .kind = SLACK_DISCONNECT,
      .reason = SLACK_OTHER },
    { .name = "no reason",
      .text = "{\"type\":\"disconnect\"}",
      .is_good = true,
      .kind = SLACK_DISCONNECT,
      .reason = SLACK_OTHER },
    { .name = "a reason that is a number",
      .text = "{\"type\":\"disconnect\",\"reason\":7}",
      .is_good = true,
      .kind = SLACK_DISCONNECT,
      .reason = SLACK_OTHER },
    { .name = "a command",
      .text = "{\"type\":\"slash_commands\",\"envelope_id\":\"e1\",\"accepts_response_payload\":true,\"payload\":{}}",
      .is_good = true,
      .kind = SLACK_COMMAND,
      .reason = SLACK_OTHER,
      .id = "e1",
      .has_payload = true,
      .accepts = true },
    { .name = "an interaction without an answer",
      .text =
          "{\"type\":\"interactive\",\"envelope_id\":\"e2\",\"accepts_response_payload\":false,\"payload\":{\"a\":1}}",
      .is_good = true,
      .kind = SLACK_INTERACTION,
      .reason = SLACK_OTHER,
      .id = "e2",
      .has_payload = true,
      .accepts = false },
    { .name = "accepts_response_payload is not assumed",
      .text = "{\"type\":\"interactive\",\"envelope_id\":\"e2\",\"payload\":{}}",
      .is_good = true,
      .kind = SLACK_INTERACTION,
      .reason = SLACK_OTHER,
      .id = "e2",
      .has_payload = true,
      .accepts = false },
    { .name = "an event",
      .text =
          "{\"type\":\"events_api\",\"envelope_id\":\"e3\",\"retry_attempt\":0,\"retry_reason\":\"\",\"payload\":{}}",
      .is_good = true,
      .kind = SLACK_EVENT,
      .reason = SLACK_OTHER,
      .id = "e3",
      .has_payload = true,
      .accepts = false },
    { .name = "a type nobody knows",
      .text = "{\"type\":\"options\",\"envelope_id\":\"e4\",\"payload\":[]}",
      .is_good = true,
      .kind = SLACK_UNKNOWN,
      .reason = SLACK_OTHER,
      .id = "e4",
      .has_payload = true,
      .accepts = false },
    { .name = "a type nobody knows, without id",
      .text = "{\"type\":\"ping\"}",
      .is_good = true,
      .kind = SLACK_UNKNOWN },
    { .name = "no id", .text = "{\"type\":\"events_api\",\"payload\":{}}", .is_good = false },
    { .name = "an empty id",
      .text = "{\"type\":\"events_api\",\"envelope_id\":\"\",\"payload\":{}}",
      .is_good = false },
    { .name = "an id that is a number",
      .text = "{\"type\":\"events_api\",\"envelope_id\":5,\"payload\":{}}",
      .is_good = false },
    { .name = "no payload", .text = "{\"type\":\"slash_commands\",\"envelope_id\":\"e\"}", .is_good = false },
    { .name = "a payload that is text",
      .text = "{\"type\":\"interactive\",\"envelope_id\":\"e\",\"payload\":\"{}\"}",
      .is_good = false },
    { .name = "no type", .text = "{\"envelope_id\":\"e\",\"payload\":{}}", .is_good = false },
    { .name = "a list", .text = "[]", .is_good = false },
    { .name = "no JSON", .text = "hello", .is_good = false },
    { .name = "nothing", .text = "", .is_good = false },
    { .name = "half", .text = "{\"type\":\"hello\"", .is_good = false },
};

static void check_message(void **state)
{
    const struct message_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_message message;
    struct error err = { 0 };

    assert_int_equal(slack_message_decode(str_of(row->text), arena, &message, &err), row->is_good);
    if (!row->is_good) {
        assert_int_equal(err.code, ERR_INVALID);
        assert_true(err.message[0]);
        return;
    }
    assert_int_equal(message.kind, row->kind);
    assert_true(message.kind != SLACK_DISCONNECT || message.reason == row->reason);
    assert_int_equal(message.payload != NULL, row->has_payload);
    assert_int_equal(message.accepts_payload, row->accepts);
    if (row->id)
        assert_string_equal(message.id, row->id);
    else
        assert_null(message.id);
}

static void a_retry_is_told(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_message message;
    struct error err;

    (void)state;
    assert_true(slack_message_decode(STR_LIT("{\"type\":\"events_api\",\"envelope_id\":\"e\",\"payload\":{},"
                                             "\"retry_attempt\":2,\"retry_reason\":\"timeout\"}"),
                                     arena, &message, &err));
    assert_int_equal(message.retry_attempt, 2);
    assert_string_equal(message.retry_reason, "timeout");
}

static void a_long_id_is_refused(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    char id[SLACK_ENVELOPE_ID_MAX_BYTES + 2] = "";
    struct slack_message message;
    struct error err;

    (void)state;
    memset(id, 'x', sizeof(id) - 1);
    assert_false(slack_message_decode(
        str_of(arena_printf(arena, "{\"type\":\"events_api\",\"envelope_id\":\"%s\",\"payload\":{}}", id)), arena,
        &message, &err));
}

static void acknowledgements_quote_the_id(void **state)
{
    AUTO_JSON cJSON *payload = json_object();
    AUTO_FREE char *bare = slack_acknowledgement("e\"1", NULL);
    AUTO_FREE char *full = NULL;

    (void)state;
    json_set_string(payload, "text", "hi");
    full = slack_acknowledgement("e2", payload);
    assert_string_equal(bare, "{\"envelope_id\":\"e\\\"1\"}");
    assert_string_equal(full, "{\"envelope_id\":\"e2\",\"payload\":{\"text\":\"hi\"}}");
}

static const struct answer_row {
    const char *name, *text, *url, *error;
} answer_rows[] = {
    { "an address", "{\"ok\":true,\"url\":\"wss://wss.slack.com/link/?ticket=1\"}",
      "wss://wss.slack.com/link/?ticket=1", NULL },
    { "an address on the configured host", "{\"ok\":true,\"url\":\"ws://127.0.0.1:9081/link?t=1\"}",
      "ws://127.0.0.1:9081/link?t=1", NULL },
    { "an address that is not Slack's", "{\"ok\":true,\"url\":\"wss://wss.slack.com.evil.example/\"}", NULL, NULL },
    { "a user that looks like Slack", "{\"ok\":true,\"url\":\"wss://wss.slack.com@evil.example/\"}", NULL, NULL },
    { "Slack without TLS", "{\"ok\":true,\"url\":\"ws://wss.slack.com/\"}", NULL, NULL },
    { "an error", "{\"ok\":false,\"error\":\"invalid_auth\"}", NULL, "invalid_auth" },
    { "an address of another kind", "{\"ok\":true,\"url\":\"http://wss.slack.com/\"}", NULL, NULL },
    { "an address with a line end", "{\"ok\":true,\"url\":\"wss://a/\\r\\nX: y\"}", NULL, NULL },
    { "an empty address", "{\"ok\":true,\"url\":\"wss://\"}", NULL, NULL },
    { "ok without an address", "{\"ok\":true}", NULL, NULL },
    { "an address without ok", "{\"url\":\"wss://a/\"}", NULL, NULL },
    { "no JSON", "<html>", NULL, NULL },
};

static void check_answer(void **state)
{
    const struct answer_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct error err = { 0 };
    const char *error, *url = slack_socket_url(str_of(row->text), API_URL, arena, &error, &err);

    assert_int_equal(url != NULL, row->url != NULL);
    if (row->url)
        assert_string_equal(url, row->url);
    assert_int_equal(error != NULL, row->error != NULL);
    if (row->error)
        assert_string_equal(error, row->error);
}

/* ---- the machine: a story is a text of steps ----
 *
 * "a0" answered, "o0" opened, "h0" hello, "c0" closed; "d0w" "d0r" "d0l" "d0m" "d0x" disconnect: warning, refresh, link
 * disabled, too many, other; "r0ERROR" refused, "r0" without a word, "R0SECONDS" ratelimited; "w0N" N acknowledgements
 * owed; "L" none is wanted any more; "N" another token; "tMS" time passes. After each comes what is ordered: "A0" ask, "C0" connect, "X0"
 * close, "!" alarm, "." alarm over. "T" passes the time to the machine's next wake-up. */
static void run_step(struct slack_sockets *sockets, const char *word, int64_t *now_ms, struct buf *said)
{
    static const struct {
        char letter;
        enum slack_socket_input what;
    } inputs[] = { { 'a', SOCKET_ANSWERED }, { 'o', SOCKET_OPENED },     { 'h', SOCKET_HELLO },
                   { 'c', SOCKET_CLOSED },   { 'd', SOCKET_DISCONNECT }, { 'r', SOCKET_REFUSED },
                   { 'R', SOCKET_REFUSED },  { 'w', SOCKET_OWED },       { 'L', SOCKET_LEAVE },
                   { 'N', SOCKET_RENEW } };
    struct slack_socket_order orders[SLACK_SOCKET_ORDERS_MAX];
    struct slack_socket_happening happening = { .what = SOCKET_TICK, .slot = word[1] - '0' };
    size_t count;

    for (size_t i = 0; i < ARRAY_LEN(inputs); i++)
        if (inputs[i].letter == word[0])
            happening.what = inputs[i].what;
    if (word[0] == 't')
        *now_ms += strtol(word + 1, NULL, 10);
    if (word[0] == 'T' && slack_sockets_wake_at_ms(sockets) != INT64_MAX)
        *now_ms = slack_sockets_wake_at_ms(sockets);
    if (word[0] == 'd')
        happening.reason = (enum slack_disconnect)(strchr("wrlmx", word[2]) - "wrlmx");
    if (word[0] == 'r' && word[2])
        happening.error = word + 2;
    if (word[0] == 'R') {
        happening.error = "ratelimited";
        happening.retry_after_ms = strtol(word + 2, NULL, 10) * 1000;
    }
    if (word[0] == 'w')
        happening.owed = strtoul(word + 2, NULL, 10);
    count = slack_sockets_step(sockets, &happening, *now_ms, orders);
    buf_addf(said, "%s%s:", said->len ? " " : "", word);
    for (size_t i = 0; i < count; i++)
        if (orders[i].act >= SOCKET_ALARM)
            buf_puts(said, orders[i].act == SOCKET_ALARM ? "!" : ".");
        else
            buf_addf(said, "%c%d", "ACX"[orders[i].act], orders[i].slot);
}

#define UP_2 "t0 a0 o0 h0 a1 o1 h1"
#define UP_2_SAYS "t0:A0A1 a0:C0 o0: h0: a1:C1 o1: h1:"
static const struct story_row {
    const char *name;
    int wanted;
    const char *steps, *says;
} story_rows[] = {
    { "two are opened at once", 2, UP_2, UP_2_SAYS },
    { "one is enough when one is wanted", 1, "t0 a0 o0 h0 t1000000", "t0:A0 a0:C0 o0: h0: t1000000:" },
    { "a refreshed one is replaced before it is closed", 2, UP_2 " d0r a2 o2 h2 c0",
      UP_2_SAYS " d0r:A2 a2:C2 o2: h2:X0 c0:" },
    { "so is one that was warned", 2, UP_2 " d1w a2 o2 h2 c1", UP_2_SAYS " d1w:A2 a2:C2 o2: h2:X1 c1:" },
    { "and one with a reason nobody knows", 2, UP_2 " d1x a2 o2 h2 c1", UP_2_SAYS " d1x:A2 a2:C2 o2: h2:X1 c1:" },
    { "a warning and then a refresh is one end", 2, UP_2 " d0w d0r a2", UP_2_SAYS " d0w:A2 d0r: a2:C2" },
    { "acknowledgements that are owed go out first", 2, UP_2 " w02 d0r a2 o2 h2 w01 w00 c0",
      UP_2_SAYS " w02: d0r:A2 a2:C2 o2: h2: w01: w00:X0 c0:" },
    { "but are not waited for longer than Slack waits", 2, UP_2 " w01 d0r a2 o2 h2 t2999 t1 c0",
      UP_2_SAYS " w01: d0r:A2 a2:C2 o2: h2: t2999: t1:X0 c0:" },
    { "two refreshed at once are replaced one after the other", 2, UP_2 " d0r d1r a2 o2 h2 c0 a0 o0 h0 c1",
      UP_2_SAYS " d0r:A2 d1r: a2:C2 o2: h2:X0 c0:A3 a0:"
                " o0: h0: c1:" },
    { "a refreshed one that Slack ends first is not missed", 2, UP_2 " d0r c0 a2 o2 h2",
      UP_2_SAYS " d0r:A2 c0: a2:C2 o2: h2:" },
    { "with ten there is no room for an eleventh: closed, then opened", 10,
      "t0 a0 o0 h0 a1 o1 h1 a2 o2 h2 a3 o3 h3 a4 o4 h4 a5 o5 h5 a6 o6 h6 a7 o7 h7 a8 o8 h8 a9 o9 h9 d0r c0",
      "t0:A0A1A2A3A4A5A6A7A8A9 a0:C0 o0: h0: a1:C1 o1: h1: a2:C2 o2: h2: a3:C3 o3: h3: a4:C4 o4: h4: a5:C5 o5: h5: "
      "a6:C6 o6: h6: a7:C7 o7: h7: a8:C8 o8: h8: a9:C9 o9: h9: d0r:X0 c0:A10" },
    { "too many: closed before another is opened, and later", 2, UP_2 " d0m c0 T", UP_2_SAYS " d0m:X0 c0: T:A2" },
    { "and for an hour a refresh closes first", 1, "t0 a0 o0 d0m c0 T a1 o1 h1 d1r c1",
      "t0:A0 a0:C0 o0: d0m:X0 c0: T:A1 a1:C1 o1: h1: d1r:X1 c1:A2" },
    { "afterwards not", 1, "t0 a0 o0 d0m c0 T a1 o1 h1 t3600000 d1r",
      "t0:A0 a0:C0 o0: d0m:X0 c0: T:A1 a1:C1 o1: h1: t3600000: d1r:A2" },
    { "Socket Mode switched off: an alarm, and slowly again", 2, UP_2 " d0l c0 c1 t299999 t1",
      UP_2_SAYS " d0l:!X0 c0: c1: t299999: t1:A1A2" },
    { "a bad token is one alarm, tried slowly, and over with a hello", 2,
      "t0 r0invalid_auth r1invalid_auth t290000 T a0 o0 h0",
      "t0:A0A1 r0invalid_auth:! r1invalid_auth: t290000: T:A0A1 a0:C0 o0: h0:." },
    { "an account that is gone as well", 1, "t0 r0account_inactive t299999 t1",
      "t0:A0 r0account_inactive:! t299999: t1:A0" },
    { "ratelimited waits as long as it is told", 1, "t0 R020 t19999 T", "t0:A0 R020: t19999: T:A0" },
    { "ratelimited, all of them", 2, "t0 R040 t39999 T", "t0:A0A1 R040: t39999: T:A0" },
    { "ratelimited without a time: half a minute", 1, "t0 R00 t29999 T", "t0:A0 R00: t29999: T:A0" },
    { "no answer is tried again soon", 1, "t0 r0 t60000", "t0:A0 r0: t60000:A0" },
    { "an error of Slack's too", 1, "t0 r0internal_error t60000", "t0:A0 r0internal_error: t60000:A0" },
    { "a connection that does not open is tried again", 1, "t0 a0 c0 t60000", "t0:A0 a0:C0 c0: t60000:A0" },
    { "no hello in ten seconds: closed", 1, "t0 a0 o0 t9999 t1 c0", "t0:A0 a0:C0 o0: t9999: t1:X0 c0:" },
    { "a hello that comes too late changes nothing", 1, "t0 a0 o0 t10000 h0", "t0:A0 a0:C0 o0: t10000:X0 h0:" },
    { "a good one that breaks is opened again", 2, UP_2 " c0 t1000", UP_2_SAYS " c0: t1000:A0" },
    { "by another token each is replaced, one after the other", 2, UP_2 " N a2 o2 h2 c0 a3 o3 h3 c1",
      UP_2_SAYS " N:A2 a2:C2 o2: h2:X0 c0:A3 a3:C3 o3: h3:X1 c1:" },
    { "and a bad one is waited for no longer", 2, "t0 r0invalid_auth r1invalid_auth N a0 o0 h0",
      "t0:A0A1 r0invalid_auth:! r1invalid_auth: N:A0A1 a0:C0 o0: h0:." },
    { "one that had left stays away", 2, UP_2 " L c0 c1 N t1000000", UP_2_SAYS " L:X0X1 c0: c1: N: t1000000:" },
    { "when they leave, each is closed once nothing is owed there", 2, UP_2 " w12 L c0 w11 w10 c1 t1000000",
      UP_2_SAYS " w12: L:X0 c0: w11: w10:X1 c1: t1000000:" },
    { "but not waited for for ever", 2, UP_2 " w11 L t2999 t1 c1 c0", UP_2_SAYS " w11: L:X0 t2999: t1:X1 c1: c0:" },
    { "those on their way go no further", 3, "t0 a0 o0 a1 L a2 c0 c1 t1000000",
      "t0:A0A1A2 a0:C0 o0: a1:C1 L:X0X1 a2: c0: c1: t1000000:" },
    { "nor do those that wait, or are refreshed", 2, UP_2 " d0r L a2 c0 c1 t1000000",
      UP_2_SAYS " d0r:A2 L:X0X1 a2: c0: c1: t1000000:" },
    { "late news of a slot is ignored", 1, "t0 h0 c0 o0 d0r a0 a0 o0 o0 h0 h0",
      "t0:A0 h0: c0: o0: d0r: a0:C0 a0: o0: o0: h0: h0:" },
    { "slots that do not exist are ignored", 1, "t0 az h~ c!", "t0:A0 az: h~: c!:" },
};

static void check_story(void **state)
{
    const struct story_row *row = *state;
    AUTO_FREE char *steps = xstrdup(row->steps);
    AUTO_BUF struct buf said = BUF(8192);
    struct slack_sockets sockets;
    int64_t now_ms = 1000000;
    struct str rest = str_of(steps), word;

    slack_sockets_init(&sockets, row->wanted, 42);
    while ((word = str_take_word(&rest)).len > 0) {
        AUTO_FREE char *text = str_copy(word);

        run_step(&sockets, text, &now_ms, &said);
    }
    assert_string_equal(buf_text(&said), row->says);
}

/* Back-off: within its ceiling, growing, never beyond the most, and only a hello takes it back. */
static void back_off_grows_and_a_hello_resets_it(void **state)
{
    struct slack_sockets sockets;
    struct slack_socket_order orders[SLACK_SOCKET_ORDERS_MAX];
    int64_t now_ms = 0, waited_ms = 0, ceiling_ms = SLACK_SOCKET_BACKOFF_MS;

    (void)state;
    slack_sockets_init(&sockets, 1, 7);
    slack_sockets_step(&sockets, &(struct slack_socket_happening){ .what = SOCKET_TICK }, now_ms, orders);
    for (int i = 0; i < 40; i++) {
        int64_t at_ms;

        slack_sockets_step(&sockets, &(struct slack_socket_happening){ .what = SOCKET_ANSWERED }, now_ms, orders);
        slack_sockets_step(&sockets, &(struct slack_socket_happening){ .what = SOCKET_OPENED }, now_ms, orders);
        slack_sockets_step(&sockets, &(struct slack_socket_happening){ .what = SOCKET_CLOSED }, now_ms, orders);
        ceiling_ms = ceiling_ms * 2 < SLACK_SOCKET_BACKOFF_MAX_MS ? ceiling_ms * 2 : SLACK_SOCKET_BACKOFF_MAX_MS;
        at_ms = sockets.slots[0].state == SOCKET_WAITING ? slack_sockets_wake_at_ms(&sockets) : now_ms;
        assert_in_range(at_ms - now_ms, 0, ceiling_ms);
        waited_ms += at_ms - now_ms;
        now_ms = at_ms;
        slack_sockets_step(&sockets, &(struct slack_socket_happening){ .what = SOCKET_TICK }, now_ms, orders);
    }
    assert_true(waited_ms > 35 * SLACK_SOCKET_BACKOFF_MAX_MS / 4); /* half of the most on average */
    assert_int_equal(sockets.failures, 30);
    slack_sockets_step(&sockets, &(struct slack_socket_happening){ .what = SOCKET_ANSWERED }, now_ms, orders);
    slack_sockets_step(&sockets, &(struct slack_socket_happening){ .what = SOCKET_OPENED }, now_ms, orders);
    assert_int_equal(sockets.failures, 30);
    slack_sockets_step(&sockets, &(struct slack_socket_happening){ .what = SOCKET_HELLO }, now_ms, orders);
    assert_int_equal(sockets.failures, 0);
}

/* ---- anything, in any order ---- */

struct peer { /* Slack and the network, as far as the machine can see them */
    bool is_asked, is_connected, is_open, is_greeted, is_closing;
};

struct play {
    struct slack_sockets sockets;
    struct peer peers[SLACK_SOCKETS_MAX + 1];
    uint64_t dice;
    int64_t now_ms;
};

static uint64_t roll(struct play *play, uint64_t sides)
{
    play->dice = play->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (play->dice >> 33) % sides;
}

static void check_invariants(const struct play *play)
{
    size_t connections = 0;
    int most = play->sockets.wanted + 1 < SLACK_SOCKETS_MAX ? play->sockets.wanted + 1 : SLACK_SOCKETS_MAX;

    for (size_t i = 0; i < ARRAY_LEN(play->peers); i++)
        connections += play->peers[i].is_asked || play->peers[i].is_connected;
    assert_int_equal(connections, slack_sockets_connections(&play->sockets));
    assert_true(connections <= (size_t)most);
}

static void play_step(struct play *play, struct slack_socket_happening happening)
{
    struct slack_socket_order orders[SLACK_SOCKET_ORDERS_MAX];
    size_t count = slack_sockets_step(&play->sockets, &happening, play->now_ms, orders);

    for (size_t i = 0; i < count; i++) {
        struct peer *peer = orders[i].act < SOCKET_ALARM ? &play->peers[orders[i].slot] : NULL;

        if (orders[i].act == SOCKET_ASK) {
            assert_true(!peer->is_asked && !peer->is_connected);
            peer->is_asked = true;
        } else if (orders[i].act == SOCKET_CONNECT) {
            assert_true(!peer->is_asked && !peer->is_connected);
            peer->is_connected = true;
        } else if (orders[i].act == SOCKET_CLOSE) {
            assert_true(peer->is_connected && !peer->is_closing);
            peer->is_closing = true;
        }
    }
    check_invariants(play);
}

/* What a peer could do now; is_kind: all goes well. */
static void act_as_peer(struct play *play, int slot, bool is_kind)
{
    static const char *const errors[] = { NULL, "internal_error", "invalid_auth", "ratelimited" };
    struct peer *peer = &play->peers[slot];
    struct slack_socket_happening happening = { .slot = slot, .what = SOCKET_TICK };
    bool goes_well = is_kind || roll(play, 3) > 0;

    if (peer->is_asked) {
        peer->is_asked = false;
        happening.what = goes_well ? SOCKET_ANSWERED : SOCKET_REFUSED;
        happening.error = errors[roll(play, 4)];
        happening.retry_after_ms = (int64_t)roll(play, 3) * 5000;
    } else if (peer->is_closing || (peer->is_connected && !goes_well && roll(play, 2))) {
        *peer = (struct peer){ 0 };
        happening.what = SOCKET_CLOSED;
    } else if (peer->is_connected && !peer->is_open) {
        peer->is_open = true;
        happening.what = SOCKET_OPENED;
    } else if (peer->is_open && !peer->is_greeted && goes_well) {
        peer->is_greeted = true;
        happening.what = SOCKET_HELLO;
    } else if (peer->is_open && !goes_well) {
        happening.what = SOCKET_DISCONNECT;
        happening.reason = (enum slack_disconnect)roll(play, 5);
    } else if (peer->is_open) {
        happening.what = SOCKET_OWED;
        happening.owed = is_kind ? 0 : roll(play, 3);
    }
    play_step(play, happening);
}

static void let_time_pass(struct play *play)
{
    int64_t at_ms = slack_sockets_wake_at_ms(&play->sockets);

    play->now_ms += (int64_t)roll(play, 3000);
    if (at_ms != INT64_MAX && at_ms > play->now_ms && roll(play, 4) == 0)
        play->now_ms = at_ms;
    play_step(play, (struct slack_socket_happening){ .what = SOCKET_TICK });
}

static void whatever_comes_there_are_soon_enough_and_never_too_many(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct play play = { .dice = seed };

        slack_sockets_init(&play.sockets, (int)(1 + seed % SLACK_SOCKETS_MAX), seed);
        play_step(&play, (struct slack_socket_happening){ .what = SOCKET_TICK });
        for (int i = 0; i < 400; i++) {
            act_as_peer(&play, (int)roll(&play, ARRAY_LEN(play.peers)), false);
            if (roll(&play, 3) == 0)
                let_time_pass(&play);
            if (roll(&play, 5) == 0) /* nonsense: any news of any slot that does not change the peers */
                play_step(&play,
                          (struct slack_socket_happening){ .what = SOCKET_OWED, .slot = (int)roll(&play, 20) - 4 });
        }
        for (int i = 0; i < 6000; i++) { /* now all goes well, and in time */
            act_as_peer(&play, i % (int)ARRAY_LEN(play.peers), true);
            if (i % (int)ARRAY_LEN(play.peers) == 0)
                let_time_pass(&play);
        }
        assert_int_equal(slack_sockets_good(&play.sockets), (size_t)play.sockets.wanted);
        assert_int_equal(slack_sockets_connections(&play.sockets), (size_t)play.sockets.wanted);
        assert_false(play.sockets.is_alarmed);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_retry_is_told),
        cmocka_unit_test(a_long_id_is_refused),
        cmocka_unit_test(acknowledgements_quote_the_id),
        cmocka_unit_test(back_off_grows_and_a_hello_resets_it),
        cmocka_unit_test(whatever_comes_there_are_soon_enough_and_never_too_many),
    };

    return ROWS(message_rows, check_message) + ROWS(answer_rows, check_answer) + ROWS(story_rows, check_story) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
