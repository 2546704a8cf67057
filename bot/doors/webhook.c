#include "bot/doors/webhook.h"

#include "bot/doors/alarm.h"
#include "bot/doors/client.h"
#include "bot/doors/large.h"
#include "bot/doors/refused.h"
#include "bot/doors/unreadable.h"
#include "bot/log.h"

#include <string.h>

#define PASSED_NAMES_MAX 64
#define PASSED_NAME_MAX_BYTES 80

struct passed {
    char *name;
    uint64_t count;
};

struct large_post { /* is judged on the pool */
    struct door *door;
    const struct settings *settings; /* the pool may still work when the door has gone */
    const struct webhook *webhook;
    struct arena *arena;
    struct webhook_post post;
    struct webhook_judged judged;
};

struct webhooks {
    struct loop *loop;
    struct alarm alarms[WEBHOOKS], put_off[WEBHOOKS];
    struct passed passed[PASSED_NAMES_MAX];
    size_t passed_count;
};

struct webhook_call { /* waits for the store */
    struct http_request *request;
    bool is_unreadable;
};

/* ---- what is told: to the sender, and to people ---- */

static void answer(struct http_request *request, int status, const char *text)
{
    http_in_answer(request, &(struct http_reply){
                                .status = status, .content_type = "text/plain; charset=utf-8", .body = str_of(text) });
}

/* Anybody can have a webhook refused: so one line a minute at most of each kind of sender, with their number. */
static void sound_alarm(struct door *door, const struct webhook *webhook, const struct http_request *request,
                        const char *why)
{
    uint64_t times;

    if (alarm_sound(&door->webhooks->alarms[webhook->id], loop_now_ms(door->webhooks->loop), &times))
        log_warn("webhook.refused", LOG_STR("source", webhook->source), LOG_STR("request", request->id),
                 LOG_STR("peer", request->peer), LOG_STR("why", why), LOG_INT("times", times),
                 LOG_STR("text", webhook->afterwards));
}

static void note_forged(struct door *door, const struct webhook *webhook, const struct http_request *request,
                        const char *why)
{
    door->counts->forged++;
    sound_alarm(door, webhook, request, why);
}

/* Of what may have been genuine. */
static void tell_people(struct door *door, const struct webhook *webhook, const char *why)
{
    if (webhook->advice)
        door_refused_one(door->refused, webhook->source, why, webhook->advice);
}

static void count_passed(struct webhooks *webhooks, const struct webhook *webhook, const char *event)
{
    AUTO(arena) struct arena *arena = arena_create();
    char *name = arena_printf(arena, "%s.%.*s", webhook->source, PASSED_NAME_MAX_BYTES, event);
    size_t i = 0;

    for (char *at = name; *at; at++) /* it becomes a label of a metric */
        *at = *at == '.' || (*at >= 'a' && *at <= 'z') ? *at : '_';
    while (i < webhooks->passed_count && strcmp(webhooks->passed[i].name, name) != 0)
        i++;
    if (i == PASSED_NAMES_MAX)
        i--; /* the last one is "other" */
    else if (i == webhooks->passed_count)
        webhooks->passed[webhooks->passed_count++].name = xstrdup(i + 1 < PASSED_NAMES_MAX ? name : "other");
    webhooks->passed[i].count++;
}

const char *webhooks_passed(const struct webhooks *webhooks, size_t index, uint64_t *ret_count)
{
    if (index >= webhooks->passed_count)
        return NULL;
    *ret_count = webhooks->passed[index].count;
    return webhooks->passed[index].name;
}

uint64_t webhooks_refused(const struct webhooks *webhooks, enum webhook_id who)
{
    return webhooks->alarms[who].all;
}

static void pass_over(struct door *door, const struct webhook *webhook, struct http_request *request,
                      const struct webhook_judged *judged)
{
    bool is_ping = judged->is == WEBHOOK_PING;

    door->counts->passed_over++;
    count_passed(door->webhooks, webhook, judged->event);
    log_debug("webhook.passed_over", LOG_STR("source", webhook->source), LOG_STR("request", request->id),
              LOG_STR("name", judged->event));
    answer(request, is_ping ? 200 : 202, is_ping ? "pong\n" : "genuine, and not stored: opsgate makes nothing of it\n");
}

/* ---- into the store ---- */

const char *door_not_now(enum arrival_is is)
{
    switch (is) {
    case ARRIVAL_FULL:
        return "Not accepted: opsgate has too much waiting. Send it again in a moment.";
    case ARRIVAL_IN_DOUBT:
        return "The store did not confirm in time. Send it again: what comes twice is taken once.";
    case ARRIVAL_NO_STORE:
        return "Not accepted: opsgate's store is down. Send it again later.";
    case ARRIVAL_FOREIGN:
        return "Not accepted: opsgate does not know its store. Send it again once a person has looked.";
    default:
        return "Not accepted.";
    }
}

static void on_told(void *arg, enum arrival_is is, const char *why)
{
    struct webhook_call *call = arg;

    (void)why; /* of the store: none of a stranger's business */
    if (is == ARRIVAL_NEW && call->is_unreadable)
        answer(call->request, 202, "genuine, and kept as a dead letter: opsgate cannot read it\n");
    else if (is == ARRIVAL_NEW)
        answer(call->request, 202, "accepted\n");
    else if (is == ARRIVAL_DUPLICATE)
        answer(call->request, 200, "accepted before\n");
    else
        http_in_problem(call->request, 503, NULL, door_not_now(is));
    free(call);
}

static void offer(struct door *door, const struct webhook *webhook, struct http_request *request,
                  const struct webhook_judged *judged)
{
    struct webhook_call *call = xcalloc(1, sizeof(*call));

    *call = (struct webhook_call){ request, judged->is == WEBHOOK_UNREADABLE };
    door_offer(door, NULL,
               &(struct arrival){ .source = webhook->source,
                                  .kind = judged->kind,
                                  .request_id = request->id,
                                  .keys = judged->keys,
                                  .keys_count = judged->keys_count,
                                  .is_fact = true,
                                  .body = judged->body },
               on_told, call);
}

/* ---- what cannot be read ---- */

/* Raw wherever that can be: a later version may read it. What is left of it is read by nobody but people. */
static void keep_unreadable(const struct webhook_post *post, struct arena *arena, struct webhook_judged *judged)
{
    if (unreadable_fits(post->body)) {
        judged->body = arena_copy(arena, post->body);
        return;
    }
    judged->kind = UNREADABLE_KIND;
    judged->body = unreadable_rest(post->body, judged->err.message, arena);
}

/* Pure, on any thread. */
static void judge(const struct webhook *webhook, const struct settings *settings, const struct webhook_post *post,
                  struct arena *arena, struct webhook_judged *judged)
{
    webhook->judge(settings, post, arena, judged);
    if (judged->is == WEBHOOK_EVENT && !unreadable_fits(str_of(judged->body))) {
        judged->is = WEBHOOK_UNREADABLE;
        error_set(&judged->err, ERR_INVALID, "no UTF-8, or too large for the store once it is quoted");
    }
    if (judged->is == WEBHOOK_UNREADABLE && webhook->keeps_unreadable)
        keep_unreadable(post, arena, judged);
}

static void act(struct door *door, const struct webhook *webhook, struct http_request *request,
                const struct webhook_judged *judged)
{
    switch (judged->is) {
    case WEBHOOK_FORGED:
        note_forged(door, webhook, request, judged->err.message);
        tell_people(door, webhook, judged->err.message);
        http_in_problem(request, webhook->forged_status, NULL, judged->err.message);
        return;
    case WEBHOOK_UNREADABLE:
        door->counts->malformed++;
        log_warn("webhook.unreadable", LOG_STR("source", webhook->source), LOG_STR("request", request->id),
                 LOG_STR("why", judged->err.message));
        if (webhook->keeps_unreadable)
            offer(door, webhook, request, judged);
        else
            http_in_problem(request, judged->err.code == ERR_TOO_LARGE ? 413 : 400, NULL, judged->err.message);
        return;
    case WEBHOOK_PASSED:
    case WEBHOOK_PING:
        pass_over(door, webhook, request, judged);
        return;
    case WEBHOOK_EVENT:
        offer(door, webhook, request, judged);
        return;
    }
}

/* ---- large bodies, one at a time ---- */

static void judge_large(void *arg) /* on the pool */
{
    struct large_post *large = arg;

    judge(large->webhook, large->settings, &large->post, large->arena, &large->judged);
}

static void act_on_large(void *arg, struct http_request *request)
{
    struct large_post *large = arg;

    act(large->door, large->webhook, request, &large->judged);
    ingress_flush(large->door->ingress); /* no pass over the connections follows that would do it */
}

static void free_large(void *arg)
{
    struct large_post *large = arg;

    arena_destroy(large->arena);
    free(large);
}

static void wait_for_pool(struct door *door, const struct webhook *webhook, struct http_request *request,
                          const struct webhook_post *post)
{
    static const struct large_job job = { judge_large, act_on_large, free_large };
    struct large_post *large = xcalloc(1, sizeof(*large));

    *large = (struct large_post){
        .door = door, .settings = door->settings, .webhook = webhook, .arena = arena_create(), .post = *post
    };
    for (size_t i = 0; i < WEBHOOK_HEADERS_MAX; i++)
        large->post.headers[i] = arena_strdup(large->arena, post->headers[i]);
    if (!large_bodies_take(door->large_bodies, request, &job, large))
        door->counts->full++;
}

/* ---- at the door ---- */

static bool is_allowed(const struct settings *settings, const struct webhook_rules *rules,
                       const struct http_request *request)
{
    return client_is_allowed(request, settings->trusted_proxies, settings->trusted_proxies_count, rules->allow_from,
                             rules->allow_from_count);
}

static struct http_refusal refuse_unconfigured(struct door *door, const struct webhook *webhook,
                                               const struct http_request *request, const char *proof)
{
    if (proof) {
        sound_alarm(door, webhook, request, webhook->unconfigured);
        tell_people(door, webhook, webhook->unconfigured);
    }
    /* one that repeats what is answered 5xx may be heard once the key is there */
    return (struct http_refusal){ proof && webhook->forged_status == 503 ? 503 : 404, webhook->unconfigured };
}

static struct http_refusal refuse_forged(struct door *door, const struct webhook *webhook,
                                         const struct http_request *request, int status, const char *why)
{
    note_forged(door, webhook, request, why);
    if (status == webhook->forged_status)
        tell_people(door, webhook, why);
    return (struct http_refusal){ status, why };
}

struct http_refusal door_webhook_refuses(struct door *door, const struct webhook *webhook,
                                         const struct http_request *request)
{
    struct webhook_rules rules = webhook->rules(door->settings);
    const char *proof = http_request_header(request, webhook->headers[0]);

    if (!rules.is_configured)
        return refuse_unconfigured(door, webhook, request, proof);
    if (!proof)
        return refuse_forged(door, webhook, request, 401, "It does not say who sends it.");
    if (!is_allowed(door->settings, &rules, request))
        return refuse_forged(door, webhook, request, webhook->forged_status,
                             "It comes from an address that is in no range of allow_from.");
    return (struct http_refusal){ .status = 0 };
}

void door_webhook_put_off(struct door *door, const struct webhook *webhook, const struct http_request *request,
                          const char *why)
{
    uint64_t times;

    door->counts->put_off++;
    if (alarm_sound(&door->webhooks->put_off[webhook->id], loop_now_ms(door->webhooks->loop), &times))
        log_warn("webhook.put_off", LOG_STR("source", webhook->source), LOG_STR("request", request->id),
                 LOG_STR("peer", request->peer), LOG_STR("why", why), LOG_INT("times", times),
                 LOG_STR("text", "whoever sent it was told to send it again; a 4xx would have it lost"));
}

void door_webhook(struct door *door, const struct webhook *webhook, struct http_request *request)
{
    AUTO(arena) struct arena *arena = NULL;
    struct webhook_post post = { .body = request->body };
    struct webhook_judged judged = { 0 };

    for (size_t i = 0; i < WEBHOOK_HEADERS_MAX && webhook->headers[i]; i++)
        post.headers[i] = http_request_header(request, webhook->headers[i]);
    if (request->body.len > LARGE_MIN_BYTES) {
        wait_for_pool(door, webhook, request, &post);
    } else {
        arena = arena_create();
        judge(webhook, door->settings, &post, arena, &judged);
        act(door, webhook, request, &judged);
    }
}

struct webhooks *webhooks_create(struct loop *loop)
{
    struct webhooks *webhooks = xcalloc(1, sizeof(*webhooks));

    webhooks->loop = loop;
    return webhooks;
}

void webhooks_destroy(struct webhooks *webhooks)
{
    if (!webhooks)
        return;
    for (size_t i = 0; i < webhooks->passed_count; i++)
        free(webhooks->passed[i].name);
    free(webhooks);
}
