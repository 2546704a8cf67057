#include "bot/configuration/check.h"

#include "bot/model/mail.h"
#include "integrations/statuspage/api.h"

#include <string.h>

struct procedures {
    struct walk *walk;
    const struct settings *settings;
    struct name_list roles, severities, targets;
};

/* ---- incidents ---- */

static void check_ladder(const struct procedures *all, const struct severity_settings *severity)
{
    int64_t before = -1;

    for (size_t i = 0; i < severity->escalate_count; i++) {
        const struct escalation *step = &severity->escalate[i];

        check_reference(all->walk, step, "to", -1, "role", step->to, &all->roles);
        if (step->after_ms <= before && walk_has(all->walk, step, "after"))
            walk_wrong(all->walk, step, "after", -1, "each step must come later than the one before");
        if (!walk_is_unread(all->walk, step, "after"))
            before = step->after_ms;
    }
}

static void check_mail(const struct procedures *all, const struct severity_settings *severity)
{
    if (severity->mail_after_ms > 0 && severity->mail_to_count == 0 && !walk_is_unread(all->walk, severity, "mail_to"))
        walk_wrong(all->walk, severity, "mail_after", -1, "needs mail_to: whom");
    if (severity->mail_to_count > 0)
        check_section(all->walk, all->settings, severity, "mail_to", -1, "smtp");
    for (size_t i = 0; i < severity->mail_to_count; i++)
        if (severity->mail_to[i] && !mail_address_is_good(severity->mail_to[i]))
            walk_wrong(all->walk, severity, "mail_to", (long)i, "expected an e-mail address such as ops@example.com");
}

static void check_severities(const struct procedures *all, const struct incidents_settings *incidents)
{
    struct name_list seen = { 0 };

    for (size_t i = 0; i < incidents->severities_count; i++) {
        const struct severity_settings *severity = &incidents->severities[i];

        if (severity->name && name_list_has(&seen, severity->name))
            walk_wrong(all->walk, severity, "name", -1, "a severity called '%s' exists already", severity->name);
        name_list_add(&seen, severity->name, all->walk->arena);
        check_ladder(all, severity);
        check_mail(all, severity);
        if (severity->in_hours && !walk_has(all->walk, incidents, "hours"))
            walk_wrong(all->walk, severity, "in_hours", -1, "needs incidents.hours: which");
        if (severity->status_page)
            check_section(all->walk, all->settings, severity, "status_page", -1, "statuspage");
    }
}

static void check_open_on(const struct procedures *all, const struct open_on *open)
{
    if (walk_has(all->walk, open, "pagerduty") == walk_has(all->walk, open, "alertmanager"))
        walk_wrong(all->walk, open, "", -1, "expected exactly one of pagerduty, alertmanager");
    if (open->pagerduty)
        check_section(all->walk, all->settings, open, "pagerduty", -1, "pagerduty");
    if (open->alertmanager)
        check_section(all->walk, all->settings, open, "alertmanager", -1, "alertmanager");
    if (open->pagerduty && open->pagerduty->urgency && strcmp(open->pagerduty->urgency, "high") != 0 &&
        strcmp(open->pagerduty->urgency, "low") != 0)
        walk_wrong(all->walk, open->pagerduty, "urgency", -1, "expected high or low");
    check_reference(all->walk, open, "severity", -1, "severity", open->severity, &all->severities);
}

static bool is_severity(const struct incidents_settings *incidents, const char *name)
{
    for (size_t i = 0; name && i < incidents->severities_count; i++)
        if (incidents->severities[i].name && str_equal_nocase(str_of(incidents->severities[i].name), str_of(name)))
            return true;
    return false;
}

/* The same word cannot mean both: severities are typed in any case. */
static void check_types(const struct procedures *all, const struct incidents_settings *incidents)
{
    struct name_list seen = { 0 };

    for (size_t i = 0; i < incidents->types_count; i++) {
        const struct incident_type *type = &incidents->types[i];

        check_name(all->walk, type, "type", type->name, &seen);
        if (is_severity(incidents, type->name))
            walk_wrong(all->walk, type, "name", -1, "a severity is called '%.80s' already", type->name);
        check_reference(all->walk, type, "severity", -1, "severity", type->severity, &all->severities);
        for (size_t k = 0; k < type->call_count; k++)
            check_reference(all->walk, type, "call", (long)k, "role", type->call[k], &all->roles);
    }
}

/* What is JSON, or a program of awk's, is none: {"company": "Tesla"}. */
static const char *find_placeholder(const char *text, const char **ret_end)
{
    const char *open = text;

    while ((open = strchr(open, '{'))) {
        *ret_end = open + 1 + strcspn(open + 1, "{}\"':,$\n");
        if (**ret_end == '}')
            return open;
        open++;
    }
    return NULL;
}

void check_placeholders(struct walk *walk, const void *owner, const char *key, long element, const char *text,
                               const struct name_list *known)
{
    const char *end, *open;

    for (open = find_placeholder(text, &end); open; open = find_placeholder(end, &end)) {
        const char *name = arena_copy(walk->arena, (struct str){ open + 1, (size_t)(end - open - 1) });

        check_reference(walk, owner, key, element, "placeholder", name, known);
    }
}

static void check_channel_name(const struct procedures *all, const struct incidents_settings *incidents)
{
    const char *names[] = { "date", "slug", "id", "severity" };
    const struct name_list known = { .names = names, .count = ARRAY_LEN(names) };

    if (!incidents->channel)
        return;
    check_placeholders(all->walk, incidents, "channel", -1, incidents->channel, &known);
    if (strspn(incidents->channel, "abcdefghijklmnopqrstuvwxyz0123456789-_{}") != strlen(incidents->channel))
        walk_wrong(all->walk, incidents, "channel", -1,
                   "Slack's channels have lower case letters, digits, '-' and '_'");
}

static void check_incidents(const struct procedures *all, const struct incidents_settings *incidents)
{
    check_channel_name(all, incidents);
    check_severities(all, incidents);
    check_windows(all->walk, incidents, "hours", incidents->hours, incidents->hours_count);
    check_windows(all->walk, incidents, "holidays", incidents->holidays, incidents->holidays_count);
    for (size_t i = 0; i < incidents->open_on_count; i++)
        check_open_on(all, &incidents->open_on[i]);
    check_types(all, incidents);
}

/* ---- the status page ---- */

/* One that is none is refused with all that names it: what the public is to read before it reads anything. */
static void check_ids(const struct procedures *all, const struct statuspage_settings *page)
{
    static const char wanted[] = "expected Statuspage's id of it: letters, digits, '-' and '_'";

    if (page->page && !statuspage_id_is_valid(page->page))
        walk_wrong(all->walk, page, "page", -1, "%s", wanted);
    for (size_t i = 0; i < page->components_count; i++)
        if (!statuspage_id_is_valid(page->components[i].value))
            walk_wrong(all->walk, page, "components", (long)i, "%s", wanted);
}

static void check_components(const struct procedures *all, const struct statuspage_settings *page)
{
    struct name_list known = names_of_services(all->walk, all->settings);

    known.is_partial = known.is_partial || all->targets.is_partial;
    for (size_t i = 0; i < all->targets.count; i++)
        name_list_add(&known, all->targets.names[i], all->walk->arena);
    for (size_t i = 0; i < page->components_count; i++)
        check_reference(all->walk, page, "components", (long)i, "service or target", page->components[i].key, &known);
}

void check_procedures(struct walk *walk, const struct settings *settings)
{
    const struct procedures all = {
        .walk = walk,
        .settings = settings,
        .roles = names_of_roles(walk, settings),
        .severities = names_of_severities(walk, settings),
        .targets = names_of_targets(walk, settings),
    };

    if (settings->incidents)
        check_incidents(&all, settings->incidents);
    if (settings->statuspage) {
        check_ids(&all, settings->statuspage);
        check_components(&all, settings->statuspage);
    }
    check_runbooks(walk, settings);
    check_maintenance(walk, settings);
    check_audit(walk, settings);
    check_schedules(walk, settings);
}
