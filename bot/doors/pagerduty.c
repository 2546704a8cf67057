/* pagerduty.c - POST /pagerduty/webhook. PagerDuty repeats what is answered 5xx for two days, drops what is
 * answered 4xx, and after three of those is silent for a day: so whoever seems to be PagerDuty hears none. */
#include "bot/doors/webhook.h"

#include "integrations/pagerduty/signature.h"
#include "integrations/pagerduty/webhook.h"

enum { SIGNATURE, WEBHOOK_ID, SUBSCRIPTION };

static struct webhook_rules rules(const struct settings *settings)
{
    const struct pagerduty_settings *ours = settings->pagerduty;

    if (!ours)
        return (struct webhook_rules){ .is_configured = false };
    return (struct webhook_rules){ ours->webhook_secrets_count > 0, ours->allow_from, ours->allow_from_count };
}

static void judge_genuine(const struct webhook_post *post, struct arena *arena, struct webhook_judged *judged)
{
    struct pagerduty_headers headers = { post->headers[WEBHOOK_ID], post->headers[SUBSCRIPTION] };
    struct pagerduty_door door;

    judged->is = WEBHOOK_UNREADABLE;
    judged->kind = PAGERDUTY_EVENT_KIND;
    judged->keys_count = 1;
    if (!pagerduty_webhook_accept(post->body, &headers, arena, &door, &judged->err)) {
        judged->keys[0] = pagerduty_webhook_key(post->body, &headers, arena);
        return;
    }
    judged->is = door.is_wanted && !door.is_ping ? WEBHOOK_EVENT : WEBHOOK_PASSED;
    judged->event = door.type;
    judged->kind = door.kind;
    judged->body = door.body;
    judged->keys[0] = door.keys[0];
    judged->keys[1] = door.keys[1];
    judged->keys_count = door.keys_count;
}

static void judge(const struct settings *settings, const struct webhook_post *post, struct arena *arena,
                  struct webhook_judged *ret_judged)
{
    struct pagerduty_secrets secrets = { settings->pagerduty->webhook_secrets,
                                         settings->pagerduty->webhook_secrets_count };
    struct webhook_judged judged = { .is = WEBHOOK_FORGED };

    if (pagerduty_signature_check(&secrets, post->body, post->headers[SIGNATURE], &judged.err))
        judge_genuine(post, arena, &judged);
    *ret_judged = judged;
}

static const struct webhook pagerduty = {
    .id = WEBHOOK_PAGERDUTY,
    .source = PAGERDUTY_SOURCE,
    .unconfigured = WEBHOOK_UNCONFIGURED("pagerduty.webhook_secrets", PAGERDUTY_SOURCE),
    .headers = { [SIGNATURE] = "X-PagerDuty-Signature",
                 [WEBHOOK_ID] = "X-Webhook-Id",
                 [SUBSCRIPTION] = "X-Webhook-Subscription" },
    .rules = rules,
    .judge = judge,
    .forged_status = 503,
    .keeps_unreadable = true,
    .afterwards = "if it was PagerDuty, it tries again for two days: set the subscription's secret before that",
    .advice = "If they are PagerDuty's, it tries again for two days: put the secret of its webhook subscription into "
              "pagerduty.webhook_secrets before that. Where they came from, the log has.",
};

static struct http_refusal refuses_head(void *arg, const struct http_request *request)
{
    return door_webhook_refuses(arg, &pagerduty, request);
}

static void on_put_off(void *arg, const struct http_request *request, const char *why)
{
    door_webhook_put_off(arg, &pagerduty, request, why);
}

const struct http_gate door_pagerduty_gate = { .refuses_head = refuses_head, .on_put_off = on_put_off };

void door_pagerduty(void *arg, struct http_request *request)
{
    door_webhook(arg, &pagerduty, request);
}
