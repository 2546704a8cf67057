#include "tests/e2e/crash/sender.h"

#include "bot/base/buf.h"
#include "bot/base/file.h"
#include "bot/shell/clock.h"
#include "integrations/github/webhook_signature.h"
#include "integrations/pagerduty/signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_MAX_BYTES (64 * 1024)
#define LARGE_MAX_BYTES ((size_t)25 * 1024 * 1024)
#define PAGERDUTY_EVERY 4 /* of so many deliveries one is PagerDuty's */
#define PAGERDUTY_ID "01F7EXAMPLE000000000000001"

const char *const sender_names[SENDERS] = { [SENDER_GITHUB] = "github", [SENDER_PAGERDUTY] = "pagerduty" };
const char *const sender_paths[SENDERS] = {
    [SENDER_GITHUB] = "/github/webhook", [SENDER_PAGERDUTY] = "/pagerduty/webhook"
};

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
};
#define GITHUB_BODIES (ARRAY_LEN(bodies) - 1)

struct senders {
    struct clock clock;
    char *text[ARRAY_LEN(bodies)];
    struct str body[ARRAY_LEN(bodies)];
    const char *github_secret, *pagerduty_secret;
    uint64_t count, github_count;
};

struct senders *senders_create(const char *golden, struct error *err)
{
    AUTO(senders) struct senders *senders = xcalloc(1, sizeof(*senders));

    senders->clock = clock_system();
    senders->github_secret = getenv("SANDBOX_GITHUB_SECRET");
    senders->pagerduty_secret = getenv("SANDBOX_PAGERDUTY_SECRET");
    if (!senders->github_secret || !senders->pagerduty_secret) {
        error_set(err, ERR_INVALID, "SANDBOX_GITHUB_SECRET and SANDBOX_PAGERDUTY_SECRET are wanted");
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        char path[512];

        snprintf(path, sizeof(path), "%s/%s", golden, bodies[i].file);
        if (!file_read(path, GOLDEN_MAX_BYTES, &senders->text[i], err))
            return NULL;
        senders->body[i] = str_of(senders->text[i]);
    }
    if (!strstr(senders->text[GITHUB_BODIES], PAGERDUTY_ID)) {
        error_set(err, ERR_INVALID, "%s has another id than %s", bodies[GITHUB_BODIES].file, PAGERDUTY_ID);
        return NULL;
    }
    return TAKE(senders);
}

void senders_destroy(struct senders *senders)
{
    if (!senders)
        return;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        free(senders->text[i]);
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
    delivery->own_body = xstrdup(senders->text[GITHUB_BODIES]);
    memcpy(strstr(delivery->own_body, PAGERDUTY_ID), delivery->id, len);
    snprintf(delivery->signature, sizeof(delivery->signature), "%s",
             pagerduty_signature_make(senders->pagerduty_secret, delivery_body(delivery)).text);
    delivery->headers[0] = (struct http_header){ "Content-Type", "application/json" };
    delivery->headers[1] = (struct http_header){ "X-Webhook-Id", delivery->id };
    delivery->headers[2] = (struct http_header){ "X-Webhook-Subscription", "PSUB001" };
    delivery->headers[3] = (struct http_header){ "X-PagerDuty-Signature", delivery->signature };
}

void delivery_init(struct senders *senders, size_t large_bytes, struct delivery *ret_delivery)
{
    unsigned char dice[16];

    *ret_delivery = (struct delivery){ 0 };
    senders->clock.random(senders->clock.ctx, dice, sizeof(dice));
    ret_delivery->sender =
        large_bytes == 0 && ++senders->count % PAGERDUTY_EVERY == 0 ? SENDER_PAGERDUTY : SENDER_GITHUB;
    if (ret_delivery->sender == SENDER_GITHUB)
        fill_github(senders, large_bytes, dice, ret_delivery);
    else
        fill_pagerduty(senders, dice, ret_delivery);
}

void delivery_finish(struct delivery *delivery)
{
    free(delivery->own_body);
}

struct str delivery_body(const struct delivery *delivery)
{
    return delivery->own_body ? str_of(delivery->own_body) : *delivery->body;
}
