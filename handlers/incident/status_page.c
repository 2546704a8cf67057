/* status_page.c - what the public is told of an incident: a person's words for it, or the configuration's neutral ones.
 * Nothing that is said inside ever gets there: not its title, not an update, not the words of a resolve.
 *
 * One incident there for one here. As long as nobody knows its id, all but its opening waits; afterwards each is an
 * update, and comes in its order. States follow: resolved, and investigating when it is open again; "identified" and
 * "monitoring" are a person's words.
 */
#include "handlers/incident/status_page.h"

#include "bot/model/statuspage.h"

#include <string.h>

#define LANE "statuspage"
#define MANAGE_URL "https://manage.statuspage.io/pages/%s/incidents"

bool status_page_is(const char *status, const char *wanted)
{
    return status && strcmp(status, wanted) == 0;
}

const struct statuspage_settings *status_page_settings(const struct deciding *d)
{
    return d->view->settings->statuspage;
}

bool status_page_is_due(const struct deciding *d)
{
    const struct severity_settings *severity = incident_severity(d);

    return severity && severity->status_page && status_page_settings(d) && !d->body->is_private;
}

struct incident_status_page *status_page_own(struct deciding *d)
{
    if (!d->body->status_page)
        d->body->status_page = ARENA_NEW(d->view->arena, struct incident_status_page);
    return d->body->status_page;
}

bool status_page_is_tried(const struct incident_status_page *page)
{
    return page && (page->id || page->is_opening || page->is_unclear);
}

const char *status_page_status(const struct incident_status_page *page)
{
    return page->wanted ? page->wanted : page->status;
}

const char *status_page_address(const struct deciding *d)
{
    const struct incident_status_page *page = d->body->status_page;

    if (page && page->url)
        return page->url;
    return status_page_settings(d) ? arena_printf(d->view->arena, MANAGE_URL, status_page_settings(d)->page)
                                   : "the status page";
}

/* ---- wanted ---- */

static void want(struct deciding *d, const char *kind, const char *tag, const struct shape *shape, const void *args)
{
    outcome_effect(d->out,
                   (struct wanted_effect){
                       .kind = kind, .lane = LANE, .tag = tag, .args = shape_to_json(shape, args, SHAPE_WHOLE) });
}

static bool has_component(const struct incident_status_page *page, const char *key)
{
    for (size_t i = 0; i < page->components_count; i++)
        if (strcmp(page->components[i], key) == 0)
            return true;
    return false;
}

void status_page_affects(struct deciding *d, const char *key)
{
    struct incident_status_page *page = status_page_own(d);

    if (!has_component(page, key))
        *ARENA_PUSH(d->view->arena, page->components, page->components_count) = key;
}

/* Of the services that its pages and alerts name. */
static void affect_what_it_concerns(struct deciding *d)
{
    const struct statuspage_settings *settings = status_page_settings(d);

    for (size_t i = 0; i < settings->components_count; i++) {
        struct str rest = str_of(settings->components[i].key);
        const char *service = arena_copy(d->view->arena, str_take_until(&rest, '/'));

        if (incident_concerns_service(d->view, d->body, service))
            status_page_affects(d, settings->components[i].key);
    }
}

static bool is_of(const struct statuspage_settings *settings, const char *key, const char *component)
{
    for (size_t i = 0; i < settings->components_count; i++)
        if (strcmp(settings->components[i].key, key) == 0)
            return strcmp(settings->components[i].value, component) == 0;
    return false;
}

/* An incident, which is not over there: that one sets it back. */
static bool affects(const struct view *view, const struct operation *other, const char *component)
{
    const cJSON *page = json_find(other->body, "status_page");
    const char *wanted = json_find_string(page, "wanted"), *status = json_find_string(page, "status");

    if (strcmp(other->kind, machine_incident.kind) != 0 || operation_has_ended(other) || other->is_stuck || status_page_is(wanted ? wanted : status, PUBLIC_RESOLVED) ||
        !(json_find(page, "id") || json_find(page, "is_opening")))
        return false;
    JSON_EACH(key, json_find(page, "components"))
        if (cJSON_IsString(key) && is_of(view->settings->statuspage, key->valuestring, component))
            return true;
    return false;
}

/* By another one than `own`; NULL: by any. */
static bool is_affected(const struct view *view, const char *component, const char *own)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if ((!own || strcmp(all[i]->id, own) != 0) && affects(view, all[i], component))
            return true;
    return false;
}

bool incident_affects_component(const struct view *view, const char *component)
{
    return is_affected(view, component, NULL);
}

/* Those that it affects, by their ids, which several services may share: a map has each once. Statuspage sets none of
 * them back by itself.
 */
static struct shape_pair *components_as(const struct deciding *d, const char *status, size_t *ret_count)
{
    const struct statuspage_settings *settings = status_page_settings(d);
    bool is_over = status_page_is(status, PUBLIC_RESOLVED);
    struct shape_pair *all = NULL;
    const char *now;

    if (!settings) /* no more: what is on its way cannot be told anyhow */
        return NULL;
    now = is_over ? "operational" : statuspage_component_statuses[settings->component_status];
    for (size_t i = 0; i < settings->components_count; i++) {
        const struct shape_pair *component = &settings->components[i];

        if (has_component(d->body->status_page, component->key) && !(is_over && is_affected(d->view, component->value, d->id)))
            *ARENA_PUSH(d->view->arena, all, *ret_count) = (struct shape_pair){ component->value, now };
    }
    return all;
}

void status_page_update(struct deciding *d, const struct incident_public_wish *wish)
{
    struct incident_status_page *page = d->body->status_page;
    struct statuspage_update_wish args = { .incident = page->id,
                                           .status = wish->status,
                                           .body = wish->text,
                                           .reopens = wish->reopens,
                                           .asked_at_ms = view_unix_ms(d->view) };

    if (wish->names_components || wish->reopens || status_page_is(wish->status, PUBLIC_RESOLVED))
        args.components = components_as(d, wish->status, &args.components_count);
    page->acts++;
    want(d, EFFECT_STATUSPAGE_UPDATE, arena_printf(d->view->arena, PUBLIC_TAG "%s", wish->status),
         &statuspage_update_wish_shape, &args);
}

void status_page_set_back(struct deciding *d)
{
    struct incident_status_page *page = d->body->status_page;
    struct statuspage_update_wish args = { .incident = page->id, .asked_at_ms = view_unix_ms(d->view) };

    args.components = components_as(d, PUBLIC_RESOLVED, &args.components_count);
    if (args.components_count == 0)
        return;
    page->acts++;
    want(d, EFFECT_STATUSPAGE_UPDATE, PUBLIC_TAG_COMPONENTS, &statuspage_update_wish_shape, &args);
}

/* Another try says what the first did, and to nobody's mailbox: what follows it does that. */
static void want_opening(struct deciding *d)
{
    struct incident_status_page *page = d->body->status_page;
    struct statuspage_open_wish args = { .name = status_page_settings(d)->title,
                                         .status = page->opening_status,
                                         .body = page->opening,
                                         .is_again = page->is_unclear,
                                         .is_quiet = page->is_unclear };

    args.components = components_as(d, page->opening_status, &args.components_count);
    page->is_opening = true;
    want(d, EFFECT_STATUSPAGE_OPEN, PUBLIC_TAG_OPEN, &statuspage_open_wish_shape, &args);
}

void status_page_tell(struct deciding *d, struct incident_public_wish wish, const char *who)
{
    struct incident_status_page *page = status_page_own(d);

    page->wanted = wish.status;
    page->text = wish.text;
    incident_record(d, "public", who, arena_printf(d->view->arena, "%s: %s", wish.status, wish.text));
    if (page->id) {
        status_page_update(d, &wish);
        return;
    }
    if (status_page_is_tried(page)) {
        *ARENA_PUSH(d->view->arena, page->waiting, page->waiting_count) = wish;
    } else {
        affect_what_it_concerns(d);
        page->opening = wish.text;
        page->opening_status = wish.status;
    }
    if (!page->is_opening)
        want_opening(d);
}

/* ---- by itself ---- */

void incident_public_open(struct deciding *d)
{
    if (status_page_is_due(d) && status_page_settings(d)->opening && !status_page_is_tried(d->body->status_page) &&
        !incident_is(d, INCIDENT_RESOLVED))
        status_page_tell(
            d,
            (struct incident_public_wish){ .status = PUBLIC_INVESTIGATING, .text = status_page_settings(d)->opening },
            "opsgate");
}

void incident_public_hint(struct deciding *d)
{
    if (status_page_is_due(d) && !status_page_is_tried(d->body->status_page) && !incident_is(d, INCIDENT_RESOLVED))
        incident_say(d, arena_printf(d->view->arena,
                                     "The status page says nothing of *%s* yet. `incident public %s TEXT` tells the "
                                     "public: these words alone, nothing else that is said of it.",
                                     d->id, d->id));
}

static bool is_told(const struct deciding *d)
{
    const struct incident_status_page *page = d->body->status_page;

    return (page->id || page->is_opening) && !(page->id && page->is_unclear) &&
           status_page_is(status_page_status(page), PUBLIC_RESOLVED) == incident_is(d, INCIDENT_RESOLVED);
}

static void tell_state(struct deciding *d)
{
    bool is_over = incident_is(d, INCIDENT_RESOLVED);
    struct incident_public_wish wish = { .status = is_over ? PUBLIC_RESOLVED : PUBLIC_INVESTIGATING,
                                         .text = is_over ? status_page_settings(d)->resolved
                                                         : status_page_settings(d)->reopened,
                                         .reopens = !is_over };

    status_page_tell(d, wish, "opsgate");
}

void incident_public_follow(struct deciding *d)
{
    const struct incident_status_page *page = d->body->status_page;

    if (!status_page_is_tried(page)) { /* it became one that is shown while it was resolved, or was refused before */
        incident_public_open(d);
        incident_public_hint(d);
        return;
    }
    if (is_told(d))
        return;
    if (status_page_settings(d) && (page->id || page->is_opening))
        tell_state(d);
    else
        incident_say(d, arena_printf(d->view->arena,
                                     "opsgate cannot tell the public that *%s* is %s: look at %s, and tell it there.",
                                     d->id, incident_is(d, INCIDENT_RESOLVED) ? "resolved" : "open again",
                                     status_page_address(d)));
}

/* ---- told inside ---- */

/* "investigating, soon resolved" */
static const char *status_text(const struct incident_status_page *page, struct arena *arena)
{
    const char *now = page->status ? page->status : "shown";

    return page->wanted && strcmp(page->wanted, now) != 0 ? arena_printf(arena, "%s, soon %s", now, page->wanted) : now;
}

const char *incident_public_text(const struct deciding *d)
{
    const struct incident_status_page *page = d->body->status_page;
    struct arena *arena = d->view->arena;

    if (!status_page_is_tried(page))
        return !status_page_is_due(d) || incident_is(d, INCIDENT_RESOLVED)
                   ? NULL
                   : arena_printf(arena, "says nothing of it: `incident public %s TEXT` tells the public", d->id);
    if (page->is_opening)
        return arena_printf(arena, "on its way, as %s: %s", status_page_status(page), page->text);
    if (!page->id)
        return arena_printf(arena, "nobody knows whether it is shown there: %s", status_page_address(d));
    return arena_printf(arena, "%s, %s%s%s", status_text(page, arena), status_page_address(d), page->text ? ": " : "",
                        page->text ? page->text : "");
}

const char *incident_public_left(const struct deciding *d)
{
    const struct incident_status_page *page = d->body->status_page;
    bool is_coming;

    if (!status_page_is_tried(page) || (page->id && status_page_is(page->status, PUBLIC_RESOLVED)))
        return NULL;
    is_coming = page->id && status_page_is(page->wanted, PUBLIC_RESOLVED);
    return arena_printf(
        d->view->arena, "%s *%s* is resolved%s: look at %s.",
        is_coming ? "The status page is being told that" : "Nobody knows whether the status page says that", d->id,
        is_coming ? ". If that fails, nobody hears of it here any more" : "", status_page_address(d));
}

bool incident_public_is_opening(const struct deciding *d)
{
    return d->body->status_page && d->body->status_page->is_opening;
}
