/* github.c - POST /github/webhook. GitHub sends once and never again: what it is told shows in its log of
 * deliveries, from where opsgate reads what it missed. */
#include "bot/doors/webhook.h"

#include "integrations/github/webhook.h"
#include "integrations/github/webhook_signature.h"

enum { SIGNATURE, EVENT, DELIVERY, HOOK_ID, CONTENT_TYPE };

static struct webhook_rules rules(const struct settings *settings)
{
    const struct github_settings *ours = settings->github;

    if (!ours)
        return (struct webhook_rules){ .is_configured = false };
    return (struct webhook_rules){ ours->webhook_secrets_count > 0, ours->allow_from, ours->allow_from_count };
}

static void judge(const struct settings *settings, const struct webhook_post *post, struct arena *arena,
                  struct webhook_judged *ret_judged)
{
    static const enum webhook_is is[] = {
        [GITHUB_WANTED] = WEBHOOK_EVENT, [GITHUB_PING] = WEBHOOK_PING, [GITHUB_NOT_STORED] = WEBHOOK_PASSED
    };
    struct github_webhook_secrets secrets = { settings->github->webhook_secrets,
                                              settings->github->webhook_secrets_count };
    struct github_webhook webhook = { .event = post->headers[EVENT],
                                      .delivery = post->headers[DELIVERY],
                                      .hook_id = post->headers[HOOK_ID],
                                      .content_type = post->headers[CONTENT_TYPE],
                                      .body = post->body };
    struct webhook_judged judged = { .is = WEBHOOK_FORGED };
    struct github_webhook_door door;

    if (github_webhook_signature_check(&secrets, post->body, post->headers[SIGNATURE], &judged.err)) {
        judged.is = WEBHOOK_UNREADABLE;
        if (github_webhook_accept(&webhook, arena, &door, &judged.err)) {
            judged.is = is[door.is];
            judged.event = door.action ? arena_printf(arena, "%s.%s", door.event, door.action) : door.event;
            judged.kind = door.kind;
            judged.keys[0] = door.keys[0];
            judged.keys_count = door.keys_count;
            judged.body = door.body;
        }
    }
    *ret_judged = judged;
}

static const struct webhook github = {
    .id = WEBHOOK_GITHUB,
    .source = GITHUB_SOURCE,
    .unconfigured = WEBHOOK_UNCONFIGURED("github.webhook_secrets", GITHUB_SOURCE),
    .headers = { [SIGNATURE] = "X-Hub-Signature-256",
                 [EVENT] = "X-GitHub-Event",
                 [DELIVERY] = "X-GitHub-Delivery",
                 [HOOK_ID] = "X-GitHub-Hook-ID",
                 [CONTENT_TYPE] = "Content-Type" },
    .rules = rules,
    .judge = judge,
    .forged_status = 401,
    .afterwards = "GitHub does not send it again; the hook's page shows it under Recent Deliveries",
};

static struct http_refusal refuses_head(void *arg, const struct http_request *request)
{
    return door_webhook_refuses(arg, &github, request);
}

const struct http_gate door_github_gate = { .refuses_head = refuses_head };

void door_github(void *arg, struct http_request *request)
{
    door_webhook(arg, &github, request);
}
