/* alertmanager.h - the sandbox's Alertmanager: alerts in groups, told to opsgate, again and again, by one or by twins.
 *
 * It serves nothing: tests and the page make alerts fire and end. A group is told `group_wait_ms` after its first alert, when
 * it changed `group_interval_ms` after it was last told, and unchanged after `repeat_ms`. What is answered 5xx, or not at
 * all, is tried again until the group's next turn; what is answered 4xx is lost, and never told.
 * Spec: https://prometheus.io/docs/alerting/latest/configuration/, https://prometheus.io/docs/alerting/latest/alertmanager/
 */
#ifndef SANDBOX_ALERTMANAGER_H
#define SANDBOX_ALERTMANAGER_H

#include "courier.h"

#define ALERTMANAGER_TOKEN "sandbox-alertmanager-token"

struct alertmanager {
    cJSON *groups;    /* [{key, labels, alerts: [], changed, told_at_ms, since_ms}] */
    cJSON *delivered; /* what became of each webhook: {id, group, tries, outcome} */
    struct courier *courier;
    char *url, *token;
    cJSON *group_by; /* names of labels */
    cJSON *payload;  /* a custom one that replaces the real one; or NULL */
    int64_t group_wait_ms, group_interval_ms, repeat_ms, retry_ms;
    int64_t twins;      /* 1, or 2: each tells for itself */
    int64_t max_alerts; /* 0: all */
};

struct alertmanager *alertmanager_create(struct courier *courier, const char *opsgate_url);
void alertmanager_destroy(struct alertmanager *alertmanager);
bool alertmanager_advance(struct alertmanager *alertmanager, int64_t now_ms); /* true: something was told */
bool alertmanager_change(struct alertmanager *alertmanager, const cJSON *changes, int64_t now_ms, struct error *err);
cJSON *alertmanager_state(const struct alertmanager *alertmanager);

/* For dispatch.c. */
cJSON *alertmanager_webhook_headers(const struct alertmanager *alertmanager);
void alertmanager_webhook_tried(struct alertmanager *alertmanager, struct parcel *parcel, int status, int64_t now_ms);

#endif
