/* webhook.h - PagerDuty's webhooks (V3): first what the door must know of one, later the event that it is.
 *
 * The door goes: pagerduty_signature_check -> pagerduty_webhook_accept -> door.body into the inbox, as door.kind. The
 * owner decodes that item with pagerduty_webhook_decode. PagerDuty drops what is answered 4xx, and after three of those
 * it is silent for a day: what is genuine is answered 2xx, whatever we think of it, and what cannot be taken now 503.
 * Pure; safe on any thread. Spec: https://developer.pagerduty.com/docs/webhooks-overview
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_WEBHOOK_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_WEBHOOK_H

#include "bot/model/inbox.h"
#include "bot/model/outside_event.h"

#define PAGERDUTY_SOURCE "pagerduty"       /* inbox_item.source, outside_event.source and principal.system */
#define PAGERDUTY_EVENT_KIND "event"       /* inbox_item.kind: the body is PagerDuty's own */
#define PAGERDUTY_TYPED_KIND "typed-event" /* that one was too large for an item: the body is our reading of it */
#define PAGERDUTY_PING "pagey.ping"
#define PAGERDUTY_BODY_MAX_BYTES (256 * 1024) /* PagerDuty itself drops larger ones */

struct pagerduty_headers { /* raw values, borrowed; NULL when missing */
    const char *webhook_id;   /* X-Webhook-Id: the same on each attempt to deliver it */
    const char *subscription; /* X-Webhook-Subscription */
};

struct pagerduty_door {
    bool is_wanted;       /* false: an event that nothing here reads: it is counted, answered 202, and not stored */
    bool is_ping;         /* somebody tests the subscription: may be stored like any other */
    const char *keys[2];  /* dedupe keys: "pagerduty:<X-Webhook-Id>", if it has one, and "pagerduty-event:<event.id>" */
    size_t keys_count;
    const char *kind, *body;   /* wanted only: what is stored */
    const char *event, *type;  /* event.id, event_type: harmless, for the log */
    const char *subscription;  /* its id; NULL: not told */
};

/* What it gives lives in the arena or is borrowed. Parses `body`, and reads all of it when it is larger than an inbox
 * item: over 64 KiB rather on a thread of the pool. ERR_INVALID: genuine, but no event, or a large one that makes no
 * sense; ERR_TOO_LARGE. Both are for the dead letters, under pagerduty_webhook_key. */
bool pagerduty_webhook_accept(struct str body, const struct pagerduty_headers *headers, struct arena *arena,
                              struct pagerduty_door *ret_door, struct error *err);

/* Of a body that could not be accepted: "pagerduty:<X-Webhook-Id>", without one "pagerduty-body:<sha256>". */
const char *pagerduty_webhook_key(struct str body, const struct pagerduty_headers *headers, struct arena *arena);

/* The event in an accepted item of either kind. Its body has pagerduty_event_shape; its subject is the incident's id
 * ("PINC001"), or the service's; the principal's id is "" unless PagerDuty names a user (body.agent has what else it
 * names). Lives in the arena or is borrowed from the item. ERR_INVALID says what is missing or wrong. */
bool pagerduty_webhook_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                              struct error *err);

/* What stands in an item of PAGERDUTY_TYPED_KIND for this body: at most INBOX_BODY_MAX_BYTES. */
bool pagerduty_webhook_type(struct str body, struct arena *arena, const char **ret_text, struct error *err);

#endif
