#include "bot/model/pagerduty.h"

static const struct shape_field subscription_ask_rows[] = {
    ROW_STRING(pagerduty_subscription_ask, subscription, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_subscription_ask_shape =
    SHAPE("a subscription to ask for", pagerduty_subscription_ask, subscription_ask_rows);

static const struct shape_field subscription_rows[] = {
    ROW_STRING(pagerduty_subscription, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(pagerduty_subscription, description, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_subscription, url, .flags = SHAPE_NONZERO),
    ROW_BOOL(pagerduty_subscription, is_active),
    ROW_BOOL(pagerduty_subscription, is_silent),
    ROW_STRINGS(pagerduty_subscription, events),
    ROW_STRING(pagerduty_subscription, filter_type, .flags = SHAPE_NONZERO),
    ROW_STRING(pagerduty_subscription, filter_id, .flags = SHAPE_NONZERO),
};
static const struct shape subscription_shape =
    SHAPE("a webhook subscription", pagerduty_subscription, subscription_rows);

static const struct shape_field subscriptions_rows[] = {
    ROW_OBJECTS(pagerduty_subscriptions, subscriptions, &subscription_shape),
};
const struct shape pagerduty_subscriptions_shape =
    SHAPE("webhook subscriptions", pagerduty_subscriptions, subscriptions_rows);

static const struct shape_field incidents_ask_rows[] = {
    ROW_STRINGS(pagerduty_incidents_ask, services, .flags = SHAPE_NONZERO),
    ROW_INT(pagerduty_incidents_ask, since_ms, .flags = SHAPE_NONZERO),
};
const struct shape pagerduty_incidents_ask_shape =
    SHAPE("open incidents to ask for", pagerduty_incidents_ask, incidents_ask_rows);

static const struct shape_field incidents_rows[] = {
    ROW_OBJECTS(pagerduty_incidents, incidents, &pagerduty_incident_shape),
    ROW_BOOL(pagerduty_incidents, is_cut),
};
const struct shape pagerduty_incidents_shape = SHAPE("open incidents", pagerduty_incidents, incidents_rows);

static const struct shape_field incident_ask_rows[] = {
    ROW_STRING(pagerduty_incident_ask, incident, .flags = SHAPE_REQUIRED),
};
const struct shape pagerduty_incident_ask_shape =
    SHAPE("an incident to ask for", pagerduty_incident_ask, incident_ask_rows);
