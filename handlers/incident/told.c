/* told.c - what PagerDuty and Alertmanager tell of an incident that is open here: it joins, or changes it. */
#include "handlers/incident/internal.h"

#include "bot/model/alert.h"
#include "bot/model/outside_event.h"
#include "bot/model/pagerduty_event.h"

#include <inttypes.h>
#include <string.h>

#define NAME_BYTES 80
#define PRIORITY_BYTES 40
#define NAMES_MAX 5
#define SLACK "slack:"

struct hearing { /* one event of PagerDuty's */
    struct deciding *d;
    const struct outside_event *event;
    struct pagerduty_event typed;
    const char *who;
};

/* ---- people ---- */

static const struct person_settings *find_person(const struct view *view, const char *pagerduty_id)
{
    for (size_t i = 0; pagerduty_id && i < view->settings->people_count; i++) {
        const struct person_settings *person = &view->settings->people[i];

        if (person->pagerduty && strcmp(person->pagerduty, pagerduty_id) == 0)
            return person;
    }
    return NULL;
}

const char *incident_who(const struct view *view, const struct principal *who)
{
    bool is_theirs = who->system && strcmp(who->system, "pagerduty") == 0;
    const struct person_settings *person = is_theirs ? find_person(view, who->id) : NULL;

    if (person && person->slack)
        return arena_printf(view->arena, "@{slack:%s}", person->slack);
    if (who->name && who->name[0])
        return card_quote(str_of(who->name), NAME_BYTES, view->arena);
    return principal_mention(who, view->arena);
}

/* Who does it there is a person, or a machine of theirs. */
static const char *who_of(struct deciding *d, const struct outside_event *event)
{
    if (event->principal.id && event->principal.id[0])
        return incident_who(d->view, &event->principal);
    return strcmp(event->source, "alertmanager") == 0 ? "Alertmanager" : "PagerDuty";
}

static const char *name_of(struct hearing *h, const struct pagerduty_reference *reference)
{
    return incident_who(h->d->view, &(struct principal){ "pagerduty", reference->id, NULL, reference->summary });
}

/* Whoever is called is needed in the channel. */
static void bring(struct hearing *h, const struct pagerduty_reference *user)
{
    const struct person_settings *person = find_person(h->d->view, user->id);

    if (person && person->slack)
        incident_invite(h->d, person->slack);
}

/* ---- pages ---- */

/* "#4711 High error rate", with its page there */
static const char *page_text(struct deciding *d, const struct pagerduty_incident *page)
{
    const char *title = card_quote(str_of(page->title), INCIDENT_TITLE_MAX_BYTES, d->view->arena);

    if (page->number > 0)
        return arena_printf(d->view->arena, "#%" PRId64 " %s", page->number, title);
    return title[0] ? title : page->id;
}

/* Its severity by `incidents.open_on`, if that is worse than the incident's; else NULL. */
static const char *worse(const struct deciding *d, const struct pagerduty_incident *page)
{
    const struct incidents_settings *incidents = d->view->settings->incidents;
    const char *severity = incidents ? incident_severity_of(incidents, page) : NULL;

    return severity && incident_rank(incidents, severity) < incident_rank(incidents, d->body->severity) ? severity
                                                                                                        : NULL;
}

static void say_worse(struct deciding *d, const struct pagerduty_incident *page, const char *text)
{
    const char *severity = worse(d, page);

    if (severity)
        text = arena_printf(d->view->arena,
                            "%s By `incidents.open_on` it is %s, and %s is %s: `incident severity %s %s` raises it.",
                            text, severity, d->id, d->body->severity, d->id, severity);
    incident_say(d, text);
}

/* Of those that are too many it is said once: no more of them is followed. */
static void count_more(struct deciding *d)
{
    if (d->body->more_pages++ > 0)
        return;
    incident_record(d, "pages", "opsgate", "more pages of PagerDuty than are followed");
    incident_say(d, arena_printf(d->view->arena,
                                 "PagerDuty pages more than %d times for this: the others are not followed from here. "
                                 "Look there, too, before you resolve it.",
                                 INCIDENT_PAGES_MAX));
}

/* Its channel is on its way, and the card that comes with it has the pages: a storm of them would fill the channel for
 * all incidents for minutes. */
static bool is_awaited(const struct deciding *d)
{
    return d->body->wants_channel && !d->body->channel;
}

static void join(struct deciding *d, const struct pagerduty_incident *page, const char *who)
{
    const char *text = page_text(d, page);

    if (page->status && strcmp(page->status, "resolved") == 0) /* it is over, and was never ours */
        return;
    if (!incident_add_page(d, page)) {
        count_more(d);
        return;
    }
    incident_page_came(d);
    incident_record(d, "page", who, arena_printf(d->view->arena, "%s joins", text));
    if (!is_awaited(d) || worse(d, page))
        say_worse(d, page, arena_printf(d->view->arena, "PagerDuty pages for this, too: %s.", text));
}

/* What it was merged into goes on for it, unless that is followed already: here, or by another one of ours. */
static void follow_merged(struct deciding *d, const struct pagerduty_incident *page, const char *who)
{
    const struct pagerduty_reference *into = page->merged_into;
    const struct operation *other;
    struct pagerduty_incident next;

    if (!page->is_merged || !into)
        return;
    next = (struct pagerduty_incident){
        .id = into->id, .title = into->summary ? into->summary : page->title, .url = into->url, .status = "triggered"
    };
    next.service = page->service;
    other = incident_of_page(d->view, into->id);
    incident_record(d, "page", who,
                    arena_printf(d->view->arena, "%s was merged into %s%s%s", page_text(d, page), into->id,
                                 other && other != d->operation ? " of " : "",
                                 other && other != d->operation ? other->id : ""));
    if (!other && !incident_has_page(d->body, into->id) && !incident_add_page(d, &next))
        count_more(d);
}

void incident_hear_page(struct deciding *d, const struct pagerduty_incident *page, const char *who)
{
    if (!incident_has_page(d->body, page->id)) {
        join(d, page, who);
        return;
    }
    follow_merged(d, page, who);
    incident_see_page(d, page, who);
}

static void see_page(struct hearing *h)
{
    struct pagerduty_incident page;

    if (!h->typed.incident)
        return;
    page = *h->typed.incident;
    page.status = incident_page_status(&page, h->event->name);
    page.status_at_ms = page.status_at_ms ? page.status_at_ms : h->event->occurred_at_ms;
    incident_hear_page(h->d, &page, h->who);
}

/* ---- what else happens there ---- */

static const char *words_of(struct hearing *h, const struct pagerduty_words *words)
{
    const char *text =
        words ? card_quote(str_trim(str_of(words->text)), INCIDENT_TEXT_MAX_BYTES, h->d->view->arena) : "";

    return text[0] ? text : NULL;
}

static bool is_said_in(const struct deciding *d, const struct incident_entry *entry, struct str text)
{
    return (strcmp(entry->kind, "note") == 0 || strcmp(entry->kind, "update") == 0) &&
           (str_equal(str_trim(str_of(entry->text)), text) ||
            str_equal(str_trim(str_of(incident_names(d->view->settings, entry->text, d->view->arena))), text));
}

/* What was written here comes back from there, with people's names; and what stands in the timeline already need not
 * stand there again. */
static bool is_known(const struct deciding *d, const char *text)
{
    for (size_t i = 0; i < d->body->timeline_count; i++)
        if (is_said_in(d, &d->body->timeline[i], str_trim(str_of(text))))
            return true;
    return false;
}

static void on_note(struct hearing *h)
{
    const char *text = words_of(h, h->typed.note);

    if (!text || is_known(h->d, text))
        return;
    incident_record(h->d, "note", h->who, text);
    incident_say(h->d, arena_printf(h->d->view->arena, "%s notes in PagerDuty: %s", h->who, text));
}

static void on_update(struct hearing *h)
{
    const char *text = words_of(h, h->typed.status_update);

    if (!text)
        return;
    h->d->body->update = text;
    h->d->body->updated_at_ms = incident_now_ms(h->d);
    incident_record(h->d, "update", h->who, text);
    incident_say(h->d, arena_printf(h->d->view->arena, "%s tells in PagerDuty: %s", h->who, text));
}

static void on_priority(struct hearing *h)
{
    const struct pagerduty_incident *page = h->typed.incident;
    struct deciding *d = h->d;
    const char *priority, *text;

    if (!page || !incident_has_page(d->body, page->id))
        return;
    priority = page->priority ? card_quote(str_of(page->priority->summary), PRIORITY_BYTES, d->view->arena) : "none";
    text = arena_printf(d->view->arena, "the priority of %s is %s now", page_text(d, page), priority);
    incident_record(d, "priority", h->who, text);
    say_worse(d, page, arena_printf(d->view->arena, "In PagerDuty %s.", text));
}

static void on_called(struct hearing *h)
{
    const struct pagerduty_incident *page = h->typed.incident;
    const char *names = NULL;

    for (size_t i = 0; page && i < page->assignees_count; i++) {
        if (i < NAMES_MAX)
            names = arena_printf(h->d->view->arena, "%s%s%s", names ? names : "", names ? ", " : "",
                                 name_of(h, &page->assignees[i]));
        bring(h, &page->assignees[i]);
    }
    if (names)
        incident_record(h->d, "called", h->who,
                        page->assignees_count > NAMES_MAX ? arena_printf(h->d->view->arena, "%s and %zu more", names,
                                                                         page->assignees_count - NAMES_MAX)
                                                          : names);
}

static void on_responder(struct hearing *h)
{
    const struct pagerduty_responder *responder = h->typed.responder;
    const struct pagerduty_reference *who = NULL;
    const char *state;

    if (responder)
        who = responder->user ? responder->user : responder->escalation_policy;
    if (!who)
        return;
    state = responder->state ? responder->state : "pending";
    if (responder->user)
        bring(h, who);
    incident_record(h->d, "responder", h->who,
                    arena_printf(h->d->view->arena, "%s %s", name_of(h, who),
                                 strcmp(state, "pending") == 0  ? "is asked to help"
                                 : strcmp(state, "joined") == 0 ? "joins"
                                                                : "does not come"));
}

static const struct {
    const char *name;
    void (*decide)(struct hearing *h);
} rows[] = {
    { "incident.annotated", on_note },
    { "incident.status_update_published", on_update },
    { "incident.priority_updated", on_priority },
    { "incident.reassigned", on_called },
    { "incident.escalated", on_called },
    { "incident.delegated", on_called },
    { "incident.responder", on_responder },
};

static void told_by_pagerduty(struct deciding *d)
{
    const struct outside_event *event = d->event->outside;
    struct hearing h = { .d = d, .event = event, .who = who_of(d, event) };
    struct error ignored;

    if (!shape_from_json(&pagerduty_event_shape, event->body, d->view->arena, &h.typed, &ignored))
        return;
    if (h.typed.incident && !str_is(str_of(h.typed.incident->id), event->subject))
        return;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (outside_event_is(event, event->source, rows[i].name))
            rows[i].decide(&h);
    see_page(&h);
}

/* ---- Alertmanager ---- */

static struct incident_alerts *find_alerts(struct incident_body *body, const char *key)
{
    for (size_t i = 0; key && i < body->alerts_count; i++)
        if (strcmp(body->alerts[i].key, key) == 0)
            return &body->alerts[i];
    return NULL;
}

static bool is_all_quiet(const struct incident_body *body)
{
    for (size_t i = 0; i < body->alerts_count; i++)
        if (body->alerts[i].is_firing)
            return false;
    return body->pages_count == 0;
}

static void fire_again(struct deciding *d, const struct incident_alerts *alerts)
{
    const char *said = NULL;

    if (incident_is(d, INCIDENT_RESOLVED)) {
        incident_reopen(d, "Alertmanager", arena_printf(d->view->arena, "%s fires again", alerts->title), &said);
        return;
    }
    incident_record(d, "alerts", "Alertmanager", arena_printf(d->view->arena, "%s fires again", alerts->title));
    incident_say(d, arena_printf(d->view->arena, "*%s* fires again, says Alertmanager.", alerts->title));
}

/* Alerts end by themselves, incidents do not: somebody says so. */
static void fall_quiet(struct deciding *d, const struct incident_alerts *alerts)
{
    incident_record(d, "alerts", "Alertmanager",
                    arena_printf(d->view->arena, "%s is resolved in Alertmanager", alerts->title));
    if (incident_is(d, INCIDENT_RESOLVED))
        return;
    incident_say(d, arena_printf(d->view->arena, "*%s* is resolved in Alertmanager.%s", alerts->title,
                                 is_all_quiet(d->body)
                                     ? arena_printf(d->view->arena, " If it is over: `incident resolve %s`.", d->id)
                                     : ""));
}

/* The group may have grown by alerts of other services. */
static void add_services(struct deciding *d, const struct alert_group *group, struct incident_alerts *alerts)
{
    const char **all = NULL;
    size_t count = 0;

    for (size_t i = 0; i < alerts->services_count; i++)
        *ARENA_PUSH(d->view->arena, all, count) = alerts->services[i];
    incident_services_of(d->view->settings, group, d->view->arena, &all, &count);
    alerts->services = all;
    alerts->services_count = count;
}

static void told_by_alertmanager(struct deciding *d)
{
    const struct outside_event *event = d->event->outside;
    struct incident_alerts *alerts = find_alerts(d->body, event->subject);
    struct alert_group group;
    struct error ignored;

    if (!alerts || !shape_from_json(&alert_group_shape, event->body, d->view->arena, &group, &ignored) ||
        event->occurred_at_ms < alerts->told_at_ms) /* told late: what came since is newer */
        return;
    alerts->told_at_ms = event->occurred_at_ms;
    add_services(d, &group, alerts);
    if (group.is_firing == alerts->is_firing)
        return;
    alerts->is_firing = group.is_firing;
    if (group.is_firing)
        fire_again(d, alerts);
    else
        fall_quiet(d, alerts);
}

void incident_told(struct deciding *d)
{
    if (strcmp(d->event->outside->source, "alertmanager") == 0)
        told_by_alertmanager(d);
    else
        told_by_pagerduty(d);
}
