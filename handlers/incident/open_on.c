/* open_on.c - how bad what was told is, by the rows of incidents.open_on: the first that matches. */
#include "handlers/incident/internal.h"

#include "bot/model/alert.h"
#include "bot/model/pagerduty_event.h"

#include <string.h>

static bool is_wanted(const char *wanted, const char *found)
{
    return !wanted || (found && str_equal_nocase(str_of(wanted), str_of(found)));
}

const char *incident_severity_of_page(const struct incidents_settings *incidents, const char *urgency,
                                      const char *service, const char *priority)
{
    for (size_t i = 0; incidents && i < incidents->open_on_count; i++) {
        const struct open_on_pagerduty *on = incidents->open_on[i].pagerduty;

        if (on && is_wanted(on->urgency, urgency) && is_wanted(on->service, service) &&
            is_wanted(on->priority, priority))
            return incidents->open_on[i].severity;
    }
    return NULL;
}

const char *incident_severity_of(const struct incidents_settings *incidents, const struct pagerduty_incident *page)
{
    return incident_severity_of_page(incidents, page->urgency, page->service ? page->service->id : NULL,
                                     page->priority ? page->priority->summary : NULL);
}

static bool has_labels(const struct open_on_alertmanager *on, const struct alert_group *group)
{
    for (size_t i = 0; i < on->labels_count; i++) {
        const char *value = alert_group_label(group, on->labels[i].key);

        if (!value || strcmp(value, on->labels[i].value) != 0)
            return false;
    }
    return true;
}

const char *incident_severity_of_alerts(const struct incidents_settings *incidents, const struct alert_group *group)
{
    for (size_t i = 0; incidents && i < incidents->open_on_count; i++)
        if (incidents->open_on[i].alertmanager && has_labels(incidents->open_on[i].alertmanager, group))
            return incidents->open_on[i].severity;
    return NULL;
}

const char *incident_page_status(const struct pagerduty_incident *page, const char *event)
{
    static const struct {
        const char *event, *status;
    } rows[] = {
        { "incident.triggered", "triggered" },      { "incident.reopened", "triggered" },
        { "incident.unacknowledged", "triggered" }, { "incident.acknowledged", "acknowledged" },
        { "incident.resolved", "resolved" },
    };

    for (size_t i = 0; !page->status && i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].event, event) == 0)
            return rows[i].status;
    return page->status;
}
