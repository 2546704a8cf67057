/* webhooks_fixture.h - the doors of machines, all configured, and those who send to them. For tests/integration/test_webhooks*.c. */
#ifndef OPSGATE_TESTS_WEBHOOKS_FIXTURE_H
#define OPSGATE_TESTS_WEBHOOKS_FIXTURE_H

#include "bot/doors/decode.h"
#include "bot/doors/webhook.h"
#include "bot/doors/large.h"
#include "bot/model/refused.h"
#include "bot/doors/unreadable.h"
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

static inline int enter_all(void **state)
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

static inline void add_github(struct buf *headers, const struct sending *sending)
{
    buf_addf(headers, "X-GitHub-Event: %s\r\nX-GitHub-Delivery: %s\r\nX-GitHub-Hook-ID: 101\r\n",
             sending->event ? sending->event : "release", sending->id ? sending->id : GUID);
    if (sending->proof != UNSIGNED)
        buf_addf(headers, "X-Hub-Signature-256: %s\r\n",
                 github_webhook_signature_make(secret_of(sending->proof), sending->body).text);
}

static inline void add_pagerduty(struct buf *headers, const struct sending *sending)
{
    if (sending->id)
        buf_addf(headers, "X-Webhook-Id: %s\r\n", sending->id);
    if (sending->proof != UNSIGNED)
        buf_addf(headers, "X-PagerDuty-Signature: %s\r\n",
                 pagerduty_signature_make(secret_of(sending->proof), sending->body).text);
}

static inline void add_alertmanager(struct buf *headers, const struct sending *sending)
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

static inline struct raw send_as(enum webhook_id who, struct sending sending)
{
    struct raw raw = raw_connect(http_in_port(world.in));
    AUTO_BUF struct buf headers = BUF(4096);

    senders[who].add(&headers, &sending);
    post(&raw, senders[who].path, sending.type ? sending.type : "application/json", buf_text(&headers), sending.body);
    return raw;
}

static inline void read_golden(const char *name, struct buf *ret_text)
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
static inline void make_large(const char *golden, size_t bytes, struct buf *ret_body)
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

#define RELEASE(action) "{\"action\":\"" action "\",\"release\":{}}"
#define PD_EVENT(type) "{\"event\":{\"id\":\"E1\",\"event_type\":\"" type "\",\"data\":{}}}"

static const struct sending some[] = {
    [WEBHOOK_GITHUB] = { .id = GUID, .body = STR_LIT(RELEASE("published")) },
    [WEBHOOK_PAGERDUTY] = { .id = "W1", .body = STR_LIT(PD_EVENT("incident.triggered")) },
    [WEBHOOK_ALERTMANAGER] = { .body = STR_LIT(
                                   "{\"version\":\"4\",\"groupKey\":\"{}:{}\",\"status\":\"firing\",\"alerts\":[]}") },
};

/* The item as the owner will find it. */
static inline cJSON *last_item(void)
{
    cJSON *json = NULL;
    struct error err;

    assert_true(json_parse(str_of(world.last_item), &json, &err));
    return json;
}

static inline void accept_it(struct raw *raw)
{
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_NEW);
    expect(raw, "HTTP/1.1 202 ", "accepted");
}
#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter_all, leave)

#endif
