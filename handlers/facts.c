#include "handlers/facts.h"

#include "bot/model/settings.h"
#include "handlers/watch/pagerduty.h"

#include <string.h>

#define LATE_MS (5 * MINUTE_MS)

/* ---- how bad ---- */

static bool is_wanted(const char *wanted, const char *found)
{
    return !wanted || (found && str_equal_nocase(str_of(wanted), str_of(found)));
}

/* By the first row that matches; NULL: it is no incident of ours. */
static const char *severity_of(const struct incidents_settings *incidents, const struct pagerduty_open *open)
{
    for (size_t i = 0; i < incidents->open_on_count; i++) {
        const struct open_on_pagerduty *on = incidents->open_on[i].pagerduty;

        if (on && is_wanted(on->urgency, open->urgency) && is_wanted(on->service, open->service) &&
            is_wanted(on->priority, open->priority))
            return incidents->open_on[i].severity;
    }
    return NULL;
}

/* Its place in the list, which goes from worst to least; behind the last: it is not there. */
static size_t rank_of(const struct incidents_settings *incidents, const char *severity)
{
    size_t at = 0;

    while (at < incidents->severities_count && (!severity || strcmp(incidents->severities[at].name, severity) != 0))
        at++;
    return at;
}

static size_t worst_of(const struct incidents_settings *incidents, const struct pagerduty_watch *watch)
{
    size_t worst = incidents->severities_count;

    for (size_t i = 0; i < watch->incidents_count; i++) {
        size_t rank = rank_of(incidents, severity_of(incidents, &watch->incidents[i]));

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

static void add_incidents(const struct view *view, struct facts *facts)
{
    const struct settings *settings = view->settings;
    struct pagerduty_watch watch;
    size_t worst;

    facts->incidents = KNOWN_NO;
    if (!settings->pagerduty || !names_pagerduty(settings->incidents))
        return;
    facts->incidents = KNOWN_NOT;
    if (!policy_settings_name_incidents(&settings->policy) || !read_watch(view, &watch))
        return;
    worst = worst_of(settings->incidents, &watch);
    if (worst > 0 && watch.is_cut) /* a worse one may be among those that it does not hold */
        return;
    facts->incidents = worst < settings->incidents->severities_count ? KNOWN_YES : KNOWN_NO;
    facts->worst_incident = facts->incidents == KNOWN_YES ? settings->incidents->severities[worst].name : NULL;
}

struct facts facts_of_view(const struct view *view)
{
    struct facts facts = { .unix_ms = view_unix_ms(view), .members = view->members };

    add_incidents(view, &facts);
    return facts;
}
