/* What is said at the doors, and what goes into the store: everybody is answered, in words that make them behave. */
#include "bot/doors.h"
#include "integrations/slack/signature.h"
#include "tests/integration/raw.h"

#include <semaphore.h>
#include <stdlib.h>
#include <utlist.h>

#define SECRET "signing-secret-of-slack"
#define STORE_MS INT64_C(1732147200000)

/* A store that holds what it is given until the test lets it answer. */
struct held {
    store_accepted_fn on_done;
    void *arg;
    size_t count;
    struct held *next;
};

static struct world {
    char dir[64], socket[96];
    struct loop *loop;
    struct replies *replies;
    struct ingress *ingress;
    struct http_routes routes;
    struct http_in *in;
    struct settings settings;
    struct ingress_store state;
    struct store store;
    struct held *held;
    size_t items, largest;
    char last_item[4096];
    size_t refusals; /* said by an address */
    char refusal_url[256], refusal[1024];
    const char *user_name; /* NULL: it has none; "?": cannot be known now */
    bool is_name_late;
    sem_t name_asked, name_known;
} world;

static void hold_accept(void *ctx, const struct store_item *items, size_t count, store_accepted_fn on_done, void *arg)
{
    struct held *held = xcalloc(1, sizeof(*held));

    (void)ctx;
    *held = (struct held){ .on_done = on_done, .arg = arg, .count = count };
    LL_APPEND(world.held, held);
    for (size_t i = 0; i < count; i++) {
        world.items++;
        world.largest = items[i].bytes.len > world.largest ? items[i].bytes.len : world.largest;
        snprintf(world.last_item, sizeof(world.last_item), STR_FMT, STR_ARG(items[i].bytes));
    }
}

static void answer_held(enum store_status status, enum accept_result result)
{
    enum accept_result results[256];
    struct held *held = world.held;

    assert_non_null(held);
    for (size_t i = 0; i < ARRAY_LEN(results); i++)
        results[i] = result;
    LL_DELETE(world.held, held);
    held->on_done(held->arg, status, results, held->count);
    free(held);
}

static int64_t store_unix_ms(void *ctx)
{
    (void)ctx;
    return STORE_MS;
}

static struct ingress_store store_state(void *ctx)
{
    (void)ctx;
    return world.state;
}

static bool name_of(uid_t uid, char *ret_name, size_t room, struct error *err) /* on the pool */
{
    sem_post(&world.name_asked);
    if (world.is_name_late)
        sem_wait(&world.name_known);
    if (!world.user_name)
        return error_set(err, ERR_NOT_FOUND, "user %u has no name", (unsigned)uid);
    if (strcmp(world.user_name, "?") == 0)
        return error_set(err, ERR_INTERNAL, "the name of user %u: no answer", (unsigned)uid);
    snprintf(ret_name, room, "%s", world.user_name);
    return true;
}

static void hear_refusal(void *arg, const char *request_id, const char *url, const char *content_type, struct str body)
{
    (void)arg;
    assert_true(request_id && request_id[0]);
    assert_string_equal(content_type, "application/json; charset=utf-8");
    world.refusals++;
    snprintf(world.refusal_url, sizeof(world.refusal_url), "%s", url);
    snprintf(world.refusal, sizeof(world.refusal), STR_FMT, STR_ARG(body));
}

static void say_hello(void *arg, struct http_request *request)
{
    (void)arg;
    http_in_answer(request, &(struct http_reply){ .status = 200, .body = STR_LIT("hello") });
}

static void start_doors(void)
{
    static const char *secrets[] = { SECRET };
    static const struct http_route hello[] = { { "GET", "/hello", 0, NULL, say_hello, 0 } };
    static struct http_routes routes[2];
    static const struct verb *const no_verbs[] = { NULL };
    struct error err;

    world.settings.slack.signing_secrets = secrets;
    world.settings.slack.signing_secrets_count = 1;
    world.settings.slack.request_max_age_ms = 300000;
    world.settings.slack.api_url = "https://slack.com/api";
    world.store = (struct store){ .accept = hold_accept };
    world.replies = replies_create(world.loop);
    world.ingress = ingress_create(&(struct ingress_options){ .loop = world.loop,
                                                              .store = &world.store,
                                                              .replies = world.replies,
                                                              .settings = &world.settings,
                                                              .verbs = no_verbs,
                                                              .instance = "host-1",
                                                              .store_unix_ms = store_unix_ms,
                                                              .store_state = store_state,
                                                              .user_name = name_of,
                                                              .refuse = hear_refusal });
    routes[0] = ingress_routes(world.ingress);
    routes[1] = (struct http_routes){ hello, ARRAY_LEN(hello), NULL };
    world.in =
        http_in_create(&(struct http_in_options){ .loop = world.loop,
                                                  .routes = routes,
                                                  .routes_count = 2,
                                                  .on_turn = ingress_flush,
                                                  .on_turn_arg = world.ingress,
                                                  .limits = { .answer_ms = world.settings.limits.answer_timeout_ms } },
                       &err);
    assert_non_null(world.in);
    assert_true(http_in_listen(world.in, "127.0.0.1:0", &err) && http_in_listen(world.in, world.socket, &err));
}

static int enter(void **state)
{
    struct error err;

    (void)state;
    memset(&world, 0, sizeof(world));
    snprintf(world.dir, sizeof(world.dir), "/tmp/opsgate-test-XXXXXX");
    assert_non_null(mkdtemp(world.dir));
    snprintf(world.socket, sizeof(world.socket), "%s/s", world.dir);
    world.loop = loop_create(&err);
    world.user_name = "alice";
    world.settings.limits.answer_timeout_ms = RAW_WAIT_MS * 2;
    world.state = (struct ingress_store){ .is = INGRESS_STORE_UP };
    sem_init(&world.name_asked, 0, 0);
    sem_init(&world.name_known, 0, 0);
    start_doors();
    return 0;
}

/* In the order in which opsgate takes itself apart. */
static void stop_doors(void)
{
    ingress_destroy(world.ingress);
    replies_destroy(world.replies);
    http_in_destroy(world.in);
    unlink(world.socket);
}

/* The store has gone before, and never answers what it holds. */
static int leave(void **state)
{
    struct held *held;

    (void)state;
    while ((held = world.held)) {
        LL_DELETE(world.held, held);
        free(held);
    }
    stop_doors();
    loop_destroy(world.loop);
    sem_destroy(&world.name_asked);
    sem_destroy(&world.name_known);
    rmdir(world.dir);
    return 0;
}

static void post(struct raw *raw, const char *path, const char *type, const char *more, struct str body)
{
    AUTO_BUF struct buf text = BUF(1 << 20);

    buf_addf(&text, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\n%sContent-Length: %zu\r\n\r\n", path, type,
             more, body.len);
    buf_add_str(&text, body);
    assert_true(raw_send(raw, world.loop, buf_str(&text)));
}

static struct raw run_words(const char *body)
{
    struct raw raw = raw_connect_unix(world.socket);

    post(&raw, "/v1/run", "application/json", "", str_of(body));
    return raw;
}

static struct raw slack_post(const char *path, const char *body)
{
    struct raw raw = raw_connect(http_in_port(world.in));
    char more[512], timestamp[32];

    snprintf(timestamp, sizeof(timestamp), "%lld", (long long)time(NULL));
    snprintf(more, sizeof(more), "X-Slack-Request-Timestamp: %s\r\nX-Slack-Signature: %s\r\n", timestamp,
             slack_signature_make(SECRET, timestamp, str_of(body)).text);
    post(&raw, path, "application/x-www-form-urlencoded", more, str_of(body));
    return raw;
}

static struct raw slack_command(const char *body)
{
    return slack_post("/slack/commands", body);
}

#define SLACK_BODY                                                                                                     \
    "team_id=T012AB3CD&user_id=U012AB3CD&user_name=ann&channel_id=C012AB3CD&command=%2Fdeploy&text=staging"            \
    "&trigger_id=1.2.3&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1"

#define HOOK "https://hooks.slack.com/actions/T0/1/a"
#define SLACK_PAYLOAD(type, actions)                                                                                   \
    "payload={\"type\":\"" type "\",\"team\":{\"id\":\"T0\"},\"user\":{\"id\":\"U0\"},\"trigger_id\":\"1.2.3\","       \
    "\"response_url\":\"" HOOK "\",\"actions\":[" actions "]}"
#define SLACK_BUTTON                                                                                                   \
    SLACK_PAYLOAD("block_actions", "{\"type\":\"button\",\"action_id\":\"opsgate.1.abort\",\"value\":\"abort D1\"}")

static struct raw slack_button(void)
{
    return slack_post("/slack/interactions", SLACK_BUTTON);
}

static void wait_for_items(size_t count)
{
    int64_t end_ms = loop_now_ms(world.loop) + RAW_WAIT_MS;

    while (world.items < count && loop_now_ms(world.loop) < end_ms)
        raw_turn(world.loop, -1, 0);
    assert_int_equal(world.items, count);
}

static void expect(struct raw *raw, const char *status, const char *text)
{
    if (!raw_expect(raw, world.loop, text) || !str_contains(buf_str(&raw->got), status))
        fail_msg("expected %s and '%s' in: %s", status, text, buf_text(&raw->got));
    raw_close(raw);
}

/* --- too large ------------------------------------------------------------------------------------------------------
 */

static char *words_of_bytes(size_t len, const char *unit)
{
    AUTO_BUF struct buf body = BUF(len + 64);

    buf_puts(&body, "{\"words\":[\"deploy\",\"");
    while (body.len + strlen(unit) + 3 <= len)
        buf_puts(&body, unit);
    buf_puts(&body, "\"]}");
    return buf_take(&body);
}

static void an_item_that_grows_too_large_is_refused_alone(void **state)
{
    AUTO_FREE char *quoted = words_of_bytes(65497, "\\\""), *plain = words_of_bytes(65497, "x");
    struct raw refused, taken;

    (void)state;
    refused = run_words(quoted);
    taken = run_words(plain);
    expect(&refused, "HTTP/1.1 413 ", "NOT accepted");
    wait_for_items(1);
    assert_true(world.largest <= (size_t)STORE_ITEM_MAX_BYTES);
    answer_held(STORE_OK, ACCEPT_FULL);
    expect(&taken, "HTTP/1.1 503 ", "too much waiting");
    assert_int_equal(ingress_counts(world.ingress).too_large, 1);
}

static void a_slack_command_that_grows_too_large_is_told_in_words(void **state)
{
    AUTO_BUF struct buf body = BUF(INBOX_BODY_MAX_BYTES);
    struct raw raw;

    (void)state;
    buf_puts(&body, SLACK_BODY "&more=");
    while (body.len < INBOX_BODY_MAX_BYTES)
        buf_puts(&body, "\""); /* two bytes each, once quoted */
    raw = slack_command(buf_text(&body));
    expect(&raw, "HTTP/1.1 200 ", "NOT accepted");
    assert_int_equal(world.items, 0);
}

/* --- no store -------------------------------------------------------------------------------------------------------
 */

static const struct refusal_row {
    const char *name;
    struct ingress_store state;
    bool is_slack;
    const char *status, *text, *never;
} refusal_rows[] = {
    { "Slack is told that nothing will be done, and no way in circles",
      { INGRESS_STORE_DOWN, "Connection refused" },
      true,
      "HTTP/1.1 200 ",
      "Ask again when it is back",
      "opsgate run" },
    { "a local user is told why, and what to look at",
      { INGRESS_STORE_DOWN, "Connection refused" },
      false,
      "HTTP/1.1 503 ",
      "the store is down (Connection refused). Nothing was done. Start Redis",
      "opsgate run" },
    { "Slack is told of a store that is not ours",
      { INGRESS_STORE_FOREIGN, "another store: birth 1" },
      true,
      "HTTP/1.1 200 ",
      "does not know its store (another store: birth 1)",
      "store is down" },
    { "a local user is told of a store that is not ours",
      { INGRESS_STORE_FOREIGN, "another store: birth 1" },
      false,
      "HTTP/1.1 503 ",
      "does not know its store (another store: birth 1)",
      "store is down" },
};

static void check_refusal(void **state)
{
    const struct refusal_row *row = *state;
    struct raw raw;

    enter(NULL);
    world.state = row->state;
    raw = row->is_slack ? slack_command(SLACK_BODY) : run_words("{\"words\":[\"status\"]}");
    assert_true(raw_expect(&raw, world.loop, row->text));
    assert_false(str_contains(buf_str(&raw.got), row->never));
    expect(&raw, row->status, "NOT accepted");
    assert_int_equal(world.items, 0);
    leave(NULL);
}

/* --- buttons: the connection says nothing, the address everything
 * -----------------------------------------------------
 */

static void expect_silence(struct raw *raw) /* an empty 200 */
{
    expect(raw, "HTTP/1.1 200 ", "Content-Length: 0\r\n");
}

static void expect_refusal(const char *text)
{
    assert_int_equal(world.refusals, 1);
    assert_string_equal(world.refusal_url, HOOK);
    assert_non_null(strstr(world.refusal, "\"response_type\":\"ephemeral\""));
    assert_non_null(strstr(world.refusal, "\"replace_original\":false"));
    if (!strstr(world.refusal, text))
        fail_msg("no '%s' in: %s", text, world.refusal);
}

static void a_pressed_button_is_taken_and_answered_later(void **state)
{
    struct raw raw = slack_button();

    (void)state;
    wait_for_items(1);
    assert_non_null(strstr(world.last_item, "\"kind\":\"action\""));
    assert_non_null(strstr(world.last_item, "slack:T0:action:1.2.3"));
    assert_non_null(strstr(world.last_item, "abort D1"));
    assert_non_null(strstr(world.last_item, "\"inline_until_ms\":0"));
    answer_held(STORE_OK, ACCEPT_NEW);
    expect_silence(&raw);
    assert_int_equal(world.refusals, 0);
    assert_int_equal(ingress_counts(world.ingress).accepted, 1);
}

static void a_button_that_comes_again_is_answered_in_silence(void **state)
{
    struct raw raw = slack_button();

    (void)state;
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_DUPLICATE);
    expect_silence(&raw);
    assert_int_equal(world.refusals, 0);
}

static void a_button_when_too_much_waits_is_refused_by_its_address(void **state)
{
    struct raw raw = slack_button();

    (void)state;
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_FULL);
    expect_silence(&raw);
    expect_refusal("too much waiting");
}

static void a_button_that_the_store_does_not_confirm_is_told_by_its_address(void **state)
{
    struct raw raw = slack_button();

    (void)state;
    wait_for_items(1);
    expect_silence(&raw); /* within Slack's three seconds, though the store has not answered */
    assert_int_equal(world.refusals, 0);
    answer_held(STORE_UNAVAILABLE, ACCEPT_NEW);
    expect_refusal("*Unknown*");
}

static void a_button_without_a_store_is_refused_by_its_address(void **state)
{
    struct raw raw;

    (void)state;
    world.state = (struct ingress_store){ INGRESS_STORE_DOWN, "Connection refused" };
    raw = slack_button();
    expect_silence(&raw);
    expect_refusal("NOT accepted");
    assert_int_equal(world.items, 0);
}

static void a_button_at_a_foreign_store_is_refused_by_its_address(void **state)
{
    struct raw raw;

    (void)state;
    world.state = (struct ingress_store){ INGRESS_STORE_FOREIGN, "another store: birth 1" };
    raw = slack_button();
    expect_silence(&raw);
    expect_refusal("does not know its store");
}

static void what_asks_for_nothing_is_passed_over(void **state)
{
    static const char *const bodies[] = {
        SLACK_PAYLOAD("block_actions", "{\"type\":\"button\",\"action_id\":\"x\",\"url\":\"https://x.example/\"}"),
        SLACK_PAYLOAD("view_submission", ""),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct raw raw = slack_post("/slack/interactions", bodies[i]);

        expect_silence(&raw);
    }
    assert_int_equal(ingress_counts(world.ingress).passed_over, 2);
    assert_int_equal(world.items + world.refusals, 0);
}

static void a_forged_button_is_refused(void **state)
{
    struct raw raw = raw_connect(http_in_port(world.in));

    (void)state;
    post(&raw, "/slack/interactions", "application/x-www-form-urlencoded", "", STR_LIT(SLACK_BUTTON));
    expect(&raw, "HTTP/1.1 401 ", "signature");
    assert_int_equal(ingress_counts(world.ingress).forged, 1);
    raw = slack_post("/slack/interactions", "payload={");
    expect(&raw, "HTTP/1.1 400 ", "payload");
    assert_int_equal(ingress_counts(world.ingress).malformed, 1);
    assert_int_equal(world.items + world.refusals, 0);
}

/* --- who asks -------------------------------------------------------------------------------------------------------
 */

static void a_slow_directory_of_users_stops_nobody(void **state)
{
    struct raw slow, hello = raw_connect(http_in_port(world.in));

    (void)state;
    world.is_name_late = true;
    slow = run_words("{\"words\":[\"status\"]}");
    while (sem_trywait(&world.name_asked) != 0)
        raw_turn(world.loop, -1, 0);
    assert_true(raw_puts(&hello, world.loop, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    expect(&hello, "HTTP/1.1 200 ", "hello");
    assert_int_equal(world.items, 0);
    sem_post(&world.name_known);
    wait_for_items(1);
    assert_non_null(strstr(world.last_item, "alice"));
    raw_close(&slow);
}

static void a_user_without_a_name_is_its_number(void **state)
{
    struct raw raw;
    char number[32];

    (void)state;
    world.user_name = NULL;
    raw = run_words("{\"words\":[\"status\"]}");
    wait_for_items(1);
    snprintf(number, sizeof(number), "\\\"user\\\":\\\"%u\\\"", (unsigned)getuid());
    assert_non_null(strstr(world.last_item, number));
    raw_close(&raw);
}

static void a_name_that_cannot_be_known_now_is_no_number(void **state)
{
    struct raw raw;

    (void)state;
    world.user_name = "?";
    raw = run_words("{\"words\":[\"status\"]}");
    expect(&raw, "HTTP/1.1 503 ", "NOT accepted: the name of user");
    assert_int_equal(world.items, 0);
}

/* Up to where the name is looked up, which lasts until `name_known`. */
static struct raw ask_with_late_name(void)
{
    struct raw raw;

    world.is_name_late = true;
    raw = run_words("{\"words\":[\"status\"]}");
    while (sem_trywait(&world.name_asked) != 0)
        raw_turn(world.loop, -1, 0);
    return raw;
}

/* http_in has told them that nobody answered: then it must not be done behind their back. */
static void who_waited_too_long_for_a_name_is_not_accepted_later(void **state)
{
    struct raw raw;

    (void)state;
    stop_doors();
    world.settings.limits.answer_timeout_ms = 1000;
    start_doors();
    raw = ask_with_late_name();
    raw_close(&raw); /* gone, which is the same to us */
    while (http_in_counts(world.in).connections > 0)
        raw_turn(world.loop, -1, 0);
    sem_post(&world.name_known);
    while (http_in_counts(world.in).requests > 0)
        raw_turn(world.loop, -1, 0);
    assert_int_equal(world.items, 0);
}

static void an_end_while_a_name_is_looked_up_is_clean(void **state)
{
    struct raw raw = ask_with_late_name();

    (void)state;
    sem_post(&world.name_known);
    raw_close(&raw);
}

/* --- the wait -------------------------------------------------------------------------------------------------------
 */

static void the_wait_ends_before_the_door_gives_up(void **state)
{
    struct raw raw;

    (void)state;
    stop_doors();
    world.settings.limits.answer_timeout_ms = 1000; /* far less than a local caller is given */
    start_doors();
    raw = run_words("{\"words\":[\"status\"]}");
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_NEW);
    expect(&raw, "HTTP/1.1 504 ", "\r\n\r\n"); /* accepted, not answered: not the door's 503 */
    assert_int_equal(http_in_counts(world.in).unanswered, 0);
}

static void a_local_user_in_doubt_is_told_what_to_type_there(void **state)
{
    struct raw raw = run_words("{\"words\":[\"status\"]}");

    (void)state;
    wait_for_items(1);
    answer_held(STORE_UNAVAILABLE, ACCEPT_NEW);
    expect(&raw, "HTTP/1.1 503 ", "`opsgate run status` shows what happens.");
}

static void an_end_with_an_accept_out_is_clean(void **state)
{
    struct raw raw = run_words("{\"words\":[\"status\"]}");

    (void)state;
    wait_for_items(1);
    raw_close(&raw);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(an_item_that_grows_too_large_is_refused_alone),
        IN_A_WORLD(a_slack_command_that_grows_too_large_is_told_in_words),
        IN_A_WORLD(a_pressed_button_is_taken_and_answered_later),
        IN_A_WORLD(a_button_that_comes_again_is_answered_in_silence),
        IN_A_WORLD(a_button_when_too_much_waits_is_refused_by_its_address),
        IN_A_WORLD(a_button_that_the_store_does_not_confirm_is_told_by_its_address),
        IN_A_WORLD(a_button_without_a_store_is_refused_by_its_address),
        IN_A_WORLD(a_button_at_a_foreign_store_is_refused_by_its_address),
        IN_A_WORLD(what_asks_for_nothing_is_passed_over),
        IN_A_WORLD(a_forged_button_is_refused),
        IN_A_WORLD(a_slow_directory_of_users_stops_nobody),
        IN_A_WORLD(a_user_without_a_name_is_its_number),
        IN_A_WORLD(a_name_that_cannot_be_known_now_is_no_number),
        IN_A_WORLD(who_waited_too_long_for_a_name_is_not_accepted_later),
        IN_A_WORLD(an_end_while_a_name_is_looked_up_is_clean),
        IN_A_WORLD(the_wait_ends_before_the_door_gives_up),
        IN_A_WORLD(a_local_user_in_doubt_is_told_what_to_type_there),
        IN_A_WORLD(an_end_with_an_accept_out_is_clean),
    };
    struct CMUnitTest rows[ARRAY_LEN(refusal_rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i] = (struct CMUnitTest){ .name = refusal_rows[i].name,
                                       .test_func = check_refusal,
                                       .initial_state = (void *)(uintptr_t)&refusal_rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL) + cmocka_run_group_tests(rows, NULL, NULL);
}
