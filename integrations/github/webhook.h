/* webhook.h - GitHub's webhooks: first what the door must know of one, later the event that it is.
 *
 * The door goes: github_webhook_signature_check -> github_webhook_accept -> `body` with `kind` and `keys` into the inbox.
 * For bodies over GITHUB_WEBHOOK_RAW_MAX_BYTES both run on the pool, one at a time; they are pure and safe on any thread.
 * The owner decodes the item with github_webhook_decode. What was read from GitHub's own log (deliveries.h) goes the same
 * way without a signature, so that one delivery that came both ways has one key.
 *
 * What the door answers: WANTED and new 202, duplicate 200; PING 200; NOT_STORED 202, counted; signature wrong 401;
 * ERR_INVALID 400; ERR_TOO_LARGE 413; store full or down 503. Which hook it came by does not matter: all hooks that are told
 * of one thing get the same delivery id, and a redelivery has the first one's.
 *
 * What is stored. GitHub does not name the event in the body, so what is stored is
 *   {"event", "delivery", "hook_id"?, "is_caught_up"?, "payload": {...}}
 * with the payload byte for byte as it came (of a form: what its field held). Its syntax and `action` were looked at, no
 * more: if a member is missing that the event must have, the owner finds out, and the item is a dead letter with its body,
 * since GitHub never sends twice. A larger one cannot be kept so: it is decoded at once (then a missing member is 400), and
 * its typed form takes the payload's place, as "typed". The item's kind tells which: GITHUB_WEBHOOK_KIND and
 * GITHUB_EVENT_KIND. Both give the same event.
 * Spec: https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_WEBHOOK_H
#define OPSGATE_INTEGRATIONS_GITHUB_WEBHOOK_H

#include "bot/model/inbox.h"
#include "bot/model/outside_event.h"

#define GITHUB_SOURCE "github"         /* inbox_item.source, outside_event.source, principal.system */
#define GITHUB_WEBHOOK_KIND "webhook"  /* inbox_item.kind: the payload as it came */
#define GITHUB_EVENT_KIND "event"      /* inbox_item.kind: typed already, since it was large */
#define GITHUB_WEBHOOK_BODY_MAX_BYTES (25 * 1024 * 1024) /* GitHub sends nothing larger */
#define GITHUB_WEBHOOK_RAW_MAX_BYTES (INBOX_BODY_MAX_BYTES - 512) /* of a payload: the rest is what stands around it */

struct github_webhook { /* what arrived; all borrowed */
    const char *event;        /* X-GitHub-Event; NULL when missing, as all headers */
    const char *delivery;     /* X-GitHub-Delivery */
    const char *hook_id;      /* X-GitHub-Hook-ID */
    const char *content_type; /* Content-Type: application/json, or application/x-www-form-urlencoded */
    struct str body;
    bool is_caught_up; /* read from GitHub's log: content_type is not looked at, body is JSON */
};

enum github_webhook_is {
    GITHUB_WANTED,
    GITHUB_PING,       /* a hook was made, or somebody asks whether we are there */
    GITHUB_NOT_STORED, /* an event or an action that nothing here is made of */
};

struct github_webhook_door {
    enum github_webhook_is is;
    const char *event;    /* "release": only letters and '_' */
    const char *action;   /* "published", likewise; NULL: none, or not looked for */
    const char *delivery; /* in lower case */
    const char *hook_id;  /* digits, or NULL */
    /* WANTED only: */
    const char *keys[1]; /* dedupe keys: "github:72d3162e-cc78-11e3-81ab-4c9367dc0958" */
    size_t keys_count;   /* 1 */
    const char *kind;
    const char *body; /* what is stored, INBOX_BODY_MAX_BYTES at most */
};

/* What it gives lives in the arena. ERR_INVALID: a header is missing or malformed, the body makes no sense; messages quote
 * nothing of it. ERR_TOO_LARGE. */
bool github_webhook_accept(const struct github_webhook *webhook, struct arena *arena,
                           struct github_webhook_door *ret_door, struct error *err);

/* The event in an accepted item; `body` by github_event_shape (bot/model/github_event.h). Everything lives in the arena or
 * is borrowed from the item. ERR_INVALID says which member is missing or wrong. */
bool github_webhook_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                           struct error *err);

#endif
