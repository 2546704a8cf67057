/* alertmanager.c - POST /alertmanager/webhook. Alertmanager signs nothing: a bearer token says who sends. It drops
 * what is answered 4xx, and repeats what is answered 5xx. */
#include "bot/doors/webhook.h"

#include "integrations/alertmanager/group.h"
#include "integrations/alertmanager/token.h"

enum { AUTHORIZATION };

static struct webhook_rules rules(const struct settings *settings)
{
    const struct alertmanager_settings *ours = settings->alertmanager;

    if (!ours)
        return (struct webhook_rules){ .is_configured = false };
    return (struct webhook_rules){ ours->tokens_count > 0, ours->allow_from, ours->allow_from_count };
}

static void judge_genuine(const struct webhook_post *post, struct arena *arena, struct webhook_judged *judged)
{
    struct alertmanager_door door;

    judged->is = WEBHOOK_UNREADABLE;
    judged->kind = ALERTMANAGER_GROUP_KIND;
    judged->keys_count = 1;
    if (!alertmanager_group_accept(post->body, arena, &door, &judged->err)) {
        judged->keys[0] = alertmanager_group_key(post->body, arena);
        return;
    }
    judged->is = WEBHOOK_EVENT;
    judged->event = "group";
    judged->kind = door.kind;
    judged->body = door.body;
    judged->keys[0] = door.keys[0];
}

static void judge(const struct settings *settings, const struct webhook_post *post, struct arena *arena,
                  struct webhook_judged *ret_judged)
{
    const struct alertmanager_settings *ours = settings->alertmanager;
    struct webhook_judged judged = { .is = WEBHOOK_FORGED };

    if (alertmanager_token_check(ours->tokens, ours->tokens_count, post->headers[AUTHORIZATION], &judged.err))
        judge_genuine(post, arena, &judged);
    *ret_judged = judged;
}

static const struct webhook alertmanager = {
    .id = WEBHOOK_ALERTMANAGER,
    .source = ALERTMANAGER_SOURCE,
    .unconfigured = WEBHOOK_UNCONFIGURED("alertmanager.tokens", ALERTMANAGER_SOURCE),
    .headers = { [AUTHORIZATION] = "Authorization" },
    .rules = rules,
    .judge = judge,
    .forged_status = 401,
    .keeps_unreadable = true,
    .afterwards = "if it was Alertmanager, these alerts are lost: it drops what is refused",
    .advice =
        "If they are Alertmanager's, these alerts are lost, since it drops what is refused: its bearer token has to be "
        "one of alertmanager.tokens. Where they came from, the log has.",
};

static struct http_refusal refuses_head(void *arg, const struct http_request *request)
{
    return door_webhook_refuses(arg, &alertmanager, request);
}

static void on_put_off(void *arg, const struct http_request *request, const char *why)
{
    door_webhook_put_off(arg, &alertmanager, request, why);
}

const struct http_gate door_alertmanager_gate = { .refuses_head = refuses_head, .on_put_off = on_put_off };

void door_alertmanager(void *arg, struct http_request *request)
{
    door_webhook(arg, &alertmanager, request);
}
