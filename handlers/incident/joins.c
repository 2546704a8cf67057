/* joins.c - whose is what was told: the incident that has that page or those alerts, the one that it joins, or one that
 * it opens. A listener sees each event once, in its turn; what it asks for is decided in the same turn.
 *
 * One that is stuck hears nothing any more: it counts as none here, so that somebody is called all the same.
 */
#include "handlers/incident/internal.h"

#include "bot/model/alert.h"
#include "bot/model/outside_event.h"
#include "bot/model/pagerduty_event.h"

#include <string.h>

#define PAGERDUTY "pagerduty"
#define ALERTMANAGER "alertmanager"

/* ---- live incidents, as their records have them ---- */

/* One that has ended stays among the others until the last of its effects has. What is told may be read by anybody
 * there: so nothing of it joins a private one. */
static bool is_live(const struct operation *operation)
{
    return strcmp(operation->kind, machine_incident.kind) == 0 && !operation->is_stuck &&
           !operation_has_ended(operation) && !incident_is_private(operation);
}

/* Does one of its list have that text? */
static bool has(const struct operation *operation, const char *list, const char *member, const char *text)
{
    const cJSON *items = json_find(operation->body, list);

    JSON_EACH(item, text ? items : NULL) {
        const char *its = json_find_string(item, member);

        if (its && strcmp(its, text) == 0)
            return true;
    }
    return false;
}

static bool is_of_service(const struct operation *operation, const char *service)
{
    return strcmp(operation->state, INCIDENT_RESOLVED) != 0 && has(operation, "pages", "service", service);
}

/* The oldest of them; `is_joined`: of those that are not resolved. */
static const struct operation *find_one(const struct view *view, const char *list, const char *member, const char *text,
                                        bool is_joined)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (is_live(all[i]) && has(all[i], list, member, text) &&
            !(is_joined && strcmp(all[i]->state, INCIDENT_RESOLVED) == 0))
            return all[i];
    return NULL;
}

static const struct operation *find(const struct view *view, const char *list, const char *member, const char *text)
{
    return find_one(view, list, member, text, false);
}

const struct operation *incident_of_page(const struct view *view, const char *id)
{
    return find(view, "pages", "id", id);
}

static const struct operation *find_of_service(const struct view *view, const char *service)
{
    return find_one(view, "pages", "service", service, true);
}

static bool has_ended_with(const struct operation *operation, const char *list, const char *member, const char *text)
{
    return strcmp(operation->kind, machine_incident.kind) == 0 && operation_has_ended(operation) &&
           has(operation, list, member, text);
}

/* The last one that ended with it. */
static const struct operation *find_ended(const struct view *view, const char *list, const char *member,
                                          const char *text)
{
    size_t live = view->list_operations(view->ctx, NULL, 0), ended = view->list_ended(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (live + ended + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, live);
    for (size_t i = live; i > 0; i--)
        if (has_ended_with(all[i - 1], list, member, text))
            return all[i - 1];
    ended = view->list_ended(view->ctx, all, ended);
    for (size_t i = 0; i < ended; i++)
        if (has_ended_with(all[i], list, member, text))
            return all[i];
    return NULL;
}

/* ---- pages ---- */

/* A priority is often given by a person who has looked at it: then it counts from there. */
static bool may_open(const char *event)
{
    static const char *const names[] = { "incident.triggered", "incident.reopened", "incident.priority_updated" };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], event) == 0)
            return true;
    return false;
}

/* The page of an event that may open an incident, if it is as bad as one, and nobody has it yet. */
static bool read_new_page(const struct view *view, const struct outside_event *event,
                          struct pagerduty_incident *ret_page, const char **ret_severity)
{
    const struct incidents_settings *incidents = view->settings->incidents;
    const char *status;
    struct error ignored;

    if (!incidents || strcmp(event->source, PAGERDUTY) != 0 || !may_open(event->name) ||
        !shape_from_json(&pagerduty_incident_shape, json_find(event->body, "incident"), view->arena, ret_page,
                         &ignored) ||
        !ret_page->id || !ret_page->id[0])
        return false;
    status = incident_page_status(ret_page, event->name);
    *ret_severity = incident_severity_of(incidents, ret_page);
    return *ret_severity && status && strcmp(status, "resolved") != 0 && !incident_of_page(view, ret_page->id);
}

static bool is_same_service(const struct operation *operation, const struct outside_event *event)
{
    return may_open(event->name) && is_of_service(operation, json_find_string(event->body, "incident.service.id"));
}

bool incident_hears(const struct view *view, const struct operation *operation, const struct outside_event *event)
{
    struct pagerduty_incident page;
    const char *severity;

    if (!is_live(operation) || !event->subject)
        return false;
    if (strcmp(event->source, PAGERDUTY) != 0)
        return has(operation, "alerts", "key", event->subject);
    if (has(operation, "pages", "id", event->subject))
        return true;
    return is_same_service(operation, event) && read_new_page(view, event, &page, &severity) && page.service &&
           find_of_service(view, page.service->id) == operation;
}

/* ---- what is asked for: one word of JSON ---- */

struct wish {
    const char *title;                     /* quoted */
    const char *severity;                  /* NULL: it opens none, and only one that has it already hears of it */
    const struct pagerduty_incident *page; /* or */
    const char *group;                     /* its groupKey */
    const char **services;                 /* of ours, that it names */
    size_t services_count;
    struct shape_pair *labels; /* alerts: that all of them have */
    size_t labels_count;
    int64_t at_ms;
};
static const struct shape_field wish_rows[] = {
    ROW_STRING(wish, title, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(wish, severity, .flags = SHAPE_NONZERO),
    ROW_OPTION(wish, page, &pagerduty_incident_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(wish, group, .flags = SHAPE_NONZERO),
    ROW_STRINGS(wish, services, .flags = SHAPE_NONZERO),
    ROW_MAP(wish, labels, .flags = SHAPE_NONZERO),
    ROW_INT(wish, at_ms, .flags = SHAPE_NONZERO),
};
static const struct shape wish_shape = SHAPE("an incident that was told", wish, wish_rows);

static const char *quote(const char *text, const char *otherwise, struct arena *arena)
{
    const char *quoted = card_quote(str_trim(str_of(text)), INCIDENT_TITLE_MAX_BYTES, arena);

    return quoted[0] ? quoted : otherwise;
}

static void ask(const struct view *view, const char *source, const struct principal *requester, const struct wish *wish,
                struct wanted_request *ret_request)
{
    cJSON *json = shape_to_json(&wish_shape, wish, SHAPE_WHOLE);

    *ret_request = (struct wanted_request){
        .name = "incident", .verb = verb_incident_told.name, .requester = requester, .source = source
    };
    *ARENA_PUSH(view->arena, ret_request->words, ret_request->words_count) = json_print_in(view->arena, json);
    cJSON_Delete(json);
}

/* Whoever made it there, as a person; else the system itself. */
static const struct principal *requester_of(const struct view *view, const struct outside_event *event,
                                            const char *system)
{
    struct principal *requester = ARENA_NEW(view->arena, struct principal);

    *requester = event->principal;
    if (!requester->id || !requester->id[0])
        *requester = (struct principal){ .system = event->source, .id = system, .name = system };
    return requester;
}

/* What of a page is needed here, and no more: it stands in the journal. `at_ms`: when it was so, at the latest. */
static struct pagerduty_incident essentials(const struct pagerduty_incident *page, const char *title,
                                            const char *status, int64_t at_ms)
{
    return (struct pagerduty_incident){
        .id = page->id,
        .number = page->number,
        .title = title,
        .url = page->url,
        .status = status,
        .urgency = page->urgency,
        .status_at_ms = page->status_at_ms ? page->status_at_ms : at_ms,
        .service = page->service,
        .priority = page->priority,
        .is_merged = page->is_merged,
        .merged_into = page->merged_into,
    };
}

static const char *page_title(const struct view *view, const struct pagerduty_incident *page)
{
    return quote(page->title, "A page without a title", view->arena);
}

/* Too old to open anything; but what is so there becomes so here, however late that is told. */
static bool ask_late(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request)
{
    struct pagerduty_incident page, essence;
    struct wish wish = { .page = &essence };
    struct error ignored;

    if (!shape_from_json(&pagerduty_incident_shape, json_find(event->body, "incident"), view->arena, &page, &ignored) ||
        !page.id || !incident_of_page(view, page.id))
        return false;
    wish.title = page_title(view, &page);
    essence = essentials(&page, wish.title, incident_page_status(&page, event->name), event->occurred_at_ms);
    ask(view, PAGERDUTY, requester_of(view, event, "PagerDuty"), &wish, ret_request);
    return true;
}

bool incident_pagerduty_asks(const struct view *view, const struct outside_event *event,
                             struct wanted_request *ret_request)
{
    const struct operation *ended;
    struct pagerduty_incident page, essence;
    struct wish wish = { .page = &essence };

    if (event->is_late)
        return ask_late(view, event, ret_request);
    if (!read_new_page(view, event, &page, &wish.severity) || (page.service && find_of_service(view, page.service->id)))
        return false;
    ended = find_ended(view, "pages", "id", page.id);
    if (ended && strcmp(event->name, "incident.reopened") != 0) { /* one is triggered once: it is told late */
        ret_request->why_not = arena_printf(view->arena, "%s had that page, and is closed", ended->id);
        return false;
    }
    wish.title = page_title(view, &page);
    essence = essentials(&page, wish.title, incident_page_status(&page, event->name), event->occurred_at_ms);
    ask(view, PAGERDUTY, requester_of(view, event, "PagerDuty"), &wish, ret_request);
    return true;
}

bool incident_page_asks(const struct view *view, const struct pagerduty_incident *page,
                        struct wanted_request *ret_request)
{
    static const struct principal requester = { .system = PAGERDUTY, .id = "PagerDuty" };
    const struct incidents_settings *incidents = view->settings->incidents;
    int64_t age_ms = view_unix_ms(view) - page->created_at_ms;
    struct pagerduty_incident essence;
    struct wish wish = { .page = &essence, .title = page_title(view, page) };

    if (!page->id || !page->status)
        return false;
    if (!incident_of_page(view, page->id)) {
        wish.severity = incidents ? incident_severity_of(incidents, page) : NULL;
        if (!wish.severity || strcmp(page->status, "resolved") == 0 ||
            age_ms > view->settings->automation.max_event_age_ms || find_ended(view, "pages", "id", page->id))
            return false;
    }
    essence = essentials(page, wish.title, page->status, 0);
    ask(view, PAGERDUTY, &requester, &wish, ret_request);
    return true;
}

/* ---- alerts ---- */

static const char *title_of_alerts(const struct alert_group *group, struct arena *arena)
{
    const char *name = alert_group_label(group, "alertname"), *summary = NULL;

    for (size_t i = 0; i < group->common_annotations_count; i++)
        if (strcmp(group->common_annotations[i].key, "summary") == 0)
            summary = group->common_annotations[i].value;
    for (size_t i = 0; !summary && !name && i < group->alerts_count; i++)
        for (size_t k = 0; !name && k < group->alerts[i].labels_count; k++)
            if (strcmp(group->alerts[i].labels[k].key, "alertname") == 0)
                name = group->alerts[i].labels[k].value;
    return quote(summary ? summary : name, "Alerts without a name", arena);
}

/* Those of it that fire began after the incident ended: a person closed that one while the others fired. */
static bool fires_since(const struct view *view, const struct alert_group *group, const struct operation *ended)
{
    for (size_t i = 0; i < group->alerts_count; i++)
        if (group->alerts[i].is_firing && group->alerts[i].starts_at_ms > ended->ended_at_ms + view->shift_ms)
            return true;
    return false;
}

bool incident_alerts_ask(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request)
{
    const struct operation *ended;
    struct alert_group group;
    struct wish wish = { .at_ms = event->occurred_at_ms };
    struct error ignored;

    if (event->is_late || !view->settings->incidents || !event->subject || !event->subject[0] ||
        !shape_from_json(&alert_group_shape, event->body, view->arena, &group, &ignored) || !group.is_firing)
        return false;
    wish.severity = incident_severity_of_alerts(view->settings->incidents, &group);
    if (!wish.severity || find(view, "alerts", "key", event->subject))
        return false;
    ended = find_ended(view, "alerts", "key", event->subject);
    if (ended && !fires_since(view, &group, ended)) {
        ret_request->why_not = arena_printf(view->arena, "%s had those alerts, and is closed", ended->id);
        return false;
    }
    wish.title = title_of_alerts(&group, view->arena);
    wish.group = event->subject;
    wish.labels = group.common_labels;
    wish.labels_count = group.common_labels_count;
    incident_services_of(view->settings, &group, view->arena, &wish.services, &wish.services_count);
    ask(view, ALERTMANAGER, requester_of(view, event, "Alertmanager"), &wish, ret_request);
    return true;
}

/* ---- the verb ---- */

/* Who has it, or is joined by it; NULL: it opens one. */
static const struct operation *find_owner(const struct view *view, const struct wish *wish)
{
    const struct operation *owner =
        wish->page ? incident_of_page(view, wish->page->id) : find(view, "alerts", "key", wish->group);

    if (!owner && wish->page && wish->page->service && wish->severity)
        owner = find_of_service(view, wish->page->service->id);
    return owner;
}

/* Only a listener asks for it, or who watches PagerDuty: those doors make events, and no request of anybody has their
 * source. */
static bool told_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    struct wish *wish = ARENA_NEW(view->arena, struct wish);
    const struct operation *owner;
    const cJSON *json;

    if ((strcmp(request->source, PAGERDUTY) != 0 && strcmp(request->source, ALERTMANAGER) != 0) ||
        request->words_count != 1)
        return error_set(err, ERR_INVALID, "`%s` is opsgate's own. Nothing was done.", request->verb);
    json = json_parse_in(view->arena, str_of(request->words[0]), err);
    if (!json || !shape_from_json(&wish_shape, json, view->arena, wish, err))
        return false;
    if (!wish->title || (wish->page ? !wish->page->id : !wish->group))
        return error_set(err, ERR_INVALID, "that is nothing of which an incident hears");
    owner = find_owner(view, wish);
    *ret_question = (struct question){ .principal = request->principal,
                                       .verb = request->verb,
                                       .source = request->source,
                                       .operation = owner ? owner->id : NULL };
    *ret_arguments = wish;
    return true;
}

/* Between the question and its answer it has got one, or it was told late. */
void incident_told_again(struct deciding *d)
{
    const struct wish *wish = d->event->arguments;

    if (wish->page)
        incident_hear_page(d, wish->page, incident_who(d->view, &d->event->request->principal));
}

static void told_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *arguments, struct outcome *out)
{
    const struct wish *wish = arguments;
    struct incident_body *body = ARENA_NEW(view->arena, struct incident_body);
    struct deciding d = { .view = view, .id = out->operation_id, .state = INCIDENT_OPEN, .body = body, .out = out };

    (void)question;
    if (!wish->severity) {
        outcome_refuse(out, "No incident is about that any more. Nothing was done.");
        return;
    }
    body->title = wish->title;
    body->severity = wish->severity;
    if (wish->page)
        incident_add_page(&d, wish->page);
    else
        *ARENA_PUSH(view->arena, body->alerts, body->alerts_count) = (struct incident_alerts){
            .key = wish->group,
            .title = wish->title,
            .is_firing = true,
            .told_at_ms = wish->at_ms,
            .services = wish->services,
            .services_count = wish->services_count,
            .labels = wish->labels,
            .labels_count = wish->labels_count,
        };
    incident_begin(view, body, incident_who(view, &request->principal), out);
}

const struct verb verb_incident_told = {
    .name = "incident-told",
    .usage = "incident-told WHAT",
    .summary = "opsgate's own: what was told from outside opens an incident",
    .is_internal = true,
    .asks = told_asks,
    .begin = told_begin,
};
