/* pagerduty.h - what opsgate asks of PagerDuty, and what it changes there. (REST API, version 2)
 *
 * READING_PAGERDUTY_SUBSCRIPTIONS: args pagerduty_subscription_ask; result pagerduty_subscriptions.
 * READING_PAGERDUTY_INCIDENTS: args pagerduty_incidents_ask; result pagerduty_incidents: all that are not resolved, for
 * what was told while nobody listened. READING_PAGERDUTY_INCIDENT: args pagerduty_incident_ask; result pagerduty_incident
 * (pagerduty_event.h) as it is now, with who acknowledged it and when its status changed, which no webhook tells.
 * What is done to incidents: pagerduty_act.h. Who is on call for them, and who somebody is there: pagerduty_people.h.
 * EFFECT_PAGERDUTY_ENABLE (args pagerduty_subscription_ask with a subscription; result {enabled, was_disabled}): ends the
 * day of silence after three webhooks that were answered 4xx; one that a person switched off stays off.
 * EFFECT_PAGERDUTY_PING (the same args; result {pinged}): PagerDuty sends a pagey.ping.
 */
#ifndef OPSGATE_MODEL_PAGERDUTY_H
#define OPSGATE_MODEL_PAGERDUTY_H

#include "bot/model/pagerduty_event.h"

struct pagerduty_subscription_ask {
    const char *subscription; /* its id; NULL: all of them, where that makes sense */
};
extern const struct shape pagerduty_subscription_ask_shape;

struct pagerduty_subscription {
    const char *id, *description; /* description may be NULL */
    const char *url;              /* where it delivers to; without a password that may stand in it */
    bool is_active;               /* false: a person switched it off */
    bool is_silent;               /* temporarily_disabled: three webhooks in a row were answered 4xx */
    const char **events;
    size_t events_count;
    const char *filter_type, *filter_id; /* "account_reference", "service_reference"...; id NULL for the account */
};
struct pagerduty_subscriptions {
    struct pagerduty_subscription *subscriptions;
    size_t subscriptions_count;
};
extern const struct shape pagerduty_subscriptions_shape;

struct pagerduty_incidents_ask {
    const char **services; /* ids; none: of all services */
    size_t services_count;
    int64_t since_ms; /* unix: only what was created then or later; 0, or more than 180 days ago: however old */
};
extern const struct shape pagerduty_incidents_ask_shape;

struct pagerduty_incidents {
    struct pagerduty_incident *incidents; /* oldest first, each once */
    size_t incidents_count;
    bool is_cut; /* there are more than one reading can hold */
};
extern const struct shape pagerduty_incidents_shape;

struct pagerduty_incident_ask {
    const char *incident; /* its id */
};
extern const struct shape pagerduty_incident_ask_shape;

#endif
