/* What machines are told, so that they behave; and what of theirs goes into the store. */
#include "bot/decode.h"
#include "bot/door_webhook.h"
#include "bot/large.h"
#include "bot/model/refused.h"
#include "bot/unreadable.h"
#include "integrations/alertmanager/group.h"
#include "integrations/github/webhook.h"
#include "integrations/github/webhook_signature.h"
#include "integrations/pagerduty/signature.h"
#include "integrations/pagerduty/webhook.h"
#include "integrations/slack/event.h"
#include "tests/integration/ingress_fixture.h"

#define NEW_SECRET "the-secret-that-comes"
#define OLD_SECRET "the-secret-that-goes"
#define LARGE (MIB_BYTES / 8) /* more than a turn of the loop should read */
#define MIB_BYTES ((size_t)1 << 20)
#define GUID "72d3162e-cc78-11e3-81ab-4c9367dc0958"

static const char *secrets[] = { NEW_SECRET, OLD_SECRET };
static const struct github_settings github = { .webhook_secrets = secrets, .webhook_secrets_count = 2 };
static const struct pagerduty_settings pagerduty = { .webhook_secrets = secrets, .webhook_secrets_count = 2 };
static const struct alertmanager_settings alertmanager = { .tokens = secrets, .tokens_count = 2 };

static int enter_all(void **state)
{
    enter(state);
    world.settings.github = &github;
    world.settings.pagerduty = &pagerduty;
    world.settings.alertmanager = &alertmanager;
    return 0;
}

/* ---- senders ---- */

enum proof { WELL, WITH_OLD, FORGED, UNSIGNED };

static const char *secret_of(enum proof proof)
{
    return proof == WELL ? NEW_SECRET : proof == WITH_OLD ? OLD_SECRET : "a-guess";
}

struct sending {
    enum proof proof;
    const char *event; /* GitHub's */
    const char *id;    /* of the delivery */
    const char *type;  /* Content-Type; NULL: JSON */
    struct str body;
};

static void add_github(struct buf *headers, const struct sending *sending)
{
    buf_addf(headers, "X-GitHub-Event: %s\r\nX-GitHub-Delivery: %s\r\nX-GitHub-Hook-ID: 101\r\n",
             sending->event ? sending->event : "release", sending->id ? sending->id : GUID);
    if (sending->proof != UNSIGNED)
        buf_addf(headers, "X-Hub-Signature-256: %s\r\n",
                 github_webhook_signature_make(secret_of(sending->proof), sending->body).text);
}

static void add_pagerduty(struct buf *headers, const struct sending *sending)
{
    if (sending->id)
        buf_addf(headers, "X-Webhook-Id: %s\r\n", sending->id);
    if (sending->proof != UNSIGNED)
        buf_addf(headers, "X-PagerDuty-Signature: %s\r\n",
                 pagerduty_signature_make(secret_of(sending->proof), sending->body).text);
}

static void add_alertmanager(struct buf *headers, const struct sending *sending)
{
    if (sending->proof != UNSIGNED)
        buf_addf(headers, "Authorization: Bearer %s\r\n", secret_of(sending->proof));
}

static const struct sender_kind {
    const char *path;
    void (*add)(struct buf *headers, const struct sending *sending);
} senders[] = {
    [WEBHOOK_GITHUB] = { "/github/webhook", add_github },
    [WEBHOOK_PAGERDUTY] = { "/pagerduty/webhook", add_pagerduty },
    [WEBHOOK_ALERTMANAGER] = { "/alertmanager/webhook", add_alertmanager },
};

static struct raw send_as(enum webhook_id who, struct sending sending)
{
    struct raw raw = raw_connect(http_in_port(world.in));
    AUTO_BUF struct buf headers = BUF(4096);

    senders[who].add(&headers, &sending);
    post(&raw, senders[who].path, sending.type ? sending.type : "application/json", buf_text(&headers), sending.body);
    return raw;
}

static void read_golden(const char *name, struct buf *ret_text)
{
    char path[4096], piece[4096];
    FILE *file;
    size_t len;

    snprintf(path, sizeof(path), SOURCE_DIR "/tests/golden/%s", name);
    file = fopen(path, "re");
    assert_non_null(file);
    while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_add(ret_text, piece, len);
    fclose(file);
}

/* The same event, with a member that nobody knows, so that it has `bytes`. */
static void make_large(const char *golden, size_t bytes, struct buf *ret_body)
{
    AUTO_BUF struct buf text = BUF(64 * 1024);
    char padding[1024];
    size_t rest;

    read_golden(golden, &text);
    memset(padding, 'x', sizeof(padding));
    buf_puts(ret_body, "{\"padding\":\"");
    rest = bytes - ret_body->len - 1 - text.len; /* its first brace becomes quote and comma */
    for (; rest > 0; rest -= rest < sizeof(padding) ? rest : sizeof(padding))
        buf_add(ret_body, padding, rest < sizeof(padding) ? rest : sizeof(padding));
    buf_puts(ret_body, "\",");
    buf_add(ret_body, text.at + 1, text.len - 1);
    assert_int_equal(ret_body->len, bytes);
}

/* ---- what is answered without the store ---- */

#define RELEASE(action) "{\"action\":\"" action "\",\"release\":{}}"
#define PD_EVENT(type) "{\"event\":{\"id\":\"E1\",\"event_type\":\"" type "\",\"data\":{}}}"

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

static const struct sending some[] = {
    [WEBHOOK_GITHUB] = { .id = GUID, .body = STR_LIT(RELEASE("published")) },
    [WEBHOOK_PAGERDUTY] = { .id = "W1", .body = STR_LIT(PD_EVENT("incident.triggered")) },
    [WEBHOOK_ALERTMANAGER] = { .body = STR_LIT(
                                   "{\"version\":\"4\",\"groupKey\":\"{}:{}\",\"status\":\"firing\",\"alerts\":[]}") },
};

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

/* The item as the owner will find it. */
static cJSON *last_item(void)
{
    cJSON *json = NULL;
    struct error err;

    assert_true(json_parse(str_of(world.last_item), &json, &err));
    return json;
}

static void accept_it(struct raw *raw)
{
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_NEW);
    expect(raw, "HTTP/1.1 202 ", "accepted");
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

/* ---- from where ---- */

static void who_comes_from_elsewhere_is_as_good_as_forged(void **state)
{
    static const char *elsewhere[] = { "192.30.252.0/22", "2a0a:a440::/29" };
    struct github_settings narrow_github = github;
    struct pagerduty_settings narrow_pagerduty = pagerduty;
    struct raw raw;

    (void)state;
    narrow_github.allow_from = narrow_pagerduty.allow_from = elsewhere;
    narrow_github.allow_from_count = narrow_pagerduty.allow_from_count = ARRAY_LEN(elsewhere);
    world.settings.github = &narrow_github;
    world.settings.pagerduty = &narrow_pagerduty;
    raw = send_as(WEBHOOK_GITHUB, some[WEBHOOK_GITHUB]);
    expect(&raw, "HTTP/1.1 401 ", "allow_from");
    raw = send_as(WEBHOOK_PAGERDUTY, some[WEBHOOK_PAGERDUTY]);
    expect(&raw, "HTTP/1.1 503 ", "allow_from");
    assert_int_equal(world.items, 0);
}

/* Whoever asks writes one line, and the proxy another below it: only that one is true. */
static struct raw send_through_proxy(const char *first, const char *last)
{
    struct str body = some[WEBHOOK_GITHUB].body;
    struct raw raw = raw_connect(http_in_port(world.in));
    AUTO_BUF struct buf headers = BUF(4096);

    add_github(&headers, &some[WEBHOOK_GITHUB]);
    buf_addf(&headers, "X-Forwarded-For: %s\r\nX-Forwarded-For: %s\r\n", first, last);
    post(&raw, "/github/webhook", "application/json", buf_text(&headers), body);
    return raw;
}

static void a_trusted_proxy_says_who_it_was(void **state)
{
    static const char *hooks[] = { "192.30.252.0/22" }, *proxies[] = { "127.0.0.0/8" };
    struct github_settings narrow = github;
    struct raw raw;

    (void)state;
    narrow.allow_from = hooks;
    narrow.allow_from_count = 1;
    world.settings.github = &narrow;
    raw = send_through_proxy("203.0.113.9", "192.30.252.7");
    expect(&raw, "HTTP/1.1 401 ", "allow_from"); /* nobody is trusted */
    world.settings.trusted_proxies = proxies;
    world.settings.trusted_proxies_count = 1;
    raw = send_through_proxy("192.30.252.7", "203.0.113.9");
    expect(&raw, "HTTP/1.1 401 ", "allow_from");
    raw = send_through_proxy("203.0.113.9", "192.30.252.7");
    accept_it(&raw);
}

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

/* ---- by the head alone: whoever is not let in takes no room with a body ---- */

static struct raw announce(const char *path, const char *headers, long long bytes)
{
    struct raw raw = raw_connect(http_in_port(world.in));
    AUTO_BUF struct buf head = BUF(64 * 1024);

    buf_addf(&head, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n%sContent-Length: %lld\r\n\r\n",
             path, headers, bytes);
    assert_true(raw_send(&raw, world.loop, buf_str(&head)));
    return raw;
}

static void who_is_not_let_in_sends_no_body(void **state)
{
    struct raw raw;

    (void)state;
    raw = announce("/github/webhook", "", GITHUB_WEBHOOK_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 401 ", "does not say who");
    raw = announce("/pagerduty/webhook", "", PAGERDUTY_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 401 ", "does not say who");
    raw = announce("/alertmanager/webhook", "", ALERTMANAGER_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 401 ", "does not say who");
    raw = announce("/slack/events", "", SLACK_EVENT_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 401 ", "signature");
    assert_int_equal(ingress_counts(world.ingress).forged, 4);
    assert_int_equal(http_in_counts(world.in).body_bytes, 0);
}

static void what_is_not_configured_takes_no_body(void **state)
{
    struct raw raw;

    (void)state;
    world.settings.github = NULL;
    world.settings.pagerduty = NULL;
    raw = announce("/github/webhook", "X-Hub-Signature-256: sha256=00\r\n", GITHUB_WEBHOOK_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 404 ", "github.webhook_secrets");
    raw = announce("/pagerduty/webhook", "X-PagerDuty-Signature: v1=00\r\n", PAGERDUTY_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 503 ", "pagerduty.webhook_secrets");
}

static void who_comes_from_elsewhere_sends_no_body(void **state)
{
    static const char *elsewhere[] = { "192.30.252.0/22" };
    struct github_settings narrow = github;
    struct raw raw;

    (void)state;
    narrow.allow_from = elsewhere;
    narrow.allow_from_count = 1;
    world.settings.github = &narrow;
    raw = announce("/github/webhook", "X-Hub-Signature-256: sha256=00\r\n", GITHUB_WEBHOOK_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 401 ", "allow_from");
}

/* ---- senders that lose what is answered 4xx ---- */

static void what_would_be_lost_by_a_4xx_is_to_come_again(void **state)
{
    static const struct row {
        const char *path, *proof;
        long long too_many;
    } rows[] = {
        { "/pagerduty/webhook", "X-PagerDuty-Signature: v1=00\r\n", 4 * PAGERDUTY_BODY_MAX_BYTES + 1 },
        { "/alertmanager/webhook", "Authorization: Bearer x\r\n", 2 * ALERTMANAGER_BODY_MAX_BYTES + 1 },
    };
    AUTO_BUF struct buf headers = BUF(32 * 1024);
    struct raw raw;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        raw = announce(rows[i].path, rows[i].proof, rows[i].too_many);
        expect(&raw, "HTTP/1.1 503 ", "Retry-After: ");
        buf_clear(&headers);
        buf_addf(&headers, "%sX-Long: ", rows[i].proof);
        for (size_t n = 0; n < 17000; n++)
            buf_putc(&headers, 'x');
        buf_puts(&headers, "\r\n");
        raw = announce(rows[i].path, buf_text(&headers), 2);
        assert_true(raw_puts(&raw, world.loop, "{}"));
        expect(&raw, "HTTP/1.1 503 ", "Retry-After: ");
        assert_int_equal(ingress_counts(world.ingress).put_off, 2 * (i + 1));
        raw = announce(rows[i].path, "", rows[i].too_many);
        expect(&raw, "HTTP/1.1 401 ", "does not say who");
    }
    raw = announce("/github/webhook", "X-Hub-Signature-256: sha256=00\r\n", GITHUB_WEBHOOK_BODY_MAX_BYTES + 1);
    expect(&raw, "HTTP/1.1 413 ", "application/problem+json");
    assert_int_equal(ingress_counts(world.ingress).put_off, 2 * ARRAY_LEN(rows));
    assert_int_equal(world.items, 0);
}

static void what_is_large_and_forged_is_refused(void **state)
{
    AUTO_BUF struct buf body = BUF(MIB_BYTES);
    struct raw raw;

    (void)state;
    make_large("github-body-release-published.json", LARGE, &body);
    raw = send_as(WEBHOOK_GITHUB, (struct sending){ .proof = FORGED, .body = buf_str(&body) });
    expect(&raw, "HTTP/1.1 401 ", "signature");
    raw = send_as(WEBHOOK_PAGERDUTY, (struct sending){ .proof = FORGED, .body = buf_str(&body) });
    expect(&raw, "HTTP/1.1 503 ", "Retry-After: ");
    assert_int_equal(world.items, 0);
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

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter_all, leave)

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
        IN_A_WORLD(who_comes_from_elsewhere_is_as_good_as_forged),
        IN_A_WORLD(a_trusted_proxy_says_who_it_was),
        IN_A_WORLD(what_cannot_be_read_is_kept_for_people),
        IN_A_WORLD(what_cannot_be_stored_either_leaves_its_head_and_its_digest),
        IN_A_WORLD(what_is_too_large_to_be_real_is_kept_by_its_head),
        IN_A_WORLD(what_grows_too_large_in_the_store_is_kept_by_its_head),
        IN_A_WORLD(what_is_large_is_stored_typed),
        IN_A_WORLD(a_byte_more_than_github_sends_is_413),
        IN_A_WORLD(who_is_not_let_in_sends_no_body),
        IN_A_WORLD(what_is_not_configured_takes_no_body),
        IN_A_WORLD(who_comes_from_elsewhere_sends_no_body),
        IN_A_WORLD(what_would_be_lost_by_a_4xx_is_to_come_again),
        IN_A_WORLD(what_is_large_and_forged_is_refused),
        IN_A_WORLD(many_large_ones_wait_for_their_turn_and_one_more_comes_again),
        IN_A_WORLD(who_left_before_its_turn_is_not_read),
        IN_A_WORLD(an_end_while_a_large_one_is_read_is_clean),
        IN_A_WORLD(a_long_message_is_read_on_the_pool),
        IN_A_WORLD(a_long_message_is_refused_as_a_short_one_is),
        IN_A_WORLD(an_end_while_a_long_message_is_read_is_clean),
        IN_A_WORLD(an_end_with_an_accept_out_is_clean),
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
