/* alert.h - alerts as Alertmanager tells of them: a group, and each alert in it. (Webhook payload, version 4)
 *
 * `outside_event.body` of the source "alertmanager" has alert_group_shape. The group's status is "firing" as long as one
 * alert of it fires, so each alert says for itself. Labels and annotations are pairs in the order they came. Texts and lists
 * are cut to fit into an inbox item; then is_cut says so.
 * Spec: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
#ifndef OPSGATE_MODEL_ALERT_H
#define OPSGATE_MODEL_ALERT_H

#include "bot/base/shape.h"

struct alert {
    const char *fingerprint; /* 16 hex digits: the alert's identity, by its labels */
    bool is_firing;
    int64_t starts_at_ms;     /* unix; the same through all repeats; 0: not told */
    int64_t ends_at_ms;       /* unix; 0: it has not ended, or not told */
    const char *url;          /* the query it comes from, for people; or NULL */
    struct shape_pair *labels;
    size_t labels_count;
    struct shape_pair *annotations;
    size_t annotations_count;
};
extern const struct shape alert_shape;

struct alert_group {
    const char *key; /* groupKey: {}:{alertname="HighErrors"} */
    bool is_firing;  /* one of its alerts at least */
    const char *receiver, *reason, *url; /* reason: notification_reason, of newer ones; url: Alertmanager's page; or NULL */
    struct shape_pair *labels;           /* those it is grouped by */
    size_t labels_count;
    struct shape_pair *common_labels; /* of all its alerts */
    size_t common_labels_count;
    struct shape_pair *common_annotations;
    size_t common_annotations_count;
    struct alert *alerts;
    size_t alerts_count;
    int64_t alerts_missing; /* Alertmanager left out so many (max_alerts), or there was no room for them here */
    bool is_cut;            /* some text or list was longer */
};
extern const struct shape alert_group_shape;

/* NULL when there is none: of the group's own labels, else of those that all have. */
const char *alert_group_label(const struct alert_group *group, const char *name);

#endif
