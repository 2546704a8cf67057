#include "handlers/facts.h"

#include "bot/model/settings.h"
#include "handlers/incident/incident.h"
#include "handlers/watch/pagerduty.h"

#include <string.h>

#define LATE_MS (5 * MINUTE_MS)

/* ---- how bad ---- */

static size_t worst_of(const struct incidents_settings *incidents, const struct pagerduty_watch *watch)
{
    size_t worst = incidents->severities_count;

    for (size_t i = 0; i < watch->incidents_count; i++) {
        const struct pagerduty_open *open = &watch->incidents[i];
        size_t rank = incident_rank(incidents,
                                    incident_severity_of_page(incidents, open->urgency, open->service, open->priority));

        worst = rank < worst ? rank : worst;
    }
    return worst;
}

/* ---- what is open ---- */

static bool names_pagerduty(const struct incidents_settings *incidents)
{
    for (size_t i = 0; incidents && i < incidents->open_on_count; i++)
        if (incidents->open_on[i].pagerduty)
            return true;
    return false;
}

static bool read_watch(const struct view *view, struct pagerduty_watch *ret_watch)
{
    const struct operation *operation = view_find_standing(view, machine_pagerduty_watch.kind);
    int64_t age_ms;
    struct error ignored;

    if (!operation || !shape_from_json(&pagerduty_watch_shape, operation->body, view->arena, ret_watch, &ignored) ||
        !ret_watch->has_read || ret_watch->incidents_at_ms <= 0)
        return false;
    age_ms = view_unix_ms(view) - ret_watch->incidents_at_ms;
    return age_ms <= 2 * view->settings->pagerduty->watch_ms + LATE_MS;
}

/* As bad as the worst of PagerDuty's; false: nobody can tell that now. */
static bool find_theirs(const struct view *view, size_t *ret_worst)
{
    const struct settings *settings = view->settings;
    struct pagerduty_watch watch;

    *ret_worst = settings->incidents->severities_count;
    if (!settings->pagerduty || !names_pagerduty(settings->incidents))
        return true;
    if (!policy_settings_name_incidents(&settings->policy) || !read_watch(view, &watch))
        return false;
    *ret_worst = worst_of(settings->incidents, &watch);
    return *ret_worst == 0 || !watch.is_cut; /* a worse one may be among those that it does not hold */
}

/* Of our own, those that nobody has resolved. False: how bad one of them is no configuration says any more. */
static bool find_ours(const struct view *view, size_t *ret_worst)
{
    const struct incidents_settings *incidents = view->settings->incidents;
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));
    bool is_known = true;

    *ret_worst = incidents->severities_count;
    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        size_t rank;

        if (strcmp(all[i]->kind, machine_incident.kind) != 0 || operation_has_ended(all[i]) ||
            strcmp(all[i]->state, INCIDENT_RESOLVED) == 0)
            continue;
        rank = incident_rank(incidents, json_find_string(all[i]->body, "severity"));
        is_known = is_known && rank < incidents->severities_count;
        *ret_worst = rank < *ret_worst ? rank : *ret_worst;
    }
    return is_known;
}

static void add_incidents(const struct view *view, struct facts *facts)
{
    const struct incidents_settings *incidents = view->settings->incidents;
    size_t theirs, ours, worst;
    bool are_theirs_known, are_ours_known;

    facts->incidents = KNOWN_NO;
    if (!incidents)
        return;
    are_theirs_known = find_theirs(view, &theirs);
    are_ours_known = find_ours(view, &ours);
    worst = theirs < ours ? theirs : ours;
    if (worst < incidents->severities_count)
        facts->worst_incident = incidents->severities[worst].name;
    if (worst > 0 && !(are_theirs_known && are_ours_known))
        facts->incidents = KNOWN_NOT;
    else if (facts->worst_incident)
        facts->incidents = KNOWN_YES;
}

struct facts facts_of_view(const struct view *view)
{
    struct facts facts = { .unix_ms = view_unix_ms(view), .members = view->members };

    add_incidents(view, &facts);
    return facts;
}
