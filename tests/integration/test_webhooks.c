/* What machines are told, so that they behave; and what of theirs goes into the store. */
#include "tests/integration/webhooks_fixture.h"

/* ---- what is answered without the store ---- */

static const struct refused_row {
    const char *name;
    enum webhook_id who;
    struct sending sending;
    const char *status, *text;
    bool is_unconfigured;
} refused_rows[] = {
    { "GitHub: unsigned is 401",
      WEBHOOK_GITHUB,
      { UNSIGNED, .body = STR_LIT(RELEASE("published")) },
      "HTTP/1.1 401 ",
      "does not say who",
      false },
    { "GitHub: forged is 401",
      WEBHOOK_GITHUB,
      { FORGED, .body = STR_LIT(RELEASE("published")) },
      "HTTP/1.1 401 ",
      "application/problem+json",
      false },
    { "GitHub: forged garbage is 401 before anything reads it",
      WEBHOOK_GITHUB,
      { FORGED, .body = STR_LIT("{") },
      "HTTP/1.1 401 ",
      "signature",
      false },
    { "GitHub: a ping is answered",
      WEBHOOK_GITHUB,
      { WELL, .event = "ping", .body = STR_LIT("{\"zen\":\"Hm.\"}") },
      "HTTP/1.1 200 ",
      "pong",
      false },
    { "GitHub: an event of no use is 202",
      WEBHOOK_GITHUB,
      { WELL, .event = "watch", .body = STR_LIT("{}") },
      "HTTP/1.1 202 ",
      "not stored",
      false },
    { "GitHub: an action of no use is 202",
      WEBHOOK_GITHUB,
      { WELL, .body = STR_LIT(RELEASE("created")) },
      "HTTP/1.1 202 ",
      "not stored",
      false },
    { "GitHub: genuine garbage is 400",
      WEBHOOK_GITHUB,
      { WELL, .body = STR_LIT("{\"action\":") },
      "HTTP/1.1 400 ",
      "application/problem+json",
      false },
    { "GitHub: no body is 400", WEBHOOK_GITHUB, { WELL, .body = STR_LIT("") }, "HTTP/1.1 400 ", "webhook", false },
    { "GitHub: a NUL is 400",
      WEBHOOK_GITHUB,
      { WELL, .body = STR_LIT("{\"action\":\"published\",\"x\":\"\0\"}") },
      "HTTP/1.1 400 ",
      "webhook",
      false },
    { "GitHub: no UTF-8 is 400",
      WEBHOOK_GITHUB,
      { WELL, .body = STR_LIT("{\"action\":\"published\",\"x\":\"\xff\"}") },
      "HTTP/1.1 400 ",
      "UTF-8",
      false },
    { "GitHub: another Content-Type is 400, and told",
      WEBHOOK_GITHUB,
      { WELL, .type = "text/plain", .body = STR_LIT(RELEASE("published")) },
      "HTTP/1.1 400 ",
      "Content-Type",
      false },
    { "GitHub: an id that is none is 400",
      WEBHOOK_GITHUB,
      { WELL, .id = "../../x", .body = STR_LIT(RELEASE("published")) },
      "HTTP/1.1 400 ",
      "X-GitHub-Delivery",
      false },
    { "GitHub: not configured is 404, and told which key",
      WEBHOOK_GITHUB,
      { WELL, .body = STR_LIT(RELEASE("published")) },
      "HTTP/1.1 404 ",
      "github.webhook_secrets",
      true },
    { "PagerDuty: unsigned is 401",
      WEBHOOK_PAGERDUTY,
      { UNSIGNED, .body = STR_LIT(PD_EVENT("incident.triggered")) },
      "HTTP/1.1 401 ",
      "does not say who",
      false },
    { "PagerDuty: what cannot be verified is 503",
      WEBHOOK_PAGERDUTY,
      { FORGED, .body = STR_LIT(PD_EVENT("incident.triggered")) },
      "HTTP/1.1 503 ",
      "Retry-After",
      false },
    { "PagerDuty: an event of no use is 202",
      WEBHOOK_PAGERDUTY,
      { WELL, .body = STR_LIT(PD_EVENT("incident.eaten")) },
      "HTTP/1.1 202 ",
      "not stored",
      false },
    { "PagerDuty: a ping is 202",
      WEBHOOK_PAGERDUTY,
      { WELL, .body = STR_LIT(PD_EVENT("pagey.ping")) },
      "HTTP/1.1 202 ",
      "not stored",
      false },
    { "PagerDuty: not configured is 503 for what may be genuine",
      WEBHOOK_PAGERDUTY,
      { WELL, .body = STR_LIT(PD_EVENT("incident.triggered")) },
      "HTTP/1.1 503 ",
      "pagerduty.webhook_secrets",
      true },
    { "PagerDuty: not configured is 404 for anybody else",
      WEBHOOK_PAGERDUTY,
      { UNSIGNED, .body = STR_LIT("{}") },
      "HTTP/1.1 404 ",
      "pagerduty.webhook_secrets",
      true },
    { "Alertmanager: no token is 401",
      WEBHOOK_ALERTMANAGER,
      { UNSIGNED, .body = STR_LIT("{}") },
      "HTTP/1.1 401 ",
      "does not say who",
      false },
    { "Alertmanager: a wrong token is 401",
      WEBHOOK_ALERTMANAGER,
      { FORGED, .body = STR_LIT("{}") },
      "HTTP/1.1 401 ",
      "http_config.authorization.credentials",
      false },
    { "Alertmanager: not configured is 404",
      WEBHOOK_ALERTMANAGER,
      { WELL, .body = STR_LIT("{}") },
      "HTTP/1.1 404 ",
      "alertmanager.tokens",
      true },
};

static void check_refused(void **state)
{
    const struct refused_row *row = *state;
    struct raw raw;

    enter_all(state);
    if (row->is_unconfigured)
        world.settings.github = NULL, world.settings.pagerduty = NULL, world.settings.alertmanager = NULL;
    raw = send_as(row->who, row->sending);
    assert_true(raw_expect(&raw, world.loop, row->text));
    assert_null(strstr(buf_text(&raw.got), NEW_SECRET));
    assert_null(strstr(buf_text(&raw.got), "sha256="));
    expect(&raw, row->status, row->text);
    assert_int_equal(world.items, 0);
    leave(state);
}

/* ---- what goes into the store, and what its answer becomes ---- */

static void what_the_store_says_is_the_status(void **state)
{
    static const struct row {
        enum store_status store;
        enum accept_result result;
        const char *status, *text;
    } rows[] = {
        { STORE_OK, ACCEPT_NEW, "HTTP/1.1 202 ", "accepted" },
        { STORE_OK, ACCEPT_DUPLICATE, "HTTP/1.1 200 ", "accepted before" },
        { STORE_OK, ACCEPT_FULL, "HTTP/1.1 503 ", "Retry-After: " },
        { STORE_UNAVAILABLE, ACCEPT_NEW, "HTTP/1.1 503 ", "Retry-After: " },
        { STORE_NOT_NOW, ACCEPT_NEW, "HTTP/1.1 503 ", "Retry-After: " },
    };

    (void)state;
    for (size_t who = 0; who < WEBHOOKS; who++)
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            struct raw raw = send_as((enum webhook_id)who, some[who]);

            wait_for_items(who * ARRAY_LEN(rows) + i + 1);
            answer_held(rows[i].store, rows[i].result);
            expect(&raw, rows[i].status, rows[i].text);
        }
    assert_int_equal(ingress_counts(world.ingress).accepted, WEBHOOKS);
    assert_int_equal(ingress_counts(world.ingress).duplicates, WEBHOOKS);
}

static void without_a_store_everybody_is_to_come_again(void **state)
{
    (void)state;
    for (size_t who = 0; who < WEBHOOKS; who++) {
        struct raw raw;

        world.state = (struct ingress_store){ INGRESS_STORE_DOWN, "Connection refused" };
        raw = send_as((enum webhook_id)who, some[who]);
        expect(&raw, "HTTP/1.1 503 ", "store is down");
        world.state = (struct ingress_store){ INGRESS_STORE_FOREIGN, "another birth" };
        raw = send_as((enum webhook_id)who, some[who]);
        expect(&raw, "HTTP/1.1 503 ", "does not know its store");
    }
    assert_int_equal(world.items, 0);
}

static void a_webhook_is_stored_as_it_came_and_is_never_void(void **state)
{
    struct raw raw = send_as(WEBHOOK_GITHUB, some[WEBHOOK_GITHUB]);
    AUTO_JSON cJSON *item = NULL;

    (void)state;
    accept_it(&raw);
    item = last_item();
    assert_string_equal(json_find_string(item, "source"), "github");
    assert_string_equal(json_find_string(item, "kind"), GITHUB_WEBHOOK_KIND);
    assert_int_equal(json_find_int(item, "not_after", 0), 0);
    assert_int_equal(json_find_int(item, "received_at", 0), STORE_MS);
    assert_string_equal(cJSON_GetArrayItem(json_find(item, "keys"), 0)->valuestring, "github:" GUID);
    assert_non_null(strstr(json_find_string(item, "body"), RELEASE("published")));
    assert_null(json_find(item, "reply_to.connection"));
}

/* Eight may wait, and machines leave four of them to people. */
static void a_storm_of_machines_does_not_shut_out_the_way_back(void **state)
{
    static const char rollback[] =
        "team_id=T0&user_id=U0&channel_id=C0&command=%2Frollback&text=api+staging&trigger_id=1.2.3"
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1";
    struct raw storm[5], person;
    char id[64];

    (void)state;
    stop_doors();
    world.settings.limits.requests_in_flight = 8;
    start_doors();
    for (size_t i = 0; i < ARRAY_LEN(storm); i++) {
        struct sending sending = some[i % 2 ? WEBHOOK_GITHUB : WEBHOOK_PAGERDUTY];

        snprintf(id, sizeof(id), "72d3162e-cc78-11e3-81ab-4c9367dc095%zu", i);
        sending.id = id;
        storm[i] = send_as(i % 2 ? WEBHOOK_GITHUB : WEBHOOK_PAGERDUTY, sending);
        if (i < 4)
            wait_for_items(i + 1);
    }
    expect(&storm[4], "HTTP/1.1 503 ", "too many requests wait");
    person = slack_post("/slack/commands", rollback);
    wait_for_items(5);
    assert_non_null(strstr(world.last_item, "rollback"));
    while (world.held)
        answer_held(STORE_OK, ACCEPT_NEW);
    for (size_t i = 0; i < 4; i++)
        expect(&storm[i], "HTTP/1.1 202 ", "accepted");
    raw_close(&person);
}

static void while_a_secret_is_changed_both_are_good(void **state)
{
    struct sending sending = some[WEBHOOK_PAGERDUTY];
    struct raw raw;

    (void)state;
    sending.proof = WITH_OLD;
    raw = send_as(WEBHOOK_PAGERDUTY, sending);
    accept_it(&raw);
    assert_non_null(strstr(world.last_item, "\"pagerduty:W1\",\"pagerduty-event:E1\""));
}

static void a_form_of_githubs_is_taken_too(void **state)
{
    struct raw raw =
        send_as(WEBHOOK_GITHUB, (struct sending){ .type = "application/x-www-form-urlencoded",
                                                  .body = STR_LIT("payload=%7B%22action%22%3A%22published%22%7D") });

    (void)state;
    accept_it(&raw);
    assert_non_null(strstr(world.last_item, "\\\"payload\\\":{\\\"action\\\":\\\"published\\\"}"));
}

static void a_body_cut_on_its_way_is_no_longer_genuine(void **state)
{
    struct str whole = STR_LIT(RELEASE("published"));
    struct raw raw = raw_connect(http_in_port(world.in));
    char headers[512];

    (void)state;
    snprintf(headers, sizeof(headers),
             "X-GitHub-Event: release\r\nX-GitHub-Delivery: " GUID "\r\nX-Hub-Signature-256: %s\r\n",
             github_webhook_signature_make(NEW_SECRET, whole).text);
    post(&raw, "/github/webhook", "application/json", headers, (struct str){ whole.at, whole.len - 1 });
    expect(&raw, "HTTP/1.1 401 ", "signature");
    assert_int_equal(ingress_counts(world.ingress).forged, 1);
}

/* ---- what is refused, people hear of ---- */

static void with_alarms(void)
{
    stop_doors();
    world.alarm_after_ms = 1;
    start_doors();
}

static void refuse(enum webhook_id who, enum proof proof, const char *status)
{
    struct sending forged = some[who];
    struct raw raw;

    forged.proof = proof;
    raw = send_as(who, forged);
    expect(&raw, status, "");
}

static void what_is_refused_is_handed_in_for_people_once_an_hour(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct refused_webhooks refused;
    struct inbox_item item;
    struct decoded decoded;
    struct error err;

    (void)state;
    with_alarms();
    refuse(WEBHOOK_PAGERDUTY, FORGED, "HTTP/1.1 503 ");
    wait_for_items(1);
    if (!shape_from_json(&inbox_item_shape, json_parse_in(arena, str_of(world.last_item), &err), arena, &item, &err) ||
        !decode_item(&item, arena, &decoded, &err) ||
        !shape_from_json(&refused_webhooks_shape, decoded.event.body, arena, &refused, &err))
        fail_msg("%s: %s", err.message, world.last_item);
    assert_string_equal(decoded.event.name, REFUSED_KIND);
    assert_string_equal(refused.sender, PAGERDUTY_SOURCE);
    assert_int_equal(refused.times, 1);
    assert_non_null(strstr(refused.advice, "pagerduty.webhook_secrets"));
    answer_held(STORE_OK, ACCEPT_NEW);
    for (int i = 0; i < 5; i++) /* the next hour's */
        refuse(WEBHOOK_PAGERDUTY, FORGED, "HTTP/1.1 503 ");
    refuse(WEBHOOK_ALERTMANAGER, UNSIGNED, "HTTP/1.1 401 "); /* which drops it */
    wait_for_items(2);
    assert_non_null(strstr(world.last_item, "alertmanager.tokens"));
    answer_held(STORE_OK, ACCEPT_NEW);
    refuse(WEBHOOK_GITHUB, FORGED, "HTTP/1.1 401 ");      /* it shows that itself */
    refuse(WEBHOOK_PAGERDUTY, UNSIGNED, "HTTP/1.1 401 "); /* nobody's: PagerDuty signs */
    for (int i = 0; i < 20; i++)
        raw_turn(world.loop, -1, 0);
    assert_int_equal(world.items, 2);
}

static void what_is_refused_before_an_end_is_let_go_of(void **state)
{
    (void)state;
    with_alarms();
    refuse(WEBHOOK_PAGERDUTY, FORGED, "HTTP/1.1 503 ");
    wait_for_items(1); /* and never answered */
    refuse(WEBHOOK_ALERTMANAGER, FORGED, "HTTP/1.1 401 ");
}

/* ---- what is counted ---- */

static void what_is_passed_over_is_counted_by_its_name(void **state)
{
    static const char *const events[] = { "watch", "star", "watch" };
    uint64_t times = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        struct raw raw = send_as(WEBHOOK_GITHUB, (struct sending){ .event = events[i], .body = STR_LIT("{}") });

        expect(&raw, "HTTP/1.1 202 ", "not stored");
    }
    assert_string_equal(ingress_passed(world.ingress, 0, &times), "github.watch");
    assert_int_equal(times, 2);
    assert_string_equal(ingress_passed(world.ingress, 1, &times), "github.star");
    assert_int_equal(times, 1);
    assert_null(ingress_passed(world.ingress, 2, &times));
}

static void names_without_end_are_counted_together(void **state)
{
    uint64_t times = 0, all = 0;
    const char *name, *last = NULL;

    (void)state;
    for (int i = 0; i < 70; i++) {
        char event[8] = { 'e', (char)('a' + i / 26), (char)('a' + i % 26), '\0' };
        struct raw raw = send_as(WEBHOOK_GITHUB, (struct sending){ .event = event, .body = STR_LIT("{}") });

        expect(&raw, "HTTP/1.1 202 ", "not stored");
    }
    for (size_t i = 0; (name = ingress_passed(world.ingress, i, &times)); i++, last = name)
        all += times;
    assert_string_equal(last, "other");
    assert_int_equal(all, 70);
}
int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(what_the_store_says_is_the_status),
        IN_A_WORLD(without_a_store_everybody_is_to_come_again),
        IN_A_WORLD(a_webhook_is_stored_as_it_came_and_is_never_void),
        IN_A_WORLD(a_storm_of_machines_does_not_shut_out_the_way_back),
        IN_A_WORLD(while_a_secret_is_changed_both_are_good),
        IN_A_WORLD(a_form_of_githubs_is_taken_too),
        IN_A_WORLD(a_body_cut_on_its_way_is_no_longer_genuine),
        IN_A_WORLD(what_is_refused_is_handed_in_for_people_once_an_hour),
        IN_A_WORLD(what_is_refused_before_an_end_is_let_go_of),
        IN_A_WORLD(what_is_passed_over_is_counted_by_its_name),
        IN_A_WORLD(names_without_end_are_counted_together),
    };
    struct CMUnitTest rows[ARRAY_LEN(refused_rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i] = (struct CMUnitTest){ .name = refused_rows[i].name,
                                       .test_func = check_refused,
                                       .initial_state = (void *)(uintptr_t)&refused_rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL) + cmocka_run_group_tests(rows, NULL, NULL);
}
