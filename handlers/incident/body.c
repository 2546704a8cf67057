/* body.c - an incident as its record has it. */
#include "handlers/incident/internal.h"

#include "handlers/status/body.h"

#include <string.h>

static const struct shape_field page_rows[] = {
    ROW_STRING(incident_page, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(incident_page, url, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_page, title, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_INT(incident_page, number, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_page, service, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_page, status, .flags = SHAPE_NONZERO),
    ROW_INT(incident_page, status_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_page, wanted, .flags = SHAPE_NONZERO),
    ROW_INT(incident_page, acts, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_page, is_unsettled, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_page, is_unclear, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_page, is_merged, .flags = SHAPE_NONZERO),
};
static const struct shape page_shape = SHAPE("a page", incident_page, page_rows);

static const struct shape_field alerts_rows[] = {
    ROW_STRING(incident_alerts, key, .flags = SHAPE_REQUIRED),
    ROW_STRING(incident_alerts, title, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_alerts, is_firing, .flags = SHAPE_NONZERO),
    ROW_INT(incident_alerts, told_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRINGS(incident_alerts, services, .flags = SHAPE_NONZERO),
    ROW_MAP(incident_alerts, labels, .flags = SHAPE_NONZERO),
};
static const struct shape alerts_shape = SHAPE("a group of alerts", incident_alerts, alerts_rows);

static const struct shape_field entry_rows[] = {
    ROW_INT(incident_entry, at_ms, .flags = SHAPE_REQUIRED),
    ROW_STRING(incident_entry, kind, .flags = SHAPE_REQUIRED),
    ROW_STRING(incident_entry, who, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(incident_entry, text, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(incident_entry, link, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_entry, change, .flags = SHAPE_NONZERO),
};
static const struct shape entry_shape = SHAPE("an entry of a timeline", incident_entry, entry_rows);

static const struct shape_field message_rows[] = {
    ROW_STRING(incident_message, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(incident_message, by, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_BOOL(incident_message, is_origin, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_message, is_noted, .flags = SHAPE_NONZERO),
};
static const struct shape marked_shape = SHAPE("a message in an incident", incident_message, message_rows);

static const struct shape_field public_wish_rows[] = {
    ROW_STRING(incident_public_wish, status, .flags = SHAPE_REQUIRED),
    ROW_STRING(incident_public_wish, text, .flags = SHAPE_REQUIRED),
    ROW_BOOL(incident_public_wish, reopens, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_public_wish, names_components, .flags = SHAPE_NONZERO),
};
static const struct shape public_wish_shape = SHAPE("words for the public", incident_public_wish, public_wish_rows);

static const struct shape_field status_page_rows[] = {
    ROW_STRING(incident_status_page, id, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_status_page, url, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_status_page, status, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_status_page, wanted, .flags = SHAPE_NONZERO),
    ROW_INT(incident_status_page, acts, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_status_page, text, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_status_page, opening, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_status_page, opening_status, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_status_page, is_opening, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_status_page, is_unclear, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(incident_status_page, waiting, &public_wish_shape, .flags = SHAPE_NONZERO),
    ROW_STRINGS(incident_status_page, components, .flags = SHAPE_NONZERO),
};
static const struct shape status_page_shape = SHAPE("what the public is told", incident_status_page, status_page_rows);

static const struct shape_field rows[] = {
    ROW_STRING(incident_body, title, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(incident_body, severity, .flags = SHAPE_REQUIRED),
    ROW_STRING(incident_body, type, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_body, is_private, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_body, lead, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(incident_body, lead_principal, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_INT(incident_body, opened_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, acknowledged_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, resolved_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, reopened_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, updated_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_body, update, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(incident_body, channel, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_body, channel_name, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_body, channel_wanted, .flags = SHAPE_NONZERO),
    ROW_STRING(incident_body, channel_problem, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_body, wants_channel, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, channel_tries, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, held_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, held_told, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_body, is_announced, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, steps, .flags = SHAPE_NONZERO),
    ROW_STRINGS(incident_body, people, .flags = SHAPE_NONZERO),
    ROW_STRINGS(incident_body, uninvited, .flags = SHAPE_NONZERO),
    ROW_STRINGS(incident_body, on_call, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(incident_body, pages, &page_shape, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, more_pages, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(incident_body, alerts, &alerts_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(incident_body, timeline, &entry_shape, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, cut, .flags = SHAPE_NONZERO),
    ROW_STRINGS(incident_body, called, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_body, is_ack_overdue, .flags = SHAPE_NONZERO),
    ROW_BOOL(incident_body, is_mailed, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, reminders, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, reminded_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, post_mortems, .flags = SHAPE_NONZERO),
    ROW_OPTION(incident_body, status_page, &status_page_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(incident_body, looking, &status_body_shape, .flags = SHAPE_NONZERO),
    ROW_INT(incident_body, assessments, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(incident_body, messages, &marked_shape, .flags = SHAPE_NONZERO),
};
const struct shape incident_body_shape = SHAPE("an incident", incident_body, rows);

/* ARENA_PUSH makes room for more only in lists that it made itself: those of the record are copied. */
#define COPY_LIST(arena, own, from, list)                                                                              \
    do {                                                                                                               \
        (own)->list = NULL;                                                                                            \
        (own)->list##_count = 0;                                                                                       \
        for (size_t i = 0; i < (from)->list##_count; i++)                                                              \
            *ARENA_PUSH(arena, (own)->list, (own)->list##_count) = (from)->list[i];                                    \
    } while (0)

struct incident_body *incident_own_body(const struct incident_body *body, struct arena *arena)
{
    struct incident_body *own = ARENA_NEW(arena, struct incident_body);

    *own = *body;
    COPY_LIST(arena, own, body, people);
    COPY_LIST(arena, own, body, uninvited);
    COPY_LIST(arena, own, body, on_call);
    COPY_LIST(arena, own, body, pages);
    COPY_LIST(arena, own, body, alerts);
    COPY_LIST(arena, own, body, timeline);
    COPY_LIST(arena, own, body, called);
    COPY_LIST(arena, own, body, messages);
    if (body->status_page) {
        own->status_page = ARENA_NEW(arena, struct incident_status_page);
        *own->status_page = *body->status_page;
        COPY_LIST(arena, own->status_page, body->status_page, waiting);
        COPY_LIST(arena, own->status_page, body->status_page, components);
    }
    return own;
}

size_t incident_rank(const struct incidents_settings *incidents, const char *severity)
{
    size_t at = 0;

    while (at < incidents->severities_count && (!severity || strcmp(incidents->severities[at].name, severity) != 0))
        at++;
    return at;
}

const struct severity_settings *incident_severity(const struct deciding *d)
{
    const struct incidents_settings *incidents = d->view->settings->incidents;
    size_t at = incidents ? incident_rank(incidents, d->body->severity) : 0;

    return incidents && at < incidents->severities_count ? &incidents->severities[at] : NULL;
}

bool incident_is(const struct deciding *d, const char *state)
{
    return strcmp(d->state, state) == 0;
}

int64_t incident_now_ms(const struct deciding *d)
{
    return d->view->now_ms;
}
