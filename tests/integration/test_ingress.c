/* What is said at the doors, and what goes into the store: everybody is answered, in words that make them behave. */
#include "tests/integration/ingress_fixture.h"

static struct raw run_words(const char *body)
{
    struct raw raw = raw_connect_unix(world.socket);

    post(&raw, "/v1/run", "application/json", "", str_of(body));
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
    { "Slack is told that nothing will be done, and the way back",
      { INGRESS_STORE_DOWN, "Connection refused" },
      true,
      "HTTP/1.1 200 ",
      "on opsgate's host: `opsgate run rollback SERVICE ENVIRONMENT --without-store`",
      "Connection refused" },
    { "a local user is told why, and what to look at",
      { INGRESS_STORE_DOWN, "Connection refused" },
      false,
      "HTTP/1.1 503 ",
      "the store is down (Connection refused). Nothing was done. Start Redis, or look at /health/detailed.\\nThe way "
      "back goes without it: `opsgate run rollback SERVICE ENVIRONMENT --without-store`",
      "by hand" },
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

static void a_button_that_the_store_cannot_take_is_refused_by_its_address(void **state)
{
    struct raw raw = slack_button();

    (void)state;
    wait_for_items(1);
    expect_silence(&raw);
    answer_held(STORE_NOT_NOW, ACCEPT_NEW);
    expect_refusal("NOT accepted");
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
    struct raw raw = slack_post(
        "/slack/interactions",
        SLACK_PAYLOAD("block_actions", "{\"type\":\"button\",\"action_id\":\"x\",\"url\":\"https://x.example/\"}"));

    (void)state;
    expect_silence(&raw);
    assert_int_equal(ingress_counts(world.ingress).passed_over, 1);
    assert_int_equal(world.items + world.refusals, 0);
}

static void a_form_of_somebody_elses_is_not_taken_for_done(void **state)
{
    struct raw raw = slack_post("/slack/interactions", SLACK_PAYLOAD("view_submission", ""));

    (void)state;
    expect(&raw, "HTTP/1.1 200 ", "does not know this form. Nothing was done");
    assert_int_equal(ingress_counts(world.ingress).passed_over, 1);
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

/* --- too often ------------------------------------------------------------------------------------------------------
 */

static void who_asks_too_often_is_told_when_again(void **state)
{
    struct raw raw;

    (void)state;
    stop_doors();
    world.settings.limits.requests_per_hour = 2;
    start_doors();
    for (size_t i = 0; i < 3; i++) {
        raw = run_words("{\"words\":[\"status\"]}");
        wait_for_items(i + 1);
        answer_held(STORE_OK, i == 0 ? ACCEPT_DUPLICATE : ACCEPT_NEW); /* what came twice counts once */
        raw_close(&raw);
    }
    raw = run_words("{\"words\":[\"status\"]}");
    expect(&raw, "HTTP/1.1 429 ", "Nothing was done; ask again in ");
    raw = run_words("{\"words\":[\"rollback\",\"api\",\"production\"]}"); /* the way back */
    wait_for_items(4);
    raw_close(&raw);
    raw = slack_command(SLACK_BODY); /* somebody else */
    wait_for_items(5);
    raw_close(&raw);
    assert_int_equal(ingress_counts(world.ingress).too_often, 1);
}

/* Written to the socket, and the loop does not turn meanwhile. */
static struct raw ask_without_a_turn(int number)
{
    struct raw raw = raw_connect(http_in_port(world.in));
    AUTO_BUF struct buf text = BUF(4096);
    char body[1024], now[32];

    snprintf(body, sizeof(body), "%s&n=%d", SLACK_BODY, number);
    snprintf(now, sizeof(now), "%lld", (long long)time(NULL));
    buf_addf(&text,
             "POST /slack/commands HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
             "X-Slack-Request-Timestamp: %s\r\nX-Slack-Signature: %s\r\nContent-Length: %zu\r\n\r\n%s",
             now, slack_signature_make(SECRET, now, str_of(body)).text, strlen(body), body);
    assert_int_equal(send(raw.fd, text.at, text.len, MSG_NOSIGNAL), text.len);
    return raw;
}

static void many_at_once_are_no_way_around_the_limit(void **state)
{
    enum { ASKED = 20, ALLOWED = 3 };
    struct raw raw[ASKED];

    (void)state;
    stop_doors();
    world.settings.limits.requests_per_hour = ALLOWED;
    start_doors();
    for (int i = 0; i < ASKED; i++)
        raw[i] = ask_without_a_turn(i);
    while (ingress_counts(world.ingress).too_often + world.items < ASKED) /* the store has answered none of them */
        raw_turn(world.loop, -1, 0);
    assert_int_equal(world.items, ALLOWED);
    while (world.held)
        answer_held(STORE_OK, ACCEPT_FULL); /* and so none of them counts */
    for (int i = 0; i < ASKED; i++) {
        assert_true(raw_expect(&raw[i], world.loop, "\r\n\r\n"));
        raw_close(&raw[i]);
    }
    for (int i = 0; i < ALLOWED; i++) {
        raw[i] = ask_without_a_turn(ASKED + i);
        wait_for_items((size_t)(ALLOWED + i + 1));
        raw_close(&raw[i]);
    }
    assert_int_equal(ingress_counts(world.ingress).too_often, ASKED - ALLOWED);
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
    world.settings.limits.answer_timeout_ms = 4000; /* time to be accepted, and far less than a local caller is given */
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

/* It refused before it wrote anything: nobody is left in doubt. */
static void what_the_store_cannot_take_was_not_accepted(void **state)
{
    struct raw raw = run_words("{\"words\":[\"status\"]}"), slack;

    (void)state;
    wait_for_items(1);
    world.state.why = "redis://h:1/0: MISCONF its disk is full";
    answer_held(STORE_NOT_NOW, ACCEPT_NEW);
    expect(&raw, "HTTP/1.1 503 ", "NOT accepted: the store is down (redis://h:1/0: MISCONF its disk is full)");
    slack = slack_command(SLACK_BODY);
    wait_for_items(2);
    answer_held(STORE_NOT_NOW, ACCEPT_NEW);
    expect(&slack, "HTTP/1.1 200 ", "*NOT accepted*: opsgate's store is down. Nothing was done");
    assert_int_equal(ingress_counts(world.ingress).unavailable, 2);
}

static void an_end_with_an_accept_out_is_clean(void **state)
{
    struct raw raw = run_words("{\"words\":[\"status\"]}");

    (void)state;
    wait_for_items(1);
    raw_close(&raw);
}

static void stop_loop(void *arg)
{
    loop_stop(arg);
}

static void count_doubt(void *arg, enum arrival_is is, const char *why)
{
    size_t *in_doubt = arg;

    (void)why;
    assert_int_equal(is, ARRIVAL_IN_DOUBT);
    ++*in_doubt;
}

/* Those that are held back until the store has answered others must not be handed to one that is gone. */
static void who_leaves_the_store_hands_it_nothing_any_more(void **state)
{
    static const char *const keys[] = { "a", "b", "c", "d" };
    size_t in_doubt = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) { /* the loop does not turn: what is held back stays so */
        door_offer(ingress_door(world.ingress), NULL,
                   &(struct arrival){ .source = "test",
                                      .kind = "fact",
                                      .request_id = keys[i],
                                      .keys = &keys[i],
                                      .keys_count = 1,
                                      .is_fact = true,
                                      .body = "{}" },
                   count_doubt, &in_doubt);
        ingress_flush(world.ingress);
    }
    assert_int_equal(world.items, 2); /* so many accepts may be out at once */
    assert_int_equal(in_doubt, 0);
    ingress_leave_store(world.ingress);
    assert_int_equal(in_doubt, 4);
    loop_timer_start(world.loop, 100, stop_loop, world.loop); /* due after any hold, however slow the machine is */
    loop_run(world.loop);
    assert_int_equal(world.items, 2);
    ingress_leave_store(world.ingress); /* nobody is told twice */
    assert_int_equal(in_doubt, 4);
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
        IN_A_WORLD(a_button_that_the_store_cannot_take_is_refused_by_its_address),
        IN_A_WORLD(a_button_without_a_store_is_refused_by_its_address),
        IN_A_WORLD(a_button_at_a_foreign_store_is_refused_by_its_address),
        IN_A_WORLD(what_asks_for_nothing_is_passed_over),
        IN_A_WORLD(a_form_of_somebody_elses_is_not_taken_for_done),
        IN_A_WORLD(a_forged_button_is_refused),
        IN_A_WORLD(who_asks_too_often_is_told_when_again),
        IN_A_WORLD(many_at_once_are_no_way_around_the_limit),
        IN_A_WORLD(a_slow_directory_of_users_stops_nobody),
        IN_A_WORLD(a_user_without_a_name_is_its_number),
        IN_A_WORLD(a_name_that_cannot_be_known_now_is_no_number),
        IN_A_WORLD(who_waited_too_long_for_a_name_is_not_accepted_later),
        IN_A_WORLD(an_end_while_a_name_is_looked_up_is_clean),
        IN_A_WORLD(the_wait_ends_before_the_door_gives_up),
        IN_A_WORLD(a_local_user_in_doubt_is_told_what_to_type_there),
        IN_A_WORLD(what_the_store_cannot_take_was_not_accepted),
        IN_A_WORLD(an_end_with_an_accept_out_is_clean),
        IN_A_WORLD(who_leaves_the_store_hands_it_nothing_any_more),
    };
    struct CMUnitTest rows[ARRAY_LEN(refusal_rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i] = (struct CMUnitTest){ .name = refusal_rows[i].name,
                                       .test_func = check_refusal,
                                       .initial_state = (void *)(uintptr_t)&refusal_rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL) + cmocka_run_group_tests(rows, NULL, NULL);
}
