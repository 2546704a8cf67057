#include "tests/e2e/crash/sender.h"

#include "bot/base/buf.h"
#include "bot/base/digest.h"
#include "bot/base/file.h"
#include "bot/base/json.h"
#include "bot/shell/clock.h"
#include "integrations/github/webhook_signature.h"
#include "integrations/pagerduty/signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_MAX_BYTES (64 * 1024)
#define LARGE_MAX_BYTES ((size_t)25 * 1024 * 1024)
#define OTHERS_EVERY 4 /* of so many deliveries one is PagerDuty's, or Alertmanager's in turn */

/* What is replaced in the golden bodies, so that each is another. */
#define PAGERDUTY_ID "01F7EXAMPLE000000000000001"
#define FINGERPRINT "c0ffee0123456789"

const char *const sender_names[SENDERS] = {
    [SENDER_GITHUB] = "github", [SENDER_PAGERDUTY] = "pagerduty", [SENDER_ALERTMANAGER] = "alertmanager"
};
const char *const sender_paths[SENDERS] = { [SENDER_GITHUB] = "/github/webhook",
                                            [SENDER_PAGERDUTY] = "/pagerduty/webhook",
                                            [SENDER_ALERTMANAGER] = "/alertmanager/webhook" };

static const struct {
    const char *event, *file;
} bodies[] = {
    /* GitHub's first */
    { "push", "github-body-push.json" },
    { "issue_comment", "github-body-issue-comment-created.json" },
    { "pull_request", "github-body-pull-request-closed.json" },
    { "workflow_run", "github-body-workflow-run-completed.json" },
    { "deployment_status", "github-body-deployment-status-created.json" },
    { "incident.triggered", "pagerduty-body-triggered.json" },
    { "firing", "alertmanager-body-firing.json" },
};
enum {
    ALERTMANAGER_BODY = ARRAY_LEN(bodies) - 1,
    PAGERDUTY_BODY = ALERTMANAGER_BODY - 1,
    GITHUB_BODIES = PAGERDUTY_BODY
};

struct senders {
    struct clock clock;
    char *text[ARRAY_LEN(bodies)];
    struct str body[ARRAY_LEN(bodies)];
    struct arena *arena;
    const cJSON *group; /* Alertmanager's body, read */
    const char *github_secret, *pagerduty_secret, *alertmanager_token;
    uint64_t count, github_count;
};

static bool is_golden(const struct senders *senders, struct error *err)
{
    if (!strstr(senders->text[PAGERDUTY_BODY], PAGERDUTY_ID))
        return error_set(err, ERR_INVALID, "%s has another id than %s", bodies[PAGERDUTY_BODY].file, PAGERDUTY_ID);
    if (!strstr(senders->text[ALERTMANAGER_BODY], FINGERPRINT))
        return error_set(err, ERR_INVALID, "%s has no alert %s", bodies[ALERTMANAGER_BODY].file, FINGERPRINT);
    return true;
}

struct senders *senders_create(const char *golden, struct error *err)
{
    AUTO(senders) struct senders *senders = xcalloc(1, sizeof(*senders));

    senders->clock = clock_system();
    senders->github_secret = getenv("SANDBOX_GITHUB_SECRET");
    senders->pagerduty_secret = getenv("SANDBOX_PAGERDUTY_SECRET");
    senders->alertmanager_token = getenv("SANDBOX_ALERTMANAGER_TOKEN");
    if (!senders->github_secret || !senders->pagerduty_secret || !senders->alertmanager_token) {
        error_set(err, ERR_INVALID, "SANDBOX_{GITHUB_SECRET,PAGERDUTY_SECRET,ALERTMANAGER_TOKEN} are wanted");
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        char path[512];

        snprintf(path, sizeof(path), "%s/%s", golden, bodies[i].file);
        if (!file_read(path, GOLDEN_MAX_BYTES, &senders->text[i], err))
            return NULL;
        senders->body[i] = str_of(senders->text[i]);
    }
    senders->arena = arena_create();
    senders->group = json_parse_in(senders->arena, senders->body[ALERTMANAGER_BODY], err);
    return senders->group && is_golden(senders, err) ? TAKE(senders) : NULL;
}

void senders_destroy(struct senders *senders)
{
    if (!senders)
        return;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        free(senders->text[i]);
    arena_destroy(senders->arena);
    free(senders);
}

/* In front of the body's own members, where every reader has to walk over it. */
static char *padded(struct str body, size_t bytes)
{
    AUTO_BUF struct buf buf = BUF(LARGE_MAX_BYTES);
    AUTO_FREE char *padding = xcalloc(1, bytes + 1);

    memset(padding, 'x', bytes);
    buf_addf(&buf, "{\"padding\":\"");
    buf_add(&buf, padding, bytes);
    buf_puts(&buf, "\",");
    buf_add(&buf, body.at + 1, body.len - 1); /* without its brace */
    return buf_take(&buf);
}

static void fill_github(struct senders *senders, size_t large_bytes, const unsigned char *dice,
                        struct delivery *delivery)
{
    size_t which = senders->github_count++ % GITHUB_BODIES;

    snprintf(delivery->id, sizeof(delivery->id),
             "%02x%02x%02x%02x-%02x%02x-4%01x%02x-8%01x%02x-%02x%02x%02x%02x%02x%02x", dice[0], dice[1], dice[2],
             dice[3], dice[4], dice[5], dice[6] & 15, dice[7], dice[8] & 15, dice[9], dice[10], dice[11], dice[12],
             dice[13], dice[14], dice[15]);
    snprintf(delivery->event, sizeof(delivery->event), "%s", bodies[which].event);
    delivery->body = &senders->body[which];
    if (large_bytes > 0)
        delivery->own_body = padded(senders->body[which], large_bytes);
    snprintf(delivery->signature, sizeof(delivery->signature), "%s",
             github_webhook_signature_make(senders->github_secret, delivery_body(delivery)).text);
    delivery->headers[0] = (struct http_header){ "Content-Type", "application/json" };
    delivery->headers[1] = (struct http_header){ "X-GitHub-Event", delivery->event };
    delivery->headers[2] = (struct http_header){ "X-GitHub-Delivery", delivery->id };
    delivery->headers[3] = (struct http_header){ "X-Hub-Signature-256", delivery->signature };
}

static void fill_pagerduty(struct senders *senders, const unsigned char *dice, struct delivery *delivery)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    size_t len = strlen(PAGERDUTY_ID);

    memcpy(delivery->id, "01F7", 4);
    for (size_t i = 4; i < len; i++)
        delivery->id[i] = digits[dice[i % 16] >> (i < 16 ? 0 : 3) & 31];
    delivery->id[len] = '\0';
    delivery->own_body = xstrdup(senders->text[PAGERDUTY_BODY]);
    memcpy(strstr(delivery->own_body, PAGERDUTY_ID), delivery->id, len);
    snprintf(delivery->signature, sizeof(delivery->signature), "%s",
             pagerduty_signature_make(senders->pagerduty_secret, delivery_body(delivery)).text);
    delivery->headers[0] = (struct http_header){ "Content-Type", "application/json" };
    delivery->headers[1] = (struct http_header){ "X-Webhook-Id", delivery->id };
    delivery->headers[2] = (struct http_header){ "X-Webhook-Subscription", "PSUB001" };
    delivery->headers[3] = (struct http_header){ "X-PagerDuty-Signature", delivery->signature };
}

/* A group is told by its key, and by each alert's fingerprint, start and state, in the order of the fingerprints. */
static void name_group(const cJSON *group, const char *fingerprint, struct delivery *delivery)
{
    AUTO_BUF struct buf text = BUF(GOLDEN_MAX_BYTES);

    buf_addf(&text, "%s\n", json_find_string(group, "groupKey"));
    JSON_EACH(alert, json_find(group, "alerts")) {
        const char *own = json_find_string(alert, "fingerprint");

        buf_addf(&text, "%s,%s,%s\n", strcmp(own, FINGERPRINT) == 0 ? fingerprint : own,
                 json_find_string(alert, "startsAt"), json_find_string(alert, "status"));
    }
    snprintf(delivery->id, sizeof(delivery->id), "%s", digest_hex(digest_sha256(buf_str(&text))).text);
}

static void fill_alertmanager(struct senders *senders, const unsigned char *dice, struct delivery *delivery)
{
    char fingerprint[sizeof(FINGERPRINT)] = "c"; /* behind the other alert's, as before */

    for (size_t i = 1; i + 1 < sizeof(fingerprint); i++)
        fingerprint[i] = "0123456789abcdef"[dice[i] & 15];
    name_group(senders->group, fingerprint, delivery);
    delivery->own_body = xstrdup(senders->text[ALERTMANAGER_BODY]);
    memcpy(strstr(delivery->own_body, FINGERPRINT), fingerprint, strlen(fingerprint));
    snprintf(delivery->signature, sizeof(delivery->signature), "Bearer %s", senders->alertmanager_token);
    delivery->headers[0] = (struct http_header){ "Content-Type", "application/json" };
    delivery->headers[1] = (struct http_header){ "Authorization", delivery->signature };
    delivery->header_count = 2;
}

void delivery_init(struct senders *senders, size_t large_bytes, struct delivery *ret_delivery)
{
    uint64_t count = large_bytes == 0 ? ++senders->count : 1;
    unsigned char dice[16];

    *ret_delivery = (struct delivery){ .header_count = DELIVERY_HEADERS_MAX };
    senders->clock.random(senders->clock.ctx, dice, sizeof(dice));
    if (count % OTHERS_EVERY == 0)
        ret_delivery->sender = count / OTHERS_EVERY % 2 ? SENDER_PAGERDUTY : SENDER_ALERTMANAGER;
    if (ret_delivery->sender == SENDER_GITHUB)
        fill_github(senders, large_bytes, dice, ret_delivery);
    else if (ret_delivery->sender == SENDER_PAGERDUTY)
        fill_pagerduty(senders, dice, ret_delivery);
    else
        fill_alertmanager(senders, dice, ret_delivery);
}

void delivery_finish(struct delivery *delivery)
{
    free(delivery->own_body);
}

struct str delivery_body(const struct delivery *delivery)
{
    return delivery->own_body ? str_of(delivery->own_body) : *delivery->body;
}
