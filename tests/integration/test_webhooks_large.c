/* What nobody can read is kept for people; what is large is read on the pool, one at a time. */
#include "tests/integration/webhooks_fixture.h"

/* ---- genuine, and nobody can read it ---- */

static void what_cannot_be_read_is_kept_for_people(void **state)
{
    struct raw raw = send_as(WEBHOOK_PAGERDUTY, (struct sending){ .id = "W7", .body = STR_LIT("{\"hello\":1}") });
    AUTO_JSON cJSON *item = NULL;

    (void)state;
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_NEW);
    expect(&raw, "HTTP/1.1 202 ", "dead letter");
    item = last_item();
    assert_string_equal(json_find_string(item, "kind"), PAGERDUTY_EVENT_KIND);
    assert_string_equal(json_find_string(item, "body"), "{\"hello\":1}");
    assert_non_null(strstr(world.last_item, "\"pagerduty:W7\""));
    assert_int_equal(ingress_counts(world.ingress).malformed, 1);
}

/* Reads the item as the owner does. */
static void expect_unreadable(const char *why)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_JSON cJSON *json = last_item();
    struct inbox_item item;
    struct outside_event event;
    struct error err;

    assert_true(shape_from_json(&inbox_item_shape, json, arena, &item, &err));
    assert_string_equal(item.kind, UNREADABLE_KIND);
    assert_false(unreadable_decode(&item, arena, &event, &err));
    assert_int_equal(err.code, ERR_INVALID);
    if (!strstr(err.message, why))
        fail_msg("no '%s' in: %s", why, err.message);
}

static void what_cannot_be_stored_either_leaves_its_head_and_its_digest(void **state)
{
    struct raw raw =
        send_as(WEBHOOK_ALERTMANAGER, (struct sending){ .body = STR_LIT("{\"x\":\"\xff\0\"} is no JSON") });

    (void)state;
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_NEW);
    expect(&raw, "HTTP/1.1 202 ", "dead letter");
    expect_unreadable("Alertmanager's webhook");
    assert_non_null(strstr(world.last_item, "is no JSON"));
    assert_non_null(strstr(world.last_item, "\\\"bytes\\\":21"));
    assert_non_null(strstr(world.last_item, "\\\"sha256\\\":\\\""));
}

static void what_is_too_large_to_be_real_is_kept_by_its_head(void **state)
{
    AUTO_BUF struct buf body = BUF(MIB_BYTES);
    struct raw raw;

    (void)state;
    make_large("pagerduty-body-triggered.json", PAGERDUTY_BODY_MAX_BYTES + 1, &body);
    raw = send_as(WEBHOOK_PAGERDUTY, (struct sending){ .body = buf_str(&body) });
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_NEW);
    expect(&raw, "HTTP/1.1 202 ", "dead letter");
    expect_unreadable("larger than any that PagerDuty sends");
    assert_non_null(strstr(world.last_item, "xxxxxxxx"));
    assert_true(strlen(world.last_item) < 16 * 1024);
}

/* Each byte of it is two, once it is quoted in its item. */
static void what_grows_too_large_in_the_store_is_kept_by_its_head(void **state)
{
    AUTO_BUF struct buf body = BUF(MIB_BYTES);
    struct raw raw;

    (void)state;
    buf_puts(&body, "{\"event\":{\"id\":\"E1\",\"event_type\":\"incident.triggered\",\"data\":{},\"x\":\"");
    while (body.len < INBOX_BODY_MAX_BYTES - 4)
        buf_puts(&body, "\\\\");
    buf_puts(&body, "\"}}");
    assert_true(body.len <= INBOX_BODY_MAX_BYTES);
    raw = send_as(WEBHOOK_PAGERDUTY, (struct sending){ .body = buf_str(&body) });
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_NEW);
    expect(&raw, "HTTP/1.1 202 ", "dead letter");
    expect_unreadable("once it is quoted");
}

/* ---- large bodies ---- */

static void what_is_large_is_stored_typed(void **state)
{
    static const struct row {
        enum webhook_id who;
        const char *golden, *kind;
        size_t bytes;
    } rows[] = {
        { WEBHOOK_GITHUB, "github-body-release-published.json", GITHUB_EVENT_KIND, GITHUB_WEBHOOK_BODY_MAX_BYTES },
        { WEBHOOK_PAGERDUTY, "pagerduty-body-triggered.json", PAGERDUTY_TYPED_KIND, PAGERDUTY_BODY_MAX_BYTES },
        { WEBHOOK_ALERTMANAGER, "alertmanager-body-firing.json", "typed-group", MIB_BYTES },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_BUF struct buf body = BUF(32 * MIB_BYTES);
        AUTO_JSON cJSON *item = NULL;
        struct raw raw;

        make_large(rows[i].golden, rows[i].bytes, &body);
        raw = send_as(rows[i].who, (struct sending){ .body = buf_str(&body) });
        wait_for_items(i + 1);
        answer_held(STORE_OK, ACCEPT_NEW);
        expect(&raw, "HTTP/1.1 202 ", "accepted");
        item = last_item();
        assert_string_equal(json_find_string(item, "kind"), rows[i].kind);
        assert_true(strlen(json_find_string(item, "body")) <= INBOX_BODY_MAX_BYTES);
        assert_null(strstr(world.last_item, "xxxxxxxx"));
    }
    assert_int_equal(http_in_counts(world.in).body_bytes, 0);
}

static void a_byte_more_than_github_sends_is_413(void **state)
{
    struct raw raw = raw_connect(http_in_port(world.in));
    char head[256];

    (void)state;
    snprintf(head, sizeof(head),
             "POST /github/webhook HTTP/1.1\r\nHost: a\r\nX-Hub-Signature-256: x\r\nContent-Length: %d\r\n\r\n",
             GITHUB_WEBHOOK_BODY_MAX_BYTES + 1);
    assert_true(raw_puts(&raw, world.loop, head));
    expect(&raw, "HTTP/1.1 413 ", "application/problem+json");
}

/* ---- while the pool has no thread for us ---- */

#define POOL_THREADS 4

static sem_t pool_taken, pool_freed;

static void take_thread(void *arg)
{
    (void)arg;
    sem_post(&pool_taken);
    sem_wait(&pool_freed);
}

static void ignore(void *arg)
{
    (void)arg;
}

static void take_pool(void)
{
    sem_init(&pool_taken, 0, 0);
    sem_init(&pool_freed, 0, 0);
    for (int i = 0; i < POOL_THREADS; i++)
        loop_work_start(world.loop, take_thread, ignore, NULL, NULL);
    for (int i = 0; i < POOL_THREADS; i++)
        while (sem_trywait(&pool_taken) != 0)
            raw_turn(world.loop, -1, 0);
}

static void free_pool(void)
{
    for (int i = 0; i < POOL_THREADS; i++)
        sem_post(&pool_freed);
}

static void wait_for_requests(unsigned count)
{
    int64_t end_ms = loop_now_ms(world.loop) + RAW_WAIT_MS;

    while (http_in_counts(world.in).requests != count && loop_now_ms(world.loop) < end_ms)
        raw_turn(world.loop, -1, 0);
    assert_int_equal(http_in_counts(world.in).requests, count);
}

static void send_large(size_t number, const struct buf *body, struct raw *ret_raw)
{
    char guid[64];

    snprintf(guid, sizeof(guid), "72d3162e-cc78-11e3-81ab-%012zu", number);
    *ret_raw = send_as(WEBHOOK_GITHUB, (struct sending){ .id = guid, .body = buf_str(body) });
}

static void many_large_ones_wait_for_their_turn_and_one_more_comes_again(void **state)
{
    enum { ALL = 1 + LARGE_WAITING_MAX };
    AUTO_BUF struct buf body = BUF(MIB_BYTES);
    struct raw raw[ALL], small, one_more;

    (void)state;
    make_large("github-body-release-published.json", LARGE, &body);
    take_pool();
    for (unsigned i = 0; i < ALL; i++) {
        send_large(i, &body, &raw[i]);
        wait_for_requests(i + 1);
    }
    send_large(ALL, &body, &one_more);
    expect(&one_more, "HTTP/1.1 503 ", "Retry-After: ");
    small = send_as(WEBHOOK_GITHUB, some[WEBHOOK_GITHUB]);
    accept_it(&small); /* which waits for none of them */
    free_pool();
    for (size_t i = 0; i < ALL; i++) { /* in the order they came */
        wait_for_items(i + 2);
        answer_held(STORE_OK, ACCEPT_NEW);
        expect(&raw[i], "HTTP/1.1 202 ", "accepted");
    }
    assert_int_equal(ingress_counts(world.ingress).full, 1);
}

/* ---- Slack's long messages, likewise ---- */

#define SLACK_EVENT(text)                                                                                              \
    "{\"type\":\"event_callback\",\"team_id\":\"T0HOME\",\"event_id\":\"Ev1\",\"event_time\":1700000000,"              \
    "\"authorizations\":[{\"user_id\":\"U0BOT\",\"is_bot\":true}],\"event\":{\"type\":\"app_mention\","                \
    "\"user\":\"U0ANN\",\"text\":\"<@U0BOT> " text "\",\"ts\":\"1700000000.000100\",\"channel\":\"C0OPS\"}}"

static struct raw send_to_slack(const char *secret, struct str body)
{
    struct raw raw = raw_connect(http_in_port(world.in));
    char headers[512], timestamp[32];

    snprintf(timestamp, sizeof(timestamp), "%lld", (long long)time(NULL));
    snprintf(headers, sizeof(headers), "X-Slack-Request-Timestamp: %s\r\nX-Slack-Signature: %s\r\n", timestamp,
             slack_signature_make(secret, timestamp, body).text);
    post(&raw, "/slack/events", "application/json", headers, body);
    return raw;
}

static const char *long_message(struct arena *arena, const char *around)
{
    char *words = arena_alloc(arena, LARGE + 1);

    memset(words, 'x', LARGE);
    words[LARGE] = '\0';
    return arena_printf(arena, around, words);
}

static void a_long_message_is_read_on_the_pool(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct raw large, small;

    (void)state;
    take_pool();
    large = send_to_slack(SECRET, str_of(long_message(arena, SLACK_EVENT("%s"))));
    wait_for_requests(1);
    small = send_to_slack(SECRET, STR_LIT(SLACK_EVENT("status")));
    wait_for_items(1); /* which does not wait for it */
    answer_held(STORE_OK, ACCEPT_NEW);
    expect(&small, "HTTP/1.1 200 ", "");
    free_pool();
    wait_for_items(2);
    assert_non_null(strstr(world.last_item, "slack-message:T0HOME:C0OPS:1700000000.000100"));
    answer_held(STORE_OK, ACCEPT_DUPLICATE);
    expect(&large, "HTTP/1.1 200 ", "");
}

static void a_long_message_is_refused_as_a_short_one_is(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct raw raw;

    (void)state;
    raw = send_to_slack("a-guess", str_of(long_message(arena, SLACK_EVENT("%s"))));
    expect(&raw, "HTTP/1.1 401 ", "signature");
    raw = send_to_slack(SECRET, str_of(long_message(arena, "{\"type\":\"event_callback\",\"%s\"")));
    expect(&raw, "HTTP/1.1 400 ", "X-Slack-No-Retry: 1");
    assert_int_equal(ingress_counts(world.ingress).forged, 1);
    assert_int_equal(ingress_counts(world.ingress).malformed, 1);
    assert_int_equal(world.items, 0);
}

static void an_end_while_a_long_message_is_read_is_clean(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct raw raw;

    (void)state;
    take_pool();
    raw = send_to_slack(SECRET, str_of(long_message(arena, SLACK_EVENT("%s"))));
    wait_for_requests(1);
    raw_close(&raw);
    free_pool(); /* and nobody turns the loop any more */
}

static void who_left_before_its_turn_is_not_read(void **state)
{
    AUTO_BUF struct buf body = BUF(MIB_BYTES);
    struct raw first, second;

    (void)state;
    make_large("github-body-release-published.json", LARGE, &body);
    take_pool();
    send_large(1, &body, &first);
    wait_for_requests(1);
    send_large(2, &body, &second);
    wait_for_requests(2);
    raw_close(&second);
    free_pool();
    accept_it(&first);
    wait_for_requests(0);
    assert_int_equal(world.items, 1);
}

static void an_end_while_a_large_one_is_read_is_clean(void **state)
{
    AUTO_BUF struct buf body = BUF(MIB_BYTES);
    struct raw first, second;

    (void)state;
    make_large("github-body-release-published.json", LARGE, &body);
    take_pool();
    send_large(1, &body, &first);
    send_large(2, &body, &second);
    wait_for_requests(2);
    raw_close(&first);
    raw_close(&second);
    free_pool(); /* and nobody turns the loop any more */
}

static void an_end_with_an_accept_out_is_clean(void **state)
{
    struct raw raw = send_as(WEBHOOK_GITHUB, some[WEBHOOK_GITHUB]);

    (void)state;
    wait_for_items(1);
    raw_close(&raw);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(what_cannot_be_read_is_kept_for_people),
        IN_A_WORLD(what_cannot_be_stored_either_leaves_its_head_and_its_digest),
        IN_A_WORLD(what_is_too_large_to_be_real_is_kept_by_its_head),
        IN_A_WORLD(what_grows_too_large_in_the_store_is_kept_by_its_head),
        IN_A_WORLD(what_is_large_is_stored_typed),
        IN_A_WORLD(a_byte_more_than_github_sends_is_413),
        IN_A_WORLD(many_large_ones_wait_for_their_turn_and_one_more_comes_again),
        IN_A_WORLD(a_long_message_is_read_on_the_pool),
        IN_A_WORLD(a_long_message_is_refused_as_a_short_one_is),
        IN_A_WORLD(an_end_while_a_long_message_is_read_is_clean),
        IN_A_WORLD(who_left_before_its_turn_is_not_read),
        IN_A_WORLD(an_end_while_a_large_one_is_read_is_clean),
        IN_A_WORLD(an_end_with_an_accept_out_is_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
