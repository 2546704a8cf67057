/* pagerduty.h - the sandbox's PagerDuty: incidents, the REST API for them, and webhooks with PagerDuty's own rules.
 *
 * Incidents are kept as the REST API shows them; a webhook shows the same with other names. Subscriptions carry their
 * secrets, newest first; a webhook is signed with all of them. PagerDuty has a clock of its own, which a test may put
 * forward: what takes a day there need not take one here.
 * Spec: https://developer.pagerduty.com/docs/webhooks-overview, https://developer.pagerduty.com/api-reference
 */
#ifndef SANDBOX_PAGERDUTY_H
#define SANDBOX_PAGERDUTY_H

#include "courier.h"
#include "exchange.h"

#define PAGERDUTY_KEY "pd-sandbox"         /* Authorization: Token token=... */
#define PAGERDUTY_READ_KEY "pd-sandbox-read" /* may change nothing */
#define PAGERDUTY_ROUTING_KEY "sandbox0routing0key0of0the0api00" /* of PSVC001, for the Events API */
#define PAGERDUTY_WEB_ROUTING_KEY "sandbox0routing0key0of0the0web00" /* of PSVC002 */
#define PAGERDUTY_SECRET "sandbox-pagerduty-secret" /* of PSUB001, which everything is told to */

struct pagerduty {
    cJSON *users, *services, *policies, *priorities; /* references; users with their e-mail */
    cJSON *schedules; /* {id, summary, users: [id], shift_based?}: who is on call now */
    cJSON *levels; /* {policy id: [[user id], ...]}: above the first level, which has whoever is on call by a schedule */
    cJSON *routing_keys; /* of the Events API: {key: service id} */
    cJSON *changes;      /* that it was told of: payloads with {service, links}, oldest first */
    cJSON *incidents;                                /* as in REST, oldest first */
    cJSON *notes, *updates;                          /* {incident id: [note]}; of status updates, too */
    cJSON *subscriptions;
    cJSON *delivered; /* what became of each webhook: {id, subscription, event, tries, outcome} */
    struct courier *courier;
    int64_t ahead_ms; /* of the real clock */
    int64_t retry_ms, timeout_ms;
    int64_t rate_left; /* calls until 429; negative: no limit */
    int64_t last_n;    /* numbers of all that is made */
};

struct pagerduty *pagerduty_create(struct courier *courier, const char *opsgate_url, int64_t now_ms);
void pagerduty_destroy(struct pagerduty *pagerduty);
cJSON *pagerduty_state(const struct pagerduty *pagerduty, int64_t now_ms);

bool pagerduty_advance(struct pagerduty *pagerduty, int64_t now_ms); /* snoozes end; true: something changed */
void pagerduty_serve(struct pagerduty *pagerduty, const struct request *request, struct reply *reply);
cJSON *pagerduty_fault_body(int status);
bool pagerduty_change(struct pagerduty *pagerduty, const cJSON *changes, int64_t now_ms, struct error *err);

/* ---- within pagerduty/ ---- */

int64_t pagerduty_clock(const struct pagerduty *pagerduty, int64_t now_ms);
char *pagerduty_new_id(struct pagerduty *pagerduty, const char *prefix); /* "PINC000007"; the caller frees */
cJSON *pagerduty_reference(const char *id, const char *type, const char *summary);
void pagerduty_set_time(cJSON *object, const char *key, int64_t unix_ms);

/* incidents.c: what happens to one; each tells the subscribers. `by` is a user, or NULL. */
struct pagerduty_act {
    struct pagerduty *pagerduty;
    cJSON *incident;
    const cJSON *by;
    int64_t now_ms;
};
cJSON *pagerduty_incident_find(const struct pagerduty *pagerduty, const char *id_or_number);
cJSON *pagerduty_incident_add(struct pagerduty *pagerduty, const cJSON *wanted, const cJSON *by, int64_t now_ms);
/* A REST body's members, one after another. False: nothing was changed, and *ret_code, *ret_message say why. */
bool pagerduty_incident_put(const struct pagerduty_act *act, const cJSON *wanted, int *ret_code,
                            const char **ret_message);
cJSON *pagerduty_note_add(const struct pagerduty_act *act, const char *content);   /* kept; borrowed */
cJSON *pagerduty_update_add(const struct pagerduty_act *act, const char *message); /* a status update; likewise */
void pagerduty_snooze(const struct pagerduty_act *act, int64_t seconds); /* of one that is acknowledged */

/* people.c: whoever is called first at that level of a policy; NULL: nobody. */
const cJSON *pagerduty_first_at(const struct pagerduty *pagerduty, const char *policy, int64_t level);

/* events.c: POST /v2/enqueue, with the routing_key of a service. */
void pagerduty_event_serve(struct pagerduty *pagerduty, const struct request *request, struct reply *reply);
/* Likewise: POST /v2/change/enqueue. */
void pagerduty_change_event_serve(struct pagerduty *pagerduty, const struct request *request, struct reply *reply);

/* webhooks.c */
cJSON *pagerduty_subscription_add(struct pagerduty *pagerduty, const cJSON *wanted, const char *id, const char *secret);
cJSON *pagerduty_subscription_shown(const struct pagerduty *pagerduty, const cJSON *subscription, bool with_secret,
                                    int64_t now_ms); /* the caller's */
bool pagerduty_subscription_is_silent(const struct pagerduty *pagerduty, const cJSON *subscription, int64_t now_ms);
void pagerduty_subscription_enable(cJSON *subscription);
struct pagerduty_telling {
    const char *type;     /* "incident.triggered" */
    const char *resource; /* whose order is kept: an incident's id, a service's */
    const cJSON *service; /* for filters; or NULL */
    const cJSON *agent;   /* or NULL */
    const cJSON *to;      /* one subscription alone: a ping; or NULL */
    cJSON *data;          /* taken over */
};
void pagerduty_tell(struct pagerduty *pagerduty, const struct pagerduty_telling *telling, int64_t now_ms);

/* For dispatch.c. */
cJSON *pagerduty_webhook_headers(const struct pagerduty *pagerduty, const struct parcel *parcel);
void pagerduty_webhook_tried(struct pagerduty *pagerduty, struct parcel *parcel, int status, int64_t now_ms);

#endif
