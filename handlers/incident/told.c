/* told.c - what PagerDuty and Alertmanager tell: opens an incident, joins one, or changes it. */
#include "handlers/incident/internal.h"

void incident_told(struct deciding *d)
{
    (void)d;
}

bool incident_hears(const struct view *view, const struct operation *operation, const struct outside_event *event)
{
    (void)view, (void)operation, (void)event;
    return false;
}

bool incident_pagerduty_asks(const struct view *view, const struct outside_event *event,
                             struct wanted_request *ret_request)
{
    (void)view, (void)event, (void)ret_request;
    return false;
}

bool incident_alerts_ask(const struct view *view, const struct outside_event *event,
                         struct wanted_request *ret_request)
{
    (void)view, (void)event, (void)ret_request;
    return false;
}

const char *incident_severity_of_page(const struct incidents_settings *incidents, const char *urgency,
                                      const char *service, const char *priority)
{
    (void)incidents, (void)urgency, (void)service, (void)priority;
    return NULL;
}

const struct verb verb_incident_told = { .name = "incident-told", .usage = "incident-told", .is_internal = true };
