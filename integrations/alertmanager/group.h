/* group.h - a group of alerts as Alertmanager sends it to webhooks (version 4): first what the door must know of one, later
 * the event that it is.
 *
 * The door goes: alertmanager_token_check -> alertmanager_group_accept -> door.body into the inbox, as door.kind. The owner
 * decodes that item with alertmanager_group_decode. Alertmanager drops what is answered 4xx, and tries again after 5xx.
 * It repeats itself by design, and comes as twins: the dedupe key is made of what it says, never of when it said so.
 * Pure; safe on any thread. Spec: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
#ifndef OPSGATE_INTEGRATIONS_ALERTMANAGER_GROUP_H
#define OPSGATE_INTEGRATIONS_ALERTMANAGER_GROUP_H

#include "bot/model/inbox.h"
#include "bot/model/outside_event.h"

#define ALERTMANAGER_SOURCE "alertmanager"   /* inbox_item.source, outside_event.source */
#define ALERTMANAGER_GROUP_KIND "group"      /* inbox_item.kind: the body is Alertmanager's own */
#define ALERTMANAGER_TYPED_KIND "typed-group" /* that one was too large for an item: the body is our reading of it */
#define ALERTMANAGER_FIRING "alerts.firing"     /* outside_event.name: one alert of the group fires at least */
#define ALERTMANAGER_RESOLVED "alerts.resolved" /* none of them does */
#define ALERTMANAGER_BODY_MAX_BYTES (4 * 1024 * 1024)

struct alertmanager_door {
    const char *keys[1]; /* "alertmanager:<sha256>" of the group's key, and each alert's fingerprint, start and status */
    size_t keys_count;   /* 1 */
    const char *kind, *body;    /* what is stored */
    const char *group;          /* its key, harmless: for the log */
    size_t alerts_count;        /* as they came */
};

/* What it gives lives in the arena or is borrowed. Over 64 KiB rather on a thread of the pool. ERR_INVALID: it is no
 * version 4 group, and says that a `payload` in the receiver's webhook_config must not be set; ERR_TOO_LARGE. Both are
 * for the dead letters, under alertmanager_group_key. */
bool alertmanager_group_accept(struct str body, struct arena *arena, struct alertmanager_door *ret_door,
                               struct error *err);

const char *alertmanager_group_key(struct str body, struct arena *arena); /* of what could not be accepted */

/* The event in an accepted item of either kind. Its body has alert_group_shape; its subject is the group's key, its
 * meaning what the dedupe key is made of; it occurred when the last of its alerts began or ended. Lives in the arena or is
 * borrowed from the item. ERR_INVALID says what is missing or wrong. */
bool alertmanager_group_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                               struct error *err);

/* What stands in an item of ALERTMANAGER_TYPED_KIND for this body: at most INBOX_BODY_MAX_BYTES. */
bool alertmanager_group_type(struct str body, struct arena *arena, const char **ret_text, struct error *err);

#endif
